package library_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"hearpipe/neurons"
	"hearpipe/neurons/library"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// driven is one cell with synapses from sources that fire at given times.
type driven struct {
	t        *testing.T
	net      *neurons.Network
	cell     *neurons.Group
	synapses *neurons.SynapseSet
}

func drive(t *testing.T, dt float64, eqs, method string, s library.Synapse, times ...float64) *driven {
	t.Helper()
	n, err := neurons.NewNetwork(neurons.NetworkParams{DT: dt})
	must(t, err)
	g, err := n.Group(neurons.GroupParams{N: 1, Equations: eqs, Method: method})
	must(t, err)
	src, err := n.Generator(neurons.GeneratorParams{N: 1, Cells: make([]int32, len(times)), Times: times})
	must(t, err)
	d := &driven{t: t, net: n, cell: g}
	d.synapses = d.connect(src, s)
	return d
}

func (d *driven) connect(src *neurons.Group, s library.Synapse) *neurons.SynapseSet {
	d.t.Helper()
	c, err := d.net.Synapses(neurons.SynapsesParams{Source: src.All(), Target: d.cell.All(), Model: s.Model, OnPre: s.OnPre, OnPost: s.OnPost})
	must(d.t, err)
	must(d.t, c.Connect(neurons.ConnectParams{}))
	for name, text := range s.Init {
		must(d.t, c.Set(name, text))
	}
	return c
}

// trace runs and gives the values of a variable at the end of each step.
func (d *driven) trace(name string, seconds float64) []float64 {
	d.t.Helper()
	m, err := d.net.StateMonitor(d.cell.All(), []string{name}, neurons.StateMonitorParams{})
	must(d.t, err)
	_, err = d.net.Run(context.Background(), seconds)
	must(d.t, err)
	x, err := m.Series(name, 0)
	must(d.t, err)
	return x
}

// peak is the largest value and the time since the end of step 0, in which the spike arrived [s].
func peak(x []float64, dt float64) (value, at float64) {
	k := 0
	for i := range x {
		if math.Abs(x[i]) > math.Abs(x[k]) {
			k = i
		}
	}
	return x[k], float64(k) * dt
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s: %.10g, want %.10g within %g", what, got, want, tolerance)
	}
}

func TestKernelsHaveThePeakOne(t *testing.T) {
	on := func(s string) library.Synapse { return library.Synapse{OnPre: s} }
	x := drive(t, 1e-5, library.ExponentialCurrent("x", "10*ms", "1").Equations, "", on("x += 1"), 0).trace("x", 0.03)
	near(t, "exponential at 0", x[0], 1, 1e-15)
	near(t, "exponential after tau", x[1000], math.Exp(-1), 1e-12)
	x = drive(t, 1e-5, library.AlphaCurrent("x", "10*ms", "1").Equations, "", on("x_in += 1"), 0).trace("x", 0.03)
	v, at := peak(x, 1e-5)
	near(t, "alpha: peak", v, 1, 1e-9)
	near(t, "alpha: its time", at, 10e-3, 1.01e-5)
	near(t, "alpha after 25 ms", x[2500], 2.5*math.Exp(-1.5), 1e-9)
	x = drive(t, 1e-5, library.BiexponentialCurrent("x", "5*ms", "10*ms", "1").Equations, "", on("x_in += 1"), 0).trace("x", 0.03)
	v, at = peak(x, 1e-5)
	near(t, "biexponential: peak", v, 1, 1e-6)
	near(t, "biexponential: its time", at, 6.931472e-3, 1.01e-5)
	c := library.Conductance(library.ExponentialCurrent("g", "10*ms", "siemens"), "-70*mV")
	x = drive(t, 1e-4, library.Membrane("100*pF", library.Leak("10*nS", "-60*mV"), c), "euler", on("g += 5*nS"), 0).trace("g_current", 0.001)
	if math.Abs(x[0]-5e-9*(-70e-3+0.6e-3)) > 1e-18 { // the leak has moved it by -0.6 mV in the step of the spike
		t.Errorf("conductance near 0 V: %g A", x[0])
	}
}

