package main

import (
	"math"
	"math/rand/v2"

	"hearpipe/neurons"
	"hearpipe/neurons/connectivity"
	"hearpipe/neurons/library"
	"hearpipe/stages"
	"hearpipe/units"
)

// The forms of plasticity that depends on the order of spikes: traces that the statements let decay since the last event, and
// traces whose equations do it (Song, Miller and Abbott 2000, Nat Neurosci 3, 919-926).
var (
	byHand = library.Synapse{
		Model: "w : 1\nApre : 1\nApost : 1",
		OnPre: "ge += w\nApre = Apre*exp((lastupdate-t)/(20*ms))+0.01*gmax\nApost = Apost*exp((lastupdate-t)/(20*ms))\nw = clip(w+Apost, 0, gmax)",
		OnPost: "Apre = Apre*exp((lastupdate-t)/(20*ms))\nApost = Apost*exp((lastupdate-t)/(20*ms))-0.0105*gmax\n" +
			"w = clip(w+Apre, 0, gmax)",
	}
	byEvents = library.Synapse{
		Model:  "w : 1\ndApre/dt = -Apre/(20*ms) : 1 (event-driven)\ndApost/dt = -Apost/(20*ms) : 1 (event-driven)",
		OnPre:  "ge += w; Apre += 0.01*gmax; w = clip(w+Apost, 0, gmax)",
		OnPost: "Apost -= 0.0105*gmax; w = clip(w+Apre, 0, gmax)",
	}
)

const gmax = 0.01

// competing is a thousand Poisson sources of 15 Hz on one cell, through plastic synapses.
type competing struct {
	*builder
	cell   *neurons.Group
	s      *neurons.SynapseSet
	spikes *neurons.SpikeMonitor
}

func compete(seed uint64, form library.Synapse, weights string) *competing {
	b := begin(neurons.NetworkParams{Seed: seed, Constants: map[string]units.Quantity{"gmax": {Value: gmax}}})
	in := b.poisson(neurons.PoissonParams{N: 1000, Rates: "15*Hz"})
	cell := b.group(neurons.GroupParams{
		N: 1, Equations: "dv/dt = (ge*60*mV-74*mV-v)/(10*ms) : volt\ndge/dt = -ge/(5*ms) : 1", Threshold: "-54*mV", Reset: "-60*mV",
		Init: map[string]string{"v": "-60*mV"},
	})
	s := b.synapses(neurons.SynapsesParams{Source: b.all(in), Target: b.all(cell), Model: form.Model, OnPre: form.OnPre, OnPost: form.OnPost}, connectivity.Params{}, "w", weights)
	return &competing{b, cell, s, b.spikes(cell)}
}

// numbers are the rates of the cell and how many weights are near both ends.
func (c *competing) numbers(seconds float64) ([]number, error) {
	w, err := c.s.Values("w")
	if err != nil {
		return nil, err
	}
	low, high, mean := 0.0, 0.0, 0.0
	for _, x := range w {
		x /= gmax
		mean += x / float64(len(w))
		if x < 0.1 {
			low += 1 / float64(len(w))
		}
		if x > 0.9 {
			high += 1 / float64(len(w))
		}
	}
	first, last := 0.0, 0.0
	for _, s := range c.spikes.Spikes() {
		if s.At < 100_000 {
			first += 0.1
		}
		if float64(s.At)*1e-4 >= seconds-10 {
			last += 0.1
		}
	}
	return []number{
		{"mean rate", float64(c.spikes.Total()) / seconds, "Hz"},
		{"rate in the first 10 s", first, "Hz"},
		{"rate in the last 10 s", last, "Hz"},
		{"part of weights below 0.1 of the largest", low, ""},
		{"part of weights above 0.9", high, ""},
		{"mean weight", mean, "of the largest"},
	}, nil
}

func (c *competing) example(seconds float64) (*example, error) {
	return c.finish(&example{seconds: []float64{seconds}, result: func() ([]number, error) { return c.numbers(seconds) }})
}

// stdpByHand begins with one weight for all synapses, as the example does; it decides whether the cell fires at all.
func stdpByHand(seed uint64) (*example, error) {
	w := rand.New(rand.NewPCG(seed, 2)).Float64() * gmax
	c := compete(seed, byHand, "0")
	if c.err == nil {
		all := make([]float64, c.s.N())
		for k := range all {
			all[k] = w
		}
		c.keep(c.s.SetValues("w", all))
	}
	return c.example(100)
}

func stdpByEvents(seed uint64) (*example, error) {
	return compete(seed, byEvents, "rand()*gmax").example(100)
}

// stdpMixed strengthens by a constant and weakens by a part of the weight, which leaves one peak of weights.
func stdpMixed(seed uint64) (*example, error) {
	form, err := library.ExponentialSTDP(library.STDPParams{
		Variable: "ge", Unit: "1", TauPre: "20*ms", TauPost: "20*ms", APre: 0.01, APost: -0.025, WMax: "gmax", Update: library.Mixed,
	})
	if err != nil {
		return nil, err
	}
	return compete(seed, form, "rand()*gmax").example(100)
}

// weightMonitor watches two weights.
func weightMonitor(seed uint64) (*example, error) {
	c := compete(seed, byEvents, "rand()*gmax")
	trace := made(c.builder, c.s, func(s *neurons.SynapseSet) (stages.Stage, error) { return s.Stream("w", []int32{0, 1}) })
	x, err := c.example(10)
	x.trace = trace
	return x, err
}

