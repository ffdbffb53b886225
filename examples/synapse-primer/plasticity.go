package main

import (
	"context"
	"fmt"
	"math"
	"slices"

	"hearpipe/neurons"
	"hearpipe/neurons/library"
	"hearpipe/sinks/picture"
	"hearpipe/units"
)

// The two forms of short-term plasticity by the probability of release: its value at rest, its recovery, and what a spike does to it.
var (
	facilitation = library.Release("0.2", "100*ms", "0.3", true, "got_post = P_rel")
	depression   = library.Release("0.8", "200*ms", "0.6", false, "got_post = P_rel")
)

// transmitted is what each spike of some trains transmits, list by list.
func transmitted(s library.Synapse, trains ...[]float64) ([][]float64, error) {
	n, err := neurons.NewNetwork(neurons.NetworkParams{})
	if err != nil {
		return nil, err
	}
	g, err := n.Group(neurons.GroupParams{N: len(trains), Equations: "got : 1"})
	if err != nil {
		return nil, err
	}
	src, err := clicks(n, trains...)
	if err != nil {
		return nil, err
	}
	if _, err := synapses(n, src, g, s, true); err != nil {
		return nil, err
	}
	end := 0.0
	for _, list := range trains {
		end = max(end, slices.Max(list))
	}
	v, _, err := watch(n, g, end+1e-3, "got")
	if err != nil {
		return nil, err
	}
	out := make([][]float64, len(trains))
	for k, list := range trains {
		for _, t := range list {
			out[k] = append(out[k], v["got"][k][int(math.Round(t*1e4))])
		}
	}
	return out, nil
}

// regular is a train of n spikes.
func regular(n int, interval float64) (list []float64) {
	for k := range n {
		list = append(list, float64(k)*interval)
	}
	return list
}

func showRelease(d *drawing) error {
	train := append(regular(10, 50e-3), 1)
	intervals := []float64{5e-3, 10e-3, 20e-3, 30e-3, 50e-3, 70e-3, 0.1, 0.15, 0.2, 0.3, 0.5}
	trains := [][]float64{train}
	var rates []float64
	for _, interval := range intervals {
		trains, rates = append(trains, regular(60, interval)), append(rates, 1/interval)
	}
	steps := picture.Traces{Title: "ten spikes 50 ms apart, and one later", YLabel: "released"}
	filter := picture.Traces{Title: "steady release", YLabel: "released"}
	for _, one := range []struct {
		name string
		s    library.Synapse
	}{{"facilitation", facilitation}, {"depression", depression}} {
		list, err := transmitted(one.s, trains...)
		if err != nil {
			return err
		}
		fmt.Printf("%-13s released by five spikes 50 ms apart: %.3f; steady every 10 ms %.3f, every 200 ms %.3f\n", one.name, list[0][:5], last(list[2]), last(list[9]))
		steps.Lines = append(steps.Lines, dotted(trace(one.name, train, list[0], 1, 0)))
		line := picture.Trace{Label: one.name, X: rates}
		for _, l := range list[1:] {
			line.Y = append(line.Y, last(l))
		}
		filter.Lines = append(filter.Lines, line)
	}
	if err := d.draw("release.png", "time (ms)", steps); err != nil {
		return err
	}
	return d.draw("filter.png", "rate (Hz)", filter)
}

func last(x []float64) float64 { return x[len(x)-1] }

func dotted(t picture.Trace) picture.Trace {
	t.Dots = true
	return t
}

// hebb lets two sources with rates of 5 and 20 Hz meet targets with 0 and 10 Hz for a second and returns the weights.
func hebb() ([]float64, error) {
	n, err := neurons.NewNetwork(neurons.NetworkParams{})
	if err != nil {
		return nil, err
	}
	a, err := n.Group(neurons.GroupParams{N: 2, Equations: "u : Hz", Values: map[string][]float64{"u": {5, 20}}})
	if err != nil {
		return nil, err
	}
	b, err := n.Group(neurons.GroupParams{N: 2, Equations: "v : Hz", Values: map[string][]float64{"v": {0, 10}}})
	if err != nil {
		return nil, err
	}
	s, err := synapses(n, a, b, library.Hebbian("v", "u", "0.001*second", "1"), false)
	if err != nil {
		return nil, err
	}
	if _, err := n.Run(context.Background(), 1); err != nil {
		return nil, err
	}
	return s.Values("w")
}

func showHebb() error {
	w, err := hebb()
	if err == nil {
		fmt.Printf("Hebbian weights after 1 s: %.3f and %.3f from a slow cell, %.3f and %.3f from a fast one\n", w[0], w[1], w[2], w[3])
	}
	return err
}

// rule is the plasticity of Song, Miller and Abbott (2000), relative to the largest weight.
func rule(amplitude float64) library.STDPParams {
	return library.STDPParams{TauPre: "20*ms", TauPost: "20*ms", APre: amplitude, APost: -1.05 * amplitude, WMax: "gmax"}
}

// window is the change of a weight, relative to the largest one, by pairs of spikes: the source fires lags[k] [s] after the target.
func window(lags []float64) ([]float64, error) {
	n, err := neurons.NewNetwork(neurons.NetworkParams{Constants: map[string]units.Quantity{"gmax": {Value: 1}}})
	if err != nil {
		return nil, err
	}
	var source [][]float64
	for _, lag := range lags {
		source = append(source, []float64{0.1 + lag})
	}
	src, err := clicks(n, source...)
	if err != nil {
		return nil, err
	}
	to, err := n.Group(neurons.GroupParams{N: len(lags), Equations: "got : 1", Threshold: "int(t/dt+0.5) == 1000"})
	if err != nil {
		return nil, err
	}
	p := rule(0.005)
	p.Variable, p.Unit = "got", "1"
	model, err := library.ExponentialSTDP(p)
	if err != nil {
		return nil, err
	}
	model.Init = map[string]string{"w": "0.5"}
	s, err := synapses(n, src, to, model, true)
	if err != nil {
		return nil, err
	}
	if _, err := n.Run(context.Background(), 0.3); err != nil {
		return nil, err
	}
	w, err := s.Values("w")
	if err != nil {
		return nil, err
	}
	change := make([]float64, len(w))
	for k := range w {
		change[k] = w[k] - 0.5
	}
	return change, nil
}

func showWindow(d *drawing) error {
	var lags, ms []float64
	for k := -600; k <= 600; k += 10 {
		if k != 0 {
			lags, ms = append(lags, float64(k)*1e-4), append(ms, float64(k)/10)
		}
	}
	change, err := window(lags)
	if err != nil {
		return err
	}
	for k := range change {
		change[k] *= 100
	}
	return d.draw("window.png", "source after target (ms)", picture.Traces{
		Title: "one pair of spikes", YLabel: "change (% of the largest)", Lines: []picture.Trace{{X: ms, Y: change, Dots: true}},
	})
}