// D is the membrane of a cell with a leak and a receptor of a tenth of its conductance.
func TestReceptorsMoveTheMembrane(t *testing.T) {
	leak := library.Leak("1*nS", "-65*mV")
	for _, c := range []struct {
		r         library.Receptor
		want, at  float64 // [mV, ms]
		tolerance float64
	}{
		{library.AMPA, 1.01853, 9.1, 2e-5},
		{library.NMDA, .28775, 46.7, 2e-5},
		{library.GABAA, -.08892, 10.2, 2e-5},
		{library.GABAB, -1.72463, 45.0, 2e-5},
	} {
		eqs := library.Membrane("20*ms*nS", leak, c.r.Saturating("0.1*nS"))
		n, err := neurons.NewNetwork(neurons.NetworkParams{})
		must(t, err)
		g, err := n.Group(neurons.GroupParams{N: 1, Equations: eqs, Method: "euler", Init: map[string]string{"vm": "-65*mV", "P_" + c.r.Name: "1"}})
		must(t, err)
		m, err := n.StateMonitor(g.All(), []string{"vm"}, neurons.StateMonitorParams{})
		must(t, err)
		_, err = n.Run(context.Background(), 0.1)
		must(t, err)
		x, err := m.Series("vm", 0)
		must(t, err)
		for k := range x {
			x[k] += 65e-3
		}
		v, at := peak(x, 1e-4)
		near(t, c.r.Name+": peak [mV]", v*1e3, c.want, c.tolerance)
		near(t, c.r.Name+": time [ms]", at*1e3+0.1, c.at, 0.11) // x[0] is after the first step
	}
}

func TestASpikeSaturatesAReceptor(t *testing.T) {
	eqs := library.Membrane("20*ms*nS", library.Leak("1*nS", "-65*mV"), library.AMPA.Saturating("0.1*nS"))
	p := drive(t, 1e-4, eqs, "euler", library.Synapse{OnPre: library.AMPA.Open()}, 0, 1e-3).trace("P_AMPA", 2e-3)
	if p[0] != 1 || p[10] != 1 || p[9] >= 1 {
		t.Errorf("open probability %v: want 1 at both spikes", p[:12])
	}
}

func TestPulsesOfTransmitterOpenReceptors(t *testing.T) {
	for _, c := range []struct {
		r            library.Receptor
		after1, at10 float64
	}{
		{library.AMPA, .808361, .133621},
		{library.NMDA, .392269, .369425},
		{library.GABAA, .817330, .182371},
		{library.GABAB, .094851, .089328},
	} {
		const dt = 1e-6
		eqs := library.Membrane("20*ms*nS", library.Leak("1*nS", "-65*mV"), c.r.Gated("0.1*nS"))
		p := drive(t, dt, eqs, "rk4", library.Synapse{OnPre: c.r.Pulse("")}, 0).trace("P_"+c.r.Name, 10.1e-3)
		near(t, c.r.Name+" after 1 ms", p[1000], c.after1, 3e-4)
		near(t, c.r.Name+" after 10 ms", p[10000], c.at10, 3e-4)
	}
}

func TestMagnesiumBlocksAtRest(t *testing.T) {
	n, err := neurons.NewNetwork(neurons.NetworkParams{})
	must(t, err)
	g, err := n.Group(neurons.GroupParams{N: 10, Equations: "vm : volt\nG = " + library.MagnesiumBlock("vm", "1") + " : 1", Values: map[string][]float64{
		"vm": {-80e-3, -70e-3, -65e-3, -60e-3, -50e-3, -40e-3, -20e-3, 0, 20e-3, 40e-3},
	}})
	must(t, err)
	s, err := n.StateMonitor(g.All(), []string{"G"}, neurons.StateMonitorParams{})
	must(t, err)
	_, err = n.Run(context.Background(), 1e-4)
	must(t, err)
	for k, want := range []float64{.024425, .044471, .059668, .079626, .138544, .230155, .508141, .781182, .925018, .977080} {
		x, err := s.Series("G", k)
		must(t, err)
		near(t, fmt.Sprintf("block of value %d", k), x[0], want, 5e-7)
	}
}

