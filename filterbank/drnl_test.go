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

func ExampleNewDRNL() {
	// Tones of 1 kHz from 20 to 100 dB SPL, 20 dB apart: the response grows with them at first, is compressed between, and
	// follows the linear path at the end.
	last := 0.0
	for level := 0.0; level <= 100; level += 20 {
		amplitude := 20e-6 * math.Sqrt2 * math.Pow(10, level/20)
		tone, err := stagetest.NewStream(stagetest.Signal{
			Rate: 44100, Frames: 4410, Value: func(at int64, _ int) float64 { return amplitude * kernel.Sin(2*math.Pi*1000*float64(at)/44100) },
		})
		if err != nil {
			fmt.Println(err)
		}
		bank, err := NewDRNL(tone, DRNLParams{CF: []float64{1000}})
		if err != nil {
			fmt.Println(err)
		}
		f, err := bank.Fetch(context.Background(), 0, 4410)
		if err != nil {
			fmt.Println(err)
		}
		peak := 0.0
		for i := 2205; i < 4410; i++ {
			peak = max(peak, math.Abs(f.At(i, 0)))
		}
		if level > 0 {
			fmt.Printf("%.0f dB: %+.0f dB\n", level, 20*math.Log10(peak/last))
		}
		last = peak
	}
	// Output:
	// 20 dB: +20 dB
	// 40 dB: +20 dB
	// 60 dB: +9 dB
	// 80 dB: +10 dB
	// 100 dB: +16 dB
}

func TestDRNLEqualsTheReference(t *testing.T) {
	cf := some(load(t, "erbspace_100_8000_32").data)
	changed := DRNLHumanLegacy()
	if changed.Set("lp_nl_cutoff_m", 1.02) != nil || changed.Set("bw_nl_p0", 0.05) != nil {
		t.Fatal("a name was refused")
	}
	for _, c := range []struct {
		name, in  string
		laws      DRNLLaws
		tolerance float64
	}{
		{"drnl_human_60", "input_60dB", DRNLHumanLegacy(), toleranceDRNL},
		{"drnl_human_90", "input_90dB", DRNLHumanLegacy(), toleranceDRNL},
		{"drnl_gp_60", "input_60dB", DRNLGuineaPigLegacy(), toleranceDRNL},
		{"drnl_human_param", "input_60dB", changed, toleranceDRNL},
		{"drnl_human_60_fixed", "input_60dB", DRNLHuman(), toleranceCompressed},
		{"drnl_human_90_fixed", "input_90dB", DRNLHuman(), toleranceCompressed},
		{"drnl_gp_60_fixed", "input_60dB", DRNLGuineaPig(), toleranceCompressed},
	} {
		t.Run(c.name, func(t *testing.T) {
			bank, err := NewDRNL(memory(t, 44100, load(t, c.in).frames()), DRNLParams{CF: cf, Laws: &c.laws})
			if err != nil {
				t.Fatal(err)
			}
			compare(t, collect(t, bank), load(t, c.name).frames(), c.tolerance, toleranceChannel)
		})
	}
}

// The parameters of the example "drnl" of Brian Hears, in which the nonlinear path is centred at the characteristic
// frequency and the exponent is 0.2.
func exampleLaws() DRNLLaws {
	l := DRNLHuman()
	l.NonlinearCF, l.NonlinearCutoff, l.Exponent = PowerLaw{0, 1}, PowerLaw{0, 1}, PowerLaw{math.Log10(0.2), 0}
	return l
}

func TestDRNLHasThePublishedParameters(t *testing.T) {
	laws := exampleLaws()
	filters, err := DesignDRNL(50000, DRNLParams{CF: []float64{100, 500, 1000}, Laws: &laws})
	if err != nil {
		t.Fatal(err)
	}
	library, err := DesignDRNL(50000, DRNLParams{CF: []float64{100, 500, 1000}})
	if err != nil {
		t.Fatal(err)
	}
	for c, want := range [][9]float64{
		{92.257, 40.458, 1737.80, 32.885, 1096.478, 0.961612, 0.2, 1.509e-4, 95.499},
		{473.319, 143.117, 802.591, 114.289, 4096.910, 0.257776, 0.2, 5.604e-6, 489.952},
		{957.194, 246.604, 575.440, 195.434, 7227.698, 0.146218, 0.2, 1.357e-6, 990.832},
	} {
		f := filters[c]
		got := [9]float64{f.LinearCF, f.LinearBandwidth, f.Gain, f.NonlinearBandwidth, f.A, f.B, f.Exponent, f.Knee(), library[c].NonlinearCF}
		for i := range got {
			tolerance := 1.5e-5 // digits printed
			if i == 7 {
				tolerance = 4e-4
			}
			if math.Abs(got[i]/want[i]-1) > tolerance {
				t.Errorf("channel %d, number %d: %v, want %v", c, i, got[i], want[i])
			}
		}
		if f.LinearCutoff != f.LinearCF || math.Abs(f.NonlinearCF/[]float64{100, 500, 1000}[c]-1) > 1e-12 {
			t.Errorf("channel %d: %+v", c, f)
		}
	}
}

