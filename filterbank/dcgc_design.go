package filterbank

import (
	"fmt"
	"math"
	"strings"

	"hearpipe/internal/kernel"
	"hearpipe/stages"
)

// DCGCConstants are the numbers of the dynamic compressive gammachirp, see [DCGC]. [DCGCDefaults] gives the published ones.
type DCGCConstants struct {
	B1 float64 // bandwidth factor of the passive gammachirp, b_1, above 0 and below 12.64
	C1 float64 // its chirp factor c_1, |c_1| below 6.04
	B2 float64 // bandwidth factor of the compensation that makes it active, b_2, above 0 and below 12.64
	C2 float64 // its chirp factor c_2, |c_2| below 6.04

	Order        float64 // order of the gammachirp in the formula of its peak, order_gc, above 0
	LevelShift   float64 // how far above a channel its level is measured [ERB], lct_ERB
	ControlRatio float64 // frequency of the compensation of the control path over the passive peak, frat_control, above 0
	Ratio0       float64 // frequency of the compensation over the passive peak at 0 dB, frat0, above 0
	Ratio1       float64 // growth of that ratio [1/dB], frat1, at least 0
	HalfLife     float64 // half-life of the level [s], decay_tcst, above 0

	LevelWeight    float64 // weight w of the first of the two levels, lev_weight, 0 to 1
	LevelReference float64 // level at which both are equal [dB], level_ref
	LevelPower1    float64 // exponent of the first, level_pwr1, above 0
	LevelPower2    float64 // exponent of the second, level_pwr2, above 0
	// Calibration is the level of a sound whose samples have the root mean square 1 [dB], RMStoSPL. For sounds in pascal that
	// is 20·log10(1/20 µPa) = [PascalCalibration].
	Calibration float64
}

// PascalCalibration is the sound pressure level of 1 Pa [dB].
const PascalCalibration = 93.97940008672037

// DCGCDefaults gives the constants of Irino and Patterson (2006) as Brian Hears has them. The calibration is 30 dB, as
// there: with sounds in pascal it puts the estimated level 64 dB too low and leaves the compression nearly off; set it to
// [PascalCalibration] for them.
func DCGCDefaults() DCGCConstants {
	return DCGCConstants{
		B1: 1.81, C1: -2.96, B2: 2.17, C2: 2.2, Order: 4, LevelShift: 1.5, ControlRatio: 1.08, Ratio0: 0.2330, Ratio1: 0.005, HalfLife: 0.5e-3,
		LevelWeight: 0.5, LevelReference: 50, LevelPower1: 1.5, LevelPower2: 0.5, Calibration: 30,
	}
}

// namedConstant is a constant under its name in Brian Hears.
type namedConstant struct {
	name  string
	value *float64
	ok    func(float64) bool
	want  string
}

func (k *DCGCConstants) named() []namedConstant {
	positive := func(x float64) bool { return x > 0 }
	anything := func(float64) bool { return true }
	return []namedConstant{
		{"b1", &k.B1, compensationWidth, "above 0 and below 12.64"},
		{"c1", &k.C1, compensationChirp, "above -6.04 and below 6.04"},
		{"b2", &k.B2, compensationWidth, "above 0 and below 12.64"},
		{"c2", &k.C2, compensationChirp, "above -6.04 and below 6.04"},
		{"order_gc", &k.Order, positive, "a positive number"},
		{"lct_ERB", &k.LevelShift, anything, "a finite number of ERB"},
		{"frat_control", &k.ControlRatio, positive, "a positive number"},
		{"frat0", &k.Ratio0, positive, "a positive number"},
		{"frat1", &k.Ratio1, func(x float64) bool { return x >= 0 }, "a number of at least 0 per dB"},
		{"decay_tcst", &k.HalfLife, positive, "a positive number of seconds"},
		{"lev_weight", &k.LevelWeight, func(x float64) bool { return x >= 0 && x <= 1 }, "0 to 1"},
		{"level_ref", &k.LevelReference, anything, "a finite number of dB"},
		{"level_pwr1", &k.LevelPower1, positive, "a positive number"},
		{"level_pwr2", &k.LevelPower2, positive, "a positive number"},
		{"RMStoSPL", &k.Calibration, anything, "a finite number of dB"},
	}
}

