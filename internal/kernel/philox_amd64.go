//go:build !purego

package kernel

func philoxUniforms(dst []float64, key uint64, first, step int64) {
	if level == levelGo {
		philoxUniformsGeneric(dst, key, first, step)
		return
	}
	philoxGroups(dst, key, uint64(first)>>1, first&1 == 1, step, false)
}

func philoxNormals(dst []float64, key uint64, first, step int64) {
	if level == levelGo {
		philoxNormalsGeneric(dst, key, first, step)
		return
	}
	philoxGroups(dst, key, uint64(first)>>1|normalBlocks, first&1 == 1, step, true)
}

// philoxGroups fills dst from the numbers of blocks m and following; odd says that the first number of block m is left out.
// What does not fill a group of two numbers per lane is copied from a group of its own.
func philoxGroups(dst []float64, key, m uint64, odd bool, step int64, normal bool) {
	var keys [20]uint64
	k0, k1 := uint32(key), uint32(key>>32)
	for i := 0; i < len(keys); i += 2 {
		keys[i], keys[i+1] = uint64(k0), uint64(k1)
		k0 += 0x9e3779b9
		k1 += 0xbb67ae85
	}
	var spare [16]float64
	size := 2 * lanes
	if odd && len(dst) > 0 {
		philoxRun(&spare[0], &keys, m, uint64(step), 1, normal)
		n := copy(dst, spare[1:size])
		dst = dst[n:]
		m += uint64(lanes)
	}
	if groups := len(dst) / size; groups > 0 {
		philoxRun(&dst[0], &keys, m, uint64(step), groups, normal)
		dst = dst[groups*size:]
		m += uint64(groups * lanes)
	}
	if len(dst) > 0 {
		philoxRun(&spare[0], &keys, m, uint64(step), 1, normal)
		copy(dst, spare[:size])
	}
}

func philoxRun(dst *float64, keys *[20]uint64, m, step uint64, groups int, normal bool) {
	switch {
	case level == levelAVX512 && normal:
		philoxNormalsAVX512(dst, keys, m, step, groups)
	case level == levelAVX512:
		philoxUniformsAVX512(dst, keys, m, step, groups)
	case normal:
		philoxNormalsAVX2(dst, keys, m, step, groups)
	default:
		philoxUniformsAVX2(dst, keys, m, step, groups)
	}
}
