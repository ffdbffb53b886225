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
// One w serves all pairs of a group; lanes are channels, and coefficient i of lane c is at i*lanes+c. The order of the numbers that are left does not matter to products.
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

// forward transforms real coefficients in re; im need not be set.
func (r *ring) forward(re, im []float64) {
	kernel.RingSplitReal(re, im, r.cos[1], r.sin[1])
	for groups := 2; groups < r.size; groups *= 2 {
		kernel.RingSplit(re, im, r.cos[groups:2*groups], r.sin[groups:2*groups])
	}
}

// back undoes forward, but for a factor size.
func (r *ring) back(re, im []float64) {
	for groups := r.size / 2; groups >= 1; groups /= 2 {
		kernel.RingJoin(re, im, r.cos[groups:2*groups], r.sin[groups:2*groups])
	}
}
