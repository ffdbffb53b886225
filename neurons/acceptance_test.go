package neurons_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"hearpipe/neurons"
	"hearpipe/neurons/equations"
	"hearpipe/neurons/library"
	"hearpipe/units"
)

// The examples of the documentation of Brian 1.4, with numbers from its text, from closed forms, or computed with small
// independent programs that follow the documented order of a step.

func linspace(lo, hi float64, n int) []float64 {
	x := make([]float64, n)
	for k := range x {
		x[k] = lo + (hi-lo)*float64(k)/float64(n-1)
	}
	return x
}

func close1(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s: %.9g, want %.9g within %g", what, got, want, tolerance)
	}
}

// misc/I-F_curve2
func TestFrequencyOverInputOfLeakyCells(t *testing.T) {
	n := network(t, neurons.NetworkParams{})
	v0 := linspace(0, 20e-3, 1000)
	g := member(t, n, neurons.GroupParams{
		N: 1000, Equations: "dv/dt = (v0-v)/(10*ms) : volt\nv0 : volt", Threshold: "v > 10*mV", Reset: "v = 0*mV", Refractory: "5 ms",
		Values: map[string][]float64{"v0": v0},
	})
	m := watched(t, g, neurons.SpikeMonitorParams{})
	run(t, n, 5)
	for i, want := range map[int]int{500: 67, 510: 114, 600: 218, 749: 312, 900: 382, 999: 417} {
		if got := m.Counts()[i]; math.Abs(float64(got-want)) > max(1, 0.01*float64(want)) {
			t.Errorf("cell %d: %d spikes, want %d", i, got, want)
		}
	}
	for i, train := range m.Trains() {
		if v0[i] <= 10e-3 {
			if len(train) != 0 {
				t.Fatalf("cell %d fires below threshold", i)
			}
			continue
		}
		period := 5e-3 + 10e-3*math.Log(v0[i]/(v0[i]-10e-3))
		for k := 1; k < len(train); k++ {
			if math.Abs(train[k]-train[k-1]-period) > 1.0001e-4 {
				t.Fatalf("cell %d: interval of %g s, theory %g s", i, train[k]-train[k-1], period)
			}
		}
	}
}

// misc/I-F_curve
func TestFrequencyOverInputOfAdaptiveCells(t *testing.T) {
	n := network(t, neurons.NetworkParams{})
	g := member(t, n, neurons.GroupParams{
		N: 1000, Equations: library.AdaptiveIF(library.AdaptiveIFParams{}, library.Input("I")), Threshold: "vm > -20*mV",
		Reset: library.AdaptiveReset("", ""), Init: map[string]string{"vm": "-70*mV"}, Values: map[string][]float64{"I": linspace(0, 1e-9, 1000)},
	})
	if g.Method() != "euler" {
		t.Errorf("method %s, want euler", g.Method())
	}
	m := watched(t, g, neurons.SpikeMonitorParams{})
	run(t, n, 5)
	for i, want := range map[int]int{570: 0, 580: 1, 650: 21, 700: 41, 800: 77, 900: 110, 999: 141} {
		if got := m.Counts()[i]; got < want-1 || got > want+1 || want == 0 && got != 0 {
			t.Errorf("cell %d: %d spikes, want %d", i, got, want)
		}
	}
	var steps []int64
	for _, s := range m.Spikes() {
		if s.Cell == 999 {
			steps = append(steps, s.At)
		}
	}
	if !slices.Equal(steps[:4], []int64{118, 257, 418, 607}) {
		t.Errorf("first steps of cell 999: %v", steps[:4])
	}
}

// misc/after_potential
func TestAfterPotential(t *testing.T) {
	n := network(t, neurons.NetworkParams{})
	g := member(t, n, neurons.GroupParams{
		N: 1, Equations: "dv/dt = (20.5*mV-v)/(30*ms) : volt\ndAP/dt = -AP/(3*ms) : volt\nvm = v + AP : volt",
		Threshold: "vm > 20*mV", Reset: "v = 0*mV; AP = 10*mV",
	})
	m, s := watched(t, g, neurons.SpikeMonitorParams{}), statesOf(t, g, neurons.StateMonitorParams{}, "vm")
	run(t, n, 0.5)
	vm := series(t, s, "vm", 0)
	want := []float64{111.4, 222.9, 334.4, 445.9}
	if m.Total() != 4 {
		t.Fatalf("%d spikes", m.Total())
	}
	for k, spike := range m.Spikes() {
		close1(t, "spike [ms]", float64(spike.At)/10, want[k], 1e-9)
		close1(t, "vm after it", vm[spike.At], 10e-3, 1e-15)
	}
	close1(t, "vm(499.9 ms)", vm[4999], 17.111373e-3, 5e-10)
	if slices.Max(vm) > 20e-3 {
		t.Errorf("vm reaches %g V at the end of a step", slices.Max(vm))
	}
}

