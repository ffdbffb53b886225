package main

import (
	"strconv"
	"strings"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// basic are the operations of one rounding. Their definitions are in vec.go.
func basic() []op {
	ops := append(basicOps(), sums()...)
	for i := range ops {
		if ops[i].ways == 0 {
			ops[i].ways = 4
		}
	}
	return ops
}

func basicOps() []op {
	ops := []op{
		{name: "fill", params: "s", compute: func(g *group) v { return g.s[0] }},
		{name: "clip", params: "x lo hi", compute: func(g *group) v { return g.min(g.s[1], g.max(g.s[0], g.x())) }},
		{name: "select", params: "mask a b", compute: func(g *group) v {
			return g.pick(g.cmp(cmpNEU, g.x(), g.num(0)), g.in[1], g.in[2])
		}},
		{name: "neg", params: "x", compute: func(g *group) v { return g.neg(g.x()) }},
		{name: "abs", params: "x", compute: func(g *group) v { return g.abs(g.x()) }},
		{name: "sign", params: "x", compute: func(g *group) v {
			zero := g.num(0)
			r := g.pick(g.cmp(cmpGT, g.x(), zero), g.num(1), g.x())
			return g.pick(g.cmp(cmpLT, g.x(), zero), g.num(-1), r)
		}},
		{name: "floor", params: "x", compute: func(g *group) v { return g.round(roundDown, g.x()) }},
		{name: "ceil", params: "x", compute: func(g *group) v { return g.round(roundUp, g.x()) }},
		{name: "trunc", params: "x", compute: func(g *group) v { return g.round(roundToZero, g.x()) }},
		{name: "sqrt", params: "x", compute: func(g *group) v { return g.sqrt(g.x()) }},
		{name: "square", params: "x", compute: func(g *group) v { return g.mul(g.x(), g.x()) }},
		{name: "cube", params: "x", compute: func(g *group) v { return g.mul(g.mul(g.x(), g.x()), g.x()) }},
		{name: "reciprocal", params: "x", compute: func(g *group) v { return g.div(g.num(1), g.x()) }},
		{name: "rectify", params: "x", compute: func(g *group) v {
			return g.pick(g.cmp(cmpNLE, g.x(), g.num(0)), g.x(), g.num(0))
		}},
		{name: "not", params: "x", compute: func(g *group) v { return g.truth(g.cmp(cmpEQ, g.x(), g.num(0))) }},
		{name: "and", params: "a b", ways: 2, compute: func(g *group) v {
			zero := g.num(0)
			return g.pick(g.cmp(cmpNEU, g.in[0], zero), g.truth(g.cmp(cmpNEU, g.in[1], zero)), zero)
		}},
		{name: "or", params: "a b", ways: 2, compute: func(g *group) v {
			zero := g.num(0)
			return g.pick(g.cmp(cmpNEU, g.in[0], zero), g.num(1), g.truth(g.cmp(cmpNEU, g.in[1], zero)))
		}},
		{name: "flush", params: "x", compute: func(g *group) v {
			return g.pick(g.cmp(cmpLT, g.abs(g.x()), g.num(1e-200)), g.num(0), g.x())
		}},
	}
	// two adds the form with two vectors and the one whose right operand is a scalar.
	two := func(name string, f func(g *group, a, b v) v) {
		ops = append(ops,
			op{name: name, params: "a b", compute: func(g *group) v { return f(g, g.in[0], g.in[1]) }},
			op{name: name + "Scalar", params: "a s", compute: func(g *group) v { return f(g, g.in[0], g.s[0]) }})
	}
	two("add", func(g *group, a, b v) v { return g.add(a, b) })
	two("sub", func(g *group, a, b v) v { return g.sub(a, b) })
	two("mul", func(g *group, a, b v) v { return g.mul(a, b) })
	two("div", func(g *group, a, b v) v { return g.div(a, b) })
	// The instructions give the second operand if there is a NaN; the rule wants a NaN of either.
	two("min", func(g *group, a, b v) v { return g.pick(g.cmp(cmpUnordered, a, a), a, g.min(a, b)) })
	two("max", func(g *group, a, b v) v { return g.pick(g.cmp(cmpUnordered, a, a), a, g.max(a, b)) })
	for _, c := range []struct {
		name string
		pred uint8
	}{{"less", cmpLT}, {"lessEqual", cmpLE}, {"greater", cmpGT}, {"greaterEqual", cmpGE}, {"equal", cmpEQ}, {"notEqual", cmpNEU}} {
		two(c.name, func(g *group, a, b v) v { return g.truth(g.cmp(c.pred, a, b)) })
	}
	return append(ops,
		op{name: "divBy", params: "a s high low", ways: 2, compute: func(g *group) v {
			return g.divideBy(g.x(), g.s[0], g.s[1], g.s[2])
		}},
		op{name: "scalarSub", params: "s a", compute: func(g *group) v { return g.sub(g.s[0], g.x()) }},
		op{name: "scalarDiv", params: "s a", compute: func(g *group) v { return g.div(g.s[0], g.x()) }})
}

// sums are those of one to four scaled vectors, with a constant at the end or without one.
func sums() []op {
	var ops []op
	params := strings.Fields("a s b t c u d r")
	for n := 1; n <= 4; n++ {
		for _, constant := range []bool{false, true} {
			if n == 1 && !constant {
				continue
			}
			o := op{name: "sum" + strconv.Itoa(n), params: strings.Join(params[:2*n], " "), ways: 4}
			if n > 2 {
				o.ways = 2 // for the registers of AVX2
			}
			if constant {
				o.name, o.params = o.name+"Offset", o.params+" offset"
			}
			o.compute = func(g *group) v {
				sum := g.mul(g.in[0], g.s[0])
				for k := 1; k < n; k++ {
					sum = g.add(sum, g.mul(g.in[k], g.s[k]))
				}
				if constant {
					sum = g.add(sum, g.s[n])
				}
				return sum
			}
			ops = append(ops, o)
		}
	}
	return ops
}

// divideBy is the quotient by its divisor's reciprocal high + low: see Reciprocal. Among registers with zeros, of which signals are
// full, zeros get their sign at the end; those with numbers for which the reciprocal is not safe are divided.
func (t tier) divideBy(x, s, high, low v) v {
	product := func() v { return t.fma(x, high, t.mul(x, low)) }
	careful := func() v {
		return t.choose(t.outside(x, 0x1p-400, 0x1p400), func() v { return t.div(x, s) }, func() v {
			return t.withSign(product(), t.xor(x, s))
		})
	}
	if t.lanes == 4 { // of so few registers
		return careful()
	}
	return t.choose(t.beyondWindow(x), careful, product)
}

// beyondWindow is not empty if any magnitude is not from 2^-511 up to below 2^512: within it, the two highest bits of the exponent
// are different. AVX-512 only.
func (t tier) beyondWindow(x v) where {
	double := t.addWords(x, x)
	all := t.vec()
	VPXORQ(double[0], x[0], all)
	for i := 1; i < t.ways; i++ {
		VPTERNLOGQ(U8(0x60), double[i], x[i], all) // all and (x xor double)
	}
	k := K()
	VPTESTNMQ(t.words(1 << 62)[0], all, k)
	return where{k: []reg.Register{k}}
}

// truth is 1 in the lanes w, 0 elsewhere.
func (t tier) truth(w where) v { return t.pick(w, t.num(1), t.num(0)) }

// min is a where a < b, else b; max is a where a > b, else b.
func (t tier) min(a, b v) v { return t.binary(VMINPD, a, b) }
func (t tier) max(a, b v) v { return t.binary(VMAXPD, a, b) }

// Directions of rounding to integers, without the exception for inexact results.
const (
	roundDown   = 9
	roundUp     = 10
	roundToZero = 11
)

func (t tier) round(direction uint8, x v) v {
	return t.each(func(i int, r reg.VecVirtual) {
		if t.lanes == 8 {
			VRNDSCALEPD(U8(direction), x[i], r)
		} else {
			VROUNDPD(U8(direction), x[i], r)
		}
	})
}