// Set changes one constant by its name in Brian Hears: b1, c1, b2, c2, order_gc, lct_ERB, frat_control, frat0, frat1, decay_tcst [s],
// lev_weight, level_ref [dB], level_pwr1, level_pwr2 or RMStoSPL [dB]. Another name is an error that lists these.
func (k *DCGCConstants) Set(name string, value float64) error {
	list := k.named()
	names := make([]string, len(list))
	for i, c := range list {
		if c.name == name {
			*c.value = value
			return nil
		}
		names[i] = c.name
	}
	return fmt.Errorf("parameter %q of a DCGC: want one of %s", name, strings.Join(names, ", "))
}

// DCGCParams describe a bank of dynamic compressive gammachirps.
type DCGCParams struct {
	CF        []float64      // centre frequencies of the passive gammachirps [Hz], above 0 and below half the rate, ascending
	Constants *DCGCConstants // nil: DCGCDefaults
	Interval  int            // frames between updates of the filters, at least 1; default 1
	// ERBRate holds the number of ERBs below each centre frequency, ascending; default [ERBRate].
	ERBRate []float64
	// ERBWidth holds the ERB at each centre frequency [Hz], above 0; default 24.7·(4.37·f/1000 + 1).
	ERBWidth []float64
	// LegacyReference takes the reference level in dB for a linear amplitude, as Brian Hears does: 50 where 50 dB are 10 at
	// a calibration of 30 dB.
	LegacyReference bool
	// LegacyDecay lets the level decay, and look at the sound, once per update instead of in every frame, as Brian Hears
	// does: then its half-life grows with the interval.
	LegacyDecay bool
	Channels    stages.Range // channels to compute; zero: all
}

// DCGCDesign is what a [DCGC] is made of, channel by channel of the whole bank: with it the model can be built from a
// [LogGammachirp], two [AsymmetricCompensation] banks and a control.
type DCGCDesign struct {
	Peak    []float64 // peak frequency of the passive gammachirps [Hz], f_p1
	Shift   int       // number of channels between a channel and the one whose level it follows
	Control []int     // that one, for each channel
	Decay   float64   // factor on the level per frame
	// Reference is the level at which both parts of the level are equal, as an amplitude, and Floor the smallest level.
	Reference, Floor float64

	k DCGCConstants
}

// DesignDCGC computes the design at a rate [Hz] from the centre frequencies f:
//
//	f_p1 = f + c_1·ERBWidth·b_1/Order,   Shift = LevelShift / mean difference of ERBRate, rounded to even
//
// The control channel of the last Shift channels is the last one.
func DesignDCGC(rate float64, p DCGCParams) (*DCGCDesign, error) {
	p, err := p.resolve(rate)
	if err != nil {
		return nil, err
	}
	return designDCGC(rate, p)
}

// designDCGC is DesignDCGC for params that were resolved.
func designDCGC(rate float64, p DCGCParams) (*DCGCDesign, error) {
	k, n := *p.Constants, len(p.CF)
	d := &DCGCDesign{
		Peak: make([]float64, n), Control: make([]int, n), k: k,
		Decay: kernel.Exp(-math.Ln2 / (k.HalfLife * rate)), Reference: k.LevelReference, Floor: kernel.Pow(10, -k.Calibration/20),
	}
	if !p.LegacyReference {
		d.Reference = kernel.Pow(10, (k.LevelReference-k.Calibration)/20)
	}
	if n > 1 {
		first, last := ERBRate(p.CF[0]), ERBRate(p.CF[n-1])
		if p.ERBRate != nil {
			first, last = p.ERBRate[0], p.ERBRate[n-1]
		}
		if !(last > first) {
			return nil, fmt.Errorf("centre frequencies from %g to %g Hz: ERB rates from %g to %g: want them to be ascending", p.CF[0], p.CF[n-1], first, last)
		}
		shift := math.RoundToEven(k.LevelShift / ((last - first) / float64(n-1)))
		d.Shift = int(max(-float64(n), min(float64(n), shift)))
	}
	for c, f := range p.CF {
		d.Control[c] = max(0, min(n-1, c+d.Shift))
		d.Peak[c] = f + float64(k.C1*p.ERBWidth[c]*k.B1/k.Order)
	}
	most := max(1, k.ControlRatio, k.Ratio0)
	for c, f := range d.Peak {
		if f > 0 && f*most < rate/2 {
			continue
		}
		for _, x := range [...]struct {
			what  string
			ratio float64
		}{{"peak of the passive gammachirp", 1}, {"compensation of the control path", k.ControlRatio}, {"compensation at 0 dB", k.Ratio0}} {
			if at := f * x.ratio; !(at > 0 && at < rate/2) {
				return nil, fmt.Errorf("channel %d, centre frequency %g Hz: %s at %.6g Hz: want above 0 Hz and below half the rate, %g Hz", c, p.CF[c], x.what, at, rate/2)
			}
		}
	}
	return d, nil
}

