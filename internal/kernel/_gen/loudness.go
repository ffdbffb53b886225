package main

import "math"

// The constants and the order of operations are those of the reference: loudness.go.

var log1pSeries = []float64{
	0x1.71547652b82fep+1, 0x1.ec709dc395615p-1, 0x1.2776c51b36da9p-1, 0x1.a617593f2ef9dp-2, 0x1.484cd26426ee0p-2, 0x1.0c6cec5605be8p-2, 0x1.cbf0c8b15ba63p-3,
	0x1.5b9aba1500fccp-3, 0x1.1485362f95669p-2,
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
		{name: "logPower", params: "a s t", stops: true, ways: 3, compute: func(g *group) v {
			a := g.x()
			g.jump(g.cmp(cmpNLE, a, g.num(math.MaxFloat64)))
			return g.pick(g.cmp(cmpEQ, a, g.num(0)), g.num(nothing), g.fma(g.s[0], g.modelLog2(a), g.s[1]))
		}},
		// It never stops, but AVX2 has registers for one way only.
		{name: "logSum", params: "a b s t", stops: true, ways: 3, compute: func(g *group) v {
			x, y := g.in[0], g.in[1]
			// In this order max hands on NaN.
			e := g.modelExp2(g.max(g.num(decayLeast), g.or(g.words(1<<63), g.sub(x, y))))
			s := g.div(e, g.add(e, g.num(2)))
			most := g.fma(s, g.horner(log1pSeries, 0, 1, g.mul(s, s)), g.max(x, y))
			return g.fma(g.s[0], g.max(g.num(0), most), g.s[1])
		}},
	}
}
