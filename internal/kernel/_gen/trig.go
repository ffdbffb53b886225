package main

// The constants and the order of operations are those of the reference: trig.go.
const (
	halfPi1    = 0x1.921fb54442d18p+0
	halfPi2    = 0x1.1a62633145c07p-54
	halfPi3    = -0x1.f1976b7ed8fbcp-110
	twoOverPi  = 0x1.45f306dc9c883p-1
	reduceMost = 0x1p21
)

var sinCoefficients = [7]float64{
	-0x1.5555555555555p-3, 0x1.111111111111p-7, -0x1.a01a01a019936p-13, 0x1.71de3a54605eep-19, -0x1.ae64541266378p-26,
	0x1.61217ec01749dp-33, -0x1.ab17a79237a19p-41,
}

var cosCoefficients = [7]float64{
	0x1.5555555555555p-5, -0x1.6c16c16c16c16p-10, 0x1.a01a01a019d0ap-16, -0x1.27e4fb7712bdfp-22, 0x1.1eed8deb6d561p-29,
	-0x1.9394b9c9c20a4p-37, 0x1.ab783376962cfp-45,
}

// series is the polynomial of sine and cosine in z.
func (t tier) series(c [7]float64, z, z2, z4 v) v {
	high := t.fma(t.num(c[6]), z2, t.poly1(c[5], z, c[4]))
	low := t.fma(t.poly1(c[3], z, c[2]), z2, t.poly1(c[1], z, c[0]))
	return t.fma(high, z4, low)
}

func (t tier) twoSum(a, b v) (hi, lo v) {
	hi = t.add(a, b)
	u := t.sub(hi, a)
	return hi, t.add(t.sub(a, t.sub(hi, u)), t.sub(b, u))
}

// reduce writes x as n·π/2 + r + rl; n is in the low bits of the first result.
func (t *group) reduce(x v) (n, r, rl v) {
	t.jump(t.cmp(cmpNLE, x, t.num(reduceMost)))
	magic := t.num(roundMagic)
	shifted := t.fma(x, t.num(twoOverPi), magic)
	k := t.sub(shifted, magic)
	r1 := t.fnma(k, t.num(halfPi1), x)
	p := t.mul(k, t.num(halfPi2))
	pl := t.fms(k, t.num(halfPi2), p)
	d, e := t.twoSum(r1, t.neg(p))
	r, rl = t.fastTwoSum(d, t.fnma(k, t.num(halfPi3), t.sub(e, pl)))
	return shifted, r, rl
}

// sincos is sin(r+rl) and cos(r+rl), each as a sum of two; rl may be nil for 0.
func (t tier) sincos(r, rl v) (sh, sl, ch, cl v) {
	z := t.mul(r, r)
	z2 := t.mul(z, z)
	z4 := t.mul(z2, z2)
	p := t.series(sinCoefficients, z, z2, z4)
	// A product where the reference adds +0 to it: that matters for a zero alone, and r is never -0 then.
	if rl == nil {
		sl = t.mul(t.mul(r, z), p)
	} else {
		sl = t.fma(t.mul(r, z), p, t.fma(t.mul(t.num(-0.5), z), rl, rl))
	}
	q := t.series(cosCoefficients, z, z2, z4)
	half := t.mul(t.num(0.5), z)
	one := t.num(1)
	ch = t.sub(one, half)
	rest := t.mul(t.num(-0.5), t.fms(r, r, z))
	if rl != nil {
		rest = t.fnma(r, rl, rest)
	}
	return r, sl, ch, t.add(t.sub(t.sub(one, ch), half), t.fma(z2, q, rest))
}

// quarter picks by the lowest bit of n.
func (t tier) quarter(n, odd, even v) v { return t.pick(t.lowestBit(n), odd, even) }

// signOfBit1 is bit 1 of n at the place of the sign.
func (t tier) signOfBit1(n v) v { return t.and(t.words(1<<63), t.shl(n, 62)) }

func (t *group) sin(x v) v {
	n, r, rl := t.reduce(t.abs(x))
	sh, sl, ch, cl := t.sincos(r, rl)
	sin, cos := t.add(sh, sl), t.add(ch, cl)
	sign := t.xor(t.and(t.words(1<<63), x), t.signOfBit1(n))
	return t.xor(t.quarter(n, cos, sin), sign)
}

func (t *group) cos(x v) v {
	n, r, rl := t.reduce(t.abs(x))
	sh, sl, ch, cl := t.sincos(r, rl)
	sin, cos := t.add(sh, sl), t.add(ch, cl)
	return t.xor(t.quarter(n, sin, cos), t.signOfBit1(t.addWords(n, t.words(1))))
}
