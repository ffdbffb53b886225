package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// fir writes the kernels of finite responses; their definitions are in fir.go. All counts of lanes are multiples of a register.
func fir(t tier) {
	convolve(t)
	ring(t, "ringSplit", func(a, b, c, d, cos, sin reg.VecVirtual) (newA, newB, newC, newD reg.VecVirtual) {
		u := t.vec()
		s := t.vec()
		VMULPD(sin, d, s)
		VMULPD(sin, b, u)
		VFMSUB231PD(b, cos, s) // t
		VFMADD231PD(d, cos, u)
		VSUBPD(s, a, b)
		VADDPD(s, a, a)
		VSUBPD(u, c, d)
		VADDPD(u, c, c)
		return a, b, c, d
	})
	signs := func(x reg.VecVirtual) {
		VXORPD(t.signs(), x, x)
	}
	ring(t, "ringSplitReal", func(a, b, c, d, cos, sin reg.VecVirtual) (newA, newB, newC, newD reg.VecVirtual) {
		VMULPD(sin, b, c)
		VMOVAPD(c, d)
		signs(d)
		VMULPD(cos, b, b)
		x := t.vec()
		VSUBPD(b, a, x)
		VADDPD(b, a, a)
		return a, x, c, d
	})
	ring(t, "ringJoin", func(a, b, c, d, cos, sin reg.VecVirtual) (newA, newB, newC, newD reg.VecVirtual) {
		x, u := t.vec(), t.vec()
		VSUBPD(b, a, x)
		VSUBPD(d, c, u)
		VADDPD(b, a, a)
		VADDPD(d, c, c)
		VMULPD(sin, u, b)
		VMULPD(sin, x, d)
		VFMADD231PD(x, cos, b)
		VFMSUB231PD(u, cos, d)
		return a, b, c, d
	})
	complexProduct(t, "complexMul")
	complexProduct(t, "complexFMA")
}

// convolve writes convolve<tier>(dst, x, h, width, lanes, taps, frames), x at its first row that is not history. Eight frames
// go side by side: then a tap is loaded for all of them.
func convolve(t tier) {
	TEXT("convolve"+t.name, NOSPLIT, "func(dst, x, h *float64, width, lanes, taps, frames int)")
	Pragma("noescape")
	Doc("convolve" + t.name + " sums over taps as convolveGeneric does, for the first lanes of rows of width numbers.")
	dst := Load(Param("dst"), GP64())
	x := Load(Param("x"), GP64())
	h := Load(Param("h"), GP64())
	width := Load(Param("width"), GP64())
	count := Load(Param("lanes"), GP64())
	SHLQ(U8(3), width)
	width3 := GP64() // three rows
	LEAQ(Mem{Base: width, Index: width, Scale: 2}, width3)

	Label("group")
	frames := Load(Param("frames"), GP64())
	in, out := GP64(), GP64()
	MOVQ(x, in)
	MOVQ(dst, out)
	for _, size := range []int{8, 1} {
		label, next := "eight", "single"
		if size == 1 {
			label, next = "single", "next"
		}
		Label(label)
		CMPQ(frames, Imm(uint64(size)))
		JL(LabelRef(next))
		taps := Load(Param("taps"), GP64())
		row, tap := GP64(), GP64()
		MOVQ(in, row)
		MOVQ(h, tap)
		sums := make([]reg.VecVirtual, size)
		// each calls f with the places of the rows from p on.
		each := func(p reg.Register, f func(i int, at Mem)) {
			far := p
			for i := range size {
				if i == 4 {
					far = GP64()
					LEAQ(Mem{Base: p, Index: width, Scale: 4}, far)
				}
				switch i % 4 {
				case 0:
					f(i, Mem{Base: far})
				case 1:
					f(i, Mem{Base: far, Index: width, Scale: 1})
				case 2:
					f(i, Mem{Base: far, Index: width, Scale: 2})
				case 3:
					f(i, Mem{Base: far, Index: width3, Scale: 1})
				}
			}
		}
		k := t.vec()
		VMOVUPD(Mem{Base: tap}, k)
		each(row, func(i int, at Mem) {
			sums[i] = t.vec()
			VMULPD(at, k, sums[i])
		})
		JMP(LabelRef(label + "_count"))
		Label(label + "_tap")
		ADDQ(width, tap)
		SUBQ(width, row)
		VMOVUPD(Mem{Base: tap}, k)
		each(row, func(i int, at Mem) { VFMADD231PD(at, k, sums[i]) })
		Label(label + "_count")
		DECQ(taps)
		JNZ(LabelRef(label + "_tap"))
		each(out, func(i int, at Mem) { VMOVUPD(sums[i], at) })
		if size == 8 {
			LEAQ(Mem{Base: in, Index: width, Scale: 8}, in)
			LEAQ(Mem{Base: out, Index: width, Scale: 8}, out)
		} else {
			ADDQ(width, in)
			ADDQ(width, out)
		}
		SUBQ(Imm(uint64(size)), frames)
		JMP(LabelRef(label))
	}
	Label("next")
	advance(t.bytes(), dst, x, h)
	SUBQ(Imm(uint64(t.lanes)), count)
	JNZ(LabelRef("group"))
	VZEROUPPER()
	RET()
}

