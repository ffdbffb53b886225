package neurons_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"hearpipe/neurons"
	"hearpipe/neurons/trains"
	"hearpipe/stages"
)

func watched(t *testing.T, g *neurons.Group, p neurons.SpikeMonitorParams) *neurons.SpikeMonitor {
	t.Helper()
	m, err := g.Network().SpikeMonitor(g.All(), p)
	must(t, err)
	return m
}

func statesOf(t *testing.T, g *neurons.Group, p neurons.StateMonitorParams, names ...string) *neurons.StateMonitor {
	t.Helper()
	m, err := g.Network().StateMonitor(g.All(), names, p)
	must(t, err)
	return m
}

func series(t *testing.T, m *neurons.StateMonitor, name string, cell int) []float64 {
	t.Helper()
	x, err := m.Series(name, cell)
	must(t, err)
	return x
}

func listed(t *testing.T, n *neurons.Network, cells int, spikes ...stages.Spike) *neurons.Group {
	t.Helper()
	p := neurons.GeneratorParams{N: cells}
	for _, s := range spikes {
		p.Cells, p.Times = append(p.Cells, s.Cell), append(p.Times, float64(s.At)*1e-4)
	}
	g, err := n.Generator(p)
	must(t, err)
	return g
}

func TestASpikeMonitorSeesItsCells(t *testing.T) {
	n := network(t, neurons.NetworkParams{})
	g := member(t, n, neurons.GroupParams{N: 10, Equations: "v : 1", Threshold: "v > 1"})
	must(t, g.Set("v", "2"))
	part, err := g.Cells(3, 6)
	must(t, err)
	var called [][]int32
	m, err := n.SpikeMonitor(part, neurons.SpikeMonitorParams{Func: func(_ neurons.Now, cells []int32) error {
		called = append(called, slices.Clone(cells))
		return nil
	}})
	must(t, err)
	count := watched(t, g, neurons.SpikeMonitorParams{CountOnly: true})
	late := watched(t, g, neurons.SpikeMonitorParams{Delay: 3e-4})
	run(t, n, 1e-4)
	if want := []stages.Spike{{Cell: 0}, {Cell: 1}, {Cell: 2}}; !slices.Equal(m.Spikes(), want) || !slices.Equal(m.Counts(), []int{1, 1, 1}) {
		t.Errorf("%v, counts %v; want %v", m.Spikes(), m.Counts(), want)
	}
	must(t, g.Set("v", "0"))
	run(t, n, 4e-4)
	if len(called) != 5 || len(called[0]) != 3 || len(called[4]) != 0 {
		t.Errorf("function called with %v: want every step", called)
	}
	if count.Total() != 10 || count.Spikes() != nil {
		t.Errorf("%d counted, %d kept", count.Total(), len(count.Spikes()))
	}
	if k := late.Spikes(); len(k) != 10 || k[0].At != 3 {
		t.Errorf("with a delay: %v, want all at step 3", k)
	}
	if trains := m.Trains(); len(trains) != 3 || trains[2][0] != 0 {
		t.Errorf("trains %v", trains)
	}
}

