package equations

import (
	"math"
	"strings"
	"testing"

	"hearpipe/internal/expr"
	"hearpipe/units"
)

// joined is a namespace in which synapses see v of the cells at both ends.
func joined() Namespace {
	v := expr.Symbol{Role: expr.Vector, Type: expr.FloatType(units.DimVoltage), Writable: true}
	return Namespace{N: 1, DT: 1e-4, Variables: map[string]expr.Symbol{"v_pre": v, "v_post": v, "v": v}}
}

// synapses resolves a model of synapses.
func synapses(t *testing.T, text string) (*Model, error) {
	t.Helper()
	e, err := ParseSynapses(text)
	if err != nil {
		return nil, err
	}
	return e.Resolve(joined())
}

// TestEventDrivenEquationsAreSolvedFromEventToEvent: a = -0.05, b = 0.2, x = 3 after 7 s is 3.2953119103; without a
// growth is linear, without b it is a decay.
func TestEventDrivenEquationsAreSolvedFromEventToEvent(t *testing.T) {
	m, err := synapses(t, "dx/dt = -0.05*Hz*x + b : 1 (event-driven)\nb : Hz\ndy/dt = b : 1 (event-driven)\ndz/dt = -z/(5*second) : 1 (event-driven)")
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Derivatives) != 0 || len(m.Events) != 3 {
		t.Fatalf("%d equations advance in every step, %d are event-driven", len(m.Derivatives), len(m.Events))
	}
	s := newStepper(t, m, &Integration{Statements: m.UpToDate(), Scope: m.Scope}, 10, map[string]float64{"x": 3, "y": 3, "z": 3, "b": 0.2, LastUpdate: 3})
	s.n = 1 // t = 10 s, 7 s after the last event
	s.run(1)
	near(t, "x", s.values["x"][0], 3.2953119103, 1e-10)
	near(t, "y", s.values["y"][0], 4.4, 1e-15)
	near(t, "z", s.values["z"][0], 3*math.Exp(-1.4), 1e-15)
}

func TestSummedEquationsNameAVariableOfTheCells(t *testing.T) {
	m, err := synapses(t, "w : 1\nu = 2*w : 1\nv_post = u*v_pre : volt (summed)\ndw2/dt = (v_post/volt - w2)/ms : 1 (clock-driven)")
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Sums) != 1 || m.Sums[0].Target != "v_post" || m.Sums[0].Value.String() != "2*w*v_pre" || m.Sums[0].Dim != units.DimVoltage {
		t.Errorf("sums %+v", m.Sums)
	}
	if got := m.Derivatives[0].Drift.String(); got != "(v_post/volt - w2)/ms" {
		t.Errorf("the equation reads %s, want the variable of the cell and not the sum", got)
	}
}

func TestClockDrivenSynapsesAreExactUnlessTheyReadCells(t *testing.T) {
	for text, want := range map[string]string{
		"dw/dt = (b - w)/(10*ms) : 1 (clock-driven)\nb : 1": "exact",
		"dw/dt = (v/volt - w)/(10*ms) : 1":                  "euler",
		"dw/dt = (i - j - w)/(10*ms) : 1":                   "exact",
	} {
		m, err := synapses(t, text)
		if err != nil {
			t.Fatal(err)
		}
		if step, err := m.Integrate(""); err != nil || step.Method != want {
			t.Errorf("%q: %+v, %v, want method %s", text, step, err, want)
		}
	}
}

func TestMistakesInSynapsesNameThePlace(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"da/dt = a*b/ms : 1 (event-driven)\ndb/dt = -b/ms : 1 (event-driven)", "line 1, column 9: an (event-driven) equation depends on its own variable, on constants and on parameters of the synapses only, but in da/dt there is b/ms"},
		{"da/dt = -a**2/ms : 1 (event-driven)", "an (event-driven) equation is linear in its own variable"},
		{"da/dt = v/volt/ms : 1 (event-driven)", "but in da/dt there is v/volt/ms"},
		{"da/dt = -a/ms + xi/ms**.5 : 1 (event-driven)", "a is (event-driven) and cannot have noise"},
		{"da/dt = (rand()-a)/ms : 1 (event-driven)", "there is rand()/ms"},
		{"da/dt = -a/ms : 1 (event-driven)\ndb/dt = a/ms : 1", "line 2, column 9: db/dt advances in every step and depends on a"},
		{"da/dt = -a/ms : 1 (event-driven, clock-driven)", "a cannot be both (event-driven) and (clock-driven)"},
		{"da/dt = -a/ms : 1 (unless refractory)", "a differential equation of synapses may have (event-driven), (clock-driven)"},
		{"i : 1", "i cannot be the name of a variable: it is the number of the source cell"},
		{"j : 1", "it is the number of the target cell"},
		{"lastupdate : second", "it is the time of the last event of the synapse"},
		{"a = lastspike : second", "unknown name lastspike"},
		{"w : 1\nv_post = w : 1 (summed, shared)", "cannot be both (shared) and (summed)"},
	} {
		if _, err := synapses(t, c.text); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v\nwant %q", c.text, err, c.want)
		}
	}
}
