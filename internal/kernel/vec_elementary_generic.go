package kernel

// The loops of this file are the reference: the scalar function for each element.

func expGeneric(dst, x []float64) {
	x = x[:len(dst)]
	for i, v := range x {
		dst[i] = Exp(v)
	}
}

func expm1Generic(dst, x []float64) {
	x = x[:len(dst)]
	for i, v := range x {
		dst[i] = Expm1(v)
	}
}

func exprelGeneric(dst, x []float64) {
	x = x[:len(dst)]
	for i, v := range x {
		dst[i] = Exprel(v)
	}
}

func logGeneric(dst, x []float64) {
	x = x[:len(dst)]
	for i, v := range x {
		dst[i] = Log(v)
	}
}

func log1pGeneric(dst, x []float64) {
	x = x[:len(dst)]
	for i, v := range x {
		dst[i] = Log1p(v)
	}
}

func log2Generic(dst, x []float64) {
	x = x[:len(dst)]
	for i, v := range x {
		dst[i] = Log2(v)
	}
}

func log10Generic(dst, x []float64) {
	x = x[:len(dst)]
	for i, v := range x {
		dst[i] = Log10(v)
	}
}

func cbrtGeneric(dst, x []float64) {
	x = x[:len(dst)]
	for i, v := range x {
		dst[i] = Cbrt(v)
	}
}

func sinGeneric(dst, x []float64) {
	x = x[:len(dst)]
	for i, v := range x {
		dst[i] = Sin(v)
	}
}

func cosGeneric(dst, x []float64) {
	x = x[:len(dst)]
	for i, v := range x {
		dst[i] = Cos(v)
	}
}

func tanGeneric(dst, x []float64) {
	x = x[:len(dst)]
	for i, v := range x {
		dst[i] = Tan(v)
	}
}

func asinGeneric(dst, x []float64) {
	x = x[:len(dst)]
	for i, v := range x {
		dst[i] = Asin(v)
	}
}

func acosGeneric(dst, x []float64) {
	x = x[:len(dst)]
	for i, v := range x {
		dst[i] = Acos(v)
	}
}

func atanGeneric(dst, x []float64) {
	x = x[:len(dst)]
	for i, v := range x {
		dst[i] = Atan(v)
	}
}

func sinhGeneric(dst, x []float64) {
	x = x[:len(dst)]
	for i, v := range x {
		dst[i] = Sinh(v)
	}
}

func coshGeneric(dst, x []float64) {
	x = x[:len(dst)]
	for i, v := range x {
		dst[i] = Cosh(v)
	}
}

func tanhGeneric(dst, x []float64) {
	x = x[:len(dst)]
	for i, v := range x {
		dst[i] = Tanh(v)
	}
}

func powGeneric(dst, a, b []float64) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = Pow(a[i], b[i])
	}
}

func atan2Generic(dst, a, b []float64) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = Atan2(a[i], b[i])
	}
}

func hypotGeneric(dst, a, b []float64) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = Hypot(a[i], b[i])
	}
}

func modGeneric(dst, a, b []float64) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = Mod(a[i], b[i])
	}
}

func floorDivGeneric(dst, a, b []float64) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = FloorDiv(a[i], b[i])
	}
}

func powScalarGeneric(dst, a []float64, s float64) {
	a = a[:len(dst)]
	for i, v := range a {
		dst[i] = Pow(v, s)
	}
}

func compressGeneric(dst, a []float64, lo, hi, s float64) {
	clipGeneric(dst, a, lo, hi)
	for i, v := range dst {
		dst[i] = Pow(v, third) * s
	}
}

func compressRootGeneric(dst, a []float64, lo, hi, s float64) {
	clipGeneric(dst, a, lo, hi)
	for i, v := range dst {
		dst[i] = Cbrt(v) * s
	}
}

func powThirdGeneric(dst, a []float64) { powScalarGeneric(dst, a, third) }

func scalarPowGeneric(dst []float64, s float64, a []float64) {
	a = a[:len(dst)]
	for i, v := range a {
		dst[i] = Pow(s, v)
	}
}
