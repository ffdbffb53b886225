package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// bent is one number bent by a broken stick.
func bent(x, a, knee, v, b float64) float64 {
	s, row := BrokenStick{[]float64{a}, []float64{knee}, []float64{v}, []float64{b}}, []float64{x}
	s.Run(Rows{row, 1, 1}, 0, 1, 1)
	return row[0]
}

func TestStickIsTheLesserOfLineAndPower(t *testing.T) {
	r := rand.New(rand.NewPCG(71, 73))
	powers := 0
	for range 20000 {
		x := math.Ldexp(r.Float64()+0.5, r.IntN(120)-100)
		a, v, b := math.Ldexp(r.Float64()+0.5, r.IntN(30)), 1.3*r.Float64()+0.01, float64(r.IntN(40)-20)
		line, power := a*x, math.Ldexp(Pow(x, v), int(b))
		got := bent(x, a, 0, v, b)
		tolerance := 1e-15 + 2e-16*(math.Abs(v*math.Log2(x))+math.Abs(b))
		if want := min(line, power); math.Abs(got-want) > tolerance*want {
			t.Fatalf("%v with a = %v, v = %v, b = %v becomes %v, want %v", x, a, v, b, got, want)
		}
		if bent(-x, a, 0, v, b) != -got {
			t.Fatalf("%v becomes %v, %v not the opposite", x, got, -x)
		}
		if power < line {
			powers++
		}
		// The knee saves time and changes nothing.
		if v < 0.999 {
			knee := Pow(math.Ldexp(1/a, int(b)), 1/(1-v))
			for _, x := range []float64{x, 0.99 * knee, 0.9999 * knee} {
				if with, without := bent(x, a, 0.999*knee, v, b), bent(x, a, 0, v, b); with != without {
					t.Fatalf("%v with a = %v, v = %v, b = %v becomes %v with a knee, %v without", x, a, v, b, with, without)
				}
			}
		}
	}
	if powers < 1000 || powers > 19000 {
		t.Fatalf("%d of 20000 are powers: too few of one kind", powers)
	}
}

func TestExtremesOfTheStick(t *testing.T) {
	for _, c := range []struct{ x, a, v, b, want float64 }{
		{0, 3, 0.25, 1, 0},
		{math.Copysign(0, -1), 3, 0.25, 1, math.Copysign(0, -1)},
		{1e-320, 3, 0.25, 1, 3 * 1e-320},
		{-1e-310, 1, 0.9, 0, -1e-310},
		{5, 3, 0.25, math.Inf(-1), 0},
		{5, 0, 0.25, 1, 0},
		{nan, 3, 0.25, 1, nan},
		{inf, 3, 0.25, 1, 0x1p257},
		{-inf, 3, 0.25, 1, -0x1p257},
		{0x1p900, inf, 2, 0, inf},
		{0x1p-900, 1, 2, 0, 0},
		{0x1p-510, 1, 2, 0, 0x1p-1020},
	} {
		if got := bent(c.x, c.a, 0, c.v, c.b); differ([]float64{got}, []float64{c.want}) >= 0 {
			t.Errorf("%v with a = %v, v = %v, b = %v becomes %v, want %v", c.x, c.a, c.v, c.b, got, c.want)
		}
	}
}

func TestLogarithmAndPowersOfTwoOfTheStick(t *testing.T) {
	r := rand.New(rand.NewPCG(79, 83))
	worstLog, worstExp := 0.0, 0.0
	for i := range 4000 {
		x := math.Ldexp(0.5+r.Float64(), r.IntN(2000)-1000)
		if i < 1000 { // the result near 0
			x = 1 + (r.Float64()-0.5)*math.Ldexp(1, -r.IntN(50))
		}
		want := bdiv(refLog(bf(x)), refLn2())
		wrong, _ := bsub(want, bf(modelLog2(x))).Float64()
		size, _ := want.Float64()
		worstLog = max(worstLog, math.Abs(wrong)-math.Abs(size)*0x1p-53)
		y := 2044*r.Float64() - 1022
		exact, _ := refExp(bmul(bf(y), refLn2())).Float64()
		worstExp = max(worstExp, math.Abs(exp2Between(y)/exact-1))
	}
	if worstLog > 2e-16 || worstExp > 5e-16 {
		t.Errorf("errors: logarithm %.3g beyond half an ulp, want 2e-16; power %.3g, want 5e-16", worstLog, worstExp)
	}
	for y, want := range map[float64]float64{-1023: 0, -1e9: 0, math.Inf(-1): 0, 1024: inf, 1e9: inf, inf: inf, 0: 1, -1022: 0x1p-1022, 1023: 0x1p1023} {
		if got := exp2Between(y); got != want {
			t.Errorf("2^%v = %v, want %v", y, got, want)
		}
	}
}

func TestWeightedSumRoundsEach(t *testing.T) {
	a, b := 1+0x1p-30, 1-0x1p-30 // their product is below 1 by 2^-60
	for _, c := range [][5]float64{{a, b, -1, 1, 0}, {-1, 1, a, b, 0}, {2, 3, 5, 7, 41}} {
		x, y := []float64{c[1]}, []float64{c[3]}
		WeightedSum(Rows{x, 1, 1}, Rows{x, 1, 1}, Rows{y, 1, 1}, c[:1], c[2:3], 1)
		if x[0] != c[4] {
			t.Errorf("%v·%v + %v·%v = %v, want %v", c[0], c[1], c[2], c[3], x[0], c[4])
		}
	}
}

func BenchmarkStick(b *testing.B) {
	const n, frames = 64, 32
	x := Rows{make([]float64, n*frames), n, 1}
	s := BrokenStick{filled(n, 1), nil, filled(n, 0.25), filled(n, -5)}
	for name, knee := range map[string]float64{"above the knee": 1e-6, "below": 1e6} {
		s.Knee = filled(n, knee)
		b.Run(name, func(b *testing.B) {
			benchmarkTiers(b, n*frames, "element", func() {
				for i := range x.Data {
					x.Data[i] = 1
				}
				s.Run(x, 0, n, frames)
			})
		})
	}
}
