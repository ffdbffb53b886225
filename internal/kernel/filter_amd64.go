//go:build !purego

package kernel

// whole is how many of the channels the assembly does; the reference does the rest.
func whole(channels, frames int) int {
	switch {
	case level == levelGo || frames == 0:
		return 0
	case level == levelAVX2:
		return channels &^ 3
	}
	return channels
}

// checkBounds panics where the assembly would leave the slices.
func checkBounds(dst, src Rows, frames, channels int) {
	_ = src.Data[(frames-1)*src.Stride+(channels-1)*src.Step]
	_ = dst.Data[(frames-1)*dst.Stride+channels-1]
}

// gammatone runs channels lo:hi; the lane of channel lo is the first of src.
func gammatone(g *Gammatone, dst, src Rows, frames int, state []float64, lo, hi int) {
	width := g.Channels
	done := whole(hi-lo, frames)
	if done > 0 {
		checkBounds(dst.lane(lo, 1), src, frames, done)
		// Called by name, not through a variable: then the compiler knows that the slices do not escape.
		out, in, gain, b, a, z := &dst.Data[lo], &src.Data[0], &g.Gain[lo], &g.B[lo], &g.A[lo], &state[lo]
		if level == levelAVX512 {
			gammatoneAVX512(out, in, gain, b, a, z, width, done, frames, dst.Stride, src.Stride, src.Step)
		} else {
			gammatoneAVX2(out, in, gain, b, a, z, width, done, frames, dst.Stride, src.Stride, src.Step)
		}
	}
	if done < hi-lo {
		gammatoneGeneric(g, dst, src.lanes(done), frames, state, lo+done, hi)
	}
}

func sections(s *Sections, k, count int, dst, src Rows, frames int, state []float64) {
	m, width := s.Order, s.Channels
	done := 0
	if m == 1 || m == 2 {
		done = whole(width, frames)
	}
	if done > 0 {
		checkBounds(dst, src, frames, done)
		out, in, b, a, z := &dst.Data[0], &src.Data[0], &s.B[k*(m+1)*width], &s.A[k*m*width], &state[k*m*width]
		switch wide := level == levelAVX512; {
		case m == 1 && wide && count == 4:
			order1x4AVX512(out, in, b, a, z, width, done, frames, dst.Stride, src.Stride, src.Step)
		case m == 1 && wide && count == 3:
			order1x3AVX512(out, in, b, a, z, width, done, frames, dst.Stride, src.Stride, src.Step)
		case m == 1 && wide && count == 2:
			order1x2AVX512(out, in, b, a, z, width, done, frames, dst.Stride, src.Stride, src.Step)
		case m == 1 && wide:
			order1x1AVX512(out, in, b, a, z, width, done, frames, dst.Stride, src.Stride, src.Step)
		case m == 1:
			order1x1AVX2(out, in, b, a, z, width, done, frames, dst.Stride, src.Stride, src.Step)
			for i := 1; i < count; i++ { // no registers for more
				order1x1AVX2(out, out, &s.B[2*(k+i)*width], &s.A[(k+i)*width], &state[(k+i)*width], width, done, frames, dst.Stride, dst.Stride, 1)
			}
		case count == 1 && wide:
			order2x1AVX512(out, in, b, a, z, width, done, frames, dst.Stride, src.Stride, src.Step)
		case count == 1:
			order2x1AVX2(out, in, b, a, z, width, done, frames, dst.Stride, src.Stride, src.Step)
		case wide:
			order2x2AVX512(out, in, b, a, z, width, done, frames, dst.Stride, src.Stride, src.Step)
		default:
			order2x2AVX2(out, in, b, a, z, width, done, frames, dst.Stride, src.Stride, src.Step)
		}
	}
	sectionsGeneric(s, k, count, dst, src, frames, state, done)
}
