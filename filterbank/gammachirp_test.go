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

func ExampleNewAsymmetricCompensation() {
	tone := func(f float64) stages.Stage {
		s, err := stagetest.NewStream(stagetest.Signal{
			Rate: 44100, Frames: 44100, Value: func(at int64, _ int) float64 { return kernel.Sin(2 * math.Pi * f * float64(at) / 44100) },
		})
		if err != nil {
			fmt.Println(err)
		}
		return s
	}
	// A negative chirp factor makes low frequencies stronger and high ones weaker; 1 kHz passes as it is.
	for _, f := range []float64{500, 1000, 2000} {
		bank, err := NewAsymmetricCompensation(tone(f), AsymmetricCompensationParams{CF: []float64{1000}, B: []float64{1.81}, C: []float64{-2.96}})
		if err != nil {
			fmt.Println(err)
		}
		out, err := bank.Fetch(context.Background(), 0, 44100)
		peak := 0.0
		for i := 40000; i < 44100; i++ {
			peak = max(peak, math.Abs(out.At(i, 0)))
		}
		fmt.Printf("%.2f %v\n", peak, err)
	}
	// Output:
	// 28.45 <nil>
	// 1.00 <nil>
	// 0.02 <nil>
}

func ExampleNewLogGammachirp() {
	src, err := stagetest.NewStream(stagetest.Signal{Rate: 44100, Frames: 10})
	if err != nil {
		fmt.Println(err)
	}
	bank, err := NewLogGammachirp(src, LogGammachirpParams{CF: []float64{1000}, B: []float64{1.81}, C: []float64{-2.96}})
	if err != nil {
		fmt.Println(err)
	}
	// The filter is strongest below the frequency of its gammatone, near 1000 - 2.96·1.81·132.6/4 = 822 Hz.
	peak, at := 0.0, 0.0
	for f := 500.0; f < 1500; f++ {
		h, err := bank.Coefficients().Response(0, f, 44100)
		if err != nil {
			fmt.Println(err)
		}
		if g := cmplx.Abs(h); g > peak {
			peak, at = g, f
		}
	}
	fmt.Printf("%.2f at %.0f Hz\n", peak, at)
	// Output: 2.68 at 804 Hz
}

func TestAsymmetricCompensationEqualsTheReference(t *testing.T) {
	in, cf := load(t, "input").frames(), some(load(t, "erbspace_20_20k_32").data)
	for name, p := range map[string]AsymmetricCompensationParams{
		"asym_comp": {CF: cf}, "asym_comp_dcgc": {CF: cf, B: []float64{2.17}, C: []float64{2.2}},
	} {
		t.Run(name, func(t *testing.T) {
			bank, err := NewAsymmetricCompensation(memory(t, 44100, in), p)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, collect(t, bank), load(t, name).frames(), toleranceCompensation, toleranceChannel)
			compareCoefficients(t, bank.Coefficients(), stored(t, name), func(int) float64 { return toleranceNormaliser })
		})
	}
}

func TestLogGammachirpEqualsTheReference(t *testing.T) {
	in, cf := load(t, "input").frames(), some(load(t, "erbspace_20_20k_32").data)
	for name, p := range map[string]LogGammachirpParams{
		"log_gammachirp": {CF: cf, B: []float64{1.019}, C: some(linspace(-2, 2, 32))}, "log_gammachirp_dflt": {CF: cf},
	} {
		t.Run(name, func(t *testing.T) {
			bank, err := NewLogGammachirp(memory(t, 44100, in), p)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, collect(t, bank), load(t, name).frames(), toleranceOutput, toleranceChannel)
			got, err := DesignLogGammachirp(44100, p)
			if err != nil {
				t.Fatal(err)
			}
			compareCoefficients(t, got, stored(t, name), func(section int) float64 {
				if section == 0 {
					return toleranceStoredGain
				}
				return toleranceNormaliser
			})
		})
	}
}

