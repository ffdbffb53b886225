package hrtf

import (
	"math"

	"hearpipe/internal/kernel"
)

// Gains returns the magnitude |Σ h_k·exp(-j2πfk/rate)| of the response to an ear at some frequencies [Hz].
func (h HRTF) Gains(e Ear, frequencies []float64) []float64 {
	gains := make([]float64, len(frequencies))
	for i, f := range frequencies {
		var re, im float64
		for k, x := range h.Response(e) {
			turns := float64(f / h.Rate * float64(k))
			sin, cos := kernel.Sincos(2 * math.Pi * (turns - math.Floor(turns)))
			re, im = math.FMA(x, cos, re), math.FMA(-x, sin, im)
		}
		gains[i] = kernel.Hypot(re, im)
	}
	return gains
}