func TestCompressionIsABrokenStick(t *testing.T) {
	laws := exampleLaws()
	filters, err := DesignDRNL(50000, DRNLParams{CF: []float64{1000}, Laws: &laws})
	if err != nil {
		t.Fatal(err)
	}
	f := filters[0]
	knee := f.Knee()
	for _, x := range []float64{1e-12, 1e-7, 0.999 * knee, 1.001 * knee, 1e-5, 0.3} {
		want := f.A * x
		if x > knee {
			want = f.B * math.Pow(x, 0.2)
		}
		if y := f.Compress(x); math.Abs(y/want-1) > 1e-12 || f.Compress(-x) != -y {
			t.Errorf("%g becomes %v, %g becomes %v, want ±%v", x, y, -x, f.Compress(-x), want)
		}
	}
	if below, above := f.Compress(knee*(1-1e-9)), f.Compress(knee*(1+1e-9)); math.Abs(below/above-1) > 1e-8 {
		t.Errorf("a step at the knee: %v, %v", below, above)
	}
	// The fundamental of the response to a tone [dB], filters at gain 1.
	fundamental := func(level float64) float64 {
		amplitude, sum := 0.00014*20e-6*math.Sqrt2*math.Pow(10, level/20), 0.0
		const n = 10000
		for i := range n {
			s := math.Sin(2 * math.Pi * (float64(i) + 0.5) / n)
			sum += 2 * f.Compress(amplitude*s) * s / n
		}
		return 20 * math.Log10(sum)
	}
	for _, c := range []struct{ low, high, growth float64 }{{40, 50, 10}, {60, 70, 2.10}, {70, 80, 2.01}} {
		if d := fundamental(c.high) - fundamental(c.low); math.Abs(d-c.growth) > 0.006 {
			t.Errorf("from %g to %g dB SPL the fundamental grows by %.3f dB, want %.2f dB", c.low, c.high, d, c.growth)
		}
	}
	linear := 20 * math.Log10(f.Gain*0.00014*20e-6*math.Sqrt2*1e4)
	// Both are equal at 80.16 dB SPL: the levels draw near by 0.8 dB per dB.
	if d := fundamental(80) - linear; math.Abs(d-0.13) > 0.005 {
		t.Errorf("at 80 dB SPL the nonlinear path is %.3f dB above the linear one, want 0.13 dB", d)
	}
}

// The bank is the chain of its parts, with other laws and orders than the default, and for sounds turned upside down.
func TestDRNLIsTheChainOfItsParts(t *testing.T) {
	src := memory(t, 44100, load(t, "input_90dB").frames())
	cf := []float64{150, 900, 4000}
	for _, v := range []PowerLaw{{-0.602, 0}, {-0.9, 0.1}, {0.1, 0}} { // the last one bends upwards
		laws := exampleLaws()
		laws.Exponent = v
		for _, scale := range []float64{0.0002, -0.1} {
			p := DRNLParams{CF: cf, Laws: &laws, StapesScale: scale, OrderLinear: 2, OrderNonlinear: 4}
			bank, err := NewDRNL(src, p)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, collect(t, bank), collect(t, drnlOfParts(t, src, p)), toleranceRecursion, toleranceRecursionChannel)
		}
	}
}

// More channels than a tile has, each with an input of its own or all with the same, are what a few of them are alone.
func TestTilesDoNotShow(t *testing.T) {
	const channels = 3*tileChannels - 5
	cf, err := ERBSpace(100, 8000, channels)
	if err != nil {
		t.Fatal(err)
	}
	for _, inputs := range []int{channels, 1} {
		src := stagetest.NewSource(stagetest.Signal{Rate: 44100, Frames: 100, Channels: inputs})
		all, err := NewDRNL(src, DRNLParams{CF: cf})
		if err != nil {
			t.Fatal(err)
		}
		whole := collect(t, all)
		for lo := 3; lo < len(cf); lo += 50 {
			hi := min(lo+7, len(cf))
			some, err := NewDRNL(src, DRNLParams{CF: cf, Channels: rangeOf(lo, hi)})
			if err != nil {
				t.Fatal(err)
			}
			compare(t, collect(t, some), whole.Range(lo, hi), 0, 0)
		}
	}
}

