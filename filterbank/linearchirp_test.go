package filterbank

import (
	"context"
	"fmt"
	"math"
	"math/cmplx"
	"strings"
	"testing"

	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

// referenceChirps are the parameters of the reference vectors.
func referenceChirps(t *testing.T) LinearChirpParams {
	return LinearChirpParams{
		CF: some(load(t, "erbspace_20_20k_32").data), TimeConstant: some(linspace(3e-3, 0.3e-3, 32)),
		Sweep: some(linspace(-2500, 3000, 32)), Phase: some(linspace(0, 1, 32)),
	}
}

func TestChirpTapsEqualTheReference(t *testing.T) {
	for name, design := range map[string]func(float64, LinearChirpParams) ([][]float64, error){
		"linear_gammachirp.ir": DesignLinearGammachirp, "linear_gaborchirp.ir": DesignLinearGaborchirp,
	} {
		t.Run(name, func(t *testing.T) {
			got, err := design(44100, referenceChirps(t))
			if err != nil {
				t.Fatal(err)
			}
			want := load(t, name)
			taps := want.shape[1]
			a, b := stages.MakeFrames(taps, 4), stages.MakeFrames(taps, 4)
			for c, h := range got {
				if len(h) != taps {
					t.Fatalf("channel %d: %d taps, want %d", c, len(h), taps)
				}
				for i := range h {
					a.Row(i)[c], b.Row(i)[c] = h[i], want.data[c*taps+i]
				}
			}
			compare(t, a, b, toleranceTaps, toleranceTaps)
		})
	}
}

func ExampleNewLinearGaborchirp() {
	click, err := stagetest.NewStream(stagetest.Signal{Rate: 1000, Frames: 12, Value: func(at int64, _ int) float64 { return float64(1 - min(at, 1)) }})
	if err != nil {
		fmt.Println(err)
	}
	// The answer to a click is the response: an envelope of 12 taps, largest at tap 6, with a tone of a quarter of the rate.
	bank, err := NewLinearGaborchirp(click, LinearChirpParams{CF: []float64{250}, TimeConstant: []float64{1e-3}, Sweep: []float64{0}})
	if err != nil {
		fmt.Println(err)
	}
	f, err := bank.Fetch(context.Background(), 0, 12)
	for i := 4; i <= 8; i += 2 {
		fmt.Printf("%.3f ", f.At(i, 0))
	}
	fmt.Println(err)
	// Output: -0.326 0.887 -0.326 <nil>
}

func ExampleNewLinearGammachirp() {
	click, err := stagetest.NewStream(stagetest.Signal{Rate: 1000, Frames: 15, Value: func(at int64, _ int) float64 { return float64(1 - min(at, 1)) }})
	if err != nil {
		fmt.Println(err)
	}
	bank, err := NewLinearGammachirp(click, LinearChirpParams{CF: []float64{1e-9}, TimeConstant: []float64{1e-3}, Sweep: []float64{0}})
	if err != nil {
		fmt.Println(err)
	}
	// At 0 Hz the envelope is left, (n/1)³·exp(-n), which is largest after three time constants.
	f, err := bank.Fetch(context.Background(), 0, 15)
	for i := range 6 {
		fmt.Printf("%.3f ", f.At(i, 0))
	}
	fmt.Println(err)
	// Output: 0.000 0.061 0.180 0.224 0.195 0.140 <nil>
}

func TestLinearChirpsEqualTheReference(t *testing.T) {
	in := load(t, "input").frames()
	gamma, err := NewLinearGammachirp(memory(t, 44100, in), referenceChirps(t))
	if err != nil {
		t.Fatal(err)
	}
	gabor, err := NewLinearGaborchirp(memory(t, 44100, in), referenceChirps(t))
	if err != nil {
		t.Fatal(err)
	}
	for name, bank := range map[string]stages.Stage{"linear_gammachirp": gamma, "linear_gaborchirp": gabor} {
		t.Run(name, func(t *testing.T) {
			compare(t, collect(t, bank), load(t, name).frames(), toleranceTaps, toleranceTaps)
		})
	}
}

// One filter serves all channels of the source; several need as many.
func TestOneChirpServesAllChannels(t *testing.T) {
	p := LinearChirpParams{CF: []float64{500}, TimeConstant: []float64{1e-3}}
	in := load(t, "input").frames()
	three := stages.MakeFrames(in.N, 3)
	for i := range in.N {
		for c := range 3 {
			three.Row(i)[c] = float64(c+1) * in.At(i, 0)
		}
	}
	bank, err := NewLinearGammachirp(memory(t, 44100, three), p)
	if err != nil {
		t.Fatal(err)
	}
	one, err := NewLinearGammachirp(memory(t, 44100, in), p)
	if err != nil {
		t.Fatal(err)
	}
	all := collect(t, bank)
	compare(t, all.Range(0, 1), collect(t, one), 0, 0)
	if all.Channels != 3 {
		t.Errorf("%d channels, want 3", all.Channels)
	}
	p.CF = []float64{500, 600}
	if _, err := NewLinearGammachirp(memory(t, 44100, three), p); err == nil || !strings.Contains(err.Error(), "has 3 channels: want 1 or 2") {
		t.Errorf("two filters on three channels: %v", err)
	}
}

func TestLinearChirpsConform(t *testing.T) {
	p := LinearChirpParams{CF: []float64{200, 500, 1500}, TimeConstant: []float64{1e-3, 2e-3, 0.5e-3}, Sweep: []float64{1000}}
	banks := map[string]func(src stages.Stage, p LinearChirpParams) ([]stages.Node, error){
		"gamma": func(src stages.Stage, p LinearChirpParams) ([]stages.Node, error) {
			return stagetest.Nodes(NewLinearGammachirp(src, p))
		},
		"gabor": func(src stages.Stage, p LinearChirpParams) ([]stages.Node, error) {
			return stagetest.Nodes(NewLinearGaborchirp(src, p))
		},
	}
	for name, build := range banks {
		t.Run(name, func(t *testing.T) {
			stagetest.Run(t, stagetest.Recipe{
				Inputs: []stagetest.Signal{{Channels: 1}},
				Build: func(in []stages.Stage, r stages.Range) ([]stages.Node, error) {
					p := p
					p.Channels = r
					return build(in[0], p)
				},
				Sliced: true, Period: 1024,
			})
		})
	}
}

// Length, largest taps and peaks of the spectra of ten responses t³·exp(-t/τ)·cos(2π·f·t), whose phase is 0 at the first tap:
// those of the example "linear_gammachirp" of Brian Hears but for the phase.
func TestLinearGammachirpHasThePublishedShape(t *testing.T) {
	cf, err := ERBSpace(100, 1000, 10)
	if err != nil {
		t.Fatal(err)
	}
	phase := make([]float64, len(cf))
	for c, f := range cf {
		phase[c] = 2 * math.Pi * f * 3 * 3e-3
	}
	responses, err := DesignLinearGammachirp(44100, LinearChirpParams{CF: cf, TimeConstant: linspace(3e-3, 0.3e-3, 10), Sweep: []float64{0}, Phase: phase})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct {
		channel, largest int
		peak             float64
	}{{0, 438, 99.93}, {4, 244, 362.03}, {9, 44, 997.93}} {
		h := responses[want.channel]
		if len(h) != 1985 {
			t.Errorf("%d taps, want 1985", len(h))
		}
		largest, sum := 0, 0.0
		for i, x := range h {
			sum += math.Abs(x)
			if math.Abs(x) > math.Abs(h[largest]) {
				largest = i
			}
		}
		// The peaks were found on a grid of 0.17 Hz.
		peak, at := 0.0, 0.0
		for f := want.peak - 3; f < want.peak+3; f += 0.02 {
			var sum complex128
			turn, z := cmplx.Exp(complex(0, -2*math.Pi*f/44100)), complex(1, 0)
			for _, x := range h {
				sum += complex(x, 0) * z
				z *= turn
			}
			if g := cmplx.Abs(sum); g > peak {
				peak, at = g, f
			}
		}
		if largest != want.largest || math.Abs(at-want.peak) > 0.17 || math.Abs(sum-1) > 1e-12 {
			t.Errorf("channel %d: largest tap %d, peak at %v Hz, sum of magnitudes %v, want %d, %v Hz, 1", want.channel, largest, at, sum, want.largest, want.peak)
		}
	}
}

// The frequency of a chirp is f at time 0 and changes by c per second: seen in the zero crossings of a gaborchirp.
func TestChirpsSweepThroughTheirFrequency(t *testing.T) {
	const rate, f, sweep = 1e6, 2000.0, 200000.0
	responses, err := DesignLinearGaborchirp(rate, LinearChirpParams{CF: []float64{f}, TimeConstant: []float64{1e-3}, Sweep: []float64{sweep}})
	if err != nil {
		t.Fatal(err)
	}
	var crossings []float64
	power, h := 0.0, responses[0]
	for i, x := range h {
		power += x * x
		if i > 0 && (x < 0) != (h[i-1] < 0) {
			crossings = append(crossings, -6e-3+(float64(i-1)+h[i-1]/(h[i-1]-x))/rate)
		}
	}
	if math.Abs(power-1) > 1e-12 || len(h) != 12000 {
		t.Errorf("%d taps, power %v, want 12000 and 1", len(h), power)
	}
	seen := 0
	for i := 1; i < len(crossings); i++ {
		middle := (crossings[i] + crossings[i-1]) / 2
		if math.Abs(middle) > 2e-3 {
			continue
		}
		seen++
		got := 0.5 / (crossings[i] - crossings[i-1])
		if want := f + sweep*middle; math.Abs(got/want-1) > 0.01 {
			t.Errorf("%g Hz at %g s, want %g Hz", got, middle, want)
		}
	}
	if seen < 10 {
		t.Errorf("%d half-waves", seen)
	}
}

func TestImpossibleChirpsAreRefused(t *testing.T) {
	one := []float64{1000}
	ms := []float64{1e-3}
	for _, c := range []struct {
		p    LinearChirpParams
		want string
	}{
		{LinearChirpParams{}, "no centre frequencies"},
		{LinearChirpParams{CF: one}, "no time constants"},
		{LinearChirpParams{CF: []float64{1000, 22050}, TimeConstant: ms}, "channel 1: centre frequency 22050 Hz"},
		{LinearChirpParams{CF: one, TimeConstant: []float64{-1}}, "channel 0: time constant -1 s: want a positive number"},
		{LinearChirpParams{CF: one, TimeConstant: []float64{3}}, "time constant 3 s: 1984500 taps: want at most 1048576"},
		{LinearChirpParams{CF: one, TimeConstant: []float64{1e-9}}, "the response has no taps that are not zero"},
		{LinearChirpParams{CF: one, TimeConstant: ms, Sweep: []float64{math.NaN()}}, "channel 0: sweep NaN Hz/s"},
		{LinearChirpParams{CF: one, TimeConstant: ms, Phase: []float64{1, 2}}, "2 values of phase for one channel: want 1"},
	} {
		if _, err := DesignLinearGammachirp(44100, c.p); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %q does not say %q", err, c.want)
		}
	}
}
