//go:build !purego

package kernel

func philoxUniforms(dst []float64, key uint64, first, step int64) {
	if level == levelGo {
		philoxUniformsGeneric(dst, key, first, step)
		return
	}
	size := uint64(2 * lanes)
	philoxGroups(dst, key, uint64(first)/size*uint64(lanes), int(uint64(first)%size), step, false)
}

func philoxNormals(dst []float64, key uint64, first, step int64) {
	if level == levelGo {
		philoxNormalsGeneric(dst, key, first, step)
		return
	}
	philoxGroups(dst, key, uint64(first)/normalGroup*8|normalBlocks, int(uint64(first)%normalGroup), step, true)
}

// philoxGroups fills dst from groups of numbers, the first of which begins with block m and lacks skip numbers. What does not
// fill a group is copied from a group of its own.
func philoxGroups(dst []float64, key, m uint64, skip int, step int64, normal bool) {
	var keys [20]uint64
	k0, k1 := uint32(key), uint32(key>>32)
	for i := 0; i < len(keys); i += 2 {
		keys[i], keys[i+1] = uint64(k0), uint64(k1)
		k0 += 0x9e3779b9
		k1 += 0xbb67ae85
	}
	var spare [normalGroup]float64
	size, blocks := 2*lanes, lanes
	if normal {
		size, blocks = normalGroup, 8
	}
	if skip > 0 && len(dst) > 0 {
		philoxRun(&spare[0], &keys, m, uint64(step), 1, normal)
		n := copy(dst, spare[skip:size])
		dst = dst[n:]
		m += uint64(blocks)
	}
	if groups := len(dst) / size; groups > 0 {
		philoxRun(&dst[0], &keys, m, uint64(step), groups, normal)
		dst = dst[groups*size:]
		m += uint64(groups * blocks)
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
