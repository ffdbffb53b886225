package neurons_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"hearpipe/neurons"
	"hearpipe/neurons/connectivity"
	"hearpipe/stages"
	"hearpipe/units"
)

func synapses(t *testing.T, n *neurons.Network, p neurons.SynapsesParams) *neurons.SynapseSet {
	t.Helper()
	s, err := n.Synapses(p)
	must(t, err)
	return s
}

// connect connects by a condition, "" for all.
func connect(t *testing.T, s *neurons.SynapseSet, condition string) {
	t.Helper()
	must(t, s.Connect(neurons.ConnectParams{Params: connectivity.Params{Condition: condition}}))
}

// generator fires the cells at the times [ms].
func generator(t *testing.T, n *neurons.Network, cells int, which []int32, ms ...float64) *neurons.Group {
	t.Helper()
	times := make([]float64, len(ms))
	for k := range ms {
		times[k] = ms[k] * 1e-3
	}
	g, err := n.Generator(neurons.GeneratorParams{N: cells, Cells: which, Times: times})
	must(t, err)
	return g
}

func valuesOf(t *testing.T, of interface {
	Values(string) ([]float64, error)
}, name string,
) []float64 {
	t.Helper()
	x, err := of.Values(name)
	must(t, err)
	return x
}

func near9(t *testing.T, what string, got, want []float64) {
	t.Helper()
	closeTo(t, what, got, want, 1e-9)
}

func closeTo(t *testing.T, what string, got, want []float64, tol float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %v, want %v", what, got, want)
		return
	}
	for k := range want {
		if !(math.Abs(got[k]-want[k]) <= tol*math.Abs(want[k])+1e-12) {
			t.Errorf("%s: [%d] is %.17g, want %.17g", what, k, got[k], want[k])
			return
		}
	}
}

const dt = 1e-4

// Inputs and results of the cases, by their ids in the comments, were computed independently and confirmed with Brian 2.5.1.
func TestSpikesArriveAfterTheirDelays(t *testing.T) {
	// E02: six sources on one cell.
	n := network(t, neurons.NetworkParams{})
	g := generator(t, n, 6, []int32{0, 1, 4, 5, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5}, 0, 0, 0, 0, .1, .1, .1, .1, .2, .2, .2, .2, .2, .2)
	c := member(t, n, neurons.GroupParams{N: 1, Equations: "v : 1"})
	s := synapses(t, n, neurons.SynapsesParams{Source: g.All(), Target: c.All(), Model: "w : 1", OnPre: "v_post += w"})
	connect(t, s, "")
	must(t, s.SetValues("w", []float64{1, 2, 3, 4, 5, 6}))
	must(t, s.SetValues("delay", []float64{0, 0, 0, dt, 2 * dt, dt}))
	v := takeFrames(t, c, "v")
	run(t, n, 4*dt, v)
	near9(t, "E02", v.frames, []float64{3, 12, 33, 48})

	// E04: the nearest step.
	n = network(t, neurons.NetworkParams{})
	g = generator(t, n, 1, []int32{0}, 0)
	c = member(t, n, neurons.GroupParams{N: 6, Equations: "v : 1"})
	s = synapses(t, n, neurons.SynapsesParams{Source: g.All(), Target: c.All(), OnPre: "v += 1"})
	connect(t, s, "")
	must(t, s.SetValues("delay", []float64{4e-5, 6e-5, 1.4e-4, 1.6e-4, 1e-3, 1.05e-3}))
	v = takeFrames(t, c, "v")
	run(t, n, 2e-3, v)
	var first []float64
	for k := range 6 {
		step := 0
		for v.frames[6*step+k] == 0 {
			step++
		}
		first = append(first, float64(step))
	}
	near9(t, "E04", first, []float64{0, 1, 1, 2, 10, 11})
	near9(t, "E04: delays as they are used", valuesOf(t, s, "delay"), []float64{0, dt, dt, 2 * dt, 10 * dt, 11 * dt})

	// E05: one delay for all.
	n = network(t, neurons.NetworkParams{})
	g = generator(t, n, 2, []int32{0, 1}, 0, 1)
	c = member(t, n, neurons.GroupParams{N: 2, Equations: "v : 1"})
	s = synapses(t, n, neurons.SynapsesParams{Source: g.All(), Target: c.All(), OnPre: "v += 1", Delay: 5e-4})
	must(t, s.Connect(neurons.ConnectParams{Params: connectivity.Params{Targets: "i"}}))
	v = takeFrames(t, c, "v")
	run(t, n, 2e-3, v)
	if v.frames[2*4] != 0 || v.frames[2*5] != 1 || v.frames[2*14+1] != 0 || v.frames[2*15+1] != 1 {
		t.Errorf("E05: arrivals are not at steps 5 and 15: %v", v.frames)
	}

	// E39: the source is read at arrival.
	n = network(t, neurons.NetworkParams{})
	a := member(t, n, neurons.GroupParams{N: 1, Equations: "x : 1", Threshold: "t < 0.05*ms"})
	must(t, a.RunRegularly("x = t/ms", neurons.When{}))
	c = member(t, n, neurons.GroupParams{N: 1, Equations: "v : 1"})
	connect(t, synapses(t, n, neurons.SynapsesParams{Source: a.All(), Target: c.All(), OnPre: "v_post += x_pre", Delay: 1e-3}), "")
	run(t, n, 2e-3)
	near9(t, "E39", valuesOf(t, c, "v"), []float64{1})
}

