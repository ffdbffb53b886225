package neurons_test

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"strings"
	"testing"

	"hearpipe/neurons"
	"hearpipe/neurons/equations"
	"hearpipe/neurons/trains"
	"hearpipe/stages"
	"hearpipe/units"
)

// generated wants the spikes of a generator.
func generated(p neurons.GeneratorParams, seconds float64, want ...stages.Spike) func(t *testing.T) {
	return func(t *testing.T) {
		n := network(t, neurons.NetworkParams{})
		g, err := n.Generator(p)
		must(t, err)
		m := watched(t, g, neurons.SpikeMonitorParams{})
		run(t, n, seconds)
		if !slices.Equal(m.Spikes(), want) {
			t.Errorf("%v, want %v", m.Spikes(), want)
		}
	}
}

// times is a factor for a list.
func times(unit float64, x ...float64) []float64 {
	y := slices.Clone(x)
	for k := range y {
		y[k] *= unit
	}
	return y
}

// regularly runs statements in a slot.
func regularly(t *testing.T, g *neurons.Group, code string, slot neurons.Slot) {
	t.Helper()
	must(t, g.RunRegularly(code, neurons.When{Slot: slot}))
}

// behavioursOfNetworks are those of schedules, clocks, monitors and inputs.
var behavioursOfNetworks = []behaviour{
	{"C03", "", func(t *testing.T) {
		n, g := inNetwork(t, neurons.GroupParams{N: 1, Equations: decay, Method: "exact", Init: one})
		m := statesOf(t, g, neurons.StateMonitorParams{When: neurons.When{Slot: neurons.End}}, "v")
		run(t, n, 10e-3)
		v := series(t, m, "v", 0)
		wantValues(t, "v", []float64{v[0], v[len(v)-1], m.Times()[0]}, 0.9900498337491681, 0.36787944117144233, 0)
	}},
	{
		"C05", "before_start is another name of start, where operations run in the order of their creation unless they have one of their own",
		func(t *testing.T) {
			n, g := inNetwork(t, neurons.GroupParams{N: 1, Equations: "v1 : 1\nv2 : 1\nv3 : 1"})
			regularly(t, g, "v1 += 1", neurons.Start)
			regularly(t, g, "v2 = v1", neurons.End)
			must(t, g.RunRegularly("v3 = v1", neurons.When{Order: -1}))
			run(t, n, 2e-4)
			for name, want := range map[string]float64{"v1": 2, "v2": 2, "v3": 1} {
				wantValues(t, name, values(t, g, name), want)
			}
		},
	},
	{
		"C09", "a step has one of two orders, in both of which resets follow thresholds: a cell is reset in the step in which it fires",
		func(t *testing.T) {
			for _, o := range []neurons.Order{neurons.GroupsConnectionsResets, neurons.GroupsResetsConnections} {
				n := network(t, neurons.NetworkParams{Order: o})
				g := member(t, n, neurons.GroupParams{N: 1, Equations: "v : 1", Threshold: "v > 1", Reset: "v = 0", Init: map[string]string{"v": "2"}})
				v := takeFrames(t, g, "v")
				run(t, n, 1e-4, v)
				run(t, n, 2e-4, v)
				wantValues(t, "v", v.frames, 0, 0, 0)
			}
		},
	},
	{"C11", "", smoothRate},
	{"C12", "", func(t *testing.T) {
		n, g := inNetwork(t, neurons.GroupParams{N: 1, Equations: "dv/dt = (2-v)/(10*ms) : 1", Threshold: "v > 1", Reset: "v = 0", Method: "exact"})
		m, err := n.SpikeStateMonitor(g.All(), []string{"v"}, neurons.SpikeStateMonitorParams{})
		must(t, err)
		run(t, n, 20e-3)
		var v []float64
		for _, e := range m.Events() {
			v = append(v, e.Values...)
		}
		wantValues(t, "v", v, 1.006829392417181, 1.006829392417181)
	}},
	{
		"C15", "a clock never changes; one that is added between two runs begins with its next step",
		func(t *testing.T) {
			n, _ := inNetwork(t, neurons.GroupParams{N: 1, Equations: "v : 1"})
			run(t, n, 1e-4)
			c, err := n.Clock(1e-3, 0)
			must(t, err)
			wantValues(t, "start of the next step", []float64{c.Time()}, 1e-3)
		},
	},
	{"C17", "", func(t *testing.T) {
		n, g := inNetwork(t, neurons.GroupParams{N: 1, Equations: "v : 1"})
		regularly(t, g, "v += 1", neurons.Start)
		run(t, n, 5e-4)
		state, err := n.Store()
		must(t, err)
		run(t, n, 5e-4)
		wantValues(t, "v after 10 steps", values(t, g, "v"), 10)
		must(t, n.Restore(state))
		wantValues(t, "v and time, restored", []float64{values(t, g, "v")[0], n.Time()}, 5, 5e-4)
		run(t, n, 2e-4)
		wantValues(t, "v after 7 steps", values(t, g, "v"), 7)
	}},
	{"C18", "", manySmallRuns},
	{"C19", "", func(t *testing.T) {
		n := network(t, neurons.NetworkParams{})
		_, err := n.Run(t.Context(), -1)
		wantError(t, err, "a run of -1 s: want 0 or more")
	}},
	{"C20", "", func(t *testing.T) {
		n, g := inNetwork(t, neurons.GroupParams{N: 1, Equations: "v : 1"})
		regularly(t, g, "v += 1", neurons.End)
		calls := 0
		must(t, n.Operation(neurons.When{Slot: neurons.Start}, func(now neurons.Now) error {
			if calls++; now.Step == 3 {
				n.Stop()
			}
			return nil
		}))
		run(t, n, 1e-3)
		wantValues(t, "calls and v", []float64{float64(calls), values(t, g, "v")[0]}, 4, 4)
	}},
	{"C21", "", func(t *testing.T) {
		n, g := inNetwork(t, neurons.GroupParams{N: 1, Equations: "dv/dt = -v/(5*ms) : 1", Method: "exact", Init: one})
		m := statesOf(t, g, neurons.StateMonitorParams{When: neurons.When{Slot: neurons.Start}}, "v")
		run(t, n, 5e-4)
		must(t, m.Record())
		wantValues(t, "times", m.Times(), 0, 1e-4, 2e-4, 3e-4, 4e-4, 5e-4)
		wantValues(t, "last", series(t, m, "v", 0)[5:], 0.9048374180359595)
	}},
	{"C22", "", longRun},
	{"D01", "", generated(
		neurons.GeneratorParams{N: 10, Cells: []int32{3, 2, 1, 1, 4, 5}, Times: times(1e-3, 6, 5, 4, 3, 3, 1)}, 7e-3,
		stages.Spike{At: 10, Cell: 5}, stages.Spike{At: 30, Cell: 1}, stages.Spike{At: 30, Cell: 4}, stages.Spike{At: 40, Cell: 1}, stages.Spike{At: 50, Cell: 2}, stages.Spike{At: 60, Cell: 3},
	)},
	{"D02", "", func(t *testing.T) {
		n := network(t, neurons.NetworkParams{})
		g, err := n.Generator(neurons.GeneratorParams{N: 5, Cells: []int32{3, 2, 1, 1, 2, 3, 3, 2, 1}, Times: times(1e-3, 1, 4, 4, 3, 2, 4, 2, 3, 2), Period: 5e-3})
		must(t, err)
		m := watched(t, g, neurons.SpikeMonitorParams{})
		run(t, n, 10e-3)
		wantValues(t, "times of cell 1", m.Trains()[1], 2e-3, 3e-3, 4e-3, 7e-3, 8e-3, 9e-3)
		if m.Total() != 18 || !slices.Equal(m.Counts(), []int{0, 6, 6, 6, 0}) {
			t.Errorf("%d spikes, %v", m.Total(), m.Counts())
		}
	}},
	{
		"D03", "a spike never comes before its time: those after the start of step 0 come in step 1, as in Brian 1.4",
		func(t *testing.T) {
			p := neurons.GeneratorParams{N: 100}
			for k := range 100 {
				p.Cells, p.Times = append(p.Cells, int32(k)), append(p.Times, float64(k)*1e-6)
			}
			n := network(t, neurons.NetworkParams{})
			g, err := n.Generator(p)
			must(t, err)
			m := watched(t, g, neurons.SpikeMonitorParams{})
			run(t, n, 2e-4)
			for _, s := range m.Spikes() {
				if (s.At == 0) != (s.Cell == 0) || s.At > 1 {
					t.Errorf("%+v: want cell 0 in step 0, the others in step 1", s)
				}
			}
			q := neurons.GeneratorParams{N: 1, Cells: make([]int32, 10_000)}
			for k := range q.Cells {
				q.Times = append(q.Times, float64(k)*0.1e-3)
			}
			n = network(t, neurons.NetworkParams{})
			g, err = n.Generator(q)
			must(t, err)
			m = watched(t, g, neurons.SpikeMonitorParams{})
			run(t, n, 1)
			if m.Total() != 10_000 || m.Spikes()[9_999].At != 9_999 {
				t.Errorf("%d spikes in 10,000 steps, last %+v", m.Total(), m.Spikes()[m.Total()-1])
			}
		},
	},
	{
		"D04", "of several spikes of a cell in one step the further ones are left out, with a warning, as the manual of Brian 1.4 says",
		func(t *testing.T) {
			p := neurons.GeneratorParams{N: 2, Cells: []int32{0, 0}, Times: []float64{0.05e-3, 0.1e-3}}
			generated(p, 1e-3, stages.Spike{At: 1})(t)
			g, err := network(t, neurons.NetworkParams{}).Generator(p)
			must(t, err)
			wantWarning(t, g, "1 spikes left out: of a cell that fires in the same step already")
		},
	},
	{
		"D08", "a spike at or after the end of the period is left out, with a warning, as in Brian 1.4",
		func(t *testing.T) {
			p := neurons.GeneratorParams{N: 1, Cells: []int32{0}, Times: []float64{2e-3}, Period: 1e-3}
			generated(p, 5e-3)(t)
			g, err := network(t, neurons.NetworkParams{}).Generator(p)
			must(t, err)
			wantWarning(t, g, "1 spikes left out: at or after the end of the period")
		},
	},
	{"D09", "", func(t *testing.T) {
		n := network(t, neurons.NetworkParams{})
		g, err := n.Generator(neurons.GeneratorParams{N: 5, Cells: []int32{3, 2, 1}, Times: times(1e-3, 1, 4, 9)})
		must(t, err)
		m := watched(t, g, neurons.SpikeMonitorParams{})
		run(t, n, 5e-3)
		must(t, g.SetSpikes(neurons.GeneratorParams{Cells: []int32{4, 0}, Times: times(1e-3, 6, 7.5)}))
		run(t, n, 5e-3)
		want := []stages.Spike{{At: 10, Cell: 3}, {At: 40, Cell: 2}, {At: 60, Cell: 4}, {At: 75, Cell: 0}}
		if !slices.Equal(m.Spikes(), want) {
			t.Errorf("%v, want %v", m.Spikes(), want)
		}
	}},
	{"D10", "", poissonCounts(neurons.PoissonParams{Values: []float64{0, 1e4}}, 2e-4, 0, 2)},
	{"D11", "", poissonStatistics},
	{"D12", "", func(t *testing.T) {
		n := network(t, neurons.NetworkParams{TimedArrays: map[string]*equations.TimedArray{
			"ta": {Columns: 2, Values: []float64{0, 0, 1e4, 0}, DT: 1e-3, Dim: units.DimTime.Pow(units.Rat(-1, 1))},
		}})
		g, err := n.PoissonGroup(neurons.PoissonParams{N: 2, Rates: "ta(t, i)"})
		must(t, err)
		m := watched(t, g, neurons.SpikeMonitorParams{})
		run(t, n, 2e-3)
		if !slices.Equal(m.Counts(), []int{10, 0}) || m.Spikes()[0].At != 10 {
			t.Errorf("counts %v, first %v: want 10 and 0 from step 10 on", m.Counts(), m.Spikes()[0])
		}
	}},
	{"D14", "", func(t *testing.T) {
		n, g := inNetwork(t, neurons.GroupParams{N: 200, Equations: "z : 1"})
		_, err := n.PoissonInput(neurons.PoissonInputParams{Target: g.All(), Variable: "z", N: 1000, Rate: 50, Weight: "1"})
		must(t, err)
		run(t, n, 0.1)
		mean, square := moments(column1(values(t, g, "z")), 0)
		if math.Abs(mean-5000) > 25 || math.Abs(square-5000) > 2500 {
			t.Errorf("mean %g, variance %g", mean, square)
		}
	}},
	{"D16", "", func(t *testing.T) {
		n, g := inNetwork(t, neurons.GroupParams{N: 10, Equations: "x : volt"})
		_, err := n.PoissonInput(neurons.PoissonInputParams{Target: g.All(), Variable: "x", N: 100, Rate: 100, Weight: "1.0"})
		wantError(t, err, "x has the dimension (m^2 kg s^-3 A^-1), but this has the dimension (1)")
	}},
	{"D17", "", func(t *testing.T) {
		n, g := inNetwork(t, neurons.GroupParams{N: 10, Equations: "x : volt"})
		_, err := n.PoissonInput(neurons.PoissonInputParams{Target: g.All(), Variable: "z", N: 100, Rate: 100, Weight: "1.0"})
		wantError(t, err, "there is no variable z (variables: x)")
	}},
	{"H04", "", func(t *testing.T) {
		n, g := inNetwork(t, neurons.GroupParams{N: 10, Equations: "v : 1", Threshold: "v > 1", Init: map[string]string{"v": "2"}})
		part, err := g.Cells(3, 6)
		must(t, err)
		m, err := n.SpikeMonitor(part, neurons.SpikeMonitorParams{})
		must(t, err)
		run(t, n, 1e-4)
		if want := []stages.Spike{{Cell: 0}, {Cell: 1}, {Cell: 2}}; !slices.Equal(m.Spikes(), want) || !slices.Equal(m.Counts(), []int{1, 1, 1}) {
			t.Errorf("%v, %v", m.Spikes(), m.Counts())
		}
	}},
}

