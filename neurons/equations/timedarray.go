package equations

import (
	"fmt"
	"math"

	"hearpipe/internal/expr"
	"hearpipe/units"
)

// TimedArray is a function of the time given by its values at regular intervals: ta(t), or ta(t, i) with a column per
// cell. The value at t is row floor((t - Start)/DT + 1e-4) of Values, the first one before the start and the last one
// after the end. (Brian 1.4 takes the nearest row, half an interval earlier.) The small number lets a time that rounding
// has put just below the start of an interval belong to it.
type TimedArray struct {
	// Values are row by row [SI]: row k holds from Start + k*DT on.
	Values []float64
	// Columns is the number of columns of ta(t, i); 0: the function has the time as its only argument.
	Columns int
	// DT is the interval of the rows, Start the time of row 0 [s].
	DT, Start float64
	// Dim is the dimension of the values.
	Dim units.Dimension
}

// check says what is wrong with an array.
func (a *TimedArray) check(name string) error {
	columns := max(a.Columns, 1)
	switch {
	case a.Columns < 0:
		return fmt.Errorf("timed array %s: %d columns: want 0 (a function of the time) or more", name, a.Columns)
	case len(a.Values) == 0:
		return fmt.Errorf("timed array %s: no values", name)
	case len(a.Values)%columns != 0:
		return fmt.Errorf("timed array %s: %d values in %d columns: want whole rows", name, len(a.Values), columns)
	case !(a.DT > 0) || math.IsInf(a.DT, 0):
		return fmt.Errorf("timed array %s: interval of %g s: want a positive time", name, a.DT)
	case math.IsNaN(a.Start) || math.IsInf(a.Start, 0):
		return fmt.Errorf("timed array %s: start at %g s: want a finite time", name, a.Start)
	}
	return nil
}

// At is the value at the time t [s] in a column (0 if there is one only). A time that is not a number gives NaN.
func (a *TimedArray) At(t float64, column int) float64 {
	columns := max(a.Columns, 1)
	k := math.Floor((t-a.Start)/a.DT + 1e-4)
	if math.IsNaN(k) {
		return math.NaN()
	}
	last := len(a.Values)/columns - 1
	row := int(min(max(k, 0), float64(last)))
	return a.Values[row*columns+column]
}

// steady reports whether the value keeps the same during steps of dt that begin at multiples of dt: the intervals and
// the start are whole numbers of steps.
func (a *TimedArray) steady(dt float64) bool {
	whole := func(x float64) bool {
		q := x / dt
		return math.Abs(q-math.RoundToEven(q)) <= 1e-4
	}
	return whole(a.Start) && whole(a.DT) && math.RoundToEven(a.DT/dt) >= 1
}

// function makes the array a function of the language.
func (a *TimedArray) function(name string) *expr.Function {
	f := &expr.Function{Name: name, Args: []units.Dimension{units.DimTime}, Result: expr.FloatType(a.Dim)}
	if a.Columns == 0 {
		f.Scalar = func(x []float64) float64 { return a.At(x[0], 0) }
	} else {
		f.Args = append(f.Args, units.Dimensionless)
		f.Scalar = func(x []float64) float64 {
			c := math.Floor(x[1])
			if !(c >= 0 && c < float64(a.Columns)) {
				return math.NaN()
			}
			return a.At(x[0], int(c))
		}
	}
	f.Min, f.Max = len(f.Args), len(f.Args)
	return f
}