func TestAStateMonitorKeepsTheEndOfAStep(t *testing.T) {
	n := network(t, neurons.NetworkParams{})
	g := member(t, n, neurons.GroupParams{N: 3, Method: "exact", Equations: "dv/dt = -v/(10*ms) : 1\nu = 2*v + i : 1", Init: map[string]string{"v": "1"}})
	all := statesOf(t, g, neurons.StateMonitorParams{Name: "all"}, "v", "u")
	few := statesOf(t, g, neurons.StateMonitorParams{Cells: []int{2, 0}, When: neurons.When{Every: 3e-4}}, "u")
	begin := statesOf(t, g, neurons.StateMonitorParams{When: neurons.When{Slot: neurons.Start}}, "v")
	recent := statesOf(t, g, neurons.StateMonitorParams{Recent: 2e-4}, "v")
	run(t, n, 4e-3)
	run(t, n, 6e-3)
	v := series(t, all, "v", 0)
	if len(v) != 100 || math.Abs(v[0]-0.9900498337491681) > 1e-12 || math.Abs(v[99]-0.36787944117144233) > 1e-12 || all.Times()[0] != 0 {
		t.Errorf("%d samples, first %v, last %v", len(v), v[0], v[len(v)-1])
	}
	if s := series(t, begin, "v", 0); s[0] != 1 || !slices.Equal(s[1:], v[:99]) {
		t.Error("at the start of a step the value is not that of the end of the one before")
	}
	if u := series(t, few, "u", 2); len(u) != 34 || u[1] != 2*v[3]+2 || few.Times()[33] != 99*1e-4 {
		t.Errorf("%d samples every three steps, %v", len(u), u)
	}
	if r := series(t, recent, "v", 1); len(r) != 3 || r[2] != v[99] || recent.Times()[0] != 97*1e-4 {
		t.Errorf("recent %v at %v: want the last 0.2 ms", r, recent.Times())
	}
	must(t, all.Record())
	if v := series(t, all, "v", 0); len(v) != 101 || v[100] != v[99] || all.Times()[100] != 0.01 {
		t.Errorf("one more sample: %d", len(v))
	}
	if _, err := few.Series("u", 1); err == nil || !strings.Contains(err.Error(), "u of cell 1 was not kept") {
		t.Errorf("%v", err)
	}
}

func TestMeanAndVarianceAreOverAllStepsAndCells(t *testing.T) {
	n := network(t, neurons.NetworkParams{Seed: 1})
	g := member(t, n, neurons.GroupParams{N: 40, Equations: "x : 1"})
	must(t, g.RunRegularly("x = 1e6 + randn()", neurons.When{}))
	m := statesOf(t, g, neurons.StateMonitorParams{Cells: []int{3}, When: neurons.When{Every: 1e-3}}, "x")
	all := statesOf(t, g, neurons.StateMonitorParams{}, "x")
	run(t, n, 5e-3)
	sum, count := 0.0, 0.0
	for c := range 40 {
		for _, x := range series(t, all, "x", c) {
			sum += x - 1e6
			count++
		}
	}
	mean, dev := sum/count, 0.0
	for c := range 40 {
		for _, x := range series(t, all, "x", c) {
			dev += (x - 1e6 - mean) * (x - 1e6 - mean)
		}
	}
	if math.Abs(m.Mean("x")-1e6-mean) > 1e-8 || math.Abs(m.Variance("x")-dev/(count-1)) > 1e-8 {
		t.Errorf("mean %g, variance %g; want %g, %g", m.Mean("x")-1e6, m.Variance("x"), mean, dev/(count-1))
	}
}

func TestValuesAtSpikesAreThoseBeforeTheReset(t *testing.T) {
	n := network(t, neurons.NetworkParams{})
	g := member(t, n, neurons.GroupParams{N: 1, Method: "exact", Equations: "dv/dt = (2-v)/(10*ms) : 1\nu = -v : 1", Threshold: "v > 1", Reset: "v = 0"})
	m, err := n.SpikeStateMonitor(g.All(), []string{"v", "u"}, neurons.SpikeStateMonitorParams{})
	must(t, err)
	var streamed []float64
	_, err = n.SpikeStateMonitor(g.All(), []string{"v"}, neurons.SpikeStateMonitorParams{Func: func(s neurons.SpikeState) error {
		streamed = append(streamed, s.Values[0])
		return nil
	}})
	must(t, err)
	run(t, n, 20e-3)
	e := m.Events()
	if len(e) != 2 || math.Abs(e[0].Values[0]-1.006829392417181) > 1e-12 || e[1].Values[1] != -e[1].Values[0] || e[0].At != 69 {
		t.Errorf("%v", e)
	}
	if len(streamed) != 2 || streamed[0] != e[0].Values[0] {
		t.Errorf("streamed %v", streamed)
	}
}

