package neurons_test

import (
	"math"
	"testing"

	"hearpipe/neurons"
	"hearpipe/neurons/connectivity"
	"hearpipe/stages"
)

// toleranceNetwork is for 5,000 exact steps of a network: rounding, and sums of many weights in another order.
const toleranceNetwork = 1e-9

// column is column c of a table.
func column(data []float64, columns, c int) []float64 {
	var x []float64
	for k := c; k < len(data); k += columns {
		x = append(x, data[k])
	}
	return x
}

// ints are the values as whole numbers.
func ints(x []float64) []int {
	list := make([]int, len(x))
	for k, v := range x {
		list[k] = int(v)
	}
	return list
}

// TestNetworkOf200CellsAgreesWithBrian2 runs 160 excitatory and 40 inhibitory cells with 3,200 given synapses, weights
// and delays for 0.5 s: the same 1,146 spikes, the same potentials.
func TestNetworkOf200CellsAgreesWithBrian2(t *testing.T) {
	n := network(t, neurons.NetworkParams{})
	g := member(t, n, neurons.GroupParams{
		N: 200, Equations: "dv/dt = (ge+gi-(v-El))/taum : volt (unless refractory)\ndge/dt = -ge/taue : volt\ndgi/dt = -gi/taui : volt\nEl = -49*mV : volt\n" +
			"taum = 20*ms : second\ntaue = 5*ms : second\ntaui = 10*ms : second",
		Threshold: "v > -50*mV", Reset: "v = -60*mV", Refractory: "5*ms", Method: "exact",
	})
	v0 := load(t, "net_v0").Data
	for k := range v0 {
		v0[k] *= 1e-3
	}
	must(t, g.SetValues("v", v0))
	for _, c := range []struct{ file, code string }{{"net_syn_e", "ge += w"}, {"net_syn_i", "gi += w"}} {
		table := load(t, c.file).Data
		s := synapses(t, n, neurons.SynapsesParams{Source: g.All(), Model: "w : volt", OnPre: c.code})
		must(t, s.Connect(neurons.ConnectParams{Params: connectivity.Params{I: ints(column(table, 4, 0)), J: ints(column(table, 4, 1))}}))
		w, delay := column(table, 4, 2), column(table, 4, 3)
		for k := range w {
			w[k] *= 1e-3
			delay[k] *= 1e-4
		}
		must(t, s.SetValues("w", w))
		must(t, s.SetValues("delay", delay))
	}
	v, ge, spikes := takeFrames(t, g, "v"), takeFrames(t, g, "ge"), takeSpikes(g)
	run(t, n, 0.5, v, ge, spikes)
	want := load(t, "net_spikes").Data
	if len(spikes.spikes) != len(want)/2 {
		t.Fatalf("%d spikes, want %d", len(spikes.spikes), len(want)/2)
	}
	for k, s := range spikes.spikes {
		if w := (stages.Spike{At: int64(want[2*k+1]), Cell: int32(want[2*k])}); s != w {
			t.Fatalf("spike %d is %+v, want %+v", k, s, w)
		}
	}
	for _, c := range []struct {
		name string
		got  []float64
	}{{"net_v", v.frames}, {"net_ge", ge.frames}} {
		want := load(t, c.name).Data
		worst := 0.0
		for row := range 4999 { // the reference recorded before the update
			for k, cell := range []int{0, 50, 100, 199} {
				worst = max(worst, math.Abs(1e3*c.got[200*row+cell]-want[4*(row+1)+k]))
			}
		}
		if !(worst <= toleranceNetwork*60) {
			t.Errorf("%s: largest difference %g mV, want at most %g of 60 mV", c.name, worst, toleranceNetwork)
		}
	}
}

// TestWeightsUnderPlasticityAgreeWithBrian2 runs 20 synapses with given spikes on both sides for 0.6 s. The weights are
// compared every 10 ms.
func TestWeightsUnderPlasticityAgreeWithBrian2(t *testing.T) {
	n := network(t, neurons.NetworkParams{})
	table := load(t, "stdp_pre").Data
	var cells []int32
	for _, i := range column(table, 2, 0) {
		cells = append(cells, int32(i))
	}
	ms := func(steps []float64) []float64 {
		x := make([]float64, len(steps))
		for k := range x {
			x[k] = steps[k] / 10
		}
		return x
	}
	posts := load(t, "stdp_post").Data
	a := generator(t, n, 20, cells, ms(column(table, 2, 1))...)
	b := generator(t, n, 1, make([]int32, len(posts)), ms(posts)...)
	s := synapses(t, n, neurons.SynapsesParams{
		Source: a.All(), Target: b.All(),
		Model:  "w : 1\ndApre/dt = -Apre/(20*ms) : 1 (event-driven)\ndApost/dt = -Apost/(20*ms) : 1 (event-driven)",
		OnPre:  "Apre += 1e-4; w = clip(w+Apost, 0, 0.01)",
		OnPost: "Apost += -1.05e-4; w = clip(w+Apre, 0, 0.01)",
	})
	connect(t, s, "")
	must(t, s.Set("w", "0.005+0.0001*i"))
	want := load(t, "stdp_w").Data // before the steps 99, 199, ...
	run(t, n, 99e-4)
	worst := 0.0
	for row := range len(want) / 20 {
		for k, w := range valuesOf(t, s, "w") {
			worst = max(worst, math.Abs(w-want[20*row+k]))
		}
		run(t, n, 100e-4)
	}
	if !(worst <= 1e-12*0.01) {
		t.Errorf("largest difference %g of at most 0.01", worst)
	}
}
