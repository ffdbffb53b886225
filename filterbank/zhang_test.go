package filterbank

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"hearpipe/internal/random"
	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

// potential is a source of n channels at a potential [V] from frame `from` on, 0 before.
func potential(frames, from int64, n int, v float64) (stages.Stage, error) {
	return stagetest.NewStream(stagetest.Signal{Rate: 50000, Frames: frames, Channels: n, Value: func(at int64, _ int) float64 {
		if at < from {
			return 0
		}
		return v
	}})
}

func ExampleNewZhangRate() {
	// Silence, then a potential so high that the permeability is at its maximum: the rate jumps from the spontaneous 50 Hz
	// and adapts, first rapidly, then slowly.
	v, err := potential(20000, 500, 1, 0.02)
	if err != nil {
		fmt.Println(err)
	}
	rate, err := NewZhangRate(v, ZhangParams{CF: []float64{1000}})
	if err != nil {
		fmt.Println(err)
	}
	f, err := rate.Fetch(context.Background(), 0, 20000)
	if err != nil {
		fmt.Println(err)
	}
	fmt.Printf("%.1f %.0f %.0f %.0f\n", f.At(499, 0), f.At(500, 0), f.At(750, 0), f.At(19999, 0))
	// Output:
	// 50.0 832 324 127
}

func ExampleNewZhangFibres() {
	// A second of silence through 200 fibres of high spontaneous rate. They would fire 50 times each if they were not
	// refractory after a spike.
	v, err := potential(50000, 0, 1, 0)
	if err != nil {
		fmt.Println(err)
	}
	fibres, err := NewZhangFibres(v, ZhangFibresParams{ZhangParams: ZhangParams{CF: []float64{1000}}, PerChannel: 200, Seed: 1})
	if err != nil {
		fmt.Println(err)
	}
	s, err := fibres.FetchSpikes(context.Background(), 0, 50000)
	if err != nil {
		fmt.Println(err)
	}
	fmt.Printf("%.1f spikes per fibre\n", float64(len(s.List))/200)
	// Output:
	// 38.9 spikes per fibre
}

func TestZhangDesignEqualsTheReference(t *testing.T) {
	d, err := DesignZhang(load(t, "erbspace_200_8000_16").data, ZhangDefaults())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"P_rest", d.RestPermeability, 0.026749650025412169},
		{"P_L", d.LocalPermeability, 0.14828225741117643},
		{"V_I", d.ImmediateVolume, 0.00150460013247276},
		{"V_L", d.LocalVolume, 0.0113854036364754},
		{"P_G", d.GlobalPermeability, 0.071877481415696484},
		{"C_G", d.GlobalConcentration, 2902.00625},
		{"p_1", d.P1, 0.038591587437177471},
		{"C_I", d.Immediate, 50 / 0.026749650025412169},
		{"C_L", d.Local, 50 / 0.026749650025412169 * (0.026749650025412169 + 0.14828225741117643) / 0.14828225741117643},
	} {
		if !(math.Abs(c.got/c.want-1) <= 1e-13) {
			t.Errorf("%s = %v, want %v", c.name, c.got, c.want)
		}
	}
	for c, want := range load(t, "zhang_p2").data {
		if !(math.Abs(d.P2[c]/want-1) <= 1e-13) {
			t.Errorf("channel %d: p_2 = %v, want %v", c, d.P2[c], want)
		}
	}
	// Below 100 natural units per volt the other branch of p_2 holds: the permeability for 1 V is still the saturating one.
	k := ZhangDefaults()
	k.PeakToSteady = 1.5
	if d, err = DesignZhang([]float64{100}, k); err != nil {
		t.Fatal(err)
	}
	saturation := 20. * 51 / 55 * 0.6 * 1.5
	if got := d.P1 * math.Log1p(math.Exp(d.P2[0])); !(d.P2[0] < 100) || math.Abs(got/saturation-1) > 1e-12 {
		t.Errorf("p_2 %v gives the permeability %v for 1 V, want %v", d.P2[0], got, saturation)
	}
}

