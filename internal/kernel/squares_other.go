//go:build purego || !amd64

package kernel

func sumSquares(sums []float64, src Rows, frames int) { sumSquaresGeneric(sums, src, frames, 0) }
