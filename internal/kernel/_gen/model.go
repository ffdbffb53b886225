package main

import "math"

// The constants and the order of operations are those of the reference: model.go.

var modelExp2Coefficients = []float64{
	1, 0x1.62e42fefa39f3p-1, 0x1.ebfbdff82c590p-3, 0x1.c6b08d6f2a289p-5, 0x1.3b2ab6fb41213p-7, 0x1.5d897e525c216p-10, 0x1.430a1d08ec681p-13,
}

var modelLog2Coefficients = [7]float64{
	0x1.71547652b82ffp+1, 0x1.ec709dc39ca37p-1, 0x1.2776c516a1832p-1, 0x1.a617567fc56e7p-2, 0x1.484fa9f30746ep-2,
	0x1.0bb7fe8aa189ep-2, 0x1.f17f267f467c8p-3,
}

func (t tier) modelExp2(x v) v {
	magic := t.num(roundMagic / 16)
	shifted := t.add(x, magic)
	r := t.sub(x, t.sub(shifted, magic))
	root := t.addWords(t.entry(rootTable(), shifted), t.shl(shifted, 48))
	return t.mul(root, t.horner(modelExp2Coefficients, 0, 1, r))
}

func (t tier) modelLogRatio(s, z, k v) v {
	c := modelLog2Coefficients
	z2 := t.mul(z, z)
	z4 := t.mul(z2, z2)
	a := t.fma(t.poly1(c[3], z, c[2]), z2, t.poly1(c[1], z, c[0]))
	b := t.fma(t.num(c[6]), z2, t.poly1(c[5], z, c[4]))
	return t.fma(s, t.fma(b, z4, a), k)
}

func (t tier) modelLog2(x v) v {
	m, k := t.splitMantissa(x)
	one := t.num(1)
	s := t.div(t.sub(m, one), t.add(m, one))
	return t.modelLogRatio(s, t.mul(s, s), k)
}

func (t tier) modelLog2Plus1(y v) v {
	one := t.num(1)
	m, k := t.splitMantissa(t.add(one, y))
	f := t.pick(t.cmp(cmpEQ, k, t.num(0)), y, t.sub(m, one))
	s := t.div(f, t.add(t.num(2), f))
	return t.modelLogRatio(s, t.modelSquare(s), k)
}

func (t tier) modelSquare(s v) v {
	small := t.max(t.abs(s), t.num(0x1p-60))
	return t.mul(small, small)
}

// modelClip brings exponents into the range of modelExp2.
func (t tier) modelClip(x v) v { return t.min(t.max(x, t.num(-1000)), t.num(1000)) }

// models are parts of models that work element by element.
func models() []op {
	return []op{
		{name: "softplus", params: "x", ways: 2, narrow: true, compute: func(g *group) v {
			e := g.modelExp2(g.modelClip(g.mul(g.abs(g.x()), g.num(-log2e))))
			return g.fma(g.num(math.Ln2), g.modelLog2Plus1(e), g.pick(g.cmp(cmpNLE, g.x(), g.num(0)), g.x(), g.num(0)))
		}},
	}
}

// hairCell writes both parts of the saturation of hair cells: the order of operations is that of hair_cell.go.
func hairCell(t tier) {
	ways := t.lanes / 4 // as far as the registers reach
	const slope, scale, exponent, corner = 0, 1, 2, 3
	lists(t, ways, "hairCellLogs", "dst x power", func(t tier, get func(list string) v, put func(x v, list string), law func(i int) v) {
		one := t.num(1)
		x := get("x")
		a := t.abs(x)
		y := t.mul(law(slope), a)
		m, k := t.splitMantissa(t.add(one, y))
		f := t.pick(t.cmp(cmpEQ, k, t.num(0)), y, t.sub(m, one))
		d := t.add(t.num(2), f)
		ma, ka := t.splitMantissa(a)
		fa, da := t.sub(ma, one), t.add(ma, one)
		inverse := t.div(one, t.mul(d, da))
		sa := t.mul(fa, t.mul(inverse, d))
		put(t.modelClip(t.mul(law(exponent), t.modelLogRatio(sa, t.mul(sa, sa), ka))), "power")
		s := t.mul(f, t.mul(inverse, da))
		level := t.withSign(t.modelLogRatio(s, t.modelSquare(s), k), x)
		put(t.fma(x, t.num(0), level), "dst")
	})
	lists(t, ways, "hairCellPowers", "dst power", func(t tier, get func(list string) v, put func(x v, list string), law func(i int) v) {
		power := t.modelExp2(get("power"))
		low := t.div(t.add(power, law(corner)), t.fma(t.num(3), power, law(corner)))
		level := get("dst")
		put(t.mul(t.mul(law(scale), level), t.pick(t.cmp(cmpLT, level, t.num(0)), low, t.num(1))), "dst")
	})
}