func TestSumsAreThereBeforeTheFirstStepAndAtTheEndOfEach(t *testing.T) {
	// E13: two synapses per pair.
	n := network(t, neurons.NetworkParams{})
	a := member(t, n, neurons.GroupParams{N: 2, Equations: "v : volt", Threshold: "v > 1*volt", Reset: "v = 0*volt", Init: map[string]string{"v": "1.1*volt"}})
	b := member(t, n, neurons.GroupParams{N: 2, Equations: "v : volt"})
	s := synapses(t, n, neurons.SynapsesParams{Source: a.All(), Target: b.All(), Model: "w : volt\nx : volt\nv_post = 2*x : volt (summed)", OnPre: "x += w"})
	must(t, s.Connect(neurons.ConnectParams{Params: connectivity.Params{Condition: "i == j", N: 2}}))
	must(t, s.SetOf(neurons.Selection{K: 1}, "w", "i*volt"))
	must(t, s.SetOf(neurons.Selection{Where: "k == 1"}, "w", "(i+0.5)*volt"))
	run(t, n, 1e-3)
	near9(t, "E13", valuesOf(t, b, "v"), []float64{1, 5})

	// E15: Brian 2 sums before the state update, we sum at the end of the step before, so that v is the same and the
	// recorded I holds the events of its own step.
	n = network(t, neurons.NetworkParams{})
	g := generator(t, n, 1, []int32{0}, .1)
	c := member(t, n, neurons.GroupParams{N: 1, Equations: "dv/dt = I/ms : 1\nI : 1", Method: "euler"})
	s = synapses(t, n, neurons.SynapsesParams{Source: g.All(), Target: c.All(), Model: "s : 1\nI_post = s : 1 (summed)", OnPre: "s += 1"})
	connect(t, s, "")
	v, I := takeFrames(t, c, "v"), takeFrames(t, c, "I")
	run(t, n, 5e-4, v, I)
	near9(t, "E15: v", v.frames, []float64{0, 0, .1, .2, .3})
	near9(t, "E15: I", I.frames, []float64{0, 1, 1, 1, 1})

	// Summed and Euler: sources decay from 10, weights 1 and 2 mV, both fire at 1 ms.
	n = network(t, neurons.NetworkParams{})
	g = generator(t, n, 2, []int32{0, 1}, 1, 1)
	c = member(t, n, neurons.GroupParams{N: 2, Equations: "dv/dt = (-v+I)/(20*ms) : volt\nI : volt", Method: "euler"})
	s = synapses(t, n, neurons.SynapsesParams{
		Source: g.All(), Target: c.All(), Model: "dx/dt = -x/(10*ms) : 1 (clock-driven)\nw : volt\nI_post = w*x : volt (summed)", OnPre: "x += 1", Method: "exact",
	})
	connect(t, s, "")
	must(t, s.Set("x", "10"))
	must(t, s.Set("w", "(i+1)*mV"))
	v, I = takeFrames(t, c, "v"), takeFrames(t, c, "I")
	run(t, n, 3e-3, v, I)
	at := func(x []float64, steps ...int) (list []float64) {
		for _, k := range steps {
			list = append(list, 1e3*x[2*k])
		}
		return list
	}
	closeTo(t, "v", at(v.frames, 0, 9, 10, 11, 29), []float64{.15, 1.40215631, 1.53087115, 1.67259191, 3.8721634}, 1e-8)
	closeTo(t, "I", at(I.frames, 0, 9, 10, 11, 29), []float64{29.70149501, 27.14512254, 29.87502406, 29.5777626, 24.70542402}, 1e-9)
}

func TestStatementsRunOncePerEventInOrder(t *testing.T) {
	// Two synapses on each of two sources, weights 1, 2, 3, 4: v = 2*v + w four times, u adds up the new v.
	for _, code := range []string{"v = 2*v + w; u += v", "v_post = 2*v_post + w\nu = u + v"} {
		n := network(t, neurons.NetworkParams{})
		g := generator(t, n, 2, []int32{0, 1}, 0, 0)
		c := member(t, n, neurons.GroupParams{N: 1, Equations: "v : 1\nu : 1"})
		s := synapses(t, n, neurons.SynapsesParams{Source: g.All(), Target: c.All(), Model: "w : 1", OnPre: code})
		must(t, s.Connect(neurons.ConnectParams{Params: connectivity.Params{I: []int{0, 0, 1, 1}, J: []int{0, 0, 0, 0}}}))
		must(t, s.SetValues("w", []float64{1, 2, 3, 4}))
		run(t, n, dt)
		// v: 1, 4, 11, 26; u: 1, 5, 16, 42.
		near9(t, code, append(slices.Clone(valuesOf(t, c, "v")), valuesOf(t, c, "u")...), []float64{26, 42})
	}
	// E16: pathways of the source come first.
	n := network(t, neurons.NetworkParams{})
	c := member(t, n, neurons.GroupParams{N: 1, Equations: "x : 1\ny : 1", Threshold: "True"})
	connect(t, synapses(t, n, neurons.SynapsesParams{Source: c.All(), OnPre: "x = 1; y = 1", OnPost: "x = 2"}), "")
	run(t, n, dt)
	near9(t, "E16", []float64{valuesOf(t, c, "x")[0], valuesOf(t, c, "y")[0]}, []float64{2, 1})

	// E30.
	n = network(t, neurons.NetworkParams{})
	a, b := generator(t, n, 1, []int32{0}, 1), generator(t, n, 1, []int32{0}, 2)
	s := synapses(t, n, neurons.SynapsesParams{Source: a.All(), Target: b.All(), Model: "a : 1\nb : 1", OnPre: "a += 1", OnPost: "b += 2"})
	connect(t, s, "")
	for _, c := range []struct{ ms, a, b float64 }{{1, 0, 0}, {.1, 1, 0}, {.9, 1, 0}, {.1, 1, 2}} {
		run(t, n, c.ms*1e-3)
		near9(t, "E30", []float64{valuesOf(t, s, "a")[0], valuesOf(t, s, "b")[0]}, []float64{c.a, c.b})
	}

	// E31: subgroups have numbers of their own.
	n = network(t, neurons.NetworkParams{})
	g := member(t, n, neurons.GroupParams{N: 10, Equations: "v : 1", Threshold: "v > 1", Reset: "v = 0", Init: map[string]string{"v": "1.1*(i%2)"}})
	h := member(t, n, neurons.GroupParams{N: 20, Equations: "v : 1"})
	from, err := g.Cells(1, 6)
	must(t, err)
	to, err := h.Cells(10, 20)
	must(t, err)
	s = synapses(t, n, neurons.SynapsesParams{Source: from, Target: to, OnPre: "v += 1"})
	connect(t, s, "i == j")
	run(t, n, dt)
	for k, x := range valuesOf(t, h, "v") {
		if hit := k == 10 || k == 12 || k == 14; x != 0 != hit {
			t.Errorf("E31: cell %d has %g", k, x)
		}
	}
	if !slices.Equal(s.Pre(), []int32{0, 1, 2, 3, 4}) || !slices.Equal(s.Post(), s.Pre()) {
		t.Errorf("E31: %v to %v", s.Pre(), s.Post())
	}

	// E32.
	must(t, s.Connect(neurons.ConnectParams{Params: connectivity.Params{I: []int{0, 0, 1}, J: []int{1, 2, 2}}}))
	if out, in := s.Outgoing(), s.Incoming(); !slices.Equal(out, []int{3, 2, 1, 1, 1}) || !slices.Equal(in[:4], []int{1, 2, 3, 1}) {
		t.Errorf("E32: %v out, %v in", out, in)
	}
}

