package filterbank

import (
	"fmt"
	"math"

	"hearpipe/internal/kernel"
	"hearpipe/stages"
)

// MiddleEarParams describe a middle ear.
type MiddleEarParams struct {
	// Gain holds factors on the output, finite: one for all channels of the source, or one for each channel; default 1. With
	// 0.9625127036889 the output is that of the program of Tan and Carney; see [MiddleEar].
	Gain     []float64
	Channels stages.Range // channels to compute; zero: all
}

// MiddleEar is the middle ear of the model of Tan and Carney (2003): an analogue filter with two zeros at s = -200 rad/s and
// poles at 2π·(-250 ± 400j) and 2π·(-2000 ± 6000j) rad/s, its gain 1 at 1 kHz, made digital by the bilinear transform without
// prewarping, as two sections of order 2.
//
// The zeros are in rad/s and the poles in Hz times 2π, as in the program of its authors; that program takes the gain at
// 1 kHz as if the zeros were at 2π·200 rad/s, hence the gain for equality with it,
// (1000² + (200/2π)²)/(1000² + 200²) = 0.9625127036889.
type MiddleEar struct{ *Cascade }

// NewMiddleEar makes a middle ear for every channel of a source. More than one gain needs a source with as many channels or
// with one. A gain that is not finite and a rate not above 1 kHz are errors.
func NewMiddleEar(src stages.Stage, p MiddleEarParams) (*MiddleEar, error) {
	const kind = "filterbank.middle_ear"
	if src == nil {
		return nil, fmt.Errorf("%s: the source is missing", kind)
	}
	gain := p.Gain
	if len(gain) == 0 {
		gain = []float64{1}
	}
	n, r := len(gain), p.Channels
	if n == 1 {
		n, r = forAll(src, r)
	}
	gain, err := spread("gain", "", gain, n, 1, finite, "a finite number")
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	all, err := DesignMiddleEar(src.Format().Rate, gain)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	c, err := newCascade(kind, src, all, r)
	if err != nil {
		return nil, err
	}
	return &MiddleEar{c}, nil
}

// forAll is how many channels a bank has in which one filter serves all channels of a source, and which of them are
// computed if r are asked for: a source that is a slice of a larger stream has that slice only.
func forAll(src stages.Stage, r stages.Range) (int, stages.Range) {
	f := src.Format()
	n := f.First + f.Channels
	if r == (stages.Range{}) {
		return n, stages.Range{Lo: f.First, Hi: n}
	}
	return max(n, r.Hi), r
}

// DesignMiddleEar gives the coefficients of middle ears with the given gains at a rate [Hz] above 1 kHz; see [MiddleEar].
func DesignMiddleEar(rate float64, gain []float64) (*Coefficients, error) {
	if len(gain) == 0 {
		return nil, fmt.Errorf("no gains: want one for each channel")
	}
	r, err := middleEarRoots(rate)
	if err != nil {
		return nil, err
	}
	bank := make([]Roots, len(gain))
	for c, g := range gain {
		if !finite(g) {
			return nil, fmt.Errorf("channel %d: gain %g: want a finite number", c, g)
		}
		bank[c] = Roots{r.Zeros, r.Poles, r.Gain * g}
	}
	return sectionsOf(bank)
}

// middleEarRoots is the digital filter with gain 1.
func middleEarRoots(rate float64) (Roots, error) {
	if !(rate > 1000 && finite(rate)) {
		return Roots{}, fmt.Errorf("sample rate %g Hz: want more than 1000 Hz", rate)
	}
	r := Roots{Zeros: []complex128{-200, -200}, Gain: 1}
	for _, p := range []complex128{complex(-250, 400), complex(-2000, 6000)} {
		p = scaled(2*math.Pi, p)
		r.Poles = append(r.Poles, p, complex(real(p), -imag(p)))
	}
	at := complex(0, 2*math.Pi*1000)
	for _, z := range r.Zeros {
		r.Gain /= magnitude(at - z)
	}
	for _, p := range r.Poles {
		r.Gain *= kernel.Hypot(real(at-p), imag(at-p))
	}
	return r.bilinear(2 * rate), nil
}
