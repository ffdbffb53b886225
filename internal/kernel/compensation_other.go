//go:build purego || !amd64

package kernel

func compensationDesign(c *Compensation, s *Sections, lo, hi int, f []float64) {
	compensationDesignGeneric(c, s, lo, hi, lo, f)
}

func compensationRun(c *Compensation, dst, src, f Rows, frames int, state []float64) {
	compensationRunGeneric(c, dst, src, f, frames, state, 0)
}
