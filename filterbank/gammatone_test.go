package filterbank

import (
	"context"
	"fmt"
	"math"
	"math/cmplx"
	"runtime"
	"slices"
	"strings"
	"testing"

	"hearpipe/internal/kernel"
	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

func ExampleNewGammatone() {
	tone, err := stagetest.NewStream(stagetest.Signal{
		Rate: 44100, Frames: 44100, Value: func(at int64, _ int) float64 { return kernel.Sin(2 * math.Pi * 1000 * float64(at) / 44100) },
	})
	if err != nil {
		fmt.Println(err)
	}
	bank, err := NewGammatone(tone, GammatoneParams{CF: []float64{500, 1000, 2000}})
	if err != nil {
		fmt.Println(err)
	}
	f, err := bank.Fetch(context.Background(), 0, 44100)
	// The peaks of the last tenth of a second: the channel at the tone's frequency has gain 1.
	var peak [3]float64
	for i := 44100 - 4410; i < 44100; i++ {
		for c := range peak {
			peak[c] = max(peak[c], math.Abs(f.At(i, c)))
		}
	}
	fmt.Printf("%.4f %.4f %.4f %v\n", peak[0], peak[1], peak[2], err)
	// The others follow the shape of the filter, (1 + ((f-CF)/(1.019 ERB(CF)))²)^-2.
	// Output: 0.0006 1.0000 0.0032 <nil>
}

// reference gives the three banks of the reference vectors.
func reference(t *testing.T) map[string]GammatoneParams {
	cf := load(t, "erbspace_20_20k_32").data
	b := make([]float64, 32)
	for i := range b {
		b[i] = 0.8 + float64(i)*(1.5-0.8)/31
	}
	return map[string]GammatoneParams{
		"gammatone": {CF: cf}, "gammatone_b": {CF: cf, B: b}, "gammatone_erb": {CF: cf, ERBOrder: 2, EarQ: 8, MinBandwidth: 20},
	}
}

func TestGammatoneEqualsTheReference(t *testing.T) {
	in := load(t, "input").frames()
	for name, p := range reference(t) {
		t.Run(name, func(t *testing.T) {
			bank, err := NewGammatone(memory(t, 44100, in), p)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, collect(t, bank), load(t, name).frames(), toleranceOutput, toleranceChannel)
		})
	}
}

func TestGammatoneDesignEqualsTheReference(t *testing.T) {
	for name, p := range reference(t) {
		t.Run(name, func(t *testing.T) {
			got, err := DesignGammatone(44100, p)
			if err != nil {
				t.Fatal(err)
			}
			compareCoefficients(t, got, stored(t, name), func(section int) float64 {
				if section == 0 {
					return toleranceStoredGain
				}
				return toleranceCoefficient
			})
		})
	}
}

// The two forms of the filter, that of the paper and that of the stage, differ by rounding only.
func TestGammatoneOfTheStageIsThatOfThePaper(t *testing.T) {
	in := load(t, "input").frames()
	for name, p := range reference(t) {
		t.Run(name, func(t *testing.T) {
			paper, err := DesignGammatone(44100, p)
			if err != nil {
				t.Fatal(err)
			}
			cascade, err := NewCascade(memory(t, 44100, in), CascadeParams{Coefficients: paper})
			if err != nil {
				t.Fatal(err)
			}
			bank, err := NewGammatone(memory(t, 44100, in), p)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, collect(t, bank), collect(t, cascade), toleranceRecursion, toleranceRecursionChannel)
			for _, c := range []int{0, 10, 31} {
				a, err := bank.Coefficients().Response(c, 777, 44100)
				if err != nil {
					t.Fatal(err)
				}
				b, err := paper.Response(c, 777, 44100)
				if err != nil || cmplx.Abs(a-b) > 1e-9*cmplx.Abs(b) {
					t.Errorf("channel %d at 777 Hz: %v in the stage, %v in the paper's form, %v", c, a, b, err)
				}
			}
		})
	}
}

func TestGainIsOneAtTheCentreFrequency(t *testing.T) {
	cf, err := ERBSpace(20, 20000, 200)
	if err != nil {
		t.Fatal(err)
	}
	for _, rate := range []float64{44100, 96000} {
		c, err := DesignGammatone(rate, GammatoneParams{CF: cf})
		if err != nil {
			t.Fatal(err)
		}
		for ch, f := range cf {
			h, err := c.Response(ch, f, rate)
			if err != nil || math.Abs(cmplx.Abs(h)-1) > 1e-9 {
				t.Errorf("rate %g Hz, channel %d (%g Hz): gain %v, %v", rate, ch, f, cmplx.Abs(h), err)
			}
		}
	}
}

