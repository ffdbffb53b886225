package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// gammaGroup is one register of channels of the gammatone: coefficients and state. The two state variables of a section
// change places with every frame, because the new w_1 is made in the register of w_2, which nothing needs any more.
type gammaGroup struct {
	t      tier
	k      reg.Register // mask of the channels, nil for all
	off    int          // byte offset of the group from the pointers
	gain   reg.VecVirtual
	b      [4]reg.VecVirtual
	a1, a2 reg.VecVirtual
	w      [8]reg.VecVirtual // w_1 and w_2 of each section in turn
}

func (g *gammaGroup) at(p reg.Register) Mem { return Mem{Base: p, Disp: g.off} }

// frame is one frame: input at src, the same for all channels or one for each, output written to dst.
func (g *gammaGroup) frame(src reg.Register, shared bool, dst reg.Register) {
	y := g.t.vec()
	if shared {
		VBROADCASTSD(Mem{Base: src}, y)
	} else {
		g.t.load(g.at(src), g.k, y)
	}
	VMULPD(g.gain, y, y)
	for k := range 4 {
		w1, w2 := g.w[2*k], g.w[2*k+1]
		VFNMADD213PD(y, g.a2, w2)
		VFNMADD231PD(g.a1, w1, w2)
		VMOVAPD(w2, y)
		VFMADD231PD(g.b[k], w1, y)
		g.w[2*k], g.w[2*k+1] = w2, w1
	}
	g.t.store(y, g.k, g.at(dst))
}

// gammatone writes gammatone<tier>(dst, src, gain, b, a, state, width, channels, frames, dstStride, srcStride, step):
// channels of a bank of width channels, the pointers at the first of them, strides in numbers, step 0 or 1.
// channels is a multiple of 4 for AVX2.
func gammatone(t tier) {
	TEXT("gammatone"+t.name, NOSPLIT, "func(dst, src, gain, b, a, state *float64, width, channels, frames, dstStride, srcStride, step int)")
	Pragma("noescape")
	Doc("gammatone" + t.name + " filters channels of a bank of width channels, as gammatoneGeneric does.")
	dst := Load(Param("dst"), GP64())
	src := Load(Param("src"), GP64())
	gain := Load(Param("gain"), GP64())
	b := Load(Param("b"), GP64())
	a := Load(Param("a"), GP64())
	state := Load(Param("state"), GP64())
	width := Load(Param("width"), GP64())
	channels := Load(Param("channels"), GP64())
	SHLQ(U8(3), width)

	if t.lanes == 8 {
		Label("pair")
		CMPQ(channels, Imm(16))
		JL(LabelRef("single"))
		gammaBlock(t, "two", 2, nil, dst, src, gain, b, a, state, width)
		ADDQ(Imm(128), dst)
		advance(128, gain, b, a, state)
		stepSource(src, 128)
		SUBQ(Imm(16), channels)
		JMP(LabelRef("pair"))
	}
	Label("single")
	CMPQ(channels, Imm(uint64(t.lanes)))
	JL(LabelRef("tail"))
	gammaBlock(t, "one", 1, nil, dst, src, gain, b, a, state, width)
	ADDQ(Imm(uint64(t.bytes())), dst)
	advance(t.bytes(), gain, b, a, state)
	stepSource(src, t.bytes())
	SUBQ(Imm(uint64(t.lanes)), channels)
	JMP(LabelRef("single"))
	Label("tail")
	if t.lanes == 8 {
		TESTQ(channels, channels)
		JZ(LabelRef("done"))
		k := tailMask(channels)
		gammaBlock(t, "rest", 1, k, dst, src, gain, b, a, state, width)
	}
	Label("done")
	VZEROUPPER()
	RET()
}

// prefetchRows asks for the cache lines at p+ahead in each of n rows of width bytes.
func prefetchRows(p, width reg.Register, n, ahead int) {
	q := GP64()
	MOVQ(p, q)
	for i := range n {
		PREFETCHT0(Mem{Base: q, Disp: ahead})
		if i < n-1 {
			ADDQ(width, q)
		}
	}
}

// advance moves pointers on by n bytes.
func advance(n int, ptrs ...reg.Register) {
	for _, p := range ptrs {
		ADDQ(Imm(uint64(n)), p)
	}
}

