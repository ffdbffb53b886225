// Synapses runs the examples of synapses of the documentation of Brian 1.4, each a function of its own that builds a network
// and says what to look at. It prints numbers, and draws spikes and variables on request. Two more
// use synapses that depress or weaken in other ways.
//
//	go run ./examples/synapses                           # all of them, numbers only
//	go run ./examples/synapses -o pictures licklider     # some, with pictures
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"slices"

	"hearpipe/neurons"
	"hearpipe/neurons/connectivity"
	"hearpipe/sinks/picture"
	"hearpipe/stages"
	"hearpipe/units"
)

// example is a network, ready to run.
type example struct {
	net     *neurons.Network
	seconds []float64 // of its runs
	raster  stages.SpikeStage
	trace   stages.Stage             // up to 16 channels
	result  func() ([]number, error) // after the runs
}

// number is something that the example shows.
type number struct {
	name  string
	value float64
	unit  string
}

// named is an example by its name.
type named struct {
	name  string
	build func(seed uint64) (*example, error)
}

// examples are those of the documentation.
var examples = []named{
	{"licklider", licklider},
	{"probabilistic_synapses", probabilisticSynapses},
	{"cuba", cuba},
	{"delayed_stdp", delayedSTDP},
	{"jeffress", jeffress},
	{"poisson_synapses", poissonSynapses},
	{"gapjunctions", gapJunctions},
	{"probabilistic_synapses2", katz},
	{"multiple_delays", multipleDelays},
	{"one_synapse", oneSynapse},
	{"one_synapse_bis", oneSynapseOfMany},
	{"two_synapses", twoSynapses},
	{"synapse_construction", construction},
	{"noisy_ring", noisyRing},
	{"transient_sync", transientSync},
	{"nonlinear_synapses", nonlinearSynapses},
	{"short_term_plasticity", shortTermByHand},
	{"short_term_plasticity2", shortTermByEvents},
	{"stdp1", stdpByHand},
	{"stdp1_bis", stdpByEvents},
	{"stdp2", stdpMixed},
	{"weightmonitor", weightMonitor},
	{"diesmann", diesmann},
	{"cuba_with_depression", depressedCuba},
}

func main() {
	log.SetFlags(0)
	seed := flag.Uint64("seed", 1, "seed of all random numbers")
	folder := flag.String("o", "", "folder for pictures (default: none are drawn)")
	flag.Parse()
	if err := run(os.Stdout, *seed, *folder, flag.Args()); err != nil {
		log.Fatal(err)
	}
}

func run(w io.Writer, seed uint64, folder string, names []string) error {
	for _, name := range names {
		if !slices.ContainsFunc(examples, func(e named) bool { return e.name == name }) {
			return fmt.Errorf("there is no example %q", name)
		}
	}
	for _, e := range examples {
		if len(names) > 0 && !slices.Contains(names, e.name) {
			continue
		}
		x, err := e.build(seed)
		if err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
		numbers, err := x.run(e.name, folder)
		if err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
		fmt.Fprintln(w, e.name)
		for _, n := range numbers {
			fmt.Fprintf(w, "  %-40s %.6g %s\n", n.name, n.value, n.unit)
		}
	}
	return nil
}

// run runs the network, and draws into a folder if there is one.
func (x *example) run(name, folder string) ([]number, error) {
	for k, seconds := range x.seconds {
		var sinks []stages.Sink
		if folder != "" && k == len(x.seconds)-1 {
			if x.raster != nil {
				s, err := picture.NewRaster(x.raster, picture.RasterParams{Path: filepath.Join(folder, name+".png")})
				if err != nil {
					return nil, err
				}
				sinks = append(sinks, s)
			}
			if x.trace != nil {
				s, err := picture.NewWaveform(x.trace, picture.WaveformParams{Path: filepath.Join(folder, name+"-trace.png")})
				if err != nil {
					return nil, err
				}
				sinks = append(sinks, s)
			}
		}
		if _, err := x.net.Run(context.Background(), seconds, sinks...); err != nil {
			return nil, err
		}
	}
	return x.result()
}

// builder builds a network and keeps the first error, so that a description reads without interruptions.
type builder struct {
	net *neurons.Network
	err error
}

func begin(p neurons.NetworkParams) *builder {
	n, err := neurons.NewNetwork(p)
	return &builder{n, err}
}

// keep keeps an error.
func (b *builder) keep(err error) {
	if b.err == nil {
		b.err = err
	}
}

func (b *builder) group(p neurons.GroupParams) *neurons.Group {
	return made(b, p, func(p neurons.GroupParams) (*neurons.Group, error) { return b.net.Group(p) })
}

func (b *builder) poisson(p neurons.PoissonParams) *neurons.Group {
	return made(b, p, func(p neurons.PoissonParams) (*neurons.Group, error) { return b.net.PoissonGroup(p) })
}

// synapses are synapses of the pairs that c says, with initial values as texts.
func (b *builder) synapses(p neurons.SynapsesParams, c connectivity.Params, values ...string) *neurons.SynapseSet {
	s := made(b, p, func(p neurons.SynapsesParams) (*neurons.SynapseSet, error) { return b.net.Synapses(p) })
	if b.err != nil {
		return s
	}
	b.keep(s.Connect(neurons.ConnectParams{Params: c}))
	for k := 0; k+1 < len(values) && b.err == nil; k += 2 {
		b.keep(s.Set(values[k], values[k+1]))
	}
	return s
}

func (b *builder) spikes(g *neurons.Group) *neurons.SpikeMonitor {
	return made(b, g, func(g *neurons.Group) (*neurons.SpikeMonitor, error) {
		return b.net.SpikeMonitor(g.All(), neurons.SpikeMonitorParams{})
	})
}

func (b *builder) states(g *neurons.Group, names ...string) *neurons.StateMonitor {
	return made(b, g, func(g *neurons.Group) (*neurons.StateMonitor, error) {
		return b.net.StateMonitor(g.All(), names, neurons.StateMonitorParams{})
	})
}

// part is the cells lo:hi.
func (b *builder) part(g *neurons.Group, lo, hi int) neurons.Cells {
	return made(b, g, func(g *neurons.Group) (neurons.Cells, error) { return g.Cells(lo, hi) })
}

// all is the whole group.
func (b *builder) all(g *neurons.Group) neurons.Cells {
	return made(b, g, func(g *neurons.Group) (neurons.Cells, error) { return g.All(), nil })
}

// stream is a variable as a stream, for a picture.
func (b *builder) stream(g *neurons.Group, name string, cells ...int) stages.Stage {
	return made(b, g, func(g *neurons.Group) (stages.Stage, error) {
		s, err := g.Stream(name)
		if err != nil || len(cells) == 0 {
			return s, err
		}
		return stages.NewIndex([]stages.Stage{s}, cells, 0)
	})
}

// made makes an object unless there is an error already.
func made[P, T any](b *builder, p P, f func(P) (T, error)) (x T) {
	if b.err != nil {
		return x
	}
	x, err := f(p)
	b.keep(err)
	return x
}

// finish is the example, or the error that there was.
func (b *builder) finish(x *example) (*example, error) {
	x.net = b.net
	return x, b.err
}

// seriesOf is the values of a variable of a cell.
func seriesOf(m *neurons.StateMonitor, name string, cell int) []float64 {
	x, err := m.Series(name, cell)
	if err != nil { // the example watches it
		panic("synapses: " + err.Error())
	}
	return x
}

// second is a constant in seconds.
func second(x float64) units.Quantity { return units.Quantity{Value: x, Dim: units.DimTime} }
