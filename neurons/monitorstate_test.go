package neurons_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"hearpipe/neurons"
)

// TestMonitorsGoOnWhereANetworkIsRestored compares what monitors gather from 10.3 ms on: going on, in a network that has
// gone astray before it is restored, and in a fresh one.
func TestMonitorsGoOnWhereANetworkIsRestored(t *testing.T) {
	targets := []float64{2e-3, 9e-3, 10.5e-3, 11e-3, 14e-3, 14.5e-3, 20e-3}
	type watchedNetwork struct {
		*neurons.Network
		events func() string // since the last call
		counts func() []float64
	}
	build := func() watchedNetwork {
		n := network(t, neurons.NetworkParams{Seed: 4})
		g, err := n.PoissonGroup(neurons.PoissonParams{N: 6, Rates: "400*Hz"})
		must(t, err)
		late := watched(t, g, neurons.SpikeMonitorParams{Delay: 2e-3})
		states := statesOf(t, g, neurons.StateMonitorParams{When: neurons.When{Every: 7e-4}}, "lastspike")
		intervals, err := n.IntervalMonitor(g.All(), neurons.IntervalMonitorParams{Edges: []float64{0, 1e-3, 2e-3, 5e-3, 1e-2}})
		must(t, err)
		distances, err := n.VanRossumMonitor(g.All(), neurons.VanRossumMonitorParams{})
		must(t, err)
		var coincidences []*neurons.CoincidenceMonitor
		for _, inclusive := range []bool{false, true} {
			m, err := n.CoincidenceMonitor(g.All(), neurons.CoincidenceMonitorParams{Targets: [][]float64{targets}, Window: 1e-3, Inclusive: inclusive})
			must(t, err)
			coincidences = append(coincidences, m)
		}
		spikes, samples := 0, 0
		return watchedNetwork{n, func() string {
			said := fmt.Sprint(late.Spikes()[spikes:], states.Times()[samples:], series(t, states, "lastspike", 2)[samples:])
			spikes, samples = len(late.Spikes()), len(states.Times())
			return said
		}, func() (all []float64) {
			for _, list := range [][]int{intervals.Counts(), coincidences[0].Coincidences(), coincidences[1].Coincidences()} {
				for _, k := range list {
					all = append(all, float64(k))
				}
			}
			return append(all, slices.Concat(distances.Distances()...)...)
		}}
	}
	whole := build()
	run(t, whole.Network, 10.3e-3)
	state, err := whole.Store()
	must(t, err)
	whole.events()
	before := slices.Clone(whole.counts())
	run(t, whole.Network, 15e-3)
	events, counts := whole.events(), whole.counts()
	for k := range counts {
		counts[k] -= before[k]
	}

	astray := build()
	run(t, astray.Network, 17.1e-3)
	must(t, astray.Restore(state))
	astray.events()
	before = slices.Clone(astray.counts())
	run(t, astray.Network, 15e-3)
	fresh := build()
	must(t, fresh.Restore(state))
	run(t, fresh.Network, 15e-3)
	for name, n := range map[string]watchedNetwork{"astray": astray, "fresh": fresh} {
		if got := n.events(); got != events {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, events)
		}
		got := n.counts()
		for k := range got {
			if name == "astray" {
				got[k] -= before[k]
			}
			if math.Abs(got[k]-counts[k]) > 1e-9 {
				t.Errorf("%s: count %d is %g, want %g", name, k, got[k], counts[k])
			}
		}
	}
}

func TestBinsBeginWhereANetworkIsRestored(t *testing.T) {
	n := network(t, neurons.NetworkParams{})
	g := member(t, n, neurons.GroupParams{N: 2, Equations: "v : 1", Threshold: "v < 1"})
	m, err := n.RateMonitor(g.All(), neurons.RateMonitorParams{Bin: 1e-3})
	must(t, err)
	run(t, n, 14e-4)
	state, err := n.Store()
	must(t, err)
	run(t, n, 1e-3)
	must(t, n.Restore(state))
	run(t, n, 13e-4)
	wantValues(t, "starts", m.Times(), 0, 1e-3, 2e-3, 14e-4, 24e-4)
	wantValues(t, "rates", m.Rates(), 1e4, 1e4, 1e4, 1e4, 1e4)
}

func TestAHistogramKeepsItsPeriodWhereANetworkIsRestored(t *testing.T) {
	build := func() (*neurons.Network, *neurons.HistogramMonitor) {
		n, g := inNetwork(t, neurons.GroupParams{N: 1, Equations: "x = t/ms : 1"})
		m, err := n.HistogramMonitor(g.All(), "x", neurons.HistogramMonitorParams{Max: 10, Bins: 100, Period: 5e-4})
		must(t, err)
		return n, m
	}
	n, _ := build()
	run(t, n, 12e-4)
	state, err := n.Store()
	must(t, err)
	fresh, m := build()
	must(t, fresh.Restore(state))
	run(t, fresh, 1e-3)
	wantValues(t, "mean", m.Means(), 1.75) // of 1.5 and 2 ms
}
