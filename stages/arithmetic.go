package stages

import (
	"fmt"
	"math"
)

// NewSum is the weighted sum ((0 + x₁w₁) + x₂w₂) + … of its inputs, as long as the longest. weights nil means all 1,
// else one finite weight per input. All inputs have one rate and one number of channels, or 1 channel, which is copied
// to all.
func NewSum(srcs []Stage, weights []float64) (*Stream, error) {
	const kind = "stages.sum"
	if weights != nil && len(weights) != len(srcs) {
		return nil, fmt.Errorf("%s: %d weights for %d inputs", kind, len(weights), len(srcs))
	}
	w := make([]float64, len(srcs))
	for i := range w {
		w[i] = 1
		if weights != nil {
			w[i] = weights[i]
		}
		if math.IsNaN(w[i]) || math.IsInf(w[i], 0) {
			return nil, fmt.Errorf("%s: weight %d is %g: want a finite number", kind, i, w[i])
		}
	}
	return newElementwise(kind, srcs, func(dst []float64, args [][]float64) {
		clear(dst)
		for k, x := range args {
			wk := w[k]
			x = x[:len(dst)]
			for i := range dst {
				dst[i] += float64(x[i] * wk)
			}
		}
	})
}

// NewDifference is a - b. Rates, channels and lengths are those of [NewSum].
func NewDifference(a, b Stage) (*Stream, error) {
	return newElementwise("stages.difference", []Stage{a, b}, func(dst []float64, args [][]float64) {
		x, y := args[0][:len(dst)], args[1][:len(dst)]
		for i := range dst {
			dst[i] = x[i] - y[i]
		}
	})
}

// NewProduct is the product of its inputs, from left to right. Rates, channels and lengths are those of [NewSum]: after
// the end of one input the product is 0.
func NewProduct(srcs ...Stage) (*Stream, error) {
	return newElementwise("stages.product", srcs, func(dst []float64, args [][]float64) {
		copy(dst, args[0])
		for _, x := range args[1:] {
			x = x[:len(dst)]
			for i := range dst {
				dst[i] *= x[i]
			}
		}
	})
}

// NewQuotient is a / b by the rules of IEEE 754: after the end of b it is ±Inf or NaN.
func NewQuotient(a, b Stage) (*Stream, error) {
	return newElementwise("stages.quotient", []Stage{a, b}, func(dst []float64, args [][]float64) {
		x, y := args[0][:len(dst)], args[1][:len(dst)]
		for i := range dst {
			dst[i] = x[i] / y[i]
		}
	})
}

// NewScale is factor·x + offset, two roundings. Both must be finite.
func NewScale(src Stage, factor, offset float64) (*Stream, error) {
	const kind = "stages.scale"
	if math.IsNaN(factor+offset) || math.IsInf(factor+offset, 0) {
		return nil, fmt.Errorf("%s: factor %g, offset %g: want finite numbers", kind, factor, offset)
	}
	return newElementwise(kind, []Stage{src}, func(dst []float64, args [][]float64) {
		x := args[0][:len(dst)]
		for i := range dst {
			dst[i] = float64(factor*x[i]) + offset
		}
	})
}
