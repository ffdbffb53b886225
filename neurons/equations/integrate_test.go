package equations

import (
	"math"
	"strings"
	"testing"

	"hearpipe/internal/expr"
	"hearpipe/units"
)

// stepper advances one cell of a model.
type stepper struct {
	t       testing.TB
	machine *expr.Machine
	program *expr.Program
	dt      float64
	values  map[string][]float64
	normal  float64 // the value of every normal number
	n       int
	cells   int
	factors *FactorMachine
}

// Fill sets increments of noise.
func (s *stepper) Fill(_ int, dst []float64, _ expr.Elements) {
	for i := range dst {
		dst[i] = math.Sqrt(s.dt) * s.normal
	}
}

// newStepper compiles statements; values are initial values of all variables that are not 0.
func newStepper(t testing.TB, m *Model, step *Integration, dt float64, values map[string]float64) *stepper {
	t.Helper()
	all := map[string][]float64{}
	for name, x := range values {
		all[name] = []float64{x}
	}
	return newCells(t, m, step, dt, 1, all)
}

// newCells is newStepper for several cells, with values for each.
func newCells(t testing.TB, m *Model, step *Integration, dt float64, cells int, values map[string][]float64) *stepper {
	t.Helper()
	p, err := expr.CompileStatements(step.Statements, step.Scope, expr.CompileOptions{Locals: true})
	if err != nil {
		t.Fatal(err)
	}
	s := &stepper{t: t, machine: p.NewMachine(), program: p, dt: dt, cells: cells, values: map[string][]float64{NotRefractory: nil, LastUpdate: nil, Cell: nil}}
	for _, q := range m.Equations.All() {
		s.values[q.Name] = nil
	}
	for name := range s.values {
		x := make([]float64, cells)
		for c := range x {
			switch given, ok := values[name]; {
			case ok:
				x[c] = given[c]
			case name == NotRefractory:
				x[c] = 1
			case name == Cell:
				x[c] = float64(c)
			}
		}
		s.values[name] = x
	}
	if step.Factors != nil {
		if s.factors, err = step.Factors.Machine(cells, func(name string) []float64 { return s.values[name] }); err != nil {
			t.Fatal(err)
		}
	}
	for slot, v := range p.Vectors() {
		x := s.values[v.Name]
		if x == nil {
			x = s.factors.Vector(v.Name)
		}
		s.machine.SetVector(slot, x)
	}
	s.machine.SetRandom(s)
	return s
}

func (s *stepper) run(steps int) {
	for range steps {
		if k := s.program.ScalarSlot(Time); k >= 0 {
			s.machine.SetScalar(k, float64(s.n)*s.dt)
		}
		for slot, name := range s.program.Scalars() {
			if x := s.values[name]; x != nil {
				s.machine.SetScalar(slot, x[0])
			}
		}
		if s.factors != nil {
			s.factors.Update(0, s.cells)
		}
		s.machine.Run(0, s.cells)
		s.n++
	}
}

