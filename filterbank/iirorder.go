package filterbank

import (
	"fmt"
	"math"

	"hearpipe/internal/kernel"
)

// selectOrder finds the lowest order that meets a task, and the edges that the filter of that order gets. pass and stop are
// the edges P and S of both bands, as tan(π·f/rate). With G_p = 10^(ripple/10) - 1, G_s = 10^(attenuation/10) - 1 and ν the
// frequency of the stop band in the low-pass prototype,
//
//	N = ⌈log10(G_s/G_p)/(2·log10 ν)⌉          Butterworth
//	N = ⌈acosh(√(G_s/G_p))/acosh ν⌉            Chebyshev I and II
//	N = ⌈K(ν⁻²)·K'(G_p/G_s)/(K'(ν⁻²)·K(G_p/G_s))⌉   elliptic
//
// The Butterworth filter meets the ripple exactly at the edges of the pass band, and so do all others.
func (d IIRDesign) selectOrder(pass, stop []float64) (int, []float64, error) {
	if d.Family == Bessel {
		return 0, nil, fmt.Errorf("no order of a %s filter can be chosen from its task: want an order", Bessel)
	}
	if err := d.checkTask(pass, stop); err != nil {
		return 0, nil, err
	}
	if d.Band == BandStop {
		pass = d.narrow(pass, stop)
	}
	n := math.Ceil(d.order(pass, stop))
	if !(n >= 1 && n <= maxOrder) {
		return 0, nil, fmt.Errorf("pass band to %g Hz, stop band from %g Hz: order %g, want at most %d: wider apart or less attenuation", d.Edges, d.Stop, n, maxOrder)
	}
	low, high := powerExcess(d.Ripple), powerExcess(d.Attenuation)
	switch d.Family {
	case Butterworth:
		return int(n), d.butterworthEdges(pass, kernel.Exp(-kernel.Log(low)/(2*n))), nil
	case Chebyshev2:
		return int(n), d.chebyshev2Edges(pass, 1/kernel.Cosh(acosh(math.Sqrt(high/low))/n)), nil
	}
	return int(n), pass, nil
}

// checkTask compares the bands: those that pass must lie where the band says.
func (d IIRDesign) checkTask(pass, stop []float64) error {
	ok := false
	switch d.Band {
	case BandLow:
		ok = pass[0] < stop[0]
	case BandHigh:
		ok = pass[0] > stop[0]
	case BandPass:
		ok = stop[0] < pass[0] && pass[1] < stop[1]
	case BandStop:
		ok = pass[0] < stop[0] && stop[1] < pass[1]
	}
	if !ok {
		where := map[Band]string{
			BandLow: "the stop band above the pass band", BandHigh: "the stop band below the pass band",
			BandPass: "the edges of the pass band between those of the stop band", BandStop: "the edges of the stop band between those of the pass band",
		}[d.Band]
		return fmt.Errorf("band %q with pass-band edges %g Hz and stop-band edges %g Hz: want %s", d.Band, d.Edges, d.Stop, where)
	}
	return nil
}

// order is N before it is rounded up.
func (d IIRDesign) order(pass, stop []float64) float64 {
	nu := d.selectivity(pass, stop)
	low, high := powerExcess(d.Ripple), powerExcess(d.Attenuation)
	switch d.Family {
	case Butterworth:
		return kernel.Log10(high/low) / (2 * kernel.Log10(nu))
	case Elliptic:
		m, m1 := 1/(nu*nu), low/high
		return ellipticK(m) * ellipticKc(m1) / (ellipticKc(m) * ellipticK(m1))
	}
	return acosh(math.Sqrt(high/low)) / acosh(nu)
}

// selectivity is ν, the lesser of the two where there are two edges.
func (d IIRDesign) selectivity(pass, stop []float64) float64 {
	switch d.Band {
	case BandLow:
		return stop[0] / pass[0]
	case BandHigh:
		return pass[0] / stop[0]
	}
	nu := math.Inf(1)
	for _, s := range stop {
		x := math.FMA(s, s, -float64(pass[0]*pass[1])) / (s * (pass[0] - pass[1]))
		if d.Band == BandStop {
			x = 1 / x
		}
		nu = min(nu, math.Abs(x))
	}
	return nu
}

