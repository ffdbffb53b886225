package neurons_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"hearpipe/neurons"
	"hearpipe/neurons/connectivity"
	"hearpipe/stages"
	"hearpipe/stages/stagetest"
	"hearpipe/units"
)

// Static equations of cells, their constants and functions, inputs with a channel per cell and with one for all, shared
// parameters: what texts of synapses may read.
func TestTextsReadWhateverCellsHave(t *testing.T) {
	signal := func(channels int) stages.Stage {
		return stagetest.NewSource(stagetest.Signal{Channels: channels, Frames: 50, Rate: 1e4, Value: func(i int64, c int) float64 { return float64(100*(c+1)) + float64(i) }})
	}
	n := network(t, neurons.NetworkParams{
		Constants: map[string]units.Quantity{"E": {Value: 3}},
		Functions: map[string]neurons.Function{"twice": {Args: make([]units.Dimension, 1), Of: func(x []float64) float64 { return 2 * x[0] }}},
	})
	g := member(t, n, neurons.GroupParams{
		N: 3, Equations: "v : 1\nu = twice(v) + K + I + t/second : 1\nI : 1\nJ : 1\np : 1 (shared)\nalso = v", Threshold: "i == 1 and t > 0.15*ms and t < 0.25*ms",
		Constants: map[string]units.Quantity{"K": {Value: 7}}, Inputs: map[string]stages.Stage{"I": signal(3), "J": signal(1)}, Init: map[string]string{"v": "i+1", "p": "5"},
	})
	c := member(t, n, neurons.GroupParams{N: 2, Equations: "v : 1\nu : 1\nx = 10*v : 1\nsum : 1", Init: map[string]string{"v": "i"}})
	s := synapses(t, n, neurons.SynapsesParams{
		Source: g.All(), Target: c.All(), Model: "a : 1\nb : 1\nc : 1\nd : 1\nq : 1 (shared)\nmean = x_post + I_pre + q : 1\nsum_post = mean : 1 (summed)",
		OnPre: "a = u_pre + x; b = I_pre + J_pre + p_pre + also_pre; c = i + 10*j + 100*N + E + N_pre; d = not_refractory + lastspike_pre/second + q; u += twice(q)",
	})
	connect(t, s, "")
	must(t, s.Set("q", "0.5"))
	run(t, n, 4*dt)
	// The spike of cell 1 in step 2 reaches synapses 2 and 3: v = 2, I = 202, J = 102, t = 0.2 ms.
	near9(t, "a", valuesOf(t, s, "a"), []float64{0, 0, 4 + 7 + 202 + 2e-4, 4 + 7 + 202 + 2e-4 + 10, 0, 0})
	near9(t, "b", valuesOf(t, s, "b"), []float64{0, 0, 202 + 102 + 5 + 2, 202 + 102 + 5 + 2, 0, 0})
	near9(t, "c", valuesOf(t, s, "c"), []float64{0, 0, 1 + 600 + 3 + 3, 1 + 10 + 600 + 3 + 3, 0, 0})
	near9(t, "d", valuesOf(t, s, "d"), []float64{0, 0, 1.5 + 2e-4, 1.5 + 2e-4, 0, 0})
	near9(t, "u", valuesOf(t, c, "u"), []float64{1, 1})
	// At the end of step 3 the inputs are 103, 203 and 303.
	near9(t, "sum", valuesOf(t, c, "sum"), []float64{609 + 1.5, 609 + 30 + 1.5})
}

