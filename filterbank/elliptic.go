package filterbank

import (
	"fmt"
	"math"

	"hearpipe/internal/kernel"
)

// ellipticPrototype is the elliptic low-pass of order N with its edge at 1 rad/s. With ε² = 10^(ripple/10) - 1 and
// m₁ = ε²/(10^(attenuation/10) - 1), m solves the degree equation K'(m)/K(m)·N = K'(m₁)/K(m₁); with
// v = K(m)·F(atan(1/ε)|1-m₁)/(N·K(m₁)) and (s, c, d) = (sn, cn, dn)(i·K(m)/N | m) the zeros are ±j/(√m·s) and the poles
//
//	-(c·d·s_v·c_v ± j·s·d_v)/(1 - (d·s_v)²),   (s_v, c_v, d_v) = (sn, cn, dn)(v | 1-m)
//
// for i = 1, 3, … < N if N is even, 0, 2, … if it is odd (Orfanidis 2006: Lecture notes on elliptic filter design). The gain
// at 0 is 1, or 1/√(1+ε²) if N is even.
func ellipticPrototype(order int, ripple, attenuation float64) (Roots, error) {
	square := powerExcess(ripple) // ε²
	epsilon := math.Sqrt(square)
	if order == 1 {
		return Roots{Poles: []complex128{complex(-1/epsilon, 0)}, Gain: 1 / epsilon}, nil
	}
	n := float64(order)
	m1 := square / powerExcess(attenuation)
	k1 := ellipticK(m1)
	m := ellipticDegree(n, m1)
	if !(m > 0 && m < 1) {
		return Roots{}, fmt.Errorf("an elliptic filter of order %d with ripple %g dB and attenuation %g dB: its edges coincide: want a lower order", order, ripple, attenuation)
	}
	k := ellipticK(m)
	v := k * ellipticF(1/epsilon, 1-m1) / (n * k1)
	sv, cv, dv := jacobi(v, 1-m)
	r := Roots{Gain: 1}
	for i := 1 - order%2; i < order; i += 2 {
		s, c, d := jacobi(float64(i)*k/n, m)
		ds := d * sv
		size := math.FMA(-ds, ds, 1)
		re, im := -c*d*sv*cv/size, s*dv/size
		if i == 0 {
			r.Poles = append(r.Poles, complex(re, 0))
			continue
		}
		z := 1 / (math.Sqrt(m) * s)
		r.Zeros = append(r.Zeros, complex(0, z), complex(0, -z))
		r.Poles = append(r.Poles, complex(re, im), complex(re, -im))
	}
	r.level(0)
	if order%2 == 0 {
		r.Gain /= math.Sqrt(1 + square)
	}
	return r, nil
}

// ellipticK is the complete elliptic integral of the first kind of parameter m, 0 <= m < 1.
func ellipticK(m float64) float64 { return math.Pi / (2 * geometricMean(math.Sqrt(1-m))) }

// ellipticKc is K(1 - m), 0 < m <= 1.
func ellipticKc(m float64) float64 { return math.Pi / (2 * geometricMean(math.Sqrt(m))) }

// geometricMean is the arithmetic–geometric mean of 1 and g.
func geometricMean(g float64) float64 {
	a := 1.0
	for range 60 {
		if math.Abs(a-g) <= 1e-16*a {
			break
		}
		a, g = (a+g)/2, math.Sqrt(a*g)
	}
	return a
}

// ellipticDegree solves the degree equation for m, from the series of the theta functions of the nome.
func ellipticDegree(n, m1 float64) float64 {
	q := kernel.Exp(-math.Pi * ellipticKc(m1) / ellipticK(m1) / n)
	over, under := 0.0, 0.0
	for i := 8; i >= 1; i-- {
		over += kernel.Pow(q, float64((i-1)*i))
		under += kernel.Pow(q, float64(i*i))
	}
	ratio := over / (1 + 2*under)
	ratio *= ratio
	return 16 * q * ratio * ratio
}

// jacobi gives the elliptic functions sn, cn and dn of u and parameter m, 0 < m < 1, by descending Landen transformation.
func jacobi(u, m float64) (sn, cn, dn float64) {
	var a, c [32]float64
	a[0], c[0] = 1, math.Sqrt(m)
	g, n := math.Sqrt(1-m), 0
	for ; n+1 < len(a) && c[n] > 1e-17; n++ {
		a[n+1], c[n+1] = (a[n]+g)/2, (a[n]-g)/2
		g = math.Sqrt(a[n] * g)
	}
	phi := math.Ldexp(a[n]*u, n)
	for i := n; i > 0; i-- {
		phi = (phi + kernel.Asin(c[i]/a[i]*kernel.Sin(phi))) / 2
	}
	sn, cn = kernel.Sincos(phi)
	return sn, cn, math.Sqrt(math.FMA(-m*sn, sn, 1))
}

// ellipticF is the incomplete elliptic integral of the first kind F(φ|m), φ = atan(x) for x > 0, after Carlson (1979):
// sin φ·R_F(cos²φ, cos²φ + (1-m)·sin²φ, 1).
func ellipticF(x, m float64) float64 {
	h := kernel.Hypot(1, x)
	sin, cos := x/h, 1/h
	square := cos * cos
	return sin * carlson(square, math.FMA((1-m)*sin, sin, square), 1)
}

// carlson is Carlson's symmetric integral R_F.
func carlson(x, y, z float64) float64 {
	for range 60 {
		mean := (x + y + z) / 3
		if max(math.Abs(x-mean), math.Abs(y-mean), math.Abs(z-mean)) < 1e-4*mean {
			break
		}
		l := float64(math.Sqrt(x)*math.Sqrt(y)) + float64(math.Sqrt(y)*math.Sqrt(z)) + float64(math.Sqrt(z)*math.Sqrt(x))
		x, y, z = (x+l)/4, (y+l)/4, (z+l)/4
	}
	mean := (x + y + z) / 3
	x, y, z = 1-x/mean, 1-y/mean, 1-z/mean
	e2 := float64(x*y) + float64(y*z) + float64(z*x)
	e3 := x * y * z
	return (1 - e2/10 + e3/14 + float64(e2*e2)/24 - float64(3*e2*e3)/44) / math.Sqrt(mean)
}
