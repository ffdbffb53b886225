package kernel

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// span is a set of arguments: n of them between lo and hi, evenly or (log) with evenly distributed logarithm and both signs.
type span struct {
	lo, hi float64
	log    bool
}

type unaryCase struct {
	name  string
	f     func(float64) float64
	ref   func(*big.Float) *big.Float
	spans []span
	limit float64 // largest error allowed [ulp]: what the comment of the function states
}

func sinOf(x *big.Float) *big.Float { s, _ := refSinCos(x); return s }
func cosOf(x *big.Float) *big.Float { _, c := refSinCos(x); return c }
func tanOf(x *big.Float) *big.Float { s, c := refSinCos(x); return bdiv(s, c) }

var unaryCases = []unaryCase{
	{"Exp", Exp, refExp, []span{{-1, 1, false}, {-40, 40, false}, {-745, 709.7, false}, {1e-20, 1, true}}, 0.7},
	{"Expm1", Expm1, refExpm1, []span{{-1, 1, false}, {-45, 45, false}, {1e-20, 1, true}, {40, 709.7, false}}, 0.92},
	{
		"Exprel", Exprel, func(x *big.Float) *big.Float { return bdiv(refExpm1(x), x) },
		[]span{{-1, 1, false}, {-0.5, -0.45, false}, {-45, 45, false}, {1e-20, 1, true}, {600, 716.2, false}},
		0.86,
	},
	{"Log", Log, refLog, []span{{0.5, 2, false}, {0, 1000, false}, {1e-300, 1e300, true}, {5e-324, 1e-308, true}, {0.99, 1.01, false}}, 0.78},
	{"Log2", Log2, refLog2, []span{{0.5, 2, false}, {0, 1000, false}, {1e-300, 1e300, true}, {0.99, 1.01, false}}, 0.51},
	{"Log10", Log10, refLog10, []span{{0.5, 2, false}, {0, 1000, false}, {1e-300, 1e300, true}, {0.99, 1.01, false}}, 0.51},
	{
		"Log1p", Log1p, func(x *big.Float) *big.Float { return refLog(badd(x, bf(1))) },
		[]span{{-0.5, 1, false}, {-1, 100, false}, {1e-20, 1, true}, {1, 1e300, true}},
		0.63,
	},
	{"Cbrt", Cbrt, refCbrt, []span{{1, 8, false}, {-1000, 1000, false}, {1e-300, 1e300, true}, {0x1p1010, 0x1p1023, true}, {5e-324, 0x1p-1025, true}, {0x1p-1010, 0x1p-960, true}}, 0.51},
	{"Cbrt of the least normal numbers", Cbrt, refCbrt, []span{{0x1p-1022, 0x1p-1021, true}, {0x1p-1022, 0x1p-1010, true}}, 0.82},
	{"Sin", Sin, sinOf, []span{{-1, 1, false}, {-10, 10, false}, {1e-20, 1, true}, {1, 1e7, true}, {1e5, 1e300, true}}, 0.77},
	{"Cos", Cos, cosOf, []span{{-1, 1, false}, {-10, 10, false}, {1e-20, 1, true}, {1, 1e7, true}, {1e5, 1e300, true}}, 0.8},
	{"Tan", Tan, tanOf, []span{{-1, 1, false}, {-10, 10, false}, {1e-20, 1, true}, {1, 1e7, true}, {1e5, 1e300, true}}, 0.92},
	{"Asin", Asin, refAsin, []span{{-1, 1, false}, {0.99, 1, false}, {1e-20, 1, true}}, 0.66},
	{"Acos", Acos, refAcos, []span{{-1, 1, false}, {0.99, 1, false}, {1e-20, 1, true}}, 0.62},
	{"Atan", Atan, refAtan, []span{{-1, 1, false}, {-10, 10, false}, {1e-20, 1e20, true}}, 0.65},
	{"Sinh", Sinh, refSinh, []span{{-1, 1, false}, {-45, 45, false}, {1e-20, 1, true}, {40, 710, false}}, 0.84},
	{"Cosh", Cosh, refCosh, []span{{-1, 1, false}, {-45, 45, false}, {40, 710, false}}, 0.62},
	{"Tanh", Tanh, refTanh, []span{{-1, 1, false}, {-25, 25, false}, {1e-20, 1, true}}, 0.75},
}

