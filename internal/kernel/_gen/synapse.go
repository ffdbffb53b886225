package main

// synapse writes the steps of synapses and of fibres: the order of operations is that of synapse.go.
func synapse(t tier) {
	lists(t, 1, "synapseStep", "rate drive immediate local", func(t tier, get func(list string) v, put func(x v, list string), law func(i int) v) {
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
	lists(t, 1, "recoveryAdvance", "firing rate u e0 e1 rest", func(t tier, get func(list string) v, put func(x v, list string), law func(i int) v) {
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