// The equivalent rectangular bandwidth of the filter at 1 kHz, ∫|H|² over frequency: 132.692 Hz against an ERB of 132.639.
func TestBandwidthIsTheERB(t *testing.T) {
	c, err := DesignGammatone(44100, GammatoneParams{CF: []float64{1000}})
	if err != nil {
		t.Fatal(err)
	}
	const df = 0.5
	var width float64
	low, high := 0.0, 0.0 // -3 dB points
	for f := df / 2; f < 22050; f += df {
		h, err := c.Response(0, f, 44100)
		if err != nil {
			t.Fatal(err)
		}
		power := real(h)*real(h) + imag(h)*imag(h)
		width += power * df
		if power > 0.5 {
			if low == 0 {
				low = f
			}
			high = f
		}
	}
	if math.Abs(width-132.692) > 0.01 {
		t.Errorf("bandwidth %v Hz, want 132.692 Hz", width)
	}
	if math.Abs(low-942) > 1 || math.Abs(high-1058) > 1 {
		t.Errorf("-3 dB points %v and %v Hz, want 942 and 1058 Hz", low, high)
	}
}

func TestGammatoneConforms(t *testing.T) {
	p := GammatoneParams{CF: []float64{100, 400, 1000, 2500, 4000}, B: []float64{1, 1.1, 1.2, 0.9, 0.8}}
	for _, channels := range []int{1, 5} {
		t.Run(fmt.Sprintf("source of %d", channels), func(t *testing.T) {
			stagetest.Run(t, stagetest.Recipe{
				Inputs: []stagetest.Signal{{Channels: channels}},
				Build: func(in []stages.Stage, r stages.Range) ([]stages.Node, error) {
					p := p
					p.Channels = r
					return stagetest.Nodes(NewGammatone(in[0], p))
				},
				Sliced: true, Period: kernel.FlushInterval,
			})
		})
	}
}

// A bank whose centre frequencies follow its output must conform too: snapshots hold the frequencies that were set.
func TestControlledGammatoneConforms(t *testing.T) {
	for _, interval := range []int64{1, 16, 50} {
		t.Run(fmt.Sprintf("interval %d", interval), func(t *testing.T) { controlledGammatone(t, interval) })
	}
}

// controlledGammatone runs the suite on a bank whose frequencies follow its own output every so many frames.
func controlledGammatone(t *testing.T, interval int64) {
	stagetest.Run(t, stagetest.Recipe{
		Inputs:   []stagetest.Signal{{Channels: 1}},
		Channels: 3,
		Build: func(in []stages.Stage, _ stages.Range) ([]stages.Node, error) {
			bank, err := NewGammatone(in[0], GammatoneParams{CF: []float64{100, 1000, 3000}})
			if err != nil {
				return nil, err
			}
			update := stages.UpdaterFunc(func(at int64, in []stages.Frames) error {
				last := in[0].Row(in[0].N - 1)
				for c, x := range last {
					// Two thirds of the way to a frequency that depends on the sample: a function of what is kept in the bank.
					if x != x || math.IsInf(x, 0) {
						continue
					}
					if err := bank.SetCF(c, bank.CF(c)/3+1000*(1+kernel.Tanh(x))); err != nil {
						return err
					}
				}
				return nil
			})
			if _, err := stages.Control([]stages.Stage{bank}, []stages.Node{bank}, update, interval); err != nil {
				return nil, err
			}
			return []stages.Node{bank}, nil
		},
		Period: kernel.FlushInterval * interval,
	})
}

