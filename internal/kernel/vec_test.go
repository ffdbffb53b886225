package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// samples holds ordinary numbers of all sizes and every special value.
func samples(r *rand.Rand, n int) []float64 {
	special := []float64{0, math.Copysign(0, -1), 1, -1, inf, -inf, nan, 5e-324, -1e-310, math.MaxFloat64, 0.5, 3, -2.5}
	x := make([]float64, n)
	for i := range x {
		switch r.IntN(6) {
		case 0:
			x[i] = special[r.IntN(len(special))]
		case 1:
			x[i] = float64(r.IntN(9) - 4)
		case 2:
			x[i] = r.NormFloat64() * 1e6
		default:
			x[i] = r.NormFloat64()
		}
	}
	return x
}

func truthOf(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

var vecUnary = map[string]struct {
	vec    func(dst, x []float64)
	scalar func(x float64) float64
}{
	"Neg": {VecNeg, func(x float64) float64 {
		return math.Copysign(x, map[bool]float64{true: 1, false: -1}[math.Signbit(x)])
	}},
	"Abs": {VecAbs, math.Abs}, "Sign": {VecSign, Sign}, "Floor": {VecFloor, math.Floor}, "Ceil": {VecCeil, math.Ceil},
	"Trunc": {VecTrunc, math.Trunc}, "Sqrt": {VecSqrt, math.Sqrt},
	"Square":     {VecSquare, func(x float64) float64 { return x * x }},
	"Cube":       {VecCube, func(x float64) float64 { s := x * x; return s * x }},
	"Reciprocal": {VecReciprocal, func(x float64) float64 { return 1 / x }},
	"Rectify":    {VecRectify, Rectify},
	"Not":        {VecNot, func(x float64) float64 { return truthOf(x == 0) }},
	"Copy":       {VecCopy, func(x float64) float64 { return x }},
	"Clip":       {func(dst, x []float64) { VecClip(dst, x, -0.5, 2) }, func(x float64) float64 { return min(max(x, -0.5), 2) }},
	"Fill":       {func(dst, x []float64) { VecFill(dst, 7) }, func(x float64) float64 { return 7 }},
	"Exp":        {VecExp, Exp}, "Expm1": {VecExpm1, Expm1}, "Exprel": {VecExprel, Exprel}, "Log": {VecLog, Log}, "Log1p": {VecLog1p, Log1p},
	"Log2": {VecLog2, Log2}, "Log10": {VecLog10, Log10}, "Cbrt": {VecCbrt, Cbrt}, "Sin": {VecSin, Sin}, "Cos": {VecCos, Cos}, "Tan": {VecTan, Tan},
	"Asin": {VecAsin, Asin}, "Acos": {VecAcos, Acos}, "Atan": {VecAtan, Atan}, "Sinh": {VecSinh, Sinh}, "Cosh": {VecCosh, Cosh}, "Tanh": {VecTanh, Tanh},
}

var vecBinary = map[string]struct {
	vec    func(dst, a, b []float64)
	scalar func(a, b float64) float64
}{
	"Add": {VecAdd, func(a, b float64) float64 { return a + b }}, "Sub": {VecSub, func(a, b float64) float64 { return a - b }},
	"Mul": {VecMul, func(a, b float64) float64 { return a * b }}, "Div": {VecDiv, func(a, b float64) float64 { return a / b }},
	"Min": {VecMin, Min}, "Max": {VecMax, Max},
	"Less":         {VecLess, func(a, b float64) float64 { return truthOf(a < b) }},
	"LessEqual":    {VecLessEqual, func(a, b float64) float64 { return truthOf(a <= b) }},
	"Greater":      {VecGreater, func(a, b float64) float64 { return truthOf(a > b) }},
	"GreaterEqual": {VecGreaterEqual, func(a, b float64) float64 { return truthOf(a >= b) }},
	"Equal":        {VecEqual, func(a, b float64) float64 { return truthOf(a == b) }},
	"NotEqual":     {VecNotEqual, func(a, b float64) float64 { return truthOf(a != b) }},
	"And":          {VecAnd, func(a, b float64) float64 { return truthOf(a != 0 && b != 0) }},
	"Or":           {VecOr, func(a, b float64) float64 { return truthOf(a != 0 || b != 0) }},
	"Pow":          {VecPow, Pow}, "Atan2": {VecAtan2, Atan2}, "Hypot": {VecHypot, Hypot}, "Mod": {VecMod, Mod}, "FloorDiv": {VecFloorDiv, FloorDiv},
}

// vecScalar holds the forms with one scalar operand; left says that the scalar is the left one.
var vecScalar = map[string]struct {
	right  func(dst, a []float64, s float64)
	left   func(dst []float64, s float64, a []float64)
	scalar func(a, b float64) float64
}{
	"AddScalar": {right: VecAddScalar, scalar: func(a, b float64) float64 { return a + b }},
	"SubScalar": {right: VecSubScalar, scalar: func(a, b float64) float64 { return a - b }},
	"ScalarSub": {left: VecScalarSub, scalar: func(a, b float64) float64 { return a - b }},
	"MulScalar": {right: VecMulScalar, scalar: func(a, b float64) float64 { return a * b }},
	"DivScalar": {right: VecDivScalar, scalar: func(a, b float64) float64 { return a / b }},
	"ScalarDiv": {left: VecScalarDiv, scalar: func(a, b float64) float64 { return a / b }},
	"MinScalar": {right: VecMinScalar, scalar: Min}, "MaxScalar": {right: VecMaxScalar, scalar: Max},
	"LessScalar":         {right: VecLessScalar, scalar: func(a, b float64) float64 { return truthOf(a < b) }},
	"LessEqualScalar":    {right: VecLessEqualScalar, scalar: func(a, b float64) float64 { return truthOf(a <= b) }},
	"GreaterScalar":      {right: VecGreaterScalar, scalar: func(a, b float64) float64 { return truthOf(a > b) }},
	"GreaterEqualScalar": {right: VecGreaterEqualScalar, scalar: func(a, b float64) float64 { return truthOf(a >= b) }},
	"EqualScalar":        {right: VecEqualScalar, scalar: func(a, b float64) float64 { return truthOf(a == b) }},
	"NotEqualScalar":     {right: VecNotEqualScalar, scalar: func(a, b float64) float64 { return truthOf(a != b) }},
	"PowScalar":          {right: VecPowScalar, scalar: Pow}, "ScalarPow": {left: VecScalarPow, scalar: Pow},
}

// guarded returns a slice of n numbers with a guard word on either side, and a check that the guards still stand.
func guarded(n, offset int) (dst []float64, intact func() bool) {
	const guard = 12345.678
	all := make([]float64, offset+n+2)
	for i := range all {
		all[i] = guard
	}
	return all[offset+1 : offset+1+n], func() bool { return all[offset] == guard && all[offset+1+n] == guard }
}

// Every vector operation against its scalar definition: lengths, alignments, in place, guards.
func TestVectorOperationsDoTheScalarOneElementByElement(t *testing.T) {
	forAllTiers(t, vectorOperations)
}

func vectorOperations(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	check := func(t *testing.T, n int, run func(dst []float64), alias []float64, runInPlace func(), want func(i int) float64) {
		t.Helper()
		wanted := make([]float64, n)
		for i := range wanted {
			wanted[i] = want(i)
		}
		dst, intact := guarded(n, n%3)
		run(dst)
		runInPlace()
		for i := range wanted {
			if !same(dst[i], wanted[i]) || !same(alias[i], wanted[i]) {
				t.Fatalf("element %d of %d: %v, in place %v, want %v", i, n, dst[i], alias[i], wanted[i])
			}
		}
		if !intact() {
			t.Fatalf("length %d: wrote outside of dst", n)
		}
	}
	lengths := []int{257}
	for n := range 71 {
		lengths = append(lengths, n)
	}
	for name, op := range vecUnary {
		t.Run(name, func(t *testing.T) {
			for _, n := range lengths {
				x := samples(r, n)
				y := append([]float64(nil), x...)
				check(t, n, func(dst []float64) { op.vec(dst, x) }, y, func() { op.vec(y, y) }, func(i int) float64 { return op.scalar(x[i]) })
			}
			if name != "Fill" {
				wantPanic(t, func() { op.vec(make([]float64, 2), make([]float64, 3)) })
			}
		})
	}
	for name, op := range vecBinary {
		t.Run(name, func(t *testing.T) {
			for _, n := range lengths {
				a, b := samples(r, n), samples(r, n)
				y := append([]float64(nil), a...)
				check(t, n, func(dst []float64) { op.vec(dst, a, b) }, y, func() { op.vec(y, y, b) }, func(i int) float64 { return op.scalar(a[i], b[i]) })
				y = append([]float64(nil), b...)
				check(t, n, func(dst []float64) { op.vec(dst, a, b) }, y, func() { op.vec(y, a, y) }, func(i int) float64 { return op.scalar(a[i], b[i]) })
			}
			wantPanic(t, func() { op.vec(make([]float64, 2), make([]float64, 2), make([]float64, 3)) })
			wantPanic(t, func() { op.vec(make([]float64, 2), make([]float64, 3), make([]float64, 2)) })
		})
	}
	for name, op := range vecScalar {
		t.Run(name, func(t *testing.T) {
			for _, n := range lengths {
				for _, s := range []float64{0, 2, -0.5, 1.0 / 3, inf, nan} {
					a := samples(r, n)
					y := append([]float64(nil), a...)
					if op.left != nil {
						check(t, n, func(dst []float64) { op.left(dst, s, a) }, y, func() { op.left(y, s, y) }, func(i int) float64 { return op.scalar(s, a[i]) })
					} else {
						check(t, n, func(dst []float64) { op.right(dst, a, s) }, y, func() { op.right(y, y, s) }, func(i int) float64 { return op.scalar(a[i], s) })
					}
				}
			}
		})
	}
}

func wantPanic(t *testing.T, f func()) {
	t.Helper()
	defer func() {
		if p := recover(); p != errLength {
			t.Errorf("panic %v, want %q", p, errLength)
		}
	}()
	f()
}

func TestSelectAndClipFollowTheirComments(t *testing.T) {
	dst := make([]float64, 4)
	VecSelect(dst, []float64{1, 0, nan, math.Copysign(0, -1)}, []float64{1, 2, 3, 4}, []float64{-1, -2, -3, -4})
	for i, want := range []float64{1, -2, 3, -4} {
		if dst[i] != want {
			t.Errorf("select, element %d: %v, want %v", i, dst[i], want)
		}
	}
	VecClip(dst, []float64{-1, math.Copysign(0, -1), 2, nan}, 0, nan)
	for i, want := range []float64{0, math.Copysign(0, -1), 2, nan} {
		if !same(dst[i], want) {
			t.Errorf("clip at 0, element %d: %v, want %v", i, dst[i], want)
		}
	}
	VecClip(dst, []float64{-1, 0, 2, 5}, 3, 1)
	for i := range dst {
		if dst[i] != 1 {
			t.Errorf("clip with lo > hi, element %d: %v, want hi = 1", i, dst[i])
		}
	}
}

// The digest of many results of every function: the same on every machine, architecture and GOAMD64 level. If an
// algorithm is changed on purpose the new digest goes here, and every faster tier has to follow.
func TestBitsAreTheSameOnEveryMachine(t *testing.T) {
	const want = 0xbbd592619868100
	h := uint64(14695981039346656037)
	add := func(v float64) {
		b := math.Float64bits(v)
		if v != v {
			b = math.Float64bits(nan)
		}
		h = (h ^ b) * 1099511628211
		h ^= h >> 29
	}
	r := rand.New(rand.NewPCG(11, 12))
	for range 3000 {
		x := float64(r.Float64()*60) - 30
		y := math.Ldexp(r.Float64()+0.5, r.IntN(2040)-1020)
		for _, c := range unaryCases {
			add(c.f(x))
			add(c.f(x / 64))
			add(c.f(y))
		}
		for _, c := range binaryCases {
			add(c.f(math.Abs(x), x/7))
			add(c.f(y, x))
			add(c.f(y, 1.0/3))
		}
	}
	if h != want {
		t.Errorf("digest %#x, want %#x", h, uint64(want))
	}
}

func BenchmarkVec(b *testing.B) {
	const n = 256
	r := rand.New(rand.NewPCG(9, 10))
	x, y, dst := make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range x {
		x[i], y[i] = r.Float64()*3+0.01, r.Float64()*3
	}
	for _, name := range []string{"Add", "Mul", "Div", "Pow"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				vecBinary[name].vec(dst, x, y)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/element")
		})
	}
	for _, name := range []string{"Exp", "Log", "Cbrt", "Sin", "Tanh"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				vecUnary[name].vec(dst, x)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/element")
		})
	}
}
