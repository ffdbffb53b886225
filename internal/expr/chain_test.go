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

// TestDivisionByAUnitIsExact: 1/ms is 1000 Hz to the last bit, which 1/0.001 need not be, in programs and in constant values alike.
func TestDivisionByAUnitIsExact(t *testing.T) {
	var x []float64
	for i := range 100 {
		x = append(x, float64(i)*0.37)
	}
	shadowed := &Scope{Parent: bench(), Symbols: map[string]Symbol{"ms": ConstantSymbol(NumberValue(7))}}
	for _, c := range []struct {
		text  string
		scope *Scope
		want  func(x float64) float64
	}{
		{"x/ms", bench(), func(x float64) float64 { return x * 1000 }},
		{"x/nS/pF", bench(), func(x float64) float64 { return float64(x*1e9) * 1e12 }},
		{"x/(1*ms)", bench(), func(x float64) float64 { return x / 0.001 }},
		{"x/ms", shadowed, func(x float64) float64 { return x / 7 }},
		{"x/second", bench(), func(x float64) float64 { return x }},
	} {
		n, err := Parse(c.text, Options{})
		if err != nil {
			t.Fatal(err)
		}
		p, err := Compile(n, c.scope)
		if err != nil {
			t.Fatal(err)
		}
		m, data := bind(p, 64, map[string][]float64{"x": x}, len(x), nil)
		m.Run(0, len(x))
		for i, got := range data[Result] {
			number := Substitute(n, map[string]Node{"x": NewNumber(x[i], units.Dimension{}, n)})
			v, err := EvalNode(number, c.scope)
			if want := c.want(x[i]); err != nil || got != want || v.X != want {
				t.Fatalf("%s for %v: %v in a program, %v at once (%v), want %v", c.text, x[i], got, v.X, err, want)
			}
		}
	}
}
