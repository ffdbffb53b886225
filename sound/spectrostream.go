package sound

import (
	"context"
	"fmt"

	"hearpipe/stages"
)

// SpectrumStream is the spectrogram of a stream as a stream: frame j is the column that begins with frame j·Hop of its input, its
// channels are the frequencies, its rate is that of the input divided by the hop. It reads a segment ahead. See [Sound.Spectrogram].
type SpectrumStream struct {
	*stages.Stream
	a *analyser
}

// NewSpectrogram makes the spectrogram of channel p.Channel of a stream.
func NewSpectrogram(src stages.Stage, p SpectrogramParams) (*SpectrumStream, error) {
	const kind = "sound.spectrogram"
	f := src.Format()
	if p.Channel < 0 || p.Channel >= f.Channels {
		return nil, fmt.Errorf("%s: channel %d: want 0 to %d", kind, p.Channel, f.Channels-1)
	}
	a, err := newAnalyser(f.Rate, p)
	if err != nil {
		return nil, err
	}
	frames := f.Frames
	if frames != stages.Unbounded {
		frames = a.columns(frames)
	}
	fill := &spectrumFiller{analyser: a, src: src, channel: p.Channel}
	s, err := stages.New(kind, stages.Format{Rate: f.Rate / float64(a.hop), Channels: a.end - a.first, Frames: frames}, fill,
		stages.Input{From: src, History: a.n, Ahead: a.n})
	if err != nil {
		return nil, err
	}
	return &SpectrumStream{Stream: s, a: a}, nil
}

// Frequencies are those of the channels [Hz].
func (s *SpectrumStream) Frequencies() []float64 { return s.a.frequencies() }

// columns is the number of whole segments in n frames.
func (a *analyser) columns(n int64) int64 {
	if n < int64(a.n) {
		return 0
	}
	return (n-int64(a.n))/int64(a.hop) + 1
}

// spectrumFiller fills frames with columns.
type spectrumFiller struct {
	*analyser
	src     stages.Stage
	channel int
}

// Fill implements [stages.Filler].
func (s *spectrumFiller) Fill(ctx context.Context, at int64, dst stages.Frames) (int, error) {
	for i := range dst.N {
		begin := (at + int64(i)) * int64(s.hop)
		f, err := s.src.Fetch(ctx, begin, begin+int64(s.n))
		if f.N < s.n {
			return i, err
		}
		for k := range s.segment {
			s.segment[k] = f.Data[k*f.Stride+s.channel]
		}
		s.column(dst.Row(i))
	}
	return dst.N, nil
}
