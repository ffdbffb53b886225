package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const (
	signalRest   = 0
	signalSpread = 1
	signalSquare = 2
	signalB      = 5
	signalGain   = 8
	signalFixed  = 9
	signalMoving = 15
	signalStates = 20
)

var tanCarneyOrder = [10]int{0, 1, 2, 0, 2, 0, 1, 2, 0, 2}

// tanCarneySignal writes tanCarneySignal<tier>(dst, u, in, fixed, moving, state, twice, groups, frames, stride, inStride, step, due,
// interval) unstable: group by group all frames of a block.
func tanCarneySignal(t tier) {
	TEXT("tanCarneySignal"+t.name, NOSPLIT,
		"func(dst, u, in, fixed, moving, state *float64, twice float64, groups, frames, stride, inStride, step, due, interval int) (unstable int)")
	Pragma("noescape")
	Doc("tanCarneySignal" + t.name + " computes the signal path of groups of channels, as tanCarneySignalGeneric does.")
	fixed, moving, state := &cochleaBank{"fixed", signalFixed, GP64()}, &cochleaBank{"moving", signalMoving, GP64()}, &cochleaBank{"state", signalStates, GP64()}
	off, end, unstable := GP64(), GP64(), GP64()
	Load(Param("groups"), end)
	SHLQ(U8(6), end)
	XORQ(unstable, unstable)
	banks := []*cochleaBank{fixed, moving, state}
	cochleaStart(off, banks)
	get := func(b *cochleaBank, i int) v {
		return t.each(func(_ int, r reg.VecVirtual) { VMOVUPD(b.number(i, 0), r) })
	}
	put := func(x v, b *cochleaBank, i int) { VMOVUPD(x[0], b.number(i, 0)) }
	bytes := func(param string) reg.Register {
		s := Load(Param(param), GP64())
		SHLQ(U8(3), s)
		return s
	}
	cochleaGroups(t, "group", off, end, banks, func() {
		dst, u, in := Load(Param("dst"), GP64()), Load(Param("u"), GP64()), Load(Param("in"), GP64())
		ADDQ(off, dst)
		ADDQ(off, u)
		frames, due := Load(Param("frames"), GP64()), Load(Param("due"), GP64())
		step := Load(Param("step"), GP64())
		TESTQ(step, step)
		JZ(LabelRef("frame"))
		ADDQ(off, in)

		Label("frame")
		TESTQ(due, due)
		JNZ(LabelRef("filters"))
		Load(Param("interval"), due)
		control := t.each(func(_ int, r reg.VecVirtual) { VMOVUPD(Mem{Base: u}, r) })
		first := t.sub(get(fixed, signalRest), control)
		t.countAny(t.cmp(cmpGE, first, t.num(0)), unstable)
		third := t.sub(first, get(fixed, signalSpread))
		second := t.mul(t.add(first, third), t.num(0.5))
		sigma := [3]v{first, second, third}
		twice := v{t.spread("twice")}
		var inverse [3]v
		for k, x := range sigma {
			minus := t.sub(twice, x)
			inverse[k] = t.fma(minus, minus, get(fixed, signalSquare+k))
		}
		pair := t.mul(inverse[0], inverse[1])
		all := t.div(t.num(1), t.mul(pair, inverse[2]))
		others := t.mul(all, inverse[2])
		inverse = [3]v{t.mul(others, inverse[1]), t.mul(others, inverse[0]), t.mul(all, pair)}
		for k, x := range sigma {
			d, square, plus, minus := inverse[k], get(fixed, signalSquare+k), t.add(twice, x), t.sub(twice, x)
			for i := range 3 {
				put(t.mul(get(fixed, signalB+i), d), moving, 5*k+i)
			}
			half := t.mul(t.fms(plus, minus, square), d)
			put(t.add(half, half), moving, 5*k+3)
			put(t.neg(t.mul(t.fma(plus, plus, square), d)), moving, 5*k+4)
		}

		Label("filters")
		DECQ(due)
		x := t.each(func(int, reg.VecVirtual) {})
		step = Load(Param("step"), GP64())
		TESTQ(step, step)
		JZ(LabelRef("shared"))
		VMOVUPD(Mem{Base: in}, x[0])
		JMP(LabelRef("input"))
		Label("shared")
		VBROADCASTSD(Mem{Base: in}, x[0])
		Label("input")
		// With AVX-512 the coefficients of a frame are in registers, with AVX2 they come from memory.
		var kept [signalMoving]v
		coefficient := func(i int) v {
			if t.lanes == 4 {
				return get(moving, i)
			}
			if kept[i] == nil {
				kept[i] = get(moving, i)
			}
			return kept[i]
		}
		for j, pair := range tanCarneyOrder {
			p := 5 * pair
			y := t.fma(coefficient(p), x, get(state, 2*j))
			put(t.fma(coefficient(p+3), y, t.fma(coefficient(p+1), x, get(state, 2*j+1))), state, 2*j)
			put(t.fma(coefficient(p+4), y, t.mul(coefficient(p+2), x)), state, 2*j+1)
			x = y
		}
		VMOVUPD(t.mul(get(fixed, signalGain), x)[0], Mem{Base: dst})
		s := bytes("stride")
		ADDQ(s, dst)
		ADDQ(s, u)
		s = bytes("inStride")
		ADDQ(s, in)
		DECQ(frames)
		JNZ(LabelRef("frame"))
	})
	Store(unstable, ReturnIndex(0))
	VZEROUPPER()
	RET()
}

// countAny sets bits of count if there is any lane in w.
func (t tier) countAny(w where, count reg.Register) {
	bits := GP64()
	if t.lanes == 8 {
		KMOVB(w.k[0], bits.As32())
	} else {
		VMOVMSKPD(w.r[0], bits.As32())
	}
	ORQ(bits, count)
}
