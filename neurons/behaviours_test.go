package neurons_test

import (
	"math"
	"slices"
	"testing"

	"hearpipe/internal/expr"
	"hearpipe/neurons"
	"hearpipe/neurons/equations"
	"hearpipe/units"
)

// behaviour is one of the numeric behaviours of an engine of spiking networks that were confirmed with Brian 2.5.1.
type behaviour struct {
	id string
	// differs says why ours is another outcome, which is the one tested then.
	differs string
	check   func(t *testing.T)
}

// after is the value of a variable after some steps of one cell.
func after(p neurons.GroupParams, steps int64, name string, want ...float64) func(t *testing.T) {
	return func(t *testing.T) {
		p.Frames = steps
		if p.N == 0 {
			p.N = 1
		}
		f := trace(t, p, name)
		wantValues(t, name, f.Row(int(steps)-1), want...)
	}
}

// refused wants an error of a description.
func refused(p neurons.GroupParams, want string) func(t *testing.T) {
	return func(t *testing.T) {
		p.N = 1
		_, err := neurons.NewGroup(p)
		wantError(t, err, want)
	}
}

// model is a group with a text and initial values.
func model(text, method string, init map[string]string) neurons.GroupParams {
	return neurons.GroupParams{Equations: text, Method: method, Init: init}
}

// fires wants the steps of one cell.
func fires(p neurons.GroupParams, steps int64, want ...int64) func(t *testing.T) {
	return func(t *testing.T) {
		p.N, p.Frames = max(p.N, 1), steps
		wantSteps(t, stepsOf(spikesOf(t, p), 0), want...)
	}
}

// counts wants the number of spikes of each cell.
func counts(p neurons.GroupParams, steps int64, want ...int) func(t *testing.T) {
	return func(t *testing.T) {
		p.N, p.Frames = len(want), steps
		list := spikesOf(t, p)
		for c, n := range want {
			if got := len(stepsOf(list, int32(c))); got != n {
				t.Errorf("cell %d fired %d times, want %d", c, got, n)
			}
		}
	}
}

// arithmetic wants the values of expressions [SI].
func arithmetic(want map[string]float64) func(t *testing.T) {
	return func(t *testing.T) {
		for text, x := range want {
			v, err := expr.Eval(text, &expr.Scope{})
			if err != nil {
				t.Errorf("%s: %v", text, err)
			} else if !close9(v.X, x) {
				t.Errorf("%s is %.17g, want %.17g", text, v.X, x)
			}
		}
	}
}

// elementwise wants the values of an expression in x for a list of x.
func elementwise(text string, x, want []float64) func(t *testing.T) {
	return after(neurons.GroupParams{N: len(x), Equations: "x : 1\ny = " + text + " : 1", Values: map[string][]float64{"x": x}}, 1, "y", want...)
}

// all checks several things.
func all(list ...func(t *testing.T)) func(t *testing.T) {
	return func(t *testing.T) {
		for _, f := range list {
			f(t)
		}
	}
}

// method wants the method that is chosen for equations.
func method(text, want string) func(t *testing.T) {
	return func(t *testing.T) {
		if got := group(t, neurons.GroupParams{N: 1, Equations: text}).Method(); got != want {
			t.Errorf("%s: method %q, want %q", text, got, want)
		}
	}
}

var (
	one   = map[string]string{"v": "1"}
	decay = "dv/dt = -v/(10*ms) : 1"
	sine  = "dv/dt = (-v + sin(2*pi*100*Hz*t))/(10*ms) : 1"
	five  = []float64{-1, -.5, 0, .5, 1}
)

// always is a cell that fires in every step in which it may.
func always(refractory string) neurons.GroupParams {
	return neurons.GroupParams{Equations: "ref : second", Init: map[string]string{"ref": "i*ms"}, Threshold: "True", Refractory: refractory}
}

// arrays is a group with one timed array.
func arrays(p neurons.GroupParams, dt float64, x ...float64) neurons.GroupParams {
	p.TimedArrays = map[string]*equations.TimedArray{"ta": {Values: x, DT: dt}}
	return p
}

// countsUp has a flag, so that it follows the rule of flags; something else moves v.
const countsUp = "dv/dt = 0*Hz : 1 (unless refractory)"

