package kernel

import "math"

// e^x = 2^(k/16)·e^r with an integer k and |r| <= ln(2)/32: sixteen powers of two in a table, which fits two registers of
// AVX-512, and a short polynomial (after Tang 1989).
const (
	sixteenLog2e = 16 * log2e
	ln2High16    = 0x1.62e42fefap-5      // ln(2)/16 to 38 bits, so that k*ln2High16 is exact for |x| <= 2000
	ln2Low16     = 0x1.cf79abc9e3b3ap-44 // ln(2)/16 - ln2High16
)

// e^r = 1 + r + r²·(x0 + x1·r + ... + x5·r⁵) for |r| <= ln(2)/32, with a relative error of 2^-64.
const (
	x0 = 0x1.0000000000001p-1
	x1 = 0x1.5555555555556p-3
	x2 = 0x1.55555554e93b7p-5
	x3 = 0x1.11111110e1059p-7
	x4 = 0x1.6c17ed5c1f49ep-10
	x5 = 0x1.a01b0c3c80bbcp-13
)

// expRoots are the bits of 2^(i/16), less i<<48: adding k<<48 gives those of 2^(k/16).
var expRoots = [16]uint64{
	0x3ff0000000000000, 0x3fefb5586cf9890f, 0x3fef72b83c7d517b, 0x3fef387a6e756238,
	0x3fef06fe0a31b715, 0x3feedea64c123422, 0x3feebfdad5362a27, 0x3feeab07dd485429,
	0x3feea09e667f3bcd, 0x3feea11473eb0187, 0x3feeace5422aa0db, 0x3feec49182a3f090,
	0x3feee89f995ad3ad, 0x3fef199bdd85529c, 0x3fef5818dcfba487, 0x3fefa4afa2a490da,
}

// expRests are the relative errors of expRoots: what 2^(i/16) is more than its float64, over 2^(i/16).
var expRests = [16]float64{
	0, 0x1.79aa65d837b6dp-54, -0x1.01b15eaa59348p-55, 0x1.68efde3a8a894p-54,
	0x1.34d754db0abb6p-55, 0x1.59f48a72a4c6dp-55, 0x1.690cebb7aafb0p-56, 0x1.063e1e21c5409p-54,
	-0x1.3b3efbf5e2228p-54, -0x1.b32dcb94da51dp-56, 0x1.db72fc1f0eab4p-55, 0x1.1affc2b91ce27p-56,
	0x1.c1a7792cb3387p-55, 0x1.36eae30af0cb3p-56, 0x1.4a385a63d07a7p-56, -0x1.ff7128fd391f0p-55,
}

// expReduced gives e^(x+xl) = root·(1 + p) with |p| < 0.022, for |x| <= 2000 and |xl| at most a few ulp of x; root = 2^(k/16)
// is right for |x| <= 708 only. p is good to 2^-58.
func expReduced(x, xl float64) (root, p float64, k int64) {
	shifted := math.FMA(x, sixteenLog2e, roundMagic)
	kd := shifted - roundMagic
	r := math.FMA(-kd, ln2Low16, math.FMA(-kd, ln2High16, x)) + xl
	r2 := r * r
	a, b, c := math.FMA(x1, r, x0), math.FMA(x3, r, x2), math.FMA(x5, r, x4)
	q := math.FMA(math.FMA(c, r2, b), r2, a)
	bits := math.Float64bits(shifted)
	p = math.FMA(q, r2, r+expRests[bits&15])
	return math.Float64frombits(expRoots[bits&15] + bits<<48), p, int64(kd)
}

// expScaled is e^(x+xl) where the result, or 2^(k/16), may be subnormal or overflow.
func expScaled(x, xl float64) float64 {
	_, p, k := expReduced(x, xl)
	root := math.Float64frombits(expRoots[k&15] + uint64(k&15)<<48)
	return scalbn(math.FMA(root, p, root), k>>4)
}

// (e^x - 1)/x = 1 + x·(y0 + y1·x + ... + y11·x¹¹) for |x| <= exprelNear, with a relative error of 2^-57.
const (
	exprelNear = 0.5
	exprelMost = 36.0

	y0  = 0x1.0p-1
	y1  = 0x1.5555555555555p-3
	y2  = 0x1.555555555558ep-5
	y3  = 0x1.111111111112p-7
	y4  = 0x1.6c16c16c02003p-10
	y5  = 0x1.a01a01a00ef0fp-13
	y6  = 0x1.a01a01f8a44eap-16
	y7  = 0x1.71de3a84a10c3p-19
	y8  = 0x1.27e450c2e35f7p-22
	y9  = 0x1.ae63a07779c78p-26
	y10 = 0x1.201cd8001288bp-29
	y11 = 0x1.6267cf434f12cp-33
)

// Exprel is (e^x - 1)/x, the relative exponential; 1 at 0, +0 at -Inf, +Inf at +Inf. Largest error found: 0.86 ulp, near -1/2.
func Exprel(x float64) float64 {
	if !(math.Abs(x) <= exprelNear) {
		return exprelFar(x)
	}
	x2 := x * x
	x4 := x2 * x2
	a := math.FMA(math.FMA(y3, x, y2), x2, math.FMA(y1, x, y0))
	b := math.FMA(math.FMA(y7, x, y6), x2, math.FMA(y5, x, y4))
	c := math.FMA(math.FMA(y11, x, y10), x2, math.FMA(y9, x, y8))
	return math.FMA(math.FMA(math.FMA(c, x4, b), x4, a), x, 1)
}

// exprelFar is Exprel for other arguments.
func exprelFar(x float64) float64 {
	switch {
	case x != x || x > 1000:
		return x + math.Inf(1) // NaN stays NaN; above 717 the quotient overflows
	case x > expDirect:
		s, t, k := expParts(x, 0)
		q := s / x
		return scalbn((q+(math.FMA(-q, x, s)+t)/x)*0x1p9, k-9)
	case x > exprelMost:
		hi, lo := expm1Parts(x)
		return quotient(hi, lo, x, 0)
	case x < -expDirect:
		return -1 / x
	}
	// e^x - 1 is most + (least + root·p), where most + least = root - 1 exactly as long as root < 2^53. The quotient by way of the reciprocal is
	// corrected by what is left of it.
	inverse := 1 / x
	root, p, _ := expReduced(x, 0)
	most := root - 1
	least := root - (most + 1)
	q := math.FMA(root, p, most) * inverse
	rest := math.FMA(root, p, least) + math.FMA(-q, x, most)
	return math.FMA(rest, inverse, q)
}
