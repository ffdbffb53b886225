package filterbank

import (
	"fmt"
	"math"

	"hearpipe/internal/kernel"
	"hearpipe/stages"
)

// TanCarneyParams describe a cochlea of Tan and Carney (2003). The lists that are not CF hold one value for each channel or
// one for all; without values the laws of the paper hold, with l = log10(CF).
type TanCarneyParams struct {
	// CF holds the characteristic frequency of each channel [Hz], above 0 and below half the rate, in any order.
	CF            []float64
	PoleFrequency []float64 // frequency of the first pole pair of the signal path, f_p1 [Hz]; 1.0854·CF - 106.0034
	DampingSpread []float64 // distance of the outer pole pairs along the real axis, t_a [1/s]; 10^(1.0230·l + 0.1607)
	FrequencySpan []float64 // distance of the outer pole pairs along the imaginary axis, t_b [rad/s]; 10^(1.4292·l - 1.1550) - 1000
	RestDamping   []float64 // real part of the first pole pair at rest, negated, r_gain [1/s], above 0; 10^(0.4·l + 1.9)
	Zero          []float64 // the zero of tenth order, on the real axis, z_r [1/s]; -10^(1.5·l - 0.9)
	Gain80        []float64 // damping at 80 dB SPL [1/s]; 10^(0.5732·l + 1.5220)
	// NonlinearGain is the factor behind the nonlinearity of the control path [1/s]; (Gain80 - RestDamping)/AverageControl.
	NonlinearGain  []float64
	AverageControl float64      // mean of the nonlinearity at 80 dB SPL, not 0; default 0.3357
	ControlCutoff  float64      // cutoff of the three low-passes of the control path [Hz], above 0 and below half the rate; default 800
	FeedbackCutoff float64      // cutoff of the low-pass that feeds the control path [Hz], above 0 and below half the rate; default 500
	Interval       int          // frames between updates of the filters, at least 1; default 1
	Channels       stages.Range // channels to compute; zero: all
}

func (p TanCarneyParams) resolve(rate float64) (TanCarneyParams, error) {
	if err := checkCF(rate, p.CF); err != nil {
		return p, err
	}
	for _, x := range []struct {
		name  string
		value *float64
		def   float64
	}{{"control cutoff", &p.ControlCutoff, 800}, {"feedback cutoff", &p.FeedbackCutoff, 500}} {
		if *x.value == 0 {
			*x.value = x.def
		}
		if !(*x.value > 0 && *x.value < rate/2) {
			return p, fmt.Errorf("%s %g Hz: want above 0 Hz and below half the rate, %g Hz", x.name, *x.value, rate/2)
		}
	}
	if p.AverageControl == 0 {
		p.AverageControl = 0.3357
	}
	if !finite(p.AverageControl) {
		return p, fmt.Errorf("average control %g: want a finite number (0 for the default, 0.3357)", p.AverageControl)
	}
	if p.Interval == 0 {
		p.Interval = 1
	}
	if p.Interval < 1 {
		return p, fmt.Errorf("interval of %d frames: want at least 1 (0 for the default, 1)", p.Interval)
	}
	return p, nil
}

// TanCarneyFilter holds the quantities of one channel of a cochlea of Tan and Carney, in the names of [TanCarneyParams].
type TanCarneyFilter struct {
	CF, PoleFrequency, DampingSpread, RestDamping, Zero, NonlinearGain float64
	// Frequencies are the imaginary parts of the three pole pairs of the signal path [rad/s]: ω_1 = 2π·PoleFrequency,
	// ω_2 = (ω_1 + ω_3)/2, ω_3 = ω_1 - FrequencySpan.
	Frequencies [3]float64
	Gain        float64 // of the signal path, G/3: a third of what would make the gain 1 at CF at rest
	ControlCF   float64 // frequency of the poles of the control path [Hz]: CF moved by 1.2 mm along the cochlea to the base
	ControlRest float64 // real part of the poles of the control path at rest, negated [1/s]: 2π·CF/4
}

// Damping gives the real parts σ_1, σ_2, σ_3 of the pole pairs of the signal path [1/s] under a control value u [1/s]:
// σ_1 = -RestDamping - u, σ_3 = σ_1 - DampingSpread, σ_2 = (σ_1 + σ_3)/2.
func (f *TanCarneyFilter) Damping(u float64) [3]float64 {
	first := -f.RestDamping - u
	third := first - f.DampingSpread
	return [3]float64{first, (first + third) / 2, third}
}

// ControlGain is the gain of the control path [SI] for poles at σ [1/s]: with w = -σ/2π and the shift d = ControlCF - CF,
// ((2π)²·√(w² + d²)·√((2·CF + d)² + w²))³ / (2π·CF).
func (f *TanCarneyFilter) ControlGain(sigma float64) float64 {
	w, d := -sigma/(2*math.Pi), f.ControlCF-f.CF
	s := 2*f.CF + d
	near := math.FMA(w, w, float64(d*d))
	far := math.FMA(w, w, float64(s*s))
	x := 4 * math.Pi * math.Pi * math.Sqrt(near*far)
	return x * x * x / (2 * math.Pi * f.CF)
}

