package trains

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestVectorStrengthOfKnownTrain(t *testing.T) {
	one := must[float64](t)
	near(t, "vector strength", one(VectorStrength(trainA, 20e-3)), 0.2, 1e-12)
	near(t, "vector strength of a locked train", one(VectorStrength([]float64{-0.75, 0.25, 5.25, 1e6 + 0.25}, 1)), 1, 1e-15)
	if got := one(VectorStrength([]float64{0, 0.25, 0.5, 0.75}, 1)); got > 1e-15 {
		t.Errorf("vector strength of evenly spread phases is %g, want 0", got)
	}
}

// The stimulus is its own sample number, so the average of spikes in samples s is mean(s) - 1 - k.
func TestSpikeTriggeredAverageGoesBackwards(t *testing.T) {
	stimulus := make([]float64, 200)
	for i := range stimulus {
		stimulus[i] = float64(i)
	}
	p := SpikeTriggeredAverageParams{MaxInterval: 10e-3, DT: 1e-3, Onset: 20e-3}
	a, err := SpikeTriggeredAverage(trainA, stimulus, p) // spikes at 25, 50, 80, 120 ms
	if err != nil {
		t.Fatal(err)
	}
	if a.Spikes != 4 || len(a.Values) != 10 || len(a.Times) != 10 {
		t.Fatalf("%d spikes, %d values, %d times; want 4, 10, 10", a.Spikes, len(a.Values), len(a.Times))
	}
	for k := range a.Values {
		near(t, "average", a.Values[k], 68.75-1-float64(k), 1e-15)
		near(t, "time", a.Times[k], float64(k)*10e-3/9, 1e-15)
	}
	p.Onset = 0 // a spike at MaxInterval itself has not enough before it
	if a, err = SpikeTriggeredAverage(trainA, stimulus, p); err != nil || a.Spikes != 4 {
		t.Errorf("%d spikes, %v; want 4", a.Spikes, err)
	}
	// 0.29/0.01 comes out below 29 in binary; the spike lies in sample 29 all the same.
	a, err = SpikeTriggeredAverage([]float64{0.29}, stimulus, SpikeTriggeredAverageParams{MaxInterval: 0.02, DT: 0.01})
	if err != nil || a.Values[0] != 28 || a.Values[1] != 27 {
		t.Errorf("%+v, %v; want 28 and 27", a, err)
	}
	// 2.6 samples are rounded to 3, and a spike in sample 2 has no 3 samples before it.
	p.MaxInterval = 2.6e-3
	if a, err = SpikeTriggeredAverage([]float64{2.7e-3, 3e-3, 200e-3}, stimulus, p); err != nil || a.Spikes != 2 || a.Values[2] != (0+197)/2. {
		t.Errorf("%+v, %v; want 2 spikes, 98.5 at last", a, err)
	}
}

func TestHistogramCountsPerTrial(t *testing.T) {
	trials := [][]float64{{0.9e-3, 1e-3, 3e-3, 12e-3}, {3.5e-3, 6e-3}, nil, {-1e-3}}
	got := must[[]float64](t)(PSTH(trials, PSTHParams{Start: 1e-3, Bin: 2e-3, Duration: 5e-3}))
	// Bins from 1, 3 and 5 ms; the last one is 1 ms long, and 6 ms is its end.
	for k, want := range []float64{1 / (4 * 2e-3), 2 / (4 * 2e-3), 0} {
		near(t, "bin", got[k], want, 1e-12)
	}
	// 0.3/0.1 comes out below 3 in binary; the spike begins the fourth bin all the same.
	got = must[[]float64](t)(PSTH([][]float64{{0.3}}, PSTHParams{Bin: 0.1, Duration: 0.4}))
	near(t, "third bin", got[2], 0, 0)
	near(t, "fourth bin", got[3], 10, 1e-9)
	got = must[[]float64](t)(PSTH(trials, PSTHParams{Start: 5e-3, Duration: 1.5e-3}))
	if len(got) != 2 {
		t.Fatalf("%d bins, want 2", len(got))
	}
	near(t, "bin of half a width", got[1], 1/(4*0.5e-3), 1e-9)
}

func TestSmoothedImpulseOfBrian(t *testing.T) {
	rate := make([]float64, 41)
	rate[20] = 1000
	smooth := must[[]float64](t)
	p := SmoothRateParams{Bin: 0.1e-3, Width: 0.5e-3}
	got := smooth(SmoothRate(rate, p))
	for k, want := range map[int]float64{0: 82.718465, 1: 81.080530, 10: 11.194727} {
		near(t, "Gaussian, later", got[20+k], want, 2e-8)
		near(t, "Gaussian, earlier", got[20-k], want, 2e-8)
	}
	if got[9] != 0 || got[31] != 0 {
		t.Errorf("the Gaussian is %g and %g beyond two widths, want 0", got[9], got[31])
	}
	p.Window = Flat
	got = smooth(SmoothRate(rate, p))
	for k, v := range got {
		want := 0.0
		if 18 <= k && k <= 22 {
			want = 200
		}
		near(t, "flat window", v, want, 1e-15)
	}
	// Zeros beyond the ends: a constant falls to 3 of 5 weights there.
	got = smooth(SmoothRate([]float64{1, 1, 1, 1, 1, 1}, p))
	for k, want := range []float64{0.6, 0.8, 1, 1, 0.8, 0.6} {
		near(t, "flat window at the ends", got[k], want, 1e-15)
	}
	// A kernel of one bin, and 1 ms by default.
	p = SmoothRateParams{Bin: 1, Width: 1e-200}
	if got = smooth(SmoothRate([]float64{3, 4}, p)); got[0] != 3 || got[1] != 4 {
		t.Errorf("a narrow Gaussian gives %v, want [3 4]", got)
	}
}

func TestSmoothingKeepsTheSum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := rapid.Float64Range(0.1, 20).Draw(t, "width")
		window := Window(rapid.IntRange(0, 1).Draw(t, "window"))
		rate := make([]float64, 121)
		rate[60] = 1
		got, err := SmoothRate(rate, SmoothRateParams{Bin: 1, Width: w, Window: window})
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for _, v := range got {
			sum += v
		}
		if math.Abs(sum-1) > 1e-13 {
			t.Fatalf("sum %g, want 1", sum)
		}
	})
}
