package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The constants and the order of operations are those of the reference: compensation.go.
const (
	erbSlope   = 24.7 * 4.37e-3
	erbLeast   = 24.7
	inversePi  = 0x1.45f306dc9c883p-2
	pi         = 0x1.921fb54442d18p+1
	ln2        = 0x1.62e42fefa39efp-1
	decayLeast = -700
)

var (
	shortSine = []float64{
		-0x1.5555555555421p-3, 0x1.111111110726bp-7, -0x1.a01a0198a6ad7p-13, 0x1.71de3790c973dp-19, -0x1.ae6335443c969p-26,
		0x1.60e2464b21be9p-33, -0x1.9e97bd76c4259p-41,
	}
	shortCosine = []float64{
		1, -0x1.ffffffffffffdp-2, 0x1.555555555540ap-5, -0x1.6c16c16c0b21dp-10, 0x1.a01a0199c923cp-16, -0x1.27e4f9915e91bp-22,
		0x1.1eece489e8c6bp-29, -0x1.9351e11e3a4b4p-37, 0x1.9f42233f75d6cp-45,
	}
	shortExp = []float64{
		0x1.ffffffffffed2p-2, 0x1.55555555507c5p-3, 0x1.55555555890abp-5, 0x1.11111125b3ec5p-7, 0x1.6c16c0c836735p-10, 0x1.a0198d5841affp-13,
		0x1.a01b7c40d51d9p-16, 0x1.72e91b0c8feadp-19, 0x1.2707b3bae4748p-22,
	}
)

func (t tier) turn(x v) (sin, cos v) {
	magic := t.num(roundMagic)
	n := t.sub(t.fma(x, t.num(inversePi), magic), magic)
	r := t.fnma(n, t.num(pi), x)
	z := t.mul(r, r)
	return t.fma(t.mul(r, z), t.horner(shortSine, 0, 1, z), r), t.horner(shortCosine, 0, 1, z)
}

func (t tier) briefExp(x v) v {
	shifted := t.fma(x, t.num(log2e), t.num(roundMagic))
	r := t.fnma(t.sub(shifted, t.num(roundMagic)), t.num(ln2), x)
	p := t.add(t.fma(t.mul(r, r), t.horner(shortExp, 0, 1, r), r), t.num(1))
	return t.addWords(p, t.shl(shifted, 52))
}

// tilt is what the sections of a filter have in common. With AVX2, which has sixteen registers, it is kept in memory.
type tilt struct {
	tier
	kept map[string]func() v
}

// keep stores a value under a name.
func (t *tilt) keep(name string, x v) {
	if t.lanes == 8 {
		t.kept[name] = func() v { return x }
		return
	}
	place := AllocLocal(t.bytes())
	VMOVUPD(x[0], place)
	t.kept[name] = func() v {
		r := t.vec()
		VMOVUPD(place, r)
		return v{r}
	}
}

func (t tier) tiltAt(f v) *tilt {
	p := &tilt{t, map[string]func() v{}}
	half := v{t.spread("half")}
	at, erb := t.mul(f, half), t.fma(f, t.num(erbSlope), t.num(erbLeast))
	p.keep("at", at)
	p.keep("erb", erb)
	p.keep("width", t.mul(erb, half))
	sin, cos := t.turn(at)
	w := t.mul(sin, sin)
	p.keep("sin", sin)
	p.keep("cos", cos)
	p.keep("w", w)
	p.keep("mirror", t.fma(t.num(-2), w, t.num(1)))
	return p
}

// section computes b_0, b_1/b_0, a_1 and a_2 = b_2/b_0 of a section; radius and shift load its constants.
func (t *tilt) section(radius, shift func() v) (b0, b1, a1, a2 v) {
	delta := t.mul(shift(), t.kept["width"]())
	sin, cos := t.turn(delta)
	across := t.mul(t.kept["sin"](), cos)
	pole, zero := t.fma(t.kept["cos"](), sin, across), t.fnma(t.kept["cos"](), sin, across)
	at := t.kept["at"]()
	pole = t.squareUnless(t.cmp(cmpLT, t.add(at, delta), t.num(0)), pole)
	zero = t.squareUnless(t.cmp(cmpLT, t.sub(at, delta), t.num(0)), zero)
	r := t.briefExp(t.max(t.mul(radius(), t.kept["erb"]()), t.num(decayLeast)))
	rest := t.sub(t.num(1), r)
	q, r2 := t.mul(rest, rest), t.add(r, r)
	r4 := t.add(r2, r2)
	r8 := t.add(r4, r4)
	magnitude := func(x v) v {
		w := t.kept["w"]()
		d := t.mul(r4, t.sub(w, x))
		return t.fma(d, d, t.mul(q, t.fma(r8, t.fma(x, t.kept["mirror"](), w), q)))
	}
	b0 = t.sqrt(t.div(magnitude(pole), magnitude(zero)))
	return b0, t.fms(r4, zero, r2), t.fms(r4, pole, r2), t.mul(r, r)
}

// squareUnless is x², and 0 in the lanes w.
func (t tier) squareUnless(w where, x v) v { return t.pick(w, t.num(0), t.mul(x, x)) }

