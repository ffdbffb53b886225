package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// levels are what levels may be: mostly ordinary numbers, many zeros, and what only the reference can do.
func levels(r *rand.Rand, n int, wild bool) []float64 {
	x := make([]float64, n)
	for i := range x {
		switch k := r.IntN(20); {
		case k < 4:
			x[i] = 0
		case k == 4 && wild:
			x[i] = []float64{nan, math.Inf(1), 1e-310, 1e300, 1e-290}[r.IntN(5)]
		default:
			x[i] = math.Exp(20 * (r.Float64() - 0.7))
		}
	}
	return x
}

func TestLevelsFollowPeaksAndFall(t *testing.T) {
	forAllTiers(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(71, 72))
		for n := range 40 {
			level, u := levels(r, n, true), levels(r, n, true)
			dst := filled(n, guard)
			VecFollow(dst, level, u, 0.9)
			for i := range dst {
				want := max(u[i], 0.9*level[i]) // NaN if one is
				if want < 1e-200 {
					want = 0
				}
				if math.Float64bits(dst[i]) != math.Float64bits(want) && (want == want || dst[i] == dst[i]) {
					t.Fatalf("level %v with %v: %v, want %v", level[i], u[i], dst[i], want)
				}
			}
		}
	})
}

func TestLoudnessIsTheLogarithmOfASumOfPowers(t *testing.T) {
	forAllTiers(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(73, 74))
		for round := range 200 {
			v, w := r.Float64()*10, r.Float64()*10
			if round%10 == 0 { // with an infinite level that would be NaN
				v = 0
			}
			l := Loudness{0.2 + 2*r.Float64(), math.Log2(v), 0.2 + 2*r.Float64(), math.Log2(w), 3, -2}
			a, b := levels(r, 37, round%2 > 0), levels(r, 37, round%2 > 0)
			dst := filled(37, guard)
			l.Vec(dst, a, b)
			for i := range dst {
				want := l.Offset + l.Scale*math.Log2(max(v*math.Pow(a[i], l.P)+w*math.Pow(b[i], l.Q), 1))
				if math.IsInf(a[i]+b[i], 1) {
					if !(dst[i] != dst[i] || dst[i] == want) {
						t.Fatalf("%v and %v: %v", a[i], b[i], dst[i])
					}
					continue
				}
				if d := math.Abs(dst[i] - want); !(d <= 2e-14+2e-15*math.Abs(want)) && !(want != want && dst[i] != dst[i]) && dst[i] != want {
					t.Fatalf("%+v of %v and %v: %v, want %v", l, a[i], b[i], dst[i], want)
				}
			}
		}
		// With small exponents the smallest level is far from nothing.
		dst := filled(2, guard)
		Loudness{0.001, 3, 0.002, 3, 1, 0}.Vec(dst, []float64{0, 1e-300}, []float64{0, 0})
		if dst[0] != 0 || !(math.Abs(dst[1]-(3+0.001*math.Log2(1e-300))) < 1e-14) {
			t.Errorf("of levels of 0 and 1e-300 with small exponents: %v", dst)
		}
		if got := (Loudness{1, 0, 1, 0, 5, 0.233}).Of(0.1, 0.2); got != 0.233 {
			t.Errorf("below 1: %v, want the offset", got)
		}
	})
}

func TestLoudnessTiersGiveTheSameBits(t *testing.T) {
	forTiers(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(75, 76))
		for n := range 40 {
			for round := range 6 {
				l := Loudness{1.5, r.Float64(), 0.5, r.Float64() - 1, 1, 0}
				a, b := levels(r, n, round > 2), levels(r, n, round > 2)
				got, want := filled(n, guard), filled(n, guard)
				l.Vec(got, a, b)
				inReference(func() { l.Vec(want, a, b) })
				if i := differ(got, want); i >= 0 {
					t.Fatalf("%d: %v and %v: %v, want %v", i, a[i], b[i], got[i], want[i])
				}
				VecFollow(got, a, b, 0.9)
				inReference(func() { VecFollow(want, a, b, 0.9) })
				if i := differ(got, want); i >= 0 {
					t.Fatalf("level %v with %v: %v, want %v", a[i], b[i], got[i], want[i])
				}
			}
		}
	})
}

func BenchmarkLoudness(b *testing.B) {
	r := rand.New(rand.NewPCG(77, 78))
	x, y, dst := levels(r, 256, false), levels(r, 256, false), make([]float64, 256)
	l := Loudness{1.5, -0.5, 0.5, -0.5, 1, 0}
	b.Run("of two levels", func(b *testing.B) { benchmarkTiers(b, 256, "element", func() { l.Vec(dst, x, y) }) })
	b.Run("follow", func(b *testing.B) { benchmarkTiers(b, 256, "element", func() { VecFollow(dst, x, y, 0.9) }) })
}
