package neurons_test

import (
	"slices"
	"testing"

	"hearpipe/neurons"
	"hearpipe/neurons/connectivity"
)

// behavioursOfSynapses are those that no other test is about.
var behavioursOfSynapses = []behaviour{
	{"E11", "", func(t *testing.T) {
		n, g := inNetwork(t, neurons.GroupParams{N: 200, Equations: "v : 1"})
		s := synapses(t, n, neurons.SynapsesParams{Source: g.All()})
		must(t, s.Connect(neurons.ConnectParams{Params: connectivity.Params{P: "0.1"}}))
		if s.N() < 3700 || s.N() > 4300 {
			t.Errorf("%d synapses, want 4000 with a deviation of 60", s.N())
		}
		for k := 1; k < s.N(); k++ {
			if a, b := [2]int32{s.Pre()[k-1], s.Post()[k-1]}, [2]int32{s.Pre()[k], s.Post()[k]}; slices.Compare(a[:], b[:]) >= 0 {
				t.Fatalf("pair %v after %v: want them ascending, each once", b, a)
			}
		}
	}},
	{"E26", "synapses end at cells, not at synapses: the weight that a second kind of synapse changes is a variable of the cell", func(t *testing.T) {
		n := network(t, neurons.NetworkParams{})
		source := member(t, n, neurons.GroupParams{
			N: 3, Equations: "dx/dt = 500*Hz : 1\nw : 1", Threshold: "x > 0.999", Reset: "x = 0", Init: map[string]string{"x": "1", "w": "1"}, Method: "euler",
		})
		modulator := generator(t, n, 3, []int32{0, 2, 2}, 1, 3, 5)
		target := member(t, n, neurons.GroupParams{N: 3, Equations: "v : 1"})
		connect(t, synapses(t, n, neurons.SynapsesParams{Source: source.All(), Target: target.All(), OnPre: "v += w_pre"}), "i == j")
		connect(t, synapses(t, n, neurons.SynapsesParams{Source: modulator.All(), Target: source.All(), OnPre: "w_post += 1"}), "i == j")
		run(t, n, 5e-3)
		wantValues(t, "v", values(t, target, "v"), 5, 3, 4)
	}},
	{"E29", "a clock never changes: spikes that are on their way between two runs arrive after the steps that they were to take", func(t *testing.T) {
		n := network(t, neurons.NetworkParams{DT: 5e-4})
		a := member(t, n, neurons.GroupParams{N: 1, Equations: "v : 1", Threshold: "v > 1", Reset: "v = 0", Init: map[string]string{"v": "1.1"}})
		b := member(t, n, neurons.GroupParams{N: 10, Equations: "v : 1", Threshold: "v > 1", Reset: "v = 0"})
		s := synapses(t, n, neurons.SynapsesParams{Source: a.All(), Target: b.All(), OnPre: "v += 1.1"})
		connect(t, s, "")
		must(t, s.Set("delay", "j*ms"))
		m := watched(t, b, neurons.SpikeMonitorParams{})
		for _, seconds := range []float64{5e-3, 3e-3, 2e-3} {
			run(t, n, seconds)
		}
		var times []float64
		for _, x := range m.Spikes() {
			times = append(times, float64(x.At)*0.5)
		}
		wantValues(t, "times [ms]", times, .5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5, 9.5)
	}},
}

func TestBehavioursOfAnEngineOfSpikingNetworksWithSynapses(t *testing.T) {
	for _, b := range behavioursOfSynapses {
		t.Run(b.id, func(t *testing.T) {
			if b.differs != "" {
				t.Log("differs: " + b.differs)
			}
			b.check(t)
		})
	}
}
