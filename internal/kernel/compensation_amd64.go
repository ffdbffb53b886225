//go:build !purego

package kernel

// Called by name, not through variables: then the compiler knows that the slices do not escape.

func compensationDesign(c *Compensation, s *Sections, lo, hi int, f []float64) {
	done := whole(hi-lo, 1)
	if done > 0 {
		b, a, radius, shift := &s.B[lo], &s.A[lo], &c.Radius[lo], &c.Shift[lo]
		if level == levelAVX512 {
			compensationDesignAVX512(b, a, &f[0], radius, shift, c.Channels, done, c.Sections, c.Half)
		} else {
			compensationDesignAVX2(b, a, &f[0], radius, shift, c.Channels, done, c.Sections, c.Half)
		}
	}
	compensationDesignGeneric(c, s, lo+done, hi, lo, f)
}

func compensationRun(c *Compensation, dst, src, f Rows, frames int, state []float64) {
	done := whole(c.Channels, frames)
	if done > 0 {
		checkBounds(dst, src, frames, done)
		checkBounds(f, f, frames, done)
		out, in, at, radius, shift, z := &dst.Data[0], &src.Data[0], &f.Data[0], &c.Radius[0], &c.Shift[0], &state[0]
		if level == levelAVX512 {
			compensationRunAVX512(out, in, at, radius, shift, z, c.Channels, done, c.Sections, frames, dst.Stride, src.Stride, f.Stride, c.Half)
		} else {
			compensationRunAVX2(out, in, at, radius, shift, z, c.Channels, done, c.Sections, frames, dst.Stride, src.Stride, f.Stride, c.Half)
		}
	}
	if done < c.Channels {
		compensationRunGeneric(c, dst, src, f, frames, state, done)
	}
}