// misc/timed_array
func TestTimedArrayDrivesCells(t *testing.T) {
	values := make([]float64, 1000)
	for k, x := range linspace(0, 0.1, 1000) {
		values[k] = max(0, 10e-9*math.Sin(2*math.Pi*50*x))
	}
	ta := &equations.TimedArray{Values: values, DT: 1e-4, Dim: units.DimCurrent}
	n := network(t, neurons.NetworkParams{})
	g := member(t, n, neurons.GroupParams{
		N: 5, Equations: "dV/dt = (-(V-Vr)+R*I)/(10*ms) : volt\nR : ohm\nI : amp", Threshold: "V > -50*mV", Reset: "V = Vr",
		Constants: map[string]units.Quantity{"Vr": {Value: -60e-3, Dim: units.DimVoltage}}, TimedArrays: map[string]*equations.TimedArray{"ta": ta},
		Values: map[string][]float64{"R": linspace(1e6, 10e6, 5)},
	})
	must(t, g.RunRegularly("I = ta(t)", neurons.When{}))
	m, s := watched(t, g, neurons.SpikeMonitorParams{}), statesOf(t, g, neurons.StateMonitorParams{}, "I")
	run(t, n, 0.1)
	if !slices.Equal(m.Counts(), []int{1, 6, 14, 21, 27}) {
		t.Errorf("counts %v, want 1 6 14 21 27", m.Counts())
	}
	var steps []int64
	for _, x := range m.Spikes() {
		if x.Cell == 1 {
			steps = append(steps, x.At)
		}
	}
	for k, want := range []int64{0, 56, 249, 448, 647, 847} {
		if d := steps[k] - want; d < -2 || d > 2 {
			t.Errorf("spike %d of cell 1 at step %d, want %d", k, steps[k], want)
		}
	}
	if !slices.Equal(series(t, s, "I", 3), values) {
		t.Error("I is not the value of the array in the same step")
	}
}

// misc/linked_var
func TestFibresFollowHairCells(t *testing.T) {
	n := network(t, neurons.NetworkParams{})
	hair := member(t, n, neurons.GroupParams{
		N: 5, Equations: "input = a*sin(2*pi*50*Hz*t) : 1\nx = clip(input, 0, inf)**(1.0/3.0) : 1\ndy/dt = (x-y)/(50*ms) : 1\na : 1",
		Values: map[string][]float64{"a": linspace(1, 100, 5)},
	})
	fibres := member(t, n, neurons.GroupParams{N: 5, Equations: "dV/dt = (I-V)/(10*ms) : 1\nI : 1", Threshold: "V > 1", Reset: "V = 0"})
	must(t, n.Link(neurons.LinkParams{Target: fibres.All(), Variable: "I", Source: hair.All(), From: "y"}))
	m, y := watched(t, fibres, neurons.SpikeMonitorParams{}), statesOf(t, hair, neurons.StateMonitorParams{}, "y")
	run(t, n, 0.1)
	for k, want := range []float64{.320138, .945358, 1.183317, 1.351572, 1.485949} {
		s := series(t, y, "y", k)
		close1(t, fmt.Sprintf("y of cell %d at 99.9 ms", k), s[999], want, 1e-4)
	}
	if !slices.Equal(m.Counts(), []int{0, 1, 3, 4, 5}) {
		t.Errorf("counts %v, want 0 1 3 4 5", m.Counts())
	}
	for cell, want := range map[int32]int64{1: 899, 2: 638, 3: 488, 4: 455} {
		for _, s := range m.Spikes() {
			if s.Cell == cell {
				if s.At < want-1 || s.At > want+1 {
					t.Errorf("first spike of cell %d at step %d, want %d", cell, s.At, want)
				}
				break
			}
		}
	}
}

