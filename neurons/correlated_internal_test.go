package neurons

import (
	"math"
	"testing"
)

// The values were computed with another program from the same formulas.
func TestRectifiedNormalsAndTheirInverse(t *testing.T) {
	if m, s := rectified(10, 10); math.Abs(m-10.833155) > 1e-6 || math.Abs(s-8.666532) > 1e-6 {
		t.Errorf("rectified(10, 10) = %g, %g", m, s)
	}
	for _, c := range []struct{ rate, correlation, tau, mean, sd float64 }{
		{10, 0.1, 10e-3, 9.589266, 7.793965},
		{20, 0.2, 5e-3, 15.694852, 25.836238},
	} {
		m, s := unrectified(c.rate, math.Sqrt(c.correlation*c.rate/(2*c.tau)))
		if math.Abs(m-c.mean) > 1e-6 || math.Abs(s-c.sd) > 1e-6 {
			t.Errorf("%g Hz: %.7g, %.7g; want %g, %g", c.rate, m, s, c.mean, c.sd)
		}
	}
	for x := -7.0; x <= 7; x += 0.01 {
		if d := math.Abs(erf(x) - math.Erf(x)); d > 4e-15 {
			t.Errorf("erf(%g) is off by %g", x, d)
		}
	}
}