// A network whose code does everything at once: reads and writes of both ends, several writes of one variable, cells that
// are connected to themselves, ends that are different parts of a group. The plain model executes event by event.
func TestBatchesHaveTheBitsOfEventsOneByOne(t *testing.T) {
	const cells, count = 30, 900
	type state struct{ v, u, w, a []float64 }
	shift := int32(0) // from numbers within the group to i - j
	codes := []struct {
		code string
		of   func(v, u, w, a []float64, k int, i, j int32)
	}{
		{"v_post += w", func(v, u, w, a []float64, k int, i, j int32) { v[j] += w[k] }},
		{"v_post -= 0.25", func(v, u, w, a []float64, k int, i, j int32) { v[j] -= 0.25 }},
		{"v += w*a; a = a*0.5", func(v, u, w, a []float64, k int, i, j int32) {
			x := w[k] * a[k]
			v[j] += x
			a[k] *= 0.5
		}},
		{"v += w*(1-v)", func(v, u, w, a []float64, k int, i, j int32) { v[j] += float64(w[k] * (1 - v[j])) }},
		{"v_post = v_post + 0.1*v_pre; v_pre *= 0.99", func(v, u, w, a []float64, k int, i, j int32) {
			x := 0.1 * v[i]
			v[j] += x
			v[i] *= 0.99
		}},
		{"u_post += w; u_pre -= w; u_post *= 0.5", func(v, u, w, a []float64, k int, i, j int32) {
			u[j] += w[k]
			u[i] -= w[k]
			u[j] *= 0.5
		}},
		{"u_pre = v_post; a = u_pre + w; v_post = a", func(v, u, w, a []float64, k int, i, j int32) {
			u[i] = v[j]
			a[k] = u[i] + w[k]
			v[j] = a[k]
		}},
		{"v_post = w; u_post += i - j", func(v, u, w, a []float64, k int, i, j int32) { v[j] = w[k]; u[j] += float64(i - j - shift) }},
		{"w = clip(w + 0.1*u_pre, -1, 1); v_post += w; u_pre += 0.01", func(v, u, w, a []float64, k int, i, j int32) {
			x := 0.1 * u[i]
			w[k] = min(max(w[k]+x, -1), 1)
			v[j] += w[k]
			u[i] += 0.01
		}},
	}
	for _, c := range codes {
		for way := range 4 {
			onPost, ends := way%2 == 1, [2]stages.Range{{Lo: 0, Hi: cells}, {Lo: 0, Hi: cells}}
			if way > 1 {
				ends = [2]stages.Range{{Lo: 2, Hi: cells - 1}, {Lo: 1, Hi: cells - 2}}
			}
			shift = int32(ends[0].Lo - ends[1].Lo)
			n := network(t, neurons.NetworkParams{Seed: 5})
			g := member(t, n, neurons.GroupParams{N: cells, Equations: "v : 1\nu : 1", Threshold: "rand() < 0.3", Init: map[string]string{"v": "rand()", "u": "rand()"}})
			source, err := g.Cells(ends[0].Lo, ends[0].Hi)
			must(t, err)
			target, err := g.Cells(ends[1].Lo, ends[1].Hi)
			must(t, err)
			p := neurons.SynapsesParams{Source: source, Target: target, Model: "w : 1\na : 1", Pathways: []neurons.Pathway{{Name: "way", Post: onPost, Code: c.code}}}
			s := synapses(t, n, p)
			must(t, s.Connect(neurons.ConnectParams{Params: connectivity.Params{P: "0.7"}}))
			must(t, s.Connect(neurons.ConnectParams{Params: connectivity.Params{P: "0.3"}}))
			must(t, s.Set("w", "rand()-0.4"))
			must(t, s.Set("a", "rand()"))
			must(t, s.Set("delay_way", "int(rand()*4)*0.1*ms"))
			if s.N() < count-250 {
				t.Fatalf("%d synapses", s.N())
			}
			want := state{slices.Clone(valuesOf(t, g, "v")), slices.Clone(valuesOf(t, g, "u")), slices.Clone(valuesOf(t, s, "w")), slices.Clone(valuesOf(t, s, "a"))}
			delay := valuesOf(t, s, "delay_way")
			spikes := takeSpikes(g)
			const steps = 40
			run(t, n, steps*dt, spikes)
			for step := range steps {
				for emitted := max(0, step-3); emitted <= step; emitted++ { // by emission, cell, number
					for _, x := range spikes.spikes {
						for k := range delay {
							i, j := s.Pre()[k]+int32(ends[0].Lo), s.Post()[k]+int32(ends[1].Lo)
							cell := i
							if onPost {
								cell = j
							}
							if x.At == int64(emitted) && x.Cell == cell && emitted+int(math.Round(delay[k]/dt)) == step {
								c.of(want.v, want.u, want.w, want.a, k, i, j)
							}
						}
					}
				}
			}
			for name, x := range map[string][2][]float64{
				"v": {valuesOf(t, g, "v"), want.v}, "u": {valuesOf(t, g, "u"), want.u}, "w": {valuesOf(t, s, "w"), want.w}, "a": {valuesOf(t, s, "a"), want.a},
			} {
				if !slices.Equal(x[0], x[1]) {
					t.Errorf("%q, post %v, of %v: %s differs", c.code, onPost, ends, name)
				}
			}
		}
	}
}

