package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The numbers of a channel, the constants and the order of operations are those of the reference: tancarney.go,
// tancarney_signal.go.
const (
	controlRest = iota
	controlSquare
	controlNear
	controlFar
	controlFactor
	controlFollow
	controlFixed
)

const (
	controlA1 = iota
	controlA2
	controlB
	controlCube
	controlGain
	controlMoving
)

const (
	controlStates = 11
	controlSteep  = 0x1.52d8eccbf108ep+2
	controlFlat   = 0x1.1cb18504a8848p+0
	log2Hundred   = 0x1.a934f0979a371p+2
	controlLeast  = 0x1p-300
	inverseTurn   = 0x1.45f306dc9c883p-3
)

// cochleaBank is a place in a bank of n numbers for each channel, which goes on with the groups.
type cochleaBank struct {
	param string
	n     int
	p     reg.Register
}

// number is where number i of the group is, way groups on.
func (b *cochleaBank) number(i, way int) Mem { return Mem{Base: b.p, Disp: 64 * (way*b.n + i)} }

// cochleaGroups runs body for all groups, ways at a time, their place in the rows being off bytes; it goes on with the
// register of banks. It leaves what is less than ways groups, at off.
func cochleaGroups(t tier, label string, off, end reg.Register, banks []*cochleaBank, body func()) {
	Label(label)
	left := GP64()
	MOVQ(end, left)
	SUBQ(off, left)
	CMPQ(left, U32(64*t.ways))
	JL(LabelRef(label + "_end"))
	if t.lanes == 4 {
		Label(label + "_half")
	}
	body()
	ADDQ(U32(t.ways*t.bytes()), off)
	for _, b := range banks {
		ADDQ(U32(t.ways*t.bytes()), b.p)
	}
	if t.lanes == 4 {
		// A group is two registers; behind the second the other numbers of the group are left out.
		TESTQ(U32(32), off)
		JNZ(LabelRef(label + "_half"))
	}
	for _, b := range banks {
		ADDQ(U32(t.ways*64*(b.n-1)), b.p)
	}
	JMP(LabelRef(label))
	Label(label + "_end")
}

// cochleaStart sets off and the registers of banks to the first group.
func cochleaStart(off reg.Register, banks []*cochleaBank) {
	XORQ(off, off)
	for _, b := range banks {
		Load(Param(b.param), b.p)
	}
}

