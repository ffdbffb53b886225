package kernel

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// randomStick has exponents on both sides of 1, knees, and some awkward numbers.
func randomStick(r *rand.Rand, n int) *BrokenStick {
	s := &BrokenStick{A: normals(r, n), Knee: make([]float64, n), V: normals(r, n), B: normals(r, n)}
	for i := range n {
		s.A[i], s.V[i], s.B[i] = math.Abs(s.A[i]), math.Abs(s.V[i]), 3*s.B[i]
		if s.V[i] < 1 {
			s.Knee[i] = 0.999 * Pow(math.Exp2(s.B[i])/s.A[i], 1/(1-s.V[i]))
		}
		switch r.IntN(20) {
		case 0:
			s.B[i] = math.Inf(-1)
		case 1:
			s.A[i] = 0
		case 2:
			s.V[i] = 30
		}
	}
	return s
}

// TestStickTiersGiveTheSameBits covers every tail of channels and of frames, ranges of channels, padding, groups below the
// knee, awkward arguments, and writes nothing outside.
func TestStickTiersGiveTheSameBits(t *testing.T) {
	forTiers(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(53, 59))
		for channels := 1; channels <= 70; channels++ {
			s := randomStick(r, channels)
			for frames := range 7 {
				lo := r.IntN(channels)
				hi := lo + 1 + r.IntN(channels-lo)
				x := Rows{normals(r, 7*(hi-lo+3)), hi - lo + 3, 1}
				loud := 1.0
				for i := range x.Data {
					if i%x.Stride == 0 {
						loud = math.Ldexp(1, r.IntN(40)-30)
					}
					x.Data[i] *= loud
					if r.IntN(9) == 0 {
						x.Data[i] = awkward[r.IntN(len(awkward))]
					}
				}
				want := Rows{slices.Clone(x.Data), x.Stride, 1}
				s.Run(x, lo, hi, frames)
				inReference(func() { s.Run(want, lo, hi, frames) })
				if i := differ(x.Data, want.Data); i >= 0 {
					t.Fatalf("channels %d:%d, %d frames: number %d is %v, want %v", lo, hi, frames, i, x.Data[i], want.Data[i])
				}
			}
		}
	})
}

func TestWeightedSumTiersGiveTheSameBits(t *testing.T) {
	forTiers(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(53, 61))
		for n := 1; n < 70; n++ {
			for frames := range 5 {
				x, y := Rows{normals(r, 5*(n+2)), n + 2, 1}, Rows{normals(r, 5*(n+3)), n + 3, 1}
				a, b := normals(r, n), normals(r, n)
				dst, want := Rows{filled(5*(n+1), guard), n + 1, 1}, Rows{filled(5*(n+1), guard), n + 1, 1}
				WeightedSum(dst, x, y, a, b, frames)
				weightedSumGeneric(want, x, y, a, b, frames, 0)
				if i := differ(dst.Data, want.Data); i >= 0 {
					t.Fatalf("%d channels, %d frames: number %d is %v, want %v", n, frames, i, dst.Data[i], want.Data[i])
				}
			}
		}
	})
}
