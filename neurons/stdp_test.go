package neurons_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"hearpipe/neurons"
	"hearpipe/neurons/library"
	"hearpipe/units"
)

// plasticPair is a connection from cells that fire at given times [ms] to cells that fire at others.
type plasticPair struct {
	net  *neurons.Network
	c    *neurons.Connection
	stdp *neurons.STDP
}

type train struct {
	cells []int32
	ms    []float64
}

func plasticPairs(t *testing.T, sources, targets int, pre, post train, p neurons.ConnectionParams, delay neurons.Law, rule neurons.STDPParams) plasticPair {
	t.Helper()
	n := network(t, neurons.NetworkParams{Seed: 4})
	g := generator(t, n, sources, pre.cells, pre.ms...)
	c := member(t, n, neurons.GroupParams{N: targets, Equations: "v : 1\nkick : 1", Threshold: "kick > 0", Reset: "kick = 0"})
	kicks := generator(t, n, targets, post.cells, post.ms...)
	s := synapses(t, n, neurons.SynapsesParams{Source: kicks.All(), Target: c.All(), OnPre: "kick_post = 1", Order: 1})
	connect(t, s, "i == j")
	p.Source, p.Target = g.All(), c.All()
	x := plasticPair{net: n, c: connection(t, n, p)}
	must(t, x.c.Connect(neurons.PairsParams{Weight: neurons.Law{Text: "0.5"}, Delay: delay}))
	rule.Connection = x.c
	var err error
	x.stdp, err = n.STDP(rule)
	must(t, err)
	return x
}

var exponential = neurons.STDPParams{
	Equations: "dA_pre/dt = -A_pre/(20*ms) : 1\ndA_post/dt = -A_post/(20*ms) : 1",
	Pre:       "A_pre += .01; w += A_post", Post: "A_post += -.0105; w += A_pre", WMax: "1",
}

// A kick fires its cell in the step after it: the threshold comes first. Times of target spikes are those of the kicks
// plus 0.1 ms.
func TestGenericPlasticityFollowsItsWindow(t *testing.T) {
	one := func(pre, post []float64, p neurons.ConnectionParams, delay string, rule neurons.STDPParams) float64 {
		kicks := make([]float64, len(post))
		for k := range post {
			kicks[k] = post[k] - 0.1
		}
		x := plasticPairs(t, 1, 1, train{make([]int32, len(pre)), pre}, train{make([]int32, len(post)), kicks}, p, neurons.Law{Text: delay}, rule)
		run(t, x.net, 0.15)
		return x.c.Weights()[0] - 0.5
	}
	e := func(ms float64) float64 { return math.Exp(-ms / 20) }
	for name, c := range map[string]struct{ got, want float64 }{
		"source first":          {one([]float64{50}, []float64{60}, neurons.ConnectionParams{}, "", exponential), .0060653066},
		"target first":          {one([]float64{60}, []float64{50}, neurons.ConnectionParams{}, "", exponential), -.0063685720},
		"one step":              {one([]float64{50}, []float64{50}, neurons.ConnectionParams{}, "", exponential), .01},
		"all pairs":             {one([]float64{40, 50}, []float64{60}, neurons.ConnectionParams{}, "", exponential), .01 * (e(20) + e(10))},
		"delay of all":          {one([]float64{50}, []float64{60}, neurons.ConnectionParams{Delay: 4e-3}, "", exponential), .01 * e(6)},
		"delay that turns them": {one([]float64{50}, []float64{60}, neurons.ConnectionParams{Delay: 14e-3}, "", exponential), -.0105 * e(4)},
		"delay of its own":      {one([]float64{50}, []float64{60}, neurons.ConnectionParams{MaxDelay: 20e-3}, "14*ms", exponential), -.0105 * e(4)},
	} {
		if math.Abs(c.got-c.want) > 1e-10 {
			t.Errorf("%s: the weight changes by %.11g, want %.11g", name, c.got, c.want)
		}
	}
	backwards := exponential
	backwards.DelayPost = new(3e-3) // so DelayPre is 1 ms
	if got := one([]float64{50}, []float64{60}, neurons.ConnectionParams{Delay: 4e-3}, "", backwards); math.Abs(got-.01*e(12)) > 1e-10 {
		t.Errorf("delays of 1 and 3 ms: %g, want %g", got, .01*e(12))
	}
	for name, c := range map[string]struct {
		lo, hi    string
		pre, post float64
		want      float64
	}{"upper": {"", "0.505", 50, 60, .005}, "lower": {"0.495", "1", 60, 50, -.005}} {
		rule := exponential
		rule.WMin, rule.WMax = c.lo, c.hi
		if got := one([]float64{c.pre}, []float64{c.post}, neurons.ConnectionParams{}, "", rule); math.Abs(got-c.want) > 1e-15 {
			t.Errorf("%s limit: the weight changes by %g, want %g", name, got, c.want)
		}
	}
}

