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

func ExampleNewApproximateGammatone() {
	click, err := stagetest.NewStream(stagetest.Signal{Rate: 1000, Frames: 5, Value: func(at int64, _ int) float64 { return float64(1 - min(at, 1)) }})
	if err != nil {
		fmt.Println(err)
	}
	// At a quarter of the rate cos θ = 0: one section is g/(1 + E²·z^-2), with E² = 1/4 and g = 1 - E² for this bandwidth.
	bank, err := NewApproximateGammatone(click, ApproximateGammatoneParams{
		CF: []float64{250}, Bandwidth: []float64{1000 * math.Ln2 / (2 * math.Pi)}, Order: 1,
	})
	if err != nil {
		fmt.Println(err)
	}
	f, err := bank.Fetch(context.Background(), 0, 5)
	fmt.Printf("%.4f %.4f %.4f %.4f %.4f %v\n", f.At(0, 0), math.Abs(f.At(1, 0)), f.At(2, 0), math.Abs(f.At(3, 0)), f.At(4, 0), err)
	// Output: 0.7500 0.0000 -0.1875 0.0000 0.0469 <nil>
}

// decayRates are the bandwidths of the reference and of the example "approximate_gammatone" of Brian Hears.
func decayRates(cf []float64) []float64 {
	bw := make([]float64, len(cf))
	for c, f := range cf {
		bw[c] = math.Pow(10, 0.037+0.785*math.Log10(f))
	}
	return bw
}

func approximate(t *testing.T) map[string]ApproximateGammatoneParams {
	cf := some(load(t, "erbspace_20_20k_32").data)
	return map[string]ApproximateGammatoneParams{
		"approx_gammatone": {CF: cf, Bandwidth: decayRates(cf), Order: 3}, "approx_gammatone_o4": {CF: cf, Bandwidth: decayRates(cf)},
	}
}

func TestApproximateGammatoneEqualsTheReference(t *testing.T) {
	in := load(t, "input").frames()
	for name, p := range approximate(t) {
		t.Run(name, func(t *testing.T) {
			bank, err := NewApproximateGammatone(memory(t, 44100, in), p)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, collect(t, bank), load(t, name).frames(), toleranceOutput, toleranceChannel)
			got, err := DesignApproximateGammatone(44100, p)
			if err != nil {
				t.Fatal(err)
			}
			compareCoefficients(t, got, stored(t, name), func(int) float64 { return toleranceNormaliser })
		})
	}
}

// Bandwidths, coefficients, peaks and points 3 dB below the peak of three sections at 100 Hz and 1 kHz.
func TestApproximateGammatoneHasThePublishedShape(t *testing.T) {
	cf := []float64{100, 1000}
	bw := decayRates(cf)
	c, err := DesignApproximateGammatone(44100, ApproximateGammatoneParams{CF: cf, Bandwidth: bw, Order: 3})
	if err != nil {
		t.Fatal(err)
	}
	one, err := DesignApproximateGammatone(44100, ApproximateGammatoneParams{CF: cf, Bandwidth: bw, Order: 1})
	if err != nil {
		t.Fatal(err)
	}
	for ch, want := range []struct{ bw, b0, b1, a1, a2, peak, at, low, high float64 }{
		{40.4576, 0.01084527, -0.01078184, -1.98830288, 0.98853774, 1.0333, 106, 87, 128},
		{246.6039, 0.06646695, -0.06352195, -1.91138453, 0.93214191, 1.0156, 1025, 906, 1157},
	} {
		b, a, err := c.Section(ch, 2)
		if err != nil {
			t.Fatal(err)
		}
		for i, d := range []float64{(bw[ch] - want.bw) / 1e-4, (b[0] - want.b0) / 1e-8, (b[1] - want.b1) / 1e-8, (a[1] - want.a1) / 1e-8, (a[2] - want.a2) / 1e-8} {
			if math.Abs(d) > 1 {
				t.Errorf("channel %d, number %d is off by %g of its last digits: bandwidth %v, b %v, a %v", ch, i, d, bw[ch], b, a)
			}
		}
		gain := func(c *Coefficients, f float64) float64 {
			h, err := c.Response(ch, f, 44100)
			if err != nil {
				t.Fatal(err)
			}
			return cmplx.Abs(h)
		}
		if g := gain(c, cf[ch]); math.Abs(g-1) > 1e-12 {
			t.Errorf("channel %d: gain %v at the centre frequency, want 1", ch, g)
		}
		var peak, at, low, high float64
		for f := cf[ch] / 2; f < 2*cf[ch]; f += cf[ch] / 1000 {
			g := gain(c, f)
			if cube := math.Pow(gain(one, f), 3); math.Abs(g-cube) > 1e-12*g {
				t.Fatalf("channel %d at %g Hz: gain %v of three sections, %v of one cubed", ch, f, g, cube)
			}
			if g > peak {
				peak, at = g, f
			}
		}
		for f := cf[ch] / 2; f < 2*cf[ch]; f += cf[ch] / 1000 {
			if gain(c, f) >= peak*math.Sqrt(0.5) {
				if low == 0 {
					low = f
				}
				high = f
			}
		}
		if math.Abs(peak-want.peak) > 1e-4 || math.Abs(at/want.at-1) > 0.005 || math.Abs(low/want.low-1) > 0.005 || math.Abs(high/want.high-1) > 0.005 {
			t.Errorf("channel %d: peak %v at %v Hz, -3 dB at %v and %v Hz, want %+v", ch, peak, at, low, high, want)
		}
	}
}

