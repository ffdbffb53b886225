package kernel

import "math"

// VecFollow sets dst[i] = max(u[i], level[i]·decay), and to 0 what is below 1e-300 in magnitude: one frame of a level that follows the
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

// Loudness is the logarithm of a sum of two powers, Offset + Scale·ln(max(V·a^P + W·b^Q, 1)), P and Q above 0, for a and b at least 0;
// with a relative error of the argument of the logarithm of about 1e-15, and a few times that for powers beyond 1e±10. At and
// below 1 the result is exactly Offset.
type Loudness struct{ P, V, Q, W, Scale, Offset float64 }

// Of is the loudness of a and b.
func (l Loudness) Of(a, b float64) float64 {
	x := Max(math.FMA(l.V, briefPower(a, l.P), float64(l.W*briefPower(b, l.Q))), 1)
	if x <= math.MaxFloat64 {
		x = briefLog(x)
	} else {
		x = Log(x)
	}
	return math.FMA(l.Scale, x, l.Offset)
}

// Vec sets dst[i] to the loudness of a[i] and b[i].
func (l Loudness) Vec(dst, a, b []float64) {
	check3(len(dst), len(a), len(b))
	loudnessVec(dst, a, b, l.P, l.V, l.Q, l.W, l.Scale, l.Offset)
}

// briefLogSeries gives 2·artanh(s) = s·(2 + z·Σ c_i·z^i), z = s², for |s| <= (√2-1)/(√2+1), with a relative error below 2e-16.
var briefLogSeries = [...]float64{
	0x1.5555555553960p-1, 0x1.999999a294bbap-2, 0x1.24924176d7439p-2, 0x1.c722789942884p-3, 0x1.732c13fc2e3fbp-3, 0x1.58785e4803f32p-3,
}

// briefLog is ln x for normal x > 0 with a relative error of some 1e-16.
func briefLog(x float64) float64 {
	m, k := splitMantissa(math.Float64bits(x))
	s := (m - 1) / (m + 1)
	z := s * s
	return math.FMA(float64(k), ln2, float64(s*math.FMA(polynomial(briefLogSeries[:], z), z, 2)))
}

// powerMost is the largest |ln a^p| for which a power takes the short way.
const powerMost = 700

// briefPower is a^p for p > 0.
func briefPower(a, p float64) float64 {
	if a == 0 {
		return 0
	}
	if math.Float64bits(a)-minNormal < infBits-minNormal {
		if x := p * briefLog(a); math.Abs(x) <= powerMost {
			return briefExp(x)
		}
	}
	return Pow(a, p)
}

func followGeneric(dst, level, u []float64, decay float64) {
	level, u = level[:len(dst)], u[:len(dst)]
	for i := range dst {
		dst[i] = Follow(level[i], u[i], decay)
	}
}

func loudnessGeneric(dst, a, b []float64, p, v, q, w, scale, offset float64) {
	l := Loudness{p, v, q, w, scale, offset}
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = l.Of(a[i], b[i])
	}
}
