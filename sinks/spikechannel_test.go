package sinks

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"hearpipe/stages"
)

func newChannel(t testing.TB, batches int) *SpikeChannel {
	t.Helper()
	s, err := NewSpikeChannel(cells(5, 0), SpikeChannelParams{Batches: batches})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestReceiversGetEverySpikeInOrder(t *testing.T) {
	const end = 5000
	want := pattern(5, end)
	for _, recycle := range []bool{false, true} {
		s := newChannel(t, 3)
		go func() {
			feedSpikes(t, s, slices.Clone(want), end, 32)
			finish(t, s, end)
		}()
		var got []stages.Spike
		at := int64(0)
		for b := range s.Batches() {
			if b.Start != at {
				t.Fatalf("batch begins at %d, want %d", b.Start, at)
			}
			at = b.End
			got = append(got, b.List...)
			if recycle {
				s.Recycle(b)
			}
		}
		if ending, err := s.Wait(); err != nil || ending.Frames != end || ending.Reason != stages.Duration {
			t.Errorf("ending %+v, %v", ending, err)
		}
		if at != end || !slices.Equal(got, want) {
			t.Errorf("%d spikes up to frame %d, want %d up to %d", len(got), at, len(want), end)
		}
		if s.Spikes() != int64(len(want)) {
			t.Errorf("counted %d", s.Spikes())
		}
	}
}

func TestBatchesAreCopies(t *testing.T) {
	s := newChannel(t, 2)
	list := []stages.Spike{{At: 1, Cell: 2}}
	if err := s.WriteSpikes(t.Context(), stages.Spikes{List: list, End: 10}); err != nil {
		t.Fatal(err)
	}
	list[0].Cell = 9
	if b := <-s.Batches(); b.List[0].Cell != 2 {
		t.Errorf("the batch changed with the sender's list: %v", b.List)
	}
}

func TestTheRunWaitsForASlowReceiver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newChannel(t, 2)
		sent := 0
		go func() {
			for at := int64(0); at < 5; at++ {
				if err := s.WriteSpikes(t.Context(), stages.Spikes{Start: at, End: at + 1}); err != nil {
					t.Error(err)
				}
				sent++
			}
			finish(t, s, 5)
		}()
		synctest.Wait()
		if sent != 2 {
			t.Errorf("%d batches sent with room for 2", sent)
		}
		<-s.Batches()
		synctest.Wait()
		if sent != 3 {
			t.Errorf("%d batches sent after one was received, want 3", sent)
		}
		n := 0
		for range s.Batches() {
			n++
		}
		if n != 4 {
			t.Errorf("%d more batches, want 4", n)
		}
	})
}

func TestACancelledContextReleasesTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		s := newChannel(t, 1)
		if err := s.WriteSpikes(ctx, stages.Spikes{End: 1}); err != nil {
			t.Fatal(err)
		}
		if err := s.WriteSpikes(ctx, stages.Spikes{Start: 1, End: 2}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		s.Abort(false)
		s.Abort(false)
		if ending, err := s.Wait(); !errors.Is(err, ErrAborted) || ending.Frames != 1 {
			t.Errorf("ending %+v, %v", ending, err)
		}
		<-s.Batches()
		if _, open := <-s.Batches(); open {
			t.Error("the channel is still open")
		}
	})
}

func TestRecycledBatchesAreNotAllocatedAgain(t *testing.T) {
	s := newChannel(t, 2)
	spikes := stages.Spikes{List: pattern(5, 1000)}
	n := testing.AllocsPerRun(100, func() {
		spikes.Start, spikes.End = spikes.End, spikes.End+1000
		if err := s.WriteSpikes(t.Context(), spikes); err != nil {
			t.Fatal(err)
		}
		s.Recycle(<-s.Batches())
	})
	if n != 0 {
		t.Errorf("%v allocations per batch", n)
	}
	for range 10 { // more than there is room for
		s.Recycle(stages.Spikes{List: make([]stages.Spike, 1)})
	}
	s.Recycle(stages.Spikes{})
}