func TestARateMonitorCountsInBins(t *testing.T) {
	n := network(t, neurons.NetworkParams{})
	g := listed(t, n, 2, stages.Spike{At: 10}, stages.Spike{At: 11}, stages.Spike{At: 11, Cell: 1}, stages.Spike{At: 24})
	fine, err := n.RateMonitor(g.All(), neurons.RateMonitorParams{})
	must(t, err)
	coarse, err := n.RateMonitor(g.All(), neurons.RateMonitorParams{Bin: 1e-3})
	must(t, err)
	binned, err := neurons.NewRate(g, 10)
	must(t, err)
	k := &frameTaker{taker{from: binned}}
	run(t, n, 2.5e-3, k)
	if r := fine.Rates(); len(r) != 25 || r[10] != 5000 || r[11] != 1e4 || r[12] != 0 {
		t.Errorf("%v", r)
	}
	want := []float64{0, 1500, 1000}
	for i, r := range coarse.Rates() {
		if math.Abs(r-want[i]) > 1e-9 {
			t.Errorf("bin %d: %g Hz, want %g", i, r, want[i])
		}
	}
	if times := coarse.Times(); len(times) != 3 || times[2] != 20*1e-4 {
		t.Errorf("%v", times)
	}
	if len(k.frames) != 2 || math.Abs(k.frames[1]-1500) > 1e-9 || k.from.Format().Rate != 1000 {
		t.Errorf("stream %v at %g Hz", k.frames, k.from.Format().Rate)
	}
	smooth, err := trains.SmoothRate(fine.Rates(), trains.SmoothRateParams{Bin: fine.Bin(), Width: 5e-4})
	must(t, err)
	if len(smooth) != 25 {
		t.Errorf("%d smoothed bins", len(smooth))
	}
}

func TestIntervalsFallIntoHalfOpenBins(t *testing.T) {
	n := network(t, neurons.NetworkParams{})
	g := listed(t, n, 2, stages.Spike{At: 3}, stages.Spike{At: 6}, stages.Spike{At: 18}, stages.Spike{At: 40}, stages.Spike{At: 41}, stages.Spike{At: 5, Cell: 1})
	m, err := n.IntervalMonitor(g.All(), neurons.IntervalMonitorParams{Edges: []float64{0.3e-3, 1.2e-3, 2e-3}})
	must(t, err)
	run(t, n, 5e-3)
	if !slices.Equal(m.Counts(), []int{1, 1, 1}) { // 3, 12 and 22 steps; 1 is below
		t.Errorf("%v, want 1 1 1", m.Counts())
	}
}

func TestDistancesOfVanRossum(t *testing.T) {
	n := network(t, neurons.NetworkParams{})
	g := listed(t, n, 3, stages.Spike{At: 100, Cell: 1}, stages.Spike{At: 120, Cell: 2})
	m, err := n.VanRossumMonitor(g.All(), neurons.VanRossumMonitorParams{})
	must(t, err)
	run(t, n, 0.1)
	d := m.Distances()
	if math.Abs(d[0][1]-0.5254165972) > 1e-9 || math.Abs(d[2][1]-0.6642532661) > 1e-9 || d[1][2] != d[2][1] || d[1][1] != 0 {
		t.Errorf("%v", d)
	}
}

