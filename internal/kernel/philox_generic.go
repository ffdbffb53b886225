package kernel

import "math/bits"

const (
	philoxM0 = 0xD2511F53
	philoxM1 = 0xCD9E8D57

	normalBlocks = 1 << 63 // bit of the counter that sets the blocks of normal numbers apart
	uniformGroup = 16      // uniform numbers that eight blocks give
	normalGroup  = 32      // normal ones, two for a word
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

// philoxWords are the two words of 64 random bits of a block: in each the first of two words of 32 is the upper half.
func philoxWords(block uint64, step int64, key uint64) (uint64, uint64) {
	lo, hi := philox(block, uint64(step), key)
	return bits.RotateLeft64(lo, 32), bits.RotateLeft64(hi, 32)
}

// philoxWord is word i of the stream whose blocks have the bits of flag: eight blocks give sixteen words, first the first of
// each, then the second of each.
func philoxWord(i, flag uint64, step int64, key uint64) uint64 {
	a, b := philoxWords(i>>4<<3|i&7|flag, step, key)
	if i&8 != 0 {
		return b
	}
	return a
}

// uniform is a number in [0, 1) of the upper 53 bits.
func uniform(word uint64) float64 { return float64(int64(word>>11)) * 0x1p-53 }

func philoxUniformsGeneric(dst []float64, key uint64, first, step int64) {
	i := uint64(first)
	for len(dst) > 0 {
		if i%uniformGroup == 0 && len(dst) >= uniformGroup {
			for j := range uint64(8) {
				a, b := philoxWords(i>>1|j, step, key)
				dst[j], dst[j+8] = uniform(a), uniform(b)
			}
			dst = dst[uniformGroup:]
			i += uniformGroup
			continue
		}
		dst[0] = uniform(philoxWord(i, 0, step, key))
		dst = dst[1:]
		i++
	}
}