func resolve(t testing.TB, text string, dt float64) *Model {
	t.Helper()
	m, err := parse(t, text).Resolve(Namespace{N: 1, DT: dt})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// integrate compiles a model.
func integrate(t testing.TB, text, method string, dt float64, values map[string]float64) *stepper {
	t.Helper()
	m := resolve(t, text, dt)
	step, err := m.Integrate(method)
	if err != nil {
		t.Fatal(err)
	}
	return newStepper(t, m, step, dt, values)
}

func near(t *testing.T, what string, got, want, relative float64) {
	t.Helper()
	if !(math.Abs(got-want) <= relative*math.Abs(want)) {
		t.Errorf("%s: got %.17g, want %.17g, relative error %.2g > %.2g", what, got, want, math.Abs(got-want)/math.Abs(want), relative)
	}
}

func TestIntegrationReachesClosedForms(t *testing.T) {
	const ms = 1e-3
	e := math.Exp(-1)
	for _, c := range []struct {
		name, text, method string
		dt                 float64
		steps              int
		values             map[string]float64
		variable           string
		want, relative     float64
	}{
		// Steps are exact but for rounding: 100 products of relative error 1e-16 each.
		{"decay", "dv/dt = -v/(10*ms) : 1", "exact", .1 * ms, 100, map[string]float64{"v": 1}, "v", e, 2e-14},
		{"parameter", "dv/dt = (I-v)/(10*ms) : 1\nI : 1", "", .1 * ms, 100, map[string]float64{"I": 1}, "v", 1 - e, 1e-14},
		{"parameter by Euler", "dv/dt = (I-v)/(10*ms) : 1\nI : 1", "euler", .1 * ms, 100, map[string]float64{"I": 1}, "v", 0.6339676587, 1e-10},
		{"defective matrix", "dv/dt = (-v+I)/(10*ms) : 1\ndI/dt = -I/(10*ms) : 1", "exact", .1 * ms, 100, map[string]float64{"I": 1}, "v", e, 2e-14},
		{"singular matrix", "dx/dt = y/ms : 1\ndy/dt = 0*y/ms + 3/ms : 1", "exact", .1 * ms, 100, nil, "x", 150, 1e-13},
		{"constant derivative", "dv/dt = 5*Hz : 1", "euler", .1 * ms, 10_000, nil, "v", 5, 1e-9},
		{"constant derivative, exact", "dv/dt = 5*Hz : 1", "exact", .1 * ms, 10_000, nil, "v", 5, 1e-9},
		{"oscillation", "dx/dt = y/ms : 1\ndy/dt = -x/ms : 1", "exact", .1 * ms, 100, map[string]float64{"x": 1}, "x", math.Cos(10), 1e-13},
		{"distinct time constants", "dv/dt = (I-v)/(10*ms) : 1\ndI/dt = -I/(5*ms) : 1", "", .1 * ms, 100, map[string]float64{"I": 1}, "v", math.Exp(-1) - math.Exp(-2), 1e-13},
		{"products of parameters", "dv/dt = (g*(I-2)-v)/(10*ms) : 1\nI : 1\ng : 1", "", .1 * ms, 100, map[string]float64{"I": 3, "g": 4}, "v", 4 * (1 - e), 1e-14},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := integrate(t, c.text, c.method, c.dt, c.values)
			s.run(c.steps)
			near(t, c.variable, s.values[c.variable][0], c.want, c.relative)
		})
	}
}

// TestExactKeepsDigitsWithMixedScales uses an RC circuit in SI units, whose matrix has entries of 1e10 beside 1: the
// solution is (g0/C)*(exp(-t/5ms) - exp(-t/200ms)) / (1/200ms - 1/5ms).
func TestExactKeepsDigitsWithMixedScales(t *testing.T) {
	const steps, dt = 50, 1e-4
	s := integrate(t, "dv/dt = (g - v*nS)/(200*pF) : volt\ndg/dt = -g/(5*ms) : amp", "exact", dt, map[string]float64{"g": 1e-10})
	s.run(steps)
	const time = steps * dt
	want := 1e-10 / 200e-12 * (math.Exp(-time/5e-3) - math.Exp(-time/200e-3)) / (1/200e-3 - 1/5e-3)
	near(t, "v", s.values["v"][0], want, 1e-13)
}

func TestEulerConvergesWithOrderOne(t *testing.T) {
	// dv/dt = v*(2-v)/tau: logistic growth from 1 at t = 0, v = 2/(1+exp(-2t/tau)).
	const T = 10e-3
	want := 2 / (1 + math.Exp(-2.))
	var errors []float64
	for _, n := range []int{50, 100, 200, 400} {
		s := integrate(t, "dv/dt = v*(2-v)/(10*ms) : 1", "", T/float64(n), map[string]float64{"v": 1})
		s.run(n)
		errors = append(errors, math.Abs(s.values["v"][0]-want))
	}
	for i := 1; i < len(errors); i++ {
		if order := math.Log2(errors[i-1] / errors[i]); math.Abs(order-1) > 0.03 {
			t.Errorf("halving the step makes the error %g into %g: order %.3f, want 1", errors[i-1], errors[i], order)
		}
	}
}

