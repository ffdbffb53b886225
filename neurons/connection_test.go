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
	"hearpipe/units"
)

func connection(t *testing.T, n *neurons.Network, p neurons.ConnectionParams) *neurons.Connection {
	t.Helper()
	c, err := n.Connection(p)
	must(t, err)
	return c
}

// pairOf is a network with sources that fire at given times [ms] and targets of one variable v.
func pairOf(t *testing.T, sources, targets int, which []int32, ms ...float64) (*neurons.Network, *neurons.Group, *neurons.Group) {
	t.Helper()
	n := network(t, neurons.NetworkParams{Seed: 3})
	return n, generator(t, n, sources, which, ms...), member(t, n, neurons.GroupParams{N: targets, Equations: "u : volt\nv : volt"})
}

func TestConnectionsAddWeightsToTheMembraneVariable(t *testing.T) {
	n, g, c := pairOf(t, 3, 2, []int32{0, 2, 0}, 1, 1, 2)
	x := connection(t, n, neurons.ConnectionParams{Source: g.All(), Target: c.All(), Delay: 0.3e-3})
	must(t, x.Connect(neurons.PairsParams{Weight: neurons.Law{Text: "(10*i+j)*mV"}}))
	v, u := takeFrames(t, c, "v"), takeFrames(t, c, "u")
	run(t, n, 3e-3, v, u)
	for step, want := range map[int][2]float64{12: {0, 0}, 13: {20e-3, 22e-3}, 22: {20e-3, 22e-3}, 23: {20e-3, 23e-3}} {
		near9(t, fmt.Sprintf("v in step %d", step), v.frames[2*step:2*step+2], want[:])
	}
	if slices.ContainsFunc(u.frames, func(x float64) bool { return x != 0 }) {
		t.Error("u has changed: v is the membrane variable, though it comes second")
	}
}

func TestConnectionsDeliverBeforeSynapsesAndAfterMonitors(t *testing.T) {
	n, g, c := pairOf(t, 1, 1, []int32{0}, 1)
	s := synapses(t, n, neurons.SynapsesParams{Source: g.All(), Target: c.All(), OnPre: "u_post = v_post"})
	connect(t, s, "")
	x := connection(t, n, neurons.ConnectionParams{Source: g.All(), Target: c.All()})
	must(t, x.Connect(neurons.PairsParams{Weight: neurons.Law{Text: "2*mV"}}))
	var before, after float64
	v := valuesOf(t, c, "v")
	must(t, n.Operation(neurons.When{Slot: neurons.BeforeConnections}, func(now neurons.Now) error {
		if now.Step == 10 {
			before = v[0]
		}
		return nil
	}))
	must(t, n.Operation(neurons.When{Slot: neurons.AfterConnections}, func(now neurons.Now) error {
		if now.Step == 10 {
			after = v[0]
		}
		return nil
	}))
	run(t, n, 2e-3)
	if u := valuesOf(t, c, "u"); before != 0 || after != 2e-3 || u[0] != 2e-3 {
		t.Errorf("v is %g before and %g after connections, synapses read %g: want 0, 0.002, 0.002", before, after, u[0])
	}
}

func TestOnePairHasOneWeight(t *testing.T) {
	n, g, c := pairOf(t, 4, 3, []int32{0, 1, 2, 3}, 1, 1, 1, 1)
	x := connection(t, n, neurons.ConnectionParams{Source: g.All(), Target: c.All()})
	must(t, x.Connect(neurons.PairsParams{I: []int{2, 0, 2, 2}, J: []int{1, 0, 1, 2}, Weight: neurons.Law{Text: "(i+10*j)*mV"}}))
	if x.N() != 3 {
		t.Fatalf("%d synapses, want 3", x.N())
	}
	part, err := g.Cells(1, 4)
	must(t, err)
	half, err := c.Cells(1, 3)
	must(t, err)
	// Within the parts, (1, 0) is cell 2 to cell 1.
	must(t, x.Connect(neurons.PairsParams{Source: part, Target: half, Weight: neurons.Law{Text: "(100+10*i+j)*mV"}}))
	must(t, x.SetWeight(0, 2, 0))
	m, err := x.Matrix()
	must(t, err)
	nan := math.NaN()
	for k, want := range []float64{0, nan, 0, nan, .100, .101, nan, .110, .111, nan, .120, .121} {
		if !(math.Abs(m[k]-want) < 1e-12) && (m[k] == m[k] || want == want) {
			t.Errorf("weight from %d to %d: %g, want %g", k/3, k%3, m[k], want)
		}
	}
	if w, ok, err := x.Weight(0, 2); w != 0 || !ok || err != nil {
		t.Errorf("a weight of 0: %g, %t, %v: want a synapse", w, ok, err)
	}
	if _, ok, _ := x.Weight(0, 1); ok {
		t.Error("a pair that nobody connected is a synapse")
	}
	targets, row, err := x.Row(2)
	must(t, err)
	near9(t, "row", row, []float64{.110, .111})
	sources, column, err := x.Column(2)
	must(t, err)
	near9(t, "column", column, []float64{0, .101, .111, .121})
	if !slices.Equal(targets, []int{1, 2}) || !slices.Equal(sources, []int{0, 1, 2, 3}) {
		t.Errorf("targets %v, sources %v", targets, sources)
	}
	must(t, x.SetRow(2, []float64{1, 2}))
	must(t, x.SetColumn(2, []float64{3, 4, 5, 6}))
	run(t, n, 2e-3)
	near9(t, "v", valuesOf(t, c, "v"), []float64{0, .100 + 1 + .120, 3 + 4 + 5 + 6})
}

