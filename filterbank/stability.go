package filterbank

import (
	"fmt"
	"math"
)

// largestPole is how far from 0 poles of coefficients may lie. Integrators and oscillators have them on the unit circle,
// where rounding may move them out a little: by this much they grow by 5 % in a second of 44.1 kHz.
const largestPole = 1 + 1e-6

// CheckStability refuses sections with a pole outside of the unit circle, whose output grows without bound. The error names
// channel, section, and the magnitude of the largest pole.
func (c *Coefficients) CheckStability() error {
	a := make([]float64, c.s.Order+1)
	for channel := c.first; channel < c.first+c.s.Channels; channel++ {
		for k := range c.s.Count {
			a[0] = 1
			for i := 1; i <= c.s.Order; i++ {
				_, p := c.place(channel, k, i)
				a[i] = *p
			}
			if !within(a, largestPole) {
				return fmt.Errorf("filter coefficients: channel %d, section %d: a pole of magnitude %.6g: want at most 1 (beyond, the filter is unstable)", channel, k, poleRadius(a))
			}
		}
	}
	return nil
}

// within says whether all roots of Σ a_i·z^-i, a_0 = 1, have magnitudes below r.
func within(a []float64, r float64) bool {
	scaled := make([]float64, len(a))
	power := 1.0
	for i, x := range a {
		scaled[i] = x * power
		power /= r
	}
	return stable(scaled)
}

// poleRadius is the magnitude of the largest root, which is below 1 + Σ|a_i|, by bisection.
func poleRadius(a []float64) float64 {
	lo, hi := 0.0, 1.0
	for _, x := range a {
		hi += math.Abs(x)
	}
	for range 60 {
		if mid := (lo + hi) / 2; within(a, mid) {
			hi = mid
		} else {
			lo = mid
		}
	}
	return hi
}
