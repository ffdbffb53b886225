package kernel

import "math"

// Functions for the inside of models: two to three times as fast as those of the package, with a relative error of a few
// 1e-16 where those promise less than one ulp, and without special cases. Every argument gives something, the same in all
// tiers. Polynomials were found by interpolation at Chebyshev nodes, as those of exp.go.

// 2^r = Σ c_i·r^i for |r| <= 1/32, with a relative error below 2e-17.
var modelExp2Coefficients = [...]float64{
	1, 0x1.62e42fefa39f3p-1, 0x1.ebfbdff82c590p-3, 0x1.c6b08d6f2a289p-5, 0x1.3b2ab6fb41213p-7, 0x1.5d897e525c216p-10, 0x1.430a1d08ec681p-13,
}

// 2·artanh(s)/(s·ln 2) = y0 + y1·z + ... + y6·z⁶, z = s², for |s| <= (√2-1)/(√2+1), with a relative error below 3e-16.
var modelLog2Coefficients = [7]float64{
	0x1.71547652b82ffp+1, 0x1.ec709dc39ca37p-1, 0x1.2776c516a1832p-1, 0x1.a617567fc56e7p-2, 0x1.484fa9f30746ep-2,
	0x1.0bb7fe8aa189ep-2, 0x1.f17f267f467c8p-3,
}

// modelExp2 is 2^x for -1022 <= x < 1023.96; 0 for -1023 and infinity for 1024. It is 2^(k/16)·2^r with an integer k and |r| <= 1/32,
// as in exp_table.go.
func modelExp2(x float64) float64 {
	shifted := x + roundMagic/16
	r := x - (shifted - roundMagic/16)
	bits := math.Float64bits(shifted)
	return float64(math.Float64frombits(expRoots[bits&15]+bits<<48) * polynomial(modelExp2Coefficients[:], r))
}

// modelLogRatio is log2((1+s)/(1-s)) + k, with z = s² or what is as good: 0 or a number whose fourth power is normal.
func modelLogRatio(s, z, k float64) float64 {
	c := &modelLog2Coefficients
	z2 := z * z
	z4 := z2 * z2
	a := math.FMA(math.FMA(c[3], z, c[2]), z2, math.FMA(c[1], z, c[0]))
	b := math.FMA(c[6], z2, math.FMA(c[5], z, c[4]))
	return math.FMA(s, math.FMA(b, z4, a), k)
}

// modelLog2 is log2(x) for x >= 0, with an absolute error of 2e-16 and half an ulp. Numbers below 2^-1022, and 0, give about
// -1022, infinity 1024.
func modelLog2(x float64) float64 {
	m, k := splitMantissa(math.Float64bits(x))
	s := (m - 1) / (m + 1)
	return modelLogRatio(s, float64(s*s), float64(k))
}

// modelLog2Plus1 is log2(1+y) for y >= 0, with a small relative error for small y too.
func modelLog2Plus1(y float64) float64 {
	m, k := splitMantissa(math.Float64bits(1 + y))
	f := m - 1
	if k == 0 {
		f = y
	}
	s := f / (2 + f)
	return modelLogRatio(s, modelSquare(s), float64(k))
}

// modelSquare is s², or 2^-120 if that is more: processors are slow where squares are subnormal.
func modelSquare(s float64) float64 {
	s = math.Abs(s)
	if !(s > 0x1p-60) {
		s = 0x1p-60
	}
	return float64(s * s)
}

// VecSoftplus sets dst[i] = ln(1 + e^x[i]) with a relative error of 1e-15, and 2e-16·|x[i]| for x < 0. Below -690 it is something
// below 1e-300.
func VecSoftplus(dst, x []float64) {
	check2(len(dst), len(x))
	softplusVec(dst, x)
}

func softplusGeneric(dst, x []float64) {
	x = x[:len(dst)]
	for i, v := range x {
		e := modelExp2(modelClip(float64(math.Abs(v) * -log2e)))
		dst[i] = math.FMA(math.Ln2, modelLog2Plus1(e), Rectify(v))
	}
}

// modelClip brings exponents into the range of modelExp2; NaN becomes its end.
func modelClip(x float64) float64 {
	if !(x > -1000) {
		x = -1000
	}
	if !(x < 1000) {
		x = 1000
	}
	return x
}
