//go:build purego || !amd64

package kernel

func convolveRows(dst, x, h []float64, width, taps, frames int) {
	convolveGeneric(dst, x, h, width, taps, frames, 0)
}

func ringSplit(re, im, cos, sin []float64) { ringSplitGeneric(re, im, cos, sin) }

func ringSplitReal(re, im []float64, cos, sin float64) { ringSplitRealGeneric(re, im, cos, sin) }

func ringJoin(re, im, cos, sin []float64) { ringJoinGeneric(re, im, cos, sin) }

func complexMul(re, im, xr, xi, hr, hi []float64) { complexMulGeneric(re, im, xr, xi, hr, hi) }

func complexFMA(re, im, xr, xi, hr, hi []float64) { complexFMAGeneric(re, im, xr, xi, hr, hi) }
