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
		block := t.vec()
		m := XMM()
		Load(Param("m"), m)
		VPBROADCASTQ(m, block)
		VPADDQ(offsets, block, block)
		step := t.vec()
		s := XMM()
		Load(Param("step"), s)
		VPBROADCASTQ(s, step)
		stepHigh := t.shr(step, 32)
		m0, m1, next := t.words(philoxM0), t.words(philoxM1), t.words(uint64(t.lanes))
		Label("loop")
		a, b := t.philoxRounds(block, step, stepHigh, m0, m1, keys)
		VPADDQ(next, block, block)
		var even, odd v
		if kind == "Uniforms" {
			scale := t.num(0x1p-53)
			even, odd = t.mul(t.fromWords(t.shr(a, 11)), scale), t.mul(t.fromWords(t.shr(b, 11)), scale)
		} else {
			even, odd = t.normalPair(a, b)
		}
		low, high := t.vec(), t.vec()
		VUNPCKLPD(odd, even, low)
		VUNPCKHPD(odd, even, high)
		VMOVUPD(low, Mem{Base: dst})
		VMOVUPD(high, Mem{Base: dst, Disp: t.bytes()})
		ADDQ(Imm(uint64(2*t.bytes())), dst)
		DECQ(groups)
		JNZ(LabelRef("loop"))
		VZEROUPPER()
		RET()
	}
}

// philoxRounds are the ten rounds on blocks of step. Products use the lower halves of words only, so the upper ones
// may hold anything.
func (t tier) philoxRounds(block, step, stepHigh, m0, m1 v, keys reg.Register) (a, b v) {
	c0, c1, c2, c3 := block, t.shr(block, 32), step, stepHigh
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
func (t tier) mulWords(a, b v) v { r := t.vec(); VPMULUDQ(b, a, r); return r }

// upperHalves moves the upper halves of words to the lower. A shuffle has another port than the products, a shift the same.
func (t tier) upperHalves(a v) v { r := t.vec(); VPSHUFD(U8(0xf5), a, r); return r }

// xorKey overwrites a.
func (t tier) xorKey(a, b v, key Mem) v {
	if t.lanes == 8 {
		VPTERNLOGQ_BCST(U8(0x96), key, b, a)
		return a
	}
	k := t.vec()
	VPBROADCASTQ(key, k)
	return t.xor(t.xor(a, b), k)
}

// fromWords converts integers up to 2^53.
func (t tier) fromWords(a v) v {
	r := t.vec()
	if t.lanes == 8 {
		VCVTQQ2PD(a, r)
		return r
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
	zero := t.num(0)
	sin, cos := t.add(t.sinParts(r, zero)), t.add(t.cosParts(r, zero))
	s := t.xor(t.quarter(n, cos, sin), t.signOfBit1(n))
	c := t.xor(t.quarter(n, sin, cos), t.signOfBit1(t.addWords(n, t.words(1))))
	return t.mul(radius, c), t.mul(radius, s)
}