// behavioursOfGroups are all that do not need synapses.
const behavioursOfGroups = `
	A01 A05 A07-heun A07-milstein A08 A09 A10 A13-rk2 A13-rk4 A14 A15 A16 A17 A18 A20 A22 A24
	B01 B02 B05 B06 B07 B08 B09 B11 B13 B15 C03 C05 C09 C11 C12 C15 C17 C18 C19 C20 C21 C22 C23
	D01 D02 D03 D04 D08 D09 D10 D11 D12 D14 D16 D17 D18 F01 F04 F05 F07 F09 F11
	G01 G02 G06 G07 G08 G09 G12 G13 G14 G15 G16 G17 G18 G19 G20 G22 G24 H02 H03 H04 H05`

func TestBehavioursOfAnEngineOfSpikingNetworksThatRuns(t *testing.T) {
	listed := map[string]bool{}
	for _, b := range slices.Concat(behaviours, behavioursOfNetworks) {
		if listed[b.id] {
			t.Errorf("%s is listed twice", b.id)
		}
		listed[b.id] = true
	}
	for _, id := range strings.Fields(behavioursOfGroups) {
		if !listed[id] && elsewhere[id] == "" {
			t.Errorf("%s is not tested", id)
		}
	}
	for _, b := range behavioursOfNetworks {
		t.Run(b.id, func(t *testing.T) {
			if b.differs != "" {
				t.Log("differs: " + b.differs)
			}
			b.check(t)
		})
	}
}