// TestSchemeMayHaveSeveralTermsWithTheDrift expands a scheme that is not among the methods.
func TestSchemeMayHaveSeveralTermsWithTheDrift(t *testing.T) {
	twice := Scheme{Name: "Euler in two terms", Text: "x_new = x + 3*dt*f(x, t) - 2*dt*f(x, t)"}
	m := resolve(t, "dx/dt = (I-x)/(10*ms) : 1\nI : 1", 1e-4)
	s := newStepper(t, m, &Integration{Statements: twice.expand(m), Scope: m.Scope}, 1e-4, map[string]float64{"I": 1})
	s.run(100)
	near(t, "x", s.values["x"][0], 0.6339676587, 5e-10)
}

func TestNoiseIsAddedAtTheEndOfTheStep(t *testing.T) {
	const dt, n = 1e-4, 0.7
	g := 0.3 * math.Sqrt(2/0.01)
	for _, c := range []struct {
		name, text, method string
		want               float64
	}{
		{"euler", "dv/dt = -v/(10*ms) + 0.3*sqrt(2/(10*ms))*xi : 1", "euler", 1 - dt/0.01 + g*math.Sqrt(dt)*n},
		{"exact", "dv/dt = -v/(10*ms) + 0.3*sqrt(2/(10*ms))*xi : 1", "exact", math.Exp(-dt/0.01) + g*math.Sqrt(dt)*n},
		{
			"subtracted and divided", "dv/dt = -(v/ms - 0.3*xi*sqrt(2*ms**2/(10*ms))/ms)/10 - xi_a/(2*second**.5) : 1", "euler",
			1 - dt/0.01 + (g/10-0.5)*math.Sqrt(dt)*n,
		},
		{"parameter as factor", "dv/dt = -v/(10*ms) + s*xi : 1\ns : second**-.5", "exact", math.Exp(-dt/0.01) + 2*math.Sqrt(dt)*n},
		{"static noise", "dv/dt = -v/(10*ms) + 2*u/second : 1\nu = xi*second**.5 : 1", "euler", 1 - dt/0.01 + 2*math.Sqrt(dt)*n},
		{"two noises", "dv/dt = -v/(10*ms) + (xi_1 + xi_2)/second**.5 : 1", "euler", 1 - dt/0.01 + 2*math.Sqrt(dt)*n},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := integrate(t, c.text, c.method, dt, map[string]float64{"v": 1, "s": 2})
			s.normal = n
			s.run(1)
			near(t, "v", s.values["v"][0], c.want, 1e-14)
		})
	}
}

func TestOrnsteinUhlenbeckWithForcedNoise(t *testing.T) {
	// Reference value of an independent model: all normal numbers are 0.5, 100 steps.
	s := integrate(t, "dv/dt = -v/tau + 0.3*sqrt(2/tau)*xi : 1\ntau = 10*ms : second", "euler", 1e-4, map[string]float64{"v": 1})
	s.normal = 0.5
	s.run(100)
	near(t, "v", s.values["v"][0], 1.7108808328892104, 1e-12)
}

func TestTwoNoisesAreTwoTerms(t *testing.T) {
	// Reference values of an independent model.
	s := integrate(t, "dx/dt = y : 1\ndy/dt = -y/(10*ms) + xi_1*ms**-1.5 + xi_2*ms**-1.5 : Hz", "euler", 1e-4, map[string]float64{"x": 5, "y": 25})
	s.normal = 0.5
	s.run(100)
	near(t, "x", s.values["x"][0], 120.90808148542789, 1e-12)
	near(t, "y", s.values["y"][0], 20056.968453140977, 1e-12)
}

