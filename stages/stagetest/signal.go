package stagetest

import (
	"io"
	"math"

	"hearpipe/stages"
)

// Signal describes a deterministic test signal: the sample of a frame and a channel is a pure function of the seed, the
// frame and the absolute channel. Zero fields mean the documented default.
type Signal struct {
	Rate     float64 // frames per second [Hz], default 8192
	Channels int     // default 1
	First    int     // absolute index of channel 0
	// Frames is the length; stages.Unbounded never ends. In a Recipe 0 lets the suite choose.
	Frames int64
	// Open makes the format say Unbounded although the signal ends after Frames.
	Open bool
	Seed uint64
	// Scale is the largest absolute value of the uniform noise, or a factor on Value; default 1.
	Scale float64
	// Value, if set, replaces the noise. It must be a pure function. c is the absolute channel.
	Value func(at int64, c int) float64
	// Origin is the frame at which the signal begins: frame k is what frame k-Origin would be without, zero before.
	Origin int64
	// Padding is how many values more than Channels there are from row to row. They are NaN: guard words.
	Padding int
	// Fail, if set, ends the signal before frame FailAt with this error.
	Fail   error
	FailAt int64
	// Inject replaces single samples.
	Inject []Sample
}

// Sample is one sample of a signal: Value at frame At of channel Channel (index from 0 within the signal).
type Sample struct {
	At      int64
	Channel int
	Value   float64
}

// Format describes the stream of the signal.
func (s Signal) Format() stages.Format {
	s = s.withDefaults()
	f := stages.Format{Rate: s.Rate, Channels: s.Channels, First: s.First, Frames: s.Frames}
	if s.Open {
		f.Frames = stages.Unbounded
	}
	return f
}

func (s Signal) withDefaults() Signal {
	if s.Rate == 0 {
		s.Rate = 8192
	}
	if s.Channels == 0 {
		s.Channels = 1
	}
	if s.Scale == 0 {
		s.Scale = 1
	}
	return s
}

// At is the sample of frame at and channel c (index from 0 within the signal).
func (s Signal) At(at int64, c int) float64 {
	for _, x := range s.Inject {
		if x.At == at && x.Channel == c {
			return x.Value
		}
	}
	at -= s.Origin
	if at < 0 {
		return 0
	}
	scale := s.Scale
	if scale == 0 {
		scale = 1
	}
	if s.Value != nil {
		return s.Value(at, s.First+c) * scale
	}
	return scale * uniform(s.Seed, at, s.First+c)
}

// uniform is a number in [-1, 1), a multiple of 2⁻⁵², that depends on nothing but its arguments. It is made by the
// finishing steps of a 64-bit mixing function and not by the generator of the project, which is itself under test.
func uniform(seed uint64, at int64, c int) float64 {
	return float64(int64(hash(seed, at, c))>>11) * 0x1p-52
}

func hash(seed uint64, at int64, c int) uint64 {
	return mix(mix(mix(seed+0x9e3779b97f4a7c15)^uint64(at)) ^ uint64(c))
}

// mix spreads each bit of z over all bits of the result: shifts and odd factors, each step invertible.
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// ready is how many frames of start:end the signal has, and why not all.
func (s *Signal) ready(start, end int64) (int64, error) {
	stop, err := s.Frames, error(io.EOF)
	if s.Fail != nil && s.FailAt < stop {
		stop, err = s.FailAt, s.Fail
	}
	if end <= stop {
		return end - start, nil
	}
	return max(0, stop-start), err
}

// guard is the NaN that stands in the padding of rows. A consumer that reads it is poisoned; one that writes it is seen.
var guard = math.Float64frombits(0x7ff8_dead_beef_0001)

// fill writes the frames from at on.
func (s *Signal) fill(at int64, dst stages.Frames) {
	for i := range dst.N {
		row := dst.Row(i)
		for c := range row {
			row[c] = s.At(at+int64(i), c)
		}
	}
}
