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
// Overflow gives ±Inf, underflow subnormals and ±0. Largest error found: 0.78 ulp, for the float64 next to 1/3 0.52 ulp.
func Pow(x, y float64) float64 {
	bits := math.Float64bits(x)
	if bits-minNormal >= infBits-minNormal || !(math.Abs(y) <= 0x1p70) {
		return powSpecial(x, y)
	}
	if y == third && bits-thirdLeast <= thirdSpan {
		return powThird(x)
	}
	hi, lo := logParts(bits, 0)
	return expProduct(y, hi, lo)
}

// The power 1/3 is the compression of many models of hearing, and its exponent is not 1/3 but the nearest float64, which is less
// by third = 1/3 - 2^-54/3. So x^third is the cube root of x times 1 - ln(x)·2^-54/3: a correction of a few ulp, for which a
// rough logarithm will do.
const (
	third      = 0x1.5555555555555p-2
	thirdLeast = (1023 - 900) << 52 // bits of 2^-900: from here to 2^900 nothing on the way is subnormal
	thirdSpan  = 1800 << 52
	rootMagic  = 0x553ee9ae << 32 // minus bits/3: the bits of x^(-1/3)·(1 ± 0.034)
	bitsThird  = 0x55555555
	// -ln(x)·2^-54/3 = thirdScale·(upper half of the bits of x) + thirdOffset, to 0.06·2^-54/3
	thirdScale  = -0x1.d9303fea2f7eap-77
	thirdOffset = 0x1.d8b4dda33f6c3p-47
)

// powThird is x^third for 2^-900 <= x <= 2^900.
func powThird(x float64) float64 {
	upper := math.Float64bits(x) >> 32
	y := math.Float64frombits(rootMagic - upper*bitsThird)
	// y approaches x^(-1/3): with h = 1 - x·y³ the root is y·(1 + h/3 + 2h²/9 + 14h³/81 + ...), good to 2^-15 and then to 2^-30.
	h := math.FMA(-float64(x*y), float64(y*y), 1)
	y = math.FMA(float64(y*h), math.FMA(math.FMA(h, 14.0/81, 2.0/9), h, 1.0/3), y)
	h = math.FMA(-float64(x*y), float64(y*y), 1)
	y = math.FMA(float64(y*h), 1.0/3, y)
	// c = x·y² is good to 2^-29; one Newton step on c³ - x, whose residue is computed exactly enough.
	y2 := y * y
	c := float64(x * y2)
	c2 := c * c
	residue := math.FMA(math.FMA(c, c, -c2), c, math.FMA(c2, c, -x))
	power := float64(c * math.FMA(float64(upper), thirdScale, thirdOffset))
	return c + math.FMA(-residue, float64(y2*(1.0/3)), power)
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

// m^(-1/3) = b0 + b1·m + ... + b4·m⁴ for 1 <= m < 2, with a relative error below 2^-14.5.
const (
	b0 = 0x1.aa913e4c930ecp+0
	b1 = -0x1.2992df8a9809cp+0
	b2 = 0x1.5e8accb9a7d37p-1
	b3 = -0x1.bb1bec900c2fdp-3
	b4 = 0x1.c731837107b28p-6
)

// 2^(-j/3) for j = 0, 1, 2.
var inverseRoots = [3]float64{1, 0x1.965fea53d6e3dp-1, 0x1.428a2f98d728bp-1}

// Cbrt is the cube root, negative for negative x. Cbrt of ±0, ±Inf and NaN is the argument. Largest error found:
// 0.501 ulp.
func Cbrt(x float64) float64 {
	bits := math.Float64bits(x) &^ (1 << 63)
	shift := int64(0)
	if bits-minNormal >= infBits-minNormal {
		if bits == 0 || bits >= infBits {
			return x
		}
		bits = math.Float64bits(math.Abs(x) * 0x1p54)
		shift = -18
	}
	// x = m·2^(3t+j) with 1 <= m < 2; 1023 is a multiple of 3.
	e := int64(bits >> 52)
	t := e * 21846 >> 16 // e/3 for 0 <= e < 2047
	j := e - 3*t
	m := math.Float64frombits(bits&(1<<52-1) | 1023<<52)
	y := math.FMA(b4, m, b3)
	y = math.FMA(y, m, b2)
	y = math.FMA(y, m, b1)
	y = math.FMA(y, m, b0) * inverseRoots[j]
	m *= float64(int64(1) << j)
	// y approaches m^(-1/3): with h = 1 - m·y³, y·(1 + h/3 + 2h²/9) is good to 2^-41.
	y2 := y * y
	h := math.FMA(-float64(m*y), y2, 1)
	y = math.FMA(float64(y*h), math.FMA(h, 2.0/9, 1.0/3), y)
	// c = m·y² is good to 2^-40; one Newton step on c³ - m, whose residue is computed exactly enough.
	y2 = y * y
	c := m * y2
	c2 := c * c
	residue := math.FMA(math.FMA(c, c, -c2), c, math.FMA(c2, c, -m))
	c = math.FMA(-residue, float64(y2*(1.0/3)), c)
	c *= math.Float64frombits(uint64(1023+t-341+shift) << 52)
	return math.Copysign(c, x)
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
