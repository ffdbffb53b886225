package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The constants and the order of operations are those of the reference: compensation.go.
const (
	erbSlope     = 24.7 * 4.37e-3
	erbLeast     = 24.7
	inversePi    = 0x1.45f306dc9c883p-2
	pi           = 0x1.921fb54442d18p+1
	inverseMagic = 0x5fe6eb50c7b537a9
	decayLeast   = -1000
)

var (
	shortSine = []float64{
		-0x1.5555555555421p-3, 0x1.111111110726bp-7, -0x1.a01a0198a6ad7p-13, 0x1.71de3790c973dp-19, -0x1.ae6335443c969p-26,
		0x1.60e2464b21be9p-33, -0x1.9e97bd76c4259p-41,
	}
	shortCosine = []float64{
		1, -0x1.ffffffffffb29p-2, 0x1.555555553c444p-5, -0x1.6c16c1611d208p-10, 0x1.a019fd1153176p-16, -0x1.27e3f82e4feadp-22,
		0x1.1eae266e10b1fp-29, -0x1.8377b66e4f322p-37,
	}
)

func (t tier) turn(x v) (sin, cos v) {
	magic := t.num(roundMagic)
	n := t.sub(t.fma(x, t.num(inversePi), magic), magic)
	r := t.fnma(n, t.num(pi), x)
	z := t.mul(r, r)
	polynomials := t.together(z, shortSine, shortCosine)
	return t.fma(t.mul(r, z), polynomials[0], r), polynomials[1]
}

// rootOfQuotient is √(a/b). A division and a root would be exact, and keep the processor waiting.
func (t tier) rootOfQuotient(a, b v) v {
	x, one := t.mul(a, b), t.num(1)
	y := t.subWords(t.words(inverseMagic), t.shr(x, 1))
	h := t.fnma(t.mul(x, y), y, one)
	y = t.fma(t.mul(y, h), t.horner([]float64{0x1.000030943cc25p-1, 0x1.811720e9cd266p-2, 0x1.400067d10c0ddp-2}, 0, 1, h), y)
	h = t.fnma(t.mul(x, y), y, one)
	g := t.mul(a, y)
	return t.fma(t.mul(g, h), t.poly1(0.375, h, 0.5), g)
}

// together are polynomials in x, step by step side by side, so that one does not wait for itself.
func (t tier) together(x v, polynomials ...[]float64) []v {
	sums := make([]v, len(polynomials))
	longest := 0
	for i, c := range polynomials {
		sums[i] = t.each(func(_ int, r reg.VecVirtual) { VBROADCASTSD(word(math.Float64bits(c[len(c)-1])), r) })
		longest = max(longest, len(c))
	}
	for step := 2; step <= longest; step++ {
		for i, c := range polynomials {
			if step > len(c) {
				continue
			}
			for way, r := range sums[i] {
				if k := c[len(c)-step]; t.lanes == 8 {
					VFMADD213PD_BCST(word(math.Float64bits(k)), x[way], r)
				} else {
					VFMADD213PD(word4(k), x[way], r)
				}
			}
		}
	}
	return sums
}

// tilt is what the sections of a filter have in common; it is kept in memory, to leave the registers for them.
type tilt struct {
	tier
	place map[string]Mem
}

var tiltNames = []string{"at", "erb", "width", "sin", "cos", "w", "mirror"}

// newTilt makes room for a number of ways, in whole lines of the cache.
func newTilt(t tier, ways int) *tilt {
	size := ways * t.bytes()
	local, base := AllocLocal(len(tiltNames)*size+64), GP64()
	LEAQ(local, base)
	ADDQ(Imm(63), base)
	ANDQ(I8(-64), base)
	p := &tilt{t, map[string]Mem{}}
	for i, name := range tiltNames {
		p.place[name] = Mem{Base: base, Disp: i * size}
	}
	return p
}

func (t *tilt) keep(name string, x v) {
	for way, r := range x {
		VMOVUPD(r, t.place[name].Offset(way*t.bytes()))
	}
}

func (t *tilt) kept(name string) v {
	return t.each(func(way int, r reg.VecVirtual) { VMOVUPD(t.place[name].Offset(way*t.bytes()), r) })
}

