package main

import (
	"maps"
	"math"
	"slices"

	"hearpipe/neurons"
	"hearpipe/neurons/connectivity"
	"hearpipe/neurons/library"
)

// balanced is a network of 3,200 excitatory and 800 inhibitory cells with exponential currents, connected at random (Vogels
// and Abbott 2005, J Neurosci 25, 10786-10795; Brette et al. 2007, J Comput Neurosci 23, 349-398).
func balanced(seed uint64, refractory string, excite library.Synapse, delay string, seconds ...float64) (*example, error) {
	b := begin(neurons.NetworkParams{Seed: seed})
	g := b.group(neurons.GroupParams{
		N: 4000, Equations: "dv/dt = (ge+gi-(v+49*mV))/(20*ms) : volt\ndge/dt = -ge/(5*ms) : volt\ndgi/dt = -gi/(10*ms) : volt",
		Threshold: "-50*mV", Reset: "-60*mV", Refractory: refractory, Init: map[string]string{"v": "-60*mV+10*mV*rand()"},
	})
	random := connectivity.Params{P: "0.02"}
	var values []string
	for _, name := range slices.Sorted(maps.Keys(excite.Init)) {
		values = append(values, name, excite.Init[name])
	}
	b.synapses(neurons.SynapsesParams{Source: b.part(g, 0, 3200), Target: b.all(g), Model: excite.Model, OnPre: excite.OnPre}, random, append(values, "delay", delay)...)
	b.synapses(neurons.SynapsesParams{Source: b.part(g, 3200, 4000), Target: b.all(g), OnPre: "gi += -9*mV"}, random, "delay", delay)
	m := b.spikes(g)
	x := &example{seconds: seconds, result: func() ([]number, error) {
		e := 0
		for _, s := range m.Spikes() {
			if s.Cell < 3200 {
				e++
			}
		}
		return []number{{"excitatory spikes", float64(e), ""}, {"inhibitory spikes", float64(m.Total() - e), ""}, {"all spikes", float64(m.Total()), ""}}, nil
	}}
	if b.err == nil {
		x.raster = g
	}
	return b.finish(x)
}

// cuba has delays of up to 1 ms.
func cuba(seed uint64) (*example, error) {
	return balanced(seed, "5*ms", library.Synapse{OnPre: "ge += 1.62*mV"}, "rand()*ms", 1e-3, 1)
}

// depressedCuba has excitatory synapses that depress (plasticity/short_term_plasticity2).
func depressedCuba(seed uint64) (*example, error) {
	form := library.ShortTerm(library.ShortTermParams{Variable: "ge", Weight: "1.62*mV", TauD: "200*ms", TauF: "20*ms", U: "0.2"})
	return balanced(seed, "", form, "0*ms", 1)
}

// gapJunctions couple cells by the difference of their potentials, a sum over synapses in every step.
func gapJunctions(uint64) (*example, error) {
	b := begin(neurons.NetworkParams{})
	g := b.group(neurons.GroupParams{
		N: 10, Equations: "dv/dt = (1.05-v+Igap)/(10*ms) : 1\nIgap : 1", Threshold: "v > 1", Reset: "v = 0", Init: map[string]string{"v": "i/(N-1)"},
	})
	b.synapses(neurons.SynapsesParams{Source: b.all(g), Model: "w : 1\nIgap_post = w*(v_pre-v_post) : 1 (summed)"}, connectivity.Params{}, "w", "0.02")
	m := b.spikes(g)
	return b.finish(&example{seconds: []float64{0.5}, trace: b.stream(g, "v", 0, 5), result: func() ([]number, error) {
		least, most := math.MaxInt, 0
		var last [2]int64 // spikes of cell 0
		for _, n := range m.Counts() {
			least, most = min(least, n), max(most, n)
		}
		for _, s := range m.Spikes() {
			if s.Cell == 0 {
				last = [2]int64{last[1], s.At}
			}
		}
		return []number{
			{"fewest spikes of a cell", float64(least), ""}, {"most", float64(most), ""}, {"last interval of cell 0", float64(last[1]-last[0]) / 10, "ms"},
		}, nil
	}})
}

// nonlinearSynapses saturate: an equation for each synapse, and their sum in the cell.
func nonlinearSynapses(uint64) (*example, error) {
	b := begin(neurons.NetworkParams{})
	in := b.group(neurons.GroupParams{N: 2, Equations: "dv/dt = 1/(10*ms) : 1", Threshold: "v > 1", Reset: "v = 0", Init: map[string]string{"v": "0.5*i"}})
	g := b.group(neurons.GroupParams{N: 1, Equations: "dv/dt = (gtot-v)/(10*ms) : 1\ngtot : 1"})
	s := b.synapses(neurons.SynapsesParams{
		Source: b.all(in), Target: b.all(g),
		Model: "dg/dt = -a*g+a*x*(1-g) : 1\ndx/dt = -a*x : 1\nw : 1\na = 0.1/ms : Hz\ngtot_post = g : 1 (summed)", OnPre: "x += w",
	}, connectivity.Params{}, "w", "where(i == 0, 1, 10)")
	var largest [2]float64
	v := b.states(g, "v", "gtot")
	x := &example{seconds: []float64{0.1}, result: func() ([]number, error) {
		values, err := s.Values("g")
		if err != nil {
			return nil, err
		}
		series, sum := seriesOf(v, "v", 0), seriesOf(v, "gtot", 0)
		return []number{
			{"g of synapse 0", values[0], ""},
			{"g of synapse 1", values[1], ""},
			{"v", series[len(series)-1], ""},
			{"largest g of synapse 0", largest[0], ""},
			{"largest g of synapse 1", largest[1], ""},
			{"sum less its parts", sum[len(sum)-1] - (values[0] + values[1]), ""},
		}, nil
	}}
	if b.err == nil {
		values, err := s.Values("g")
		b.keep(err)
		b.keep(b.net.Operation(neurons.When{Slot: neurons.End, Order: 1}, func(neurons.Now) error {
			for k := range largest {
				largest[k] = max(largest[k], values[k])
			}
			return nil
		}))
	}
	if b.err == nil {
		x.trace, b.err = s.Stream("g", nil)
	}
	return b.finish(x)
}
