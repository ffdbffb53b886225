package neurons_test

import (
	"math"
	"slices"
	"testing"

	"hearpipe/neurons"
	"hearpipe/neurons/connectivity"
)

func TestPartsOfAGroupMayHaveSumsOfTheirOwn(t *testing.T) {
	n := network(t, neurons.NetworkParams{})
	g := member(t, n, neurons.GroupParams{N: 5, Equations: "x : 1", Init: map[string]string{"x": "9"}})
	for k, model := range []string{"x_post = 1 : 1 (summed)", "x_post = 10 : 1 (summed)"} {
		part, err := g.Cells(2*k, 2*k+2)
		must(t, err)
		s := synapses(t, n, neurons.SynapsesParams{Source: g.All(), Target: part, Model: model})
		connect(t, s, "j == 1 and i < 3")
	}
	run(t, n, dt)
	near9(t, "x", values(t, g, "x"), []float64{0, 3, 0, 30, 9})
}

// Synapses that are made between two runs begin then: with the delay of the pathway, and with lastupdate.
func TestSynapsesMayComeLater(t *testing.T) {
	n := network(t, neurons.NetworkParams{})
	g := generator(t, n, 2, []int32{0, 1}, 0, 10)
	c := member(t, n, neurons.GroupParams{N: 2, Equations: "v : 1"})
	s := synapses(t, n, neurons.SynapsesParams{
		Source: g.All(), Target: c.All(), Delay: 2e-3, Model: "dx/dt = -x/(10*ms) : 1 (event-driven)", OnPre: "v += x",
	})
	pair := func(i int) neurons.ConnectParams {
		return neurons.ConnectParams{Params: connectivity.Params{I: []int{i}, J: []int{i}}}
	}
	must(t, s.Connect(pair(0)))
	must(t, s.Set("delay", "1*ms"))
	must(t, s.Set("x", "1"))
	run(t, n, 6e-3)
	must(t, s.Connect(pair(1)))
	near9(t, "delay", valuesOf(t, s, "delay"), []float64{1e-3, 2e-3})
	near9(t, "lastupdate", valuesOf(t, s, "lastupdate"), []float64{1e-3, 6e-3})
	must(t, s.SetOf(neurons.Pair(1, 1), "x", "1"))
	run(t, n, 6e-3)
	near9(t, "v before the spike arrives", values(t, c, "v"), []float64{math.Exp(-0.1), 0})
	run(t, n, 1e-3)
	near9(t, "v", values(t, c, "v"), []float64{math.Exp(-0.1), math.Exp(-0.6)})
}

// A synapse made later is new at its creation for statements that read lastupdate too.
func TestLastUpdateBeginsWithTheSynapse(t *testing.T) {
	n := network(t, neurons.NetworkParams{})
	g := generator(t, n, 1, []int32{0}, 10)
	c := member(t, n, neurons.GroupParams{N: 1, Equations: "v : second"})
	run(t, n, 4e-3)
	s := synapses(t, n, neurons.SynapsesParams{Source: g.All(), Target: c.All(), OnPre: "v += t - lastupdate"})
	connect(t, s, "")
	run(t, n, 8e-3)
	near9(t, "v", values(t, c, "v"), []float64{6e-3})
}

func TestADelayOfItsOwnMayChange(t *testing.T) {
	n, g, c := pairOf(t, 1, 2, []int32{0, 0}, 0, 1)
	x := connection(t, n, neurons.ConnectionParams{Source: g.All(), Target: c.All(), MaxDelay: 2e-3})
	must(t, x.Connect(neurons.PairsParams{Weight: neurons.Law{Text: "1*mV"}, Delay: neurons.Law{Text: "1.5*ms"}}))
	must(t, n.At(0.5e-3, func(neurons.Now) error { return x.SetDelay(0, 1, 0.2e-3) }))
	v := takeFrames(t, c, "v")
	run(t, n, 3e-3, v)
	// The first spike is on its way already and arrives after 1.5 ms, the second one at cell 1 after 0.2 ms.
	for step, want := range map[int][2]float64{11: {0, 0}, 12: {0, 1e-3}, 14: {0, 1e-3}, 15: {1e-3, 2e-3}, 24: {1e-3, 2e-3}, 25: {2e-3, 2e-3}} {
		near9(t, "v", v.frames[2*step:2*step+2], want[:])
	}
}

