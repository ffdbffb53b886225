package kernel

// The kernels of long finite responses: the direct sum over the first taps, and products of polynomials in the ring of
// z^n - j, which are taken in parts. Lanes are channels; all slices are rows of width numbers.

const errRows = "kernel: rows of impossible size"

// ConvolveRows sets row i of dst, for i below frames, to the sum over k from 0 below taps of row taps-1+i-k of x times row k
// of h, lane by lane:
//
//	y = x_0·h_0, then y = fma(x_k, h_k, y) for k = 1, 2, ...
//
// x has frames+taps-1 rows, of which the first taps-1 are history; h has taps rows.
func ConvolveRows(dst, x, h []float64, width, taps, frames int) {
	if width < 1 || taps < 1 || frames < 0 || len(dst) != frames*width || len(h) != taps*width || len(x) != (frames+taps-1)*width {
		panic(errRows)
	}
	if frames > 0 {
		convolveRows(dst, x, h, width, taps, frames)
	}
}

// RingSplit splits polynomials with complex coefficients re + j·im, one for each group of len(re)/len(cos) coefficients,
// into their remainders modulo z^half - w and z^half + w, with half as long as half a group and w = cos + j·sin of the group:
// a half (a, c) and a half (b, d) become (a + t, c + u) and (a - t, c - u), where t + ju = w·(b + jd) is
//
//	t = fma(b, cos, -d·sin)
//	u = fma(d, cos, b·sin)
//
// len(re) is a multiple of 2·len(cos).
func RingSplit(re, im, cos, sin []float64) {
	checkRing(len(re), len(im), len(cos), len(sin))
	ringSplit(re, im, cos, sin)
}

// RingSplitReal is RingSplit for one group, w = cos + j·sin and coefficients that are real; im need not be set. With t = b·cos
// and u = b·sin, the halves become (a + t, u) and (a - t, -u).
func RingSplitReal(re, im []float64, cos, sin float64) {
	checkRing(len(re), len(im), 1, 1)
	ringSplitReal(re, im, cos, sin)
}

// RingJoin undoes [RingSplit], but for a factor two: halves (a, c) and (b, d) become (a + b, c + d) and (t + ju)/w, which for
// t = a - b and u = c - d is
//
//	b = fma(t, cos, u·sin)
//	d = fma(u, cos, -t·sin)
func RingJoin(re, im, cos, sin []float64) {
	checkRing(len(re), len(im), len(cos), len(sin))
	ringJoin(re, im, cos, sin)
}

func checkRing(re, im, cos, sin int) {
	if cos < 1 || cos != sin || re != im || re < 1 || re%(2*cos) != 0 {
		panic(errRows)
	}
}

// VecComplexMul sets re[i] + j·im[i] to (xr + j·xi)·(hr + j·hi):
//
//	re = fma(-xi, hi, xr·hr)
//	im = fma(xi, hr, xr·hi)
//
// No operand may be a destination.
func VecComplexMul(re, im, xr, xi, hr, hi []float64) {
	checkComplex(re, im, xr, xi, hr, hi)
	complexMul(re, im, xr, xi, hr, hi)
}

// VecComplexFMA adds such a product to re + j·im, in this order of operations:
//
//	re = fma(-xi, hi, fma(xr, hr, re))
//	im = fma(xi, hr, fma(xr, hi, im))
func VecComplexFMA(re, im, xr, xi, hr, hi []float64) {
	checkComplex(re, im, xr, xi, hr, hi)
	complexFMA(re, im, xr, xi, hr, hi)
}

func checkComplex(re, im, xr, xi, hr, hi []float64) {
	check3(len(re), len(im), len(xr))
	check3(len(re), len(xi), len(hr))
	check2(len(re), len(hi))
}
