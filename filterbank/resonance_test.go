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

func ExampleNewResonance() {
	click, err := stagetest.NewStream(stagetest.Signal{Rate: 4000, Frames: 4, Value: func(at int64, _ int) float64 { return float64(1 - min(at, 1)) }})
	if err != nil {
		fmt.Println(err)
	}
	// At a quarter of the rate ω is π/2. This Q makes α = sinh(π/2·asinh(1/(2Q))) = 1, so that the poles are at 0 and the
	// filter is (1 - z^-2)/4.
	q := 1 / (2 * math.Sinh(math.Asinh(1)*2/math.Pi))
	r, err := NewResonance(click, ResonanceParams{CF: []float64{1000}, Q: []float64{q}})
	if err != nil {
		fmt.Println(err)
	}
	f, err := r.Fetch(context.Background(), 0, 4)
	fmt.Printf("%.4f %.4f %.4f %v\n", f.At(0, 0), f.At(1, 0)+0, f.At(2, 0), err)
	// Output: 0.2500 0.0000 -0.2500 <nil>
}

func ExampleNewGain() {
	two, err := stagetest.NewStream(stagetest.Signal{Rate: 1000, Frames: 1, Value: func(int64, int) float64 { return 2 }})
	if err != nil {
		fmt.Println(err)
	}
	g, err := NewGain(two, GainParams{Gain: []float64{0.5, -3}})
	if err != nil {
		fmt.Println(err)
	}
	f, err := g.Fetch(context.Background(), 0, 1)
	fmt.Println(f.Row(0), err)
	// Output: [1 -6] <nil>
}

// Numbers of an independent design with 1.44269 for 1/ln 2, at Q = 5 and a rate of 20 kHz.
func TestResonanceHasTheKnownNumbers(t *testing.T) {
	for _, x := range []struct{ cf, alpha, b0, cos2, gain float64 }{
		{2500, 0.07857001, 0, 0, 4.499851},
		{4000, 0.12581891, 0.47552826, 0.61803399, 3.779466},
		{5000, 0.15746199, 0.5, 0, 3.175369},
		{5500, 0, 0, 0, 2.848357},
	} {
		c, err := DesignResonance(20000, ResonanceParams{CF: []float64{x.cf}})
		if err != nil {
			t.Fatal(err)
		}
		h, err := c.Response(0, x.cf, 20000)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(cmplx.Abs(h)-x.gain) > 5e-6*x.gain {
			t.Errorf("%g Hz: gain %.7f, want %.7f", x.cf, cmplx.Abs(h), x.gain)
		}
		b, a, err := c.Section(0, 0)
		if err != nil {
			t.Fatal(err)
		}
		// a_2 = (1-α)/(1+α).
		alpha := (1 - a[2]) / (1 + a[2])
		if x.alpha != 0 && math.Abs(alpha-x.alpha) > 5e-6*x.alpha {
			t.Errorf("%g Hz: α = %.8f, want %.8f", x.cf, alpha, x.alpha)
		}
		if x.b0 != 0 && (math.Abs(b[0]*(1+alpha)-x.b0) > 1e-8 || math.Abs(a[1]*(1+alpha)+x.cos2) > 1e-8 || b[1] != 0 || b[2] != -b[0]) {
			t.Errorf("%g Hz: b = %v, a = %v times 1+α, want b_0 = %v, a_1 = %v", x.cf, b, a, x.b0, -x.cos2)
		}
	}
}

