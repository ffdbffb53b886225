package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// elementary are the functions of vec_elementary.go that have a fast path.
func elementary() []op {
	ops := []op{
		// With these exponents every zero, of either sign, gives +0.
		{name: "powScalar", params: "a s", stops: true, ways: 2, guard: "s > 0 && s <= 0x1p70 && !isOddInteger(s)", compute: func(g *group) v {
			return g.powPositive(g.x(), g.s[0])
		}},
		{name: "powAny", reference: "powScalar", params: "a s", stops: true, ways: 2, compute: func(g *group) v { return g.power(g.x(), g.s[0]) }},
		{name: "powThird", params: "a", stops: true, ways: 2, compute: func(g *group) v { return g.powThird(g.x()) }},
		// The compression of hearing models in one pass.
		{name: "compress", params: "a lo hi s", stops: true, ways: 2, compute: func(g *group) v {
			return g.compress(g.min(g.s[1], g.max(g.s[0], g.x())), g.s[2])
		}},
		{name: "compressRoot", params: "a lo hi s", stops: true, ways: 2, compute: func(g *group) v {
			return g.root(g.min(g.s[1], g.max(g.s[0], g.x())), g.s[2])
		}},
		{name: "scalarPow", params: "s a", stops: true, ways: 2, compute: func(g *group) v { return g.power(g.s[0], g.x()) }},
		{name: "pow", params: "a b", stops: true, ways: 2, compute: func(g *group) v { return g.power(g.in[0], g.in[1]) }},
		{name: "tanh", params: "x", compute: func(g *group) v { return g.tanh(g.x()) }},
	}
	for _, o := range []struct {
		name string
		ways int
		f    func(g *group, x v) v
	}{
		{"expm1", 1, (*group).expm1},
		{"exprel", 2, (*group).exprel},
		{"sinh", 1, (*group).sinh},
		{"cosh", 2, (*group).cosh},
		{"log1p", 2, (*group).log1p},
		{"log2", 2, (*group).log2},
		{"log10", 2, (*group).log10},
		{"tan", 1, (*group).tan},
		{"cbrt", 2, (*group).cbrt},
		{"sin", 2, (*group).sin},
		{"cos", 2, (*group).cos},
		{"exp", 2, (*group).exp},
		{"log", 2, (*group).log},
	} {
		ops = append(ops, op{name: o.name, params: "x", stops: true, ways: o.ways, compute: func(g *group) v { return o.f(g, g.x()) }})
	}
	return ops
}

// The constants and the order of operations are those of the reference: exp.go, log.go, pow.go.
const (
	roundMagic  = 0x1.8p52
	log2e       = 0x1.71547652b82fep+0
	ln2High     = 0x1.62e42fefa38p-1
	ln2Low      = 0x1.ef35793c7673p-45
	expDirect   = 708.0
	sqrtHalf    = 0x3fe6a09e667f3bcd
	minNormal   = 0x0010000000000000
	infBits     = 0x7ff0000000000000
	twoThirds   = 0x1.5555555555555p-1
	twoThirdsLo = 0x1.5555555555555p-55
	log1pLeast  = 0x1p-30
	log1pMost   = 0x1p1000
)

var expCoefficients = [11]float64{
	0x1.0p-1, 0x1.5555555555557p-3, 0x1.5555555555556p-5, 0x1.11111111100dcp-7, 0x1.6c16c16c162d4p-10, 0x1.a01a01abe7fe1p-13,
	0x1.a01a01a6d889cp-16, 0x1.71de0231960ebp-19, 0x1.27e4db646b17ep-22, 0x1.af4de97ca4194p-26, 0x1.1f730349868cep-29,
}

var logCoefficients = [9]float64{
	0x1.999999999999ap-2, 0x1.2492492492491p-2, 0x1.c71c71c71cfd9p-3, 0x1.745d174513593p-3, 0x1.3b13b1bc75cd4p-3,
	0x1.1110dfad0f8eap-3, 0x1.e1f7fa7547177p-4, 0x1.ac4a89c964b82p-4, 0x1.b8d433113b7fap-4,
}

func (t tier) expQuotient(r, r2 v) v {
	e := expCoefficients
	r4 := t.mul(r2, r2)
	a := t.fma(t.poly1(e[3], r, e[2]), r2, t.poly1(e[1], r, e[0]))
	b := t.fma(t.poly1(e[7], r, e[6]), r2, t.poly1(e[5], r, e[4]))
	c := t.fma(t.num(e[10]), r2, t.poly1(e[9], r, e[8]))
	return t.fma(t.fma(c, r4, b), r4, a)
}

