package stagetest

import (
	"context"
	"fmt"
	"math"

	"hearpipe/stages"
)

// Source is a [Signal] as a stage that is as strict as the contract allows. Every view it hands out is a copy, with NaN
// in the padding between rows and nothing behind the last one; when the view becomes stale, it is compared with the
// signal and then overwritten with NaN. A consumer that writes to its input shows in [Source.Damage], one that keeps a
// view computes NaN. It has no position: any range may be fetched at any time.
type Source struct {
	signal  Signal
	format  stages.Format
	readers int // a view lives for so many fetches
	ring    []handed
	next    int
	largest int // values in the largest view: all get that capacity, so that their sizes settle
	damage  error

	cancelAt int64
	cancel   func()
}

// handed is one view that was handed out.
type handed struct {
	data []float64
	f    stages.Frames
	at   int64
}

// NewSource makes a source of a signal.
func NewSource(s Signal) *Source {
	src := &Source{signal: s.withDefaults(), format: s.Format()}
	src.SetReaders(1)
	return src
}

// SetReaders says how many consumers fetch from this source: a view is stale once it has been fetched from so often
// again. With more than one reader 8 fetches are granted to each, because one may fetch several times while another
// still holds its view.
func (s *Source) SetReaders(n int) {
	s.readers = 1
	if n > 1 {
		s.readers = 8 * n
	}
	s.ring, s.next = make([]handed, s.readers+1), 0
}

// CancelAt calls cancel as soon as frame at is asked for, once, and ends that fetch before frame at with the error of
// the cancelled context. nil disarms it.
func (s *Source) CancelAt(at int64, cancel func()) { s.cancelAt, s.cancel = at, cancel }

// Format describes the stream.
func (s *Source) Format() stages.Format { return s.format }

// Inputs is empty.
func (s *Source) Inputs() []stages.Node { return nil }

// Kind names the source in messages.
func (s *Source) Kind() string { return "stagetest.source" }

// Fetch returns frames start:end.
func (s *Source) Fetch(ctx context.Context, start, end int64) (stages.Frames, error) {
	if start < 0 || end < start {
		return stages.Frames{}, fmt.Errorf("stagetest.source: frames %d:%d: want 0 <= start <= end", start, end)
	}
	if start == end {
		return s.view(start, 0), nil
	}
	if err := ctx.Err(); err != nil {
		return s.view(start, 0), err
	}
	if s.cancel != nil && end > s.cancelAt {
		s.cancel()
		s.cancel = nil
		n, _ := s.signal.ready(start, max(start, s.cancelAt))
		return s.view(start, int(n)), context.Canceled
	}
	n, err := s.signal.ready(start, end)
	return s.view(start, int(n)), err
}

// view hands out a copy and retires the oldest one.
func (s *Source) view(at int64, n int) stages.Frames {
	h := &s.ring[s.next]
	s.next = (s.next + 1) % len(s.ring)
	stride := s.format.Channels + s.signal.Padding
	size := 0
	if n > 0 {
		size = (n-1)*stride + s.format.Channels
	}
	s.largest = max(s.largest, size)
	if cap(h.data) < size {
		h.data = make([]float64, s.largest)
	}
	h.at = at
	h.f = stages.Frames{Data: h.data[:size:size], N: n, Channels: s.format.Channels, Stride: stride}
	for i := range h.f.Data {
		h.f.Data[i] = guard
	}
	s.signal.fill(at, h.f)
	view := h.f
	s.retire(&s.ring[s.next])
	return view
}

// retire checks that nobody wrote to a view, and spoils it.
func (s *Source) retire(h *handed) {
	s.inspect(h)
	for i := range h.f.Data {
		h.f.Data[i] = math.NaN()
	}
	h.f = stages.Frames{}
}

func (s *Source) inspect(h *handed) {
	for j, v := range h.f.Data {
		i, c := j/h.f.Stride, j%h.f.Stride
		want := guard
		if c < h.f.Channels {
			want = s.signal.At(h.at+int64(i), c)
		}
		if s.damage == nil && math.Float64bits(v) != math.Float64bits(want) {
			s.damage = fmt.Errorf("a consumer wrote to its input: frame %d, column %d of %d channels is %g, was %g",
				h.at+int64(i), c, h.f.Channels, v, want)
		}
	}
}

// Damage says whether a consumer has written to any view so far.
func (s *Source) Damage() error {
	for i := range s.ring {
		s.inspect(&s.ring[i])
	}
	return s.damage
}

// NewStream makes a stream of a signal through [stages.New]: one with a window, that only promises the history its
// consumers have declared.
func NewStream(s Signal) (*stages.Stream, error) {
	f := s.Format()
	s = s.withDefaults()
	return stages.New("stagetest.stream", f, &filler{s})
}

type filler struct{ signal Signal }

func (x *filler) Fill(_ context.Context, at int64, dst stages.Frames) (int, error) {
	n, err := x.signal.ready(at, at+int64(dst.N))
	x.signal.fill(at, dst.Cut(0, int(n)))
	return int(n), err
}
