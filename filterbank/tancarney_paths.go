package filterbank

import (
	"fmt"
	"math"

	"hearpipe/internal/kernel"
)

// tanCarneyPaths are the coefficients of both paths of some channels, as functions of the control values.
type tanCarneyPaths struct {
	twice   float64 // c of the bilinear transform, 2·rate
	first   int     // absolute index of channel 0
	filters []TanCarneyFilter
	// signal has ten sections and a gain; control has the section with poles that move, which is there three times, and the one
	// with a zero at 0 Hz behind them.
	signal, control *Coefficients
	controlGain     []float64

	// Of the channels: numerators of the signal path before the division by D, real parts at rest and their spread.
	b0, b1, b2, rest, spread []float64
	// Of the channels: real parts of the control path at rest, and what its gain is made of.
	controlRest, near, far, circle []float64
	squares                        [4][]float64 // ω² of the three pole pairs of the signal path and that of the control path
	minusSquares                   [4][]float64
	u, d, plus, minus              []float64 // scratch
	sigma                          [3][]float64
}

func newTanCarneyPaths(rate float64, first int, filters []TanCarneyFilter) *tanCarneyPaths {
	n, c := len(filters), 2*rate
	t := &tanCarneyPaths{twice: c, first: first, filters: filters, signal: newCoefficients(first, n, 11, 2), control: newCoefficients(first, n, 2, 2)}
	lists := []*[]float64{
		&t.controlGain, &t.b0, &t.b1, &t.b2, &t.rest, &t.spread, &t.controlRest, &t.near, &t.far, &t.circle, &t.u, &t.d, &t.plus, &t.minus,
	}
	for k := range t.squares {
		lists = append(lists, &t.squares[k], &t.minusSquares[k])
	}
	for k := range t.sigma {
		lists = append(lists, &t.sigma[k])
	}
	for _, list := range lists {
		*list = make([]float64, n)
	}
	for i, f := range filters {
		t.b0[i], t.b1[i], t.b2[i] = c-f.Zero, -2*f.Zero, -(f.Zero + c)
		t.rest[i], t.spread[i], t.controlRest[i] = -f.RestDamping, f.DampingSpread, -f.ControlRest
		for k, omega := range [...]float64{f.Frequencies[0], f.Frequencies[1], f.Frequencies[2], 2 * math.Pi * f.ControlCF} {
			t.squares[k][i], t.minusSquares[k][i] = omega*omega, -omega*omega
		}
		d, s := f.ControlCF-f.CF, f.CF+f.ControlCF
		t.near[i], t.far[i], t.circle[i] = d*d, s*s, 2*math.Pi*f.CF

		gain, _ := t.signal.place(first+i, 10, 0)
		*gain = f.Gain
		b0, _ := t.control.place(first+i, 1, 0)
		b1, a1 := t.control.place(first+i, 1, 1)
		*b0, *b1, *a1 = c, -c, 1
	}
	if err := t.setSignal(0, n, t.u); err != nil {
		panic("filterbank: poles at rest are checked by the design")
	}
	t.setControl(0, n, t.u)
	return t
}

// poles gives the bilinear transform of pole pairs σ ± jω of channels lo:hi: with D = (c-σ)² + ω², whose reciprocal it leaves in
// d, a_1 = -2(c² - σ² - ω²)/D and a_2 = ((c+σ)² + ω²)/D. pair counts the squares.
func (t *tanCarneyPaths) poles(a1, a2, sigma []float64, pair, lo, hi int) {
	plus, minus, d := t.plus[lo:hi], t.minus[lo:hi], t.d[lo:hi]
	kernel.VecAddScalar(plus, sigma, t.twice)
	kernel.VecScalarSub(minus, t.twice, sigma)
	kernel.VecFMA(d, minus, minus, t.squares[pair][lo:hi])
	kernel.VecReciprocal(d, d)
	kernel.VecFMA(minus, plus, minus, t.minusSquares[pair][lo:hi])
	kernel.VecMulScalar(minus, minus, -2)
	kernel.VecMul(a1, minus, d)
	kernel.VecFMA(plus, plus, plus, t.squares[pair][lo:hi])
	kernel.VecMul(a2, plus, d)
}

