package main

import (
	"fmt"
	"iter"
	"math"
	"slices"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// v is a value of float64 or of 64-bit words: one register for each of the tier's ways, that is for each group of elements
// that is computed side by side. A chain of operations that wait for each other fills the processor's queues before the
// next group comes into sight; so the groups go through it together.
type v []reg.VecVirtual

// each makes a value, register by register.
func (t tier) each(f func(i int, r reg.VecVirtual)) v {
	out := make(v, t.ways)
	for i := range out {
		out[i] = t.vec()
		f(i, out[i])
	}
	pause()
	return out
}

// pause is called after each operation of a sequence that is written in turns with another.
var pause = func() {}

// together writes two sequences of operations in turns, m of the first and n of the other, so that each has something to do
// where the other waits for its results: the processor does not look far enough ahead to find that by itself.
func together(first func(), m int, other func(), n int) {
	part := func(f func(), n int) (next func() bool) {
		var own func()
		step, _ := iter.Pull(func(yield func(bool) bool) {
			own = func() { yield(true) }
			pause = own
			f()
		})
		return func() bool {
			for range n {
				if own != nil {
					pause = own
				}
				if _, more := step(); !more {
					return false
				}
			}
			return true
		}
	}
	a, b := part(first, m), part(other, n)
	for moreA, moreB := true, true; moreA || moreB; {
		moreA, moreB = moreA && a(), moreB && b()
	}
	pause = func() {}
}

// constants in memory, by their bits.
var constants = map[uint64]Mem{}

func word(bits uint64) Mem {
	m, ok := constants[bits]
	if !ok {
		m = ConstData(fmt.Sprintf("c%016x", bits), U64(bits))
		constants[bits] = m
	}
	return m
}

// num is a value full of one number.
func (t tier) num(x float64) v { return t.words(math.Float64bits(x)) }

// words is a value full of one word.
func (t tier) words(bits uint64) v {
	if r, ok := t.held[bits]; ok {
		return t.same(r)
	}
	r := t.vec()
	VBROADCASTSD(word(bits), r)
	return t.same(r)
}

// same is a value that all ways share; nothing may overwrite it.
func (t tier) same(r reg.VecVirtual) v { return slices.Repeat(v{r}, t.ways) }

// binary is an instruction with two operands.
func (t tier) binary(instruction func(ops ...operand.Op), a, b v) v {
	return t.each(func(i int, r reg.VecVirtual) { instruction(b[i], a[i], r) })
}

func (t tier) add(a, b v) v { return t.binary(VADDPD, a, b) }
func (t tier) sub(a, b v) v { return t.binary(VSUBPD, a, b) }
func (t tier) mul(a, b v) v { return t.binary(VMULPD, a, b) }
func (t tier) div(a, b v) v { return t.binary(VDIVPD, a, b) }
func (t tier) sqrt(a v) v {
	return t.each(func(i int, r reg.VecVirtual) { VSQRTPD(a[i], r) })
}

// onto is an instruction that adds to its last operand, of which a copy is made because it lives on.
func (t tier) onto(instruction func(ops ...operand.Op), a, b, c v) v {
	return t.each(func(i int, r reg.VecVirtual) {
		VMOVAPD(c[i], r)
		instruction(a[i], b[i], r)
	})
}

// fma is a·b + c, fnma -a·b + c, fms a·b - c.
func (t tier) fma(a, b, c v) v  { return t.onto(VFMADD231PD, a, b, c) }
func (t tier) fnma(a, b, c v) v { return t.onto(VFNMADD231PD, a, b, c) }
func (t tier) fms(a, b, c v) v  { return t.onto(VFMSUB231PD, a, b, c) }

// poly1 is hi·x + lo for constants.
func (t tier) poly1(hi float64, x v, lo float64) v {
	return t.each(func(i int, r reg.VecVirtual) {
		VBROADCASTSD(word(math.Float64bits(hi)), r)
		if t.lanes == 8 {
			VFMADD213PD_BCST(word(math.Float64bits(lo)), x[i], r)
		} else {
			VFMADD213PD(word4(lo), x[i], r)
		}
	})
}

var quads = map[uint64]Mem{}

// word4 is a constant four times in memory, for AVX2 operands.
func word4(x float64) Mem {
	bits := math.Float64bits(x)
	m, ok := quads[bits]
	if !ok {
		m = GLOBL(fmt.Sprintf("q%016x", bits), RODATA|NOPTR)
		for i := range 4 {
			DATA(8*i, U64(bits))
		}
		quads[bits] = m
	}
	return m
}

func (t tier) and(a, b v) v { return t.binary(VANDPD, a, b) }

// andNot is b without the bits of a.
func (t tier) andNot(a, b v) v { return t.binary(VANDNPD, a, b) }

func (t tier) or(a, b v) v  { return t.binary(VORPD, a, b) }
func (t tier) xor(a, b v) v { return t.binary(VXORPD, a, b) }

func (t tier) addWords(a, b v) v { return t.binary(VPADDQ, a, b) }
func (t tier) subWords(a, b v) v { return t.binary(VPSUBQ, a, b) }
func (t tier) shl(a v, n uint8) v {
	return t.each(func(i int, r reg.VecVirtual) { VPSLLQ(U8(n), a[i], r) })
}

func (t tier) shr(a v, n uint8) v {
	return t.each(func(i int, r reg.VecVirtual) { VPSRLQ(U8(n), a[i], r) })
}

// where is a set of lanes: mask registers of AVX-512, or all ones in registers of AVX2.
type where struct {
	k []reg.Register
	r v
}

// Predicates of VCMPPD, false for NaN unless the name says otherwise.
const (
	cmpEQ        = 0
	cmpLT        = 17
	cmpLE        = 18
	cmpNEU       = 4 // true for NaN
	cmpUnordered = 3
	cmpNLT       = 21 // not <, true for NaN
	cmpNLE       = 22 // not <=, true for NaN
	cmpNGE       = 25 // not >=, true for NaN
	cmpGE        = 29
	cmpGT        = 30
)

// masks makes a set by an instruction of AVX-512.
func (t tier) masks(f func(i int, k reg.Register)) where {
	w := where{}
	for i := range t.ways {
		k := K()
		f(i, k)
		w.k = append(w.k, k)
	}
	return w
}

// cmp compares a with b.
func (t tier) cmp(pred uint8, a, b v) where {
	if t.lanes == 8 {
		return t.masks(func(i int, k reg.Register) { VCMPPD(U8(pred), b[i], a[i], k) })
	}
	return where{r: t.each(func(i int, r reg.VecVirtual) { VCMPPD(U8(pred), b[i], a[i], r) })}
}

// cmpWordsAbove are the lanes of unsigned words above a constant; AVX-512 only.
func (t tier) cmpWordsAbove(a v, limit uint64) where {
	l := t.words(limit)
	return t.masks(func(i int, k reg.Register) { VPCMPUQ(U8(6), l[i], a[i], k) })
}

// lowestBit are the lanes of odd words; for AVX2 only the sign counts, which is enough for pick.
func (t tier) lowestBit(a v) where {
	if t.lanes == 8 {
		one := t.words(1)
		return t.masks(func(i int, k reg.Register) { VPTESTMQ(one[i], a[i], k) })
	}
	return where{r: t.shl(a, 63)}
}

// pick is a in the lanes w, b elsewhere.
func (t tier) pick(w where, a, b v) v {
	return t.each(func(i int, r reg.VecVirtual) {
		if t.lanes == 8 {
			VBLENDMPD(a[i], b[i], w.k[i], r)
		} else {
			VBLENDVPD(w.r[i], a[i], b[i], r)
		}
	})
}

// jumpIfAny jumps when w is not empty among the lanes of the tail mask k; with such a mask there is only one way.
func (t tier) jumpIfAny(w where, k reg.Register, label string) {
	switch {
	case t.lanes == 4:
		all := w.r[0]
		for _, r := range w.r[1:] {
			both := t.vec()
			VORPD(r, all, both)
			all = both
		}
		bits := GP32()
		VMOVMSKPD(all, bits)
		TESTL(bits, bits)
	case k != nil:
		KTESTB(k, w.k[0])
	default:
		all := w.k[0]
		for i := 1; i < len(w.k)-1; i++ {
			both := K()
			KORB(w.k[i], all, both)
			all = both
		}
		KORTESTB(all, w.k[len(w.k)-1])
	}
	JNZ(LabelRef(label))
}

var skips int

// unlessAll is what f computes, except where w holds every lane of all ways: then it is a copy of otherwise.
func (t tier) unlessAll(w where, otherwise v, f func() v) v {
	out := t.each(func(i int, r reg.VecVirtual) { VMOVAPD(otherwise[i], r) })
	skips++
	label := fmt.Sprintf("skip%d", skips)
	if t.lanes == 8 {
		all := w.k[0]
		for _, k := range w.k[1:] {
			both := K()
			KANDB(k, all, both)
			all = both
		}
		KORTESTB(all, all)
		JCS(LabelRef(label))
	} else {
		all := w.r[0]
		for _, r := range w.r[1:] {
			both := t.vec()
			VANDPD(r, all, both)
			all = both
		}
		bits := GP32()
		VMOVMSKPD(all, bits)
		CMPL(bits, Imm(15))
		JEQ(LabelRef(label))
	}
	for i, r := range f() {
		VMOVAPD(r, out[i])
	}
	Label(label)
	return out
}

// withSign is the magnitude of a with the sign of b.
func (t tier) withSign(a, b v) v {
	sign := t.words(1 << 63)
	if t.lanes == 4 {
		return t.or(t.andNot(sign, a), t.and(sign, b))
	}
	for i := range a {
		VPTERNLOGQ(U8(0xd8), sign[i], b[i], a[i]) // where sign b, else a
	}
	return a
}

// outside are the lanes whose magnitude is neither zero nor from least to most.
func (t tier) outside(x v, least, most float64) where {
	a := t.abs(x)
	if t.lanes == 8 {
		w := t.cmpWordsAbove(t.subWords(a, t.words(math.Float64bits(least))), math.Float64bits(most)-math.Float64bits(least))
		return t.masks(func(i int, k reg.Register) { VPTESTMQ(a[i], a[i], w.k[i], k) })
	}
	low, high := t.cmp(cmpNGE, a, t.num(least)), t.cmp(cmpNLE, a, t.num(most))
	return where{r: t.or(t.and(low.r, t.cmp(cmpNEU, a, t.num(0)).r), high.r)}
}

// choose is what rare computes if there is any lane in w, else what f computes. With a mask of the tail, in which the lanes
// behind the end are zero, any lane counts.
func (t tier) choose(w where, rare, f func() v) v {
	out := t.each(func(int, reg.VecVirtual) {})
	skips++
	label := fmt.Sprintf("rare%d", skips)
	if t.lanes == 8 {
		any := w.k[0]
		for _, k := range w.k[1:] {
			both := K()
			KORB(k, any, both)
			any = both
		}
		KORTESTB(any, any)
	} else {
		any := w.r[0]
		for _, r := range w.r[1:] {
			both := t.vec()
			VORPD(r, any, both)
			any = both
		}
		bits := GP32()
		VMOVMSKPD(any, bits)
		TESTL(bits, bits)
	}
	JNZ(LabelRef(label))
	for i, r := range f() {
		VMOVAPD(r, out[i])
	}
	JMP(LabelRef(label + "done"))
	Label(label)
	for i, r := range rare() {
		VMOVAPD(r, out[i])
	}
	Label(label + "done")
	return out
}
