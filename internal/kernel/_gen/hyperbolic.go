package main

import "math"

// The order of operations is that of the reference: exp.go, hyperbolic.go, log.go, trig.go.

// expm1Parts is e^x - 1 as hi + lo for |x| <= 708; any other x gives anything.
func (t tier) expm1Parts(x v) (hi, lo v) {
	magic := t.num(roundMagic)
	shifted := t.fma(x, t.num(log2e), magic)
	k := t.sub(shifted, magic)
	high := t.fnma(k, t.num(ln2High), x)
	r := t.fnma(k, t.num(ln2Low), high)
	low := t.fnma(k, t.num(ln2Low), t.sub(high, r))
	r2 := t.mul(r, r)
	q := t.expQuotient(r, r2)
	// Near 0.
	nearRest := t.mul(r2, q)
	near := t.add(r, nearRest)
	nearRest = t.add(t.sub(r, near), nearRest)
	// Elsewhere.
	scale := t.shl(t.addWords(shifted, t.words(1023)), 52)
	one := t.num(1)
	s := t.add(one, r)
	u := t.add(t.add(t.sub(one, s), r), t.fma(r2, q, t.fma(low, r, low)))
	s, u = t.fastTwoSum(t.mul(s, scale), t.mul(u, scale))
	far, e := t.twoSum(s, t.num(-1))
	far, farRest := t.fastTwoSum(far, t.add(e, u))
	is := t.cmp(cmpEQ, k, t.num(0))
	return t.pick(is, near, far), t.pick(is, nearRest, farRest)
}

// quotient is (ah + al)/(bh + bl).
func (t tier) quotient(ah, al, bh, bl v) v {
	q := t.div(ah, bh)
	rest := t.fnma(q, bl, t.add(t.fnma(q, bh, ah), al))
	return t.add(q, t.div(rest, bh))
}

// copySign is the magnitude a >= 0 with the sign of x.
func (t tier) copySign(a, x v) v { return t.or(a, t.and(t.words(1<<63), x)) }

func (t *group) expm1(x v) v {
	t.jump(t.cmp(cmpGT, x, t.num(expDirect)))
	y := t.add(t.expm1Parts(x))
	y = t.pick(t.cmp(cmpLT, x, t.num(-40)), t.num(-1), y)
	return t.pick(t.cmp(cmpLT, t.abs(x), t.num(0x1p-54)), x, y)
}

func (t *group) tanh(x v) v {
	a := t.abs(x)
	hi, lo := t.expm1Parts(t.mul(t.num(2), a))
	d, dl := t.twoSum(t.num(2), hi)
	y := t.quotient(hi, lo, d, t.add(dl, lo))
	y = t.copySign(t.pick(t.cmp(cmpGT, a, t.num(20)), t.num(1), y), x)
	return t.pick(t.cmp(cmpNGE, a, t.num(0x1p-28)), x, y)
}

func (t *group) sinh(x v) v {
	a := t.abs(x)
	t.jump(t.cmp(cmpNLE, a, t.num(40)))
	hi, lo := t.expm1Parts(a)
	d, dl := t.twoSum(t.num(1), hi)
	dl = t.add(dl, lo)
	q := t.div(hi, d)
	ql := t.div(t.add(t.fnma(q, dl, t.fnma(q, d, hi)), lo), d)
	h, e := t.fastTwoSum(hi, q)
	y := t.mul(t.num(0.5), t.add(h, t.add(e, t.add(lo, ql))))
	return t.pick(t.cmp(cmpLT, a, t.num(0x1p-28)), x, t.copySign(y, x))
}

func (t *group) cosh(x v) v {
	a := t.abs(x)
	t.jump(t.cmp(cmpNLE, a, t.num(40)))
	s, u, shifted := t.expParts(a, t.num(0))
	scale := t.shl(t.addWords(shifted, t.words(1023)), 52)
	h, l := t.fastTwoSum(t.mul(s, scale), t.mul(u, scale))
	one := t.num(1)
	q := t.div(one, h)
	ql := t.div(t.fnma(q, l, t.fnma(q, h, one)), h)
	c, e := t.fastTwoSum(h, q)
	return t.mul(t.num(0.5), t.add(c, t.add(e, t.add(l, ql))))
}

const (
	invLn2High  = 0x1.71547652b82fep+0
	invLn2Low   = 0x1.777d0ffda0d24p-56
	invLn10High = 0x1.bcb7b1526e50ep-2
	invLn10Low  = 0x1.95355baaafad3p-57
)

