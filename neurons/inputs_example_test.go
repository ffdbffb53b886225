package neurons_test

import (
	"context"
	"fmt"

	"hearpipe/neurons"
)

// check keeps the examples short; a program returns its errors.
func check(err error) {
	if err != nil {
		panic(err)
	}
}

func some[T any](x T, err error) T {
	check(err)
	return x
}

// Each spike comes in the first step that does not begin before its time; the step is 0.1 ms.
func ExampleNetwork_Generator() {
	n := some(neurons.NewNetwork(neurons.NetworkParams{}))
	g := some(n.Generator(neurons.GeneratorParams{N: 2, Cells: []int32{1, 0}, Times: []float64{0.2e-3, 0.35e-3}, Period: 1e-3}))
	m := some(n.SpikeMonitor(g.All(), neurons.SpikeMonitorParams{}))
	some(n.Run(context.Background(), 2e-3))
	fmt.Println(m.Spikes()) // step and cell
	// Output: [{2 1} {4 0} {12 1} {14 0}]
}

// A rate of one spike per step makes cell 1 fire in each; cell 0 has the rate 0.
func ExampleNetwork_PoissonGroup() {
	n := some(neurons.NewNetwork(neurons.NetworkParams{}))
	g := some(n.PoissonGroup(neurons.PoissonParams{N: 2, Rates: "i*10*kHz"}))
	m := some(n.SpikeMonitor(g.All(), neurons.SpikeMonitorParams{}))
	some(n.Run(context.Background(), 0.3e-3))
	fmt.Println(m.Spikes())
	// Output: [{0 1} {1 1} {2 1}]
}

// Five processes with one event per step add 5*0.2 mV in each of ten steps.
func ExampleNetwork_PoissonInput() {
	n := some(neurons.NewNetwork(neurons.NetworkParams{}))
	g := some(n.Group(neurons.GroupParams{N: 1, Equations: "v : volt"}))
	some(n.PoissonInput(neurons.PoissonInputParams{Target: g.All(), Variable: "v", N: 5, Rate: 10e3, Weight: "0.2*mV"}))
	some(n.Run(context.Background(), 1e-3))
	fmt.Printf("%.3f V\n", some(g.Values("v"))[0])
	// Output: 0.010 V
}

// Without a deviation all cells fire at the mean.
func ExampleNetwork_PulsePacket() {
	n := some(neurons.NewNetwork(neurons.NetworkParams{}))
	p := some(n.PulsePacket(neurons.PulsePacketParams{N: 3, Time: 0.5e-3}))
	m := some(n.SpikeMonitor(p.All(), neurons.SpikeMonitorParams{}))
	some(n.Run(context.Background(), 1e-3))
	check(p.Generate(1.2e-3, 0)) // another packet
	some(n.Run(context.Background(), 1e-3))
	fmt.Println(m.Spikes())
	// Output: [{5 0} {5 1} {5 2} {12 0} {12 1} {12 2}]
}

// 20 cells fire at 50 Hz for 2 s: 2,000 spikes, give or take what their common rate fluctuates.
func ExampleNetwork_CorrelatedTrains() {
	n := some(neurons.NewNetwork(neurons.NetworkParams{Seed: 1}))
	g := some(n.CorrelatedTrains(neurons.CorrelatedParams{N: 20, Rate: 50, Correlation: 0.1, TauC: 10e-3}))
	m := some(n.SpikeMonitor(g.All(), neurons.SpikeMonitorParams{CountOnly: true}))
	some(n.Run(context.Background(), 2))
	fmt.Println(m.Total() > 1700 && m.Total() < 2300)
	// Output: true
}

// Both trains copy all spikes of one source, so that they are the same.
func ExampleMixtureProcess() {
	cells, times, err := neurons.MixtureProcess(neurons.MixtureParams{Rates: []float64{100}, Mixture: [][]float64{{1}, {1}}, Seconds: 1})
	check(err)
	same := len(cells) > 50
	for k := 0; k < len(cells); k += 2 {
		same = same && cells[k] == 0 && cells[k+1] == 1 && times[k] == times[k+1]
	}
	fmt.Println(same)
	// Output: true
}

// y gets the value that x had at the end of the step before.
func ExampleNetwork_Link() {
	n := some(neurons.NewNetwork(neurons.NetworkParams{}))
	a := some(n.Group(neurons.GroupParams{N: 1, Equations: "dx/dt = 10*kHz : 1"}))
	b := some(n.Group(neurons.GroupParams{N: 1, Equations: "y : 1 (linked)"}))
	check(n.Link(neurons.LinkParams{Target: b.All(), Variable: "y", Source: a.All(), From: "x"}))
	some(n.Run(context.Background(), 0.3e-3))
	fmt.Printf("x = %.0f, y = %.0f\n", some(a.Values("x"))[0], some(b.Values("y"))[0])
	// Output: x = 3, y = 2
}

// Statements run in each step, or at an interval of their own.
func ExampleGroup_RunRegularly() {
	n := some(neurons.NewNetwork(neurons.NetworkParams{}))
	g := some(n.Group(neurons.GroupParams{N: 3, Equations: "a : 1\nb : 1"}))
	check(g.RunRegularly("a += i", neurons.When{}))
	check(g.RunRegularly("b += 1", neurons.When{Every: 1e-3}))
	some(n.Run(context.Background(), 2e-3))
	fmt.Println(some(g.Values("a")), some(g.Values("b")))
	// Output: [0 20 40] [2 2 2]
}

// A monitor keeps the ends of the steps, here of each fifth.
func ExampleNetwork_StateMonitor() {
	n := some(neurons.NewNetwork(neurons.NetworkParams{}))
	g := some(n.Group(neurons.GroupParams{N: 1, Equations: "dv/dt = 1*kHz : 1"}))
	m := some(n.StateMonitor(g.All(), []string{"v"}, neurons.StateMonitorParams{When: neurons.When{Every: 0.5e-3}}))
	some(n.Run(context.Background(), 1.5e-3))
	fmt.Printf("%.1f\n", some(m.Series("v", 0)))
	// Output: [0.1 0.6 1.1]
}

// What is restored goes on as before.
func ExampleNetwork_Store() {
	n := some(neurons.NewNetwork(neurons.NetworkParams{}))
	g := some(n.Group(neurons.GroupParams{N: 1, Equations: "dv/dt = 1*kHz : 1"}))
	some(n.Run(context.Background(), 1e-3))
	state := some(n.Store())
	some(n.Run(context.Background(), 5e-3))
	fmt.Printf("%.0f at %.0f ms\n", some(g.Values("v"))[0], n.Time()*1e3)
	check(n.Restore(state))
	fmt.Printf("%.0f at %.0f ms\n", some(g.Values("v"))[0], n.Time()*1e3)
	// Output:
	// 6 at 6 ms
	// 1 at 1 ms
}
