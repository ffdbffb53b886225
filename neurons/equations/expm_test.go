package equations

import (
	"math"
	"math/rand/v2"
	"testing"
)

// series is the exponential by its power series in steps of a/2^k, for small matrices: a slow reference.
func series(a []float64, n int) []float64 {
	const halvings = 12
	x := make([]float64, n*n)
	for i := range a {
		x[i] = math.Ldexp(a[i], -halvings)
	}
	sum, power := make([]float64, n*n), make([]float64, n*n)
	for i := range n {
		sum[i*n+i], power[i*n+i] = 1, 1
	}
	for k := 1; k < 30; k++ {
		power = multiply(new(workspace), power, x, n)
		for i := range power {
			power[i] /= float64(k)
			sum[i] += power[i]
		}
	}
	for range halvings {
		sum = multiply(new(workspace), sum, sum, n)
	}
	return sum
}

func TestExponentialAgreesWithThePowerSeries(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, size := range []float64{1e-3, 0.1, 1, 5, 20} {
		for n := 1; n <= 6; n++ {
			a := make([]float64, n*n)
			for i := range a {
				a[i] = size * (2*r.Float64() - 1) / float64(n)
			}
			got, want := expm(new(workspace), a, n), series(a, n)
			scale := 0.0
			for _, w := range want {
				scale = max(scale, math.Abs(w))
			}
			for i := range got {
				// The reference itself loses about 2^12 roundings.
				if math.Abs(got[i]-want[i]) > 1e-11*scale {
					t.Fatalf("size %g, n %d, entry %d: %g, want %g", size, n, i, got[i], want[i])
				}
			}
		}
	}
}

func TestExponentialOfKnownMatrices(t *testing.T) {
	for _, c := range []struct {
		name string
		n    int
		a    []float64
		want []float64
	}{
		{"zero", 2, []float64{0, 0, 0, 0}, []float64{1, 0, 0, 1}},
		{"one number", 1, []float64{-700}, []float64{math.Exp(-700)}},
		{"large number", 1, []float64{300}, []float64{math.Exp(300)}},
		{"nilpotent", 2, []float64{0, 1e9, 0, 0}, []float64{1, 1e9, 0, 1}},
		{"nilpotent chain", 3, []float64{0, 1e6, 0, 0, 0, 1e-6, 0, 0, 0}, []float64{1, 1e6, 0.5, 0, 1, 1e-6, 0, 0, 1}},
		{"defective", 2, []float64{-2, 3, 0, -2}, []float64{math.Exp(-2), 3 * math.Exp(-2), 0, math.Exp(-2)}},
		{"rotation", 2, []float64{0, -40, 40, 0}, []float64{math.Cos(40), -math.Sin(40), math.Sin(40), math.Cos(40)}},
	} {
		got := expm(new(workspace), c.a, c.n)
		scale := 0.0
		for _, w := range c.want {
			scale = max(scale, math.Abs(w))
		}
		for i := range got {
			// Rounding errors of about 50 ulp at norm 5 are doubled by each of up to 7 squarings; entries far below the
			// largest one have an absolute error of its ulps.
			if math.Abs(got[i]-c.want[i]) > 1e-12*math.Abs(c.want[i])+1e-15*min(1, scale) {
				t.Errorf("%s, entry %d: %.17g, want %.17g", c.name, i, got[i], c.want[i])
			}
		}
	}
}

func TestExponentialOfMatricesThatAreNotFiniteEnds(t *testing.T) {
	for _, x := range []float64{math.NaN(), math.Inf(1), math.MaxFloat64} {
		if e := expm(new(workspace), []float64{x, 1, 1, 0}, 2); e[0]-e[0] == 0 {
			t.Errorf("exp of %g gives %g, want a value that is not finite", x, e[0])
		}
	}
}

// TestUnitsOfVariablesDoNotCostDigits: in other units, variables differ by factors, which are powers of two here and thus
// exact. The exponential differs by the same factors, however far apart they are.
func TestUnitsOfVariablesDoNotCostDigits(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for trial := range 300 {
		const n = 4
		a := make([]float64, n*n)
		for i := range n {
			for j := range n {
				// Full matrices, chains (upper triangles), and a driven pair that is coupled both ways.
				if trial%3 == 0 || trial%3 == 1 && j >= i || trial%3 == 2 && (i == j || i > 1 || i == 1 && j == 0) {
					a[i*n+j] = 2*r.Float64() - 1
				}
			}
		}
		want := expm(new(workspace), a, n)
		d := make([]int, n)
		for i := range d {
			d[i] = r.IntN(80) - 40
		}
		x := make([]float64, n*n)
		for i := range n {
			for j := range n {
				x[i*n+j] = math.Ldexp(a[i*n+j], d[j]-d[i])
			}
		}
		got := expm(new(workspace), x, n)
		for i := range n {
			for j := range n {
				g := math.Ldexp(got[i*n+j], d[i]-d[j])
				if math.Abs(g-want[i*n+j]) > 3e-15 {
					t.Fatalf("trial %d, units 2^%d, entry %d,%d: %.17g, want %.17g", trial, d, i, j, g, want[i*n+j])
				}
			}
		}
	}
}

func TestEliminationPivots(t *testing.T) {
	got := solve([]float64{0, 2, 4, 0}, []float64{6, 0, 0, 8}, 2)
	for i, want := range []float64{0, 2, 3, 0} {
		if got[i] != want {
			t.Fatalf("got %v, want 0 2 3 0", got)
		}
	}
}
