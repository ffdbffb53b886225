package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Every tail of lanes, padding, several numbers of frames, and nothing written outside.
func TestSumsOfSquaresFollowTheirDefinition(t *testing.T) {
	forAllTiers(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(53, 59))
		for lanes := range 150 {
			for _, frames := range []int{0, 1, 2, 33} {
				stride := lanes + r.IntN(4)
				x := normals(r, max(0, (frames-1)*stride+lanes))
				sums, intact := guarded(lanes, 1)
				copy(sums, normals(r, lanes))
				want := make([]float64, lanes)
				for c := range want {
					want[c] = sums[c]
					for i := range frames {
						v := x[i*stride+c]
						want[c] = math.FMA(v, v, want[c])
					}
				}
				SumSquares(sums, Rows{x, stride, 1}, frames)
				if i := differ(sums, want); i >= 0 {
					t.Fatalf("%d lanes, %d frames: sum %d is %v, want %v", lanes, frames, i, sums[i], want[i])
				}
				if !intact() {
					t.Fatalf("%d lanes, %d frames: wrote outside", lanes, frames)
				}
			}
		}
		for name, src := range map[string]Rows{"too few": {make([]float64, 63), 16, 1}, "shared": {make([]float64, 64), 16, 0}} {
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("%s: no panic", name)
					}
				}()
				SumSquares(make([]float64, 16), src, 4)
			}()
		}
	})
}