// The bank is a gammatone followed by a compensation, with any number of sections.
func TestLogGammachirpIsGammatoneAndCompensation(t *testing.T) {
	in := memory(t, 44100, load(t, "input").frames())
	cf, b, c := []float64{100, 500, 3000}, []float64{1.81}, []float64{-2.96, 0.5, 2}
	for _, sections := range []int{1, 3, 4, 7} {
		bank, err := NewLogGammachirp(in, LogGammachirpParams{CF: cf, B: b, C: c, Sections: sections})
		if err != nil {
			t.Fatal(err)
		}
		tone, err := NewGammatone(in, GammatoneParams{CF: cf, B: b})
		if err != nil {
			t.Fatal(err)
		}
		tilt, err := NewAsymmetricCompensation(tone, AsymmetricCompensationParams{CF: cf, B: b, C: c, Sections: sections})
		if err != nil {
			t.Fatal(err)
		}
		compare(t, collect(t, bank), collect(t, tilt), 0, 0)
		if n := bank.Coefficients().Sections(); n != 4+sections {
			t.Errorf("%d sections, want %d", n, 4+sections)
		}
	}
}

// Without a chirp the compensation does nothing.
func TestWithoutChirpTheGammachirpIsTheGammatone(t *testing.T) {
	in := memory(t, 44100, load(t, "input").frames())
	cf := load(t, "erbspace_20_20k_32").data
	bank, err := NewLogGammachirp(in, LogGammachirpParams{CF: cf, C: []float64{0}})
	if err != nil {
		t.Fatal(err)
	}
	tone, err := NewGammatone(in, GammatoneParams{CF: cf})
	if err != nil {
		t.Fatal(err)
	}
	compare(t, collect(t, bank), collect(t, tone), 1e-12, 1e-11)
}

// Peaks of the passive gammachirp of Irino and Patterson at 100, 500 and 1000 Hz, in frequency and height, and the
// theory of its peak, f + c·b·ERB(f)/4.
func TestGammachirpHasThePublishedPeaks(t *testing.T) {
	cf, b, c := []float64{100, 500, 1000}, 1.81, -2.96
	h, err := DesignLogGammachirp(44100, LogGammachirpParams{CF: cf, B: []float64{b}, C: []float64{c}})
	if err != nil {
		t.Fatal(err)
	}
	for ch, want := range []struct{ at, gain, theory float64 }{{51, 2.72, 52.5}, {383, 2.73, 394.6}, {804, 2.68, 822.3}} {
		peak, at := 0.0, 0.0
		for f := cf[ch] / 4; f < 2*cf[ch]; f += cf[ch] / 1000 {
			r, err := h.Response(ch, f, 44100)
			if err != nil {
				t.Fatal(err)
			}
			if g := cmplx.Abs(r); g > peak {
				peak, at = g, f
			}
		}
		if math.Abs(at/want.at-1) > 0.005 || math.Abs(peak-want.gain) > 0.006 {
			t.Errorf("%g Hz: peak %v at %v Hz, want %v at %v Hz", cf[ch], peak, at, want.gain, want.at)
		}
		erb := 24.7 * (0.00437*cf[ch] + 1)
		if theory := cf[ch] + c*b*erb/4; math.Abs(theory-want.theory) > 0.05 || math.Abs(at/theory-1) > 0.04 {
			t.Errorf("%g Hz: peak at %v Hz, theory %v Hz, want %v Hz", cf[ch], at, theory, want.theory)
		}
	}
}

