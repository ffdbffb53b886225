package kernel

import (
	"math"
	"math/bits"
)

// π/2 in three parts of 53 bits, and 2/π.
const (
	halfPi1    = 0x1.921fb54442d18p+0
	halfPi2    = 0x1.1a62633145c07p-54
	halfPi3    = -0x1.f1976b7ed8fbcp-110
	twoOverPi  = 0x1.45f306dc9c883p-1
	reduceMost = 0x1p21 // up to here the quotient has at most 21 bits and the reduction below is exact enough
)

// sin(r) = r + r³·(s0 + s1·z + ... + s6·z⁶) and cos(r) = 1 - z/2 + z²·(c0 + c1·z + ... + c6·z⁶), z = r², for |r| <= π/4,
// with relative errors below 2^-57 and 2^-60.
const (
	s0 = -0x1.5555555555555p-3
	s1 = 0x1.111111111111p-7
	s2 = -0x1.a01a01a019936p-13
	s3 = 0x1.71de3a54605eep-19
	s4 = -0x1.ae64541266378p-26
	s5 = 0x1.61217ec01749dp-33
	s6 = -0x1.ab17a79237a19p-41

	c0 = 0x1.5555555555555p-5
	c1 = -0x1.6c16c16c16c16p-10
	c2 = 0x1.a01a01a019d0ap-16
	c3 = -0x1.27e4fb7712bdfp-22
	c4 = 0x1.1eed8deb6d561p-29
	c5 = -0x1.9394b9c9c20a4p-37
	c6 = 0x1.ab783376962cfp-45
)

// reduce writes x >= 0, finite, as n·π/2 + r + rl with |r| <= π/4 (and a little); only n mod 4 is given.
func reduce(x float64) (n uint64, r, rl float64) {
	if x > reduceMost {
		return reduceLarge(x)
	}
	shifted := math.FMA(x, twoOverPi, roundMagic)
	k := shifted - roundMagic
	r1 := math.FMA(-k, halfPi1, x) // exact: a multiple of 2^-53 (or of x's own last place) below 1
	p := float64(k * halfPi2)
	pl := math.FMA(k, halfPi2, -p)
	d, e := twoSum(r1, -p)
	r, rl = fastTwoSum(d, math.FMA(-k, halfPi3, e-pl))
	return math.Float64bits(shifted) & 3, r, rl
}

// Binary digits of 2/π after the point, behind 64 zeros so that every offset below is valid.
var twoOverPiDigits = [20]uint64{
	0,
	0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041, 0xfe5163abdebbc561, 0xb7246e3a424dd2e0,
	0x06492eea09d1921c, 0xfe1deb1cb129a73e, 0xe88235f52ebb4484, 0xe99c7026b45f7e41, 0x3991d639835339f4,
	0x9c845f8bbdf9283b, 0x1ff897ffde05980f, 0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7, 0x4f463f669e5fea2d,
	0x7527bac7ebe5f17b, 0x3d0739f78a5292ea, 0x6bfb5fb11f8d5d08, 0x56033046fc7b6bab,
}

// reduceLarge is reduce for 2^21 < x < +Inf, by the method of Payne and Hanek (1983): the integer mantissa of x is
// multiplied by those 192 digits of 2/π that matter for the quotient modulo 4. No double comes so close to a multiple of
// π/2 that fewer than 70 digits of the remainder are right.
func reduceLarge(x float64) (n uint64, r, rl float64) {
	b := math.Float64bits(x)
	mantissa := b&(1<<52-1) | 1<<52
	exponent := int(b>>52) - 1075 // x = mantissa·2^exponent, exponent >= -31

	// The digit of weight 2^1 in 2^exponent·(2/π) is number exponent-1 after the point, counted from 1.
	first := uint(exponent + 64 - 2)
	word, off := first/64, first%64
	digits := func(i uint) uint64 {
		w := twoOverPiDigits[word+i] << off
		if off > 0 {
			w |= twoOverPiDigits[word+i+1] >> (64 - off)
		}
		return w
	}
	h0, w0 := bits.Mul64(digits(2), mantissa)
	h1, l1 := bits.Mul64(digits(1), mantissa)
	w1, carry := bits.Add64(l1, h0, 0)
	w2 := digits(0)*mantissa + h1 + carry
	// w2:w1:w0 is the quotient modulo 4 in units of 2^-190.
	n = w2 >> 62
	w2 &= 1<<62 - 1
	negative := w2>>61 == 1
	if negative { // the nearest integer is the next one
		n = (n + 1) & 3
		var borrow uint64
		w0, borrow = bits.Sub64(0, w0, 0)
		w1, borrow = bits.Sub64(0, w1, borrow)
		w2, _ = bits.Sub64(1<<62, w2, borrow)
	}
	scale := 0x1p-62
	for w2 == 0 {
		w2, w1, w0 = w1, w0, 0
		scale *= 0x1p-64
	}
	lead := uint(bits.LeadingZeros64(w2))
	top := w2<<lead | w1>>(64-lead)
	next := w1<<lead | w0>>(64-lead)
	scale *= 1 / float64(uint64(1)<<lead)
	fh := float64(top>>11) * (scale * 0x1p11)
	fl := float64(top&(1<<11-1)<<42|next>>22) * (scale * 0x1p-42)
	if negative {
		fh, fl = -fh, -fl
	}
	p := float64(fh * halfPi1)
	pl := math.FMA(fh, halfPi1, -p)
	r, rl = fastTwoSum(p, math.FMA(fl, halfPi1, math.FMA(fh, halfPi2, pl)))
	return n, r, rl
}

