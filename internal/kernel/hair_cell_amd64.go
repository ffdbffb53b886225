//go:build !purego

package kernel

func hairCell(h *HairCell, dst, x, power []float64) {
	done, n := 0, len(dst)
	if n > 0 && level == levelAVX512 {
		done = hairCellLogsAVX512(&dst[0], &x[0], &power[0], &h.law.slope, n)
		hairCellPowersAVX512(&dst[0], &power[0], &h.law.slope, n)
	} else if n > 0 && level == levelAVX2 {
		done = hairCellLogsAVX2(&dst[0], &x[0], &power[0], &h.law.slope, n)
		hairCellPowersAVX2(&dst[0], &power[0], &h.law.slope, n)
	}
	hairCellLogsGeneric(h, dst[done:], x[done:], power[done:])
	hairCellPowersGeneric(h, dst[done:], power[done:])
}
