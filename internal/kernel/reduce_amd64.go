//go:build !purego

package kernel

// reduceGroup is how many numbers the reductions take at once.
const reduceGroup = 32

func allFinite(x []float64) bool {
	switch {
	case level == levelAVX512 && len(x) > 0:
		return anyNotFiniteAVX512(&x[0], len(x)) == 0
	case level == levelAVX2 && len(x) >= reduceGroup:
		n := len(x) &^ (reduceGroup - 1)
		return anyNotFiniteAVX2(&x[0], n) == 0 && allFiniteGeneric(x[n:])
	}
	return allFiniteGeneric(x)
}
