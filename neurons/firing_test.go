package neurons_test

import (
	"errors"
	"math"
	"slices"
	"testing"

	"hearpipe/neurons"
	"hearpipe/stages"
)

// firedIn runs a network and returns the steps in which a cell of the group fired.
func firedIn(t *testing.T, n *neurons.Network, g *neurons.Group, seconds float64, cell int32) []int64 {
	t.Helper()
	k := takeSpikes(g)
	run(t, n, seconds, k)
	return stepsOf(k.spikes, cell)
}

func TestAValueIsAThresholdForTheMembraneVariable(t *testing.T) {
	p := neurons.GroupParams{N: 3, Equations: "w : 1\nvm : volt\nvt : volt", Values: map[string][]float64{"vm": {-51e-3, -50e-3, -49e-3}, "vt": {-50e-3, -50e-3, -50e-3}}, Frames: 1}
	for _, threshold := range []string{"-50*mV", "-50 mV", "vt", "vm > vt"} {
		p.Threshold = threshold
		if list := spikesOf(t, p); !slices.Equal(list, []stages.Spike{{At: 0, Cell: 2}}) {
			t.Errorf("%s: spikes %v, want cell 2 alone: the comparison is strict", threshold, list)
		}
	}
	p.Threshold, p.Reset = "vt", "2*vt"
	wantValues(t, "vm after its reset", trace(t, p, "vm").Row(0), -51e-3, -50e-3, -100e-3)
	p.Equations += "\nv : volt"
	if w := group(t, p).Warnings(); len(w) != 1 || w[0] != "a threshold or reset that is a plain value is about v, although the model has vm too" {
		t.Errorf("warnings %q", w)
	}
	for _, c := range []struct{ equations, threshold, reset, want string }{
		{"v : volt", "3*ms", "", "a value for v, which has the dimension (m^2 kg s^-3 A^-1), but this is (s)"},
		{"u = 2 : 1", "3", "", "the equations have no variable that a value could be about"},
		{"v : volt", "v > 1*volt", "3*ms", "cannot assign 3*ms (s) to v"},
		{"u = 2 : 1", "u > 1", "3", "a reset is a statement such as v = 0, but this is a value"},
		{"v : 1", "v > 1", "3 3", "expected an operator or the end"},
	} {
		_, err := neurons.NewGroup(neurons.GroupParams{N: 1, Equations: c.equations, Threshold: c.threshold, Reset: c.reset})
		wantError(t, err, c.want)
	}
}

// TestALockOutKeepsACellFromFiring: held above the threshold it fires every K steps, K rounded up.
func TestALockOutKeepsACellFromFiring(t *testing.T) {
	for lockOut, want := range map[string][]int64{
		"3 ms": {0, 30, 60, 90}, "2.91 ms": {0, 30, 60, 90}, "5*ms - 1*ms": {0, 40, 80}, "0.1 ms": nil, "0*ms": nil,
	} {
		p := neurons.GroupParams{N: 1, Equations: "v : 1", Init: map[string]string{"v": "2"}, Threshold: "v > 1", LockOut: lockOut, Frames: 100}
		at := stepsOf(spikesOf(t, p), 0)
		if want == nil && len(at) == 100 {
			continue
		}
		wantSteps(t, at, want...)
	}
	// It is tested beside refractoriness, and touches no variable.
	p := neurons.GroupParams{
		N: 1, Equations: "dv/dt = 1/ms : 1", Threshold: "v > 0.95", Reset: "v = 0", Refractory: "0.5 ms", LockOut: "1.8 ms", Frames: 60,
	}
	wantSteps(t, stepsOf(spikesOf(t, p), 0), 9, 27, 45)
	for lockOut, want := range map[string]string{
		"3*mV": "a lock-out is a time made of constants, such as 3 ms, but this is 3*mV", "v*ms": "but this is v*ms", "-1*ms": "a lock-out of -0.001 s: want 0 or more",
	} {
		p.LockOut = lockOut
		_, err := neurons.NewGroup(p)
		wantError(t, err, want)
	}
}

