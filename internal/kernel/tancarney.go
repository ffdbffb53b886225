package kernel

import "math"

// TanCarneyControl is the control path of the cochlea of Tan and Carney (2003). With c = 2·rate and q the feedback of the
// frame before, a frame is
//
//   - at multiples of the interval an update: three equal pole pairs at σ ± jω with σ = Rest - q, made by the bilinear
//     transform, D = (c-σ)² + ω²: b = [1, 2, 1]/D, a = [1, -2·(c² - σ² - ω²)/D, ((c+σ)² + ω²)/D]; and the gain
//     g = Factor·((w² + Near)·(w² + Far))^(3/2), w = σ/2π;
//   - these three sections, one with b = [c, -c], a = [1, 1] behind them, and with x its output times g
//     n_1 = 2.5·sign(x)·ln(1 + 100·|x|^0.6), n_2 = (1/(1 + exp(-(n_1 - x_0)/8)·(1 + exp(-(n_1 - 5)/3))) - 1/8)·Follow,
//     x_0 = 8·ln(7/(1 + exp(5/3))), which is 0 for x = 0;
//   - three low-passes, whose output is the control value u, and one more, whose output is the feedback.
type TanCarneyControl struct {
	channels int
	shared   controlShared
	fixed    cochleaBank // see controlFixed
	moving   cochleaBank // see controlMoving
	state    cochleaBank // z_1, z_2 of three sections, z of the zero at 0 Hz, negated, of three low-passes and of the last
}

// controlShared is what all channels have in common, in the order in which the assembly reads it.
type controlShared struct{ twice, low, lastLow, lowPole, feedback, feedbackPole float64 }

// Numbers of a channel that stay.
const (
	controlRest   = iota
	controlSquare // ω²
	controlNear
	controlFar
	controlFactor
	controlFollow // an eighth of Follow
	controlFixed  // how many
)

// Numbers of a channel that updates set.
const (
	controlA1   = iota // -a_1
	controlA2          // -a_2
	controlB           // b_0
	controlCube        // g² is the square of controlGain times controlCube
	controlGain
	controlMoving // how many
)

const controlStates = 11

// TanCarneyControlLaw describes the low-passes of a control path, each y = B·x + z, z = B·x + Pole·y.
type TanCarneyControlLaw struct {
	Rate                   float64 // [Hz]
	Low, LastLow, LowPole  float64 // B of the first two of three, of the third, and what they share
	Feedback, FeedbackPole float64 // the one behind them
}

// TanCarneyControlChannel describes a channel of a control path.
type TanCarneyControlChannel struct {
	Rest, Omega float64 // poles at rest, below 0 [1/s], and their frequency [rad/s]
	Near, Far   float64 // [Hz²]
	Factor      float64 // [s³, or what makes g a number]
	Follow      float64 // [1/s]
}

// NewTanCarneyControl makes the control path of some channels, with poles at rest.
func NewTanCarneyControl(law TanCarneyControlLaw, channels []TanCarneyControlChannel) *TanCarneyControl {
	n := len(channels)
	k := &TanCarneyControl{
		n,
		controlShared{2 * law.Rate, law.Low, law.LastLow, law.LowPole, law.Feedback, law.FeedbackPole},
		newCochleaBank(n, controlFixed), newCochleaBank(n, controlMoving), newCochleaBank(n, controlStates),
	}
	for i, c := range channels {
		k.fixed.set(i, n, c.Rest, float64(c.Omega*c.Omega), c.Near, c.Far, c.Factor, c.Follow/8)
		k.SetFeedback(i, 0)
	}
	return k
}

// SetFeedback makes the update of a channel for a feedback q [1/s].
func (k *TanCarneyControl) SetFeedback(channel int, q float64) {
	m := k.design(channel, q)
	k.moving.set(channel, k.channels, m[:]...)
}

// Lists are what a later frame depends on, beside the feedback of the last.
func (k *TanCarneyControl) Lists() [][]float64 { return [][]float64{k.moving.data, k.state.data} }

// Run computes frames at:at+frames of the control value u, and of the feedback q: its row 0 is the feedback of the frame
// before, row i+1 that of frame i. Rows of both are [CochleaWidth] wide, their strides equal. Updates are made at multiples
// of interval; none with an interval of 0. The state is flushed at multiples of [FlushInterval].
func (k *TanCarneyControl) Run(u, q, src Rows, at int64, frames int, interval int) {
	width := CochleaWidth(k.channels)
	if u.Step != 1 || q.Step != 1 || u.Stride != q.Stride || len(u.Data) < (frames-1)*u.Stride+width || len(q.Data) < frames*q.Stride+width {
		panic(errCochlea)
	}
	src = cochleaInput(u, src, k.channels, frames)
	for frames > 0 {
		n := untilFlush(at, frames, k.state.data)
		tanCarneyControl(k, u, q, src, n, updates{untilUpdate(at, interval), interval})
		at += int64(n)
		frames -= n
		if frames > 0 {
			u, q, src = u.from(n), q.from(n), src.from(n)
		}
	}
}

