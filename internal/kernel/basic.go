package kernel

import "math"

// Min is the lesser of a and b. If one is NaN the result is NaN; of equal values (+0 and -0 are equal) it is b.
func Min(a, b float64) float64 {
	if a < b || a != a {
		return a
	}
	return b
}

// Max is the greater of a and b. If one is NaN the result is NaN; of equal values (+0 and -0 are equal) it is b.
func Max(a, b float64) float64 {
	if a > b || a != a {
		return a
	}
	return b
}

// Sign is -1, 0 or 1 as x is negative, zero or positive. A zero keeps its sign; NaN stays NaN.
func Sign(x float64) float64 {
	if x > 0 {
		return 1
	}
	if x < 0 {
		return -1
	}
	return x
}

// Rectify is x where x > 0, +0 elsewhere (half-wave rectification); NaN stays NaN.
func Rectify(x float64) float64 {
	if x > 0 || x != x {
		return x
	}
	return 0
}

// Mod is the remainder of the division of x by y with the sign of y, as the operator % of Python: x - y*floor(x/y) without
// the roundings of that formula. The remainder of magnitudes is exact; where the signs differ y is added to it, which
// rounds once. A zero remainder has the sign of y. Mod(x, 0), Mod(±Inf, y) and NaN operands give NaN;
// Mod(x, ±Inf) is x if the signs agree or x is zero, else ±Inf.
func Mod(x, y float64) float64 {
	r := math.Mod(x, y)
	if r == 0 {
		return math.Copysign(0, y)
	}
	if (r < 0) != (y < 0) {
		return r + y // NaN comes out of either branch
	}
	return r
}

// FloorDiv is floor(x/y) as the operator // of Python on floats: the integer q nearest to (x - Mod(x, y))/y, so that it
// agrees with [Mod] where the quotient x/y would round up to the next integer. FloorDiv(x, 0) is x/0 (Python
// refuses that); FloorDiv(±Inf, y) and NaN operands give NaN.
func FloorDiv(x, y float64) float64 {
	if y == 0 {
		return x / y
	}
	r := math.Mod(x, y)
	q := (x - r) / y
	if r != 0 && (r < 0) != (y < 0) {
		q--
	}
	if q == 0 {
		return math.Copysign(0, x/y)
	}
	f := math.Floor(q)
	if q-f > 0.5 {
		f++
	}
	return f
}
