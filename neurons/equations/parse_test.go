package equations

import (
	"strings"
	"testing"

	"hearpipe/internal/expr"
	"hearpipe/units"
)

func parse(t testing.TB, text string) *Equations {
	t.Helper()
	e, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestDefinitionsKeepOrderKindsDimensionsAndFlags(t *testing.T) {
	e := parse(t, `
		# a model
		dv/dt = (u - v)/tau : volt (unless refractory)   # a flag
		u = 2*v + \
		    3*mV : volt          # continued by a backslash
		w = (v +                 # continued by the parenthesis
		     u) : volt

		tau : second (constant)
		noise : second**(-.5)
		k : volt/(metre*second)
		l : volt/(second)
		dn / dt = 0*hertz : 1`)
	want := []Equation{
		{Name: "v", Kind: Differential, Dim: units.DimVoltage, Flags: Flags{UnlessRefractory: true}},
		{Name: "u", Kind: Static, Dim: units.DimVoltage},
		{Name: "w", Kind: Static, Dim: units.DimVoltage},
		{Name: "tau", Kind: Parameter, Dim: units.DimTime, Flags: Flags{Constant: true}},
		{Name: "noise", Kind: Parameter, Dim: noiseDim},
		{Name: "k", Kind: Parameter, Dim: units.DimVoltage.Div(units.DimLength).Div(units.DimTime)},
		{Name: "l", Kind: Parameter, Dim: units.DimVoltage.Div(units.DimTime)},
		{Name: "n", Kind: Differential},
	}
	if len(e.All()) != len(want) {
		t.Fatalf("%d definitions, want %d:\n%s", len(e.All()), len(want), e)
	}
	for i, q := range e.All() {
		w := want[i]
		if q.Name != w.Name || q.Kind != w.Kind || q.Dim != w.Dim || q.Flags != w.Flags {
			t.Errorf("definition %d is %s, want %s of kind %d", i, &q, w.Name, w.Kind)
		}
	}
	if got := e.All()[1].Right.String(); got != "2*v + 3*mV" {
		t.Errorf("right-hand side of u is %s", got)
	}
}

// mistakes are texts and the errors they give, with place and caret.
var mistakes = []struct{ name, text, want string }{
	{"no unit", "dv/dt=-v/(10*ms) volt", `line 1, column 1: the definition of v has no unit: end the line with a colon and a unit, such as : volt or : 1
    dv/dt=-v/(10*ms) volt
    ^~~~~~~~~~~~~~~~~~~~~`},
	{"scaled unit", "dv/dt=-v/(10*ms) : mvolt", `line 1, column 20: the unit of a variable has no scale: write volt instead of mvolt; the dimension is declared here, values stay free to use any scale
    dv/dt=-v/(10*ms) : mvolt
                       ^~~~~`},
	{"scaled area", "a : um2", `line 1, column 5: the unit of a variable has no scale: write metre2 instead of um2; the dimension is declared here, values stay free to use any scale
    a : um2
        ^~~`},
	{"quantity as unit", "v = 3*volt : 2*volt", `line 1, column 14: expected a unit such as volt or 1, found the quantity 2 V
    v = 3*volt : 2*volt
                 ^~~~~~`},
	{"defined twice", "dv/dt=-v/(10*ms) : volt\nv = 2*volt : volt", `line 2, column 1: v is defined twice; the first definition is in line 1
    v = 2*volt : volt
    ^`},
	{"reserved", "dt/dt=-t/(10*ms) : second", `line 1, column 2: t cannot be the name of a variable: it is the time
    dt/dt=-t/(10*ms) : second
     ^`},
	{"reserved noise", "xi_a : 1", `line 1, column 1: xi_a cannot be the name of a variable: it is white noise
    xi_a : 1
    ^~~~`},
	{"circle", "dv/dt = -(v+w)/(10*ms) : 1\nw = 2*x : 1\nx = 3*w : 1", `line 2, column 1: static equations need each other in a circle: w -> x -> w
    w = 2*x : 1
    ^`},
	{"self", "w = 2*w : 1", `line 1, column 1: static equations need each other in a circle: w -> w
    w = 2*w : 1
    ^`},
	{"boolean", "dv/dt=-v/(10*ms) : boolean", `line 1, column 20: variables are real numbers: give v a unit, such as volt or 1
    dv/dt=-v/(10*ms) : boolean
                       ^~~~~~~`},
	{"dimension of a derivative", "dv/dt = -v : volt", `line 1, column 9: the right-hand side has the dimension (m^2 kg s^-3 A^-1), but dv/dt has the dimension (m^2 kg s^-4 A^-1), that of v (m^2 kg s^-3 A^-1) divided by a time
    dv/dt = -v : volt
            ^~`},
	{"dimension of a static equation", "v : volt\nu = 2*v : 1", `line 2, column 5: the right-hand side has the dimension (m^2 kg s^-3 A^-1), but u has the dimension (1)
    u = 2*v : 1
        ^~~`},
	{"dimension inside", "dv/dt = (v - 3*ms)/ms : 1", `line 1, column 10: cannot subtract 3*ms (s) from v (1)
    dv/dt = (v - 3*ms)/ms : 1
             ^~~~~~~~`},
	{"unknown names", "dv/dt = -v/taux + foo : 1\nu = bar*v + foo : 1", `line 1, column 12: unknown name taux (did you mean tau?)
    dv/dt = -v/taux + foo : 1
               ^~~~
line 1, column 19: unknown name foo
    dv/dt = -v/taux + foo : 1
                      ^~~
line 2, column 5: unknown name bar
    u = bar*v + foo : 1
        ^~~`},
	{"flag", "dv/dt = -v/(10*ms) : 1 (unless refractori)", `line 1, column 25: unknown flag for v: unless refractori; a differential equation may have (unless refractory)
    dv/dt = -v/(10*ms) : 1 (unless refractori)
                            ^~~~~~~~~~~~~~~~~`},
	{"flag of a parameter", "p : 1 (constant, summed)", `line 1, column 18: unknown flag for p: summed; a parameter may have (constant), (shared), (linked)
    p : 1 (constant, summed)
                     ^~~~~~`},
	{"flag of a static equation", "u = 2 : 1 (constant)", `line 1, column 12: unknown flag for u: constant; a static equation may have (shared)
    u = 2 : 1 (constant)
               ^~~~~~~~`},
	{"flags that exclude each other", "p : 1 (shared, linked)", `line 1, column 16: p cannot be both (shared) and (linked)
    p : 1 (shared, linked)
                   ^~~~~~`},
	{"shared from cells", "v : 1\nu = 2*v + i : 1 (shared)", `line 2, column 5: u is (shared), one value for all, but v differs from cell to cell
    u = 2*v + i : 1 (shared)
        ^~~~~~~`},
	{"shared random number", "u = rand() : 1 (shared)", `line 1, column 5: u is (shared), one value for all, but random numbers differ from cell to cell
    u = rand() : 1 (shared)
        ^~~~~~`},
	{"alias of nothing", "v : 1\nz = ms", `line 2, column 5: z = ms without a unit makes z another name for ms, but the equations do not define ms; end the line with a colon and a unit if ms is a constant
    z = ms
        ^~`},
	{"alias of itself", "v : 1\nz = y\ny = z", `line 2, column 1: static equations need each other in a circle: z -> y -> z
    z = y
    ^`},
	{"no unit of an expression", "v : 1\nz = 2*v", `line 2, column 1: the definition of z has no unit: end the line with a colon and a unit, such as : volt or : 1
    z = 2*v
    ^~~~~~~`},
	{"nothing on the left", ": volt", `line 1, column 1: expected the name of a variable
    : volt
    ^`},
	{"derivative without right-hand side", "dv/dt : volt", `line 1, column 1: the differential equation of v has no right-hand side: write dv/dt = ... : unit
    dv/dt : volt
    ^~~~~`},
	{"sum on the left", "v + w = 3 : 1", `line 1, column 1: expected the name of a variable, or dx/dt for a variable x, found v + w
    v + w = 3 : 1
    ^~~~~`},
	{"parenthesis", "a : 1\nv = (3 + 4 : volt\nw : 1", `line 2, column 5: this ( is not closed
    v = (3 + 4 : volt
        ^`},
	{"noise in a function", "dv/dt = exp(xi*second**.5)/second : 1", `line 1, column 9: white noise must enter dv/dt as a sum of terms, each a factor times xi: not in a function, a power, a divisor or a product of noises
    dv/dt = exp(xi*second**.5)/second : 1
            ^~~~~~~~~~~~~~~~~~~~~~~~~`},
	{"product of noises", "dv/dt = xi_a*xi_b : 1", `line 1, column 9: white noise must enter dv/dt as a sum of terms, each a factor times xi: not in a function, a power, a divisor or a product of noises
    dv/dt = xi_a*xi_b : 1
            ^~~~~~~~~`},
	{"multiplicative noise", "dv/dt = -v/(10*ms) + v*xi*(10*ms)**-.5 : 1", `line 1, column 22: the noise xi of v is multiplied by the differential variable v: name method heun or milstein (in the sense of Stratonovich), euler_ito or milstein_ito (Itô); all others take additive noise only, whose factor is made of constants, parameters, inputs and t
    dv/dt = -v/(10*ms) + v*xi*(10*ms)**-.5 : 1
                         ^~~~~~~~~~~~~~~~~`},
}

func TestMistakesNameThePlaceAndTeachTheRepair(t *testing.T) {
	for _, m := range mistakes {
		t.Run(m.name, func(t *testing.T) {
			e, err := Parse(m.text)
			if err == nil {
				var model *Model
				model, err = e.Resolve(Namespace{N: 3, DT: 1e-4, Constants: map[string]units.Quantity{"tau": {Value: 0.01, Dim: units.DimTime}}})
				if err == nil {
					_, err = model.Integrate("")
				}
			}
			if err == nil {
				t.Fatal("accepted")
			}
			if err.Error() != m.want {
				t.Errorf("got\n%v\nwant\n%s", err, m.want)
			}
		})
	}
}

func TestPlacesAreThoseOfTheFileAround(t *testing.T) {
	_, err := ParseSource(&expr.Source{Name: "net.yaml", Text: "a : 1\nb : mvolt", Line: 12, Column: 6, Indent: 6}, OfCells)
	if err == nil || !strings.HasPrefix(err.Error(), "net.yaml: line 13, column 11: ") {
		t.Errorf("got %v", err)
	}
}

func TestAddedDefinitionsFollowAndIdenticalOnesCountOnce(t *testing.T) {
	a := parse(t, "dv/dt = (w-v)/(10*ms) : 1\nw : 1")
	b := parse(t, "w : 1\nu = 2*v : 1")
	sum, err := a.Add(b)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, q := range sum.All() {
		names = append(names, q.Name)
	}
	if got := strings.Join(names, " "); got != "v w u" {
		t.Errorf("names %s, want v w u", got)
	}
	for _, text := range []string{"w : volt", "w = 3 : 1", "w : 1 (constant)", "dv/dt = (w-v)/(11*ms) : 1"} {
		if _, err := a.Add(parse(t, text)); err == nil || !strings.Contains(err.Error(), "already defined") {
			t.Errorf("adding %q: %v", text, err)
		}
	}
}
