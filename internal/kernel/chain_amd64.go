//go:build !purego

package kernel

func chain(code []ChainStep, views [][]float64, table []float64, n int) {
	done := 0
	switch level {
	case levelAVX512:
		chainAVX512((*int32)(&code[0].Op), len(code), &views[0], &table[0], n)
		return
	case levelAVX2:
		done = chainAVX2((*int32)(&code[0].Op), len(code), &views[0], &table[0], n)
	}
	chainGeneric(code, views, table, done, n)
}
