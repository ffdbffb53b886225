package broker

import (
	"testing"

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
	}{
		{1, 5, 100, 110, true, false, queue.Loss{}},
		{1, 6, 110, 120, true, false, queue.Loss{}},
		{1, 6, 110, 120, false, false, queue.Loss{}}, // the same again
		{1, 5, 100, 110, false, false, queue.Loss{}}, // an older one again
		{1, 7, 121, 130, true, false, queue.Loss{Start: 120, End: 121, Count: 1}},
		{1, 9, 130, 140, true, false, queue.Loss{}}, // a message without frames was lost
		{1, 12, 200, 200, true, false, queue.Loss{Start: 140, End: 200, Count: 60}},
		{2, 0, 0, 10, true, true, queue.Loss{}},
		{2, 1, 10, 20, true, false, queue.Loss{}},
	} {
		h := wire.Header{Run: c.run, Seq: c.seq, Start: c.start, End: c.end, Rate: rate, Channels: cells}
		b, heard := r.admit(arrival{"hearpipe.ear.anf.spikes", wire.AppendSpikes[stages.Spike](nil, h, nil)})
		if heard != c.heard || heard && (b.NewRun != c.newRun || b.Missing != c.missing) {
			t.Errorf("message %d: heard %v, new run %v, missing %+v; want %+v", i, heard, b.NewRun, b.Missing, c)
		}
	}
	s := r.Stats()[0]
	if s.Messages != 7 || s.Repeated != 2 || s.Runs != 2 || s.Begin != 0 || s.Missing.Count != 61 || len(s.Missing.Ranges) != 2 {
		t.Errorf("accounts %+v", s)
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
