package neurons_test

import (
	"context"
	"fmt"
	"math"
	"testing"

	"hearpipe/neurons"
	"hearpipe/neurons/connectivity"
	"hearpipe/neurons/library"
)

// processorTime is the processor time of this process so far [s], where it can be known.
var processorTime = func() float64 { return 0 }

// spent gives what the iterations of a benchmark took by processor time, which other work on the machine changes less.
func spent(b *testing.B, begun, per float64, unit string) {
	if d := processorTime() - begun; d > 0 {
		b.ReportMetric(d*per, "processor-"+unit)
	}
}

// written is a model as a loop of Go, with the functions of package math: what somebody would write by hand.
type written interface{ step() (spikes int) }

type writtenLeaky struct{ v []float64 }

func (g *writtenLeaky) step() (spikes int) {
	a := math.Exp(-0.01)
	b := 1.2 * (1 - a)
	for i, v := range g.v {
		v = a*v + b
		if v > 1 {
			v = 0
			spikes++
		}
		g.v[i] = v
	}
	return spikes
}

type writtenAdaptive struct{ v, w []float64 }

func (g *writtenAdaptive) step() (spikes int) {
	const dt, c, gl, el, vt, delta, tauw, a, current = 0.1, 281, 30, -70.6, -50.4, 2, 144, 4, 800 // ms, pF, nS, mV, pA
	for i, v := range g.v {
		w := g.w[i]
		dv := (gl*(el-v) + gl*delta*math.Exp((v-vt)/delta) + current - w) / c
		w += dt * (a*(v-el) - w) / tauw
		v += dt * dv
		if v > -20 {
			v = el
			w += 80.5
			spikes++
		}
		g.v[i], g.w[i] = v, w
	}
	return spikes
}

type writtenChannels struct {
	v, m, n, h, ge, gi []float64
	last               []int
	k                  int
}

func (g *writtenChannels) step() (spikes int) {
	const dt = 0.1 // ms, mV, nS, pF
	advance := func(x, a, b float64) float64 {
		e := math.Exp(a * dt)
		return x*e + b/a*(e-1)
	}
	de, di := math.Exp(-dt/5), math.Exp(-dt/10)
	for i, v := range g.v {
		u := v + 63
		am := .32 * (13 - u) / (math.Exp((13-u)/4) - 1)
		bm := .28 * (u - 40) / (math.Exp((u-40)/5) - 1)
		ah := .128 * math.Exp((17-u)/18)
		bh := 4 / (1 + math.Exp((40-u)/5))
		an := .032 * (15 - u) / (math.Exp((15-u)/5) - 1)
		bn := .5 * math.Exp((10-u)/40)
		m, n, h, ge, gi := g.m[i], g.n[i], g.h[i], g.ge[i], g.gi[i]
		na, kd := 20000*m*m*m*h, 6000*n*n*n*n
		v = advance(v, -(10+ge+gi+na+kd)/200, (10*-60+gi*-80+na*50+kd*-90)/200)
		g.m[i], g.n[i], g.h[i] = advance(m, -(am+bm), am), advance(n, -(an+bn), an), advance(h, -(ah+bh), ah)
		g.v[i], g.ge[i], g.gi[i] = v, ge*de, gi*di
		if v > -20 && g.k-g.last[i] >= 30 {
			g.last[i] = g.k
			spikes++
		}
	}
	g.k++
	return spikes
}

func filled(n int, lo, hi float64) []float64 { return linspace(lo, hi, n) }

