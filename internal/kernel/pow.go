package kernel

import "math"

// Pow is x to the power y. Special cases, as in C and Python's math.pow (where Python raises an error, the value of C):
//
//   - Pow(x, ±0) = 1 and Pow(1, y) = 1 for any x and y, NaN included; else NaN if one of them is NaN
//   - Pow(x, y) = NaN for finite x < 0 and finite y that is not an integer
//   - Pow(±0, y) = ±Inf for odd integers y < 0, +Inf for other y < 0, ±0 for odd integers y > 0, +0 for other y > 0
//   - Pow(-1, ±Inf) = 1; Pow(x, +Inf) = +Inf for |x| > 1, 0 for |x| < 1; Pow(x, -Inf) the other way round
//   - Pow(+Inf, y) = +Inf for y > 0, 0 for y < 0; Pow(-Inf, y) the same, with the sign -1 for odd integers y
//
// Overflow gives ±Inf, underflow subnormals and ±0. Largest error found: 0.74 ulp, for the float64 next to 1/3 0.52 ulp
// (0.94 below 2^-1010).
func Pow(x, y float64) float64 {
	bits := math.Float64bits(x)
	if bits-minNormal >= infBits-minNormal || !(math.Abs(y) <= 0x1p70) {
		return powSpecial(x, y)
	}
	if y == third {
		return powThird(x)
	}
	hi, lo := logParts(bits, 0)
	return expProduct(y, hi, lo)
}

// expProduct is e^(y·(hi+lo)).
func expProduct(y, hi, lo float64) float64 {
	h := y * hi
	switch {
	case h > expMost:
		return math.Inf(1)
	case h < expLeast-1:
		return 0
	}
	l := math.FMA(y, lo, math.FMA(y, hi, -h))
	if math.Abs(h) <= expDirect {
		root, p, _ := expReduced(h, l)
		return math.FMA(root, p, root)
	}
	return expScaled(h, l)
}

func powSpecial(x, y float64) float64 {
	switch {
	case y == 0 || x == 1:
		return 1
	case x != x || y != y:
		return math.NaN()
	}
	odd := isOddInteger(y)
	if x == 0 {
		switch {
		case y < 0 && odd:
			return math.Copysign(math.Inf(1), x)
		case y < 0:
			return math.Inf(1)
		case odd:
			return x
		}
		return 0
	}
	a := math.Abs(x)
	if math.IsInf(y, 0) {
		switch {
		case a == 1:
			return 1
		case (a > 1) == (y > 0):
			return math.Inf(1)
		}
		return 0
	}
	if x < 0 && a <= math.MaxFloat64 && y != math.Trunc(y) {
		return math.NaN()
	}
	var p float64
	switch {
	case a > math.MaxFloat64 && y > 0:
		p = a
	case a > math.MaxFloat64:
		p = 0
	case math.Abs(y) > 0x1p70 && a == 1:
		p = 1
	case math.Abs(y) > 0x1p70 && (a > 1) == (y > 0): // |log a| >= 2^-53
		p = math.Inf(1)
	case math.Abs(y) > 0x1p70:
		p = 0
	default:
		hi, lo := logParts(normalBits(a))
		p = expProduct(y, hi, lo)
	}
	if odd && math.Signbit(x) {
		return -p
	}
	return p
}

// isOddInteger says whether y is an odd integer; floats from 2^53 on are even.
func isOddInteger(y float64) bool {
	if math.Abs(y) >= 0x1p53 || y != math.Trunc(y) {
		return false
	}
	return int64(y)&1 == 1 || int64(y)&1 == -1
}

// Hypot is √(x²+y²) without overflow or underflow on the way. +Inf if one operand is infinite, even if the other is NaN.
// Largest error found: 0.51 ulp.
func Hypot(x, y float64) float64 {
	x, y = math.Abs(x), math.Abs(y)
	if math.IsInf(x, 0) || math.IsInf(y, 0) {
		return math.Inf(1)
	}
	if x < y {
		x, y = y, x
	}
	if y == 0 || x != x || y != y || y < x*0x1p-60 {
		return x + y
	}
	scale := 1.0
	switch {
	case x > 0x1p510:
		scale = 0x1p600
	case y < 0x1p-450:
		scale = 0x1p-600
	}
	x, y = x/scale, y/scale
	// The square root of hi + lo is s + (hi + lo - s²)/(2s).
	xx, yy := float64(x*x), float64(y*y)
	hi := xx + yy
	lo := ((xx - hi) + yy) + (math.FMA(x, x, -xx) + math.FMA(y, y, -yy))
	s := math.Sqrt(hi)
	s += (math.FMA(-s, s, hi) + lo) / (2 * s)
	return s * scale
}