// setPairs sets the first three sections of the signal path of channels lo:hi (from 0) for their control values u [1/s]: one for
// each pole pair, b = [c - z, -2·z, -(z + c)]/D. Poles that would leave the left half plane are an error and change nothing.
func (t *tanCarneyPaths) setPairs(lo, hi int, u []float64) error {
	first, second, third := t.sigma[0][lo:hi], t.sigma[1][lo:hi], t.sigma[2][lo:hi]
	kernel.VecSub(first, t.rest[lo:hi], u)
	for i, sigma := range first {
		if sigma >= 0 {
			return fmt.Errorf("channel %d, characteristic frequency %g Hz: control value %g /s: want above -rest damping, %g /s (beyond, the filter is unstable)",
				t.first+lo+i, t.filters[lo+i].CF, u[i], t.rest[lo+i])
		}
	}
	kernel.VecSub(third, first, t.spread[lo:hi])
	kernel.VecAdd(second, first, third)
	kernel.VecMulScalar(second, second, 0.5)
	n := len(t.filters)
	b := func(section, i int) []float64 { return t.signal.s.B[(3*section+i)*n:][lo:hi] }
	a := func(section, i int) []float64 { return t.signal.s.A[(2*section+i-1)*n:][lo:hi] }
	for k := range 3 {
		t.poles(a(k, 1), a(k, 2), t.sigma[k][lo:hi], k, lo, hi)
		d := t.d[lo:hi]
		kernel.VecMul(b(k, 0), t.b0[lo:hi], d)
		kernel.VecMul(b(k, 1), t.b1[lo:hi], d)
		kernel.VecMul(b(k, 2), t.b2[lo:hi], d)
	}
	return nil
}

// setSignal sets all sections of the signal path, with poles as tanCarneyOrder says.
func (t *tanCarneyPaths) setSignal(lo, hi int, u []float64) error {
	if err := t.setPairs(lo, hi, u); err != nil {
		return err
	}
	n, c := len(t.filters), &t.signal.s
	for k, pair := range tanCarneyOrder {
		for i := range 3 {
			copy(c.B[(3*k+i)*n:][lo:hi], c.B[(3*pair+i)*n:][lo:hi])
		}
		for i := range 2 {
			copy(c.A[(2*k+i)*n:][lo:hi], c.A[(2*pair+i)*n:][lo:hi])
		}
	}
	return nil
}

// sharedSections are sections of second order behind each other of which some have the same coefficients: these are fetched once.
type sharedSections struct {
	sections []kernel.Sections // one each, views of the coefficients
	states   [][]float64       // of each, views of state
	state    []float64
}

// newSharedSections takes from c the sections that order counts.
func newSharedSections(c *Coefficients, order ...int) *sharedSections {
	n := c.s.Channels
	s := &sharedSections{state: make([]float64, 2*n*len(order))}
	for k, from := range order {
		s.sections = append(s.sections, kernel.Sections{Count: 1, Order: 2, Channels: n, B: c.s.B[3*from*n:][:3*n], A: c.s.A[2*from*n:][:2*n]})
		s.states = append(s.states, s.state[2*k*n:][:2*n])
	}
	return s
}

func (s *sharedSections) run(dst, src kernel.Rows, at int64, frames int) {
	for k := range s.sections {
		s.sections[k].Run(dst, src, at, frames, s.states[k])
		src = dst
	}
}

// setControl sets the control path of channels lo:hi (from 0) for their feedback v [1/s]: the section with b = [1, 2, 1]/D, and
// the gain, that of [TanCarneyFilter.ControlGain].
func (t *tanCarneyPaths) setControl(lo, hi int, v []float64) {
	n := len(t.filters)
	b := func(i int) []float64 { return t.control.s.B[i*n:][lo:hi] }
	a := func(i int) []float64 { return t.control.s.A[(i-1)*n:][lo:hi] }
	sigma := t.sigma[0][lo:hi]
	kernel.VecSub(sigma, t.controlRest[lo:hi], v)
	t.poles(a(1), a(2), sigma, 3, lo, hi)
	copy(b(0), t.d[lo:hi])
	kernel.VecMulScalar(b(1), b(0), 2)
	copy(b(2), b(0))
	w, x, gain := t.plus[lo:hi], t.minus[lo:hi], t.controlGain[lo:hi]
	kernel.VecDivScalar(w, sigma, 2*math.Pi)
	kernel.VecFMA(x, w, w, t.near[lo:hi])
	kernel.VecFMA(w, w, w, t.far[lo:hi])
	kernel.VecMul(x, x, w)
	kernel.VecSqrt(x, x)
	kernel.VecMulScalar(x, x, 4*math.Pi*math.Pi)
	kernel.VecCube(x, x)
	kernel.VecDiv(gain, x, t.circle[lo:hi])
}

