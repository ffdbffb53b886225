//go:build !purego

package kernel

// reduceGroup is how many numbers the reductions take at once.
const reduceGroup = 32

func allFinite(x []float64) bool {
	if n := len(x) &^ (reduceGroup - 1); n > 0 && level != levelGo {
		var sums [8]float64
		if level == levelAVX512 {
			sumOfZerosAVX512(&sums[0], &x[0], n)
		} else {
			sumOfZerosAVX2(&sums[0], &x[0], n)
		}
		return allFiniteGeneric(sums[:]) && allFiniteGeneric(x[n:])
	}
	return allFiniteGeneric(x)
}

func leadingZeros(x []float64) int {
	done := 0
	if n := len(x) &^ (reduceGroup - 1); n > 0 && level != levelGo {
		if level == levelAVX512 {
			done = zeroGroupsAVX512(&x[0], n)
		} else {
			done = zeroGroupsAVX2(&x[0], n)
		}
	}
	return done + leadingZerosGeneric(x[done:])
}