func TestZhangRateEqualsTheReference(t *testing.T) {
	cf := pick(load(t, "erbspace_200_8000_16").data)
	for _, legacy := range []bool{false, true} {
		for port, name := range []string{"zhang_s", "zhang_C_I", "zhang_C_L"} {
			rate, err := NewZhangRate(memory(t, 50000, load(t, "tancarney_60").frames()), ZhangParams{CF: cf, LegacyLocalVolume: legacy})
			if err != nil {
				t.Fatal(err)
			}
			if !legacy {
				name += "_VL"
			}
			t.Run(name, func(t *testing.T) {
				compare(t, collect(t, []stages.Stage{rate, rate.Immediate, rate.Local}[port]), load(t, name).frames(), toleranceOutput, toleranceChannel)
			})
		}
	}
}

// The stores are solved for adaptation with two time constants: the rate after a step to the maximal permeability.
func TestAdaptationHasTheTimeConstantsItWasSolvedFor(t *testing.T) {
	k := ZhangDefaults()
	d, err := DesignZhang([]float64{1000}, k)
	if err != nil {
		t.Fatal(err)
	}
	// The potential at which the permeability is P_Imax.
	v := math.Log(math.Exp(k.MaxPermeability/d.P1)-1) / d.P2[0]
	src, err := potential(50000, 0, 1, v)
	if err != nil {
		t.Fatal(err)
	}
	rate, err := NewZhangRate(src, ZhangParams{CF: []float64{1000}})
	if err != nil {
		t.Fatal(err)
	}
	f := collect(t, rate)
	if onset := f.At(0, 0); math.Abs(onset/(k.PeakToSteady*k.SteadyState)-1) > 1e-9 {
		t.Errorf("rate at onset %v Hz, want %v", onset, k.PeakToSteady*k.SteadyState)
	}
	if end := f.At(f.N-1, 0); math.Abs(end/k.SteadyState-1) > 1e-3 {
		t.Errorf("rate at the end %v Hz, want %v", end, k.SteadyState)
	}
	slow := func(i int) float64 { return math.Log(f.At(i, 0) - f.At(f.N-1, 0)) }
	if tau := 0.1 / (slow(2500) - slow(7500)); math.Abs(tau-0.060) > 0.002 {
		t.Errorf("slow adaptation with %v s, want 0.060 s", tau)
	}
}

// Silence is a steady state, and a potential beyond all measure empties the stores but never below nothing.
func TestStoresAreNeverLessThanEmpty(t *testing.T) {
	for _, v := range []float64{0, -1, 0.5, 3, 100, 1e6} {
		for _, legacy := range []bool{false, true} {
			src, err := potential(2000, 0, 1, v)
			if err != nil {
				t.Fatal(err)
			}
			rate, err := NewZhangRate(src, ZhangParams{CF: []float64{4000}, LegacyLocalVolume: legacy})
			if err != nil {
				t.Fatal(err)
			}
			f := collect(t, rate)
			for i := range f.N {
				if s := f.At(i, 0); !(s >= 0) || v == 0 && math.Abs(s-50) > 1e-9 {
					t.Fatalf("%g V: rate %v Hz in frame %d", v, s, i)
				}
			}
		}
	}
}

// A step that would empty the immediate store leaves both in balance: what flows in flows out.
func TestEmptiedStoresAreInBalance(t *testing.T) {
	src, err := potential(2, 0, 1, 3)
	if err != nil {
		t.Fatal(err)
	}
	_, d, stores, err := connectZhang("test", src, ZhangParams{CF: []float64{4000}})
	if err != nil {
		t.Fatal(err)
	}
	rate := make([]float64, 1)
	stores.step(rate, []float64{3}, 1)
	out := d.P1 * d.P2[0] * 3 * stores.immediate[0]
	middle := d.LocalPermeability * (stores.local[0] - stores.immediate[0])
	in := d.GlobalPermeability * (d.GlobalConcentration - stores.local[0])
	if !(out > 0) || math.Abs(middle/out-1) > 1e-9 || math.Abs(in/out-1) > 1e-9 {
		t.Errorf("flows %v, %v, %v, want them equal", in, middle, out)
	}
}

// fibresByHand follows the description word by word, with absolute frame numbers.
func fibresByHand(rate stages.Frames, per int, r ZhangRecovery, fs float64, u random.Stream) (spikes []stages.Spike, firing stages.Frames) {
	n := rate.Channels * per
	firing = stages.MakeFrames(rate.N, n)
	dead := int((r.Absolute + 0.001/fs) * fs)
	e0, e1, last := make([]float64, n), make([]float64, n), make([]int, n)
	for i := range last {
		last[i] = -1 << 40
	}
	for k := range rate.N {
		for i := range n {
			active := k-last[i] >= dead
			if active {
				e0[i] *= 1 - 1/(fs*r.FastTau)
				e1[i] *= 1 - 1/(fs*r.SlowTau)
			}
			now := rate.At(k, i/per) * (1 - r.Fast*e0[i] - r.Slow*e1[i])
			firing.Row(k)[i] = now
			if active && u.Uniform(int64(i), int64(k)) < now/fs {
				spikes = append(spikes, stages.Spike{At: int64(k), Cell: int32(i)})
				e0[i], e1[i], last[i] = 1, 1, k
			}
		}
	}
	return spikes, firing
}