func TestEveryNoiseHasItsNameAndOrdinal(t *testing.T) {
	m := resolve(t, "u = xi : second**-.5\ndv/dt = u/second**.5 + xi/second**.5 : 1\ndw/dt = u/second**.5 + xi_a/second**.5 : 1\ndz/dt = xi/second**.5 + xi_a/second**.5 : 1", 1e-4)
	var got []string
	for _, n := range m.Noises {
		got = append(got, n.Purpose+string(rune('0'+n.Ordinal)))
	}
	// u, v, w, z in order: the noise of u, the one of v, the shared one, the one of z.
	if s := strings.Join(got, " "); s != "xi0 xi1 xi_a0 xi2" {
		t.Errorf("noises %s, want xi0 xi1 xi_a0 xi2", s)
	}
	terms := func(k int) (list []int) {
		for _, x := range m.Derivatives[k].Noise {
			list = append(list, x.Noise)
		}
		return list
	}
	if v, w := terms(0), terms(1); v[0] != w[0] || v[1] == w[1] {
		t.Errorf("v uses noises %v and w %v: want the first shared, the second not", v, w)
	}
	if _, err := m.Expand(mustParse("u > 0*second**-.5")); err == nil || !strings.Contains(err.Error(), "u contains white noise") {
		t.Errorf("reading noise in a condition: %v", err)
	}
}

func TestMethodIsExactWherePossible(t *testing.T) {
	for _, c := range []struct{ text, method, want string }{
		{"dv/dt = -v/(10*ms) : 1", "", "exact"},
		{"dv/dt = -v/(10*ms) : 1", "Linear", "exact"},
		{"dv/dt = -v/(10*ms) : 1", "nonlinear", "euler"},
		{"dv/dt = -v/(10*ms) : 1", "Euler", "euler"},
		{"dv/dt = -v**2/(10*ms) : 1", "", "euler"},
		{"dv/dt = (I**2-v)/(10*ms) + s*xi : 1\nI : 1\ns : second**-.5", "", "exact"},
		{"dv/dt = (u-v)/(10*ms) : 1\nu = 2*v + exp(1) : 1", "", "exact"},
		{"dv/dt = (1 + cos(pi))*v/ms - v/(10*ms) : 1", "", "exact"},
		{"dv/dt = -v/tau : 1\ntau : second", "", "euler"},
		{"dv/dt = -v/ms + t/ms**2 : 1", "", "euler"},
		{"dv/dt = (rand()-v)/ms : 1", "", "euler"},
		{"dv/dt = -v*t/ms**2 : 1", "", "euler"},
		{"p : 1", "", ""},
	} {
		step, err := resolve(t, c.text, 1e-4).Integrate(c.method)
		if err != nil {
			t.Errorf("%q, %q: %v", c.text, c.method, err)
		} else if step.Method != c.want {
			t.Errorf("%q, %q: method %q, want %q", c.text, c.method, step.Method, c.want)
		}
	}
}

func TestMethodThatDoesNotFitIsRefused(t *testing.T) {
	for _, c := range []struct{ text, method, want string }{
		{"dv/dt = -v**2/(10*ms) : 1", "exact", "linear in the differential variables, and dv/dt is not"},
		{"dv/dt = -v/tau : 1\ntau : second (linked)", "linear", "made of constants and parameters, but in dv/dt the factor of v, -1/tau, changes while"},
		{"dv/dt = -v*t/ms**2 : 1", "exact", "the factor of v, -1*t/ms**2, changes while the cell goes on"},
		{"dv/dt = -v/ms + t*xi/ms**1.5 : 1", "exact_ou", "made of constants and parameters, but that of xi in dv/dt is t/ms**1.5; use method exact"},
		{"dv/dt = -v/ms + sin(2*pi*100*Hz*t)*Hz : 1", "exact", "the term sin(2*pi*100*Hz*t)*Hz changes with the time or at random"},
		{"dv/dt = v*xi*(5*ms)**-.5 : 1", "euler", "is multiplied by the differential variable v"},
		{"dv/dt = -v/ms : 1", "rk9", `no integration method is called "rk9": want one of exact, exact_ou, euler, exponential_euler, rk2, rk4, heun, milstein, euler_ito, milstein_ito, nonlinear, or`},
	} {
		_, err := resolve(t, c.text, 1e-4).Integrate(c.method)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q, %q: got %v, want %q", c.text, c.method, err, c.want)
		}
	}
}

