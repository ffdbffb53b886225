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
	var sums [8]reg.VecVirtual // as many as the latency of a sum takes
	for i := range sums {
		sums[i] = t.vec()
		VXORPD(sums[i], sums[i], sums[i])
	}
	loop := func(name, next string, group int) {
		Label(name)
		CMPQ(n, Imm(uint64(group)))
		JL(LabelRef(next))
		for i := range group / t.lanes {
			VFMADD231PD(Mem{Base: x, Disp: i * t.bytes()}, zero, sums[i%8])
		}
		ADDQ(U32(uint32(8*group)), x)
		SUBQ(Imm(uint64(group)), n)
		JMP(LabelRef(name))
	}
	loop("many", "some", 2*reduceGroup)
	loop("some", "tail", reduceGroup)
	Label("tail")
	if t.lanes == 8 {
		TESTQ(n, n)
		JZ(LabelRef("end"))
		MOVQ(n, reg.RCX)
		rest := GP64()
		MOVQ(U32(1), rest)
		SHLQ(reg.CL, rest)
		DECQ(rest)
		for i := range 4 {
			k := K()
			KMOVB(rest.As32(), k)
			VFMADD231PD(Mem{Base: x, Disp: i * t.bytes()}, zero, k, sums[4+i])
			if i < 3 {
				SHRQ(Imm(8), rest)
			}
		}
		Label("end")
	}
	for half := 4; half > 0; half /= 2 {
		for i := range half {
			VADDPD(sums[half+i], sums[i], sums[i])
		}
	}
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
