package main

// The constants and the order of operations are those of the reference: loudness.go.

var briefLogSeries = []float64{
	2, 0x1.5555555553960p-1, 0x1.999999a294bbap-2, 0x1.24924176d7439p-2, 0x1.c722789942884p-3, 0x1.732c13fc2e3fbp-3, 0x1.58785e4803f32p-3,
}

const powerMost = 700

// loudness are the operations of models that follow the level of a sound.
func loudness() []op {
	return []op{
		{name: "follow", params: "a b s", ways: 4, compute: func(g *group) v {
			u, fallen := g.in[1], g.mul(g.in[0], g.s[0])
			x := g.pick(g.cmp(cmpUnordered, u, u), u, g.max(u, fallen))
			return g.pick(g.cmp(cmpLT, g.abs(x), g.num(1e-300)), g.num(0), x)
		}},
		{name: "loudness", params: "a b s t lo hi high low", stops: true, ways: 2, compute: func(g *group) v {
			// Read where they are used: AVX2 has no registers to keep them in.
			param := func(name string) v { return g.same(g.spread(name)) }
			x := g.mul(param("hi"), g.briefPower(g.in[1], param("lo")))
			x = g.max(g.num(1), g.fma(param("t"), g.briefPower(g.in[0], param("s")), x)) // of NaN and 1 NaN
			g.jump(g.notNormal(x))
			return g.fma(param("high"), g.briefLog(x), param("low"))
		}},
	}
}

func (t tier) briefLog(x v) v {
	m, k := t.splitMantissa(x)
	s := t.div(t.sub(m, t.num(1)), t.add(m, t.num(1)))
	return t.fma(k, t.num(ln2), t.mul(s, t.horner(briefLogSeries, 0, 1, t.mul(s, s))))
}

// briefPower is a^p for zeros and normal numbers above them.
func (t *group) briefPower(a, p v) v {
	zero := t.cmp(cmpEQ, a, t.num(0))
	a = t.pick(zero, t.num(1), a)
	t.jump(t.notNormal(a))
	x := t.mul(p, t.briefLog(a))
	t.jump(t.cmp(cmpNLE, t.abs(x), t.num(powerMost)))
	return t.pick(zero, t.num(0), t.briefExp(x))
}
