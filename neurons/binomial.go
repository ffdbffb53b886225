package neurons

import (
	"math"

	"hearpipe/internal/expr"
	"hearpipe/internal/kernel"
)

// binomialName is the function binomial(n, p) of statements. It becomes a function of a uniform number, so that its random
// numbers are those of rand().
const binomialName = "binomial"

var binomialFunction = &expr.Function{Name: binomialName, Min: 3, Max: 3, Check: func(args []expr.Type) (expr.Type, error) {
	for k, a := range args {
		if !a.IsNumber() {
			return expr.Type{}, &expr.ArgumentError{Arg: k, Msg: "needs a number without dimension"}
		}
	}
	return expr.Type{Kind: expr.Integer}, nil
}, Scalar: func(args []float64) float64 { return binomialQuantile(args[0], args[1], args[2]) }}

// withBinomials gives each binomial(n, p) its uniform number.
func withBinomials(list []expr.Statement) []expr.Statement {
	for k := range list {
		list[k].Value = expr.Rewrite(list[k].Value, func(n expr.Node) expr.Node {
			call, ok := n.(*expr.Call)
			if !ok || call.Func != binomialName || len(call.Args) != 2 {
				return n
			}
			drawn, with := *call, *call
			drawn.Func, drawn.Args = "rand", nil
			with.Args = append(append([]expr.Node(nil), call.Args...), &drawn)
			return &with
		})
	}
	return list
}

// binomialQuantile is the smallest k for which a binomial number of n trials with probability p is at most k with a
// probability of more than u: a binomial random number for a uniform u in [0, 1). n is rounded down and p limited to
// 0 ... 1; NaN gives NaN. The probability of the mode is
// exp(lnG(n+1) - lnG(k+1) - lnG(n-k+1) + k ln p + (n-k) ln(1-p)); from there the search goes down to where nothing counts any
// more and up to where the sum passes u, in about sqrt(n p (1-p)) steps.
func binomialQuantile(n, p, u float64) float64 {
	n = math.Floor(n)
	switch {
	case n != n || p != p:
		return math.NaN()
	case n <= 0 || p <= 0:
		return 0
	case p >= 1:
		return n
	case p > 0.5: // the upper tail is computed better from its own side; u = 0 must stay the smallest number
		return n - binomialQuantile(n, 1-p, 1-u-0x1p-53)
	}
	odds := p / (1 - p)
	mode := math.Floor(float64((n + 1) * p))
	top := kernel.Exp(lnChoose(n, mode) + float64(mode*kernel.Log(p)) + float64((n-mode)*kernel.Log1p(-p)))
	k, x := mode, top
	for k > 0 && x > 1e-18*top { // down to the smallest that counts
		x = float64(x * (k / float64((n-k+1)*odds)))
		k--
	}
	for sum := x; u >= sum && k < n && (k < mode || x > 1e-18*top); sum += x {
		x = float64(x * (float64((n-k)*odds) / (k + 1)))
		k++
	}
	return k
}

// lnChoose is the logarithm of n over k.
func lnChoose(n, k float64) float64 { return lnGamma(n+1) - lnGamma(k+1) - lnGamma(n-k+1) }

// lnGamma is the logarithm of the gamma function for x >= 1: Stirling's series after shifting x to at least 10 by
// G(x+1) = x G(x); the error is below 1e-14 relative.
func lnGamma(x float64) float64 {
	shift := 1.0
	for x < 10 {
		shift *= x
		x++
	}
	y := 1 / x
	z := float64(y * y)
	series := float64(y * (1./12 - float64(z*(1./360-float64(z*(1./1260-float64(z*(1./1680-float64(z*(1./1188))))))))))
	const halfLn2Pi = 0.91893853320467274178
	return float64((x-0.5)*kernel.Log(x)) - x + halfLn2Pi + series - kernel.Log(shift)
}
