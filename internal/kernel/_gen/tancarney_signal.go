package main

import (
	"fmt"

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

// tanCarneySignal writes tanCarneySignal<tier>(dst, u, in, fixed, moving, state, spare, twice, groups, frames, stride, inStride, step, due,
// interval) unstable: group by group all frames of a block.
func tanCarneySignal(t tier) {
	TEXT("tanCarneySignal"+t.name, NOSPLIT,
		"func(dst, u, in, fixed, moving, state, spare *float64, twice float64, groups, frames, stride, inStride, step, due, interval int) (unstable int)")
	Pragma("noescape")
	Doc("tanCarneySignal" + t.name + " computes the signal path of groups of channels, as tanCarneySignalGeneric does.")
	fixed, moving, state := &cochleaBank{"fixed", signalFixed, GP64()}, &cochleaBank{"moving", signalMoving, GP64()}, &cochleaBank{"state", signalStates, GP64()}
	off, end, unstable, work := GP64(), GP64(), GP64(), GP64()
	Load(Param("spare"), work)
	Load(Param("groups"), end)
	SHLQ(U8(6), end)
	XORQ(unstable, unstable)
	banks := []*cochleaBank{fixed, moving, state}
	cochleaStart(off, banks)
	get := func(t tier, b *cochleaBank, i int) v {
		return t.each(func(way int, r reg.VecVirtual) { VMOVUPD(b.number(i, way), r) })
	}
	put := func(x v, b *cochleaBank, i int) {
		for way, r := range x {
			VMOVUPD(r, b.number(i, way))
		}
	}
	row := func(t tier, p reg.Register) v {
		return t.each(func(way int, r reg.VecVirtual) { VMOVUPD(Mem{Base: p, Disp: 64 * way}, r) })
	}
	bytes := func(param string) reg.Register {
		s := Load(Param(param), GP64())
		SHLQ(U8(3), s)
		return s
	}
	// What an update needs is computed a frame ahead: the chain to its end is as long as that of the ten sections.
	ways := t.lanes / 4 // as far as the registers reach
	spare := func(i, way int) Mem { return Mem{Base: work, Disp: (ways*i + way) * t.bytes()} }
	keep := func(x v, i int) {
		for way, r := range x {
			VMOVUPD(r, spare(i, way))
		}
	}
	kept := func(t tier, i int) v {
		return t.each(func(way int, r reg.VecVirtual) { VMOVUPD(spare(i, way), r) })
	}
	ahead := func(t tier, u reg.Register) {
		control := row(t, u)
		first := t.sub(get(t, fixed, signalRest), control)
		t.countAny(t.cmp(cmpGE, first, t.num(0)), unstable)
		third := t.sub(first, get(t, fixed, signalSpread))
		second := t.mul(t.add(first, third), t.num(0.5))
		twice := t.same(t.spread("twice"))
		var inverse [3]v
		for k, x := range [3]v{first, second, third} {
			square, plus, minus := get(t, fixed, signalSquare+k), t.add(twice, x), t.sub(twice, x)
			inverse[k] = t.fma(minus, minus, square)
			keep(t.fms(plus, minus, square), 3+k)
			keep(t.fma(plus, plus, square), 6+k)
		}
		pair := t.mul(inverse[0], inverse[1])
		all := t.div(t.num(1), t.mul(pair, inverse[2]))
		others := t.mul(all, inverse[2])
		keep(t.mul(others, inverse[1]), 0)
		keep(t.mul(others, inverse[0]), 1)
		keep(t.mul(all, pair), 2)
	}
	group := func(t tier) {
		label := func(name string) string { return fmt.Sprintf("%s%d", name, t.ways) }
		dst, u, in := Load(Param("dst"), GP64()), Load(Param("u"), GP64()), Load(Param("in"), GP64())
		ADDQ(off, dst)
		ADDQ(off, u)
		frames, due := Load(Param("frames"), GP64()), Load(Param("due"), GP64())
		step := Load(Param("step"), GP64())
		TESTQ(step, step)
		JZ(LabelRef(label("begin")))
		ADDQ(off, in)
		Label(label("begin"))
		TESTQ(due, due)
		JNZ(LabelRef(label("frame")))
		ahead(t, u)

		Label(label("frame"))
		TESTQ(due, due)
		JNZ(LabelRef(label("count")))
		Load(Param("interval"), due)
		for k := range 3 {
			d := kept(t, k)
			for i := range 3 {
				put(t.mul(get(t, fixed, signalB+i), d), moving, 5*k+i)
			}
			half := t.mul(kept(t, 3+k), d)
			put(t.add(half, half), moving, 5*k+3)
			put(t.neg(t.mul(kept(t, 6+k), d)), moving, 5*k+4)
		}

		Label(label("count"))
		s := bytes("stride")
		ADDQ(s, u)
		DECQ(due)
		JNZ(LabelRef(label("filters")))
		CMPQ(frames, Imm(1))
		JE(LabelRef(label("filters")))
		ahead(t, u)

		Label(label("filters"))
		x := t.each(func(int, reg.VecVirtual) {})
		step = Load(Param("step"), GP64())
		TESTQ(step, step)
		JZ(LabelRef(label("shared")))
		for way, r := range row(t, in) {
			VMOVAPD(r, x[way])
		}
		JMP(LabelRef(label("input")))
		Label(label("shared"))
		for _, r := range x {
			VBROADCASTSD(Mem{Base: in}, r)
		}
		Label(label("input"))
		// One after the other as operands: registers are for the states of several groups.
		coefficient := func(i int) v { return get(t, moving, i) }
		for j, pair := range tanCarneyOrder {
			p := 5 * pair
			y := t.fma(coefficient(p), x, get(t, state, 2*j))
			put(t.fma(coefficient(p+3), y, t.fma(coefficient(p+1), x, get(t, state, 2*j+1))), state, 2*j)
			put(t.fma(coefficient(p+4), y, t.mul(coefficient(p+2), x)), state, 2*j+1)
			x = y
		}
		for way, r := range t.mul(get(t, fixed, signalGain), x) {
			VMOVUPD(r, Mem{Base: dst, Disp: 64 * way})
		}
		s = bytes("stride")
		ADDQ(s, dst)
		s = bytes("inStride")
		ADDQ(s, in)
		DECQ(frames)
		JNZ(LabelRef(label("frame")))
	}
	if ways > 1 {
		cochleaGroups(t.with(ways), "groups", off, end, banks, func() { group(t.with(ways)) })
	}
	cochleaGroups(t, "group", off, end, banks, func() { group(t) })
	Store(unstable, ReturnIndex(0))
	VZEROUPPER()
	RET()
}

// countAny sets bits of count if there is any lane in w.
func (t tier) countAny(w where, count reg.Register) {
	bits := GP64()
	if t.lanes == 8 {
		for _, k := range w.k {
			KMOVB(k, bits.As32())
			ORQ(bits, count)
		}
		return
	}
	for _, r := range w.r {
		VMOVMSKPD(r, bits.As32())
		ORQ(bits, count)
	}
}
