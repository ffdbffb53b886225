package stages_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

func stream(t *testing.T, sig stagetest.Signal) *stages.Stream {
	t.Helper()
	s, err := stagetest.NewStream(sig)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestBlockIsLoweredUntilWindowsFitTheBudget(t *testing.T) {
	sig := stagetest.Signal{Channels: 1000, Frames: 40}
	want, err := stages.Collect(context.Background(), stagetest.NewSource(sig))
	if err != nil {
		t.Fatal(err)
	}
	last := 1 << 30
	for _, budget := range []int64{0, 4 << 20, 1 << 20, 100 << 10, 1} {
		scaled, err := stages.NewScale(stream(t, sig), 1, 0)
		if err != nil {
			t.Fatal(err)
		}
		rec := stagetest.NewFrameRecorder(scaled)
		sum := run(t, stages.RunOptions{Block: 4096, Budget: budget, Workers: 1}, rec)
		if sum.Block > last || sum.Block < 1 {
			t.Errorf("budget %d: block %d after %d", budget, sum.Block, last)
		}
		if windows := int64(2 * sum.Block * 1000 * 8); budget > 1 && windows > budget {
			t.Errorf("budget %d: block %d takes at least %d bytes", budget, sum.Block, windows)
		}
		last = sum.Block
		if !slices.Equal(rec.Data, want.Data) {
			t.Errorf("budget %d: other bits", budget)
		}
	}
	if last != 1 {
		t.Errorf("block %d with a budget of 1 byte: want 1", last)
	}
}

// ports is a MultiFiller that notes which ports were wanted.
type ports struct{ wanted [3]bool }

func (p *ports) Fill(_ context.Context, at int64, n int, dst []stages.Output) (int, error) {
	for i, d := range dst {
		p.wanted[i] = d.Wanted()
	}
	for i := range n {
		for _, d := range dst[:2] {
			if d.Wanted() {
				d.Frames.Row(i)[0] = float64(at) + float64(i)
			}
		}
		if dst[2].Wanted() {
			*dst[2].Spikes = append(*dst[2].Spikes, stages.Spike{At: at + int64(i)})
		}
	}
	return n, nil
}

func TestPortsNobodyReadsAreNotFilled(t *testing.T) {
	f := stages.Format{Rate: 100, Channels: 1, Frames: 50}
	for read := range 3 {
		p := &ports{}
		nodes, err := stages.NewMulti("test.ports", []stages.PortSpec{{Format: f}, {Name: "b", Format: f}, {Name: "s", Format: f, Spikes: true}}, p)
		if err != nil {
			t.Fatal(err)
		}
		prepare(t, 10, nodes[read])
		for i, n := range nodes {
			var err error
			if s, ok := n.(stages.Stage); ok {
				_, err = s.Fetch(context.Background(), 0, 10)
			} else {
				_, err = n.(stages.SpikeStage).FetchSpikes(context.Background(), 0, 10)
			}
			if i == read && err != nil {
				t.Errorf("port %d: %v", i, err)
			}
			if i != read && (err == nil || !strings.Contains(err.Error(), "not asked for when the graph was prepared")) {
				t.Errorf("port %d of a graph prepared for %d: %v", i, read, err)
			}
		}
		want := [3]bool{}
		want[read] = true
		if p.wanted != want {
			t.Errorf("wanted %v, want %v", p.wanted, want)
		}
	}
}

func TestHistoryBeyondWhatWasDeclaredIsAnError(t *testing.T) {
	sig := stagetest.Signal{Frames: 2000}
	for _, history := range []int{0, 5, 100} {
		src := stream(t, sig)
		target, err := stages.New("test.gate", src.Format(), &gate{}, stages.Input{From: src, History: history})
		if err != nil {
			t.Fatal(err)
		}
		prepare(t, 10, target, src)
		refused := false
		for at := int64(0); at < 1500; at += 10 {
			fetch(t, src, at, at+10)
			if back := at - int64(history); back >= 0 { // as a consumer at frame at may
				if f := fetch(t, src, back, at+10); f.At(0, 0) != sig.At(back, 0) {
					t.Fatalf("history %d: frame %d is %v", history, back, f.At(0, 0))
				}
			}
			if back := at - int64(history) - 60; back >= 0 {
				_, err := src.Fetch(context.Background(), back, back+1)
				if err != nil {
					refused = true
					if !strings.Contains(err.Error(), "older than its window") || !strings.Contains(err.Error(), "stagetest.stream") {
						t.Fatalf("history %d: %v", history, err)
					}
				}
			}
		}
		if !refused {
			t.Errorf("history %d: frames from far before were still there", history)
		}
	}
}

// ouroboros fetches from itself.
type ouroboros struct{ self *stages.Stream }

func (o *ouroboros) Fill(ctx context.Context, at int64, dst stages.Frames) (int, error) {
	f, err := o.self.Fetch(ctx, at, at+int64(dst.N))
	return f.N, err
}

func TestStageThatFetchesFromItselfIsAnError(t *testing.T) {
	o := &ouroboros{}
	s, err := stages.New("test.ouroboros", stages.Format{Rate: 1, Channels: 1, Frames: 10}, o)
	if err != nil {
		t.Fatal(err)
	}
	o.self = s
	if f, err := s.Fetch(context.Background(), 0, 5); f.N != 0 || err == nil || !strings.Contains(err.Error(), "cycle") {
		t.Errorf("%d frames and %v", f.N, err)
	}
}

func TestImpossibleStreamsAreRefused(t *testing.T) {
	good := stages.Format{Rate: 10, Channels: 1, Frames: 10}
	with := func(edit func(f *stages.Format)) stages.Format {
		f := good
		edit(&f)
		return f
	}
	for want, f := range map[string]stages.Format{
		"sample rate 0 Hz":    with(func(f *stages.Format) { f.Rate = 0 }),
		"sample rate -5 Hz":   with(func(f *stages.Format) { f.Rate = -5 }),
		"0 channels":          with(func(f *stages.Format) { f.Channels = 0 }),
		"-1 frames":           with(func(f *stages.Format) { f.Frames = -1 }),
		"test.kind: 0 channe": with(func(f *stages.Format) { f.Channels = 0 }),
	} {
		if _, err := stages.New("test.kind", f, &gate{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want it to name %q", err, want)
		}
	}
	src := stagetest.NewSource(stagetest.Signal{Frames: 10})
	for want, in := range map[string]stages.Input{
		"an input is missing": {},
		"history -1":          {From: src, History: -1},
		"look-ahead -2":       {From: src, Ahead: -2},
	} {
		if _, err := stages.New("test.kind", good, &gate{}, in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want it to name %q", err, want)
		}
	}
	specs := []stages.PortSpec{{Format: good}, {Format: with(func(f *stages.Format) { f.Frames = 11 })}}
	if _, err := stages.NewMulti("test.kind", specs, &ports{}); err == nil || !strings.Contains(err.Error(), "10 and 11 frames") {
		t.Errorf("got %v", err)
	}
	if _, err := stages.NewMulti("test.kind", nil, &ports{}); err == nil {
		t.Error("a node without ports was made")
	}
}

// widest notes the longest range it had to fill.
type widest struct{ n int }

func (w *widest) Fill(_ context.Context, at int64, dst stages.Frames) (int, error) {
	w.n = max(w.n, dst.N)
	for i := range dst.N {
		dst.Row(i)[0] = float64(at + int64(i))
	}
	return dst.N, nil
}

func TestFramesOnTheWayAreComputedInPieces(t *testing.T) {
	w := &widest{}
	s, err := stages.New("test.widest", stages.Format{Rate: 1, Channels: 1, Frames: stages.Unbounded}, w)
	if err != nil {
		t.Fatal(err)
	}
	if f := fetch(t, s, 3_000_000, 3_000_010); f.At(9, 0) != 3_000_009 {
		t.Errorf("frame 3,000,009 is %v", f.At(9, 0))
	}
	if w.n > 1024 {
		t.Errorf("%d frames were computed at once on the way to 10 frames", w.n)
	}
}

// fickle returns what it is told to.
type fickle struct {
	n   int
	err error
}

func (f *fickle) Fill(_ context.Context, _ int64, dst stages.Frames) (int, error) {
	for i := range f.n {
		clear(dst.Row(i))
	}
	return f.n, f.err
}

func TestShortFillsNeedAReason(t *testing.T) {
	broken := errors.New("broken")
	for _, c := range []struct {
		fill fickle
		want func(err error) bool
	}{
		{fickle{3, nil}, func(err error) bool {
			return strings.Contains(err.Error(), "filled 3 of 8 frames at 0 without a reason")
		}},
		{fickle{3, io.EOF}, func(err error) bool { return err == io.EOF }},
		{fickle{3, broken}, func(err error) bool { return errors.Is(err, broken) }},
		{fickle{3, errors.Join(io.EOF)}, func(err error) bool { return !errors.Is(err, io.EOF) }},
		{fickle{3, context.Canceled}, func(err error) bool { return errors.Is(err, context.Canceled) }},
	} {
		s, err := stages.New("test.fickle", stages.Format{Rate: 1, Channels: 1, Frames: 100}, &c.fill)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			f, err := s.Fetch(context.Background(), 0, 8)
			if f.N != 3 || err == nil || !c.want(err) {
				t.Errorf("%+v: %d frames and %v", c.fill, f.N, err)
			}
		}
	}
}

func TestFillOutsideItsRangePanics(t *testing.T) {
	s, err := stages.New("test.fickle", stages.Format{Rate: 1, Channels: 1, Frames: 100}, &fickle{n: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	_, _ = s.Fetch(context.Background(), 0, 8)
}

func TestRangesResolve(t *testing.T) {
	if r, err := (stages.Range{}).Of(7); err != nil || r != (stages.Range{Lo: 0, Hi: 7}) || r.Len() != 7 {
		t.Errorf("%v, %v", r, err)
	}
	if r, err := (stages.Range{Lo: 2, Hi: 7}).Of(7); err != nil || r.Len() != 5 {
		t.Errorf("%v, %v", r, err)
	}
	for _, r := range []stages.Range{{Lo: 0, Hi: 8}, {Lo: -1, Hi: 3}, {Lo: 3, Hi: 3}, {Lo: 5, Hi: 2}} {
		if _, err := r.Of(7); err == nil || !strings.Contains(err.Error(), "within 0:7") {
			t.Errorf("%v of 7 channels: %v", r, err)
		}
	}
}