func refLog2(x *big.Float) *big.Float  { return bdiv(refLog(x), refLn2()) }
func refLog10(x *big.Float) *big.Float { return bdiv(refLog(x), refLog(bf(10))) }

func (s span) draw(r *rand.Rand) float64 {
	if !s.log {
		return s.lo + (s.hi-s.lo)*r.Float64()
	}
	x := math.Exp(math.Log(s.lo) + (math.Log(s.hi)-math.Log(s.lo))*r.Float64())
	if r.IntN(2) == 0 {
		return -x
	}
	return x
}

func TestElementaryFunctionsAreExactToAnUlp(t *testing.T) {
	n := 1000
	if testing.Short() {
		n = 200
	}
	for _, c := range unaryCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(1, 2))
			worst, where := 0.0, 0.0
			for _, s := range c.spans {
				for range n {
					x := s.draw(r)
					got := c.f(x)
					if math.IsNaN(got) && x < 0 && c.f(-x) == c.f(-x) {
						continue // the logarithms of negative numbers: special cases
					}
					if e := ulps(got, c.ref(bf(x))); e > worst {
						worst, where = e, x
					}
				}
			}
			t.Logf("largest error %.4f ulp at %v (%x)", worst, where, where)
			if worst > c.limit {
				t.Errorf("%s(%v) = %v: error %.4f ulp, stated %.3f", c.name, where, c.f(where), worst, c.limit)
			}
		})
	}
}

type binaryCase struct {
	name  string
	f     func(a, b float64) float64
	ref   func(a, b *big.Float) *big.Float
	draw  func(r *rand.Rand) (a, b float64)
	limit float64
}

var binaryCases = []binaryCase{
	{"Pow", Pow, func(a, b *big.Float) *big.Float { return refExp(bmul(b, refLog(a))) }, func(r *rand.Rand) (float64, float64) {
		switch r.IntN(4) {
		case 0: // results over the whole range, subnormals too
			x := span{1e-300, 1e300, true}.draw(r)
			x = math.Abs(x)
			return x, (1453*r.Float64() - 744) / math.Log(x)
		case 1:
			return 2 * r.Float64(), 6*r.Float64() - 3
		case 2: // near 1, large exponents
			x := 1 + (r.Float64()-0.5)*0x1p-20
			return x, (1453*r.Float64() - 744) / math.Log(x)
		}
		return math.Abs(span{1e-12, 10, true}.draw(r)), 1.0 / 3
	}, 0.74},
	{"Pow to the third", Pow, func(a, b *big.Float) *big.Float { return refExp(bmul(b, refLog(a))) }, func(r *rand.Rand) (float64, float64) {
		if r.IntN(2) == 0 {
			return math.Abs(span{0x1p-1010, 0x1p1023, true}.draw(r)), 1.0 / 3
		}
		return math.Abs(span{1e-12, 1e3, true}.draw(r)), 1.0 / 3
	}, 0.52},
	{"Pow of the least normal numbers to the third", Pow, func(a, b *big.Float) *big.Float { return refExp(bmul(b, refLog(a))) }, func(r *rand.Rand) (float64, float64) {
		return math.Abs(span{0x1p-1022, 0x1p-1021, true}.draw(r)), 1.0 / 3
	}, 0.94},
	{"Atan2", Atan2, refAtan2, func(r *rand.Rand) (float64, float64) {
		s := span{1e-3, 1e3, true}
		if r.IntN(3) == 0 {
			s = span{1e-307, 1e307, true}
		}
		return s.draw(r), s.draw(r)
	}, 0.62},
	{
		"Hypot", Hypot, func(a, b *big.Float) *big.Float { return bnew().Sqrt(badd(bmul(a, a), bmul(b, b))) },
		func(r *rand.Rand) (float64, float64) {
			s := span{1e-3, 1e3, true}
			if r.IntN(3) == 0 {
				s = span{1e-307, 1e307, true}
			}
			x := s.draw(r)
			return x, x * span{1e-4, 1e4, true}.draw(r)
		}, 0.51,
	},
}

