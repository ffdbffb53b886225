package kernel

import "math"

const (
	minNormal   = 0x0010000000000000 // bits of 2^-1022
	infBits     = 0x7ff0000000000000
	sqrtHalf    = 0x3fe6a09e667f3bcd // bits of √½
	invLn2High  = 0x1.71547652b82fep+0
	invLn2Low   = 0x1.777d0ffda0d24p-56
	invLn10High = 0x1.bcb7b1526e50ep-2
	invLn10Low  = 0x1.95355baaafad3p-57
	twoThirds   = 0x1.5555555555555p-1
	twoThirdsLo = 0x1.5555555555555p-55
	log1pLeast  = 0x1p-30
	log1pMost   = 0x1p1000
)

// 2·artanh(s) = 2s + s³·(2/3 + z·(l0 + l1·z + ... + l8·z⁸)), z = s², |s| <= (√2-1)/(√2+1), with a relative error below
// 2^-66.
const (
	l0 = 0x1.999999999999ap-2
	l1 = 0x1.2492492492491p-2
	l2 = 0x1.c71c71c71cfd9p-3
	l3 = 0x1.745d174513593p-3
	l4 = 0x1.3b13b1bc75cd4p-3
	l5 = 0x1.1110dfad0f8eap-3
	l6 = 0x1.e1f7fa7547177p-4
	l7 = 0x1.ac4a89c964b82p-4
	l8 = 0x1.b8d433113b7fap-4
)

// logSeries is (2·artanh(s) - 2s - 2s³/3)/s⁵ as a function of z = s².
func logSeries(z float64) float64 {
	z2 := z * z
	z4 := z2 * z2
	a := math.FMA(math.FMA(l3, z, l2), z2, math.FMA(l1, z, l0))
	b := math.FMA(math.FMA(l7, z, l6), z2, math.FMA(l5, z, l4))
	return math.FMA(math.FMA(l8, z4, b), z4, a)
}

// splitMantissa writes a positive normal number, given by its bits, as m·2^k with √½ <= m < √2.
func splitMantissa(bits uint64) (m float64, k int64) {
	above := bits - sqrtHalf
	k = int64(above) >> 52
	return math.Float64frombits(bits - above&^(1<<52-1)), k
}

// Log is the natural logarithm. Log(±0) is -Inf, Log of a negative number NaN. Largest error found: 0.78 ulp.
func Log(x float64) float64 {
	bits := math.Float64bits(x)
	shift := 0.0
	if bits-minNormal >= infBits-minNormal {
		switch {
		case x == 0:
			return math.Inf(-1)
		case x < 0:
			return math.NaN()
		case bits >= infBits:
			return x // +Inf, NaN
		}
		bits = math.Float64bits(x * 0x1p54)
		shift = -54
	}
	m, ki := splitMantissa(bits)
	k := float64(ki) + shift
	f := m - 1
	s := f / (2 + f)
	z := s * s
	half := float64(0.5 * f * f)
	r := float64(z * math.FMA(z, logSeries(z), twoThirds))
	// log(1+f) = f - f²/2 + s·(f²/2 + r); f itself and k·ln 2 are added exactly.
	high := float64(k * ln2High)
	sum := high + f
	low := (high - sum) + f
	return sum + (low + (math.FMA(s, half+r, k*ln2Low) - half))
}

// logMantissa is log(m) as a double double, relative error below 2^-64, for √½ <= m <= √2.
func logMantissa(m float64) (hi, lo float64) {
	f := m - 1
	d := m + 1
	dl := m - (d - 1)
	inverse := 1 / d
	s := float64(f * inverse)
	sl := math.FMA(-s, dl, math.FMA(-s, d, f)) * inverse
	z := s * s
	zl := math.FMA(2*s, sl, math.FMA(s, s, -z))
	q := logSeries(z)
	u := float64(z * q)
	ul := math.FMA(zl, q, math.FMA(z, q, -u))
	p := twoThirds + u
	pl := ((twoThirds - p) + u) + (ul + twoThirdsLo)
	c := s * z
	cl := math.FMA(s, zl, math.FMA(sl, z, math.FMA(s, z, -c)))
	v := float64(c * p)
	vl := math.FMA(c, pl, math.FMA(cl, p, math.FMA(c, p, -v)))
	double := s + s
	hi = double + v
	lo = ((double - hi) + v) + math.FMA(2, sl, vl)
	return hi, lo
}

