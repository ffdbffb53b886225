package hrtf

import (
	"fmt"

	"hearpipe/internal/kernel"
)

// quiet is what a spectrum counts at least, relative to its maximum (-120 dB): a zero of it has no logarithm.
const quiet = 1e-6

// MinimumPhase returns responses with the same magnitude at every frequency that come as early as possible, with the time at which each original comes as a delay beside
// them. They are what can be interpolated: taps with taps, delays with delays.
//
// The minimum phase follows from the magnitude by the real cepstrum (Oppenheim & Schafer 1989, section 12.7): the inverse transform of log|H|, its part at negative times added
// to the one at positive times, transformed back and exponentiated. The transform has 64 times as many points as the response has taps (at least 8,192 in all, and for
// long responses as few as 8 times), which keeps what folds back small; magnitudes below -120 dB of the maximum count as that. The result is cut to the length of the
// original. Its first tap is positive: a response of opposite sign loses it, in which magnitudes and time differences do not differ.
//
// The delay is where the magnitude of the cross-correlation of the original with its minimum-phase version is largest, refined by a parabola (Kulkarni, Isabelle & Colburn
// 1999), and is not negative; the delay of the original is added. A response that is zero all over stays what it is.
func (h HRTF) MinimumPhase() (HRTF, error) {
	if err := h.Check(); err != nil {
		return HRTF{}, err
	}
	m := HRTF{Rate: h.Rate, Delay: h.Delay}
	f := cepstralFourier(h.Taps())
	var late float64
	m.Left, late = minimumPhase(f, h.Left)
	m.Delay[Left] += late
	m.Right, late = minimumPhase(f, h.Right)
	m.Delay[Right] += late
	return m, nil
}

// MinimumPhase returns the set with the minimum-phase versions of all its responses, and delays; see [HRTF.MinimumPhase].
func (s *Set) MinimumPhase() (*Set, error) {
	p := s.params()
	p.Left, p.Right, p.LeftDelay, p.RightDelay = nil, nil, nil, nil
	for i := range s.Len() {
		h, err := s.At(i).MinimumPhase()
		if err != nil {
			return nil, fmt.Errorf("hrtf: response %d of %s: %w", i, s.title(), err)
		}
		p.Left, p.Right = append(p.Left, h.Left), append(p.Right, h.Right)
		p.LeftDelay, p.RightDelay = append(p.LeftDelay, h.Delay[Left]), append(p.RightDelay, h.Delay[Right])
	}
	return NewSet(p)
}

// cepstralFourier is the transform for responses of that length.
func cepstralFourier(taps int) *fourier {
	n := 8192
	for n < 8*taps || n < 64*taps && n < 1<<17 {
		n *= 2
	}
	return newFourier(n)
}

// minimumPhase is the minimum-phase version of a response, and how much later the original is [samples].
func minimumPhase(f *fourier, h []float64) ([]float64, float64) {
	early := make([]float64, len(h))
	c := f.spectrum(h)
	peak := 0.0
	for k := range c.re {
		c.re[k], c.im[k] = kernel.Hypot(c.re[k], c.im[k]), 0
		peak = max(peak, c.re[k])
	}
	if peak == 0 {
		return early, 0
	}
	for k, x := range c.re {
		c.re[k] = kernel.Log(max(x, quiet*peak))
	}
	f.back(c)
	for i := 1; i < f.n/2; i++ {
		c.re[i] *= 2
		c.re[f.n-i] = 0
	}
	clear(c.im)
	f.transform(c)
	for k, x := range c.re {
		g := kernel.Exp(x)
		sin, cos := kernel.Sincos(c.im[k])
		c.re[k], c.im[k] = g*cos, g*sin
	}
	f.back(c)
	copy(early, c.re)
	return early, max(0, correlationLag(h, early))
}
