package expr

import "hearpipe/internal/kernel"

// execute runs the vector code over the current block.
func (m *Machine) execute(at Elements) {
	v := m.views
	for k := range m.p.segments {
		if chain := m.chains[k]; chain != nil {
			finite := kernel.Chain(chain, v, m.table, at.Len())
			m.finite = m.finite && finite
			continue
		}
		i := &m.p.code[m.p.segments[k].at]
		dst := v[i.dst]
		switch i.form {
		case formVector:
			switch {
			case i.op < opAdd:
				unary(i.op, dst, v[i.a])
			case i.op < opWhere:
				binary(i.op, dst, v[i.a], v[i.b])
			case i.op == opWhere:
				kernel.VecSelect(dst, v[i.a], v[i.b], v[i.c])
			case i.op == opClip:
				vecClip(dst, v[i.a], v[i.b], v[i.c])
			case i.op == opCall:
				m.call(i, at)
			case i.op == opDraw:
				m.random.Fill(int(i.call), dst, at)
			}
		case formScalar:
			withScalar(i.op, dst, v[i.a], m.table[i.b])
		case formLeft:
			scalarWith(i.op, dst, m.table[i.a], v[i.b])
		case formBounds:
			kernel.VecClip(dst, v[i.a], m.table[i.b], m.table[i.c])
		case formSum:
			m.sum(i)
		case formCompress:
			compress := kernel.VecCompress
			if i.op == opCompressRoot {
				compress = kernel.VecCompressRoot
			}
			compress(dst, v[i.a], m.table[i.b], m.table[i.c], m.table[i.d])
		case formFill:
			kernel.VecFill(dst, m.table[i.a])
		}
	}
	for _, slot := range m.scanned {
		m.finite = m.finite && kernel.AllFinite(v[slot])
	}
}

// sum adds scaled vectors.
func (m *Machine) sum(i *instruction) {
	var x [kernel.MaxSum][]float64
	var scale [kernel.MaxSum]float64
	n, offset := len(i.args)/2, kernel.NoOffset
	for k := range n {
		x[k], scale[k] = m.views[i.args[2*k]], m.table[i.args[2*k+1]]
	}
	if len(i.args) > 2*n {
		offset = m.table[i.args[2*n]]
	}
	kernel.VecSum(m.views[i.dst], x[:n], scale[:n], offset)
}

// unary computes operations of one vector.
func unary(o op, dst, x []float64) {
	switch o {
	case opNeg:
		kernel.VecNeg(dst, x)
	case opNot:
		kernel.VecNot(dst, x)
	case opAbs:
		kernel.VecAbs(dst, x)
	case opSign:
		kernel.VecSign(dst, x)
	case opFloor:
		kernel.VecFloor(dst, x)
	case opCeil:
		kernel.VecCeil(dst, x)
	case opTrunc:
		kernel.VecTrunc(dst, x)
	case opSqrt:
		kernel.VecSqrt(dst, x)
	case opSquare:
		kernel.VecSquare(dst, x)
	case opCube:
		kernel.VecCube(dst, x)
	case opReciprocal:
		kernel.VecReciprocal(dst, x)
	case opCbrt:
		kernel.VecCbrt(dst, x)
	case opExp:
		kernel.VecExp(dst, x)
	case opExpm1:
		kernel.VecExpm1(dst, x)
	case opExprel:
		kernel.VecExprel(dst, x)
	case opLog:
		kernel.VecLog(dst, x)
	case opLog1p:
		kernel.VecLog1p(dst, x)
	case opLog2:
		kernel.VecLog2(dst, x)
	case opLog10:
		kernel.VecLog10(dst, x)
	case opSin:
		kernel.VecSin(dst, x)
	case opCos:
		kernel.VecCos(dst, x)
	case opTan:
		kernel.VecTan(dst, x)
	case opAsin:
		kernel.VecAsin(dst, x)
	case opAcos:
		kernel.VecAcos(dst, x)
	case opAtan:
		kernel.VecAtan(dst, x)
	case opSinh:
		kernel.VecSinh(dst, x)
	case opCosh:
		kernel.VecCosh(dst, x)
	case opTanh:
		kernel.VecTanh(dst, x)
	case opRectify:
		kernel.VecRectify(dst, x)
	case opCopy:
		kernel.VecCopy(dst, x)
	default:
		for i, a := range x {
			dst[i] = o.scalar(a, 0, 0)
		}
	}
}

