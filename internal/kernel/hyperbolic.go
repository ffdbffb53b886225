package kernel

import "math"

// Sinh is the hyperbolic sine, (e^x - e^-x)/2. Sinh(±0) is ±0. Largest error found: 0.84 ulp.
func Sinh(x float64) float64 {
	a := math.Abs(x)
	switch {
	case a < 0x1p-28 || x != x:
		return x
	case a > 720:
		return math.Copysign(math.Inf(1), x)
	case a > 40: // e^-x is below half an ulp
		s, t, k := expParts(a, 0)
		return math.Copysign(scalbn(s+t, k-1), x)
	}
	// With E = e^a - 1: sinh(a) = (E + E/(E+1))/2.
	hi, lo := expm1Parts(a)
	d, dl := twoSum(1, hi)
	dl += lo
	q := hi / d
	ql := (math.FMA(-q, dl, math.FMA(-q, d, hi)) + lo) / d
	h, e := fastTwoSum(hi, q)
	return math.Copysign(0.5*(h+(e+(lo+ql))), x)
}

// Cosh is the hyperbolic cosine, (e^x + e^-x)/2. Largest error found: 0.62 ulp.
func Cosh(x float64) float64 {
	a := math.Abs(x)
	switch {
	case x != x:
		return x
	case a > 720:
		return math.Inf(1)
	}
	s, t, k := expParts(a, 0)
	if a > 40 {
		return scalbn(s+t, k-1)
	}
	scale := math.Float64frombits(uint64(1023+k) << 52)
	h, l := fastTwoSum(float64(s*scale), float64(t*scale))
	q := 1 / h
	ql := math.FMA(-q, l, math.FMA(-q, h, 1)) / h
	c, e := fastTwoSum(h, q)
	return 0.5 * (c + (e + (l + ql)))
}

// Tanh is the hyperbolic tangent. Tanh(±0) is ±0, Tanh(±Inf) ±1. Largest error found: 0.75 ulp.
func Tanh(x float64) float64 {
	a := math.Abs(x)
	switch {
	case a < 0x1p-28 || x != x:
		return x
	case a > 20:
		return math.Copysign(1, x)
	}
	// With E = e^2a - 1: tanh(a) = E/(E+2).
	hi, lo := expm1Parts(2 * a)
	d, dl := twoSum(2, hi)
	return math.Copysign(quotient(hi, lo, d, dl+lo), x)
}
