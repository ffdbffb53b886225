package kernel

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestModelFunctionsAreAccurate(t *testing.T) {
	r := rand.New(rand.NewPCG(61, 62))
	worst := [3]float64{}
	for range 200000 {
		x := (r.Float64() - 0.5) * math.Exp2(float64(r.IntN(11)))
		want := math.Exp2(x)
		worst[0] = max(worst[0], math.Abs(modelExp2(x)/want-1))
		y := math.Exp2(float64(r.IntN(600)-300)) * (1 + r.Float64())
		worst[1] = max(worst[1], math.Abs(modelLog2(y)-math.Log2(y))/max(1, math.Abs(math.Log2(y))))
		y = math.Exp2(float64(r.IntN(120)-100)) * (1 + r.Float64())
		worst[2] = max(worst[2], math.Abs(modelLog2Plus1(y)*math.Ln2/math.Log1p(y)-1))
	}
	t.Logf("relative errors %.2g, %.2g, %.2g", worst[0], worst[1], worst[2])
	for _, e := range worst {
		if !(e < 8e-16) {
			t.Errorf("relative errors %.2g", worst)
			break
		}
	}
	for _, x := range []float64{0, 1, -1, 1020, -1020} {
		if got := modelExp2(x); got != math.Exp2(x) {
			t.Errorf("2^%v = %v", x, got)
		}
	}
	for _, c := range []struct{ x, want float64 }{{0, -1023}, {math.Inf(1), 1024}, {1, 0}, {2, 1}, {0.25, -2}} {
		if got := modelLog2(c.x); got != c.want {
			t.Errorf("log2(%v) = %v, want %v", c.x, got, c.want)
		}
	}
	if modelLog2Plus1(0) != 0 || modelLog2Plus1(1) != 1 {
		t.Error("log2(1+0) or log2(1+1)")
	}
}

func TestHairCellTiersGiveTheSameBits(t *testing.T) {
	special := []float64{0, math.Copysign(0, -1), 1e-320, -1e-320, 1e-308, 1e300, -1e300, -1e308, math.Inf(1), math.Inf(-1), math.NaN()}
	forTiers(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(63, 64))
		for _, h := range []*HairCell{NewHairCell(0.1, 2000, 1.74, 6.87e-9), NewHairCell(-3, 1e300, 77, 1e-300)} {
			for n := range 70 {
				x := make([]float64, n)
				for i := range x {
					x[i] = r.NormFloat64() * math.Pow(10, float64(r.IntN(24)-20))
					if r.IntN(9) == 0 {
						x[i] = special[r.IntN(len(special))]
					}
				}
				got, want := filled(n+1, guard), filled(n+1, guard)
				h.Saturate(got[:n], x, filled(n, guard))
				inReference(func() { h.Saturate(want[:n], x, filled(n, guard)) })
				if i := differ(got, want); i >= 0 {
					t.Fatalf("%v: number %d of %d, of %v: %v, want %v", h, i, n, x[min(i, n-1)], got[i], want[i])
				}
				if got = slices.Clone(x); n > 0 {
					h.Saturate(got, got, filled(n, guard))
					if i := differ(got, want[:n]); i >= 0 {
						t.Fatalf("in place, number %d is %v, want %v", i, got[i], want[i])
					}
				}
			}
		}
	})
}

// The saturation as the paper writes it, with powers from nothing to infinity.
func TestHairCellFollowsItsFormula(t *testing.T) {
	forAllTiers(t, func(t *testing.T) {
		for _, p := range [][4]float64{{0.1, 2000, 1.74, 6.87e-9}, {-3, 0.5, 1, 1}, {2, 1e6, 77, 1e-5}} {
			h := NewHairCell(p[0], p[1], p[2], p[3])
			var x []float64
			for e := -300; e <= 280; e += 3 {
				for m := 1.; m < 10; m += 1.7 {
					x = append(x, m*math.Pow(10, float64(e)), -m*math.Pow(10, float64(e)))
				}
			}
			got := make([]float64, len(x))
			h.Saturate(got, x, make([]float64, len(x)))
			for i, v := range x {
				want := p[0] * math.Log1p(p[1]*math.Abs(v))
				if v < 0 {
					// (q+D)/(3q+D), without infinities
					d := p[3] * math.Pow(-v, -p[2])
					factor := (1 + d) / (3 + d)
					if math.IsInf(d, 1) {
						factor = 1
					}
					want *= -factor
				}
				if !(math.Abs(got[i]-want) <= 2e-15*(1+p[2])*math.Abs(want)) {
					t.Fatalf("%v with %v becomes %v, want %v", v, p, got[i], want)
				}
			}
		}
	})
}

func BenchmarkHairCell(b *testing.B) {
	r := rand.New(rand.NewPCG(65, 66))
	x, dst := normals(r, 256), make([]float64, 256)
	h, scratch := NewHairCell(0.1, 2000, 1.74, 6.87e-9), make([]float64, 256)
	benchmarkTiers(b, 256, "element", func() { h.Saturate(dst, x, scratch) })
}

func TestSoftplusTiersGiveTheSameBits(t *testing.T) {
	special := []float64{0, math.Copysign(0, -1), 1e-320, -1e-320, 709, -709, 1e300, -1e300, math.Inf(1), math.Inf(-1), math.NaN()}
	forTiers(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(67, 68))
		for n := range 70 {
			x := make([]float64, n)
			for i := range x {
				x[i] = r.NormFloat64() * math.Pow(10, float64(r.IntN(8)-4))
				if r.IntN(9) == 0 {
					x[i] = special[r.IntN(len(special))]
				}
			}
			got, want := filled(n+1, guard), filled(n+1, guard)
			VecSoftplus(got[:n], x)
			inReference(func() { VecSoftplus(want[:n], x) })
			if i := differ(got, want); i >= 0 {
				t.Fatalf("number %d of %d, of %v: %v, want %v", i, n, x[min(i, n-1)], got[i], want[i])
			}
		}
	})
}

func TestSoftplusIsAccurate(t *testing.T) {
	x, y := make([]float64, 1), make([]float64, 1)
	for v := -690.0; v < 800; v += 0.37 {
		x[0] = v
		VecSoftplus(y, x)
		want := v
		if v < 40 {
			want = math.Log1p(math.Exp(v))
		}
		if d := math.Abs(y[0]/want - 1); !(d < 1e-15+2e-16*math.Abs(min(v, 0))) {
			t.Errorf("ln(1 + e^%v) = %v, want %v", v, y[0], want)
		}
	}
}

func BenchmarkSoftplus(b *testing.B) {
	r := rand.New(rand.NewPCG(65, 66))
	x, dst := normals(r, 256), make([]float64, 256)
	benchmarkTiers(b, 256, "element", func() { VecSoftplus(dst, x) })
}
