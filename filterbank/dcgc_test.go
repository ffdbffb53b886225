package filterbank

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"hearpipe/internal/kernel"
	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

func ExampleNewDCGC() {
	// Tones at the peak of the second filter, 20 dB apart: sounds in pascal, with the calibration for them.
	constants := DCGCDefaults()
	constants.Calibration = PascalCalibration
	last := 0.0
	for level := 0.0; level <= 80; level += 20 {
		amplitude := 20e-6 * math.Sqrt2 * math.Pow(10, level/20)
		tone, err := stagetest.NewStream(stagetest.Signal{
			Rate: 44100, Frames: 4410, Value: func(at int64, _ int) float64 { return amplitude * kernel.Sin(2*math.Pi*800*float64(at)/44100) },
		})
		if err != nil {
			fmt.Println(err)
		}
		bank, err := NewDCGC(tone, DCGCParams{CF: []float64{900, 1000, 1100, 1200}, Constants: &constants})
		if err != nil {
			fmt.Println(err)
		}
		f, err := bank.Fetch(context.Background(), 0, 4410)
		if err != nil {
			fmt.Println(err)
		}
		peak := 0.0
		for i := 2205; i < 4410; i++ {
			peak = max(peak, math.Abs(f.At(i, 1)))
		}
		if level > 0 {
			fmt.Printf("%.0f dB: %+.1f dB\n", level, 20*math.Log10(peak/last))
		}
		last = peak
	}
	// Output:
	// 20 dB: +19.0 dB
	// 40 dB: +18.5 dB
	// 60 dB: +17.7 dB
	// 80 dB: +15.3 dB
}

// referenceDCGC are the banks of the reference vectors.
var referenceDCGC = map[string]DCGCParams{
	"dcgc_ui1":                   {LegacyReference: true},
	"dcgc_ui16":                  {LegacyReference: true, LegacyDecay: true, Interval: 16},
	"dcgc_ui1_lref10":            {},
	"dcgc_ui16_persample":        {LegacyReference: true, Interval: 16},
	"dcgc_ui16_lref10_persample": {Interval: 16},
}

func TestDCGCEqualsTheReference(t *testing.T) {
	in := load(t, "input_60dB").frames()
	for name, p := range referenceDCGC {
		t.Run(name, func(t *testing.T) {
			p.CF = load(t, "erbspace_100_8000_32").data
			bank, err := NewDCGC(memory(t, 44100, in), p)
			if err != nil {
				t.Fatal(err)
			}
			all := collect(t, bank)
			four := stages.MakeFrames(all.N, 4)
			for i := range all.N {
				copy(four.Row(i), some(all.Row(i)))
			}
			compare(t, four, load(t, name).frames(), toleranceOutput, toleranceChannel)
		})
	}
}

// Numbers of the example "dcgc" of Brian Hears: 50 channels from 100 Hz to 1 kHz at 50 kHz.
func TestDCGCHasThePublishedConstants(t *testing.T) {
	cf, err := ERBSpace(100, 1000, 50)
	if err != nil {
		t.Fatal(err)
	}
	d, err := DesignDCGC(50000, DCGCParams{CF: cf, LegacyReference: true})
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range d.Control {
		if c != min(i+6, 49) {
			t.Errorf("channel %d follows %d, want %d", i, c, min(i+6, 49))
		}
	}
	c := newCompensation(50000, []float64{2.17}, []float64{2.2}, 1)
	for _, x := range []struct {
		name             string
		got, want, digit float64
	}{
		{"first ERB rate", ERBRate(cf[0]), 3.369575, 1e-6},
		{"last ERB rate", ERBRate(cf[49]), 15.621450, 1e-6},
		{"ERB per channel", (ERBRate(cf[49]) - ERBRate(cf[0])) / 49, 0.25003826, 1e-8},
		{"shift", float64(d.Shift), 6, 0},
		{"peak 0", d.Peak[0], 52.4595, 1e-4},
		{"peak 24", d.Peak[24], 307.6733, 1e-4},
		{"peak 49", d.Peak[49], 822.3433, 1e-4},
		{"decay", d.Decay, 0.97265495, 1e-8},
		{"floor", d.Floor, 0.03162278, 1e-8},
		{"reference", d.Reference, 50, 0},
		{"p1", -c.Radius[0] * math.Ln2 * 50000 / (2 * math.Pi * 2.17), 0.93856257, 1e-8},
		{"p2", c.Shift[0] / (2.2 * 2.17), 0.29935481, 1e-8},
		{"level of 0", d.Level(0, 0), 0, 1e-12},
		{"ratio of 0", d.Ratio(0, 0), 0.233, 1e-12},
		{"level of 1", d.Level(1, 1), 41.1411, 1e-4},
		{"ratio of 1", d.Ratio(1, 1), 0.438706, 1e-6},
		{"level of 10", d.Level(10, 10), 52.5527, 1e-4},
		{"ratio of 10", d.Ratio(10, 10), 0.495764, 1e-6},
		{"level of 50", d.Level(50, 50), 63.9794, 1e-4},
		{"ratio of 50", d.Ratio(50, 50), 0.552897, 1e-6},
		{"level of 100", d.Level(100, 100), 70.5115, 1e-4},
		{"ratio of 500", d.Ratio(500, 500), 0.676933, 1e-6},
	} {
		if !(math.Abs(x.got-x.want) <= x.digit) {
			t.Errorf("%s is %.9g, want %.9g", x.name, x.got, x.want)
		}
	}
	if d, err = DesignDCGC(50000, DCGCParams{CF: cf}); err != nil || math.Abs(d.Reference-10) > 1e-12 {
		t.Errorf("reference amplitude %v, %v: want 10, which is 50 dB where 1 is 30 dB", d.Reference, err)
	}
	// At the reference both exponents give the same: the level itself.
	if l := d.Level(d.Reference, d.Reference); math.Abs(l-50) > 1e-12 {
		t.Errorf("level at the reference %v dB, want 50 dB", l)
	}
}

