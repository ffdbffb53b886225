package filterbank

import (
	"fmt"
	"slices"

	"hearpipe/stages"
)

// spread gives one value per channel: those given, if there are as many, or the only one, or def if there is none.
// ok says which values are allowed, and want says it in words; name and unit are those of the parameter in errors.
func spread(name, unit string, given []float64, channels int, def float64, ok func(float64) bool, want string) ([]float64, error) {
	given, err := oneOrEach(name, unit, given, channels, def, ok, want)
	if err != nil {
		return nil, err
	}
	return part(given, stages.Range{Hi: channels}), nil
}

// oneOrEach checks such a list and leaves it as short as it is; the default is a list of one.
func oneOrEach(name, unit string, given []float64, channels int, def float64, ok func(float64) bool, want string) ([]float64, error) {
	if len(given) == 0 {
		given = []float64{def}
	}
	if len(given) != 1 && len(given) != channels {
		if channels == 1 {
			return nil, fmt.Errorf("%d values of %s for one channel: want 1", len(given), name)
		}
		return nil, fmt.Errorf("%d values of %s for %d channels: want 1 or %d", len(given), name, channels, channels)
	}
	for c, x := range given {
		if !finite(x) || !ok(x) {
			return nil, fmt.Errorf("channel %d: %s %g%s: want %s", c, name, x, unit, want)
		}
	}
	return given, nil
}

// part is what channels r have of a list with one value for each or one for all.
func part(given []float64, r stages.Range) []float64 {
	if len(given) == 1 {
		return slices.Repeat(given, r.Len())
	}
	return slices.Clone(given[r.Lo:r.Hi])
}

// spreadPositive is spread for values that must be above 0.
func spreadPositive(name, unit string, given []float64, channels int, def float64) ([]float64, error) {
	return spread(name, unit, given, channels, def, func(x float64) bool { return x > 0 }, "a positive number")
}

// checkCF refuses centre frequencies [Hz] that a filter at that rate [Hz] cannot have.
func checkCF(rate float64, cf []float64) error {
	if len(cf) == 0 {
		return fmt.Errorf("no centre frequencies: want one for each channel")
	}
	for c, f := range cf {
		if err := checkFrequency(rate, c, f); err != nil {
			return err
		}
	}
	return nil
}

func checkFrequency(rate float64, channel int, cf float64) error {
	if !(cf > 0 && cf < rate/2) {
		return fmt.Errorf("channel %d: centre frequency %g Hz: want above 0 Hz and below half the rate, %g Hz", channel, cf, rate/2)
	}
	return nil
}
