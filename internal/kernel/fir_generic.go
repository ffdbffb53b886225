package kernel

import "math"

// convolveGeneric does the lanes from lo on.
func convolveGeneric(dst, x, h []float64, width, taps, frames, lo int) {
	for i := range frames {
		y := dst[i*width:][lo:width]
		for k := range taps {
			a := x[(taps-1+i-k)*width:][lo:width][:len(y)]
			b := h[k*width:][lo:width][:len(y)]
			if k == 0 {
				for c := range y {
					y[c] = a[c] * b[c]
				}
				continue
			}
			for c := range y {
				y[c] = math.FMA(a[c], b[c], y[c])
			}
		}
	}
}

func ringSplitGeneric(re, im, cos, sin []float64) {
	half := len(re) / (2 * len(cos))
	for g, cs := range cos {
		sn, at := sin[g], 2*g*half
		a, b := re[at:][:half], re[at+half:][:half]
		c, d := im[at:][:half], im[at+half:][:half]
		for i := range a {
			t := math.FMA(b[i], cs, -float64(d[i]*sn))
			u := math.FMA(d[i], cs, float64(b[i]*sn))
			a[i], b[i] = a[i]+t, a[i]-t
			c[i], d[i] = c[i]+u, c[i]-u
		}
	}
}

func ringSplitRealGeneric(re, im []float64, cos, sin float64) {
	half := len(re) / 2
	a, b := re[:half], re[half:][:half]
	c, d := im[:half], im[half:][:half]
	for i := range a {
		t, u := float64(b[i]*cos), float64(b[i]*sin)
		a[i], b[i] = a[i]+t, a[i]-t
		c[i], d[i] = u, -u
	}
}

func ringJoinGeneric(re, im, cos, sin []float64) {
	half := len(re) / (2 * len(cos))
	for g, cs := range cos {
		sn, at := sin[g], 2*g*half
		a, b := re[at:][:half], re[at+half:][:half]
		c, d := im[at:][:half], im[at+half:][:half]
		for i := range a {
			t, u := a[i]-b[i], c[i]-d[i]
			a[i], c[i] = a[i]+b[i], c[i]+d[i]
			b[i] = math.FMA(t, cs, float64(u*sn))
			d[i] = math.FMA(u, cs, -float64(t*sn))
		}
	}
}

func complexMulGeneric(re, im, xr, xi, hr, hi []float64) {
	for i := range re {
		re[i] = math.FMA(-xi[i], hi[i], float64(xr[i]*hr[i]))
		im[i] = math.FMA(xi[i], hr[i], float64(xr[i]*hi[i]))
	}
}

func complexFMAGeneric(re, im, xr, xi, hr, hi []float64) {
	for i := range re {
		re[i] = math.FMA(-xi[i], hi[i], math.FMA(xr[i], hr[i], re[i]))
		im[i] = math.FMA(xi[i], hr[i], math.FMA(xr[i], hi[i], im[i]))
	}
}