// DesignTanCarney gives the quantities of the channels of a cochlea at a rate [Hz].
func DesignTanCarney(rate float64, p TanCarneyParams) ([]TanCarneyFilter, error) {
	p, err := p.resolve(rate)
	if err != nil {
		return nil, err
	}
	filters := make([]TanCarneyFilter, len(p.CF))
	any := func(float64) bool { return true }
	positive := func(x float64) bool { return x > 0 }
	for _, x := range []struct {
		name, unit string
		given      []float64
		law        func(l float64, f *TanCarneyFilter) float64
		set        func(f *TanCarneyFilter, v float64)
		ok         func(float64) bool
		want       string
	}{
		{
			"pole frequency", " Hz", p.PoleFrequency, func(_ float64, f *TanCarneyFilter) float64 { return math.FMA(1.0854, f.CF, -106.0034) },
			func(f *TanCarneyFilter, v float64) { f.PoleFrequency = v; f.Frequencies[0] = 2 * math.Pi * v }, any, "a finite number",
		},
		{
			"damping spread", " /s", p.DampingSpread, func(l float64, _ *TanCarneyFilter) float64 { return power10(1.0230, l, 0.1607) },
			func(f *TanCarneyFilter, v float64) { f.DampingSpread = v }, func(x float64) bool { return x >= 0 }, "0 or a positive number",
		},
		{
			"frequency span", " rad/s", p.FrequencySpan, func(l float64, _ *TanCarneyFilter) float64 { return power10(1.4292, l, -1.1550) - 1000 },
			func(f *TanCarneyFilter, v float64) {
				f.Frequencies[2] = f.Frequencies[0] - v
				f.Frequencies[1] = (f.Frequencies[0] + f.Frequencies[2]) / 2
			}, any, "a finite number",
		},
		{
			"rest damping", " /s", p.RestDamping, func(l float64, _ *TanCarneyFilter) float64 { return power10(0.4, l, 1.9) },
			func(f *TanCarneyFilter, v float64) { f.RestDamping = v }, positive, "a positive number: the poles lie to the left of the imaginary axis",
		},
		{
			"zero", " /s", p.Zero, func(l float64, _ *TanCarneyFilter) float64 { return -power10(1.5, l, -0.9) },
			func(f *TanCarneyFilter, v float64) { f.Zero = v }, any, "a finite number",
		},
		{
			"gain at 80 dB", " /s", p.Gain80, func(l float64, _ *TanCarneyFilter) float64 { return power10(0.5732, l, 1.5220) },
			func(f *TanCarneyFilter, v float64) { f.NonlinearGain = (v - f.RestDamping) / p.AverageControl }, any, "a finite number",
		},
		{
			"nonlinear gain", " /s", p.NonlinearGain, func(_ float64, f *TanCarneyFilter) float64 { return f.NonlinearGain },
			func(f *TanCarneyFilter, v float64) { f.NonlinearGain = v }, any, "a finite number",
		},
	} {
		given, err := spread(x.name, x.unit, x.given, len(filters), 1, x.ok, x.want)
		if err != nil {
			return nil, err
		}
		for c := range filters {
			f := &filters[c]
			f.CF = p.CF[c]
			v := given[c]
			if len(x.given) == 0 {
				v = x.law(kernel.Log10(f.CF), f)
			}
			x.set(f, v)
		}
	}
	for c := range filters {
		if err := filters[c].complete(); err != nil {
			return nil, fmt.Errorf("channel %d, characteristic frequency %g Hz: %w", c, p.CF[c], err)
		}
	}
	return filters, nil
}

// power10 is 10^(slope·l + offset).
func power10(slope, l, offset float64) float64 {
	return kernel.Pow(10, math.FMA(slope, l, offset))
}

// complete computes what follows from the parameters: gain and control path.
func (f *TanCarneyFilter) complete() error {
	const perMM = 11.9 // mm per decade of the frequency map of the cochlea: x = 11.9·log10(0.8 + f/456)
	x := float64(perMM * kernel.Log10(0.8+f.CF/456))
	f.ControlCF = float64((kernel.Pow(10, (x+1.2)/perMM) - 0.8) * 456)
	f.ControlRest = 2 * math.Pi * f.CF / 4
	sigma, omega := f.Damping(0), float64(2*math.Pi*f.CF)
	gain, zero := 1.0, math.FMA(omega, omega, float64(f.Zero*f.Zero))
	for _, k := range kernel.TanCarneyOrder {
		s2 := float64(sigma[k] * sigma[k])
		below, above := omega-f.Frequencies[k], omega+f.Frequencies[k]
		near, far := math.FMA(below, below, s2), math.FMA(above, above, s2)
		gain *= math.Sqrt(near*far) / math.Sqrt(zero) // pair by pair: the product of all comes near the largest number
	}
	f.Gain = gain / 3
	switch {
	case !finite(f.Gain) || f.Gain == 0:
		return fmt.Errorf("the gain of the signal path is %g: want a finite number above 0", f.Gain)
	case !finite(f.ControlGain(-f.ControlRest)) || !finite(f.NonlinearGain):
		return fmt.Errorf("the gain of the control path is %g, that of its nonlinearity %g /s: want finite numbers",
			f.ControlGain(-f.ControlRest), f.NonlinearGain)
	}
	return nil
}
