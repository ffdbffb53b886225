//go:build purego || !amd64

package kernel

func gammatone(g *Gammatone, dst, src Rows, frames int, state []float64) {
	gammatoneGeneric(g, dst, src, frames, state, 0, g.Channels)
}

func sections(s *Sections, k, count int, dst, src Rows, frames int, state []float64) {
	sectionsGeneric(s, k, count, dst, src, frames, state, 0)
}
