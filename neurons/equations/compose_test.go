package equations

import (
	"strings"
	"testing"

	"hearpipe/internal/expr"
	"hearpipe/units"
)

const ms = 1e-3

// added adds equations or fails.
func added(t *testing.T, e *Equations, f ...*Equations) *Equations {
	t.Helper()
	for _, one := range f {
		var err error
		if e, err = e.Add(one); err != nil {
			t.Fatal(err)
		}
	}
	return e
}

// must takes the result of a composition.
func must(t *testing.T) func(*Equations, error) *Equations {
	return func(e *Equations, err error) *Equations {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
}

func TestAliasIsAnotherNameForReadingAndWriting(t *testing.T) {
	m := resolve(t, "dv/dt = -z/(10*ms) : volt\nz = y\ny = v\nu = 2*z : volt", 1e-4)
	q, _ := m.Equations.Lookup("z")
	if q.Dim != units.DimVoltage || !q.Alias {
		t.Errorf("z is %s of dimension %s", q, q.Dim)
	}
	if got := m.Derivatives[0].Drift.String(); got != "-v/(10*ms)" {
		t.Errorf("drift %s", got)
	}
	list, err := expr.ParseStatements("z = u + 1*mV; y += z", expr.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if list, err = m.Statements(list); err != nil {
		t.Fatal(err)
	}
	for k, want := range []string{"v = 2*v + 1*mV", "v += v"} {
		if got := list[k].String(); got != want {
			t.Errorf("statement %d is %s, want %s", k, got, want)
		}
	}
	if got := parse(t, "z = v").String(); got != "z = v" {
		t.Errorf("an alias prints as %q", got)
	}
}

func TestAssignmentsThatHaveNoMeaningAreRefused(t *testing.T) {
	m := resolve(t, "u = 2 : 1\nw : 1 (shared)\nx : 1 (linked)\ny = u", 1e-4)
	for text, want := range map[string]string{"u = 1": "static equation", "y = 1": "static equation", "w = 1": "(shared)", "x += 1": "(linked)"} {
		list, err := expr.ParseStatements(text, expr.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Statements(list); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "column 1") {
			t.Errorf("%s: %v, want an error about %q", text, err, want)
		}
	}
}

func TestRenamingReachesEveryPlace(t *testing.T) {
	e := parse(t, "dx/dt = -x/tau + f(y) + xi_a*tau**-.5 : 1\ny = x + a : 1\na : 1")
	f := must(t)(e.Rename(map[string]string{"x": "V", "tau": "tau_m", "xi_a": "xi_b", "a": "x", "f": "g"}))
	want := "dV/dt = -V/tau_m + g(y) + xi_b*tau_m**-.5 : (1)\ny = V + x : (1)\nx : (1)"
	if f.String() != want {
		t.Errorf("got\n%s\nwant\n%s", f, want)
	}
	if e.All()[0].Name != "x" || !strings.Contains(e.String(), "-x/tau") {
		t.Error("the equations themselves have changed")
	}
	for _, c := range []struct{ old, name, want string }{
		{"x", "y", "y is defined twice"},
		{"x", "t", "it is the time"},
		{"x", "2x", "not a name"},
		{"q", "r", "the equations have no name q"},
		{"x", "xi", "it is white noise"},
	} {
		if _, err := e.Rename(map[string]string{c.old: c.name}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s to %s: %v, want %q", c.old, c.name, err, c.want)
		}
	}
}

func TestSuffixNamesWhatTheEquationsDefineOnly(t *testing.T) {
	e := must(t)(parse(t, "dv/dt = (E-v)/tau + I/C : volt\nI : amp").Suffix("_soma"))
	if got := e.All()[0].String(); !strings.HasPrefix(got, "dv_soma/dt = (E - v_soma)/tau + I_soma/C") {
		t.Errorf("got %s", got)
	}
}

func TestHiddenNamesNeverMeet(t *testing.T) {
	synapse := parse(t, "dx/dt = (y-x)/tau : 1\ndy/dt = -y/tau : 1")
	one := func(out, in string) *Equations {
		e := must(t)(synapse.Hide("y"))
		return must(t)(e.Rename(map[string]string{"x": out}))
	}
	a, b, c := one("ge", "e"), one("gi", "i"), one("gx", "x")
	sum := added(t, a, b, a, c, b)
	want := []string{"ge", "_y", "gi", "_y_2", "gx", "_y_3"}
	if got := sum.allNames(); strings.Join(got, " ") != strings.Join(want, " ") {
		t.Fatalf("names %v, want %v", got, want)
	}
	q, _ := sum.Lookup("gi")
	if got := q.Right.String(); got != "(_y_2 - gi)/tau" {
		t.Errorf("gi follows %s", got)
	}
	if _, err := synapse.Hide("z"); err == nil || !strings.Contains(err.Error(), "names: x, y") {
		t.Errorf("hiding a name that is not there: %v", err)
	}
}

func TestBoundValuesBelongToTheseEquationsOnly(t *testing.T) {
	e := parse(t, "dx/dt = -x/tau : 1")
	second := func(x float64) units.Quantity { return units.Quantity{Value: x, Dim: units.DimTime} }
	a := must(t)(e.Bind(map[string]units.Quantity{"tau": second(10 * ms)}))
	b := must(t)(must(t)(e.Bind(map[string]units.Quantity{"tau": second(5 * ms)})).Rename(map[string]string{"x": "y"}))
	m, err := added(t, a, b).Resolve(Namespace{N: 1, DT: 1e-3})
	if err != nil {
		t.Fatal(err)
	}
	step, err := m.Integrate("euler")
	if err != nil {
		t.Fatal(err)
	}
	s := newStepper(t, m, step, 1e-3, map[string]float64{"x": 1, "y": 1})
	s.run(1)
	near(t, "x", s.values["x"][0], 0.9, 1e-15)
	near(t, "y", s.values["y"][0], 0.8, 1e-15)
	for name, want := range map[string]string{"x": "which is a variable", "q": "do not use this name"} {
		if _, err := e.Bind(map[string]units.Quantity{name: {}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("a value for %s: %v, want %q", name, err, want)
		}
	}
}

func TestMembraneIsTheLikeliestVariable(t *testing.T) {
	for text, want := range map[string]string{
		"a : 1\nVm : 1\nV : 1":                    "V Vm",
		"x = v : 1\ndx2/dt = 1*Hz : 1\nv = 1 : 1": "x2",
		"dw/dt = 1*Hz : 1\ndvm/dt = 1*Hz : 1":     "vm",
		"Vm : 1\nvm : 1\nV : 1\ndv/dt = 1*Hz : 1": "v V vm Vm",
		"u = 1 : 1": "",
	} {
		name, others := parse(t, text).Membrane()
		if got := strings.TrimSpace(name + " " + strings.Join(others, " ")); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func TestOrderIsThatOfDefinition(t *testing.T) {
	sum := added(t, parse(t, "da/dt = 1*Hz : 1\nz : 1"), parse(t, "b : 1\nz : 1\ndc/dt = 1*Hz : 1"))
	if got := strings.Join(sum.allNames(), " "); got != "a z b c" {
		t.Errorf("order %s", got)
	}
}

func contains(err error, text string) bool { return strings.Contains(err.Error(), text) }

// statementsOf are statements of a model.
func statementsOf(t *testing.T, m *Model, text string) []expr.Statement {
	t.Helper()
	list, err := expr.ParseStatements(text, expr.Options{})
	if err == nil {
		list, err = m.Statements(list)
	}
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestEquationsCanBeAppliedByHand is the example of the manual of Brian 1.4 (which prints 8 mV for z by mistake).
func TestEquationsCanBeAppliedByHand(t *testing.T) {
	m := resolve(t, "dx/dt = (y-x)/(10*ms) + xi*volt/second**.5 : volt\ndy/dt = -z/(5*ms) : volt\nz = 2*(x+y) : volt\nu = xi : second**-.5\nw = t/second + i : 1", 1e-4)
	values := map[string]float64{"x": 3e-3, "y": 5e-3, "t": 2, "i": 3}
	for name, want := range map[string]float64{"z": 16e-3, "x": 0.2, "y": -3.2, "w": 5} {
		x, err := m.Apply(name, values)
		if err != nil {
			t.Error(err)
		}
		near(t, name, x, want, 1e-14)
	}
	delete(values, "y")
	for name, want := range map[string]string{"x": "x needs a value of y", "u": "u contains white noise", "q": "there is no equation for q"} {
		if _, err := m.Apply(name, values); err == nil || !contains(err, want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
}

func TestANameHasOneMeaning(t *testing.T) {
	f := map[string]*expr.Function{"a": {Name: "a"}}
	c := map[string]units.Quantity{"a": {}}
	ta := map[string]*TimedArray{"a": {Values: []float64{1}, DT: 1}}
	for _, ns := range []Namespace{{Functions: f, Constants: c}, {Functions: f, TimedArrays: ta}, {Constants: c, TimedArrays: ta}} {
		if _, err := parse(t, "v : 1").Resolve(ns); err == nil || !contains(err, "a is given as a") || !contains(err, "want one of them") {
			t.Errorf("got %v", err)
		}
	}
}
