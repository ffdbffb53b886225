package neurons_test

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"hearpipe/neurons"
	"hearpipe/neurons/equations"
	"hearpipe/units"
)

// inNetwork makes a group in a network of its own.
func inNetwork(t *testing.T, p neurons.GroupParams) (*neurons.Network, *neurons.Group) {
	t.Helper()
	n := network(t, neurons.NetworkParams{})
	return n, member(t, n, p)
}

// values are the values of a variable.
func values(t testing.TB, g *neurons.Group, name string) []float64 {
	t.Helper()
	x, err := g.Values(name)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func close9(got, want float64) bool { return math.Abs(got-want) <= 1e-12+1e-9*math.Abs(want) }

func wantValues(t *testing.T, what string, got []float64, want ...float64) {
	t.Helper()
	if !slices.EqualFunc(got, want, close9) {
		t.Errorf("%s: got %.17g, want %.17g", what, got, want)
	}
}

func wantError(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v\nwant %q", err, want)
	}
}

func TestAnAliasIsReadWrittenAndRecordedAsItsVariable(t *testing.T) {
	n, g := inNetwork(t, neurons.GroupParams{
		N: 2, Equations: "dv/dt = 1/ms : 1\nu = v\nw = u", Threshold: "w > 0.25 + i", Reset: "w = u - 5", Init: map[string]string{"u": "0.1"}, Record: []string{"u"},
	})
	run(t, n, 0.2e-3)
	wantValues(t, "v", values(t, g, "v"), 0.3-5, 0.3)
	if err := g.Set("w", "i*3"); err != nil {
		t.Fatal(err)
	}
	wantValues(t, "u", values(t, g, "u"), 0, 3)
	if err := g.RunRegularly("u += 1", neurons.When{}); err != nil {
		t.Fatal(err)
	}
	run(t, n, 0.1e-3)
	wantValues(t, "v after a regular statement", values(t, g, "v"), 1.1-5, 4.1-5)
	_, err := n.Group(neurons.GroupParams{N: 1, Equations: "v : 1\nu = v", Init: map[string]string{"u": "1", "v": "2"}})
	wantError(t, err, "initial value of v: given twice, also under another name")
}

func TestASharedParameterHasOneValue(t *testing.T) {
	p := neurons.GroupParams{
		N: 600, Equations: "dv/dt = k*s/ms : 1\nk : 1 (shared)\ns = 2*k + t/ms : 1 (shared)", Init: map[string]string{"k": "1 + 2"}, Record: []string{"k"},
	}
	n, g := inNetwork(t, p)
	run(t, n, 0.1e-3)
	x := values(t, g, "v")
	for _, c := range []int{0, 599} {
		wantValues(t, "v", x[c:c+1], 3*6*0.1)
	}
	wantValues(t, "k", values(t, g, "k"), 3)
	if err := g.Set("k", "4"); err != nil {
		t.Fatal(err)
	}
	run(t, n, 0.1e-3)
	wantValues(t, "v with another k", x[599:], 1.8+4*8.1*0.1)
	wantError(t, g.Set("k", "i"), "k is (shared): its value cannot depend on the cell, nor be random")
	wantError(t, g.Set("k", "rand()"), "nor be random")
	wantError(t, g.SetValues("k", []float64{1, 2}), "2 values of k for 1 cells")
	wantError(t, g.RunRegularly("k = 3", neurons.When{}), "cannot assign to k, which has one value for all")
	p.Init = nil
	p.Values = map[string][]float64{"k": make([]float64, 600)}
	_, err := neurons.NewGroup(p)
	wantError(t, err, "600 values of a (shared) parameter: want 1")
	// Alone and recorded, saved and loaded.
	p.Values = map[string][]float64{"k": {3}}
	p.Frames = 2
	f := trace(t, p, "k")
	if f.At(1, 0) != 3 || f.At(1, 599) != 3 {
		t.Errorf("recorded k: %g ... %g, want 3", f.At(1, 0), f.At(1, 599))
	}
}

