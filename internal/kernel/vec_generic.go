package kernel

import "math"

// The loops of this file are the reference: one operation, one rounding, per element.

// truth is 1 for true, 0 for false. The compiler makes a conditional set of it, no branch.
func truth(b bool) float64 {
	var n int64
	if b {
		n = 1
	}
	return float64(n)
}

func fillGeneric(dst []float64, s float64) {
	for i := range dst {
		dst[i] = s
	}
}

func clipGeneric(dst, x []float64, lo, hi float64) {
	x = x[:len(dst)]
	for i, v := range x {
		if v < lo {
			v = lo
		}
		if v > hi {
			v = hi
		}
		dst[i] = v
	}
}

func selectGeneric(dst, mask, a, b []float64) {
	mask, a, b = mask[:len(dst)], a[:len(dst)], b[:len(dst)]
	for i, m := range mask {
		v := b[i]
		if m != 0 {
			v = a[i]
		}
		dst[i] = v
	}
}

func addGeneric(dst, a, b []float64) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] + b[i]
	}
}

func subGeneric(dst, a, b []float64) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] - b[i]
	}
}

func mulGeneric(dst, a, b []float64) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] * b[i]
	}
}

func divGeneric(dst, a, b []float64) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] / b[i]
	}
}

func addScalarGeneric(dst, a []float64, s float64) {
	a = a[:len(dst)]
	for i, v := range a {
		dst[i] = v + s
	}
}

func subScalarGeneric(dst, a []float64, s float64) {
	a = a[:len(dst)]
	for i, v := range a {
		dst[i] = v - s
	}
}

func scalarSubGeneric(dst []float64, s float64, a []float64) {
	a = a[:len(dst)]
	for i, v := range a {
		dst[i] = s - v
	}
}

func mulScalarGeneric(dst, a []float64, s float64) {
	a = a[:len(dst)]
	for i, v := range a {
		dst[i] = v * s
	}
}

// divByGeneric is divScalarGeneric: the reference divides.
func divByGeneric(dst, a []float64, s, _, _ float64) { divScalarGeneric(dst, a, s) }

func divScalarGeneric(dst, a []float64, s float64) {
	a = a[:len(dst)]
	for i, v := range a {
		dst[i] = v / s
	}
}

func scalarDivGeneric(dst []float64, s float64, a []float64) {
	a = a[:len(dst)]
	for i, v := range a {
		dst[i] = s / v
	}
}

func minGeneric(dst, a, b []float64) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = Min(a[i], b[i])
	}
}

func maxGeneric(dst, a, b []float64) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = Max(a[i], b[i])
	}
}

func minScalarGeneric(dst, a []float64, s float64) {
	a = a[:len(dst)]
	for i, v := range a {
		dst[i] = Min(v, s)
	}
}

func maxScalarGeneric(dst, a []float64, s float64) {
	a = a[:len(dst)]
	for i, v := range a {
		dst[i] = Max(v, s)
	}
}

func negGeneric(dst, x []float64) {
	x = x[:len(dst)]
	for i, v := range x {
		dst[i] = -v
	}
}

func absGeneric(dst, x []float64) {
	x = x[:len(dst)]
	for i, v := range x {
		dst[i] = math.Abs(v)
	}
}

func signGeneric(dst, x []float64) {
	x = x[:len(dst)]
	for i, v := range x {
		dst[i] = Sign(v)
	}
}

func floorGeneric(dst, x []float64) {
	x = x[:len(dst)]
	for i, v := range x {
		dst[i] = math.Floor(v)
	}
}

func ceilGeneric(dst, x []float64) {
	x = x[:len(dst)]
	for i, v := range x {
		dst[i] = math.Ceil(v)
	}
}

func truncGeneric(dst, x []float64) {
	x = x[:len(dst)]
	for i, v := range x {
		dst[i] = math.Trunc(v)
	}
}

func sqrtGeneric(dst, x []float64) {
	x = x[:len(dst)]
	for i, v := range x {
		dst[i] = math.Sqrt(v)
	}
}

func squareGeneric(dst, x []float64) {
	x = x[:len(dst)]
	for i, v := range x {
		dst[i] = v * v
	}
}

func cubeGeneric(dst, x []float64) {
	x = x[:len(dst)]
	for i, v := range x {
		dst[i] = float64(v*v) * v
	}
}

func reciprocalGeneric(dst, x []float64) {
	x = x[:len(dst)]
	for i, v := range x {
		dst[i] = 1 / v
	}
}

func rectifyGeneric(dst, x []float64) {
	x = x[:len(dst)]
	for i, v := range x {
		dst[i] = Rectify(v)
	}
}

func lessGeneric(dst, a, b []float64) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = truth(a[i] < b[i])
	}
}

func lessScalarGeneric(dst, a []float64, s float64) {
	a = a[:len(dst)]
	for i, v := range a {
		dst[i] = truth(v < s)
	}
}

func lessEqualGeneric(dst, a, b []float64) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = truth(a[i] <= b[i])
	}
}

func lessEqualScalarGeneric(dst, a []float64, s float64) {
	a = a[:len(dst)]
	for i, v := range a {
		dst[i] = truth(v <= s)
	}
}

func greaterGeneric(dst, a, b []float64) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = truth(a[i] > b[i])
	}
}

func greaterScalarGeneric(dst, a []float64, s float64) {
	a = a[:len(dst)]
	for i, v := range a {
		dst[i] = truth(v > s)
	}
}

func greaterEqualGeneric(dst, a, b []float64) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = truth(a[i] >= b[i])
	}
}

func greaterEqualScalarGeneric(dst, a []float64, s float64) {
	a = a[:len(dst)]
	for i, v := range a {
		dst[i] = truth(v >= s)
	}
}

func equalGeneric(dst, a, b []float64) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = truth(a[i] == b[i])
	}
}

func equalScalarGeneric(dst, a []float64, s float64) {
	a = a[:len(dst)]
	for i, v := range a {
		dst[i] = truth(v == s)
	}
}

func notEqualGeneric(dst, a, b []float64) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = truth(a[i] != b[i])
	}
}

func notEqualScalarGeneric(dst, a []float64, s float64) {
	a = a[:len(dst)]
	for i, v := range a {
		dst[i] = truth(v != s)
	}
}

func andGeneric(dst, a, b []float64) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = truth(a[i] != 0 && b[i] != 0)
	}
}

func orGeneric(dst, a, b []float64) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = truth(a[i] != 0 || b[i] != 0)
	}
}

func notGeneric(dst, x []float64) {
	x = x[:len(dst)]
	for i, v := range x {
		dst[i] = truth(v == 0)
	}
}
