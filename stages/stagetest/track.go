package stagetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"

	"hearpipe/stages"
)

// track is what one port has delivered to one consumer: frames start:end, and how it ended.
type track struct {
	name       string
	node       stages.Node
	format     stages.Format
	start, end int64
	data       []float64 // row by row
	list       []stages.Spike
	err        error // the final error; nil as long as there is none
}

func newTrack(i int, node stages.Node, at int64) *track {
	return &track{name: fmt.Sprintf("port %d (%s)", i, stages.KindOf(node)), node: node, format: node.Format(), start: at, end: at}
}

// get fetches a range and checks that the return is a legal one. It returns the number of good frames.
func (t *track) get(ctx context.Context, start, end int64) (int64, stages.Frames, []stages.Spike, error) {
	var n int64
	var f stages.Frames
	var list []stages.Spike
	var err error
	switch node := t.node.(type) {
	case stages.Stage:
		f, err = node.Fetch(ctx, start, end)
		n = int64(f.N)
		if bad := t.wellFormed(f); bad != nil {
			return 0, f, nil, t.breach(start, end, bad)
		}
	case stages.SpikeStage:
		var s stages.Spikes
		s, err = node.FetchSpikes(ctx, start, end)
		n, list = s.End-s.Start, s.List
		if bad := t.ordered(s, start); bad != nil {
			return 0, f, nil, t.breach(start, end, bad)
		}
	}
	switch {
	case n < 0 || n > end-start:
		return 0, f, nil, t.breach(start, end, fmt.Errorf("%d frames came back", n))
	case n < end-start && err == nil:
		return 0, f, nil, t.breach(start, end, fmt.Errorf("only %d frames came back, without an error that says why", n))
	case n == end-start && err != nil:
		return 0, f, nil, t.breach(start, end, fmt.Errorf("all frames came back with the error %q: it belongs to the next fetch", err))
	case err != io.EOF && errors.Is(err, io.EOF):
		return 0, f, nil, t.breach(start, end, fmt.Errorf("io.EOF came wrapped: %q", err))
	}
	return n, f, list, err
}

// breach is an error of the stage under test, not one that it returned.
type breach struct{ error }

func (t *track) breach(start, end int64, err error) error {
	return &breach{fmt.Errorf("%s: fetch %d:%d: %w", t.name, start, end, err)}
}

func isBreach(err error) bool {
	var b *breach
	return errors.As(err, &b)
}

func (t *track) wellFormed(f stages.Frames) error {
	if f.N == 0 {
		return nil
	}
	if f.N < 0 || f.Channels != t.format.Channels || f.Stride < f.Channels || len(f.Data) < (f.N-1)*f.Stride+f.Channels {
		return fmt.Errorf("%d values of %d channels, stride %d, do not hold %d frames of %d channels",
			len(f.Data), f.Channels, f.Stride, f.N, t.format.Channels)
	}
	if _, guarded := t.node.(*Source); guarded {
		return nil
	}
	for i := range f.N {
		for j := i*f.Stride + f.Channels; j < min((i+1)*f.Stride, len(f.Data)); j++ {
			if f.Data[j] != 0 {
				return fmt.Errorf("%g was written behind the last channel of row %d", f.Data[j], i)
			}
		}
	}
	return nil
}

func (t *track) ordered(s stages.Spikes, start int64) error {
	if s.Start != start {
		return fmt.Errorf("spikes of %d:%d came back", s.Start, s.End)
	}
	last := stages.Spike{At: s.Start, Cell: -1}
	for _, x := range s.List {
		if x.At < s.Start || x.At >= s.End {
			return fmt.Errorf("a spike at frame %d in the list of %d:%d", x.At, s.Start, s.End)
		}
		if x.Cell < int32(t.format.First) || int(x.Cell) >= t.format.First+t.format.Channels {
			return fmt.Errorf("a spike of cell %d: the format has cells %d:%d", x.Cell, t.format.First, t.format.First+t.format.Channels)
		}
		if x.At < last.At || x.At == last.At && x.Cell <= last.Cell {
			return fmt.Errorf("spikes out of order: cell %d at %d after cell %d at %d", x.Cell, x.At, last.Cell, last.At)
		}
		last = x
	}
	return nil
}

// next fetches the following n frames and keeps a copy. The error of a cancelled context and a breach of the contract
// are returned; how the stream ended is kept.
func (t *track) next(ctx context.Context, n int64) error {
	got, f, list, err := t.get(ctx, t.end, t.end+n)
	if isBreach(err) {
		return err
	}
	if t.err != nil && (got > 0 || err == nil || (err != t.err && err.Error() != t.err.Error())) {
		return t.breach(t.end, t.end+n, fmt.Errorf("%d frames and the error %v after the stream had ended with %q", got, err, t.err))
	}
	for i := range f.N {
		t.data = append(t.data, f.Row(i)...)
	}
	t.list = append(t.list, list...)
	t.end += got
	if err != nil && ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return err
	}
	if err != nil {
		t.err = err
	}
	return nil
}

