package filterbank

import (
	"fmt"
	"math"

	"hearpipe/internal/kernel"
	"hearpipe/stages"
)

// ResonanceParams describe a bank of second-order band passes.
type ResonanceParams struct {
	// CF holds the centre frequency of each channel [Hz], above 0 and below half the rate, in any order.
	CF []float64
	// Q holds the quality factor of the filters, centre frequency / bandwidth, above 0: one for each channel, or one for
	// all; default 5.
	Q        []float64
	Channels stages.Range // channels to compute; zero: all
}

func (p ResonanceParams) resolve(rate float64) (ResonanceParams, error) {
	if err := checkCF(rate, p.CF); err != nil {
		return p, err
	}
	var err error
	p.Q, err = spreadPositive("quality factor", "", p.Q, len(p.CF), 5)
	return p, err
}

// Resonance is a bank of second-order band passes whose centre frequency may move while sound passes, such as the filters
// of the examples "time_varying_filter1" and "time_varying_filter2" of Brian Hears. The filters are those of Bristow-Johnson's
// "Cookbook formulae for audio EQ biquad filter coefficients" with constant skirts: low frequencies pass in proportion to
// their frequency whatever the Q, and the gain at the centre is about Q.
type Resonance struct {
	*Cascade
	rate float64
	q    []float64 // of all channels
}

// NewResonance makes the filters of p on a source with as many channels or with one. Missing or impossible centre
// frequencies, among them those from half the rate on, and quality factors out of range are errors that name channel and
// value.
func NewResonance(src stages.Stage, p ResonanceParams) (*Resonance, error) {
	const kind = "filterbank.resonance"
	if src == nil {
		return nil, fmt.Errorf("%s: the source is missing", kind)
	}
	rate := src.Format().Rate
	p, err := p.resolve(rate)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	all, err := DesignResonance(rate, p)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	c, err := newCascade(kind, src, all, p.Channels)
	if err != nil {
		return nil, err
	}
	return &Resonance{c, rate, p.Q}, nil
}

// DesignResonance gives the coefficients of second-order band passes at a rate [Hz]. With ω = 2π·f_c/rate and
//
//	α = sin ω · sinh(asinh(1/(2Q))·ω/sin ω)
//
// the filter is (sin ω/2)·(1 - z^-2) / (1 + α - 2·cos ω·z^-1 + (1-α)·z^-2), divided by 1 + α. Its gain at f_c is
// sin ω/(2α). The published formula takes the bandwidth in octaves, 2·asinh(1/(2Q))/ln 2, and multiplies it by ln 2/2;
// Brian Hears writes 1.44269 for 1/ln 2, which changes α by 4 in a million.
//
// Near half the rate α grows beyond all numbers, the gain falls to 0: this is an error if α has no float64.
func DesignResonance(rate float64, p ResonanceParams) (*Coefficients, error) {
	p, err := p.resolve(rate)
	if err != nil {
		return nil, err
	}
	c := newCoefficients(0, len(p.CF), 1, 2)
	for i, cf := range p.CF {
		if err := setResonance(c, rate, i, cf, p.Q[i]); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func setResonance(c *Coefficients, rate float64, channel int, cf, q float64) error {
	if err := checkFrequency(rate, channel, cf); err != nil {
		return err
	}
	w := 2 * math.Pi * cf / rate
	sin, cos := kernel.Sincos(w)
	// asinh u = ln(1 + u + (√(1+u²) - 1)), without the difference.
	u := 1 / (2 * q)
	squared := float64(u * u)
	octaves := kernel.Log1p(u + squared/(1+math.Sqrt(1+squared)))
	alpha := float64(sin * kernel.Sinh(octaves*w/sin))
	if !finite(alpha) {
		return fmt.Errorf("channel %d: centre frequency %g Hz with quality factor %g at a rate of %g Hz: the filter would have no gain; want a lower frequency or a higher quality factor", channel, cf, q, rate)
	}
	b := [3]float64{sin / 2, 0, -sin / 2}
	a := [3]float64{1 + alpha, -2 * cos, 1 - alpha}
	return c.Set(channel, 0, b[:], a[:])
}

// SetCF changes the centre frequency [Hz] of a channel (absolute index) from the next frame on; state and quality factor
// are kept. It is meant for the updater of a control. A frequency out of range and a channel that is not computed are an
// error.
func (r *Resonance) SetCF(channel int, cf float64) error {
	if err := r.coefficients.check(channel, 0); err != nil {
		return fmt.Errorf("filterbank.resonance: %w", err)
	}
	if err := setResonance(r.coefficients, r.rate, channel, cf, r.q[channel]); err != nil {
		return fmt.Errorf("filterbank.resonance: %w", err)
	}
	return nil
}
