package kernel

import "math"

// BrokenStick holds the coefficients of a nonlinearity, one of each for every channel: sign(x)·min(a·|x|, 2^(v·log2|x| + b)).
//
// Up to |x| = knee the result is a·x and the power is not computed: a knee that is not above the true one, for v >= 1 it has to be 0,
// changes nothing but the time. The power has a relative error below 1e-15 + 2e-16·(|v·log2|x|| + |b|). Powers below 2^-1022
// may have an error as large, and those of subnormal and infinite x are those of the nearest normal powers of two.
type BrokenStick struct {
	A    []float64 // a >= 0
	Knee []float64
	V    []float64 // v > 0
	B    []float64 // b, the logarithm to base 2 of the factor of the power; -Inf for none
}

// Run computes frames in place for channels lo:hi, of which lane 0 of x is the first.
func (s *BrokenStick) Run(x Rows, lo, hi, frames int) {
	n := len(s.A)
	check3(n, len(s.Knee), len(s.V))
	check2(n, len(s.B))
	if x.Step != 1 || lo < 0 || lo >= hi || hi > n {
		panic(errSections)
	}
	brokenStick(s, x, lo, hi, frames)
}

// WeightedSum sets dst = a·x + b·y for frames of len(a) channels, each product and the sum rounded. dst may be x or y.
func WeightedSum(dst, x, y Rows, a, b []float64, frames int) {
	if len(a) == 0 || len(a) != len(b) || dst.Step != 1 || x.Step != 1 || y.Step != 1 {
		panic(errSections)
	}
	weightedSum(dst, x, y, a, b, frames)
}

// brokenStickGeneric computes channels lo:hi, of which lane 0 of x is the first.
func brokenStickGeneric(s *BrokenStick, x Rows, lo, hi, frames int) {
	for i := range frames {
		row := x.Data[i*x.Stride:]
		for k, c := 0, lo; c < hi; k, c = k+1, c+1 {
			size := math.Abs(row[k])
			y := float64(s.A[c] * size)
			if !(size <= s.Knee[c]) {
				if power := exp2Between(math.FMA(s.V[c], modelLog2(size), s.B[c])); power < y {
					y = power
				}
			}
			row[k] = math.Copysign(y, row[k])
		}
	}
}

// weightedSumGeneric computes channels lo and above.
func weightedSumGeneric(dst, x, y Rows, a, b []float64, frames, lo int) {
	for i := range frames {
		to, p, q := dst.Data[i*dst.Stride:], x.Data[i*x.Stride:], y.Data[i*y.Stride:]
		for c := lo; c < len(a); c++ {
			to[c] = float64(a[c]*p[c]) + float64(b[c]*q[c])
		}
	}
}

// exp2Between is 2^y for y between -1023, which gives 0, and 1024, which gives +Inf, as does all above 1023.96; beyond, y counts as
// these. Its relative error is below 5e-16 down to 2^-1022, below which the result is something between 0 and 2^-1022.
func exp2Between(y float64) float64 {
	if y < -1023 {
		y = -1023
	}
	if y > 1024 {
		y = 1024
	}
	return modelExp2(y)
}
