package filterbank

import (
	"fmt"
	"math"
)

// Decascade multiplies sections in series into fewer sections of higher order: the series is cut into groups, in order, and
// each group becomes one section whose numerator and denominator are the products of those of its members. groups divides
// the number of sections.
//
// The transfer function is the same, the arithmetic is worse: the poles of a section of high order are very sensitive to
// the rounding of its coefficients. In a gammatone filterbank at 44.1 kHz two groups differ from the four sections by 1e-7
// of the peak at 20 Hz, 1e-9 at 210 Hz and less than 1e-12 from 2.2 kHz on; one group is unstable at 20 Hz, off by a tenth
// at 210 Hz, by 1e-4 at 545 Hz and by 1e-8 at 2.2 kHz. A channel with a section that has become unstable, or was, is an
// error that names it.
func (c *Coefficients) Decascade(groups int) (*Coefficients, error) {
	if groups < 1 || c.s.Count%groups != 0 {
		return nil, fmt.Errorf("decascade: %d groups of %d sections: want a divisor of %d", groups, c.s.Count, c.s.Count)
	}
	size := c.s.Count / groups
	d := newCoefficients(c.first, c.s.Channels, groups, size*c.s.Order)
	for channel := c.first; channel < c.first+c.s.Channels; channel++ {
		for g := range groups {
			b, a := []float64{1}, []float64{1}
			for k := range size {
				bk, ak, err := c.Section(channel, g*size+k)
				if err != nil {
					return nil, err
				}
				b, a = multiply(b, bk), multiply(a, ak)
			}
			if !stable(a) {
				return nil, fmt.Errorf("decascade: channel %d: the section of order %d made of sections %d:%d is unstable: want more groups than %d",
					channel, len(a)-1, g*size, (g+1)*size, groups)
			}
			if err := d.Set(channel, g, b, a); err != nil {
				return nil, err
			}
		}
	}
	return d, nil
}

// multiply is the product of two polynomials.
func multiply(p, q []float64) []float64 {
	r := make([]float64, len(p)+len(q)-1)
	for i, x := range p {
		for j, y := range q {
			r[i+j] = math.FMA(x, y, r[i+j])
		}
	}
	return r
}

// stable says whether all roots of Σ a_i·z^-i, a_0 = 1, lie inside the unit circle: the step-down recursion of Schur and
// Cohn, whose reflection coefficients are then all below 1.
func stable(a []float64) bool {
	a = append([]float64(nil), a...)
	for m := len(a) - 1; m > 0; m-- {
		k := a[m]
		if !(math.Abs(k) < 1) {
			return false
		}
		scale := 1 / math.FMA(-k, k, 1)
		for i, j := 1, m-1; i <= j; i, j = i+1, j-1 {
			x, y := a[i], a[j]
			a[i], a[j] = math.FMA(-k, y, x)*scale, math.FMA(-k, x, y)*scale
		}
	}
	return true
}
