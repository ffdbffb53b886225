package equations

import (
	"math"
	"testing"

	"hearpipe/units"
)

// cells integrates several cells.
func cells(t *testing.T, text, method string, dt float64, n int, values map[string][]float64) *stepper {
	t.Helper()
	m, err := parse(t, text).Resolve(Namespace{N: n, DT: dt})
	if err != nil {
		t.Fatal(err)
	}
	step, err := m.Integrate(method)
	if err != nil {
		t.Fatal(err)
	}
	if step.Method != method {
		t.Fatalf("method %s, want %s", step.Method, method)
	}
	return newCells(t, m, step, dt, n, values)
}

func TestExactTakesParametersAsFactorsWhenAsked(t *testing.T) {
	const text = "dv/dt = (g*w + I - v)/tau : 1\ndw/dt = -w*(i + 1)/(10*ms) : 1\ntau : second\ng : 1\nI : 1"
	s := cells(t, text, "exact", 0.1*ms, 3, map[string][]float64{
		"v": {1, 1, 0}, "w": {0, 0, 1}, "tau": {10 * ms, 5 * ms, 10 * ms}, "g": {1, 1, 2}, "I": {0, 3, 0},
	})
	s.run(100)
	near(t, "decay", s.values["v"][0], math.Exp(-1), 2e-14)
	near(t, "relaxation", s.values["v"][1], 3-2*math.Exp(-2), 2e-14)
	// w = exp(-3 t/tau), v = exp(-t/tau) (1 - exp(-2 t/tau)) with g = 2
	near(t, "driven", s.values["v"][2], math.Exp(-1)*(1-math.Exp(-2)), 2e-13)
}

func TestFactorsFollowTheirParameters(t *testing.T) {
	s := cells(t, "dv/dt = -v/tau : 1\ntau : second", "exact", 1*ms, 2, map[string][]float64{"v": {1, 1}, "tau": {10 * ms, 10 * ms}})
	s.run(10)
	s.values["tau"][1] = 5 * ms
	s.run(10)
	near(t, "the same time constant", s.values["v"][0], math.Exp(-2), 1e-14)
	near(t, "a changed time constant", s.values["v"][1], math.Exp(-3), 1e-14)
	for _, v := range s.factors.vectors {
		v[0] = 7 // nothing has changed, so nobody looks
	}
	s.factors.Update(0, 2)
	for _, v := range s.factors.vectors {
		if v[0] != 7 {
			t.Error("factors were computed again without need")
		}
	}
	if n := testing.AllocsPerRun(10, func() { s.factors.Update(0, 2) }); n != 0 {
		t.Errorf("%g allocations for an update without a change", n)
	}
}

func TestASharedParameterIsAFactorOfAllCells(t *testing.T) {
	s := cells(t, "dv/dt = -v/tau/k : 1\ntau : second (shared)\nk : 1", "exact", 1*ms, 3, map[string][]float64{
		"v": {1, 1, 1}, "tau": {10 * ms, 0, 0}, "k": {1, 1, 2},
	})
	s.run(10)
	s.values["tau"][0] = 5 * ms
	s.run(10)
	for c, want := range []float64{math.Exp(-3), math.Exp(-3), math.Exp(-1.5)} {
		near(t, "v", s.values["v"][c], want, 1e-14)
	}
}

// TestFactoredStepsAreThoseOfConstants compares the same system with constants and with parameters, held and free. The
// coefficients have the same bits, so the matrices have them too; sums are written in another order.
func TestFactoredStepsAreThoseOfConstants(t *testing.T) {
	const (
		model     = "dv/dt = (3*w - v + 2)/tau + 2*xi/second**.5 : 1 (unless refractory)\ndw/dt = (v - w)/tau + s*xi_a/second**.5 : 1\ndz/dt = w/tau : 1"
		constant  = model + "\ntau = 10*ms : second\ns = 3 : 1"
		parameter = model + "\ntau : second\ns : 1"
	)
	for _, method := range []string{"exact", "exact_ou"} {
		for _, active := range []float64{1, 0} {
			values := map[string]float64{"v": 1, "w": 2, "tau": 10 * ms, "s": 3, NotRefractory: active}
			a, b := integrate(t, constant, method, 1*ms, values), integrate(t, parameter, method, 1*ms, values)
			a.normal, b.normal = 0.5, 0.5
			a.run(20)
			b.run(20)
			for _, name := range []string{"v", "w", "z"} {
				near(t, method+" "+name, b.values[name][0], a.values[name][0], 1e-13)
			}
			if active == 0 && a.values["v"][0] != 1 {
				t.Errorf("%s: v moved to %g while refractory", method, a.values["v"][0])
			}
		}
	}
}

