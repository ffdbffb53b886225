package kernel

const errLength = "kernel: slices of unequal length"

func check2(n, a int) {
	if n != a {
		panic(errLength)
	}
}

func check3(n, a, b int) {
	if n != a || n != b {
		panic(errLength)
	}
}

// VecFill sets dst[i] = s.
func VecFill(dst []float64, s float64) { fillVec(dst, s) }

// VecCopy sets dst[i] = x[i].
func VecCopy(dst, x []float64) {
	check2(len(dst), len(x))
	copy(dst, x)
}

// VecClip sets dst[i] to x[i] limited to lo..hi: first raised to lo if less than lo, then lowered to hi if greater than
// hi (so that hi wins if lo > hi). NaN stays NaN; a limit that is NaN has no effect. A zero keeps its sign if a limit is
// zero.
func VecClip(dst, x []float64, lo, hi float64) {
	check2(len(dst), len(x))
	clipVec(dst, x, lo, hi)
}

// VecSelect sets dst[i] = a[i] where mask[i] is true (not 0), b[i] elsewhere.
func VecSelect(dst, mask, a, b []float64) {
	check3(len(dst), len(mask), len(a))
	check2(len(dst), len(b))
	selectVec(dst, mask, a, b)
}

// VecAdd sets dst[i] = a[i] + b[i].
func VecAdd(dst, a, b []float64) {
	check3(len(dst), len(a), len(b))
	addVec(dst, a, b)
}

// VecSub sets dst[i] = a[i] - b[i].
func VecSub(dst, a, b []float64) {
	check3(len(dst), len(a), len(b))
	subVec(dst, a, b)
}

// VecMul sets dst[i] = a[i] * b[i].
func VecMul(dst, a, b []float64) {
	check3(len(dst), len(a), len(b))
	mulVec(dst, a, b)
}

// VecDiv sets dst[i] = a[i] / b[i].
func VecDiv(dst, a, b []float64) {
	check3(len(dst), len(a), len(b))
	divVec(dst, a, b)
}

// VecAddScalar sets dst[i] = a[i] + s.
func VecAddScalar(dst, a []float64, s float64) {
	check2(len(dst), len(a))
	addScalarVec(dst, a, s)
}

// VecSubScalar sets dst[i] = a[i] - s.
func VecSubScalar(dst, a []float64, s float64) {
	check2(len(dst), len(a))
	subScalarVec(dst, a, s)
}

// VecScalarSub sets dst[i] = s - a[i].
func VecScalarSub(dst []float64, s float64, a []float64) {
	check2(len(dst), len(a))
	scalarSubVec(dst, s, a)
}

// VecMulScalar sets dst[i] = a[i] * s.
func VecMulScalar(dst, a []float64, s float64) {
	check2(len(dst), len(a))
	mulScalarVec(dst, a, s)
}

// VecDivScalar sets dst[i] = a[i] / s.
//
// There is no division in the loop where s is an ordinary number and the vector long enough to pay for the reciprocal: see
// [Reciprocal].
func VecDivScalar(dst, a []float64, s float64) {
	check2(len(dst), len(a))
	if len(dst) >= leastForReciprocal {
		if high, low, ok := Reciprocal(s); ok {
			divByVec(dst, a, s, high, low)
			return
		}
	}
	divScalarVec(dst, a, s)
}

// leastForReciprocal is how many divisions (0.56 ns each with AVX-512) take longer than one reciprocal (61 ns) and as many products.
const leastForReciprocal = 160

// VecScalarDiv sets dst[i] = s / a[i].
func VecScalarDiv(dst []float64, s float64, a []float64) {
	check2(len(dst), len(a))
	scalarDivVec(dst, s, a)
}

// VecMin sets dst[i] to the lesser of a[i] and b[i], by the rule of [Min].
func VecMin(dst, a, b []float64) {
	check3(len(dst), len(a), len(b))
	minVec(dst, a, b)
}

// VecMax sets dst[i] to the greater of a[i] and b[i], by the rule of [Max].
func VecMax(dst, a, b []float64) {
	check3(len(dst), len(a), len(b))
	maxVec(dst, a, b)
}

// VecMinScalar sets dst[i] = Min(a[i], s).
func VecMinScalar(dst, a []float64, s float64) {
	check2(len(dst), len(a))
	minScalarVec(dst, a, s)
}

// VecMaxScalar sets dst[i] = Max(a[i], s).
func VecMaxScalar(dst, a []float64, s float64) {
	check2(len(dst), len(a))
	maxScalarVec(dst, a, s)
}

// VecNeg sets dst[i] = -x[i] (the sign bit is flipped, of zeros too).
func VecNeg(dst, x []float64) {
	check2(len(dst), len(x))
	negVec(dst, x)
}

// VecAbs sets dst[i] = |x[i]|.
func VecAbs(dst, x []float64) {
	check2(len(dst), len(x))
	absVec(dst, x)
}

// VecSign sets dst[i] = Sign(x[i]).
func VecSign(dst, x []float64) {
	check2(len(dst), len(x))
	signVec(dst, x)
}