// Each call finds the synapses of its own rows, and draws pairs of its own.
func TestCallsDoNotMixRows(t *testing.T) {
	n, g, c := pairOf(t, 2, 3, nil)
	x := connection(t, n, neurons.ConnectionParams{Source: g.All(), Target: c.All()})
	must(t, x.SetWeight(0, 2, 5))
	must(t, x.Connect(neurons.PairsParams{I: []int{0, 1}, J: []int{1, 2}, Weight: neurons.Law{Text: "(i+7)*volt"}}))
	for _, want := range [][3]float64{{0, 1, 7}, {0, 2, 5}, {1, 2, 8}} {
		if w, ok, err := x.Weight(int(want[0]), int(want[1])); w != want[2] || !ok || err != nil {
			t.Errorf("weight from %g to %g: %g, %t, %v: want %g", want[0], want[1], w, ok, err, want[2])
		}
	}
	big, d := generator(t, n, 100, nil), member(t, n, neurons.GroupParams{N: 100, Equations: "v : 1"})
	y := connection(t, n, neurons.ConnectionParams{Source: big.All(), Target: d.All(), Dense: true})
	must(t, y.Connect(neurons.PairsParams{P: neurons.Law{Text: "0.5"}}))
	first := slices.Clone(y.Weights())
	must(t, y.Connect(neurons.PairsParams{P: neurons.Law{Text: "0.5"}, Weight: neurons.Law{Text: "2"}}))
	count := map[[2]float64]int{}
	for k, w := range y.Weights() {
		count[[2]float64{first[k], w}]++
	}
	if k := count[[2]float64{1, 1}]; k < 2200 || k > 2800 {
		t.Errorf("%d of 10000 pairs were connected by the first call alone, want about 2500", k)
	}
}

func TestPairsComeFromLawsAndMatrices(t *testing.T) {
	n, g, c := pairOf(t, 40, 50, nil)
	weights := func(p neurons.PairsParams, dense bool) []float64 {
		x := connection(t, n, neurons.ConnectionParams{Source: g.All(), Target: c.All(), Dense: dense})
		must(t, x.Connect(p))
		m, err := x.Matrix()
		must(t, err)
		return m
	}
	count := func(m []float64) (columns [50]int, all int) {
		for k, w := range m {
			if w > 0 {
				columns[k%50]++
				all++
			}
		}
		return columns, all
	}
	_, all := count(weights(neurons.PairsParams{P: neurons.Law{Text: "0.3"}}, false))
	if math.Abs(float64(all)-600) > 4*math.Sqrt(2000*.3*.7) {
		t.Errorf("%d of 2000 pairs with the probability 0.3", all)
	}
	_, all = count(weights(neurons.PairsParams{P: neurons.Law{Of: func(i, j int) float64 { return .3 }}}, false))
	if math.Abs(float64(all)-600) > 4*math.Sqrt(2000*.3*.7) {
		t.Errorf("%d of 2000 pairs with a function that is 0.3", all)
	}
	for name, p := range map[string]neurons.PairsParams{"sources": {Sources: 12}, "a share": {FixedP: 0.3}} {
		columns, _ := count(weights(p, false))
		for j, k := range columns {
			if k != 12 {
				t.Errorf("%s: cell %d has %d synapses, want 12", name, j, k)
			}
		}
	}
	// Band by probability, weights by function; a dense connection has zeros where nobody connected.
	band := neurons.PairsParams{
		P:      neurons.Law{Of: func(i, j int) float64 { return map[bool]float64{true: 1}[i-j < 2 && j-i < 2] }},
		Weight: neurons.Law{Of: func(i, j int) float64 { return float64(100*i + j + 1) }},
	}
	sparse, dense := weights(band, false), weights(band, true)
	for k := range sparse {
		i, j := k/50, k%50
		if want := float64(100*i + j + 1); i-j < 2 && j-i < 2 {
			if sparse[k] != want || dense[k] != want {
				t.Fatalf("weight from %d to %d: %g and %g, want %g", i, j, sparse[k], dense[k], want)
			}
		} else if sparse[k] == sparse[k] || dense[k] != 0 {
			t.Fatalf("weight from %d to %d: %g and %g, want none and 0", i, j, sparse[k], dense[k])
		}
	}
	x := connection(t, n, neurons.ConnectionParams{Source: g.All(), Target: c.All()})
	must(t, x.ConnectMatrix(neurons.Cells{}, neurons.Cells{}, sparse))
	m, err := x.Matrix()
	must(t, err)
	if !slices.EqualFunc(m, sparse, func(a, b float64) bool { return a == b || a != a && b != b }) {
		t.Error("a matrix does not come back")
	}
	d := member(t, n, neurons.GroupParams{N: 40, Equations: "v : volt"})
	one := connection(t, n, neurons.ConnectionParams{Source: g.All(), Target: d.All()})
	must(t, one.Connect(neurons.PairsParams{OneToOne: true}))
	for k, w := range one.Weights() {
		if i, j := one.Synapses().Pre()[k], one.Synapses().Post()[k]; i != j || w != 1 {
			t.Errorf("one to one: %d to %d with %g", i, j, w)
		}
	}
}