// set computes what is in common at the frequencies f.
func (t *tilt) set(f v) {
	half := t.same(t.spread("half"))
	at, erb := t.mul(f, half), t.fma(f, t.num(erbSlope), t.num(erbLeast))
	t.keep("at", at)
	t.keep("erb", erb)
	t.keep("width", t.mul(erb, half))
	sin, cos := t.turn(at)
	w := t.mul(sin, sin)
	t.keep("sin", sin)
	t.keep("cos", cos)
	t.keep("w", w)
	t.keep("mirror", t.fma(t.num(-2), w, t.num(1)))
}

// with is the same place for a number of ways.
func (t *tilt) with(ways int) *tilt { return &tilt{t.tier.with(ways), t.place} }

// section computes b_0, b_1/b_0, a_1 and a_2 = b_2/b_0 of a section; radius and shift load its constants.
func (t *tilt) section(radius, shift func() v) (b0, b1, a1, a2 v) {
	r := t.modelExp2(t.max(t.mul(radius(), t.kept("erb")), t.num(decayLeast)))
	delta := t.mul(shift(), t.kept("width"))
	sin, cos := t.turn(delta)
	across := t.mul(t.kept("sin"), cos)
	pole, zero := t.fma(t.kept("cos"), sin, across), t.fnma(t.kept("cos"), sin, across)
	at := t.kept("at")
	pole = t.squareWhere(t.cmp(cmpNLT, at, t.neg(delta)), pole)
	zero = t.squareWhere(t.cmp(cmpNLT, at, delta), zero)
	rest := t.sub(t.num(1), r)
	q, r2 := t.mul(rest, rest), t.add(r, r)
	r4 := t.add(r2, r2)
	r8 := t.add(r4, r4)
	a2 = t.mul(r, r)
	wide := t.kept("w")
	w, slope, level := t.mul(r4, wide), t.mul(r8, t.kept("mirror")), t.fma(r8, wide, q)
	magnitude := func(x v) v {
		d := t.fnma(r4, x, w)
		return t.fma(d, d, t.mul(q, t.fma(x, slope, level)))
	}
	a1, b1 = t.fms(r4, pole, r2), t.fms(r4, zero, r2)
	return t.rootOfQuotient(magnitude(pole), magnitude(zero)), b1, a1, a2
}

// squareWhere is x² in the lanes w, elsewhere 0.
func (t tier) squareWhere(w where, x v) v {
	if t.lanes == 4 {
		return t.and(w.r, t.mul(x, x))
	}
	return t.each(func(i int, r reg.VecVirtual) { VMULPD_Z(x[i], x[i], w.k[i], r) })
}

// compensationLoop calls group for groups of channels of a bank of width channels, and moves the pointers on. After it the function ends.
// channels is a multiple of 4 for AVX2.
func compensationLoop(p *tilt, group func(p *tilt, label string, k reg.Register), channels reg.Register, pointers ...reg.Register) {
	loop := func(label, next string, ways int) {
		Label(label)
		CMPQ(channels, Imm(uint64(ways*p.lanes)))
		JL(LabelRef(next))
		group(p.with(ways), label+"_group", nil)
		for _, q := range pointers {
			ADDQ(U32(ways*p.bytes()), q)
		}
		SUBQ(Imm(uint64(ways*p.lanes)), channels)
		JMP(LabelRef(label))
	}
	if p.lanes == 8 {
		loop("two", "one", 2)
	}
	loop("one", "tail", 1)
	Label("tail")
	if p.lanes == 8 {
		TESTQ(channels, channels)
		JZ(LabelRef("end"))
		group(p, "rest", tailMask(channels))
	}
	Label("end")
	VZEROUPPER()
	RET()
}

// from is how groups load lanes.
func (t tier) from(p Mem, k reg.Register) func() v {
	return func() v {
		return t.each(func(way int, r reg.VecVirtual) { t.load(p.Offset(way*t.bytes()), k, r) })
	}
}

// to stores lanes.
func (t tier) to(p Mem, k reg.Register, x v) {
	for way, r := range x {
		t.store(r, k, p.Offset(way*t.bytes()))
	}
}

