//go:build !purego

package kernel

func sumSquares(sums []float64, src Rows, frames int) {
	done := whole(len(sums), frames)
	if done > 0 {
		if level == levelAVX512 {
			sumSquaresAVX512(&sums[0], &src.Data[0], done, frames, src.Stride)
		} else {
			sumSquaresAVX2(&sums[0], &src.Data[0], done, frames, src.Stride)
		}
	}
	sumSquaresGeneric(sums, src, frames, done)
}
