package main

import (
	"context"
	"fmt"

	"hearpipe/neurons"
	"hearpipe/neurons/library"
	"hearpipe/sinks/picture"
	"hearpipe/units"
)

// competition has 1,000 excitatory inputs with plastic synapses and 200 inhibitory ones act on one cell, all of them Poisson trains. It returns the weights at the end
// relative to the largest, those of 40 inputs every second, and the rate of the cell in the first and the last tenth [Hz].
func competition(seconds float64, seed uint64) (weights []float64, some [][]float64, rates [2]float64, err error) {
	fail := func(err error) ([]float64, [][]float64, [2]float64, error) { return nil, nil, rates, err }
	n, err := neurons.NewNetwork(neurons.NetworkParams{Seed: seed, Constants: map[string]units.Quantity{"gmax": {Value: .015}}})
	if err != nil {
		return fail(err)
	}
	cell, err := n.Group(neurons.GroupParams{
		N: 1, Method: "euler", Threshold: "v > -54*mV", Reset: "v = -60*mV",
		Equations: "dv/dt = (-70*mV-v+ge*(0*mV-v)+gi*(-70*mV-v))/(20*ms) : volt\ndge/dt = -ge/(5*ms) : 1\ndgi/dt = -gi/(5*ms) : 1",
		Init:      map[string]string{"v": "-70*mV"},
	})
	if err != nil {
		return fail(err)
	}
	excitatory, err := n.PoissonGroup(neurons.PoissonParams{N: 1000, Rates: "20*Hz"})
	if err != nil {
		return fail(err)
	}
	inhibitory, err := n.PoissonGroup(neurons.PoissonParams{N: 200, Rates: "10*Hz"})
	if err != nil {
		return fail(err)
	}
	if _, err := synapses(n, inhibitory, cell, library.Synapse{OnPre: "gi_post += 0.05"}, false); err != nil {
		return fail(err)
	}
	plastic, err := n.Connection(neurons.ConnectionParams{Source: excitatory.All(), Target: cell.All(), State: "ge"})
	if err != nil {
		return fail(err)
	}
	if err := plastic.Connect(neurons.PairsParams{Weight: neurons.Law{Text: "rand()*gmax"}}); err != nil {
		return fail(err)
	}
	r, err := library.ExponentialRule(rule(0.01))
	if err != nil {
		return fail(err)
	}
	if _, err := n.STDP(neurons.STDPParams{Connection: plastic, Equations: r.Equations, Pre: r.Pre, Post: r.Post, WMin: r.WMin, WMax: r.WMax}); err != nil {
		return fail(err)
	}
	spikes, err := n.SpikeMonitor(cell.All(), neurons.SpikeMonitorParams{})
	if err != nil {
		return fail(err)
	}
	w := plastic.Weights()
	some = make([][]float64, 40)
	if err := n.Operation(neurons.When{Every: 1}, func(neurons.Now) error {
		for k := range some {
			some[k] = append(some[k], w[25*k]/.015)
		}
		return nil
	}); err != nil {
		return fail(err)
	}
	if _, err := n.Run(context.Background(), seconds); err != nil {
		return fail(err)
	}
	for _, t := range spikes.Trains()[0] {
		if t < seconds/10 {
			rates[0] += 10 / seconds
		}
		if t >= seconds*.9 {
			rates[1] += 10 / seconds
		}
	}
	for _, x := range w {
		weights = append(weights, x/.015)
	}
	return weights, some, rates, nil
}

func showCompetition(d *drawing, seconds float64) error {
	weights, some, rates, err := competition(seconds, 1)
	if err != nil {
		return err
	}
	weak, strong := 0, 0
	const bins = 20
	var counts [bins]float64
	for _, w := range weights {
		if w < .1 {
			weak++
		}
		if w > .9 {
			strong++
		}
		counts[min(bins-1, int(w*bins))]++
	}
	fmt.Printf("competition for %g s: %d of 1000 synapses below a tenth, %d above nine tenths of the largest weight; rate %.1f Hz at first, %.1f Hz at last\n",
		seconds, weak, strong, rates[0], rates[1])
	over := picture.Traces{Title: "40 of the weights over time", YLabel: "w / gmax", Y: [2]float64{-.05, 1.05}}
	all := picture.Trace{Dots: true}
	for _, list := range some {
		for s, w := range list {
			all.X, all.Y = append(all.X, float64(s)), append(all.Y, w)
		}
	}
	over.Lines = []picture.Trace{all}
	if err := d.draw("weights.png", "time (s)", over); err != nil {
		return err
	}
	steps := picture.Trace{}
	for k, c := range counts {
		steps.X = append(steps.X, float64(k)/bins, float64(k)/bins, float64(k+1)/bins, float64(k+1)/bins)
		steps.Y = append(steps.Y, 0, c, c, 0)
	}
	return d.draw("histogram.png", "w / gmax", picture.Traces{Title: fmt.Sprintf("weights after %g s", seconds), YLabel: "synapses", Lines: []picture.Trace{steps}})
}
