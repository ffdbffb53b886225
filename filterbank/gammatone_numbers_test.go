package filterbank

import (
	"math"
	"testing"

	"hearpipe/internal/random"
	"hearpipe/stages"
)

// Impulse responses, and what follows from them, as an independent design of the example "gammatone" of Brian Hears has them.
func TestImpulseResponseHasItsKnownNumbers(t *testing.T) {
	const rate, frames = 44100, 22050
	click := stages.MakeFrames(frames, 1)
	click.Data[0] = 1
	bank, err := NewGammatone(memory(t, rate, click), GammatoneParams{CF: []float64{100, 500, 1000, 4000}})
	if err != nil {
		t.Fatal(err)
	}
	h := collect(t, bank)
	for c, first := range map[int][]float64{
		2: {2.646498e-7, 1.027887e-6, 2.443821e-6, 4.546426e-6, 7.220624e-6, 1.018661e-5},
		3: {3.381034e-5, 1.065656e-4, 1.237160e-4, -7.675138e-5},
	} {
		for i, want := range first {
			if got := h.At(i, c); math.Abs(got/want-1) > 1e-6 {
				t.Errorf("channel %d: h_%d is %.7g, want %.7g", c, i, got, want)
			}
		}
	}
	for c, want := range []float64{35.446, 78.696, 132.692, 456.783} {
		power, peak := 0.0, 0.0
		for i := range frames {
			power += h.At(i, c) * h.At(i, c)
			peak = max(peak, math.Abs(h.At(i, c)))
		}
		if width := power * rate / 2; math.Abs(width-want) > 0.002 {
			t.Errorf("channel %d: equivalent rectangular bandwidth %.4f Hz, want %.3f Hz", c, width, want)
		}
		if c == 2 && (math.Abs(power/0.0060177623-1) > 1e-7 || math.Abs(peak/0.00861802-1) > 1e-6) {
			t.Errorf("at 1 kHz: Σh² = %.9g, max|h| = %.7g, want 0.0060177623, 0.00861802", power, peak)
		}
	}
}

// White noise of 50 dB SPL, 6.3246e-3 Pa, leaves a channel with the part of its power that lies in its bandwidth.
func TestNoiseKeepsThePowerOfTheBand(t *testing.T) {
	const rate, settled, seconds = 44100, 4410, 20
	cf := []float64{400, 600, 800, 1000, 2000, 4000}
	noise := stages.MakeFrames(settled+2*rate, 1)
	power := make([]float64, len(cf))
	const seeds = seconds / 2
	for seed := range seeds {
		random.New(uint64(seed), "test", "noise", 0).Normals(noise.Data, 0, 0)
		for i := range noise.Data {
			noise.Data[i] *= 6.3246e-3
		}
		bank, err := NewGammatone(memory(t, rate, noise), GammatoneParams{CF: cf})
		if err != nil {
			t.Fatal(err)
		}
		out := collect(t, bank)
		for i := settled; i < out.N; i++ {
			for c := range cf {
				power[c] += out.At(i, c) * out.At(i, c) / (2 * rate * seeds)
			}
		}
	}
	for c, f := range cf {
		erb, err := ERB(f, ERBParams{})
		if err != nil {
			t.Fatal(err)
		}
		// The root mean square of a band of width B over T has the relative deviation 1/√(4BT): 1.3 % at 400 Hz.
		want := 6.3246e-3 * math.Sqrt(erb/22050)
		if rms := math.Sqrt(power[c]); math.Abs(rms/want-1) > 0.03 {
			t.Errorf("%g Hz: root mean square %.4g Pa, want %.4g Pa", f, rms, want)
		}
	}
}
