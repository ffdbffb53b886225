// Command gen writes the assembly of package kernel. Run it by generate.sh.
package main

import (
	. "github.com/mmcloughlin/avo/build"
)

func main() {
	ConstraintExpr("!purego")
	gammatone(avx512)
	gammatone(avx2)
	for _, t := range []tier{avx512, avx2} {
		elementary(t)
	}
	Generate()
}
