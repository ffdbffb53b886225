package sound

import (
	"fmt"
	"math"

	"hearpipe/internal/kernel"
)

// DelayParams describes a delay by any time.
type DelayParams struct {
	Seconds float64 // delay [s]; negative: what comes before time 0 is cut off
	Taps    int     // length L of the filter (default 2048), 2 to 2^20; more is slower and better at low frequencies
}

// Delay shifts the sound by a time that need not be a whole number of frames: by trunc(d) frames, d = Seconds·rate, as [Sound.Shift]
// does, and by the rest φ with the filter h_i = w(i-φ)·sinc(i-φ-M), M = L/2, under the Hamming window w(x) = 0.54 - 0.46·cos(2π(x+0.5)/L), whose
// own delay of M frames is taken away. Frames that would lie before time 0 or, in front of the shift, beyond the end are cut. A whole number of
// frames (to 1e-10) is shifted without a filter. Source: the fractional delay of Brian Hears, without its last frame missing.
func (s *Sound) Delay(p DelayParams) (*Sound, error) {
	const kind = "sound.delay"
	if p.Taps == 0 {
		p.Taps = 2048
	}
	d := float64(p.Seconds * s.rate)
	switch {
	case !(math.Abs(d) <= 1<<53):
		return nil, fmt.Errorf("%s: delay %g s at %g Hz: want a finite number and at most 2^53 frames", kind, p.Seconds, s.rate)
	case p.Taps < 2 || p.Taps > mostTaps:
		return nil, fmt.Errorf("%s: a filter of %d taps: want 2 to %d", kind, p.Taps, mostTaps)
	}
	if whole := math.RoundToEven(d); math.Abs(whole-d) < 1e-10 {
		return s.Shift(int64(whole))
	}
	whole := math.Trunc(d)
	h := delayTaps(d-whole, p.Taps)
	t := s.copied()
	n := s.data.N
	padded := make([]float64, n+len(h)-1)
	half := p.Taps / 2
	for c := range s.data.Channels {
		x, err := s.Channel(c)
		if err != nil {
			return nil, err
		}
		// y_m = Σ h_i·x_(m+half-i): the taps backwards over the sound with zeros around it.
		clear(padded)
		copy(padded[len(h)-1-half:], x)
		for m := range x {
			x[m] = dot(h, padded[m:])
		}
		t.setChannel(c, x)
	}
	return t.Shift(int64(whole))
}

// delayTaps are the taps of a delay by a fraction of a frame, in reverse order.
func delayTaps(fraction float64, n int) []float64 {
	h := make([]float64, n)
	half := float64(n / 2)
	for i := range h {
		x := float64(i) - fraction
		angle := math.Pi * (x - half)
		window := 0.54 - float64(0.46*kernel.Cos(2*math.Pi*(x+0.5)/float64(n)))
		h[n-1-i] = window * kernel.Sin(angle) / angle
	}
	return h
}