// bilinearLowPass gives n first-order low-passes in series for each of some channels, by the bilinear transform of
// W/(s + W), W = 2π·cutoff: b = [W, W]/(c+W), a = [1, -(c-W)/(c+W)], c = 2·rate; the last has a further gain.
func bilinearLowPass(rate, cutoff float64, channels, n int, gain float64) *Coefficients {
	c, w := 2*rate, float64(2*math.Pi*cutoff)
	k := newCoefficients(0, channels, n, 1)
	for i := range n * channels {
		b := w / (c + w)
		if i >= (n-1)*channels {
			b *= gain
		}
		section, channel := i/channels, i%channels
		b0, _ := k.place(channel, section, 0)
		b1, a1 := k.place(channel, section, 1)
		*b0, *b1, *a1 = b, b, -(c-w)/(c+w)
	}
	return k
}

// tanCarneyControl is the control path with its state.
type tanCarneyControl struct {
	*tanCarneyPaths
	sections      *sharedSections // the moving filter
	low, feedback *bank
	nonlinearGain []float64
	x, y          []float64 // scratch
}

func newTanCarneyControl(t *tanCarneyPaths, p TanCarneyParams) *tanCarneyControl {
	n, rate := len(t.filters), t.twice/2
	k := &tanCarneyControl{
		tanCarneyPaths: t, sections: newSharedSections(t.control, 0, 0, 0, 1), low: newBank(bilinearLowPass(rate, p.ControlCutoff, n, 3, 1.5)),
		feedback: newBank(bilinearLowPass(rate, p.FeedbackCutoff, n, 1, 10)), nonlinearGain: make([]float64, n), x: make([]float64, n), y: make([]float64, n),
	}
	for i, f := range t.filters {
		k.nonlinearGain[i] = f.NonlinearGain
	}
	return k
}

// run computes frames of the control value u and the feedback q with the filters as they are.
func (k *tanCarneyControl) run(u, q, src kernel.Rows, at int64, frames int) {
	k.sections.run(u, src, at, frames)
	for i := range frames {
		k.compress(u.Data[i*u.Stride:][:len(k.x)])
	}
	k.low.run(u, u, at, frames)
	k.feedback.run(q, u, at, frames)
}

// compress applies gain and nonlinearity: with x times the gain, n_1 = 2.5·sign(x)·ln(1 + 100·|x|^0.6) and
//
//	n_2 = (1/(1 + exp(-(n_1 - x_0)/8)·(1 + exp(-(n_1 - 5)/3))) - 1/8)·NonlinearGain,   x_0 = 8·ln(7/(1 + exp(5/3)))
//
// which is 0 for x = 0.
func (k *tanCarneyControl) compress(row []float64) {
	x, y := k.x, k.y
	kernel.VecMul(row, row, k.controlGain)
	kernel.VecAbs(x, row)
	kernel.VecPowScalar(x, x, 0.6)
	kernel.VecMulScalar(x, x, 100)
	kernel.VecLog1p(x, x)
	kernel.VecSign(row, row)
	kernel.VecMul(row, row, x)
	kernel.VecMulScalar(row, row, 2.5)
	kernel.VecScalarSub(x, tanCarneyMiddle, row)
	kernel.VecMulScalar(x, x, 1./8)
	kernel.VecExp(x, x)
	kernel.VecScalarSub(y, 5, row)
	kernel.VecDivScalar(y, y, 3)
	kernel.VecExp(y, y)
	kernel.VecFMA(x, x, y, x) // x·(1 + y)
	kernel.VecAddScalar(x, x, 1)
	kernel.VecReciprocal(x, x)
	kernel.VecSubScalar(x, x, 1./8)
	kernel.VecMul(row, x, k.nonlinearGain)
}

// tanCarneyMiddle is x_0.
var tanCarneyMiddle = 8 * kernel.Log(7/(1+kernel.Exp(5./3)))

// lists is what a later frame depends on.
func (k *tanCarneyControl) lists() [][]float64 {
	return [][]float64{k.sections.state, k.low.state, k.feedback.state, k.control.s.B, k.control.s.A, k.controlGain}
}
