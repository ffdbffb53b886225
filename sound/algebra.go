package sound

import (
	"fmt"
	"math"

	"hearpipe/internal/kernel"
)

// Add is the sample by sample sum. A mono sound is heard in every channel of the other. Different rates or lengths are an
// error that names both; so are different numbers of channels unless one is mono. [Sound.Resize] makes lengths equal; the
// stage stages.NewSum lets zeros follow the shorter one, as Brian Hears does.
func (s *Sound) Add(o *Sound) (*Sound, error) {
	return combine("add", s, o, func(a, b float64) float64 { return a + b })
}

// Sub is s minus o, under the rules of [Sound.Add].
func (s *Sound) Sub(o *Sound) (*Sound, error) {
	return combine("subtract", s, o, func(a, b float64) float64 { return a - b })
}

// Mul is the sample by sample product, under the rules of [Sound.Add].
func (s *Sound) Mul(o *Sound) (*Sound, error) {
	return combine("multiply", s, o, func(a, b float64) float64 { return a * b })
}

// Div is s divided by o, under the rules of [Sound.Add]. A quotient that is not finite, as a division by zero gives, is an
// error that names frame and channel.
func (s *Sound) Div(o *Sound) (*Sound, error) {
	t, err := combine("divide", s, o, func(a, b float64) float64 { return a / b })
	if err != nil {
		return nil, err
	}
	if err := t.check(); err != nil {
		return nil, fmt.Errorf("divide: %w", err)
	}
	return t, nil
}

func combine(verb string, a, b *Sound, f func(x, y float64) float64) (*Sound, error) {
	if a.rate != b.rate {
		return nil, fmt.Errorf("sound: cannot %s sounds of %g Hz and %g Hz: want equal rates; resample one of them", verb, a.rate, b.rate)
	}
	ca, cb := a.data.Channels, b.data.Channels
	if ca != cb && ca != 1 && cb != 1 {
		return nil, fmt.Errorf("sound: cannot %s sounds of %d and %d channels: want equal numbers, or one of them mono", verb, ca, cb)
	}
	if a.data.N != b.data.N {
		return nil, fmt.Errorf("sound: cannot %s sounds of %d and %d frames: want equal lengths; resize one of them", verb, a.data.N, b.data.N)
	}
	t, err := blank(a.rate, int64(a.data.N), max(ca, cb))
	if err != nil {
		return nil, err
	}
	for i := range t.data.N {
		row := t.data.Row(i)
		for c := range row {
			row[c] = f(a.sample(i, c), b.sample(i, c))
		}
	}
	return t, nil
}

// sample is the sample of a sound that, if mono, is spread over all channels.
func (s *Sound) sample(i, c int) float64 {
	if s.data.Channels == 1 {
		c = 0
	}
	return s.data.At(i, c)
}

// Scale multiplies every sample by a factor, which must be finite.
func (s *Sound) Scale(factor float64) (*Sound, error) {
	if factor-factor != 0 {
		return nil, fmt.Errorf("sound: factor %g: want a finite number", factor)
	}
	return s.each(func(x float64, _, _ int) float64 { return x * factor }), nil
}

// Offset adds a constant pressure [Pa], which must be finite, to every sample.
func (s *Sound) Offset(pressure float64) (*Sound, error) {
	if pressure-pressure != 0 {
		return nil, fmt.Errorf("sound: offset %g Pa: want a finite number", pressure)
	}
	return s.each(func(x float64, _, _ int) float64 { return x + pressure }), nil
}

// each makes a new sound of f(sample, frame, channel).
func (s *Sound) each(f func(x float64, i, c int) float64) *Sound {
	t := &Sound{data: s.data, rate: s.rate}
	t.data.Data = make([]float64, len(s.data.Data))
	for i := range s.data.N {
		from, to := s.data.Row(i), t.data.Row(i)
		for c, x := range from {
			to[c] = f(x, i, c)
		}
	}
	return t
}

// RampWhen says which ends of a sound a ramp shapes.
type RampWhen int

// The ends a ramp can shape.
const (
	Onset RampWhen = iota
	Offset
	Both
)

// RampParams describes a ramp.
type RampParams struct {
	When    RampWhen                // which ends (default Onset)
	Seconds float64                 // duration [s] (default 0.01), rounded to whole frames
	Shape   func(x float64) float64 // envelope over 0 <= x <= 1 (default sin²(πx/2), from 0 to 1)
}

// Ramp multiplies the ends of the sound with an envelope. Of n frames, frame i at the onset is multiplied by
// Shape(i/(n-1)), so that the first becomes Shape(0) and the last of them Shape(1); the offset is its mirror image. A ramp of a
// single frame multiplies it by Shape(0). A ramp longer than the sound is an error.
func (s *Sound) Ramp(p RampParams) (*Sound, error) {
	if p.Seconds == 0 {
		p.Seconds = 0.01
	}
	if p.When < Onset || p.When > Both {
		return nil, fmt.Errorf("sound: ramp at end %d: want Onset, Offset or Both", p.When)
	}
	n, err := framesOf(p.Seconds, s.rate)
	if err != nil {
		return nil, fmt.Errorf("sound: ramp: %w", err)
	}
	if n > int64(s.data.N) {
		return nil, fmt.Errorf("sound: ramp of %d frames (%g s) on a sound of %d frames (%g s): want a ramp no longer than the sound",
			n, p.Seconds, s.data.N, s.Duration())
	}
	shape := p.Shape
	if shape == nil {
		shape = sineSquared
	}
	e := make([]float64, n)
	for i := range e {
		x := 0.0
		if n > 1 {
			x = float64(i) / float64(n-1)
		}
		e[i] = shape(x)
	}
	return s.each(func(x float64, i, _ int) float64 {
		if p.When != Offset && i < len(e) {
			x *= e[i]
		}
		if k := s.data.N - 1 - i; p.When != Onset && k < len(e) {
			x *= e[k]
		}
		return x
	}), nil
}

// sineSquared is sin²(πx/2).
func sineSquared(x float64) float64 {
	y := kernel.Sin(math.Pi / 2 * x)
	return y * y
}