func TestImpossibleGammatonesAreRefused(t *testing.T) {
	src := stagetest.NewSource(stagetest.Signal{Rate: 44100, Frames: 10})
	nan := math.NaN()
	for _, c := range []struct {
		p    GammatoneParams
		want string
	}{
		{GammatoneParams{}, "filterbank.gammatone: no centre frequencies"},
		{GammatoneParams{CF: []float64{100, 22050}}, "filterbank.gammatone: channel 1: centre frequency 22050 Hz: want above 0 Hz and below half the rate, 22050 Hz"},
		{GammatoneParams{CF: []float64{0}}, "channel 0: centre frequency 0 Hz"},
		{GammatoneParams{CF: []float64{1, nan}}, "channel 1: centre frequency NaN Hz"},
		{GammatoneParams{CF: []float64{1, nan}, Channels: rangeOf(0, 1)}, "channel 1: centre frequency NaN Hz"},
		{GammatoneParams{CF: []float64{1, 2, 3}, B: []float64{1, 2}}, "2 bandwidth factors for 3 channels: want 1 or 3"},
		{GammatoneParams{CF: []float64{1, 2}, B: []float64{1, -2}}, "channel 1: bandwidth factor -2"},
		{GammatoneParams{CF: []float64{1, 2}, EarQ: nan}, "ear Q NaN"},
		{GammatoneParams{CF: []float64{1, 2}, ERBOrder: -1}, "ERB order -1"},
		{GammatoneParams{CF: []float64{1, 2}, Channels: rangeOf(1, 3)}, "channels 1:3"},
	} {
		if _, err := NewGammatone(src, c.p); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %q does not say %q", err, c.want)
		}
	}
	if _, err := NewGammatone(stagetest.NewSource(stagetest.Signal{Channels: 2, Frames: 10}), GammatoneParams{CF: []float64{1, 2, 3}}); err == nil ||
		!strings.Contains(err.Error(), "has 2 channels: want 1 or 3") {
		t.Errorf("source of 2 channels: %v", err)
	}
	bank, err := NewGammatone(src, GammatoneParams{CF: []float64{100, 200, 300}, Channels: rangeOf(1, 3)})
	if err != nil {
		t.Fatal(err)
	}
	if bank.SetCF(0, 100) == nil || bank.SetCF(3, 100) == nil || bank.SetCF(1, 30000) == nil {
		t.Error("an impossible change was accepted")
	}
	if err := bank.SetCF(2, 250); err != nil || bank.CF(2) != 250 || bank.CF(1) != 200 {
		t.Errorf("after SetCF(2, 250): %v, %v, %v", bank.CF(1), bank.CF(2), err)
	}
}

// A bank whose frequencies are set before it runs is the bank made with them.
func TestSetCentreFrequencyIsThatOfTheConstructor(t *testing.T) {
	in := memory(t, 44100, load(t, "input").frames())
	want, err := NewGammatone(in, GammatoneParams{CF: []float64{150, 900}, B: []float64{1, 1.2}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := NewGammatone(in, GammatoneParams{CF: []float64{1000, 1000}, B: []float64{1, 1.2}})
	if err != nil {
		t.Fatal(err)
	}
	for c, f := range []float64{150, 900} {
		if err := got.SetCF(c, f); err != nil {
			t.Fatal(err)
		}
	}
	compare(t, collect(t, got), collect(t, want), 0, 0)
}

// A bank of very many channels is computed in slices, each of which is given the params of the whole: what a slice
// allocates must not grow with the channels of the others.
func TestASliceOfManyChannelsIsSmall(t *testing.T) {
	src := stagetest.NewSource(stagetest.Signal{Rate: 44100, Frames: 10})
	cf, err := ERBSpace(20, 20000, 100_000)
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := NewGammatone(src, GammatoneParams{CF: cf, Channels: rangeOf(50_000, 50_008)}); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 100_000 {
		t.Errorf("8 channels of 100,000 allocate %d bytes", n)
	}
}

// Channels of a range keep their own bandwidth factors, also when their frequency is set later.
func TestARangeHasTheFactorsOfItsChannels(t *testing.T) {
	src := stagetest.NewSource(stagetest.Signal{Rate: 44100, Frames: 10})
	p := GammatoneParams{CF: []float64{100, 200, 300, 400}, B: []float64{1, 1.1, 1.2, 1.3}}
	whole, err := NewGammatone(src, p)
	if err != nil {
		t.Fatal(err)
	}
	p.Channels = rangeOf(2, 4)
	part, err := NewGammatone(src, p)
	if err != nil {
		t.Fatal(err)
	}
	for _, bank := range []*Gammatone{whole, part} {
		if err := bank.SetCF(3, 450); err != nil {
			t.Fatal(err)
		}
	}
	if w, h := whole.f.k, part.f.k; !slices.Equal(w.Gain[2:], h.Gain) || !slices.Equal(w.A[2:4], h.A[:2]) || !slices.Equal(w.A[6:], h.A[2:]) {
		t.Errorf("coefficients of channels 2:4: %v %v alone, %v %v in the whole", h.Gain, h.A, w.Gain[2:], w.A)
	}
}