func TestEventDrivenVariablesDecayBetweenEvents(t *testing.T) {
	// E17.
	n := network(t, neurons.NetworkParams{})
	g := generator(t, n, 1, []int32{0, 0}, 1, 3)
	c := member(t, n, neurons.GroupParams{N: 1, Equations: "v : 1"})
	s := synapses(t, n, neurons.SynapsesParams{Source: g.All(), Target: c.All(), Model: "ds/dt = -s/(5*ms) : 1 (event-driven)", OnPre: "s += 1"})
	connect(t, s, "")
	run(t, n, 10e-3)
	near9(t, "E17", []float64{valuesOf(t, s, "s")[0], valuesOf(t, s, "lastupdate")[0]}, []float64{1.6703200460356393, 3e-3})

	// E18: clock-driven.
	n = network(t, neurons.NetworkParams{})
	c = member(t, n, neurons.GroupParams{N: 10, Equations: "v : 1"})
	s = synapses(t, n, neurons.SynapsesParams{Source: c.All(), Model: "dw/dt = -w/(10*ms) : 1 (clock-driven)", Method: "exact"})
	must(t, s.Connect(neurons.ConnectParams{Params: connectivity.Params{Targets: "i"}}))
	must(t, s.Set("w", "i"))
	run(t, n, 10e-3)
	for k, w := range valuesOf(t, s, "w") {
		near9(t, "E18", []float64{w}, []float64{float64(k) * 0.36787944117144233})
	}
}

func TestPlasticityDependsOnTimesOfSpikes(t *testing.T) {
	for _, c := range []struct {
		id        string
		pre, post []float64 // [ms]
		want      float64
	}{
		{"E19", []float64{10}, []float64{15}, 0.5077880078307141},
		{"E20", []float64{15}, []float64{10}, 0.49182259177775023},
		{"E21", []float64{10}, []float64{10}, 0.51},
		{"E23", []float64{10, 12, 14}, []float64{15}, 0.5259073818399718},
	} {
		n := network(t, neurons.NetworkParams{Constants: map[string]units.Quantity{"tau": {Value: 20e-3, Dim: units.DimTime}}})
		a, b := generator(t, n, 1, make([]int32, len(c.pre)), c.pre...), generator(t, n, 1, make([]int32, len(c.post)), c.post...)
		s := synapses(t, n, neurons.SynapsesParams{
			Source: a.All(), Target: b.All(), Model: "w : 1\ndApre/dt = -Apre/tau : 1 (event-driven)\ndApost/dt = -Apost/tau : 1 (event-driven)",
			OnPre: "Apre += 0.01; w = clip(w+Apost, 0, 1)", OnPost: "Apost += -0.0105; w = clip(w+Apre, 0, 1)",
		})
		connect(t, s, "")
		must(t, s.Set("w", "0.5"))
		run(t, n, 60e-3)
		near9(t, c.id, valuesOf(t, s, "w"), []float64{c.want})
	}
	// E25: traces in the cells; the numbers are those of Brian 2's own tests, to 1e-4, integrated by Euler's scheme there.
	n := network(t, neurons.NetworkParams{})
	g := member(t, n, neurons.GroupParams{
		N: 6, Equations: "dv/dt = rate : 1\nge : 1\nrate : Hz\ndA/dt = -A/(1*ms) : 1", Method: "euler", Threshold: "v > 1", Reset: "v = 0",
		Init: map[string]string{"rate": "1000*Hz", "v": "abs(3-i)*0.1+0.7"},
	})
	from, err := g.Cells(0, 3)
	must(t, err)
	to, err := g.Cells(3, 6)
	must(t, err)
	s := synapses(t, n, neurons.SynapsesParams{
		Source: from, Target: to, Model: "w_dep : 1\nw_fac : 1",
		OnPre: "ge_post += w_dep-w_fac; A_pre += 1; w_dep = clip(w_dep+A_post, 0, 10)", OnPost: "A_post += 1; w_fac = clip(w_fac+A_pre, 0, 10)",
	})
	connect(t, s, "")
	run(t, n, 2e-3)
	closeTo(t, "E25: ge", valuesOf(t, g, "ge"), []float64{0, 0, 0, -7.31700015, -8.13000011, -4.04603529}, 1e-4)
	closeTo(t, "E25: A", valuesOf(t, g, "A"), []float64{1.69665715, 1.88517461, 2.09463845, 2.32737606, 2.09463845, 1.88517461}, 1e-4)
	closeTo(t, "E25: w_dep", valuesOf(t, s, "w_dep"), []float64{1.29140162, 1.16226149, 1.04603529, 1.16226149, 1.04603529, 0.94143176, 1.04603529, 0.94143176, 6.2472887}, 1e-4)
	closeTo(t, "E25: w_fac", valuesOf(t, s, "w_fac"), []float64{5.06030369, 5.62256002, 6.2472887, 5.62256002, 6.2472887, 6.941432, 6.2472887, 6.941432, 1.04603529}, 1e-4)
}

