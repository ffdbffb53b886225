package neurons_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"hearpipe/neurons"
	"hearpipe/neurons/connectivity"
	"hearpipe/stages"
)

var rising = neurons.GroupParams{N: 3, Equations: "dv/dt = 1*Hz : 1"}

func TestInTheMiddleOfAStepNetworksStayAsTheyAre(t *testing.T) {
	pathways := map[*neurons.Network]*neurons.SynapseSet{}
	for what, f := range map[string]func(n *neurons.Network, g *neurons.Group) error{
		"an object added": func(n *neurons.Network, _ *neurons.Group) error {
			_, err := n.Group(rising)
			return err
		},
		"a stream added": func(_ *neurons.Network, g *neurons.Group) error {
			_, err := g.Stream("v")
			return err
		},
		"a clock added": func(n *neurons.Network, _ *neurons.Group) error {
			_, err := n.Clock(1e-3, 0)
			return err
		},
		"a run begun": func(n *neurons.Network, _ *neurons.Group) error {
			_, err := n.Run(context.Background(), 1e-3)
			return err
		},
		"a state stored": func(n *neurons.Network, _ *neurons.Group) error {
			_, err := n.Store()
			return err
		},
		"synapses connected": func(n *neurons.Network, _ *neurons.Group) error {
			return pathways[n].Connect(neurons.ConnectParams{Params: connectivity.Params{I: []int{0}, J: []int{0}}})
		},
		"a state restored": func(n *neurons.Network, _ *neurons.Group) error { return n.Restore(nil) },
	} {
		n := network(t, neurons.NetworkParams{})
		g := member(t, n, rising)
		s, err := n.Synapses(neurons.SynapsesParams{Source: listed(t, n, 1).All(), Target: g.All(), OnPre: "v += 1"})
		must(t, err)
		must(t, s.Connect(neurons.ConnectParams{Params: connectivity.Params{P: "1"}}))
		pathways[n] = s
		must(t, n.At(3e-4, func(neurons.Now) error {
			wantError(t, f(n, g), what+" in the middle of a step: do it between two runs")
			return nil
		}))
		run(t, n, 1e-3, takeSpikes(g))
		if v := values(t, g, "v"); math.Abs(v[2]-1e-3) > 1e-12 {
			t.Errorf("%s: the run went on to v = %v, want 0.001", what, v)
		}
	}
}

func TestLinkedCellsOfOneVariableAreShiftedByOne(t *testing.T) {
	n := network(t, neurons.NetworkParams{})
	g := member(t, n, neurons.GroupParams{N: 5, Equations: "x : 1", Values: map[string][]float64{"x": {1, 2, 3, 4, 5}}})
	to, err := g.Cells(1, 5)
	must(t, err)
	from, err := g.Cells(0, 4)
	must(t, err)
	must(t, n.Link(neurons.LinkParams{Target: to, Variable: "x", Source: from, From: "x"}))
	run(t, n, 1e-4)
	wantValues(t, "x", values(t, g, "x"), 1, 1, 2, 3, 4)
	run(t, n, 1e-4)
	wantValues(t, "x", values(t, g, "x"), 1, 1, 1, 2, 3)
}

// A run that stops, or is cancelled, in the block in which the stream ends.
func TestAStreamOfSpikesThatEndsIsReadToItsEnd(t *testing.T) {
	want := []stages.Spike{{At: 1}, {At: 3, Cell: 1}, {At: 6}, {At: 8}}
	for stop := range int64(10) {
		for _, block := range []int{1, 4, 1000} {
			from := listed(t, network(t, neurons.NetworkParams{Seconds: 9e-4}), 2, want...)
			n := network(t, neurons.NetworkParams{})
			n.Options.Block = block
			g, err := n.Generator(neurons.GeneratorParams{From: from})
			must(t, err)
			m := watched(t, g, neurons.SpikeMonitorParams{})
			must(t, n.Operation(neurons.When{}, func(now neurons.Now) error {
				if now.Step == stop {
					n.Stop()
				}
				return nil
			}))
			run(t, n, 2e-3)
			state, err := n.Store()
			must(t, err)
			must(t, n.LoadState(state))
			run(t, n, 2e-3)
			if !slices.Equal(m.Spikes(), want) {
				t.Errorf("stopped in step %d, blocks of %d: %v, want %v", stop, block, m.Spikes(), want)
			}
		}
	}
}

