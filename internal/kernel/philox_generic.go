package kernel

import "math"

const (
	philoxM0 = 0xD2511F53
	philoxM1 = 0xCD9E8D57

	normalBlocks = 1 << 63 // bit of the counter that sets the blocks of normal numbers apart
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

func philoxNormalsGeneric(dst []float64, key uint64, first, step int64) {
	if len(dst) == 0 {
		return
	}
	m := uint64(first)>>1 | normalBlocks
	if first&1 == 1 {
		_, dst[0] = normalPair(philox(m, uint64(step), key))
		dst = dst[1:]
		m++
	}
	for ; len(dst) >= 2; dst = dst[2:] {
		dst[0], dst[1] = normalPair(philox(m, uint64(step), key))
		m++
	}
	if len(dst) == 1 {
		dst[0], _ = normalPair(philox(m, uint64(step), key))
	}
}

// normalPair makes two normal numbers of 2·64 random bits.
func normalPair(a, b uint64) (float64, float64) {
	radius := math.Sqrt(-2 * Log(float64(a>>11+1)*0x1p-53))
	// The angle in quarter turns is exact, and so is its distance from the nearest quarter.
	quarters := float64(float64(b>>11) * 0x1p-51)
	shifted := quarters + roundMagic
	r := float64((quarters - (shifted - roundMagic)) * halfPi1)
	sh, sl := sinParts(r, 0)
	ch, cl := cosParts(r, 0)
	s, c := sh+sl, ch+cl
	n := math.Float64bits(shifted)
	if n&1 == 1 {
		s, c = c, s
	}
	s = math.Float64frombits(math.Float64bits(s) ^ n>>1<<63)
	c = math.Float64frombits(math.Float64bits(c) ^ (n+1)>>1<<63)
	return float64(radius * c), float64(radius * s)
}