// narrow moves the edges of the pass band of a band stop towards the stop band as far as this lowers the order: the lower
// one first, then the upper one.
func (d IIRDesign) narrow(pass, stop []float64) []float64 {
	const gap = 1e-12
	square := float64(stop[0] * stop[1])
	if !d.Legacy {
		lower := min(max(square/pass[1], pass[0]), stop[0]-gap)
		upper := min(max(square/lower, stop[1]+gap), pass[1])
		return []float64{lower, upper}
	}
	lower := minimise(func(x float64) float64 { return d.order([]float64{x, pass[1]}, stop) }, pass[0], stop[0]-gap)
	upper := minimise(func(x float64) float64 { return d.order([]float64{lower, x}, stop) }, stop[1]+gap, pass[1])
	return []float64{lower, upper}
}

// butterworthEdges are where the gain is -3 dB, if it meets the ripple at the edges of the pass band; w is the frequency at
// which the prototype with its -3 dB point at 1 does so, inverted.
func (d IIRDesign) butterworthEdges(pass []float64, w float64) []float64 {
	switch d.Band {
	case BandLow:
		return []float64{w * pass[0]}
	case BandHigh:
		return []float64{pass[0] / w}
	}
	width, square := pass[1]-pass[0], float64(pass[0]*pass[1])
	if d.Band == BandPass {
		half := float64(w * width / 2)
		root := math.Sqrt(math.FMA(half, half, square))
		return []float64{root - half, root + half}
	}
	root := math.Sqrt(math.FMA(width, width, float64(4*w*w*square)))
	return []float64{(root - width) / (2 * w), (root + width) / (2 * w)}
}

// chebyshev2Edges are where the gain reaches the attenuation, if it meets the ripple at the edges of the pass band; w is the
// frequency at which the prototype does so.
func (d IIRDesign) chebyshev2Edges(pass []float64, w float64) []float64 {
	switch d.Band {
	case BandLow:
		return []float64{pass[0] / w}
	case BandHigh:
		return []float64{pass[0] * w}
	}
	half, square := (pass[1]-pass[0])/(2*w), float64(pass[0]*pass[1])
	if d.Band == BandStop {
		half = w * (pass[1] - pass[0]) / 2
	}
	lower := math.Sqrt(math.FMA(half, half, square)) - half
	return []float64{lower, square / lower}
}

// minimise searches the least value of f between lo and hi by golden sections and parabolas, to about 1e-5 in x (Brent 1973:
// Algorithms for minimization without derivatives, chapter 5).
func minimise(f func(float64) float64, lo, hi float64) float64 {
	golden := (3 - math.Sqrt(5)) / 2
	x := math.FMA(golden, hi-lo, lo)
	w, v := x, x
	fx := f(x)
	fw, fv := fx, fx
	var e, step float64
	for range 500 {
		middle := float64((lo + hi) / 2)
		t1 := math.FMA(math.Sqrt(2.2e-16), math.Abs(x), 1e-5/3)
		t2 := 2 * t1
		if math.Abs(x-middle) <= t2-float64((hi-lo)/2) {
			break
		}
		parabola := false
		if math.Abs(e) > t1 {
			r, q := float64((x-w)*(fx-fv)), float64((x-v)*(fx-fw))
			s := float64((x-v)*q) - float64((x-w)*r)
			q = 2 * (q - r)
			if q > 0 {
				s = -s
			}
			q = math.Abs(q)
			r, e = e, step
			if math.Abs(s) < math.Abs(q*r/2) && s > q*(lo-x) && s < q*(hi-x) {
				parabola = true
				step = s / q
				if u := x + step; u-lo < t2 || hi-u < t2 {
					step = math.Copysign(t1, middle-x)
				}
			}
		}
		if !parabola {
			e = hi - x
			if x >= middle {
				e = lo - x
			}
			step = golden * e
		}
		u := x + math.Copysign(max(math.Abs(step), t1), step)
		fu := f(u)
		if fu <= fx {
			if u >= x {
				lo = x
			} else {
				hi = x
			}
			v, w, x = w, x, u
			fv, fw, fx = fw, fx, fu
			continue
		}
		if u < x {
			lo = u
		} else {
			hi = u
		}
		if fu <= fw || w == x {
			v, w, fv, fw = w, u, fw, fu
		} else if fu <= fv || v == x || v == w {
			v, fv = u, fu
		}
	}
	return x
}