// Needs is the range of passive gammachirps that channels r need, themselves and their control channels: a source with as
// many channels as the bank must give these.
func (d *DCGCDesign) Needs(r stages.Range) stages.Range {
	return stages.Range{Lo: min(r.Lo, d.Control[r.Lo]), Hi: max(r.Hi, d.Control[r.Hi-1]+1)}
}

// resolve checks everything and fills in the defaults.
func (p DCGCParams) resolve(rate float64) (DCGCParams, error) {
	if err := checkCF(rate, p.CF); err != nil {
		return p, err
	}
	for c := 1; c < len(p.CF); c++ {
		if p.CF[c] <= p.CF[c-1] {
			return p, fmt.Errorf("channel %d: centre frequency %g Hz: want more than that of channel %d, %g Hz", c, p.CF[c], c-1, p.CF[c-1])
		}
	}
	if p.Constants == nil {
		k := DCGCDefaults()
		p.Constants = &k
	}
	for _, k := range p.Constants.named() {
		if !finite(*k.value) || !k.ok(*k.value) {
			return p, fmt.Errorf("%s is %g: want %s", k.name, *k.value, k.want)
		}
	}
	if p.Interval == 0 {
		p.Interval = 1
	}
	if p.Interval < 1 {
		return p, fmt.Errorf("interval of %d frames: want at least 1", p.Interval)
	}
	n := len(p.CF)
	if p.ERBWidth == nil {
		p.ERBWidth = make([]float64, n)
		for c, f := range p.CF {
			p.ERBWidth[c] = 24.7 * (float64(4.37*f/1000) + 1)
		}
	}
	if len(p.ERBWidth) != n || p.ERBRate != nil && len(p.ERBRate) != n {
		return p, fmt.Errorf("%d ERBs and %d ERB rates for %d channels: want one for each", len(p.ERBWidth), len(p.ERBRate), n)
	}
	for c := range n {
		if w := p.ERBWidth[c]; !(w > 0 && finite(w)) {
			return p, fmt.Errorf("channel %d: ERB of %g Hz: want a positive number", c, w)
		}
	}
	for c, r := range p.ERBRate {
		if !finite(r) || c > 0 && !(r > p.ERBRate[c-1]) {
			return p, fmt.Errorf("channel %d: ERB rate of %g: want a finite number above those before it", c, r)
		}
	}
	return p, nil
}

// Track is a level after one more frame with the sample u: max(u, level·Decay), and 0 where that is below 1e-200. Levels begin
// with 0 and so never become negative.
func (d *DCGCDesign) Track(level, u float64) float64 { return kernel.Follow(level, u, d.Decay) }

// Level is the estimated level [dB] of the control path for the level l1 of the passive gammachirp and l2 of its
// compensation, both at least 0. With ρ the reference and w the weight it is
//
//	20·log10(max(w·ρ·(l1/ρ)^LevelPower1 + (1-w)·ρ·(l2/ρ)^LevelPower2, Floor)) + Calibration
func (d *DCGCDesign) Level(l1, l2 float64) float64 { return d.loudness(1, 0).Of(l1, l2) }

// Ratio is the frequency of the compensation of a channel over its peak, Ratio0 + Ratio1·Level, for the levels of its
// control channel. It is Ratio0 exactly where the level is the floor.
func (d *DCGCDesign) Ratio(l1, l2 float64) float64 { return d.ratio().Of(l1, l2) }

func (d *DCGCDesign) ratio() kernel.Loudness { return d.loudness(d.k.Ratio1, d.k.Ratio0) }

// loudness is scale·Level + offset. In units of the floor, whose level is 0 dB, the calibration drops out.
func (d *DCGCDesign) loudness(scale, offset float64) kernel.Loudness {
	weight := func(w, power float64) float64 {
		return math.Log2E * kernel.Log(w*d.Reference*kernel.Pow(d.Reference, -power)/d.Floor)
	}
	return kernel.Loudness{
		P: d.k.LevelPower1, LogV: weight(d.k.LevelWeight, d.k.LevelPower1),
		Q: d.k.LevelPower2, LogW: weight(1-d.k.LevelWeight, d.k.LevelPower2),
		Scale: scale * 20 * math.Ln2 / math.Ln10, Offset: offset,
	}
}