var behaviours = []behaviour{
	{"A01", "", after(model(decay, "exact", one), 100, "v", 0.36787944117144233)},
	{"A05", "", after(model(decay, "exponential_euler", one), 100, "v", 0.36787944117144233)},
	{"A13-rk2", "", after(model(sine, "rk2", one), 100, "v", 0.2697536955571352)},
	{"A13-rk4", "", after(model(sine, "rk4", one), 100, "v", 0.26975973044669027)},
	{"A14", "", after(arrays(model("dv/dt = (ta(t)-v)/(10*ms) : 1", "exact", nil), 1e-3, 1, 3, 0), 30, "v", 0.33623252727019737)},
	{"A15", "", refused(model("dv/dt = -v/(10*ms)+sin(2*pi*100*Hz*t)*Hz : 1", "exact", nil), "changes with the time")},
	{"A16", "", refused(model("dv/dt = v*xi*(5*ms)**-0.5 : 1", "euler", nil), "is multiplied by the differential variable v")},
	{"A17", "", refused(arrays(model("dv/dt = -v/(10*ms)+ta(t)*Hz : 1", "exact", nil), 0.05e-3, 1), "the timed array ta changes every 5e-05 s")},
	{
		"A18", "noise that a variable multiplies has no meaning before somebody chooses a calculus: without a method it is an error that names them",
		all(
			method(decay, "exact"), method("dv/dt = -v**2/(10*ms) : 1", "euler"), method("dv/dt = -v**2/(10*ms)+xi*(10*ms)**-.5 : 1", "euler"),
			refused(model("dv/dt = -v/(10*ms)+v*xi*(10*ms)**-.5 : 1", "", nil), "name method heun or milstein"),
		),
	},
	{"A20", "", after(model("dv/dt = 5*Hz : 1", "euler", nil), 10_000, "v", 5)},
	{"A22", "", squidAxon},
	{"B01", "", after(neurons.GroupParams{N: 3, Equations: "dv/dt = 0/second : 1", Threshold: "v>1", Reset: "v=0.5", Values: map[string][]float64{"v": {0, 1, 2}}}, 1, "v", 0, 1, 0.5)},
	{"B02", "", fires(neurons.GroupParams{Equations: "dv/dt = (2-v)/(10*ms) : 1", Threshold: "v>1", Reset: "v=0", Method: "exact"}, 500, 69, 139, 209, 279, 349, 419, 489)},
	{"B05", "", neverDrifts},
	{"B06", "", fires(neurons.GroupParams{Equations: decay, Threshold: "v>0.5", Refractory: "v>0.5", Method: "exact", Init: one}, 200, 0)},
	{"B07", "", counts(always("ref"), 100, 100, 10, 5)},
	{
		"B08", "without a flag the rule is that of Brian 1.4, where a period becomes the nearest whole number of steps only if it is closer than 1e-4 of a step: 0.1999 ms is one step; with a flag it is two, as in Brian 2",
		func(t *testing.T) {
			for period, want := range map[string][2]int{
				"0.04 ms": {100, 100}, "0.06 ms": {100, 100}, "0.10 ms": {100, 100}, "0.14 ms": {100, 100}, "0.16 ms": {100, 100},
				"0.19 ms": {100, 100}, "0.1999 ms": {100, 50}, "0.2 ms": {50, 50},
			} {
				plain, flagged := always(period), always(period)
				flagged.Equations += "\n" + countsUp
				counts(plain, 100, want[0])(t)
				counts(flagged, 100, want[1])(t)
			}
		},
	},
	{"B09", "", refused(neurons.GroupParams{Equations: "v : 1", Threshold: "True", Refractory: "3*Hz"}, "want a time such as 5 ms or a condition such as v > 0, but this has the dimension (s^-1)")},
	{"B11", "", all(
		after(neurons.GroupParams{Equations: countsUp, Threshold: "False", Refractory: "1 ms"}, 1, "lastspike", -1e4),
		after(neurons.GroupParams{Equations: countsUp, Threshold: "False", Refractory: "1 ms"}, 1, "not_refractory", 1),
	)},
	{"B13", "", inputIsDropped},
	{"B15", "", customEvents},
	{"C23", "", constantChanges},
	{"D18", "", whiteNoise},
	{"F01", "", func(t *testing.T) {
		f := trace(t, arrays(neurons.GroupParams{N: 1, Equations: "x = ta(t) : 1", Frames: 8}, 0.4e-3, 0, 1), "x")
		for k := range f.N {
			if want := float64(k / 4); f.At(k, 0) != want {
				t.Errorf("frame %d is %g, want %g", k, f.At(k, 0), want)
			}
		}
	}},
	{"F04", "", all(
		elementwise("x//98", []float64{-150, -98, -97, -1, 0, 97, 98, 149}, []float64{-2, -1, -1, -1, 0, 0, 1, 1}),
		elementwise("x%98", []float64{-150, -98, -97, -1, 0, 97, 98, 149}, []float64{46, 0, 1, 97, 0, 97, 0, 51}),
	)},
	{"F05", "", elementwise("x/3", []float64{-5, -2, 0, 1, 4}, []float64{-5. / 3, -2. / 3, 0, 1. / 3, 4. / 3})},
	{
		"F07", "texts have no timestep(): refractoriness counts whole steps; times become steps by Steps, which rounds as it is told where Brian 2 truncates towards zero",
		func(t *testing.T) {
			for k := range int64(100_000) {
				if got := neurons.Steps(float64(k)*1e-4, 1e-4, neurons.Floor); got != k {
					t.Fatalf("%d steps of 0.1 ms are %d steps", k, got)
				}
			}
			if got := neurons.Steps(-1e4, 1e-4, neurons.Floor); got != -100_000_000 {
				t.Errorf("-10,000 s are %d steps", got)
			}
			if got := neurons.Steps(0.00015, 1e-4, neurons.Floor); got != 1 {
				t.Errorf("one and a half steps are %d", got)
			}
		},
	},
	{"F09", "", elementwise("exprel(x)", []float64{-1, 0, 1e-12, 1}, []float64{0.6321205588285577, 1, 1.0000000000005, 1.718281828459045})},
	{"F11", "", all(
		elementwise("sin(x)", five, []float64{-0.8414709848078965, -0.479425538604203, 0, 0.479425538604203, 0.8414709848078965}),
		elementwise("arctan(x)", five, []float64{-0.7853981633974483, -0.4636476090008061, 0, 0.4636476090008061, 0.7853981633974483}),
		elementwise("tanh(x)", five, []float64{-0.7615941559557649, -0.46211715726000974, 0, 0.46211715726000974, 0.7615941559557649}),
		elementwise("exp(x)", five, []float64{0.36787944117144233, 0.6065306597126334, 1, 1.6487212707001282, 2.718281828459045}),
		elementwise("floor(x)", five, []float64{-1, -1, 0, 0, 1}),
		elementwise("ceil(x)", five, []float64{-1, 0, 0, 1, 1}),
		elementwise("sign(x)", five, []float64{-1, -1, 0, 1, 1}),
		elementwise("abs(x)", five, []float64{1, .5, 0, .5, 1}),
	)},
	{"G01", "", refused(model("u = 3*mV+2*ms : volt", "", nil), "cannot add 2*ms (s) to 3*mV (m^2 kg s^-3 A^-1)")},
	{"G02", "", refused(model("dv/dt = -v : volt", "", nil), "the right-hand side has the dimension (m^2 kg s^-3 A^-1), but dv/dt has the dimension (m^2 kg s^-4 A^-1)")},
	{"G06", "", refused(neurons.GroupParams{Equations: decay, Threshold: "False", Reset: "v -= 60*mV"}, "cannot subtract 60*mV")},
	{"G07", "", refused(model("dv/dt = -v/tau_unknown : 1", "", nil), "unknown name tau_unknown")},
	{"G08", "", func(t *testing.T) {
		wantError(t, group(t, neurons.GroupParams{N: 1, Equations: "v : volt"}).Set("v", "3*ms"), "v has the dimension (m^2 kg s^-3 A^-1), but this has the dimension (s)")
	}},
	{"G12", "", arithmetic(map[string]float64{
		"5*mV/(100*Mohm)/pA": 50, "(3*mV)**2/(mV**2)": 9, "1/(10*ms)/Hz": 100, "2*nS*30*mV/pA": 60, "sqrt(9*mV**2)/mV": 3,
	})},
	{"G13", "", arithmetic(map[string]float64{"3*mV/mV": 3, "3*mV": 0.003, "3*mV == 0.003*volt": 1})},
	{"G14", "", refused(model("dv/dt = -v/tau volt", "", nil), "the definition of v has no unit")},
	{"G15", "", refused(model("dv/dt = -v/(10*ms) : mvolt", "", nil), "write volt instead of mvolt")},
	{"G16", "", refused(model("dv/dt = -v/(10*ms) : volt\nv = 2*volt : volt", "", nil), "v is defined twice")},
	{"G17", "", refused(model("dt/dt = -t/(10*ms) : second", "", nil), "t cannot be the name of a variable")},
	{"G18", "", refused(model("dv/dt = -(v+w)/(10*ms) : 1\nw = 2*x : 1\nx = 3*w : 1", "", nil), "w -> x -> w")},
	{"G19", "", refused(model("dv/dt = -v/(10*ms) : boolean", "", nil), "variables are real numbers")},
	{
		"G20", "a static equation may contain xi, one draw that all share who read it, as Brian 1.4 promises; in a power it is refused",
		all(
			refused(model("dv/dt = -(v+I)/(5*ms) : volt\nI = second**-1*xi**-2*volt : volt", "", nil), "white noise must enter dv/dt as a sum of terms"),
			after(model("dv/dt = u*second**-.5 : 1\ndw/dt = u*second**-.5 : 1\nu = xi : second**(-.5)\nd = v - w : 1", "euler", nil), 3, "d", 0),
		),
	},
	{"G22", "", refused(model(decay, "does_not_exist", nil), `no integration method is called "does_not_exist"`)},
	{
		"H02", "a linked variable has the value at the end of the step before, as in Brian 1.4; in Brian 2 it is the source itself, already updated",
		func(t *testing.T) {
			n := network(t, neurons.NetworkParams{})
			a := member(t, n, neurons.GroupParams{N: 1, Equations: "dx/dt = -x/(10*ms) : 1", Init: map[string]string{"x": "1"}})
			b := member(t, n, neurons.GroupParams{N: 1, Equations: "x : 1 (linked)\ndb/dt = x/ms : 1", Method: "euler"})
			must(t, n.Link(neurons.LinkParams{Target: b.All(), Variable: "x", Source: a.All(), From: "x"}))
			run(t, n, 0.3e-3)
			wantValues(t, "b", values(t, b, "b"), 0.2940694040604432*math.Exp(0.01))
		},
	},
	{"H03", "", func(t *testing.T) {
		g := member(t, network(t, neurons.NetworkParams{}), neurons.GroupParams{N: 6, Equations: "v : 1"})
		part, err := g.Cells(2, 5)
		must(t, err)
		must(t, part.Set("v", "i*10"))
		wantValues(t, "v", values(t, g, "v"), 0, 0, 0, 10, 20, 0)
		_, err = part.Cells(-1, 2)
		wantError(t, err, "want lo < hi within 0:3")
	}},
}

