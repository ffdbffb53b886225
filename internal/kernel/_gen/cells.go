package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// firstAbove writes firstAbove<tier>(x, n, limit) (done int, which uint32): the numbers before the first group of 32 in which
// one is above the limit, and which of the group are. The largest numbers of a group are found first, because that takes one
// comparison. MAXPD gives its second operand where there is a NaN, so that these are left out. The tail is masked with AVX-512,
// left alone with AVX2.
func firstAbove(t tier) {
	TEXT("firstAbove"+t.name, NOSPLIT, "func(x *float64, n int, limit float64) (done int, which uint32)")
	Pragma("noescape")
	Doc("firstAbove" + t.name + " looks for the first group of 32 with a number above the limit.")
	x := Load(Param("x"), GP64())
	n := Load(Param("n"), GP64())
	limit := t.spread("limit")
	done, which := GP64(), GP32()
	XORQ(done, done)
	XORL(which, which)
	const per = reduceGroup
	groups := per / t.lanes
	Label("loop")
	CMPQ(n, Imm(per))
	JL(LabelRef("tail"))
	most := [2]reg.VecVirtual{t.vec(), t.vec()}
	for i := range groups {
		v := t.vec()
		VMOVUPD(Mem{Base: x, Disp: i * t.bytes()}, v)
		if i < 2 {
			VMAXPD(limit, v, most[i])
		} else {
			VMAXPD(most[i%2], v, most[i%2])
		}
	}
	VMAXPD(most[0], most[1], most[0])
	if t.lanes == 8 {
		k := K()
		VCMPPD(U8(cmpGT), limit, most[0], k)
		KORTESTB(k, k)
	} else {
		VCMPPD(U8(cmpGT), limit, most[0], most[0])
		VTESTPD(most[0], most[0])
	}
	JNZ(LabelRef("found"))
	ADDQ(U32(8*per), x)
	ADDQ(Imm(per), done)
	SUBQ(Imm(per), n)
	JMP(LabelRef("loop"))
	// compare adds to the bits which of a register are above the limit, of those in the mask if there is one.
	compare := func(i int, mask reg.Register) {
		bits := GP32()
		at := Mem{Base: x, Disp: i * t.bytes()}
		switch {
		case t.lanes == 4:
			v := t.vec()
			VCMPPD(U8(cmpLT), at, limit, v)
			VMOVMSKPD(v, bits)
		default:
			k := K()
			if mask == nil {
				VCMPPD(U8(cmpLT), at, limit, k)
			} else {
				VCMPPD(U8(cmpLT), at, limit, mask, k)
			}
			KMOVB(k, bits)
		}
		if i > 0 {
			SHLL(Imm(uint64(i*t.lanes)), bits)
		}
		ORL(bits, which)
	}
	Label("found")
	for i := range groups {
		compare(i, nil)
	}
	JMP(LabelRef("end"))
	Label("tail")
	if t.lanes == 8 {
		TESTQ(n, n)
		JZ(LabelRef("end"))
		MOVQ(n, reg.RCX)
		rest := GP64()
		MOVQ(U32(1), rest)
		SHLQ(reg.CL, rest)
		DECQ(rest)
		for i := range groups {
			k := K()
			KMOVB(rest.As32(), k)
			compare(i, k)
			if i+1 < groups {
				SHRQ(Imm(8), rest)
			}
		}
		TESTL(which, which)
		JNZ(LabelRef("end"))
		ADDQ(n, done)
	}
	Label("end")
	Store(done, ReturnIndex(0))
	Store(which, ReturnIndex(1))
	VZEROUPPER()
	RET()
}

// hold writes hold<tier>(x, to, until, n, step) done: numbers of x whose until is at least step become those of to. The tail is
// masked with AVX-512, left alone with AVX2.
func hold(t tier) {
	TEXT("hold"+t.name, NOSPLIT, "func(x, to *float64, until *int64, n int, step int64) (done int)")
	Pragma("noescape")
	Doc("hold" + t.name + " sets the numbers whose time has not come yet and returns how many it has looked at.")
	x := Load(Param("x"), GP64())
	to := Load(Param("to"), GP64())
	until := Load(Param("until"), GP64())
	n := Load(Param("n"), GP64())
	before := GP64()
	Load(Param("step"), before)
	DECQ(before)
	limit := t.vec()
	if t.lanes == 8 {
		VPBROADCASTQ(before, limit)
	} else {
		VMOVQ(before, limit.AsX())
		VPBROADCASTQ(limit.AsX(), limit)
	}
	i, left := GP64(), GP64()
	XORQ(i, i)
	MOVQ(n, left)
	group := func(way int, tail reg.Register) {
		at := func(p reg.Register) Mem { return Mem{Base: p, Index: i, Scale: 8, Disp: way * t.bytes()} }
		v := t.vec()
		if t.lanes == 8 {
			k := K()
			if tail != nil {
				u := t.vec()
				VMOVDQU64_Z(at(until), tail, u)
				VPCMPGTQ(limit, u, tail, k)
			} else {
				u := t.vec()
				VMOVDQU64(at(until), u)
				VPCMPGTQ(limit, u, k)
			}
			VMOVUPD_Z(at(to), k, v)
			VMOVUPD(v, k, at(x))
			return
		}
		u := t.vec()
		VMOVDQU(at(until), u)
		VPCMPGTQ(limit, u, u)
		VMOVUPD(at(x), v)
		VBLENDVPD(u, at(to), v, v)
		VMOVUPD(v, at(x))
	}
	const ways = 4
	Label("many")
	CMPQ(left, Imm(uint64(ways*t.lanes)))
	JL(LabelRef("one"))
	for way := range ways {
		group(way, nil)
	}
	ADDQ(Imm(uint64(ways*t.lanes)), i)
	SUBQ(Imm(uint64(ways*t.lanes)), left)
	JMP(LabelRef("many"))
	Label("one")
	CMPQ(left, Imm(uint64(t.lanes)))
	JL(LabelRef("tail"))
	group(0, nil)
	ADDQ(Imm(uint64(t.lanes)), i)
	SUBQ(Imm(uint64(t.lanes)), left)
	JMP(LabelRef("one"))
	Label("tail")
	if t.lanes == 8 {
		TESTQ(left, left)
		JZ(LabelRef("end"))
		group(0, tailMask(left))
		MOVQ(n, i)
	}
	Label("end")
	Store(i, ReturnIndex(0))
	VZEROUPPER()
	RET()
}
