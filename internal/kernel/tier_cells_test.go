package kernel

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestEveryNumberAboveIsFound covers every length, a number at every place with others before and behind, and limits that are
// not numbers; NaN stands everywhere else, in some runs, and must hide nothing.
func TestEveryNumberAboveIsFound(t *testing.T) {
	const limit = 0.5
	forAllTiers(t, func(t *testing.T) {
		for n := range 140 {
			for _, below := range []float64{limit, -inf, nan} {
				x := filled(n, below)
				if at, which := FirstAbove(x, limit); at != n || which != 0 {
					t.Fatalf("%d times %v: at %d, %b", n, below, at, which)
				}
				for i := range n {
					for _, v := range []float64{math.Nextafter(limit, 1), inf} {
						x[i] = v
						if at, which := FirstAbove(x, limit); at != i&^31 || which != 1<<(i&31) {
							t.Fatalf("%v at %d of %d: at %d, %b", v, i, n, at, which)
						}
					}
					x[i] = below
				}
			}
		}
		for n := range 140 {
			x := normals(rand.New(rand.NewPCG(1, uint64(n))), n)
			if n > 0 {
				x[n/2] = inf
			}
			for _, limit := range []float64{-1, 0, 1.5, 3, inf, -inf, nan} {
				at, which := FirstAbove(x, limit)
				if a, w := firstAboveGeneric(x, limit); a != at || w != which {
					t.Fatalf("%d numbers above %v: at %d, %b, want %d, %b", n, limit, at, which, a, w)
				}
			}
		}
	})
}

// TestHoldTiersGiveTheSameBits covers every length and offset, times on both sides of the step, and writes nothing outside.
func TestHoldTiersGiveTheSameBits(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	forTiers(t, func(t *testing.T) {
		for n := range 80 {
			for offset := range 3 {
				for _, step := range []int64{0, 1, 1000, 1 << 61} {
					until := make([]int64, n+offset)
					for i := range until {
						until[i] = []int64{math.MinInt64 / 4, step - 1, step, step + 1, 1 << 62}[r.IntN(5)]
					}
					x, to := normals(r, n+offset), normals(r, n+offset)
					want := slices.Clone(x)
					for i := offset; i < n+offset; i++ {
						if until[i] >= step {
							want[i] = to[i]
						}
					}
					got := append(slices.Clone(x), guard)[:n+offset]
					Hold(got[offset:], to[offset:], until[offset:], step)
					if i := differ(got, want); i >= 0 || got[:n+offset+1][n+offset] != guard {
						t.Fatalf("%d numbers at step %d: number %d is %v, want %v", n, step, i, got[i], want[i])
					}
					if holdGeneric(x[offset:], to[offset:], until[offset:], step); differ(x, want) >= 0 {
						t.Fatalf("%d numbers at step %d: the reference differs", n, step)
					}
				}
			}
		}
	})
}