// elsewhere are behaviours with a test of their own, where the noise can be given or all parts are at hand, and those
// about units of Go arguments, which are plain numbers in SI units here.
var elsewhere = map[string]string{
	"A07-heun": "equations: methods", "A07-milstein": "equations: methods", "A08": "equations: integrate", "A09": "equations: methods",
	"A10": "equations: methods", "A24": "equations: integrate", "H05": "synapses", "G09": "seconds are a float64", "G24": "steps are a float64",
}

func TestBehavioursOfAnEngineOfSpikingNetworks(t *testing.T) {
	seen := map[string]bool{}
	for _, b := range behaviours {
		if seen[b.id] || elsewhere[b.id] != "" {
			t.Errorf("%s is listed twice", b.id)
		}
		seen[b.id] = true
		t.Run(b.id, func(t *testing.T) {
			if b.differs != "" {
				t.Log("differs: " + b.differs)
			}
			b.check(t)
		})
	}
}

// squidAxon is the model of Hodgkin and Huxley by Euler's scheme with steps of 0.01 ms.
func squidAxon(t *testing.T) {
	f := trace(t, neurons.GroupParams{
		N: 1, DT: 1e-5, Frames: 2000, Method: "euler", Init: map[string]string{"v": "-65", "m": ".05", "h": ".6", "n": ".32"},
		Equations: `
			dv/dt=(10-120*m**3*h*(v-50)-36*n**4*(v+77)-0.3*(v+54.387))/ms : 1
			dm/dt=(0.1*(v+40)/(1-exp(-(v+40)/10))*(1-m)-4*exp(-(v+65)/18)*m)/ms : 1
			dh/dt=(.07*exp(-(v+65)/20)*(1-h)-1/(1+exp(-(v+35)/10))*h)/ms : 1
			dn/dt=(.01*(v+55)/(1-exp(-(v+55)/10))*(1-n)-.125*exp(-(v+65)/80)*n)/ms : 1`,
	}, "v")
	highest := math.Inf(-1)
	for k := range f.N {
		highest = max(highest, f.At(k, 0))
	}
	for what, x := range map[string][2]float64{
		"5 ms": {f.At(499, 0), -75.09428096195553}, "10 ms": {f.At(999, 0), -66.76401409589681}, "20 ms": {f.At(1999, 0), -74.68248050662224},
		"highest": {highest, 40.49967129336927},
	} {
		if math.Abs(x[0]-x[1]) > toleranceHodgkinHuxley*math.Abs(x[1]) {
			t.Errorf("%s: v = %.17g mV, want %.17g", what, x[0], x[1])
		}
	}
}

