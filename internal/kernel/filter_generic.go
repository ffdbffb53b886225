package kernel

import "math"

// The loops of this file are the reference. They go channel by channel, with the state of a few sections in registers
// down the block; sections in series are computed together, because a single recursion waits for its own results.

// flushBelow is the magnitude under which a state variable counts as nothing.
const flushBelow = 1e-200

func flushGeneric(dst, x []float64) {
	x = x[:len(dst)]
	for i, z := range x {
		if math.Abs(z) < flushBelow {
			z = 0
		}
		dst[i] = z
	}
}

// sectionsGeneric runs sections k:k+count, which are no more than go together, for channels lo and above.
func sectionsGeneric(s *Sections, k, count int, dst, src Rows, frames int, state []float64, lo int) {
	switch {
	case s.Order == 2 && count == 2:
		secondOrderPairGeneric(s, k, dst, src, frames, state, lo)
	case s.Order == 1:
		for i := range count {
			firstOrderGeneric(s, k+i, dst, src, frames, state, lo)
			src = dst
		}
	default:
		anyOrderGeneric(s, k, dst, src, frames, state, lo)
	}
}

// lane is coefficient or state number i of all channels.
func lane(data []float64, i, channels int) []float64 {
	return data[i*channels:][:channels:channels]
}

// anyOrderGeneric runs section k.
func anyOrderGeneric(s *Sections, k int, dst, src Rows, frames int, state []float64, lo int) {
	m, width := s.Order, s.Channels
	b, a, z := s.B[k*(m+1)*width:][:(m+1)*width], s.A[k*m*width:][:m*width], state[k*m*width:][:m*width]
	for c := lo; c < width; c++ {
		in, out := c*src.Step, c
		for range frames {
			x := src.Data[in]
			var y float64
			if m == 0 {
				y = b[c] * x
			} else {
				y = math.FMA(b[c], x, z[c])
				i := c
				for ; i+width < len(z); i += width {
					z[i] = math.FMA(-a[i], y, math.FMA(b[i+width], x, z[i+width]))
				}
				z[i] = math.FMA(-a[i], y, float64(b[i+width]*x))
			}
			dst.Data[out] = y
			in += src.Stride
			out += dst.Stride
		}
	}
}

// firstOrderGeneric runs section k of order 1, two channels at a time.
func firstOrderGeneric(s *Sections, k int, dst, src Rows, frames int, state []float64, lo int) {
	width := s.Channels
	b0, b1 := lane(s.B, 2*k, width), lane(s.B, 2*k+1, width)
	a1, z1 := lane(s.A, k, width), lane(state, k, width)
	c := lo
	for ; c+1 < width; c += 2 {
		p0, q0, r0 := b0[c], b1[c], -a1[c]
		p1, q1, r1 := b0[c+1], b1[c+1], -a1[c+1]
		s0, s1 := z1[c], z1[c+1]
		in, out, step := c*src.Step, c, src.Step
		for range frames {
			x0, x1 := src.Data[in], src.Data[in+step]
			y0, y1 := math.FMA(p0, x0, s0), math.FMA(p1, x1, s1)
			s0, s1 = math.FMA(r0, y0, float64(q0*x0)), math.FMA(r1, y1, float64(q1*x1))
			d := dst.Data[out:][:2]
			d[0], d[1] = y0, y1
			in += src.Stride
			out += dst.Stride
		}
		z1[c], z1[c+1] = s0, s1
	}
	if c < width {
		p0, q0, r0, s0 := b0[c], b1[c], -a1[c], z1[c]
		in, out := c*src.Step, c
		for range frames {
			x := src.Data[in]
			y := math.FMA(p0, x, s0)
			s0 = math.FMA(r0, y, float64(q0*x))
			dst.Data[out] = y
			in += src.Stride
			out += dst.Stride
		}
		z1[c] = s0
	}
}

// secondOrderPairGeneric runs sections k and k+1 of order 2.
func secondOrderPairGeneric(s *Sections, k int, dst, src Rows, frames int, state []float64, lo int) {
	width := s.Channels
	var b [6][]float64
	for i := range b {
		b[i] = lane(s.B, 3*k+i, width)
	}
	var a, z [4][]float64
	for i := range a {
		a[i], z[i] = lane(s.A, 2*k+i, width), lane(state, 2*k+i, width)
	}
	for c := lo; c < width; c++ {
		b00, b01, b02, b10, b11, b12 := b[0][c], b[1][c], b[2][c], b[3][c], b[4][c], b[5][c]
		a01, a02, a11, a12 := -a[0][c], -a[1][c], -a[2][c], -a[3][c]
		z01, z02, z11, z12 := z[0][c], z[1][c], z[2][c], z[3][c]
		in, out := c*src.Step, c
		for range frames {
			x := src.Data[in]
			y := math.FMA(b00, x, z01)
			z01 = math.FMA(a01, y, math.FMA(b01, x, z02))
			z02 = math.FMA(a02, y, float64(b02*x))
			w := math.FMA(b10, y, z11)
			z11 = math.FMA(a11, w, math.FMA(b11, y, z12))
			z12 = math.FMA(a12, w, float64(b12*y))
			dst.Data[out] = w
			in += src.Stride
			out += dst.Stride
		}
		z[0][c], z[1][c], z[2][c], z[3][c] = z01, z02, z11, z12
	}
}

// gammatoneGeneric runs channels lo:hi; the lane of channel lo is the first of src.
func gammatoneGeneric(g *Gammatone, dst, src Rows, frames int, state []float64, lo, hi int) {
	width := g.Channels
	var w [8][]float64
	for i := range w {
		w[i] = lane(state, i, width)
	}
	for c := lo; c < hi; c++ {
		gain, b0, b1, b2, b3 := g.Gain[c], g.B[c], g.B[width+c], g.B[2*width+c], g.B[3*width+c]
		a1, a2 := -g.A[c], -g.A[width+c]
		w01, w02, w11, w12 := w[0][c], w[1][c], w[2][c], w[3][c]
		w21, w22, w31, w32 := w[4][c], w[5][c], w[6][c], w[7][c]
		in, out := (c-lo)*src.Step, c
		for range frames {
			w0 := math.FMA(a1, w01, math.FMA(a2, w02, float64(gain*src.Data[in])))
			y := math.FMA(b0, w01, w0)
			w01, w02 = w0, w01
			w1 := math.FMA(a1, w11, math.FMA(a2, w12, y))
			y = math.FMA(b1, w11, w1)
			w11, w12 = w1, w11
			w2 := math.FMA(a1, w21, math.FMA(a2, w22, y))
			y = math.FMA(b2, w21, w2)
			w21, w22 = w2, w21
			w3 := math.FMA(a1, w31, math.FMA(a2, w32, y))
			dst.Data[out] = math.FMA(b3, w31, w3)
			w31, w32 = w3, w31
			in += src.Stride
			out += dst.Stride
		}
		w[0][c], w[1][c], w[2][c], w[3][c] = w01, w02, w11, w12
		w[4][c], w[5][c], w[6][c], w[7][c] = w21, w22, w31, w32
	}
}
