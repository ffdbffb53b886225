//go:build !purego

package kernel

func gammatone(g *Gammatone, dst, src Rows, frames int, state []float64) {
	done, width := 0, g.Channels
	switch level {
	case levelAVX512:
		done = width
	case levelAVX2:
		done = width &^ 3
	}
	if done > 0 && frames > 0 {
		last := (frames-1)*src.Stride + (done-1)*src.Step
		_, _ = src.Data[last], dst.Data[(frames-1)*dst.Stride+done-1] // the bounds, once
		run := gammatoneAVX2
		if level == levelAVX512 {
			run = gammatoneAVX512
		}
		run(&dst.Data[0], &src.Data[0], &g.Gain[0], &g.B[0], &g.A[0], &state[0], width, done, frames, dst.Stride, src.Stride, src.Step)
	}
	gammatoneGeneric(g, dst, src, frames, state, done, width)
}
