package kernel

import (
	"math"
	"math/big"
	"sync"
)

// The functions of this file are the measure of the kernel's: plain series in big.Float, slow and obvious.

const refPrec = 256

func bf(x float64) *big.Float { return new(big.Float).SetPrec(refPrec).SetFloat64(x) }
func bnew() *big.Float        { return new(big.Float).SetPrec(refPrec) }
func badd(a, b *big.Float) *big.Float {
	return bnew().Add(a, b)
}
func bsub(a, b *big.Float) *big.Float { return bnew().Sub(a, b) }
func bmul(a, b *big.Float) *big.Float { return bnew().Mul(a, b) }
func bdiv(a, b *big.Float) *big.Float { return bnew().Quo(a, b) }
func bhalf(a *big.Float, n int) *big.Float {
	return bnew().SetMantExp(a, -n)
}

// tiny says that term no longer changes sum.
func tiny(term, sum *big.Float) bool {
	return term.Sign() == 0 || sum.Sign() != 0 && term.MantExp(nil) < sum.MantExp(nil)-refPrec
}

// refAtanSmall is the series of atan for |x| <= 1/2.
func refAtanSmall(x *big.Float) *big.Float {
	sum, power, x2 := bnew().Set(x), bnew().Set(x), bmul(x, x)
	for n := 3.0; ; n += 2 {
		power = bnew().Neg(bmul(power, x2))
		term := bdiv(power, bf(n))
		if tiny(term, sum) {
			return sum
		}
		sum = badd(sum, term)
	}
}

// pi to 1,600 bits by Machin's formula, for the reduction of the largest arguments.
var refPi = sync.OnceValue(func() *big.Float {
	const prec = 1600
	inverse := func(n int64) *big.Float {
		x := new(big.Float).SetPrec(prec).Quo(big.NewFloat(1).SetPrec(prec), new(big.Float).SetPrec(prec).SetInt64(n))
		x2 := new(big.Float).SetPrec(prec).Mul(x, x)
		sum, power := new(big.Float).SetPrec(prec).Set(x), x
		for k := int64(3); ; k += 2 {
			power = new(big.Float).SetPrec(prec).Mul(power, x2)
			power.Neg(power)
			term := new(big.Float).SetPrec(prec).Quo(power, new(big.Float).SetPrec(prec).SetInt64(k))
			if term.MantExp(nil) < -prec {
				return sum
			}
			sum.Add(sum, term)
		}
	}
	a, b := inverse(5), inverse(239)
	a.Mul(a, big.NewFloat(16))
	return a.Sub(a, b.Mul(b, big.NewFloat(4)))
})

func refExp(x *big.Float) *big.Float {
	if x.Sign() < 0 {
		return bdiv(bf(1), refExp(bnew().Neg(x)))
	}
	return badd(refExpm1(x), bf(1))
}

// refExpm1 halves the argument until it is small, sums the series, and doubles back: e^2y - 1 = E(E+2).
func refExpm1(x *big.Float) *big.Float {
	if x.Sign() == 0 {
		return bnew()
	}
	n := max(0, x.MantExp(nil)+8)
	y := bhalf(x, n)
	sum, term := bnew().Set(y), bnew().Set(y)
	for k := 2.0; ; k++ {
		term = bdiv(bmul(term, y), bf(k))
		if tiny(term, sum) {
			break
		}
		sum = badd(sum, term)
	}
	for range n {
		sum = bmul(sum, badd(sum, bf(2)))
	}
	return sum
}

var refLn2 = sync.OnceValue(func() *big.Float { return refLogSmall(bf(2)) })

// refLogSmall is 2·artanh((x-1)/(x+1)) for x near 1.
func refLogSmall(x *big.Float) *big.Float {
	s := bdiv(bsub(x, bf(1)), badd(x, bf(1)))
	sum, power, s2 := bnew().Set(s), bnew().Set(s), bmul(s, s)
	for n := 3.0; ; n += 2 {
		power = bmul(power, s2)
		term := bdiv(power, bf(n))
		if tiny(term, sum) {
			return bmul(sum, bf(2))
		}
		sum = badd(sum, term)
	}
}

func refLog(x *big.Float) *big.Float {
	m := bnew()
	k := x.MantExp(m) // m in [1/2, 1)
	if m.Cmp(bf(math.Sqrt2/2)) < 0 {
		m.SetMantExp(m, 1)
		k--
	}
	if k == 0 {
		return refLogSmall(m)
	}
	return badd(refLogSmall(m), bmul(bf(float64(k)), refLn2()))
}