// logParts is log(x) + shift·ln 2 as a double double, relative error below 2^-63, for x > 0 and normal, given by its
// bits.
func logParts(bits uint64, shift int64) (hi, lo float64) {
	m, k := splitMantissa(bits)
	mh, ml := logMantissa(m)
	kd := float64(k + shift)
	high := float64(kd * ln2High)
	hi = high + mh
	lo = ((high - hi) + mh) + math.FMA(kd, ln2Low, ml)
	return fastTwoSum(hi, lo)
}

// normalBits gives the bits of a positive finite x, scaled to a normal number by 2^-shift.
func normalBits(x float64) (bits uint64, shift int64) {
	if x < 0x1p-1022 {
		return math.Float64bits(x * 0x1p54), -54
	}
	return math.Float64bits(x), 0
}

// logSpecial deals with the arguments that have no finite logarithm.
func logSpecial(x float64) (result float64, special bool) {
	switch {
	case x == 0:
		return math.Inf(-1), true
	case x < 0:
		return math.NaN(), true
	case x != x || x > math.MaxFloat64:
		return x, true
	}
	return 0, false
}

// Log2 is the logarithm to base 2, exact for powers of two. Special cases as [Log]. Largest error found: 0.51 ulp.
func Log2(x float64) float64 {
	if y, special := logSpecial(x); special {
		return y
	}
	bits, shift := normalBits(x)
	m, k := splitMantissa(bits)
	mh, ml := logMantissa(m)
	h := float64(mh * invLn2High)
	hl := math.FMA(mh, invLn2High, -h) + math.FMA(mh, invLn2Low, float64(ml*invLn2High))
	kd := float64(k + shift)
	s := kd + h
	return s + (((kd - s) + h) + hl)
}

// Log10 is the logarithm to base 10, exact for powers of ten. Special cases as [Log]. Largest error found: 0.51 ulp.
func Log10(x float64) float64 {
	if y, special := logSpecial(x); special {
		return y
	}
	hi, lo := logParts(normalBits(x))
	h := float64(hi * invLn10High)
	return h + (math.FMA(hi, invLn10High, -h) + math.FMA(hi, invLn10Low, float64(lo*invLn10High)))
}

// Log1p is log(1+x), accurate near 0 too. Log1p(±0) is ±0, Log1p(-1) is -Inf, below NaN. Largest error found: 0.63 ulp.
func Log1p(x float64) float64 {
	if math.Abs(x) < log1pLeast {
		return math.FMA(float64(-0.5*x), x, x) // x - x²/2 + ...
	}
	u, ul := twoSum(1, x)
	if y, special := logSpecial(u); special {
		return y
	}
	if u > log1pMost {
		return Log(u) // the 1 is beyond the last place, and the product below might overflow
	}
	// log(u), as in Log, and ul/u. One division serves both quotients: they are corrections, in which its rounding is lost.
	m, ki := splitMantissa(math.Float64bits(u))
	k := float64(ki)
	f := m - 1
	d := 2 + f
	inverse := 1 / float64(d*u)
	s := float64(f * float64(u*inverse))
	c := float64(ul * float64(d*inverse))
	z := s * s
	half := float64(0.5 * f * f)
	r := float64(z * math.FMA(z, logSeries(z), twoThirds))
	high := float64(k * ln2High)
	sum := high + f
	low := (high - sum) + f
	return sum + (low + ((math.FMA(s, half+r, k*ln2Low) - half) + c))
}
