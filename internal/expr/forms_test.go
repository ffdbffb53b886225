package expr

import (
	"math"
	"strings"
	"testing"

	"hearpipe/units"
)

// TestEveryOperationHasItsBitsInEveryForm runs each operator and function with its operands as
// vectors, scalars of a run and constants, over special values.
func TestEveryOperationHasItsBitsInEveryForm(t *testing.T) {
	special := []float64{
		0, math.Copysign(0, -1), 1, -1, 2, 3, 0.5, -2.5, 0.3, 7, 1e300, -1e-310, math.Inf(1), math.Inf(-1), math.NaN(), math.Pi,
	}
	var x, y []float64
	for _, a := range special {
		for _, b := range special {
			x, y = append(x, a), append(y, b)
		}
	}
	data := map[string][]float64{"x": x, "y": y, "r": y}
	var texts []string
	for _, op := range strings.Fields("+ - * / // % ** < <= > >= == !=") {
		texts = append(texts, "A "+op+" B")
	}
	for _, name := range []string{"min", "max", "arctan2", "hypot"} {
		texts = append(texts, name+"(A, B)")
	}
	for _, op := range []string{"and", "or"} {
		texts = append(texts, "(A > 0) "+op+" (B > 0)")
	}
	for _, name := range Functions() {
		if f := builtins[name]; f.min == 1 && f.max == 1 && !f.evalOnly && name != "gain" && aliases[name] == "" {
			texts = append(texts, name+"(A)")
		}
	}
	texts = append(texts, "-A", "+A", "not A > 0", "where(A > B, A, B)", "clip(A, B, 1)", "clip(A, -1, B)", "clip(A, B, B)", "clip(A, -1, 1)", "clip(1, A, B)")
	scope := bench()
	for _, text := range texts {
		for _, a := range []string{"x", "s"} {
			for _, b := range []string{"y", "s", "2", "3", "0.5", "(-1)", "0.3", "0"} {
				expression := strings.NewReplacer("A", a, "B", b).Replace(text)
				n, err := Parse(expression, Options{})
				if err != nil {
					t.Fatal(err)
				}
				p, err := Compile(n, scope)
				if err != nil {
					t.Fatal(err)
				}
				for _, s := range special {
					m, own := bind(p, 100, data, len(x), map[string]float64{"s": s})
					m.Run(0, len(x))
					for i, got := range own[Result] {
						e := &reference{scope: scope, values: map[string]float64{"x": x[i], "y": y[i], "s": s}}
						if want := e.eval(n); !same(got, want) {
							t.Fatalf("%s with x=%g, y=%g, s=%g: got %g, want %g\n%s", expression, x[i], y[i], s, got, want, p)
						}
					}
					if !strings.Contains(expression, "s") {
						break
					}
				}
			}
		}
	}
}

func TestScalarsOfARunReachFunctions(t *testing.T) {
	for text, want := range map[string]float64{
		"double(s*1 V)/(1 V) + x":    2*0.75 + 10,
		"x*max(list)/(1 Hz)":         20,
		"x + max([1, 5, 3])":         15,
		"gain(20 dB)*x":              100,
		"x*(x > 3) - True":           9,
		"lookup(3 s)/(1 V) + x":      13,
		"double(x*1 V)/(1 V)*$scale": 60,
	} {
		scope := bench()
		scope.Params["scale"] = NumberValue(3)
		n, err := Parse(text, Options{Lists: true, Params: true})
		if err != nil {
			t.Fatal(err)
		}
		p, err := Compile(n, scope)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		m, own := bind(p, 4, map[string][]float64{"x": {10}}, 1, map[string]float64{"s": 0.75})
		if m.Program() != p {
			t.Error("a machine forgets its program")
		}
		m.Run(0, 1)
		if got := own[Result][0]; got != want {
			t.Errorf("%s = %g, want %g\n%s", text, got, want, p)
		}
	}
}