func TestFunctionsOfTwoArgumentsAreExactToAnUlp(t *testing.T) {
	n := 4000
	if testing.Short() {
		n = 800
	}
	for _, c := range binaryCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(3, 4))
			worst, wa, wb := 0.0, 0.0, 0.0
			for range n {
				a, b := c.draw(r)
				if math.IsInf(b, 0) || b == 0 {
					continue
				}
				want := c.ref(bf(a), bf(b))
				if want.Sign() != 0 && want.MantExp(nil) < -1073 {
					continue // less than the least subnormal: zero, tested below
				}
				if e := ulps(c.f(a, b), want); e > worst {
					worst, wa, wb = e, a, b
				}
			}
			t.Logf("largest error %.4f ulp at %v, %v", worst, wa, wb)
			if worst > c.limit {
				t.Errorf("%s(%v, %v) = %v: error %.4f ulp, stated %.3f", c.name, wa, wb, c.f(wa, wb), worst, c.limit)
			}
		})
	}
}

var inf, nan = math.Inf(1), math.NaN()

func same(a, b float64) bool {
	return a != a && b != b || math.Float64bits(a) == math.Float64bits(b)
}

func TestSpecialValues(t *testing.T) {
	zero := math.Copysign(0, -1)
	for _, c := range []struct {
		name string
		f    func(float64) float64
		in   []float64
		want []float64
	}{
		{"Exp", Exp, []float64{0, zero, inf, -inf, nan, 710, -746, 1e300, -1e300}, []float64{1, 1, inf, 0, nan, inf, 0, inf, 0}},
		{"Exp", Exp, []float64{-745.13, 5e-324}, []float64{5e-324, 1}},
		{"Expm1", Expm1, []float64{0, zero, inf, -inf, nan, 710, -800, 5e-324}, []float64{0, zero, inf, -1, nan, inf, -1, 5e-324}},
		{"Exprel", Exprel, []float64{0, zero, inf, -inf, nan, 717, 5e-324}, []float64{1, 1, inf, 0, nan, inf, 1}},
		{"Log", Log, []float64{1, 0, zero, inf, -inf, nan, -1}, []float64{0, -inf, -inf, inf, nan, nan, nan}},
		{"Log2", Log2, []float64{1, 8, 5e-324, 0x1p1023, 0, inf, -1, nan}, []float64{0, 3, -1074, 1023, -inf, inf, nan, nan}},
		{"Log10", Log10, []float64{1, 10, 1000, 1e22, 0, zero, inf, -1, nan}, []float64{0, 1, 3, 22, -inf, -inf, inf, nan, nan}},
		{"Log1p", Log1p, []float64{0, zero, -1, -1.5, inf, -inf, nan, 5e-324}, []float64{0, zero, -inf, nan, inf, nan, nan, 5e-324}},
		{"Cbrt", Cbrt, []float64{0, zero, 8, -27, inf, -inf, nan, 1e-300, 0x1p-1074}, []float64{0, zero, 2, -3, inf, -inf, nan, 1e-100, 0x1p-358}},
		{"Sin", Sin, []float64{0, zero, inf, -inf, nan, 5e-324}, []float64{0, zero, nan, nan, nan, 5e-324}},
		{"Cos", Cos, []float64{0, zero, inf, -inf, nan, 5e-324}, []float64{1, 1, nan, nan, nan, 1}},
		{"Tan", Tan, []float64{0, zero, inf, -inf, nan, 5e-324}, []float64{0, zero, nan, nan, nan, 5e-324}},
		{"Asin", Asin, []float64{0, zero, 1, -1, 1.1, -inf, nan}, []float64{0, zero, math.Pi / 2, -math.Pi / 2, nan, nan, nan}},
		{"Acos", Acos, []float64{0, zero, 1, -1, 1.1, -inf, nan}, []float64{math.Pi / 2, math.Pi / 2, 0, math.Pi, nan, nan, nan}},
		{"Atan", Atan, []float64{0, zero, inf, -inf, nan, 1}, []float64{0, zero, math.Pi / 2, -math.Pi / 2, nan, math.Pi / 4}},
		{"Sinh", Sinh, []float64{0, zero, inf, -inf, nan, 711, -711}, []float64{0, zero, inf, -inf, nan, inf, -inf}},
		{"Cosh", Cosh, []float64{0, zero, inf, -inf, nan, 711, -711}, []float64{1, 1, inf, inf, nan, inf, inf}},
		{"Tanh", Tanh, []float64{0, zero, inf, -inf, nan, 30}, []float64{0, zero, 1, -1, nan, 1}},
		{"Sign", Sign, []float64{0, zero, 3, -3, inf, nan}, []float64{0, zero, 1, -1, 1, nan}},
		{"Rectify", Rectify, []float64{0, zero, 3, -3, inf, -inf, nan}, []float64{0, 0, 3, 0, inf, 0, nan}},
	} {
		for i, x := range c.in {
			if got := c.f(x); !same(got, c.want[i]) {
				t.Errorf("%s(%v) = %v, want %v", c.name, x, got, c.want[i])
			}
		}
	}
}

