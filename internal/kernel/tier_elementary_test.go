package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// awkward are arguments off the fast path or next to where it ends.
var awkward = func() []float64 {
	x := []float64{0, 1e300, 1e-300, 2.5, 5e-324, 1e5 * math.Pi, math.Pi / 4, math.MaxFloat64, inf, nan, 0x1p1023}
	for _, limit := range []float64{1, 2, 20, 40, 708, 709.79, 720, 745.14, 1000, 1 - 0x1p-53, 0x1p-27, 0x1p-28, 0x1p-54, 0x1p-1022, 0x1p21, 0x1p70} {
		x = append(x, limit, math.Nextafter(limit, 0), math.Nextafter(limit, inf))
	}
	for k := range 60 { // near multiples of π/2, where the last part of the reduction shows
		x = append(x, float64(k*k+k)*math.Pi/2, float64(k*k*k)*math.Pi/2)
	}
	for _, v := range x {
		x = append(x, -v)
	}
	return x
}()

// TestElementaryTiersGiveTheSameBits covers lengths, offsets, aliasing, and awkward arguments at every lane.
func TestElementaryTiersGiveTheSameBits(t *testing.T) {
	functions := []struct {
		name      string
		run       func(dst, x []float64)
		reference func(dst, x []float64)
	}{
		{"expm1", VecExpm1, expm1Generic},
		{"exprel", VecExprel, exprelGeneric},
		{"tanh", VecTanh, tanhGeneric},
		{"sinh", VecSinh, sinhGeneric},
		{"cosh", VecCosh, coshGeneric},
		{"log1p", VecLog1p, log1pGeneric},
		{"log2", VecLog2, log2Generic},
		{"log10", VecLog10, log10Generic},
		{"tan", VecTan, tanGeneric},
		{"cbrt", VecCbrt, cbrtGeneric},
		{"sin", VecSin, sinGeneric},
		{"cos", VecCos, cosGeneric},
		{"exp", VecExp, expGeneric},
		{"log", VecLog, logGeneric},
		{"2 to the power", func(dst, x []float64) { VecScalarPow(dst, 2, x) }, func(dst, x []float64) { scalarPowGeneric(dst, 2, x) }},
		{"10 to the power", func(dst, x []float64) { VecScalarPow(dst, 10, x) }, func(dst, x []float64) { scalarPowGeneric(dst, 10, x) }},
		{"-2 to the power", func(dst, x []float64) { VecScalarPow(dst, -2, x) }, func(dst, x []float64) { scalarPowGeneric(dst, -2, x) }},
		{"pow of itself", func(dst, x []float64) { VecPow(dst, x, x) }, func(dst, x []float64) { powGeneric(dst, x, x) }},
		{"pow -3", func(dst, x []float64) { VecPowScalar(dst, x, -3) }, func(dst, x []float64) { powScalarGeneric(dst, x, -3) }},
		{"pow NaN", func(dst, x []float64) { VecPowScalar(dst, x, nan) }, func(dst, x []float64) { powScalarGeneric(dst, x, nan) }},
		{"pow 1e80", func(dst, x []float64) { VecPowScalar(dst, x, 1e80) }, func(dst, x []float64) { powScalarGeneric(dst, x, 1e80) }},
		{"pow 1/3", func(dst, x []float64) { VecPowScalar(dst, x, 1.0/3) }, func(dst, x []float64) { powScalarGeneric(dst, x, 1.0/3) }},
		{"compress", func(dst, x []float64) { VecCompress(dst, x, 0, inf, 3) }, func(dst, x []float64) {
			for i, v := range x {
				dst[i] = Pow(v, 1.0/3) * 3
				if v < 0 {
					dst[i] = 0
				}
			}
		}},
		{"compress between", func(dst, x []float64) { VecCompress(dst, x, 0.5, 2, -1) }, func(dst, x []float64) {
			for i, v := range x {
				if v == v {
					v = min(max(v, 0.5), 2)
				}
				dst[i] = -Pow(v, 1.0/3)
			}
		}},
		{"compress by the root", func(dst, x []float64) { VecCompressRoot(dst, x, 0, inf, 3) }, func(dst, x []float64) {
			for i, v := range x {
				dst[i] = Cbrt(v) * 3
				if v < 0 {
					dst[i] = 0
				}
			}
		}},
		{"compress by the root between", func(dst, x []float64) { VecCompressRoot(dst, x, -8, 2, -1) }, func(dst, x []float64) {
			for i, v := range x {
				if v == v {
					v = min(max(v, -8), 2)
				}
				dst[i] = -Cbrt(v)
			}
		}},
		{"pow 0.3", func(dst, x []float64) { VecPowScalar(dst, x, 0.3) }, func(dst, x []float64) { powScalarGeneric(dst, x, 0.3) }},
		{"pow 40.5", func(dst, x []float64) { VecPowScalar(dst, x, 40.5) }, func(dst, x []float64) { powScalarGeneric(dst, x, 40.5) }},
		{"pow 3", func(dst, x []float64) { VecPowScalar(dst, x, 3) }, func(dst, x []float64) { powScalarGeneric(dst, x, 3) }},
		{"pow -0.5", func(dst, x []float64) { VecPowScalar(dst, x, -0.5) }, func(dst, x []float64) { powScalarGeneric(dst, x, -0.5) }},
	}
	arguments := func(r *rand.Rand, n, kind int) []float64 {
		x := make([]float64, n)
		for i := range x {
			switch kind {
			case 0: // any bits
				x[i] = math.Float64frombits(r.Uint64())
			case 1: // the usual range
				x[i] = r.NormFloat64() * 10
			case 2: // half-wave rectified
				x[i] = max(0, r.NormFloat64())
			case 5: // what logarithms and powers like
				x[i] = math.Exp(r.NormFloat64() * 3)
			case 4: // runs of zeros, of either sign
				x[i] = max(math.Copysign(0, float64(r.IntN(2))-0.5), 2*math.Sin(float64(i)/9+float64(n)))
			case 3:
				x[i] = math.Abs(r.NormFloat64()) * 1e-3
				if r.IntN(5) == 0 {
					x[i] = awkward[r.IntN(len(awkward))]
				}
			}
		}
		return x
	}
	forTiers(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(3, 5))
		for _, f := range functions {
			for n := range 70 {
				for kind := range 6 {
					off := r.IntN(4)
					x := arguments(r, n+off, kind)[off:]
					got, want := filled(n+2, guard), filled(n+2, guard)
					f.run(got[1:n+1], x)
					f.reference(want[1:n+1], x)
					if i := differ(got, want); i >= 0 {
						t.Fatalf("%s of %v (kind %d): %v, want %v", f.name, x[i-1], kind, got[i], want[i])
					}
					f.run(x, x)
					if i := differ(x, want[1:n+1]); i >= 0 {
						t.Fatalf("%s in place, number %d of %d: %v, want %v", f.name, i, n, x[i], want[i+1])
					}
				}
			}
			var x []float64
			for _, kind := range []int{1, 2, 4, 5} {
				x = append(x, arguments(r, 40_000, kind)...)
			}
			for i, v := range awkward { // each among ordinary numbers and in every lane
				for lane := range 8 {
					x = append(x, arguments(r, 8, 1)...)
					x[len(x)-8+(lane+i)%8] = v
				}
			}
			got, want := make([]float64, len(x)), make([]float64, len(x))
			f.run(got, x)
			f.reference(want, x)
			if i := differ(got, want); i >= 0 {
				t.Fatalf("%s of %v: %v, want %v", f.name, x[i], got[i], want[i])
			}
		}
	})
}

