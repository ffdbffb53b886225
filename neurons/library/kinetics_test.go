package library_test

import (
	"context"
	"fmt"
	"math"
	"testing"

	"hearpipe/neurons"
	"hearpipe/neurons/library"
)

// The open probability during a pulse of transmitter of 1 ms, then its fall, with rates that Destexhe et al. (1994) found.
func TestRatesOfTheLiteratureOpenReceptors(t *testing.T) {
	for _, c := range []struct {
		name, rise, fall string
		after1, after5   float64
	}{
		{"AMPA", "ms/1.1", "ms/0.19", .617986, .289011},
		{"NMDA", "ms/0.072", "ms/0.0066", .069243, .067439},
		{"GABAA", "ms/5", "ms/0.18", .959819, .467194},
	} {
		const dt = 2e-7 // the stages of rk4 see the end of the pulse a sixth of a step early
		r := library.Receptor{Name: c.name, Rise: c.rise, Tau: c.fall, Reversal: "0*mV"}
		eqs := library.Membrane("20*ms*nS", library.Leak("1*nS", "-65*mV"), r.Gated("0.1*nS"))
		p := drive(t, dt, eqs, "rk4", library.Synapse{OnPre: r.Pulse("1*ms")}, 0).trace("P_"+c.name, 5.1e-3)
		near(t, c.name+" after 1 ms", p[5000], c.after1, 2e-5)
		near(t, c.name+" after 5 ms", p[25000], c.after5, 2e-5)
	}
	// Nothing closes during the pulse: 1 - exp(-1/0.5), then a decay with 5 ms.
	r := library.AMPA
	r.IgnoreFall = true
	eqs := library.Membrane("20*ms*nS", library.Leak("1*nS", "-65*mV"), r.Gated("0.1*nS"))
	p := drive(t, 2e-7, eqs, "rk4", library.Synapse{OnPre: r.Pulse("1*ms")}, 0).trace("P_AMPA", 3.1e-3)
	near(t, "without a fall after 1 ms", p[5000], 1-math.Exp(-2), 2e-5)
	near(t, "without a fall after 3 ms", p[15000], (1-math.Exp(-2))*math.Exp(-.4), 2e-5)
}

// A new spike begins the pulse anew: transmitter is there until 1 ms after the second one.
func TestASpikeRestartsThePulse(t *testing.T) {
	r := library.AMPA
	eqs := library.Membrane("20*ms*nS", library.Leak("1*nS", "-65*mV"), r.Gated("0.1*nS"))
	p := drive(t, 1e-5, eqs, "rk4", library.Synapse{OnPre: r.Pulse("1*ms")}, 0, 0.6e-3).trace("P_AMPA", 3e-3)
	top, at := peak(p, 1e-5)
	rate := 1/.5 + 1/5.
	near(t, "end of the pulse", at, 1.6e-3, 1e-9)
	near(t, "open probability there", top, 2/rate*(1-math.Exp(-rate*1.6)), 5e-4)
}

func TestNMDANeedsOthers(t *testing.T) {
	potential := func(receptors ...library.Receptor) (mV, ms float64) {
		currents := []library.Current{library.Leak("1*nS", "-65*mV")}
		init := map[string]string{"vm": "-65*mV"}
		for _, r := range receptors {
			currents = append(currents, r.Saturating("0.5*nS"))
			init["P_"+r.Name] = "1"
		}
		n, err := neurons.NewNetwork(neurons.NetworkParams{DT: 1e-6})
		must(t, err)
		g, err := n.Group(neurons.GroupParams{N: 1, Equations: library.Membrane("20*ms*nS", currents...), Method: "rk4", Init: init})
		must(t, err)
		d := &driven{t: t, net: n, cell: g}
		x := d.trace("vm", 0.06)
		for k := range x {
			x[k] += 65e-3
		}
		v, at := peak(x, 1e-6)
		return v * 1e3, at*1e3 + 1e-3
	}
	for name, c := range map[string]struct {
		receptors []library.Receptor
		v, at     float64
	}{
		"AMPA":     {[]library.Receptor{library.AMPA}, 4.87682, 9.108},
		"NMDA":     {[]library.Receptor{library.NMDA}, 1.50336, 47.765},
		"together": {[]library.Receptor{library.AMPA, library.NMDA}, 5.72571, 10.758},
	} {
		v, at := potential(c.receptors...)
		near(t, name+": peak [mV]", v, c.v, 1e-5)
		near(t, name+": time [ms]", at, c.at, 0.03) // the peak is flat
	}
}

