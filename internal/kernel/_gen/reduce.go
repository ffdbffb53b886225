package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// reduceGroup is how many numbers are looked at together.
const reduceGroup = 32

// sumOfZeros writes sumOfZeros<tier>(dst, x, n): in every lane of dst the sum of x·0, which is NaN where a number of x is not
// finite; n is a multiple of the group.
func sumOfZeros(t tier) {
	TEXT("sumOfZeros"+t.name, NOSPLIT, "func(dst, x *float64, n int)")
	Pragma("noescape")
	Doc("sumOfZeros" + t.name + " sums x·0 over n numbers, a multiple of 32, in every lane.")
	dst := Load(Param("dst"), GP64())
	x := Load(Param("x"), GP64())
	n := Load(Param("n"), GP64())
	zero := t.vec()
	VXORPD(zero, zero, zero)
	var sums [4]reg.VecVirtual
	for i := range sums {
		sums[i] = t.vec()
		VXORPD(sums[i], sums[i], sums[i])
	}
	Label("loop")
	for i := range reduceGroup / t.lanes {
		VFMADD231PD(Mem{Base: x, Disp: i * t.bytes()}, zero, sums[i%4])
	}
	ADDQ(U32(8*reduceGroup), x)
	SUBQ(Imm(reduceGroup), n)
	JNZ(LabelRef("loop"))
	VADDPD(sums[1], sums[0], sums[0])
	VADDPD(sums[3], sums[2], sums[2])
	VADDPD(sums[2], sums[0], sums[0])
	VMOVUPD(sums[0], Mem{Base: dst})
	VZEROUPPER()
	RET()
}

// zeroGroups writes zeroGroups<tier>(x, n) done: the numbers of groups before the first group with a number that is not zero; n
// is a multiple of the group.
func zeroGroups(t tier) {
	TEXT("zeroGroups"+t.name, NOSPLIT, "func(x *float64, n int) (done int)")
	Pragma("noescape")
	Doc("zeroGroups" + t.name + " counts the numbers of the groups of 32 at the start that are all zero.")
	x := Load(Param("x"), GP64())
	n := Load(Param("n"), GP64())
	done := GP64()
	XORQ(done, done)
	Label("loop")
	any := t.vec()
	VMOVUPD(Mem{Base: x}, any)
	for i := 1; i < reduceGroup/t.lanes; i++ {
		VORPD(Mem{Base: x, Disp: i * t.bytes()}, any, any)
	}
	// All but the signs: -0 is zero.
	VPADDQ(any, any, any)
	if t.lanes == 8 {
		k := K()
		VPTESTMQ(any, any, k)
		KORTESTB(k, k)
	} else {
		VPTEST(any, any)
	}
	JNZ(LabelRef("found"))
	ADDQ(U32(8*reduceGroup), x)
	ADDQ(Imm(reduceGroup), done)
	CMPQ(done, n)
	JL(LabelRef("loop"))
	Label("found")
	Store(done, ReturnIndex(0))
	VZEROUPPER()
	RET()
}