// BenchmarkCells is the time of a cell in a step: a group alone, whose cells advance through many steps while they are in the
// cache; the same group in a network, where all cells make one step after the other; and a loop of Go.
func BenchmarkCells(b *testing.B) {
	const steps = 100
	channels := spiking()
	// Among many cells there are some with a conductance so far below 0 that their potential runs away.
	channels.Init["gi"] = "clip(randn()*12 + 20, 0, inf)*10*nS"
	for _, model := range []struct {
		name string
		p    neurons.GroupParams
		hand func(n int) written
	}{
		{
			"LIF",
			neurons.GroupParams{Equations: "dv/dt = (1.2-v)/(10*ms) : 1", Threshold: "v > 1", Reset: "v = 0", Init: map[string]string{"v": "i/N"}},
			func(n int) written { return &writtenLeaky{filled(n, 0, 1)} },
		},
		{
			"adaptive",
			neurons.GroupParams{
				Equations: library.AdaptiveIF(library.AdaptiveIFParams{}, library.Input("I")), Threshold: "vm > -20*mV", Reset: library.AdaptiveReset("", ""),
				Init: map[string]string{"vm": "-70*mV + 15*mV*i/N", "I": "0.8*nA"},
			},
			func(n int) written { return &writtenAdaptive{filled(n, -70, -55), make([]float64, n)} },
		},
		{
			"channels", channels,
			func(n int) written {
				return &writtenChannels{
					v: filled(n, -70, -60), m: filled(n, 0, .1), n: filled(n, 0, .1), h: filled(n, .5, 1), ge: filled(n, 20, 60), gi: filled(n, 100, 300),
					last: make([]int, n),
				}
			},
		},
	} {
		for _, cells := range []int{100, 4000, 100_000} {
			p := model.p
			p.N = cells
			report := func(b *testing.B, begun float64) {
				each := float64(b.N) * steps * float64(cells)
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/each, "ns/cell·step")
				spent(b, begun, 1e9/each, "ns/cell·step")
			}
			name := fmt.Sprintf("%s/%d", model.name, cells)
			b.Run(name+"/alone", func(b *testing.B) {
				g := group(b, p)
				ctx, at := context.Background(), int64(0)
				begun := processorTime()
				b.ResetTimer()
				for range b.N {
					if _, err := g.FetchSpikes(ctx, at, at+steps); err != nil {
						b.Fatal(err)
					}
					at += steps
				}
				report(b, begun)
			})
			b.Run(name+"/network", func(b *testing.B) {
				n, err := neurons.NewNetwork(neurons.NetworkParams{})
				if err != nil {
					b.Fatal(err)
				}
				if _, err := n.Group(p); err != nil {
					b.Fatal(err)
				}
				if err := n.Build(); err != nil {
					b.Fatal(err)
				}
				begun := processorTime()
				b.ResetTimer()
				for range b.N {
					if _, err := n.Run(context.Background(), steps*1e-4); err != nil {
						b.Fatal(err)
					}
				}
				report(b, begun)
			})
			b.Run(name+"/loop", func(b *testing.B) {
				g, spikes := model.hand(cells), 0
				begun := processorTime()
				b.ResetTimer()
				for range b.N {
					for range steps {
						spikes += g.step()
					}
				}
				report(b, begun)
			})
		}
	}
}

// BenchmarkCOBAHH is the network of 4,000 cells with channels.
func BenchmarkCOBAHH(b *testing.B) {
	n, err := neurons.NewNetwork(neurons.NetworkParams{Seed: 1})
	if err != nil {
		b.Fatal(err)
	}
	p := spiking()
	p.N = 4000
	g, err := n.Group(p)
	if err != nil {
		b.Fatal(err)
	}
	for _, part := range []struct {
		lo, hi int
		code   string
	}{{0, 3200, "ge += 6*nS"}, {3200, 4000, "gi += 67*nS"}} {
		source, err := g.Cells(part.lo, part.hi)
		if err != nil {
			b.Fatal(err)
		}
		s, err := n.Synapses(neurons.SynapsesParams{Source: source, Target: g.All(), OnPre: part.code})
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Connect(neurons.ConnectParams{Params: connectivity.Params{P: connections}}); err != nil {
			b.Fatal(err)
		}
	}
	realTime(b, n, 0.1)
}
