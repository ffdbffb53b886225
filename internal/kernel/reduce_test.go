package kernel

import (
	"math"
	"testing"
)

// Every length, and the odd number out at every place.
func TestReductionsLookAtEveryNumber(t *testing.T) {
	forAllTiers(t, func(t *testing.T) {
		for n := range 140 {
			x := filled(n, math.MaxFloat64)
			if !AllFinite(x) || !AllFinite(filled(n, 5e-324)) {
				t.Fatalf("%d finite numbers are not", n)
			}
			for i := range n {
				for _, v := range []float64{inf, -inf, nan} {
					x[i] = v
					if AllFinite(x) {
						t.Fatalf("%v at %d of %d counts as finite", v, i, n)
					}
				}
				x[i] = 1
			}
		}
	})
}
