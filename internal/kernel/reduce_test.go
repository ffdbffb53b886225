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
			zeros := filled(n, 0)
			for i := range zeros {
				if i%3 == 0 {
					zeros[i] = math.Copysign(0, -1)
				}
			}
			if !AllFinite(x) || !AllFinite(zeros) {
				t.Fatalf("%d finite numbers are not", n)
			}
			if got := LeadingZeros(zeros); got != n {
				t.Fatalf("%d of %d zeros", got, n)
			}
			for i := range n {
				for _, v := range []float64{inf, -inf, nan} {
					x[i] = v
					if AllFinite(x) {
						t.Fatalf("%v at %d of %d counts as finite", v, i, n)
					}
				}
				x[i] = 5e-324
				was := zeros[i]
				for _, v := range []float64{1, -1, nan, 5e-324, -inf} {
					zeros[i] = v
					if i+1 < n {
						zeros[n-1] = 1 // a later one does not matter
					}
					if got := LeadingZeros(zeros); got != i {
						t.Fatalf("%d zeros before %v at %d of %d", got, v, i, n)
					}
					zeros[n-1] = 0
				}
				zeros[i] = was
			}
		}
	})
}
