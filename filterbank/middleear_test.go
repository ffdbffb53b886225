package filterbank

import (
	"context"
	"fmt"
	"math"
	"math/cmplx"
	"strings"
	"testing"

	"hearpipe/internal/kernel"
	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

func ExampleNewMiddleEar() {
	for _, f := range []float64{100, 1000, 10000} {
		tone, err := stagetest.NewStream(stagetest.Signal{
			Rate: 50000, Frames: 50000, Value: func(at int64, _ int) float64 { return kernel.Sin(2 * math.Pi * f * float64(at) / 50000) },
		})
		if err != nil {
			fmt.Println(err)
		}
		ear, err := NewMiddleEar(tone, MiddleEarParams{})
		if err != nil {
			fmt.Println(err)
		}
		out, err := ear.Fetch(context.Background(), 0, 50000)
		peak := 0.0
		for i := 40000; i < 50000; i++ {
			peak = max(peak, math.Abs(out.At(i, 0)))
		}
		fmt.Printf("%5.0f Hz: %.2f %v\n", f, peak, err)
	}
	// Output:
	//   100 Hz: 0.05 <nil>
	//  1000 Hz: 1.00 <nil>
	// 10000 Hz: 0.34 <nil>
}

func TestMiddleEarEqualsTheReference(t *testing.T) {
	for name, c := range map[string]struct {
		input string
		rate  float64
		gain  []float64
	}{
		"middle_ear":      {"input", 44100, nil},
		"middle_ear_gain": {"input", 44100, []float64{1, 0.962512703689}},
		"middle_ear_50k":  {"input50k_60dB", 50000, nil},
	} {
		t.Run(name, func(t *testing.T) {
			ear, err := NewMiddleEar(memory(t, c.rate, load(t, c.input).frames()), MiddleEarParams{Gain: c.gain})
			if err != nil {
				t.Fatal(err)
			}
			compare(t, collect(t, ear), load(t, name).frames(), toleranceOutput, toleranceOutput)
			one, err := ear.Coefficients().Decascade(1)
			if err != nil {
				t.Fatal(err)
			}
			compareCoefficients(t, one, stored(t, name), func(int) float64 { return toleranceCoefficient })
		})
	}
}

// The analogue filter itself, in the arithmetic of the standard library.
func TestMiddleEarHasItsGains(t *testing.T) {
	const rate = 44100
	c, err := DesignMiddleEar(rate, []float64{1, 2})
	if err != nil {
		t.Fatal(err)
	}
	analogue := func(f float64) float64 {
		s := complex(0, 2*math.Pi*f)
		h := (s + 200) * (s + 200)
		for _, p := range []complex128{complex(-250, 400), complex(-250, -400), complex(-2000, 6000), complex(-2000, -6000)} {
			h /= s - p*complex(2*math.Pi, 0)
		}
		return cmplx.Abs(h)
	}
	for _, f := range []float64{20, 100, 500, 1000, 4000, 12000} {
		warped := 2 * rate * math.Tan(math.Pi*f/rate) / (2 * math.Pi) // what the bilinear transform maps to f
		h, err := c.Response(0, f, rate)
		want := analogue(warped) / analogue(1000)
		if err != nil || math.Abs(cmplx.Abs(h)/want-1) > 1e-10 {
			t.Errorf("%g Hz: gain %v, want %v, %v", f, cmplx.Abs(h), want, err)
		}
		twice, err := c.Response(1, f, rate)
		if err != nil || cmplx.Abs(twice/h-2) > 1e-14 {
			t.Errorf("%g Hz: gain 2 makes %v of %v, %v", f, twice, h, err)
		}
	}
}

func TestMiddleEarConforms(t *testing.T) {
	for _, c := range []struct {
		channels int
		gain     []float64
	}{{1, []float64{1, 2, 0.5}}, {3, []float64{1, 2, 0.5}}, {3, nil}} {
		t.Run(fmt.Sprintf("%d channels, gains %v", c.channels, c.gain), func(t *testing.T) {
			stagetest.Run(t, stagetest.Recipe{
				Inputs: []stagetest.Signal{{Channels: c.channels}},
				Build: func(in []stages.Stage, r stages.Range) ([]stages.Node, error) {
					return stagetest.Nodes(NewMiddleEar(in[0], MiddleEarParams{Gain: c.gain, Channels: r}))
				},
				Sliced: true, Period: kernel.FlushInterval,
			})
		})
	}
}

func TestImpossibleMiddleEarsAreRefused(t *testing.T) {
	for _, c := range []struct {
		src  stages.Stage
		gain []float64
		want string
	}{
		{nil, nil, "the source is missing"},
		{stagetest.NewSource(stagetest.Signal{Rate: 1000, Frames: 1}), nil, "sample rate 1000 Hz: want more than 1000 Hz"},
		{stagetest.NewSource(stagetest.Signal{Frames: 1}), []float64{1, math.NaN()}, "channel 1: gain NaN: want a finite number"},
		{stagetest.NewSource(stagetest.Signal{Frames: 1, Channels: 2}), []float64{1, 2, 3}, "2 channels"},
	} {
		if _, err := NewMiddleEar(c.src, MiddleEarParams{Gain: c.gain}); err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "filterbank.middle_ear: ") {
			t.Errorf("error %q does not say %q", err, c.want)
		}
	}
	if _, err := DesignMiddleEar(44100, nil); err == nil {
		t.Error("no gains were accepted")
	}
}
