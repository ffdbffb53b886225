package filterbank

import (
	"context"
	"fmt"
	"math"
	"math/cmplx"
	"strings"
	"testing"

	"hearpipe/stages"
)

func ExampleMeasureTuning() {
	c, err := DesignGammatone(44100, GammatoneParams{CF: []float64{1000}})
	if err != nil {
		fmt.Println(err)
	}
	gain := func(f float64) float64 {
		h, err := c.Response(0, f, 44100)
		if err != nil {
			fmt.Println(err)
		}
		return cmplx.Abs(h)
	}
	t, err := MeasureTuning(gain, linspace(1, 22050, 22050), 3)
	fmt.Printf("peak %.0f Hz, -3 dB from %.0f to %.0f Hz, Q %.1f, ERB %.1f Hz %v\n", t.Peak, t.Low, t.High, t.Q(), t.ERB, err)
	// Output: peak 1000 Hz, -3 dB from 941 to 1059 Hz, Q 8.5, ERB 132.7 Hz <nil>
}

// The two ways to a transfer function agree: from coefficients and from the answer to a click.
func TestResponseToAClickHasTheTransferFunction(t *testing.T) {
	const rate = 16000
	var bank *Gammatone
	h, err := ImpulseResponse(context.Background(), rate, 1, 4000, func(src stages.Stage) (s stages.Stage, err error) {
		bank, err = NewGammatone(src, GammatoneParams{CF: []float64{300, 1000, 5000}})
		return bank, err
	})
	if err != nil {
		t.Fatal(err)
	}
	frequencies := []float64{100, 300, 1000, 4999, 7900}
	gains, err := bank.Coefficients().Gains(frequencies, rate)
	if err != nil {
		t.Fatal(err)
	}
	for c := range 3 {
		for i, f := range frequencies {
			want, err := bank.Coefficients().Response(c, f, rate)
			if err != nil {
				t.Fatal(err)
			}
			got, err := FrequencyResponse(h, c, f, rate)
			if err != nil || cmplx.Abs(got-want) > 1e-10 {
				t.Errorf("channel %d, %g Hz: %v, want %v, %v", c, f, got, want, err)
			}
			if math.Abs(gains[c][i]-cmplx.Abs(want)) > 1e-12 {
				t.Errorf("channel %d, %g Hz: gain %v, want %v", c, f, gains[c][i], cmplx.Abs(want))
			}
		}
	}
}

// A curve with everything known: a resonance 1/(1 + ((f-f0)/b)²), whose square falls to 1/4 at ±b.
func TestTuningOfAResonance(t *testing.T) {
	const peak, half = 1234.567, 25
	resonance := func(f float64) float64 { return 5 / (1 + (f-peak)*(f-peak)/(half*half)) }
	got, err := MeasureTuning(resonance, linspace(100, 10000, 4000), 20*math.Log10(2))
	if err != nil {
		t.Fatal(err)
	}
	// ∫ dx/(1+x²)² = π/2
	if math.Abs(got.Peak-peak) > 1e-4 || math.Abs(got.Gain-5) > 1e-9 || math.Abs(got.Low-peak+half) > 1e-4 || math.Abs(got.High-peak-half) > 1e-4 ||
		math.Abs(got.Bandwidth()-2*half) > 2e-4 || math.Abs(got.Q()-peak/(2*half)) > 1e-3 || math.Abs(got.ERB-math.Pi/2*half) > 0.01 {
		t.Errorf("%+v", got)
	}
	// Low passes have no lower edge.
	low, err := MeasureTuning(func(f float64) float64 { return 1 / (1 + f/100) }, linspace(0, 1000, 1001), 20*math.Log10(2))
	if err != nil || low.Low != 0 || low.Peak > 1e-6 || math.Abs(low.High-100) > 1e-5 {
		t.Errorf("low pass: %+v, %v", low, err)
	}
	flat, err := MeasureTuning(func(float64) float64 { return 2 }, []float64{1, 2, 5}, 3)
	if err != nil || flat.Low != 1 || flat.High != 5 || flat.ERB != 4 {
		t.Errorf("flat: %+v, %v", flat, err)
	}
}

func TestImpossibleMeasurementsAreRefused(t *testing.T) {
	one := func(float64) float64 { return 1 }
	for _, c := range []struct {
		gain        func(float64) float64
		frequencies []float64
		drop        float64
		want        string
	}{
		{one, []float64{1, 2}, 3, "2 frequencies: want at least 3"},
		{one, []float64{1, 2, 2}, 3, "frequency 2 is 2 Hz: want finite ones in ascending order"},
		{one, []float64{1, 2, math.NaN()}, 3, "frequency 2 is NaN Hz"},
		{one, []float64{1, 2, 3}, 0, "a drop of 0 dB: want more than 0 dB"},
		{math.Log, []float64{0, 2, 3}, 3, "gain -Inf at 0 Hz: want a finite number"},
	} {
		if _, err := MeasureTuning(c.gain, c.frequencies, c.drop); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %q does not say %q", err, c.want)
		}
	}
	none := func(stages.Stage) (stages.Stage, error) { return nil, nil }
	if _, err := ImpulseResponse(context.Background(), 1000, 1, 0, none); err == nil {
		t.Error("no frames were accepted")
	}
	if _, err := ImpulseResponse(context.Background(), 1000, 1, 1, none); err == nil {
		t.Error("no bank was accepted")
	}
	if _, err := ImpulseResponse(context.Background(), 0, 1, 1, none); err == nil {
		t.Error("no rate was accepted")
	}
	if _, err := FrequencyResponse(stages.MakeFrames(1, 2), 2, 1, 10); err == nil {
		t.Error("an impossible channel was accepted")
	}
}
