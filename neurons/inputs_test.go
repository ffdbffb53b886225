package neurons_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"hearpipe/neurons"
	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

func TestAGeneratorNeverFiresBeforeItsTime(t *testing.T) {
	n := network(t, neurons.NetworkParams{})
	g, err := n.Generator(neurons.GeneratorParams{N: 3, Cells: []int32{2, 0, 1, 0, 0, 1}, Times: []float64{1.3e-3, 2.1e-3, 2.11e-3, 0, 2.1e-3, -1e-3}})
	must(t, err)
	s := takeSpikes(g)
	run(t, n, 0.0021, s)
	run(t, n, 0.01, s)
	want := []stages.Spike{{At: 0, Cell: 0}, {At: 13, Cell: 2}, {At: 21, Cell: 0}, {At: 22, Cell: 1}}
	if !slices.Equal(s.spikes, want) {
		t.Errorf("%v, want %v", s.spikes, want)
	}
	if w := fmt.Sprint(g.Warnings()); !strings.Contains(w, "1 spikes left out: before time 0") || !strings.Contains(w, "1 spikes left out: of a cell that fires in the same step") {
		t.Errorf("warnings %s", w)
	}
}

func TestAGeneratorRepeatsItsPeriod(t *testing.T) {
	n := network(t, neurons.NetworkParams{})
	g, err := n.Generator(neurons.GeneratorParams{N: 2, Cells: []int32{0, 1, 0}, Times: []float64{0, 3e-4, 9e-4}, Period: 5e-4})
	must(t, err)
	s := takeSpikes(g)
	run(t, n, 0.0012, s)
	want := []stages.Spike{{At: 0, Cell: 0}, {At: 3, Cell: 1}, {At: 5, Cell: 0}, {At: 8, Cell: 1}, {At: 10, Cell: 0}}
	if !slices.Equal(s.spikes, want) || !strings.Contains(fmt.Sprint(g.Warnings()), "end of the period") {
		t.Errorf("%v, want %v; %v", s.spikes, want, g.Warnings())
	}
}

func TestAGeneratorFiresAsAStreamSays(t *testing.T) {
	src := stagetest.NewSpikeSource(stagetest.SpikeSignal{Rate: 5000, Cells: 4, Frames: 40})
	n := network(t, neurons.NetworkParams{})
	g, err := n.Generator(neurons.GeneratorParams{From: src})
	must(t, err)
	s := takeSpikes(g)
	run(t, n, 0.003, s)
	run(t, n, 0.009, s)
	f, err := src.FetchSpikes(t.Context(), 0, 40)
	must(t, err)
	if len(f.List) < 5 || !slices.Equal(s.spikes, f.List) {
		t.Errorf("%v, want %v", s.spikes, f.List)
	}
}

func TestPoissonCellsFireAtTheirRates(t *testing.T) {
	n := network(t, neurons.NetworkParams{Seed: 5})
	const cells, seconds = 1000, 2.0
	constant, err := n.PoissonGroup(neurons.PoissonParams{N: cells, Rates: "15*Hz"})
	must(t, err)
	each, err := n.PoissonGroup(neurons.PoissonParams{N: cells, Rates: "i*0.1*Hz"})
	must(t, err)
	wave, err := n.PoissonGroup(neurons.PoissonParams{N: cells, Rates: "20*Hz*(1+sin(2*pi*5*Hz*t))"})
	must(t, err)
	two, err := n.PoissonGroup(neurons.PoissonParams{Values: []float64{-5, 2e4}})
	must(t, err)
	var takers []*spikeTaker
	for _, g := range []*neurons.Group{constant, each, wave, two} {
		takers = append(takers, takeSpikes(g))
	}
	run(t, n, seconds, takers[0], takers[1], takers[2], takers[3])
	near := func(what string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 4*math.Sqrt(want) {
			t.Errorf("%s: %g spikes, want %g within four deviations", what, got, want)
		}
	}
	near("constant", float64(len(takers[0].spikes)), 15*cells*seconds)
	var low, high float64
	for _, s := range takers[1].spikes {
		if s.Cell < cells/2 {
			low++
		} else {
			high++
		}
	}
	near("lower half", low, seconds*0.1*499*500/2)
	near("upper half", high, seconds*0.1*(500+999)*500/2)
	var first, second float64 // halves of the periods of 0.2 s
	for _, s := range takers[2].spikes {
		if s.At%2000 < 1000 {
			first++
		} else {
			second++
		}
	}
	near("first half-periods", first, cells*seconds*20*(0.5+1/math.Pi))
	near("second half-periods", second, cells*seconds*20*(0.5-1/math.Pi))
	if k := len(takers[3].spikes); k != 20000 || takers[3].spikes[0].Cell != 1 {
		t.Errorf("%d spikes: want a negative rate to be silent and one above 1/dt to fire in each step", k)
	}
}

