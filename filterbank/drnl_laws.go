package filterbank

import (
	"fmt"
	"math"
	"strings"

	"hearpipe/internal/kernel"
)

// PowerLaw is the way in which a quantity of the dual-resonance nonlinear filter depends on the characteristic frequency f
// [Hz]: 10^(P0 + M·log10 f).
type PowerLaw struct {
	P0 float64 // logarithm of the quantity at 1 Hz, p_0
	M  float64 // exponent m
}

// At is the quantity at frequency f [Hz], f > 0.
func (l PowerLaw) At(f float64) float64 {
	return kernel.Pow(10, l.P0+float64(l.M*kernel.Log10(f)))
}

// DRNLLaws say how the quantities of dual-resonance nonlinear filters depend on the characteristic frequency. Published
// sets are [DRNLHuman] and [DRNLGuineaPig].
type DRNLLaws struct {
	LinearCF           PowerLaw // centre frequency of the linear path [Hz], cf_lin
	LinearBandwidth    PowerLaw // decay rate of its gammatone [Hz], bw_lin
	LinearCutoff       PowerLaw // cutoff of its low-pass [Hz], lp_lin_cutoff
	Gain               PowerLaw // its gain [1], g
	NonlinearCF        PowerLaw // centre frequency of the nonlinear path [Hz], cf_nl
	NonlinearBandwidth PowerLaw // decay rate of its gammatones [Hz], bw_nl
	NonlinearCutoff    PowerLaw // cutoff of its low-pass [Hz], lp_nl_cutoff
	A                  PowerLaw // gain of the nonlinear path for weak sounds [1], a
	B                  PowerLaw // factor of the compressed part [1], b
	Exponent           PowerLaw // its exponent [1], c, written v in the formula
}

// DRNLHuman gives the laws of Lopez-Poveda and Meddis (2001) for man, rounded to three decimals as in Brian Hears. The
// gain of the linear path falls with frequency, with the exponent -0.48.
func DRNLHuman() DRNLLaws {
	return DRNLLaws{
		LinearCF: PowerLaw{-0.067, 1.016}, LinearBandwidth: PowerLaw{0.037, 0.785}, LinearCutoff: PowerLaw{-0.067, 1.016}, Gain: PowerLaw{4.2, -0.48},
		NonlinearCF: PowerLaw{-0.052, 1.016}, NonlinearBandwidth: PowerLaw{-0.031, 0.774}, NonlinearCutoff: PowerLaw{-0.052, 1.016},
		A: PowerLaw{1.402, 0.819}, B: PowerLaw{1.619, -0.818}, Exponent: PowerLaw{-0.602, 0},
	}
}

// DRNLHumanLegacy gives the laws of the class DRNL of Brian Hears for man, in which a sign is lost: the gain of the linear
// path rises with frequency and hides the nonlinear one. They are for comparison with numbers computed there.
func DRNLHumanLegacy() DRNLLaws {
	l := DRNLHuman()
	l.Gain.M = 0.48
	return l
}

// DRNLGuineaPig gives the laws of Sumner et al. (2003) for the guinea pig, rounded as in Brian Hears.
func DRNLGuineaPig() DRNLLaws {
	return DRNLLaws{
		LinearCF: PowerLaw{0.339, 0.895}, LinearBandwidth: PowerLaw{1.3, 0.53}, LinearCutoff: PowerLaw{0.339, 0.895}, Gain: PowerLaw{5.68, -0.97},
		NonlinearCF: PowerLaw{0, 1}, NonlinearBandwidth: PowerLaw{0.8, 0.58}, NonlinearCutoff: PowerLaw{0, 1},
		A: PowerLaw{1.87, 0.45}, B: PowerLaw{-5.65, 0.875}, Exponent: PowerLaw{-1, 0},
	}
}

// DRNLGuineaPigLegacy gives the laws of the class DRNL of Brian Hears for the guinea pig, in which the linear path repeats
// 0.339 as its exponent: its filter lies far below the characteristic frequency. They are for comparison with numbers
// computed there.
func DRNLGuineaPigLegacy() DRNLLaws {
	l := DRNLGuineaPig()
	l.LinearCF.M, l.LinearCutoff.M = 0.339, 0.339
	return l
}

// Set changes one number by its name in Brian Hears: cf_lin, bw_lin, lp_lin_cutoff, g, cf_nl, bw_nl, lp_nl_cutoff, a, b or c,
// followed by _p0 or _m. Another name is an error that lists these.
func (l *DRNLLaws) Set(name string, value float64) error {
	list := l.named()
	for _, q := range list {
		switch name {
		case q.name + "_p0":
			q.law.P0 = value
			return nil
		case q.name + "_m":
			q.law.M = value
			return nil
		}
	}
	names := make([]string, len(list))
	for i, q := range list {
		names[i] = q.name
	}
	return fmt.Errorf("parameter %q of a DRNL: want one of %s, followed by _p0 or _m", name, strings.Join(names, ", "))
}

