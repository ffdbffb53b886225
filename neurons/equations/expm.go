package equations

import "math"

// expm returns the exponential of a square matrix of n rows, stored row by row, by scaling and squaring with the diagonal
// Padé approximant of order 13 (Higham 2005, "The scaling and squaring method for the matrix exponential revisited",
// SIAM J. Matrix Anal. Appl. 26:1179). It holds for singular and defective matrices. Sums run in index order in fused
// arithmetic, so that the bits are the same on every machine.
//
// The matrix is balanced by powers of two first (exact): models in SI units mix factors such as 1e-12 and 1e9, and without
// balancing the many squarings would lose digits. Entries that are not finite give entries that are not finite.
//
// The result is memory of w.
func expm(w *workspace, a []float64, n int) []float64 {
	d := balance(w, a, n)
	x := w.floats(n * n)
	for i := range n {
		for j := range n {
			x[i*n+j] = math.Ldexp(a[i*n+j], d[j]-d[i])
		}
	}
	const theta = 5.371920351148152 // the norm up to which order 13 is exact to double precision
	squarings := 0
	if norm := oneNorm(x, n); norm > theta && !math.IsInf(norm, 0) {
		_, squarings = math.Frexp(norm / theta)
	}
	for i := range x {
		x[i] = math.Ldexp(x[i], -squarings)
	}
	e := pade13(w, x, n)
	for range squarings {
		e = multiply(w, e, e, n)
	}
	for i := range n {
		for j := range n {
			e[i*n+j] = math.Ldexp(e[i*n+j], d[i]-d[j])
		}
	}
	return e
}

// workspace is memory that is used again: what it hands out holds until the next reset. Its zero value is ready.
type workspace struct {
	f  []float64
	i  []int
	nf int
	ni int
}

// reset takes everything back, and makes as much memory as was asked for since the last reset.
func (w *workspace) reset() {
	if w.nf > len(w.f) {
		w.f = make([]float64, w.nf)
	}
	if w.ni > len(w.i) {
		w.i = make([]int, w.ni)
	}
	w.nf, w.ni = 0, 0
}

// floats returns n zeros.
func (w *workspace) floats(n int) []float64 {
	w.nf += n
	if w.nf > len(w.f) {
		return make([]float64, n)
	}
	x := w.f[w.nf-n : w.nf : w.nf]
	clear(x)
	return x
}

// ints returns n zeros.
func (w *workspace) ints(n int) []int {
	w.ni += n
	if w.ni > len(w.i) {
		return make([]int, n)
	}
	x := w.i[w.ni-n : w.ni : w.ni]
	clear(x)
	return x
}

// balance returns exponents d such that the matrix a[i,j]*2^(d[j]-d[i]) has rows and columns of similar size. Where a
// column has no entry off the diagonal, its row is made no larger than 1 (a variable that drives no other).
func balance(w *workspace, a []float64, n int) []int {
	d := w.ints(n)
	exponent := func(x float64) int {
		_, e := math.Frexp(x)
		return e
	}
	for range 10 {
		moved := false
		for i := range n {
			column, row := 0.0, 0.0
			for j := range n {
				if j != i {
					column += math.Ldexp(math.Abs(a[j*n+i]), d[i]-d[j])
					row += math.Ldexp(math.Abs(a[i*n+j]), d[j]-d[i])
				}
			}
			shift := 0
			switch {
			case column > 0 && row > 0:
				shift = (exponent(row) - exponent(column)) / 2
			case column == 0 && row > 1:
				shift = exponent(row)
			}
			// Exponents stay small enough for the scaling itself to be exact.
			if shift != 0 && d[i]+shift < 400 && d[i]+shift > -400 {
				d[i] += shift
				moved = true
			}
		}
		if !moved {
			break
		}
	}
	return d
}

// oneNorm is the largest sum of magnitudes in a column.
func oneNorm(a []float64, n int) float64 {
	norm := 0.0
	for j := range n {
		sum := 0.0
		for i := range n {
			sum += math.Abs(a[i*n+j])
		}
		norm = max(norm, sum)
	}
	return norm
}

// pade13 is the diagonal Padé approximant of order 13 of the exponential: (V - U)^-1 (V + U) with the odd part U and the
// even part V (Higham 2005, eq. 2.3 and table 2.3).
func pade13(w *workspace, a []float64, n int) []float64 {
	b := [...]float64{
		64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000,
		10559470521600, 670442572800, 33522128640, 1323241920, 40840800, 960960, 16380, 182, 1,
	}
	a2 := multiply(w, a, a, n)
	a4 := multiply(w, a2, a2, n)
	a6 := multiply(w, a4, a2, n)
	even := func(b6, b4, b2, b0 float64) []float64 {
		s := w.floats(n * n)
		for i := range s {
			s[i] = math.FMA(b6, a6[i], math.FMA(b4, a4[i], float64(b2*a2[i])))
		}
		for i := range n {
			s[i*n+i] += b0
		}
		return s
	}
	sum := func(x, y []float64) []float64 {
		for i := range x {
			x[i] += y[i]
		}
		return x
	}
	u := multiply(w, a, sum(multiply(w, a6, even(b[13], b[11], b[9], 0), n), even(b[7], b[5], b[3], b[1])), n)
	v := sum(multiply(w, a6, even(b[12], b[10], b[8], 0), n), even(b[6], b[4], b[2], b[0]))
	left, right := w.floats(n*n), w.floats(n*n)
	for i := range u {
		left[i], right[i] = v[i]-u[i], v[i]+u[i]
	}
	return solve(left, right, n)
}

// multiply returns the product of two square matrices.
func multiply(w *workspace, a, b []float64, n int) []float64 {
	c := w.floats(n * n)
	for i := range n {
		for k := range n {
			x := a[i*n+k]
			if x == 0 {
				continue
			}
			for j := range n {
				c[i*n+j] = math.FMA(x, b[k*n+j], c[i*n+j])
			}
		}
	}
	return c
}

// solve returns X with A X = B by Gaussian elimination with partial pivoting; a and b are overwritten.
func solve(a, b []float64, n int) []float64 {
	for k := range n {
		pivot := k
		for i := k + 1; i < n; i++ {
			if math.Abs(a[i*n+k]) > math.Abs(a[pivot*n+k]) {
				pivot = i
			}
		}
		if pivot != k {
			for j := range n {
				a[k*n+j], a[pivot*n+j] = a[pivot*n+j], a[k*n+j]
				b[k*n+j], b[pivot*n+j] = b[pivot*n+j], b[k*n+j]
			}
		}
		for i := k + 1; i < n; i++ {
			f := -a[i*n+k] / a[k*n+k]
			if f == 0 {
				continue
			}
			for j := k; j < n; j++ {
				a[i*n+j] = math.FMA(f, a[k*n+j], a[i*n+j])
			}
			for j := range n {
				b[i*n+j] = math.FMA(f, b[k*n+j], b[i*n+j])
			}
		}
	}
	for i := n - 1; i >= 0; i-- {
		for k := i + 1; k < n; k++ {
			f := -a[i*n+k]
			for j := range n {
				b[i*n+j] = math.FMA(f, b[k*n+j], b[i*n+j])
			}
		}
		for j := range n {
			b[i*n+j] /= a[i*n+i]
		}
	}
	return b
}
