package kernel

import (
	"fmt"
	"math"
	"math/cmplx"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestConvolutionTiersGiveTheSameBits covers every tail of lanes and of frames, in slices without a number to spare.
func TestConvolutionTiersGiveTheSameBits(t *testing.T) {
	forTiers(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(3, 1))
		for width := 1; width <= 34; width++ {
			for _, taps := range []int{1, 2, 5, 32} {
				for _, frames := range []int{1, 2, 7, 8, 9, 15, 16, 32} {
					x, h := normals(r, (frames+taps-1)*width), normals(r, taps*width)
					dst, want := filled(frames*width+1, guard), filled(frames*width+1, guard)
					ConvolveRows(dst[:frames*width], x, h, width, taps, frames)
					inReference(func() { ConvolveRows(want[:frames*width], x, h, width, taps, frames) })
					if i := differ(dst, want); i >= 0 {
						t.Fatalf("width %d, %d taps, %d frames: number %d is %v, want %v", width, taps, frames, i, dst[i], want[i])
					}
				}
			}
		}
	})
}

// The definition, number by number: the reference is measured against sums that are exact.
func TestConvolutionIsTheSumOverTaps(t *testing.T) {
	forAllTiers(t, func(t *testing.T) {
		// Integers: every order of summation gives the same.
		const width, taps, frames = 9, 4, 10
		x, h, dst := make([]float64, (frames+taps-1)*width), make([]float64, taps*width), make([]float64, frames*width)
		for i := range x {
			x[i] = float64(i*i%17 - 8)
		}
		for i := range h {
			h[i] = float64(i*i%13 - 5)
		}
		ConvolveRows(dst, x, h, width, taps, frames)
		for i := range frames {
			for c := range width {
				want := 0.0
				for k := range taps {
					want += x[(taps-1+i-k)*width+c] * h[k*width+c]
				}
				if dst[i*width+c] != want {
					t.Fatalf("frame %d, lane %d: %v, want %v", i, c, dst[i*width+c], want)
				}
			}
		}
	})
}

func TestRingTiersGiveTheSameBits(t *testing.T) {
	passes := map[string]func(re, im, cos, sin []float64){
		"split": RingSplit, "join": RingJoin,
		"real": func(re, im, cos, sin []float64) { RingSplitReal(re, im, cos[0], sin[0]) },
	}
	forTiers(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(3, 2))
		for name, pass := range passes {
			for _, half := range []int{1, 2, 3, 4, 8, 12, 16, 24, 64} {
				for _, groups := range []int{1, 2, 5} {
					if name == "real" && groups > 1 {
						continue
					}
					n := 2 * half * groups
					re, im, cos, sin := append(normals(r, n), guard), append(normals(r, n), guard), normals(r, groups), normals(r, groups)
					wantRe, wantIm := slices.Clone(re), slices.Clone(im)
					pass(re[:n], im[:n], cos, sin)
					inReference(func() { pass(wantRe[:n], wantIm[:n], cos, sin) })
					if i := differ(re, wantRe); i >= 0 {
						t.Fatalf("%s, %d groups of halves of %d: real number %d is %v, want %v", name, groups, half, i, re[i], wantRe[i])
					}
					if i := differ(im, wantIm); i >= 0 {
						t.Fatalf("%s, %d groups of halves of %d: imaginary number %d is %v, want %v", name, groups, half, i, im[i], wantIm[i])
					}
				}
			}
		}
	})
}

// Splitting gives the remainders modulo z^half ∓ w, and joining gives back twice the polynomials.
func TestRingPassesAreWhatTheyClaim(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	const groups, half = 2, 8
	re, im := normals(r, 2*half*groups), normals(r, 2*half*groups)
	re0, im0 := slices.Clone(re), slices.Clone(im)
	var cos, sin []float64
	for g := range groups {
		s, c := Sincos(float64(g) + 0.3)
		cos, sin = append(cos, c), append(sin, s)
	}
	RingSplit(re, im, cos, sin)
	for g := range groups {
		w := complex(cos[g], sin[g])
		for i := range half {
			p, q := 2*g*half+i, 2*g*half+half+i
			a, b := complex(re0[p], im0[p]), complex(re0[q], im0[q])
			if d := cmplx.Abs(complex(re[p], im[p]) - (a + w*b)); d > 1e-14 {
				t.Errorf("group %d, coefficient %d modulo z^half - w: off by %g", g, i, d)
			}
			if d := cmplx.Abs(complex(re[q], im[q]) - (a - w*b)); d > 1e-14 {
				t.Errorf("group %d, coefficient %d modulo z^half + w: off by %g", g, i, d)
			}
		}
	}
	RingJoin(re, im, cos, sin)
	for i := range re {
		if d := math.Hypot(re[i]-2*re0[i], im[i]-2*im0[i]); d > 1e-14 {
			t.Errorf("coefficient %d comes back off by %g", i, d)
		}
	}
	whole, part, zero := slices.Clone(re0), make([]float64, len(re0)), make([]float64, len(re0))
	RingSplit(whole, zero, cos[:1], sin[:1])
	RingSplitReal(re0, part, cos[0], sin[0])
	for i := range whole {
		if d := math.Hypot(whole[i]-re0[i], zero[i]-part[i]); d > 1e-15 {
			t.Errorf("coefficient %d of real polynomials: off by %g", i, d)
		}
	}
}

