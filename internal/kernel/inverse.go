package kernel

import "math"

// asin(x) = x + x³·(a0 + a1·z + ... + a12·z¹²), z = x², for |x| <= 1/2, with a relative error below 2^-57.
const (
	a0  = 0x1.5555555555556p-3
	a1  = 0x1.3333333332ec4p-4
	a2  = 0x1.6db6db6e3292ep-5
	a3  = 0x1.f1c71c1d4aa0dp-6
	a4  = 0x1.6e8bb1d89492bp-6
	a5  = 0x1.1c4d343fa57f6p-6
	a6  = 0x1.c9cf3759fd8ffp-7
	a7  = 0x1.78246f32d075cp-7
	a8  = 0x1.524ea8b3aad31p-7
	a9  = 0x1.653a8f8cfd43cp-8
	a10 = 0x1.1d661531b222ep-6
	a11 = -0x1.e7a24f548c99fp-7
	a12 = 0x1.d78189767524ep-6
)

// atan(t) = t + t³·(t0 + t1·z + ... + t11·z¹¹), z = t², for |t| <= √2 - 1, with a relative error below 2^-58.
const (
	t0  = -0x1.5555555555555p-2
	t1  = 0x1.9999999999952p-3
	t2  = -0x1.249249248d739p-3
	t3  = 0x1.c71c71c2fc236p-4
	t4  = -0x1.745d165c497f3p-4
	t5  = 0x1.3b1392a9c2d8bp-4
	t6  = -0x1.110e84aa36d9dp-4
	t7  = 0x1.e199c62156609p-5
	t8  = -0x1.ac7858539e493p-5
	t9  = 0x1.74d3a7b43351ap-5
	t10 = -0x1.1b1992aa413c9p-5
	t11 = 0x1.0a997ba33c1dbp-6
)

// asinSeries is (asin(x) - x)/x³ as a function of z = x² <= 1/4.
func asinSeries(z float64) float64 {
	z2 := z * z
	z4 := z2 * z2
	a := math.FMA(math.FMA(a3, z, a2), z2, math.FMA(a1, z, a0))
	b := math.FMA(math.FMA(a7, z, a6), z2, math.FMA(a5, z, a4))
	c := math.FMA(math.FMA(a11, z, a10), z2, math.FMA(a9, z, a8))
	return math.FMA(math.FMA(math.FMA(a12, z4, c), z4, b), z4, a)
}

// asinComplement is asin(√((1-a)/2)) as a double double, for 1/2 <= a <= 1: half the angle between a and 1.
func asinComplement(a float64) (hi, lo float64) {
	z := 0.5 * (1 - a) // exact
	w := math.Sqrt(z)
	if w == 0 {
		return 0, 0
	}
	wl := math.FMA(-w, w, z) / (2 * w)
	return fastTwoSum(w, math.FMA(w*z, asinSeries(z), wl))
}

// Asin is the arcsine of x in radians, NaN for |x| > 1. Asin(±0) is ±0. Largest error found: 0.66 ulp.
func Asin(x float64) float64 {
	a := math.Abs(x)
	switch {
	case a < 0x1p-27:
		return x
	case a <= 0.5:
		z := x * x
		return x + float64(float64(x*z)*asinSeries(z))
	case !(a <= 1):
		return math.NaN()
	}
	hi, lo := asinComplement(a)
	h, e := fastTwoSum(halfPi1, -(hi + hi))
	return math.Copysign(h+(e+(halfPi2-2*lo)), x)
}

// Acos is the arccosine of x in radians, 0 to π, NaN for |x| > 1. Largest error found: 0.62 ulp.
func Acos(x float64) float64 {
	a := math.Abs(x)
	switch {
	case a <= 0.5:
		z := x * x
		h, e := fastTwoSum(halfPi1, -x)
		return h + (e + (halfPi2 - float64(float64(x*z)*asinSeries(z))))
	case !(a <= 1):
		return math.NaN()
	}
	hi, lo := asinComplement(a)
	if x > 0 {
		return 2 * (hi + lo)
	}
	h, e := fastTwoSum(2*halfPi1, -(hi + hi))
	return h + (e + 2*(halfPi2-lo))
}

