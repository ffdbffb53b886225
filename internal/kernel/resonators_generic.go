package kernel

import "math"

// resonatorsGeneric runs count sections, three or one, for channels lo:hi, of which lane 0 of dst and src is the first.
func resonatorsGeneric(r *Resonators, count int, dst, src Rows, lo, hi, frames int, state []float64) {
	width := r.Channels
	for c := lo; c < hi; c++ {
		a1, a2, b := -r.C[c], -r.C[width+c], r.C[2*width+c]
		in, out := (c-lo)*src.Step, c-lo
		if count == 1 {
			w1, w2 := state[c], state[width+c]
			for range frames {
				w := math.FMA(a1, w1, math.FMA(a2, w2, src.Data[in]))
				dst.Data[out] = math.FMA(b, w1, w)
				w1, w2 = w, w1
				in += src.Stride
				out += dst.Stride
			}
			state[c], state[width+c] = w1, w2
			continue
		}
		// Three together, because a single recursion waits for its own results.
		u1, u2, v1, v2, w1, w2 := state[c], state[width+c], state[2*width+c], state[3*width+c], state[4*width+c], state[5*width+c]
		for range frames {
			u := math.FMA(a1, u1, math.FMA(a2, u2, src.Data[in]))
			v := math.FMA(a1, v1, math.FMA(a2, v2, math.FMA(b, u1, u)))
			w := math.FMA(a1, w1, math.FMA(a2, w2, math.FMA(b, v1, v)))
			dst.Data[out] = math.FMA(b, w1, w)
			u1, u2, v1, v2, w1, w2 = u, u1, v, v1, w, w1
			in += src.Stride
			out += dst.Stride
		}
		state[c], state[width+c], state[2*width+c], state[3*width+c], state[4*width+c], state[5*width+c] = u1, u2, v1, v2, w1, w2
	}
}

// integratorsGeneric runs count sections, four, three or one, for channels lo:hi, of which lane 0 of dst and src is the first.
func integratorsGeneric(l *Integrators, count int, dst, src Rows, lo, hi, frames int, state []float64) {
	width := l.Channels
	for c := lo; c < hi; c++ {
		a := l.C[c]
		in, out := (c-lo)*src.Step, c-lo
		var y [4]float64
		for i := range count {
			y[i] = state[i*width+c]
		}
		y0, y1, y2, y3 := y[0], y[1], y[2], y[3]
		for range frames {
			y0 = math.FMA(a, y0, src.Data[in])
			x := y0
			if count >= 3 {
				y1 = math.FMA(a, y1, y0)
				y2 = math.FMA(a, y2, y1)
				x = y2
			}
			if count == 4 {
				y3 = math.FMA(a, y3, y2)
				x = y3
			}
			dst.Data[out] = x
			in += src.Stride
			out += dst.Stride
		}
		y = [4]float64{y0, y1, y2, y3}
		for i := range count {
			state[i*width+c] = y[i]
		}
	}
}
