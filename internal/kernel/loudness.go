package kernel

import "math"

// VecFollow sets dst[i] = max(u[i], level[i]·decay), and to 0 what is below 1e-200 in magnitude: one frame of a level that follows the
// peaks of u and falls between them. NaN in either gives NaN.
func VecFollow(dst, level, u []float64, decay float64) {
	check3(len(dst), len(level), len(u))
	followVec(dst, level, u, decay)
}

// Follow is [VecFollow] for one level.
func Follow(level, u, decay float64) float64 {
	x := Max(u, float64(level*decay))
	if math.Abs(x) < flushBelow {
		return 0
	}
	return x
}

// Loudness is the logarithm of a sum of two powers, Offset + Scale·log2(max(V·a^P + W·b^Q, 1)), P and Q above 0, LogV = log2 V and
// LogW = log2 W, of which one may be -Inf for nothing. With levels a and b at least 0 the logarithm is good to 1e-15 of the larger of
// P·|log2 a|, Q·|log2 b| and 1. It is exactly Offset where the sum is below 1. NaN gives NaN, and so do two infinite levels.
type Loudness struct{ P, LogV, Q, LogW, Scale, Offset float64 }

// nothing is the logarithm of the power of a level of 0: less than any other, but a number.
const nothing = -1e300

// Of is the loudness of a and b.
func (l Loudness) Of(a, b float64) float64 {
	return logSum(logPower(a, l.P, l.LogV), logPower(b, l.Q, l.LogW), l.Scale, l.Offset)
}

// Vec sets dst[i] to the loudness of a[i] and b[i].
func (l Loudness) Vec(dst, a, b []float64) {
	check3(len(dst), len(a), len(b))
	var x, y [256]float64 // between the steps in the nearest cache
	for len(dst) > 0 {
		n := min(len(dst), len(x))
		logPowerVec(x[:n], a[:n], l.P, l.LogV)
		logPowerVec(y[:n], b[:n], l.Q, l.LogW)
		logSumVec(dst[:n], x[:n], y[:n], l.Scale, l.Offset)
		dst, a, b = dst[n:], a[n:], b[n:]
	}
}

// logPower is p·log2 a + c for a >= 0.
func logPower(a, p, c float64) float64 {
	switch {
	case !(a <= math.MaxFloat64):
		return math.FMA(p, a, c)
	case a == 0:
		return nothing
	}
	return math.FMA(p, modelLog2(a), c)
}

// logSum is offset + scale·max(log2(2^x + 2^y), 0): the larger exponent, and what the other one adds, log2(1 + 2^-distance).
func logSum(x, y, scale, offset float64) float64 {
	e := modelExp2(max(-math.Abs(x-y), decayLeast))
	s := e / (e + 2)
	z := s * s
	most := math.FMA(s, polynomial(log1pSeries[:], z), max(x, y))
	return math.FMA(scale, max(most, 0), offset)
}

// log1pSeries gives log2(1 + e) = s·Σ c_i·z^i, s = e/(e+2), z = s², for 0 <= e <= 1, with a relative error below 2e-15.
var log1pSeries = [...]float64{
	0x1.71547652b82fep+1, 0x1.ec709dc395615p-1, 0x1.2776c51b36da9p-1, 0x1.a617593f2ef9dp-2, 0x1.484cd26426ee0p-2, 0x1.0c6cec5605be8p-2, 0x1.cbf0c8b15ba63p-3,
	0x1.5b9aba1500fccp-3, 0x1.1485362f95669p-2,
}

func followGeneric(dst, level, u []float64, decay float64) {
	level, u = level[:len(dst)], u[:len(dst)]
	for i := range dst {
		dst[i] = Follow(level[i], u[i], decay)
	}
}

func logPowerGeneric(dst, a []float64, p, c float64) {
	a = a[:len(dst)]
	for i, v := range a {
		dst[i] = logPower(v, p, c)
	}
}

func logSumGeneric(dst, x, y []float64, scale, offset float64) {
	x, y = x[:len(dst)], y[:len(dst)]
	for i := range dst {
		dst[i] = logSum(x[i], y[i], scale, offset)
	}
}
