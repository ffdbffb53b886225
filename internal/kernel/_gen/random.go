package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const (
	philoxM0 = 0xD2511F53
	philoxM1 = 0xCD9E8D57
)

// philox writes philoxUniforms<tier> and philoxNormals<tier>(dst, keys, m, step, groups): groups of 2·lanes numbers of blocks
// m, m+1, ...; keys holds the two words of the key of every round.
func philox(t tier) {
	offsets := GLOBL("blocks"+t.name, RODATA|NOPTR)
	for i := range t.lanes { // the order of blocks in which the two numbers of each come to lie side by side
		DATA(8*i, U64(i/2+i%2*t.lanes/2))
	}
	for _, kind := range []string{"Uniforms", "Normals"} {
		TEXT("philox"+kind+t.name, NOSPLIT, "func(dst *float64, keys *[20]uint64, m, step uint64, groups int)")
		Pragma("noescape")
		Doc("philox" + kind + t.name + " writes groups of two numbers per lane, of blocks m and following.")
		dst := Load(Param("dst"), GP64())
		keys := Load(Param("keys"), GP64())
		groups := Load(Param("groups"), GP64())
		first := t.spread("m")
		VPADDQ(offsets, first, first)
		step := t.spread("step")
		next := t.words(uint64(t.lanes))[0]
		loop := func(label, end string, t tier) {
			Label(label)
			CMPQ(groups, Imm(uint64(t.ways)))
			JL(LabelRef(end))
			block := t.each(func(_ int, r reg.VecVirtual) {
				VMOVAPD(first, r)
				VPADDQ(next, first, first)
			})
			a, b := t.philoxRounds(block, t.same(step), keys)
			var even, odd v
			if kind == "Uniforms" {
				scale := t.num(0x1p-53)
				even, odd = t.mul(t.fromWords(t.shr(a, 11)), scale), t.mul(t.fromWords(t.shr(b, 11)), scale)
			} else {
				even, odd = t.normalPair(a, b)
			}
			low := t.each(func(i int, r reg.VecVirtual) { VUNPCKLPD(odd[i], even[i], r) })
			high := t.each(func(i int, r reg.VecVirtual) { VUNPCKHPD(odd[i], even[i], r) })
			for i := range t.ways {
				VMOVUPD(low[i], Mem{Base: dst, Disp: 2 * i * t.bytes()})
				VMOVUPD(high[i], Mem{Base: dst, Disp: (2*i + 1) * t.bytes()})
			}
			ADDQ(U32(2*t.ways*t.bytes()), dst)
			SUBQ(Imm(uint64(t.ways)), groups)
			JMP(LabelRef(label))
		}
		if t.lanes == 8 {
			loop("two", "one", t.with(2))
		}
		loop("one", "end", t)
		Label("end")
		VZEROUPPER()
		RET()
	}
}

// philoxRounds are the ten rounds on blocks of step. Products use the lower halves of words only, so the upper ones
// may hold anything.
func (t tier) philoxRounds(block, step v, keys reg.Register) (a, b v) {
	m0, m1 := t.words(philoxM0), t.words(philoxM1)
	c0, c1, c2, c3 := block, t.shr(block, 32), step, t.shr(step, 32)
	for round := range 10 {
		p0, p1 := t.mulWords(c0, m0), t.mulWords(c2, m1)
		c0 = t.xorKey(t.upperHalves(p1), c1, Mem{Base: keys, Disp: 16 * round})
		c2 = t.xorKey(t.upperHalves(p0), c3, Mem{Base: keys, Disp: 16*round + 8})
		c1, c3 = p1, p0
	}
	low := t.words(1<<32 - 1)
	return t.or(t.and(low, c0), t.shl(c1, 32)), t.or(t.and(low, c2), t.shl(c3, 32))
}

// mulWords is the product of the lower halves of words.
func (t tier) mulWords(a, b v) v { return t.binary(VPMULUDQ, a, b) }

// upperHalves moves the upper halves of words to the lower. A shuffle has another port than the products, a shift the same.
func (t tier) upperHalves(a v) v {
	return t.each(func(i int, r reg.VecVirtual) { VPSHUFD(U8(0xf5), a[i], r) })
}

// xorKey is a, which it overwrites, with the bits of b and of a key exchanged.
func (t tier) xorKey(a, b v, key Mem) v {
	if t.lanes == 8 {
		for i := range a {
			VPTERNLOGQ_BCST(U8(0x96), key, b[i], a[i])
		}
		return a
	}
	k := t.vec()
	VPBROADCASTQ(key, k)
	return t.xor(t.xor(a, b), t.same(k))
}

// fromWords converts integers up to 2^53.
func (t tier) fromWords(a v) v {
	if t.lanes == 8 {
		return t.each(func(i int, r reg.VecVirtual) { VCVTQQ2PD(a[i], r) })
	}
	// The halves in the mantissas of 2^84 and 2^52; all sums are exact.
	high := t.or(t.shr(a, 32), t.num(0x1p84))
	low := t.or(t.and(a, t.words(1<<32-1)), t.num(0x1p52))
	return t.add(t.sub(high, t.num(0x1p84+0x1p52)), low)
}

// normalPair are two normal numbers of 2·64 random bits.
func (t tier) normalPair(a, b v) (even, odd v) {
	u := t.mul(t.fromWords(t.addWords(t.shr(a, 11), t.words(1))), t.num(0x1p-53))
	radius := t.sqrt(t.mul(t.num(-2), t.logNormal(u)))
	quarters := t.mul(t.fromWords(t.shr(b, 11)), t.num(0x1p-51))
	magic := t.num(roundMagic)
	n := t.add(quarters, magic)
	r := t.mul(t.sub(quarters, t.sub(n, magic)), t.num(halfPi1))
	sh, sl, ch, cl := t.sincos(r, nil)
	sin, cos := t.add(sh, sl), t.add(ch, cl)
	s := t.xor(t.quarter(n, cos, sin), t.signOfBit1(n))
	c := t.xor(t.quarter(n, sin, cos), t.signOfBit1(t.addWords(n, t.words(1))))
	return t.mul(radius, c), t.mul(radius, s)
}