func TestCoincidencesWhileRunningEqualThoseOfTrains(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	compared := 0
	defer func() {
		if compared < 20 {
			t.Errorf("only %d gamma factors compared", compared)
		}
	}()
	for trial := range 60 {
		n := network(t, neurons.NetworkParams{})
		var spikes []stages.Spike
		targets := make([][]float64, 3)
		delays := []float64{0, 1e-3, -5e-4}
		for c := range 3 {
			for step := range 400 {
				if r.Float64() < 0.015 {
					spikes = append(spikes, stages.Spike{At: int64(step), Cell: int32(c)})
				}
				if r.Float64() < 0.015 {
					targets[c] = append(targets[c], float64(step)*1e-4)
				}
			}
		}
		g := listed(t, n, 3, spikes...)
		onset := float64(trial%3) * 5e-3
		m, err := n.CoincidenceMonitor(g.All(), neurons.CoincidenceMonitorParams{Targets: targets, Window: 5e-4, Inclusive: trial%2 == 1, Delays: delays, Onset: onset})
		must(t, err)
		s := watched(t, g, neurons.SpikeMonitorParams{})
		run(t, n, 0.04)
		gamma := m.Gamma()
		for c, train := range s.Trains() {
			p := trains.CoincidenceParams{Window: 5e-4, Exclusive: trial%2 == 0, Delay: delays[c], Onset: onset, DT: 1e-4}
			want, err := trains.Coincidences(train, targets[c], p)
			must(t, err)
			if m.Coincidences()[c] != want.Count || m.Lengths()[c] != want.Source || m.TargetLengths()[c] != want.Target {
				t.Fatalf("trial %d, cell %d: %d of %d and %d spikes, want %+v", trial, c, m.Coincidences()[c], m.Lengths()[c], m.TargetLengths()[c], want)
			}
			if onset > 0 || want.Source == 0 || want.Target < 2 {
				continue
			}
			f, err := trains.GammaFactor(train, targets[c], trains.GammaFactorParams{Coincidence: p})
			if err != nil {
				continue // windows that cover all time
			}
			if compared++; math.Abs(f-gamma[c]) > 1e-9 {
				t.Fatalf("trial %d, cell %d: gamma %g, want %g", trial, c, gamma[c], f)
			}
		}
	}
}

func TestAHistogramSamplesItsPeriod(t *testing.T) {
	n := network(t, neurons.NetworkParams{})
	g := member(t, n, neurons.GroupParams{N: 2, Equations: "x : 1"})
	must(t, g.RunRegularly("x = 10*t/ms + i", neurons.When{}))
	m, err := n.HistogramMonitor(g.All(), "x", neurons.HistogramMonitorParams{Min: 0, Max: 40, Bins: 4, Period: 1e-3})
	must(t, err)
	run(t, n, 5e-3)
	// Samples 0, 10, 20, 30, 40 and the same plus 1; 40 and 41 lie outside.
	for c, f := range m.Fractions() {
		if !slices.Equal(f, []float64{0.2, 0.2, 0.2, 0.2}) {
			t.Errorf("cell %d: %v", c, f)
		}
	}
	if m.Centres()[0] != 5 || math.Abs(m.Means()[1]-21) > 1e-9 || math.Abs(m.Variances()[0]-250) > 1e-9 {
		t.Errorf("centres %v, means %v, variances %v", m.Centres(), m.Means(), m.Variances())
	}
}

func TestOperationsOfAGroupKeepTheirSlots(t *testing.T) {
	n := network(t, neurons.NetworkParams{})
	g := member(t, n, neurons.GroupParams{N: 1, Equations: "a : 1\nb : 1\nc : 1"})
	must(t, g.RunRegularly("a += 1", neurons.When{}))
	must(t, g.RunRegularly("b = a", neurons.When{Slot: neurons.End}))
	must(t, g.RunRegularly("c = a", neurons.When{Order: -1}))
	run(t, n, 2e-4)
	for name, want := range map[string]float64{"a": 2, "b": 2, "c": 1} {
		if x, _ := g.Values(name); x[0] != want {
			t.Errorf("%s = %g, want %g", name, x[0], want)
		}
	}
}

