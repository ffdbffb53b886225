package main

import (
	"fmt"

	"hearpipe/neurons"
	"hearpipe/sinks/picture"
)

// response is a cell that is driven steadily; each spike takes 1 from a kernel that decays with 20 ms and is part of the potential.
func response(seconds float64) (*record, error) {
	r, err := begin(neurons.GroupParams{
		N: 1, Equations: "dv/dt = (2-v)/(10*ms) : 1\ndv_ap/dt = -v_ap/(20*ms) : 1\nv_final = v+v_ap : 1",
		Threshold: "v_final > 1", Reset: "v_ap -= 1",
	}, 0, "v", "v_ap", "v_final")
	if err != nil {
		return nil, err
	}
	if err := r.run(seconds); err != nil {
		return nil, err
	}
	return r.end()
}

// summed are two cells with synapses of two others, whose kernels begin at 10 and jump by 1 at 1 ms. The current of a cell is the sum over its synapses.
func summed() (*record, error) {
	r, err := begin(neurons.GroupParams{N: 2, Equations: "dv/dt = (-v+I)/(20*ms) : volt\nI : volt", Method: "euler"}, 0, "v", "I")
	if err != nil {
		return nil, err
	}
	source, err := r.net.Generator(neurons.GeneratorParams{N: 2, Cells: []int32{0, 1}, Times: []float64{1e-3, 1e-3}})
	if err != nil {
		return nil, err
	}
	s, err := r.net.Synapses(neurons.SynapsesParams{
		Source: source.All(), Target: r.cells.All(),
		Model: "dx/dt = -x/(10*ms) : 1\nI_post = w*x : volt (summed)\nw : volt", OnPre: "x += 1",
	})
	if err != nil {
		return nil, err
	}
	if err := s.Connect(neurons.ConnectParams{}); err != nil {
		return nil, err
	}
	for name, text := range map[string]string{"w": "(i+1)*mV", "x": "10"} {
		if err := s.Set(name, text); err != nil {
			return nil, err
		}
	}
	if err := r.run(3e-3); err != nil {
		return nil, err
	}
	return r.end()
}

// kernel are three cells that excite each other through kernels of 10 ms. Nothing drives them: they are put above the threshold by hand, one after the other.
func kernel() (*record, error) {
	r, err := begin(neurons.GroupParams{
		N: 3, Equations: "dv/dt = (-v+I)/(10*ms) : volt\ndI/dt = -I/(10*ms) : volt", Method: "euler",
		Threshold: "v > 0.5*volt", Reset: "v = 0*volt",
	}, 0, "v", "I")
	if err != nil {
		return nil, err
	}
	if err := r.connect(r.cells.All(), r.cells.All(), neurons.SynapsesParams{Model: "w : volt", OnPre: "I_post += w"}, "10*mV*(3*i+j)"); err != nil {
		return nil, err
	}
	v, err := r.cells.Values("v")
	if err != nil {
		return nil, err
	}
	for k := range v {
		if err := r.run(0.02); err != nil {
			return nil, err
		}
		v[k] = 1
	}
	if err := r.run(0.04); err != nil {
		return nil, err
	}
	return r.end()
}

// The layer has as many excitatory cells, then as many inhibitory ones.
const excitatory, all = 3, 6

// layer is excitatory and inhibitory cells. Excitatory cells reach each other by slow currents, everything else is fast; each excitatory cell hears ten Poisson
// sources of its own. Fast inputs of a step are kept in I_fast and I_inh until the next one.
func layer(seconds float64) (*record, error) {
	r, err := begin(neurons.GroupParams{
		N: all, Equations: "dv/dt = (-v+I_slow)/(10*ms) : volt\ndI_slow/dt = -I_slow/(10*ms) : volt\nI_exc = I_slow+I_fast : volt\nI_fast : volt\nI_inh : volt",
		Threshold: "v > 0.5*volt", Reset: "v = 0*volt",
	}, 2, "v", "I_slow", "I_fast", "I_exc", "I_inh")
	if err != nil {
		return nil, err
	}
	e, err := r.cells.Cells(0, excitatory)
	if err != nil {
		return nil, err
	}
	i, err := r.cells.Cells(excitatory, all)
	if err != nil {
		return nil, err
	}
	feed, err := r.net.PoissonGroup(neurons.PoissonParams{N: 10 * excitatory, Rates: "20*Hz"})
	if err != nil {
		return nil, err
	}
	forward, err := r.net.Synapses(neurons.SynapsesParams{Source: feed.All(), Target: e, Model: "w : volt", OnPre: "I_fast_post += w"})
	if err != nil {
		return nil, err
	}
	p := neurons.ConnectParams{}
	p.Condition = fmt.Sprintf("int(i/%d) == j", 10)
	if err := forward.Connect(p); err != nil {
		return nil, err
	}
	if err := forward.Set("w", "0.3*volt"); err != nil {
		return nil, err
	}
	for _, one := range []struct {
		from, to     neurons.Cells
		code, weight string
	}{
		{e, e, "I_slow_post += w", "0.2*rand()*volt"},
		{e, i, "I_fast_post += w", "rand()*volt"},
		{i, e, "I_inh_post += w", "0.3*rand()*volt"},
		{i, i, "I_inh_post += w", "0.3*rand()*volt"},
	} {
		if err := r.connect(one.from, one.to, neurons.SynapsesParams{Model: "w : volt", OnPre: one.code}, one.weight); err != nil {
			return nil, err
		}
	}
	if err := r.cells.RunRegularly("I_fast = 0*volt; I_inh = 0*volt", neurons.When{Slot: neurons.BeforeConnections}); err != nil {
		return nil, err
	}
	if err := r.cells.RunRegularly("v += I_fast-I_inh", neurons.When{Slot: neurons.BeforeResets}); err != nil {
		return nil, err
	}
	if err := r.run(seconds); err != nil {
		return nil, err
	}
	return r.end()
}

// panels show the currents of the first excitatory cell apart, its potential, and the spikes of all.
func (r *record) panels() []picture.Traces {
	raster := []picture.Trace{{Label: "excitatory", Dots: true}, {Label: "inhibitory", Dots: true}}
	for _, s := range r.spikes {
		to := &raster[0]
		if s.cell >= excitatory {
			to = &raster[1]
		}
		to.X, to.Y = append(to.X, s.ms), append(to.Y, float64(s.cell))
	}
	return []picture.Traces{
		{Title: "cell 0 of a layer: inputs apart", YLabel: "fast (mV)", Lines: []picture.Trace{r.line("I_fast", 0, 1e3, "excitatory, fast"), r.line("I_inh", 0, -1e3, "inhibitory")}},
		{YLabel: "slow (mV)", Lines: []picture.Trace{r.line("I_slow", 0, 1e3, "excitatory, slow")}},
		{YLabel: "potential (mV)", Lines: []picture.Trace{r.line("v", 0, 1e3, "")}},
		{YLabel: "cell", Lines: raster, Y: [2]float64{-1, 2 * all}},
	}
}
