package equations

import "math"

// covariance returns that of the noise which a step of dX/dt = M X + G xi adds,
//
//	C = integral over 0..dt of exp(M s) Q exp(M^T s) ds,  Q = G G^T,
//
// row by row. Rows for which held is true stand still and get no noise. The integral over h = dt/2^k is the series
// sum over n of h^(n+1)/(n+1)! L^n(Q) with L(X) = M X + X M^T, and C(2h) = C(h) + exp(M h) C(h) exp(M h)^T doubles it.
// Balancing by powers of two keeps the digits of models whose entries have very different sizes.
func covariance(w *workspace, m, q []float64, n int, dt float64, held []bool) []float64 {
	const (
		norm  = 0.25 // of M h: sixteen terms reach (2*0.25)^16/17!, far below the rounding
		terms = 16
	)
	d := balance(w, m, n)
	x, c := w.floats(n*n), w.floats(n*n)
	for i := range n {
		for j := range n {
			if !held[i] {
				x[i*n+j] = math.Ldexp(m[i*n+j], d[j]-d[i])
			}
			if !held[i] && !held[j] {
				c[i*n+j] = math.Ldexp(q[i*n+j], -d[i]-d[j])
			}
		}
	}
	doublings := 0
	if size := oneNorm(x, n) * dt; size > norm && !math.IsInf(size, 0) {
		_, doublings = math.Frexp(size / norm)
	}
	h := math.Ldexp(dt, -doublings)
	for i := range x {
		x[i] *= h
		c[i] *= h
	}
	term := w.floats(n * n)
	copy(term, c)
	for k := 2; k <= terms; k++ {
		next := multiply(w, x, term, n)
		for i := range n {
			for j := range n { // term is symmetric, so the second product is the transpose of the first
				term[i*n+j] = (next[i*n+j] + next[j*n+i]) / float64(k)
			}
		}
		for i := range c {
			c[i] += term[i]
		}
	}
	a := expm(w, x, n)
	for range doublings {
		grown := multiply(w, multiply(w, a, c, n), transpose(w, a, n), n)
		for i := range n {
			for j := range n {
				term[i*n+j] = c[i*n+j] + float64((grown[i*n+j]+grown[j*n+i])/2)
			}
		}
		copy(c, term)
		a = multiply(w, a, a, n)
	}
	for i := range n {
		for j := range n {
			c[i*n+j] = math.Ldexp(c[i*n+j], d[i]+d[j])
		}
	}
	return c
}

func transpose(w *workspace, a []float64, n int) []float64 {
	b := w.floats(n * n)
	for i := range n {
		for j := range n {
			b[j*n+i] = a[i*n+j]
		}
	}
	return b
}

// lower returns the lower triangle L with L L^T = C for a symmetric C without negative eigenvalues (Cholesky). Where a
// variable has no variance of its own beside those before it, its column is 0.
func lower(w *workspace, c []float64, n int) []float64 {
	l := w.floats(n * n)
	for j := range n {
		left := func(i int) float64 { // what is left of c[i, j]
			x := c[i*n+j]
			for k := range j {
				x = math.FMA(-l[i*n+k], l[j*n+k], x)
			}
			return x
		}
		r := left(j)
		if !(r > 1e-13*c[j*n+j]) {
			continue
		}
		r = math.Sqrt(r)
		l[j*n+j] = r
		for i := j + 1; i < n; i++ {
			l[i*n+j] = left(i) / r
		}
	}
	return l
}
