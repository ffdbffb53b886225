package kernel

// Philox4x32 is the block function of the counter-based generator Philox4x32-10 of Salmon, Moraes, Dror and Shaw,
// "Parallel random numbers: as easy as 1, 2, 3" (SC11, 2011): ten rounds on a counter of four 32-bit words (least
// significant first) under a key of two.
func Philox4x32(counter [4]uint32, key [2]uint32) [4]uint32 {
	lo, hi := philox(uint64(counter[0])|uint64(counter[1])<<32, uint64(counter[2])|uint64(counter[3])<<32, uint64(key[0])|uint64(key[1])<<32)
	return [4]uint32{uint32(lo), uint32(lo >> 32), uint32(hi), uint32(hi >> 32)}
}

// PhiloxUniforms sets dst[i] to number first+i of step `step` under the key, uniform in [0, 1) with 53 random bits.
//
// A block of counter (64 bits) and step gives two words of 64 bits, in each of which the first of two words of 32 is the
// upper half. Eight blocks give sixteen numbers: number i is made of a word of block 8·⌊i/16⌋ + i mod 8, the first one for
// i mod 16 < 8. It is its upper 53 bits, times 2^-53. first >= 0.
func PhiloxUniforms(dst []float64, key uint64, first, step int64) {
	checkFirst(first)
	philoxUniforms(dst, key, first, step)
}

// PhiloxNormals sets dst[i] to number first+i of step `step` under the key, normal with mean 0 and variance 1.
//
// Numbers 2p and 2p+1 come from one word, that of uniform number p, but of blocks whose bit 63 is set (no block of
// [PhiloxUniforms] has it). With its upper bit s, k the next 38 bits, j the 21 that follow and q the last four,
//
//	R = √(-2·ln((k + 1/2)·2^-38))
//	φ = π·((q + (j + 1/2)·2^-21)/16 - 1/2), and another π if s = 1
//
// they are R·cos φ and R·sin φ (Box and Muller 1958), with an error below 3e-10·R. The largest possible magnitude
// is 7.353, which a normal number exceeds once in 5·10¹². first >= 0.
func PhiloxNormals(dst []float64, key uint64, first, step int64) {
	checkFirst(first)
	philoxNormals(dst, key, first, step)
}

const errFirst = "kernel: negative index of a random number"

func checkFirst(first int64) {
	if first < 0 {
		panic(errFirst)
	}
}
