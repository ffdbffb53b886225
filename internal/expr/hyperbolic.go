package expr

import (
	"math"

	"hearpipe/internal/kernel"
)

// Inverse hyperbolic functions, made of logarithms so that small arguments keep their digits (Abramowitz & Stegun 1964,
// 4.6.20 to 4.6.22).

// large is where x*x+1 has rounded to x*x long ago, and x*x does not overflow yet.
const large = 1e150

// asinh is log(x + sqrt(x*x + 1)), for |x| = a as log1p(a + a*a/(1 + sqrt(a*a + 1))).
func asinh(x float64) float64 {
	a := math.Abs(x)
	if a > large {
		return math.Copysign(kernel.Log(a)+math.Ln2, x)
	}
	square := float64(a * a)
	return math.Copysign(kernel.Log1p(a+square/(1+math.Sqrt(square+1))), x)
}

// acosh is log(x + sqrt(x*x - 1)), with t = x - 1 as log1p(t + sqrt(t*(t + 2))); NaN below 1.
func acosh(x float64) float64 {
	if x < 1 {
		return math.NaN()
	}
	if x > large {
		return kernel.Log(x) + math.Ln2
	}
	t := x - 1
	return kernel.Log1p(t + math.Sqrt(float64(t*(t+2))))
}

// atanh is log((1 + x)/(1 - x))/2, for |x| = a as log1p(2*a/(1 - a))/2; infinite at 1, NaN beyond.
func atanh(x float64) float64 {
	a := math.Abs(x)
	return math.Copysign(kernel.Log1p(2*a/(1-a))/2, x)
}
