package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestOtherVectorTiersGiveTheSameBits covers the operations with three operands or two limits, and the flushing of states.
func TestOtherVectorTiersGiveTheSameBits(t *testing.T) {
	limits := []float64{0, math.Copysign(0, -1), -0.5, 2, inf, -inf, nan}
	type operation struct {
		name           string
		run, reference func(dst, a, b, c []float64)
	}
	operations := []operation{
		{"select", VecSelect, selectGeneric},
		{"flush", func(dst, a, _, _ []float64) { copy(dst, a); FlushState(dst) }, func(dst, a, _, _ []float64) { flushGeneric(dst, a) }},
	}
	for _, lo := range limits {
		for _, hi := range limits {
			operations = append(operations, operation{
				"clip",
				func(dst, a, _, _ []float64) { VecClip(dst, a, lo, hi) },
				func(dst, a, _, _ []float64) { clipGeneric(dst, a, lo, hi) },
			})
		}
	}
	forTiers(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(13, 17))
		for _, o := range operations {
			for n := range 71 {
				var x [3][]float64
				for i := range x {
					off := r.IntN(4)
					x[i] = samples(r, n+off)[off:]
				}
				if o.name == "flush" {
					for i := range x[0] {
						x[0][i] *= []float64{1, 1e-200, 1e-201, 0x1p-1000, 5e-324}[r.IntN(5)]
					}
				}
				got, intact := guarded(n, n%4)
				want := make([]float64, n)
				o.run(got, x[0], x[1], x[2])
				o.reference(want, x[0], x[1], x[2])
				if i := differ(got, want); i >= 0 {
					t.Fatalf("%s, element %d of %d: (%v, %v, %v) gives %v, want %v", o.name, i, n, x[0][i], x[1][i], x[2][i], got[i], want[i])
				}
				if !intact() {
					t.Fatalf("%s, %d elements: wrote outside", o.name, n)
				}
				o.run(x[n%3], x[0], x[1], x[2])
				if i := differ(x[n%3], want); i >= 0 {
					t.Fatalf("%s in place of operand %d, element %d of %d: %v, want %v", o.name, n%3, i, n, x[n%3][i], want[i])
				}
			}
		}
	})
}
