package kernel

// aboveGroup is how many numbers FirstAbove looks at together.
const aboveGroup = 32

func firstAboveGeneric(x []float64, limit float64) (at int, which uint32) {
	for ; at < len(x); at += aboveGroup {
		for j, v := range x[at:min(at+aboveGroup, len(x))] {
			if v > limit {
				which |= 1 << j
			}
		}
		if which != 0 {
			return at, which
		}
	}
	return len(x), 0
}

func holdGeneric(x, to []float64, until []int64, step int64) {
	to, until = to[:len(x)], until[:len(x)]
	for i, u := range until {
		if u >= step {
			x[i] = to[i]
		}
	}
}
