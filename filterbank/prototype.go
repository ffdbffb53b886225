package filterbank

import (
	"fmt"
	"math"
	"math/big"

	"hearpipe/internal/kernel"
)

// prototype is the analogue low-pass of a family and order N with its edge at 1 rad/s; ripple and attenuation [dB] are
// those of the families that have them. With μ = -N+1, -N+3, …, N-1:
//
//   - Butterworth: poles -exp(jπμ/2N), gain 1.
//   - Chebyshev I: ε = √(10^(ripple/10) - 1), u = asinh(1/ε)/N, poles -sinh(u + jπμ/2N), gain 1 at 0, or 1/√(1+ε²) if N
//     is even.
//   - Chebyshev II: δ = 1/√(10^(attenuation/10) - 1), u = asinh(1/δ)/N, zeros j/sin(πμ/2N) for μ ≠ 0, poles 1/p where p is
//     -sinh(u)·cos(πμ/2N) - j·cosh(u)·sin(πμ/2N), gain 1 at 0.
//   - Bessel: the roots of the reverse Bessel polynomial, divided by the N-th root of its last coefficient, so that their
//     product is 1: at high frequencies the filter is the Butterworth filter of that order.
//
// The elliptic one is in [ellipticPrototype].
func prototype(family Family, order int, ripple, attenuation float64) (Roots, error) {
	switch family {
	case Bessel:
		return besselPrototype(order), nil
	case Elliptic:
		return ellipticPrototype(order, ripple, attenuation)
	}
	r := Roots{Gain: 1}
	n := float64(order)
	var u, excess float64 // excess is ε²
	switch family {
	case Chebyshev1:
		excess = powerExcess(ripple)
		u = asinh(1/math.Sqrt(excess)) / n
	case Chebyshev2:
		u = asinh(math.Sqrt(powerExcess(attenuation))) / n
	}
	sinh, cosh := kernel.Sinh(u), kernel.Cosh(u)
	for mu := 1 - order; mu < order; mu += 2 {
		sin, cos := kernel.Sincos(math.Pi * float64(mu) / (2 * n))
		if mu == 0 {
			sin = 0
		}
		switch family {
		case Butterworth:
			r.Poles = append(r.Poles, complex(-cos, -sin))
		case Chebyshev1:
			r.Poles = append(r.Poles, complex(-float64(sinh*cos), -float64(cosh*sin)))
		case Chebyshev2:
			r.Poles = append(r.Poles, over(1, complex(-float64(sinh*cos), -float64(cosh*sin))))
			if mu != 0 {
				r.Zeros = append(r.Zeros, complex(0, 1/sin))
			}
		}
	}
	r.level(0)
	if family == Chebyshev1 && order%2 == 0 {
		r.Gain /= math.Sqrt(1 + excess)
	}
	return r, nil
}

// level sets the gain so that H(at) is 1, at a real number.
func (r *Roots) level(at float64) { r.Gain = 1 / r.ratio(at) }

// powerExcess is 10^(dB/10) - 1.
func powerExcess(db float64) float64 { return kernel.Expm1(db / 10 * math.Ln10) }

// asinh is log(x + √(x²+1)), x >= 0.
func asinh(x float64) float64 {
	return kernel.Log1p(x + float64(x*(x/(1+kernel.Hypot(x, 1)))))
}

// acosh is log(x + √(x²-1)), x >= 1.
func acosh(x float64) float64 {
	t := x - 1
	return kernel.Log1p(t + float64(math.Sqrt(t)*math.Sqrt(2+t)))
}

// besselMost is the highest order for which the digits below suffice.
const besselMost = 25

// besselPrototype finds the roots of the reverse Bessel polynomial Σ_k (2N-k)!/(2^(N-k)·k!·(N-k)!)·s^k, by the simultaneous
// iteration of Durand and Kerner in arithmetic of 300 bits: in float64 they lose all their digits at high orders.
func besselPrototype(order int) Roots {
	n := order
	coefficient := make([]*big.Float, n+1) // of s^k; the last one is 1
	coefficient[n] = wide(1)
	for k := n - 1; k >= 0; k-- { // c_k/c_(k+1) = (2N-k)(k+1)/(2(N-k))
		c := new(big.Float).Mul(coefficient[k+1], wide(float64((2*n-k)*(k+1))))
		coefficient[k] = c.Quo(c, wide(float64(2*(n-k))))
	}
	roots := make([]bigComplex, n)
	for i := range roots { // a circle with no symmetry, of about the size of the roots
		sin, cos := kernel.Sincos(2*math.Pi*float64(i)/float64(n) + 0.4)
		roots[i] = bigComplex{wide(float64(n) * cos), wide(float64(n) * sin)}
	}
	for range 40 * n {
		moved := 0.0
		for i := range roots {
			value, product := bigComplex{wide(1), wide(0)}, bigComplex{wide(1), wide(0)}
			for k := n - 1; k >= 0; k-- {
				value = value.times(roots[i])
				value.re.Add(value.re, coefficient[k])
			}
			for j := range roots {
				if j != i {
					product = product.times(roots[i].minus(roots[j]))
				}
			}
			step := value.over(product)
			roots[i] = roots[i].minus(step)
			moved = max(moved, step.size()/roots[i].size())
		}
		if moved < 1e-30 {
			break
		}
	}
	last, _ := coefficient[0].Float64()
	radius := kernel.Exp(kernel.Log(last) / float64(n))
	r := Roots{Gain: 1}
	for _, p := range roots {
		re, _ := p.re.Float64()
		im, _ := p.im.Float64()
		switch {
		case math.Abs(im) < 1e-20*math.Abs(re):
			r.Poles = append(r.Poles, complex(re/radius, 0))
		case im > 0: // its conjugate is among the others, with other last digits
			r.Poles = append(r.Poles, complex(re/radius, im/radius), complex(re/radius, -im/radius))
		}
	}
	r.level(0)
	return r
}

// bigComplex is a complex number of 300 bits.
type bigComplex struct{ re, im *big.Float }

func wide(x float64) *big.Float { return new(big.Float).SetPrec(300).SetFloat64(x) }

func (a bigComplex) minus(b bigComplex) bigComplex {
	return bigComplex{new(big.Float).Sub(a.re, b.re), new(big.Float).Sub(a.im, b.im)}
}

func (a bigComplex) times(b bigComplex) bigComplex {
	mul := func(x, y *big.Float) *big.Float { return new(big.Float).Mul(x, y) }
	re, im := mul(a.re, b.re), mul(a.re, b.im)
	return bigComplex{re.Sub(re, mul(a.im, b.im)), im.Add(im, mul(a.im, b.re))}
}

func (a bigComplex) over(b bigComplex) bigComplex {
	q := a.times(bigComplex{b.re, new(big.Float).Neg(b.im)})
	size := b.times(bigComplex{b.re, new(big.Float).Neg(b.im)}).re
	return bigComplex{q.re.Quo(q.re, size), q.im.Quo(q.im, size)}
}

func (a bigComplex) size() float64 {
	re, _ := a.re.Float64()
	im, _ := a.im.Float64()
	return kernel.Hypot(re, im)
}

// checkOrder refuses orders that no family has.
func checkOrder(family Family, order int) error {
	most := maxOrder
	if family == Bessel {
		most = besselMost
	}
	if order < 1 || order > most {
		return fmt.Errorf("order %d: want 1 to %d", order, most)
	}
	return nil
}