// misc/multipleclocks
func TestThreeClocks(t *testing.T) {
	n := network(t, neurons.NetworkParams{Seed: 3})
	g := member(t, n, neurons.GroupParams{N: 1, Equations: "dV/dt = (I-V)/(10*ms) : volt\nI : volt", Threshold: "V > 10*mV", Reset: "V = 0*mV", Init: map[string]string{"V": "5*mV"}})
	must(t, g.RunRegularly("I = rand()*20*mV", neurons.When{Every: 0.1}))
	s := statesOf(t, g, neurons.StateMonitorParams{When: neurons.When{Every: 3e-4}}, "V", "I")
	m := watched(t, g, neurons.SpikeMonitorParams{})
	fine := statesOf(t, g, neurons.StateMonitorParams{}, "V")
	run(t, n, 1)
	v, current, all := series(t, s, "V", 0), series(t, s, "I", 0), series(t, fine, "V", 0)
	if len(v) != 3334 || math.Abs(s.Times()[3333]-0.9999) > 1e-12 {
		t.Fatalf("%d samples to %g s, want 3334 to 0.9999 s", len(v), s.Times()[len(v)-1])
	}
	regions := 1
	for k := 2; k < len(current); k++ { // at equal times the clock of the cells runs first, so sample 0 is before the first input
		if current[k] != current[k-1] {
			regions++
			if at := s.Times()[k]; at-0.1*math.Floor(at/0.1+1e-9) > 3.0001e-4 {
				t.Errorf("the input changes at %g s", at)
			}
		}
	}
	if regions != 10 {
		t.Errorf("%d regions, want 10", regions)
	}
	fired := map[int64]bool{}
	for _, x := range m.Spikes() {
		fired[x.At] = true
	}
	for k := 1; k < len(all); k++ {
		i := current[k/3] // the sample in which step k lies, or the one before
		if k%1000 < 3 || fired[int64(k)] {
			continue
		}
		if want := i + (all[k-1]-i)*math.Exp(-0.01); math.Abs(all[k]-want) > 1e-12 {
			t.Fatalf("V at step %d is %g, want %g", k, all[k], want)
		}
	}
	spikes := m.Spikes()
	for k := 1; k < len(spikes); k++ {
		a, b := spikes[k-1].At, spikes[k].At
		if a/1000 != b/1000 {
			continue
		}
		i := current[b/3]
		if want := 10e-3 * math.Log(i/(i-10e-3)); math.Abs(float64(b-a)*1e-4-want) > 1.0001e-4 {
			t.Errorf("period %g s in a region of %g V, theory %g s", float64(b-a)*1e-4, i, want)
		}
	}
	if len(spikes) < 10 {
		t.Errorf("%d spikes: the test needs a seed with more", len(spikes))
	}
}

// misc/poisson
func TestPoissonRatesPickedByTime(t *testing.T) {
	n := network(t, neurons.NetworkParams{Seed: 1})
	g, err := n.PoissonGroup(neurons.PoissonParams{N: 100, Rates: "where(t < 10*second, 10.1*Hz+i*0.1*Hz, (i+1)*0.1*Hz)"})
	must(t, err)
	called := 0
	m := watched(t, g, neurons.SpikeMonitorParams{Func: func(_ neurons.Now, cells []int32) error { called += len(cells); return nil }})
	run(t, n, 10)
	first := slices.Clone(m.Counts())
	close1(t, "spikes in the first 10 s", float64(m.Total()), 15050, 4*123)
	chi := 0.0
	for i, k := range first {
		e := 10 * (10.1 + 0.1*float64(i))
		chi += (float64(k) - e) * (float64(k) - e) / e
	}
	if chi < 69 || chi > 136 { // 1 % and 99 % of chi-square with 100 degrees of freedom
		t.Errorf("chi-square of the counts %g", chi)
	}
	total := m.Total()
	run(t, n, 10)
	close1(t, "spikes in the second 10 s", float64(m.Total()-total), 5050, 4*71)
	if called != m.Total() {
		t.Errorf("the function saw %d of %d spikes", called, m.Total())
	}
}

