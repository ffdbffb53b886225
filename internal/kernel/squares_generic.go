package kernel

import "math"

// sumSquaresGeneric adds to the sums from lane lo on, four lanes at a time.
func sumSquaresGeneric(sums []float64, src Rows, frames, lo int) {
	c := lo
	for ; c+4 <= len(sums); c += 4 {
		s := sums[c:][:4]
		s0, s1, s2, s3 := s[0], s[1], s[2], s[3]
		for i := range frames {
			x := src.Data[i*src.Stride+c:][:4]
			s0, s1, s2, s3 = math.FMA(x[0], x[0], s0), math.FMA(x[1], x[1], s1), math.FMA(x[2], x[2], s2), math.FMA(x[3], x[3], s3)
		}
		s[0], s[1], s[2], s[3] = s0, s1, s2, s3
	}
	for ; c < len(sums); c++ {
		s := sums[c]
		for i := range frames {
			x := src.Data[i*src.Stride+c]
			s = math.FMA(x, x, s)
		}
		sums[c] = s
	}
}
