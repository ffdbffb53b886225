package kernel

import "math"

// Compensation holds asymmetric compensation filters (Unoki et al. 2001), the filters with gain 1 at a frequency f whose
// poles and zeros move with f: for every channel a series of sections of order 2. For section k of channel c,
// Radius[k*Channels+c] is log2 r over the bandwidth of f [1/Hz], at most 0, and Shift[k*Channels+c] is Δ over it. With
//
//	ERB = 24.7·(0.00437·f + 1),  r = 2^(Radius·ERB),  Δ = Shift·ERB,  Half = π/rate [s]
//	Ψ = sin²(φ/2) for poles at φ = 2·Half·max(f+Δ, 0), zeros at 2·Half·max(f-Δ, 0), w = sin²(Half·f)
//	q = (1-r)²
//	M = (4r·(w - Ψ))² + q·(q + 8r·(w + Ψ - 2w·Ψ))   the squared magnitude at f of either
//
// a section has a_1 = 2r·(2Ψ_poles - 1), a_2 = r², b = √(M_poles/M_zeros)·(1, 2r·(2Ψ_zeros - 1), r²). Radii, sines and cosines
// have errors below 7e-15 for angles below 10; sin² instead of 1 - cos keeps what is small accurate. Frequencies are at least 0;
// NaN gives NaN.
type Compensation struct {
	Channels, Sections int
	Half               float64
	Radius, Shift      []float64
}

const errCompensation = "kernel: compensation filters of impossible size"

func (c *Compensation) check() {
	if n := c.Sections * c.Channels; c.Sections < 1 || len(c.Radius) != n || len(c.Shift) != n {
		panic(errCompensation)
	}
}

// Design computes the coefficients of channels lo:hi at the frequencies f [Hz], one for each of them, into s, which has as many
// channels and sections, of order 2. A channel has the same bits in whatever company it is computed.
func (c *Compensation) Design(s *Sections, lo, hi int, f []float64) {
	c.check()
	if s.Channels != c.Channels || s.Count != c.Sections || s.Order != 2 || len(s.B) != 3*len(c.Radius) || len(s.A) != 2*len(c.Radius) ||
		lo < 0 || hi > c.Channels || len(f) != hi-lo {
		panic(errCompensation)
	}
	compensationDesign(c, s, lo, hi, f)
}

// States is the number of state variables of [Compensation.Run].
func (c *Compensation) States() int { return 2 * c.Sections * c.Channels }

// Run filters frames at:at+frames from src to dst, frame i with the coefficients at the frequencies of frame i of f. These are the bits
// of [Compensation.Design] and [Sections.Run] for one frame after the other. dst may be src; both and f have a step of 1. The
// state is flushed at multiples of [FlushInterval].
func (c *Compensation) Run(dst, src, f Rows, at int64, frames int, state []float64) {
	c.check()
	if len(state) != c.States() || dst.Step != 1 || src.Step != 1 || f.Step != 1 {
		panic(errCompensation)
	}
	for frames > 0 {
		n := untilFlush(at, frames, state)
		compensationRun(c, dst, src, f, n, state)
		at += int64(n)
		frames -= n
		if frames > 0 {
			dst, src, f = dst.from(n), src.from(n), f.from(n)
		}
	}
}

const (
	erbSlope  = 24.7 * 4.37e-3
	erbLeast  = 24.7
	inversePi = 0x1.45f306dc9c883p-2
	pi        = 0x1.921fb54442d18p+1
	// Below, 2^x is as good as this.
	decayLeast = -1000
)

// sin t = t + t³·Σ c_i·t^2i and cos t = 1 + t²·Σ c_i·t^2i for |t| <= π/2, with errors below 1.2e-16 and 2.2e-15.
var (
	shortSine = [...]float64{
		-0x1.5555555555421p-3, 0x1.111111110726bp-7, -0x1.a01a0198a6ad7p-13, 0x1.71de3790c973dp-19, -0x1.ae6335443c969p-26,
		0x1.60e2464b21be9p-33, -0x1.9e97bd76c4259p-41,
	}
	shortCosine = [...]float64{
		-0x1.ffffffffffb29p-2, 0x1.555555553c444p-5, -0x1.6c16c1611d208p-10, 0x1.a019fd1153176p-16, -0x1.27e3f82e4feadp-22,
		0x1.1eae266e10b1fp-29, -0x1.8377b66e4f322p-37,
	}
)

// 1/√(1-h) = 1 + h·(c_0 + c_1·h + c_2·h²) for -0.0697 < h < 0.0674, with a relative error below 1.1e-6.
const (
	halfWay      = 0x1.000030943cc25p-1
	halfWay2     = 0x1.811720e9cd266p-2
	halfWay3     = 0x1.400067d10c0ddp-2
	inverseMagic = 0x5fe6eb50c7b537a9 // minus half the bits of x: those of 1/√x, to 3.5 %
)