// misc/HodgkinHuxley
func TestHodgkinHuxleyFromTheLibrary(t *testing.T) {
	for _, c := range []struct {
		dt        float64
		crossings []float64
	}{
		{1e-4, []float64{102.1, 117.4, 132.5, 147.5, 162.6, 177.6, 192.7}},
		{1e-5, []float64{101.8, 116.5, 130.9, 145.3, 159.7, 174.2, 188.6}},
	} {
		n := network(t, neurons.NetworkParams{DT: c.dt})
		g := member(t, n, neurons.GroupParams{
			N: 1, Method: "exponential_euler",
			Equations: library.Membrane("1*uF", library.Leak("0.3*msiemens", "10.6*mV"), library.PotassiumHH("36*msiemens", "-12*mV"), library.SodiumHH("120*msiemens", "120*mV"), library.Input("I")),
		})
		s := statesOf(t, g, neurons.StateMonitorParams{}, "vm")
		run(t, n, 0.1)
		must(t, g.Set("I", "10*uA"))
		run(t, n, 0.1)
		vm := series(t, s, "vm", 0)
		at := int(math.Round(0.1 / c.dt))
		var up []float64
		for k := at; k < len(vm); k++ {
			if vm[k-1] <= 50e-3 && vm[k] > 50e-3 {
				up = append(up, float64(k)*c.dt*1e3)
			}
		}
		if len(up) != len(c.crossings) {
			t.Errorf("step %g s: crossings of 50 mV at %v ms, want %v", c.dt, up, c.crossings)
			continue
		}
		for k, want := range c.crossings {
			close1(t, fmt.Sprintf("step %g s: crossing %d [ms]", c.dt, k), up[k], want, 0.1001)
		}
		if c.dt == 1e-4 {
			close1(t, "rest [mV]", vm[at-1]*1e3, 0.0462, 0.01)
			late := vm[at+int(20e-3/c.dt):]
			close1(t, "peak [mV]", slices.Max(late)*1e3, 98.0, 0.35)
			close1(t, "trough [mV]", slices.Min(late)*1e3, -10.06, 0.1)
		}
	}
}

// misc/cable
func TestCableOf100Compartments(t *testing.T) {
	// 1 mm of a cylinder of 1 µm: area of a segment π·d·dx, axial resistance Ri·4·dx/(π·d²).
	const segments, dx, d = 100, 10e-6, 1e-6
	area := math.Pi * d * dx
	axial := 1.0 * 4 * dx / (math.Pi * d * d) // 100 Ω·cm
	var list []library.Compartment
	var couplings []library.Coupling
	for k := range segments {
		currents := []library.Current{library.Leak(fmt.Sprintf("%.17g*siemens", 0.2*area), "0*mV")}
		if k == 0 {
			currents = append(currents, library.Input("I"))
		}
		list = append(list, library.Compartment{Name: fmt.Sprint(k), Equations: library.Membrane(fmt.Sprintf("%.17g*farad", 0.01*area), currents...)})
		if k > 0 {
			couplings = append(couplings, library.Coupling{A: fmt.Sprint(k - 1), B: fmt.Sprint(k), Resistance: fmt.Sprintf("%.17g*ohm", axial)})
		}
	}
	text, err := library.Compartments(list, couplings)
	must(t, err)
	n := network(t, neurons.NetworkParams{})
	g := member(t, n, neurons.GroupParams{N: 1, Equations: text, Init: map[string]string{"I_0": "0.05*nA"}})
	if g.Method() != "exact" {
		t.Fatalf("method %s: a passive cable is linear", g.Method())
	}
	check := func(want []float64) {
		t.Helper()
		for k, v := range want {
			x, err := g.Values(fmt.Sprintf("vm_%d", 10*k))
			must(t, err)
			close1(t, fmt.Sprintf("segment %d at %g s [mV]", 10*k, n.Time()), x[0]*1e3, v, 0.05)
		}
	}
	run(t, n, 0.05)
	check([]float64{70.15, 64.22, 59.03, 54.55, 50.74, 47.57, 45.01, 43.05, 41.67, 40.86})
	run(t, n, 0.15)
	check([]float64{97.97, 92.03, 86.85, 82.36, 78.55, 75.38, 72.83, 70.87, 69.49, 68.68})
}

