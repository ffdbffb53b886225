package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// reduceGroup is how many numbers are looked at together.
const reduceGroup = 32

// anyNotFinite writes anyNotFinite<tier>(x, n) (bad uint32): not zero if a number of x is infinite or NaN, for which x·0 is NaN.
// The tail is masked with AVX-512; with AVX2 n is a multiple of the group.
func anyNotFinite(t tier) {
	TEXT("anyNotFinite"+t.name, NOSPLIT, "func(x *float64, n int) (bad uint32)")
	Pragma("noescape")
	Doc("anyNotFinite" + t.name + " is not zero if one of n numbers is not finite.")
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
	CMPQ(n, Imm(reduceGroup))
	JL(LabelRef("tail"))
	for i := range reduceGroup / t.lanes {
		VFMADD231PD(Mem{Base: x, Disp: i * t.bytes()}, zero, sums[i%4])
	}
	ADDQ(U32(8*reduceGroup), x)
	SUBQ(Imm(reduceGroup), n)
	JMP(LabelRef("loop"))
	Label("tail")
	if t.lanes == 8 {
		TESTQ(n, n)
		JZ(LabelRef("end"))
		MOVQ(n, reg.RCX)
		rest := GP64()
		MOVQ(U32(1), rest)
		SHLQ(reg.CL, rest)
		DECQ(rest)
		for i := range sums {
			k := K()
			KMOVB(rest.As32(), k)
			VFMADD231PD(Mem{Base: x, Disp: i * t.bytes()}, zero, k, sums[i])
			if i < 3 {
				SHRQ(Imm(8), rest)
			}
		}
		Label("end")
	}
	VADDPD(sums[1], sums[0], sums[0])
	VADDPD(sums[3], sums[2], sums[2])
	VADDPD(sums[2], sums[0], sums[0])
	bad := GP32()
	if t.lanes == 8 {
		k := K()
		VCMPPD(U8(cmpUnordered), sums[0], sums[0], k)
		KMOVB(k, bad)
	} else {
		VCMPPD(U8(cmpUnordered), sums[0], sums[0], sums[0])
		VMOVMSKPD(sums[0], bad)
	}
	Store(bad, ReturnIndex(0))
	VZEROUPPER()
	RET()
}
