package expr

import (
	"math"

	"hearpipe/internal/kernel"
	"hearpipe/units"
)

// op is an elementwise operation of the language. Its meaning is the function scalar; the vector
// forms in machine.go have the same bits.
type op uint8

const (
	_ op = iota // the zero value is no operation
	// One operand.
	opNeg
	opNot
	opAbs
	opSign
	opFloor
	opCeil
	opTrunc
	opSqrt
	opSquare
	opCube
	opReciprocal
	opCbrt
	opExp
	opExpm1
	opExprel
	opLog
	opLog1p
	opLog2
	opLog10
	opSin
	opCos
	opTan
	opAsin
	opAcos
	opAtan
	opSinh
	opCosh
	opTanh
	opAsinh
	opAcosh
	opAtanh
	opRectify
	opDecibelGain
	opCopy
	// Two operands.
	opAdd
	opSub
	opMul
	opDiv
	opFloorDiv
	opMod
	opPow
	opAtan2
	opHypot
	opMin
	opMax
	opLess
	opLessEqual
	opGreater
	opGreaterEqual
	opEqual
	opNotEqual
	opAnd
	opOr
	// Three operands.
	opWhere // condition, value where true, value where false
	opClip  // value, lowest, highest
	// Superinstructions, made by the allocator.
	opSum          // pairs of a vector and a scalar, perhaps a scalar: the sum of products, rounded each, and of the last
	opCompress     // vector, lowest, highest, scale: the clipped vector to the power kernel.Third, times the scale
	opCompressRoot // the same with the cube root
	// Not elementary.
	opCall
	opDraw
)

// operands returns the number of operands of an elementary operation.
func (o op) operands() int {
	switch {
	case o < opAdd:
		return 1
	case o < opWhere:
		return 2
	case o == opCompress || o == opCompressRoot:
		return 4
	}
	return 3
}

// scalar computes one element. Each operation is rounded once; explicit conversions keep the
// compiler from fusing a product with a following sum.
func (o op) scalar(a, b, c float64) float64 {
	switch o {
	case opNeg:
		return -a
	case opNot:
		return truth(a == 0)
	case opAbs:
		return math.Abs(a)
	case opSign:
		return kernel.Sign(a)
	case opFloor:
		return math.Floor(a)
	case opCeil:
		return math.Ceil(a)
	case opTrunc:
		return math.Trunc(a)
	case opSqrt:
		return math.Sqrt(a)
	case opSquare:
		return float64(a * a)
	case opCube:
		return float64(float64(a*a) * a)
	case opReciprocal:
		return 1 / a
	case opRectify:
		return kernel.Rectify(a)
	case opCopy:
		return a
	case opAdd:
		return a + b
	case opSub:
		return a - b
	case opMul:
		return float64(a * b)
	case opDiv:
		return a / b
	case opFloorDiv:
		return kernel.FloorDiv(a, b)
	case opMod:
		return kernel.Mod(a, b)
	case opPow:
		return power(a, b)
	case opAtan2:
		return kernel.Atan2(a, b)
	case opHypot:
		return kernel.Hypot(a, b)
	case opMin:
		return kernel.Min(a, b)
	case opMax:
		return kernel.Max(a, b)
	case opLess:
		return truth(a < b)
	case opLessEqual:
		return truth(a <= b)
	case opGreater:
		return truth(a > b)
	case opGreaterEqual:
		return truth(a >= b)
	case opEqual:
		return truth(a == b)
	case opNotEqual:
		return truth(a != b)
	case opAnd:
		return truth(a != 0 && b != 0)
	case opOr:
		return truth(a != 0 || b != 0)
	case opWhere:
		if a != 0 {
			return b
		}
		return c
	case opClip:
		return clip(a, b, c)
	}
	return elementary(o, a)
}

// elementary computes the transcendental functions of one argument.
func elementary(o op, a float64) float64 {
	switch o {
	case opCbrt:
		return kernel.Cbrt(a)
	case opExp:
		return kernel.Exp(a)
	case opExpm1:
		return kernel.Expm1(a)
	case opExprel:
		return kernel.Exprel(a)
	case opLog:
		return kernel.Log(a)
	case opLog1p:
		return kernel.Log1p(a)
	case opLog2:
		return kernel.Log2(a)
	case opLog10:
		return kernel.Log10(a)
	case opSin:
		return kernel.Sin(a)
	case opCos:
		return kernel.Cos(a)
	case opTan:
		return kernel.Tan(a)
	case opAsin:
		return kernel.Asin(a)
	case opAcos:
		return kernel.Acos(a)
	case opAtan:
		return kernel.Atan(a)
	case opSinh:
		return kernel.Sinh(a)
	case opCosh:
		return kernel.Cosh(a)
	case opTanh:
		return kernel.Tanh(a)
	case opAsinh:
		return asinh(a)
	case opAcosh:
		return acosh(a)
	case opAtanh:
		return atanh(a)
	case opDecibelGain:
		return units.Decibel(a).Gain()
	}
	panic("expr: unknown operation")
}

// power is a**b. The exponents 2, 3, 0.5 and -1 mean a*a, (a*a)*a, sqrt(a) and 1/a, whether they are
// constants or computed; so folding and substitution do not change bits.
func power(a, b float64) float64 {
	switch b {
	case 2:
		return float64(a * a)
	case 3:
		return float64(float64(a*a) * a)
	case 0.5:
		return math.Sqrt(a)
	case -1:
		return 1 / a
	}
	return kernel.Pow(a, b)
}

// clip limits a to lo..hi; hi wins when it is below lo, NaN stays NaN.
func clip(a, lo, hi float64) float64 {
	if a < lo {
		a = lo
	}
	if a > hi {
		a = hi
	}
	return a
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