// Random numbers belong to cells of the whole group: pairs of a part are those that the whole has there.
func TestPairsOfAPartAreThoseOfTheWhole(t *testing.T) {
	for name, p := range map[string]neurons.PairsParams{
		"function": {P: neurons.Law{Of: func(i, j int) float64 { return 0.5 }}},
		"text":     {P: neurons.Law{Text: "0.5+0*j"}},
		"rows":     {P: neurons.Law{Text: "0.5"}},
	} {
		rows := func(lo int) (list [][]int) {
			n := network(t, neurons.NetworkParams{Seed: 8})
			g := generator(t, n, 12, []int32{0}, 0)
			c := member(t, n, neurons.GroupParams{N: 9, Equations: "v : volt"})
			part, err := g.Cells(lo, 12)
			must(t, err)
			x := connection(t, n, neurons.ConnectionParams{Name: "x", Source: g.All(), Target: c.All()})
			p.Source = part
			must(t, x.Connect(p))
			for i := 5; i < 12; i++ {
				targets, _, err := x.Row(i)
				must(t, err)
				list = append(list, targets)
			}
			return list
		}
		if whole, part := rows(0), rows(5); !slices.EqualFunc(whole, part, slices.Equal) {
			t.Errorf("%s: %v, want %v", name, part, whole)
		}
	}
}

// What a connection adds while a cell is refractory is lost, whether delays are one or many.
func TestRefractoryCellsIgnoreConnections(t *testing.T) {
	for _, longest := range []float64{0, 1e-3} {
		n := network(t, neurons.NetworkParams{})
		clock := member(t, n, neurons.GroupParams{N: 1, Equations: "x : 1", Threshold: "True"})
		c := member(t, n, neurons.GroupParams{N: 1, Equations: "dv/dt = 0/second : 1 (unless refractory)", Threshold: "v > 4.5", Reset: "v = 0", Refractory: "5*dt"})
		must(t, connection(t, n, neurons.ConnectionParams{Source: clock.All(), Target: c.All(), State: "v", MaxDelay: longest}).Connect(neurons.PairsParams{}))
		v := takeFrames(t, c, "v")
		run(t, n, 12*dt, v)
		near9(t, "v", v.frames, []float64{1, 2, 3, 4, 5, 0, 0, 0, 0, 0, 1, 2})
	}
}

// Plasticity follows the delays of its connection, between runs and within them.
func TestPlasticityFollowsDelaysThatChange(t *testing.T) {
	n, g, c := pairOf(t, 1, 1, []int32{0, 0, 0}, 0, 2, 4)
	x := connection(t, n, neurons.ConnectionParams{Source: g.All(), Target: c.All(), MaxDelay: 2e-3})
	must(t, x.Connect(neurons.PairsParams{Weight: neurons.Law{Text: "0*mV"}, Delay: neurons.Law{Text: "1*ms"}}))
	_, err := n.STDP(neurons.STDPParams{Connection: x, Pre: "w += 1*volt"})
	must(t, err)
	must(t, n.At(1.5e-3, func(neurons.Now) error { return x.SetDelay(0, 0, 0.2e-3) }))
	for _, one := range []struct{ until, w float64 }{{1e-3, 0}, {1.1e-3, 1}, {2.2e-3, 1}, {2.3e-3, 2}, {4.5e-3, 2}, {4.6e-3, 3}} {
		if one.until == 4.5e-3 {
			must(t, x.SetDelay(0, 0, 0.5e-3))
		}
		run(t, n, one.until-n.Time())
		near9(t, "weight", x.Weights(), []float64{one.w})
	}
}
