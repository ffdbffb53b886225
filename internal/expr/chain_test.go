package expr

import (
	"math"
	"testing"

	"hearpipe/units"
)

// TestChainsFollowTheirDivisors: the reciprocal of a divisor is kept between runs, ordinary or not.
func TestChainsFollowTheirDivisors(t *testing.T) {
	n, err := Parse("(x + 1)/s - x/s", Options{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := Compile(n, bench())
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float64, 300)
	for i := range x {
		x[i] = math.Sqrt(float64(i)) - 7
	}
	m, data := bind(p, 256, map[string][]float64{"x": x}, len(x), nil)
	for _, s := range []float64{3, 0.001, 0, -7, -7, math.Inf(1), 1, math.NaN(), 5e-324, 49} {
		m.SetScalar(p.ScalarSlot("s"), s)
		m.Run(0, len(x))
		for i, got := range data[Result] {
			if want := (x[i]+1)/s - x[i]/s; got != want && (got == got || want == want) {
				t.Fatalf("s = %v, x = %v: %v, want %v", s, x[i], got, want)
			}
		}
	}
	if len(p.segments) != 1 {
		t.Errorf("%d segments, want one chain", len(p.segments))
	}
}

// TestCountsOfUnitsAreWhole: 15*us/us is 15, which it would not be if the quotient were the product with 1e6.
func TestCountsOfUnitsAreWhole(t *testing.T) {
	for text, want := range map[string]float64{"x*us/us": 15, "floor(x*us/us)": 15, "x/ms": 15 / 0.001, "(x - 12)*nS/nS": 3} {
		n, err := Parse(text, Options{})
		if err != nil {
			t.Fatal(err)
		}
		p, err := Compile(n, bench())
		if err != nil {
			t.Fatal(err)
		}
		m, data := bind(p, 64, map[string][]float64{"x": {15}}, 1, nil)
		m.Run(0, 1)
		v, err := EvalNode(Substitute(n, map[string]Node{"x": NewNumber(15, units.Dimension{}, n)}), bench())
		if got := data[Result][0]; err != nil || got != want || v.X != want {
			t.Errorf("%s: %v in a program, %v at once (%v), want %v", text, got, v.X, err, want)
		}
	}
}

func TestReciprocalsOfUnits(t *testing.T) {
	shadowed := &Scope{Parent: bench(), Symbols: map[string]Symbol{"ms": ConstantSymbol(NumberValue(7))}}
	for _, c := range []struct {
		scope *Scope
		name  string
		want  string // empty for none
	}{
		{bench(), "ms", "1 kHz"},
		{bench(), "nsiemens", "1 Gohm"},
		{bench(), "us", "1 MHz"},
		{shadowed, "us", "1 MHz"},
		{shadowed, "ms", ""},
		{&Scope{NoUnits: true}, "ms", ""},
		{bench(), "second", ""},
		{bench(), "kHz", ""},
		{bench(), "x", ""},
		{bench(), "nonsense", ""},
	} {
		q, ok := c.scope.PerUnit(c.name)
		if ok != (c.want != "") || ok && q.String() != c.want {
			t.Errorf("1/%s: %v %v, want %q", c.name, q, ok, c.want)
		}
	}
}