func TestLastSpikesOfCellsWithoutThresholdAreKnown(t *testing.T) {
	n := network(t, neurons.NetworkParams{})
	g := listed(t, n, 2, stages.Spike{At: 1}, stages.Spike{At: 3, Cell: 1}, stages.Spike{At: 5})
	x := takeFrames(t, g, "lastspike")
	run(t, n, 6e-4, x)
	wantValues(t, "lastspike", x.frames, -1e4, -1e4, 1e-4, -1e4, 1e-4, -1e4, 1e-4, 3e-4, 1e-4, 3e-4, 5e-4, 3e-4)
}

func TestResetsMayComeBeforeConnections(t *testing.T) {
	order := func(o neurons.Order) (said []string) {
		n := network(t, neurons.NetworkParams{Order: o})
		for s := neurons.Start; s <= neurons.End; s++ {
			must(t, n.Operation(neurons.When{Slot: s}, func(neurons.Now) error { said = append(said, s.String()); return nil }))
		}
		run(t, n, 1e-4)
		return said
	}
	head := []string{"start", "before_groups", "groups", "before_thresholds", "thresholds", "after_thresholds"}
	resets := []string{"before_resets", "resets", "after_resets"}
	input := []string{"before_connections", "connections", "after_connections", "synapses"}
	for o, want := range map[neurons.Order][]string{
		neurons.GroupsConnectionsResets: slices.Concat(head, input, resets, []string{"end"}),
		neurons.GroupsResetsConnections: slices.Concat(head, resets, input, []string{"end"}),
	} {
		if got := order(o); !slices.Equal(got, want) {
			t.Errorf("order %d: %v, want %v", o, got, want)
		}
	}
	// Input in the step of a spike is overwritten by the reset, or survives it.
	for o, want := range map[neurons.Order]float64{neurons.GroupsConnectionsResets: 0, neurons.GroupsResetsConnections: 1} {
		n := network(t, neurons.NetworkParams{Order: o})
		g := member(t, n, neurons.GroupParams{N: 1, Equations: "v : 1", Threshold: "v > 0.5", Reset: "v = 0", Init: map[string]string{"v": "1"}})
		_, err := n.PoissonInput(neurons.PoissonInputParams{Target: g.All(), Variable: "v", N: 1, Rate: 1e4, Weight: "1"})
		must(t, err)
		run(t, n, 1e-4)
		wantValues(t, "v", values(t, g, "v"), want)
	}
}

func TestASampleBetweenRunsHasNoInput(t *testing.T) {
	src := member(t, network(t, neurons.NetworkParams{}), neurons.GroupParams{N: 2, Equations: "dv/dt = 1*Hz : 1", Record: []string{"v"}})
	n := network(t, neurons.NetworkParams{})
	g := member(t, n, neurons.GroupParams{N: 2, Inputs: map[string]stages.Stage{"I": src.Variable("v")}, Equations: "I : 1\nx = 2*I : 1\ny : 1"})
	for _, name := range []string{"I", "x"} {
		m := statesOf(t, g, neurons.StateMonitorParams{}, "y", name)
		wantError(t, m.Record(), name+" is an input or follows from one")
		run(t, n, 1e-3)
		wantError(t, m.Record(), name+" is an input or follows from one")
		if x := series(t, m, name, 1); len(x) != 10 {
			t.Errorf("%d samples of %s, want the 10 of the run", len(x), name)
		}
	}
}

