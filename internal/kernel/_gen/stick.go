package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The constants and the order of operations are those of the reference: stick.go.

// brokenStick writes brokenStick<tier>(x, a, knee, v, b, channels, frames, stride) for channels of some frames, in place, the
// stride in numbers; channels is a multiple of 4 for AVX2.
func brokenStick(t tier) {
	TEXT("brokenStick"+t.name, NOSPLIT, "func(x, a, knee, v, b *float64, channels, frames, stride int)")
	Pragma("noescape")
	Doc("brokenStick" + t.name + " bends channels as the reference does.")
	ptrs := []reg.Register{}
	for _, p := range []string{"x", "a", "knee", "v", "b"} {
		ptrs = append(ptrs, Load(Param(p), GP64()))
	}
	channels := Load(Param("channels"), GP64())
	stride := Load(Param("stride"), GP64())
	SHLQ(U8(3), stride)
	// As many constants as the registers hold; two frames go side by side, where there are registers for that.
	ways, bits := 1, math.Float64bits
	if t.lanes == 8 {
		ways = 2
		t = t.holding(1<<63, sqrtHalf, bits(1), bits(roundMagic))
	}
	block := func(label string, k reg.Register) {
		rows := [4]reg.VecVirtual{}
		for i := range rows {
			rows[i] = t.vec()
			t.load(Mem{Base: ptrs[i+1]}, k, rows[i])
		}
		at, left := GP64(), GP64()
		MOVQ(ptrs[0], at)
		Load(Param("frames"), left)
		frames := func(label, next string, t tier) {
			Label(label)
			CMPQ(left, Imm(uint64(t.ways)))
			JL(LabelRef(next))
			g := &group{tier: t, k: k}
			for _, r := range rows {
				g.in = append(g.in, t.same(r))
			}
			place := func(way int) Mem {
				if way == 0 {
					return Mem{Base: at}
				}
				return Mem{Base: at, Index: stride, Scale: 1}
			}
			x := t.each(func(way int, r reg.VecVirtual) { t.load(place(way), k, r) })
			for way, r := range g.bend(x) {
				t.store(r, k, place(way))
			}
			for range t.ways {
				ADDQ(stride, at)
			}
			SUBQ(Imm(uint64(t.ways)), left)
			JMP(LabelRef(label))
		}
		if ways == 2 {
			frames(label+"_two", label+"_one", t.with(2))
		}
		frames(label+"_one", label+"_end", t)
		Label(label + "_end")
	}
	Label("whole")
	CMPQ(channels, Imm(uint64(t.lanes)))
	JL(LabelRef("tail"))
	block("all", nil)
	advance(t.bytes(), ptrs...)
	SUBQ(Imm(uint64(t.lanes)), channels)
	JMP(LabelRef("whole"))
	Label("tail")
	if t.lanes == 8 {
		TESTQ(channels, channels)
		JZ(LabelRef("done"))
		block("rest", tailMask(channels))
	}
	Label("done")
	VZEROUPPER()
	RET()
}

// bend is the broken stick for the coefficients a, knee, v and b.
func (g *group) bend(x v) v {
	a, knee, exponent, b := g.in[0], g.in[1], g.in[2], g.in[3]
	size := g.abs(x)
	line := g.mul(a, size)
	below := g.cmp(cmpLE, size, knee)
	return g.withSign(g.unlessAll(below, line, func() v {
		power := g.exp2Between(g.fma(exponent, g.modelLog2(size), b))
		return g.pick(below, line, g.min(power, line))
	}), x)
}

// weightedSum writes weightedSum<tier>(dst, x, y, a, b, channels, frames, dstStride, xStride, yStride) for rows of channels,
// strides in numbers; channels is a multiple of 4 for AVX2.
func weightedSum(t tier) {
	TEXT("weightedSum"+t.name, NOSPLIT, "func(dst, x, y, a, b *float64, channels, frames, dstStride, xStride, yStride int)")
	Pragma("noescape")
	Doc("weightedSum" + t.name + " adds two streams as the reference does.")
	ptrs := []reg.Register{}
	for _, p := range []string{"dst", "x", "y", "a", "b"} {
		ptrs = append(ptrs, Load(Param(p), GP64()))
	}
	strides := []reg.Register{}
	for _, p := range []string{"dstStride", "xStride", "yStride"} {
		s := Load(Param(p), GP64())
		SHLQ(U8(3), s)
		strides = append(strides, s)
	}
	frames := Load(Param("frames"), GP64())
	i, end := GP64(), GP64()
	group := func(k reg.Register) {
		at := func(n int) Mem { return Mem{Base: ptrs[n], Index: i, Scale: 8} }
		values := [5]reg.VecVirtual{}
		for n := 1; n < 5; n++ {
			values[n] = t.vec()
			t.load(at(n), k, values[n])
		}
		VMULPD(values[1], values[3], values[1])
		VMULPD(values[2], values[4], values[2])
		VADDPD(values[1], values[2], values[1])
		t.store(values[1], k, at(0))
	}
	Label("row")
	XORQ(i, i)
	Load(Param("channels"), end)
	ANDQ(I8(-t.lanes), end)
	JZ(LabelRef("tail"))
	Label("whole")
	group(nil)
	ADDQ(Imm(uint64(t.lanes)), i)
	CMPQ(i, end)
	JL(LabelRef("whole"))
	Label("tail")
	if t.lanes == 8 {
		Load(Param("channels"), end)
		SUBQ(i, end)
		JZ(LabelRef("next"))
		group(tailMask(end))
		Label("next")
	}
	for n, s := range strides {
		ADDQ(s, ptrs[n])
	}
	DECQ(frames)
	JNZ(LabelRef("row"))
	VZEROUPPER()
	RET()
}

// exp2Between is 2^y for y between -1023, which gives 0, and 1024, which gives +Inf; beyond, y counts as these.
func (t tier) exp2Between(y v) v {
	return t.modelExp2(t.min(t.num(1024), t.max(t.num(-1023), y)))
}
