package expr

import (
	"math"
	"testing"
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
