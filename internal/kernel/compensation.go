package kernel

import "math"

// VecVersine sets dst[i] = 1 - cos(2·x[i]), computed as 2·sin²(x[i]), so that small angles do not cancel; with a relative error
// below 1e-15 for |x[i]| <= 1e5 (near multiples of π the error is that of x[i] itself, 1e-15 of x²). Any other x[i] gives
// something, the same in all tiers.
func VecVersine(dst, x []float64) {
	check2(len(dst), len(x))
	versineVec(dst, x)
}

// CompensationSection holds the coefficients of one section of asymmetric compensation filters (Unoki et al. 2001), which the
// models with moving filters compute again for every frame. All slices have the same length, a number for each channel.
type CompensationSection struct {
	Radius, Shift      []float64 // ln r and Δ are these times the bandwidth [1/Hz, 1]
	B0, B1, B2, A1, A2 []float64 // what is computed
}

// Design computes the coefficients of a section for filters at frequencies f [Hz] with bandwidths erb [Hz], at being
// 1 - cos ω of the angles ω of the frequencies and half π/rate. With r = exp(Radius·erb), Δ = Shift·erb and
//
//	Φ = 1 - cos φ for poles at φ = 2·half·max(f+Δ, 0), zeros at 2·half·max(f-Δ, 0), W = 1 - cos ω
//	p = 2r, q = (1-r)²
//	M = (p·(W - Φ))² + q·(q + 2p·(W + Φ - W·Φ))   the squared magnitude at ω of either
//
// they are a_1 = p·(Φ_poles - 1), a_2 = r², b = √(M_poles/M_zeros)·(1, p·(Φ_zeros - 1), r²).
func (c *CompensationSection) Design(f, erb, at []float64, half float64) {
	n := len(f)
	check3(n, len(erb), len(at))
	check3(n, len(c.Radius), len(c.Shift))
	check3(n, len(c.B0), len(c.B1))
	check3(n, len(c.B2), len(c.A1))
	check2(n, len(c.A2))
	compensation(c, f, erb, at, half)
}

const (
	inversePi = 0x1.45f306dc9c883p-2
	piHigh    = 0x1.921fb54442d18p+1
	piLow     = 0x1.1a62633145c07p-53
)

// sin t = t + t³·Σ c_i·t^2i for |t| <= π/2, with a relative error below 2e-17.
var wideSine = [8]float64{
	-0x1.5555555555555p-3, 0x1.11111111110bcp-7, -0x1.a01a01a0147eep-13, 0x1.71de3a528cf43p-19, -0x1.ae6454d064a0dp-26,
	0x1.6123ccd5129a8p-33, -0x1.ae439dc2f7c23p-41, 0x1.88384312797a7p-49,
}

func versine(x float64) float64 {
	n := math.FMA(x, inversePi, roundMagic) - roundMagic
	t := math.FMA(-n, piLow, math.FMA(-n, piHigh, x))
	z := t * t
	s := wideSine[7]
	for i := 6; i >= 0; i-- {
		s = math.FMA(s, z, wideSine[i])
	}
	s = math.FMA(float64(t*z), s, t)
	return float64(s*s) * 2
}

func versineGeneric(dst, x []float64) {
	for i, v := range x[:len(dst)] {
		dst[i] = versine(v)
	}
}

// compensationGeneric computes channels lo:hi.
func compensationGeneric(c *CompensationSection, f, erb, at []float64, half float64, lo, hi int) {
	for i := lo; i < hi; i++ {
		r := Exp(float64(c.Radius[i] * erb[i]))
		delta := float64(c.Shift[i] * erb[i])
		pole := versine(Rectify(f[i]+delta) * half)
		zero := versine(Rectify(f[i]-delta) * half)
		w, rest := at[i], 1-r
		q, p, p2 := float64(rest*rest), float64(2*r), float64(4*r)
		over, under := float64(p*(w-pole)), float64(p*(w-zero))
		over = math.FMA(over, over, float64(q*math.FMA(p2, math.FMA(-w, pole, w+pole), q)))
		under = math.FMA(under, under, float64(q*math.FMA(p2, math.FMA(-w, zero, w+zero), q)))
		gain, square := math.Sqrt(over/under), float64(r*r)
		c.A1[i], c.A2[i] = p*(pole-1), square
		c.B0[i], c.B1[i], c.B2[i] = gain, gain*float64(p*(zero-1)), gain*square
	}
}
