package filterbank

import (
	"fmt"
	"math"

	"hearpipe/stages"
)

// LowPassParams describe first-order low-pass filters.
type LowPassParams struct {
	// Cutoff holds the frequencies f_c of the filters [Hz], above 0 and at most rate/π: one for each channel, or one for
	// all channels of the source.
	Cutoff   []float64
	Channels stages.Range // channels to compute; zero: all
}

// LowPass is a bank of first-order low-pass filters, dy/dt = (x - y)/τ with τ = 1/(2π·f_c) in forward Euler steps of one
// frame: y_n = y_(n-1) + γ·(x_n - y_(n-1)) with γ = 1/(rate·τ). This is the low-pass of Brian Hears.
//
// f_c is the cutoff of the differential equation. The filter's own -3 dB point lies higher, noticeably where f_c is more
// than a tenth of the rate: 10.2 kHz for 5 kHz at 44.1 kHz.
type LowPass struct {
	*Cascade
	rate float64
}

// NewLowPass makes low-pass filters on a source. A list of cutoffs needs a source with as many channels or with one.
// A cutoff out of range is an error that names channel and value: above rate/π the recursion is unstable.
func NewLowPass(src stages.Stage, p LowPassParams) (*LowPass, error) {
	const kind = "filterbank.lowpass"
	if src == nil {
		return nil, fmt.Errorf("%s: the source is missing", kind)
	}
	rate, n := src.Format().Rate, len(p.Cutoff)
	if err := checkCutoffs(rate, p.Cutoff); err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	if n == 1 {
		n, p.Channels = forAll(src, p.Channels)
	}
	in, err := connect(kind, src, n, p.Channels)
	if err != nil {
		return nil, err
	}
	c, err := designLowPass(rate, p.Cutoff, in.channels)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	cascade, err := cascadeOf(kind, in, c)
	if err != nil {
		return nil, err
	}
	return &LowPass{cascade, rate}, nil
}

// DesignLowPass gives the coefficients of first-order low-pass filters with the given cutoffs [Hz] at a rate [Hz]:
// b = [γ, 0], a = [1, -(1-γ)], γ = 2π·f_c/rate. See [LowPass].
func DesignLowPass(rate float64, cutoff []float64) (*Coefficients, error) {
	if err := checkCutoffs(rate, cutoff); err != nil {
		return nil, err
	}
	return designLowPass(rate, cutoff, stages.Range{Hi: len(cutoff)})
}

// designLowPass designs channels r of filters whose cutoffs, one for each or one for all, were checked.
func designLowPass(rate float64, cutoff []float64, r stages.Range) (*Coefficients, error) {
	c := newCoefficients(r.Lo, r.Len(), 1, 1)
	for i, f := range part(cutoff, r) {
		if err := setLowPass(c, rate, r.Lo+i, f); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func checkCutoffs(rate float64, cutoff []float64) error {
	if len(cutoff) == 0 {
		return fmt.Errorf("no cutoff frequencies: want one, or one for each channel")
	}
	for i, f := range cutoff {
		if err := checkCutoff(rate, i, f); err != nil {
			return err
		}
	}
	return nil
}

func checkCutoff(rate float64, channel int, cutoff float64) error {
	if !(cutoff > 0 && cutoff <= rate/math.Pi) {
		return fmt.Errorf("channel %d: cutoff %g Hz: want above 0 Hz and at most rate/π, %.6g Hz (beyond, the filter is unstable)", channel, cutoff, rate/math.Pi)
	}
	return nil
}

func setLowPass(c *Coefficients, rate float64, channel int, cutoff float64) error {
	if err := checkCutoff(rate, channel, cutoff); err != nil {
		return err
	}
	gamma := lowPassStep(rate, cutoff)
	return c.Set(channel, 0, []float64{gamma}, []float64{1, gamma - 1})
}

// lowPassStep is γ of a first-order low-pass.
func lowPassStep(rate, cutoff float64) float64 {
	tau := 1 / (2 * math.Pi * cutoff)
	return 1 / rate / tau
}

// SetCutoff changes the cutoff [Hz] of a channel (absolute index) from the next frame on; the state is kept. It is meant
// for the updater of a control. A cutoff out of range and a channel that is not computed are an error.
func (l *LowPass) SetCutoff(channel int, cutoff float64) error {
	return setLowPass(l.coefficients, l.rate, channel, cutoff)
}