func TestALinkedParameterWantsSomethingToFollow(t *testing.T) {
	n, g := inNetwork(t, neurons.GroupParams{N: 2, Equations: "x : 1 (linked)\ndb/dt = x/ms : 1", Method: "euler"})
	_, err := n.Run(context.Background(), 1e-3)
	wantError(t, err, "x is (linked), but nothing says what it follows")
	src, err := n.Group(neurons.GroupParams{N: 2, Equations: "dx/dt = -x/(10*ms) : 1", Init: map[string]string{"x": "1 + i"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Link(neurons.LinkParams{Target: g.All(), Variable: "x", Source: src.All(), From: "x", Index: []int{1, 0}}); err != nil {
		t.Fatal(err)
	}
	run(t, n, 0.3e-3)
	// x at the start of steps 0, 1, 2: exp(-0.01 k)
	sum := 0.1 * (1 + math.Exp(-0.01) + math.Exp(-0.02))
	wantValues(t, "b", values(t, g, "b"), 2*sum, sum)
	_, err = neurons.NewGroup(neurons.GroupParams{N: 1, Equations: "x : 1 (linked)"})
	wantError(t, err, "a group that is alone has nothing to follow")
}

func TestTimedArraysDriveCells(t *testing.T) {
	volt := func(x ...float64) *equations.TimedArray {
		return &equations.TimedArray{Values: x, DT: 0.2e-3, Dim: units.DimVoltage}
	}
	two := volt(1, 2, 3, 4)
	two.Columns = 2
	n, err := neurons.NewNetwork(neurons.NetworkParams{TimedArrays: map[string]*equations.TimedArray{"ta": volt(1, 5)}})
	if err != nil {
		t.Fatal(err)
	}
	g, err := n.Group(neurons.GroupParams{
		N: 2, Equations: "dv/dt = (ta(t) + tb(t, i))/ms : volt", TimedArrays: map[string]*equations.TimedArray{"tb": two}, Threshold: "ta(t) > 4*volt",
	})
	if err != nil {
		t.Fatal(err)
	}
	if g.Method() != "exact" {
		t.Errorf("method %s", g.Method())
	}
	run(t, n, 0.3e-3)
	wantValues(t, "v", values(t, g, "v"), 0.1*(2+2+8), 0.1*(3+3+9))
	list := spikesOf(t, neurons.GroupParams{N: 1, Equations: "v : 1", TimedArrays: map[string]*equations.TimedArray{"ta": volt(0, 1, 0)}, Threshold: "ta(t) > 0*volt", Frames: 9})
	wantSteps(t, stepsOf(list, 0), 2, 3)
}

func TestFactorsOfCellsFollowAssignments(t *testing.T) {
	p := neurons.GroupParams{
		N: 700, Equations: "dv/dt = -v/tau : 1\ntau : second", Method: "exact", Init: map[string]string{"v": "1", "tau": "(1 + i)*ms"},
		Threshold: "v < 0.5", Reset: "v = 1; tau += 1*ms", DT: 1e-3,
	}
	n, g := inNetwork(t, p)
	run(t, n, 3e-3)
	// Cell 0: exp(-1) fires, tau 2 ms: exp(-1/2), exp(-1) fires.
	wantValues(t, "tau", values(t, g, "tau")[:3], 3e-3, 3e-3, 4e-3)
	wantValues(t, "v", values(t, g, "v")[:3], 1, math.Exp(-1./3), 1)
	wantValues(t, "v of the last cell", values(t, g, "v")[699:], math.Exp(-3./700))
}

func TestAConstantTakesAnotherValueEverywhere(t *testing.T) {
	second := func(x float64) units.Quantity { return units.Quantity{Value: x, Dim: units.DimTime} }
	n, g := inNetwork(t, neurons.GroupParams{
		N: 1, Equations: "dv/dt = -v/tau : 1\nu = k*v : 1", Threshold: "v < k", Reset: "v = 2*k", Refractory: "tau/10", Record: []string{"u"},
		Init: map[string]string{"v": "1"}, Constants: map[string]units.Quantity{"tau": second(10e-3), "k": {Value: 0.5}},
	})
	if err := g.RunRegularly("v += 0*k", neurons.When{Slot: neurons.End}); err != nil {
		t.Fatal(err)
	}
	run(t, n, 1e-3)
	wantValues(t, "v", values(t, g, "v"), math.Exp(-0.1))
	for name, q := range map[string]units.Quantity{"tau": second(1e-3), "k": {Value: 0.8}} {
		if err := g.SetConstant(name, q); err != nil {
			t.Fatal(err)
		}
	}
	run(t, n, 0.1e-3)
	wantValues(t, "v", values(t, g, "v"), math.Exp(-0.2))
	run(t, n, 0.1e-3)
	wantValues(t, "v after its reset", values(t, g, "v"), 1.6) // exp(-0.3) < 0.8
	wantError(t, g.SetConstant("q", second(1)), "there is no constant q (constants: k, tau)")
	wantError(t, g.SetConstant("k", second(1)), "a value of dimension (s): want (1), as before")
	wantError(t, g.SetConstant("tau", second(-1)), "a period of -0.1 s: want 0 or more")
	run(t, n, 0.1e-3)
	wantValues(t, "v clamped with the old constants", values(t, g, "v"), 1.6)
}

func TestAConstantThatChangesLeavesWhatIsHeld(t *testing.T) {
	n, g := inNetwork(t, neurons.GroupParams{
		N: 1, Equations: "dv/dt = k/ms : 1", Threshold: "v > 0.15", Reset: "v = -v", Hold: "v", Refractory: "0.3 ms", Constants: map[string]units.Quantity{"k": {Value: 1}},
	})
	run(t, n, 0.3e-3)
	must(t, g.SetConstant("k", units.Quantity{Value: 2}))
	run(t, n, 0.1e-3)
	wantValues(t, "v held", values(t, g, "v"), -0.2)
	run(t, n, 0.2e-3)
	wantValues(t, "v free", values(t, g, "v"), 0)
}

func TestRestOfAGroupIsNearItsValues(t *testing.T) {
	_, g := inNetwork(t, neurons.GroupParams{N: 3, Equations: "dv/dt = (E - v + w)/(10*ms) : volt\ndw/dt = -w/ms : volt\nE : volt", Init: map[string]string{"E": "-i*mV", "v": "1*mV"}})
	view, err := g.Cells(1, 3)
	if err != nil {
		t.Fatal(err)
	}
	if failed, err := view.Rest(); err != nil || len(failed) > 0 {
		t.Fatal(failed, err)
	}
	wantValues(t, "v", values(t, g, "v"), 1e-3, -1e-3, -2e-3)
	_, g = inNetwork(t, neurons.GroupParams{N: 3, Equations: "dv/dt = (i-1)*(v**2+1)/ms : 1"})
	if failed, err := g.Rest(); err != nil || !slices.Equal(failed, []int{0, 2}) {
		t.Errorf("cells %v failed, %v, want 0 and 2", failed, err)
	}
}

func TestAModelMayBeComposed(t *testing.T) {
	parse := func(text string) *equations.Equations {
		e, err := equations.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	sum, err := parse("dv/dt = (g - v)/(10*ms) : 1").Add(parse("dg/dt = -g/(5*ms) : 1"))
	if err != nil {
		t.Fatal(err)
	}
	n, g := inNetwork(t, neurons.GroupParams{N: 1, Model: sum, Init: map[string]string{"g": "1"}})
	run(t, n, 10e-3)
	wantValues(t, "v", values(t, g, "v"), math.Exp(-1)-math.Exp(-2))
	s, err := equations.ParseSynapses("w : 1")
	if err != nil {
		t.Fatal(err)
	}
	_, err = neurons.NewGroup(neurons.GroupParams{N: 1, Model: s})
	wantError(t, err, "equations: the model is one of synapses")
	_, err = neurons.NewGroup(neurons.GroupParams{N: 1, Model: sum, Equations: "v : 1"})
	wantError(t, err, "given as a text and as a model: want one of them")
}