// Refractory cells ignore input to a variable that stands still, and only to that: the rule of Brian 2.
func TestVariablesThatStandStillIgnoreInput(t *testing.T) {
	for _, code := range []string{"v += 1; w += 1", "v = v + 1; w += 1", "w += 1; v_post = v_post + 1"} {
		n := network(t, neurons.NetworkParams{})
		clock := member(t, n, neurons.GroupParams{N: 1, Equations: "x : 1", Threshold: "True"})
		c := member(t, n, neurons.GroupParams{N: 1, Equations: "dv/dt = 0/second : 1 (unless refractory)\nw : 1", Threshold: "v > 4.5", Reset: "v = 0", Refractory: "5*dt"})
		connect(t, synapses(t, n, neurons.SynapsesParams{Source: clock.All(), Target: c.All(), OnPre: code}), "")
		v, w := takeFrames(t, c, "v"), takeFrames(t, c, "w")
		run(t, n, 12*dt, v, w)
		// It fires in step 5, is refractory in steps 5 ... 9, and receives again in step 10.
		near9(t, code, v.frames, []float64{1, 2, 3, 4, 5, 0, 0, 0, 0, 0, 1, 2})
		near9(t, code, w.frames, []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
	}
}

func TestVariablesOfSynapsesAreStreams(t *testing.T) {
	n := network(t, neurons.NetworkParams{})
	g := generator(t, n, 2, []int32{0, 1, 1}, 0, .1, .3)
	c := member(t, n, neurons.GroupParams{N: 2, Equations: "v : 1", Init: map[string]string{"v": "10*i"}})
	s := synapses(t, n, neurons.SynapsesParams{Source: g.All(), Target: c.All(), Model: "w : 1\nu = 2*w + v_post : 1", OnPre: "w += 1"})
	connect(t, s, "")
	stream := func(name string, numbers ...int32) *frameTaker {
		x, err := s.Stream(name, numbers)
		must(t, err)
		return &frameTaker{taker{from: x}}
	}
	w, u, last := stream("w"), stream("u", 1, 3), stream("lastupdate", 2)
	run(t, n, 4*dt, w, u, last)
	near9(t, "w", w.frames, []float64{1, 1, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2})
	near9(t, "u", u.frames, []float64{12, 10, 12, 12, 12, 12, 12, 14})
	near9(t, "lastupdate", last.frames, []float64{0, dt, dt, 3 * dt})
	if _, err := s.Stream("x", nil); err == nil || !strings.Contains(err.Error(), "there is no variable x") {
		t.Errorf("%v", err)
	}
	if _, err := s.Stream("w", []int32{4}); err == nil || !strings.Contains(err.Error(), "want ascending numbers from 0 to 3") {
		t.Errorf("%v", err)
	}
}

func TestInputOfACell(t *testing.T) { // H05
	n := network(t, neurons.NetworkParams{})
	c := member(t, n, neurons.GroupParams{
		N: 1, Equations: "dv/dt = (ge+gi-(v+49*mV))/(20*ms) : volt (unless refractory)\ndge/dt = -ge/(5*ms) : volt\ndgi/dt = -gi/(10*ms) : volt",
		Threshold: "v > -50*mV", Reset: "v = -60*mV", Refractory: "5*ms", Method: "exact", Init: map[string]string{"v": "-60*mV"},
	})
	for _, one := range []struct {
		ms   []float64
		code string
	}{{[]float64{10, 15, 20}, "ge += 6*mV"}, {[]float64{16}, "gi -= 9*mV"}} {
		g := generator(t, n, 1, make([]int32, len(one.ms)), one.ms...)
		connect(t, synapses(t, n, neurons.SynapsesParams{Source: g.All(), Target: c.All(), OnPre: one.code}), "")
	}
	spikes := takeSpikes(c)
	run(t, n, 0.1, spikes)
	if want := []stages.Spike{{At: 543}}; !slices.Equal(spikes.spikes, want) {
		t.Errorf("H05: spikes %v, want %v", spikes.spikes, want)
	}
	closeTo(t, "H05", []float64{1e3 * valuesOf(t, c, "v")[0], 1e3 * valuesOf(t, c, "ge")[0], 1e3 * valuesOf(t, c, "gi")[0]},
		[]float64{-50.450929158647305, 1.03549129125709e-06, -0.0020441455052276278}, 1e-6)
}

func TestMistakesInSynapsesAreExplained(t *testing.T) {
	n := network(t, neurons.NetworkParams{})
	a := member(t, n, neurons.GroupParams{Name: "a", N: 3, Equations: "dv/dt = -v/(10*ms) : volt\nq : 1 (constant)\nr : 1 (shared)\nu = 2*v : volt\ng : 1", Threshold: "v > 1*volt"})
	silent := member(t, n, neurons.GroupParams{Name: "silent", N: 3, Equations: "v : volt\ndz/dt = -z/ms : 1"})
	slow := member(t, n, neurons.GroupParams{Name: "slow", N: 3, DT: 2e-4, Equations: "v : 1"})
	make1 := func(p neurons.SynapsesParams) error {
		if p.Source == (neurons.Cells{}) {
			p.Source = a.All()
		}
		s, err := n.Synapses(p)
		if err == nil {
			return s.Connect(neurons.ConnectParams{})
		}
		return err
	}
	s := synapses(t, n, neurons.SynapsesParams{Name: "good", Source: a.All(), Model: "w : volt\nx = 2*w : volt", OnPre: "v += w", MaxDelay: 0.01})
	connectTo := func(p connectivity.Params) error { return s.Connect(neurons.ConnectParams{Params: p}) }
	second := func(_ any, err error) error { return err }
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"unit (G11)", make1(neurons.SynapsesParams{OnPre: "v += 1"}), "on_pre: line 1, column 6: cannot add 1 (1) to v_post (m^2 kg s^-3 A^-1)\n    v += 1\n         ^"},
		{"unknown", make1(neurons.SynapsesParams{OnPre: "v += weight"}), "on_pre: line 1, column 6: unknown name weight"},
		{"unknown target", make1(neurons.SynapsesParams{OnPost: "x += 1"}), "on_post: line 1, column 1"},
		{"unknown in the model", make1(neurons.SynapsesParams{Model: "x = 2*y : 1"}), "model: line 1, column 7: unknown name y"},
		{"static", make1(neurons.SynapsesParams{OnPre: "u_post = 1*volt"}), "on_pre: line 1, column 1: cannot assign to u_post, which is a static equation"},
		{"constant", make1(neurons.SynapsesParams{OnPre: "q_post = 1"}), "cannot assign to q_post: it is (constant)"},
		{"shared", make1(neurons.SynapsesParams{OnPost: "r_pre += 1"}), "cannot assign to r_pre: all cells of the group share its value"},
		{"shared synaptic", make1(neurons.SynapsesParams{Model: "s : 1 (shared)", OnPre: "s += 1"}), "it is (shared)"},
		{"no threshold (E37)", make1(neurons.SynapsesParams{Source: silent.All(), OnPre: "v += 1*volt"}), "pathway pre: the cells of group silent never fire"},
		{"clocks", make1(neurons.SynapsesParams{Target: slow.All(), OnPre: "v += 1"}), "want one clock"},
		{"delay", make1(neurons.SynapsesParams{OnPre: "v += 1*mV", Delay: -1e-3}), "delay of -0.001 s: want 0 to"},
		{"endless delay", make1(neurons.SynapsesParams{OnPre: "v += 1*mV", Delay: 3e5, MaxDelay: 1e9}), "delay of 300000 s: want 0 to 1000 s"},
		{"pathways", make1(neurons.SynapsesParams{OnPre: "v += 1*mV", Pathways: []neurons.Pathway{{Name: "pre", Code: "v += 1*mV"}}}), "want a name of its own"},
		{"coupled events (E35)", make1(neurons.SynapsesParams{Model: "da/dt = -a/(5*ms) : 1 (event-driven)\ndb/dt = -b/(5*ms) : 1 (event-driven)\ndc/dt = a*b/(5*ms) : 1 (event-driven)", OnPre: "a += 1"}), "line 3"},
		{"sum into nothing", make1(neurons.SynapsesParams{Model: "y_post = 1 : 1 (summed)"}), "the cells have no such parameter"},
		{"sum into a state", make1(neurons.SynapsesParams{Target: silent.All(), Model: "z_post = 1 : 1 (summed)"}), "z is not a parameter of group silent"},
		{"sum of another dimension", make1(neurons.SynapsesParams{Model: "g_post = 1*volt : volt (summed)"}), "g_post has the dimension"},
		{"syntax", make1(neurons.SynapsesParams{OnPre: "v += "}), "on_pre: line 1"},
		{"no source", second(n.Synapses(neurons.SynapsesParams{})), "the source is missing"},
		{"index (E34)", connectTo(connectivity.Params{I: []int{0}, J: []int{5}}), "synapses good: connect: index arrays: j[0] = 5: want 0 to 2, the target has 3 cells"},
		{"generator (E09)", connectTo(connectivity.Params{Targets: "k for k in range(i-1, i+2)"}), "a target of i = 0 is -1"},
		{"not connected (E33)", n.Build(), "there is not one synapse: call Connect"},
		{"connected", connectTo(connectivity.Params{}), ""},
		{"value of another dimension", s.Set("w", "3"), "w has the dimension (m^2 kg s^-3 A^-1)"},
		{"static value", s.Set("x", "3*mV"), "x is a static equation"},
		{"no variable", s.Set("y", "3*mV"), "there is no variable y (variables: w, delay)"},
		{"number of values", s.SetValues("w", []float64{1}), "1 values for 9 synapses"},
		{"not finite", s.Set("w", "1*mV/0"), "want a finite number"},
		{"negative delay", s.Set("delay", "(i-1)*ms"), "synapse 0 (0 to 0): delay of -0.001 s"},
		{"delay too long", s.Set("delay", "20*ms"), "want 0 to 0.01"},
		{"range", second(s.Numbers(neurons.Selection{I: stages.Range{Lo: 2, Hi: 4}})), "i in 2:4: want a range within 0:3"},
		{"where", second(s.Numbers(neurons.Selection{Where: "i"})), "a condition such as w > 0.5 is needed"},
	} {
		if c.want == "" && c.err == nil {
			continue
		}
		if c.err == nil || c.want == "" || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("%s:\n got %v\nwant %s", c.name, c.err, c.want)
		}
	}
	// E36: two sums into one variable.
	n = network(t, neurons.NetworkParams{})
	b := member(t, n, neurons.GroupParams{Name: "b", N: 3, Equations: "v : 1"})
	for range 2 {
		connect(t, synapses(t, n, neurons.SynapsesParams{Source: b.All(), Model: "v_post = 1 : 1 (summed)"}), "")
	}
	if err := n.Build(); err == nil || !strings.Contains(err.Error(), "v of group b is a sum of synapses synapses1 too") {
		t.Errorf("E36: %v", err)
	}
}