func TestSpecialValuesOfTwoArguments(t *testing.T) {
	zero := math.Copysign(0, -1)
	values := []float64{0, zero, 1, -1, 0.5, -0.5, 2, -2, 3, -3, 2.5, inf, -inf, nan, 1e300, -1e300, 5e-324, 0x1p53 + 2, 1e-300}
	for _, x := range values {
		for _, y := range values {
			got, want := Pow(x, y), math.Pow(x, y)
			if !same(got, want) && !(math.Abs(got-want) <= 1e-15*math.Abs(want)) {
				t.Errorf("Pow(%v, %v) = %v, C says %v", x, y, got, want)
			}
			got, want = Atan2(y, x), math.Atan2(y, x)
			if !same(got, want) && !(math.Abs(got-want) <= 1e-15*math.Abs(want) && math.Signbit(got) == math.Signbit(want)) {
				t.Errorf("Atan2(%v, %v) = %v, C says %v", y, x, got, want)
			}
			got, want = Hypot(x, y), math.Hypot(x, y)
			if !same(got, want) && !(math.Abs(got-want) <= 1e-15*math.Abs(want)) {
				t.Errorf("Hypot(%v, %v) = %v, C says %v", x, y, got, want)
			}
		}
	}
	for _, c := range [][3]float64{
		{7, 3, 1},
		{-7, 3, 2},
		{7, -3, -2},
		{-7, -3, -1},
		{6, 3, 0},
		{-6, 3, 0},
		{6, -3, zero},
		{5.5, 2, 1.5},
		{-1, inf, inf},
		{1, inf, 1},
		{1, -inf, -inf},
		{inf, 2, nan},
		{1, 0, nan},
		{nan, 1, nan},
		{1, nan, nan},
		{-1e-20, 1, 1},
	} {
		if got := Mod(c[0], c[1]); !same(got, c[2]) {
			t.Errorf("Mod(%v, %v) = %v, Python says %v", c[0], c[1], got, c[2])
		}
	}
	for _, c := range [][3]float64{
		{7, 3, 2},
		{-7, 3, -3},
		{7, -3, -3},
		{-7, -3, 2},
		{6, 3, 2},
		{1, 0.1, 9},
		{0.3, 0.1, 2},
		{-1, inf, -1},
		{1, inf, 0},
		{inf, 2, nan},
		{1, 0, inf},
		{-1, 0, -inf},
		{nan, 1, nan},
		{-1e-20, 1, -1},
		{0, -2, zero},
	} {
		if got := FloorDiv(c[0], c[1]); !same(got, c[2]) {
			t.Errorf("FloorDiv(%v, %v) = %v, Python says %v", c[0], c[1], got, c[2])
		}
	}
	for _, c := range [][4]float64{{1, 2, 1, 2}, {nan, 1, nan, nan}, {1, nan, nan, nan}, {0, zero, zero, zero}, {zero, 0, 0, 0}, {-inf, inf, -inf, inf}} {
		if got := Min(c[0], c[1]); !same(got, c[2]) {
			t.Errorf("Min(%v, %v) = %v, want %v", c[0], c[1], got, c[2])
		}
		if got := Max(c[0], c[1]); !same(got, c[3]) {
			t.Errorf("Max(%v, %v) = %v, want %v", c[0], c[1], got, c[3])
		}
	}
}

