package main

import (
	"fmt"
	"strings"

	"hearpipe/neurons"
	"hearpipe/neurons/library"
	"hearpipe/sinks/picture"
)

var receptors = []library.Receptor{library.AMPA, library.NMDA, library.GABAA, library.GABAB}

// doses are the conductances of the four receptors in parts of the leak, one set for each cell.
type doses [][4]float64

// cell is the equations of a membrane of 20 ms with all four receptors, and the conductances of each cell as values. Gated ones rise during a pulse of
// transmitter, others jump to 1.
func (d doses) cell(gated bool) (eqs string, values map[string][]float64) {
	currents := []library.Current{library.Leak("1*nS", "-65*mV"), library.Input("I")}
	values = map[string][]float64{}
	for k, r := range receptors {
		g := "g_" + r.Name
		if gated {
			currents = append(currents, r.Gated(g))
		} else {
			currents = append(currents, r.Saturating(g))
		}
		for _, dose := range d {
			values[g] = append(values[g], dose[k]*1e-9)
		}
	}
	for range d {
		values["vm"] = append(values["vm"], -65e-3)
	}
	eqs = library.Membrane("20*ms*nS", currents...)
	for _, r := range receptors {
		eqs += "\ng_" + r.Name + " : siemens"
	}
	return eqs, values
}

// spike opens all receptors of a cell; which of them matter is said by the doses.
func spike(gated bool) library.Synapse {
	var list []string
	for _, r := range receptors {
		if gated {
			list = append(list, r.Pulse("1*ms"))
		} else {
			list = append(list, r.Open())
		}
	}
	return library.Synapse{OnPre: strings.Join(list, "; ")}
}

// one shows potentials and open probabilities after one spike at 5 ms. The first four cells have one receptor each, of a tenth of the leak; then come AMPA, NMDA and both,
// of half of it.
func one(gated bool, seconds float64) (map[string][][]float64, []float64, error) {
	n, err := neurons.NewNetwork(neurons.NetworkParams{})
	if err != nil {
		return nil, nil, err
	}
	d := doses{{.1, 0, 0, 0}, {0, .1, 0, 0}, {0, 0, .1, 0}, {0, 0, 0, .1}, {.5, 0, 0, 0}, {0, .5, 0, 0}, {.5, .5, 0, 0}}
	eqs, values := d.cell(gated)
	g, err := n.Group(neurons.GroupParams{N: len(d), Equations: eqs, Values: values, Method: "rk4"})
	if err != nil {
		return nil, nil, err
	}
	src, err := clicks(n, []float64{5e-3})
	if err != nil {
		return nil, nil, err
	}
	if _, err := synapses(n, src, g, spike(gated), false); err != nil {
		return nil, nil, err
	}
	return watch(n, g, seconds, "vm", "P_AMPA", "P_NMDA", "P_GABAA", "P_GABAB")
}

func showReceptors(d *drawing) error {
	jump, t, err := one(false, 0.2)
	if err != nil {
		return err
	}
	rise, _, err := one(true, 0.2)
	if err != nil {
		return err
	}
	potential := picture.Traces{Title: "one spike at 5 ms: potential", YLabel: "change (mV)"}
	open := picture.Traces{Title: "open probability, at once", YLabel: "P"}
	gated := picture.Traces{Title: "open probability, opened by a pulse of transmitter of 1 ms", YLabel: "P"}
	for k, r := range receptors {
		by, at := largest(jump["vm"][k])
		printPeak(r.Name, by*1e3, (t[at]-5e-3)*1e3)
		potential.Lines = append(potential.Lines, trace(r.Name, t, jump["vm"][k], 1e3, 65))
		open.Lines = append(open.Lines, trace(r.Name, t, jump["P_"+r.Name][k], 1, 0))
		gated.Lines = append(gated.Lines, trace(r.Name, t, rise["P_"+r.Name][k], 1, 0))
	}
	together := picture.Traces{Title: "AMPA and NMDA, five times as strong", YLabel: "change (mV)"}
	for k, name := range []string{"AMPA", "NMDA", "both"} {
		by, at := largest(jump["vm"][4+k])
		printPeak(name+", five times", by*1e3, (t[at]-5e-3)*1e3)
		together.Lines = append(together.Lines, trace(name, t, jump["vm"][4+k], 1e3, 65))
	}
	return d.draw("receptors.png", "time (ms)", potential, together, open, gated)
}

