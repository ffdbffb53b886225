package units

import (
	"fmt"
	"strconv"
	"strings"
)

// Base is one of the seven base quantities of the SI, in the order in which Brian prints them.
type Base int

// The seven base quantities with the symbols of their units.
const (
	Length      Base = iota // m
	Mass                    // kg
	Time                    // s
	Current                 // A
	Temperature             // K
	Amount                  // mol
	Luminosity              // cd
	bases                   // number of base quantities
)

var baseSymbols = [bases]string{"m", "kg", "s", "A", "K", "mol", "cd"}

// maxTerm bounds numerators and denominators of exponents. Beyond it a dimension is not Valid;
// no physical model comes near it, but a nonsensical text such as ((x**999)**999)**999 does.
const maxTerm = 1 << 20

// Rational is an exact fraction in lowest terms with a positive denominator. The zero value is 0.
// Rationals are comparable with ==.
type Rational struct {
	num int32
	dm1 int32 // denominator minus one, so that the zero value is 0/1; -1 marks overflow
}

// Rat returns num/den in lowest terms. It panics when den is zero. A term beyond 2^20 gives a
// Rational that is not Valid.
func Rat(num, den int) Rational {
	if den == 0 {
		panic("units: rational with denominator zero")
	}
	return reduce(int64(num), int64(den))
}

func reduce(num, den int64) Rational {
	if den < 0 {
		num, den = -num, -den
	}
	a, b := num, den
	if a < 0 {
		a = -a
	}
	for b != 0 {
		a, b = b, a%b
	}
	if a > 1 {
		num, den = num/a, den/a
	}
	if num > maxTerm || num < -maxTerm || den > maxTerm {
		return Rational{dm1: -1}
	}
	return Rational{num: int32(num), dm1: int32(den - 1)}
}

// RatOf returns the fraction with the smallest denominator, at most 1000, whose nearest float64 is
// x; ok is false when there is none. It turns the exponent 0.1 into 1/10 and 1.0/3 into 1/3.
func RatOf(x float64) (r Rational, ok bool) {
	if !(x >= -1000 && x <= 1000) {
		return Rational{}, false
	}
	for den := 1; den <= 1000; den++ {
		p := float64(x * float64(den))
		n := int(p + 0.5)
		if p < 0 {
			n = int(p - 0.5)
		}
		if float64(n)/float64(den) == x {
			return Rat(n, den), true
		}
	}
	return Rational{}, false
}

// Valid reports whether no term has overflowed.
func (r Rational) Valid() bool { return r.dm1 >= 0 }

// Num returns the numerator.
func (r Rational) Num() int { return int(r.num) }

// Den returns the denominator, at least 1.
func (r Rational) Den() int { return int(r.dm1) + 1 }

// Float returns the fraction as the nearest float64.
func (r Rational) Float() float64 { return float64(r.num) / float64(r.Den()) }

// String prints an integer, a short decimal (-0.5) or a fraction (1/3).
func (r Rational) String() string {
	if !r.Valid() {
		return "out of range"
	}
	if r.dm1 == 0 {
		return strconv.Itoa(int(r.num))
	}
	if 1000%r.Den() == 0 {
		return strconv.FormatFloat(r.Float(), 'f', -1, 64)
	}
	return fmt.Sprintf("%d/%d", r.num, r.Den())
}

func (r Rational) add(s Rational) Rational {
	if !r.Valid() || !s.Valid() {
		return Rational{dm1: -1}
	}
	rn, rd, sn, sd := int64(r.num), int64(r.Den()), int64(s.num), int64(s.Den())
	return reduce(rn*sd+sn*rd, rd*sd)
}

func (r Rational) mul(s Rational) Rational {
	if !r.Valid() || !s.Valid() {
		return Rational{dm1: -1}
	}
	return reduce(int64(r.num)*int64(s.num), int64(r.Den())*int64(s.Den()))
}

func (r Rational) neg() Rational {
	if r.Valid() {
		r.num = -r.num
	}
	return r
}

// Dimension is a product of powers of the seven SI base quantities. Exponents are rational: white
// noise has the dimension second^-0.5. The zero value is dimensionless; dimensions are equal
// exactly when == says so.
type Dimension struct {
	exp [bases]Rational
}

// Dimensionless is the dimension of a plain number.
var Dimensionless = Dimension{}

// NewDimension returns the dimension with the given integer exponents of metre, kilogram, second,
// ampere, kelvin, mole and candela.
func NewDimension(m, kg, s, a, k, mol, cd int) Dimension {
	var d Dimension
	for i, e := range [bases]int{m, kg, s, a, k, mol, cd} {
		d.exp[i] = Rat(e, 1)
	}
	return d
}

// Exponent returns the exponent of one base quantity.
func (d Dimension) Exponent(b Base) Rational { return d.exp[b] }

// IsDimensionless reports whether all exponents are zero.
func (d Dimension) IsDimensionless() bool { return d == Dimension{} }

// Valid reports whether all exponents could be represented; it is false after an overflow of an
// exponent, which only nonsensical powers of powers reach.
func (d Dimension) Valid() bool {
	for _, e := range d.exp {
		if !e.Valid() {
			return false
		}
	}
	return true
}

// Mul returns the dimension of a product.
func (d Dimension) Mul(e Dimension) Dimension {
	for i := range d.exp {
		d.exp[i] = d.exp[i].add(e.exp[i])
	}
	return d
}

// Div returns the dimension of a quotient.
func (d Dimension) Div(e Dimension) Dimension {
	for i := range d.exp {
		d.exp[i] = d.exp[i].add(e.exp[i].neg())
	}
	return d
}

// Pow returns the dimension of a power.
func (d Dimension) Pow(r Rational) Dimension {
	for i := range d.exp {
		d.exp[i] = d.exp[i].mul(r)
	}
	return d
}

// Sqrt returns the dimension of a square root.
func (d Dimension) Sqrt() Dimension { return d.Pow(Rat(1, 2)) }

// String prints the dimension in Brian's manner: "(m^2 kg s^-3 A^-1)" for the volt, "(s^-0.5)" for
// white noise, "(1)" for a plain number.
func (d Dimension) String() string {
	if !d.Valid() {
		return "(exponents out of range)"
	}
	var parts []string
	for i, e := range d.exp {
		switch {
		case e == Rational{}:
		case e == Rat(1, 1):
			parts = append(parts, baseSymbols[i])
		default:
			parts = append(parts, baseSymbols[i]+"^"+e.String())
		}
	}
	if parts == nil {
		return "(1)"
	}
	return "(" + strings.Join(parts, " ") + ")"
}

// DimensionMismatch is the error of an operation on quantities whose dimensions do not agree.
type DimensionMismatch struct {
	Op   string      // what was tried, as a noun: "addition"
	Dims []Dimension // the dimensions of the operands, in order
}

// Error prints in Brian's manner: "addition, dimensions were (s) (m)".
func (e *DimensionMismatch) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	b.WriteString(", dimensions were")
	for _, d := range e.Dims {
		b.WriteByte(' ')
		b.WriteString(d.String())
	}
	return b.String()
}
