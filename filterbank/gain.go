package filterbank

import (
	"fmt"

	"hearpipe/stages"
)

// GainParams describe gains.
type GainParams struct {
	// Gain holds the factors: one for each channel, or one for all channels of the source; default 1.
	Gain     []float64
	Channels stages.Range // channels to compute; zero: all
}

// Gain multiplies each channel by a factor that may be changed while sound passes: the target of an automatic gain control,
// such as the GainFilterbank in the reference of Brian Hears.
type Gain struct{ *Cascade }

// NewGain makes gains on a source. A list of factors needs a source with as many channels or with one. A factor that is not
// finite is an error that names channel and value.
func NewGain(src stages.Stage, p GainParams) (*Gain, error) {
	const kind = "filterbank.gain"
	if src == nil {
		return nil, fmt.Errorf("%s: the source is missing", kind)
	}
	n := len(p.Gain)
	if n <= 1 {
		n, p.Channels = forAll(src, p.Channels)
	}
	gain, err := spread("gain", "", p.Gain, n, 1, finite, "a finite number")
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	all, err := NewCoefficients(n, 1, 0)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	for c, g := range gain {
		if err := all.Set(c, 0, []float64{g}, []float64{1}); err != nil {
			return nil, fmt.Errorf("%s: %w", kind, err)
		}
	}
	c, err := newCascade(kind, src, all, p.Channels)
	if err != nil {
		return nil, err
	}
	return &Gain{c}, nil
}

// SetGain changes the factor of a channel (absolute index) from the next frame on. It is meant for the updater of a
// control. A factor that is not finite and a channel that is not computed are an error.
func (g *Gain) SetGain(channel int, gain float64) error {
	if !finite(gain) {
		return fmt.Errorf("filterbank.gain: channel %d: gain %g: want a finite number", channel, gain)
	}
	b, a := [1]float64{gain}, [1]float64{1}
	if err := g.coefficients.Set(channel, 0, b[:], a[:]); err != nil {
		return fmt.Errorf("filterbank.gain: %w", err)
	}
	return nil
}