// tanCarneyControl writes tanCarneyControl<tier>(u, q, in, fixed, moving, state, shared, groups, frames, stride, inStride, step,
// due, interval): the frames of a block, all groups together frame by frame because a frame begins with the end of the one before.
func tanCarneyControl(t tier) {
	TEXT("tanCarneyControl"+t.name, NOSPLIT,
		"func(u, q, in, fixed, moving, state, shared *float64, groups, frames, stride, inStride, step, due, interval int)")
	Pragma("noescape")
	Doc("tanCarneyControl" + t.name + " computes the control path of groups of channels, as tanCarneyControlGeneric does.")
	u, q, in := Load(Param("u"), GP64()), Load(Param("q"), GP64()), Load(Param("in"), GP64())
	due := Load(Param("due"), GP64())
	end := Load(Param("groups"), GP64())
	SHLQ(U8(6), end)
	frames := Load(Param("frames"), GP64())
	off := GP64()
	fixed, moving, state := &cochleaBank{"fixed", controlFixed, GP64()}, &cochleaBank{"moving", controlMoving, GP64()}, &cochleaBank{"state", controlStates, GP64()}
	row := func(p reg.Register, way int) Mem { return Mem{Base: p, Index: off, Scale: 1, Disp: 64 * way} }
	stride := func() reg.Register {
		s := Load(Param("stride"), GP64())
		SHLQ(U8(3), s)
		return s
	}
	next := func() Mem { // where the feedback of this frame goes
		p := stride()
		ADDQ(q, p)
		return Mem{Base: p, Index: off, Scale: 1}
	}
	one := t.with(1)
	get := func(b *cochleaBank, i int) v {
		return one.each(func(_ int, r reg.VecVirtual) { VMOVUPD(b.number(i, 0), r) })
	}
	put := func(x v, b *cochleaBank, i int) { VMOVUPD(x[0], b.number(i, 0)) }
	shared := func(i int) v {
		p := Load(Param("shared"), GP64())
		return one.each(func(_ int, r reg.VecVirtual) { VBROADCASTSD(Mem{Base: p, Disp: 8 * i}, r) })
	}

	Label("frame")
	TESTQ(due, due)
	JNZ(LabelRef("filters"))
	Load(Param("interval"), due)
	banks := []*cochleaBank{fixed, moving}
	cochleaStart(off, banks)
	cochleaGroups(one, "update", off, end, banks, func() {
		t := one
		feedback := t.each(func(_ int, r reg.VecVirtual) { VMOVUPD(row(q, 0), r) })
		sigma := t.sub(get(fixed, controlRest), feedback)
		twice := shared(0)
		plus, minus := t.add(twice, sigma), t.sub(twice, sigma)
		square := get(fixed, controlSquare)
		d := t.div(t.num(1), t.fma(minus, minus, square))
		half := t.mul(t.fms(plus, minus, square), d)
		put(t.add(half, half), moving, controlA1)
		put(t.neg(t.mul(t.fma(plus, plus, square), d)), moving, controlA2)
		put(d, moving, controlB)
		w := t.mul(sigma, t.num(inverseTurn))
		cube := t.mul(t.fma(w, w, get(fixed, controlNear)), t.fma(w, w, get(fixed, controlFar)))
		put(cube, moving, controlCube)
		put(t.mul(get(fixed, controlFactor), cube), moving, controlGain)
	})

	Label("filters")
	DECQ(due)
	banks = []*cochleaBank{moving, state}
	cochleaStart(off, banks)
	cochleaGroups(one, "sections", off, end, banks, func() {
		t := one
		x := t.each(func(int, reg.VecVirtual) {})
		step := Load(Param("step"), GP64())
		TESTQ(step, step)
		JZ(LabelRef("sections_shared"))
		VMOVUPD(row(in, 0), x[0])
		JMP(LabelRef("sections_input"))
		Label("sections_shared")
		VBROADCASTSD(Mem{Base: in}, x[0])
		Label("sections_input")
		b := get(moving, controlB)
		double := t.add(b, b)
		a1, a2 := get(moving, controlA1), get(moving, controlA2)
		for j := 0; j < 6; j += 2 {
			y := t.fma(b, x, get(state, j))
			put(t.fma(a1, y, t.fma(double, x, get(state, j+1))), state, j)
			put(t.fma(a2, y, t.mul(b, x)), state, j+1)
			x = y
		}
		p := t.mul(shared(0), x)
		y := t.sub(p, get(state, 6))
		put(t.add(p, y), state, 6)
		VMOVUPD(t.mul(get(moving, controlGain), y)[0], row(u, 0))
	})

	// The nonlinearity in parts: the processor does not look far enough ahead to compute something else while it waits for the
	// results of so long a chain. What goes from part to part is where the feedback will be.
	for i, part := range []func(t tier, number func(b *cochleaBank, i int) v, x, from v) v{
		func(t tier, number func(b *cochleaBank, i int) v, x, _ v) v {
			size := t.max(t.abs(x), t.num(controlLeast))
			return t.fma(t.num(0.3), t.modelLog2(t.mul(t.mul(size, size), number(moving, controlCube))), t.num(log2Hundred))
		},
		func(t tier, _ func(b *cochleaBank, i int) v, _, from v) v { return t.add(t.num(1), t.modelExp2(from)) },
		func(t tier, _ func(b *cochleaBank, i int) v, x, from v) v {
			return t.mul(t.modelLog2(from), t.xor(t.and(t.words(1<<63), x), t.num(-5./48)))
		},
		func(t tier, number func(b *cochleaBank, i int) v, x, from v) v {
			h := t.modelExp2(from)
			h2 := t.mul(h, h)
			h4 := t.mul(h2, h2)
			flat, steep := t.mul(t.mul(h2, h), t.num(controlFlat)), t.mul(t.mul(h4, h4), t.num(controlSteep))
			all := t.fma(flat, steep, flat)
			y := t.div(t.mul(t.sub(t.num(7), all), number(fixed, controlFollow)), t.add(t.num(1), all))
			return t.fma(x, t.num(0), y)
		},
	} {
		banks := [][]*cochleaBank{{moving}, nil, nil, {fixed}}[i]
		cochleaStart(off, banks)
		to := stride()
		ADDQ(q, to)
		body := func(t tier) func() {
			return func() {
				number := func(b *cochleaBank, i int) v {
					return t.each(func(way int, r reg.VecVirtual) { VMOVUPD(b.number(i, way), r) })
				}
				rows := func(p reg.Register) v {
					return t.each(func(way int, r reg.VecVirtual) { VMOVUPD(row(p, way), r) })
				}
				var from v
				if i > 0 {
					from = rows(to)
				}
				var x v
				if i != 1 {
					x = rows(u)
				}
				out := to
				if i == 3 {
					out = u.(reg.GPVirtual)
				}
				for way, r := range part(t, number, x, from) {
					VMOVUPD(r, row(out, way))
				}
			}
		}
		name := fmt.Sprintf("nonlinear%d", i)
		if t.lanes == 8 {
			cochleaGroups(t.with(3), name+"_many", off, end, banks, body(t.with(3)))
		}
		cochleaGroups(one, name, off, end, banks, body(one))
	}

	banks = []*cochleaBank{state}
	cochleaStart(off, banks)
	cochleaGroups(one, "lowpass", off, end, banks, func() {
		t := one
		x := t.each(func(_ int, r reg.VecVirtual) { VMOVUPD(row(u, 0), r) })
		b, pole := shared(1), shared(3)
		for j := range 4 {
			switch j {
			case 2:
				b = shared(2)
			case 3:
				b, pole = shared(4), shared(5)
				VMOVUPD(x[0], row(u, 0))
			}
			y := t.fma(b, x, get(state, 7+j))
			put(t.fma(pole, y, t.mul(b, x)), state, 7+j)
			x = y
		}
		VMOVUPD(x[0], next())
	})

	s := stride()
	ADDQ(s, u)
	ADDQ(s, q)
	Load(Param("inStride"), s)
	SHLQ(U8(3), s)
	ADDQ(s, in)
	DECQ(frames)
	JNZ(LabelRef("frame"))
	VZEROUPPER()
	RET()
}