func TestConnectionsReadVariablesAndParts(t *testing.T) {
	n := network(t, neurons.NetworkParams{Constants: map[string]units.Quantity{"reach": {Value: 1.5e-3, Dim: units.DimLength}}})
	g := member(t, n, neurons.GroupParams{N: 6, Equations: "x : metre\ny = 2*x : metre\np : metre (shared)", Init: map[string]string{"x": "i*mm", "p": "4*mm"}})
	part, err := g.Cells(2, 5)
	must(t, err)
	s := synapses(t, n, neurons.SynapsesParams{Source: part, Target: g.All(), Model: "w : 1"})
	connect(t, s, "abs(x_pre-x_post) < reach and i != j-2") // 1-2 1-3 and so on, in numbers of the group
	if want := []int32{1, 3, 2, 4, 3, 5}; !slices.Equal(s.Post(), want) {
		t.Errorf("targets %v, want %v", s.Post(), want)
	}
	few, err := g.Cells(3, 5)
	must(t, err)
	low, err := g.Cells(0, 2)
	must(t, err)
	must(t, s.Connect(neurons.ConnectParams{Source: few, Target: low, Params: connectivity.Params{Condition: "i == j and x_pre < p_post + 1*um"}}))
	if !slices.Equal(s.Pre()[6:], []int32{1, 2}) || !slices.Equal(s.Post()[6:], []int32{0, 1}) {
		t.Errorf("%v to %v: want the parts' numbers within source and target", s.Pre()[6:], s.Post()[6:])
	}
	err = s.Connect(neurons.ConnectParams{Source: low})
	if err == nil || !strings.Contains(err.Error(), "cells 0:2 of group group0 are not among the cells 2:5") {
		t.Errorf("%v", err)
	}
	if s.Source() != part || s.Target() != g.All() || s.Name() != "synapses0" {
		t.Errorf("%s from %v to %v", s.Name(), s.Source(), s.Target())
	}
	if err := s.CheckConnect(neurons.ConnectParams{Params: connectivity.Params{P: "z"}}); err == nil || !strings.Contains(err.Error(), "connect: line 1, column 1: unknown name z") {
		t.Errorf("%v", err)
	}
	if k := s.N(); k != 8 {
		t.Errorf("%d synapses, want 8: checks make none", k)
	}
}

// Short-term plasticity written with lastupdate and with event-driven equations (Tsodyks and Markram 1997) is the same.
func TestEventDrivenEqualsTheTimeOfTheLastEvent(t *testing.T) {
	v := func(model, code string) []float64 {
		n := network(t, neurons.NetworkParams{Seed: 1, Constants: map[string]units.Quantity{
			"taud": {Value: 1e-3, Dim: units.DimTime}, "tauf": {Value: .1, Dim: units.DimTime}, "U": {Value: .1}, "A": {Value: .25},
		}})
		in, err := n.PoissonGroup(neurons.PoissonParams{N: 10, Rates: "(20+10*i)*Hz"})
		must(t, err)
		c := member(t, n, neurons.GroupParams{N: 10, Equations: "dv/dt = -v/(20*ms) : 1"})
		s := synapses(t, n, neurons.SynapsesParams{Source: in.All(), Target: c.All(), Model: model, OnPre: code})
		connect(t, s, "i == j")
		must(t, s.Set("x", "1"))
		must(t, s.Set("u", "U"))
		r := takeFrames(t, c, "v")
		run(t, n, 0.5, r)
		return r.frames
	}
	const use = "\nv += A*u*x; x *= 1-u; u += U*(1-u)"
	explicit := v("x : 1\nu : 1", "u = U+(u-U)*exp(-(t-lastupdate)/tauf)\nx = 1+(x-1)*exp(-(t-lastupdate)/taud)"+use)
	closeTo(t, "v", v("dx/dt = (1-x)/taud : 1 (event-driven)\ndu/dt = (U-u)/tauf : 1 (event-driven)", use), explicit, 1e-12)
	if slices.Max(explicit) < 0.02 {
		t.Error("nothing arrives")
	}
}

func TestDelaysMayChangeDuringARun(t *testing.T) {
	n := network(t, neurons.NetworkParams{})
	g := generator(t, n, 1, []int32{0, 0, 0}, 0, .1, .2)
	c := member(t, n, neurons.GroupParams{N: 1, Equations: "v : 1"})
	s := synapses(t, n, neurons.SynapsesParams{Source: g.All(), Target: c.All(), Model: "w : 1", OnPre: "w += 1; v += w", Delay: 5e-4})
	connect(t, s, "")
	must(t, n.At(2e-4, func(neurons.Now) error { return s.Set("delay", "0.3*ms") })) // the third spike arrives with the first
	v := takeFrames(t, c, "v")
	run(t, n, 8*dt, v)
	near9(t, "v", v.frames, []float64{0, 0, 0, 0, 0, 3, 6, 6})
	must(t, n.At(1e-3, func(neurons.Now) error { valuesOf(t, s, "w")[0] = 0; return s.Set("delay", "1*ms/(N-1)") }))
	if _, err := n.Run(context.Background(), 1e-3); err == nil || !strings.Contains(err.Error(), "want a finite number") {
		t.Errorf("%v: want the delay refused", err)
	}
}

