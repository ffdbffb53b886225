package kernel

const errSquares = "kernel: more sums than numbers in a frame"

// SumSquares adds the squares of the frames of src to the sums of its lanes, frame by frame:
//
//	sums[c] = fma(x, x, sums[c])   for every frame, x being number c of it
//
// src.Step is 1.
func SumSquares(sums []float64, src Rows, frames int) {
	if src.Step != 1 || len(sums) > src.Stride && frames > 1 {
		panic(errSquares)
	}
	if len(sums) > 0 && frames > 0 {
		_ = src.Data[(frames-1)*src.Stride+len(sums)-1]
		sumSquares(sums, src, frames)
	}
}
