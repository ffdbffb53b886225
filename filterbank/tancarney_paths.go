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
	// signal has ten sections and a gain; control three equal sections with poles that move, then one with a zero at 0 Hz.
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
	t := &tanCarneyPaths{twice: c, first: first, filters: filters, signal: newCoefficients(first, n, 11, 2), control: newCoefficients(first, n, 4, 2)}
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
		b0, _ := t.control.place(first+i, 3, 0)
		b1, a1 := t.control.place(first+i, 3, 1)
		*b0, *b1, *a1 = c, -c, 1
	}
	if err := t.setSignal(0, n, t.u); err != nil {
		panic("filterbank: poles at rest are checked by the design")
	}
	t.setControl(0, n, t.u)
	return t
}

// poles gives the bilinear transform of pole pairs σ ± jω of channels lo:hi: with D = (c-σ)² + ω², which it leaves in d,
// a_1 = -2(c² - σ² - ω²)/D and a_2 = ((c+σ)² + ω²)/D. pair counts the squares.
func (t *tanCarneyPaths) poles(a1, a2, sigma []float64, pair, lo, hi int) {
	plus, minus, d := t.plus[lo:hi], t.minus[lo:hi], t.d[lo:hi]
	kernel.VecAddScalar(plus, sigma, t.twice)
	kernel.VecScalarSub(minus, t.twice, sigma)
	kernel.VecFMA(d, minus, minus, t.squares[pair][lo:hi])
	kernel.VecFMA(minus, plus, minus, t.minusSquares[pair][lo:hi])
	kernel.VecMulScalar(minus, minus, -2)
	kernel.VecDiv(a1, minus, d)
	kernel.VecFMA(plus, plus, plus, t.squares[pair][lo:hi])
	kernel.VecDiv(a2, plus, d)
}

// setSignal sets the signal path of channels lo:hi (from 0) for their control values u [1/s]: sections with poles as
// tanCarneyOrder says and b = [c - z, -2·z, -(z + c)]/D. Poles that would leave the left half plane are an error and change
// nothing.
func (t *tanCarneyPaths) setSignal(lo, hi int, u []float64) error {
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
	for k, pair := range tanCarneyOrder {
		if k < 3 { // the first three sections have one pair each
			t.poles(a(k, 1), a(k, 2), t.sigma[k][lo:hi], k, lo, hi)
			d := t.d[lo:hi]
			kernel.VecDiv(b(k, 0), t.b0[lo:hi], d)
			kernel.VecDiv(b(k, 1), t.b1[lo:hi], d)
			kernel.VecDiv(b(k, 2), t.b2[lo:hi], d)
			continue
		}
		for i := range 3 {
			copy(b(k, i), b(pair, i))
		}
		copy(a(k, 1), a(pair, 1))
		copy(a(k, 2), a(pair, 2))
	}
	return nil
}

// setControl sets the control path of channels lo:hi (from 0) for their feedback v [1/s]: three equal sections with
// b = [1, 2, 1]/D, and the gain, that of [TanCarneyFilter.ControlGain].
func (t *tanCarneyPaths) setControl(lo, hi int, v []float64) {
	n := len(t.filters)
	b := func(section, i int) []float64 { return t.control.s.B[(3*section+i)*n:][lo:hi] }
	a := func(section, i int) []float64 { return t.control.s.A[(2*section+i-1)*n:][lo:hi] }
	sigma := t.sigma[0][lo:hi]
	kernel.VecSub(sigma, t.controlRest[lo:hi], v)
	t.poles(a(0, 1), a(0, 2), sigma, 3, lo, hi)
	kernel.VecReciprocal(b(0, 0), t.d[lo:hi])
	kernel.VecMulScalar(b(0, 1), b(0, 0), 2)
	copy(b(0, 2), b(0, 0))
	for k := 1; k < 3; k++ {
		for i := range 3 {
			copy(b(k, i), b(0, i))
		}
		copy(a(k, 1), a(0, 1))
		copy(a(k, 2), a(0, 2))
	}
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
	sections      *bank // the moving filter
	low, feedback *bank
	nonlinearGain []float64
	x, y          []float64 // scratch
}

func newTanCarneyControl(t *tanCarneyPaths, p TanCarneyParams) *tanCarneyControl {
	n, rate := len(t.filters), t.twice/2
	k := &tanCarneyControl{
		tanCarneyPaths: t, sections: newBank(t.control), low: newBank(bilinearLowPass(rate, p.ControlCutoff, n, 3, 1.5)),
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