// dcgcUpdater sets the frequencies of the signal path of a model that is made of public parts.
type dcgcUpdater struct {
	d      *DCGCDesign
	signal *AsymmetricCompensation
	legacy bool
	l1, l2 []float64
}

// Update follows the levels of the interval, or of its last frame.
func (u *dcgcUpdater) Update(_ int64, in []stages.Frames) error {
	from := 0
	if u.legacy {
		from = in[0].N - 1
	}
	for c := range u.l1 {
		for i := from; i < in[0].N; i++ {
			u.l1[c], u.l2[c] = u.d.Track(u.l1[c], in[0].At(i, c)), u.d.Track(u.l2[c], in[1].At(i, c))
		}
	}
	for c := range u.l1 {
		ratio := u.d.Ratio(u.l1[c], u.l2[c])
		if ratio < 0.233 {
			return fmt.Errorf("ratio %g", ratio)
		}
		if !finite(ratio) {
			continue // the suite feeds NaN: the filters are full of them anyway
		}
		if err := u.signal.SetCF(c, u.d.Peak[c]*ratio); err != nil {
			return err
		}
	}
	return nil
}

// AppendState appends the levels.
func (u *dcgcUpdater) AppendState(b []byte) []byte {
	return stages.AppendFloats(stages.AppendFloats(b, u.l1), u.l2)
}

// LoadState reads what AppendState wrote.
func (u *dcgcUpdater) LoadState(b []byte) error { return readAll(b, u.l1, u.l2) }

// dcgcOfParts builds the model of public parts: a control sets the frequencies of the signal path.
func dcgcOfParts(src stages.Stage, p DCGCParams) (signal *AsymmetricCompensation, passive *LogGammachirp, err error) {
	d, err := DesignDCGC(src.Format().Rate, p)
	if err != nil {
		return nil, nil, err
	}
	k, n := DCGCDefaults(), len(p.CF)
	if p.Constants != nil {
		k = *p.Constants
	}
	passive, err = NewLogGammachirp(src, LogGammachirpParams{CF: p.CF, B: []float64{k.B1}, C: []float64{k.C1}})
	if err != nil {
		return nil, nil, err
	}
	shifted, err := stages.NewIndex([]stages.Stage{passive}, d.Control, 0)
	if err != nil {
		return nil, nil, err
	}
	fixed, first := make([]float64, n), make([]float64, n)
	for c := range n {
		fixed[c], first[c] = k.ControlRatio*d.Peak[d.Control[c]], k.Ratio0*d.Peak[c]
	}
	control, err := NewAsymmetricCompensation(shifted, AsymmetricCompensationParams{CF: fixed, B: []float64{k.B2}, C: []float64{k.C2}})
	if err != nil {
		return nil, nil, err
	}
	signal, err = NewAsymmetricCompensation(passive, AsymmetricCompensationParams{CF: first, B: []float64{k.B2}, C: []float64{k.C2}})
	if err != nil {
		return nil, nil, err
	}
	u := &dcgcUpdater{d, signal, p.LegacyDecay, make([]float64, n), make([]float64, n)}
	_, err = stages.Control([]stages.Stage{shifted, control}, []stages.Node{signal}, u, int64(max(p.Interval, 1)))
	return signal, passive, err
}