// Half of the channels are open at -20.5253 mV, and the current into them is largest at -26.955 mV.
func TestMagnesiumBlockHasItsExtremes(t *testing.T) {
	const cells = 60001
	v := make([]float64, cells)
	for k := range v {
		v[k] = -50e-3 + float64(k)*1e-6
	}
	n, err := neurons.NewNetwork(neurons.NetworkParams{})
	must(t, err)
	g, err := n.Group(neurons.GroupParams{N: cells, Equations: "vm : volt\nG = " + library.MagnesiumBlock("vm", "1") + " : 1\nflow = G*vm/mV : 1", Values: map[string][]float64{"vm": v}})
	must(t, err)
	open, err := g.Stream("G")
	must(t, err)
	flow, err := g.Stream("flow")
	must(t, err)
	row := func(from interface {
		Row(int) []float64
	},
	) []float64 {
		return from.Row(0)
	}
	ctx := context.Background()
	a, err := open.Fetch(ctx, 0, 1)
	must(t, err)
	half := 0
	for k, x := range row(a) {
		if math.Abs(x-.5) < math.Abs(row(a)[half]-.5) {
			half = k
		}
	}
	b, err := flow.Fetch(ctx, 0, 1)
	must(t, err)
	least := 0
	for k, x := range row(b) {
		if x < row(b)[least] {
			least = k
		}
	}
	near(t, "half open [mV]", v[half]*1e3, -20.5253, 1e-3)
	near(t, "largest current [mV]", v[least]*1e3, -26.955, 1e-3)
	near(t, "the current there", row(b)[least], -10.826, 1e-3)
}

// The course of the conductance after its peak: half decay, some values and the area.
func TestGABAADecaysInTwoSteps(t *testing.T) {
	const dt = 1e-5
	for _, c := range []struct {
		a             string
		half, area    float64 // [ms]
		g5, g10, g50  float64 // [nS]
		widthOfSeries float64 // [s]
	}{
		{"1", 7.02436, 5.142857, 17.266796, 7.554681, .009615, 0.3},
		{"0.9", 8.20557, 14.529562, 19.319397, 10.418398, 2.434776, 2},
		{"0.5", 0, 52.076379, 0, 0, 0, 2},
	} {
		r := library.RisingGABAA(library.RisingGABAAParams{G: "40*nS", Fraction: c.a})
		g := drive(t, dt, library.Membrane("1*farad", r), "rk4", library.Synapse{OnPre: library.OpenGABAA}, 0).trace("g_GABAA", c.widthOfSeries)
		top, at := peak(g, dt)
		area, half := 0.0, 0.0
		for k, x := range g {
			area += x * dt
			if float64(k)*dt > at && x >= top/2 {
				half = float64(k) * dt
			}
		}
		near(t, "a = "+c.a+": area [ms]", area/40e-9*1e3, c.area, 1e-4*c.area)
		if c.half == 0 {
			continue
		}
		near(t, "a = "+c.a+": half decay [ms]", half*1e3, c.half, 2e-2)
		for k, want := range map[int]float64{500: c.g5, 1000: c.g10, 5000: c.g50} {
			near(t, fmt.Sprintf("a = %s: g after %g ms [nS]", c.a, float64(k)*dt*1e3), g[k]*1e9, want, 1e-6)
		}
	}
}

// The receptor of Brian's example of non-linear synapses saturates: ten times the transmitter opens three times as many.
func TestNonLinearReceptorsSaturate(t *testing.T) {
	const dt = 1e-6
	for x, want := range map[string][2]float64{"1": {.288240, 9.043}, "10": {.862229, 4.694}} {
		g := drive(t, dt, "dg/dt = -g/(10*ms)+x*(1-g)/(10*ms) : 1\ndx/dt = -x/(10*ms) : 1", "rk4", library.Synapse{OnPre: "x += " + x}, 0).trace("g", 0.012)
		top, at := peak(g, dt)
		near(t, "peak after "+x, top, want[0], 1e-6)
		near(t, "its time [ms]", at*1e3, want[1], 0.01)
	}
}

func TestCellsThatFireTogetherWireTogether(t *testing.T) {
	n, err := neurons.NewNetwork(neurons.NetworkParams{})
	must(t, err)
	a, err := n.Group(neurons.GroupParams{N: 2, Equations: "u : Hz", Values: map[string][]float64{"u": {10, 20}}})
	must(t, err)
	b, err := n.Group(neurons.GroupParams{N: 2, Equations: "v : Hz", Values: map[string][]float64{"v": {0, 5}}})
	must(t, err)
	h := library.Hebbian("v", "u", "0.01*second", "1")
	s, err := n.Synapses(neurons.SynapsesParams{Source: a.All(), Target: b.All(), Model: h.Model})
	must(t, err)
	must(t, s.Connect(neurons.ConnectParams{}))
	_, err = n.Run(context.Background(), 2)
	must(t, err)
	w, err := s.Values("w")
	must(t, err)
	for k, want := range []float64{0, 1, 0, 2} {
		near(t, fmt.Sprintf("weight %d", k), w[k], want, 1e-9)
	}
}
