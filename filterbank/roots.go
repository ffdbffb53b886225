package filterbank

import (
	"fmt"
	"math"
)

// Roots describe a filter by its zeros z, its poles p and its gain k:
//
//	H(s) = k·Π(s - z)/Π(s - p)
//
// of an analogue filter [rad/s], or with z in place of s of a digital one. Complex roots come in conjugate pairs, of which
// both are listed. There are at most as many zeros as poles.
type Roots struct {
	Zeros, Poles []complex128
	Gain         float64
}

// ratio is Re Π(c - z)/Π(c - p); the products are taken together, so that neither overflows.
func (r Roots) ratio(c float64) float64 {
	h := complex(1, 0)
	for i, p := range r.Poles {
		if i < len(r.Zeros) {
			h = times(h, complex(c, 0)-r.Zeros[i])
		}
		h = over(h, complex(c, 0)-p)
	}
	return real(h)
}

// excess is by how many there are more poles than zeros.
func (r Roots) excess() int { return len(r.Poles) - len(r.Zeros) }

// bilinear makes a digital filter of an analogue one by s = c·(z - 1)/(z + 1); c is twice the rate, if the roots are in rad/s.
func (r Roots) bilinear(c float64) Roots {
	d := Roots{Gain: r.Gain * r.ratio(c)}
	turn := func(list []complex128) (out []complex128) {
		for _, s := range list {
			out = append(out, over(complex(c, 0)+s, complex(c, 0)-s))
		}
		return out
	}
	d.Zeros, d.Poles = turn(r.Zeros), turn(r.Poles)
	for range r.excess() { // zeros at infinity
		d.Zeros = append(d.Zeros, -1)
	}
	return d
}

// Polynomials multiplies the roots out: b = k·Π(x - z) and a = Π(x - p), the highest power first, b with as many
// coefficients as a. Of a digital filter these are the b_i and a_i of one section of high order, H(z) = Σ b_i·z^-i/Σ a_i·z^-i;
// to compute with them is another matter: see [Coefficients.Decascade].
func (r Roots) Polynomials() (b, a []float64) {
	a = expand(r.Poles)
	b = make([]float64, r.excess(), len(a))
	for _, x := range expand(r.Zeros) {
		b = append(b, r.Gain*x)
	}
	return b, a
}

// expand is the real part of Π(x - root), the highest power first.
func expand(roots []complex128) []float64 {
	p := []complex128{1}
	for _, r := range roots {
		p = append(p, 0)
		for i := len(p) - 1; i > 0; i-- {
			p[i] -= times(r, p[i-1])
		}
	}
	list := make([]float64, len(p))
	for i, c := range p {
		list[i] = real(c)
	}
	return list
}

// section is one section of order 2, b_0..b_2 and a_0..a_2.
type section struct{ b, a [3]float64 }

// sections cuts a digital filter with as many zeros as poles into a series of sections of order 2. The poles nearest to the
// unit circle are paired with the zeros nearest to them, so that no section rings much louder than the whole, and come
// last; the gain is in the first section.
func (r Roots) sections() []section {
	poles, zeros := append([]complex128(nil), r.Poles...), append([]complex128(nil), r.Zeros...)
	var list []section
	for len(poles) > 0 {
		worst, at := math.Inf(1), 0
		for i, p := range poles {
			if d := math.Abs(1 - magnitude(p)); d < worst {
				worst, at = d, i
			}
		}
		p := poles[at]
		var pair []complex128
		pair, poles = takePair(poles, p)
		var z []complex128
		z, zeros = takeZeros(zeros, p, len(pair))
		s := section{}
		copy(s.b[:], expand(z))
		copy(s.a[:], expand(pair))
		list = append(list, s)
	}
	for i, j := 0, len(list)-1; i < j; i, j = i+1, j-1 {
		list[i], list[j] = list[j], list[i]
	}
	if len(list) == 0 {
		list = []section{{b: [3]float64{1}, a: [3]float64{1}}}
	}
	for i := range list[0].b {
		list[0].b[i] *= r.Gain
	}
	return list
}

// takePair takes root x and its conjugate out of a list, or, if x is real, the real root nearest to it, if there is one.
func takePair(list []complex128, x complex128) (pair, rest []complex128) {
	list = without(list, x)
	if imag(x) != 0 {
		c := complex(real(x), -imag(x))
		return []complex128{x, c}, without(list, c)
	}
	if y, ok := nearest(list, x, true); ok {
		return []complex128{x, y}, without(list, y)
	}
	return []complex128{x}, list
}

// takeZeros takes n zeros that belong together, the nearest to pole p, or all if there are fewer.
func takeZeros(list []complex128, p complex128, n int) (taken, rest []complex128) {
	reals := 0
	for _, z := range list {
		if imag(z) == 0 {
			reals++
		}
	}
	z, ok := nearest(list, p, n == 1 || reals == len(list))
	if ok && n == 2 && imag(z) == 0 && reals == 1 && len(list) > 1 { // it is needed by a single pole
		z, ok = nearest(without(list, z), p, false)
	}
	if !ok {
		return nil, list
	}
	if n == 1 {
		return []complex128{z}, without(list, z)
	}
	if imag(z) != 0 {
		c := complex(real(z), -imag(z))
		return []complex128{z, c}, without(without(list, z), c)
	}
	list = without(list, z)
	if y, ok := nearest(list, p, true); ok {
		return []complex128{z, y}, without(list, y)
	}
	return []complex128{z}, list
}

// nearest finds the root nearest to x, the first of several; reals says that only real ones count.
func nearest(list []complex128, x complex128, reals bool) (complex128, bool) {
	best, at := math.Inf(1), -1
	for i, r := range list {
		if d := magnitude(r - x); d < best && !(reals && imag(r) != 0) {
			best, at = d, i
		}
	}
	if at < 0 {
		return 0, false
	}
	return list[at], true
}

// without is a list without one of its elements.
func without(list []complex128, x complex128) []complex128 {
	for i, r := range list {
		if r == x {
			return append(append([]complex128(nil), list[:i]...), list[i+1:]...)
		}
	}
	return list
}

// sectionsOf makes the coefficients of a bank of digital filters, each a series of sections of order 2. Where a filter has
// fewer than others, sections that change nothing follow.
func sectionsOf(bank []Roots) (*Coefficients, error) {
	series, most := make([][]section, len(bank)), 0
	for c, r := range bank {
		series[c] = r.sections()
		most = max(most, len(series[c]))
	}
	coefficients := newCoefficients(0, len(bank), most, 2)
	for c, list := range series {
		for len(list) < most {
			list = append(list, section{b: [3]float64{1}, a: [3]float64{1}})
		}
		for k, s := range list {
			if !stable(s.a[:]) {
				return nil, fmt.Errorf("channel %d: section %d is unstable, a = %v: its poles are nearer to the unit circle than numbers can tell: want edges further apart, or further from 0 Hz and half the rate", c, k, s.a)
			}
			if err := coefficients.Set(c, k, s.b[:], s.a[:]); err != nil {
				return nil, err
			}
		}
	}
	return coefficients, nil
}
