package picture

import (
	"math"
	"strconv"
)

// step is the smallest of 1, 2 and 5 times a power of ten that cuts span into at most n parts.
func step(span float64, n int) float64 {
	power := math.Pow(10, math.Floor(math.Log10(span/float64(n))))
	for _, m := range []float64{1, 2, 5} {
		if span/(m*power) <= float64(n)*(1+1e-9) {
			return m * power
		}
	}
	return 10 * power
}

// linearTicks marks multiples of a round number between low and high, at most n parts of the range.
func linearTicks(low, high float64, n int) ticks {
	if !(high > low) {
		return nil
	}
	by := step(high-low, n)
	format, digits := byte('f'), max(0, -int(math.Floor(math.Log10(by)+1e-9)))
	if digits > 6 || max(math.Abs(low), math.Abs(high)) >= 1e7 {
		format, digits = 'g', 4
	}
	var all ticks
	tolerance := (high - low) * 1e-9
	for k := math.Ceil((low - tolerance) / by); k*by <= high+tolerance; k++ {
		value := k*by + 0 // never -0
		all = append(all, tick{value, strconv.FormatFloat(value, format, digits, 64)})
	}
	return all
}

// wholeTicks is linearTicks for numbers that count something.
func wholeTicks(low, high float64, n int) ticks {
	if high-low < float64(n) {
		n = max(1, int(high-low))
	}
	return linearTicks(low, high, n)
}

// frequencyTicks marks frequencies between low and high [Hz] on a logarithmic axis: 20, 50, 100, 200, …, 10k, 20k, with
// short marks between. A range without three of these gets evenly spaced ones.
func frequencyTicks(low, high float64) ticks {
	var all ticks
	labelled := 0
	decades := math.Log10(high / low)
	for power := math.Pow(10, math.Floor(math.Log10(low))); power <= high*(1+1e-9); power *= 10 {
		for m := 1.0; m < 10; m++ {
			f := m * power
			if f < low*(1-1e-9) || f > high*(1+1e-9) {
				continue
			}
			t := tick{value: f}
			if m == 1 || (m == 2 || m == 5) && decades < 5 {
				t.label = frequencyLabel(f)
				labelled++
			}
			all = append(all, t)
		}
	}
	if labelled < 3 {
		return linearTicks(low, high, 6)
	}
	return all
}

// frequencyLabel writes a round frequency [Hz], with k for thousands.
func frequencyLabel(f float64) string {
	// 15 digits hide what multiplying powers of ten has left in the last ones.
	if f >= 1000*(1-1e-9) {
		return strconv.FormatFloat(roundDigits(f/1000), 'f', -1, 64) + "k"
	}
	return strconv.FormatFloat(roundDigits(f), 'f', -1, 64)
}

func roundDigits(x float64) float64 {
	y, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 9, 64), 64)
	if err != nil {
		return x
	}
	return y
}

// timeAxis is the axis of n frames, in a unit of time that gives short numbers. Without a rate frames are counted.
func timeAxis(n int64, rate float64) axis {
	span, unit := float64(max(n, 1)), "frame"
	if rate > 0 {
		seconds := span / rate
		switch {
		case seconds <= 5:
			span, unit = seconds*1e3, "time (ms)"
		case seconds <= 300:
			span, unit = seconds, "time (s)"
		case seconds <= 3*3600:
			span, unit = seconds/60, "time (min)"
		default:
			span, unit = seconds/3600, "time (h)"
		}
	}
	return axis{0, span, unit, linearTicks(0, span, 9)}
}

// thousands writes a count with commas: 24,100.
func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for at := len(s) - 3; at > 0 && s[at-1] != '-'; at -= 3 {
		s = s[:at] + "," + s[at:]
	}
	return s
}