func TestFibresFireAsDescribed(t *testing.T) {
	cf := pick(load(t, "erbspace_200_8000_16").data)
	recovery := ZhangRecovery{Absolute: 0.002, Fast: 0.3, Slow: 0.6, FastTau: 0.002, SlowTau: 0.005}
	for _, c := range []struct {
		recovery *ZhangRecovery
		name     string
		per      int
	}{{nil, "", 3}, {&recovery, "others", 5}} {
		r, name := ZhangRecoveryDefaults(), "zhang0"
		if c.recovery != nil {
			r, name = *c.recovery, c.name
		}
		fibres := func() *ZhangFibres {
			f, err := NewZhangFibres(memory(t, 50000, load(t, "tancarney_60").frames()),
				ZhangFibresParams{ZhangParams: ZhangParams{CF: cf}, PerChannel: c.per, Recovery: c.recovery, Name: c.name, Seed: 7})
			if err != nil {
				t.Fatal(err)
			}
			return f
		}
		rate, err := NewZhangRate(memory(t, 50000, load(t, "tancarney_60").frames()), ZhangParams{CF: cf})
		if err != nil {
			t.Fatal(err)
		}
		s := collect(t, rate)
		compare(t, collect(t, fibres().Rate), s, 0, 0)
		want, firing := fibresByHand(s, c.per, r, 50000, random.New(7, name, "spike", 0))
		compare(t, collect(t, fibres().Firing), firing, 1e-12, 1e-12)
		got, err := fibres().FetchSpikes(context.Background(), 0, 2500)
		if err != nil {
			t.Fatal(err)
		}
		if len(want) < 50 || !slices.Equal(got.List, want) {
			t.Errorf("%d fibres per channel: %d spikes, want %d: %v, %v", c.per, len(got.List), len(want), got.List, want)
		}
	}
}

// At a constant rate s the mean interval is that of the hazard s·(1 - c_0·e_0 - c_1·e_1) after n_R frames; no interval is
// shorter than n_R = 37 frames; other seeds and names give other spikes.
func TestIntervalsFollowTheHazard(t *testing.T) {
	const n, frames = 400, 50000
	spikes := func(seed uint64, name string) []stages.Spike {
		src, err := potential(frames, 0, 1, 0.005)
		if err != nil {
			t.Fatal(err)
		}
		f, err := NewZhangFibres(src, ZhangFibresParams{ZhangParams: ZhangParams{CF: []float64{1000}}, PerChannel: n, Seed: seed, Name: name})
		if err != nil {
			t.Fatal(err)
		}
		s, err := f.FetchSpikes(context.Background(), 0, frames)
		if err != nil {
			t.Fatal(err)
		}
		return append([]stages.Spike(nil), s.List...)
	}
	src, err := potential(frames, 0, 1, 0.005)
	if err != nil {
		t.Fatal(err)
	}
	rate, err := NewZhangRate(src, ZhangParams{CF: []float64{1000}})
	if err != nil {
		t.Fatal(err)
	}
	s := collect(t, rate).At(frames-1, 0) // steady by the second half
	mean, alive, e0, e1 := 0.0, 1.0, 1.0, 1.0
	for k := 1; alive > 1e-12; k++ {
		if k < 37 {
			mean += alive
			continue
		}
		e0 *= 1 - 0.00002/0.001
		e1 *= 1 - 0.00002/0.0125
		mean += alive
		alive *= 1 - s*(1-0.5*e0-0.5*e1)*0.00002
	}
	list := spikes(1, "")
	last, count, sum, shortest := map[int32]int64{}, 0, 0.0, int64(math.MaxInt64)
	for _, x := range list {
		if x.At < frames/2 {
			continue
		}
		if before, ok := last[x.Cell]; ok {
			shortest = min(shortest, x.At-before)
			sum += float64(x.At - before)
			count++
		}
		last[x.Cell] = x.At
	}
	if shortest != 37 && shortest != 38 && shortest != 39 {
		t.Errorf("shortest interval %d frames, want 37 or a little more", shortest)
	}
	// Intervals that the end of the window cuts off are missing, the long ones more often: count spikes instead.
	expected := n * frames / 2 / mean
	late := 0
	for _, x := range list {
		if x.At >= frames/2 {
			late++
		}
	}
	if math.Abs(float64(late)-expected) > 4*math.Sqrt(expected) {
		t.Errorf("%d spikes at s = %.1f Hz, want %.0f (mean interval %.1f frames; seen %.1f)", late, s, expected, mean, sum/float64(count))
	}
	if slices.Equal(list, spikes(2, "")) || slices.Equal(list, spikes(1, "other")) || !slices.Equal(list, spikes(1, "zhang0")) {
		t.Error("seed and name do not name the random numbers")
	}
}

