// Command gen writes the assembly of package kernel and the functions that choose among the tiers. Run it by generate.sh.
package main

import (
	"flag"
	"slices"

	. "github.com/mmcloughlin/avo/build"
)

func main() {
	amd64 := flag.String("dispatch", "", "file for the functions that choose a tier")
	other := flag.String("reference", "", "file for the same functions where there is only the reference")
	flag.Parse()
	ops := slices.Concat(basic(), elementary(), loudness(), models())
	dispatch(ops, *amd64, *other)
	ConstraintExpr("!purego")
	// As many groups as the registers hold.
	sections(avx512, 1, 1, 6)
	sections(avx512, 1, 2, 3)
	sections(avx512, 1, 3, 2)
	sections(avx512, 1, 4, 1)
	sections(avx512, 2, 1, 3)
	sections(avx512, 2, 2, 2)
	sections(avx2, 1, 1, 3)
	sections(avx2, 2, 1, 1)
	sections(avx2, 2, 2, 1)
	resonators(avx512, 1, 4)
	resonators(avx512, 3, 2)
	resonators(avx2, 1, 2)
	resonators(avx2, 3, 1)
	integrators(avx512, 1, 4)
	integrators(avx512, 3, 4)
	integrators(avx512, 4, 4)
	integrators(avx2, 1, 2)
	integrators(avx2, 3, 2)
	integrators(avx2, 4, 2)
	for _, t := range []tier{avx512, avx2} {
		gammatone(t)
		philox(t)
		fir(t)
		compensationDesign(t)
		compensationRun(t)
		brokenStick(t)
		chain(t)
		weightedSum(t)
		anyNotFinite(t)
		sumSquares(t)
		firstAbove(t)
		hold(t)
		tanCarneyControl(t)
		tanCarneySignal(t)
		synapse(t)
		hairCell(t)
		for _, o := range ops {
			o.assemble(t)
		}
	}
	Generate()
}