func mustDCGCOfParts(t *testing.T, src stages.Stage, p DCGCParams) stages.Stage {
	t.Helper()
	signal, _, err := dcgcOfParts(src, p)
	if err != nil {
		t.Fatal(err)
	}
	return signal
}

// The suite on the model of public parts: a compensation whose frequencies a control with memory sets, and the filter before
// both.
func TestDCGCOfPartsConforms(t *testing.T) {
	for _, interval := range []int{1, 16, 50} {
		t.Run(fmt.Sprintf("interval %d", interval), func(t *testing.T) {
			k := DCGCDefaults()
			k.Calibration = 60
			stagetest.Run(t, stagetest.Recipe{
				Inputs: []stagetest.Signal{{}}, Channels: 3,
				Build: func(in []stages.Stage, _ stages.Range) ([]stages.Node, error) {
					signal, passive, err := dcgcOfParts(in[0], DCGCParams{CF: []float64{300, 400, 520}, Constants: &k, Interval: interval})
					return []stages.Node{signal, passive}, err
				},
				Mixes: true, Period: int64(1024 * interval), Frames: 600,
			})
		})
	}
}

func TestDCGCIsTheModelOfItsParts(t *testing.T) {
	loud := DCGCDefaults()
	loud.Calibration, loud.C1, loud.LevelWeight, loud.HalfLife, loud.LevelPower1 = PascalCalibration, -2.5, 0.3, 2e-3, 1.3
	down := DCGCDefaults()
	down.LevelShift = -3
	cf := load(t, "erbspace_100_8000_32").data[4:20]
	for name, p := range map[string]DCGCParams{
		"interval 1":                    {},
		"interval 16":                   {Interval: 16},
		"interval 50":                   {Interval: 50},
		"interval 3000":                 {Interval: 3000},
		"interval 1, other constants":   {Constants: &loud},
		"interval 7, other constants":   {Constants: &loud, Interval: 7},
		"interval 16, decay per update": {Interval: 16, LegacyDecay: true, LegacyReference: true},
		"levels from lower channels":    {Constants: &down, Interval: 4},
	} {
		t.Run(name, func(t *testing.T) {
			p.CF = cf
			src := func() stages.Stage { return memory(t, 44100, load(t, "input_90dB").frames()) }
			want := collect(t, mustDCGCOfParts(t, src(), p))
			bank, err := NewDCGC(src(), p)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, collect(t, bank), want, 0, 0)
			for _, p.Channels = range []stages.Range{rangeOf(3, 15), rangeOf(0, 1), rangeOf(15, 16)} {
				if bank, err = NewDCGC(src(), p); err != nil {
					t.Fatal(err)
				}
				compare(t, collect(t, bank), want.Range(p.Channels.Lo, p.Channels.Hi), 0, 0)
			}
		})
	}
}

// dcgcFill makes the bank of p without a stream around it and fills so many frames.
func dcgcFill(t *testing.T, src stages.Stage, p DCGCParams, frames int) *dcgcFiller {
	t.Helper()
	d, err := DesignDCGC(44100, p)
	if err != nil {
		t.Fatal(err)
	}
	if p, err = p.resolve(44100); err != nil {
		t.Fatal(err)
	}
	p.Channels = rangeOf(0, len(p.CF))
	f, err := newDCGCFiller("test", src, d, p)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := f.Fill(context.Background(), 0, stages.MakeFrames(frames, len(p.CF))); n != frames || err != nil {
		t.Fatal(n, err)
	}
	return f
}

// A level falls by half every 22 frames and must end at 0, not at the smallest number there is.
func TestSilenceFlushesTheLevels(t *testing.T) {
	for _, interval := range []int{1, 50} {
		f := dcgcFill(t, memoryImpulse(t, 44100, 40000), DCGCParams{CF: []float64{1000, 1200}, Interval: interval}, 40000)
		for c := range f.l1 {
			if f.l1[c] != 0 || f.l2[c] != 0 {
				t.Errorf("interval %d, channel %d: levels %g and %g after a second of silence", interval, c, f.l1[c], f.l2[c])
			}
		}
	}
}