func TestSpikesOfAGeneratorMayBeReplaced(t *testing.T) {
	n := network(t, neurons.NetworkParams{})
	g := listed(t, n, 5, stages.Spike{At: 10, Cell: 3}, stages.Spike{At: 40, Cell: 2}, stages.Spike{At: 90, Cell: 1})
	m := watched(t, g, neurons.SpikeMonitorParams{})
	run(t, n, 5e-3)
	must(t, g.SetSpikes(neurons.GeneratorParams{Cells: []int32{4, 0}, Times: []float64{6e-3, 7.5e-3}}))
	run(t, n, 5e-3)
	want := []stages.Spike{{At: 10, Cell: 3}, {At: 40, Cell: 2}, {At: 60, Cell: 4}, {At: 75, Cell: 0}}
	if !slices.Equal(m.Spikes(), want) {
		t.Errorf("%v, want %v", m.Spikes(), want)
	}
}

func TestMistakesInMonitorsAreExplained(t *testing.T) {
	n := network(t, neurons.NetworkParams{})
	g := member(t, n, neurons.GroupParams{Name: "g", N: 2, Equations: "dv/dt = -v/(10*ms) : 1"})
	other := member(t, network(t, neurons.NetworkParams{}), neurons.GroupParams{N: 1, Equations: "v : 1"})
	second := func(_ any, err error) error { return err }
	for _, c := range []struct {
		err  error
		want string
	}{
		{second(n.SpikeMonitor(other.All(), neurons.SpikeMonitorParams{})), "not of this network"},
		{second(n.SpikeMonitor(g.All(), neurons.SpikeMonitorParams{Delay: -1})), "delay of -1 s"},
		{second(n.StateMonitor(g.All(), []string{"w"}, neurons.StateMonitorParams{})), "no variable w"},
		{second(n.StateMonitor(g.All(), []string{"v"}, neurons.StateMonitorParams{Cells: []int{2}})), "cell 2: want 0 to 1"},
		{second(n.StateMonitor(g.All(), []string{"v"}, neurons.StateMonitorParams{When: neurons.When{Every: 2.5e-4}})), "multiple of the step"},
		{second(n.RateMonitor(g.All(), neurons.RateMonitorParams{Bin: math.NaN()})), "positive time"},
		{second(n.IntervalMonitor(g.All(), neurons.IntervalMonitorParams{Edges: []float64{2, 1}})), "ascending"},
		{second(n.HistogramMonitor(g.All(), "v", neurons.HistogramMonitorParams{Min: 1, Max: 1})), "ascending range"},
		{second(n.VanRossumMonitor(g.All(), neurons.VanRossumMonitorParams{Tau: -1})), "positive time"},
		{second(n.CoincidenceMonitor(g.All(), neurons.CoincidenceMonitorParams{})), "0 target trains for 2 cells"},
		{second(n.CoincidenceMonitor(g.All(), neurons.CoincidenceMonitorParams{Targets: [][]float64{{2, 1}}})), "ascending"},
		{second(neurons.NewRate(g, 0)), "at least 1"},
		{g.SetSpikes(neurons.GeneratorParams{}), "no generator"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("%v: want %q", c.err, c.want)
		}
	}
	if _, err := n.Run(context.Background(), 1e-3); err != nil {
		t.Errorf("after the mistakes: %v", err)
	}
}

func ExampleNetwork() {
	n, err := neurons.NewNetwork(neurons.NetworkParams{})
	if err != nil {
		panic(err)
	}
	g, err := n.Group(neurons.GroupParams{N: 2, Equations: "dv/dt = (2 + i - v)/(10*ms) : 1", Threshold: "v > 1", Reset: "v = 0"})
	if err != nil {
		panic(err)
	}
	m, err := n.SpikeMonitor(g.All(), neurons.SpikeMonitorParams{})
	if err != nil {
		panic(err)
	}
	if _, err := n.Run(context.Background(), 0.01); err != nil {
		panic(err)
	}
	fmt.Println(m.Spikes()) // step and cell
	// Output: [{40 1} {69 0} {81 1}]
}