// With delays of their own, each pair is as if it were alone with its delay.
func TestPairsOfDifferentDelaysLearnAsIfAlone(t *testing.T) {
	pre := train{[]int32{0, 1, 0, 1, 0}, []float64{10, 12, 20, 33, 47}}
	post := train{[]int32{1, 0, 1, 0}, []float64{15, 22, 31, 40}}
	all := plasticPairs(t, 2, 2, pre, post, neurons.ConnectionParams{MaxDelay: 10e-3}, neurons.Law{Text: "(3*i+2*j+1)*ms"}, exponential)
	run(t, all.net, 0.1)
	for i := range 2 {
		for j := range 2 {
			alone := plasticPairs(t, 2, 2, pre, post, neurons.ConnectionParams{Delay: float64(3*i+2*j+1) * 1e-3}, neurons.Law{}, exponential)
			run(t, alone.net, 0.1)
			got, want := all.c.Weights()[2*i+j], alone.c.Weights()[2*i+j]
			if math.Abs(got-want) > 1e-15 || want == 0.5 {
				t.Errorf("weight from %d to %d: %.17g, want %.17g", i, j, got, want)
			}
		}
	}
}

// Traces that depend on each other, or not linearly on themselves, advance in every step.
func TestTracesMayDependOnEachOther(t *testing.T) {
	rule := exponential
	rule.Equations = "da/dt = (r-a)/(5*ms) : 1\ndr/dt = -r/(20*ms) : 1\ndb/dt = -b/(20*ms) : 1"
	rule.Pre, rule.Post = "r += .01; w += b", "b -= .0105; w += a"
	x := plasticPairs(t, 1, 1, train{[]int32{0}, []float64{50}}, train{[]int32{0}, []float64{59.9}}, neurons.ConnectionParams{}, neurons.Law{}, rule)
	run(t, x.net, 0.1)
	// a(10 ms) = .01·(exp(-10/20) - exp(-10/5))·20/15
	if got, want := x.c.Weights()[0]-0.5, .01*(math.Exp(-.5)-math.Exp(-2))*20/15; math.Abs(got-want) > 1e-12 {
		t.Errorf("the weight changes by %.12g, want %.12g", got, want)
	}
}

// A spike is transmitted with the weight from before its own plasticity, though both happen in one step.
func TestSpikesAreTransmittedWithTheOldWeight(t *testing.T) {
	rule := exponential
	rule.Pre = "w = 0.9"
	x := plasticPairs(t, 1, 1, train{[]int32{0, 0}, []float64{1, 2}}, train{nil, nil}, neurons.ConnectionParams{State: "v"}, neurons.Law{}, rule)
	run(t, x.net, 1.5e-3)
	v := valuesOf(t, x.c.Synapses().Target(), "v")
	if v[0] != 0.5 {
		t.Errorf("%g after the first spike, want 0.5", v[0])
	}
	run(t, x.net, 1e-3)
	if v[0] != 0.5+0.9 {
		t.Errorf("%g after the second spike, want 1.4", v[0])
	}
}

func TestPlasticityMayBeginLater(t *testing.T) {
	n := network(t, neurons.NetworkParams{})
	g := generator(t, n, 1, []int32{0, 0, 0}, 1, 2, 12)
	c := member(t, n, neurons.GroupParams{N: 2, Equations: "v : 1"})
	x := connection(t, n, neurons.ConnectionParams{Source: g.All(), Target: c.All()})
	must(t, x.SetWeight(0, 0, 1))
	run(t, n, 10e-3)
	_, err := n.STDP(neurons.STDPParams{Connection: x, Equations: "a : 1", Pre: "w += 1"})
	must(t, err)
	must(t, x.SetWeight(0, 1, 7)) // the rule follows the connection
	run(t, n, 10e-3)
	near9(t, "weights", x.Weights(), []float64{2, 8})
	near9(t, "v", valuesOf(t, c, "v"), []float64{3, 7})
}

