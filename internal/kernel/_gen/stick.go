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
		power := g.exp2Between(g.fma(exponent, g.log2Normal(size), b))
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

var log2Coefficients = [7]float64{
	0x1.71547652b8306p+1, 0x1.ec709dc395f7bp-1, 0x1.2776c51dc061ep-1, 0x1.a6174fffa6237p-2, 0x1.48511acca40ccp-2,
	0x1.0b90c6cd88b9ap-2, 0x1.f4b3f2ec24cfap-3,
}

var exp2Coefficients = [10]float64{
	0x1.62e42fefa3a18p-1, 0x1.ebfbdff82c5bap-3, 0x1.c6b08d703d063p-5, 0x1.3b2ab6fb9d029p-7, 0x1.5d87fe9d48176p-10,
	0x1.43091317b4be1p-13, 0x1.ffcb547d00e87p-17, 0x1.62bfb31767f1ap-20, 0x1.b6755b9958775p-24, 0x1.e63c5b1509cb1p-28,
}

// log2Normal is the logarithm to base 2 of positive normal numbers, with an absolute error of some units of rounding.
func (t tier) log2Normal(x v) v {
	l := log2Coefficients
	m, k := t.splitMantissa(x)
	one := t.num(1)
	s := t.div(t.sub(m, one), t.add(m, one))
	z := t.mul(s, s)
	z2 := t.mul(z, z)
	low := t.fma(t.poly1(l[3], z, l[2]), z2, t.poly1(l[1], z, l[0]))
	high := t.fma(t.num(l[6]), z2, t.poly1(l[5], z, l[4]))
	return t.fma(s, t.fma(high, t.mul(z2, z2), low), k)
}

// exp2Between is 2^y for y between -1023, which gives 0, and 1024, which gives +Inf; beyond, y counts as these.
func (t tier) exp2Between(y v) v {
	e := exp2Coefficients
	y = t.min(t.num(1024), t.max(t.num(-1023), y))
	shifted := t.add(y, t.num(roundMagic))
	r := t.sub(y, t.sub(shifted, t.num(roundMagic)))
	r2 := t.mul(r, r)
	r4 := t.mul(r2, r2)
	a := t.fma(t.poly1(e[2], r, e[1]), r2, t.poly1(e[0], r, 1))
	b := t.fma(t.poly1(e[6], r, e[5]), r2, t.poly1(e[4], r, e[3]))
	c := t.fma(t.num(e[9]), r2, t.poly1(e[8], r, e[7]))
	return t.addWords(t.fma(t.fma(c, r4, b), r4, a), t.shl(shifted, 52))
}
