package hrtf

import (
	"math"
	"testing"
)

// bump is a smooth pulse of 64 taps round a moment [samples].
func bump(at float64) []float64 {
	h := make([]float64, 64)
	for k := range h {
		x := (float64(k) - at) / 2
		h[k] = math.Exp(-x * x)
	}
	return h
}

func TestAllMethodsMeasureADelay(t *testing.T) {
	for _, late := range []float64{-8, -0.3, 0, 2.5, 5} {
		h := HRTF{Left: bump(30 + late), Right: bump(30), Rate: 44100, Delay: [2]float64{3, 1.5}}
		for method, tolerance := range map[ITDMethod]float64{CrossCorrelation: 0.02, Onset: 0.2, Phase: 1e-3} {
			d, err := h.ITD(ITDParams{Method: method})
			if err != nil || math.Abs(d*h.Rate-(late+1.5)) > tolerance {
				t.Errorf("method %d: %g samples (%v), want %g", method, d*h.Rate, err, late+1.5)
			}
		}
	}
}

// Whole delays are found exactly, as the maximum of the cross-correlation.
func TestCrossCorrelationFindsWholeSamples(t *testing.T) {
	for _, c := range []struct {
		left, right []float64
		want        float64
	}{
		{[]float64{0, 0, 1}, []float64{1, 0, 0}, 2},
		{[]float64{1, 0, 0}, []float64{0, 0, 1}, -2},
		{[]float64{1, 0, 0}, []float64{1, 0, 0}, 0},
		{[]float64{2, 1, 0, 1}, []float64{0, 2, 1, 0}, -1},
	} {
		d, err := (HRTF{Left: c.left, Right: c.right, Rate: 1}).ITD(ITDParams{})
		if err != nil || math.RoundToEven(d) != c.want {
			t.Errorf("%v against %v: %g samples (%v), want %g", c.left, c.right, d, err, c.want)
		}
	}
}

// A pure low-frequency phase is what the phase method follows, whatever happens above.
func TestPhaseIsThatOfLowFrequencies(t *testing.T) {
	h := HRTF{Left: bump(36), Right: bump(30), Rate: 44100}
	whistle := make([]float64, 64) // at 10 kHz, out of the band
	for k := range whistle {
		whistle[k] = 0.5 * math.Sin(2*math.Pi*10000/44100*float64(k)) * bump(30)[k]
		h.Right[k] += whistle[k]
	}
	d, err := h.ITD(ITDParams{Method: Phase})
	if err != nil || math.Abs(d*44100-6) > 0.1 {
		t.Errorf("%g samples (%v), want 6", d*44100, err)
	}
}

func TestLevelsDifferByTheRatioOfEnergies(t *testing.T) {
	h := HRTF{Left: []float64{0, 2}, Right: []float64{1, 0}, Rate: 1}
	if d := h.ILD(); math.Abs(d-20*math.Log10(2)) > 1e-12 {
		t.Errorf("%g dB, want 6.02", d)
	}
	h.Right = []float64{0, 0}
	if d := h.ILD(); !math.IsInf(d, 1) {
		t.Errorf("%g dB, want +Inf", d)
	}
}

func TestImpossibleMeasurementsAreRefused(t *testing.T) {
	h := HRTF{Left: []float64{1, 0}, Right: []float64{0, 1}, Rate: 44100}
	for want, p := range map[string]ITDParams{
		"threshold 2 of":           {Method: Onset, Threshold: 2},
		"band of 300 Hz to 200 Hz": {Method: Phase, Low: 300, High: 200},
		"half the rate, 22050 Hz":  {Method: Phase, Low: 300, High: 23000},
		"there is no method 7":     {Method: 7},
	} {
		_, err := h.ITD(p)
		refused(t, err, want)
	}
	h.Right[1] = 0
	_, err := h.ITD(ITDParams{})
	refused(t, err, "the right response is zero all over")
	_, err = (HRTF{}).ITD(ITDParams{})
	refused(t, err, "rate 0 Hz")
}

// The ears of a headless set hear what it was made of.
func TestHeadlessDifferencesAreMeasured(t *testing.T) {
	set, err := NewHeadless(HeadlessParams{})
	if err != nil {
		t.Fatal(err)
	}
	itd, err := set.Column("itd")
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range itd {
		for _, m := range []ITDMethod{CrossCorrelation, Onset, Phase} {
			d, err := set.At(i).ITD(ITDParams{Method: m})
			if err != nil || math.Abs(d-want)*set.Rate() > 0.5 {
				t.Errorf("place %d, method %d: %g s (%v), want %g s to half a sample", i, m, d, err, want)
			}
		}
	}
}

func TestGainsAreTheTransform(t *testing.T) {
	h := HRTF{Left: []float64{0, 1, 1}, Right: []float64{1, 0, -0.5}, Rate: 8000}
	left, right := h.Gains(Left, []float64{0, 2000, 4000}), h.Gains(Right, []float64{0, 2000, 4000})
	for i, want := range []struct{ left, right float64 }{{2, 0.5}, {math.Sqrt2, 1.5}, {0, 0.5}} {
		if math.Abs(left[i]-want.left) > 1e-15 || math.Abs(right[i]-want.right) > 1e-15 {
			t.Errorf("at frequency %d: %g and %g, want %v", i, left[i], right[i], want)
		}
	}
}

// A response of opposite sign is as late as one of the same sign.
func TestCrossCorrelationIgnoresSigns(t *testing.T) {
	pulse := []float64{0, 0.2, 1, -0.3, 0.1}
	h := HRTF{Left: make([]float64, 40), Right: make([]float64, 40), Rate: 1000}
	for k, x := range pulse {
		h.Left[17+k], h.Right[10+k] = -x, x
	}
	if d, err := h.ITD(ITDParams{}); err != nil || math.Abs(d-0.007) > 1e-15 {
		t.Errorf("%g s (%v), want 7 ms", d, err)
	}
}
