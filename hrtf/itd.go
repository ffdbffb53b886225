package hrtf

import (
	"fmt"
	"math"

	"hearpipe/internal/kernel"
)

// ITDMethod is a way to measure an interaural time difference.
type ITDMethod int

// The ways to measure time differences.
const (
	// CrossCorrelation is the shift at which the two responses are most alike, be it with opposite signs: the maximum of |Σ l_(i+k)·r_i| over k, refined by the
	// parabola through it and its neighbours. Of equal maxima the one with the smallest k counts.
	CrossCorrelation ITDMethod = iota
	// Onset is the difference between the moments at which the magnitudes first reach Threshold times their maximum, linear between samples, the one before the first being 0.
	Onset
	// Phase is the slope of the interaural phase over frequency in the band from Low to High: the line through the origin that is nearest to the unwrapped phase of
	// L·conj(R), weighted with the magnitude. It is the phase delay that dominates at low frequencies.
	Phase
)

// ITDParams say how to measure an interaural time difference.
type ITDParams struct {
	Method    ITDMethod // how to measure
	Threshold float64   // of Onset, default 0.316 (10 dB below the maximum); above 0, at most 1
	Low, High float64   // of Phase: the band [Hz], default 200 Hz to 1,500 Hz
}

// ITD measures the interaural time difference [s], positive if the left ear is later: for a source on the right. Delays count. A parameter out of range,
// and a response that is zero all over, are errors.
func (h HRTF) ITD(p ITDParams) (float64, error) {
	if err := h.Check(); err != nil {
		return 0, err
	}
	for _, e := range []Ear{Left, Right} {
		if energy(h.Response(e)) == 0 {
			return 0, fmt.Errorf("hrtf: the %v response is zero all over: there is no time difference", e)
		}
	}
	var d float64 // in samples
	switch p.Method {
	case CrossCorrelation:
		d = correlationLag(h.Left, h.Right)
	case Onset:
		if p.Threshold == 0 {
			p.Threshold = 0.316
		}
		if !(p.Threshold > 0 && p.Threshold <= 1) {
			return 0, fmt.Errorf("hrtf: threshold %g of the maximum: want above 0 and at most 1", p.Threshold)
		}
		d = onset(h.Left, p.Threshold) - onset(h.Right, p.Threshold)
	case Phase:
		if p.Low == 0 && p.High == 0 {
			p.Low, p.High = 200, 1500
		}
		if !(p.Low > 0 && p.High > p.Low && p.High <= h.Rate/2) {
			return 0, fmt.Errorf("hrtf: band of %g Hz to %g Hz: want rising edges above 0 Hz and at most half the rate, %g Hz", p.Low, p.High, h.Rate/2)
		}
		d = phaseLag(h, p.Low/h.Rate, p.High/h.Rate)
	default:
		return 0, fmt.Errorf("hrtf: there is no method %d to measure time differences", p.Method)
	}
	return (d + (h.Delay[Left] - h.Delay[Right])) / h.Rate, nil
}

// ILD is the interaural level difference [dB], positive if the left ear is louder: the ratio of the energies of the responses, all frequencies together. It is ±Inf
// if one of them is zero all over, NaN if both are.
func (h HRTF) ILD() float64 {
	return 10 * kernel.Log10(energy(h.Left)/energy(h.Right))
}

// energy is the sum of squares.
func energy(h []float64) float64 {
	sum := 0.0
	for _, x := range h {
		sum = math.FMA(x, x, sum)
	}
	return sum
}

// correlationLag is the shift of l against r at which they are most alike, whatever the sign, in samples.
func correlationLag(l, r []float64) float64 {
	n := len(l)
	at := func(k int) float64 {
		sum := 0.0
		for i := max(0, -k); i < min(n, n-k); i++ {
			sum = math.FMA(l[i+k], r[i], sum)
		}
		return sum
	}
	best, most, sign := 0, math.Inf(-1), 1.0
	for k := 1 - n; k < n; k++ {
		if c := at(k); math.Abs(c) > most {
			best, most, sign = k, math.Abs(c), math.Copysign(1, c)
		}
	}
	return float64(best) + vertex(float64(sign*at(best-1)), most, float64(sign*at(best+1)))
}

// vertex is where the parabola through three values at -1, 0 and 1, of which the middle one is largest, has its maximum: -0.5 to 0.5.
func vertex(a, b, c float64) float64 {
	if d := (a - b) + (c - b); d < 0 {
		return (a - c) / d / 2
	}
	return 0
}

// onset is where the magnitude first reaches a part of its maximum, in samples.
func onset(h []float64, part float64) float64 {
	peak := 0.0
	for _, x := range h {
		peak = max(peak, math.Abs(x))
	}
	level := float64(part * peak)
	before := 0.0
	for i, x := range h {
		x = math.Abs(x)
		if x >= level {
			return float64(i-1) + (level-before)/(x-before)
		}
		before = x
	}
	panic("hrtf: a response never reaches its maximum")
}

// phaseLag is the phase delay of l against r in a band, its edges being parts of the rate, in samples.
func phaseLag(h HRTF, low, high float64) float64 {
	// Four times as long as needed, and at least 2048: the phase must not turn by half a circle from bin to bin.
	n := 2048
	for n < 4*len(h.Left) {
		n *= 2
	}
	f := newFourier(n)
	l, r := f.spectrum(h.Left), f.spectrum(h.Right)
	first, last := int(math.Ceil(low*float64(n))), int(math.Floor(high*float64(n)))
	last = min(max(last, first), n/2)
	var up, down, before float64
	for k := first; k <= last; k++ {
		re := math.FMA(l.re[k], r.re[k], float64(l.im[k]*r.im[k]))
		im := math.FMA(l.im[k], r.re[k], -float64(l.re[k]*r.im[k]))
		phase := kernel.Atan2(im, re)
		if k > first {
			phase = before + math.Remainder(phase-before, 2*math.Pi)
		}
		before = phase
		omega := 2 * math.Pi * float64(k) / float64(n)
		weight := kernel.Hypot(re, im)
		up = math.FMA(weight*omega, phase, up)
		down = math.FMA(weight*omega, omega, down)
	}
	if down == 0 {
		return 0
	}
	return -up / down
}