func TestSincosAgreesWithSinAndCos(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 20000 {
		x := span{1e-10, 1e18, true}.draw(r)
		if s, c := Sincos(x); !same(s, Sin(x)) || !same(c, Cos(x)) {
			t.Fatalf("Sincos(%v) = %v, %v; Sin %v, Cos %v", x, s, c, Sin(x), Cos(x))
		}
	}
}

// Multiples of π/2, and doubles that come closest to them, are where a reduction loses its digits.
func TestArgumentReductionKeepsItsDigits(t *testing.T) {
	hard := []float64{0x1.6ac5b262ca1ffp+849, 0x1.921fb54442d18p+0, 0x1.921fb54442d18p+1, 0x1p21, 0x1.0000000000001p21, 0x1p120, math.MaxFloat64, 6381956970095103 * 0x1p797}
	for k := 1; k < 3000; k++ {
		hard = append(hard, float64(k)*math.Pi/2)
	}
	for k := 1335000; k < 1335400; k++ { // both sides of 2^21
		hard = append(hard, float64(k)*math.Pi/2)
	}
	for _, x := range hard {
		s, c := refSinCos(bf(x))
		if e := max(ulps(Sin(x), s), ulps(Cos(x), c)); e > 0.6 {
			t.Errorf("sine or cosine of %v (%x): error %.3f ulp", x, x, e)
		}
	}
}

// The reference itself against the standard library, which is good to a few ulp.
func TestReferenceAgreesWithTheStandardLibrary(t *testing.T) {
	std := map[string]func(float64) float64{
		"Exp": math.Exp, "Expm1": math.Expm1, "Log": math.Log, "Log2": math.Log2, "Log10": math.Log10, "Log1p": math.Log1p, "Cbrt": math.Cbrt,
		"Sin": math.Sin, "Cos": math.Cos, "Tan": math.Tan, "Asin": math.Asin, "Acos": math.Acos, "Atan": math.Atan,
		"Sinh": math.Sinh, "Cosh": math.Cosh, "Tanh": math.Tanh,
	}
	for _, c := range unaryCases {
		f := std[c.name]
		if f == nil {
			continue
		}
		for _, x := range []float64{0.1, 0.3, 0.7, 0.95} {
			if want := x64(c.ref(bf(x))); math.Abs(f(x)-want) > 1e-15*math.Abs(want) {
				t.Errorf("reference %s(%v) = %v, math says %v", c.name, x, want, f(x))
			}
		}
	}
}

func ExampleLog10() {
	fmt.Println(Log10(1000), Log2(0x1p-1074), Pow(27, 1.0/3), Cbrt(27))
	// Output: 3 -1074 3 3
}
