package filterbank

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"hearpipe/internal/kernel"
	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

func ExampleNewLowPass() {
	step, err := stagetest.NewStream(stagetest.Signal{Rate: 1000, Frames: 4, Value: func(int64, int) float64 { return 1 }})
	if err != nil {
		fmt.Println(err)
	}
	// 1000/(4·π) Hz: each frame goes half of the way to the input.
	lp, err := NewLowPass(step, LowPassParams{Cutoff: []float64{1000 / (4 * math.Pi)}})
	if err != nil {
		fmt.Println(err)
	}
	f, err := lp.Fetch(context.Background(), 0, 4)
	fmt.Printf("%.4f %.4f %.4f %.4f %v\n", f.At(0, 0), f.At(1, 0), f.At(2, 0), f.At(3, 0), err)
	// Output: 0.5000 0.7500 0.8750 0.9375 <nil>
}

func cutoffs() []float64 {
	c := make([]float64, 8)
	for i := range c {
		c[i] = 200 + float64(i)*(8000-200)/7
	}
	return c
}

func TestLowPassEqualsTheReference(t *testing.T) {
	in := load(t, "input").frames()
	for _, src := range []stages.Frames{in, repeated(in, 8)} {
		lp, err := NewLowPass(memory(t, 44100, src), LowPassParams{Cutoff: cutoffs()})
		if err != nil {
			t.Fatal(err)
		}
		compare(t, collect(t, lp), load(t, "lowpass").frames(), toleranceOutput, toleranceOutput)
	}
	want := stored(t, "lowpass")
	got, err := DesignLowPass(44100, cutoffs())
	if err != nil {
		t.Fatal(err)
	}
	compareCoefficients(t, got, want, func(int) float64 { return 1e-15 })
	four, err := NewCoefficients(got.Channels(), 4, got.Order())
	if err != nil {
		t.Fatal(err)
	}
	for channel := range got.Channels() {
		b, a, err := got.Section(channel, 0)
		for k := 0; k < 4 && err == nil; k++ {
			err = four.Set(channel, k, b, a)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	cascade, err := NewCascade(memory(t, 44100, repeated(in, 8)), CascadeParams{Coefficients: four})
	if err != nil {
		t.Fatal(err)
	}
	compare(t, collect(t, cascade), load(t, "cascade4_lowpass").frames(), toleranceOutput, toleranceOutput)
}

// compareCoefficients holds every coefficient against the wanted one, relative to it.
func compareCoefficients(t *testing.T, got, want *Coefficients, tolerance func(section int) float64) {
	t.Helper()
	if got.Channels() != want.Channels() || got.Sections() != want.Sections() || got.Order() != want.Order() {
		t.Fatalf("%d channels, %d sections of order %d, want %d, %d of %d",
			got.Channels(), got.Sections(), got.Order(), want.Channels(), want.Sections(), want.Order())
	}
	for c := range want.Channels() {
		for k := range want.Sections() {
			gb, ga, err := got.Section(c, k)
			if err != nil {
				t.Fatal(err)
			}
			wb, wa, err := want.Section(c, k)
			if err != nil {
				t.Fatal(err)
			}
			for i := range wb {
				if !(math.Abs(gb[i]-wb[i]) <= tolerance(k)*math.Abs(wb[i])) || !(math.Abs(ga[i]-wa[i]) <= tolerance(k)*math.Abs(wa[i])) {
					t.Errorf("channel %d, section %d, i = %d: b %v a %v, want b %v a %v (relative %.3g)", c, k, i, gb[i], ga[i], wb[i], wa[i], tolerance(k))
				}
			}
		}
	}
}

func TestLowPassConforms(t *testing.T) {
	for _, cutoff := range [][]float64{{300}, {100, 200, 300, 400, 2000}} {
		for _, channels := range []int{1, 5} {
			t.Run(fmt.Sprintf("%d cutoffs, source of %d", len(cutoff), channels), func(t *testing.T) {
				stagetest.Run(t, stagetest.Recipe{
					Inputs: []stagetest.Signal{{Channels: channels}},
					Build: func(in []stages.Stage, r stages.Range) ([]stages.Node, error) {
						return stagetest.Nodes(NewLowPass(in[0], LowPassParams{Cutoff: cutoff, Channels: r}))
					},
					Sliced: true, Period: kernel.FlushInterval,
				})
			})
		}
	}
}

func TestLowPassOnASlicedSourceKeepsAbsoluteChannels(t *testing.T) {
	src := stagetest.NewSource(stagetest.Signal{Channels: 3, First: 4, Frames: 10})
	lp, err := NewLowPass(src, LowPassParams{Cutoff: []float64{100}})
	if err != nil {
		t.Fatal(err)
	}
	if f := lp.Format(); f.First != 4 || f.Channels != 3 {
		t.Errorf("channels %d from %d, want 3 from 4", f.Channels, f.First)
	}
	if err := lp.SetCutoff(5, 200); err != nil {
		t.Error(err)
	}
	want := 2 * math.Pi * 200 / 8192
	if b, _, err := lp.Coefficients().Section(5, 0); err != nil || math.Abs(b[0]-want) > 1e-15 {
		t.Errorf("after SetCutoff b_0 = %v, %v, want %v", b[0], err, want)
	}
	if lp.SetCutoff(3, 200) == nil || lp.SetCutoff(5, 1e5) == nil {
		t.Error("an impossible change was accepted")
	}
}

func TestImpossibleCutoffsAreRefused(t *testing.T) {
	src := stagetest.NewSource(stagetest.Signal{Rate: 44100, Channels: 2, Frames: 10})
	for _, c := range []struct {
		cutoff []float64
		want   string
	}{
		{nil, "filterbank.lowpass: no cutoff frequencies"},
		{[]float64{100, 14038}, "filterbank.lowpass: channel 1: cutoff 14038 Hz: want above 0 Hz and at most rate/π, 14037.5 Hz"},
		{[]float64{0, 100}, "channel 0: cutoff 0 Hz"},
		{[]float64{-5, 100}, "channel 0: cutoff -5 Hz"},
		{[]float64{math.NaN()}, "channel 0: cutoff NaN Hz"},
		{[]float64{1, 2, 3}, "has 2 channels: want 1 or 3"},
	} {
		if _, err := NewLowPass(src, LowPassParams{Cutoff: c.cutoff}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %q does not say %q", err, c.want)
		}
	}
	if _, err := NewLowPass(nil, LowPassParams{Cutoff: []float64{1}}); err == nil {
		t.Error("a missing source was accepted")
	}
	if _, err := NewLowPass(src, LowPassParams{Cutoff: []float64{44100 / math.Pi}}); err != nil {
		t.Errorf("the limit itself: %v", err)
	}
}

// Each frame takes the same part of the remaining way, whatever the cutoff.
func TestLowPassFollowsItsDifferenceEquation(t *testing.T) {
	in := load(t, "input").frames()
	lp, err := NewLowPass(memory(t, 44100, in), LowPassParams{Cutoff: []float64{1234}})
	if err != nil {
		t.Fatal(err)
	}
	gamma := 2 * math.Pi * 1234 / 44100
	y := 0.0
	for i, f := 0, collect(t, lp); i < f.N; i++ {
		y += gamma * (in.At(i, 0) - y)
		if d := math.Abs(f.At(i, 0) - y); d > 1e-14 {
			t.Fatalf("frame %d is %v, want %v", i, f.At(i, 0), y)
		}
	}
}
