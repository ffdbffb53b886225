//go:build !purego

package kernel

func convolveRows(dst, x, h []float64, width, taps, frames int) {
	done := 0
	if level != levelGo {
		if done = width &^ (lanes - 1); done > 0 {
			if level == levelAVX512 {
				convolveAVX512(&dst[0], &x[(taps-1)*width], &h[0], width, done, taps, frames)
			} else {
				convolveAVX2(&dst[0], &x[(taps-1)*width], &h[0], width, done, taps, frames)
			}
		}
	}
	if done < width {
		convolveGeneric(dst, x, h, width, taps, frames, done)
	}
}

// wholeLanes says whether the assembly does n numbers in a row: it has nothing for the rest of a register.
func wholeLanes(n int) bool { return level != levelGo && n&(lanes-1) == 0 }

func ringSplit(re, im, cos, sin []float64) {
	half := len(re) / (2 * len(cos))
	switch {
	case !wholeLanes(half):
		ringSplitGeneric(re, im, cos, sin)
	case level == levelAVX512:
		ringSplitAVX512(&re[0], &im[0], &cos[0], &sin[0], len(cos), half)
	default:
		ringSplitAVX2(&re[0], &im[0], &cos[0], &sin[0], len(cos), half)
	}
}

func ringSplitReal(re, im []float64, cos, sin float64) {
	half := len(re) / 2
	switch {
	case !wholeLanes(half):
		ringSplitRealGeneric(re, im, cos, sin)
	case level == levelAVX512:
		ringSplitRealAVX512(&re[0], &im[0], &cos, &sin, 1, half)
	default:
		ringSplitRealAVX2(&re[0], &im[0], &cos, &sin, 1, half)
	}
}

func ringJoin(re, im, cos, sin []float64) {
	half := len(re) / (2 * len(cos))
	switch {
	case !wholeLanes(half):
		ringJoinGeneric(re, im, cos, sin)
	case level == levelAVX512:
		ringJoinAVX512(&re[0], &im[0], &cos[0], &sin[0], len(cos), half)
	default:
		ringJoinAVX2(&re[0], &im[0], &cos[0], &sin[0], len(cos), half)
	}
}

func complexMul(re, im, xr, xi, hr, hi []float64) {
	done := 0
	if level != levelGo {
		if done = len(re) &^ (lanes - 1); done > 0 {
			if level == levelAVX512 {
				complexMulAVX512(&re[0], &im[0], &xr[0], &xi[0], &hr[0], &hi[0], done)
			} else {
				complexMulAVX2(&re[0], &im[0], &xr[0], &xi[0], &hr[0], &hi[0], done)
			}
		}
	}
	complexMulGeneric(re[done:], im[done:], xr[done:], xi[done:], hr[done:], hi[done:])
}

func complexFMA(re, im, xr, xi, hr, hi []float64) {
	done := 0
	if level != levelGo {
		if done = len(re) &^ (lanes - 1); done > 0 {
			if level == levelAVX512 {
				complexFMAAVX512(&re[0], &im[0], &xr[0], &xi[0], &hr[0], &hi[0], done)
			} else {
				complexFMAAVX2(&re[0], &im[0], &xr[0], &xi[0], &hr[0], &hi[0], done)
			}
		}
	}
	complexFMAGeneric(re[done:], im[done:], xr[done:], xi[done:], hr[done:], hi[done:])
}