// The counts are binomial: mean N·p and variance N·p·(1-p), for few and for many processes.
func TestPoissonInputAddsBinomialCounts(t *testing.T) {
	for _, c := range []struct {
		processes int
		rate      float64
	}{{5, 4000}, {1000, 15}, {20000, 9000}, {3, 1e4}} {
		n := network(t, neurons.NetworkParams{Seed: 9})
		const cells, steps = 200, 100
		g := member(t, n, neurons.GroupParams{N: cells, Equations: "v : volt\nw : volt"})
		in, err := n.PoissonInput(neurons.PoissonInputParams{Target: g.All(), Variable: "v", N: c.processes, Rate: c.rate, Weight: "2*mV", Record: true})
		must(t, err)
		must(t, g.RunRegularly("w = v; v = 0*mV", neurons.When{Slot: neurons.End}))
		w := takeFrames(t, g, "w")
		run(t, n, steps*1e-4, w)
		p := c.rate * 1e-4
		mean, variance, events := 0.0, 0.0, 0
		for _, x := range w.frames {
			k := x / 2e-3
			if math.Abs(k-math.Round(k)) > 1e-9 {
				t.Fatalf("%g times the weight: want whole numbers", k)
			}
			if k > 0.5 {
				events++
			}
			mean += k
		}
		mean /= cells * steps
		for _, x := range w.frames {
			variance += (x/2e-3 - mean) * (x/2e-3 - mean)
		}
		variance /= cells*steps - 1
		wantMean, wantVar := float64(c.processes)*p, float64(c.processes)*p*(1-p)
		if math.Abs(mean-wantMean) > 4*math.Sqrt(wantVar/(cells*steps))+1e-12 || math.Abs(variance-wantVar) > 0.06*wantVar+1e-12 {
			t.Errorf("%d processes of %g Hz: mean %g, variance %g; want %g, %g", c.processes, c.rate, mean, variance, wantMean, wantVar)
		}
		if events != len(in.Events()) {
			t.Errorf("%d events recorded, %d seen", len(in.Events()), events)
		}
	}
}

func TestPoissonInputMayFailFreezeAndTakeItsTime(t *testing.T) {
	total := func(p neurons.PoissonInputParams) (sum float64, v []float64) {
		n := network(t, neurons.NetworkParams{Seed: 2})
		g := member(t, n, neurons.GroupParams{N: 50, Equations: "v : 1"})
		p.Target, p.Variable, p.Weight = g.All(), "v", "1"
		_, err := n.PoissonInput(p)
		must(t, err)
		run(t, n, 0.5)
		run(t, n, 0.5)
		v, err = g.Values("v")
		must(t, err)
		for _, x := range v {
			sum += x
		}
		return sum, v
	}
	// 50 cells, 20 processes of 10 Hz, 2 copies, 1 s.
	if s, _ := total(neurons.PoissonInputParams{N: 20, Rate: 10, Copies: 2}); math.Abs(s-20000) > 4*2*100 {
		t.Errorf("two copies: %g, want 20000", s)
	}
	if s, _ := total(neurons.PoissonInputParams{N: 20, Rate: 10, Copies: 2, Reliability: 0.25}); math.Abs(s-5000) > 400 {
		t.Errorf("one of four arrives: %g, want 5000", s)
	}
	s, _ := total(neurons.PoissonInputParams{N: 20, Rate: 10, Copies: 2, Jitter: 10e-3})
	whole, _ := total(neurons.PoissonInputParams{N: 20, Rate: 10, Copies: 2})
	if s > whole || s < 0.97*whole {
		t.Errorf("with jitter %g of %g arrived: want all but those on their way", s, whole)
	}
	if _, v := total(neurons.PoissonInputParams{N: 20, Rate: 10, Freeze: true}); slices.Min(v) != slices.Max(v) || v[0] < 100 {
		t.Errorf("frozen: %g to %g", slices.Min(v), slices.Max(v))
	}
}

