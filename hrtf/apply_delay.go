package hrtf

import (
	"math"

	"hearpipe/internal/kernel"
)

// delayReach is half the length of the filter for the part of a delay below one sample.
const delayReach = fractionTaps / 2

// delayed is how many taps a response has with its delay [samples] as a part of it.
func delayed(taps int, delay float64) int {
	if whole, fraction := split(delay); fraction == 0 {
		return taps + whole
	} else {
		return taps + whole + delayReach
	}
}

// split takes a delay apart. What is within 1e-10 of a whole number of samples is one.
func split(delay float64) (whole int, fraction float64) {
	if r := math.RoundToEven(delay); math.Abs(r-delay) < 1e-10 {
		return int(r), 0
	}
	t := math.Trunc(delay)
	return int(t), delay - t
}

// addDelayed adds weight times a response with its delay to dst, as many taps as fit. A whole delay is zeros in front. The fraction φ of
// another is the filter
//
//	h_i = (0.54 - 0.46·cos(2π(i-φ+0.5)/64)) · sinc(i-φ-32),   i = 0..63
//
// a sinc in a Hamming window, used from i = 32 on as if that were time 0: what it spreads before the response stays where the whole part leaves
// room, and is cut before time 0. filter is a workspace of fractionTaps values.
func addDelayed(dst, taps []float64, delay, weight float64, filter []float64) {
	whole, fraction := split(delay)
	if fraction == 0 {
		for k := range min(len(taps), len(dst)-whole) {
			dst[whole+k] = math.FMA(weight, taps[k], dst[whole+k])
		}
		return
	}
	for i := range filter {
		x := float64(i) - fraction
		angle := math.Pi * (x - delayReach)
		window := 0.54 - float64(0.46*kernel.Cos(2*math.Pi*(x+0.5)/fractionTaps))
		filter[i] = weight * (window * kernel.Sin(angle) / angle)
	}
	for i, h := range filter {
		from := whole + i - delayReach // the place of tap 0
		for k := max(0, -from); k < min(len(taps), len(dst)-from); k++ {
			dst[from+k] = math.FMA(h, taps[k], dst[from+k])
		}
	}
}

// Flat returns the HRTF with its delays as part of the responses, both of which are as long as the longer one needs; without delays it is the HRTF itself.
// A whole number of samples is zeros in front, exactly. The rest of a delay is a filter of 64 taps, a sinc in a Hamming window, which needs 32 samples of
// room before the response to be complete: from a delay of 32 samples on its gain is 1 within 1 % up to 0.45 times the rate.
func (h HRTF) Flat() HRTF {
	if h.Delay == [2]float64{} {
		return h
	}
	n := max(delayed(len(h.Left), h.Delay[Left]), delayed(len(h.Right), h.Delay[Right]))
	filter := make([]float64, fractionTaps)
	flat := HRTF{Left: make([]float64, n), Right: make([]float64, n), Rate: h.Rate}
	addDelayed(flat.Left, h.Left, h.Delay[Left], 1, filter)
	addDelayed(flat.Right, h.Right, h.Delay[Right], 1, filter)
	return flat
}