// At low frequencies the digital filter is the analogue resonance: gain Q in the centre, 3 dB less a bandwidth f_c/Q apart.
func TestResonanceHasItsQ(t *testing.T) {
	for _, q := range []float64{0.7, 5, 40} {
		c, err := DesignResonance(44100, ResonanceParams{CF: []float64{50}, Q: []float64{q}})
		if err != nil {
			t.Fatal(err)
		}
		gain := func(f float64) float64 {
			h, err := c.Response(0, f, 44100)
			if err != nil {
				t.Fatal(err)
			}
			return cmplx.Abs(h)
		}
		half := 50 / (2 * q)
		low := math.Sqrt(2500+half*half) - half
		for _, x := range [][2]float64{{50, 1}, {low, math.Sqrt2 / 2}, {low + 50/q, math.Sqrt2 / 2}} {
			if g := gain(x[0]) / q; math.Abs(g-x[1]) > 1e-4 {
				t.Errorf("Q = %g: gain/Q at %g Hz is %.6f, want %.6f", q, x[0], g, x[1])
			}
		}
	}
}

func TestResonanceAndGainConform(t *testing.T) {
	for _, channels := range []int{1, 3} {
		stagetest.Run(t, stagetest.Recipe{
			Inputs: []stagetest.Signal{{Channels: channels}},
			Build: func(in []stages.Stage, r stages.Range) ([]stages.Node, error) {
				return stagetest.Nodes(NewResonance(in[0], ResonanceParams{CF: []float64{100, 1000, 3000}, Q: []float64{1, 5, 20}, Channels: r}))
			},
			Sliced: true, Period: kernel.FlushInterval,
		})
		stagetest.Run(t, stagetest.Recipe{
			Inputs: []stagetest.Signal{{Channels: channels}},
			Build: func(in []stages.Stage, r stages.Range) ([]stages.Node, error) {
				return stagetest.Nodes(NewGain(in[0], GainParams{Gain: []float64{3, 0.1, -1}, Channels: r}))
			},
			Sliced: true, Period: kernel.FlushInterval,
		})
	}
}

// A resonance that follows its own output, with a gain behind it that follows that of the resonance.
func TestControlledResonanceAndGainConform(t *testing.T) {
	for _, interval := range []int64{1, 16, 50} {
		t.Run(fmt.Sprintf("interval %d", interval), func(t *testing.T) {
			stagetest.Run(t, stagetest.Recipe{
				Inputs: []stagetest.Signal{{Channels: 1}}, Channels: 3,
				Build: func(in []stages.Stage, _ stages.Range) ([]stages.Node, error) {
					bank, err := NewResonance(in[0], ResonanceParams{CF: []float64{100, 1000, 3000}})
					if err != nil {
						return nil, err
					}
					gain, err := NewGain(bank, GainParams{})
					if err != nil {
						return nil, err
					}
					update := stages.UpdaterFunc(func(_ int64, in []stages.Frames) error {
						for c, x := range in[0].Row(in[0].N - 1) {
							if !finite(x) {
								continue
							}
							if err := bank.SetCF(c, 1000*(1.5+kernel.Tanh(x))); err != nil {
								return err
							}
							if err := gain.SetGain(c, 1+kernel.Tanh(x)); err != nil {
								return err
							}
						}
						return nil
					})
					if _, err := stages.Control([]stages.Stage{bank}, []stages.Node{bank, gain}, update, interval); err != nil {
						return nil, err
					}
					return []stages.Node{bank, gain}, nil
				},
				Period: kernel.FlushInterval * interval, Mixes: true,
			})
		})
	}
}

// A bank set to a frequency is the bank made for it; the Q of the channel is kept.
func TestSetFrequencyOfResonanceIsThatOfTheConstructor(t *testing.T) {
	src := stagetest.NewSource(stagetest.Signal{Rate: 44100, Channels: 1, Frames: 10})
	p := ResonanceParams{CF: []float64{100, 1000, 3000}, Q: []float64{1, 5, 20}, Channels: stages.Range{Lo: 1, Hi: 3}}
	r, err := NewResonance(src, p)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.SetCF(2, 2000); err != nil {
		t.Fatal(err)
	}
	want, err := DesignResonance(44100, ResonanceParams{CF: []float64{2000}, Q: []float64{20}})
	if err != nil {
		t.Fatal(err)
	}
	hb, ha, err := r.Coefficients().Section(2, 0)
	if err != nil {
		t.Fatal(err)
	}
	wb, wa, err := want.Section(0, 0)
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(hb, ha) != fmt.Sprint(wb, wa) {
		t.Errorf("set: %v %v, made: %v %v", hb, ha, wb, wa)
	}
}