func TestExactNoiseHasTheVarianceOfTheProcess(t *testing.T) {
	// v(t+dt) = v exp(-h) + s sqrt(1 - exp(-2h)) N, h = dt/tau (Gillespie 1996, Phys. Rev. E 54:2084).
	const h, s, n = 2.0, 0.3, 0.7
	one := integrate(t, "dv/dt = -v/(10*ms) + 0.3*sqrt(2/(10*ms))*xi : 1", "exact_ou", h*10*ms, map[string]float64{"v": 1})
	one.normal = n
	one.run(1)
	near(t, "v", one.values["v"][0], math.Exp(-h)+s*math.Sqrt(1-math.Exp(-2*h))*n, 1e-14)
	// Two noises of one variable count as one of their root mean square.
	two := integrate(t, "dv/dt = -v/(10*ms) + (3*xi_a + 4*xi_b)/second**.5 : 1", "exact_ou", h*10*ms, nil)
	two.normal = n
	two.run(1)
	near(t, "v with two noises", two.values["v"][0], 5*math.Sqrt(5*ms*(1-math.Exp(-2*h)))*n, 1e-14)
}

func TestCovarianceOfClosedForms(t *testing.T) {
	// dx/dt = y, dy/dt = g xi: g^2 [dt^3/3 dt^2/2; dt^2/2 dt].
	const dt, g = 1e-4, 3.0
	c := covariance(new(workspace), []float64{0, 1, 0, 0}, []float64{0, 0, 0, g * g}, 2, dt, make([]bool, 2))
	for k, want := range []float64{g * g * dt * dt * dt / 3, g * g * dt * dt / 2, g * g * dt * dt / 2, g * g * dt} {
		near(t, "integrator", c[k], want, 1e-14)
	}
	l := lower(new(workspace), c, 2)
	near(t, "root", l[2]*l[2]+l[3]*l[3], g*g*dt, 1e-14)
	near(t, "root off the diagonal", l[0]*l[2], g*g*dt*dt/2, 1e-14)
	// Two filters of one noise, one of them stiff: Q/(a+b) (1 - exp(-(a+b) dt)).
	a, b := 1e6, 10.0
	c = covariance(new(workspace), []float64{-a, 0, 0, -b}, []float64{1, 2, 2, 4}, 2, dt, make([]bool, 2))
	for k, rate := range []float64{2 * a, a + b, a + b, 2 * b} {
		near(t, "two filters", c[k], []float64{1, 2, 2, 4}[k]*-math.Expm1(-rate*dt)/rate, 1e-12)
	}
	// A variable that stands still has no noise.
	c = covariance(new(workspace), []float64{-1, 5, 0, -1}, []float64{1, 1, 1, 1}, 2, 0.1, []bool{false, true})
	near(t, "beside a held one", c[0], (1-math.Exp(-0.2))/2, 1e-14)
	if c[1] != 0 || c[2] != 0 || c[3] != 0 {
		t.Errorf("covariance %g, want nothing for the held variable", c)
	}
	// Equal noise in equal filters: the second has nothing of its own.
	l = lower(new(workspace), []float64{4, 4, 4, 4}, 2)
	if l[0] != 2 || l[1] != 0 || l[2] != 2 || l[3] != 0 {
		t.Errorf("root %g, want 2 0 2 0", l)
	}
}

