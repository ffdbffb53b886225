package kernel

// AllFinite says whether no number of x is infinite or NaN.
func AllFinite(x []float64) bool { return allFinite(x) }

// LeadingZeros counts the numbers at the start of x that are zero: where it is less than len(x) it is the place of the first
// number that is not (NaN is not).
func LeadingZeros(x []float64) int { return leadingZeros(x) }
