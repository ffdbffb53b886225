package neurons_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"hearpipe/neurons"
	"hearpipe/neurons/connectivity"
	"hearpipe/units"
)

// realTime runs a network for a time and reports seconds of computing per second of the network.
func realTime(b *testing.B, n *neurons.Network, seconds float64) {
	b.Helper()
	ctx := context.Background()
	if _, err := n.Run(ctx, 0.05); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	begun := processorTime()
	b.ResetTimer()
	for range b.N {
		if _, err := n.Run(ctx, seconds); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)/seconds, "s/s")
	spent(b, begun, 1/(float64(b.N)*seconds), "s/s")
}

// BenchmarkCUBA is the network of leaky cells with exponential currents; p keeps 80 synapses per cell.
func BenchmarkCUBA(b *testing.B) {
	for _, c := range []struct {
		cells int
		p     float64
	}{{4000, 0.02}, {40000, 0.002}} {
		b.Run(fmt.Sprint(c.cells), func(b *testing.B) {
			n, _ := cuba(b, c.cells, c.p, 1, "5*ms")
			realTime(b, n, 0.2)
		})
	}
}

// plastic is 1,000 Poisson sources of 15 Hz on one cell, with plasticity (Song, Miller and Abbott 2000).
func plastic(tb testing.TB) (*neurons.Network, *neurons.Group, *neurons.SynapseSet) {
	tb.Helper()
	fatal := func(err error) {
		if err != nil {
			tb.Fatal(err)
		}
	}
	n, err := neurons.NewNetwork(neurons.NetworkParams{Seed: 1, Constants: map[string]units.Quantity{"gmax": {Value: .01}}})
	fatal(err)
	in, err := n.PoissonGroup(neurons.PoissonParams{N: 1000, Rates: "15*Hz"})
	fatal(err)
	c, err := n.Group(neurons.GroupParams{
		N: 1, Equations: "dv/dt = (ge*(0*mV-v) + (-74*mV-v))/(10*ms) : volt\ndge/dt = -ge/(5*ms) : 1", Threshold: "v > -54*mV", Reset: "v = -60*mV",
		Init: map[string]string{"v": "-74*mV"}, Method: "euler",
	})
	fatal(err)
	s, err := n.Synapses(neurons.SynapsesParams{
		Source: in.All(), Target: c.All(),
		Model:  "w : 1\ndApre/dt = -Apre/(20*ms) : 1 (event-driven)\ndApost/dt = -Apost/(20*ms) : 1 (event-driven)",
		OnPre:  "ge += w; Apre += .01*gmax; w = clip(w+Apost, 0, gmax)",
		OnPost: "Apost += -.0105*gmax; w = clip(w+Apre, 0, gmax)",
	})
	fatal(err)
	fatal(s.Connect(neurons.ConnectParams{}))
	fatal(s.Set("w", "rand()*gmax"))
	return n, c, s
}

func BenchmarkPlasticity(b *testing.B) {
	n, _, _ := plastic(b)
	realTime(b, n, 1)
}

// BenchmarkPropagation is the time per synapse of events alone.
func BenchmarkPropagation(b *testing.B) {
	for _, c := range []struct{ name, code, delay string }{
		{"constant", "v += 1", "0*ms"},
		{"weight", "v += w", "0*ms"},
		{"delays", "v += w", "rand()*5*ms"},
		{"product", "v += w*x", "0*ms"},
		{"conductance", "v += w*(1-v)", "0*ms"},
		{"release", "v += w*(rand() < 0.5)", "0*ms"},
	} {
		b.Run(c.name, func(b *testing.B) {
			n, err := neurons.NewNetwork(neurons.NetworkParams{Seed: 1})
			if err != nil {
				b.Fatal(err)
			}
			g, err := n.Group(neurons.GroupParams{N: 1000, Equations: "v : 1", Threshold: "(i + int(t/(0.1*ms))) % 100 == 0"})
			if err != nil {
				b.Fatal(err)
			}
			s, err := n.Synapses(neurons.SynapsesParams{Source: g.All(), Model: "w : 1\nx : 1", OnPre: c.code})
			if err != nil {
				b.Fatal(err)
			}
			if err := s.Connect(neurons.ConnectParams{}); err != nil {
				b.Fatal(err)
			}
			for name, text := range map[string]string{"w": "rand()*1e-3", "delay": c.delay} {
				if err := s.Set(name, text); err != nil {
					b.Fatal(err)
				}
			}
			ctx := context.Background()
			if _, err := n.Run(ctx, 0.02); err != nil {
				b.Fatal(err)
			}
			b.ResetTimer()
			for range b.N {
				if _, err := n.Run(ctx, 0.01); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1e6, "ns/event") // a million events per 100 steps
		})
	}
}

// BenchmarkConnect is the time to make synapses.
func BenchmarkConnect(b *testing.B) {
	for range b.N {
		start := time.Now()
		pairs, err := connectivity.Make(connectivity.Space{Pre: connectivity.Side{N: 100000}, Post: connectivity.Side{N: 100000}}, connectivity.Params{P: "0.0001"})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(time.Since(start).Nanoseconds())/float64(pairs.Len()), "ns/synapse")
	}
}

// Ten million synapses are to fit in well under a gigabyte. A million with a weight and a delay each, in use, may take 60
// bytes each, and on the way no more than 120.
func TestSynapsesTakeLittleMemory(t *testing.T) {
	n := network(t, neurons.NetworkParams{Seed: 1})
	g := member(t, n, neurons.GroupParams{N: 10000, Equations: "v : 1", Threshold: "rand() < 0.0005"})
	s := synapses(t, n, neurons.SynapsesParams{Source: g.All(), Model: "w : 1", OnPre: "v += w"})
	before := heap()
	must(t, s.Connect(neurons.ConnectParams{Params: connectivity.Params{P: "0.01"}}))
	must(t, s.Set("w", "rand()"))
	must(t, s.Set("delay", "rand()*10*ms"))
	run(t, n, 0.02)
	each := float64(heap()-before) / float64(s.N())
	t.Logf("%d synapses, %.1f bytes each", s.N(), each)
	if s.N() < 990_000 || each > 60 {
		t.Errorf("%d synapses take %.1f bytes each, want at most 60", s.N(), each)
	}
	runtime.KeepAlive(s)
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