func TestImpossibleResonancesAndGainsAreRefused(t *testing.T) {
	src := stagetest.NewSource(stagetest.Signal{Rate: 44100, Channels: 2, Frames: 10})
	good, err := NewResonance(src, ResonanceParams{CF: []float64{100, 200}})
	if err != nil {
		t.Fatal(err)
	}
	gain, err := NewGain(src, GainParams{})
	if err != nil {
		t.Fatal(err)
	}
	resonance := func(p ResonanceParams) error { _, err := NewResonance(src, p); return err }
	gains := func(g ...float64) error { _, err := NewGain(src, GainParams{Gain: g}); return err }
	_, noSource := NewResonance(nil, ResonanceParams{CF: []float64{100}})
	_, noInput := NewGain(nil, GainParams{})
	for _, x := range []struct {
		err  error
		says string
	}{
		{noSource, "filterbank.resonance: the source is missing"},
		{noInput, "filterbank.gain: the source is missing"},
		{resonance(ResonanceParams{}), "no centre frequencies"},
		{resonance(ResonanceParams{CF: []float64{100, 22050}}), "channel 1: centre frequency 22050 Hz: want above 0 Hz and below half the rate, 22050 Hz"},
		{resonance(ResonanceParams{CF: []float64{math.NaN(), 100}}), "channel 0: centre frequency NaN Hz"},
		{resonance(ResonanceParams{CF: []float64{100, 22049.9}}), "channel 1: centre frequency 22049.9 Hz with quality factor 5 at a rate of 44100 Hz"},
		{resonance(ResonanceParams{CF: []float64{100, 200}, Q: []float64{1, 0}}), "channel 1: quality factor 0: want a positive number"},
		{resonance(ResonanceParams{CF: []float64{100, 200}, Q: []float64{1, 2, 3}}), "3 values of quality factor for 2 channels"},
		{resonance(ResonanceParams{CF: []float64{100, 200, 300}}), "2"},
		{good.SetCF(0, 30000), "filterbank.resonance: channel 0: centre frequency 30000 Hz"},
		{good.SetCF(2, 300), "channel 2, section 0: want channels 0:2"},
		{gains(1, math.Inf(1)), "channel 1: gain +Inf: want a finite number"},
		{gains(1, 2, 3), "filterbank.gain"},
		{gain.SetGain(1, math.NaN()), "filterbank.gain: channel 1: gain NaN: want a finite number"},
		{gain.SetGain(2, 1), "filterbank.gain: filter coefficients: channel 2"},
	} {
		if x.err == nil || !strings.Contains(x.err.Error(), x.says) {
			t.Errorf("error %v, want one with %q", x.err, x.says)
		}
	}
}

// The bits of both, wherever they are computed: whoever changes them on purpose puts the new digest here.
func TestBitsOfResonancesAreTheSameOnEveryMachine(t *testing.T) {
	const want = 0x765bbaa5238e53d8
	src, err := stagetest.NewStream(stagetest.Signal{Rate: 44100, Frames: 2000, Channels: 1})
	if err != nil {
		t.Fatal(err)
	}
	cf := linspace(50, 21000, 19)
	r, err := NewResonance(src, ResonanceParams{CF: cf, Q: linspace(0.3, 30, 19)})
	if err != nil {
		t.Fatal(err)
	}
	g, err := NewGain(r, GainParams{Gain: linspace(-1, 3, 19)})
	if err != nil {
		t.Fatal(err)
	}
	h := uint64(14695981039346656037)
	f := collect(t, g)
	for i := range f.N {
		for _, v := range f.Row(i) {
			h = (h ^ math.Float64bits(v)) * 1099511628211
			h ^= h >> 29
		}
	}
	if h != want {
		t.Errorf("digest %#x, want %#x", h, uint64(want))
	}
}