func TestSecondMessengerOfGABABIsSlow(t *testing.T) {
	eqs := library.Membrane("20*ms*nS", library.Leak("1*nS", "-65*mV"), library.FullGABAB("0.1*nS"))
	times := make([]float64, 10)
	for k := range times {
		times[k] = float64(k) * 5e-3
	}
	for _, c := range []struct {
		times    []float64
		want, at float64
	}{{times[:1], 2.642e-4, 102.4}, {times, .37811, 125.0}} {
		p := drive(t, 2e-6, eqs, "euler", library.Synapse{OnPre: library.GABAB.Pulse("1*ms")}, c.times...).trace("P_GABAB", 0.14)
		v, at := peak(p, 2e-6)
		near(t, "peak", v, c.want, 2e-3*c.want)
		near(t, "time [ms]", at*1e3, c.at, 0.3)
	}
}

func TestGABAAWithRiseAndTwoDecays(t *testing.T) {
	const dt = 1e-6
	for _, c := range []struct {
		a              string
		at, g, current float64
	}{
		{"1", 1.945910, 24.789258, 247.8926},
		{"0.9", 2.061490, 25.702510, 257.0251},
		{"0.5", 2.700546, 30.054441, 0},
	} {
		r := library.RisingGABAA(library.RisingGABAAParams{G: "40*nS", Fraction: c.a})
		d := drive(t, dt, library.Membrane("1*farad", r), "rk4", library.Synapse{OnPre: library.OpenGABAA}, 0)
		must(t, d.cell.Set("vm", "-65*mV"))
		v, at := peak(d.trace("g_GABAA", 0.005), dt)
		near(t, "a = "+c.a+": peak [nS]", v*1e9, c.g, 2e-5)
		near(t, "a = "+c.a+": time [ms]", at*1e3, c.at, 1.1e-3)
		if c.current != 0 {
			i := drive(t, dt, library.Membrane("1*farad", r), "rk4", library.Synapse{OnPre: library.OpenGABAA}, 0)
			must(t, i.cell.Set("vm", "-65*mV"))
			x, _ := peak(i.trace("I_GABAA", 0.005), dt)
			near(t, "a = "+c.a+": current [pA]", -x*1e12, c.current, 2e-4)
		}
	}
	for a, want := range map[string]float64{"1": 21.170349, "0.9": 29.390629} {
		r := library.RisingGABAA(library.RisingGABAAParams{G: "40*nS", Fraction: a})
		g := drive(t, 1e-5, library.Membrane("1*farad", r), "rk4", library.Synapse{OnPre: library.OpenGABAA}, 0, 10e-3, 20e-3).trace("g_GABAA", 0.026)
		near(t, "three spikes, a = "+a, g[2500]*1e9, want, 1e-6)
	}
}

func TestShortTermPlasticityTransmitsThePublishedSequences(t *testing.T) {
	for _, c := range []struct {
		u, d, f string
		want    []float64
	}{
		{"0.6", "100*ms", "10*ms", []float64{0.6, 0.314616, 0.157147, 0.109509, 0.096366}},
		{"0.1", "1*ms", "100*ms", []float64{0.1, 0.181435, 0.247751, 0.301755, 0.345733}},
	} {
		s := library.ShortTerm(library.ShortTermParams{Variable: "v", Weight: "1", TauD: c.d, TauF: c.f, U: c.u})
		v := drive(t, 1e-4, "v : 1", "", s, 0, 10e-3, 20e-3, 30e-3, 40e-3).trace("v", 0.05)
		before := 0.0
		for k, want := range c.want {
			near(t, fmt.Sprintf("U = %s, spike %d", c.u, k), v[100*k]-before, want, 1e-6)
			before = v[100*k]
		}
	}
}

