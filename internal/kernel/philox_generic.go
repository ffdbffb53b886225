package kernel

const (
	philoxM0 = 0xD2511F53
	philoxM1 = 0xCD9E8D57

	normalBlocks = 1 << 63 // bit of the counter that sets the blocks of normal numbers apart
	normalGroup  = 32      // numbers that eight blocks of four give
)

// philox is Philox4x32-10 with counter and key in 64-bit words. From round to round the two words of the key grow by
// 0x9e3779b9 and 0xbb67ae85; the multiples are folded in. The rounds are written out: a loop takes longer.
func philox(lo, hi, key uint64) (uint64, uint64) {
	k0, k1 := uint32(key), uint32(key>>32)
	c0, c1, c2, c3 := lo&0xffffffff, uint32(lo>>32), hi&0xffffffff, uint32(hi>>32)
	c0, c1, c2, c3 = philoxRound(c0, c1, c2, c3, k0, k1)
	c0, c1, c2, c3 = philoxRound(c0, c1, c2, c3, k0+0x9e3779b9, k1+0xbb67ae85)
	c0, c1, c2, c3 = philoxRound(c0, c1, c2, c3, k0+0x3c6ef372, k1+0x76cf5d0a)
	c0, c1, c2, c3 = philoxRound(c0, c1, c2, c3, k0+0xdaa66d2b, k1+0x32370b8f)
	c0, c1, c2, c3 = philoxRound(c0, c1, c2, c3, k0+0x78dde6e4, k1+0xed9eba14)
	c0, c1, c2, c3 = philoxRound(c0, c1, c2, c3, k0+0x1715609d, k1+0xa9066899)
	c0, c1, c2, c3 = philoxRound(c0, c1, c2, c3, k0+0xb54cda56, k1+0x646e171e)
	c0, c1, c2, c3 = philoxRound(c0, c1, c2, c3, k0+0x5384540f, k1+0x1fd5c5a3)
	c0, c1, c2, c3 = philoxRound(c0, c1, c2, c3, k0+0xf1bbcdc8, k1+0xdb3d7428)
	c0, c1, c2, c3 = philoxRound(c0, c1, c2, c3, k0+0x8ff34781, k1+0x96a522ad)
	return c0 | uint64(c1)<<32, c2 | uint64(c3)<<32
}

// philoxRound is one round; the words that are multiplied are kept in 64 bits.
func philoxRound(c0 uint64, c1 uint32, c2 uint64, c3, k0, k1 uint32) (uint64, uint32, uint64, uint32) {
	p0, p1 := philoxM0*c0, philoxM1*c2
	return p1>>32 ^ uint64(c1^k0), uint32(p1), p0>>32 ^ uint64(c3^k1), uint32(p0)
}

func philoxUniformsGeneric(dst []float64, key uint64, first, step int64) {
	if len(dst) == 0 {
		return
	}
	m := uint64(first) >> 1
	if first&1 == 1 {
		_, b := philox(m, uint64(step), key)
		dst[0] = float64(b>>11) * 0x1p-53
		dst = dst[1:]
		m++
	}
	for ; len(dst) >= 2; dst = dst[2:] {
		a, b := philox(m, uint64(step), key)
		dst[0] = float64(a>>11) * 0x1p-53
		dst[1] = float64(b>>11) * 0x1p-53
		m++
	}
	if len(dst) == 1 {
		a, _ := philox(m, uint64(step), key)
		dst[0] = float64(a>>11) * 0x1p-53
	}
}
