package kernel

import "math"

// Conventions of the elementary functions.
//
// A "double double" is an unevaluated sum hi + lo with |lo| <= half an ulp of hi. Polynomial coefficients were found by
// interpolation at Chebyshev nodes in 70-digit arithmetic and rounded to float64. Polynomials are evaluated in
// Estrin's order, with fused multiply-adds: the order is part of the specification.
const (
	roundMagic = 0x1.8p52             // adding it leaves the nearest integer in the low bits of the mantissa
	log2e      = 0x1.71547652b82fep+0 // 1/ln 2
	ln2High    = 0x1.62e42fefa38p-1   // ln 2 to 42 bits, so that k*ln2High is exact for every exponent k
	ln2Low     = 0x1.ef35793c7673p-45 // ln 2 - ln2High
	expDirect  = 708.0                // |x| up to this: e^x and 2^k are normal numbers
	expMost    = 709.79               // above: e^x overflows
	expLeast   = -745.14              // below: e^x rounds to zero
)

// e^r = 1 + r + r²·(e0 + e1·r + ... + e10·r¹⁰) for |r| <= ln(2)/2, with a relative error below 2^-61.
const (
	e0  = 0x1.0p-1
	e1  = 0x1.5555555555557p-3
	e2  = 0x1.5555555555556p-5
	e3  = 0x1.11111111100dcp-7
	e4  = 0x1.6c16c16c162d4p-10
	e5  = 0x1.a01a01abe7fe1p-13
	e6  = 0x1.a01a01a6d889cp-16
	e7  = 0x1.71de0231960ebp-19
	e8  = 0x1.27e4db646b17ep-22
	e9  = 0x1.af4de97ca4194p-26
	e10 = 0x1.1f730349868cep-29
)

// expQuotient is (e^r - 1 - r)/r² for |r| <= ln(2)/2; r2 = r*r.
func expQuotient(r, r2 float64) float64 {
	r4 := r2 * r2
	a := math.FMA(math.FMA(e3, r, e2), r2, math.FMA(e1, r, e0))
	b := math.FMA(math.FMA(e7, r, e6), r2, math.FMA(e5, r, e4))
	c := math.FMA(e10, r2, math.FMA(e9, r, e8))
	return math.FMA(math.FMA(c, r4, b), r4, a)
}

// scalbn is p·2^k for p near 1 and |k| < 2100, in two steps so that only the last one rounds or overflows.
func scalbn(p float64, k int64) float64 {
	h := k >> 1
	return p * math.Float64frombits(uint64(1023+h)<<52) * math.Float64frombits(uint64(1023+k-h)<<52)
}

// Exp is e to the power x. Overflow gives +Inf, underflow subnormals and 0. Largest error found: 0.52 ulp, of subnormal
// results 0.68.
func Exp(x float64) float64 {
	if !(math.Abs(x) <= expDirect) {
		return expSlow(x)
	}
	root, p, _ := expReduced(x, 0)
	return math.FMA(root, p, root)
}

func expSlow(x float64) float64 {
	switch {
	case x != x:
		return x
	case x > expMost:
		return math.Inf(1)
	case x < expLeast:
		return 0
	}
	return expScaled(x, 0)
}

// expParts gives e^(x+xl) = (s + t)·2^k, s + t a double double between 0.7 and 1.42, for |x| <= 2000 and |xl| at most
// a few ulp of x.
func expParts(x, xl float64) (s, t float64, k int64) {
	shifted := math.FMA(x, log2e, roundMagic)
	kd := shifted - roundMagic
	high := math.FMA(-kd, ln2High, x)
	r, low := fastTwoSum(high, math.FMA(-kd, ln2Low, xl))
	r2 := r * r
	s = 1 + r
	t = ((1 - s) + r) + math.FMA(r2, expQuotient(r, r2), math.FMA(low, r, low))
	return s, t, int64(kd)
}

// expm1Parts gives e^x - 1 as a double double for |x| <= 709.
func expm1Parts(x float64) (hi, lo float64) {
	shifted := math.FMA(x, log2e, roundMagic)
	kd := shifted - roundMagic
	high := math.FMA(-kd, ln2High, x)
	r := math.FMA(-kd, ln2Low, high)
	low := math.FMA(-kd, ln2Low, high-r)
	r2 := r * r
	q := expQuotient(r, r2)
	if kd == 0 {
		t := float64(r2 * q)
		hi = r + t
		return hi, (r - hi) + t
	}
	scale := math.Float64frombits(uint64(1023+int64(kd)) << 52)
	s := 1 + r
	t := ((1 - s) + r) + math.FMA(r2, q, math.FMA(low, r, low))
	s, t = fastTwoSum(float64(s*scale), float64(t*scale))
	hi, e := twoSum(s, -1)
	return fastTwoSum(hi, e+t)
}

// fastTwoSum is a + b as a double double, for |a| >= |b| or a == 0.
func fastTwoSum(a, b float64) (hi, lo float64) {
	hi = a + b
	return hi, (a - hi) + b
}

// twoSum is a + b as a double double.
func twoSum(a, b float64) (hi, lo float64) {
	hi = a + b
	v := hi - a
	return hi, (a - (hi - v)) + (b - v)
}

// Expm1 is e^x - 1, accurate near 0 too. Expm1(±0) is ±0. Largest error found: 0.92 ulp.
func Expm1(x float64) float64 {
	switch {
	case math.Abs(x) < 0x1p-54, x != x: // the rest of the series is below half an ulp
		return x
	case x > expDirect:
		return Exp(x)
	case x < -40:
		return -1
	}
	hi, lo := expm1Parts(x)
	return hi + lo
}

// quotient is (ah + al)/(bh + bl), to little more than half an ulp.
func quotient(ah, al, bh, bl float64) float64 {
	q := ah / bh
	rest := math.FMA(-q, bl, math.FMA(-q, bh, ah)+al)
	return q + rest/bh
}