func TestVariablesOfSynapsesStayFinite(t *testing.T) {
	n := network(t, neurons.NetworkParams{})
	g := member(t, n, neurons.GroupParams{N: 2, Equations: "v : 1"})
	s := synapses(t, n, neurons.SynapsesParams{Source: g.All(), Model: "dx/dt = x**2/ms : 1"})
	connect(t, s, "")
	must(t, s.SetOf(neurons.Pair(1, 0), "x", "100"))
	_, err := n.Run(context.Background(), 0.01)
	if err == nil || !strings.Contains(err.Error(), "x of synapse 2 (1 to 0) is +Inf at step") {
		t.Errorf("%v", err)
	}
}

// What is multiplied or divided, at both ends, in cells that may be held back.
func TestStatementsMultiplyAndDivide(t *testing.T) {
	for _, flag := range []string{"", " (unless refractory)"} {
		n := network(t, neurons.NetworkParams{})
		g := member(t, n, neurons.GroupParams{
			N: 3, Equations: "dv/dt = 0*Hz : 1" + flag + "\nw : 1", Threshold: "t < 0.05*ms and i > 0", Refractory: "0.5*ms", Init: map[string]string{"v": "8", "w": "8"},
		})
		s := synapses(t, n, neurons.SynapsesParams{Source: g.All(), OnPre: "v_post *= 2; w_post /= 4; v_pre = 5; w_pre -= 1"})
		connect(t, s, "i == 1 and j != 1")
		run(t, n, dt)
		v, w := []float64{16, 5, 16}, []float64{2, 6, 2}
		if flag != "" { // cells 1 and 2 have just fired
			v = []float64{16, 8, 8}
		}
		near9(t, "v"+flag, valuesOf(t, g, "v"), v)
		near9(t, "w"+flag, valuesOf(t, g, "w"), w)
	}
}

func TestNamesInTextsOfSynapsesAreKnownOrExplained(t *testing.T) {
	n := network(t, neurons.NetworkParams{Constants: map[string]units.Quantity{"v": {Value: 2}}})
	g := member(t, n, neurons.GroupParams{Name: "g", N: 2, Equations: "dv/dt = xi*ms**-.5 : 1\nz = xi*ms**-.5 : Hz", Threshold: "v > 1"})
	other := network(t, neurons.NetworkParams{})
	stranger := member(t, other, neurons.GroupParams{Name: "stranger", N: 2, Equations: "v : 1"})
	for _, c := range []struct {
		p    neurons.SynapsesParams
		want string
	}{
		{neurons.SynapsesParams{Source: g.All(), Target: stranger.All()}, "group stranger is not in this network"},
		{neurons.SynapsesParams{Source: g.All(), Model: "v_post : 1", OnPre: "v += 1"}, "the synapses define v_post, which is the name of a variable of the cells that is used as v"},
		{neurons.SynapsesParams{Source: g.All(), OnPre: "v += z_pre*ms"}, "white noise"},
		{neurons.SynapsesParams{Source: g.All(), MaxDelay: -1}, "longest delay of -1 s"},
		{neurons.SynapsesParams{Source: g.All(), Delay: 1}, "no statements for presynaptic spikes"},
		{neurons.SynapsesParams{Source: g.All(), Functions: map[string]neurons.Function{"f": {}}}, "function f is missing"},
		{neurons.SynapsesParams{Source: g.All(), OnPre: "v += binomial(3)"}, "binomial needs 3 arguments"},
		{neurons.SynapsesParams{Source: g.All(), OnPre: "v += binomial(3*ms, 0.5)"}, "argument 1 of binomial needs a number without dimension"},
		{neurons.SynapsesParams{Source: g.All(), Model: "dx/dt = -x/ms : 1", Method: "magic"}, "no integration method is called"},
		{neurons.SynapsesParams{Source: g.All(), OnPre: "not_refractory_post = 1"}, "cannot assign to not_refractory_post"},
		{neurons.SynapsesParams{Source: g.All(), OnPre: "i = 1"}, "i"},
		{neurons.SynapsesParams{Source: g.All(), OnPre: "t = 1*ms"}, "t"},
		{neurons.SynapsesParams{Source: g.All(), Model: "c : 1 (constant)", OnPre: "c += 1"}, "c"},
	} {
		_, err := n.Synapses(c.p)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v:\n got %v\nwant %s", c.p, err, c.want)
		}
	}
	s := synapses(t, n, neurons.SynapsesParams{Source: g.All(), OnPre: "v += 1"})
	connect(t, s, "")
	run(t, n, dt)
	if want := []string{"the constant or function v is hidden by a name of the synapses or cells and never used"}; !slices.Equal(s.Warnings(), want) {
		t.Errorf("%q, want %q", s.Warnings(), want)
	}
	if _, err := s.Values("lastupdate"); err == nil || !strings.Contains(err.Error(), "ask for it before the first run") {
		t.Errorf("%v", err)
	}
}