// namedLaw is a law under its name in Brian Hears.
type namedLaw struct {
	name, unit string
	law        *PowerLaw
	value      func(*DRNLFilter) *float64
	limit      func(rate float64) float64 // largest value; nil: any finite number
}

func (l *DRNLLaws) named() []namedLaw {
	band := func(rate float64) float64 { return math.Nextafter(rate/2, 0) }
	stable := func(rate float64) float64 { return rate / math.Pi }
	return []namedLaw{
		{"cf_lin", " Hz", &l.LinearCF, func(f *DRNLFilter) *float64 { return &f.LinearCF }, band},
		{"bw_lin", " Hz", &l.LinearBandwidth, func(f *DRNLFilter) *float64 { return &f.LinearBandwidth }, nil},
		{"lp_lin_cutoff", " Hz", &l.LinearCutoff, func(f *DRNLFilter) *float64 { return &f.LinearCutoff }, stable},
		{"g", "", &l.Gain, func(f *DRNLFilter) *float64 { return &f.Gain }, nil},
		{"cf_nl", " Hz", &l.NonlinearCF, func(f *DRNLFilter) *float64 { return &f.NonlinearCF }, band},
		{"bw_nl", " Hz", &l.NonlinearBandwidth, func(f *DRNLFilter) *float64 { return &f.NonlinearBandwidth }, nil},
		{"lp_nl_cutoff", " Hz", &l.NonlinearCutoff, func(f *DRNLFilter) *float64 { return &f.NonlinearCutoff }, stable},
		{"a", "", &l.A, func(f *DRNLFilter) *float64 { return &f.A }, nil},
		{"b", "", &l.B, func(f *DRNLFilter) *float64 { return &f.B }, nil},
		{"c", "", &l.Exponent, func(f *DRNLFilter) *float64 { return &f.Exponent }, nil},
	}
}

// DRNLFilter holds the quantities of one channel.
type DRNLFilter struct {
	LinearCF           float64 // centre frequency of the linear path [Hz]
	LinearBandwidth    float64 // decay rate of its gammatone [Hz]
	LinearCutoff       float64 // cutoff of its low-pass [Hz]
	Gain               float64 // its gain [1], g
	NonlinearCF        float64 // centre frequency of the nonlinear path [Hz]
	NonlinearBandwidth float64 // decay rate of its gammatones [Hz]
	NonlinearCutoff    float64 // cutoff of its low-pass [Hz]
	A                  float64 // gain of the nonlinear path for weak sounds [1], a
	B                  float64 // factor of the compressed part [1], b
	Exponent           float64 // its exponent [1], v
}

// Compress is the broken-stick nonlinearity sign(x)·min(a·|x|, b·|x|^v).
func (f DRNLFilter) Compress(x float64) float64 {
	size := math.Abs(x)
	return math.Copysign(kernel.Min(f.A*size, f.B*kernel.Pow(size, f.Exponent)), x)
}

// Knee is the magnitude |x| = (b/a)^(1/(1-v)) at which compression begins, if v < 1.
func (f DRNLFilter) Knee() float64 { return kernel.Pow(f.B/f.A, 1/(1-f.Exponent)) }

// DesignDRNL gives the quantities of each channel at a rate [Hz]. Filters that would be unstable or lie beyond half the rate
// are errors that name channel, quantity and value.
func DesignDRNL(rate float64, p DRNLParams) ([]DRNLFilter, error) {
	p, err := p.resolve(rate)
	if err != nil {
		return nil, err
	}
	filters := make([]DRNLFilter, len(p.CF))
	for _, q := range p.Laws.named() {
		for c, cf := range p.CF {
			x := q.law.At(cf)
			limit, want := math.MaxFloat64, "a finite number"
			if q.limit != nil {
				limit = q.limit(rate)
			}
			switch {
			case q.name == "g" || q.name == "a" || q.name == "b":
			case q.limit == nil:
				want = "a positive, finite number"
			case strings.HasPrefix(q.name, "lp_"):
				want = fmt.Sprintf("above 0 Hz and at most rate/π, %.6g Hz (beyond, the filter is unstable)", limit)
			default:
				want = fmt.Sprintf("above 0 Hz and below half the rate, %g Hz", rate/2)
			}
			if !(x >= 0 && x <= limit) || x == 0 && want != "a finite number" {
				return nil, fmt.Errorf("channel %d, characteristic frequency %g Hz: %s is %.6g%s: want %s", c, cf, q.name, x, q.unit, want)
			}
			*q.value(&filters[c]) = x
		}
	}
	return filters, nil
}
