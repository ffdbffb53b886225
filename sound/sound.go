package sound

import (
	"context"
	"fmt"
	"io"
	"math"

	"hearpipe/stages"
)

// DefaultRate is the sample rate of generators that are given none [Hz].
const DefaultRate = 44100

// Sound is a finite multichannel sound in memory: frames × channels of pressures [Pa]. It never changes. It is a stage that
// hands out views of its own memory and can be fetched at any range, any number of times, by several goroutines.
type Sound struct {
	data stages.Frames
	rate float64
}

var _ stages.Stage = (*Sound)(nil)

// New puts channels side by side (copied). All must be equally long and hold finite numbers; there is at least one. A
// mistake is an error that names the channel, the frame and the value.
func New(rate float64, channels ...[]float64) (*Sound, error) {
	if len(channels) == 0 {
		return nil, fmt.Errorf("sound: no channels: want at least 1")
	}
	s, err := blank(rate, int64(len(channels[0])), len(channels))
	if err != nil {
		return nil, err
	}
	for c, x := range channels {
		if len(x) != s.data.N {
			return nil, fmt.Errorf("sound: channel %d has %d frames, channel 0 has %d: want equal lengths", c, len(x), s.data.N)
		}
		for i, v := range x {
			s.data.Data[i*s.data.Stride+c] = v
		}
	}
	return s, s.check()
}

// FromFrames copies frames × channels into a sound.
func FromFrames(rate float64, f stages.Frames) (*Sound, error) {
	s, err := blank(rate, int64(f.N), f.Channels)
	if err != nil {
		return nil, err
	}
	s.data.CopyFrom(f, f.N)
	return s, s.check()
}

// FromInterleaved copies samples in which the channels of a frame follow each other. The number of samples must be a
// multiple of channels.
func FromInterleaved(rate float64, channels int, samples []float64) (*Sound, error) {
	if channels < 1 || len(samples)%channels != 0 {
		return nil, fmt.Errorf("sound: %d samples in %d channels: want at least 1 channel and whole frames", len(samples), channels)
	}
	n := len(samples) / channels
	return FromFrames(rate, stages.Frames{Data: samples, N: n, Channels: channels, Stride: channels})
}

// FromFunc evaluates f at the times i/rate [s], i = 0 ... frames-1.
func FromFunc(rate float64, frames int64, f func(t float64) float64) (*Sound, error) {
	s, err := blank(rate, frames, 1)
	if err != nil {
		return nil, err
	}
	for i := range s.data.Data {
		s.data.Data[i] = f(float64(i) / rate)
	}
	return s, s.check()
}

// Collect reads a finite stage to its end into memory. A stage whose length is not known is read until it ends; more than
// 2^32 samples are an error.
func Collect(ctx context.Context, src stages.Stage) (*Sound, error) {
	f := src.Format()
	s, err := blank(f.Rate, 0, f.Channels)
	if err != nil {
		return nil, err
	}
	block := max(1, min(4096, 1<<16/int64(f.Channels))) // bounds the window of a source that claims many channels
	most := mostSamples / int64(f.Channels)
	if f.Frames != stages.Unbounded {
		if f.Frames > most {
			return nil, fmt.Errorf("%s: %d frames of %d channels in memory: want 0 to %d frames", stages.KindOf(src), f.Frames, f.Channels, most)
		}
		// A header may claim more than there is: memory grows with what comes.
		s.data.Data = make([]float64, 0, min(f.Frames*int64(f.Channels), 1<<20))
	}
	for at := int64(0); ; at += block {
		got, err := src.Fetch(ctx, at, at+block)
		for i := range got.N {
			s.data.Data = append(s.data.Data, got.Row(i)...)
		}
		s.data.N += got.N
		if err == io.EOF {
			return s, nil
		}
		if err != nil {
			return nil, err
		}
		if int64(s.data.N) > most {
			return nil, fmt.Errorf("%s: more than %d frames of %d channels in memory", stages.KindOf(src), most, f.Channels)
		}
	}
}

// mostSamples bounds what one sound may hold (32 GiB), so that a mistyped length is an error and not a crash.
const mostSamples = 1 << 32

// blank is a silent sound, or an error that names what is impossible.
func blank(rate float64, frames int64, channels int) (*Sound, error) {
	if err := checkRate(rate); err != nil {
		return nil, err
	}
	if channels < 1 {
		return nil, fmt.Errorf("sound: %d channels: want at least 1", channels)
	}
	if most := mostSamples / int64(channels); frames < 0 || frames > most {
		return nil, fmt.Errorf("sound: %d frames of %d channels in memory: want 0 to %d frames", frames, channels, most)
	}
	return &Sound{data: stages.MakeFrames(int(frames), channels), rate: rate}, nil
}

func checkRate(rate float64) error {
	if !(rate > 0) || math.IsInf(rate, 0) {
		return fmt.Errorf("sound: sample rate %g Hz: want a positive, finite rate", rate)
	}
	return nil
}