func TestPoissonInputIsLostWhileAFlaggedVariableStandsStill(t *testing.T) {
	n := network(t, neurons.NetworkParams{})
	g := member(t, n, neurons.GroupParams{N: 1, Equations: "dv/dt = 0/second : 1 (unless refractory)", Threshold: "v > 4.5", Reset: "v = 0", Refractory: "0.5 ms"})
	_, err := n.PoissonInput(neurons.PoissonInputParams{Target: g.All(), Variable: "v", N: 1, Rate: 1e4, Weight: "1"})
	must(t, err)
	v := takeFrames(t, g, "v")
	run(t, n, 1e-3, v)
	// The recorded values are those at the ends of the steps: 0 1 2 3 4 5 0 0 0 0 at their starts.
	if want := []float64{1, 2, 3, 4, 5, 0, 0, 0, 0, 0}; !slices.Equal(v.frames, want) {
		t.Errorf("%v, want %v", v.frames, want)
	}
}

func TestAPacketFiresOncePerCellAroundItsTime(t *testing.T) {
	n := network(t, neurons.NetworkParams{Seed: 1})
	g, err := n.PulsePacket(neurons.PulsePacketParams{N: 2000, Time: 50e-3, Sigma: 1e-3})
	must(t, err)
	s := takeSpikes(g.Group)
	run(t, n, 0.1, s)
	if len(s.spikes) != 2000 {
		t.Fatalf("%d spikes, want 2000", len(s.spikes))
	}
	mean, sd := 0.0, 0.0
	for _, x := range s.spikes {
		mean += float64(x.At) * 1e-4 / 2000
	}
	for _, x := range s.spikes {
		sd += math.Pow(float64(x.At)*1e-4-mean, 2) / 2000
	}
	// Times are rounded up to steps of 0.1 ms: half a step later on average.
	if sd = math.Sqrt(sd); math.Abs(mean-50.05e-3) > 1e-4 || math.Abs(sd-1e-3) > 6e-5 {
		t.Errorf("mean %g s, deviation %g s", mean, sd)
	}
	must(t, g.Generate(0.15, 1e-3))
	again := takeSpikes(g.Group)
	run(t, n, 0.1, again)
	if len(again.spikes) != 2000 || again.spikes[0].At < 1400 {
		t.Errorf("%d spikes of the second packet from step %d", len(again.spikes), again.spikes[0].At)
	}
}

func TestCorrelatedTrainsHaveTheirRatesAndCorrelations(t *testing.T) {
	const cells, seconds = 50, 300.0
	n := network(t, neurons.NetworkParams{Seed: 4})
	g, err := n.CorrelatedTrains(neurons.CorrelatedParams{N: cells, Rate: 10, Correlation: 0.1, TauC: 10e-3})
	must(t, err)
	c := [][]float64{{0, 100, 0}, {100, 0, -100}, {0, -100, 0}}
	h, err := n.CorrelatedTrains(neurons.CorrelatedParams{Rates: []float64{20, 30, 40}, Covariance: c, TauC: 50e-3})
	must(t, err)
	s, u := takeSpikes(g), takeSpikes(h)
	run(t, n, seconds, s, u)
	rate := float64(len(s.spikes)) / cells / seconds
	if math.Abs(rate-10) > 0.3 {
		t.Errorf("%g Hz per cell, want 10", rate)
	}
	// Counts of all cells in bins of 100 ms (10 time constants): variance per pair over the mean gives the total correlation.
	const bin = 1000
	counts := make([]float64, int(seconds*1e4)/bin)
	for _, x := range s.spikes {
		counts[x.At/bin]++
	}
	mean, variance := 0.0, 0.0
	for _, k := range counts {
		mean += k / float64(len(counts))
	}
	for _, k := range counts {
		variance += (k - mean) * (k - mean) / float64(len(counts)-1)
	}
	// variance = mean + pairs·c·r·bin·(1 - tau/bin·(1-exp(-bin/tau))): the last factor is what lies within the bin.
	total := (variance - mean) / (cells * (cells - 1)) / (rate * 0.1) / (1 - 0.1*(1-math.Exp(-10)))
	if math.Abs(total-0.1) > 0.02 {
		t.Errorf("total correlation %g, want 0.1", total)
	}
	each := make([]float64, 3)
	pair := [3][]float64{}
	for k := range pair {
		pair[k] = make([]float64, int(seconds*1e4)/2000)
	}
	for _, x := range u.spikes {
		each[x.Cell] += 1 / seconds
		pair[x.Cell][x.At/2000]++
	}
	for k, want := range []float64{20, 30, 40} {
		if math.Abs(each[k]-want) > 0.06*want {
			t.Errorf("cell %d: %g Hz, want %g", k, each[k], want)
		}
	}
	cov := func(i, j int) float64 { // of the rates, from counts in 200 ms
		sum := 0.0
		for k := range pair[i] {
			sum += (pair[i][k] - each[i]*0.2) * (pair[j][k] - each[j]*0.2)
		}
		// Within a bin of 200 ms an exponential of 50 ms keeps this part of its peak.
		x := 0.2 / 0.05
		return sum / float64(len(pair[i])) / (0.2 * 0.2) / (2 / (x * x) * (x - 1 + math.Exp(-x)))
	}
	if a, b, z := cov(0, 1), cov(1, 2), cov(0, 2); math.Abs(a-100) > 30 || math.Abs(b+100) > 30 || math.Abs(z) > 30 {
		t.Errorf("covariances %g, %g, %g; want 100, -100, 0", a, b, z)
	}
}