func TestHeldVariableStandsStillAndOthersFollowIt(t *testing.T) {
	const text = "dv/dt = (3-v)/(10*ms) + xi/second**.5 : 1 (unless refractory)\ndw/dt = (v-w)/(10*ms) : 1"
	for _, method := range []string{"exact", "euler"} {
		s := integrate(t, text, method, 1e-4, map[string]float64{"v": 2, NotRefractory: 0})
		s.normal = 1
		s.run(100)
		if v := s.values["v"][0]; v != 2 {
			t.Errorf("%s: v moved to %g while refractory", method, v)
		}
		if method == "exact" {
			near(t, "w driven by a standing v", s.values["w"][0], 2*(1-math.Exp(-1)), 1e-14)
		}
		s.normal = 0
		s.values[NotRefractory][0] = 1
		s.values["w"][0] = 0
		s.run(100)
		if method == "exact" {
			// v = 3 - exp(-t/tau), w = 3(1-e^-1) - (t/tau) e^-1 at t = tau
			near(t, "v", s.values["v"][0], 3-math.Exp(-1), 1e-14)
			near(t, "w", s.values["w"][0], 3*(1-math.Exp(-1))-math.Exp(-1), 1e-13)
		}
	}
}

func TestInputMustBeAParameter(t *testing.T) {
	e := parse(t, "dv/dt = (I-v)/ms : 1\nI : 1\nu = 2*v : 1")
	for name, want := range map[string]string{
		"J": "no parameter of this name (parameters: I)", "v": "not a parameter (parameters: I)", "u": "not a parameter",
	} {
		_, err := e.Resolve(Namespace{N: 1, DT: 1e-4, Inputs: map[string]Input{name: {}}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("input %s: got %v, want %q", name, err, want)
		}
	}
}

func TestVariablesWinOverConstants(t *testing.T) {
	m, err := parse(t, "dv/dt = (u-v)/ms : 1\nu = 2 : 1").Resolve(Namespace{N: 1, DT: 1e-4, Constants: map[string]units.Quantity{
		"u": {Value: 5}, "v": {Value: 6}, "t": {Value: 7}, "free": {Value: 8},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if s := strings.Join(m.Shadowed, " "); s != "t u v" {
		t.Errorf("shadowed: %s, want t u v", s)
	}
	if d := m.Derivatives[0].Drift.String(); d != "(2 - v)/ms" {
		t.Errorf("drift %s, want (2 - v)/ms", d)
	}
}

// TestZeroHasTheDimensionOfItsVariable: the literal 0 fits every dimension where it is written, and has that one where it is
// put in.
func TestZeroHasTheDimensionOfItsVariable(t *testing.T) {
	for _, method := range []string{"exact", "euler", "rk4", "exponential_euler"} {
		s := integrate(t, "dv/dt = 0 : volt\ndw/dt = (I + J)/(2*farad) + u : volt\nI = 0 : amp\nJ = where(i > 0, 0, 0) : amp\nu = -0 : volt/second", method, 1e-3, map[string]float64{"v": 3, "w": 2})
		s.run(3)
		if v, w := s.values["v"][0], s.values["w"][0]; v != 3 || w != 2 {
			t.Errorf("%s: v = %g and w = %g, want 3 and 2", method, v, w)
		}
	}
}
