package kernel

import "math"

// TanCarneySignal is the signal path of the cochlea of Tan and Carney (2003): ten sections of second order, with the pole pairs
// of [TanCarneyOrder], and a gain. At multiples of the interval an update sets them from the control value u of the frame
// before: σ_1 = Rest - u, σ_3 = σ_1 - Spread, σ_2 = (σ_1 + σ_3)/2, by the bilinear transform with c = 2·rate and
// D = (c-σ)² + ω²: b = [c - Zero, -2·Zero, -(Zero + c)]/D, a = [1, -2·(c² - σ² - ω²)/D, ((c+σ)² + ω²)/D].
type TanCarneySignal struct {
	channels int
	twice    float64     // c
	fixed    cochleaBank // see signalFixed
	moving   cochleaBank // b_0, b_1, b_2, -a_1, -a_2 of the three pole pairs
	state    cochleaBank // z_1, z_2 of the ten sections
	spare    []float64   // what the assembly keeps for the next update, of two groups
}

// Numbers of a channel that stay.
const (
	signalRest   = 0
	signalSpread = 1
	signalSquare = 2 // ω² of the three pole pairs
	signalB      = 5 // b_0, b_1, b_2 times D
	signalGain   = 8
	signalFixed  = 9 // how many
)

const (
	signalMoving = 15
	signalStates = 20
	signalSpare  = 2 * 9 * cochleaLanes
)

// TanCarneyOrder says which of the three pole pairs, from 0, each of the sections has.
var TanCarneyOrder = [10]int{0, 1, 2, 0, 2, 0, 1, 2, 0, 2}

// TanCarneySignalChannel describes a channel of a signal path.
type TanCarneySignalChannel struct {
	Rest   float64    // real part of the first pole pair at rest, below 0 [1/s]
	Spread float64    // [1/s]
	Omega  [3]float64 // frequencies of the pole pairs [rad/s]
	Zero   float64    // the zero of tenth order [1/s]
	Gain   float64
}

// NewTanCarneySignal makes the signal path of some channels at a rate [Hz], with poles at rest.
func NewTanCarneySignal(rate float64, channels []TanCarneySignalChannel) *TanCarneySignal {
	n, twice := len(channels), 2*rate
	s := &TanCarneySignal{n, twice, newCochleaBank(n, signalFixed), newCochleaBank(n, signalMoving), newCochleaBank(n, signalStates), make([]float64, signalSpare)}
	for i, c := range channels {
		s.fixed.set(i, n, c.Rest, c.Spread, float64(c.Omega[0]*c.Omega[0]), float64(c.Omega[1]*c.Omega[1]), float64(c.Omega[2]*c.Omega[2]),
			twice-c.Zero, -2*c.Zero, -(c.Zero + twice), c.Gain)
		m := s.design(i, 0)
		s.moving.set(i, n, m[:]...)
	}
	return s
}

// Section gives the coefficients of the sections with a pole pair (0 to 2) of a channel for a control value u [1/s].
func (s *TanCarneySignal) Section(channel, pair int, u float64) (b [3]float64, a [2]float64) {
	m := s.design(channel, u)
	m5 := m[5*pair:]
	return [3]float64(m5), [2]float64{-m5[3], -m5[4]}
}

// Lists are what a later frame depends on, beside the control value of the last.
func (s *TanCarneySignal) Lists() [][]float64 { return [][]float64{s.moving.data, s.state.data} }

// Run computes frames at:at+frames. Row 0 of u holds the control values of the frame before, row i+1 those of frame i. Rows of
// dst and u are [CochleaWidth] wide, their strides equal. It says whether any update moved poles to σ_1 >= 0, where the filters
// are unstable; then frames from the first of these on are of no use. The state is flushed at multiples of [FlushInterval].
func (s *TanCarneySignal) Run(dst, u, src Rows, at int64, frames, interval int) (unstable bool) {
	width := CochleaWidth(s.channels)
	if dst.Step != 1 || u.Step != 1 || u.Stride != dst.Stride || len(dst.Data) < (frames-1)*dst.Stride+width || len(u.Data) < (frames-1)*u.Stride+width {
		panic(errCochlea)
	}
	src = cochleaInput(dst, src, s.channels, frames)
	for frames > 0 {
		n := untilFlush(at, frames, s.state.data)
		if tanCarneySignal(s, dst, u, src, n, updates{untilUpdate(at, interval), interval}) {
			unstable = true
		}
		at += int64(n)
		frames -= n
		if frames > 0 {
			dst, u, src = dst.from(n), u.from(n), src.from(n)
		}
	}
	return unstable
}

// design computes what an update sets.
func (s *TanCarneySignal) design(channel int, u float64) (m [signalMoving]float64) {
	f := s.fixed.of(channel)
	at := func(i int) float64 { return f[i*cochleaLanes] }
	first := at(signalRest) - u
	third := first - at(signalSpread)
	sigma := [3]float64{first, float64((first + third) * 0.5), third}
	var inverse [3]float64
	for k, x := range sigma {
		minus := s.twice - x
		inverse[k] = math.FMA(minus, minus, at(signalSquare+k))
	}
	// One division for three: 1/D_k is that of the product times the two others.
	pair := float64(inverse[0] * inverse[1])
	all := 1 / float64(pair*inverse[2])
	others := float64(all * inverse[2])
	inverse = [3]float64{others * inverse[1], others * inverse[0], all * pair}
	for k, x := range sigma {
		d, square, plus, minus := inverse[k], at(signalSquare+k), s.twice+x, s.twice-x
		half := float64(math.FMA(plus, minus, -square) * d)
		copy(m[5*k:], []float64{at(signalB) * d, at(signalB+1) * d, at(signalB+2) * d, half + half, -float64(math.FMA(plus, plus, square) * d)})
	}
	return m
}

func tanCarneySignalGeneric(s *TanCarneySignal, dst, u, src Rows, frames int, up updates) (unstable bool) {
	for c := range CochleaWidth(s.channels) {
		m, z := s.moving.of(c), s.state.of(c)
		gain, due := s.fixed.of(c)[signalGain*cochleaLanes], up.due
		for i := range frames {
			if due == 0 {
				now := u.Data[i*u.Stride+c]
				unstable = unstable || s.fixed.of(c)[signalRest*cochleaLanes]-now >= 0
				for j, x := range s.design(c, now) {
					m[j*cochleaLanes] = x
				}
				due = up.interval
			}
			due--
			x := src.Data[i*src.Stride+c*src.Step]
			for j, pair := range TanCarneyOrder {
				p, at := m[5*pair*cochleaLanes:], 2*j*cochleaLanes
				y := math.FMA(p[0], x, z[at])
				z[at] = math.FMA(p[3*cochleaLanes], y, math.FMA(p[cochleaLanes], x, z[at+cochleaLanes]))
				z[at+cochleaLanes] = math.FMA(p[4*cochleaLanes], y, float64(p[2*cochleaLanes]*x))
				x = y
			}
			dst.Data[i*dst.Stride+c] = gain * x
		}
	}
	return unstable
}
