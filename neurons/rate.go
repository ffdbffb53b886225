package neurons

import (
	"context"
	"fmt"
	"io"

	"hearpipe/stages"
)

// NewRate is the mean rate of a cell of a stream of spikes [Hz], in bins of so many frames: one channel, one frame per bin.
// A last bin that the end of the stream cuts is divided by the time it has lasted.
func NewRate(src stages.SpikeStage, bin int64) (*stages.Stream, error) {
	const kind = "neurons.rate"
	if src == nil || bin < 1 {
		return nil, fmt.Errorf("%s: input %v, bins of %d frames: want an input and at least 1", kind, src, bin)
	}
	f := src.Format()
	cells := f.Channels
	f.Channels, f.First = 1, 0
	rate := f.Rate
	f.Rate /= float64(bin)
	if f.Frames != stages.Unbounded {
		f.Frames = (f.Frames + bin - 1) / bin
	}
	return stages.New(kind, f, &rates{src, bin, float64(cells), rate}, stages.From(src)...)
}

type rates struct {
	src         stages.SpikeStage
	bin         int64
	cells, rate float64
}

// Fill reads one bin at a time.
func (r *rates) Fill(ctx context.Context, at int64, dst stages.Frames) (int, error) {
	for k := range dst.N {
		start := (at + int64(k)) * r.bin
		s, err := r.src.FetchSpikes(ctx, start, start+r.bin)
		steps := s.End - start
		if steps == 0 || err != nil && err != io.EOF {
			return k, err
		}
		dst.Row(k)[0] = float64(len(s.List)) * r.rate / (float64(steps) * r.cells)
	}
	return dst.N, nil
}
