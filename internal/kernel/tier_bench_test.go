package kernel

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// benchmarkTiers runs f in every tier of this machine and reports the time of one of n elements.
func benchmarkTiers(b *testing.B, n int, unit string, f func()) {
	defer setTier(tier)
	for _, name := range Tiers() {
		setTier(name)
		b.Run(string(name), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				f()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/"+unit)
		})
	}
}

// BenchmarkTiers compares the tiers on blocks of 256 elements, which is what the vector machine runs.
func BenchmarkTiers(b *testing.B) {
	const n = 256
	r := rand.New(rand.NewPCG(9, 10))
	x, y, dst := make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range x {
		x[i], y[i] = r.Float64()*3+0.01, r.Float64()*3
	}
	b.Run("Fill", func(b *testing.B) { benchmarkTiers(b, n, "element", func() { VecFill(dst, 3) }) })
	b.Run("AddScalar", func(b *testing.B) { benchmarkTiers(b, n, "element", func() { VecAddScalar(dst, x, 3) }) })
	b.Run("Select", func(b *testing.B) { benchmarkTiers(b, n, "element", func() { VecSelect(dst, x, y, x) }) })
	b.Run("Clip", func(b *testing.B) { benchmarkTiers(b, n, "element", func() { VecClip(dst, x, 1, 2) }) })
	for _, name := range []string{"Add", "Mul", "Div", "Min", "Less", "And", "Pow"} {
		b.Run(name, func(b *testing.B) {
			benchmarkTiers(b, n, "element", func() { vecBinary[name].vec(dst, x, y) })
		})
	}
	for _, name := range []string{"Neg", "Sign", "Floor", "Sqrt", "Rectify", "Exp", "Expm1", "Exprel", "Log", "Log1p", "Cbrt", "Sin", "Cos", "Tanh", "Sinh", "Cosh"} {
		b.Run(name, func(b *testing.B) {
			benchmarkTiers(b, n, "element", func() { vecUnary[name].vec(dst, x) })
		})
	}
	// Half-wave rectified noise: half of it is zero.
	half := make([]float64, n)
	for i := range half {
		half[i] = max(0, r.NormFloat64())
	}
	b.Run("PowScalar of rectified noise", func(b *testing.B) {
		benchmarkTiers(b, n, "element", func() { VecPowScalar(dst, half, 0.3) })
	})
	// A rectified tone over channels: neighbours are zero together.
	tone := make([]float64, n)
	for i := range tone {
		tone[i] = max(0, math.Sin(float64(i)/20))
	}
	b.Run("PowScalar of a rectified tone", func(b *testing.B) {
		benchmarkTiers(b, n, "element", func() { VecPowScalar(dst, tone, 0.3) })
	})
	b.Run("power one third of rectified noise", func(b *testing.B) {
		benchmarkTiers(b, n, "element", func() { VecPowScalar(dst, half, third) })
	})
	b.Run("power one third of a rectified tone", func(b *testing.B) {
		benchmarkTiers(b, n, "element", func() { VecPowScalar(dst, tone, third) })
	})
	b.Run("DivScalar", func(b *testing.B) { benchmarkTiers(b, n, "element", func() { VecDivScalar(dst, x, 1e-3) }) })
	b.Run("Cbrt of a rectified tone", func(b *testing.B) { benchmarkTiers(b, n, "element", func() { VecCbrt(dst, tone) }) })
	b.Run("Cbrt of rectified noise", func(b *testing.B) { benchmarkTiers(b, n, "element", func() { VecCbrt(dst, half) }) })
	step := int64(0)
	b.Run("Uniforms", func(b *testing.B) {
		benchmarkTiers(b, n, "number", func() { PhiloxUniforms(dst, 1, 0, step); step++ })
	})
	b.Run("Normals", func(b *testing.B) {
		benchmarkTiers(b, n, "number", func() { PhiloxNormals(dst, 1, 0, step); step++ })
	})
	var good bool
	b.Run("AllFinite", func(b *testing.B) { benchmarkTiers(b, n, "element", func() { good = AllFinite(x) }) })
	at, which := 0, uint32(0)
	b.Run("FirstAbove", func(b *testing.B) { benchmarkTiers(b, n, "element", func() { at, which = FirstAbove(x, inf) }) })
	if !good || at != n || which != 0 {
		b.Logf("finite: %v, above: %d, %b", good, at, which) // keeps the results alive
	}
	until := make([]int64, n)
	for i := range until {
		until[i] = int64(i)
	}
	b.Run("Hold", func(b *testing.B) { benchmarkTiers(b, n, "element", func() { Hold(dst, x, until, 128) }) })
	for k, name := range []string{"Sum of two scaled", "Sum of three scaled", "Sum of four scaled"} {
		v, scale := [][]float64{x, half, tone, dst}[:k+2], []float64{0.3, 0.2, 0.7, 0.1}[:k+2]
		b.Run(name, func(b *testing.B) { benchmarkTiers(b, n, "element", func() { VecSum(dst, v, scale, NoOffset) }) })
	}
	state := slices.Clone(x)
	b.Run("FlushState", func(b *testing.B) { benchmarkTiers(b, n, "element", func() { FlushState(state) }) })
	if math.IsNaN(dst[0]) {
		b.Fatal("not a number")
	}
}
