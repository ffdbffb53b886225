//go:build purego || !amd64

package kernel

func compensation(c *CompensationSection, f, erb, at []float64, half float64) {
	compensationGeneric(c, f, erb, at, half, 0, len(f))
}
