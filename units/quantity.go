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
// "-60 mV", "44.1 kHz", with as many digits as Parse needs to give the value back. A dimension
// without a unit of its own is written in base units: "0.5 m s^-1".
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

// withPrefix prints value·10^shift of a unit with the prefix that leaves one to three digits before
// the decimal point.
func withPrefix(value float64, symbol string, shift int) string {
	plain := func() string { return strconv.FormatFloat(value*powerOfTen(shift), 'g', -1, 64) + " " + symbol }
	if value == 0 || math.IsInf(value, 0) || math.IsNaN(value) {
		return plain()
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(value, 'e', -1, 64), "e")
	e, _ := strconv.Atoi(exponent)
	e += shift
	if e < -18 || e > 20 {
		return plain()
	}
	third := min(max(int(math.Floor(float64(e)/3)), -5), 4)
	unit := powerOfTen(3*third - shift)
	// The digits of the value itself, unless fewer do.
	x, _ := strconv.ParseFloat(mantissa+"e"+strconv.Itoa(e-3*third), 64)
	for digits := 1; digits < 17; digits++ {
		// The shortest decimal that Parse turns into this value: 3 nS is 3*1e-9, whose last bit
		// is not that of 3e-9.
		text := strconv.FormatFloat(x, 'g', digits, 64)
		if y, _ := strconv.ParseFloat(text, 64); float64(y*unit) == value {
			x = y
			break
		}
	}
	return strconv.FormatFloat(x, 'f', -1, 64) + " " + engineering[third+5] + symbol
}

// engineering holds the prefixes in steps of a thousand, from femto to tera.
var engineering = [...]string{"f", "p", "n", "u", "m", "", "k", "M", "G", "T"}