// atanRatio is atan(u/v) as a double double for 0 <= u <= v, 0 < v, both far from overflow and underflow.
func atanRatio(u, v float64) (hi, lo float64) {
	nh, nl, dh, dl := u, 0.0, v, 0.0
	base, baseLow := 0.0, 0.0
	if u > float64(v*0.41421356237309503) { // tan(π/8): atan(u/v) = π/4 + atan((u-v)/(u+v))
		nh, nl = twoSum(u, -v)
		dh, dl = twoSum(v, u)
		base, baseLow = 0.5*halfPi1, 0.5*halfPi2
	}
	q := nh / dh
	ql := math.FMA(-q, dl, math.FMA(-q, dh, nh)+nl) / dh
	z := q * q
	z2 := z * z
	z4 := z2 * z2
	a := math.FMA(math.FMA(t3, z, t2), z2, math.FMA(t1, z, t0))
	b := math.FMA(math.FMA(t7, z, t6), z2, math.FMA(t5, z, t4))
	c := math.FMA(math.FMA(t11, z, t10), z2, math.FMA(t9, z, t8))
	p := math.FMA(math.FMA(c, z4, b), z4, a)
	low := math.FMA(q*z, p, math.FMA(-z, ql, ql))
	h, e := fastTwoSum(base, q)
	return fastTwoSum(h, (e+baseLow)+low)
}

// Atan is the arctangent of x in radians. Atan(±0) is ±0, Atan(±Inf) ±π/2. Largest error found: 0.65 ulp.
func Atan(x float64) float64 {
	a := math.Abs(x)
	switch {
	case a < 0x1p-27 || x != x:
		return x
	case a > 0x1p60:
		return math.Copysign(halfPi1, x)
	case a <= 1:
		hi, lo := atanRatio(a, 1)
		return math.Copysign(hi+lo, x)
	}
	hi, lo := atanRatio(1, a)
	h, e := fastTwoSum(halfPi1, -hi)
	return math.Copysign(h+(e+(halfPi2-lo)), x)
}

// Atan2 is the angle of the point (x, y), -π to π, in radians. Zeros and infinities as in C: the sign of y is that of the
// result; Atan2(±0, x) is ±0 for x > 0 or x = +0 and ±π for x < 0 or x = -0; infinite coordinates stand for directions.
// Largest error found: 0.62 ulp.
func Atan2(y, x float64) float64 {
	if x != x || y != y {
		return math.NaN()
	}
	u, v := math.Abs(y), math.Abs(x)
	if math.IsInf(u, 0) || math.IsInf(v, 0) {
		u, v = finite(u), finite(v)
	}
	left := math.Signbit(x)
	swap := u > v
	if swap {
		u, v = v, u
	}
	var hi, lo float64
	switch {
	case u == 0:
	case v > 0x1p60*u && (swap || left): // a change of the last digits only
	case v > 0x1p60*u:
		return math.Copysign(u/v, y)
	default:
		hi, lo = atanRatio(balance(u, v))
	}
	var a float64
	switch {
	case swap && left: // π/2 + atan
		h, e := fastTwoSum(halfPi1, hi)
		a = h + (e + (halfPi2 + lo))
	case swap: // π/2 - atan
		h, e := fastTwoSum(halfPi1, -hi)
		a = h + (e + (halfPi2 - lo))
	case left: // π - atan
		h, e := fastTwoSum(2*halfPi1, -hi)
		a = h + (e + (2*halfPi2 - lo))
	default:
		a = hi + lo
	}
	return math.Copysign(a, y)
}

// finite replaces a coordinate beside an infinite one by its direction: 1 for +Inf, 0 for anything finite.
func finite(a float64) float64 {
	if math.IsInf(a, 0) {
		return 1
	}
	return 0
}

// balance scales two positive numbers of similar size by the same power of two, away from overflow and underflow.
func balance(u, v float64) (float64, float64) {
	switch {
	case v > 0x1p500:
		return u * 0x1p-600, v * 0x1p-600
	case v < 0x1p-500:
		return u * 0x1p600, v * 0x1p600
	}
	return u, v
}
