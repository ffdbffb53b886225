package stages_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

// asked passes its input on and knows how far it was asked.
type asked struct {
	in    stages.Stage
	end   int64
	waits bool
}

func (a *asked) Waits() bool { return a.waits }

func (a *asked) Fill(ctx context.Context, at int64, dst stages.Frames) (int, error) {
	a.end = at + int64(dst.N)
	f, err := a.in.Fetch(ctx, at, a.end)
	dst.CopyFrom(f, f.N)
	return f.N, err
}

// trailing is a sink of spikes that looks how far the source has come.
type trailing struct {
	*stagetest.SpikeRecorder
	source *asked
	lead   []int64 // after each block: how far the source is ahead of the sink
}

func (f *trailing) WriteSpikes(ctx context.Context, s stages.Spikes) error {
	f.lead = append(f.lead, f.source.end-s.End)
	return f.SpikeRecorder.WriteSpikes(ctx, s)
}

// firingSlices is a source, slices of two channels that fire, and a sink. fail says at which frame the slice that begins at a
// channel breaks.
func firingSlices(t *testing.T, frames int64, fail map[int]int64) *trailing {
	t.Helper()
	src := stagetest.NewSource(stagetest.Signal{Channels: 8, Frames: max(frames, 1000), Seed: 3})
	format := src.Format()
	if frames == 0 {
		format.Frames = stages.Unbounded
	}
	return firingSlicesOf(t, src, format, fail)
}

func firingSlicesOf(t *testing.T, src stages.Stage, format stages.Format, fail map[int]int64) *trailing {
	t.Helper()
	a := &asked{in: src}
	counted, err := stages.New("test.asked", format, a, stages.From[stages.Node](src)...)
	if err != nil {
		t.Fatal(err)
	}
	nodes, err := stages.Slice([]stages.Stage{counted}, stages.Range{Lo: 0, Hi: 8}, 2, func(in []stages.Stage, lo, hi int) ([]stages.Node, error) {
		v, err := stages.NewView(in[0], stages.Range{Lo: lo, Hi: hi})
		if err != nil {
			return nil, err
		}
		b := &breaking{in: v}
		if at, ok := fail[lo]; ok {
			b.at, b.err = at, fmt.Errorf("slice %d broke", lo)
		}
		s, err := stages.New("test.breaking", v.Format(), b, stages.From(v)...)
		if err != nil {
			return nil, err
		}
		return stagetest.Nodes(newFiring(s))
	})
	if err != nil {
		t.Fatal(err)
	}
	return &trailing{SpikeRecorder: stagetest.NewSpikeRecorder(nodes[0].(stages.SpikeStage)), source: a}
}

func TestSlicesComputeTheNextBlockAheadOfTheirConsumer(t *testing.T) {
	const rate = 8192
	for name, c := range map[string]struct {
		frames  int64 // of the source, 0: it does not know
		workers int
		seconds float64
		waits   bool
		want    []int64
	}{
		"workers":           {1000, 2, 0, false, []int64{300, 300, 100, 0}},
		"to a duration":     {1000, 2, 700. / rate, false, []int64{300, 100, 0}},
		"one goroutine":     {1000, 1, 0, false, []int64{0, 0, 0, 0}},
		"a source that may": {0, 2, 1000. / rate, false, []int64{0, 0, 0, 0}}, // wait: what there is would be kept back
		"a pipe":            {1000, 2, 0, true, []int64{0, 0, 0, 0}},
	} {
		f := firingSlices(t, c.frames, nil)
		f.source.waits = c.waits
		if r := f.Input().Format().Rate; r != rate {
			t.Fatalf("rate %g", r)
		}
		if _, err := stages.Run(context.Background(), stages.RunOptions{Block: 300, Workers: c.workers, Seconds: c.seconds}, f); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !slices.Equal(f.lead, c.want) {
			t.Errorf("%s: the source was ahead by %v, want %v", name, f.lead, c.want)
		}
	}
}

// TestWhatIsComputedAheadHasTheSameBits compares spikes, ends and errors with those of one goroutine.
func TestWhatIsComputedAheadHasTheSameBits(t *testing.T) {
	for _, fail := range []map[int]int64{nil, {2: 270, 4: 250, 6: 290}, {4: 0}, {0: 100, 6: 100}} {
		whole := firingSlices(t, 500, fail)
		_, failed := stages.Run(context.Background(), stages.RunOptions{Block: 1000, Workers: 1}, whole)
		if (failed == nil) != (fail == nil) || len(whole.List) == 0 && fail[4] != 0 {
			t.Fatalf("%v: %v, %d spikes", fail, failed, len(whole.List))
		}
		for workers := 2; workers <= 4; workers++ {
			for _, block := range []int{20, 50, 128, 499, 500} {
				for _, meter := range []*stages.Meter{nil, {Block: func(stages.BlockCost) {}}} {
					f := firingSlices(t, 500, fail)
					opt := stages.RunOptions{Block: block, Workers: workers, Meter: meter, Poison: block == 50}
					_, err := stages.Run(context.Background(), opt, f)
					if fmt.Sprint(err) != fmt.Sprint(failed) {
						t.Errorf("%v, %d workers, block %d: got %v, want %v", fail, workers, block, err, failed)
					}
					if !slices.Equal(f.List, whole.List) || f.End != whole.End || f.Wrong != nil {
						t.Errorf("%v, %d workers, block %d: %d spikes to frame %d (%v), want %d to %d", fail, workers, block,
							len(f.List), f.End, f.Wrong, len(whole.List), whole.End)
					}
				}
			}
		}
	}
}

