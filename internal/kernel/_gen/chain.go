package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// chainWays is how many registers hold the accumulators of a group.
const chainWays = 8

// The fields of a step [bytes].
const (
	chainOp = 4 * iota
	chainFrom
	chainTo
	chainView
	chainOther
	chainScalar
	chainStepBytes
)

// chain writes chain<tier>(code, steps, views, table, n) (done int, bad uint32). Elements go in groups of several registers, then of one; the
// tail is masked with AVX-512 and left alone with AVX2.
func chain(t tier) {
	TEXT("chain"+t.name, NOSPLIT, "func(code *int32, steps int, views *[]float64, table *float64, n int) (done int, bad uint32)")
	Pragma("noescape")
	Doc("chain" + t.name + " runs a chain as the reference does and returns how many elements it has done; bad is not zero if one that it watched is not finite.")
	code := Load(Param("code"), GP64())
	end := Load(Param("steps"), GP64())
	IMUL3Q(Imm(chainStepBytes), end, end)
	ADDQ(code, end)
	views := Load(Param("views"), GP64())
	table := Load(Param("table"), GP64())
	left := Load(Param("n"), GP64())
	offset := GP64() // of the group in every view [bytes]
	XORQ(offset, offset)
	bad := GP32()
	XORL(bad, bad)
	loop := func(label, next string, t tier) {
		Label(label)
		CMPQ(left, Imm(uint64(t.ways*t.lanes)))
		JL(LabelRef(next))
		t.chainGroup(label, code, end, views, table, offset, nil, bad)
		ADDQ(U32(uint32(t.ways*t.bytes())), offset)
		SUBQ(Imm(uint64(t.ways*t.lanes)), left)
		JMP(LabelRef(label))
	}
	loop("many", "some", t.with(chainWays))
	loop("some", "one", t.with(chainWays/2))
	loop("one", "tail", t)
	Label("tail")
	if t.lanes == 8 {
		TESTQ(left, left)
		JZ(LabelRef("stop"))
		t.chainGroup("masked", code, end, views, table, offset, tailMask(left), bad)
		LEAQ(Mem{Base: offset, Index: left, Scale: 8}, offset)
		Label("stop")
	}
	SHRQ(Imm(3), offset)
	Store(offset, ReturnIndex(0))
	Store(bad, ReturnIndex(1))
	VZEROUPPER()
	RET()
}