func wantWarning(t *testing.T, g *neurons.Group, want string) {
	t.Helper()
	wantError(t, fmt.Errorf("%s", g.Warnings()), want)
}

// column1 is a list as frames of one channel.
func column1(x []float64) stages.Frames {
	return stages.Frames{Data: x, Channels: 1, Stride: 1, N: len(x)}
}

func poissonCounts(p neurons.PoissonParams, seconds float64, want ...int) func(t *testing.T) {
	return func(t *testing.T) {
		n := network(t, neurons.NetworkParams{})
		g, err := n.PoissonGroup(p)
		must(t, err)
		m := watched(t, g, neurons.SpikeMonitorParams{})
		run(t, n, seconds)
		if !slices.Equal(m.Counts(), want) {
			t.Errorf("%v spikes, want %v", m.Counts(), want)
		}
	}
}

func poissonStatistics(t *testing.T) {
	n := network(t, neurons.NetworkParams{Seed: 1})
	g, err := n.PoissonGroup(neurons.PoissonParams{N: 1000, Rates: "100*Hz"})
	must(t, err)
	m := watched(t, g, neurons.SpikeMonitorParams{})
	run(t, n, 1)
	var counts, intervals []float64
	for _, train := range m.Trains() {
		counts = append(counts, float64(len(train)))
		for k := 1; k < len(train); k++ {
			intervals = append(intervals, train[k]-train[k-1])
		}
	}
	mean, variance := moments(column1(counts), 0)
	interval, spread := moments(column1(intervals), 0)
	for what, x := range map[string][3]float64{
		"spikes": {float64(m.Total()), 98_400, 101_600}, "variance of counts over mean": {variance / mean, 0.77, 1.22},
		"mean interval [ms]": {interval * 1e3, 9.6, 10.2}, "variation of intervals": {math.Sqrt(spread) / interval, 0.93, 1.02},
		"shortest interval [ms]": {slices.Min(intervals) * 1e3, 0.0999, 0.1001},
	} {
		if x[0] < x[1] || x[0] > x[2] {
			t.Errorf("%s: %g, want %g to %g", what, x[0], x[1], x[2])
		}
	}
}

