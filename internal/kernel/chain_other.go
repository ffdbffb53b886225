//go:build purego || !amd64

package kernel

func chain(code []ChainStep, views [][]float64, table []float64, n int) bool {
	return chainGeneric(code, views, table, 0, n)
}
