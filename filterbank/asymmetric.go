package filterbank

import (
	"fmt"
	"math"

	"hearpipe/internal/kernel"
	"hearpipe/stages"
)

// AsymmetricCompensationParams describe a bank of asymmetric compensation filters.
type AsymmetricCompensationParams struct {
	// CF holds the frequency f of each channel [Hz] at which the filter has gain 1 and around which it tilts the spectrum,
	// above 0 and below half the rate, in any order.
	CF []float64
	// B holds the bandwidth factor b, above 0 and below 1/0.0791 = 12.64: one for each channel, or one for all;
	// default 1.019.
	B []float64
	// C holds the chirp factor c, |c| below 1/0.1655 = 6.04: one for each channel, or one for all; default 1. Positive
	// values give a filter that is stronger above f, negative ones below it; 0 leaves the sound as it is.
	C        []float64
	Sections int          // number of sections in series, 1 to 64; default 4
	Channels stages.Range // channels to compute; zero: all
}

// Constants of the filter, Unoki et al. (2001).
const (
	compensationP0 = 2
	compensationP4 = 1.0724
)

// resolve checks everything, for the whole bank, and fills in the defaults.
func (p AsymmetricCompensationParams) resolve(rate float64) (AsymmetricCompensationParams, error) {
	if len(p.CF) == 0 {
		return p, fmt.Errorf("no centre frequencies: want one for each channel")
	}
	var err error
	p.B, err = oneOrEach("bandwidth factor", "", p.B, len(p.CF), 1.019, compensationWidth, "above 0 and below 1/0.0791 = 12.64 (beyond, the filter is unstable)")
	if err != nil {
		return p, err
	}
	p.C, err = oneOrEach("chirp factor", "", p.C, len(p.CF), 1, compensationChirp, "above -6.04 and below 6.04 = 1/0.1655 (beyond, the filter is unstable)")
	if err != nil {
		return p, err
	}
	if p.Sections == 0 {
		p.Sections = 4
	}
	if p.Sections < 1 || p.Sections > 64 {
		return p, fmt.Errorf("%d sections: want 1 to 64 (0 for the default, 4)", p.Sections)
	}
	return p, checkCF(rate, p.CF)
}

func compensationWidth(b float64) bool { return b > 0 && 1-float64(0.0791*b) > 0 }
func compensationChirp(c float64) bool { return 1-float64(0.1655*math.Abs(c)) > 0 }

// newCompensation makes asymmetric compensation filters with b and c for each channel, which must have been checked.
func newCompensation(rate float64, b, c []float64, sections int) *kernel.Compensation {
	n := len(b)
	d := &kernel.Compensation{
		Channels: n, Sections: sections, Half: math.Pi / rate, Radius: make([]float64, sections*n), Shift: make([]float64, sections*n),
	}
	narrow, wide := 1.0, 1.0 // (p0/p4)^k, (p0·p4)^k
	for k := range sections {
		for i := range n {
			size := math.Abs(c[i])
			p1 := 1.7818 * (1 - float64(0.0791*b[i])) * (1 - float64(0.1655*size))
			p2 := 0.5689 * (1 - float64(0.1620*b[i])) * (1 - float64(0.0857*size))
			d.Radius[k*n+i] = -2 * math.Pi * math.Log2E * p1 * narrow * b[i] / rate
			d.Shift[k*n+i] = wide * p2 * c[i] * b[i]
		}
		narrow *= compensationP0 / compensationP4
		wide *= compensationP0 * compensationP4
	}
	return d
}

// DesignAsymmetricCompensation gives the coefficients of asymmetric compensation filters at a rate [Hz]. With
//
//	p_0 = 2, p_4 = 1.0724, ERB(f) = 24.7·(0.00437·f + 1)
//	p_1 = 1.7818·(1 - 0.0791·b)·(1 - 0.1655·|c|)
//	p_2 = 0.5689·(1 - 0.1620·b)·(1 - 0.0857·|c|)
//
// section k = 0, 1, … has poles of radius r = exp(-p_1·(p_0/p_4)^k·2π·b·ERB(f)/rate) at the frequencies ±max(f+Δ, 0) and zeros
// of the same radius at ±max(f-Δ, 0), Δ = (p_0·p_4)^k·p_2·c·b·ERB(f), and gain 1 at f (Unoki et al. 2001). Poles and zeros
// beyond half the rate are aliased.
func DesignAsymmetricCompensation(rate float64, p AsymmetricCompensationParams) (*Coefficients, error) {
	p, err := p.resolve(rate)
	if err != nil {
		return nil, err
	}
	_, c := designCompensation(rate, p, stages.Range{Hi: len(p.CF)})
	return c, nil
}

// designCompensation designs channels r of the bank of p, which was resolved.
func designCompensation(rate float64, p AsymmetricCompensationParams, r stages.Range) (*kernel.Compensation, *Coefficients) {
	d := newCompensation(rate, part(p.B, r), part(p.C, r), p.Sections)
	c := newCoefficients(r.Lo, r.Len(), p.Sections, 2)
	d.Design(&c.s, 0, r.Len(), p.CF[r.Lo:r.Hi])
	return d, c
}

// AsymmetricCompensation is a bank of filters with gain 1 at a frequency f that tilt the spectrum around it: what makes a
// gammachirp of a gammatone (Irino and Patterson 1997; the recursive form is that of Unoki et al. 2001).
type AsymmetricCompensation struct {
	*Cascade
	rate float64
	d    *kernel.Compensation
	one  [1]float64
}

// NewAsymmetricCompensation makes the filters of p on a source with as many channels or with one. Missing or impossible
// frequencies, among them those from half the rate on, and factors that make an unstable filter are errors that name
// channel and value.
func NewAsymmetricCompensation(src stages.Stage, p AsymmetricCompensationParams) (*AsymmetricCompensation, error) {
	const kind = "filterbank.asymmetric_compensation"
	if src == nil {
		return nil, fmt.Errorf("%s: the source is missing", kind)
	}
	rate := src.Format().Rate
	p, err := p.resolve(rate)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	in, err := connect(kind, src, len(p.CF), p.Channels)
	if err != nil {
		return nil, err
	}
	d, c := designCompensation(rate, p, in.channels)
	cascade, err := cascadeOf(kind, in, c)
	if err != nil {
		return nil, err
	}
	return &AsymmetricCompensation{Cascade: cascade, rate: rate, d: d}, nil
}

// SetCF changes the frequency f [Hz] of a channel (absolute index) from the next frame on; the state is kept. It is meant
// for the updater of a control. A frequency out of range and a channel that is not computed are an error.
func (a *AsymmetricCompensation) SetCF(channel int, cf float64) error {
	const kind = "filterbank.asymmetric_compensation"
	c := a.coefficients
	if channel < c.first || channel >= c.first+c.s.Channels {
		return fmt.Errorf("%s: channel %d: want channels %d:%d", kind, channel, c.first, c.first+c.s.Channels)
	}
	if err := checkFrequency(a.rate, channel, cf); err != nil {
		return fmt.Errorf("%s: %w", kind, err)
	}
	i := channel - c.first
	a.one[0] = cf
	a.d.Design(&c.s, i, i+1, a.one[:])
	return nil
}
