// Synapse-primer goes through the ways in which synapses act and change, with the constants of a widely read primer: receptors of glutamate (AMPA, NMDA) and of
// GABA (A and B), the release of transmitter that depends on recent spikes, and learning by rates and by the times of spikes. It writes what one would see when
// playing with them:
//
//   - receptors.png: the potential of a cell after one spike at each receptor, the open probability, and the same with pulses of transmitter that rise;
//   - firing.png: AMPA spikes that make a cell fire when they come fast; one NMDA spike that does so when the cell is depolarised already; GABA-A and
//     GABA-B spikes that keep a cell from firing, for a short and for a long time;
//   - release.png and filter.png: synapses that facilitate and that tire, spike by spike, and as filters of the rate;
//   - window.png, weights.png, histogram.png: what a pair of spikes changes, and 1,000 plastic synapses that compete for one cell (Song, Miller and Abbott 2000).
//
// Usage:
//
//	go run ./examples/synapse-primer       # 400 s of competition, ten seconds of work
//	go run ./examples/synapse-primer 100   # 100 s
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strconv"

	"hearpipe/neurons"
	"hearpipe/neurons/library"
	"hearpipe/sinks/picture"
)

func main() {
	log.SetFlags(0)
	seconds := 400.0
	if len(os.Args) > 1 {
		var err error
		if seconds, err = strconv.ParseFloat(os.Args[1], 64); err != nil {
			log.Fatal("seconds of competition: ", err)
		}
	}
	if err := run(".", seconds); err != nil {
		log.Fatal(err)
	}
}

// run writes pictures to a folder.
func run(folder string, seconds float64) error {
	d := drawing{folder: folder}
	if err := showReceptors(&d); err != nil {
		return err
	}
	if err := showFiring(&d); err != nil {
		return err
	}
	if err := showRelease(&d); err != nil {
		return err
	}
	if err := showHebb(); err != nil {
		return err
	}
	if err := showWindow(&d); err != nil {
		return err
	}
	return showCompetition(&d, seconds)
}

// drawing writes pictures to a folder.
type drawing struct{ folder string }

func (d *drawing) draw(name, x string, panels ...picture.Traces) error {
	return picture.DrawTraces(picture.TracesParams{
		Path: filepath.Join(d.folder, name), XLabel: x, Panels: panels, Size: picture.Size{Width: 1000, Height: 260 + 200*(len(panels)-1)},
	})
}

// trace is some values over times [s] that are drawn in ms, times a factor plus an offset.
func trace(label string, times, values []float64, by, offset float64) picture.Trace {
	t := picture.Trace{Label: label}
	for k, x := range values {
		t.X, t.Y = append(t.X, times[k]*1e3), append(t.Y, x*by+offset)
	}
	return t
}

// clicks makes a source whose cell k fires at the times of list k [s].
func clicks(n *neurons.Network, lists ...[]float64) (*neurons.Group, error) {
	p := neurons.GeneratorParams{N: len(lists)}
	for k, list := range lists {
		for _, t := range list {
			p.Cells, p.Times = append(p.Cells, int32(k)), append(p.Times, t)
		}
	}
	return n.Generator(p)
}

// synapses connects cell k of a source with cell k of a target by a model, or all with all.
func synapses(n *neurons.Network, from, to *neurons.Group, s library.Synapse, oneToOne bool) (*neurons.SynapseSet, error) {
	set, err := n.Synapses(neurons.SynapsesParams{Source: from.All(), Target: to.All(), Model: s.Model, OnPre: s.OnPre, OnPost: s.OnPost})
	if err != nil {
		return nil, err
	}
	p := neurons.ConnectParams{}
	p.OneToOne = oneToOne
	if err := set.Connect(p); err != nil {
		return nil, err
	}
	for name, text := range s.Init {
		if err := set.Set(name, text); err != nil {
			return nil, err
		}
	}
	return set, nil
}

// watch runs a network and returns the values of variables: by variable, cell, sample; and the times [s].
func watch(n *neurons.Network, g *neurons.Group, seconds float64, names ...string) (values map[string][][]float64, times []float64, err error) {
	m, err := n.StateMonitor(g.All(), names, neurons.StateMonitorParams{})
	if err != nil {
		return nil, nil, err
	}
	if _, err := n.Run(context.Background(), seconds); err != nil {
		return nil, nil, err
	}
	values = map[string][][]float64{}
	for _, name := range names {
		for c := range g.All().N() {
			x, err := m.Series(name, c)
			if err != nil {
				return nil, nil, err
			}
			values[name] = append(values[name], x)
		}
	}
	return values, m.Times(), nil
}

// largest is the value farthest from the first one, less the first one, and its index.
func largest(x []float64) (by float64, at int) {
	for k, v := range x {
		if d := v - x[0]; d*d > by*by {
			by, at = d, k
		}
	}
	return by, at
}

func printPeak(what string, mV, ms float64) {
	fmt.Printf("%-22s %+.3f mV after %.1f ms\n", what, mV, ms)
}
