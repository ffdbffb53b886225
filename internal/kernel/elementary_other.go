//go:build purego || !amd64

package kernel

func expVec(dst, x []float64)                  { expGeneric(dst, x) }
func logVec(dst, x []float64)                  { logGeneric(dst, x) }
func powScalarVec(dst, x []float64, y float64) { powScalarGeneric(dst, x, y) }
