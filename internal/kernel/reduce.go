package kernel

// AllFinite says whether no number of x is infinite or NaN.
func AllFinite(x []float64) bool { return allFinite(x) }