func TestCompensationHasGainOneAtItsFrequency(t *testing.T) {
	cf, err := ERBSpace(20, 20000, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []float64{-2.96, 1, 5.9} {
		for _, rate := range []float64{44100, 96000} {
			h, err := DesignAsymmetricCompensation(rate, AsymmetricCompensationParams{CF: cf, B: []float64{2.17}, C: []float64{c}})
			if err != nil {
				t.Fatal(err)
			}
			for ch, f := range cf {
				r, err := h.Response(ch, f, rate)
				if err != nil || math.Abs(cmplx.Abs(r)-1) > 1e-10 {
					t.Errorf("c = %g, rate %g Hz, channel %d (%g Hz): gain %v, %v", c, rate, ch, f, cmplx.Abs(r), err)
				}
			}
		}
	}
}

func TestGammachirpsConform(t *testing.T) {
	cf, b, c := []float64{100, 400, 1000, 2500, 4000}, []float64{1.81, 1, 1.2, 2, 1.1}, []float64{-2.96, 1, 0, 2, -1}
	banks := map[string]func(src stages.Stage, r stages.Range) ([]stages.Node, error){
		"compensation": func(src stages.Stage, r stages.Range) ([]stages.Node, error) {
			return stagetest.Nodes(NewAsymmetricCompensation(src, AsymmetricCompensationParams{CF: cf, B: b, C: c, Sections: 3, Channels: r}))
		},
		"gammachirp": func(src stages.Stage, r stages.Range) ([]stages.Node, error) {
			return stagetest.Nodes(NewLogGammachirp(src, LogGammachirpParams{CF: cf, B: b, C: c, Sections: 3, Channels: r}))
		},
	}
	for name, build := range banks {
		for _, channels := range []int{1, 5} {
			t.Run(fmt.Sprintf("%s, source of %d", name, channels), func(t *testing.T) {
				stagetest.Run(t, stagetest.Recipe{
					Inputs: []stagetest.Signal{{Channels: channels}},
					Build:  func(in []stages.Stage, r stages.Range) ([]stages.Node, error) { return build(in[0], r) },
					Sliced: true, Period: kernel.FlushInterval,
				})
			})
		}
	}
}

// A filter whose frequency is set before it runs is the filter made with it, in a bank and in a range of it.
func TestSetFrequencyOfCompensationIsThatOfTheConstructor(t *testing.T) {
	in := memory(t, 44100, load(t, "input").frames())
	p := AsymmetricCompensationParams{CF: []float64{150, 900, 3000}, B: []float64{1, 1.2, 2.17}, C: []float64{2.2, -1, 1}}
	want, err := NewAsymmetricCompensation(in, p)
	if err != nil {
		t.Fatal(err)
	}
	p.CF, p.Channels = []float64{1000, 1000, 1000}, rangeOf(1, 3)
	got, err := NewAsymmetricCompensation(in, p)
	if err != nil {
		t.Fatal(err)
	}
	for c, f := range []float64{1: 900, 2: 3000} {
		if c > 0 && got.SetCF(c, f) != nil {
			t.Fatal("refused")
		}
	}
	compare(t, collect(t, got), collect(t, want).Range(1, 3), 0, 0)
	if got.SetCF(0, 100) == nil || got.SetCF(3, 100) == nil || got.SetCF(1, 0) == nil || got.SetCF(1, 22050) == nil || got.SetCF(1, math.NaN()) == nil {
		t.Error("an impossible change was accepted")
	}
	if n := testing.AllocsPerRun(100, func() {
		if got.SetCF(1, 1234) != nil {
			t.Error("refused")
		}
	}); n != 0 {
		t.Errorf("%v allocations when a frequency changes", n)
	}
}

func TestImpossibleGammachirpsAreRefused(t *testing.T) {
	src := stagetest.NewSource(stagetest.Signal{Rate: 44100, Frames: 10})
	two := []float64{100, 200}
	for _, c := range []struct {
		p    LogGammachirpParams
		want string
	}{
		{LogGammachirpParams{}, "no centre frequencies"},
		{LogGammachirpParams{CF: []float64{100, 22050}}, "channel 1: centre frequency 22050 Hz: want above 0 Hz and below half the rate, 22050 Hz"},
		{LogGammachirpParams{CF: []float64{100, math.NaN()}}, "channel 1: centre frequency NaN Hz"},
		{LogGammachirpParams{CF: two, B: []float64{1, 12.65}}, "channel 1: bandwidth factor 12.65: want above 0 and below"},
		{LogGammachirpParams{CF: two, C: []float64{-6.05}}, "channel 0: chirp factor -6.05: want above -6.04 and below 6.04"},
		{LogGammachirpParams{CF: two, C: []float64{1, math.NaN()}}, "channel 1: chirp factor NaN"},
		{LogGammachirpParams{CF: two, C: []float64{1, 2, 3}}, "3 values of chirp factor for 2 channels: want 1 or 2"},
		{LogGammachirpParams{CF: two, Sections: -1}, "-1 sections: want 1 to 64"},
	} {
		if _, err := NewLogGammachirp(src, c.p); err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "filterbank.log_gammachirp: ") {
			t.Errorf("error %q does not say %q", err, c.want)
		}
		p := c.p.compensation()
		if _, err := NewAsymmetricCompensation(src, p); err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "filterbank.asymmetric_compensation: ") {
			t.Errorf("error %q does not say %q", err, c.want)
		}
	}
	if _, err := NewLogGammachirp(nil, LogGammachirpParams{CF: two}); err == nil {
		t.Error("a missing source was accepted")
	}
	if _, err := NewAsymmetricCompensation(nil, AsymmetricCompensationParams{CF: two}); err == nil {
		t.Error("a missing source was accepted")
	}
}