// refSinCos reduces by the long π and sums the series.
func refSinCos(x *big.Float) (sin, cos *big.Float) {
	wide := new(big.Float).SetPrec(1600)
	half := new(big.Float).SetPrec(1600).SetMantExp(refPi(), -1)
	q := new(big.Float).SetPrec(1600).Quo(wide.Set(x), half)
	q.Add(q, big.NewFloat(math.Copysign(0.5, x64(q))))
	n, _ := q.Int(nil)
	r := new(big.Float).SetPrec(1600).Mul(new(big.Float).SetPrec(1600).SetInt(n), half)
	r.Sub(new(big.Float).SetPrec(1600).Set(x), r)
	y := bnew().Set(r)
	y2 := bnew().Neg(bmul(y, y))
	series := func(first *big.Float, k float64) *big.Float {
		sum, term := bnew().Set(first), bnew().Set(first)
		for ; ; k += 2 {
			term = bdiv(bmul(term, y2), bf(k*(k+1)))
			if tiny(term, sum) {
				return sum
			}
			sum = badd(sum, term)
		}
	}
	s, c := series(y, 2), series(bf(1), 1)
	switch new(big.Int).And(n, big.NewInt(3)).Int64() {
	case 0:
		return s, c
	case 1:
		return c, s.Neg(s)
	case 2:
		return s.Neg(s), c.Neg(c)
	}
	return c.Neg(c), s
}

func x64(x *big.Float) float64 { f, _ := x.Float64(); return f }

// refAtan halves the angle three times: atan(x) = 2·atan(x/(1+√(1+x²))).
func refAtan(x *big.Float) *big.Float {
	y := bnew().Set(x)
	for range 3 {
		y = bdiv(y, badd(bf(1), bnew().Sqrt(badd(bf(1), bmul(y, y)))))
	}
	return bmul(refAtanSmall(y), bf(8))
}

// refAtan2 works for x and y not both zero.
func refAtan2(y, x *big.Float) *big.Float {
	pi := bnew().Set(refPi())
	switch {
	case x.Sign() > 0:
		return refAtan(bdiv(y, x))
	case x.Sign() == 0 && y.Sign() > 0:
		return bhalf(pi, 1)
	case x.Sign() == 0:
		return bhalf(pi.Neg(pi), 1)
	case y.Sign() >= 0:
		return badd(refAtan(bdiv(y, x)), pi)
	}
	return bsub(refAtan(bdiv(y, x)), pi)
}

func refAsin(x *big.Float) *big.Float {
	return refAtan2(x, bnew().Sqrt(bmul(bsub(bf(1), x), badd(bf(1), x))))
}

func refAcos(x *big.Float) *big.Float {
	return refAtan2(bnew().Sqrt(bmul(bsub(bf(1), x), badd(bf(1), x))), x)
}

func refSinh(x *big.Float) *big.Float {
	e := refExpm1(x)
	return bhalf(badd(e, bdiv(e, badd(e, bf(1)))), 1)
}

func refCosh(x *big.Float) *big.Float {
	e := refExp(x)
	return bhalf(badd(e, bdiv(bf(1), e)), 1)
}

func refTanh(x *big.Float) *big.Float {
	e := refExpm1(bmul(x, bf(2)))
	return bdiv(e, badd(e, bf(2)))
}

func refCbrt(x *big.Float) *big.Float {
	y := bf(math.Cbrt(x64(x)))
	for range 4 { // Newton doubles the 53 good bits each time
		y = bsub(y, bdiv(bsub(bmul(bmul(y, y), y), x), bmul(bf(3), bmul(y, y))))
	}
	return y
}

// ulps is |got - want| in units of the last place of want as a float64 (the spacing of subnormals below 2^-1022).
func ulps(got float64, want *big.Float) float64 {
	if math.IsNaN(got) {
		return math.Inf(1)
	}
	if math.IsInf(got, 0) {
		if w := x64(want); w == got {
			return 0
		}
		return math.Inf(1)
	}
	if want.Sign() == 0 {
		if got == 0 {
			return 0
		}
		return math.Inf(1)
	}
	exp := max(want.MantExp(nil), -1021) - 53
	d := bsub(bf(got), want)
	e, _ := bnew().SetMantExp(d.Abs(d), -exp).Float64()
	return e
}
