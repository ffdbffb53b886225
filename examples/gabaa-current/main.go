// Gabaa-current draws the current through GABA-A receptors after one spike, for a membrane that is held at -65 mV: as a conductance that jumps and decays, and as
// one that rises and then decays with a fast and a slow part,
//
//	g(t) = 40 nS · (1 - exp(-t/1 ms)) · (a·exp(-t/6 ms) + (1 - a)·exp(-t/100 ms)), I = g·(E - V).
//
// The product of exponentials is a sum of four, each of which is a linear equation that a spike increases by 1. The currents of several spikes add, therefore. The
// picture shows both models around the spike, then the whole decay on the axes of the usual figure of this current, with a reversal potential of -75 mV and of -70 mV,
// and with a slow part.
//
//	go run ./examples/gabaa-current
package main

import (
	"context"
	"fmt"
	"log"
	"math"
	"path/filepath"

	"hearpipe/neurons"
	"hearpipe/neurons/library"
	"hearpipe/sinks/picture"
)

const (
	spike = 10e-3  // [s]
	dt    = 0.1e-3 // [s]
)

func main() {
	log.SetFlags(0)
	if err := run("."); err != nil {
		log.Fatal(err)
	}
}

// variant is a pair of a share of fast decay and a reversal potential.
type variant struct {
	a, reversal float64 // [1], [V]
	label       string
}

var variants = []variant{
	{1, -75e-3, "a = 1, E = -75 mV"},
	{1, -70e-3, "a = 1, E = -70 mV"},
	{0.9, -75e-3, "a = 0.9, E = -75 mV"},
}

// course is what one cell of the simulation shows.
type course struct {
	conductance []float64 // of the model with rise and decay [S]
	current     []float64 // inwards [A]
	decayOnly   []float64 // the current of the model that jumps [A]
}

// simulate returns times [s] and the course of each variant. spikes are times [s].
func simulate(seconds float64, spikes ...float64) (times []float64, list []course, err error) {
	net, err := neurons.NewNetwork(neurons.NetworkParams{DT: dt})
	if err != nil {
		return nil, nil, err
	}
	rising := library.RisingGABAA(library.RisingGABAAParams{G: "40*nS", Fraction: "a", Reversal: "E"})
	decaying := library.Conductance(library.ExponentialCurrent("g_decay", "5*ms", "siemens"), "E")
	values := map[string][]float64{}
	for _, v := range variants {
		values["a"] = append(values["a"], v.a)
		values["E"] = append(values["E"], v.reversal)
		values["vm"] = append(values["vm"], -65e-3)
	}
	cells, err := net.Group(neurons.GroupParams{
		N: len(variants), Equations: rising.Equations + "\n" + decaying.Equations + "\nvm : volt\na : 1\nE : volt", Values: values,
	})
	if err != nil {
		return nil, nil, err
	}
	source, err := net.Generator(neurons.GeneratorParams{N: 1, Cells: make([]int32, len(spikes)), Times: spikes})
	if err != nil {
		return nil, nil, err
	}
	synapses, err := net.Synapses(neurons.SynapsesParams{Source: source.All(), Target: cells.All(), OnPre: library.OpenGABAA + "; g_decay += 40*nS"})
	if err != nil {
		return nil, nil, err
	}
	if err := synapses.Connect(neurons.ConnectParams{}); err != nil {
		return nil, nil, err
	}
	names := []string{"g_GABAA", rising.Name, decaying.Name}
	m, err := net.StateMonitor(cells.All(), names, neurons.StateMonitorParams{})
	if err != nil {
		return nil, nil, err
	}
	if _, err := net.Run(context.Background(), seconds); err != nil {
		return nil, nil, err
	}
	for k := range variants {
		var c course
		for n, to := range []*[]float64{&c.conductance, &c.current, &c.decayOnly} {
			if *to, err = m.Series(names[n], k); err != nil {
				return nil, nil, err
			}
		}
		list = append(list, c)
	}
	return m.Times(), list, nil
}

// scaled is a list times a factor, plus an offset.
func scaled(x []float64, by, offset float64) []float64 {
	y := make([]float64, len(x))
	for k := range x {
		y[k] = x[k]*by + offset
	}
	return y
}

// measure is the largest conductance [S], its time after the spike and that of the half of it [s], and the area [S·s].
func measure(g []float64) (top, at, half, area float64) {
	for k, x := range g {
		if x > top {
			top, at = x, float64(k)*dt-spike
		}
		area += x * dt
	}
	for k, x := range g {
		if after := float64(k)*dt - spike; after > at && x >= top/2 {
			half = after
		}
	}
	return top, at, half, area
}

// run writes two pictures to a folder.
func run(folder string) error {
	times, list, err := simulate(0.51, spike)
	if err != nil {
		return err
	}
	x := scaled(times, 1e3, -spike*1e3)
	both := picture.Traces{Title: "one spike at 0 ms, a = 1, E = -70 mV", YLabel: "current (pA)", Lines: []picture.Trace{
		{Label: "decay only, 5 ms", X: x, Y: scaled(list[1].decayOnly, 1e12, 0)},
		{Label: "rise 1 ms and decay 6 ms", X: x, Y: scaled(list[1].current, 1e12, 0)},
	}}
	if err := picture.DrawTraces(picture.TracesParams{
		Path: filepath.Join(folder, "gabaa-onset.png"), Panels: []picture.Traces{both}, X: [2]float64{-10, 20}, XLabel: "time (ms)", Size: picture.Size{Width: 900, Height: 480},
	}); err != nil {
		return err
	}
	whole := picture.Traces{Title: "GABA-A current after one spike", YLabel: "current (pA)", Y: [2]float64{-300, 400}}
	for k, v := range variants {
		whole.Lines = append(whole.Lines, picture.Trace{Label: v.label, X: x, Y: scaled(list[k].current, 1e12, 0)})
		top, at, half, area := measure(list[k].conductance)
		fmt.Printf("%-20s  largest %.2f nS and %.1f pA after %.1f ms, half of it until %.1f ms, area %.1f nS·ms\n",
			v.label, top*1e9, top*math.Abs(v.reversal+65e-3)*1e12, at*1e3, half*1e3, area*1e12)
	}
	return picture.DrawTraces(picture.TracesParams{
		Path: filepath.Join(folder, "gabaa-current.png"), Panels: []picture.Traces{whole}, X: [2]float64{-10, 500}, XLabel: "time (ms)", Size: picture.Size{Width: 900, Height: 600},
	})
}
