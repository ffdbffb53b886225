package kernel

import "math"

// MaxSum is the largest number of vectors of a VecSum.
const MaxSum = 4

// NoOffset is the number whose addition changes nothing: -0.
var NoOffset = math.Copysign(0, -1)

const errSum = "kernel: a sum of no vectors, of too many, or with another number of factors"

// VecSum sets dst[i] = x[0][i]*scale[0] + x[1][i]*scale[1] + ... + offset for one to MaxSum vectors, in this order. Every product
// and every sum is rounded: the bits are those of one operation after the other. dst may be one of the vectors.
func VecSum(dst []float64, x [][]float64, scale []float64, offset float64) {
	if len(x) == 0 || len(x) > MaxSum || len(scale) != len(x) {
		panic(errSum)
	}
	for _, v := range x {
		check2(len(dst), len(v))
	}
	if math.Float64bits(offset) == 1<<63 {
		switch len(x) {
		case 2:
			sum2Vec(dst, x[0], scale[0], x[1], scale[1])
			return
		case 3:
			sum3Vec(dst, x[0], scale[0], x[1], scale[1], x[2], scale[2])
			return
		case 4:
			sum4Vec(dst, x[0], scale[0], x[1], scale[1], x[2], scale[2], x[3], scale[3])
			return
		}
	}
	switch len(x) {
	case 1:
		sum1OffsetVec(dst, x[0], scale[0], offset)
	case 2:
		sum2OffsetVec(dst, x[0], scale[0], x[1], scale[1], offset)
	case 3:
		sum3OffsetVec(dst, x[0], scale[0], x[1], scale[1], x[2], scale[2], offset)
	case 4:
		sum4OffsetVec(dst, x[0], scale[0], x[1], scale[1], x[2], scale[2], x[3], scale[3], offset)
	}
}