// The level advances in every frame, whatever the interval of updates; with the decay per update it does not.
func TestLevelsDoNotDependOnTheInterval(t *testing.T) {
	cf := load(t, "erbspace_100_8000_32").data
	levels := func(p DCGCParams) []float64 {
		p.CF = cf
		f := dcgcFill(t, memory(t, 44100, load(t, "input_60dB").frames()), p, 1600)
		return append(slices.Clone(f.l1), f.l2...)
	}
	want := levels(DCGCParams{})
	for _, interval := range []int{16, 50} {
		if got := levels(DCGCParams{Interval: interval}); !slices.Equal(got, want) {
			t.Errorf("interval %d: levels %v, want %v", interval, got, want)
		}
		if slices.Equal(levels(DCGCParams{Interval: interval, LegacyDecay: true}), want) {
			t.Errorf("interval %d: the decay per update has no effect", interval)
		}
	}
}

// A louder sound makes a louder output, but by less.
func TestDCGCCompresses(t *testing.T) {
	in := load(t, "input_60dB").frames()
	k := DCGCDefaults()
	k.Calibration = PascalCalibration
	last := math.Inf(-1)
	for level := 20.0; level <= 100; level += 10 {
		scaled := stages.MakeFrames(in.N, 1)
		for i := range in.N {
			scaled.Data[i] = in.At(i, 0) * math.Pow(10, (level-60)/20)
		}
		bank, err := NewDCGC(memory(t, 44100, scaled), DCGCParams{CF: []float64{900, 1000, 1100, 1210, 1330, 1470, 1620, 1780}, Constants: &k})
		if err != nil {
			t.Fatal(err)
		}
		out, power := collect(t, bank), 0.0
		for i := range out.N {
			for _, y := range out.Row(i) {
				power += y * y
			}
		}
		now := 10 * math.Log10(power)
		if growth := now - last; !(growth > 2 && growth < 9.5) && level > 20 {
			t.Errorf("from %g to %g dB SPL the output grows by %.2f dB", level-10, level, growth)
		}
		last = now
	}
}

func TestDCGCOfOneChannelFollowsItself(t *testing.T) {
	src := func() stages.Stage { return memory(t, 44100, load(t, "input_60dB").frames()) }
	bank, err := NewDCGC(src(), DCGCParams{CF: []float64{1000}})
	if err != nil {
		t.Fatal(err)
	}
	if d := bank.Design(); d.Shift != 0 || d.Control[0] != 0 {
		t.Errorf("shift %d, control channel %d, want 0 and 0", d.Shift, d.Control[0])
	}
	compare(t, collect(t, bank), collect(t, mustDCGCOfParts(t, src(), DCGCParams{CF: []float64{1000}})), 0, 0)
}

func TestDCGCConforms(t *testing.T) {
	cf := []float64{300, 350, 400, 460, 520}
	for _, c := range []struct {
		inputs, interval int
		legacy           bool
		period           int64
	}{{1, 1, false, 1024}, {5, 16, false, 1024}, {1, 50, false, 25600}, {1, 16, true, 1024}} {
		t.Run(fmt.Sprintf("source of %d, interval %d, decay per update %t", c.inputs, c.interval, c.legacy), func(t *testing.T) {
			k := DCGCDefaults()
			k.Calibration = 60 // the signals of the suite drive the filters over their range
			stagetest.Run(t, stagetest.Recipe{
				Inputs: []stagetest.Signal{{Channels: c.inputs}},
				Build: func(in []stages.Stage, r stages.Range) ([]stages.Node, error) {
					return stagetest.Nodes(NewDCGC(in[0], DCGCParams{CF: cf, Constants: &k, Interval: c.interval, LegacyDecay: c.legacy, Channels: r}))
				},
				Sliced: true, Mixes: true, Period: c.period,
			})
		})
	}
}

