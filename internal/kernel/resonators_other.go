//go:build purego || !amd64

package kernel

func resonators(r *Resonators, count int, dst, src Rows, lo, hi, frames int, state []float64) {
	resonatorsGeneric(r, count, dst, src, lo, hi, frames, state)
}

func integrators(l *Integrators, count int, dst, src Rows, lo, hi, frames int, state []float64) {
	integratorsGeneric(l, count, dst, src, lo, hi, frames, state)
}

func brokenStick(s *BrokenStick, x Rows, lo, hi, frames int) {
	brokenStickGeneric(s, x, lo, hi, frames)
}

func weightedSum(dst, x, y Rows, a, b []float64, frames int) {
	weightedSumGeneric(dst, x, y, a, b, frames, 0)
}