// sinParts is sin(r+rl) as a sum hi + lo for |r| <= π/4.
func sinParts(r, rl float64) (hi, lo float64) {
	z := r * r
	z2 := z * z
	p := math.FMA(math.FMA(s6, z2, math.FMA(s5, z, s4)), z2*z2, math.FMA(math.FMA(s3, z, s2), z2, math.FMA(s1, z, s0)))
	return r, math.FMA(r*z, p, math.FMA(-0.5*z, rl, rl))
}

// cosParts is cos(r+rl) as a sum hi + lo for |r| <= π/4.
func cosParts(r, rl float64) (hi, lo float64) {
	z := r * r
	zl := math.FMA(r, r, -z)
	z2 := z * z
	p := math.FMA(math.FMA(c6, z2, math.FMA(c5, z, c4)), z2*z2, math.FMA(math.FMA(c3, z, c2), z2, math.FMA(c1, z, c0)))
	half := float64(0.5 * z)
	hi = 1 - half
	return hi, ((1 - hi) - half) + math.FMA(z2, p, math.FMA(-r, rl, -0.5*zl))
}

// Sin is the sine of x in radians. Sin(±0) is ±0, Sin(±Inf) NaN. Largest error found: 0.77 ulp, for arguments of any size.
func Sin(x float64) float64 {
	if !(math.Abs(x) <= math.MaxFloat64) {
		return math.NaN()
	}
	n, r, rl := reduce(math.Abs(x))
	var hi, lo float64
	if n&1 == 0 {
		hi, lo = sinParts(r, rl)
	} else {
		hi, lo = cosParts(r, rl)
	}
	sign := math.Float64bits(x)&(1<<63) ^ n>>1<<63
	return math.Float64frombits(math.Float64bits(hi+lo) ^ sign)
}

// Cos is the cosine of x in radians. Cos(±Inf) is NaN. Largest error found: 0.8 ulp, for arguments of any size.
func Cos(x float64) float64 {
	if !(math.Abs(x) <= math.MaxFloat64) {
		return math.NaN()
	}
	n, r, rl := reduce(math.Abs(x))
	var hi, lo float64
	if n&1 == 0 {
		hi, lo = cosParts(r, rl)
	} else {
		hi, lo = sinParts(r, rl)
	}
	return math.Float64frombits(math.Float64bits(hi+lo) ^ (n+1)>>1<<63)
}

// Sincos is [Sin] and [Cos] of x, the same bits, for the price of one reduction.
func Sincos(x float64) (sin, cos float64) {
	if !(math.Abs(x) <= math.MaxFloat64) {
		return math.NaN(), math.NaN()
	}
	n, r, rl := reduce(math.Abs(x))
	sh, sl := sinParts(r, rl)
	ch, cl := cosParts(r, rl)
	s, c := sh+sl, ch+cl
	if n&1 == 1 {
		s, c = c, s
	}
	sign := math.Float64bits(x)&(1<<63) ^ n>>1<<63
	sin = math.Float64frombits(math.Float64bits(s) ^ sign)
	cos = math.Float64frombits(math.Float64bits(c) ^ (n+1)>>1<<63)
	return sin, cos
}

// Tan is the tangent of x in radians. Tan(±0) is ±0, Tan(±Inf) NaN. Largest error found: 0.92 ulp.
func Tan(x float64) float64 {
	if !(math.Abs(x) <= math.MaxFloat64) {
		return math.NaN()
	}
	if math.Abs(x) < 0x1p-27 {
		return x
	}
	n, r, rl := reduce(math.Abs(x))
	sh, sl := fastTwoSum(sinParts(r, rl))
	ch, cl := fastTwoSum(cosParts(r, rl))
	var t float64
	if n&1 == 0 {
		t = quotient(sh, sl, ch, cl)
	} else {
		t = -quotient(ch, cl, sh, sl)
	}
	if math.Signbit(x) {
		return -t
	}
	return t
}