// chainGroup runs all steps for one group.
func (t tier) chainGroup(name string, code, end, views, table, offset reg.Register, k, bad reg.Register) {
	pc := GP64()
	MOVQ(code, pc)
	op := GP32()
	a := t.each(func(_ int, r reg.VecVirtual) { VXORPD(r, r, r) })
	field := func(offset int) reg.Register {
		p := GP64()
		MOVLQSX(Mem{Base: pc, Disp: offset}, p)
		return p
	}
	// at is the place of the group in a view.
	at := func(view reg.Register) reg.Register {
		p := GP64()
		LEAQ(Mem{Base: view, Index: view, Scale: 2}, p)
		MOVQ(Mem{Base: views, Index: p, Scale: 8}, p)
		ADDQ(offset, p)
		return p
	}
	way := func(p reg.Register, i int) Mem { return Mem{Base: p, Disp: i * t.bytes()} }
	// elements are those of the view at p, in registers where there is a mask.
	elements := func(p reg.Register, i int) Op {
		if k == nil {
			return way(p, i)
		}
		r := t.vec()
		t.load(way(p, i), k, r)
		return r
	}
	entry := func(offset int) Mem { return Mem{Base: table, Index: field(offset), Scale: 8} }
	scalar := func() reg.VecVirtual {
		r := t.vec()
		VBROADCASTSD(entry(chainScalar), r)
		return r
	}
	step, store, done := name+"step", name+"store", name+"done"
	withView := func(f func(v Op, a reg.VecVirtual)) func() {
		return func() {
			p := at(field(chainView))
			for i, r := range a {
				f(elements(p, i), r)
			}
		}
	}
	withScalar := func(f func(s, a reg.VecVirtual)) func() {
		return func() {
			s := scalar()
			for _, r := range a {
				f(s, r)
			}
		}
	}
	alone := func(f func(a reg.VecVirtual)) func() {
		return func() {
			for _, r := range a {
				f(r)
			}
		}
	}
	loaded := func(v Op) reg.VecVirtual {
		r := t.vec()
		VMOVUPD(v, r)
		return r
	}
	mul := withView(func(v Op, a reg.VecVirtual) { VMULPD(v, a, a) })
	mulScalar := withScalar(func(s, a reg.VecVirtual) { VMULPD(s, a, a) })
	add := withView(func(v Op, a reg.VecVirtual) { VADDPD(v, a, a) })
	sub := withView(func(v Op, a reg.VecVirtual) { VSUBPD(v, a, a) })
	from := withView(func(v Op, a reg.VecVirtual) { VSUBPD(a, loaded(v), a) })
	addScaled := func() {
		p, s := at(field(chainView)), scalar()
		for i, r := range a {
			product := t.vec()
			VMULPD(elements(p, i), s, product)
			VADDPD(product, r, r)
		}
	}
	addScalar := withScalar(func(s, a reg.VecVirtual) { VADDPD(s, a, a) })
	subScalar := withScalar(func(s, a reg.VecVirtual) { VSUBPD(s, a, a) })
	fromScalar := withScalar(func(s, a reg.VecVirtual) { VSUBPD(a, s, a) })
	divScalar := func() {
		s, reciprocal := scalar(), entry(chainOther)
		high, low := t.vec(), t.vec()
		VBROADCASTSD(reciprocal, high)
		VBROADCASTSD(reciprocal.Offset(8), low)
		together := 1 // as the registers reach
		if t.lanes == 8 {
			together = 3
		}
		for i := 0; i < t.ways; i += together {
			some := a[i:min(i+together, t.ways)]
			few := t.with(len(some))
			for j, q := range few.divideBy(some, few.same(s), few.same(high), few.same(low)) {
				VMOVAPD(q, some[j])
			}
		}
	}
	div := withView(func(v Op, a reg.VecVirtual) { VDIVPD(v, a, a) })
	into := withView(func(v Op, a reg.VecVirtual) { VDIVPD(a, loaded(v), a) })
	divAny := withScalar(func(s, a reg.VecVirtual) { VDIVPD(s, a, a) })
	intoScalar := withScalar(func(s, a reg.VecVirtual) { VDIVPD(a, s, a) })
	square := alone(func(a reg.VecVirtual) { VMULPD(a, a, a) })
	cube := alone(func(a reg.VecVirtual) {
		square := t.vec()
		VMULPD(a, a, square)
		VMULPD(a, square, a)
	})
	neg := func() {
		sign := t.signs()
		for _, r := range a {
			VXORPD(sign, r, r)
		}
	}
	where := func() {
		p, other := at(field(chainView)), at(field(chainOther))
		zero := t.num(0)[0]
		one := t.with(1)
		for i, r := range a {
			mask := loaded(elements(p, i))
			VMOVAPD(one.pick(one.cmp(cmpNEU, v{mask}, v{zero}), v{r}, v{loaded(elements(other, i))})[0], r)
		}
	}
	// watch adds up elements times zero, which is NaN where one is not finite.
	watch := func() {
		zero := t.vec()
		VXORPD(zero, zero, zero)
		var sums []reg.VecVirtual
		for i, r := range a {
			switch {
			case i >= 2:
				VFMADD231PD(r, zero, sums[i%2])
				continue
			case k != nil:
				sum := t.vec()
				VMULPD_Z(r, zero, k, sum)
				sums = append(sums, sum)
			default:
				sum := t.vec()
				VMULPD(r, zero, sum)
				sums = append(sums, sum)
			}
		}
		if len(sums) == 2 {
			VADDPD(sums[1], sums[0], sums[0])
		}
		lanes := GP32()
		if t.lanes == 8 {
			nan := K()
			VCMPPD(U8(cmpUnordered), sums[0], sums[0], nan)
			KMOVB(nan, lanes)
		} else {
			VCMPPD(U8(cmpUnordered), sums[0], sums[0], sums[0])
			VMOVMSKPD(sums[0], lanes)
		}
		ORL(lanes, bad)
	}
	// In the order of the operations of the reference, with how frequent they are in equations.
	handlers := []struct {
		code   func()
		weight int
	}{
		{mul, 20},
		{mulScalar, 20},
		{add, 10},
		{sub, 10},
		{from, 3},
		{addScaled, 8},
		{addScalar, 8},
		{subScalar, 4},
		{fromScalar, 8},
		{divScalar, 10},
		{div, 3},
		{into, 1},
		{divAny, 1},
		{intoScalar, 2},
		{square, 1},
		{cube, 1},
		{neg, 2},
		{where, 2},
		{func() {}, 1},
		{watch, 6},
	}
	label := func(o int) string { return fmt.Sprintf("%sop%d", name, o) }
	// A tree of comparisons: the sequence is the same for every group, so that the processor foresees it.
	var choose func(from, to int)
	choose = func(from, to int) {
		if to-from == 1 {
			JMP(LabelRef(label(from)))
			return
		}
		total := 0
		for _, h := range handlers[from:to] {
			total += h.weight
		}
		middle, lower := from+1, handlers[from].weight
		for middle < to-1 && 2*lower+handlers[middle].weight <= total {
			lower += handlers[middle].weight
			middle++
		}
		CMPL(op, Imm(uint64(middle)))
		if to-middle == 1 {
			JGE(LabelRef(label(middle)))
			choose(from, middle)
			return
		}
		upper := fmt.Sprintf("%sfrom%d", name, middle)
		JGE(LabelRef(upper))
		choose(from, middle)
		Label(upper)
		choose(middle, to)
	}
	Label(step)
	MOVL(Mem{Base: pc, Disp: chainOp}, op)
	source := field(chainFrom)
	TESTQ(source, source)
	JS(LabelRef(name + "held"))
	p := at(source)
	for i, r := range a {
		t.load(way(p, i), k, r)
	}
	Label(name + "held")
	choose(0, len(handlers))
	target := GP64()
	advance := func() {
		ADDQ(Imm(chainStepBytes), pc)
		CMPQ(pc, end)
		JNE(LabelRef(step))
	}
	// Every handler goes on to the next step by itself: jumps that are taken are what the processor does one at a time.
	for o, h := range handlers {
		Label(label(o))
		h.code()
		MOVLQSX(Mem{Base: pc, Disp: chainTo}, target)
		TESTQ(target, target)
		JNS(LabelRef(store))
		advance()
		JMP(LabelRef(done))
	}
	Label(store)
	p = at(target)
	for i, r := range a {
		t.store(r, k, way(p, i))
	}
	advance()
	Label(done)
}