// stepSource moves the source on by n bytes when every channel has its own input.
func stepSource(src reg.Register, n int) {
	d := GP64()
	Load(Param("step"), d)
	IMUL3Q(U8(n), d, d)
	ADDQ(d, src)
}

// tailMask is a mask of the first n < 8 lanes.
func tailMask(n reg.Register) reg.Register {
	one, k := GP64(), K()
	MOVQ(n, reg.RCX)
	MOVQ(U32(1), one)
	SHLQ(reg.CL, one)
	DECQ(one)
	KMOVB(one.As32(), k)
	return k
}

// gammaBlock runs groups of channels down a block.
func gammaBlock(t tier, label string, groups int, k reg.Register, dst, src, gain, b, a, state, width reg.Register) {
	gs := make([]*gammaGroup, groups)
	p := GP64()
	for i := range gs {
		g := &gammaGroup{t: t, k: k, off: i * t.bytes()}
		g.gain = t.vec()
		t.load(g.at(gain), k, g.gain)
		MOVQ(b, p)
		for j := range g.b {
			g.b[j] = t.vec()
			t.load(g.at(p), k, g.b[j])
			if j < 3 {
				ADDQ(width, p)
			}
		}
		g.a1, g.a2 = t.vec(), t.vec()
		t.load(g.at(a), k, g.a1)
		MOVQ(a, p)
		ADDQ(width, p)
		t.load(g.at(p), k, g.a2)
		MOVQ(state, p)
		for j := range g.w {
			g.w[j] = t.vec()
			t.load(g.at(p), k, g.w[j])
			if j < 7 {
				ADDQ(width, p)
			}
		}
		gs[i] = g
	}
	if k == nil {
		// What the next groups need is on its way while these compute: with a few dozen frames in a block a bank beyond the
		// second-level cache waits for it otherwise.
		for i := 0; i < groups*t.bytes(); i += 64 {
			ahead := max(groups*t.bytes(), 64) + i
			prefetchRows(gain, width, 1, ahead)
			prefetchRows(b, width, 4, ahead)
			prefetchRows(a, width, 2, ahead)
			prefetchRows(state, width, 8, ahead)
		}
	}
	frames, in, out := GP64(), GP64(), GP64()
	dstStride, srcStride := GP64(), GP64()
	Load(Param("frames"), frames)
	Load(Param("dstStride"), dstStride)
	Load(Param("srcStride"), srcStride)
	SHLQ(U8(3), dstStride)
	SHLQ(U8(3), srcStride)
	MOVQ(src, in)
	MOVQ(dst, out)
	broadcast := label + "_broadcast"
	each := label + "_each"
	done := label + "_done"
	flag := GP64()
	Load(Param("step"), flag)
	TESTQ(flag, flag)
	JNZ(LabelRef(each))
	for _, shared := range []bool{true, false} {
		name := each
		if shared {
			name = broadcast
		}
		frame := func() {
			for _, g := range gs {
				g.frame(in, shared, out)
				if k == nil && g.off%64 == 0 { // so is the place of their output
					PREFETCHT0(Mem{Base: out, Disp: g.off + max(groups*t.bytes(), 64)})
				}
			}
			ADDQ(srcStride, in)
			ADDQ(dstStride, out)
		}
		Label(name)
		// An odd frame goes first, so that two frames, which bring the state back to its places, fill the loop.
		TESTQ(U32(1), frames)
		JZ(LabelRef(name + "_pairs"))
		frame()
		for _, g := range gs {
			for j := 0; j < 8; j += 2 { // exchange the contents, and the names back
				spare := t.vec()
				VMOVAPD(g.w[j], spare)
				VMOVAPD(g.w[j+1], g.w[j])
				VMOVAPD(spare, g.w[j+1])
				g.w[j], g.w[j+1] = g.w[j+1], g.w[j]
			}
		}
		Label(name + "_pairs")
		SHRQ(U8(1), frames)
		JZ(LabelRef(done))
		Label(name + "_loop")
		frame()
		frame()
		DECQ(frames)
		JNZ(LabelRef(name + "_loop"))
		if shared {
			JMP(LabelRef(done))
		}
	}
	Label(done)
	for _, g := range gs {
		MOVQ(state, p)
		for j := range g.w {
			t.store(g.w[j], k, g.at(p))
			if j < 7 {
				ADDQ(width, p)
			}
		}
	}
}