func neverDrifts(t *testing.T) {
	p := always("10*dt")
	p.N, p.Frames = 1, 10_000
	at := stepsOf(spikesOf(t, p), 0)
	if len(at) != 1000 {
		t.Fatalf("%d spikes, want 1000", len(at))
	}
	for k, step := range at {
		if step != int64(10*k) {
			t.Fatalf("spike %d in step %d, want %d", k, step, 10*k)
		}
	}
}

func inputIsDropped(t *testing.T) {
	n, g := inNetwork(t, neurons.GroupParams{N: 1, Equations: countsUp, Threshold: "v > 4.5", Reset: "v = 0", Refractory: "5*dt"})
	_, err := n.PoissonInput(neurons.PoissonInputParams{Target: g.All(), Variable: "v", N: 1, Rate: 1e4, Weight: "1"})
	must(t, err)
	var got []float64
	must(t, n.Operation(neurons.When{Slot: neurons.Start}, func(neurons.Now) error {
		got = append(got, values(t, g, "v")[0])
		return nil
	}))
	run(t, n, 1e-3)
	wantValues(t, "v", got, 0, 1, 2, 3, 4, 5, 0, 0, 0, 0)
}

func customEvents(t *testing.T) {
	n, g := inNetwork(t, neurons.GroupParams{N: 2, Equations: "e1 : second\ne2 : second", Events: map[string]string{
		"event1": "t >= i*ms and t < i*ms + dt", "event2": "t >= (i+1)*ms and t < (i+1)*ms + dt",
	}})
	must(t, g.RunOnEvent("event1", "e1 = t", neurons.AfterThresholds, 0))
	must(t, g.RunOnEvent("event2", "e2 = t", neurons.AfterThresholds, 0))
	run(t, n, 2.1e-3)
	wantValues(t, "e1", values(t, g, "e1"), 0, 1e-3)
	wantValues(t, "e2", values(t, g, "e2"), 1e-3, 2e-3)
}