func TestDelaysOfTheirOwnReadWeightsAtEmission(t *testing.T) {
	for _, own := range []bool{false, true} {
		n, g, c := pairOf(t, 1, 3, []int32{0}, 1)
		p := neurons.ConnectionParams{Source: g.All(), Target: c.All(), Delay: 1e-3}
		pairs := neurons.PairsParams{Weight: neurons.Law{Text: "1*mV"}}
		if own {
			p.Delay, p.MaxDelay, pairs.Delay = 0, 2e-3, neurons.Law{Text: "j*ms"}
		}
		x := connection(t, n, p)
		must(t, x.Connect(pairs))
		must(t, n.At(1.5e-3, func(neurons.Now) error { return x.SetRow(0, []float64{5, 5, 5}) }))
		v := takeFrames(t, c, "v")
		run(t, n, 4e-3, v)
		if own {
			for j, at := range []int{10, 20, 30} {
				if v.frames[3*at+j] != 1e-3 || v.frames[3*(at-1)+j] != 0 {
					t.Errorf("cell %d: %g before and %g in step %d, want 0 and 0.001", j, v.frames[3*(at-1)+j], v.frames[3*at+j], at)
				}
			}
		} else if v.frames[3*20] != 5 || v.frames[3*19] != 0 {
			t.Errorf("one delay: %g before and %g at the arrival, want 0 and the present weight 5", v.frames[3*19], v.frames[3*20])
		}
	}
}

func TestModulationIsReadWithTheWeight(t *testing.T) {
	for own, want := range map[bool]float64{false: 7, true: 3} {
		n := network(t, neurons.NetworkParams{})
		g := member(t, n, neurons.GroupParams{N: 2, Equations: "dx/dt = 1/ms : 1\nm : 1", Threshold: "x > 0.95 and i == 1", Reset: "x = -100"})
		c := member(t, n, neurons.GroupParams{N: 1, Equations: "v : volt"})
		p := neurons.ConnectionParams{Source: g.All(), Target: c.All(), Delay: 1e-3, Modulation: "m"}
		pairs := neurons.PairsParams{Weight: neurons.Law{Text: "1*volt"}}
		if own {
			p.Delay, p.MaxDelay, pairs.Delay = 0, 1e-3, neurons.Law{Text: "1*ms"}
		}
		must(t, connection(t, n, p).Connect(pairs))
		must(t, g.SetValues("m", []float64{100, 3}))
		must(t, n.At(1.5e-3, func(neurons.Now) error { return g.SetValues("m", []float64{100, 7}) }))
		run(t, n, 3e-3)
		if v := valuesOf(t, c, "v"); v[0] != want {
			t.Errorf("delays of their own %t: %g, want %g", own, v[0], want)
		}
	}
}

