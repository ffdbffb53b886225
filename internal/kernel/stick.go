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
				if power := exp2Between(math.FMA(s.V[c], log2Normal(size), s.B[c])); power < y {
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

// 2·artanh(s)/ln 2 = s·(lb0 + lb1·z + ... + lb6·z⁶), z = s², |s| <= (√2-1)/(√2+1), with an absolute error below 5e-17;
// coefficients by the exchange of Remez.
const (
	lb0 = 0x1.71547652b8306p+1
	lb1 = 0x1.ec709dc395f7bp-1
	lb2 = 0x1.2776c51dc061ep-1
	lb3 = 0x1.a6174fffa6237p-2
	lb4 = 0x1.48511acca40ccp-2
	lb5 = 0x1.0b90c6cd88b9ap-2
	lb6 = 0x1.f4b3f2ec24cfap-3
)

// log2Normal is the logarithm to base 2 of positive normal numbers. Its error is absolute: half an ulp of the result and 2e-16.
// Other numbers, whose sign bit is clear, give something finite: subnormal ones -1023 or little more, infinity 1024.
func log2Normal(x float64) float64 {
	m, k := splitMantissa(math.Float64bits(x))
	s := (m - 1) / (m + 1)
	z := s * s
	z2 := z * z
	low := math.FMA(math.FMA(lb3, z, lb2), z2, math.FMA(lb1, z, lb0))
	high := math.FMA(lb6, z2, math.FMA(lb5, z, lb4))
	return math.FMA(s, math.FMA(high, z2*z2, low), float64(k))
}

// 2^r = 1 + r·(eb0 + eb1·r + ... + eb9·r⁹) for |r| <= ½, with a relative error below 3e-16; coefficients by the exchange of Remez.
const (
	eb0 = 0x1.62e42fefa3a18p-1
	eb1 = 0x1.ebfbdff82c5bap-3
	eb2 = 0x1.c6b08d703d063p-5
	eb3 = 0x1.3b2ab6fb9d029p-7
	eb4 = 0x1.5d87fe9d48176p-10
	eb5 = 0x1.43091317b4be1p-13
	eb6 = 0x1.ffcb547d00e87p-17
	eb7 = 0x1.62bfb31767f1ap-20
	eb8 = 0x1.b6755b9958775p-24
	eb9 = 0x1.e63c5b1509cb1p-28
)

// exp2Between is 2^y for y between -1023, which gives 0, and 1024, which gives +Inf; beyond, y counts as these. Its relative
// error is below 5e-16 down to 2^-1022, below which the result is something between 0 and 2^-1022.
func exp2Between(y float64) float64 {
	if y < -1023 {
		y = -1023
	}
	if y > 1024 {
		y = 1024
	}
	shifted := y + roundMagic
	r := y - (shifted - roundMagic)
	r2 := r * r
	r4 := r2 * r2
	a := math.FMA(math.FMA(eb2, r, eb1), r2, math.FMA(eb0, r, 1))
	b := math.FMA(math.FMA(eb6, r, eb5), r2, math.FMA(eb4, r, eb3))
	c := math.FMA(eb9, r2, math.FMA(eb8, r, eb7))
	p := math.FMA(math.FMA(c, r4, b), r4, a)
	return math.Float64frombits(math.Float64bits(p) + math.Float64bits(shifted)<<52)
}