func constantChanges(t *testing.T) {
	n, g := inNetwork(t, neurons.GroupParams{N: 1, Equations: "v = const_v : 1", Constants: map[string]units.Quantity{"const_v": {Value: 1}}})
	s, err := g.Stream("v")
	must(t, err)
	var got []float64
	for k := range 2 {
		must(t, g.SetConstant("const_v", units.Quantity{Value: float64(k + 1)}))
		x := &frameTaker{taker{from: s}}
		run(t, n, 1e-4, x)
		got = append(got, x.frames...)
	}
	wantValues(t, "v", got, 1, 2)
}

func whiteNoise(t *testing.T) {
	const cells = 20_000
	f := trace(t, neurons.GroupParams{N: cells, Equations: "dx/dt = xi/ms**.5 : 1", Method: "euler", Frames: 100}, "x")
	x := slices.Clone(f.Row(99))
	mean, square := 0.0, 0.0
	for _, v := range x {
		mean += v / cells
	}
	for _, v := range x {
		square += (v - mean) * (v - mean) / cells
	}
	// Five standard errors: sqrt(10/20000) for the mean, 10*sqrt(2/20000) for the variance.
	if math.Abs(mean) > 0.112 || math.Abs(square-10) > 0.5 {
		t.Errorf("mean %g and variance %g, want 0 and 10", mean, square)
	}
}