func TestScalarsAreNaNUntilTheyAreSet(t *testing.T) {
	n, _ := Parse("x + s", Options{})
	p, err := Compile(n, bench())
	if err != nil {
		t.Fatal(err)
	}
	m := p.NewMachine()
	out := make([]float64, 2)
	m.SetVector(p.VectorSlot("x"), []float64{1, 2})
	m.SetVector(p.VectorSlot(Result), out)
	m.Run(0, 2)
	if out[0] == out[0] {
		t.Errorf("a forgotten scalar counts as %g", out[0]-1)
	}
	m.SetScalar(p.ScalarSlot("s"), 5)
	m.Run(0, 1)
	m.SetScalar(p.ScalarSlot("s"), 7)
	m.Run(1, 2)
	m.Run(2, 2)
	m.RunAt(nil)
	if out[0] != 6 || out[1] != 9 {
		t.Error(out)
	}
}

func TestTypesOfExpressions(t *testing.T) {
	volt := FloatType(units.DimVoltage)
	for text, want := range map[string]Type{
		"V":                        volt,
		"V + 0":                    volt,
		"0 + V":                    volt,
		"-inf + V":                 volt,
		"V*0":                      volt,
		"0":                        {Kind: Integer, Any: true},
		"-0.0":                     {Any: true},
		"0*1":                      {Kind: Integer},
		"3":                        {Kind: Integer},
		"3.0":                      {},
		"n + 1":                    {Kind: Integer},
		"n/2":                      {},
		"n//2":                     {Kind: Integer},
		"n//2.0":                   {},
		"n**2":                     {Kind: Integer},
		"n**-1":                    {},
		"n**k":                     {Kind: Integer},
		"2**n":                     {},
		"flag + flag":              {Kind: Integer},
		"-flag":                    {Kind: Integer},
		"abs(flag)":                {Kind: Integer},
		"flag and x > 0":           {Kind: Boolean},
		"where(flag, V, 0)":        volt,
		"where(flag, flag, x > 0)": {Kind: Boolean},
		"where(flag, 1, 0)":        {Kind: Integer},
		"where(flag, 1.5, 0)":      {},
		"where(flag, 0, inf)":      {Any: true},
		"clip(V, 0, inf)":          volt,
		"min(0, V, inf)":           volt,
		"V//(1 mV)":                {},
		"V % (1 mV)":               volt,
		"V/V":                      {},
		"V**2":                     FloatType(units.DimVoltage.Pow(units.Rat(2, 1))),
		"V**0.1":                   FloatType(units.DimVoltage.Pow(units.Rat(1, 10))),
		"V**(1/3)":                 FloatType(units.DimVoltage.Pow(units.Rat(1, 3))),
		"sqrt(V)":                  FloatType(units.DimVoltage.Sqrt()),
		"cbrt(V)":                  FloatType(units.DimVoltage.Pow(units.Rat(1, 3))),
		"xi*sqrt(tau)":             {},
		"sign(V)":                  {Kind: Integer},
		"arctan2(V, w)":            {},
		"60 dB*2":                  {Kind: Decibel},
		"60 dB - 3 dB":             {Kind: Decibel},
		"60 dB/2":                  {Kind: Decibel},
		"60 dB/6 dB":               {},
		"60 dB > 3 dB":             {Kind: Boolean},
		"min(60 dB, 3 dB)":         {Kind: Decibel},
		"double(0)":                volt,
	} {
		n, err := Parse(text, Options{})
		if err != nil {
			t.Fatal(err)
		}
		got, err := Check(n, bench())
		if err != nil || got != want {
			t.Errorf("%s: %+v (%v), want %+v", text, got, err, want)
		}
		if p, err := Compile(n, bench()); err == nil && p.Type() != want {
			t.Errorf("%s: the program has type %v", text, p.Type())
		}
	}
}

func TestStatementsAcceptWhatFits(t *testing.T) {
	for _, text := range []string{
		"V = 0", "V = -inf", "V += 0", "V *= 2", "V /= n", "n = 3", "n += flag", "n *= k", "n = flag", "flag = x > 0", "flag = True", "x = n", "x = flag",
		"w = double(V); V = w", "# nothing",
	} {
		list, err := ParseStatements(text, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := CompileStatements(list, bench(), CompileOptions{}); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}
