package filterbank

import (
	"math"

	"hearpipe/internal/kernel"
)

// The arithmetic of complex numbers, written out: the compiler may fuse the products of the language, on some machines.
// Functions of a conjugate are the conjugates of the results, by bits.

// times is the product of two complex numbers.
func times(a, b complex128) complex128 {
	return complex(
		math.FMA(real(a), real(b), -float64(imag(a)*imag(b))),
		math.FMA(real(a), imag(b), float64(imag(a)*real(b))),
	)
}

// over is the quotient of two complex numbers whose squares neither overflow nor underflow.
func over(a, b complex128) complex128 {
	q := times(a, complex(real(b), -imag(b)))
	size := math.FMA(real(b), real(b), float64(imag(b)*imag(b)))
	return complex(real(q)/size, imag(q)/size)
}

// scaled is r·a.
func scaled(r float64, a complex128) complex128 {
	return complex(float64(r*real(a)), float64(r*imag(a)))
}

// squareRoot is the root of a in the right half plane.
func squareRoot(a complex128) complex128 {
	re, im := real(a), imag(a)
	size := kernel.Hypot(re, im)
	if size == 0 {
		return 0
	}
	big := math.Sqrt((math.Abs(re) + size) / 2) // the larger part: it does not cancel
	small := math.Abs(im) / (2 * big)
	if re < 0 {
		big, small = small, big
	}
	return complex(big, math.Copysign(small, im))
}

// magnitude is |a|.
func magnitude(a complex128) float64 { return kernel.Hypot(real(a), imag(a)) }
