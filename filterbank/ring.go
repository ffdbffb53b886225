package filterbank

import (
	"math"

	"hearpipe/internal/kernel"
)

// ring multiplies polynomials of degree below size, a power of two, modulo z^size - j. The product of two real ones comes out
// whole: its coefficients below size are the real parts, those from size on the imaginary parts. That makes the transform of
// a block half as long as one padded with zeros.
//
// The ring is split again and again: z^n - e^jθ = (z^(n/2) - w)·(z^(n/2) + w) with w = e^jθ/2, until only numbers are left.
// One w serves all pairs of a group, so that all arithmetic is on long runs of values; lanes are channels, and coefficient i
// of lane c is at i*lanes+c. The order of the numbers that are left does not matter to products.
type ring struct {
	size     int
	cos, sin []float64 // of w, of the group at place i of a heap: its halves are at 2i and 2i+1
}

func newRing(size int) *ring {
	r := &ring{size, make([]float64, size), make([]float64, size)}
	turn := make([]float64, size) // θ/2π, exact
	for i := 1; i < size; i++ {
		if i == 1 {
			turn[i] = 0.25
		} else {
			turn[i] = float64(turn[i/2]/2) + float64(float64(i%2)/2)
		}
		half := turn[i] / 2 // below 1/2
		r.sin[i], r.cos[i] = kernel.Sincos(2 * math.Pi * half)
	}
	return r
}

// forward transforms real coefficients in re; im need not be set. work is a workspace as long as re.
func (r *ring) forward(re, im, work []float64) {
	half := len(re) / 2
	t := work[:half]
	a, b := re[:half], re[half:]
	c, d := im[:half], im[half:]
	kernel.VecMulScalar(t, b, r.cos[1])
	kernel.VecMulScalar(c, b, r.sin[1])
	kernel.VecNeg(d, c)
	kernel.VecSub(b, a, t)
	kernel.VecAdd(a, a, t)
	for groups := 2; groups < r.size; groups *= 2 {
		half /= 2
		t, u := work[:half], work[half:2*half]
		for g := range groups {
			at, cos, sin := 2*g*half, r.cos[groups+g], r.sin[groups+g]
			a, b := re[at:at+half], re[at+half:at+2*half]
			c, d := im[at:at+half], im[at+half:at+2*half]
			kernel.VecMulScalar(t, b, cos) // t + ju = w·(b + jd)
			kernel.VecMulScalar(u, d, sin)
			kernel.VecSub(t, t, u)
			kernel.VecMulScalar(u, d, cos)
			kernel.VecMulScalar(b, b, sin)
			kernel.VecAdd(u, u, b)
			kernel.VecSub(b, a, t)
			kernel.VecAdd(a, a, t)
			kernel.VecSub(d, c, u)
			kernel.VecAdd(c, c, u)
		}
	}
}

// back undoes forward, but for a factor size. work is as above.
func (r *ring) back(re, im, work []float64) {
	half := len(re) / r.size
	for groups := r.size / 2; groups >= 1; groups /= 2 {
		t, u := work[:half], work[half:2*half]
		for g := range groups {
			at, cos, sin := 2*g*half, r.cos[groups+g], r.sin[groups+g]
			a, b := re[at:at+half], re[at+half:at+2*half]
			c, d := im[at:at+half], im[at+half:at+2*half]
			kernel.VecSub(t, a, b)
			kernel.VecAdd(a, a, b)
			kernel.VecSub(u, c, d)
			kernel.VecAdd(c, c, d)
			kernel.VecMulScalar(b, t, cos) // b + jd = (t + ju)/w
			kernel.VecMulScalar(d, u, sin)
			kernel.VecAdd(b, b, d)
			kernel.VecMulScalar(d, u, cos)
			kernel.VecMulScalar(t, t, sin)
			kernel.VecSub(d, d, t)
		}
		half *= 2
	}
}
