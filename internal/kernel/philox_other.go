//go:build purego || !amd64

package kernel

func philoxUniforms(dst []float64, key uint64, first, step int64) {
	philoxUniformsGeneric(dst, key, first, step)
}

func philoxNormals(dst []float64, key uint64, first, step int64) {
	philoxNormalsGeneric(dst, key, first, step)
}
