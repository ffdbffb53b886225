package sound

import (
	"fmt"
	"math"

	"hearpipe/internal/kernel"
)

const (
	referencePressure = 2e-5  // [Pa]: 0 dB SPL
	clickReference    = 28e-6 // [Pa]: peak of a 0 dB click, as Brian Hears defines it
)

// Gain is the factor 10^(dB/20).
func Gain(dB float64) float64 { return kernel.Pow(10, dB/20) }

// PeakPressure is the amplitude [Pa] of a click of the given peak level [dB]: 28 µPa · 10^(dB/20). That is the peak of a tone
// of 0 dB SPL (√2 · 20 µPa) rounded, the convention of Brian Hears.
func PeakPressure(dB float64) float64 { return clickReference * Gain(dB) }

// RMS is the root mean square of each channel after its mean has been removed [Pa]: 0 where a channel is constant or has no frames.
func (s *Sound) RMS() []float64 {
	n := float64(s.data.N)
	mean := make([]float64, s.data.Channels)
	if s.data.N == 0 {
		return mean
	}
	for i := range s.data.N {
		for c, x := range s.data.Row(i) {
			mean[c] += x
		}
	}
	for c := range mean {
		mean[c] /= n
	}
	power := make([]float64, s.data.Channels)
	for i := range s.data.N {
		for c, x := range s.data.Row(i) {
			d := x - mean[c]
			power[c] = math.FMA(d, d, power[c])
		}
	}
	for c := range power {
		power[c] = math.Sqrt(power[c] / n)
		if s.constant(c) {
			power[c] = 0 // the mean is rounded: what is left of 0.1 Pa is not 0, and a gain would make it a sound
		}
	}
	return power
}

// constant says that all samples of a channel are the same.
func (s *Sound) constant(c int) bool {
	for i := 1; i < s.data.N; i++ {
		if s.data.At(i, c) != s.data.At(0, c) {
			return false
		}
	}
	return true
}

// Levels is the level of each channel [dB SPL]: 20·log10(rms/20 µPa), -Inf where a channel is constant. A sound without frames
// has the level -Inf too.
func (s *Sound) Levels() []float64 {
	l := s.RMS()
	for c, r := range l {
		if r == 0 {
			l[c] = math.Inf(-1)
			continue
		}
		l[c] = 20 * kernel.Log10(r/referencePressure)
	}
	return l
}

// MaxLevel is the level of the loudest channel [dB SPL].
func (s *Sound) MaxLevel() float64 {
	m := math.Inf(-1)
	for _, l := range s.Levels() {
		m = math.Max(m, l)
	}
	return m
}

// AtLevel scales each channel to a level [dB SPL]: one value for all channels or one per channel. The mean is scaled along, not
// removed. A silent or constant channel has no level and is an error.
func (s *Sound) AtLevel(levels ...float64) (*Sound, error) {
	if len(levels) != 1 && len(levels) != s.data.Channels {
		return nil, fmt.Errorf("sound: %d levels for %d channels: want one for all or one per channel", len(levels), s.data.Channels)
	}
	gain := s.Levels()
	for c, have := range gain {
		want := levels[min(c, len(levels)-1)]
		if err := checkLevel(want); err != nil {
			return nil, err
		}
		if math.IsInf(have, -1) {
			return nil, fmt.Errorf("sound: channel %d is silent: no factor brings it to %g dB SPL", c, want)
		}
		gain[c] = Gain(want - have)
	}
	return s.each(func(x float64, _, c int) float64 { return x * gain[c] }), nil
}

// AtMaxLevel scales all channels by one factor so that the loudest has the given level [dB SPL]. A silent sound is an error.
func (s *Sound) AtMaxLevel(level float64) (*Sound, error) {
	if err := checkLevel(level); err != nil {
		return nil, err
	}
	have := s.MaxLevel()
	if math.IsInf(have, -1) {
		return nil, fmt.Errorf("sound: the sound is silent: no factor brings it to %g dB SPL", level)
	}
	return s.Scale(Gain(level - have))
}

func checkLevel(level float64) error {
	if level-level != 0 {
		return fmt.Errorf("sound: level %g dB SPL: want a finite number", level)
	}
	return nil
}

// Peak is the largest magnitude of all samples [Pa].
func (s *Sound) Peak() float64 {
	peak := 0.0
	for i := range s.data.N {
		for _, x := range s.data.Row(i) {
			peak = math.Max(peak, math.Abs(x))
		}
	}
	return peak
}

// Normalise scales all channels by one factor so that the largest magnitude of a sample is peak [Pa], above 0. A silent sound is an error.
func (s *Sound) Normalise(peak float64) (*Sound, error) {
	if !(peak > 0) || math.IsInf(peak, 0) {
		return nil, fmt.Errorf("sound: peak of %g Pa: want a positive, finite pressure", peak)
	}
	have := s.Peak()
	if have == 0 {
		return nil, fmt.Errorf("sound: the sound is silent: no factor brings it to a peak of %g Pa", peak)
	}
	return s.each(func(x float64, _, _ int) float64 { return x / have * peak }), nil
}
