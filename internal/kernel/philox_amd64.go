//go:build !purego

package kernel

func philoxUniforms(dst []float64, key uint64, first, step int64) {
	if level == levelGo {
		philoxUniformsGeneric(dst, key, first, step)
		return
	}
	philoxGroups(dst, key, uint64(first)/uniformGroup*8, int(uint64(first)%uniformGroup), step, false)
}

func philoxNormals(dst []float64, key uint64, first, step int64) {
	if level == levelGo {
		philoxNormalsGeneric(dst, key, first, step)
		return
	}
	philoxGroups(dst, key, uint64(first)/normalGroup*8|normalBlocks, int(uint64(first)%normalGroup), step, true)
}

// philoxGroups fills dst from groups of numbers of eight blocks, the first of which begins with block m and lacks skip
// numbers.
func philoxGroups(dst []float64, key, m uint64, skip int, step int64, normal bool) {
	size := uniformGroup
	if normal {
		size = normalGroup
	}
	var words [20]uint64
	upper := ^uint64(0) // which no block has
	for len(dst) > 0 {
		if m>>32 != upper {
			upper = m >> 32
			philoxUpper(&words, upper, uint64(step), key)
		}
		words[19] = m & 0xffffffff
		groups := 1
		if skip > 0 || len(dst) < size {
			dst = dst[philoxPart(dst, &words, skip, size, normal):]
			skip = 0
		} else {
			groups = min(len(dst)/size, int((1<<32-words[19])/8)) // blocks with the same upper half
			philoxRun(&dst[0], &words, groups, normal)
			dst = dst[groups*size:]
		}
		m += 8 * uint64(groups)
	}
}

// philoxPart copies what dst has room for of one group of size numbers, without the first skip, and returns how many these are.
//
//go:noinline
func philoxPart(dst []float64, words *[20]uint64, skip, size int, normal bool) int {
	var group [normalGroup]float64
	philoxRun(&group[0], words, 1, normal)
	return copy(dst, group[skip:size])
}

// philoxUpper sets the words that the rounds need but words[19], the lower half of the first block: those blocks have all else
// in common, with which a half of the first two rounds and a quarter of the third can be done once.
func philoxUpper(words *[20]uint64, upper, step, key uint64) {
	k0, k1 := uint32(key), uint32(key>>32)
	next := func() {
		k0 += 0x9e3779b9
		k1 += 0xbb67ae85
	}
	p1 := philoxM1 * uint64(uint32(step))
	p0 := philoxM0 * (p1>>32 ^ upper ^ uint64(k0)) // of the second round
	words[0] = step>>32 ^ uint64(k1)
	next()
	words[1] = uint64(uint32(p1) ^ k0)
	words[2] = p0>>32 ^ uint64(k1)
	next()
	words[3] = uint64(k0)
	words[4] = uint64(uint32(p0) ^ k1)
	for i := 5; i < 17; i += 2 {
		next()
		words[i], words[i+1] = uint64(k0), uint64(k1)
	}
	next()
	words[17], words[18] = uint64(k0)<<32, uint64(k1)<<32
}

func philoxRun(dst *float64, words *[20]uint64, groups int, normal bool) {
	switch {
	case level == levelAVX512 && normal:
		philoxNormalsAVX512(dst, words, groups)
	case level == levelAVX512:
		philoxUniformsAVX512(dst, words, groups)
	case normal:
		philoxNormalsAVX2(dst, words, groups)
	default:
		philoxUniformsAVX2(dst, words, groups)
	}
}