// binary computes operations of two vectors.
func binary(o op, dst, a, b []float64) {
	switch o {
	case opAdd:
		kernel.VecAdd(dst, a, b)
	case opSub:
		kernel.VecSub(dst, a, b)
	case opMul:
		kernel.VecMul(dst, a, b)
	case opDiv:
		kernel.VecDiv(dst, a, b)
	case opFloorDiv:
		kernel.VecFloorDiv(dst, a, b)
	case opMod:
		kernel.VecMod(dst, a, b)
	case opPow:
		vecPower(dst, a, b)
	case opAtan2:
		kernel.VecAtan2(dst, a, b)
	case opHypot:
		kernel.VecHypot(dst, a, b)
	case opMin:
		kernel.VecMin(dst, a, b)
	case opMax:
		kernel.VecMax(dst, a, b)
	case opLess:
		kernel.VecLess(dst, a, b)
	case opLessEqual:
		kernel.VecLessEqual(dst, a, b)
	case opGreater:
		kernel.VecGreater(dst, a, b)
	case opGreaterEqual:
		kernel.VecGreaterEqual(dst, a, b)
	case opEqual:
		kernel.VecEqual(dst, a, b)
	case opNotEqual:
		kernel.VecNotEqual(dst, a, b)
	case opAnd:
		kernel.VecAnd(dst, a, b)
	case opOr:
		kernel.VecOr(dst, a, b)
	default:
		panic("expr: operation of two operands without vector form")
	}
}

// withScalar computes operations whose right operand is a scalar.
func withScalar(o op, dst, a []float64, s float64) {
	switch o {
	case opAdd:
		kernel.VecAddScalar(dst, a, s)
	case opSub:
		kernel.VecSubScalar(dst, a, s)
	case opMul:
		kernel.VecMulScalar(dst, a, s)
	case opDiv:
		kernel.VecDivScalar(dst, a, s)
	case opPow:
		vecPowerScalar(dst, a, s)
	case opMin:
		kernel.VecMinScalar(dst, a, s)
	case opMax:
		kernel.VecMaxScalar(dst, a, s)
	case opLess:
		kernel.VecLessScalar(dst, a, s)
	case opLessEqual:
		kernel.VecLessEqualScalar(dst, a, s)
	case opGreater:
		kernel.VecGreaterScalar(dst, a, s)
	case opGreaterEqual:
		kernel.VecGreaterEqualScalar(dst, a, s)
	case opEqual:
		kernel.VecEqualScalar(dst, a, s)
	case opNotEqual:
		kernel.VecNotEqualScalar(dst, a, s)
	default:
		panic("expr: operation without form for a scalar on the right")
	}
}

// scalarWith computes operations whose left operand is a scalar.
func scalarWith(o op, dst []float64, s float64, a []float64) {
	switch o {
	case opSub:
		kernel.VecScalarSub(dst, s, a)
	case opDiv:
		kernel.VecScalarDiv(dst, s, a)
	case opPow:
		if hasSpecialExponent(a) {
			for i, y := range a {
				dst[i] = power(s, y)
			}
			return
		}
		kernel.VecScalarPow(dst, s, a)
	default:
		panic("expr: operation without form for a scalar on the left")
	}
}

// vecPowerScalar sets dst[i] = power(a[i], s).
func vecPowerScalar(dst, a []float64, s float64) {
	switch s {
	case 2:
		kernel.VecSquare(dst, a)
	case 3:
		kernel.VecCube(dst, a)
	case 0.5:
		kernel.VecSqrt(dst, a)
	case -1:
		kernel.VecReciprocal(dst, a)
	default:
		kernel.VecPowScalar(dst, a, s)
	}
}

// vecPower sets dst[i] = power(a[i], b[i]).
func vecPower(dst, a, b []float64) {
	if hasSpecialExponent(b) {
		for i, y := range b {
			dst[i] = power(a[i], y)
		}
		return
	}
	kernel.VecPow(dst, a, b)
}

// hasSpecialExponent reports whether an exponent occurs for which power is not kernel.Pow.
func hasSpecialExponent(y []float64) bool {
	for _, e := range y {
		if e == 2 || e == 3 || e == 0.5 || e == -1 {
			return true
		}
	}
	return false
}

// vecClip sets dst[i] = clip(x[i], lo[i], hi[i]).
func vecClip(dst, x, lo, hi []float64) {
	for i, v := range x {
		dst[i] = clip(v, lo[i], hi[i])
	}
}