func drnlOfParts(t *testing.T, src stages.Stage, p DRNLParams) stages.Stage {
	t.Helper()
	filters, err := DesignDRNL(src.Format().Rate, p)
	if err != nil {
		t.Fatal(err)
	}
	list := func(get func(DRNLFilter) float64) (x []float64) {
		for _, f := range filters {
			x = append(x, get(f))
		}
		return x
	}
	must := func(s stages.Stage, err error) stages.Stage {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	gammatone := func(in stages.Stage, order int, cf, bandwidth func(DRNLFilter) float64) stages.Stage {
		g, err := NewApproximateGammatone(in, ApproximateGammatoneParams{CF: list(cf), Bandwidth: list(bandwidth), Order: order})
		return must(g, err)
	}
	lowPass := func(in stages.Stage, times int, cutoff func(DRNLFilter) float64) stages.Stage {
		for range times {
			l, err := NewLowPass(in, LowPassParams{Cutoff: list(cutoff)})
			in = must(l, err)
		}
		return in
	}
	each := func(in stages.Stage, f func(DRNLFilter, float64) float64) stages.Stage {
		s, err := stages.NewFunction([]stages.Stage{in}, stages.FunctionParams{Func: func(dst []float64, args [][]float64) {
			for i, x := range args[0] { // rows without padding: fewer than 8 channels
				dst[i] = f(filters[i%len(filters)], x)
			}
		}})
		return must(s, err)
	}
	scaled, err := stages.NewScale(src, p.StapesScale, 0)
	scaledStage := must(scaled, err)
	linear := gammatone(scaledStage, p.OrderLinear, func(f DRNLFilter) float64 { return f.LinearCF }, func(f DRNLFilter) float64 { return f.LinearBandwidth })
	linear = each(linear, func(f DRNLFilter, x float64) float64 { return f.Gain * x })
	linear = lowPass(linear, 4, func(f DRNLFilter) float64 { return f.LinearCutoff })
	nonlinearCF, nonlinearBandwidth := func(f DRNLFilter) float64 { return f.NonlinearCF }, func(f DRNLFilter) float64 { return f.NonlinearBandwidth }
	nonlinear := gammatone(scaledStage, p.OrderNonlinear, nonlinearCF, nonlinearBandwidth)
	nonlinear = each(nonlinear, DRNLFilter.Compress)
	nonlinear = gammatone(nonlinear, p.OrderNonlinear, nonlinearCF, nonlinearBandwidth)
	nonlinear = lowPass(nonlinear, 3, func(f DRNLFilter) float64 { return f.NonlinearCutoff })
	sum, err := stages.NewSum([]stages.Stage{linear, nonlinear}, nil)
	return must(sum, err)
}

// With one path silenced the bank gives the other; the sum of both is the bank; the linear path alone is linear.
func TestPathsAdd(t *testing.T) {
	in := load(t, "input_60dB").frames()
	run := func(scale float64, silence string) stages.Frames {
		laws := DRNLHuman()
		if silence != "" && laws.Set(silence+"_p0", -400) != nil {
			t.Fatal("a name was refused")
		}
		bank, err := NewDRNL(memory(t, 44100, in), DRNLParams{CF: []float64{200, 2750, 5000}, Laws: &laws, StapesScale: scale})
		if err != nil {
			t.Fatal(err)
		}
		return collect(t, bank)
	}
	both, linear, nonlinear, twice := run(0.00014, ""), run(0.00014, "a"), run(0.00014, "g"), run(0.00028, "a")
	sum := stages.MakeFrames(both.N, 3)
	half := stages.MakeFrames(both.N, 3)
	heard := 0.0
	for i := range both.N {
		for c := range 3 {
			sum.Row(i)[c] = linear.At(i, c) + nonlinear.At(i, c)
			half.Row(i)[c] = twice.At(i, c) / 2
			heard = max(heard, math.Abs(linear.At(i, c)))
		}
	}
	if heard == 0 {
		t.Fatal("the linear path is silent")
	}
	compare(t, both, sum, 0, 0)
	compare(t, half, linear, 1e-14, 1e-14)
}

func TestDRNLConforms(t *testing.T) {
	// An exponent of its own for each channel, and one for all.
	varied := DRNLHuman()
	varied.Exponent.M = 0.1
	for name, laws := range map[string]*DRNLLaws{"default": nil, "varied": &varied} {
		for _, channels := range []int{1, 5} {
			t.Run(fmt.Sprintf("%s, source of %d", name, channels), func(t *testing.T) {
				stagetest.Run(t, stagetest.Recipe{
					Inputs: []stagetest.Signal{{Channels: channels}},
					Build: func(in []stages.Stage, r stages.Range) ([]stages.Node, error) {
						return stagetest.Nodes(NewDRNL(in[0], DRNLParams{CF: []float64{100, 400, 1000, 1700, 2400}, Laws: laws, Channels: r}))
					},
					Sliced: true, Period: kernel.FlushInterval,
				})
			})
		}
	}
}

func TestImpossibleDRNLsAreRefused(t *testing.T) {
	src := stagetest.NewSource(stagetest.Signal{Rate: 44100, Frames: 10})
	laws := func(name string, value float64) *DRNLLaws {
		l := DRNLHuman()
		if err := l.Set(name, value); err != nil {
			t.Fatal(err)
		}
		return &l
	}
	one := []float64{1000}
	for _, c := range []struct {
		p    DRNLParams
		want string
	}{
		{DRNLParams{}, "filterbank.drnl: no centre frequencies"},
		{DRNLParams{CF: []float64{100, 22050}}, "channel 1: centre frequency 22050 Hz"},
		{DRNLParams{CF: []float64{math.NaN()}}, "channel 0: centre frequency NaN Hz"},
		{DRNLParams{CF: []float64{1000, 13700}}, "channel 1, characteristic frequency 13700 Hz: lp_nl_cutoff is 14154.9 Hz: want above 0 Hz and at most rate/π, 14037.5 Hz"},
		{DRNLParams{CF: one, Laws: laws("cf_lin_p0", 2)}, "channel 0, characteristic frequency 1000 Hz: cf_lin is 111686 Hz: want above 0 Hz and below half the rate, 22050 Hz"},
		{DRNLParams{CF: one, Laws: laws("bw_nl_p0", math.NaN())}, "bw_nl is NaN Hz: want a positive, finite number"},
		{DRNLParams{CF: one, Laws: laws("c_p0", -400)}, "c is 0: want a positive, finite number"},
		{DRNLParams{CF: one, Laws: laws("a_p0", 400)}, "a is +Inf: want a finite number"},
		{DRNLParams{CF: one, StapesScale: math.Inf(1)}, "stapes scale +Inf"},
		{DRNLParams{CF: one, OrderNonlinear: -2}, "order -2 of a gammatone: want 1 to 64"},
		{DRNLParams{CF: one, OrderLinear: 64, Laws: laws("bw_lin_p0", -4)}, "channel 0: gammatones of orders 64 and 3 with bandwidths of 0.0226"},
		{DRNLParams{CF: one, OrderNonlinear: 64, Laws: laws("bw_nl_p0", -4)}, "channel 0: gammatones of orders 3 and 64"},
		{DRNLParams{CF: one, Channels: rangeOf(1, 2)}, "channels 1:2"},
	} {
		if _, err := NewDRNL(src, c.p); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %q does not say %q", err, c.want)
		}
	}
	if _, err := NewDRNL(nil, DRNLParams{CF: one}); err == nil {
		t.Error("a missing source was accepted")
	}
	l := DRNLHuman()
	for _, name := range []string{"cf_lin", "cf_lin_p1", "d_p0", ""} {
		if err := l.Set(name, 1); err == nil || !strings.Contains(err.Error(), "want one of cf_lin, bw_lin") {
			t.Errorf("name %q: %v", name, err)
		}
	}
	if l != DRNLHuman() {
		t.Error("a refused name changed the laws")
	}
}

// Every state is flushed at multiples of 1024 frames, and only there.
func TestStatesOfDRNLsAreFlushed(t *testing.T) {
	const next = kernel.FlushInterval
	p := DRNLParams{CF: []float64{500, 1000}}
	for at, flushed := range map[int64]bool{next - 1: false, next: true, next + 1: false, 7 * next: true} {
		in, err := connect("test", memory(t, 44100, stages.MakeFrames(8*next, 1)), 2, stages.Range{})
		if err != nil {
			t.Fatal(err)
		}
		filters, err := DesignDRNL(44100, p)
		if err != nil {
			t.Fatal(err)
		}
		if p, err = p.resolve(44100); err != nil {
			t.Fatal(err)
		}
		f, err := newDRNLFiller(in, 44100, filters, p)
		if err != nil {
			t.Fatal(err)
		}
		for _, state := range f.states() {
			kernel.VecFill(state, 1e-301)
		}
		if n, err := f.Fill(context.Background(), at, stages.MakeFrames(1, 2)); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		for k, state := range f.states() {
			for i, z := range state {
				if (z == 0) != flushed {
					t.Errorf("after frame %d state %d of list %d is %g", at, i, k, z)
				}
			}
		}
	}
}
