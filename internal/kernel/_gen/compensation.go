package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// The constants and the order of operations are those of the reference: compensation.go.
const (
	inversePi = 0x1.45f306dc9c883p-2
	piHigh    = 0x1.921fb54442d18p+1
	piLow     = 0x1.1a62633145c07p-53
)

var wideSine = []float64{
	-0x1.5555555555555p-3, 0x1.11111111110bcp-7, -0x1.a01a01a0147eep-13, 0x1.71de3a528cf43p-19, -0x1.ae6454d064a0dp-26,
	0x1.6123ccd5129a8p-33, -0x1.ae439dc2f7c23p-41, 0x1.88384312797a7p-49,
}

func (t tier) versine(x v) v {
	magic := t.num(roundMagic)
	n := t.sub(t.fma(x, t.num(inversePi), magic), magic)
	r := t.fnma(n, t.num(piLow), t.fnma(n, t.num(piHigh), x))
	z := t.mul(r, r)
	s := t.fma(t.mul(r, z), t.horner(wideSine, 0, 1, z), r)
	return t.mul(t.mul(s, s), t.num(2))
}

// rectify is x where it is above 0 or NaN, else 0.
func (t tier) rectify(x v) v { return t.pick(t.cmp(cmpNLE, x, t.num(0)), x, t.num(0)) }

// compensation writes compensation<tier>(b0, b1, b2, a1, a2, f, erb, at, radius, shift, n, half) done: groups of lanes until n, a
// multiple of them, or until a group that has to be left to the reference.
func compensation(t tier) {
	TEXT("compensation"+t.name, NOSPLIT, "func(b0, b1, b2, a1, a2, f, erb, at, radius, shift *float64, n int, half float64) (done int)")
	Pragma("noescape")
	Doc("compensation" + t.name + " computes a section of asymmetric compensation filters, as the reference does.")
	i := GP64()
	XORQ(i, i)
	place := func(param string) Mem {
		return Mem{Base: Load(Param(param), GP64()), Index: i, Scale: 8}
	}
	Label("loop")
	load := func(param string) v {
		r := t.vec()
		VMOVUPD(place(param), r)
		return v{r}
	}
	store := func(param string, x v) { VMOVUPD(x[0], place(param)) }
	g := &group{tier: t, stop: "stop"}
	halfV := func() v { return v{t.spread("half")} }
	erb := load("erb")
	r := g.exp(t.mul(load("radius"), erb))
	delta := t.mul(load("shift"), erb)
	square := t.mul(r, r)
	rest := t.sub(t.num(1), r)
	q, p := t.mul(rest, rest), t.mul(t.num(2), r)
	// magnitude is M of the angles whose 1 - cos is phi.
	magnitude := func(phi, w v) v {
		d := t.mul(p, t.sub(w, phi))
		sum := t.fnma(w, phi, t.add(w, phi))
		return t.fma(d, d, t.mul(q, t.fma(t.mul(t.num(4), r), sum, q)))
	}
	pole := t.versine(t.mul(t.rectify(t.add(load("f"), delta)), halfV()))
	w := load("at")
	over := magnitude(pole, w)
	store("a1", t.mul(p, t.sub(pole, t.num(1))))
	store("a2", square)
	zero := t.versine(t.mul(t.rectify(t.sub(load("f"), delta)), halfV()))
	gain := t.sqrt(t.div(over, magnitude(zero, w)))
	store("b0", gain)
	store("b1", t.mul(gain, t.mul(p, t.sub(zero, t.num(1)))))
	store("b2", t.mul(gain, square))
	ADDQ(Imm(uint64(t.lanes)), i)
	n := Load(Param("n"), GP64())
	CMPQ(i, n)
	JL(LabelRef("loop"))
	Label("stop")
	Store(i, ReturnIndex(0))
	VZEROUPPER()
	RET()
}