// delayedSTDP strengthens and weakens a synapse 3 ms later than it transmits.
func delayedSTDP(seed uint64) (*example, error) {
	b := begin(neurons.NetworkParams{Seed: seed})
	in := b.poisson(neurons.PoissonParams{N: 1, Rates: "20*Hz"})
	cell := b.group(neurons.GroupParams{
		N: 1, Equations: "dv/dt = (ge*74*mV-74*mV-v)/(10*ms) : volt\ndge/dt = -ge/(5*ms) : 1", Threshold: "-54*mV", Reset: "-74*mV",
		Init: map[string]string{"v": "-74*mV"},
	})
	s := b.synapses(neurons.SynapsesParams{
		Source: b.all(in), Target: b.all(cell), Model: "w : 1\ndApre/dt = -Apre/(20*ms) : 1\ndApost/dt = -Apost/(20*ms) : 1",
		OnPre: "ge += w", OnPost: "Apost += -0.2; w = clip(w+Apre, 0, inf)",
		Pathways: []neurons.Pathway{{Name: "plastic", Code: "w = clip(w+Apost, 0, inf); Apre += 0.1", Delay: 3e-3}},
	}, connectivity.Params{}, "w", "10")
	spikes, post := b.spikes(in), b.spikes(cell)
	var apre, w []float64
	if b.err == nil {
		values, err := s.Values("Apre")
		b.keep(err)
		weight, err := s.Values("w")
		b.keep(err)
		b.keep(b.net.Operation(neurons.When{Slot: neurons.End, Order: 1}, func(neurons.Now) error {
			apre, w = append(apre, values[0]), append(w, weight[0])
			return nil
		}))
	}
	x := &example{seconds: []float64{10}, result: func() ([]number, error) {
		expected := make([]float64, len(apre))
		for _, x := range spikes.Spikes() {
			if at := x.At + 30; at < int64(len(apre)) {
				expected[at] = 0.1
			}
		}
		worst, least := 0.0, w[0]
		for k := 1; k < len(apre); k++ {
			worst = max(worst, math.Abs(apre[k]-apre[k-1]*math.Exp(-0.1/20)-expected[k]))
			least = min(least, w[k])
		}
		return []number{
			{"presynaptic spikes", float64(spikes.Total()), ""},
			{"postsynaptic spikes", float64(post.Total()), ""},
			{"largest error of Apre, 3 ms after spikes", worst, ""},
			{"smallest weight", least, ""},
			{"weight at the end", w[len(w)-1], ""},
		}, nil
	}}
	if b.err == nil {
		x.trace, b.err = s.Stream("w", nil)
	}
	return b.finish(x)
}

// regular is ten cells that fire at 5 to 30 Hz, each with a depressing and facilitating synapse on a cell of its own
// (Markram, Wang and Tsodyks 1998, PNAS 95, 5323-5328).
func regular(form library.Synapse) (*example, error) {
	b := begin(neurons.NetworkParams{Constants: map[string]units.Quantity{
		"taud": second(1e-3), "tauf": second(100e-3), "U": {Value: 0.1},
	}})
	in := b.group(neurons.GroupParams{
		N: 10, Equations: "dx/dt = rate : 1\nrate : Hz", Threshold: "x > 1", Reset: "x = 0", Init: map[string]string{"rate": "5*Hz+25*Hz*i/(N-1)"},
	})
	g := b.group(neurons.GroupParams{N: 10, Equations: "dv/dt = (100*Mohm*current-v)/(10*ms) : volt\ndcurrent/dt = -current/(3*ms) : amp"})
	b.synapses(neurons.SynapsesParams{Source: b.all(in), Target: b.all(g), Model: form.Model, OnPre: form.OnPre}, connectivity.Params{Condition: "i == j"},
		"w", "250*pA", "x", "1", "u", "U")
	v := b.states(g, "v")
	return b.finish(&example{seconds: []float64{1}, trace: b.stream(g, "v", 0, 9), result: func() ([]number, error) {
		var list []number
		for _, c := range []struct {
			cell int
			name string
		}{{0, "peak at 5 Hz"}, {9, "peak at 30 Hz"}} {
			x := seriesOf(v, "v", c.cell)
			for k := 1; k+1 < len(x); k++ {
				if x[k] > x[k-1] && x[k] >= x[k+1] {
					list = append(list, number{c.name, 1e3 * x[k], "mV"})
				}
			}
		}
		return list, nil
	}})
}

// shortTermByHand lets x and u recover by statements.
func shortTermByHand(uint64) (*example, error) {
	return regular(library.Synapse{
		Model: "w : amp\nx : 1\nu : 1",
		OnPre: "u = U+(u-U)*exp(-(t-lastupdate)/tauf)\nx = 1+(x-1)*exp(-(t-lastupdate)/taud)\ncurrent += w*u*x\nx *= 1-u\nu += U*(1-u)",
	})
}

// shortTermByEvents lets x and u recover by equations that are solved at events.
func shortTermByEvents(uint64) (*example, error) {
	return regular(library.Synapse{
		Model: "w : amp\ndx/dt = (1-x)/taud : 1 (event-driven)\ndu/dt = (U-u)/tauf : 1 (event-driven)",
		OnPre: "current += w*u*x; x *= 1-u; u += U*(1-u)",
	})
}
