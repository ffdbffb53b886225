//go:build !purego

package kernel

func resonators(r *Resonators, count int, dst, src Rows, lo, hi, frames int, state []float64) {
	done := whole(hi-lo, frames)
	if done > 0 {
		checkBounds(dst, src, frames, done)
		// Called by name, not through a variable: then the compiler knows that the slices do not escape.
		out, in, c, z, width := &dst.Data[0], &src.Data[0], &r.C[lo], &state[lo], r.Channels
		switch wide := level == levelAVX512; {
		case wide && count == 3:
			resonators3AVX512(out, in, c, z, width, done, frames, dst.Stride, src.Stride, src.Step)
		case wide:
			resonators1AVX512(out, in, c, z, width, done, frames, dst.Stride, src.Stride, src.Step)
		case count == 3:
			resonators3AVX2(out, in, c, z, width, done, frames, dst.Stride, src.Stride, src.Step)
		default:
			resonators1AVX2(out, in, c, z, width, done, frames, dst.Stride, src.Stride, src.Step)
		}
	}
	if lo += done; lo < hi {
		resonatorsGeneric(r, count, dst.lanes(done), src.lanes(done), lo, hi, frames, state)
	}
}

func integrators(l *Integrators, count int, dst, src Rows, lo, hi, frames int, state []float64) {
	done := whole(hi-lo, frames)
	if done > 0 {
		checkBounds(dst, src, frames, done)
		out, in, c, z, width := &dst.Data[0], &src.Data[0], &l.C[lo], &state[lo], l.Channels
		switch wide := level == levelAVX512; {
		case wide && count == 4:
			integrators4AVX512(out, in, c, z, width, done, frames, dst.Stride, src.Stride, src.Step)
		case wide && count == 3:
			integrators3AVX512(out, in, c, z, width, done, frames, dst.Stride, src.Stride, src.Step)
		case wide:
			integrators1AVX512(out, in, c, z, width, done, frames, dst.Stride, src.Stride, src.Step)
		case count == 4:
			integrators4AVX2(out, in, c, z, width, done, frames, dst.Stride, src.Stride, src.Step)
		case count == 3:
			integrators3AVX2(out, in, c, z, width, done, frames, dst.Stride, src.Stride, src.Step)
		default:
			integrators1AVX2(out, in, c, z, width, done, frames, dst.Stride, src.Stride, src.Step)
		}
	}
	if lo += done; lo < hi {
		integratorsGeneric(l, count, dst.lanes(done), src.lanes(done), lo, hi, frames, state)
	}
}

func brokenStick(s *BrokenStick, x Rows, lo, hi, frames int) {
	done := whole(hi-lo, frames)
	if done > 0 {
		checkBounds(x, x, frames, done)
		if level == levelAVX512 {
			brokenStickAVX512(&x.Data[0], &s.A[lo], &s.Knee[lo], &s.V[lo], &s.B[lo], done, frames, x.Stride)
		} else {
			brokenStickAVX2(&x.Data[0], &s.A[lo], &s.Knee[lo], &s.V[lo], &s.B[lo], done, frames, x.Stride)
		}
	}
	if lo += done; lo < hi {
		brokenStickGeneric(s, x.lanes(done), lo, hi, frames)
	}
}

func weightedSum(dst, x, y Rows, a, b []float64, frames int) {
	done := whole(len(a), frames)
	if done > 0 {
		checkBounds(dst, x, frames, done)
		checkBounds(dst, y, frames, done)
		if level == levelAVX512 {
			weightedSumAVX512(&dst.Data[0], &x.Data[0], &y.Data[0], &a[0], &b[0], done, frames, dst.Stride, x.Stride, y.Stride)
		} else {
			weightedSumAVX2(&dst.Data[0], &x.Data[0], &y.Data[0], &a[0], &b[0], done, frames, dst.Stride, x.Stride, y.Stride)
		}
	}
	if done < len(a) {
		weightedSumGeneric(dst, x, y, a, b, frames, done)
	}
}
