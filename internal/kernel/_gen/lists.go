package main

import (
	"strings"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// lists writes name<tier>(lists..., law *float64, n int) done: a step of models whose state lies in lists, ways groups at a time. The
// tail is masked with AVX-512, left alone with AVX2. body reads and writes the lists by name; law gives the numbers that all
// share.
func lists(t tier, ways int, name, params string, body func(t tier, get func(list string) v, put func(x v, list string), law func(i int) v)) {
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
	compute := func(t tier, k reg.Register) {
		at := func(list string, way int) Mem { return Mem{Base: p[list], Index: i, Scale: 8, Disp: way * t.bytes()} }
		body(t, func(list string) v {
			return t.each(func(way int, r reg.VecVirtual) { t.load(at(list, way), k, r) })
		}, func(x v, list string) {
			for way, r := range x {
				t.store(r, k, at(list, way))
			}
		}, func(i int) v {
			r := t.vec()
			VBROADCASTSD(Mem{Base: p["law"], Disp: 8 * i}, r)
			return t.same(r)
		})
	}
	t.eachElement(ways, n, i, left, compute)
	Store(i, ReturnIndex(0))
	VZEROUPPER()
	RET()
}