func TestMonitorsOfConstantMemoryAllocateNothing(t *testing.T) {
	source := network(t, neurons.NetworkParams{Seed: 1})
	p, err := source.PoissonGroup(neurons.PoissonParams{N: 50, Rates: "500*Hz"})
	must(t, err)
	n := network(t, neurons.NetworkParams{Seed: 1})
	g, err := n.Generator(neurons.GeneratorParams{From: p})
	must(t, err)
	watched(t, g, neurons.SpikeMonitorParams{CountOnly: true, Delay: 3e-4})
	_, err = n.IntervalMonitor(g.All(), neurons.IntervalMonitorParams{Edges: []float64{0, 1e-3}})
	must(t, err)
	_, err = n.VanRossumMonitor(g.All(), neurons.VanRossumMonitorParams{})
	must(t, err)
	_, err = n.CoincidenceMonitor(g.All(), neurons.CoincidenceMonitorParams{Targets: [][]float64{{0.01, 0.02, 0.03}}})
	must(t, err)
	h := member(t, n, neurons.GroupParams{N: 50, Equations: "dv/dt = -v/ms : 1\nu = 2*v : 1"})
	_, err = n.PoissonInput(neurons.PoissonInputParams{Target: h.All(), Variable: "v", N: 10, Rate: 900, Weight: "1", Jitter: 1e-3})
	must(t, err)
	_, err = n.HistogramMonitor(h.All(), "u", neurons.HistogramMonitorParams{Max: 1})
	must(t, err)
	statesOf(t, h, neurons.StateMonitorParams{Recent: 1e-3}, "v", "u")
	statesOf(t, h, neurons.StateMonitorParams{None: true}, "v")
	c, err := n.CorrelatedTrains(neurons.CorrelatedParams{N: 20, Rate: 100, Correlation: 0.1, TauC: 1e-2})
	must(t, err)
	seen := 0
	_, err = n.SpikeStateMonitor(c.All(), []string{"lastspike", "lastspike"}, neurons.SpikeStateMonitorParams{Func: func(s neurons.SpikeState) error {
		seen++
		if want := float64(s.At) * 1e-4; len(s.Values) != 2 || s.Values[0] != want || s.Values[1] != want {
			t.Errorf("%+v, want its own time twice", s)
		}
		return nil
	}})
	must(t, err)
	at := int64(0)
	fetch := func() {
		if _, err := g.FetchSpikes(t.Context(), at, at+50); err != nil {
			t.Fatal(err)
		}
		at += 50
	}
	for range 60 {
		fetch()
	}
	if k := testing.AllocsPerRun(40, fetch); k != 0 || seen < 100 {
		t.Errorf("%g allocations per 50 steps, %d spikes seen", k, seen)
	}
}

func TestSpikesWithoutValuesAreKeptToo(t *testing.T) {
	n := network(t, neurons.NetworkParams{})
	g := listed(t, n, 2, stages.Spike{At: 1}, stages.Spike{At: 3, Cell: 1})
	m, err := n.SpikeStateMonitor(g.All(), nil, neurons.SpikeStateMonitorParams{})
	must(t, err)
	run(t, n, 1e-3)
	if e := m.Events(); len(e) != 2 || e[1].At != 3 || e[1].Cell != 1 {
		t.Errorf("%v, want both spikes", e)
	}
}