// scaled is (hi + lo)·(factor + factorLow) as a sum.
func (t tier) scaled(hi, lo v, factor, factorLow float64) (h, rest v) {
	f := t.num(factor)
	h = t.mul(hi, f)
	return h, t.add(t.fms(hi, f, h), t.fma(hi, t.num(factorLow), t.mul(lo, f)))
}

func (t *group) log2(x v) v {
	t.jump(t.notNormal(x))
	m, k := t.splitMantissa(x)
	mh, ml := t.logMantissa(m)
	f := t.num(invLn2High)
	h := t.mul(mh, f)
	hl := t.add(t.fms(mh, f, h), t.fma(mh, t.num(invLn2Low), t.mul(ml, f)))
	s := t.add(k, h)
	return t.add(s, t.add(t.add(t.sub(k, s), h), hl))
}

func (t *group) log10(x v) v {
	t.jump(t.notNormal(x))
	hi, lo := t.logParts(x)
	return t.add(t.scaled(hi, lo, invLn10High, invLn10Low))
}

func (t *group) log1p(x v) v {
	u, ul := t.twoSum(t.num(1), x)
	if t.lanes == 8 {
		t.jump(t.cmpWordsAbove(t.subWords(u, t.words(minNormal)), math.Float64bits(log1pMost)-minNormal))
	} else {
		t.jump(t.cmp(cmpNGE, u, t.num(0x1p-1022)))
		t.jump(t.cmp(cmpNLE, u, t.num(log1pMost)))
	}
	m, k := t.splitMantissa(u)
	f := t.sub(m, t.num(1))
	d := t.add(t.num(2), f)
	inverse := t.div(t.num(1), t.mul(d, u))
	s := t.mul(f, t.mul(u, inverse))
	c := t.mul(ul, t.mul(d, inverse))
	z := t.mul(s, s)
	half := t.mul(t.mul(t.num(0.5), f), f)
	r := t.mul(z, t.fma(z, t.logSeries(z), t.num(twoThirds)))
	high := t.mul(k, t.num(ln2High))
	sum := t.add(high, f)
	low := t.add(t.sub(high, sum), f)
	inner := t.sub(t.fma(s, t.add(half, r), t.mul(k, t.num(ln2Low))), half)
	y := t.add(sum, t.add(low, t.add(inner, c)))
	return t.pick(t.cmp(cmpLT, t.abs(x), t.num(log1pLeast)), t.fma(t.mul(t.num(-0.5), x), x, x), y)
}

func (t *group) tan(x v) v {
	a := t.abs(x)
	n, r, rl := t.reduce(a)
	sh, sl, ch, cl := t.sincos(r, rl)
	sh, sl = t.fastTwoSum(sh, sl)
	ch, cl = t.fastTwoSum(ch, cl)
	odd := t.lowestBit(n)
	y := t.quotient(t.pick(odd, ch, sh), t.pick(odd, cl, sl), t.pick(odd, sh, ch), t.pick(odd, sl, cl))
	y = t.xor(y, t.xor(t.and(t.words(1<<63), x), t.shl(n, 63)))
	return t.pick(t.cmp(cmpLT, a, t.num(0x1p-27)), x, y)
}

// power is x^y for positive normal x and y other than third, which has an algorithm of its own.
func (t *group) power(x, y v) v {
	t.jump(t.cmp(cmpEQ, y, t.num(third)))
	t.jump(t.cmp(cmpNLE, t.abs(y), t.num(0x1p70)))
	t.jump(t.notNormal(x))
	hi, lo := t.logParts(x)
	return t.expProduct(y, hi, lo)
}

// expParts gives e^(x+xl) = (s + u)·2^k with k in the low bits of shifted.
func (t tier) expParts(x, xl v) (s, u, shifted v) {
	magic := t.num(roundMagic)
	shifted = t.fma(x, t.num(log2e), magic)
	k := t.sub(shifted, magic)
	r, low := t.fastTwoSum(t.fnma(k, t.num(ln2High), x), t.fnma(k, t.num(ln2Low), xl))
	r2 := t.mul(r, r)
	one := t.num(1)
	s = t.add(one, r)
	return s, t.add(t.add(t.sub(one, s), r), t.fma(r2, t.expQuotient(r, r2), t.fma(low, r, low))), shifted
}

// notNormal are the lanes that are not positive normal numbers.
func (t tier) notNormal(x v) where {
	if t.lanes == 8 {
		return t.cmpWordsAbove(t.subWords(x, t.words(minNormal)), infBits-minNormal-1)
	}
	low := t.cmp(cmpNGE, x, t.num(0x1p-1022))
	high := t.cmp(cmpGT, x, t.num(math.MaxFloat64))
	return where{r: t.or(low.r, high.r)}
}