// TestTwoPlacesComputeAhead has slices behind what gathers the spikes of slices: both have work in hand at once.
func TestTwoPlacesComputeAhead(t *testing.T) {
	var want []stages.Spike
	for _, workers := range []int{1, 2, 3} {
		first := firingSlices(t, 700, nil)
		counts, err := stages.New("test.counts", stages.Format{Rate: first.Input().Format().Rate, Channels: 8, Frames: 700},
			&spikeRows{in: first.Input().(stages.SpikeStage)}, stages.From(first.Input())...)
		if err != nil {
			t.Fatal(err)
		}
		nodes, err := stages.Slice([]stages.Stage{counts}, stages.Range{Lo: 0, Hi: 8}, 2, func(in []stages.Stage, lo, hi int) ([]stages.Node, error) {
			v, err := stages.NewView(in[0], stages.Range{Lo: lo, Hi: hi})
			if err != nil {
				return nil, err
			}
			return stagetest.Nodes(newFiring(v))
		})
		if err != nil {
			t.Fatal(err)
		}
		rec := stagetest.NewSpikeRecorder(nodes[0].(stages.SpikeStage))
		if _, err := stages.Run(context.Background(), stages.RunOptions{Block: 64, Workers: workers, Poison: true}, rec); err != nil {
			t.Fatal(err)
		}
		if want == nil {
			want = rec.List
		}
		if len(want) == 0 || !slices.Equal(rec.List, want) {
			t.Errorf("%d workers: %d spikes, want %d", workers, len(rec.List), len(want))
		}
	}
}

// spikeRows has 1 where a cell fires.
type spikeRows struct{ in stages.SpikeStage }

func (r *spikeRows) Fill(ctx context.Context, at int64, dst stages.Frames) (int, error) {
	s, err := r.in.FetchSpikes(ctx, at, at+int64(dst.N))
	n := int(s.End - s.Start)
	for i := range n {
		clear(dst.Row(i))
	}
	for _, x := range s.List {
		dst.Row(int(x.At - at))[x.Cell] = 1
	}
	return n, err
}

// TestSinkThatFailsWhileSlicesWork leaves nothing running behind.
func TestSinkThatFailsWhileSlicesWork(t *testing.T) {
	f := firingSlices(t, 3000, nil)
	f.FailWrite, f.FailAt = errors.New("disk full"), 1450
	if _, err := stages.Run(context.Background(), stages.RunOptions{Block: 200, Workers: 3}, f); err == nil || !strings.Contains(err.Error(), "disk full") {
		t.Fatal(err)
	}
	at := f.source.end
	if at <= f.End || at > f.End+200 {
		t.Errorf("the source was asked for %d frames, the sink has %d", at, f.End)
	}
}

// interrupting is a sink that interrupts the run while it receives the first block.
type interrupting struct {
	*trailing
	stop chan struct{}
}

func (i *interrupting) WriteSpikes(ctx context.Context, s stages.Spikes) error {
	if i.stop != nil {
		close(i.stop)
		i.stop = nil
	}
	return i.trailing.WriteSpikes(ctx, s)
}

// TestRunGoesOnWhereAnotherEnded: what was computed ahead when a run was interrupted is not lost to the next one.
func TestRunGoesOnWhereAnotherEnded(t *testing.T) {
	whole := firingSlices(t, 1000, nil)
	if _, err := stages.Run(context.Background(), stages.RunOptions{Workers: 1}, whole); err != nil {
		t.Fatal(err)
	}
	f := firingSlices(t, 1000, nil)
	first := &interrupting{f, make(chan struct{})}
	opt := stages.RunOptions{Block: 300, Workers: 2, Interrupt: first.stop}
	if sum, err := stages.Run(context.Background(), opt, first); err != nil || sum.Reason != stages.Interrupted || f.End != 300 {
		t.Fatalf("%+v, %v, %d frames", sum, err, f.End)
	}
	if f.source.end != 600 {
		t.Errorf("the source was asked for %d frames, want 600", f.source.end)
	}
	for _, seconds := range []float64{200. / 8192, 0} { // into what was computed, and beyond
		opt = stages.RunOptions{Block: 128, Workers: 2, Start: f.End, Seconds: seconds}
		if _, err := stages.Run(context.Background(), opt, f); err != nil {
			t.Fatal(err)
		}
	}
	if f.End != 1000 || !slices.Equal(f.List, whole.List) {
		t.Errorf("%d spikes to frame %d, want %d to 1000", len(f.List), f.End, len(whole.List))
	}
}