// firing shows what spikes do to cells that can fire: a series of slow and one of fast AMPA spikes, an NMDA spike at rest and one while a current depolarises the cell, and
// cells that fire steadily and get no spike, a GABA-A spike, and a GABA-B spike, at 200 ms.
func firing() (potentials [][]float64, times []float64, spikes [][]float64, err error) {
	n, err := neurons.NewNetwork(neurons.NetworkParams{})
	if err != nil {
		return nil, nil, nil, err
	}
	d := doses{{.5, 0, 0, 0}, {.5, 0, 0, 0}, {0, 1, 0, 0}, {0, 1, 0, 0}, {}, {0, 0, 2, 0}, {0, 0, 0, .5}}
	eqs, values := d.cell(false)
	values["I"] = []float64{0, 0, 0, 12e-12, 18e-12, 18e-12, 18e-12}
	g, err := n.Group(neurons.GroupParams{N: len(d), Equations: eqs, Values: values, Method: "rk4", Threshold: "vm > -50*mV", Reset: "vm = -65*mV"})
	if err != nil {
		return nil, nil, nil, err
	}
	at := []float64{0.2}
	series := func(interval float64) (list []float64) {
		for k := range 20 {
			list = append(list, 0.1+float64(k)*interval)
		}
		return list
	}
	src, err := clicks(n, series(20e-3), series(4e-3), at, at, nil, at, at)
	if err != nil {
		return nil, nil, nil, err
	}
	if _, err := synapses(n, src, g, spike(false), true); err != nil {
		return nil, nil, nil, err
	}
	s, err := n.SpikeMonitor(g.All(), neurons.SpikeMonitorParams{})
	if err != nil {
		return nil, nil, nil, err
	}
	v, times, err := watch(n, g, 0.8, "vm")
	if err != nil {
		return nil, nil, nil, err
	}
	return v["vm"], times, s.Trains(), nil
}

// silence is the longest time without a spike after 200 ms [s].
func silence(train []float64) (longest float64) {
	for k := 1; k < len(train); k++ {
		if train[k] > 0.2 {
			longest = max(longest, train[k]-train[k-1])
		}
	}
	return longest
}

func showFiring(d *drawing) error {
	v, t, spikes, err := firing()
	if err != nil {
		return err
	}
	fmt.Printf("AMPA, 20 spikes: the cell fires %d times at intervals of 20 ms, %d times at 4 ms\n", len(spikes[0]), len(spikes[1]))
	fmt.Printf("NMDA, one spike: the cell fires %d times at rest, %d times when it is depolarised\n", len(spikes[2]), len(spikes[3]))
	fmt.Printf("silence of a firing cell: %.0f ms, with a GABA-A spike %.0f ms, with a GABA-B spike %.0f ms\n", silence(spikes[4])*1e3, silence(spikes[5])*1e3, silence(spikes[6])*1e3)
	panel := func(title string, cells []int, labels ...string) picture.Traces {
		p := picture.Traces{Title: title, YLabel: "potential (mV)", Y: [2]float64{-68, -40}}
		for k, c := range cells {
			p.Lines = append(p.Lines, trace(labels[k], t, v[c], 1e3, 0))
		}
		return p
	}
	return d.draw("firing.png", "time (ms)",
		panel("AMPA, 20 spikes from 100 ms on", []int{0, 1}, "every 20 ms", "every 4 ms"),
		panel("NMDA, one spike at 200 ms", []int{2, 3}, "at rest", "depolarised"),
		panel("GABA-A, one spike at 200 ms", []int{4, 5}, "without", "with"),
		panel("GABA-B, one spike at 200 ms", []int{4, 6}, "without", "with"))
}