// explicit is the same plasticity with the time since the last event, as one would write it by hand.
func TestShortTermPlasticityEqualsItsExplicitForm(t *testing.T) {
	times := []float64{0, 3e-3, 17e-3, 20e-3, 58e-3, 61e-3, 64e-3, 150e-3}
	s := library.ShortTerm(library.ShortTermParams{Variable: "v", Weight: "1", TauD: "100*ms", TauF: "20*ms", U: "0.3"})
	explicit := library.Synapse{
		Model: "x : 1\nu : 1",
		OnPre: "x = 1+(x-1)*exp(-(t-lastupdate)/(100*ms)); u = 0.3+(u-0.3)*exp(-(t-lastupdate)/(20*ms)); v += u*x; x *= 1-u; u += 0.3*(1-u)",
		Init:  map[string]string{"x": "1", "u": "0.3"},
	}
	a, b := drive(t, 1e-4, "v : 1", "", s, times...).trace("v", 0.2), drive(t, 1e-4, "v : 1", "", explicit, times...).trace("v", 0.2)
	for k := range a {
		near(t, fmt.Sprintf("step %d", k), a[k], b[k], 1e-12)
	}
	if a[len(a)-1] < 1 {
		t.Errorf("%g transmitted", a[len(a)-1])
	}
}

func TestReleaseProbabilities(t *testing.T) {
	five := []float64{0, 50e-3, 100e-3, 150e-3, 200e-3}
	for _, c := range []struct {
		rest, tau, change string
		up                bool
		want              []float64
	}{
		{"0.2", "100*ms", "0.3", true, []float64{.2, .345567, .407371, .433611, .444752}},
		{"0.8", "200*ms", "0.6", false, []float64{.8, .550784, .434330, .379913, .354485}},
	} {
		v := drive(t, 1e-4, "v : 1", "", library.Release(c.rest, c.tau, c.change, c.up, "v += P_rel"), five...).trace("v", 0.201)
		before := 0.0
		for k, want := range c.want {
			near(t, fmt.Sprintf("rest %s, spike %d", c.rest, k), v[500*k]-before, want, 1e-6)
			before = v[500*k]
		}
	}
}

// pair runs one synapse with given spikes and returns its weight, in parts of the largest.
func pair(t *testing.T, p library.STDPParams, w0 string, pre, post []float64) float64 {
	t.Helper()
	p.Variable, p.Unit, p.WMax = "v", "1", "1"
	s, err := library.ExponentialSTDP(p)
	must(t, err)
	s.Init = map[string]string{"w": w0}
	n, err := neurons.NewNetwork(neurons.NetworkParams{})
	must(t, err)
	g, err := n.Group(neurons.GroupParams{N: 1, Equations: "v : 1\nkick : 1", Threshold: "kick > 0", Reset: "kick = 0"})
	must(t, err)
	src, err := n.Generator(neurons.GeneratorParams{N: 1, Cells: make([]int32, len(pre)), Times: pre})
	must(t, err)
	d := &driven{t: t, net: n, cell: g}
	c := d.connect(src, s)
	for _, at := range post {
		must(t, n.At(at, func(neurons.Now) error { return g.Set("kick", "1") }))
	}
	_, err = n.Run(context.Background(), 0.2)
	must(t, err)
	w, err := c.Values("w")
	must(t, err)
	return w[0]
}

func TestPlasticityFollowsItsWindow(t *testing.T) {
	p := library.STDPParams{TauPre: "20*ms", TauPost: "20*ms", APre: .01, APost: -.0105}
	near(t, "source 10 ms before target", pair(t, p, "0.5", []float64{50e-3}, []float64{60e-3})-0.5, .0060653066, 1e-9)
	near(t, "target 10 ms before source", pair(t, p, "0.5", []float64{60e-3}, []float64{50e-3})-0.5, -.0063685720, 1e-9)
	near(t, "same step", pair(t, p, "0.5", []float64{50e-3}, []float64{50e-3})-0.5, .01, 1e-12)
	song := library.STDPParams{TauPre: "20*ms", TauPost: "20*ms", APre: .005, APost: -.00525}
	for lag, want := range map[float64]float64{-20: .00183940, -10: .00303265, -5: .00389400, 5: -.00408870, 10: -.00318429, 20: -.00193137} {
		near(t, fmt.Sprintf("lag %g ms", lag), pair(t, song, "0.5", []float64{0.1 + lag*1e-3}, []float64{0.1})-0.5, want, 6e-9)
	}
	near(t, "lower bound", pair(t, p, "0.001", []float64{60e-3}, []float64{50e-3}), 0, 0)
	near(t, "upper bound", pair(t, p, "0.999", []float64{50e-3}, []float64{60e-3}), 1, 0)
}