func TestAMixtureHasTheRatesOfItsSources(t *testing.T) {
	cells, times, err := neurons.MixtureProcess(neurons.MixtureParams{
		Rates: []float64{10, 40}, Mixture: [][]float64{{1, 0}, {0.5, 0.5}, {0, 0.25}}, TauC: 5e-3, Seconds: 100, Seed: 3,
	})
	must(t, err)
	if !slices.IsSorted(times) {
		t.Error("not by time")
	}
	counts := make([]float64, 3)
	for _, c := range cells {
		counts[c]++
	}
	for k, want := range []float64{1000, 2500, 1000} {
		if math.Abs(counts[k]-want) > 4*math.Sqrt(want) {
			t.Errorf("train %d: %g spikes, want %g", k, counts[k], want)
		}
	}
	// Trains 0 and 1 share half of source 0: of 1000 spikes 500 have a partner, delays differ by a Laplace variable of 5 ms.
	near := 0.0
	for k, c := range cells {
		for j := k - 1; c == 0 && j >= 0 && times[k]-times[j] < 25e-3; j-- {
			if cells[j] == 1 {
				near++
			}
		}
		for j := k + 1; c == 0 && j < len(times) && times[j]-times[k] < 25e-3; j++ {
			if cells[j] == 1 {
				near++
			}
		}
	}
	// chance: 1000·25 Hz·50 ms = 1250
	if want := 500*(1-math.Exp(-5)) + 1250; math.Abs(near-want) > 4*math.Sqrt(want) {
		t.Errorf("%g neighbours, want %g", near, want)
	}
}

func TestALinkedVariableFollowsTheEndOfTheStepBefore(t *testing.T) {
	n := network(t, neurons.NetworkParams{})
	g := member(t, n, neurons.GroupParams{N: 2, Equations: "dx/dt = 1e4*Hz : 1\ny = 10*x + i : 1"})
	h := member(t, n, neurons.GroupParams{N: 2, Equations: "a : 1\nb : 1"})
	must(t, n.Link(neurons.LinkParams{Target: h.All(), Variable: "a", Source: g.All(), From: "x"}))
	must(t, n.Link(neurons.LinkParams{Target: h.All(), Variable: "b", Source: g.All(), From: "y", Index: []int{1, 0}}))
	a, b := takeFrames(t, h, "a"), takeFrames(t, h, "b")
	run(t, n, 3e-4, a, b)
	near := func(got, want []float64) {
		t.Helper()
		for k := range want {
			if len(got) != len(want) || math.Abs(got[k]-want[k]) > 1e-12 {
				t.Fatalf("%v, want %v", got, want)
			}
		}
	}
	near(a.frames, []float64{0, 0, 1, 1, 2, 2})
	near(b.frames, []float64{1, 0, 11, 10, 21, 20})
}

