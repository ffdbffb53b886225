package filterbank

import (
	"fmt"
	"math"

	"hearpipe/internal/kernel"
	"hearpipe/stages"
)

// Coefficients describe a bank of recursive filters: for every channel a series of sections of equal order m, each with
// the transfer function
//
//	H(z) = Σ b_i·z^-i / Σ a_i·z^-i,   i = 0..m,   a_0 = 1
//
// Section k+1 filters what section k gives. Channels are counted by absolute index: those of a slice start at First.
type Coefficients struct {
	first int
	s     kernel.Sections
}

// NewCoefficients makes a bank in which every b_i and a_i but a_0 is zero. channels and sections are at least 1, order at
// least 0.
func NewCoefficients(channels, sections, order int) (*Coefficients, error) {
	if channels < 1 || sections < 1 || order < 0 {
		return nil, fmt.Errorf("filter coefficients: %d channels, %d sections of order %d: want at least 1, 1 and 0", channels, sections, order)
	}
	return newCoefficients(0, channels, sections, order), nil
}

func newCoefficients(first, channels, sections, order int) *Coefficients {
	return &Coefficients{first, kernel.Sections{
		Count: sections, Order: order, Channels: channels,
		B: make([]float64, channels*sections*(order+1)), A: make([]float64, channels*sections*order),
	}}
}

// Channels is the number of channels described.
func (c *Coefficients) Channels() int { return c.s.Channels }

// First is the absolute index of the first of them.
func (c *Coefficients) First() int { return c.first }

// Sections is the number of sections in series.
func (c *Coefficients) Sections() int { return c.s.Count }

// Order is the order m of every section.
func (c *Coefficients) Order() int { return c.s.Order }

// Set changes one section of one channel (absolute index). b and a may be shorter than order+1: the rest is zero. Both are
// divided by a[0]. Coefficients of a running stage may be changed by the updater of a control, or between two fetches:
// the state is kept as it is. An impossible section and coefficients that are too many, not finite, or without a_0 are an
// error, and change nothing.
func (c *Coefficients) Set(channel, section int, b, a []float64) error {
	if err := c.check(channel, section); err != nil {
		return err
	}
	if len(b) > c.s.Order+1 || len(a) > c.s.Order+1 {
		return fmt.Errorf("filter coefficients: %d values of b, %d of a: want at most %d in sections of order %d", len(b), len(a), c.s.Order+1, c.s.Order)
	}
	if len(a) == 0 || a[0] == 0 {
		return fmt.Errorf("filter coefficients: channel %d, section %d: a_0 is zero", channel, section)
	}
	for name, list := range [...][]float64{b, a} {
		for i, v := range list {
			if v = v / a[0]; !finite(v) {
				return fmt.Errorf("filter coefficients: channel %d, section %d: %c_%d/a_0 = %g: want a finite number", channel, section, "ba"[name], i, v)
			}
		}
	}
	for i := range c.s.Order + 1 {
		bi, ai := c.place(channel, section, i)
		*bi = 0
		if i < len(b) {
			*bi = b[i] / a[0]
		}
		if i > 0 {
			*ai = 0
			if i < len(a) {
				*ai = a[i] / a[0]
			}
		}
	}
	return nil
}

// Section gives b_0..b_m and a_0..a_m of one section of one channel (absolute index), as copies. An index that does not
// exist is an error.
func (c *Coefficients) Section(channel, section int) (b, a []float64, err error) {
	if err := c.check(channel, section); err != nil {
		return nil, nil, err
	}
	b, a = make([]float64, c.s.Order+1), make([]float64, c.s.Order+1)
	a[0] = 1
	for i := range b {
		bi, ai := c.place(channel, section, i)
		b[i] = *bi
		if i > 0 {
			a[i] = *ai
		}
	}
	return b, a, nil
}

func (c *Coefficients) check(channel, section int) error {
	if channel < c.first || channel >= c.first+c.s.Channels || section < 0 || section >= c.s.Count {
		return fmt.Errorf("filter coefficients: channel %d, section %d: want channels %d:%d, sections 0:%d",
			channel, section, c.first, c.first+c.s.Channels, c.s.Count)
	}
	return nil
}

// place is where b_i and a_i are kept; a is nil for i = 0.
func (c *Coefficients) place(channel, section, i int) (b, a *float64) {
	s := &c.s
	channel -= c.first
	b = &s.B[(section*(s.Order+1)+i)*s.Channels+channel]
	if i > 0 {
		a = &s.A[(section*s.Order+i-1)*s.Channels+channel]
	}
	return b, a
}

// slice copies the channels of a range.
func (c *Coefficients) slice(r stages.Range) *Coefficients {
	d := newCoefficients(r.Lo, r.Len(), c.s.Count, c.s.Order)
	for i := range c.s.Count * (c.s.Order + 1) {
		copy(d.s.B[i*r.Len():][:r.Len()], c.s.B[i*c.s.Channels+r.Lo-c.first:])
	}
	for i := range c.s.Count * c.s.Order {
		copy(d.s.A[i*r.Len():][:r.Len()], c.s.A[i*c.s.Channels+r.Lo-c.first:])
	}
	return d
}

// Response is the transfer function of a channel (absolute index), the product over its sections, at a frequency [Hz] and
// sample rate [Hz]: H(e^jω), ω = 2π·frequency/rate. An index that does not exist is an error.
func (c *Coefficients) Response(channel int, frequency, rate float64) (complex128, error) {
	sin, cos := kernel.Sincos(2 * math.Pi * frequency / rate)
	h, w := complex(1, 0), complex(cos, -sin)
	for k := range c.s.Count {
		b, a, err := c.Section(channel, k)
		if err != nil {
			return 0, err
		}
		h = over(times(h, polynomial(b, w)), polynomial(a, w))
	}
	return h, nil
}

// polynomial is Σ p_i·w^i.
func polynomial(p []float64, w complex128) (sum complex128) {
	for i := len(p) - 1; i >= 0; i-- {
		sum = times(sum, w)
		sum = complex(real(sum)+p[i], imag(sum))
	}
	return sum
}

func finite(x float64) bool { return math.Abs(x) <= math.MaxFloat64 }