func TestSizesBeyondReasonAreRefused(t *testing.T) {
	n := network(t, neurons.NetworkParams{})
	g := member(t, n, neurons.GroupParams{N: 5, Equations: "dv/dt = -v/ms : 1\ns : 1 (shared)"})
	input := func(change func(p *neurons.PoissonInputParams)) error {
		p := neurons.PoissonInputParams{Target: g.All(), Variable: "v", N: 10, Rate: 100, Weight: "1"}
		change(&p)
		_, err := n.PoissonInput(p)
		return err
	}
	wantError(t, input(func(p *neurons.PoissonInputParams) { p.Variable = "s" }), "s is (shared), one value for all")
	wantError(t, input(func(p *neurons.PoissonInputParams) { p.N = math.MaxInt }), "want 1 to 2147483647")
	wantError(t, input(func(p *neurons.PoissonInputParams) { p.Jitter = 1e6 }), "jitter of 1e+06 s: want at most")
	wantError(t, input(func(p *neurons.PoissonInputParams) { p.Copies, p.Reliability = 1<<21, 0.5 }), "want at most 16777216 together")
	_, err := n.SpikeMonitor(g.All(), neurons.SpikeMonitorParams{Delay: 1e300})
	wantError(t, err, "at most 10000000 steps")
	_, err = n.Clock(1e300, 0)
	wantError(t, err, "at most 1099511627776 ticks")
	wantError(t, n.Operation(neurons.When{Every: math.Inf(1)}, func(neurons.Now) error { return nil }), "want a positive time")
	wantError(t, n.Operation(neurons.When{}, nil), "without a function")
	wantError(t, n.At(0, nil), "without a function")
	_, err = n.PoissonGroup(neurons.PoissonParams{N: 1, Rates: "100*Hz : Hz\nq"})
	wantError(t, err, "network: Poisson group poisson0: rates: line 1, column 8")
	_, err = n.HistogramMonitor(g.All(), "v", neurons.HistogramMonitorParams{Max: 1, Bins: math.MaxInt})
	wantError(t, err, "want at most 134217728 together")
	_, err = n.CorrelatedTrains(neurons.CorrelatedParams{Rates: []float64{1e300, 1e300}, Covariance: [][]float64{{0, 1e300}, {1e300, 0}}, TauC: 1})
	wantError(t, err, "rate 0 is 1e+300 Hz: want more than 0 and at most 1e+60 Hz")
	_, err = n.PulsePacket(neurons.PulsePacketParams{Name: "packet", N: 3, Time: math.NaN()})
	wantError(t, err, "want finite times")
	_, err = n.PulsePacket(neurons.PulsePacketParams{Name: "packet", N: 3}) // nothing is left of the mistake
	must(t, err)
	run(t, n, 1e-3)
}

func TestRunsTellHowFarTheyHaveCome(t *testing.T) {
	n := network(t, neurons.NetworkParams{})
	member(t, n, rising)
	var said []stages.Progress
	n.Options.Block, n.Options.Progress = 8, func(p stages.Progress) { said = append(said, p) }
	run(t, n, 1e-3)
	run(t, n, 2e-3) // counts from its own begin
	var done []float64
	for _, p := range said {
		done = append(done, p.Done/p.Total)
	}
	wantValues(t, "progress", done, 0.8, 1, 0.4, 0.8, 1)
}

func TestANetworkWhoseStepFailedGoesOnWhenRestoredOnly(t *testing.T) {
	n := network(t, neurons.NetworkParams{})
	g := member(t, n, rising)
	fails := true
	must(t, n.Operation(neurons.When{Slot: neurons.End}, func(now neurons.Now) error {
		if now.Step == 7 && fails {
			return errors.New("boom")
		}
		return nil
	}))
	run(t, n, 5e-4)
	state, err := n.Store()
	must(t, err)
	_, err = n.Run(t.Context(), 5e-4)
	wantError(t, err, "boom")
	_, err = n.Run(t.Context(), 5e-4)
	wantError(t, err, "boom")
	_, err = n.Store()
	wantError(t, err, "a step has failed in its middle: boom")
	for _, k := range []int{0, 13, 29, 60, len(state) - 9, len(state) - 1} { // damage leaves the network as it was
		damaged := slices.Clone(state)
		damaged[k] ^= 0x40
		if n.Restore(damaged) == nil {
			t.Errorf("a change of byte %d was accepted", k)
		}
	}
	must(t, n.Restore(state))
	fails = false
	run(t, n, 5e-4)
	if v := values(t, g, "v"); math.Abs(v[0]-1e-3) > 1e-12 {
		t.Errorf("v = %v, want 0.001", v)
	}
}