// design computes what an update sets.
func (k *TanCarneyControl) design(channel int, q float64) [controlMoving]float64 {
	const inverseTurn = 0x1.45f306dc9c883p-3 // 1/2π
	f := k.fixed.of(channel)
	square := f[controlSquare*cochleaLanes]
	sigma := f[controlRest*cochleaLanes] - q
	plus, minus := k.shared.twice+sigma, k.shared.twice-sigma
	d := 1 / math.FMA(minus, minus, square)
	half := float64(math.FMA(plus, minus, -square) * d)
	w := float64(sigma * inverseTurn)
	cube := float64(math.FMA(w, w, f[controlNear*cochleaLanes]) * math.FMA(w, w, f[controlFar*cochleaLanes]))
	return [controlMoving]float64{half + half, -float64(math.FMA(plus, plus, square) * d), d, cube, f[controlFactor*cochleaLanes] * cube}
}

// e^(5/3) and e^(x_0/8), rounded so that the nonlinearity is 0 for 0.
const (
	controlSteep = 0x1.52d8eccbf108ep+2
	controlFlat  = 0x1.1cb18504a8848p+0
	log2Hundred  = 0x1.a934f0979a371p+2
	controlLeast = 0x1p-300 // as good as 0; processors are slow where squares are subnormal
)

// controlNonlinearity is n_2 of x = t·√cube, follow being an eighth of Follow. With h = (1 + 100·|x|^0.6)^(±5/48) the two
// exponentials are its third and its eighth power, times constants.
func controlNonlinearity(t, cube, follow float64) float64 {
	size := math.Abs(t)
	if !(size > controlLeast) {
		size = controlLeast
	}
	power := modelExp2(math.FMA(0.3, modelLog2(float64(size*size)*cube), log2Hundred))
	h := modelExp2(float64(modelLog2(1+power) * math.Copysign(5./48, -t)))
	h2 := h * h
	h4 := h2 * h2
	flat, steep := float64(h2*h)*controlFlat, float64(h4*h4)*controlSteep
	all := math.FMA(flat, steep, flat)
	return math.FMA(t, 0, float64((7-all)*follow)/(1+all)) // a NaN stays one
}

// updates says when they are due: in how many frames the first one, and how far apart the others.
type updates struct{ due, interval int }

func tanCarneyControlGeneric(k *TanCarneyControl, u, q, src Rows, frames int, up updates) {
	s := &k.shared
	for c := range CochleaWidth(k.channels) {
		m, z := k.moving.of(c), k.state.of(c)
		follow := k.fixed.of(c)[controlFollow*cochleaLanes]
		due := up.due
		for i := range frames {
			if due == 0 {
				for j, x := range k.design(c, q.Data[i*q.Stride+c]) {
					m[j*cochleaLanes] = x
				}
				due = up.interval
			}
			due--
			x := src.Data[i*src.Stride+c*src.Step]
			b := m[controlB*cochleaLanes]
			for j := 0; j < 6*cochleaLanes; j += 2 * cochleaLanes {
				y := math.FMA(b, x, z[j])
				z[j] = math.FMA(m[controlA1*cochleaLanes], y, math.FMA(b+b, x, z[j+cochleaLanes]))
				z[j+cochleaLanes] = math.FMA(m[controlA2*cochleaLanes], y, float64(b*x))
				x = y
			}
			p := float64(s.twice * x)
			y := p - z[6*cochleaLanes]
			z[6*cochleaLanes] = p + y
			x = controlNonlinearity(float64(m[controlGain*cochleaLanes]*y), m[controlCube*cochleaLanes], follow)
			for j, b := range [4]float64{s.low, s.low, s.lastLow, s.feedback} {
				pole := s.lowPole
				if j == 3 {
					u.Data[i*u.Stride+c] = x
					pole = s.feedbackPole
				}
				at := (7 + j) * cochleaLanes
				y := math.FMA(b, x, z[at])
				z[at] = math.FMA(pole, y, float64(b*x))
				x = y
			}
			q.Data[(i+1)*q.Stride+c] = x
		}
	}
}
