package sound

import (
	"fmt"
	"math"

	"hearpipe/stages"
)

// Frames is a time in frames of the sound: rint(seconds·rate), half to even. It turns the times of a user into the frame numbers that
// the methods below take, negative ones too. A time that is not a finite number, or more than 2^53 frames, is an error.
func (s *Sound) Frames(seconds float64) (int64, error) {
	n := math.RoundToEven(seconds * s.rate)
	if !(math.Abs(n) <= 1<<53) {
		return 0, fmt.Errorf("sound: time %g s at %g Hz: want a finite number and at most 2^53 frames", seconds, s.rate)
	}
	return int64(n), nil
}

// Between returns the frames from one time to another [s], both rounded to whole frames. It is [Sound.Slice] in seconds: times outside
// the sound are silent.
func (s *Sound) Between(from, to float64) (*Sound, error) {
	lo, err := s.Frames(from)
	if err != nil {
		return nil, err
	}
	hi, err := s.Frames(to)
	if err != nil {
		return nil, err
	}
	return s.Slice(lo, hi)
}

// Omitted stands for a bound that is left out in [Sound.Pick].
const Omitted = math.MinInt64

// Pick returns frames start:stop:step by the rules of Python's slices: negative bounds count from the end, bounds outside the sound
// are moved to its ends, [Omitted] ones mean the whole sound, and a negative step goes backwards. Nothing is padded: that is what
// [Sound.Slice] is for. The sample rate stays what it is, so that with a step of 2 the sound is an octave higher and half as long, and with
// -1 it is heard backwards. A step of 0 is an error.
func (s *Sound) Pick(start, stop, step int64) (*Sound, error) {
	if step == 0 {
		return nil, fmt.Errorf("sound: step 0: want any other number")
	}
	n := int64(s.data.N)
	lowest, highest := int64(0), n // where bounds are moved to
	if step < 0 {
		lowest, highest = -1, n-1
	}
	bound := func(b, omitted int64) int64 {
		switch {
		case b == Omitted:
			return omitted
		case b < 0:
			return max(b+n, lowest)
		}
		return min(b, highest)
	}
	var count int64
	if step > 0 {
		start, stop = bound(start, 0), bound(stop, n)
		if start < stop {
			count = (stop-start-1)/step + 1
		}
	} else {
		start, stop = bound(start, n-1), bound(stop, -1)
		if start > stop {
			count = int64(uint64(start-stop-1)/-uint64(step)) + 1
		}
	}
	t, err := blank(s.rate, count, s.data.Channels)
	if err != nil {
		return nil, err
	}
	for i := range count {
		copy(t.data.Row(int(i)), s.data.Row(int(start+i*step)))
	}
	return t, nil
}

// Shift delays the sound: n > 0 puts n frames of silence in front of it, n < 0 takes the first -n frames away (all of them if there
// are fewer).
func (s *Sound) Shift(n int64) (*Sound, error) {
	if n < 0 {
		n = max(n, -int64(s.data.N))
	}
	return s.Slice(-n, int64(s.data.N))
}

// Extend appends n frames of silence; n < 0 takes the last -n frames away (all of them if there are fewer).
func (s *Sound) Extend(n int64) (*Sound, error) {
	if n > math.MaxInt64-int64(s.data.N) {
		return nil, fmt.Errorf("sound: %d more frames: want at most 2^53", n)
	}
	return s.Slice(0, max(0, int64(s.data.N)+n))
}

// Resize cuts the sound to n frames or appends silence until it has them.
func (s *Sound) Resize(n int64) (*Sound, error) {
	if n < 0 {
		return nil, fmt.Errorf("sound: %d frames: want 0 or more", n)
	}
	return s.Slice(0, n)
}

// Repeat plays the sound n times, n >= 0.
func (s *Sound) Repeat(n int) (*Sound, error) {
	if n < 0 || s.data.N > 0 && int64(n) > mostSamples/int64(s.data.N) {
		return nil, fmt.Errorf("sound: %d repetitions of %d frames: want 0 or more, and at most 2^32 samples", n, s.data.N)
	}
	t, err := blank(s.rate, int64(n)*int64(s.data.N), s.data.Channels)
	if err != nil {
		return nil, err
	}
	for i := range n {
		t.data.Cut(i*s.data.N, t.data.N).CopyFrom(s.data, s.data.N)
	}
	return t, nil
}

// Sequence plays sounds one after the other, as [Concat], after those of lower rates have been resampled to the highest rate among
// them. Their numbers of channels must agree.
func Sequence(sounds ...*Sound) (*Sound, error) {
	rate := 0.0
	for _, s := range sounds {
		rate = max(rate, s.rate)
	}
	parts := make([]*Sound, len(sounds))
	for i, s := range sounds {
		parts[i] = s
		if s.rate != rate {
			r, err := s.Resample(rate)
			if err != nil {
				return nil, fmt.Errorf("sound: part %d: %w", i, err)
			}
			parts[i] = r
		}
	}
	return Concat(parts...)
}