// again fetches a range that is still held and compares it with what came before.
func (t *track) again(ctx context.Context, start, end int64) error {
	start = max(start, t.start)
	n, f, list, err := t.get(ctx, start, end)
	if err != nil {
		return fmt.Errorf("%s: fetching %d:%d again: %w", t.name, start, end, err)
	}
	u := &track{name: t.name, format: t.format, start: start, end: start + n, list: list}
	for i := range f.N {
		u.data = append(u.data, f.Row(i)...)
	}
	if err := t.equal(u); err != nil {
		return fmt.Errorf("fetched again: %w", err)
	}
	return nil
}

// equal compares the frames that both tracks have, by bits.
func (t *track) equal(got *track) error {
	if t.format.Channels != got.format.Channels {
		return fmt.Errorf("%s: %d channels, want %d", t.name, got.format.Channels, t.format.Channels)
	}
	lo, hi := max(t.start, got.start), min(t.end, got.end)
	ch := t.format.Channels
	if len(t.data) > 0 {
		for at := lo; at < hi; at++ {
			for c := range ch {
				a, b := t.data[int(at-t.start)*ch+c], got.data[int(at-got.start)*ch+c]
				if !sameBits(a, b) {
					return fmt.Errorf("%s: frame %d, channel %d: got %v (%#016x), want %v (%#016x)",
						t.name, at, c, b, math.Float64bits(b), a, math.Float64bits(a))
				}
			}
		}
		return nil
	}
	want, have := between(t.list, lo, hi), between(got.list, lo, hi)
	for i := range max(len(want), len(have)) {
		switch {
		case i >= len(have):
			return fmt.Errorf("%s: frames %d:%d: %d spikes, want %d; cell %d at frame %d is missing", t.name, lo, hi, len(have), len(want), want[i].Cell, want[i].At)
		case i >= len(want):
			return fmt.Errorf("%s: frames %d:%d: %d spikes, want %d; cell %d at frame %d is too many", t.name, lo, hi, len(have), len(want), have[i].Cell, have[i].At)
		case want[i] != have[i]:
			return fmt.Errorf("%s: spike %d of frames %d:%d: got cell %d at frame %d, want cell %d at frame %d",
				t.name, i, lo, hi, have[i].Cell, have[i].At, want[i].Cell, want[i].At)
		}
	}
	return nil
}

func between(list []stages.Spike, lo, hi int64) []stages.Spike {
	var out []stages.Spike
	for _, s := range list {
		if s.At >= lo && s.At < hi {
			out = append(out, s)
		}
	}
	return out
}

// sameBits counts all NaNs as one.
func sameBits(a, b float64) bool {
	return math.Float64bits(a) == math.Float64bits(b) || (math.IsNaN(a) && math.IsNaN(b))
}

// same wants the same frames and the same end.
func (t *track) same(got *track) error {
	if err := t.equal(got); err != nil {
		return err
	}
	if t.end != got.end || endText(t.err) != endText(got.err) {
		return fmt.Errorf("%s: ended after %d frames with %s, want %d frames and %s", t.name, got.end, endText(got.err), t.end, endText(t.err))
	}
	return nil
}

func endText(err error) string {
	if err == nil {
		return "no error"
	}
	return err.Error()
}

func sameTracks(want, got []*track) error {
	for i := range want {
		if err := want[i].same(got[i]); err != nil {
			return err
		}
	}
	return nil
}

// steps makes a sequence of block sizes: always n.
func steps(n int64) func() int64 { return func() int64 { return n } }

// randomSteps makes block sizes of 1 to most frames.
func randomSteps(rng *rand.Rand, most int64) func() int64 {
	return func() int64 { return 1 + rng.Int64N(most) }
}

// target is the position of a port after n frames of the fastest one.
func (s *suite) target(t *track, n int64) int64 {
	if t.format.Rate == s.rate {
		return n
	}
	return int64(math.Floor(float64(n)*t.format.Rate/s.rate + 1e-9))
}

// pull fetches all ports to their end or to the limit, in blocks of step() frames of the fastest one.
func (s *suite) pull(g *rig, step func() int64) ([]*track, error) {
	tracks := make([]*track, len(g.ports))
	for i, p := range g.ports {
		tracks[i] = newTrack(i, p, 0)
	}
	if err := s.advance(context.Background(), tracks, 0, step); err != nil {
		return nil, err
	}
	return tracks, g.damage()
}

// advance fetches all tracks from frame n of the fastest one on. A track that has ended is fetched once more.
func (s *suite) advance(ctx context.Context, tracks []*track, n int64, step func() int64) error {
	for n < s.limit {
		n = min(n+step(), s.limit)
		going := false
		for _, t := range tracks {
			more := s.target(t, n) - t.end
			if more <= 0 {
				continue
			}
			ended := t.err != nil
			if err := t.next(ctx, more); err != nil {
				return err
			}
			going = going || !ended
		}
		if !going && s.over(tracks) {
			return nil
		}
	}
	return nil
}

func (s *suite) over(tracks []*track) bool {
	for _, t := range tracks {
		if t.err == nil {
			return false
		}
	}
	return true
}
