package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// v is a register of float64 or of 64-bit words.
type v = reg.VecVirtual

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

// num is a register full of one number.
func (t tier) num(x float64) v { return t.words(math.Float64bits(x)) }

// words is a register full of one word.
func (t tier) words(bits uint64) v {
	r := t.vec()
	VBROADCASTSD(word(bits), r)
	return r
}

func (t tier) add(a, b v) v { r := t.vec(); VADDPD(b, a, r); return r }
func (t tier) sub(a, b v) v { r := t.vec(); VSUBPD(b, a, r); return r }
func (t tier) mul(a, b v) v { r := t.vec(); VMULPD(b, a, r); return r }
func (t tier) div(a, b v) v { r := t.vec(); VDIVPD(b, a, r); return r }
func (t tier) sqrt(a v) v   { r := t.vec(); VSQRTPD(a, r); return r }

// copy is needed where an instruction overwrites an operand that lives on.
func (t tier) copy(a v) v { r := t.vec(); VMOVAPD(a, r); return r }

// fma is a·b + c.
func (t tier) fma(a, b, c v) v { r := t.copy(c); VFMADD231PD(a, b, r); return r }

// fnma is -a·b + c.
func (t tier) fnma(a, b, c v) v { r := t.copy(c); VFNMADD231PD(a, b, r); return r }

// fms is a·b - c.
func (t tier) fms(a, b, c v) v { r := t.copy(c); VFMSUB231PD(a, b, r); return r }

// poly1 is hi·x + lo for constants.
func (t tier) poly1(hi float64, x v, lo float64) v {
	r := t.num(hi)
	if t.lanes == 8 {
		VFMADD213PD_BCST(word(math.Float64bits(lo)), x, r)
	} else {
		VFMADD213PD(word4(lo), x, r)
	}
	return r
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

func (t tier) and(a, b v) v {
	r := t.vec()
	VANDPD(b, a, r)
	return r
}

// andNot is b without the bits of a.
func (t tier) andNot(a, b v) v {
	r := t.vec()
	VANDNPD(b, a, r)
	return r
}

func (t tier) or(a, b v) v  { r := t.vec(); VORPD(b, a, r); return r }
func (t tier) xor(a, b v) v { r := t.vec(); VXORPD(b, a, r); return r }

func (t tier) addWords(a, b v) v  { r := t.vec(); VPADDQ(b, a, r); return r }
func (t tier) subWords(a, b v) v  { r := t.vec(); VPSUBQ(b, a, r); return r }
func (t tier) shl(a v, n uint8) v { r := t.vec(); VPSLLQ(U8(n), a, r); return r }
func (t tier) shr(a v, n uint8) v { r := t.vec(); VPSRLQ(U8(n), a, r); return r }

// where is a set of lanes: a mask register of AVX-512, or all ones in a register of AVX2.
type where struct {
	k reg.Register
	r v
}

// Predicates of VCMPPD, false for NaN unless the name says otherwise.
const (
	cmpEQ        = 0
	cmpLT        = 17
	cmpLE        = 18
	cmpNEU       = 4 // true for NaN
	cmpUnordered = 3
	cmpNLE       = 22 // not <=, true for NaN
	cmpNGE       = 25 // not >=, true for NaN
	cmpGE        = 29
	cmpGT        = 30
)

// cmp compares a with b.
func (t tier) cmp(pred uint8, a, b v) where {
	if t.lanes == 8 {
		k := K()
		VCMPPD(U8(pred), b, a, k)
		return where{k: k}
	}
	r := t.vec()
	VCMPPD(U8(pred), b, a, r)
	return where{r: r}
}

// cmpWordsAbove are the lanes of unsigned words above a constant; AVX-512 only.
func (t tier) cmpWordsAbove(a v, limit uint64) where {
	k := K()
	VPCMPUQ(U8(6), t.words(limit), a, k)
	return where{k: k}
}

// pick is a in the lanes w, b elsewhere.
func (t tier) pick(w where, a, b v) v {
	r := t.vec()
	if t.lanes == 8 {
		VBLENDMPD(a, b, w.k, r)
	} else {
		VBLENDVPD(w.r, a, b, r)
	}
	return r
}

// jumpIfAny jumps when w is not empty among the lanes of the tail mask k.
func (t tier) jumpIfAny(w where, k reg.Register, label string) {
	if t.lanes == 8 {
		if k != nil {
			KTESTB(k, w.k)
		} else {
			KORTESTB(w.k, w.k)
		}
		JNZ(LabelRef(label))
		return
	}
	bits := GP32()
	VMOVMSKPD(w.r, bits)
	TESTL(bits, bits)
	JNZ(LabelRef(label))
}

// lowestBit are the lanes of odd words; for AVX2 only the sign counts, which is enough for pick.
func (t tier) lowestBit(a v) where {
	if t.lanes == 8 {
		k := K()
		VPTESTMQ(t.words(1), a, k)
		return where{k: k}
	}
	return where{r: t.shl(a, 63)}
}