func (t tier) abs(x v) v { return t.andNot(t.words(1<<63), x) }
func (t tier) neg(x v) v { return t.xor(t.words(1<<63), x) }

func (t tier) logSeries(z v) v {
	l := logCoefficients
	z2 := t.mul(z, z)
	z4 := t.mul(z2, z2)
	a := t.fma(t.poly1(l[3], z, l[2]), z2, t.poly1(l[1], z, l[0]))
	b := t.fma(t.poly1(l[7], z, l[6]), z2, t.poly1(l[5], z, l[4]))
	return t.fma(t.fma(t.num(l[8]), z4, b), z4, a)
}

// splitMantissa gives m and, as a number, k.
func (t tier) splitMantissa(bits v) (m, k v) {
	above := t.subWords(bits, t.words(sqrtHalf))
	m = t.subWords(bits, t.andNot(t.words(1<<52-1), above))
	if t.lanes == 8 {
		return m, t.each(func(i int, r reg.VecVirtual) {
			VPSRAQ(U8(52), above[i], r)
			VCVTQQ2PD(r, r)
		})
	}
	// The exponent in 12 bits with a sign, moved into the mantissa of the rounding constant and out again.
	e := t.shr(above, 52)
	e = t.subWords(t.xor(e, t.words(0x800)), t.words(0x800))
	magic := t.num(roundMagic)
	k = t.sub(t.addWords(e, magic), magic)
	return m, k
}

func (t *group) log(x v) v {
	t.jump(t.notNormal(x))
	return t.logNormal(x)
}

// logNormal is the logarithm of positive normal numbers.
func (t tier) logNormal(x v) v {
	m, n := t.splitMantissa(x)
	f := t.sub(m, t.num(1))
	s := t.div(f, t.add(t.num(2), f))
	z := t.mul(s, s)
	half := t.mul(t.mul(t.num(0.5), f), f)
	r := t.mul(z, t.fma(z, t.logSeries(z), t.num(twoThirds)))
	high := t.mul(n, t.num(ln2High))
	sum := t.add(high, f)
	low := t.add(t.sub(high, sum), f)
	inner := t.sub(t.fma(s, t.add(half, r), t.mul(n, t.num(ln2Low))), half)
	return t.add(sum, t.add(low, inner))
}

// logMantissa is log(m) as hi + lo.
func (t tier) logMantissa(m v) (hi, lo v) {
	one := t.num(1)
	f := t.sub(m, one)
	d := t.add(m, one)
	dl := t.sub(m, t.sub(d, one))
	inverse := t.div(one, d)
	s := t.mul(f, inverse)
	sl := t.mul(t.fnma(s, dl, t.fnma(s, d, f)), inverse)
	z := t.mul(s, s)
	double := t.add(s, s)
	zl := t.fma(double, sl, t.fms(s, s, z))
	q := t.logSeries(z)
	u := t.mul(z, q)
	ul := t.fma(zl, q, t.fms(z, q, u))
	two3 := t.num(twoThirds)
	p := t.add(two3, u)
	pl := t.add(t.add(t.sub(two3, p), u), t.add(ul, t.num(twoThirdsLo)))
	c := t.mul(s, z)
	cl := t.fma(s, zl, t.fma(sl, z, t.fms(s, z, c)))
	w := t.mul(c, p)
	wl := t.fma(c, pl, t.fma(cl, p, t.fms(c, p, w)))
	hi = t.add(double, w)
	lo = t.add(t.add(t.sub(double, hi), w), t.fma(t.num(2), sl, wl))
	return hi, lo
}

func (t tier) fastTwoSum(a, b v) (hi, lo v) {
	hi = t.add(a, b)
	return hi, t.add(t.sub(a, hi), b)
}

// logParts is log(x) as hi + lo for positive normal numbers.
func (t tier) logParts(x v) (hi, lo v) {
	m, k := t.splitMantissa(x)
	mh, ml := t.logMantissa(m)
	high := t.mul(k, t.num(ln2High))
	hi = t.add(high, mh)
	lo = t.add(t.add(t.sub(high, hi), mh), t.fma(k, t.num(ln2Low), ml))
	return t.fastTwoSum(hi, lo)
}

// powPositive is x^y for positive normal x and +0 for zeros. Signals that were rectified come in runs of zeros.
func (t *group) powPositive(x, y v) v {
	nothing := t.num(0)
	zero := t.cmp(cmpEQ, x, nothing)
	return t.unlessAll(zero, nothing, func() v {
		a := t.pick(zero, t.num(1), x)
		t.jump(t.notNormal(a))
		hi, lo := t.logParts(a)
		return t.pick(zero, t.num(0), t.expProduct(y, hi, lo))
	})
}
