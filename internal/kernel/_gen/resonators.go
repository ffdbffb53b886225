package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// series is one register of channels of equal sections in series: coefficients, and the state of all sections.
type series struct {
	tier
	k    reg.Register // mask of the channels, nil for all
	off  int          // byte offset of the group from the pointers
	c, z []reg.VecVirtual
}

func (s *series) at(p reg.Register) Mem { return Mem{Base: p, Disp: s.off} }

// rows visits n rows of width bytes, one for each of n coefficients or state variables.
func (s *series) rows(p, width reg.Register, n int, visit func(i int, m Mem)) {
	q := GP64()
	MOVQ(p, q)
	for i := range n {
		visit(i, s.at(q))
		if i < n-1 {
			ADDQ(width, q)
		}
	}
}

func (s *series) load(p, width reg.Register, n int) []reg.VecVirtual {
	list := make([]reg.VecVirtual, n)
	s.rows(p, width, n, func(i int, m Mem) {
		list[i] = s.vec()
		s.tier.load(m, s.k, list[i])
	})
	return list
}

// resonators writes resonators<count><tier>: count resonators in series, whose two state variables change places with every frame.
func resonators(t tier, count, groups int) {
	inSeries(t, fmt.Sprintf("resonators%d", count), 3, 2*count, groups, func(s *series, x reg.VecVirtual) reg.VecVirtual {
		a1, a2, b := s.c[0], s.c[1], s.c[2]
		for i := 0; i < len(s.z); i += 2 {
			old, older := s.z[i], s.z[i+1]
			VFNMADD213PD(x, a2, older) // becomes w
			VFNMADD231PD(old, a1, older)
			x = t.vec()
			VMOVAPD(older, x)
			VFMADD231PD(old, b, x)
			s.z[i], s.z[i+1] = older, old
		}
		return x
	})
}

// integrators writes integrators<count><tier>: count leaky integrators in series.
func integrators(t tier, count, groups int) {
	inSeries(t, fmt.Sprintf("integrators%d", count), 1, count, groups, func(s *series, x reg.VecVirtual) reg.VecVirtual {
		for _, y := range s.z {
			VFMADD213PD(x, s.c[0], y)
			x = y
		}
		return x
	})
}

// inSeries writes a function name<tier>(dst, src, c, state, width, channels, frames, dstStride, srcStride, step) for channels
// of a bank of width channels, the pointers at the first of them; strides in numbers, step 0 or 1. Several groups of channels
// run side by side, because a recursion waits for its own results. channels is a multiple of 4 for AVX2. frame makes the
// output of one frame of its input; after two frames the state has to be in the registers it was in.
func inSeries(t tier, name string, coefficients, states, groups int, frame func(s *series, x reg.VecVirtual) reg.VecVirtual) {
	TEXT(name+t.name, NOSPLIT, "func(dst, src, c, state *float64, width, channels, frames, dstStride, srcStride, step int)")
	Pragma("noescape")
	Doc(fmt.Sprintf("%s%s filters channels of a bank of width channels, as the reference does.", name, t.name))
	dst := Load(Param("dst"), GP64())
	src := Load(Param("src"), GP64())
	c := Load(Param("c"), GP64())
	state := Load(Param("state"), GP64())
	width := Load(Param("width"), GP64())
	channels := Load(Param("channels"), GP64())
	SHLQ(U8(3), width)

	block := func(label string, groups int, k reg.Register) {
		list := make([]*series, groups)
		for i := range list {
			s := &series{tier: t, k: k, off: i * t.bytes()}
			s.c, s.z = s.load(c, width, coefficients), s.load(state, width, states)
			list[i] = s
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
			one := func() {
				x := t.vec()
				if kind == "_shared" {
					VBROADCASTSD(Mem{Base: in}, x)
				}
				for _, s := range list {
					if kind == "_each" {
						t.load(s.at(in), k, x)
					}
					t.store(frame(s, x), k, s.at(out))
				}
				ADDQ(srcStride, in)
				ADDQ(dstStride, out)
			}
			Label(label + kind)
			// An odd frame goes first, so that two frames fill the loop.
			TESTQ(U32(1), frames)
			JZ(LabelRef(label + kind + "_pairs"))
			before := make([][]reg.VecVirtual, groups)
			for i, s := range list {
				before[i] = append(before[i], s.z...)
			}
			one()
			for i, s := range list {
				s.settle(before[i])
			}
			Label(label + kind + "_pairs")
			SHRQ(U8(1), frames)
			JZ(LabelRef(label + "_done"))
			Label(label + kind + "_loop")
			one()
			one()
			DECQ(frames)
			JNZ(LabelRef(label + kind + "_loop"))
			if kind == "_shared" {
				JMP(LabelRef(label + "_done"))
			}
		}
		Label(label + "_done")
		for _, s := range list {
			s.rows(state, width, states, func(i int, m Mem) { t.store(s.z[i], k, m) })
		}
	}
	t.eachGroup(groups, channels, dst, src, []reg.Register{c, state}, block)
	VZEROUPPER()
	RET()
}

// settle moves the state back to the registers it was in, where two neighbours have changed places.
func (s *series) settle(before []reg.VecVirtual) {
	for i := range before {
		if i+1 < len(before) && s.z[i] == before[i+1] {
			spare := s.vec()
			VMOVAPD(before[i], spare)
			VMOVAPD(before[i+1], before[i])
			VMOVAPD(spare, before[i+1])
		}
	}
	s.z = before
}
