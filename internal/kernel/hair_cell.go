package kernel

import "math"

// HairCell is the saturation of inner hair cells, as in the model of Tan and Carney (2003, after Zhang et al. 2001).
type HairCell struct {
	law struct{ slope, scale, exponent, corner float64 } // in the order in which the assembly reads it
}

// NewHairCell takes A_0 [V], B, C and D; the last three above 0.
func NewHairCell(scale, slope, exponent, corner float64) *HairCell {
	h := &HairCell{}
	h.law.slope, h.law.scale, h.law.exponent, h.law.corner = slope, scale*math.Ln2, exponent, corner
	return h
}

// Saturate sets dst[i] to the potential for the motion x[i],
//
//	y = A_0·ln(1 + B·x)                                          for x >= 0
//	y = -A_0·(|x|^C + D)/(3·|x|^C + D)·ln(1 + B·|x|)             for x < 0
//
// with a relative error of 1e-15, and of C times as much for large C. Powers beyond 2^±1000 are taken for these. NaN and
// infinities give NaN. dst may be x; what scratch holds is lost.
func (h *HairCell) Saturate(dst, x, scratch []float64) {
	check3(len(dst), len(x), len(scratch))
	hairCell(h, dst, x, scratch)
}

// hairCellLogsGeneric sets dst to log2(1 + B·|x|) with the sign of x, and power to the logarithm of the power. One division
// serves both logarithms.
func hairCellLogsGeneric(h *HairCell, dst, x, power []float64) {
	x, power = x[:len(dst)], power[:len(dst)]
	for i, v := range x {
		a := math.Abs(v)
		y := float64(h.law.slope * a)
		m, k := splitMantissa(math.Float64bits(1 + y))
		f := m - 1
		if k == 0 {
			f = y
		}
		d := 2 + f
		ma, ka := splitMantissa(math.Float64bits(a))
		da := ma + 1
		inverse := 1 / float64(d*da)
		sa := float64((ma - 1) * float64(inverse*d))
		power[i] = modelClip(float64(h.law.exponent * modelLogRatio(sa, float64(sa*sa), float64(ka))))
		s := float64(f * float64(inverse*da))
		dst[i] = math.FMA(v, 0, math.Copysign(modelLogRatio(s, modelSquare(s), float64(k)), v))
	}
}

// hairCellPowersGeneric makes potentials of what hairCellLogsGeneric leaves.
func hairCellPowersGeneric(h *HairCell, dst, power []float64) {
	power = power[:len(dst)]
	for i, level := range dst {
		p := modelExp2(power[i])
		factor := (p + h.law.corner) / math.FMA(3, p, h.law.corner)
		if !(level < 0) {
			factor = 1
		}
		dst[i] = float64(h.law.scale*level) * factor
	}
}