func TestInteractionsAndUpdatesDiffer(t *testing.T) {
	e := func(ms float64) float64 { return math.Exp(-ms / 20) }
	pre, post := []float64{40e-3, 50e-3}, []float64{60e-3, 75e-3}
	base := library.STDPParams{TauPre: "20*ms", TauPost: "20*ms", APre: .01, APost: -.0105}
	for interaction, want := range map[library.Interaction]float64{
		library.All:         .01 * (e(20) + e(10) + e(35) + e(25)),
		library.Nearest:     .01 * (e(10) + e(25)),
		library.NearestPre:  .01 * (e(10) + e(25)),
		library.NearestPost: .01 * (e(20) + e(10) + e(35) + e(25)),
	} {
		p := base
		p.Interaction = interaction
		near(t, string(interaction), pair(t, p, "0.5", pre, post)-0.5, want, 1e-9)
	}
	// Two targets, then one source: now the postsynaptic trace counts.
	for interaction, want := range map[library.Interaction]float64{
		library.All: -.0105 * (e(20) + e(10)), library.Nearest: -.0105 * e(10), library.NearestPost: -.0105 * e(10), library.NearestPre: -.0105 * (e(20) + e(10)),
	} {
		p := base
		p.Interaction = interaction
		near(t, string(interaction)+", depression", pair(t, p, "0.5", []float64{60e-3}, []float64{40e-3, 50e-3})-0.5, want, 1e-9)
	}
	for _, c := range []struct {
		u        library.Update
		up, down float64
	}{
		{library.Additive, .01, -.0105}, {library.Multiplicative, .7 * .01, -.3 * .0105}, {library.Mixed, .01, -.3 * .0105},
	} {
		p := base
		p.Update = c.u
		near(t, string(c.u)+", up", pair(t, p, "0.3", []float64{50e-3}, []float64{60e-3})-0.3, c.up*e(10), 1e-12)
		near(t, string(c.u)+", down", pair(t, p, "0.3", []float64{60e-3}, []float64{50e-3})-0.3, c.down*e(10), 1e-12)
	}
}

