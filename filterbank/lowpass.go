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
	f := src.Format()
	cutoff := p.Cutoff
	if len(cutoff) == 1 {
		var n int
		n, p.Channels = forAll(src, p.Channels)
		cutoff = make([]float64, n)
		for c := range cutoff {
			cutoff[c] = p.Cutoff[0]
		}
	}
	all, err := DesignLowPass(f.Rate, cutoff)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	c, err := newCascade(kind, src, all, p.Channels)
	if err != nil {
		return nil, err
	}
	return &LowPass{c, f.Rate}, nil
}

// DesignLowPass gives the coefficients of first-order low-pass filters with the given cutoffs [Hz] at a rate [Hz]:
// b = [γ, 0], a = [1, -(1-γ)], γ = 2π·f_c/rate. See [LowPass].
func DesignLowPass(rate float64, cutoff []float64) (*Coefficients, error) {
	c, err := NewCoefficients(max(len(cutoff), 1), 1, 1)
	if err != nil {
		return nil, err
	}
	if len(cutoff) == 0 {
		return nil, fmt.Errorf("no cutoff frequencies: want one, or one for each channel")
	}
	for i, f := range cutoff {
		if err := setLowPass(c, rate, i, f); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func setLowPass(c *Coefficients, rate float64, channel int, cutoff float64) error {
	if !(cutoff > 0 && cutoff <= rate/math.Pi) {
		return fmt.Errorf("channel %d: cutoff %g Hz: want above 0 Hz and at most rate/π, %.6g Hz (beyond, the filter is unstable)", channel, cutoff, rate/math.Pi)
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
