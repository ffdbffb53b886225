// Convolution-synapse shows how spike trains act on cells through an exponential kernel, and how the currents of several kinds of synapses are told apart.
//
// A train that is convolved with exp(-t/tau) is the solution of dI/dt = -I/tau with a jump at each spike, so no convolution is computed anywhere:
//
//   - response: a cell whose own spikes leave a kernel behind (the spike-response model);
//   - summed: kernels kept by each synapse and summed into its target;
//   - kernel: the same current kept by the target, three cells that excite each other;
//   - layer: excitatory and inhibitory cells in one group, with currents that last a step (fast) and currents with a kernel (slow), each in a variable of
//     its own. A fast input is a jump of the potential: it has no duration, so it is collected in a variable that is cleared before synapses act and added to
//     the potential after them. Recordings at the end of a step see it.
//
// Three pictures are written, and some numbers printed:
//
//	go run ./examples/convolution-synapse
package main

import (
	"context"
	"fmt"
	"log"
	"path/filepath"

	"hearpipe/neurons"
	"hearpipe/sinks/picture"
)

func main() {
	log.SetFlags(0)
	if err := run("."); err != nil {
		log.Fatal(err)
	}
}

// run writes pictures to a folder.
func run(folder string) error {
	cell, err := response(0.3)
	if err != nil {
		return err
	}
	fmt.Printf("response: %d spikes in 300 ms, the first after %.1f ms\n", len(cell.spikes), cell.spikes[0].ms)
	target, err := summed()
	if err != nil {
		return err
	}
	fmt.Printf("summed: the current is %.3f mV at first and %.3f mV after the spikes, the potential reaches %.3f mV\n", target.of["I"][0][0]*1e3, target.of["I"][0][10]*1e3, target.last("v", 0)*1e3)
	three, err := kernel()
	if err != nil {
		return err
	}
	fmt.Printf("kernel: potentials after 100 ms: %.3f, %.3f, %.3f mV\n", three.last("v", 0)*1e3, three.last("v", 1)*1e3, three.last("v", 2)*1e3)
	net, err := layer(0.3)
	if err != nil {
		return err
	}
	e, i := 0, 0
	for _, s := range net.spikes {
		if s.cell < excitatory {
			e++
		} else {
			i++
		}
	}
	fmt.Printf("layer: %d spikes of excitatory and %d of inhibitory cells in 300 ms\n", e, i)
	for name, panels := range map[string][]picture.Traces{
		"response.png": {
			{Title: "a cell that carries a kernel of its own spikes", YLabel: "potential", Lines: []picture.Trace{
				cell.line("v_final", 0, 1, "v + kernel"), cell.line("v", 0, 1, "v"), cell.line("v_ap", 0, 1, "kernel"),
			}},
		},
		"kernel.png": {
			{Title: "three cells that excite each other, fired by hand at 20, 40 and 60 ms", YLabel: "potential (mV)", Y: [2]float64{0, 50}, Lines: three.lines("v", 3)},
			{YLabel: "current (mV)", Lines: three.lines("I", 3)},
		},
		"layer.png": net.panels(),
	} {
		if err := picture.DrawTraces(picture.TracesParams{
			Path: filepath.Join(folder, "convolution-"+name), Panels: panels, XLabel: "time (ms)", Size: picture.Size{Width: 1000, Height: 260 + 180*(len(panels)-1)},
		}); err != nil {
			return err
		}
	}
	return nil
}

// firing is a spike.
type firing struct {
	cell int
	ms   float64
}

// record is what a simulation has shown.
type record struct {
	ms     []float64
	of     map[string][][]float64 // by variable, cell and sample
	spikes []firing
}

func (r *record) last(name string, cell int) float64 {
	x := r.of[name][cell]
	return x[len(x)-1]
}

func (r *record) line(name string, cell int, scale float64, label string) picture.Trace {
	y := make([]float64, len(r.ms))
	for k, x := range r.of[name][cell] {
		y[k] = x * scale
	}
	return picture.Trace{Label: label, X: r.ms, Y: y}
}

// lines are those of a variable in mV, of the first cells.
func (r *record) lines(name string, cells int) (list []picture.Trace) {
	for c := range cells {
		list = append(list, r.line(name, c, 1e3, fmt.Sprintf("cell %d", c)))
	}
	return list
}

// recording is a network while it runs.
type recording struct {
	net    *neurons.Network
	cells  *neurons.Group
	names  []string
	states *neurons.StateMonitor
	spikes *neurons.SpikeMonitor // nil for cells that do not fire
}

// begin makes cells and watches them.
func begin(p neurons.GroupParams, seed uint64, names ...string) (*recording, error) {
	net, err := neurons.NewNetwork(neurons.NetworkParams{Seed: seed})
	if err != nil {
		return nil, err
	}
	r := &recording{net: net, names: names}
	if r.cells, err = net.Group(p); err != nil {
		return nil, err
	}
	if r.states, err = net.StateMonitor(r.cells.All(), names, neurons.StateMonitorParams{}); err != nil {
		return nil, err
	}
	if p.Threshold != "" {
		r.spikes, err = net.SpikeMonitor(r.cells.All(), neurons.SpikeMonitorParams{})
	}
	return r, err
}

// connect makes synapses with a weight.
func (r *recording) connect(from, to neurons.Cells, p neurons.SynapsesParams, weight string) error {
	p.Source, p.Target = from, to
	s, err := r.net.Synapses(p)
	if err != nil {
		return err
	}
	if err := s.Connect(neurons.ConnectParams{}); err != nil {
		return err
	}
	return s.Set("w", weight)
}

func (r *recording) run(seconds float64) error {
	_, err := r.net.Run(context.Background(), seconds)
	return err
}

// end collects what was watched.
func (r *recording) end() (*record, error) {
	out := &record{of: map[string][][]float64{}}
	for _, t := range r.states.Times() {
		out.ms = append(out.ms, t*1e3)
	}
	for _, name := range r.names {
		for c := range r.cells.All().N() {
			x, err := r.states.Series(name, c)
			if err != nil {
				return nil, err
			}
			out.of[name] = append(out.of[name], x)
		}
	}
	if r.spikes != nil {
		for _, s := range r.spikes.Spikes() {
			out.spikes = append(out.spikes, firing{int(s.Cell), float64(s.At) * r.spikes.DT() * 1e3})
		}
	}
	return out, nil
}