func TestMistakesInPlasticityAreNamed(t *testing.T) {
	for _, c := range []struct {
		p    library.STDPParams
		want string
	}{
		{library.STDPParams{WMax: "1", Interaction: "some"}, `interaction "some"`},
		{library.STDPParams{WMax: "1", Update: "odd"}, `update "odd"`},
		{library.STDPParams{WMax: "1", Update: library.Mixed, APre: 1, APost: 1}, "positive and a negative"},
		{library.STDPParams{}, "no largest weight"},
	} {
		if _, err := library.ExponentialSTDP(c.p); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
}

// A cell that gets steady excitation and plastic inhibition comes to fire at alpha/(2·tau).
func TestInhibitoryPlasticityKeepsARate(t *testing.T) {
	n, err := neurons.NewNetwork(neurons.NetworkParams{Seed: 3})
	must(t, err)
	g, err := n.Group(neurons.GroupParams{N: 1, Equations: "dv/dt = (1.6-v-gi)/(20*ms) : 1\ndgi/dt = -gi/(10*ms) : 1", Threshold: "v > 1", Reset: "v = 0", Refractory: "5 ms"})
	must(t, err)
	src, err := n.PoissonGroup(neurons.PoissonParams{N: 100, Rates: "10*Hz"})
	must(t, err)
	d := &driven{t: t, net: n, cell: g}
	d.connect(src, library.InhibitorySTDP("gi", "1", "20*ms", "0.0005", "2*5*Hz*20*ms", "1"))
	m, err := n.SpikeMonitor(g.All(), neurons.SpikeMonitorParams{})
	must(t, err)
	_, err = n.Run(context.Background(), 1)
	must(t, err)
	early := m.Total()
	_, err = n.Run(context.Background(), 60)
	must(t, err)
	before := m.Total()
	_, err = n.Run(context.Background(), 40)
	must(t, err)
	if rate := float64(m.Total()-before) / 40; early < 20 || math.Abs(rate-5) > 1 {
		t.Errorf("%d spikes in the first second, then %g Hz: want many, then 5 Hz", early, rate)
	}
}

func TestModelsFireAndRest(t *testing.T) {
	rest := func(eqs string, init map[string]string) float64 {
		t.Helper()
		n, err := neurons.NewNetwork(neurons.NetworkParams{DT: 1e-5})
		must(t, err)
		g, err := n.Group(neurons.GroupParams{N: 1, Equations: eqs, Init: init})
		must(t, err)
		_, err = n.Run(context.Background(), 1.5)
		must(t, err)
		v, err := g.Values("vm")
		must(t, err)
		return v[0] * 1e3
	}
	near(t, "AdEx [mV]", rest(library.AdaptiveIF(library.AdaptiveIFParams{}), map[string]string{"vm": "-68*mV"}), -70.599928, 2e-6)
	near(t, "Izhikevich [mV]", rest(library.Izhikevich(library.IzhikevichParams{}, ""), map[string]string{"vm": "-68*mV", "w": "-14*volt/second"}), -70, 1e-4)
	near(t, "leaky [mV]", rest(library.LeakyIF("10*ms", "-65*mV"), nil), -65, 1e-9)
	near(t, "quadratic [mV]", rest(library.QuadraticIF(library.QuadraticIFParams{C: "200*pF", A: "1*nS/mV", EL: "-60*mV", VT: "-45*mV"}), map[string]string{"vm": "-50*mV"}), -60, 1e-6)
	near(t, "exponential [mV]", rest(library.ExponentialIF(library.ExponentialIFParams{C: "200*pF", GL: "10*nS", EL: "-60*mV", VT: "-50*mV", DeltaT: "1*mV"}), map[string]string{"vm": "-58*mV"}), -60+math.Exp(-10), 1e-5)
	near(t, "voltage clamp [mV]", rest(library.Membrane("20*ms/(50*Mohm)", library.Leak("1/(50*Mohm)", "0*mV"),
		library.VoltageClamp(library.VoltageClampParams{Re: "50*Mohm", Rs: "0.9*50*Mohm", Command: "20*mV"})), nil), 18.1818, 1e-3)
}

func TestRatesOfHodgkinAndHuxley(t *testing.T) {
	eqs := library.Membrane("1*uF", library.PotassiumHH("36*msiemens", "-12*mV"), library.SodiumHH("120*msiemens", "120*mV"))
	for u, want := range map[float64][]float64{
		0:  {.0581977, .125, .2235637, 4, .07, .0474259},
		50: {.4074629, .0669077, 2.7235637, .2487061, .0057459, .8807971},
		25: {0, 0, 1, 0, 0, 0},
	} {
		n, err := neurons.NewNetwork(neurons.NetworkParams{})
		must(t, err)
		g, err := n.Group(neurons.GroupParams{N: 1, Equations: eqs, Values: map[string][]float64{"vm": {u * 1e-3}}})
		must(t, err)
		names := []string{"alphan", "betan", "alpham", "betam", "alphah", "betah"}
		m, err := n.StateMonitor(g.All(), names, neurons.StateMonitorParams{When: neurons.When{Slot: neurons.Start}})
		must(t, err)
		_, err = n.Run(context.Background(), 1e-4)
		must(t, err)
		for k, name := range names {
			if want[k] == 0 {
				continue
			}
			x, err := m.Series(name, 0)
			must(t, err)
			near(t, fmt.Sprintf("%s at %g mV", name, u), x[0], want[k], 6e-8)
		}
	}
}

func ExampleMembrane() {
	fmt.Println(library.Membrane("200*pF", library.Leak("10*nS", "-70*mV"), library.Input("I")))
	// Output:
	// dvm/dt = (I_leak+I)/(200*pF) : volt
	// I_leak = (10*nS)*((-70*mV)-vm) : amp
	// I : amp
}
