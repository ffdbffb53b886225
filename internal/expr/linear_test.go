package expr

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestLinearExpressionsAreSplit(t *testing.T) {
	for _, c := range []struct{ text, v, u, constant string }{
		{"(I-v)/tau", "-1/tau", "", "I/tau"},
		{"-v/tau + 3*u", "-1/tau", "3", ""},
		{"a*(v - 2*u)*b", "a*b", "a*-2*b", ""},
		{"v - v", "1 - 1", "", ""},
		{"(v+u)/c - (u - v*k)", "1/c - -k", "1/c - 1", ""},
		{"5", "", "", "5"},
		{"exp(a) + sin(b)*v", "sin(b)", "", "exp(a)"},
		{"+v", "1", "", ""},
		{"(a < b)*v", "a < b", "", ""},
		{"0.5*(v + I) + (v)", "0.5 + 1", "", "0.5*I"},
	} {
		n, err := Parse(c.text, Options{})
		if err != nil {
			t.Fatal(err)
		}
		l, ok := LinearIn(n, []string{"v", "u"})
		if !ok {
			t.Errorf("%s is not linear", c.text)
			continue
		}
		for i, want := range []string{c.v, c.u, c.constant} {
			got := ""
			if part := append(l.Coefficients, l.Constant)[i]; part != nil {
				got = part.String()
			}
			if got != want {
				t.Errorf("%s, part %d: got %q, want %q", c.text, i, got, want)
			}
		}
	}
	for _, text := range []string{
		"v*v", "v*u", "v**2", "1/v", "exp(v)", "v > 0", "a + abs(u)", "where(a > 0, v, 0)", "v/(1+u)", "clip(v, 0, 1)", "a**v", "v//2", "v % 2", "v**1",
	} {
		n, _ := Parse(text, Options{})
		if l, ok := LinearIn(n, []string{"v", "u"}); ok {
			t.Errorf("%s counts as linear: %v", text, l)
		}
	}
}

// linearText draws an expression that is linear in x and y, or (rarely) not.
func linearText(t *rapid.T, depth int) string {
	pick := func(list ...string) string { return rapid.SampledFrom(list).Draw(t, "pick") }
	if depth == 0 {
		return pick("x", "y", "r", "2.5", "s", "3")
	}
	a := linearText(t, depth-1)
	switch rapid.IntRange(0, 4).Draw(t, "kind") {
	case 0, 1:
		return "(" + a + pick("+", "-") + linearText(t, depth-1) + ")"
	case 2:
		return pick("r", "(r*s+1)", "0.5") + "*(" + a + ")"
	case 3:
		return "(" + a + ")" + pick("*s", "/(r+4)", "/7", "*(2-r)")
	}
	return "-(" + a + ")"
}

func TestSplitExpressionsKeepTheirValue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := linearText(t, rapid.IntRange(0, 5).Draw(t, "depth"))
		n, err := Parse(text, Options{})
		if err != nil {
			t.Fatal(err)
		}
		l, ok := LinearIn(n, []string{"x", "y"})
		if !ok {
			t.Fatalf("%s is not linear", text)
		}
		x := rapid.Float64Range(-2, 2)
		e := &reference{scope: bench(), values: map[string]float64{
			"x": x.Draw(t, "x"), "y": x.Draw(t, "y"), "r": x.Draw(t, "r"), "s": x.Draw(t, "s"),
		}}
		want := e.eval(n)
		got, size := 0.0, 1.0
		for i, name := range []string{"x", "y", ""} {
			part := append(l.Coefficients, l.Constant)[i]
			if part == nil {
				continue
			}
			if DependsOn(part, "x", "y") {
				t.Fatalf("%s: part %s depends on a variable", text, part)
			}
			factor := 1.0
			if name != "" {
				factor = e.values[name]
			}
			got += factor * e.eval(part)
			size += math.Abs(e.eval(part))
		}
		if math.Abs(got-want) > 1e-12*(size+math.Abs(want))*100 {
			t.Fatalf("%s: %g, split %g", text, want, got)
		}
	})
}