// TestAPoissonThresholdFiresWithTheProbabilityOfItsRate: 500 cells of 100 Hz and of 20 kHz (clipped to every step).
func TestAPoissonThresholdFiresWithTheProbabilityOfItsRate(t *testing.T) {
	p := neurons.GroupParams{N: 501, Equations: "rate : Hz", Init: map[string]string{"rate": "where(i < 500, 100*Hz, 20*kHz)"}, Threshold: "rand() < rate*dt", Frames: 1000}
	list := spikesOf(t, p)
	certain := len(stepsOf(list, 500))
	if certain != 1000 {
		t.Errorf("a rate beyond one per step fires %d times in 1000 steps", certain)
	}
	// 500,000 trials of probability 0.01: 5000 with a standard deviation of 70.
	if n := len(list) - certain; math.Abs(float64(n)-5000) > 5*70 {
		t.Errorf("%d spikes, want 5000 within five standard deviations of 70", n)
	}
	p.Equations = "rate : 1"
	p.Init = nil
	_, err := neurons.NewGroup(p)
	wantError(t, err, "compare")
}

func TestFunctionsMayDecideAndReset(t *testing.T) {
	calls, fired := 0, 0
	n, g := inNetwork(t, neurons.GroupParams{
		N: 700, Equations: "dv/dt = 1/ms : 1\nw : 1",
		Fires: func(now neurons.Now, g *neurons.Group, fires []bool) error {
			v, err := g.Values("v")
			for c := range fires {
				fires[c] = v[c] > 0.25+float64(c%2)
			}
			return err
		},
		OnReset: func(now neurons.Now, g *neurons.Group, list []int32) error {
			calls++
			fired += len(list)
			v, err := g.Values("v")
			if err != nil {
				return err
			}
			for _, c := range list {
				v[c] = -float64(now.Step)
			}
			return nil
		},
	})
	at := firedIn(t, n, g, 1e-3, 698)
	wantSteps(t, at, 2) // v = 0.3, then -2
	if calls != 10 || fired != 350 {
		t.Errorf("the reset was called %d times with %d cells, want in each of 10 steps with 350 cells", calls, fired)
	}
	wantValues(t, "v", values(t, g, "v")[698:], -2+0.7, 1)
	if n := testing.AllocsPerRun(5, func() { run(t, n, 0) }); n > 100 {
		t.Errorf("%g allocations for no step", n)
	}
	broken := errors.New("broken")
	n, _ = inNetwork(t, neurons.GroupParams{N: 1, Equations: "v : 1", Fires: func(neurons.Now, *neurons.Group, []bool) error { return broken }})
	_, err := n.Run(t.Context(), 1e-3)
	if !errors.Is(err, broken) {
		t.Errorf("got %v, want the error of the function", err)
	}
	wantError(t, err, "group group0: threshold: broken")
}

// TestAHeldVariableKeepsWhatTheResetHasLeft: after a spike in step n the value is written in steps n to n+K, as a constant
// reset would be.
func TestAHeldVariableKeepsWhatTheResetHasLeft(t *testing.T) {
	p := neurons.GroupParams{
		N: 1, Equations: "dv/dt = 1/ms : 1\nu : 1", Threshold: "v > 0.25", Reset: "u += 1; v = -0.1*u", Refractory: "0.3 ms", Hold: "v", Frames: 14,
	}
	f := trace(t, p, "v")
	var got []float64
	for k := range f.N {
		got = append(got, f.At(k, 0))
	}
	wantValues(t, "v", got, 0.1, 0.2, -0.1, -0.1, -0.1, -0.1, 0, 0.1, 0.2, -0.2, -0.2, -0.2, -0.2, -0.1)
	// A function and a reset of the text leave the same.
	p.Frames = 0
	reset := p.Reset
	p.Reset = ""
	p.OnReset = func(now neurons.Now, g *neurons.Group, list []int32) error {
		for _, c := range list {
			u, v := values(t, g, "u"), values(t, g, "v")
			u[c]++
			v[c] = -0.1 * u[c]
		}
		return nil
	}
	n, g := inNetwork(t, p)
	k := takeFrames(t, g, "v")
	run(t, n, 1.4e-3, k)
	wantValues(t, "v by a function", k.frames, got...)
	// What is held is part of a snapshot: another operation has written over it.
	p.Reset, p.OnReset = reset, nil
	build := func() (*neurons.Network, *neurons.Group) {
		n, g := inNetwork(t, p)
		if err := g.RunRegularly("v = 7*(t > 0.25*ms) + v*(t <= 0.25*ms)", neurons.When{Slot: neurons.End}); err != nil {
			t.Fatal(err)
		}
		return n, g
	}
	n, g = build()
	run(t, n, 0.4e-3)
	state, err := n.Store()
	if err != nil {
		t.Fatal(err)
	}
	wantValues(t, "v written over", values(t, g, "v"), 7)
	m, h := build()
	if err := m.Restore(state); err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		n *neurons.Network
		g *neurons.Group
	}{{n, g}, {m, h}} {
		v := values(t, x.g, "v")
		must(t, x.n.Operation(neurons.When{Slot: neurons.AfterResets}, func(now neurons.Now) error {
			if now.Step == 4 && v[0] != -0.1 {
				t.Errorf("held at %g in step 4, want -0.1", v[0])
			}
			return nil
		}))
		run(t, x.n, 0.2e-3)
	}
}

