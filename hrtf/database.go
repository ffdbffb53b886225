package hrtf

import (
	"fmt"

	"hearpipe/sound"
)

// Database is a collection of sets, one for each subject.
type Database interface {
	// Subjects lists the subjects in order. It does not change.
	Subjects() []string
	// Load returns the set of a subject. A subject that is not listed is an error that says which are.
	Load(subject string) (*Set, error)
}

// Resample returns the set at another rate, the set itself if it has that rate. The responses are resampled as sounds are, see [sound.Resampler], and
// scaled by the ratio of the rates, so that their gain stays what it was; the delays keep their times.
func (s *Set) Resample(rate float64) (*Set, error) {
	if err := checkRate(rate); err != nil {
		return nil, err
	}
	if rate == s.rate {
		return s, nil
	}
	ratio := rate / s.rate
	p := s.params()
	p.Rate = rate
	rows := [2][][]float64{}
	for e := range s.taps {
		for i, h := range s.taps[e] {
			x, err := sound.New(s.rate, h)
			if err != nil {
				return nil, err
			}
			if x, err = x.Resample(rate); err != nil {
				return nil, fmt.Errorf("hrtf: %s: %w", s.title(), err)
			}
			y, err := x.Channel(0)
			if err != nil {
				return nil, err
			}
			z := make([]float64, len(y))
			for k := range z {
				z[k] = y[k] / ratio
			}
			rows[e] = append(rows[e], z)
			if i == 0 && len(z) == 0 {
				return nil, fmt.Errorf("hrtf: %s: %d taps at %g Hz leave none at %g Hz", s.title(), s.Taps(), s.rate, rate)
			}
		}
	}
	p.Left, p.Right = rows[Left], rows[Right]
	scale := func(delays []float64) []float64 {
		if delays == nil {
			return nil
		}
		scaled := make([]float64, len(delays))
		for i, d := range delays {
			scaled[i] = d * ratio
		}
		return scaled
	}
	p.LeftDelay, p.RightDelay = scale(p.LeftDelay), scale(p.RightDelay)
	return NewSet(p)
}

// WithRate returns the same taps under another rate: for files that state a wrong one. Nothing is resampled.
func (s *Set) WithRate(rate float64) (*Set, error) {
	if err := checkRate(rate); err != nil {
		return nil, err
	}
	t := *s
	t.rate = rate
	return &t, nil
}
