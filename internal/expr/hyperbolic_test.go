package expr

import (
	"math"
	"testing"
)

// TestInverseHyperbolicFunctionsAreCloseToThoseOfTheStandardLibrary allows four units in the last place: three roundings
// and a logarithm of at most one.
func TestInverseHyperbolicFunctionsAreCloseToThoseOfTheStandardLibrary(t *testing.T) {
	for _, f := range []struct {
		name string
		have func(float64) float64
		want func(float64) float64
		at   []float64
	}{
		{"arcsinh", asinh, math.Asinh, []float64{0, 1e-300, 1e-9, 0.3, 1, 2.5, 1e5, 1e149, 1e151, 1e308}},
		{"arccosh", acosh, math.Acosh, []float64{1, 1 + 1e-12, 1.5, 2, 1e5, 1e149, 1e151, 1e308}},
		{"arctanh", atanh, math.Atanh, []float64{0, 1e-300, 1e-9, 0.3, 0.5, 0.75, 1 - 1e-12}},
	} {
		for _, x := range f.at {
			have, want := f.have(x), f.want(x)
			if math.Abs(have-want) > 4*(math.Nextafter(want, math.Inf(1))-want) {
				t.Errorf("%s(%g) = %.17g, want %.17g", f.name, x, have, want)
			}
			if f.name != "arccosh" && f.have(-x) != -have {
				t.Errorf("%s(%g) = %g is not odd", f.name, -x, f.have(-x))
			}
		}
	}
	for name, x := range map[string]float64{
		"arccosh below 1": acosh(0.5), "arccosh below -1": acosh(-3), "arctanh beyond 1": atanh(1.5), "arcsinh of NaN": asinh(math.NaN()),
		"arccosh of minus infinity": acosh(math.Inf(-1)), "arccosh of a large negative number": acosh(-1e200),
	} {
		if x == x {
			t.Errorf("%s is %g, want NaN", name, x)
		}
	}
	if x := atanh(-1); !math.IsInf(x, -1) {
		t.Errorf("arctanh(-1) = %g", x)
	}
	if x := asinh(math.Inf(-1)); !math.IsInf(x, -1) {
		t.Errorf("arcsinh(-inf) = %g", x)
	}
}
