//go:build !purego

package kernel

// lanes is the number of elements that a kernel of the tier computes at once.
func lanes() int {
	if tier == AVX512 {
		return 8
	}
	return 4
}

// inGroups runs a kernel that stops at the first group of lanes it cannot do (NaN, overflow, the last few); the
// reference does that group.
func inGroups(dst, x []float64, kernel func(dst, x *float64, n int) int, reference func(dst, x []float64)) {
	if tier == Go {
		reference(dst, x)
		return
	}
	x = x[:len(dst)]
	for i := 0; i < len(dst); {
		i += kernel(&dst[i], &x[i], len(dst)-i)
		if i < len(dst) {
			end := min(i+lanes(), len(dst))
			reference(dst[i:end], x[i:end])
			i = end
		}
	}
}

func expVec(dst, x []float64) {
	if tier == AVX512 {
		inGroups(dst, x, expAVX512, expGeneric)
		return
	}
	inGroups(dst, x, expAVX2, expGeneric)
}

func logVec(dst, x []float64) {
	if tier == AVX512 {
		inGroups(dst, x, logAVX512, logGeneric)
		return
	}
	inGroups(dst, x, logAVX2, logGeneric)
}

// powScalarVec is fast for positive exponents that are not odd integers: then every zero, of either sign, gives +0.
func powScalarVec(dst, x []float64, y float64) {
	if tier == Go || !(y > 0 && y <= 0x1p70) || isOddInteger(y) {
		powScalarGeneric(dst, x, y)
		return
	}
	x = x[:len(dst)]
	for i := 0; i < len(dst); {
		if tier == AVX512 {
			i += powScalarAVX512(&dst[i], &x[i], len(dst)-i, y)
		} else {
			i += powScalarAVX2(&dst[i], &x[i], len(dst)-i, y)
		}
		if i < len(dst) {
			end := min(i+lanes(), len(dst))
			powScalarGeneric(dst[i:end], x[i:end], y)
			i = end
		}
	}
}
