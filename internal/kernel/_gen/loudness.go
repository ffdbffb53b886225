package main

import "math"

// The constants and the order of operations are those of the reference: loudness.go.

var briefLogSeries = []float64{
	2, 0x1.5555555553960p-1, 0x1.999999a294bbap-2, 0x1.24924176d7439p-2, 0x1.c722789942884p-3, 0x1.732c13fc2e3fbp-3, 0x1.58785e4803f32p-3,
}

var log1pSeries = []float64{
	2, 0x1.555555554dccap-1, 0x1.999999aa91013p-2, 0x1.2492429f21189p-2, 0x1.c71edcd34b356p-3, 0x1.741de214b5330p-3, 0x1.3ece770bdfa6ap-3,
	0x1.e1e1cc3591db5p-4, 0x1.7f56af595d05bp-3,
}

const nothing = -1e300

// loudness are the operations of models that follow the level of a sound.
func loudness() []op {
	return []op{
		{name: "follow", params: "a b s", ways: 4, compute: func(g *group) v {
			u, fallen := g.in[1], g.mul(g.in[0], g.s[0])
			x := g.pick(g.cmp(cmpUnordered, u, u), u, g.max(u, fallen))
			return g.pick(g.cmp(cmpLT, g.abs(x), g.num(1e-200)), g.num(0), x)
		}},
		{name: "logPower", params: "a s t", stops: true, ways: 4, compute: func(g *group) v {
			a := g.x()
			g.jump(g.cmp(cmpNLE, a, g.num(math.MaxFloat64)))
			return g.pick(g.cmp(cmpEQ, a, g.num(0)), g.num(nothing), g.fma(g.s[0], g.briefLog(a), g.s[1]))
		}},
		// It never stops, but AVX2 has registers for one way only.
		{name: "logSum", params: "a b s t", stops: true, ways: 3, compute: func(g *group) v {
			x, y := g.in[0], g.in[1]
			// In this order max hands on NaN.
			e := g.briefExp(g.max(g.num(decayLeast), g.or(g.words(1<<63), g.sub(x, y))))
			s := g.div(e, g.add(e, g.num(2)))
			most := g.fma(s, g.horner(log1pSeries, 0, 1, g.mul(s, s)), g.max(x, y))
			return g.fma(g.s[0], g.max(g.num(0), most), g.s[1])
		}},
	}
}

func (t tier) briefLog(x v) v {
	m, k := t.splitMantissa(x)
	one := t.num(1)
	s := t.div(t.sub(m, one), t.add(m, one))
	return t.fma(k, t.num(math.Ln2), t.mul(s, t.horner(briefLogSeries, 0, 1, t.mul(s, s))))
}