// Normal and uniform numbers are those of the synapse and the step: they do not depend on which others get events.
func TestRandomNumbersBelongToSynapses(t *testing.T) {
	values := func(cells ...int32) []float64 {
		n := network(t, neurons.NetworkParams{Seed: 3})
		times := make([]float64, len(cells))
		g := generator(t, n, 4, cells, times...)
		c := member(t, n, neurons.GroupParams{N: 50, Equations: "v : 1"})
		s := synapses(t, n, neurons.SynapsesParams{Source: g.All(), Target: c.All(), Model: "a : 1\nb : 1\nc : 1", OnPre: "a = rand(); b = randn(); c = binomial(20, 0.5) + rand()"})
		connect(t, s, "(i + j) % 3 != 0")
		run(t, n, dt)
		return slices.Concat(valuesOf(t, s, "a"), valuesOf(t, s, "b"), valuesOf(t, s, "c"))
	}
	all, some := values(0, 1, 2, 3), values(1, 3)
	same, different := 0, map[string]bool{}
	for k, x := range some {
		different[fmt.Sprint(all[k])] = true
		if x != 0 {
			same++
			if x != all[k] {
				t.Fatalf("value %d is %g alone and %g with others", k, x, all[k])
			}
		}
	}
	if same < 150 || len(different) < 300 {
		t.Errorf("%d values compared, %d different ones", same, len(different))
	}
	if m := slices.Max(all[:len(all)/3]); m >= 1 || math.IsNaN(m) {
		t.Errorf("a uniform number of %g", m)
	}
}

func TestConstantsMayChangeDuringARun(t *testing.T) {
	n := network(t, neurons.NetworkParams{})
	g := member(t, n, neurons.GroupParams{N: 1, Equations: "x : 1\nu = K*x : 1", Threshold: "True", Constants: map[string]units.Quantity{"K": {Value: 2}}, Init: map[string]string{"x": "1"}})
	c := member(t, n, neurons.GroupParams{N: 1, Equations: "v : 1\ns : 1"})
	s := synapses(t, n, neurons.SynapsesParams{
		Source: g.All(), Target: c.All(), Constants: map[string]units.Quantity{"W": {Value: 10}}, Model: "w = W : 1\ns_post = W+u_pre : 1 (summed)", OnPre: "v = W + u_pre",
	})
	connect(t, s, "")
	must(t, n.At(1*dt, func(neurons.Now) error { return s.SetConstant("W", units.Number(20)) }))
	must(t, n.At(2*dt, func(neurons.Now) error { return g.SetConstant("K", units.Number(3)) }))
	v, sum := takeFrames(t, c, "v"), takeFrames(t, c, "s")
	run(t, n, 3*dt, v, sum)
	near9(t, "v", v.frames, []float64{12, 22, 23})
	near9(t, "sum", sum.frames, []float64{12, 22, 23})
	for _, one := range []struct {
		err  error
		want string
	}{
		{s.SetConstant("X", units.Number(1)), "there is no constant X (constants: W)"},
		{s.SetConstant("W", units.Quantity{Value: 1, Dim: units.DimTime}), "a value of dimension (s): want (1), as before"},
	} {
		if one.err == nil || !strings.Contains(one.err.Error(), one.want) {
			t.Errorf("%v, want %q", one.err, one.want)
		}
	}
}
