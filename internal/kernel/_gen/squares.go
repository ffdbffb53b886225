package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// sumSquares writes sumSquares<tier>(sums, src, lanes, frames, stride): the sums of up to eight registers of lanes stay in
// registers down the frames. lanes is a multiple of 4 for AVX2; frames is not 0.
func sumSquares(t tier) {
	TEXT("sumSquares"+t.name, NOSPLIT, "func(sums, src *float64, lanes, frames, stride int)")
	Pragma("noescape")
	Doc("sumSquares" + t.name + " adds the squares of the numbers of each lane to its sum.")
	sums := Load(Param("sums"), GP64())
	src := Load(Param("src"), GP64())
	lanes := Load(Param("lanes"), GP64())
	stride := Load(Param("stride"), GP64())
	SHLQ(U8(3), stride)
	block := func(label string, groups int, k reg.Register) {
		s := make([]reg.VecVirtual, groups)
		for i := range s {
			s[i] = t.vec()
			t.load(Mem{Base: sums, Disp: i * t.bytes()}, k, s[i])
		}
		p, n := GP64(), GP64()
		MOVQ(src, p)
		Load(Param("frames"), n)
		Label(label + "_frames")
		for i := range s {
			x := t.vec()
			t.load(Mem{Base: p, Disp: i * t.bytes()}, k, x)
			VFMADD231PD(x, x, s[i])
		}
		ADDQ(stride, p)
		DECQ(n)
		JNZ(LabelRef(label + "_frames"))
		for i := range s {
			t.store(s[i], k, Mem{Base: sums, Disp: i * t.bytes()})
		}
	}
	loop := func(label, next string, groups int) {
		Label(label)
		CMPQ(lanes, Imm(uint64(groups*t.lanes)))
		JL(LabelRef(next))
		block(label, groups, nil)
		ADDQ(U32(groups*t.bytes()), sums)
		ADDQ(U32(groups*t.bytes()), src)
		SUBQ(Imm(uint64(groups*t.lanes)), lanes)
		JMP(LabelRef(label))
	}
	loop("eight", "one", 8)
	loop("one", "tail", 1)
	Label("tail")
	if t.lanes == 8 {
		TESTQ(lanes, lanes)
		JZ(LabelRef("done"))
		block("rest", 1, tailMask(lanes))
	}
	Label("done")
	VZEROUPPER()
	RET()
}