func smoothRate(t *testing.T) {
	n := network(t, neurons.NetworkParams{})
	m, err := n.RateMonitor(listed(t, n, 1, stages.Spike{At: 10}).All(), neurons.RateMonitorParams{})
	must(t, err)
	run(t, n, 3e-3)
	smooth := func(window trains.Window) []float64 {
		r, err := trains.SmoothRate(m.Rates(), trains.SmoothRateParams{Bin: m.Bin(), Width: 5e-4, Window: window})
		must(t, err)
		return r
	}
	flat, gauss := smooth(trains.Flat), smooth(trains.Gaussian)
	want := make([]float64, 30)
	for k := 8; k <= 12; k++ {
		want[k] = 2000
	}
	wantValues(t, "flat", flat, want...)
	want = append([]float64{
		111.9472694350103, 163.69876692405654, 229.98818816818454, 310.451581437271, 402.6339964189658, 501.71285388107617, 600.6593399678201, 690.9227008038591,
		763.587675566707, 810.8053004083507, 827.1846539773957, 810.8053004083507, 763.587675566707, 690.9227008038591, 600.6593399678201, 501.71285388107617,
		402.6339964189658, 310.451581437271, 229.98818816818454, 163.69876692405654, 111.9472694350103,
	}, make([]float64, 9)...)
	wantValues(t, "gaussian", gauss, want...)
}

