package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const (
	philoxM0 = 0xD2511F53
	philoxM1 = 0xCD9E8D57
)

// philox writes philoxUniforms<tier> and philoxNormals<tier>(dst, keys, m, step, groups): groups of numbers of blocks m, m+1,
// ...; keys holds the two words of the key of every round. A group of uniform numbers is two per lane, one of normal numbers
// those of eight blocks.
func philox(t tier) {
	offsets := GLOBL("blocks"+t.name, RODATA|NOPTR)
	for i := range t.lanes { // the order of blocks in which the two numbers of each come to lie side by side
		DATA(8*i, U64(i/2+i%2*t.lanes/2))
	}
	for _, kind := range []string{"Uniforms", "Normals"} {
		TEXT("philox"+kind+t.name, NOSPLIT, "func(dst *float64, keys *[20]uint64, m, step uint64, groups int)")
		Pragma("noescape")
		Doc("philox" + kind + t.name + " writes groups of numbers of blocks m and following.")
		dst := Load(Param("dst"), GP64())
		keys := Load(Param("keys"), GP64())
		groups := Load(Param("groups"), GP64())
		first := t.spread("m")
		VPADDQ(offsets, first, first)
		step := t.spread("step")
		next := t.words(uint64(t.lanes))[0]
		loop := func(label, end string, t tier, size int, body func(a, b v)) {
			Label(label)
			CMPQ(groups, Imm(uint64(size)))
			JL(LabelRef(end))
			block := t.each(func(_ int, r reg.VecVirtual) {
				VMOVAPD(first, r)
				VPADDQ(next, first, first)
			})
			body(t.philoxRounds(block, t.same(step), keys))
			SUBQ(Imm(uint64(size)), groups)
			JMP(LabelRef(label))
		}
		// store writes pairs, every register of either to the place of its way.
		store := func(t tier, even, odd v, place func(way int) int) {
			low := t.each(func(i int, r reg.VecVirtual) { VUNPCKLPD(odd[i], even[i], r) })
			high := t.each(func(i int, r reg.VecVirtual) { VUNPCKHPD(odd[i], even[i], r) })
			for i := range t.ways {
				VMOVUPD(low[i], Mem{Base: dst, Disp: place(i)})
				VMOVUPD(high[i], Mem{Base: dst, Disp: place(i) + t.bytes()})
			}
		}
		uniforms := func(t tier) func(a, b v) {
			return func(a, b v) {
				scale := t.num(0x1p-53)
				even, odd := t.mul(t.fromWords(t.shr(a, 11)), scale), t.mul(t.fromWords(t.shr(b, 11)), scale)
				store(t, even, odd, func(way int) int { return 2 * way * t.bytes() })
				ADDQ(U32(2*t.ways*t.bytes()), dst)
			}
		}
		switch {
		case kind == "Uniforms":
			if t.lanes == 8 {
				loop("two", "one", t.with(2), 2, uniforms(t.with(2)))
			}
			loop("one", "end", t, 1, uniforms(t))
		case t.lanes == 8:
			// The rounds of two groups go side by side, then the rest of either.
			for _, ways := range []int{2, 1} {
				label, next := "groups", "group"
				if ways == 1 {
					label, next = "group", "end"
				}
				loop(label, next, t.with(ways), ways, func(a, b v) {
					both := t.with(2)
					for i := range a {
						even, odd := both.normalPair(v{a[i], b[i]})
						store(both, even, odd, func(way int) int { return 256*i + 128*way })
					}
					ADDQ(U32(uint32(256*ways)), dst)
				})
			}
		default:
			Label("group")
			TESTQ(groups, groups)
			JZ(LabelRef("end"))
			for quarter := range 2 { // four blocks each
				block := t.each(func(_ int, r reg.VecVirtual) {
					VMOVAPD(first, r)
					VPADDQ(next, first, first)
				})
				a, b := t.philoxRounds(block, t.same(step), keys)
				for half, w := range []v{a, b} {
					even, odd := t.normalPair(w)
					store(t, even, odd, func(int) int { return 64*quarter + 128*half })
				}
			}
			ADDQ(U32(256), dst)
			DECQ(groups)
			JMP(LabelRef("group"))
		}
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
	return t.masked(c0, low, t.shl(c1, 32)), t.masked(c2, low, t.shl(c3, 32))
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

// The constants and the order of operations are those of the reference: normal_generic.go.
const (
	oneBits      = 1023 << 52
	mantissa     = 1<<52 - 1
	radiusBits   = mantissa &^ (1<<14 - 1)
	angleBits    = mantissa &^ (1<<27 - 1)
	radiusCentre = 1 - 0x1p-39
	angleCentre  = 1.5 - 0x1p-26
	minusTwoLn2  = -0x1.62e42fefa39efp+0
)

var radiusSeries = [14]float64{
	-0x1.9f323ecbe20d9p-1, -0x1.555555555ca83p+0, 0x1.c71c7188da2d7p-2, -0x1.948b0f7fb56a2p-3, 0x1.948b469a4fee5p-4,
	-0x1.af83887714b3ap-5, 0x1.df632249ffe42p-6, -0x1.11ee8adc78040p-6, 0x1.41187e52d8dbcp-7, -0x1.7ca63e6e69764p-8,
	0x1.a83e7e4e0f096p-9, -0x1.0093e4282ff0fp-9, 0x1.e9018d4558af5p-10, -0x1.2e29418a4f91dp-10,
}

var (
	turnSine = [7]float64{
		0x1.921fb54442bb4p+1, -0x1.4abbce624ad99p+2, 0x1.466bc66ed3d1cp+1, -0x1.32d2c9b2d1df5p-1, 0x1.50770f6a5a66bp-4,
		-0x1.e29b82ab98ea9p-8, 0x1.d53abdeb199c1p-12,
	}
	turnCosine = [7]float64{
		0x1.fffffffffe58ap-1, -0x1.3bd3cc9b93532p+2, 0x1.03c1f06d70297p+2, -0x1.55d3c047a1330p+0, 0x1.e1f24d707d37cp-3,
		-0x1.a651b504444edp-6, 0x1.e25799d50d08dp-10,
	}
)

// horner is the polynomial in z whose coefficients are those of c from first on, each step-th; the last is the highest.
func (t tier) horner(c []float64, first, step int, z v) v {
	last := first + (len(c)-1-first)/step*step
	sum := t.each(func(i int, r reg.VecVirtual) { VBROADCASTSD(word(math.Float64bits(c[last])), r) })
	for k := last - step; k >= 0; k -= step {
		for i, r := range sum {
			if t.lanes == 8 {
				VFMADD213PD_BCST(word(math.Float64bits(c[k])), z[i], r)
			} else {
				VFMADD213PD(word4(c[k]), z[i], r)
			}
		}
	}
	return sum
}

// bitsOfOne is (a AND mask) with the exponent of 1.
func (t tier) bitsOfOne(a v, mask uint64) v {
	return t.masked(a, t.words(mask), t.words(oneBits))
}

// masked is (a AND mask) OR b; it may overwrite a.
func (t tier) masked(a, mask, b v) v {
	if t.lanes == 4 {
		return t.or(t.and(a, mask), b)
	}
	for i := range a {
		VPTERNLOGQ(U8(0xea), b[i], mask[i], a[i])
	}
	return a
}

// exponentAndMantissa of positive normal numbers: floor(log2 u), and u/2^that.
func (t tier) exponentAndMantissa(u v) (exponent, m v) {
	if t.lanes == 8 {
		return t.each(func(i int, r reg.VecVirtual) { VGETEXPPD(u[i], r) }), t.each(func(i int, r reg.VecVirtual) { VGETMANTPD(U8(0), u[i], r) })
	}
	exponent = t.sub(t.or(t.shr(u, 52), t.num(0x1p52)), t.num(0x1p52+1023))
	return exponent, t.or(t.and(u, t.words(mantissa)), t.words(oneBits))
}

// normalPair are two normal numbers of 64 random bits each.
func (t tier) normalPair(w v) (even, odd v) {
	u := t.sub(t.bitsOfOne(t.shr(w, 12), radiusBits), t.num(radiusCentre))
	exponent, m := t.exponentAndMantissa(u)
	g := t.sub(m, t.num(1.5))
	z := t.mul(g, g)
	sum := t.fma(t.horner(radiusSeries[:], 1, 2, z), g, t.horner(radiusSeries[:], 0, 2, z))
	radius := t.sqrt(t.fma(exponent, t.num(minusTwoLn2), sum))
	radius = t.withSign(radius, t.shl(w, 38)) // which is positive
	turn := t.sub(t.bitsOfOne(t.shl(w, 27), angleBits), t.num(angleCentre))
	z = t.mul(turn, turn)
	return t.mul(radius, t.horner(turnCosine[:], 0, 1, z)), t.mul(radius, t.mul(turn, t.horner(turnSine[:], 0, 1, z)))
}