// compensationDesign writes compensationDesign<tier>(b, a, f, radius, shift, width, channels, sections, half): the coefficients of channels
// of a bank of width channels, the pointers at the first of them.
func compensationDesign(t tier) {
	TEXT("compensationDesign"+t.name, 0, "func(b, a, f, radius, shift *float64, width, channels, sections int, half float64)")
	Pragma("noescape")
	Doc("compensationDesign" + t.name + " computes the coefficients of asymmetric compensation filters, as the reference does.")
	width, channels := Load(Param("width"), GP64()), Load(Param("channels"), GP64())
	offset := zeroed()
	SHLQ(U8(3), width)
	compensationLoop(newTilt(t, 2), func(p *tilt, label string, k reg.Register) {
		f, b, a, radius, shift := moved("f", offset), moved("b", offset), moved("a", offset), moved("radius", offset), moved("shift", offset)
		sections := Load(Param("sections"), GP64())
		p.set(p.from(Mem{Base: f}, k)())
		Label(label)
		b0, b1, a1, a2 := p.section(p.from(Mem{Base: radius}, k), p.from(Mem{Base: shift}, k))
		put := func(q reg.Register, x v) {
			p.to(Mem{Base: q}, k, x)
			ADDQ(width, q)
		}
		put(a, a1)
		put(a, a2)
		put(b, b0)
		put(b, p.mul(b0, b1))
		put(b, p.mul(b0, a2))
		ADDQ(width, radius)
		ADDQ(width, shift)
		DECQ(sections)
		JNZ(LabelRef(label))
	}, channels, offset)
}

func zeroed() reg.GPVirtual {
	r := GP64()
	XORQ(r, r)
	return r
}

// moved is a pointer among the parameters, moved on by some bytes.
func moved(param string, offset reg.Register) reg.GPVirtual {
	p := GP64()
	Load(Param(param), p)
	ADDQ(offset, p)
	return p
}

// compensationRun writes compensationRun<tier>(dst, src, f, radius, shift, state, width, channels, sections, frames, dstStride, srcStride,
// fStride, half): frames through channels of a bank of width channels, the pointers at the first of them, strides in numbers.
func compensationRun(t tier) {
	TEXT("compensationRun"+t.name, 0, "func(dst, src, f, radius, shift, state *float64, width, channels, sections, frames, dstStride, srcStride, fStride int, half float64)")
	Pragma("noescape")
	Doc("compensationRun" + t.name + " filters by asymmetric compensation filters at frequencies of every frame, as the reference does.")
	width, channels := Load(Param("width"), GP64()), Load(Param("channels"), GP64())
	offset := zeroed() // of the channels from the first of them
	SHLQ(U8(3), width)
	compensationLoop(newTilt(t, 2), func(p *tilt, label string, k reg.Register) {
		out, in, at, frames := moved("dst", offset), moved("src", offset), moved("f", offset), GP64()
		Load(Param("frames"), frames)
		Label(label)
		p.set(p.from(Mem{Base: at}, k)())
		state, radius, shift := moved("state", offset), moved("radius", offset), moved("shift", offset)
		sections := Load(Param("sections"), GP64())
		x := p.from(Mem{Base: in}, k)()
		Label(label + "_section")
		b0, b1, a1, a2 := p.section(p.from(Mem{Base: radius}, k), p.from(Mem{Base: shift}, k))
		first, second := Mem{Base: state}, Mem{Base: state, Index: width, Scale: 1}
		y := p.fma(b0, x, p.from(first, k)())
		p.to(first, k, p.fnma(a1, y, p.fma(p.mul(b0, b1), x, p.from(second, k)())))
		p.to(second, k, p.fnma(a2, y, p.mul(p.mul(b0, a2), x)))
		for way, r := range y {
			VMOVAPD(r, x[way])
		}
		LEAQ(Mem{Base: state, Index: width, Scale: 2}, state)
		ADDQ(width, radius)
		ADDQ(width, shift)
		DECQ(sections)
		JNZ(LabelRef(label + "_section"))
		p.to(Mem{Base: out}, k, x)
		for i, q := range []reg.GPVirtual{out, in, at} {
			d := Load(Param([]string{"dstStride", "srcStride", "fStride"}[i]), GP64())
			LEAQ(Mem{Base: q, Index: d, Scale: 8}, q)
		}
		DECQ(frames)
		JNZ(LabelRef(label))
	}, channels, offset)
}