// TestRandomTiersGiveTheSameBits covers lengths, odd and even firsts, large counters and the bits of the most extreme keys.
func TestRandomTiersGiveTheSameBits(t *testing.T) {
	forTiers(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(19, 23))
		for n := range 70 {
			for range 20 {
				key, step := r.Uint64(), int64(r.Uint64())
				first := int64(r.Uint64()>>1) >> r.IntN(63)
				if r.IntN(10) == 0 {
					first = math.MaxInt64 - int64(r.IntN(3))
				}
				if r.IntN(10) == 0 { // blocks on both sides of a multiple of 2^32
					first = int64(r.IntN(3)+1)<<(33+r.IntN(2)) - int64(r.IntN(70))
				}
				got, intact := guarded(n, n%4)
				want := make([]float64, n)
				PhiloxUniforms(got, key, first, step)
				philoxUniformsGeneric(want, key, first, step)
				if i := differ(got, want); i >= 0 {
					t.Fatalf("uniform %d of %d, key %#x, first %d, step %d: %v, want %v", i, n, key, first, step, got[i], want[i])
				}
				PhiloxNormals(got, key, first, step)
				philoxNormalsGeneric(want, key, first, step)
				if i := differ(got, want); i >= 0 {
					t.Fatalf("normal %d of %d, key %#x, first %d, step %d: %v, want %v", i, n, key, first, step, got[i], want[i])
				}
				if !intact() {
					t.Fatalf("%d numbers: wrote outside", n)
				}
			}
		}
		const many = 200_000
		got, want := make([]float64, many), make([]float64, many)
		PhiloxNormals(got, 5, 1, 7)
		philoxNormalsGeneric(want, 5, 1, 7)
		if i := differ(got, want); i >= 0 {
			t.Fatalf("normal %d: %v, want %v", i, got[i], want[i])
		}
		if n := testing.AllocsPerRun(10, func() { PhiloxNormals(got[:99], 5, 1, 7) }); n != 0 {
			t.Errorf("%v allocations", n)
		}
	})
}