// compensationLoop calls group for groups of channels of a bank of width channels, and moves the pointers on. After it the function ends.
// channels is a multiple of 4 for AVX2.
func (t tier) compensationLoop(group func(label string, k reg.Register), channels reg.Register, pointers ...reg.Register) {
	Label("one")
	CMPQ(channels, Imm(uint64(t.lanes)))
	JL(LabelRef("tail"))
	group("whole", nil)
	advance(t.bytes(), pointers...)
	SUBQ(Imm(uint64(t.lanes)), channels)
	JMP(LabelRef("one"))
	Label("tail")
	if t.lanes == 8 {
		TESTQ(channels, channels)
		JZ(LabelRef("end"))
		group("rest", tailMask(channels))
	}
	Label("end")
	VZEROUPPER()
	RET()
}

// from is how a group loads lanes.
func (t tier) from(p reg.Register, k reg.Register) func() v {
	return func() v {
		r := t.vec()
		t.load(Mem{Base: p}, k, r)
		return v{r}
	}
}

// compensationDesign writes compensationDesign<tier>(b, a, f, radius, shift, width, channels, sections, half): the coefficients of channels
// of a bank of width channels, the pointers at the first of them.
func compensationDesign(t tier) {
	TEXT("compensationDesign"+t.name, 0, "func(b, a, f, radius, shift *float64, width, channels, sections int, half float64)")
	Pragma("noescape")
	Doc("compensationDesign" + t.name + " computes the coefficients of asymmetric compensation filters, as the reference does.")
	b, a, f := Load(Param("b"), GP64()), Load(Param("a"), GP64()), Load(Param("f"), GP64())
	radius, shift := Load(Param("radius"), GP64()), Load(Param("shift"), GP64())
	width, channels := Load(Param("width"), GP64()), Load(Param("channels"), GP64())
	SHLQ(U8(3), width)
	t.compensationLoop(func(label string, k reg.Register) {
		p := t.tiltAt(t.from(f, k)())
		pb, pa, pr, ps, sections := GP64(), GP64(), GP64(), GP64(), GP64()
		MOVQ(b, pb)
		MOVQ(a, pa)
		MOVQ(radius, pr)
		MOVQ(shift, ps)
		Load(Param("sections"), sections)
		Label(label)
		b0, b1, a1, a2 := p.section(t.from(pr, k), t.from(ps, k))
		put := func(p reg.Register, x v) {
			t.store(x[0], k, Mem{Base: p})
			ADDQ(width, p)
		}
		put(pa, a1)
		put(pa, a2)
		put(pb, b0)
		put(pb, t.mul(b0, b1))
		put(pb, t.mul(b0, a2))
		ADDQ(width, pr)
		ADDQ(width, ps)
		DECQ(sections)
		JNZ(LabelRef(label))
	}, channels, b, a, f, radius, shift)
}

// compensationRun writes compensationRun<tier>(dst, src, f, radius, shift, state, width, channels, sections, frames, dstStride, srcStride,
// fStride, half): frames through channels of a bank of width channels, the pointers at the first of them, strides in numbers.
func compensationRun(t tier) {
	TEXT("compensationRun"+t.name, 0, "func(dst, src, f, radius, shift, state *float64, width, channels, sections, frames, dstStride, srcStride, fStride int, half float64)")
	Pragma("noescape")
	Doc("compensationRun" + t.name + " filters by asymmetric compensation filters at frequencies of every frame, as the reference does.")
	width, channels := Load(Param("width"), GP64()), Load(Param("channels"), GP64())
	offset := GP64() // of the channels from the first of them
	XORQ(offset, offset)
	SHLQ(U8(3), width)
	start := func(param string) reg.GPVirtual {
		p := GP64()
		Load(Param(param), p)
		ADDQ(offset, p)
		return p
	}
	t.compensationLoop(func(label string, k reg.Register) {
		out, in, at, frames := start("dst"), start("src"), start("f"), GP64()
		Load(Param("frames"), frames)
		Label(label)
		p := t.tiltAt(t.from(at, k)())
		pz, pr, ps, sections := start("state"), start("radius"), start("shift"), GP64()
		Load(Param("sections"), sections)
		x := t.vec()
		t.load(Mem{Base: in}, k, x)
		Label(label + "_section")
		b0, b1, a1, a2 := p.section(t.from(pr, k), t.from(ps, k))
		z1 := t.from(pz, k)()
		y := t.fma(b0, v{x}, z1)
		next := Mem{Base: pz, Index: width, Scale: 1}
		z2 := t.vec()
		t.load(next, k, z2)
		z1 = t.fnma(a1, y, t.fma(t.mul(b0, b1), v{x}, v{z2}))
		t.store(z1[0], k, Mem{Base: pz})
		t.store(t.fnma(a2, y, t.mul(t.mul(b0, a2), v{x}))[0], k, next)
		VMOVAPD(y[0], x)
		LEAQ(Mem{Base: pz, Index: width, Scale: 2}, pz)
		ADDQ(width, pr)
		ADDQ(width, ps)
		DECQ(sections)
		JNZ(LabelRef(label + "_section"))
		t.store(x, k, Mem{Base: out})
		for i, p := range []reg.GPVirtual{out, in, at} {
			d := Load(Param([]string{"dstStride", "srcStride", "fStride"}[i]), GP64())
			LEAQ(Mem{Base: p, Index: d, Scale: 8}, p)
		}
		DECQ(frames)
		JNZ(LabelRef(label))
	}, channels, offset)
}
