package units

import (
	"math"
	"strconv"
	"strings"
)

// Quantity is a real number with a physical dimension. Value is in SI base units (20 ms has the
// Value 0.02 and the dimension of time). The zero value is the plain number 0.
type Quantity struct {
	Value float64
	Dim   Dimension
}

// Number returns x as a dimensionless quantity.
func Number(x float64) Quantity { return Quantity{Value: x} }

// Add returns q + r, or a *DimensionMismatch.
func (q Quantity) Add(r Quantity) (Quantity, error) {
	if q.Dim != r.Dim {
		return Quantity{}, &DimensionMismatch{Op: "addition", Dims: []Dimension{q.Dim, r.Dim}}
	}
	return Quantity{q.Value + r.Value, q.Dim}, nil
}

// Sub returns q - r, or a *DimensionMismatch.
func (q Quantity) Sub(r Quantity) (Quantity, error) {
	if q.Dim != r.Dim {
		return Quantity{}, &DimensionMismatch{Op: "subtraction", Dims: []Dimension{q.Dim, r.Dim}}
	}
	return Quantity{q.Value - r.Value, q.Dim}, nil
}

// Mul returns q * r.
func (q Quantity) Mul(r Quantity) Quantity { return Quantity{q.Value * r.Value, q.Dim.Mul(r.Dim)} }

// Div returns q / r; a zero divisor gives Inf or NaN as for float64.
func (q Quantity) Div(r Quantity) Quantity { return Quantity{q.Value / r.Value, q.Dim.Div(r.Dim)} }

// Neg returns -q.
func (q Quantity) Neg() Quantity { return Quantity{-q.Value, q.Dim} }

// Sqrt returns the square root of q; a negative Value gives NaN.
func (q Quantity) Sqrt() Quantity { return Quantity{math.Sqrt(q.Value), q.Dim.Sqrt()} }

// In returns how many of unit q is, so that Quantity{0.02, DimTime}.In(ms) is 20, or a
// *DimensionMismatch.
func (q Quantity) In(unit Quantity) (float64, error) {
	if q.Dim != unit.Dim {
		return 0, &DimensionMismatch{Op: "conversion", Dims: []Dimension{q.Dim, unit.Dim}}
	}
	return q.Value / unit.Value, nil
}

// As returns the SI value of q when it has the dimension d, or a *DimensionMismatch naming both.
func (q Quantity) As(d Dimension) (float64, error) {
	if q.Dim != d {
		return 0, &DimensionMismatch{Op: "conversion", Dims: []Dimension{q.Dim, d}}
	}
	return q.Value, nil
}

// String prints the quantity with the unit and the prefix that a reader expects: "20 ms",
// "-60 mV", "44.1 kHz". All digits that distinguish the value are printed; the decimal point is
// moved in decimal, so that no rounding is added. A dimension without a unit of its own is written
// in base units: "0.5 m s^-1".
func (q Quantity) String() string {
	if q.Dim.IsDimensionless() {
		return strconv.FormatFloat(q.Value, 'g', -1, 64)
	}
	if sym, shift, ok := symbolFor(q.Dim); ok {
		return withPrefix(q.Value, sym, shift)
	}
	s := q.Dim.String()
	return strconv.FormatFloat(q.Value, 'g', -1, 64) + " " + s[1:len(s)-1]
}

// withPrefix prints value·10^shift of a unit with the prefix that leaves one to three digits
// before the decimal point.
func withPrefix(value float64, symbol string, shift int) string {
	if value == 0 || math.IsInf(value, 0) || math.IsNaN(value) {
		return strconv.FormatFloat(value, 'g', -1, 64) + " " + symbol
	}
	text := strconv.FormatFloat(value, 'e', -1, 64)
	mantissa, exponent, _ := strings.Cut(text, "e")
	e, _ := strconv.Atoi(exponent)
	e += shift
	sign := ""
	if mantissa[0] == '-' {
		sign, mantissa = "-", mantissa[1:]
	}
	digits := strings.Replace(mantissa, ".", "", 1)
	third := e / 3
	if e < 0 && e%3 != 0 {
		third--
	}
	third = min(max(third, -5), 4)
	before := e - 3*third + 1 // digits before the decimal point
	if before < -5 || before > 9 {
		base, _ := strconv.ParseFloat(digits[:1]+"."+digits[1:]+"e"+strconv.Itoa(e), 64)
		return sign + strconv.FormatFloat(base, 'g', -1, 64) + " " + symbol
	}
	if before <= 0 {
		digits = strings.Repeat("0", 1-before) + digits
		before = 1
	}
	if len(digits) < before {
		digits += strings.Repeat("0", before-len(digits))
	}
	number := digits[:before]
	if rest := digits[before:]; rest != "" {
		number += "." + rest
	}
	return sign + number + " " + engineering[third+5] + symbol
}

// engineering holds the prefixes in steps of a thousand, from femto to tera.
var engineering = [...]string{"f", "p", "n", "u", "m", "", "k", "M", "G", "T"}