// misc/current_clamp
func TestCurrentClampWithABridge(t *testing.T) {
	n := network(t, neurons.NetworkParams{})
	clamp := library.CurrentClamp(library.ElectrodeParams{Re: "50*Mohm", Ce: "0.5*ms/(50*Mohm)", Bridge: "bridge", Command: "command"})
	clamp.Equations += "\nbridge : ohm\ncommand : amp"
	g := member(t, n, neurons.GroupParams{N: 1, Equations: library.Membrane("20*ms/(50*Mohm)", library.Leak("1/(50*Mohm)", "0*mV"), clamp)})
	s := statesOf(t, g, neurons.StateMonitorParams{}, "vm", "v_rec")
	for k, bridge := range []string{"0*ohm", "50*Mohm"} {
		must(t, g.Set("bridge", bridge))
		for _, phase := range []struct {
			command string
			seconds float64
		}{{"0*amp", 0.05}, {"0.5*nA", 0.1}, {"0*amp", 0.05}} {
			must(t, g.Set("command", phase.command))
			run(t, n, phase.seconds)
		}
		vm, rec := series(t, s, "vm", 0), series(t, s, "v_rec", 0)
		end := 2000*k + 1499
		close1(t, "vm at the end of the pulse [mV]", vm[end]*1e3, 24.83, 0.05)
		close1(t, "recorded [mV]", rec[end]*1e3, []float64{49.83, 24.83}[k], 0.05)
		close1(t, "recorded less vm long after [mV]", (rec[end+500]-vm[end+500])*1e3, 0, 0.1)
	}
}

// misc/stopping
func TestARunStopsWhenThePopulationFires(t *testing.T) {
	if testing.Short() {
		t.Skip("many runs")
	}
	mean, lo, hi := 0.0, math.Inf(1), 0.0
	const seeds = 10
	for seed := range uint64(seeds) {
		n := network(t, neurons.NetworkParams{Seed: seed})
		in, err := n.PoissonGroup(neurons.PoissonParams{N: 1000, Rates: "100*Hz*(t/(100*ms))"})
		must(t, err)
		g := member(t, n, neurons.GroupParams{N: 1000, Equations: "dV/dt = -V/(10*ms) : volt", Threshold: "V > 10*mV", Reset: "V = 0*mV", Init: map[string]string{"V": "rand()*10*mV"}})
		for k, s := range []*neurons.Group{in, g} {
			c, err := n.Synapses(neurons.SynapsesParams{Source: s.All(), Target: g.All(), OnPre: "V += 0.2*mV"})
			must(t, err)
			p := neurons.ConnectParams{}
			if k == 0 {
				p.P = "0.1"
			}
			must(t, c.Connect(p))
		}
		m, err := n.RateMonitor(g.All(), neurons.RateMonitorParams{Bin: 1e-3})
		must(t, err)
		must(t, n.Operation(neurons.When{Slot: neurons.End}, func(now neurons.Now) error {
			if now.Step%10 == 9 && m.Rates()[now.Step/10] > 10 {
				n.Stop()
			}
			return nil
		}))
		sum := run(t, n, 0.1)
		r := m.Rates()
		if sum.Reason != "stopped" || r[len(r)-1] <= 10 || slices.Max(r[:len(r)-1]) > 10 {
			t.Errorf("seed %d: %v at %g s, rates %v", seed, sum.Reason, n.Time(), r)
		}
		at := n.Time() * 1e3
		mean, lo, hi = mean+at/seeds, min(lo, at), max(hi, at)
		run(t, n, 1e-3) // it may go on
	}
	// Over 20 seeds 43.4 ms, deviation 2.0 ms.
	close1(t, "mean time of the stop [ms]", mean, 43.4, 3*2.0/math.Sqrt(seeds)+0.02*43.4)
	if lo < 36 || hi > 49 {
		t.Errorf("stops between %g and %g ms, want about 37.9 to 45.9", lo, hi)
	}
}

func TestLibraryNamesWhatIsWrongWithCompartments(t *testing.T) {
	soma := library.Compartment{Name: "soma", Equations: library.Membrane("1*uF")}
	for _, c := range []struct {
		list      []library.Compartment
		couplings []library.Coupling
		want      string
	}{
		{[]library.Compartment{soma, soma}, nil, "soma is defined twice"},
		{[]library.Compartment{soma}, []library.Coupling{{A: "soma", B: "axon"}}, "soma and axon"},
		{[]library.Compartment{{Name: "x", Equations: "dv/dt = "}}, nil, "compartment x"},
	} {
		if _, err := library.Compartments(c.list, c.couplings); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
}
