package sound

import (
	"math"

	"gonum.org/v1/gonum/dsp/fourier"

	"hearpipe/internal/kernel"
)

// dft transforms real sequences of one length n: X_k = Σ x_i·exp(-j2πki/n), k = 0 ... n/2. Lengths whose prime factors are
// small use gonum's mixed-radix transform, whose cost grows with n times the largest prime factor; a sound of a user has any
// length, so others use Bluestein's algorithm (1970): the transform as a convolution with a chirp, in powers of two.
type dft struct {
	n     int
	real  *fourier.FFT
	chirp *chirpTransform
}

// largestFactor is the greatest prime factor that is left to gonum.
const largestFactor = 100

func newDFT(n int) *dft {
	rest := n
	for p := 2; p <= largestFactor && rest > 1; p++ {
		for rest%p == 0 {
			rest /= p
		}
	}
	if rest <= 1 {
		return &dft{n: n, real: fourier.NewFFT(n)}
	}
	return &dft{n: n, chirp: newChirpTransform(n)}
}

// forward returns the n/2+1 bins from 0 to half the rate.
func (d *dft) forward(x []float64) []complex128 {
	if d.real != nil {
		return d.real.Coefficients(nil, x)
	}
	in := make([]complex128, d.n)
	for i, v := range x {
		in[i] = complex(v, 0)
	}
	return d.chirp.transform(in)[:d.n/2+1]
}

// inverse returns the real sequence whose first n/2+1 bins are given. Imaginary parts of bin 0 and, for even n, of the last do
// not count.
func (d *dft) inverse(bins []complex128) []float64 {
	x := make([]float64, d.n)
	if d.real != nil {
		x = d.real.Sequence(x, bins)
	} else {
		// x is real: it is the transform of the conjugate bins.
		in := make([]complex128, d.n)
		in[0] = complex(real(bins[0]), 0)
		for k := 1; k < len(bins); k++ {
			in[d.n-k] = bins[k]
			in[k] = conj(bins[k])
		}
		if d.n%2 == 0 {
			in[d.n/2] = complex(real(bins[d.n/2]), 0)
		}
		for i, v := range d.chirp.transform(in) {
			x[i] = real(v)
		}
	}
	for i := range x {
		x[i] /= float64(d.n)
	}
	return x
}

// chirpTransform holds what Bluestein's algorithm needs for one length n: the chirp exp(-jπi²/n) and the transform of its
// conjugate, folded into m >= 2n-1 points.
type chirpTransform struct {
	n, m   int
	fft    *fourier.CmplxFFT
	chirp  []complex128
	filter []complex128
}

func newChirpTransform(n int) *chirpTransform {
	m := 1
	for m < 2*n-1 {
		m *= 2
	}
	t := &chirpTransform{n: n, m: m, fft: fourier.NewCmplxFFT(m), chirp: make([]complex128, n)}
	h := make([]complex128, m)
	for i := range n {
		// i² modulo 2n in integers: the angle stays small and exact.
		s, c := kernel.Sincos(math.Pi * float64(int64(i)*int64(i)%int64(2*n)) / float64(n))
		t.chirp[i] = complex(c, -s)
		h[i] = complex(c, s)
		h[(m-i)%m] = h[i]
	}
	t.filter = t.fft.Coefficients(nil, h)
	return t
}

// transform returns the n bins of x.
func (t *chirpTransform) transform(x []complex128) []complex128 {
	a := make([]complex128, t.m)
	for i, v := range x {
		a[i] = mul(v, t.chirp[i])
	}
	a = t.fft.Coefficients(a, a)
	for i := range a {
		a[i] = mul(a[i], t.filter[i])
	}
	a = t.fft.Sequence(a, a)
	y := make([]complex128, t.n)
	for k := range y {
		v := mul(a[k], t.chirp[k])
		y[k] = complex(real(v)/float64(t.m), imag(v)/float64(t.m))
	}
	return y
}

// mul is the product of complex numbers, each operation rounded once.
func mul(a, b complex128) complex128 {
	return complex(float64(real(a)*real(b))-float64(imag(a)*imag(b)), float64(real(a)*imag(b))+float64(imag(a)*real(b)))
}

func conj(a complex128) complex128 { return complex(real(a), -imag(a)) }