func TestComplexProductTiersGiveTheSameBits(t *testing.T) {
	forTiers(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(3, 4))
		for n := range 40 {
			var x [6][]float64
			for i := range x {
				x[i] = normals(r, n)
			}
			for name, product := range map[string]func(re, im, xr, xi, hr, hi []float64){"product": VecComplexMul, "sum": VecComplexFMA} {
				re, im, wantRe, wantIm := append(slices.Clone(x[4]), guard), append(slices.Clone(x[5]), guard), slices.Clone(x[4]), slices.Clone(x[5])
				product(re[:n], im[:n], x[0], x[1], x[2], x[3])
				inReference(func() { product(wantRe, wantIm, x[0], x[1], x[2], x[3]) })
				if i := max(differ(re[:n], wantRe), differ(im[:n], wantIm)); i >= 0 {
					t.Fatalf("%s of %d: number %d is %v, %v, want %v, %v", name, n, i, re[i], im[i], wantRe[i], wantIm[i])
				}
				if re[n] != guard || im[n] != guard {
					t.Fatalf("%s of %d: something behind the end was written", name, n)
				}
				for i := range n {
					want := complex(x[0][i], x[1][i]) * complex(x[2][i], x[3][i])
					if name == "sum" {
						want += complex(x[4][i], x[5][i])
					}
					if d := cmplx.Abs(complex(re[i], im[i]) - want); d > 1e-14 {
						t.Fatalf("%s of %d: number %d is off by %g", name, n, i, d)
					}
				}
			}
		}
	})
}

func TestRowsOfImpossibleSizePanic(t *testing.T) {
	for name, f := range map[string]func(){
		"history too short": func() { ConvolveRows(make([]float64, 4), make([]float64, 7), make([]float64, 4), 2, 2, 2) },
		"taps too short":    func() { ConvolveRows(make([]float64, 4), make([]float64, 6), make([]float64, 3), 2, 2, 2) },
		"odd group":         func() { RingSplit(make([]float64, 6), make([]float64, 6), make([]float64, 2), make([]float64, 2)) },
		"unequal lengths":   func() { RingJoin(make([]float64, 4), make([]float64, 6), make([]float64, 1), make([]float64, 1)) },
		"short operand": func() {
			x := make([]float64, 4)
			VecComplexMul(x, x, x, x, x, x[:3])
		},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			f()
		})
	}
}

// BenchmarkResponses gives the time of the kernels of finite responses: a number of a transform of 128 over 16 lanes, of a
// product, and a frame of a lane of a direct sum of 32 taps.
func BenchmarkResponses(b *testing.B) {
	const width, size = 16, 128
	r := rand.New(rand.NewPCG(3, 5))
	var x [6][]float64
	for i := range x {
		x[i] = normals(r, size*width)
	}
	cos, sin := filled(size, 1), filled(size, 0)
	for _, groups := range []int{1, 16, size / 2} {
		b.Run(fmt.Sprintf("RingSplit in %d groups", groups), func(b *testing.B) {
			benchmarkTiers(b, size*width, "element", func() { RingSplit(x[0], x[1], cos[:groups], sin[:groups]); clear(x[0]) })
		})
	}
	b.Run("ComplexFMA", func(b *testing.B) {
		benchmarkTiers(b, size*width, "element", func() { VecComplexFMA(x[0], x[1], x[2], x[3], x[4], x[5]); clear(x[0]); clear(x[1]) })
	})
	b.Run("ConvolveRows of 32 taps", func(b *testing.B) {
		benchmarkTiers(b, 32*width, "frame", func() { ConvolveRows(x[0][:32*width], x[1][:63*width], x[2][:32*width], width, 32, 32) })
	})
}
