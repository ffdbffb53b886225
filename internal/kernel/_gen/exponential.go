package main

import (
	"math"
	"sync"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Constants, tables and the order of operations are those of the reference: exp_table.go.

const (
	ln2High16  = 0x1.62e42fefap-5
	ln2Low16   = 0x1.cf79abc9e3b3ap-44
	exprelNear = 0.5
	exprelMost = 36.0
)

var reducedCoefficients = []float64{
	0x1.0000000000001p-1, 0x1.5555555555556p-3, 0x1.55555554e93b7p-5, 0x1.11111110e1059p-7, 0x1.6c17ed5c1f49ep-10, 0x1.a01b0c3c80bbcp-13,
}

var exprelCoefficients = []float64{
	0x1.0p-1, 0x1.5555555555555p-3, 0x1.555555555558ep-5, 0x1.111111111112p-7, 0x1.6c16c16c02003p-10, 0x1.a01a01a00ef0fp-13,
	0x1.a01a01f8a44eap-16, 0x1.71de3a84a10c3p-19, 0x1.27e450c2e35f7p-22, 0x1.ae63a07779c78p-26, 0x1.201cd8001288bp-29, 0x1.6267cf434f12cp-33,
}

var expRoots = [16]uint64{
	0x3ff0000000000000, 0x3fefb5586cf9890f, 0x3fef72b83c7d517b, 0x3fef387a6e756238,
	0x3fef06fe0a31b715, 0x3feedea64c123422, 0x3feebfdad5362a27, 0x3feeab07dd485429,
	0x3feea09e667f3bcd, 0x3feea11473eb0187, 0x3feeace5422aa0db, 0x3feec49182a3f090,
	0x3feee89f995ad3ad, 0x3fef199bdd85529c, 0x3fef5818dcfba487, 0x3fefa4afa2a490da,
}

var expRests = [16]float64{
	0, 0x1.79aa65d837b6dp-54, -0x1.01b15eaa59348p-55, 0x1.68efde3a8a894p-54,
	0x1.34d754db0abb6p-55, 0x1.59f48a72a4c6dp-55, 0x1.690cebb7aafb0p-56, 0x1.063e1e21c5409p-54,
	-0x1.3b3efbf5e2228p-54, -0x1.b32dcb94da51dp-56, 0x1.db72fc1f0eab4p-55, 0x1.1affc2b91ce27p-56,
	0x1.c1a7792cb3387p-55, 0x1.36eae30af0cb3p-56, 0x1.4a385a63d07a7p-56, -0x1.ff7128fd391f0p-55,
}

// table puts sixteen numbers into memory.
func table(name string, bits func(i int) uint64) Mem {
	m := GLOBL(name, RODATA|NOPTR)
	for i := range 16 {
		DATA(8*i, U64(bits(i)))
	}
	return m
}

var (
	rootTable = sync.OnceValue(func() Mem { return table("expRoots", func(i int) uint64 { return expRoots[i] }) })
	restTable = sync.OnceValue(func() Mem { return table("expRests", func(i int) uint64 { return math.Float64bits(expRests[i]) }) })
)

// lookUp gives the entries of both tables at the low four bits of words.
func (t tier) lookUp(words v) (roots, rests v) {
	return t.entry(rootTable(), words), t.entry(restTable(), words)
}

// entry gives the entries of a table of sixteen numbers at the low four bits of words.
func (t tier) entry(table Mem, words v) v {
	if t.lanes == 8 {
		low, high := t.vec(), t.vec()
		VMOVUPD(table, low)
		VMOVUPD(table.Offset(64), high)
		return t.each(func(i int, r reg.VecVirtual) {
			VMOVAPD(words[i], r)
			VPERMI2PD(high, low, r)
		})
	}
	base, index := GP64(), t.and(words, t.words(15))
	LEAQ(table, base)
	return t.each(func(i int, r reg.VecVirtual) {
		all := t.vec()
		VPCMPEQD(all, all, all)
		VXORPD(r, r, r)
		VGATHERQPD(all, Mem{Base: base, Index: index[i], Scale: 8}, r)
	})
}

// expReduced gives e^(x+xl) = root·(1 + p) for |x| <= 708; xl may be nil.
func (t tier) expReduced(x, xl v) (root, p v) {
	magic := t.num(roundMagic)
	shifted := t.fma(x, t.num(16*log2e), magic)
	k := t.sub(shifted, magic)
	r := t.fnma(k, t.num(ln2Low16), t.fnma(k, t.num(ln2High16), x))
	if xl != nil {
		r = t.add(r, xl)
	}
	roots, rests := t.lookUp(shifted)
	r2 := t.mul(r, r)
	c := reducedCoefficients
	q := t.fma(t.fma(t.poly1(c[5], r, c[4]), r2, t.poly1(c[3], r, c[2])), r2, t.poly1(c[1], r, c[0]))
	return t.addWords(roots, t.shl(shifted, 48)), t.fma(q, r2, t.add(r, rests))
}

func (t *group) exp(x v) v {
	t.jump(t.cmp(cmpNLE, t.abs(x), t.num(expDirect)))
	root, p := t.expReduced(x, nil)
	return t.fma(root, p, root)
}

// expProduct is e^(y·(hi+lo)).
func (t *group) expProduct(y, hi, lo v) v {
	h := t.mul(y, hi)
	t.jump(t.cmp(cmpNLE, t.abs(h), t.num(expDirect)))
	root, p := t.expReduced(h, t.fma(y, lo, t.fms(y, hi, h)))
	return t.fma(root, p, root)
}

// exprel is computed in two ways, for arguments near 0 and for others, of which most groups need one.
func (t *group) exprel(x v) v {
	limit := t.num(exprelNear)
	near, far := t.cmp(cmpLE, t.abs(x), limit), t.cmp(cmpNLE, t.abs(x), limit)
	y := t.unlessAll(near, x, func() v { return t.exprelFar(x) })
	return t.unlessAll(far, y, func() v { return t.pick(near, t.exprelNear(x), y) })
}

func (t tier) exprelNear(x v) v {
	e := exprelCoefficients
	x2 := t.mul(x, x)
	x4 := t.mul(x2, x2)
	quarter := func(e []float64) v { return t.fma(t.poly1(e[3], x, e[2]), x2, t.poly1(e[1], x, e[0])) }
	return t.fma(t.fma(t.fma(quarter(e[8:]), x4, quarter(e[4:])), x4, quarter(e)), x, t.num(1))
}

// exprelFar is for arguments off 0; what it gives for those near it is of no use.
func (t *group) exprelFar(x v) v {
	// Everything from -708 to 36, and no NaN.
	middle := (exprelMost - expDirect) / 2
	t.jump(t.cmp(cmpNLE, t.abs(t.sub(x, t.num(middle))), t.num(exprelMost-middle)))
	one := t.num(1)
	inverse := t.div(one, x)
	root, p := t.expReduced(x, nil)
	most := t.sub(root, one)
	least := t.sub(root, t.add(most, one))
	q := t.mul(t.fma(root, p, most), inverse)
	rest := t.add(t.fma(root, p, least), t.fnma(q, x, most))
	return t.fma(rest, inverse, q)
}
