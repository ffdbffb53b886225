package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// stickArguments are numbers on both sides of the knees, in runs and mixed, and awkward ones, for exponents on both sides of 1.
func stickArguments(r *rand.Rand, n int) (x, a, knee, v, b []float64) {
	x, a, knee, v, b = normals(r, n), normals(r, n), make([]float64, n), normals(r, n), normals(r, n)
	loud := 1.0
	for i := range x {
		if i%8 == 0 { // whole groups below the knee too
			loud = math.Ldexp(1, r.IntN(40)-30)
		}
		x[i] *= loud
		if r.IntN(9) == 0 {
			x[i] = awkward[r.IntN(len(awkward))]
		}
		a[i], v[i], b[i] = math.Abs(a[i]), math.Abs(v[i]), 3*b[i]
		if v[i] < 1 {
			knee[i] = 0.999 * Pow(math.Exp2(b[i])/a[i], 1/(1-v[i]))
		}
		switch r.IntN(20) {
		case 0:
			b[i] = math.Inf(-1)
		case 1:
			a[i] = 0
		case 2:
			v[i] = 30
		}
	}
	return x, a, knee, v, b
}

// TestStickTiersGiveTheSameBits covers lengths, offsets, runs below the knee and awkward arguments.
func TestStickTiersGiveTheSameBits(t *testing.T) {
	forTiers(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(53, 59))
		for n := range 300 {
			x, a, knee, v, b := stickArguments(r, n)
			dst, want := filled(n+2, guard), filled(n+2, guard)
			brokenStickGeneric(want[1:n+1], x, a, knee, v, b)
			VecBrokenStick(dst[1:n+1], x, a, knee, v, b)
			if i := differ(dst, want); i >= 0 {
				t.Fatalf("length %d: number %d is %v, want %v", n, i-1, dst[i], want[i])
			}
			VecBrokenStick(x, x, a, knee, v, b)
			if i := differ(x, want[1:n+1]); i >= 0 {
				t.Fatalf("length %d in place: number %d is %v, want %v", n, i, x[i], want[i+1])
			}
			sumOfProductsGeneric(want[1:n+1], x, a, v, b)
			VecSumOfProducts(dst[1:n+1], x, a, v, b)
			if i := differ(dst, want); i >= 0 {
				t.Fatalf("length %d: sum %d is %v, want %v", n, i-1, dst[i], want[i])
			}
		}
	})
}
