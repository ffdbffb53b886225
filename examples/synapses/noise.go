package main

import (
	"math"

	"hearpipe/neurons"
	"hearpipe/neurons/connectivity"
)

// probabilisticSynapses transmit some of the spikes: p goes from 0 to 1 over the cells for one source, from 1 to 0 for the
// other.
func probabilisticSynapses(seed uint64) (*example, error) {
	const cells = 20
	b := begin(neurons.NetworkParams{Seed: seed})
	in := b.poisson(neurons.PoissonParams{N: 2, Rates: "20*Hz"})
	g := b.group(neurons.GroupParams{N: cells, Equations: "dv/dt = -v/(5*ms) : 1"})
	b.synapses(neurons.SynapsesParams{Source: b.all(in), Target: b.all(g), Model: "w : 1\np : 1", OnPre: "v += w*(rand() < p)"}, connectivity.Params{},
		"w", "0.5", "p", "where(i == 0, j, N_post-1-j)/(N_post-1)")
	spikes, v := b.spikes(in), b.states(g, "v")
	return b.finish(&example{seconds: []float64{0.5}, trace: b.stream(g, "v", 0, 5, 10, 15, 19), result: func() ([]number, error) {
		jumps, worst := make([]float64, cells), 0.0
		for j := range cells {
			x := seriesOf(v, "v", j)
			for k := 1; k < len(x); k++ {
				d := (x[k] - x[k-1]*math.Exp(-0.1/5)) / 0.5
				worst = max(worst, math.Abs(d-math.Round(d)))
				jumps[j] += math.Round(d)
			}
		}
		all := 0.0
		for _, n := range jumps {
			all += n
		}
		n := float64(spikes.Total())
		return []number{
			{"spikes of the sources", n, ""},
			{"events that are transmitted", all, ""},
			{"theory", n * cells / 2, ""},
			{"theory, deviation", math.Sqrt(n * cells / 6), ""}, // the sum of p(1-p) is about cells/6 for each spike
			{"missing at the cell that hears all of source 1", float64(spikes.Counts()[1]) - jumps[0], ""},
			{"missing at the cell that hears all of source 0", float64(spikes.Counts()[0]) - jumps[cells-1], ""},
			{"largest distance of a jump from a multiple of 0.5", worst, ""},
		}, nil
	}})
}

// katz is the release of vesicles: of 50 each is released with a probability p (del Castillo and Katz 1954, J Physiol 124,
// 560-573).
func katz(seed uint64) (*example, error) {
	b := begin(neurons.NetworkParams{Seed: seed})
	in := b.poisson(neurons.PoissonParams{N: 1000, Rates: "2*Hz"})
	g := b.group(neurons.GroupParams{N: 25, Equations: "dv/dt = -v/(10*ms) : 1", Threshold: "v > 350", Reset: "v = 0"})
	b.synapses(neurons.SynapsesParams{
		Source: b.all(in), Target: b.all(g), Model: "w : 1\nvesicles : 1\np : 1", OnPre: "v += binomial(vesicles, p)*w",
	}, connectivity.Params{}, "w", "rand()", "vesicles", "50", "p", "rand()")
	m, v := b.spikes(g), b.states(g, "v")
	x := &example{seconds: []float64{1}, result: func() ([]number, error) {
		return []number{{"mean of v", v.Mean("v"), ""}, {"rate", float64(m.Total()) / 25, "Hz"}}, nil
	}}
	if b.err == nil {
		x.raster = g
	}
	return b.finish(x)
}

// poissonSynapses are a thousand Poisson inputs to each cell at the price of one: a binomial number of events in each step.
func poissonSynapses(seed uint64) (*example, error) {
	b := begin(neurons.NetworkParams{Seed: seed})
	always := b.group(neurons.GroupParams{N: 1, Equations: "v : 1", Threshold: "v > -1"})
	g := b.group(neurons.GroupParams{N: 50, Equations: "dvm/dt = -(vm+70*mV)/(10*ms) : volt"})
	if b.err == nil {
		failed, err := g.Rest()
		b.keep(err)
		if len(failed) > 0 {
			panic("synapses: a leaky cell without rest")
		}
	}
	b.synapses(neurons.SynapsesParams{
		Source: b.all(always), Target: b.all(g), Model: "J : 1\ninputs : 1",
		OnPre: "vm += binomial(inputs, dt*100*Hz*(0.5+0.5*sin(2*pi*5*Hz*t)))*J*(0*mV-vm)",
	}, connectivity.Params{}, "inputs", "1000", "J", "0.0005")
	v := b.states(g, "vm")
	return b.finish(&example{seconds: []float64{1}, trace: b.stream(g, "vm", 0, 1), result: func() ([]number, error) {
		// At the peaks of the rate (50, 250 ms, ...) and the troughs (150, 350 ms, ...), from 200 ms on.
		mean := func(first int) (x float64) {
			n := 0.0
			for k := first; k < 10000; k += 2000 {
				for cell := range 50 {
					x, n = x+seriesOf(v, "vm", cell)[k], n+1
				}
			}
			return 1e3 * x / n
		}
		return []number{{"vm at the peaks of the rate", mean(2500), "mV"}, {"half-way", mean(3000), "mV"}, {"at the troughs", mean(3500), "mV"}}, nil
	}})
}

// noisyRing is a ring of cells that inhibit their neighbour.
func noisyRing(seed uint64) (*example, error) {
	b := begin(neurons.NetworkParams{Seed: seed})
	g := b.group(neurons.GroupParams{N: 100, Equations: "dv/dt = 2/(10*ms)+0.5/(10*ms)**.5*xi : 1", Threshold: "v > 1", Reset: "v = 0"})
	b.synapses(neurons.SynapsesParams{Source: b.all(g), Model: "w : 1", OnPre: "v += w"}, connectivity.Params{Condition: "j == (i+1) % N_post"}, "w", "-1")
	m := b.spikes(g)
	x := &example{seconds: []float64{0.5}, result: func() ([]number, error) {
		return []number{{"rate", float64(m.Total()) / 100 / 0.5, "Hz"}}, nil
	}}
	if b.err == nil {
		x.raster = g
	}
	return b.finish(x)
}

// transientSync is a ring of noisy cells that excite neighbours and inhibit the other side.
func transientSync(seed uint64) (*example, error) {
	b := begin(neurons.NetworkParams{Seed: seed})
	g := b.group(neurons.GroupParams{
		N: 100, Equations: "dv/dt = (5*mV-v)/(10*ms)+4*mV*xi/(10*ms)**.5 : volt", Threshold: "v > 10*mV", Reset: "v = 0*mV",
		Init: map[string]string{"v": "rand()*10*mV"},
	})
	s := b.synapses(neurons.SynapsesParams{Source: b.all(g), Model: "w : volt", OnPre: "v += w"}, connectivity.Params{}, "w", "0.4*mV*cos(2*pi*(i-j)/N_post)")
	m := b.spikes(g)
	x := &example{seconds: []float64{5}, result: func() ([]number, error) {
		w, err := s.Values("w")
		if err != nil {
			return nil, err
		}
		return []number{
			{"rate", float64(m.Total()) / 100 / 5, "Hz"}, {"weight of a cell on itself", 1e3 * w[0], "mV"}, {"on the other side", 1e3 * w[50], "mV"},
		}, nil
	}}
	if b.err == nil {
		x.raster = g
	}
	return b.finish(x)
}
