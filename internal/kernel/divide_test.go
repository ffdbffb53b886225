package kernel

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"testing"
)

// hardest are dividends whose quotient by s is as near as can be to the middle between two numbers: for the odd part S of the
// mantissa of s, N·S = X·2^k ± j with a quotient N of 54 bits that is odd, that is, no number, and a small odd j.
func hardest(s float64) []float64 {
	m := math.Float64bits(s)&(1<<52-1) | 1<<52
	zeros := bits.TrailingZeros64(m)
	if zeros > 4 {
		return nil
	}
	m >>= zeros
	inverse := m // of m modulo 2^64: each step doubles the number of good bits
	for range 6 {
		inverse *= 2 - m*inverse
	}
	var list []float64
	for _, k := range []int{53 - zeros, 54 - zeros} { // of quotients above 1, and below
		for j := uint64(1); j < 64; j += 2 {
			for _, d := range []uint64{j, -j} {
				for n := d * inverse & (1<<k - 1); n < 1<<54; n += 1 << k {
					hi, lo := bits.Mul64(n, m)
					lo, borrow := bits.Sub64(lo, d, 0)
					if d == -j {
						hi++ // d stands for a negative number
					}
					hi -= borrow
					if x := hi<<(64-k) | lo>>k; n >= 1<<53 && lo&(1<<k-1) == 0 && x < 1<<53 {
						list = append(list, float64(x), -float64(x)*0x1p-60)
					}
				}
			}
		}
	}
	return list
}

// A reciprocal is refused where there are dividends whose quotients it would round to the wrong side, which are rare.
func TestReciprocalsThatAreNotExactAreRefused(t *testing.T) {
	r := rand.New(rand.NewPCG(43, 44))
	refused := 0
	for range 5000 {
		s := 1 + r.Float64()
		high, low, ok := Reciprocal(s)
		wrong := false
		for _, x := range hardest(s) {
			wrong = wrong || math.FMA(x, high, float64(x*low)) != x/s
		}
		if ok == wrong {
			t.Fatalf("the reciprocal of %x: ok is %v, wrong quotients: %v", s, ok, wrong)
		}
		if !ok {
			refused++
		}
	}
	if refused < 20 || refused > 300 {
		t.Errorf("%d of 5000 reciprocals refused, want one in fifty", refused)
	}
}

// Quotients by a common divisor are the processor's in every tier, where rounding is hardest, and where numbers are not ordinary.
func TestDivisionByAScalarIsRoundedCorrectly(t *testing.T) {
	r := rand.New(rand.NewPCG(41, 42))
	divisors := []float64{
		1, -1, 3, 7, 10, 1e-3, 2e-3, 5e-3, -1e-3, 44100, 1 / 44100.0, math.Pi, math.Nextafter(1, 2), math.Nextafter(1, 0), math.Nextafter(2, 0),
		math.Nextafter(2, 3), math.Nextafter(4, 0) / 2, 1 + 0x1p-26, 1.5, 4.0 / 3, 0x1p400, 0x1p-400, 0x1p401, 0x1p-401, 1e-310, 0, inf, nan, 1e300,
		math.Copysign(0, -1), -inf,
	}
	for range 2000 {
		divisors = append(divisors, math.Ldexp(1+r.Float64(), r.IntN(40)-20), math.Float64frombits(r.Uint64()|1))
	}
	// The last mantissas below a power of two, where a reciprocal is least exact.
	for i := range 200 {
		divisors = append(divisors, math.Float64frombits(math.Float64bits(2)-1-uint64(i)), math.Float64frombits(math.Float64bits(1)+1+uint64(i)))
	}
	forAllTiers(t, func(t *testing.T) {
		met := 0
		for _, s := range divisors {
			x := hardest(s)
			met += len(x)
			for range 64 {
				x = append(x, r.NormFloat64())
			}
			middle := math.Float64frombits(r.Uint64()>>12 | 1023<<52)
			x = append(x, middle*s, middle*s*(1+0x1p-52), s, -s, 3*s, s/3, 0, math.Copysign(0, -1))
			divide(t, x, s) // among ordinary numbers, and then with others in their registers
			x = append(x, 0x1p-511, math.Nextafter(0x1p-511, 0), -0x1p512, math.Nextafter(0x1p512, 0), 0x1p400, math.Nextafter(0x1p400, inf), 0x1p-400, math.Nextafter(0x1p-400, 0), 0, math.Copysign(0, -1), inf, -inf, nan, 5e-324, -1e-310, math.MaxFloat64)
			r.Shuffle(len(x), func(i, j int) { x[i], x[j] = x[j], x[i] })
			divide(t, x, s)
		}
		if met < 10000 {
			t.Errorf("%d quotients near the middle, want more", met)
		}
	})
}

// divide compares x/s with the processor's division.
func divide(t *testing.T, x []float64, s float64) {
	t.Helper()
	for len(x) < leastForReciprocal { // shorter vectors are divided by the processor
		x = append(x[:len(x):len(x)], x...)
	}
	got := make([]float64, len(x))
	VecDivScalar(got, x, s)
	for i, v := range x {
		if !same(got[i], v/s) {
			t.Fatalf("%v / %v (%x / %x) = %v, want %v", v, s, v, s, got[i], v/s)
		}
	}
}