func TestExactAcceptsTimedArraysThatKeepTheirValueDuringAStep(t *testing.T) {
	array := func(dt float64, start float64) Namespace {
		return Namespace{N: 1, DT: 0.1 * ms, TimedArrays: map[string]*TimedArray{"ta": {Values: []float64{1, 3, 0}, DT: dt, Start: start}}}
	}
	const text = "dv/dt = (ta(t)-v)/(10*ms) : 1"
	m, err := parse(t, text).Resolve(array(1*ms, 0))
	if err != nil {
		t.Fatal(err)
	}
	step, err := m.Integrate("")
	if err != nil || step.Method != "exact" {
		t.Fatalf("method %+v, %v, want exact", step, err)
	}
	s := newStepper(t, m, step, 0.1*ms, nil)
	s.run(30)
	near(t, "v", s.values["v"][0], 0.33623252727019737, 1e-9) // reference value of an independent model
	for want, ns := range map[string]Namespace{
		"changes every 5e-05 s from 0 s on, which are not whole numbers of steps of 0.0001 s": array(0.05*ms, 0),
		"changes every 0.00025 s from 0 s on":                                                 array(0.25*ms, 0),
		"changes every 0.001 s from 5e-05 s on":                                               array(1*ms, 0.05*ms),
	} {
		m, err := parse(t, text).Resolve(ns)
		if err != nil {
			t.Fatal(err)
		}
		_, err = m.Integrate("exact")
		if err == nil || !contains(err, want) || !contains(err, "line 1, column 10") {
			t.Errorf("got %v, want %q", err, want)
		}
		if step, err := m.Integrate(""); err != nil || step.Method != "euler" {
			t.Errorf("method %+v, %v, want euler", step, err)
		}
	}
	m, err = parse(t, "dv/dt = -ta(t)*v/ms : 1\ndw/dt = (ta(t + dt)-w)/ms : 1").Resolve(array(1*ms, 0))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Integrate("exact"); err == nil || !contains(err, "the factor of v, -ta(t)/ms, changes") {
		t.Errorf("a timed array as a factor: %v", err)
	}
}

func TestTimedArrayHoldsFromItsTimeOn(t *testing.T) {
	a := &TimedArray{Values: []float64{1, 2, 3}, DT: 0.3e-3, Start: 1e-3}
	for at, want := range map[float64]float64{-1: 1, 0.99e-3: 1, 1e-3: 1, 1.29e-3: 1, 1.3e-3: 2, 1.3e-3 - 1e-9: 2, 1.59e-3: 2, 1.6e-3: 3, 100: 3, math.Inf(1): 3, math.Inf(-1): 1} {
		if got := a.At(at, 0); got != want {
			t.Errorf("at %g s: %g, want %g", at, got, want)
		}
	}
	if x := a.At(math.NaN(), 0); x == x {
		t.Errorf("at no time: %g", x)
	}
	columns := &TimedArray{Values: []float64{1, 2, 3, 4}, Columns: 2, DT: 1, Dim: units.DimVoltage}
	m, err := parse(t, "u = ta2(t, i) : volt\nw = ta2(3*second, 1 - i) : volt\na : volt\nb : volt\nc : volt").Resolve(Namespace{N: 2, DT: 1, TimedArrays: map[string]*TimedArray{"ta2": columns}})
	if err != nil {
		t.Fatal(err)
	}
	s := newCells(t, m, &Integration{Statements: statementsOf(t, m, "a = u; b = w; c = ta2(t, 2 + 0*i)"), Scope: m.Scope}, 1, 2, nil)
	s.run(2)
	for name, want := range map[string][]float64{"a": {3, 4}, "b": {4, 3}} {
		if got := s.values[name]; got[0] != want[0] || got[1] != want[1] {
			t.Errorf("%s = %g, want %g", name, got, want)
		}
	}
	if x := s.values["c"][0]; x == x {
		t.Errorf("a column that is not there: %g", x)
	}
}

func TestTimedArraysThatMakeNoSenseAreRefused(t *testing.T) {
	for want, a := range map[string]*TimedArray{
		"timed array ta: no values":                            {DT: 1},
		"timed array ta: 3 values in 2 columns":                {Values: []float64{1, 2, 3}, Columns: 2, DT: 1},
		"interval of 0 s: want a positive time":                {Values: []float64{1}},
		"interval of NaN s":                                    {Values: []float64{1}, DT: math.NaN()},
		"start at NaN s":                                       {Values: []float64{1}, DT: 1, Start: math.NaN()},
		"has 2 columns: want one for each of the 3 cells":      {Values: []float64{1, 2}, Columns: 2, DT: 1},
		"ta needs 2 arguments, found 1":                        {Values: []float64{1, 2, 3}, Columns: 3, DT: 1},
		"argument 1 of ta needs the dimension (s), but i is a": {Values: []float64{1}, DT: 1},
	} {
		text := "u = ta(t, i) : 1"
		switch want[:2] {
		case "ta":
			text = "u = ta(t) : 1"
		case "ar":
			text = "u = ta(i) : 1"
		}
		_, err := parse(t, text).Resolve(Namespace{N: 3, DT: 1, TimedArrays: map[string]*TimedArray{"ta": a}})
		if err == nil || !contains(err, want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