// TestAFunctionSeesRefractoryCells: those with a spike in this step or the K before, ascending; they cannot fire in K-1.
func TestAFunctionSeesRefractoryCells(t *testing.T) {
	var seen []string
	p := neurons.GroupParams{
		N: 2, Equations: "v : 1", Values: map[string][]float64{"v": {2, 2}}, Threshold: "v > 1 and (i == 0 or t > 0.15*ms)", Refractory: "0.3 ms",
		OnReset: func(neurons.Now, *neurons.Group, []int32) error { return nil },
		WhileRefractory: func(now neurons.Now, g *neurons.Group, cells []int32) error {
			s := ""
			for _, c := range cells {
				s += string(rune('a' + c))
			}
			seen = append(seen, s)
			return nil
		},
	}
	n, g := inNetwork(t, p)
	wantSteps(t, firedIn(t, n, g, 0.9e-3, 0), 0, 3, 6)
	if want := []string{"a", "a", "ab", "ab", "ab", "ab", "ab", "ab", "ab"}; !slices.Equal(seen, want) {
		t.Errorf("refractory cells %q, want %q", seen, want)
	}
	state, err := n.Store()
	if err != nil {
		t.Fatal(err)
	}
	m, _ := inNetwork(t, p)
	must(t, m.Restore(state))
	for _, x := range []*neurons.Network{n, m} {
		seen = seen[:0]
		run(t, x, 0.1e-3)
		if !slices.Equal(seen, []string{"ab"}) {
			t.Errorf("after a snapshot refractory cells %q, want ab", seen)
		}
	}
}

// TestRefractoryCellsAreForgottenAfterTheirPeriod: a spike in step 0 with K = 3 is seen in steps 0 to 3, also where a
// snapshot was taken before the last of these.
func TestRefractoryCellsAreForgottenAfterTheirPeriod(t *testing.T) {
	seen := 0
	p := neurons.GroupParams{
		N: 1, Equations: "v : 1", Threshold: "t < 0.05*ms", Refractory: "0.3 ms",
		WhileRefractory: func(_ neurons.Now, _ *neurons.Group, cells []int32) error {
			seen += len(cells)
			return nil
		},
	}
	n, _ := inNetwork(t, p)
	run(t, n, 0.3e-3)
	state, err := n.Store()
	must(t, err)
	m, _ := inNetwork(t, p)
	must(t, m.Restore(state))
	for _, x := range []*neurons.Network{n, m} {
		seen = 0
		run(t, x, 0.1e-3)
		if seen != 1 {
			t.Errorf("%d refractory cells in step 3, want 1", seen)
		}
		run(t, x, 0.3e-3)
		if seen != 1 {
			t.Errorf("%d refractory cells in steps 3 to 6, want 1", seen)
		}
	}
}

