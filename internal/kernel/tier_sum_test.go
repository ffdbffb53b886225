package kernel

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestSumsHaveTheBitsOfTheirParts covers every length, numbers of vectors, special values, a destination that is one of the
// vectors, and writes nothing outside.
func TestSumsHaveTheBitsOfTheirParts(t *testing.T) {
	r := rand.New(rand.NewPCG(17, 4))
	special := []float64{0, math.Copysign(0, -1), inf, -inf, nan, 5e-324, math.MaxFloat64, -1, 0x1p-600}
	number := func() float64 {
		if r.IntN(9) == 0 {
			return special[r.IntN(len(special))]
		}
		return r.NormFloat64()
	}
	forAllTiers(t, func(t *testing.T) {
		for n := range 100 {
			for vectors := 1; vectors <= MaxSum; vectors++ {
				for round := range 6 {
					x, scale, offset := make([][]float64, vectors), make([]float64, vectors), NoOffset
					want := make([]float64, n)
					for k := range x {
						x[k], scale[k] = make([]float64, n), number()
						for i := range n {
							x[k][i] = number()
							product := float64(x[k][i] * scale[k])
							if k > 0 {
								product = want[i] + product
							}
							want[i] = product
						}
					}
					if round%2 == 0 {
						offset = number()
						for i := range want {
							want[i] += offset
						}
					}
					dst := filled(n+1, guard)[:n]
					if round%3 == 0 {
						k := r.IntN(vectors)
						dst = append(slices.Clip(x[k]), guard)[:n]
						x[k] = dst
					}
					VecSum(dst, x, scale, offset)
					if i := differ(dst, want); i >= 0 || dst[:n+1][n] != guard {
						t.Fatalf("%d sums of %d vectors and %v: sum %d is %v, want %v", n, vectors, offset, i, dst[i], want[i])
					}
				}
			}
		}
	})
}

func TestSumsRefuseWhatHasNoMeaning(t *testing.T) {
	x := make([]float64, 3)
	for name, f := range map[string]func(){
		"no vectors":    func() { VecSum(x, nil, nil, 1) },
		"five vectors":  func() { VecSum(x, [][]float64{x, x, x, x, x}, x, 1) },
		"factors":       func() { VecSum(x, [][]float64{x, x}, []float64{1}, 1) },
		"short vectors": func() { VecSum(x, [][]float64{x, x[:2]}, []float64{1, 1}, 1) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}
