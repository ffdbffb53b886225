package stages

import (
	"context"
	"fmt"
	"io"
)

// Fold is online computation: it hands consecutive blocks of at most block frames of a finite stream to f, each with
// the running value, starting from init, and returns the last value. The output itself is not kept. f neither changes
// nor keeps the block. A result that must not depend on the block size adds frame by frame.
func Fold[T any](ctx context.Context, src Stage, block int, init T, f func(block Frames, running T) T) (T, error) {
	if block < 1 {
		return init, fmt.Errorf("stages.fold: blocks of %d frames: want at least 1", block)
	}
	running := init
	for at := int64(0); ; {
		frames, err := src.Fetch(ctx, at, at+int64(block))
		if frames.N > 0 {
			running = f(frames, running)
			at += int64(frames.N)
		}
		if err == io.EOF {
			return running, nil
		}
		if err != nil {
			return running, err
		}
	}
}

// Collect copies a whole finite stream into memory. An unbounded one is read until it ends.
func Collect(ctx context.Context, src Stage) (Frames, error) {
	ch := src.Format().Channels
	all := Frames{Channels: ch, Stride: ch}
	_, err := Fold(ctx, src, defaultBlock, &all, func(block Frames, all *Frames) *Frames {
		for i := range block.N {
			all.Data = append(all.Data, block.Row(i)...)
		}
		all.N += block.N
		return all
	})
	return all, err
}

// CollectSpikes copies all spikes of a finite stream into memory.
func CollectSpikes(ctx context.Context, src SpikeStage) ([]Spike, error) {
	var all []Spike
	for at := int64(0); ; {
		s, err := src.FetchSpikes(ctx, at, at+defaultBlock)
		all = append(all, s.List...)
		at = max(at, s.End)
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return all, err
		}
	}
}

// SpikeFiller is a [Filler] of spikes: it appends the spikes of frames at:at+n to *list, in order of time, then cell,
// and returns the number of frames done.
type SpikeFiller interface {
	FillSpikes(ctx context.Context, at int64, n int, list *[]Spike) (int, error)
}

// NewSpikes makes a spike stream of a SpikeFiller.
func NewSpikes(kind string, format Format, filler SpikeFiller, inputs ...Input) (*SpikeStream, error) {
	c, err := newCore(kind, spikeSingle{filler}, filler, []PortSpec{{Format: format, Spikes: true}}, inputs)
	if err != nil {
		return nil, err
	}
	return &SpikeStream{c.ports[0]}, nil
}

type spikeSingle struct{ f SpikeFiller }

func (s spikeSingle) Fill(ctx context.Context, at int64, n int, dst []Output) (int, error) {
	return s.f.FillSpikes(ctx, at, n, dst[0].Spikes)
}