func TestZhangSynapsesConform(t *testing.T) {
	cf := []float64{300, 500, 800, 1300, 2100}
	for _, inputs := range []int{1, 5} {
		signal := stagetest.Signal{Channels: inputs, Scale: 0.1}
		t.Run(fmt.Sprintf("rate, source of %d", inputs), func(t *testing.T) {
			stagetest.Run(t, stagetest.Recipe{
				Inputs: []stagetest.Signal{signal},
				Build: func(in []stages.Stage, r stages.Range) ([]stages.Node, error) {
					z, err := NewZhangRate(in[0], ZhangParams{CF: cf, Channels: r})
					if err != nil {
						return nil, err
					}
					return []stages.Node{z, z.Immediate, z.Local}, nil
				},
				Sliced: true, Period: 1,
			})
		})
		t.Run(fmt.Sprintf("fibres, source of %d", inputs), func(t *testing.T) {
			stagetest.Run(t, stagetest.Recipe{
				Inputs: []stagetest.Signal{signal},
				Build: func(in []stages.Stage, r stages.Range) ([]stages.Node, error) {
					z, err := NewZhangFibres(in[0], ZhangFibresParams{ZhangParams: ZhangParams{CF: cf, Channels: r}, PerChannel: 3, Seed: 3})
					if err != nil {
						return nil, err
					}
					return []stages.Node{z, z.Rate, z.Firing}, nil
				},
				Sliced: true, Channels: 5,
			})
		})
		t.Run(fmt.Sprintf("ranges of fibres, source of %d", inputs), func(t *testing.T) {
			stagetest.Run(t, stagetest.Recipe{
				Inputs: []stagetest.Signal{signal},
				Build: func(in []stages.Stage, r stages.Range) ([]stages.Node, error) {
					z, err := NewZhangFibres(in[0], ZhangFibresParams{ZhangParams: ZhangParams{CF: cf}, PerChannel: 3, Seed: 3, Fibres: r})
					if err != nil {
						return nil, err
					}
					return []stages.Node{z, z.Firing}, nil
				},
				Sliced: true, Channels: 15, Frames: 300,
			})
		})
	}
}

