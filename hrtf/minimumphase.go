package hrtf

import (
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
	return minimumPhase(newFourier(cepstrumLength(h.Taps())), h), nil
}

// MinimumPhase returns the set with the minimum-phase versions of all its responses, and delays; see [HRTF.MinimumPhase].
func (s *Set) MinimumPhase() (*Set, error) {
	p := s.params()
	p.Left, p.Right, p.LeftDelay, p.RightDelay = nil, nil, nil, nil
	f := newFourier(cepstrumLength(s.Taps()))
	for i := range s.Len() {
		h := minimumPhase(f, s.At(i))
		p.Left, p.Right = append(p.Left, h.Left), append(p.Right, h.Right)
		p.LeftDelay, p.RightDelay = append(p.LeftDelay, h.Delay[Left]), append(p.RightDelay, h.Delay[Right])
	}
	return NewSet(p)
}

// cepstrumLength is the length of the transforms for responses of so many taps.
func cepstrumLength(taps int) int {
	n := 8192
	for n < 8*taps || n < 64*taps && n < 1<<17 {
		n *= 2
	}
	return n
}

// minimumPhase makes the minimum-phase version of both responses at once, the left one in the real and the right one in the imaginary part of
// all sequences.
func minimumPhase(f *fourier, h HRTF) HRTF {
	c := complexes{make([]float64, f.n), make([]float64, f.n)}
	copy(c.re, h.Left)
	copy(c.im, h.Right)
	f.transform(c)
	var peak [2]float64
	for k := 0; k <= f.n/2; k++ {
		left, right := c.apart(k)
		i := (f.n - k) % f.n
		c.re[k], c.im[k] = kernel.Hypot(left[0], left[1]), kernel.Hypot(right[0], right[1])
		c.re[i], c.im[i] = c.re[k], c.im[k]
		peak[Left], peak[Right] = max(peak[Left], c.re[k]), max(peak[Right], c.im[k])
	}
	for e := range peak {
		if energy(h.Response(Ear(e))) == 0 {
			peak[e] = 0 // not what the other ear has rounded off
		}
	}
	for k := 0; k <= f.n/2; k++ {
		i := (f.n - k) % f.n
		c.re[k], c.im[k] = logAbove(c.re[k], peak[Left]), logAbove(c.im[k], peak[Right])
		c.re[i], c.im[i] = c.re[k], c.im[k]
	}
	f.back(c) // the cepstra, which are real
	for i := 1; i < f.n/2; i++ {
		c.re[i], c.im[i] = 2*c.re[i], 2*c.im[i]
		c.re[f.n-i], c.im[f.n-i] = 0, 0
	}
	f.transform(c)
	for k := 0; k <= f.n/2; k++ {
		left, right := c.apart(k)
		l, r := expComplex(left), expComplex(right)
		c.re[k], c.im[k] = l[0]-r[1], l[1]+r[0] // l + j·r
		if k > 0 && k < f.n/2 {                 // and of the conjugates
			c.re[f.n-k], c.im[f.n-k] = l[0]+r[1], r[0]-l[1]
		}
	}
	f.back(c)
	m := HRTF{Left: make([]float64, h.Taps()), Right: make([]float64, h.Taps()), Rate: h.Rate, Delay: h.Delay}
	for e, early := range [][]float64{m.Left, m.Right} {
		if peak[e] == 0 {
			continue
		}
		copy(early, [][]float64{c.re, c.im}[e])
		m.Delay[e] += max(0, correlationLag(h.Response(Ear(e)), early))
	}
	return m
}

// apart is bin k of the transforms of the real and of the imaginary part, from the transform of both.
func (c complexes) apart(k int) (re, im [2]float64) {
	i := (len(c.re) - k) % len(c.re)
	a, b, x, y := c.re[k], c.im[k], c.re[i], c.im[i]
	return [2]float64{(a + x) / 2, (b - y) / 2}, [2]float64{(b + y) / 2, (x - a) / 2}
}

// logAbove is the logarithm of a magnitude, which counts at least as quiet; 0 if the largest is 0.
func logAbove(x, peak float64) float64 {
	if peak == 0 {
		return 0
	}
	return kernel.Log(max(x, quiet*peak))
}

// expComplex is the exponential of a complex number.
func expComplex(z [2]float64) [2]float64 {
	g := kernel.Exp(z[0])
	sin, cos := kernel.Sincos(z[1])
	return [2]float64{g * cos, g * sin}
}