func manySmallRuns(t *testing.T) {
	record := func(parts ...float64) (*neurons.StateMonitor, *neurons.Network) {
		n, g := inNetwork(t, neurons.GroupParams{N: 10, Equations: decay, Method: "exact", Init: map[string]string{"v": "(i+1)/N"}})
		m := statesOf(t, g, neurons.StateMonitorParams{}, "v")
		for _, x := range parts {
			run(t, n, x)
		}
		return m, n
	}
	var parts []float64
	left := 0.1
	for d := 0.3e-3; left > 1e-9; d *= 3 {
		parts = append(parts, min(d, left))
		left -= min(d, left)
	}
	a, _ := record(0.1)
	b, n := record(parts...)
	for c := range 10 {
		if x := series(t, b, "v", c); len(x) != 1000 || !slices.Equal(x, series(t, a, "v", c)) {
			t.Errorf("cell %d: %d samples of runs of %v s, which differ from those of one run", c, len(x), parts)
		}
	}
	if !slices.Equal(a.Times(), b.Times()) || math.Abs(n.Time()-0.1) > 1e-12 {
		t.Errorf("other times; at %g s", n.Time())
	}
}

// placed changes the state of a network whose clocks have made no step to one before a given step.
func placed(t *testing.T, n *neurons.Network, step int64) []byte {
	t.Helper()
	state, err := n.Store()
	must(t, err)
	binary.LittleEndian.PutUint64(state[12:], uint64(step))                         // the tick
	binary.LittleEndian.PutUint64(state[20:], math.Float64bits(float64(step)*1e-4)) // the time
	binary.LittleEndian.PutUint64(state[28:], uint64(step))                         // the clock
	h := fnv.New64a()
	h.Write(state[:len(state)-8])
	binary.LittleEndian.PutUint64(state[len(state)-8:], h.Sum64())
	return state
}

func longRun(t *testing.T) {
	const step = 1<<31 - 5
	n, g := inNetwork(t, neurons.GroupParams{N: 1, Equations: "x : 1\ny = t : second"})
	regularly(t, g, "x += 1", neurons.Start)
	m := statesOf(t, g, neurons.StateMonitorParams{}, "x", "y")
	must(t, n.Restore(placed(t, n, step)))
	run(t, n, 6e-4)
	wantValues(t, "x", series(t, m, "x", 0), 1, 2, 3, 4, 5, 6)
	if y := series(t, m, "y", 0); y[5] != float64(step+5)*1e-4 || math.Abs(n.Time()-float64(step+6)*1e-4) > 1e-9 {
		t.Errorf("t = %v, at %g s", y, n.Time())
	}
}