func TestApproximateGammatoneConforms(t *testing.T) {
	cf := []float64{100, 400, 1000, 2500, 4000}
	for _, channels := range []int{1, 5} {
		t.Run(fmt.Sprintf("source of %d", channels), func(t *testing.T) {
			stagetest.Run(t, stagetest.Recipe{
				Inputs: []stagetest.Signal{{Channels: channels}},
				Build: func(in []stages.Stage, r stages.Range) ([]stages.Node, error) {
					return stagetest.Nodes(NewApproximateGammatone(in[0], ApproximateGammatoneParams{CF: cf, Bandwidth: decayRates(cf), Order: 3, Channels: r}))
				},
				Sliced: true, Period: kernel.FlushInterval,
			})
		})
	}
}

func TestImpossibleApproximateGammatonesAreRefused(t *testing.T) {
	src := stagetest.NewSource(stagetest.Signal{Rate: 44100, Frames: 10})
	two := []float64{100, 200}
	for _, c := range []struct {
		p    ApproximateGammatoneParams
		want string
	}{
		{ApproximateGammatoneParams{}, "filterbank.approximate_gammatone: no centre frequencies"},
		{ApproximateGammatoneParams{CF: two}, "no bandwidths"},
		{ApproximateGammatoneParams{CF: []float64{100, 22050}, Bandwidth: two}, "channel 1: centre frequency 22050 Hz: want above 0 Hz and below half the rate, 22050 Hz"},
		{ApproximateGammatoneParams{CF: []float64{math.NaN()}, Bandwidth: []float64{1}}, "channel 0: centre frequency NaN Hz"},
		{ApproximateGammatoneParams{CF: two, Bandwidth: []float64{1, -1}}, "channel 1: bandwidth -1 Hz: want a positive number"},
		{ApproximateGammatoneParams{CF: two, Bandwidth: []float64{math.NaN()}}, "channel 0: bandwidth NaN Hz"},
		{ApproximateGammatoneParams{CF: two, Bandwidth: []float64{1, 2, 3}}, "3 values of bandwidth for 2 channels: want 1 or 2"},
		{ApproximateGammatoneParams{CF: two, Bandwidth: two, Order: -1}, "order -1: want 1 to 64"},
		{ApproximateGammatoneParams{CF: two, Bandwidth: two, Channels: rangeOf(1, 3)}, "channels 1:3"},
	} {
		if _, err := NewApproximateGammatone(src, c.p); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %q does not say %q", err, c.want)
		}
	}
	if _, err := NewApproximateGammatone(nil, ApproximateGammatoneParams{CF: two, Bandwidth: two}); err == nil {
		t.Error("a missing source was accepted")
	}
}
