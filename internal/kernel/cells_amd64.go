//go:build !purego

package kernel

func firstAbove(x []float64, limit float64) (at int, which uint32) {
	switch {
	case level == levelAVX512 && len(x) > 0:
		return firstAboveAVX512(&x[0], len(x), limit)
	case level == levelAVX2 && len(x) >= aboveGroup:
		if at, which = firstAboveAVX2(&x[0], len(x), limit); which != 0 {
			return at, which
		}
	}
	rest, which := firstAboveGeneric(x[at:], limit)
	return at + rest, which
}

func holdUntil(x, to []float64, until []int64, step int64) {
	done := 0
	switch {
	case len(x) == 0:
	case level == levelAVX512:
		done = holdAVX512(&x[0], &to[0], &until[0], len(x), step)
	case level == levelAVX2:
		done = holdAVX2(&x[0], &to[0], &until[0], len(x), step)
	}
	holdGeneric(x[done:], to[done:], until[done:], step)
}