func TestRefractorinessOfResetsThatAreFunctionsHasToBeSaid(t *testing.T) {
	reset := func(neurons.Now, *neurons.Group, []int32) error { return nil }
	fires := func(neurons.Now, *neurons.Group, []bool) error { return nil }
	cells := func(neurons.Now, *neurons.Group, []int32) error { return nil }
	const model = "dv/dt = 1/ms : 1\nu = v : 1"
	for _, c := range []struct {
		p    neurons.GroupParams
		want string
	}{
		{neurons.GroupParams{Threshold: "v > 1", OnReset: reset, Refractory: "1 ms"}, "name a variable to hold, or a function for them"},
		{neurons.GroupParams{Threshold: "v > 1", OnReset: reset, Reset: "v = 0"}, "reset: given as a text and as a function"},
		{neurons.GroupParams{Threshold: "v > 1", Fires: fires}, "threshold: given as a text and as a function"},
		{neurons.GroupParams{OnReset: reset}, "there is no threshold, so no cell will ever be reset"},
		{neurons.GroupParams{Threshold: "v > 1", Hold: "v"}, "give a period, and no flag"},
		{neurons.GroupParams{Threshold: "v > 1", Hold: "v", Refractory: "v > 0"}, "give a period, and no flag"},
		{neurons.GroupParams{Threshold: "v > 1", WhileRefractory: cells}, "give a period, and no flag"},
		{neurons.GroupParams{Threshold: "v > 1", Hold: "u", Refractory: "1 ms"}, "cannot hold u, which is not a variable"},
		{neurons.GroupParams{Threshold: "v > 1", Hold: "q", Refractory: "1 ms"}, "cannot hold q"},
		{neurons.GroupParams{Threshold: "v > 1", Events: map[string]string{"e": "v"}}, "events: e: line 1, column 1: an event is a condition such as v > 1, but this is (1)"},
		{neurons.GroupParams{Threshold: "v > 1", Events: map[string]string{"spike": "v > 1"}}, `"spike" cannot be the name of an event`},
		{neurons.GroupParams{Threshold: "v > 1", Events: map[string]string{"e": "not_refractory"}}, "not_refractory exists only where"},
	} {
		c.p.N, c.p.Equations = 1, model
		_, err := network(t, neurons.NetworkParams{}).Group(c.p)
		wantError(t, err, c.want)
	}
	for _, p := range []neurons.GroupParams{{Threshold: "v > 1", OnReset: reset}, {Fires: fires}, {Threshold: "v > 1", Events: map[string]string{"e": "v > 1"}}} {
		p.N, p.Equations = 1, model
		_, err := neurons.NewGroup(p)
		wantError(t, err, "put it into a network")
	}
}

func TestEventsRunStatementsAndAreStreams(t *testing.T) {
	n, g := inNetwork(t, neurons.GroupParams{
		N: 2, Equations: "e1 : second\ne2 : second\nk : 1", Threshold: "t > 1.95*ms and i == 1",
		Events: map[string]string{"one": "t >= i*ms and t < i*ms + dt", "two": "t >= (i+1)*ms and t < (i+1)*ms + dt"},
	})
	for _, c := range []struct{ event, code string }{{"one", "e1 = t"}, {"two", "e2 = t"}, {neurons.Spike, "k += 1"}} {
		if err := g.RunOnEvent(c.event, c.code, neurons.AfterThresholds, 0); err != nil {
			t.Fatal(err)
		}
	}
	two, err := g.EventStream("two")
	if err != nil {
		t.Fatal(err)
	}
	k := &spikeTaker{taker{from: two}}
	run(t, n, 2.1e-3, k)
	wantValues(t, "e1", values(t, g, "e1"), 0, 1e-3)
	wantValues(t, "e2", values(t, g, "e2"), 1e-3, 2e-3)
	wantValues(t, "k", values(t, g, "k"), 0, 1)
	if want := []stages.Spike{{At: 10, Cell: 0}, {At: 20, Cell: 1}}; !slices.Equal(k.spikes, want) {
		t.Errorf("events %v, want %v", k.spikes, want)
	}
	wantError(t, g.RunOnEvent("three", "k = 1", neurons.End, 0), "there is no event three (events: spike, one, two)")
	wantError(t, g.RunOnEvent("one", "t = 1*ms", neurons.End, 0), "cannot assign to t")
}
