package sound

import (
	"math"

	"hearpipe/internal/kernel"
)

// KaiserBeta is the shape parameter β of a Kaiser window whose filter attenuates its stop band by a [dB] (Kaiser 1974, also
// Oppenheim & Schafer, Discrete-Time Signal Processing, eq. 7.75).
func KaiserBeta(a float64) float64 {
	switch {
	case a > 50:
		return 0.1102 * (a - 8.7)
	case a >= 21:
		return float64(0.5842*kernel.Pow(a-21, 0.4)) + float64(0.07886*(a-21))
	}
	return 0
}

// besselI0 is the modified Bessel function of the first kind and order 0, by its power series Σ ((x/2)^k / k!)², whose
// terms are all positive: nothing cancels.
func besselI0(x float64) float64 {
	q := x * x / 4
	sum, term := 1.0, 1.0
	for k := 1.0; term > sum*1e-17; k++ {
		term = float64(term * (q / (k * k)))
		sum += term
	}
	return sum
}

// lowPassTap is the impulse response at t (in input frames) of the ideal low-pass filter of cut-off c (as a fraction of half
// the input's rate) under a Kaiser window of half-width w frames: c·sinc(c·t)·I0(β·√(1-(t/w)²))/I0(β), 0 outside the window.
func lowPassTap(t, c, w, beta, i0beta float64) float64 {
	u := t / w
	v := 1 - float64(u*u)
	if v < 0 {
		return 0
	}
	s := c
	if x := math.Pi * c * t; x != 0 {
		s = c * kernel.Sin(x) / x
	}
	return s * besselI0(beta*math.Sqrt(v)) / i0beta
}