func TestImpossibleDCGCsAreRefused(t *testing.T) {
	src := stagetest.NewSource(stagetest.Signal{Rate: 44100, Frames: 10})
	set := func(name string, value float64) *DCGCConstants {
		k := DCGCDefaults()
		if err := k.Set(name, value); err != nil {
			t.Fatal(err)
		}
		return &k
	}
	nan := math.NaN()
	two := []float64{1000, 1100}
	for _, c := range []struct {
		p    DCGCParams
		want string
	}{
		{DCGCParams{}, "filterbank.dcgc: no centre frequencies"},
		{DCGCParams{CF: []float64{100, 22050}}, "channel 1: centre frequency 22050 Hz"},
		{DCGCParams{CF: []float64{nan}}, "channel 0: centre frequency NaN Hz"},
		{DCGCParams{CF: []float64{200, 100}}, "channel 1: centre frequency 100 Hz: want more than that of channel 0, 200 Hz"},
		{DCGCParams{CF: []float64{20, 100}}, "channel 0, centre frequency 20 Hz: peak of the passive gammachirp at -15.9"},
		{DCGCParams{CF: two, Interval: -1}, "interval of -1 frames: want at least 1"},
		{DCGCParams{CF: two, Constants: set("b1", 13)}, "b1 is 13: want above 0 and below 12.64"},
		{DCGCParams{CF: two, Constants: set("c2", 7)}, "c2 is 7: want above -6.04 and below 6.04"},
		{DCGCParams{CF: two, Constants: set("decay_tcst", 0)}, "decay_tcst is 0: want a positive number of seconds"},
		{DCGCParams{CF: two, Constants: set("lev_weight", 1.1)}, "lev_weight is 1.1: want 0 to 1"},
		{DCGCParams{CF: two, Constants: set("RMStoSPL", nan)}, "RMStoSPL is NaN: want a finite number of dB"},
		{DCGCParams{CF: two, Constants: set("frat_control", 40)}, "channel 0, centre frequency 1000 Hz: compensation of the control path at 32893.7 Hz"},
		{DCGCParams{CF: two, ERBRate: []float64{1}}, "want one for each"},
		{DCGCParams{CF: two, ERBRate: []float64{2, 2}}, "channel 1: ERB rate of 2"},
		{DCGCParams{CF: []float64{9000, math.Nextafter(9000, 1e4)}, Constants: set("lct_ERB", 0)}, "ERB rates from"},
		{DCGCParams{CF: two, ERBWidth: []float64{2, 0}}, "channel 1: ERB of 0 Hz"},
		{DCGCParams{CF: two, Channels: rangeOf(1, 3)}, "channels 1:3"},
	} {
		if _, err := NewDCGC(src, c.p); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %q does not say %q", err, c.want)
		}
	}
	if _, err := NewDCGC(nil, DCGCParams{CF: two}); err == nil {
		t.Error("a missing source was accepted")
	}
	if _, err := NewDCGC(stagetest.NewSource(stagetest.Signal{Channels: 3, Rate: 44100, Frames: 10}), DCGCParams{CF: two}); err == nil ||
		!strings.Contains(err.Error(), "has 3 channels: want 1 or 2") {
		t.Errorf("source of 3 channels: %v", err)
	}
	k := DCGCDefaults()
	if err := k.Set("b3", 1); err == nil || !strings.Contains(err.Error(), "want one of b1, c1") || k != DCGCDefaults() {
		t.Errorf("name b3: %v", err)
	}
}

// The digests of what the cochleas and chirps make of noise: the same on every machine. A change of arithmetic or design on
// purpose puts the new digest here.
func TestBitsOfCochleasAreTheSameOnEveryMachine(t *testing.T) {
	cf, err := ERBSpace(100, 8000, 37)
	if err != nil {
		t.Fatal(err)
	}
	k := DCGCDefaults()
	k.Calibration = 70
	for _, c := range []struct {
		name  string
		want  uint64
		build func(src stages.Stage) (stages.Stage, error)
	}{
		{"dual-resonance filters", 0x95d3410cd547e0c, func(src stages.Stage) (stages.Stage, error) { return NewDRNL(src, DRNLParams{CF: cf}) }},
		{"dynamic gammachirps", 0x6b303cd034c47457, func(src stages.Stage) (stages.Stage, error) {
			return NewDCGC(src, DCGCParams{CF: cf, Constants: &k, Interval: 3})
		}},
		{"dynamic gammachirps, updated every frame", 0x2a7a5db63a047069, func(src stages.Stage) (stages.Stage, error) {
			return NewDCGC(src, DCGCParams{CF: cf, Constants: &k})
		}},
		{"linear gammachirps", 0x4985fb1fdb874107, func(src stages.Stage) (stages.Stage, error) {
			return NewLinearGammachirp(src, LinearChirpParams{CF: cf, TimeConstant: []float64{1e-3}, Sweep: []float64{3000}})
		}},
		{"linear Gaborchirps", 0x2db3e0408ddac892, func(src stages.Stage) (stages.Stage, error) {
			return NewLinearGaborchirp(src, LinearChirpParams{CF: cf, TimeConstant: []float64{1e-3}, Phase: []float64{1}})
		}},
	} {
		src, err := stagetest.NewStream(stagetest.Signal{Rate: 44100, Frames: 2000})
		if err != nil {
			t.Fatal(err)
		}
		bank, err := c.build(src)
		if err != nil {
			t.Fatal(err)
		}
		h, f := uint64(14695981039346656037), collect(t, bank)
		for i := range f.N {
			for _, v := range f.Row(i) {
				h = (h ^ math.Float64bits(v)) * 1099511628211
				h ^= h >> 29
			}
		}
		if h != c.want {
			t.Errorf("%s: digest %#x, want %#x", c.name, h, c.want)
		}
	}
}