// Join puts the channels of sounds side by side, those of the first one first. Rates and lengths must agree.
func Join(sounds ...*Sound) (*Sound, error) {
	if len(sounds) == 0 {
		return nil, fmt.Errorf("sound: nothing to join")
	}
	first, width := sounds[0], 0
	for i, s := range sounds {
		if s.rate != first.rate || s.data.N != first.data.N {
			return nil, fmt.Errorf("sound: part %d has %g Hz and %d frames, part 0 has %g Hz and %d frames: want equal ones; resample or resize one of them",
				i, s.rate, s.data.N, first.rate, first.data.N)
		}
		width += s.data.Channels
	}
	t, err := blank(first.rate, int64(first.data.N), width)
	if err != nil {
		return nil, err
	}
	at := 0
	for _, s := range sounds {
		t.data.Range(at, at+s.data.Channels).CopyFrom(s.data, s.data.N)
		at += s.data.Channels
	}
	return t, nil
}

// Left is channel 0, as a sound, of a sound with two channels.
func (s *Sound) Left() (*Sound, error) { return s.side("left", 0) }

// Right is channel 1, as a sound, of a sound with two channels.
func (s *Sound) Right() (*Sound, error) { return s.side("right", 1) }

func (s *Sound) side(name string, c int) (*Sound, error) {
	if s.data.Channels != 2 {
		return nil, fmt.Errorf("sound: the %s channel of a sound with %d channels: want 2 channels", name, s.data.Channels)
	}
	return s.Select(c)
}

// Replace returns the sound with the frames of part in the place of its frames from at on, in some channels (default: all). Part has as
// many channels as are replaced, or one, which goes to all of them. It must lie within the sound and have its rate.
func (s *Sound) Replace(at int64, part *Sound, channels ...int) (*Sound, error) {
	channels, err := s.chosen(channels)
	if err != nil {
		return nil, err
	}
	switch {
	case part.rate != s.rate:
		return nil, fmt.Errorf("sound: cannot put %g Hz into %g Hz: want equal rates; resample one of them", part.rate, s.rate)
	case at < 0 || at > int64(s.data.N-part.data.N):
		return nil, fmt.Errorf("sound: %d frames from frame %d on in a sound of %d frames: want a place within the sound", part.data.N, at, s.data.N)
	case part.data.Channels != 1 && part.data.Channels != len(channels):
		return nil, fmt.Errorf("sound: cannot put %d channels into %d: want 1 or %d", part.data.Channels, len(channels), len(channels))
	}
	t := s.copied()
	for i := range part.data.N {
		row := t.data.Row(int(at) + i)
		for k, c := range channels {
			row[c] = part.sample(i, k)
		}
	}
	return t, nil
}

// Fill returns the sound with a constant pressure [Pa] in frames lo:hi of some channels (default: all); Fill(0, n, 0) silences the first n
// frames. The frames must lie within the sound.
func (s *Sound) Fill(lo, hi int64, pressure float64, channels ...int) (*Sound, error) {
	channels, err := s.chosen(channels)
	if err != nil {
		return nil, err
	}
	switch {
	case lo < 0 || hi < lo || hi > int64(s.data.N):
		return nil, fmt.Errorf("sound: frames %d:%d of a sound of %d frames: want a place within the sound", lo, hi, s.data.N)
	case pressure-pressure != 0:
		return nil, fmt.Errorf("sound: pressure %g Pa: want a finite number", pressure)
	}
	t := s.copied()
	for i := lo; i < hi; i++ {
		row := t.data.Row(int(i))
		for _, c := range channels {
			row[c] = pressure
		}
	}
	return t, nil
}

// chosen checks a list of channels; an empty one means all.
func (s *Sound) chosen(channels []int) ([]int, error) {
	if len(channels) == 0 {
		channels = make([]int, s.data.Channels)
		for c := range channels {
			channels[c] = c
		}
	}
	for _, c := range channels {
		if c < 0 || c >= s.data.Channels {
			return nil, fmt.Errorf("sound: channel %d: want 0 to %d", c, s.data.Channels-1)
		}
	}
	return channels, nil
}

// copied is a copy that may be written to until somebody sees it.
func (s *Sound) copied() *Sound {
	t := &Sound{data: stages.MakeFrames(s.data.N, s.data.Channels), rate: s.rate}
	t.data.CopyFrom(s.data, s.data.N)
	return t
}

// Map returns f of every sample, such as math.Abs. A value that is not finite is an error that names frame and channel.
func (s *Sound) Map(f func(x float64) float64) (*Sound, error) {
	t := s.each(func(x float64, _, _ int) float64 { return f(x) })
	return t, t.check()
}