func TestPlasticityNamesMistakes(t *testing.T) {
	n, g, _ := pairOf(t, 2, 1, nil)
	c := member(t, n, neurons.GroupParams{N: 1, Equations: "v : 1", Threshold: "v > 1", Reset: "v = 0"})
	x := connection(t, n, neurons.ConnectionParams{Source: g.All(), Target: c.All(), Delay: 2e-3})
	y := connection(t, n, neurons.ConnectionParams{Source: g.All(), Target: c.All(), MaxDelay: 2e-3})
	eqs := exponential.Equations
	for _, one := range []struct {
		p    neurons.STDPParams
		want string
	}{
		{neurons.STDPParams{}, "the connection is missing"},
		{neurons.STDPParams{Connection: x, Equations: eqs, Pre: "A_pre += 1", Post: "A_pre += 1"}, "Pre and Post both change A_pre"},
		{neurons.STDPParams{Connection: x, Equations: "da/dt = (b-a)/ms : 1\ndb/dt = -b/ms : 1", Pre: "a += 1", Post: "b += 1"}, "the equation of a, a trace of one side, depends on b"},
		{neurons.STDPParams{Connection: x, Equations: eqs, Pre: "A_pre += 1", DelayPre: new(3e-3)}, "want none negative; the connection has 0.002 s"},
		{neurons.STDPParams{Connection: y, Equations: eqs, Pre: "A_pre += 1", DelayPre: new(1e-3)}, "neither a delay of Pre"},
		{neurons.STDPParams{Connection: x, Equations: eqs, Pre: "w += volt"}, "cannot add volt"},
		{neurons.STDPParams{Connection: x, Equations: eqs, Pre: "w += nobody"}, "nobody"},
	} {
		if _, err := n.STDP(one.p); err == nil || !strings.Contains(err.Error(), one.want) {
			t.Errorf("%v, want %q", err, one.want)
		}
	}
}

// Plasticity of connections and of synapses is one: the rule of the library as both.
func TestRulesOfTheLibraryAgreeInBothForms(t *testing.T) {
	for _, interaction := range []library.Interaction{library.All, library.Nearest, library.NearestPre, library.NearestPost} {
		for _, update := range []library.Update{library.Additive, library.Multiplicative, library.Mixed} {
			p := library.STDPParams{Variable: "v", Unit: "1", TauPre: "20*ms", TauPost: "15*ms", APre: .03, APost: -.02, WMax: "1", Interaction: interaction, Update: update}
			got := learn(t, false, func(n *neurons.Network, g, c neurons.Cells) []float64 {
				x := connection(t, n, neurons.ConnectionParams{Source: g, Target: c, State: "v"})
				must(t, x.Connect(neurons.PairsParams{Weight: neurons.Law{Text: "(1+i+j)/20"}}))
				r, err := library.ExponentialRule(p)
				must(t, err)
				_, err = n.STDP(neurons.STDPParams{Connection: x, Equations: r.Equations, Pre: r.Pre, Post: r.Post, WMin: r.WMin, WMax: r.WMax})
				must(t, err)
				return x.Weights()
			})
			want := learn(t, false, func(n *neurons.Network, g, c neurons.Cells) []float64 {
				s, err := library.ExponentialSTDP(p)
				must(t, err)
				return learning(t, n, g, c, s)
			})
			for k := range want {
				if math.Abs(got[k]-want[k]) > 1e-12 {
					t.Fatalf("%s, %s: weight %d is %.15g and %.15g", interaction, update, k, got[k], want[k])
				}
			}
		}
	}
}

// learning makes synapses of a text with weights (1+i+j)/20.
func learning(t *testing.T, n *neurons.Network, g, c neurons.Cells, s library.Synapse) []float64 {
	t.Helper()
	x := synapses(t, n, neurons.SynapsesParams{Source: g, Target: c, Model: s.Model, OnPre: s.OnPre, OnPost: s.OnPost})
	connect(t, x, "")
	must(t, x.Set("w", "(1+i+j)/20"))
	return valuesOf(t, x, "w")
}

// learn has 10 irregular sources and 8 irregular targets fire for a second and returns the weights. Apart: no cell of the
// source fires in the same step as one of the target.
func learn(t *testing.T, apart bool, build func(n *neurons.Network, g, c neurons.Cells) []float64) []float64 {
	t.Helper()
	n := network(t, neurons.NetworkParams{Seed: 8, Constants: map[string]units.Quantity{"apart": {Value: map[bool]float64{true: 1}[apart]}}})
	eqs := "taken : 1"
	threshold := func(odd int) string {
		return fmt.Sprintf("rand() < 0.006 and (apart == 0 or int(t/dt+0.5)-2*int((t/dt+0.5)/2) == %d)", odd)
	}
	g := member(t, n, neurons.GroupParams{N: 10, Equations: eqs, Threshold: threshold(0)})
	c := member(t, n, neurons.GroupParams{N: 8, Equations: "v : 1", Threshold: threshold(1)})
	w := build(n, g.All(), c.All())
	before := slices.Clone(w)
	run(t, n, 1)
	moved := 0
	for k := range w {
		if math.Abs(w[k]-before[k]) > 1e-3 {
			moved++
		}
	}
	if moved < 40 {
		t.Fatalf("%d of 80 weights have moved", moved)
	}
	return w
}

