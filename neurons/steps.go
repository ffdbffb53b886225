package neurons

import "math"

// Rounding says which whole number of steps a time becomes that is not a multiple of the step.
type Rounding uint8

// The roundings.
const (
	Nearest Rounding = iota
	Ceil
	Floor
)

// maxSteps bounds the number of steps of a time, so that sums of step numbers do not overflow; it stands for "for ever".
const maxSteps = int64(1) << 61

// Steps converts a time x [s] to steps of dt [s]: the nearest whole number if it is no further away than 1e-4, else x/dt
// rounded as the caller asks. Without the tolerance 233 of the 1,000 multiples 0.1 ... 100.0 ms of 0.1 ms would lose a
// step by truncation, because decimal fractions have no exact binary form. x must not be NaN; the result is between -2^61
// and 2^61.
func Steps(x, dt float64, as Rounding) int64 {
	q := x / dt
	k := math.RoundToEven(q)
	if !(math.Abs(q-k) <= 1e-4) {
		switch as {
		case Ceil:
			k = math.Ceil(q)
		case Floor:
			k = math.Floor(q)
		}
	}
	switch {
	case k >= float64(maxSteps):
		return maxSteps
	case k <= -float64(maxSteps):
		return -maxSteps
	}
	return int64(k)
}
