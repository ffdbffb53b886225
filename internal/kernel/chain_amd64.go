//go:build !purego

package kernel

func chain(code []ChainStep, views [][]float64, table []float64, n int) bool {
	var done int
	var bad uint32
	switch level {
	case levelAVX512:
		_, bad = chainAVX512((*int32)(&code[0].Op), len(code), &views[0], &table[0], n)
		return bad == 0
	case levelAVX2:
		done, bad = chainAVX2((*int32)(&code[0].Op), len(code), &views[0], &table[0], n)
	}
	return chainGeneric(code, views, table, done, n) && bad == 0
}
