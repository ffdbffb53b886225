package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// gammaGroup is one register of channels of the gammatone: coefficients and state. The two state variables of a section
// change places with every frame, because z_2 is made from the register that held z_1.
type gammaGroup struct {
	t      tier
	k      reg.Register // mask of the channels, nil for all
	off    int          // byte offset of the group from the pointers
	gain   reg.VecVirtual
	b      [4]reg.VecVirtual
	a1, a2 reg.VecVirtual // a2 negated
	z      [8]reg.VecVirtual
}

func (g *gammaGroup) at(p reg.Register) Mem { return Mem{Base: p, Disp: g.off} }

// frame is one frame: input in x, output written to dst.
func (g *gammaGroup) frame(x reg.VecVirtual, dst reg.Register) {
	z := &g.z
	// z[2k] is z_1 of section k and becomes its output y; z[2k+1] is z_2 and becomes the new z_1; y·-a2 the new z_2.
	VFMADD231PD(x, g.gain, z[0])
	VFMADD231PD(x, g.b[0], z[1])
	for k := range 4 {
		y := z[2*k]
		if k < 3 {
			VADDPD(y, z[2*k+2], z[2*k+2])
		} else {
			g.t.store(y, g.k, g.at(dst))
		}
		VFNMADD231PD(y, g.a1, z[2*k+1])
		if k < 3 {
			VFMADD231PD(y, g.b[k+1], z[2*k+3])
		}
		VMULPD(g.a2, y, y)
	}
	for k := range 4 {
		z[2*k], z[2*k+1] = z[2*k+1], z[2*k]
	}
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
	signs := t.signs()
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
		VXORPD(signs, g.a2, g.a2)
		MOVQ(state, p)
		for j := range g.z {
			g.z[j] = t.vec()
			t.load(g.at(p), k, g.z[j])
			if j < 7 {
				ADDQ(width, p)
			}
		}
		gs[i] = g
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
		x := t.vec()
		frame := func() {
			if shared {
				VBROADCASTSD(Mem{Base: in}, x)
			}
			for _, g := range gs {
				if !shared {
					t.load(g.at(in), k, x)
				}
				g.frame(x, out)
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
				VMOVAPD(g.z[j], spare)
				VMOVAPD(g.z[j+1], g.z[j])
				VMOVAPD(spare, g.z[j+1])
				g.z[j], g.z[j+1] = g.z[j+1], g.z[j]
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
		for j := range g.z {
			t.store(g.z[j], k, g.at(p))
			if j < 7 {
				ADDQ(width, p)
			}
		}
	}
}
