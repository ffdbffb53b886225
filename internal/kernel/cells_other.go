//go:build purego || !amd64

package kernel

func firstAbove(x []float64, limit float64) (at int, which uint32) {
	return firstAboveGeneric(x, limit)
}

func holdUntil(x, to []float64, until []int64, step int64) { holdGeneric(x, to, until, step) }