func TestParametersThatNobodySetAreNamed(t *testing.T) {
	n := network(t, neurons.NetworkParams{})
	g := generator(t, n, 1, []int32{0}, 0)
	c := member(t, n, neurons.GroupParams{N: 1, Equations: "v : 1"})
	s := synapses(t, n, neurons.SynapsesParams{Source: g.All(), Target: c.All(), Model: "w : 1\nz : 1\ny : 1", OnPre: "v += w*y"})
	connect(t, s, "")
	must(t, s.Set("y", "1"))
	run(t, n, dt)
	if want := []string{"w is read by on_pre, but nobody has set it: it is 0"}; !slices.Equal(s.Warnings(), want) {
		t.Errorf("%q, want %q", s.Warnings(), want)
	}
}

func TestValuesAreFoundByPairAndNumber(t *testing.T) {
	n := network(t, neurons.NetworkParams{})
	g := member(t, n, neurons.GroupParams{N: 3, Equations: "x : 1", Init: map[string]string{"x": "10*i"}})
	s := synapses(t, n, neurons.SynapsesParams{Source: g.All(), Model: "w : 1"})
	must(t, s.Connect(neurons.ConnectParams{Params: connectivity.Params{Condition: "i != j", N: 2}}))
	must(t, s.Connect(neurons.ConnectParams{Params: connectivity.Params{I: []int{0}, J: []int{2}}}))
	must(t, s.Set("w", "i+100*j+10000*k + x_post - x_pre"))
	// 0-1 0-2 1-0 1-2 2-0 2-1, twice, then 0-2.
	near9(t, "w", valuesOf(t, s, "w"), []float64{110, 220, -9, 211, -18, 92, 10110, 10220, 9991, 10211, 9982, 10092, 20220})
	for _, c := range []struct {
		sel  neurons.Selection
		want []int32
	}{
		{neurons.Pair(0, 2), []int32{1, 7, 12}},
		{neurons.Selection{I: stages.Range{Lo: 0, Hi: 1}, J: stages.Range{Lo: 2, Hi: 3}, K: 2}, []int32{7}},
		{neurons.Selection{I: stages.Range{Lo: 1, Hi: 3}, K: 1}, []int32{2, 3, 4, 5}},
		{neurons.Selection{Numbers: []int32{0, 5, 9}, Where: "w > 100"}, []int32{0, 9}},
		{neurons.Pair(1, 1), nil},
		{neurons.Selection{Where: "N == 13 and k == 2"}, []int32{12}},
	} {
		if got, err := s.Numbers(c.sel); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%+v: %v, %v, want %v", c.sel, got, err, c.want)
		}
	}
	must(t, s.Set("w", "10*N_outgoing + N_incoming"))
	near9(t, "counts", valuesOf(t, s, "w"), []float64{54, 55, 44, 45, 44, 44, 54, 55, 44, 45, 44, 44, 55})
	must(t, s.SetValuesOf(neurons.Pair(0, 2), "w", []float64{3, 1, 2}))
	for several, want := range map[neurons.Multiple]float64{neurons.Last: 2, neurons.First: 3, neurons.Smallest: 1, neurons.Largest: 3, neurons.Sum: 6} {
		m, err := s.Matrix("w", several)
		must(t, err)
		if m[2] != want || !math.IsNaN(m[0]) || len(m) != 9 {
			t.Errorf("matrix %d: %v", several, m)
		}
	}
}