// The parts of a connection are those of its subgroups: i and j count there.
func TestConnectionsOfPartsTouchNothingElse(t *testing.T) {
	for _, own := range []bool{false, true} {
		n, g, c := pairOf(t, 4, 4, []int32{0, 1, 2, 3}, 1, 1, 1, 1)
		from, err := g.Cells(1, 3)
		must(t, err)
		to, err := c.Cells(2, 4)
		must(t, err)
		p, pairs := neurons.ConnectionParams{Source: from, Target: to}, neurons.PairsParams{Weight: neurons.Law{Text: "(1+i+10*j)*volt"}}
		if own {
			p.MaxDelay, pairs.Delay = 1e-3, neurons.Law{Text: "0.1*ms*j"}
		}
		must(t, connection(t, n, p).Connect(pairs))
		run(t, n, 2e-3)
		near9(t, "v", valuesOf(t, c, "v"), []float64{0, 0, 1 + 2, 11 + 12})
	}
}

func TestConnectionsComeBackFromTheirState(t *testing.T) {
	build := func() (*neurons.Network, *neurons.Group) {
		n := network(t, neurons.NetworkParams{Seed: 5})
		g, err := n.PoissonGroup(neurons.PoissonParams{N: 20, Rates: "200*Hz"})
		must(t, err)
		c := member(t, n, neurons.GroupParams{N: 3, Equations: "dv/dt = -v/(10*ms) : 1", Threshold: "v > 5", Reset: "v = 0"})
		x := connection(t, n, neurons.ConnectionParams{Source: g.All(), Target: c.All(), MaxDelay: 5e-3})
		must(t, x.Connect(neurons.PairsParams{Weight: neurons.Law{Text: "rand()"}, Delay: neurons.Law{Text: "5*ms*rand()"}}))
		_, err = n.STDP(neurons.STDPParams{
			Connection: x, Equations: "da/dt = -a/(20*ms) : 1\ndb/dt = -b/(20*ms) : 1",
			Pre: "a += .1; w += b", Post: "b -= .1; w += a", WMax: "2",
		})
		must(t, err)
		y := connection(t, n, neurons.ConnectionParams{Source: g.All(), Target: c.All(), Delay: 3e-3, ShortTerm: &neurons.ShortTerm{TauD: []float64{.1}, TauF: []float64{.1}, U: []float64{.3}}})
		must(t, y.Connect(neurons.PairsParams{}))
		return n, c
	}
	a, c := build()
	run(t, a, 0.0523)
	state, err := a.Store()
	must(t, err)
	rest := takeFrames(t, c, "v")
	run(t, a, 0.05, rest)
	b, d := build()
	must(t, b.Restore(state))
	again := takeFrames(t, d, "v")
	run(t, b, 0.05, again)
	if len(rest.frames) != 1500 || slices.Max(rest.frames) < 1 || !slices.Equal(rest.frames, again.frames) {
		t.Error("the restored network goes another way")
	}
}

