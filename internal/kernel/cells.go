package kernel

// FirstAbove looks at groups of 32 numbers, the last of which may be shorter, for the first with a number above limit: at is
// where the group begins, and bit j of which tells whether x[at+j] > limit. Without such a group at is len(x) and which 0. NaN
// is not above anything, and nothing is above NaN.
func FirstAbove(x []float64, limit float64) (at int, which uint32) { return firstAbove(x, limit) }

// Hold sets x[i] = to[i] where until[i] >= step, which must be above the least int64.
func Hold(x, to []float64, until []int64, step int64) {
	check3(len(x), len(to), len(until))
	holdUntil(x, to, until, step)
}