// check finds numbers that are not finite.
func (s *Sound) check() error {
	for i := range s.data.N {
		for c, v := range s.data.Row(i) {
			if v-v != 0 {
				return fmt.Errorf("sound: sample %g in frame %d of channel %d: want finite numbers", v, i, c)
			}
		}
	}
	return nil
}

// Format describes the sound as a stream.
func (s *Sound) Format() stages.Format {
	return stages.Format{Rate: s.rate, Channels: s.data.Channels, Frames: int64(s.data.N)}
}

// Inputs is empty: a sound is a source.
func (s *Sound) Inputs() []stages.Node { return nil }

// Kind names the sound in messages and drawings.
func (s *Sound) Kind() string { return "sound" }

// Fetch returns a view of frames start:end, as [stages.Stage] says. The view stays good for ever.
func (s *Sound) Fetch(ctx context.Context, start, end int64) (stages.Frames, error) {
	none := stages.Frames{Channels: s.data.Channels, Stride: s.data.Stride}
	if start < 0 || end < start {
		return none, fmt.Errorf("sound: frames %d:%d: want 0 <= start <= end", start, end)
	}
	if start == end {
		return none, nil
	}
	if err := ctx.Err(); err != nil {
		return none, err
	}
	n := int64(s.data.N)
	if start >= n {
		return none, io.EOF
	}
	f := s.data.Cut(int(start), int(min(end, n)))
	if end > n {
		return f, io.EOF
	}
	return f, nil
}

// Rate is the number of frames per second [Hz].
func (s *Sound) Rate() float64 { return s.rate }

// Channels is the number of channels.
func (s *Sound) Channels() int { return s.data.Channels }

// Len is the number of frames.
func (s *Sound) Len() int { return s.data.N }

// Duration is the length [s].
func (s *Sound) Duration() float64 { return float64(s.data.N) / s.rate }

// Times returns the time of each frame [s]: i/rate.
func (s *Sound) Times() []float64 {
	t := make([]float64, s.data.N)
	for i := range t {
		t[i] = float64(i) / s.rate
	}
	return t
}

// At is the sample of channel c in frame i [Pa].
func (s *Sound) At(i, c int) float64 { return s.data.At(i, c) }

// View returns all frames as a view, not to be written to.
func (s *Sound) View() stages.Frames { return s.data }

// Channel returns a copy of the samples of channel c [Pa].
func (s *Sound) Channel(c int) ([]float64, error) {
	if c < 0 || c >= s.data.Channels {
		return nil, fmt.Errorf("sound: channel %d: want 0 to %d", c, s.data.Channels-1)
	}
	x := make([]float64, s.data.N)
	for i := range x {
		x[i] = s.data.At(i, c)
	}
	return x, nil
}

// Select returns a sound of some channels, in the given order; a channel may come more than once.
func (s *Sound) Select(channels ...int) (*Sound, error) {
	for _, c := range channels {
		if c < 0 || c >= s.data.Channels {
			return nil, fmt.Errorf("sound: channel %d: want 0 to %d", c, s.data.Channels-1)
		}
	}
	t, err := blank(s.rate, int64(s.data.N), len(channels))
	if err != nil {
		return nil, err
	}
	for i := range s.data.N {
		from, to := s.data.Row(i), t.data.Row(i)
		for k, c := range channels {
			to[k] = from[c]
		}
	}
	return t, nil
}

// Slice returns frames lo:hi; frames outside the sound (lo may be negative, hi beyond the end) are zeros. hi < lo is an
// error.
func (s *Sound) Slice(lo, hi int64) (*Sound, error) {
	if hi < lo {
		return nil, fmt.Errorf("sound: frames %d:%d: want start <= end", lo, hi)
	}
	if lo < -mostSamples || hi > math.MaxInt64-mostSamples {
		return nil, fmt.Errorf("sound: frames %d:%d: want at most 2^32 frames before the sound", lo, hi)
	}
	t, err := blank(s.rate, hi-lo, s.data.Channels)
	if err != nil {
		return nil, err
	}
	from, to := max(lo, 0), min(hi, int64(s.data.N))
	if from < to {
		t.data.Cut(int(from-lo), t.data.N).CopyFrom(s.data.Cut(int(from), int(to)), int(to-from))
	}
	return t, nil
}

// Concat plays sounds one after the other. Their rates and numbers of channels must agree.
func Concat(sounds ...*Sound) (*Sound, error) {
	if len(sounds) == 0 {
		return nil, fmt.Errorf("sound: nothing to concatenate")
	}
	first, n := sounds[0], int64(0)
	for i, s := range sounds {
		if s.rate != first.rate || s.data.Channels != first.data.Channels {
			return nil, fmt.Errorf("sound: part %d has %g Hz and %d channels, part 0 has %g Hz and %d channels: want equal ones",
				i, s.rate, s.data.Channels, first.rate, first.data.Channels)
		}
		n += int64(s.data.N)
	}
	t, err := blank(first.rate, n, first.data.Channels)
	if err != nil {
		return nil, err
	}
	at := 0
	for _, s := range sounds {
		t.data.Cut(at, t.data.N).CopyFrom(s.data, s.data.N)
		at += s.data.N
	}
	return t, nil
}
