package hrtf

import (
	"fmt"
	"math"
	"slices"

	"hearpipe/filterbank"
	"hearpipe/internal/kernel"
)

// HeadlessParams describe a set without a head between the ears: nothing but time differences.
type HeadlessParams struct {
	// Positions is the number of places, evenly spaced from -MaxAzimuth to +MaxAzimuth; default 13.
	Positions int
	// MaxAzimuth is the azimuth of the last place [rad], positive to the right; default π/2.
	MaxAzimuth float64
	// Diameter is the distance between the ears [m]; default 0.22308, which makes 650 µs at π/2.
	Diameter float64
	// ITD gives the interaural time differences themselves [s], positive if the left ear is later, instead of the three above. The set has no directions then.
	ITD []float64
	// Fractional delays both ears by half the difference, exactly; otherwise the later ear is delayed by the nearest whole number of samples.
	Fractional bool
	// Taps is the length of the responses of a fractional set, default as [filterbank.FractionalDelayParams] has it, at least 2048: a shorter one rings less far
	// and has less latency, half its length.
	Taps int
	// Rate is the frames per second [Hz]; default 44,100.
	Rate float64
}

// speedOfSound is that of air at 20 °C [m/s].
const speedOfSound = 343.2

// NewHeadless returns an artificial set of two ears at a distance in free air, as that of Brian Hears. The time difference of a place at azimuth θ, clockwise from the
// front, is Diameter·sin θ/(343.2 m/s): the left ear is later for places on the right, where θ is positive. Coordinates are those of the system [Headless], or the
// column itd alone.
//
// Whole samples: impulses after round(max(itd, 0)·rate) samples on the left and round(max(-itd, 0)·rate) on the right, half to even; the responses are one sample
// longer than the longest delay. Fractional: the left ear is delayed by itd/2 and the right by -itd/2, both besides half the number of taps, with the
// responses of [filterbank.DesignFractionalDelay].
//
// Parameters out of range are errors: 1 to 2^16 places, an azimuth above 0 and at most π/2, a positive finite diameter and rate, time differences of at most a second.
func NewHeadless(p HeadlessParams) (*Set, error) {
	p = p.defaults()
	if err := p.check(); err != nil {
		return nil, err
	}
	sp := SetParams{Name: "headless", Subject: "0", System: Headless, Rate: p.Rate}
	itd := slices.Clone(p.ITD)
	if itd != nil {
		sp.System, sp.Columns = Other, []Column{{"itd", "s"}}
		for _, d := range itd {
			sp.Coordinates = append(sp.Coordinates, []float64{d})
		}
	} else {
		step := 0.0
		if p.Positions > 1 {
			step = 2 * p.MaxAzimuth / float64(p.Positions-1)
		}
		for i := range p.Positions {
			azimuth := float64(float64(i)*step) - p.MaxAzimuth
			switch { // the ends and the middle exactly
			case p.Positions == 1 || 2*i == p.Positions-1:
				azimuth = 0
			case i == p.Positions-1:
				azimuth = p.MaxAzimuth
			}
			d := float64(p.Diameter*kernel.Sin(azimuth)) / speedOfSound
			itd = append(itd, d)
			sp.Coordinates = append(sp.Coordinates, []float64{azimuth, d})
		}
	}
	var err error
	if p.Fractional {
		err = sp.fractional(itd, p.Taps)
	} else {
		err = sp.whole(itd)
	}
	if err != nil {
		return nil, err
	}
	return NewSet(sp)
}

func (p HeadlessParams) defaults() HeadlessParams {
	if p.Positions == 0 {
		p.Positions = 13
	}
	if p.MaxAzimuth == 0 {
		p.MaxAzimuth = math.Pi / 2
	}
	if p.Diameter == 0 {
		p.Diameter = speedOfSound * 650e-6
	}
	if p.Rate == 0 {
		p.Rate = 44100
	}
	return p
}

func (p HeadlessParams) check() error {
	if err := checkRate(p.Rate); err != nil {
		return err
	}
	const most = 1 << 16
	switch {
	case p.ITD != nil && (len(p.ITD) == 0 || len(p.ITD) > most):
		return fmt.Errorf("hrtf: headless: %d time differences: want 1 to %d", len(p.ITD), most)
	case p.Positions < 1 || p.Positions > most:
		return fmt.Errorf("hrtf: headless: %d places: want 1 to %d", p.Positions, most)
	case !(p.MaxAzimuth > 0 && p.MaxAzimuth <= math.Pi/2):
		return fmt.Errorf("hrtf: headless: largest azimuth %g rad: want above 0 and at most π/2", p.MaxAzimuth)
	case !(p.Diameter > 0 && p.Diameter <= speedOfSound):
		return fmt.Errorf("hrtf: headless: diameter %g m: want above 0 m and at most %g m", p.Diameter, speedOfSound)
	}
	for i, d := range p.ITD {
		if !(math.Abs(d) <= 1) {
			return fmt.Errorf("hrtf: headless: time difference %d is %g s: want -1 s to 1 s", i, d)
		}
	}
	return nil
}

// whole makes impulses after whole numbers of samples.
func (p *SetParams) whole(itd []float64) error {
	left, right := make([]int, len(itd)), make([]int, len(itd))
	longest := 0
	for i, d := range itd {
		left[i] = int(math.RoundToEven(max(d, 0) * p.Rate))
		right[i] = int(math.RoundToEven(max(-d, 0) * p.Rate))
		longest = max(longest, left[i], right[i])
	}
	if longest >= mostTaps || longest >= mostValues/2/len(itd) {
		return fmt.Errorf("hrtf: headless: %d places with delays up to %d samples: want at most %d taps, and %d values for both ears", len(itd), longest, mostTaps, mostValues)
	}
	for i := range itd {
		l, r := make([]float64, longest+1), make([]float64, longest+1)
		l[left[i]], r[right[i]] = 1, 1
		p.Left, p.Right = append(p.Left, l), append(p.Right, r)
	}
	return nil
}

// fractional makes delays of any length.
func (p *SetParams) fractional(itd []float64, taps int) error {
	n := len(itd)
	delays := make([]float64, 2*n)
	for i, d := range itd {
		delays[i], delays[n+i] = d/2, -d/2
	}
	if max(taps, 2048) > mostValues/2/n {
		return fmt.Errorf("hrtf: headless: %d places of %d taps: want at most %d values for both ears", n, max(taps, 2048), mostValues)
	}
	responses, _, err := filterbank.DesignFractionalDelay(p.Rate, delays, taps)
	if err != nil {
		return fmt.Errorf("hrtf: headless: %w", err)
	}
	p.Left, p.Right = responses[:n], responses[n:]
	return nil
}

// HeadlessDatabase is the one set without a head as a database: its only subject is "0".
type HeadlessDatabase struct{ Params HeadlessParams }

// Subjects is "0".
func (HeadlessDatabase) Subjects() []string { return []string{"0"} }

// Load makes the set.
func (h HeadlessDatabase) Load(subject string) (*Set, error) {
	if subject != "0" {
		return nil, fmt.Errorf("hrtf: headless: there is no subject %q: the only one is 0", subject)
	}
	return NewHeadless(h.Params)
}