func TestWhatIsOnItsWayIsRestored(t *testing.T) {
	build := func() (*neurons.Network, *neurons.Group, *neurons.SynapseSet) {
		n := network(t, neurons.NetworkParams{Seed: 9})
		g := member(t, n, neurons.GroupParams{N: 40, Equations: "dv/dt = (1.1-v)/(10*ms) : 1\nx : 1", Threshold: "v > 1", Reset: "v = 0", Init: map[string]string{"v": "rand()"}})
		s := synapses(t, n, neurons.SynapsesParams{
			Source: g.All(), Model: "w : 1\ndA/dt = -A/(20*ms) : 1 (event-driven)\ndB/dt = (1-B)/(20*ms) : 1\nx_post = B : 1 (summed)",
			OnPre: "A += 0.1; w = clip(w-A*0.01*rand(), 0, 1); v += 0.05*w*B; B *= 0.9", OnPost: "w = clip(w+A*0.01, 0, 1)",
		})
		must(t, s.Connect(neurons.ConnectParams{Params: connectivity.Params{P: "0.3", Condition: "i != j"}}))
		must(t, s.Set("w", "rand()"))
		must(t, s.Set("delay", "rand()*5*ms"))
		must(t, s.Set("delay_post", "1*ms"))
		return n, g, s
	}
	n, g, s := build()
	run(t, n, 0.0303)
	state, err := n.Store()
	must(t, err)
	run(t, n, 0.03)
	fresh, h, r := build()
	must(t, fresh.Restore(state))
	run(t, fresh, 0.03)
	for _, name := range []string{"w", "A", "B", "lastupdate"} {
		if !slices.Equal(valuesOf(t, s, name), valuesOf(t, r, name)) {
			t.Errorf("%s of the synapses went on differently", name)
		}
	}
	for _, name := range []string{"v", "x"} {
		if !slices.Equal(valuesOf(t, g, name), valuesOf(t, h, name)) {
			t.Errorf("%s of the cells went on differently", name)
		}
	}
	n2, g2, _ := build()
	for range 60 {
		run(t, n2, 0.001005)
	}
	if !slices.Equal(valuesOf(t, g, "v"), valuesOf(t, g2, "v")) {
		t.Error("many runs differ from few")
	}
	other := network(t, neurons.NetworkParams{})
	o := synapses(t, other, neurons.SynapsesParams{Source: member(t, other, neurons.GroupParams{N: 2, Equations: "v : 1"}).All()})
	must(t, o.Connect(neurons.ConnectParams{Params: connectivity.Params{Targets: "i"}}))
	saved, err := other.Store()
	must(t, err)
	same := network(t, neurons.NetworkParams{})
	o = synapses(t, same, neurons.SynapsesParams{Source: member(t, same, neurons.GroupParams{N: 2, Equations: "v : 1"}).All()})
	must(t, o.Connect(neurons.ConnectParams{Params: connectivity.Params{Targets: "1-i"}}))
	if err := same.Restore(saved); err == nil || !strings.Contains(err.Error(), "they connect other pairs") {
		t.Errorf("%v: want the state of other pairs refused", err)
	}
	for cut := 0; cut < len(state); cut += 1 + len(state)/97 {
		if err := fresh.Restore(state[:cut]); err == nil {
			t.Fatalf("%d of %d bytes were accepted", cut, len(state))
		}
	}
}

