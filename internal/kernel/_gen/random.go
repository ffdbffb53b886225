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

// philox writes philoxUniforms<tier> and philoxNormals<tier>(dst, words, groups): groups of the numbers of eight blocks; words
// are those of philoxUpper.
func philox(t tier) {
	for _, kind := range []string{"Uniforms", "Normals"} {
		offsets := GLOBL("blocks"+kind+t.name, RODATA|NOPTR)
		for i := range t.lanes {
			block := i
			if kind == "Normals" { // the order in which the two numbers of each come to lie side by side
				block = i/2 + i%2*t.lanes/2
			}
			DATA(8*i, U64(block))
		}
		TEXT("philox"+kind+t.name, NOSPLIT, "func(dst *float64, words *[20]uint64, groups int)")
		Pragma("noescape")
		Doc("philox" + kind + t.name + " writes groups of the numbers of eight blocks.")
		dst := Load(Param("dst"), GP64())
		words := Load(Param("words"), GP64())
		groups := Load(Param("groups"), GP64())
		// Only the lower half of the block changes: its product in the first round goes on by a constant.
		first := t.vec()
		VPBROADCASTQ(Mem{Base: words, Disp: 8 * 19}, first)
		VPADDQ(offsets, first, first)
		first = t.mulWords(v{first}, t.words(philoxM0))[0]
		next := t.words(philoxM0 * uint64(t.lanes))[0]
		blocks := func(t tier) (a, b v) {
			return t.philoxRounds(t.each(func(_ int, r reg.VecVirtual) {
				VMOVAPD(first, r)
				VPADDQ(next, first, first)
			}), words)
		}
		if kind == "Uniforms" {
			uniforms(t, blocks, dst, groups)
		} else {
			normals(t, blocks, dst, groups)
		}
		Label("end")
		VZEROUPPER()
		RET()
	}
}

// loop repeats body while there are as many groups of numbers as the tier has ways; they take size bytes each.
func (t tier) loop(label, end string, groups, dst reg.Register, size int, body func()) {
	Label(label)
	CMPQ(groups, Imm(uint64(t.ways)))
	JL(LabelRef(end))
	body()
	ADDQ(U32(size*t.ways), dst)
	SUBQ(Imm(uint64(t.ways)), groups)
	JMP(LabelRef(label))
}

// uniforms writes groups of sixteen.
func uniforms(t tier, blocks func(t tier) (a, b v), dst, groups reg.Register) {
	write := func(t tier) func() {
		return func() {
			for half := range 8 / t.lanes {
				a, b := blocks(t)
				for k, w := range []v{a, b} {
					for i, r := range t.uniform(w) {
						VMOVUPD(r, Mem{Base: dst, Disp: 128*i + 64*k + t.bytes()*half})
					}
				}
			}
		}
	}
	if t.lanes == 8 {
		t.with(2).loop("two", "one", groups, dst, 128, write(t.with(2))) // whose rounds go side by side
	}
	t.loop("one", "end", groups, dst, 128, write(t))
}

// philoxRounds are the ten rounds after the first product, the blocks' lower halves times philoxM0. Products use the lower
// halves of words only, so the upper ones may hold anything until the last round, whose two results belong into both.
func (t tier) philoxRounds(p0 v, words reg.Register) (a, b v) {
	word := func(i int) Mem { return Mem{Base: words, Disp: 8 * i} }
	p1 := t.mulWord(t.xorWord(t.upperHalves(p0), word(0)), philoxM1)
	c0, c1 := t.xorWord(t.upperHalves(p1), word(1)), p1
	c2 := t.xorWord(p0, word(2))
	p0, p1 = t.mulWord(c0, philoxM0), t.mulWord(c2, philoxM1)
	c0 = t.xorKey(t.upperHalves(p1), c1, word(3))
	c2 = t.xorWord(t.upperHalves(p0), word(4))
	for round := 3; round < 9; round++ {
		c1, c3 := p1, p0
		p0, p1 = t.mulWord(c0, philoxM0), t.mulWord(c2, philoxM1)
		c0 = t.xorKey(t.upperHalves(p1), c1, word(2*round-1))
		c2 = t.xorKey(t.upperHalves(p0), c3, word(2*round))
	}
	c1, c3 := t.shl(p1, 32), t.shl(p0, 32)
	p0, p1 = t.mulWord(c0, philoxM0), t.mulWord(c2, philoxM1)
	return t.xorKey(p1, c1, word(17)), t.xorKey(p0, c3, word(18))
}

// uniform are numbers in [0, 1) of the upper 53 bits.
func (t tier) uniform(w v) v { return t.mul(t.fromWords(t.shr(w, 11)), t.num(0x1p-53)) }

// mulWords is the product of the lower halves of words.
func (t tier) mulWords(a, b v) v { return t.binary(VPMULUDQ, a, b) }

// mulWord is the product of the lower halves of words and a constant.
func (t tier) mulWord(a v, b uint64) v {
	if t.lanes == 4 {
		return t.mulWords(a, t.words(b))
	}
	return t.each(func(i int, r reg.VecVirtual) { VPMULUDQ_BCST(word(b), a[i], r) })
}

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

// xorWord is a with the bits of a word exchanged.
func (t tier) xorWord(a v, word Mem) v {
	if t.lanes == 8 {
		return t.each(func(i int, r reg.VecVirtual) { VPXORQ_BCST(word, a[i], r) })
	}
	k := t.vec()
	VPBROADCASTQ(word, k)
	return t.xor(a, t.same(k))
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
		pause()
	}
	return sum
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
