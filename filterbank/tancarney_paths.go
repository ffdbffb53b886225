package filterbank

import (
	"fmt"
	"math"

	"hearpipe/internal/kernel"
	"hearpipe/stages"
)

// tanCarneyPaths are both paths of some channels.
type tanCarneyPaths struct {
	first    int // absolute index of channel 0
	interval int // frames between updates
	filters  []TanCarneyFilter
	signal   *kernel.TanCarneySignal
	control  *kernel.TanCarneyControl
}

func newTanCarneyPaths(rate float64, first int, filters []TanCarneyFilter, p TanCarneyParams) *tanCarneyPaths {
	b, pole := bilinear(rate, p.ControlCutoff)
	feedback, feedbackPole := bilinear(rate, p.FeedbackCutoff)
	law := kernel.TanCarneyControlLaw{Rate: rate, Low: b, LastLow: b * 1.5, LowPole: pole, Feedback: feedback * 10, FeedbackPole: feedbackPole}
	signal, control := make([]kernel.TanCarneySignalChannel, len(filters)), make([]kernel.TanCarneyControlChannel, len(filters))
	for i, f := range filters {
		signal[i] = kernel.TanCarneySignalChannel{
			Rest: -f.RestDamping, Spread: f.DampingSpread, Omega: f.Frequencies, Zero: f.Zero, Gain: f.Gain,
		}
		near, far := f.ControlCF-f.CF, f.CF+f.ControlCF
		square := float64(4 * math.Pi * math.Pi)
		control[i] = kernel.TanCarneyControlChannel{
			Rest: -f.ControlRest, Omega: 2 * math.Pi * f.ControlCF, Near: near * near, Far: far * far,
			Factor: square * square * square / (2 * math.Pi * f.CF), Follow: f.NonlinearGain,
		}
	}
	return &tanCarneyPaths{first, p.Interval, filters, kernel.NewTanCarneySignal(rate, signal), kernel.NewTanCarneyControl(law, control)}
}

// bilinear gives b and -a_1 of a low-pass of first order, by the bilinear transform of W/(s + W), W = 2π·cutoff:
// b = [W, W]/(c+W), a = [1, -(c-W)/(c+W)], c = 2·rate.
func bilinear(rate, cutoff float64) (b, pole float64) {
	c, w := 2*rate, float64(2*math.Pi*cutoff)
	return w / (c + w), (c - w) / (c + w)
}

// bilinearLowPass gives n of these low-passes in series for each of some channels.
func bilinearLowPass(rate, cutoff float64, channels, n int) *Coefficients {
	b, pole := bilinear(rate, cutoff)
	k := newCoefficients(0, channels, n, 1)
	kernel.VecFill(k.s.B, b)
	kernel.VecFill(k.s.A, -pole)
	return k
}

// check refuses a control value u [1/s] of a channel (from 0) with which poles would leave the left half plane.
func (t *tanCarneyPaths) check(channel int, u float64) error {
	f := &t.filters[channel]
	if -f.RestDamping-u >= 0 {
		return fmt.Errorf("channel %d, characteristic frequency %g Hz: control value %g /s: want above -rest damping, %g /s (beyond, the filter is unstable)",
			t.first+channel, f.CF, u, -f.RestDamping)
	}
	return nil
}

// behind is scratch memory with a row more: row 0 is that of the frame before the block, row i+1 that of frame i.
func behind(n int) stages.Frames {
	f := scratch(n)
	f.N++
	f.Data = make([]float64, f.N*f.Stride)
	return f
}

// last is what later frames depend on of a block behind another.
func last(f stages.Frames) []float64 { return f.Data[:kernel.CochleaWidth(f.Channels)] }
