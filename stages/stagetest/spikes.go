package stagetest

import (
	"context"
	"fmt"
	"io"

	"hearpipe/stages"
)

// SpikeSignal describes deterministic spikes: whether a cell fires in a frame is a pure function of the seed, the frame
// and the absolute cell. Zero fields mean the documented default.
type SpikeSignal struct {
	Rate   float64 // frames per second [Hz], default 8192
	Cells  int     // default 1
	First  int     // absolute index of the first cell
	Frames int64   // length; stages.Unbounded never ends
	Open   bool    // the format says Unbounded although the signal ends after Frames
	Seed   uint64
	// Probability is that of a spike in one frame of one cell, 0 to 1; default 0.05.
	Probability float64
	// Origin is the frame at which the signal begins; nobody fires before.
	Origin int64
	// Fail, if set, ends the signal before frame FailAt with this error.
	Fail   error
	FailAt int64
}

// SpikeSource is a [SpikeSignal] as a stage. It has no position: any range may be fetched at any time.
type SpikeSource struct {
	signal SpikeSignal
	format stages.Format
	list   []stages.Spike
}

// NewSpikeSource makes a source of spikes.
func NewSpikeSource(s SpikeSignal) *SpikeSource {
	if s.Rate == 0 {
		s.Rate = 8192
	}
	if s.Cells == 0 {
		s.Cells = 1
	}
	if s.Probability == 0 {
		s.Probability = 0.05
	}
	f := stages.Format{Rate: s.Rate, Channels: s.Cells, First: s.First, Frames: s.Frames}
	if s.Open {
		f.Frames = stages.Unbounded
	}
	return &SpikeSource{signal: s, format: f}
}

// Format describes the stream; Channels is the number of cells.
func (s *SpikeSource) Format() stages.Format { return s.format }

// Inputs is empty.
func (s *SpikeSource) Inputs() []stages.Node { return nil }

// Kind names the source in messages.
func (s *SpikeSource) Kind() string { return "stagetest.spikes" }

// FetchSpikes returns the spikes of frames start:end.
func (s *SpikeSource) FetchSpikes(ctx context.Context, start, end int64) (stages.Spikes, error) {
	none := stages.Spikes{Start: start, End: start}
	if start < 0 || end < start {
		return none, fmt.Errorf("stagetest.spikes: frames %d:%d: want 0 <= start <= end", start, end)
	}
	if start == end {
		return none, nil
	}
	if err := ctx.Err(); err != nil {
		return none, err
	}
	stop, err := s.signal.Frames, error(io.EOF)
	if s.signal.Fail != nil && s.signal.FailAt < stop {
		stop, err = s.signal.FailAt, s.signal.Fail
	}
	if end <= stop {
		stop, err = end, nil
	}
	stop = max(stop, start)
	s.list = s.list[:0]
	for at := max(start, s.signal.Origin); at < stop; at++ {
		for c := range s.signal.Cells {
			if uniform(s.signal.Seed, at-s.signal.Origin, s.signal.First+c) < 2*s.signal.Probability-1 {
				s.list = append(s.list, stages.Spike{At: at, Cell: int32(s.signal.First + c)})
			}
		}
	}
	return stages.Spikes{List: s.list[:len(s.list):len(s.list)], Start: start, End: stop}, err
}