// rootOfQuotient is √(a/b) for positive normal a and b whose product is normal too, with a relative error below 1e-15.
func rootOfQuotient(a, b float64) float64 {
	x := a * b
	y := math.Float64frombits(inverseMagic - math.Float64bits(x)>>1)
	h := math.FMA(-float64(x*y), y, 1)
	y = math.FMA(float64(y*h), math.FMA(math.FMA(h, halfWay3, halfWay2), h, halfWay), y)
	h = math.FMA(-float64(x*y), y, 1)
	g := a * y
	return math.FMA(float64(g*h), math.FMA(h, 0.375, 0.5), g)
}

// polynomial is Σ c_i·x^i.
func polynomial(c []float64, x float64) float64 {
	s := c[len(c)-1]
	for i := len(c) - 2; i >= 0; i-- {
		s = math.FMA(s, x, c[i])
	}
	return s
}

// turn is sine and cosine of x, both with the same sign or both with the other one: enough for squares and products of two.
func turn(x float64) (sin, cos float64) {
	n := math.FMA(x, inversePi, roundMagic) - roundMagic
	t := math.FMA(-n, pi, x)
	z := t * t
	return math.FMA(float64(t*z), polynomial(shortSine[:], z), t), math.FMA(z, polynomial(shortCosine[:], z), 1)
}

// tilt is what the sections of a filter have in common: frequency and bandwidth as half angles, sine and cosine of the former up to a
// common sign, w, and 1 - 2w.
type tilt struct{ erb, at, width, sin, cos, w, mirror float64 }

func tiltAt(f, half float64) tilt {
	t := tilt{erb: math.FMA(f, erbSlope, erbLeast), at: float64(f * half)}
	t.width = float64(t.erb * half)
	t.sin, t.cos = turn(t.at)
	t.w = float64(t.sin * t.sin)
	t.mirror = math.FMA(-2, t.w, 1)
	return t
}

// section computes the coefficients of a section: b_0, b_1/b_0, a_1 and a_2 = b_2/b_0.
func (t *tilt) section(radius, shift float64) (b0, b1, a1, a2 float64) {
	decay := float64(radius * t.erb)
	if !(decay > decayLeast) {
		decay = decayLeast
	}
	r := modelExp2(decay)
	delta := float64(shift * t.width)
	sin, cos := turn(delta)
	across := float64(t.sin * cos)
	pole, zero := math.FMA(t.cos, sin, across), math.FMA(-t.cos, sin, across)
	pole, zero = float64(pole*pole), float64(zero*zero)
	if t.at < -delta {
		pole = 0
	}
	if t.at < delta {
		zero = 0
	}
	rest := 1 - r
	q, r2 := float64(rest*rest), r+r
	r4 := r2 + r2
	r8 := r4 + r4
	w, slope, level := float64(r4*t.w), float64(r8*t.mirror), math.FMA(r8, t.w, q)
	over, under := math.FMA(-r4, pole, w), math.FMA(-r4, zero, w)
	over = math.FMA(over, over, float64(q*math.FMA(pole, slope, level)))
	under = math.FMA(under, under, float64(q*math.FMA(zero, slope, level)))
	return rootOfQuotient(over, under), math.FMA(r4, zero, -r2), math.FMA(r4, pole, -r2), r * r
}

// compensationDesignGeneric computes channels lo:hi at frequencies f, those of channel first and above.
func compensationDesignGeneric(c *Compensation, s *Sections, lo, hi, first int, f []float64) {
	n := c.Channels
	for i := lo; i < hi; i++ {
		t := tiltAt(f[i-first], c.Half)
		for k := range c.Sections {
			gain, b1, a1, a2 := t.section(c.Radius[k*n+i], c.Shift[k*n+i])
			s.B[3*k*n+i], s.B[(3*k+1)*n+i], s.B[(3*k+2)*n+i] = gain, gain*b1, gain*a2
			s.A[2*k*n+i], s.A[(2*k+1)*n+i] = a1, a2
		}
	}
}

// compensationRunGeneric filters channels lo and above.
func compensationRunGeneric(c *Compensation, dst, src, f Rows, frames int, state []float64, lo int) {
	n := c.Channels
	for frame := range frames {
		x, y, at := src.Data[frame*src.Stride:][:n], dst.Data[frame*dst.Stride:][:n], f.Data[frame*f.Stride:][:n]
		for i := lo; i < n; i++ {
			t, v := tiltAt(at[i], c.Half), x[i]
			for k := range c.Sections {
				gain, b1, a1, a2 := t.section(c.Radius[k*n+i], c.Shift[k*n+i])
				z1, z2 := &state[2*k*n+i], &state[(2*k+1)*n+i]
				w := math.FMA(gain, v, *z1)
				*z1 = math.FMA(-a1, w, math.FMA(float64(gain*b1), v, *z2))
				*z2 = math.FMA(-a2, w, float64(float64(gain*a2)*v))
				v = w
			}
			y[i] = v
		}
	}
}
