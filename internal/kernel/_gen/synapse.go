package main

import (
	"strings"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// lists writes name<tier>(lists..., law *float64, n int) done: a step of models whose state lies in lists, group by group. The tail
// is masked with AVX-512, left alone with AVX2. body reads and writes the lists by name; law gives the numbers that all share.
func lists(t tier, name, params string, body func(get func(list string) v, put func(x v, list string), law func(i int) v)) {
	TEXT(name+t.name, NOSPLIT, "func("+strings.ReplaceAll(params, " ", ", ")+", law *float64, n int) (done int)")
	Pragma("noescape")
	Doc(name + t.name + " computes elements as the reference does and returns how many it has done.")
	p := map[string]reg.Register{}
	for _, list := range strings.Fields(params + " law") {
		p[list] = Load(Param(list), GP64())
	}
	n := Load(Param("n"), GP64())
	i, left := GP64(), GP64()
	XORQ(i, i)
	MOVQ(n, left)
	compute := func(k reg.Register) {
		at := func(list string) Mem { return Mem{Base: p[list], Index: i, Scale: 8} }
		body(func(list string) v {
			return t.each(func(_ int, r reg.VecVirtual) { t.load(at(list), k, r) })
		}, func(x v, list string) {
			t.store(x[0], k, at(list))
		}, func(i int) v {
			return t.each(func(_ int, r reg.VecVirtual) { VBROADCASTSD(Mem{Base: p["law"], Disp: 8 * i}, r) })
		})
	}
	Label("one")
	CMPQ(left, Imm(uint64(t.lanes)))
	JL(LabelRef("tail"))
	compute(nil)
	ADDQ(Imm(uint64(t.lanes)), i)
	SUBQ(Imm(uint64(t.lanes)), left)
	JMP(LabelRef("one"))
	Label("tail")
	if t.lanes == 8 {
		TESTQ(left, left)
		JZ(LabelRef("end"))
		compute(tailMask(left))
		MOVQ(n, i)
	}
	Label("end")
	Store(i, ReturnIndex(0))
	VZEROUPPER()
	RET()
}

// synapse writes the steps of synapses and of fibres: the order of operations is that of synapse.go.
func synapse(t tier) {
	lists(t, "synapseStep", "rate drive immediate local", func(get func(list string) v, put func(x v, list string), law func(i int) v) {
		p, ci, cl := t.mul(law(0), get("drive")), get("immediate"), get("local")
		put(t.mul(ci, p), "rate")
		flow := t.mul(law(1), t.sub(cl, ci))
		nextImmediate := t.fma(law(4), t.sub(flow, t.mul(p, ci)), ci)
		nextLocal := t.fma(law(5), t.fms(law(2), t.sub(law(3), cl), flow), cl)
		empty := t.cmp(cmpLT, nextImmediate, t.num(0))
		put(t.choose(empty, func() v {
			one := t.num(1)
			share := t.div(p, law(1))
			steady := t.div(law(3), t.add(t.add(one, share), t.div(p, law(2))))
			nextLocal = t.pick(empty, t.mul(steady, t.add(one, share)), nextLocal)
			put(nextLocal, "local")
			return t.pick(empty, steady, nextImmediate)
		}, func() v {
			put(nextLocal, "local")
			return nextImmediate
		}), "immediate")
	})
	lists(t, "recoveryAdvance", "firing rate u e0 e1 rest", func(get func(list string) v, put func(x v, list string), law func(i int) v) {
		rest, one := get("rest"), t.num(1)
		active := t.cmp(cmpEQ, rest, t.num(0))
		e0, e1 := get("e0"), get("e1")
		e0, e1 = t.pick(active, t.mul(e0, law(0)), e0), t.pick(active, t.mul(e1, law(1)), e1)
		put(e0, "e0")
		put(e1, "e1")
		put(t.pick(active, rest, t.sub(rest, one)), "rest")
		now := t.mul(get("rate"), t.sub(t.sub(one, t.mul(law(2), e0)), t.mul(law(3), e1)))
		put(now, "firing")
		put(t.pick(active, t.sub(t.mul(now, law(4)), get("u")), t.num(-1)), "u")
	})
}
