package sinks

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"hearpipe/stages"
)

// SpikeChannelParams describes a [SpikeChannel].
type SpikeChannelParams struct {
	// Batches is how many batches may wait in the channel before the run waits for the receiver (default 16).
	Batches int
}

// SpikeChannel sends spikes over a Go channel, one batch per block, to receivers on other goroutines:
//
//	for b := range sink.Batches() {
//		use(b.List, b.Start, b.End)
//		sink.Recycle(b)
//	}
//	ending, err := sink.Wait()
//
// A batch is a copy and belongs to whoever received it. An empty batch tells that nobody fired in Start:End. When the
// channel is full the run waits: nothing is ever dropped. A receiver that stops before the channel is closed must cancel
// the context of the run, or the run waits forever. Receivers of a run that could not even begin are released by
// calling Abort, which does nothing after a run.
type SpikeChannel struct {
	input   stages.SpikeStage
	batches chan stages.Spikes
	free    chan []stages.Spike
	extent  extent
	spikes  int64
	close   sync.Once
	done    chan struct{} // closed after ending and err are set
	ending  stages.Ending
	err     error
}

var _ stages.SpikeSink = (*SpikeChannel)(nil)

// ErrAborted is what [SpikeChannel.Wait] returns after a failed run. The error itself is that of stages.Run.
var ErrAborted = errors.New("spike channel: the run failed: spikes may be missing after the last batch")

// NewSpikeChannel describes a channel for the spikes of input. A negative number of batches is an error.
func NewSpikeChannel(input stages.SpikeStage, p SpikeChannelParams) (*SpikeChannel, error) {
	if p.Batches < 0 {
		return nil, fmt.Errorf("spike channel: %d batches: want >= 1, or 0 for the default", p.Batches)
	}
	if p.Batches == 0 {
		p.Batches = 16
	}
	return &SpikeChannel{
		input:   input,
		batches: make(chan stages.Spikes, p.Batches),
		free:    make(chan []stages.Spike, p.Batches+2), // besides those that wait, one in each hand
		done:    make(chan struct{}),
	}, nil
}

// Batches is the channel. It is closed at the end of the run, however it ends.
func (s *SpikeChannel) Batches() <-chan stages.Spikes { return s.batches }

// Recycle gives the memory of a batch back, which then must not be used any more. Without it each batch is allocated.
func (s *SpikeChannel) Recycle(b stages.Spikes) {
	if cap(b.List) == 0 {
		return
	}
	select {
	case s.free <- b.List[:0]:
	default: // enough are waiting already
	}
}

// Wait waits for the end of the run and says how it ended. The error is ErrAborted after a failed run.
func (s *SpikeChannel) Wait() (stages.Ending, error) {
	<-s.done
	return s.ending, s.err
}

// Input is the stream of spikes.
func (s *SpikeChannel) Input() stages.Node { return s.input }

// Open refuses a second run: the channel is closed after the first.
func (s *SpikeChannel) Open(ctx context.Context, f stages.Format) error {
	return s.extent.open("spike", "channel")
}

// WriteSpikes sends a block, as [stages.SpikeSink] says. It waits while the channel is full.
func (s *SpikeChannel) WriteSpikes(ctx context.Context, b stages.Spikes) error {
	if err := s.extent.follow(b.Start, b.End); err != nil {
		return err
	}
	batch := stages.Spikes{Start: b.Start, End: b.End}
	if len(b.List) > 0 {
		select {
		case batch.List = <-s.free:
		default:
		}
		batch.List = append(batch.List, b.List...)
	}
	select {
	case s.batches <- batch:
	case <-ctx.Done():
		s.extent.next = b.Start
		return ctx.Err()
	}
	s.spikes += int64(len(b.List))
	return nil
}

// Finish closes the channel, as [stages.Sink] says.
func (s *SpikeChannel) Finish(e stages.Ending) error {
	s.end(e, nil)
	return nil
}

// Abort closes the channel, as [stages.Sink] says. What was sent cannot be taken back.
func (s *SpikeChannel) Abort(keep bool) {
	s.end(stages.Ending{Start: s.extent.start, Frames: s.extent.next}, ErrAborted)
}

func (s *SpikeChannel) end(e stages.Ending, err error) {
	s.close.Do(func() {
		s.ending, s.err = e, err
		close(s.batches)
		close(s.done)
	})
}

// Spikes is the number of spikes sent so far. It is read on the goroutine of the run, or after Wait.
func (s *SpikeChannel) Spikes() int64 { return s.spikes }
