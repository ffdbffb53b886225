//go:build purego || !amd64

package kernel

func hairCell(h *HairCell, dst, x, power []float64) {
	hairCellLogsGeneric(h, dst, x, power)
	hairCellPowersGeneric(h, dst, power)
}