// ring writes name<tier>(re, im, cos, sin, groups, half): for every group the butterfly on its halves (a, c) and (b, d), each
// of half numbers.
func ring(t tier, name string, butterfly func(a, b, c, d, cos, sin reg.VecVirtual) (newA, newB, newC, newD reg.VecVirtual)) {
	TEXT(name+t.name, NOSPLIT, "func(re, im, cos, sin *float64, groups, half int)")
	Pragma("noescape")
	Doc(name + t.name + " is a pass of the ring's transform, as the reference does it.")
	re := Load(Param("re"), GP64())
	im := Load(Param("im"), GP64())
	cos := Load(Param("cos"), GP64())
	sin := Load(Param("sin"), GP64())
	groups := Load(Param("groups"), GP64())
	half := Load(Param("half"), GP64())
	SHLQ(U8(3), half)
	cs, sn := t.vec(), t.vec()
	Label("group")
	VBROADCASTSD(Mem{Base: cos}, cs)
	VBROADCASTSD(Mem{Base: sin}, sn)
	left := GP64()
	MOVQ(half, left)
	Label("lanes")
	places := []Mem{{Base: re}, {Base: re, Index: half, Scale: 1}, {Base: im}, {Base: im, Index: half, Scale: 1}}
	in := make([]reg.VecVirtual, 4)
	for i, at := range places {
		in[i] = t.vec()
		if i < 2 || name != "ringSplitReal" {
			VMOVUPD(at, in[i])
		}
	}
	a, b, c, d := butterfly(in[0], in[1], in[2], in[3], cs, sn)
	for i, r := range []reg.VecVirtual{a, b, c, d} {
		VMOVUPD(r, places[i])
	}
	advance(t.bytes(), re, im)
	SUBQ(Imm(uint64(t.bytes())), left)
	JNZ(LabelRef("lanes"))
	ADDQ(half, re)
	ADDQ(half, im)
	advance(8, cos, sin)
	DECQ(groups)
	JNZ(LabelRef("group"))
	VZEROUPPER()
	RET()
}

// complexProduct writes complexMul<tier> or complexFMA<tier>(re, im, xr, xi, hr, hi, n).
func complexProduct(t tier, name string) {
	TEXT(name+t.name, NOSPLIT, "func(re, im, xr, xi, hr, hi *float64, n int)")
	Pragma("noescape")
	Doc(name + t.name + " multiplies n complex numbers, a multiple of a register.")
	ptr := map[string]reg.Register{}
	for _, p := range []string{"re", "im", "xr", "xi", "hr", "hi"} {
		ptr[p] = Load(Param(p), GP64())
	}
	n := Load(Param("n"), GP64())
	i := GP64()
	XORQ(i, i)
	Label("loop")
	at := func(p string) Mem { return Mem{Base: ptr[p], Index: i, Scale: 8} }
	load := func(p string) reg.VecVirtual {
		r := t.vec()
		VMOVUPD(at(p), r)
		return r
	}
	xr, xi, hr, hi := load("xr"), load("xi"), load("hr"), load("hi")
	var re, im reg.VecVirtual
	if name == "complexMul" {
		re, im = t.vec(), t.vec()
		VMULPD(hr, xr, re)
		VMULPD(hi, xr, im)
	} else {
		re, im = load("re"), load("im")
		VFMADD231PD(hr, xr, re)
		VFMADD231PD(hi, xr, im)
	}
	VFNMADD231PD(hi, xi, re)
	VFMADD231PD(hr, xi, im)
	VMOVUPD(re, at("re"))
	VMOVUPD(im, at("im"))
	ADDQ(Imm(uint64(t.lanes)), i)
	CMPQ(i, n)
	JL(LabelRef("loop"))
	VZEROUPPER()
	RET()
}
