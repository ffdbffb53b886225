package hrtf

import (
	"context"
	"fmt"
	"math"
	"testing"

	"hearpipe/internal/kernel"
	"hearpipe/sound"
	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

// toleranceDirect is the difference between partitioned filters and the direct sum, relative to the peak.
const toleranceDirect = 1e-12

// artificial is a set over the whole sphere, in steps of 30 degrees of azimuth and elevation, with responses that decay and come later at
// the far ear. With delays these are apart, else a part of the responses.
func artificial(t testing.TB, taps int, delays bool) *Set {
	t.Helper()
	p := SetParams{Name: "artificial", System: Spherical, Rate: 8192}
	for elevation := -60.0; elevation <= 90; elevation += 30 {
		for azimuth := 0.0; azimuth < 360; azimuth += 30 {
			if elevation == 90 && azimuth > 0 {
				continue
			}
			d := FromAngles(azimuth, elevation)
			p.Coordinates = append(p.Coordinates, []float64{azimuth, elevation})
			seed := uint64(len(p.Coordinates))
			for e, sign := range []float64{-1, 1} { // later on the side away from the source
				h := make([]float64, taps)
				noise := stagetest.Signal{Seed: seed, Channels: 2}
				for k := range h {
					h[k] = noise.At(int64(k), e) * kernel.Exp(-float64(k)/20)
				}
				delay := 3 + 2*sign*d.Y + 1e-3*float64(seed)
				if e == 0 {
					p.Left, p.LeftDelay = append(p.Left, h), append(p.LeftDelay, delay)
				} else {
					p.Right, p.RightDelay = append(p.Right, h), append(p.RightDelay, delay)
				}
			}
		}
	}
	if !delays {
		p.LeftDelay, p.RightDelay = nil, nil
	}
	s, err := NewSet(p)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// noise is a sound of test noise at 8,192 Hz.
func noise(t testing.TB, frames int64, channels int) *sound.Sound {
	t.Helper()
	src, err := stagetest.NewStream(stagetest.Signal{Frames: frames, Channels: channels, Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	s, err := sound.Collect(context.Background(), src)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func collect(t testing.TB, s stages.Stage) *sound.Sound {
	t.Helper()
	x, err := sound.Collect(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// convolved is the direct sum Σ h_k·x_(t-k), with a whole delay [samples], as long as x.
func convolved(x, h []float64, delay int) []float64 {
	y := make([]float64, len(x))
	for t := range y {
		for k := range h {
			if i := t - k - delay; i >= 0 {
				y[t] += h[k] * x[i]
			}
		}
	}
	return y
}

// equal holds a channel of a sound against values.
func equal(t *testing.T, what string, s *sound.Sound, channel int, want []float64, tolerance float64) {
	t.Helper()
	got, err := s.Channel(channel)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(want) {
		t.Fatalf("%s: channel %d has %d frames, want %d", what, channel, len(got), len(want))
	}
	worst, peak, at := 0.0, 0.0, 0
	for i := range want {
		if d := math.Abs(got[i] - want[i]); d > worst || math.IsNaN(d) {
			worst, at = d, i
		}
		peak = max(peak, math.Abs(want[i]))
	}
	if !(worst <= tolerance*peak) {
		t.Errorf("%s: channel %d: max |Δ| %.3g at frame %d, max |want| %.3g: allowed %.3g of it", what, channel, worst, at, peak, tolerance)
	}
}

func channel(t testing.TB, s *sound.Sound, c int) []float64 {
	t.Helper()
	x, err := s.Channel(c)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func ExampleHRTF_Apply() {
	h := HRTF{Left: []float64{1, 0, 0}, Right: []float64{0, 0, 0.5}, Rate: 44100}
	click, err := sound.New(44100, []float64{0, 1, 0, 0, 0})
	if err != nil {
		fmt.Println(err)
	}
	ears, err := h.Apply(context.Background(), click)
	if err != nil {
		fmt.Println(err)
		return
	}
	for i := range ears.Len() {
		fmt.Println(ears.At(i, 0), ears.At(i, 1))
	}
	// Output:
	// 0 0
	// 1 0
	// 0 0
	// 0 0.5
	// 0 0
}

func TestFilterEqualsTheDirectSum(t *testing.T) {
	for _, taps := range []int{1, 5, 64, 100, 512, 700} {
		set := artificial(t, taps, false)
		h := set.At(17)
		h.Delay = [2]float64{3, 0}
		mono := noise(t, 1500, 1)
		ears, err := h.Apply(context.Background(), mono)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, fmt.Sprint(taps, " taps"), ears, 0, convolved(channel(t, mono, 0), h.Left, 3), toleranceDirect)
		equal(t, fmt.Sprint(taps, " taps"), ears, 1, convolved(channel(t, mono, 0), h.Right, 0), toleranceDirect)
		stereo := noise(t, 1500, 2)
		f, err := NewFilter(stereo, FilterParams{HRTF: h})
		if err != nil {
			t.Fatal(err)
		}
		ears = collect(t, f)
		equal(t, fmt.Sprint(taps, " taps, stereo"), ears, 0, convolved(channel(t, stereo, 0), h.Left, 3), toleranceDirect)
		equal(t, fmt.Sprint(taps, " taps, stereo"), ears, 1, convolved(channel(t, stereo, 1), h.Right, 0), toleranceDirect)
	}
}

// The first frame out needs the first frame in and no other.
func TestFilterLooksNowhereAhead(t *testing.T) {
	h := HRTF{Left: make([]float64, 512), Right: make([]float64, 512), Rate: 8192}
	h.Left[0], h.Right[511] = 3, 1
	src := stagetest.NewSource(stagetest.Signal{Frames: 1000, Fail: context.DeadlineExceeded, FailAt: 1})
	f, err := NewFilter(src, FilterParams{HRTF: h})
	if err != nil {
		t.Fatal(err)
	}
	x, err := f.Fetch(context.Background(), 0, 1)
	if err != nil || x.N != 1 || x.At(0, 0) != 3*(stagetest.Signal{Frames: 1000}).At(0, 0) {
		t.Errorf("%v, %v: want 3 times the first frame", x.Data, err)
	}
}

func TestFilterConforms(t *testing.T) {
	set := artificial(t, 200, true)
	for _, channels := range []int{1, 2} {
		stagetest.Run(t, stagetest.Recipe{
			Inputs: []stagetest.Signal{{Channels: channels}},
			Build: func(in []stages.Stage, r stages.Range) ([]stages.Node, error) {
				return stagetest.Nodes(NewFilter(in[0], FilterParams{HRTF: set.At(3), Channels: r}))
			},
			Sliced: true, Period: 128,
		})
	}
}

// A delay is room in front of a response; half a sample is a sinc.
func TestDelaysBecomePartOfResponses(t *testing.T) {
	h := HRTF{Left: []float64{1, 2}, Right: []float64{4, 5}, Rate: 1, Delay: [2]float64{40.5, 3}}
	f := h.Flat()
	if len(f.Left) != 2+40+32 || len(f.Right) != len(f.Left) {
		t.Fatalf("%d and %d taps, want 74", len(f.Left), len(f.Right))
	}
	for k, x := range f.Right {
		want := 0.0
		if k == 3 || k == 4 {
			want = h.Right[k-3]
		}
		if x != want {
			t.Errorf("tap %d of the right ear is %g, want %g", k, x, want)
		}
	}
	for k, x := range f.Left {
		want := 0.0
		for i, a := range h.Left {
			u := float64(k-i) - 40.5 // how far after the moment of the tap
			if u > -33 && u < 31 {
				want += a * (0.54 + 0.46*math.Cos(2*math.Pi*(u+0.5)/64)) * math.Sin(math.Pi*u) / (math.Pi * u)
			}
		}
		if math.Abs(x-want) > 1e-14 {
			t.Errorf("tap %d of the left ear is %g, want %g", k, x, want)
		}
	}
	// The gain at 0 and at a third of the rate is that of the response without the delay.
	for _, turn := range []float64{0, 1. / 3} {
		var re, im, re0, im0 float64
		for k, x := range f.Left {
			re, im = re+x*math.Cos(2*math.Pi*turn*float64(k)), im-x*math.Sin(2*math.Pi*turn*float64(k))
		}
		for k, x := range h.Left {
			re0, im0 = re0+x*math.Cos(2*math.Pi*turn*float64(k)), im0-x*math.Sin(2*math.Pi*turn*float64(k))
		}
		if g := math.Hypot(re, im) / math.Hypot(re0, im0); math.Abs(g-1) > 0.01 {
			t.Errorf("gain at %g of the rate is %g", turn, g)
		}
	}
	if g := (HRTF{Left: []float64{1}, Right: []float64{1}, Rate: 1}).Flat(); len(g.Left) != 1 {
		t.Errorf("%d taps without delays, want 1", len(g.Left))
	}
}

func TestImpossibleFiltersAreRefused(t *testing.T) {
	h := HRTF{Left: []float64{1}, Right: []float64{1}, Rate: 44100}
	src := stagetest.NewSource(stagetest.Signal{Frames: 10})
	_, err := NewFilter(nil, FilterParams{HRTF: h})
	refused(t, err, "hrtf.apply: the source is missing")
	_, err = NewFilter(src, FilterParams{HRTF: h})
	refused(t, err, "hrtf.apply: ", "8192 Hz", "44100 Hz", "equal rates")
	h.Rate = 8192
	_, err = NewFilter(stagetest.NewSource(stagetest.Signal{Frames: 10, Channels: 3}), FilterParams{HRTF: h})
	refused(t, err, "hrtf.apply: ", "3", "1 or 2")
	_, err = NewFilter(src, FilterParams{HRTF: HRTF{Left: []float64{1}, Right: []float64{1, 2}, Rate: 8192}})
	refused(t, err, "1 taps for the left ear and 2 for the right")
	_, err = h.Apply(context.Background(), noise(t, 10, 2))
	refused(t, err, "a sound of 2 channels: want 1")
}