func TestStepsOfSynapsesAllocateNothing(t *testing.T) {
	n := network(t, neurons.NetworkParams{Seed: 1})
	g := member(t, n, noisyCells)
	s := synapses(t, n, neurons.SynapsesParams{
		Source: g.All(), Model: "p : 1\ndA/dt = -A/(20*ms) : 1 (event-driven)\ndB/dt = -B/(20*ms) : 1\nw_post = B : 1 (summed)",
		OnPre: "A += 0.1; B += A*(rand() < 0.5)*binomial(3, p)", OnPost: "v_pre += 0.001*v_post",
	})
	must(t, s.Connect(neurons.ConnectParams{Params: connectivity.Params{P: "0.01"}}))
	must(t, s.Set("delay", "rand()*5*ms"))
	must(t, s.Set("p", "rand()"))
	fetch := func() {
		run(t, n, 0.005)
	}
	for range 6 {
		fetch()
	}
	base := testing.AllocsPerRun(5, func() { run(t, n, 0.0001) }) // of a run of one step
	if k := testing.AllocsPerRun(5, fetch); k > base+1 {
		t.Errorf("%g allocations in a run of 50 steps, %g in a run of one", k, base)
	}
}

func TestBinomialNumbersHaveTheirMeanAndVariance(t *testing.T) {
	for _, c := range []struct {
		trials int
		p      float64
	}{{1, .3}, {5, .5}, {50, .9}, {1000, .01}, {1000, .5}, {100000, .2}} {
		n := network(t, neurons.NetworkParams{Seed: 2})
		g := member(t, n, neurons.GroupParams{N: 1, Equations: "x : 1", Threshold: "True"})
		h := member(t, n, neurons.GroupParams{N: 20000, Equations: "v : 1"})
		connect(t, synapses(t, n, neurons.SynapsesParams{Source: g.All(), Target: h.All(), OnPre: fmt.Sprintf("v = binomial(%d, %g)", c.trials, c.p)}), "")
		run(t, n, dt)
		sum, square := 0.0, 0.0
		mean, variance := float64(c.trials)*c.p, float64(c.trials)*c.p*(1-c.p)
		for _, x := range valuesOf(t, h, "v") {
			if x != math.Trunc(x) || x < 0 || x > float64(c.trials) {
				t.Fatalf("a number of %g", x)
			}
			sum += x
			square += (x - mean) * (x - mean)
		}
		// Five deviations of the mean, and of the variance (2/n relative, plus the fourth cumulant for few trials).
		if d := sum/20000 - mean; math.Abs(d) > 5*math.Sqrt(variance/20000) {
			t.Errorf("%+v: mean off by %g", c, d)
		}
		if r := square / 20000 / variance; math.Abs(r-1) > 0.06 {
			t.Errorf("%+v: variance %g times its value", c, r)
		}
	}
}

func TestNumberOfWorkersDoesNotChangeBits(t *testing.T) {
	values := func(workers int, code, delay string) []float64 {
		n := network(t, neurons.NetworkParams{Seed: 4})
		n.Options.Workers = workers
		g := member(t, n, neurons.GroupParams{N: 1000, Equations: "v : 1", Threshold: "rand() < 0.2"})
		s := synapses(t, n, neurons.SynapsesParams{Source: g.All(), Model: "w : 1", OnPre: code})
		connect(t, s, "i != j")
		must(t, s.Set("w", "rand()"))
		must(t, s.Set("delay", delay))
		run(t, n, 10*dt)
		return slices.Clone(valuesOf(t, g, "v"))
	}
	for _, c := range [][2]string{{"v += w", "0*ms"}, {"v -= w", "int(rand()*3)*0.1*ms"}, {"v -= 0.1", "0.2*ms"}} {
		want := values(1, c[0], c[1])
		for _, workers := range []int{2, 3, 7} {
			if !slices.Equal(values(workers, c[0], c[1]), want) {
				t.Errorf("%s after %s: %d workers give other values than one", c[0], c[1], workers)
			}
		}
	}
}