func TestWhatDrivesCellsIsRestored(t *testing.T) {
	build := func() (*neurons.Network, []*spikeTaker, *neurons.Group) {
		n := network(t, neurons.NetworkParams{Seed: 8})
		g, err := n.CorrelatedTrains(neurons.CorrelatedParams{N: 20, Rate: 100, Correlation: 0.5, TauC: 10e-3})
		must(t, err)
		h, err := n.Generator(neurons.GeneratorParams{N: 1, Cells: []int32{0}, Times: []float64{1e-3}, Period: 3e-3})
		must(t, err)
		v := member(t, n, neurons.GroupParams{N: 4, Equations: "v : 1"})
		_, err = n.PoissonInput(neurons.PoissonInputParams{Target: v.All(), Variable: "v", N: 10, Rate: 50, Weight: "1", Jitter: 5e-3})
		must(t, err)
		return n, []*spikeTaker{takeSpikes(g), takeSpikes(h)}, v
	}
	n, s, g := build()
	run(t, n, 0.0503, s[0], s[1])
	state, err := n.Store()
	must(t, err)
	s[0].spikes, s[1].spikes = nil, nil
	run(t, n, 0.05, s[0], s[1])
	m, u, h := build()
	must(t, m.Restore(state))
	run(t, m, 0.05, u[0], u[1])
	a, _ := g.Values("v")
	b, _ := h.Values("v")
	if !slices.Equal(s[0].spikes, u[0].spikes) || !slices.Equal(s[1].spikes, u[1].spikes) || !slices.Equal(a, b) || len(s[0].spikes) < 50 || len(s[1].spikes) < 10 {
		t.Error("what was restored goes on differently")
	}
}

func TestMistakesInInputsAreExplained(t *testing.T) {
	n := network(t, neurons.NetworkParams{})
	g := member(t, n, neurons.GroupParams{Name: "g", N: 2, Equations: "dv/dt = -v/(10*ms) : volt\nu = 2*v : volt\np : 1"})
	second := func(_ any, err error) error { return err }
	for _, c := range []struct {
		err  error
		want string
	}{
		{second(n.Generator(neurons.GeneratorParams{N: 2, Cells: []int32{2}, Times: []float64{0}})), "spike 0 is of cell 2: want 0 to 1"},
		{second(n.Generator(neurons.GeneratorParams{N: 2, Cells: []int32{1}})), "1 cells and 0 times"},
		{second(n.Generator(neurons.GeneratorParams{N: 2, Cells: []int32{1}, Times: []float64{math.NaN()}})), "finite time"},
		{second(n.Generator(neurons.GeneratorParams{N: 2, Period: -1})), "period of -1 s"},
		{second(n.PoissonGroup(neurons.PoissonParams{N: 2})), "one of an expression"},
		{second(n.PoissonGroup(neurons.PoissonParams{N: 2, Rates: "3*mV"})), "rates"},
		{second(n.PoissonInput(neurons.PoissonInputParams{Target: g.All(), Variable: "v", N: 2, Rate: 2e4, Weight: "1*mV"})), "want 0 to 10000 Hz"},
		{second(n.PoissonInput(neurons.PoissonInputParams{Target: g.All(), Variable: "v", N: 2, Rate: 2, Weight: "1*mA"})), "has the dimension"},
		{second(n.PoissonInput(neurons.PoissonInputParams{Target: g.All(), Variable: "u", N: 2, Rate: 2, Weight: "1*mV"})), "static equation"},
		{second(n.PoissonInput(neurons.PoissonInputParams{Target: g.All(), Variable: "v", N: 2, Rate: 2, Weight: "v"})), "want a constant"},
		{second(n.PoissonInput(neurons.PoissonInputParams{Target: g.All(), Variable: "v", N: 2, Rate: 2, Weight: "mV", Jitter: 1, Reliability: 0.5})), "cannot be combined"},
		{second(n.CorrelatedTrains(neurons.CorrelatedParams{N: 2, Rate: 10, Correlation: 0.1})), "time constant of 0 s"},
		{second(n.CorrelatedTrains(neurons.CorrelatedParams{Rates: []float64{1, 2}, Covariance: [][]float64{{0, 1}, {2, 0}}, TauC: 1})), "symmetric"},
		{n.Link(neurons.LinkParams{Target: g.All(), Variable: "p", Source: g.All(), From: "v"}), "has the dimension"},
		{n.Link(neurons.LinkParams{Target: g.All(), Variable: "p", Source: g.All(), From: "x"}), "no variable x"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("%v: want %q", c.err, c.want)
		}
	}
}
