package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// sectionGroup is one register of channels of count sections in series, in the transposed direct form II.
type sectionGroup struct {
	tier
	order, count int
	k            reg.Register // mask of the channels, nil for all
	off          int          // byte offset of the group from the pointers
	b, a, z      []reg.VecVirtual
}

func (g *sectionGroup) at(p reg.Register) Mem { return Mem{Base: p, Disp: g.off} }

// rows reads rows of width bytes, one for each of n coefficients or state variables.
func (g *sectionGroup) rows(p, width reg.Register, n int) []reg.VecVirtual {
	q := GP64()
	MOVQ(p, q)
	list := []reg.VecVirtual{}
	for i := range n {
		r := g.vec()
		g.load(g.at(q), g.k, r)
		list = append(list, r)
		if i < n-1 {
			ADDQ(width, q)
		}
	}
	return list
}

// frame is one frame: input in x, output written to dst.
func (g *sectionGroup) frame(x reg.VecVirtual, dst reg.Register) {
	for s := range g.count {
		b, a, z := g.b[s*(g.order+1):], g.a[s*g.order:], g.z[s*g.order:]
		y := g.vec()
		VMOVAPD(z[0], y)
		VFMADD231PD(b[0], x, y)
		for i := 1; i < g.order; i++ {
			VMOVAPD(z[i], z[i-1])
			VFMADD231PD(b[i], x, z[i-1])
			VFNMADD231PD(a[i-1], y, z[i-1])
		}
		last := g.order - 1
		VMULPD(b[g.order], x, z[last])
		VFNMADD231PD(a[last], y, z[last])
		x = y
	}
	g.store(x, g.k, g.at(dst))
}

// sections writes order<order>x<count><tier>(dst, src, b, a, state, width, channels, frames, dstStride, srcStride, step): count
// sections of the order in series, for channels of a bank of width channels, the pointers at the first of them; strides in
// numbers, step 0 or 1. Several groups of channels run side by side, because a recursion waits for its own results.
// channels is a multiple of 4 for AVX2.
func sections(t tier, order, count, groups int) {
	name := fmt.Sprintf("order%dx%d%s", order, count, t.name)
	TEXT(name, NOSPLIT, "func(dst, src, b, a, state *float64, width, channels, frames, dstStride, srcStride, step int)")
	Pragma("noescape")
	Doc(fmt.Sprintf("%s filters channels of a bank of width channels, as the reference does for %d sections of order %d.", name, count, order))
	dst := Load(Param("dst"), GP64())
	src := Load(Param("src"), GP64())
	b := Load(Param("b"), GP64())
	a := Load(Param("a"), GP64())
	state := Load(Param("state"), GP64())
	width := Load(Param("width"), GP64())
	channels := Load(Param("channels"), GP64())
	SHLQ(U8(3), width)

	block := func(label string, groups int, k reg.Register) {
		gs := make([]*sectionGroup, groups)
		for i := range gs {
			g := &sectionGroup{tier: t, order: order, count: count, k: k, off: i * t.bytes()}
			g.b, g.a, g.z = g.rows(b, width, (order+1)*count), g.rows(a, width, order*count), g.rows(state, width, order*count)
			gs[i] = g
		}
		if k == nil { // what the next groups need, as for the gammatone
			for i := 0; i < groups*t.bytes(); i += 64 {
				ahead := max(groups*t.bytes(), 64) + i
				prefetchRows(b, width, (order+1)*count, ahead)
				prefetchRows(a, width, order*count, ahead)
				prefetchRows(state, width, order*count, ahead)
			}
		}
		frames, in, out := GP64(), GP64(), GP64()
		dstStride, srcStride, step := GP64(), GP64(), GP64()
		Load(Param("frames"), frames)
		Load(Param("dstStride"), dstStride)
		Load(Param("srcStride"), srcStride)
		Load(Param("step"), step)
		SHLQ(U8(3), dstStride)
		SHLQ(U8(3), srcStride)
		MOVQ(src, in)
		MOVQ(dst, out)
		TESTQ(step, step)
		JNZ(LabelRef(label + "_each"))
		for _, kind := range []string{"_shared", "_each"} {
			Label(label + kind)
			x := t.vec()
			if kind == "_shared" {
				VBROADCASTSD(Mem{Base: in}, x)
			}
			for _, g := range gs {
				if kind == "_each" {
					t.load(g.at(in), k, x)
				}
				g.frame(x, out)
			}
			ADDQ(srcStride, in)
			ADDQ(dstStride, out)
			DECQ(frames)
			JNZ(LabelRef(label + kind))
			if kind == "_shared" {
				JMP(LabelRef(label + "_done"))
			}
		}
		Label(label + "_done")
		q := GP64()
		for _, g := range gs {
			MOVQ(state, q)
			for i, z := range g.z {
				t.store(z, k, g.at(q))
				if i < len(g.z)-1 {
					ADDQ(width, q)
				}
			}
		}
	}
	t.eachGroup(groups, channels, dst, src, []reg.Register{b, a, state}, block)
	VZEROUPPER()
	RET()
}

// eachGroup computes the channels of a bank by block, several groups of them side by side as long as there are as many, and the
// rest, fewer than a register has lanes, under a mask. Between groups it moves dst, src and the rows of coefficients and states on.
func (t tier) eachGroup(groups int, channels, dst, src reg.Register, rows []reg.Register, block func(label string, groups int, k reg.Register)) {
	loop := func(label, next string, groups int) {
		n := groups * t.bytes()
		Label(label)
		CMPQ(channels, Imm(uint64(groups*t.lanes)))
		JL(LabelRef(next))
		block(label, groups, nil)
		ADDQ(U32(n), dst)
		for _, p := range rows {
			ADDQ(U32(n), p)
		}
		skip := GP64()
		Load(Param("step"), skip)
		IMUL3Q(U32(n), skip, skip)
		ADDQ(skip, src)
		SUBQ(Imm(uint64(groups*t.lanes)), channels)
		JMP(LabelRef(label))
	}
	if groups > 1 {
		loop("many", "one", groups)
	}
	loop("one", "tail", 1)
	Label("tail")
	if t.lanes == 8 {
		TESTQ(channels, channels)
		JZ(LabelRef("end"))
		block("rest", 1, tailMask(channels))
	}
	Label("end")
}
