//go:build purego || !amd64

package kernel

func allFinite(x []float64) bool { return allFiniteGeneric(x) }
