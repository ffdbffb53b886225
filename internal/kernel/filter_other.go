//go:build purego || !amd64

package kernel

func gammatone(g *Gammatone, dst, src Rows, frames int, state []float64, lo, hi int) {
	gammatoneGeneric(g, dst, src, frames, state, lo, hi)
}

func sections(s *Sections, k, count int, dst, src Rows, frames int, state []float64) {
	sectionsGeneric(s, k, count, dst, src, frames, state, 0)
}
