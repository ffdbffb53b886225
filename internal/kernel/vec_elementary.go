package kernel

// VecExp sets dst[i] = Exp(x[i]).
func VecExp(dst, x []float64) {
	check2(len(dst), len(x))
	expVec(dst, x)
}

// VecExpm1 sets dst[i] = Expm1(x[i]).
func VecExpm1(dst, x []float64) {
	check2(len(dst), len(x))
	expm1Vec(dst, x)
}

// VecExprel sets dst[i] = Exprel(x[i]).
func VecExprel(dst, x []float64) {
	check2(len(dst), len(x))
	exprelVec(dst, x)
}

// VecLog sets dst[i] = Log(x[i]).
func VecLog(dst, x []float64) {
	check2(len(dst), len(x))
	logVec(dst, x)
}

// VecLog1p sets dst[i] = Log1p(x[i]).
func VecLog1p(dst, x []float64) {
	check2(len(dst), len(x))
	log1pVec(dst, x)
}

// VecLog2 sets dst[i] = Log2(x[i]).
func VecLog2(dst, x []float64) {
	check2(len(dst), len(x))
	log2Vec(dst, x)
}

// VecLog10 sets dst[i] = Log10(x[i]).
func VecLog10(dst, x []float64) {
	check2(len(dst), len(x))
	log10Vec(dst, x)
}

// VecCbrt sets dst[i] = Cbrt(x[i]).
func VecCbrt(dst, x []float64) {
	check2(len(dst), len(x))
	cbrtVec(dst, x)
}

// VecSin sets dst[i] = Sin(x[i]).
func VecSin(dst, x []float64) {
	check2(len(dst), len(x))
	sinVec(dst, x)
}

// VecCos sets dst[i] = Cos(x[i]).
func VecCos(dst, x []float64) {
	check2(len(dst), len(x))
	cosVec(dst, x)
}

// VecTan sets dst[i] = Tan(x[i]).
func VecTan(dst, x []float64) {
	check2(len(dst), len(x))
	tanVec(dst, x)
}

// VecAsin sets dst[i] = Asin(x[i]).
func VecAsin(dst, x []float64) {
	check2(len(dst), len(x))
	asinGeneric(dst, x)
}

// VecAcos sets dst[i] = Acos(x[i]).
func VecAcos(dst, x []float64) {
	check2(len(dst), len(x))
	acosGeneric(dst, x)
}

// VecAtan sets dst[i] = Atan(x[i]).
func VecAtan(dst, x []float64) {
	check2(len(dst), len(x))
	atanGeneric(dst, x)
}

// VecSinh sets dst[i] = Sinh(x[i]).
func VecSinh(dst, x []float64) {
	check2(len(dst), len(x))
	sinhVec(dst, x)
}

// VecCosh sets dst[i] = Cosh(x[i]).
func VecCosh(dst, x []float64) {
	check2(len(dst), len(x))
	coshVec(dst, x)
}

// VecTanh sets dst[i] = Tanh(x[i]).
func VecTanh(dst, x []float64) {
	check2(len(dst), len(x))
	tanhVec(dst, x)
}

// VecPow sets dst[i] = Pow(a[i], b[i]).
func VecPow(dst, a, b []float64) {
	check3(len(dst), len(a), len(b))
	powVec(dst, a, b)
}

// VecAtan2 sets dst[i] = Atan2(a[i], b[i]).
func VecAtan2(dst, a, b []float64) {
	check3(len(dst), len(a), len(b))
	atan2Generic(dst, a, b)
}

// VecHypot sets dst[i] = Hypot(a[i], b[i]).
func VecHypot(dst, a, b []float64) {
	check3(len(dst), len(a), len(b))
	hypotGeneric(dst, a, b)
}

// VecMod sets dst[i] = Mod(a[i], b[i]).
func VecMod(dst, a, b []float64) {
	check3(len(dst), len(a), len(b))
	modGeneric(dst, a, b)
}

// VecFloorDiv sets dst[i] = FloorDiv(a[i], b[i]).
func VecFloorDiv(dst, a, b []float64) {
	check3(len(dst), len(a), len(b))
	floorDivGeneric(dst, a, b)
}

// Third is the float64 next to 1/3, an exponent for which [Pow] has an algorithm of its own.
const Third = third

// VecCompress sets dst[i] = Pow(clip(a[i], lo, hi), Third)*s, clipped as by [VecClip], each part rounded by itself.
func VecCompress(dst, a []float64, lo, hi, s float64) {
	check2(len(dst), len(a))
	compressVec(dst, a, lo, hi, s)
}

// VecCompressRoot sets dst[i] = Cbrt(clip(a[i], lo, hi))*s, clipped as by [VecClip], each part rounded by itself.
func VecCompressRoot(dst, a []float64, lo, hi, s float64) {
	check2(len(dst), len(a))
	compressRootVec(dst, a, lo, hi, s)
}

// VecPowScalar sets dst[i] = Pow(a[i], s).
func VecPowScalar(dst, a []float64, s float64) {
	check2(len(dst), len(a))
	if s == third {
		powThirdVec(dst, a)
		return
	}
	if s > 0 && !isOddInteger(s) {
		powScalarVec(dst, a, s)
		return
	}
	powAnyVec(dst, a, s)
}

// VecScalarPow sets dst[i] = Pow(s, a[i]).
func VecScalarPow(dst []float64, s float64, a []float64) {
	check2(len(dst), len(a))
	scalarPowVec(dst, s, a)
}