func TestConnectionsNameMistakes(t *testing.T) {
	n, g, c := pairOf(t, 4, 3, nil)
	for _, one := range []struct {
		p    neurons.ConnectionParams
		want string
	}{
		{neurons.ConnectionParams{Target: c.All()}, "the source is missing"},
		{neurons.ConnectionParams{Source: g.All(), Target: c.All(), State: "ge"}, "there is no variable ge"},
		{neurons.ConnectionParams{Source: g.All(), Target: g.All()}, "have no variables"},
		{neurons.ConnectionParams{Source: g.All(), Target: c.All(), Delay: -1e-3}, "delay of -0.001 s"},
		{neurons.ConnectionParams{Source: g.All(), Target: c.All(), Delay: 1e-3, MaxDelay: 1e-3}, "one of both"},
		{neurons.ConnectionParams{Source: g.All(), Target: c.All(), MaxDelay: 3e5}, "longest delay of 300000 s: want at most 10000000 steps, 1000 s"},
		{neurons.ConnectionParams{Source: g.All(), Target: c.All(), Modulation: "x"}, "modulation: the cells of the source"},
		{neurons.ConnectionParams{Source: g.All(), Target: c.All(), MaxDelay: 1e-3, ShortTerm: &neurons.ShortTerm{}}, "one delay for all"},
		{neurons.ConnectionParams{Source: g.All(), Target: c.All(), ShortTerm: &neurons.ShortTerm{TauD: []float64{1, 2}, TauF: []float64{1}, U: []float64{1}}}, "2 values of tau_d: want 1, or one for each of the 4"},
		{neurons.ConnectionParams{Source: g.All(), Target: c.All(), ShortTerm: &neurons.ShortTerm{TauD: []float64{1}, TauF: []float64{1}, U: []float64{2}}}, "U of 2"},
	} {
		if _, err := n.Connection(one.p); err == nil || !strings.Contains(err.Error(), one.want) {
			t.Errorf("%v, want %q", err, one.want)
		}
	}
	x := connection(t, n, neurons.ConnectionParams{Source: g.All(), Target: c.All(), MaxDelay: 1e-3})
	y := connection(t, n, neurons.ConnectionParams{Source: g.All(), Target: c.All()})
	must(t, x.Connect(neurons.PairsParams{}))
	law := func(text string) neurons.Law { return neurons.Law{Text: text} }
	for want, err := range map[string]error{
		"delay of 0.002 s: want 0 to 0.001": x.Connect(neurons.PairsParams{Delay: law("2*ms")}),
		"delay of -0.001 s":                 x.SetDelay(0, 0, -1e-3),
		"want MaxDelay":                     y.Connect(neurons.PairsParams{Delay: law("1*ms")}),
		"dimension":                         y.Connect(neurons.PairsParams{Weight: law("1*nS")}),
		"reads w":                           y.Connect(neurons.PairsParams{Weight: law("w")}),
		"j[1] = 3":                          y.Connect(neurons.PairsParams{I: []int{0, 0}, J: []int{0, 3}}),
		"cell 4 to 0":                       y.SetWeight(4, 0, 1),
		"NaN from 0 to 0":                   y.Connect(neurons.PairsParams{Weight: neurons.Law{Of: func(int, int) float64 { return math.NaN() }}}),
		"5 weights for 4 × 3 cells":         y.ConnectMatrix(neurons.Cells{}, neurons.Cells{}, make([]float64, 5)),
		"2 weights for 3 synapses":          x.SetRow(0, []float64{1, 2}),
		"no synapse with a delay":           y.SetDelay(0, 0, 0),
		"fixed share of 2":                  y.Connect(neurons.PairsParams{FixedP: 2}),
		"a probability as a function":       y.Connect(neurons.PairsParams{I: []int{0}, J: []int{0}, P: neurons.Law{Of: func(int, int) float64 { return 1 }}}),
		"equal numbers":                     y.Connect(neurons.PairsParams{OneToOne: true}),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if y.N() != 0 {
		t.Errorf("mistakes have made %d synapses", y.N())
	}
}

// A network of two connections is the same network of synapses, by bits.
func TestConnectionsHaveTheBitsOfSynapses(t *testing.T) {
	var want []float64
	for _, classical := range []bool{false, true} {
		n := network(t, neurons.NetworkParams{Seed: 9, Constants: map[string]units.Quantity{"gain": {Value: 2}}})
		g, err := n.PoissonGroup(neurons.PoissonParams{N: 50, Rates: "100*Hz"})
		must(t, err)
		c := member(t, n, neurons.GroupParams{N: 10, Equations: "dv/dt = -v/(10*ms) : 1"})
		if classical {
			x := connection(t, n, neurons.ConnectionParams{Source: g.All(), Target: c.All(), Delay: 2e-3})
			must(t, x.Connect(neurons.PairsParams{Weight: neurons.Law{Text: "gain*(i+0.1*j)"}}))
		} else {
			s := synapses(t, n, neurons.SynapsesParams{Source: g.All(), Target: c.All(), Model: "w : 1", OnPre: "v_post += w", Delay: 2e-3})
			must(t, s.Connect(neurons.ConnectParams{Params: connectivity.Params{}}))
			must(t, s.Set("w", "gain*(i+0.1*j)"))
		}
		v := takeFrames(t, c, "v")
		run(t, n, 0.1, v)
		if want == nil {
			want = v.frames
		} else if !slices.Equal(v.frames, want) {
			t.Error("the bits differ")
		}
	}
}

func ExampleNetwork_Connection() {
	check := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	n, err := neurons.NewNetwork(neurons.NetworkParams{})
	check(err)
	source, err := n.Generator(neurons.GeneratorParams{N: 3, Cells: []int32{0, 1, 2}, Times: []float64{1e-3, 2e-3, 3e-3}})
	check(err)
	target, err := n.Group(neurons.GroupParams{N: 2, Equations: "v : volt"})
	check(err)
	c, err := n.Connection(neurons.ConnectionParams{Source: source.All(), Target: target.All(), Delay: 0.5e-3})
	check(err)
	check(c.Connect(neurons.PairsParams{Weight: neurons.Law{Text: "(1+i)*mV"}}))
	check(c.SetWeight(2, 1, 0))
	_, err = n.Run(context.Background(), 4e-3)
	check(err)
	v, err := target.Values("v")
	check(err)
	fmt.Printf("%.0f mV and %.0f mV\n", v[0]*1e3, v[1]*1e3)
	// Output: 6 mV and 3 mV
}