// The bits of the models from middle ear to nerve, wherever they are computed: whoever changes them on purpose puts the new
// digest here.
func TestBitsOfNervesAreTheSameOnEveryMachine(t *testing.T) {
	const want = 0xddc3b72a8ff4be7b
	cf, err := ERBSpace(100, 8000, 37)
	if err != nil {
		t.Fatal(err)
	}
	h := uint64(14695981039346656037)
	for port := range 6 {
		src, err := stagetest.NewStream(stagetest.Signal{Rate: 44100, Frames: 2000, Scale: 0.1})
		if err != nil {
			t.Fatal(err)
		}
		ear, err := NewMiddleEar(src, MiddleEarParams{})
		if err != nil {
			t.Fatal(err)
		}
		cochlea, err := NewTanCarney(ear, TanCarneyParams{CF: cf, Interval: 3})
		if err != nil {
			t.Fatal(err)
		}
		rate, err := NewZhangRate(cochlea, ZhangParams{CF: cf})
		if err != nil {
			t.Fatal(err)
		}
		fibres, err := NewZhangFibres(cochlea, ZhangFibresParams{ZhangParams: ZhangParams{CF: cf}, PerChannel: 3, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		f := collect(t, []stages.Stage{cochlea, cochlea.Signal, cochlea.Control, rate.Immediate, rate.Local, fibres.Firing}[port])
		for i := range f.N {
			for _, v := range f.Row(i) {
				h = (h ^ math.Float64bits(v)) * 1099511628211
				h ^= h >> 29
			}
		}
	}
	if h != want {
		t.Errorf("digest %#x, want %#x", h, uint64(want))
	}
}

func TestImpossibleZhangSynapsesAreRefused(t *testing.T) {
	src := stagetest.NewSource(stagetest.Signal{Rate: 50000, Frames: 10})
	one := []float64{1000}
	constants := func(change func(k *ZhangConstants)) *ZhangConstants {
		k := ZhangDefaults()
		change(&k)
		return &k
	}
	for _, c := range []struct {
		p    ZhangParams
		want string
	}{
		{ZhangParams{}, "no centre frequencies"},
		{ZhangParams{CF: []float64{1000, math.NaN()}}, "channel 1: centre frequency NaN Hz"},
		{ZhangParams{CF: []float64{30000}}, "channel 0: centre frequency 30000 Hz"},
		{ZhangParams{CF: one, Constants: constants(func(k *ZhangConstants) { k.Spontaneous = 0 })}, "spontaneous rate [Hz] 0: want above 0 and below"},
		{ZhangParams{CF: one, Constants: constants(func(k *ZhangConstants) { k.Spontaneous = 130 })}, "spontaneous rate [Hz] 130"},
		{ZhangParams{CF: one, Constants: constants(func(k *ZhangConstants) { k.TauShort = -1 })}, "short-term adaptation [s] -1"},
		{ZhangParams{CF: one, Constants: constants(func(k *ZhangConstants) { k.TauRapid = k.TauShort })}, "other than that of short-term adaptation"},
		{ZhangParams{CF: one, Constants: constants(func(k *ZhangConstants) { k.PeakToSteady = 1 })}, "ratio of peak to steady state 1: want above 1"},
		{ZhangParams{CF: one, Constants: constants(func(k *ZhangConstants) { k.MaxPermeability = math.Inf(1) })}, "maximal permeability +Inf"},
		{ZhangParams{CF: one, Constants: constants(func(k *ZhangConstants) { k.RapidToShort = math.NaN() })}, "rapid to short-term adaptation NaN"},
		{ZhangParams{CF: one, Channels: rangeOf(1, 2)}, "channels 1:2"},
	} {
		for _, build := range []func() error{
			func() error { _, err := NewZhangRate(src, c.p); return err },
			func() error { _, err := NewZhangFibres(src, ZhangFibresParams{ZhangParams: c.p}); return err },
		} {
			if err := build(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %q does not say %q", err, c.want)
			}
		}
	}
	if _, err := NewZhangFibres(src, ZhangFibresParams{ZhangParams: ZhangParams{CF: one}, PerChannel: 3, Fibres: rangeOf(1, 4)}); err == nil ||
		!strings.Contains(err.Error(), "fibres 1:4 and channels 0:0: want one of both, fibres within 0:3") {
		t.Error(err)
	}
	recovery := func(change func(r *ZhangRecovery)) *ZhangRecovery {
		r := ZhangRecoveryDefaults()
		change(&r)
		return &r
	}
	for _, c := range []struct {
		p    ZhangFibresParams
		want string
	}{
		{ZhangFibresParams{PerChannel: -1}, "-1 fibres for each of 1 channels"},
		{ZhangFibresParams{PerChannel: 1 << 31}, "want at least 1, together below 2³¹"},
		{ZhangFibresParams{Recovery: recovery(func(r *ZhangRecovery) { r.Absolute = -1 })}, "absolute refractory period -1 s"},
		{ZhangFibresParams{Recovery: recovery(func(r *ZhangRecovery) { r.Fast = 0.6 })}, "parts 0.6 and 0.5 of the rate"},
		{ZhangFibresParams{Recovery: recovery(func(r *ZhangRecovery) { r.SlowTau = 1e-6 })}, "time constants of recovery 0.001 s and 1e-06 s: want at least one frame, 2e-05 s"},
	} {
		c.p.ZhangParams = ZhangParams{CF: one}
		if _, err := NewZhangFibres(src, c.p); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %q does not say %q", err, c.want)
		}
	}
	if _, err := NewZhangFibres(nil, ZhangFibresParams{ZhangParams: ZhangParams{CF: one}}); err == nil {
		t.Error("a missing source was accepted")
	}
}
