package hrtf

import (
	"math"
	"math/bits"

	"hearpipe/internal/kernel"
)

// fourier transforms complex sequences of one length n, a power of two: X_k = Σ x_i·exp(-j2πki/n). Its sines are those of package kernel, so that it gives the same bits on
// every machine.
type fourier struct {
	n        int
	cos, sin []float64 // of 2πi/n, i = 0..n/2-1
}

// complexes is a complex sequence.
type complexes struct{ re, im []float64 }

func newFourier(n int) *fourier {
	f := &fourier{n, make([]float64, n/2), make([]float64, n/2)}
	for i := range f.cos {
		f.sin[i], f.cos[i] = kernel.Sincos(2 * math.Pi * float64(i) / float64(n))
	}
	return f
}

// spectrum transforms a real sequence, with zeros behind it.
func (f *fourier) spectrum(x []float64) complexes {
	c := complexes{make([]float64, f.n), make([]float64, f.n)}
	copy(c.re, x)
	f.transform(c)
	return c
}

// transform works in place: by bit reversal and butterflies of growing length.
func (f *fourier) transform(c complexes) {
	shift := bits.LeadingZeros64(uint64(f.n)) + 1
	for i := range f.n {
		if k := int(bits.Reverse64(uint64(i)) >> shift); k > i && shift < 64 {
			c.re[i], c.re[k] = c.re[k], c.re[i]
			c.im[i], c.im[k] = c.im[k], c.im[i]
		}
	}
	for half := 1; half < f.n; half *= 2 {
		step := f.n / (2 * half)
		for at := 0; at < f.n; at += 2 * half {
			for k := range half {
				cos, sin := f.cos[k*step], f.sin[k*step]
				i, j := at+k, at+k+half
				re := math.FMA(c.re[j], cos, float64(c.im[j]*sin))
				im := math.FMA(c.im[j], cos, -float64(c.re[j]*sin))
				c.re[j], c.im[j] = c.re[i]-re, c.im[i]-im
				c.re[i], c.im[i] = c.re[i]+re, c.im[i]+im
			}
		}
	}
}

// back undoes transform.
func (f *fourier) back(c complexes) {
	for i := range c.im {
		c.im[i] = -c.im[i]
	}
	f.transform(c)
	for i := range c.re {
		c.re[i] /= float64(f.n)
		c.im[i] /= -float64(f.n)
	}
}
