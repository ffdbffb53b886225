package kernel

func sum1OffsetGeneric(dst, a []float64, s, w float64) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = float64(a[i]*s) + w
	}
}

func sum2Generic(dst, a []float64, s float64, b []float64, t float64) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = float64(a[i]*s) + float64(b[i]*t)
	}
}

func sum2OffsetGeneric(dst, a []float64, s float64, b []float64, t, w float64) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = float64(a[i]*s) + float64(b[i]*t) + w
	}
}

func sum3Generic(dst, a []float64, s float64, b []float64, t float64, c []float64, u float64) {
	a, b, c = a[:len(dst)], b[:len(dst)], c[:len(dst)]
	for i := range dst {
		dst[i] = float64(a[i]*s) + float64(b[i]*t) + float64(c[i]*u)
	}
}

func sum3OffsetGeneric(dst, a []float64, s float64, b []float64, t float64, c []float64, u, w float64) {
	a, b, c = a[:len(dst)], b[:len(dst)], c[:len(dst)]
	for i := range dst {
		dst[i] = float64(a[i]*s) + float64(b[i]*t) + float64(c[i]*u) + w
	}
}

func sum4Generic(dst, a []float64, s float64, b []float64, t float64, c []float64, u float64, d []float64, v float64) {
	a, b, c, d = a[:len(dst)], b[:len(dst)], c[:len(dst)], d[:len(dst)]
	for i := range dst {
		dst[i] = float64(a[i]*s) + float64(b[i]*t) + float64(c[i]*u) + float64(d[i]*v)
	}
}

func sum4OffsetGeneric(dst, a []float64, s float64, b []float64, t float64, c []float64, u float64, d []float64, v, w float64) {
	a, b, c, d = a[:len(dst)], b[:len(dst)], c[:len(dst)], d[:len(dst)]
	for i := range dst {
		dst[i] = float64(a[i]*s) + float64(b[i]*t) + float64(c[i]*u) + float64(d[i]*v) + w
	}
}