// VecFloor sets dst[i] to the greatest integer not above x[i].
func VecFloor(dst, x []float64) {
	check2(len(dst), len(x))
	floorVec(dst, x)
}

// VecCeil sets dst[i] to the least integer not below x[i].
func VecCeil(dst, x []float64) {
	check2(len(dst), len(x))
	ceilVec(dst, x)
}

// VecTrunc sets dst[i] to x[i] without its fraction.
func VecTrunc(dst, x []float64) {
	check2(len(dst), len(x))
	truncVec(dst, x)
}

// VecSqrt sets dst[i] to the correctly rounded square root of x[i] (NaN below zero).
func VecSqrt(dst, x []float64) {
	check2(len(dst), len(x))
	sqrtVec(dst, x)
}

// VecSquare sets dst[i] = x[i]*x[i].
func VecSquare(dst, x []float64) {
	check2(len(dst), len(x))
	squareVec(dst, x)
}

// VecCube sets dst[i] = (x[i]*x[i])*x[i], each product rounded.
func VecCube(dst, x []float64) {
	check2(len(dst), len(x))
	cubeVec(dst, x)
}

// VecReciprocal sets dst[i] = 1/x[i].
func VecReciprocal(dst, x []float64) {
	check2(len(dst), len(x))
	reciprocalVec(dst, x)
}

// VecRectify sets dst[i] = x[i] where x[i] > 0, +0 elsewhere (half-wave rectification); NaN stays NaN.
func VecRectify(dst, x []float64) {
	check2(len(dst), len(x))
	rectifyVec(dst, x)
}

// VecLess sets dst[i] = 1 where a[i] < b[i], else 0 (false for NaN).
func VecLess(dst, a, b []float64) {
	check3(len(dst), len(a), len(b))
	lessVec(dst, a, b)
}

// VecLessScalar sets dst[i] = 1 where a[i] < s, else 0 (false for NaN).
func VecLessScalar(dst, a []float64, s float64) {
	check2(len(dst), len(a))
	lessScalarVec(dst, a, s)
}

// VecLessEqual sets dst[i] = 1 where a[i] <= b[i], else 0 (false for NaN).
func VecLessEqual(dst, a, b []float64) {
	check3(len(dst), len(a), len(b))
	lessEqualVec(dst, a, b)
}

// VecLessEqualScalar sets dst[i] = 1 where a[i] <= s, else 0 (false for NaN).
func VecLessEqualScalar(dst, a []float64, s float64) {
	check2(len(dst), len(a))
	lessEqualScalarVec(dst, a, s)
}

// VecGreater sets dst[i] = 1 where a[i] > b[i], else 0 (false for NaN).
func VecGreater(dst, a, b []float64) {
	check3(len(dst), len(a), len(b))
	greaterVec(dst, a, b)
}

// VecGreaterScalar sets dst[i] = 1 where a[i] > s, else 0 (false for NaN).
func VecGreaterScalar(dst, a []float64, s float64) {
	check2(len(dst), len(a))
	greaterScalarVec(dst, a, s)
}

// VecGreaterEqual sets dst[i] = 1 where a[i] >= b[i], else 0 (false for NaN).
func VecGreaterEqual(dst, a, b []float64) {
	check3(len(dst), len(a), len(b))
	greaterEqualVec(dst, a, b)
}

// VecGreaterEqualScalar sets dst[i] = 1 where a[i] >= s, else 0 (false for NaN).
func VecGreaterEqualScalar(dst, a []float64, s float64) {
	check2(len(dst), len(a))
	greaterEqualScalarVec(dst, a, s)
}

// VecEqual sets dst[i] = 1 where a[i] == b[i], else 0 (false for NaN).
func VecEqual(dst, a, b []float64) {
	check3(len(dst), len(a), len(b))
	equalVec(dst, a, b)
}

// VecEqualScalar sets dst[i] = 1 where a[i] == s, else 0 (false for NaN).
func VecEqualScalar(dst, a []float64, s float64) {
	check2(len(dst), len(a))
	equalScalarVec(dst, a, s)
}

// VecNotEqual sets dst[i] = 1 where a[i] != b[i], else 0 (true for NaN).
func VecNotEqual(dst, a, b []float64) {
	check3(len(dst), len(a), len(b))
	notEqualVec(dst, a, b)
}

// VecNotEqualScalar sets dst[i] = 1 where a[i] != s, else 0 (true for NaN).
func VecNotEqualScalar(dst, a []float64, s float64) {
	check2(len(dst), len(a))
	notEqualScalarVec(dst, a, s)
}

// VecAnd sets dst[i] = 1 where a[i] and b[i] are both true, else 0.
func VecAnd(dst, a, b []float64) {
	check3(len(dst), len(a), len(b))
	andVec(dst, a, b)
}

// VecOr sets dst[i] = 1 where a[i] or b[i] is true, else 0.
func VecOr(dst, a, b []float64) {
	check3(len(dst), len(a), len(b))
	orVec(dst, a, b)
}

// VecNot sets dst[i] = 0 where x[i] is true, else 1.
func VecNot(dst, x []float64) {
	check2(len(dst), len(x))
	notVec(dst, x)
}
