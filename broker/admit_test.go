package broker

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"hearpipe/internal/queue"
	"hearpipe/internal/wire"
	"hearpipe/stages"
)

// What a receiver makes of messages that come twice, late, after a gap, and of another run.
func TestReceiverTellsGapsRepetitionsAndRuns(t *testing.T) {
	r := &Receiver{p: ReceiverParams{From: Live}, streams: map[string]*ReceiverStats{}}
	for i, c := range []struct {
		run, seq   uint64
		start, end int64
		heard      bool
		newRun     bool
		missing    queue.Loss
		skipped    int64
	}{
		{1, 5, 100, 110, true, false, queue.Loss{}, 0},
		{1, 6, 110, 120, true, false, queue.Loss{}, 0},
		{1, 6, 110, 120, false, false, queue.Loss{}, 0}, // the same again
		{1, 5, 100, 110, false, false, queue.Loss{}, 0}, // an older one again
		{1, 7, 121, 130, true, false, queue.Loss{Start: 120, End: 121, Count: 1}, 0},
		{1, 9, 130, 140, true, false, queue.Loss{}, 1}, // a part of frame 130 was lost
		{1, 12, 200, 200, true, false, queue.Loss{Start: 140, End: 200, Count: 60}, 2},
		{2, 0, 0, 10, true, true, queue.Loss{}, 0},
		{2, 1, 10, 20, true, false, queue.Loss{}, 0},
	} {
		h := wire.Header{Run: c.run, Seq: c.seq, Start: c.start, End: c.end, Rate: rate, Channels: cells}
		b, heard := r.admit(arrival{subject: "hearpipe.ear.anf.spikes", data: wire.AppendSpikes[stages.Spike](nil, h, nil)})
		if heard != c.heard || heard && (b.NewRun != c.newRun || b.Missing != c.missing || b.Skipped != c.skipped) {
			t.Errorf("message %d: heard %v, new run %v, missing %+v, skipped %d; want %+v", i, heard, b.NewRun, b.Missing, b.Skipped, c)
		}
	}
	s := r.Stats()[0]
	if s.Messages != 7 || s.Repeated != 2 || s.Runs != 2 || s.Begin != 0 || s.Missing.Count != 61 || s.Skipped != 3 || len(s.Missing.Ranges) != 2 {
		t.Errorf("accounts %+v", s)
	}
}

// Who may publish anything cannot make the receiver show control characters to people, keep ever more in mind, or count wrongly.
func TestReceiverIsBoundedAgainstHostilePublishers(t *testing.T) {
	r := &Receiver{p: ReceiverParams{From: Live}, streams: map[string]*ReceiverStats{}}
	message := func(seq uint64) []byte {
		return wire.AppendSpikes[stages.Spike](nil, wire.Header{Run: 1, Seq: seq, Start: 0, End: 1, Rate: rate, Channels: cells}, nil)
	}
	if _, heard := r.admit(arrival{subject: "hearpipe.\x1b[2J.x.spikes", data: message(0)}); heard {
		t.Error("a subject with control characters was heard")
	}
	if _, err := r.Bad(); err == nil || strings.ContainsRune(err.Error(), 0x1b) {
		t.Errorf("the message %q has control characters", err)
	}
	for _, seq := range []uint64{0, 1 << 63, math.MaxUint64} {
		r.admit(arrival{subject: "hearpipe.a.b.spikes", data: message(seq)})
	}
	if s := r.Stats()[0]; s.Messages != 3 || s.Skipped != math.MaxInt64 {
		t.Errorf("accounts %+v", s)
	}
	for i := range 2 * maxStreams {
		r.admit(arrival{subject: fmt.Sprintf("hearpipe.a.b%d.spikes", i), data: message(0)})
	}
	if n, _ := r.Bad(); len(r.Stats()) != maxStreams || n != maxStreams+2 {
		t.Errorf("%d streams, %d messages passed over", len(r.Stats()), n)
	}
}

// What did not fit is in the accounts of the queue with its range, in whichever form it came.
func TestOverrunHasRangesInBothForms(t *testing.T) {
	for _, form := range []Form{Binary, JSON} {
		srv := start(t, ServerParams{})
		r, err := Subscribe(t.Context(), connect(t, srv), ReceiverParams{Subject: "hearpipe.>", Policy: queue.DropNewest, Buffer: 1 << 16})
		if err != nil {
			t.Fatal(err)
		}
		const blocks = 500
		sink, err := NewSpikeSink(spikeStream(t, blocks*128, nil), hubOf(t, srv), SinkParams{Subject: anf, PublisherParams: PublisherParams{Form: form}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := stages.Run(t.Context(), stages.RunOptions{Block: 128}, sink); err != nil {
			t.Fatal(err)
		}
		for i := 0; r.q.Stats().Pushed < blocks+1; i++ {
			if i == 2000 {
				t.Fatalf("%+v", r.q.Stats())
			}
			time.Sleep(5 * time.Millisecond)
		}
		lost := r.Overrun()
		count := 0
		for _, l := range lost.Ranges {
			count += len(spikesOf(l.Start, l.End))
		}
		if n := len(lost.Ranges); n == 0 || lost.Ranges[n-1].End != blocks*128 || lost.Count != int64(count) || lost.Count == 0 {
			t.Errorf("%s: lost %#v", form, lost)
		}
		r.Close()
	}
}

// An answer about a connection that is gone confirms nothing, one about this connection everything up to its message.
func TestAnswersCountForTheirConnectionOnly(t *testing.T) {
	q, err := queue.New(queue.Params[message]{})
	if err != nil {
		t.Fatal(err)
	}
	s := newSender(&publisher{p: PublisherParams{Buffer: defaultBuffer}, info: &info{}, q: q, pool: make(chan []byte, poolItems)})
	for i := range uint64(4) {
		it := queue.Item[message]{Start: int64(i), End: int64(i) + 1, Count: 1, Size: 8, Value: message{make([]byte, 8), i}}
		if err := q.Push(t.Context(), it); err != nil {
			t.Fatal(err)
		}
	}
	s.fill()
	for i := range 3 { // the fourth has not been sent
		s.at(i).sent = s.at(i).sent.Add(1)
	}
	s.next, s.generation = 3, 7
	for _, c := range []struct {
		a         answer
		confirmed int64
		left      int
	}{
		{answer{seq: 2, through: true, generation: 6}, 0, 4},
		{answer{seq: 1}, 1, 4}, // an acknowledgement; the one before it is still awaited
		{answer{seq: 0, through: true, generation: 7}, 2, 2},
		{answer{seq: 0}, 2, 2}, // twice
		{answer{seq: 3, through: true, generation: 7}, 3, 1},
	} {
		s.take(c.a)
		if s.confirmed.Load() != c.confirmed || s.n != c.left {
			t.Errorf("after %+v: %d confirmed, %d left; want %d and %d", c.a, s.confirmed.Load(), s.n, c.confirmed, c.left)
		}
	}
	if s.next != 0 || s.bytes != 8 {
		t.Errorf("next %d, %d bytes", s.next, s.bytes)
	}
}
