package filterbank

import (
	"fmt"
	"math"

	"hearpipe/internal/kernel"
	"hearpipe/stages"
)

// ApproximateGammatoneParams describe a bank of approximate gammatone filters.
type ApproximateGammatoneParams struct {
	// CF holds the centre frequency f_c of each channel [Hz], above 0 and below half the rate, in any order.
	CF []float64
	// Bandwidth holds the decay rate β of the filters [Hz], above 0: one for each channel, or one for all.
	Bandwidth []float64
	Order     int          // number of sections in series, 1 to 64; default 4
	Channels  stages.Range // channels to compute; zero: all
}

func (p ApproximateGammatoneParams) resolve(rate float64) (ApproximateGammatoneParams, error) {
	if err := checkCF(rate, p.CF); err != nil {
		return p, err
	}
	if p.Order == 0 {
		p.Order = 4
	}
	if p.Order < 1 || p.Order > 64 {
		return p, fmt.Errorf("order %d: want 1 to 64 (0 for the default, 4)", p.Order)
	}
	if len(p.Bandwidth) == 0 {
		return p, fmt.Errorf("no bandwidths: want one, or one for each channel")
	}
	var err error
	p.Bandwidth, err = spreadPositive("bandwidth", " Hz", p.Bandwidth, len(p.CF), 0)
	return p, err
}

// DesignApproximateGammatone gives the coefficients of approximate gammatone filters at a rate [Hz]. With
// φ = 2π·β/rate, θ = 2π·f_c/rate and α = -exp(-φ)·cos θ, every section is
//
//	g·(1 + α·z^-1) / (1 + 2α·z^-1 + exp(-2φ)·z^-2),   g = (1-E)·|1 - E·e^-2jθ| / |1 + α·e^-jθ|,   E = exp(-φ)
//
// where g makes |H(f_c)| = 1: its numerator is the denominator of the section at f_c in factors, without differences of
// nearly equal numbers.
func DesignApproximateGammatone(rate float64, p ApproximateGammatoneParams) (*Coefficients, error) {
	p, err := p.resolve(rate)
	if err != nil {
		return nil, err
	}
	coefficients := newCoefficients(0, len(p.CF), p.Order, 2)
	for c, cf := range p.CF {
		g, alpha, square := approximateGammatone(rate, cf, p.Bandwidth[c])
		for k := range p.Order {
			if err := coefficients.Set(c, k, []float64{g, alpha * g}, []float64{1, 2 * alpha, square}); err != nil {
				return nil, err
			}
		}
	}
	return coefficients, nil
}

// approximateGammatone gives g, α and exp(-2φ) of a filter with a centre frequency and a bandwidth [Hz].
func approximateGammatone(rate, cf, bandwidth float64) (g, alpha, square float64) {
	phi := 2 * math.Pi * bandwidth / rate
	sin, cos := kernel.Sincos(2 * math.Pi * cf / rate)
	e, rest := kernel.Exp(-phi), -kernel.Expm1(-phi) // E, 1-E
	over := rest * kernel.Hypot(math.FMA(2*e*sin, sin, rest), 2*e*sin*cos)
	// 1 - E·cos θ·(cos θ - j·sin θ), with 1 = sin²θ + cos²θ.
	under := kernel.Hypot(math.FMA(sin, sin, float64(rest*cos*cos)), e*cos*sin)
	return over / under, float64(-e * cos), kernel.Exp(-2 * phi) // rounded: the compiler makes 2α a sum
}

// ApproximateGammatone is a bank of all-pole-like approximations of the gammatone filter: the real part of a first-order
// complex resonator, several times in series (after Hohmann 2002), with gain 1 at the centre frequency. Its largest gain
// lies a little above that frequency.
type ApproximateGammatone struct{ *Cascade }

// NewApproximateGammatone makes the filters of p on a source with as many channels or with one. Missing or impossible
// centre frequencies, among them those from half the rate on, and other params out of range are errors that name channel
// and value.
func NewApproximateGammatone(src stages.Stage, p ApproximateGammatoneParams) (*ApproximateGammatone, error) {
	const kind = "filterbank.approximate_gammatone"
	if src == nil {
		return nil, fmt.Errorf("%s: the source is missing", kind)
	}
	all, err := DesignApproximateGammatone(src.Format().Rate, p)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	c, err := newCascade(kind, src, all, p.Channels)
	if err != nil {
		return nil, err
	}
	return &ApproximateGammatone{c}, nil
}
