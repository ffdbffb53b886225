package units

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Decibel is a level difference or a level in dB. It is a type of its own because a level does not
// mix with quantities: levels are added to and subtracted from each other and scaled by numbers.
type Decibel float64

// String prints the level, such as "60 dB".
func (d Decibel) String() string { return strconv.FormatFloat(float64(d), 'g', -1, 64) + " dB" }

// ParseDecibel reads a level: "60 dB", "-3.5 dB", "60*dB", "60dB".
func ParseDecibel(text string) (Decibel, error) {
	rest := strings.TrimSpace(text)
	n := numberLength(rest)
	unit := strings.TrimSpace(rest[n:])
	unit = strings.TrimSpace(strings.TrimPrefix(unit, "*"))
	if n == 0 || unit != "dB" {
		return 0, fmt.Errorf("%q: need a level such as 60 dB", text)
	}
	value, err := strconv.ParseFloat(rest[:n], 64)
	if err != nil {
		return 0, fmt.Errorf("%q: the number %s is too large for a float64", text, rest[:n])
	}
	return Decibel(value), nil
}

// Gain returns the ratio of amplitudes 10^(d/20): 1000 for 60 dB, exactly 1 for 0 dB. It uses only
// exactly rounded operations, so that it has the same bits on every machine; the error is below
// one unit in the last place.
func (d Decibel) Gain() float64 {
	x := float64(d)
	switch {
	case math.IsNaN(x):
		return x
	case x > 20*309:
		return math.Inf(1)
	case x < -20*324:
		return 0
	}
	// 10^(x/20) = 10^n · e^z with |x - 20n| <= 10 and z = (x-20n)·ln(10)/20 held as hi+lo. The
	// subtraction is exact: x and 20n are within a factor of two, or n is zero.
	n := math.RoundToEven(x / 20)
	r := x - float64(20*n)
	const (
		// ln(10)/20 as a sum of two float64.
		hi = 0x1.d791c5f888822p-4
		lo = 0x1.abeeabde89357p-58
	)
	zHi := float64(r * hi)
	zLo := math.FMA(r, hi, -zHi) + float64(r*lo)
	// e^z for |z| <= 1.16 by its power series in double-double arithmetic, Horner's way:
	// s <- 1 + z·s/k. Thirty terms leave less than 2^-100.
	sHi, sLo := 1.0, 0.0
	for k := 30.0; k >= 1; k-- {
		pHi := float64(zHi * sHi)
		pLo := math.FMA(zHi, sHi, -pHi) + float64(zHi*sLo) + float64(zLo*sHi)
		qHi := pHi / k
		qLo := (math.FMA(-qHi, k, pHi) + pLo) / k
		sHi = 1 + qHi
		b := sHi - 1 // the exact error of this sum, whichever term is larger
		sLo = (1 - (sHi - b)) + (qHi - b) + qLo
	}
	ten := powerOfTen(int(n))
	if math.IsInf(ten, 0) || ten == 0 || ten < 0x1p-1022 {
		// At the edge of the range the power of ten is split so that no factor overflows alone.
		half := int(n) / 2
		return (sHi + sLo) * powerOfTen(half) * powerOfTen(int(n)-half)
	}
	return (sHi + sLo) * ten
}

// powerOfTen returns the float64 nearest to 10^n, infinity beyond the range.
func powerOfTen(n int) float64 {
	value, _ := strconv.ParseFloat("1e"+strconv.Itoa(n), 64)
	return value
}
