package filterbank

import (
	"fmt"
	"math"

	"hearpipe/internal/kernel"
)

// ERBParams are the constants of the equivalent rectangular bandwidth of an auditory filter,
// ERB(f) = ((f/EarQ)^Order + MinBandwidth^Order)^(1/Order). The zero value stands for those of Glasberg and Moore (1990).
type ERBParams struct {
	EarQ         float64 // asymptotic quality of the filters at high frequencies, Q > 0; default 9.26449
	MinBandwidth float64 // bandwidth at low frequencies [Hz], m > 0; default 24.7
	Order        float64 // o > 0; default 1
}

func (p ERBParams) withDefaults() (ERBParams, error) {
	for _, f := range []struct {
		name  string
		value *float64
		def   float64
		unit  string
	}{{"ear Q", &p.EarQ, 9.26449, ""}, {"minimal bandwidth", &p.MinBandwidth, 24.7, " Hz"}, {"ERB order", &p.Order, 1, ""}} {
		if *f.value == 0 {
			*f.value = f.def
		}
		if !(*f.value > 0 && *f.value <= math.MaxFloat64) {
			return p, fmt.Errorf("%s %g%s: want a positive number (0 for the default, %g%s)", f.name, *f.value, f.unit, f.def, f.unit)
		}
	}
	return p, nil
}

// bandwidth is ERB(f) in Hz; the defaults are filled in.
func (p ERBParams) bandwidth(f float64) float64 {
	q := f / p.EarQ
	if p.Order == 1 {
		return q + p.MinBandwidth
	}
	return kernel.Pow(kernel.Pow(q, p.Order)+kernel.Pow(p.MinBandwidth, p.Order), 1/p.Order)
}

// ERB is the equivalent rectangular bandwidth [Hz] of the auditory filter with centre frequency f [Hz], f >= 0:
// ((f/Q)^o + m^o)^(1/o). With the default params it is f/9.26449 + 24.7 (Glasberg and Moore 1990).
// Params out of range are an error.
func ERB(f float64, p ERBParams) (float64, error) {
	p, err := p.withDefaults()
	if err != nil {
		return 0, fmt.Errorf("ERB: %w", err)
	}
	if !(f >= 0 && f <= math.MaxFloat64) {
		return 0, fmt.Errorf("ERB: frequency %g Hz: want a finite number >= 0", f)
	}
	return p.bandwidth(f), nil
}

// ERBRate is the number of equivalent rectangular bandwidths below the frequency f [Hz], f >= 0:
// 21.4·log10(4.37·f/1000 + 1) (Glasberg and Moore 1990, equation 4).
func ERBRate(f float64) float64 {
	return 21.4 * kernel.Log10(float64(4.37*f/1000)+1)
}

// maxSpacing bounds the number of frequencies in a list, as that of channels in a pipeline.
const maxSpacing = 1 << 24

// ERBSpace gives n centre frequencies from low to high [Hz], ascending and evenly spaced on the scale ln(f + Q·m), with
// the default Q and m. See [ERBSpaceWith].
func ERBSpace(low, high float64, n int) ([]float64, error) {
	return ERBSpaceWith(low, high, n, ERBParams{})
}

// ERBSpaceWith gives n centre frequencies from low to high [Hz], 0 <= low <= high, ascending and evenly spaced on the ERB
// scale with K = Q·m (Slaney 1993). From the top, for k = 0..n-1, they are
//
//	f_k = -K + exp(k·(ln(low+K) - ln(high+K))/(n-1))·(high+K)
//
// The ends are exact to rounding only. n = 1 gives low. The order of p has no effect. n outside 1 to 2²⁴ and frequencies
// out of range are errors.
func ERBSpaceWith(low, high float64, n int, p ERBParams) ([]float64, error) {
	p, err := p.withDefaults()
	switch {
	case err != nil:
		return nil, fmt.Errorf("erbspace: %w", err)
	case n < 1 || n > maxSpacing:
		return nil, fmt.Errorf("erbspace: %d channels: want 1 to %d", n, maxSpacing)
	case !(low >= 0 && low <= high && high <= math.MaxFloat64):
		return nil, fmt.Errorf("erbspace: %g Hz to %g Hz: want 0 Hz <= low <= high", low, high)
	case n == 1:
		return []float64{low}, nil
	}
	k := float64(p.EarQ * p.MinBandwidth)
	step := kernel.Log(low+k) - kernel.Log(high+k)
	cf := make([]float64, n)
	for i := range cf {
		cf[n-1-i] = float64(kernel.Exp(float64(i)*step/float64(n-1))*(high+k)) - k
	}
	if low == 0 {
		cf[0] = 0 // not the rounding error of 0, which would pass for a centre frequency
	}
	return cf, nil
}