// The three classical ways to write the rule of Song, Miller and Abbott agree where no cell of the source fires with one of
// the target: a connection with its rule, the time since the last event written out, and traces from event to event.
func TestThreeFormsOfPlasticityAgree(t *testing.T) {
	connected := learn(t, true, func(n *neurons.Network, g, c neurons.Cells) []float64 {
		x := connection(t, n, neurons.ConnectionParams{Source: g, Target: c, State: "v"})
		must(t, x.Connect(neurons.PairsParams{Weight: neurons.Law{Text: "(1+i+j)/20"}}))
		rule := exponential
		rule.Connection = x
		_, err := n.STDP(rule)
		must(t, err)
		return x.Weights()
	})
	const decay = "A_pre *= exp((lastupdate-t)/(20*ms)); A_post *= exp((lastupdate-t)/(20*ms)); "
	explicit := learn(t, true, func(n *neurons.Network, g, c neurons.Cells) []float64 {
		return learning(t, n, g, c, library.Synapse{
			Model:  "w : 1\nA_pre : 1\nA_post : 1",
			OnPre:  decay + "v += w; A_pre += .01; w = clip(w+A_post, 0, 1)",
			OnPost: decay + "A_post -= .0105; w = clip(w+A_pre, 0, 1)",
		})
	})
	events := learn(t, true, func(n *neurons.Network, g, c neurons.Cells) []float64 {
		return learning(t, n, g, c, library.Synapse{
			Model:  "w : 1\ndA_pre/dt = -A_pre/(20*ms) : 1 (event-driven)\ndA_post/dt = -A_post/(20*ms) : 1 (event-driven)",
			OnPre:  "v += w; A_pre += .01; w = clip(w+A_post, 0, 1)",
			OnPost: "A_post -= .0105; w = clip(w+A_pre, 0, 1)",
		})
	})
	for k := range connected {
		if math.Abs(connected[k]-explicit[k]) > 1e-9 || math.Abs(connected[k]-events[k]) > 1e-9 {
			t.Errorf("weight %d: %.15g, %.15g, %.15g", k, connected[k], explicit[k], events[k])
		}
	}
}

func TestSidesMayShareAParameter(t *testing.T) {
	rule := exponential
	rule.Equations = "da/dt = -a*k : volt\ndb/dt = -b*k : volt\nk : Hz (constant, shared)\nseen = a/volt : 1"
	rule.Pre, rule.Post = "a += .01*volt; w += b/volt", "b -= .0105*volt; w += seen"
	x := plasticPairs(t, 1, 1, train{[]int32{0}, []float64{50}}, train{[]int32{0}, []float64{59.9}}, neurons.ConnectionParams{}, neurons.Law{}, rule)
	must(t, x.stdp.Synapses().Set("k", "1/(20*ms)"))
	run(t, x.net, 0.1)
	if got := x.c.Weights()[0] - 0.5; math.Abs(got-.0060653066) > 1e-10 {
		t.Errorf("the weight changes by %.11g", got)
	}
}

func ExampleNetwork_STDP() {
	check := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	n, err := neurons.NewNetwork(neurons.NetworkParams{})
	check(err)
	// The source fires at 10 and 40 ms, the target at 20 ms.
	source, err := n.Generator(neurons.GeneratorParams{N: 1, Cells: []int32{0, 0}, Times: []float64{10e-3, 40e-3}})
	check(err)
	target, err := n.Group(neurons.GroupParams{N: 1, Equations: "v : 1", Threshold: "int(t/dt+0.5) == 200"})
	check(err)
	c, err := n.Connection(neurons.ConnectionParams{Source: source.All(), Target: target.All()})
	check(err)
	check(c.Connect(neurons.PairsParams{Weight: neurons.Law{Text: "0.5"}}))
	_, err = n.STDP(neurons.STDPParams{
		Connection: c, WMax: "1",
		Equations: "dapre/dt = -apre/(20*ms) : 1\ndapost/dt = -apost/(20*ms) : 1",
		Pre:       "apre += 0.1; w += apost",
		Post:      "apost -= 0.1; w += apre",
	})
	check(err)
	for range 5 {
		_, err = n.Run(context.Background(), 10e-3)
		check(err)
		w, _, err := c.Weight(0, 0)
		check(err)
		fmt.Printf("%.4f ", w)
	}
	fmt.Println()
	// Output:
	// 0.5000 0.5000 0.5607 0.5607 0.5239
}
