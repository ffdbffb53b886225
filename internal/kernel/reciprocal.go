package kernel

import (
	"math"
	"math/bits"
)

// Reciprocal is 1/s to twice the precision, high + low, for [ChainDivScalar] and [VecDivScalar]. With it, fma(x, high, x·low) is x/s
// rounded correctly for every x from 2^-511 to 2^512. ok is false where s is no ordinary number, or where there are x for which
// that is not so: one divisor in fifty.
//
// Before it is rounded, the fma is off by less than 1.5 units in 2^52 of the last place (the roundings of low and of x·low). Only
// a quotient that is as near as that to the middle between two numbers could be rounded to the wrong one; the few x that have such
// quotients are found and tried (Brisebarre, Muller and Raina, Accelerating correctly rounded floating-point division when the
// divisor is known in advance, 2004).
func Reciprocal(s float64) (high, low float64, ok bool) {
	if m := math.Abs(s); !(m >= 0x1p-400 && m <= 0x1p400) {
		return 0, 0, false
	}
	high = 1 / s
	low = float64(math.FMA(-s, high, 1) * high)
	return high, low, quotientsAreExact(s, high, low)
}

// quotientsAreExact tries the x whose quotients by s are nearest to the middle between two numbers.
//
// Let S, X be the mantissas of s and x as integers of 53 bits. The middle between two neighbours among quotients of 53 bits is N
// of 54 bits, odd, and the quotient is within j/(2S) of a unit of the last place from it where N·S = X·2^k + j, with k = 53 for
// quotients of mantissas from 1 on and 54 for smaller ones. As S < 2^53, an error of 1.5·2^-52 reaches no j above 6. A number of
// zeros at the end of S, j has too.
func quotientsAreExact(s, high, low float64) bool {
	const nearest = 6
	mantissa := math.Float64bits(s)&(1<<52-1) | 1<<52
	zeros := bits.TrailingZeros64(mantissa)
	odd := mantissa >> zeros
	inverse := odd // modulo 2^3, and each step doubles the number of bits
	for range 5 {
		inverse *= 2 - odd*inverse
	}
	for j := uint64(1); j<<zeros <= nearest; j += 2 {
		for _, d := range [2]uint64{j, -j} {
			for k := 53; k <= 54; k++ {
				step := uint64(1) << (k - zeros)
				for n := d * inverse & (step - 1); n < 1<<54; n += step {
					hi, lo := bits.Mul64(n, mantissa)
					lo, borrow := bits.Sub64(lo, d<<zeros, 0)
					hi -= borrow
					if d != j {
						hi++ // d stands for a negative number
					}
					x := float64(hi<<(64-k) | lo>>k)
					if n >= 1<<53 && math.FMA(x, high, float64(x*low)) != x/s {
						return false
					}
				}
			}
		}
	}
	return true
}
