package stages_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"

	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

// leak is y[k] = 0.9·y[k-1] + gain·x[k]. Its state and its gain are in snapshots; an heir takes the state alone.
type leak struct {
	x    stages.Stage
	y    []float64
	gain float64
}

func newLeak(src stages.Stage, gain float64) (*stages.Stream, error) {
	f := src.Format()
	return stages.New("test.leak", f, &leak{src, make([]float64, f.Channels), gain}, stages.From(src)...)
}

func (l *leak) Fill(ctx context.Context, at int64, dst stages.Frames) (int, error) {
	x, err := l.x.Fetch(ctx, at, at+int64(dst.N))
	for i := range x.N {
		for c, v := range x.Row(i) {
			l.y[c] = float64(0.9*l.y[c]) + float64(l.gain*v)
			dst.Row(i)[c] = l.y[c]
		}
	}
	return x.N, err
}

func (l *leak) AppendState(b []byte) []byte {
	return stages.AppendFloats(stages.AppendFloats(b, []float64{l.gain}), l.y)
}

func (l *leak) LoadState([]byte) error { return errors.New("a change loads no snapshot into an heir") }

func (l *leak) Inherit(from any) error {
	old, ok := from.(*leak)
	if !ok {
		return fmt.Errorf("%T is no leak", from)
	}
	copy(l.y, old.y)
	return nil
}

// setGain replaces the gains of leaks and scales.
func setGain(at int64, rate, gain float64, targets ...stages.Node) stages.Change {
	x := stages.Change{At: at, Rate: rate}
	for _, t := range targets {
		x.Replace = append(x.Replace, stages.Replacement{Target: t, Make: func() (stages.Node, error) {
			return newLeak(t.Inputs()[0].(stages.Stage), gain)
		}})
	}
	return x
}

const changeRate = 8192

// leakyGraph is a source, slices of leaks, and their sum over two consumers; the leaks of all slices are returned.
func leakyGraph(t *testing.T, frames int64, sliced bool) (*stagetest.FrameRecorder, []stages.Node) {
	t.Helper()
	src := stagetest.NewSource(stagetest.Signal{Channels: 12, Frames: frames, Seed: 5})
	var targets []stages.Node
	build := func(in []stages.Stage, lo, hi int) ([]stages.Node, error) {
		v, err := stages.NewView(in[0], stages.Range{Lo: lo, Hi: hi})
		if err != nil {
			return nil, err
		}
		l, err := newLeak(v, 1)
		targets = append(targets, l)
		return []stages.Node{l}, err
	}
	if !sliced {
		nodes, err := build([]stages.Stage{src}, 0, 12)
		if err != nil {
			t.Fatal(err)
		}
		return stagetest.NewFrameRecorder(nodes[0].(stages.Stage)), targets
	}
	nodes, err := stages.Slice([]stages.Stage{src}, stages.Range{Lo: 0, Hi: 12}, 5, build)
	if err != nil {
		t.Fatal(err)
	}
	return stagetest.NewFrameRecorder(nodes[0].(stages.Stage)), targets
}

func TestScheduledChangesGiveTheSameBitsInAllBlocks(t *testing.T) {
	const frames = 3000
	signal := stagetest.Signal{Channels: 12, Frames: frames, Seed: 5}
	src, err := stages.Collect(context.Background(), stagetest.NewSource(signal))
	if err != nil {
		t.Fatal(err)
	}
	y := make([]float64, 12)
	want := make([]float64, 0, frames*12)
	for i := range frames {
		gain := 1.0
		switch {
		case i >= 1777:
			gain = 0.25
		case i >= 700:
			gain = -3
		}
		for c, v := range src.Row(i) {
			y[c] = float64(0.9*y[c]) + float64(gain*v)
			want = append(want, y[c])
		}
	}
	for _, sliced := range []bool{false, true} {
		for _, block := range []int{1, 7, 32, 100, 479, 1024, 5000} {
			for _, workers := range []int{1, 2} {
				sink, targets := leakyGraph(t, frames, sliced)
				changes := &stages.Changes{}
				changes.Schedule(setGain(700, changeRate, -3, targets...))
				changes.Schedule(setGain(1777, changeRate, 7, targets...))
				changes.Schedule(setGain(1777, changeRate, 0.25, targets...)) // the later of two at one frame holds
				run(t, stages.RunOptions{Block: block, Workers: workers, Changes: changes}, sink)
				if !slices.Equal(sink.Data, want) {
					t.Fatalf("sliced %v, blocks of %d, %d workers: other bits than by hand", sliced, block, workers)
				}
			}
		}
	}
}

func TestChangeHoldsFromTheNextFrameOfASlowerTarget(t *testing.T) {
	for _, c := range []struct{ at, want int64 }{{0, 0}, {1, 1}, {3, 1}, {4, 1}, {5, 2}, {400, 100}, {401, 101}} {
		src := stagetest.NewSource(stagetest.Signal{Channels: 1, Frames: 1000, Value: func(int64, int) float64 { return 1 }})
		slow, err := stages.NewEvery(src, 4)
		if err != nil {
			t.Fatal(err)
		}
		l, err := newLeak(slow, 1)
		if err != nil {
			t.Fatal(err)
		}
		sink := stagetest.NewFrameRecorder(l)
		changes := &stages.Changes{}
		changes.Schedule(setGain(c.at, changeRate, 0, l))
		run(t, stages.RunOptions{Block: 16, Workers: 1, Changes: changes}, sink)
		first := int64(len(sink.Data))
		for i := range sink.Data {
			before := 0.0
			if i > 0 {
				before = sink.Data[i-1]
			}
			if sink.Data[i] == float64(0.9*before) {
				first = int64(i)
				break
			}
		}
		if first != c.want {
			t.Errorf("a change at sample %d of the source begins at frame %d of the target, want %d", c.at, first, c.want)
		}
	}
}

// told is a context that tells when somebody waits for it: a change has been handed in then.
type told struct {
	context.Context
	waits chan struct{}
}

func (c told) Done() <-chan struct{} {
	c.waits <- struct{}{}
	return c.Context.Done()
}

// between runs a graph and calls f between two blocks, on another goroutine than that of the run. The run goes on by a
// block whenever f hands in a change with the context it is given.
func between(t *testing.T, sink stages.Sink, changes *stages.Changes, block int, at float64, f func(ctx context.Context)) {
	t.Helper()
	done, ctx := make(chan struct{}), told{context.Background(), make(chan struct{})}
	called := false
	run(t, stages.RunOptions{Block: block, Workers: 1, Changes: changes, Progress: func(p stages.Progress) {
		if p.Done*changeRate < at {
			return
		}
		if !called {
			called = true
			go func() {
				defer close(done)
				f(ctx)
			}()
		}
		select {
		case <-ctx.waits:
		case <-done:
		}
	}}, sink)
	<-done
}

func TestSampleThatIsComputedIsRefusedWithTheEarliestPossible(t *testing.T) {
	sink, targets := leakyGraph(t, 4096, true)
	changes := &stages.Changes{}
	between(t, sink, changes, 256, 1024, func(ctx context.Context) {
		_, err := changes.Submit(ctx, setGain(1023, changeRate, 2, targets...))
		var late *stages.LateError
		if !errors.As(err, &late) || late.At != 1023 || late.Earliest != 1024 {
			t.Errorf("a change in the past: %v, want it late, possible from 1024 on", err)
		}
	})
	plain, _ := leakyGraph(t, 4096, false)
	run(t, stages.RunOptions{Workers: 1}, plain)
	if !slices.Equal(sink.Data, plain.Data) {
		t.Error("a change that was refused changed something")
	}
}

func TestChangeAtTheNextBlockIsReplayedToTheSameBits(t *testing.T) {
	sink, targets := leakyGraph(t, 4096, true)
	changes := &stages.Changes{}
	var at int64
	between(t, sink, changes, 256, 1024, func(ctx context.Context) {
		var err error
		if at, err = changes.Submit(ctx, setGain(stages.Next, changeRate, 2, targets...)); err != nil {
			t.Error(err)
		}
		// What comes later is not before what has been accepted.
		var late *stages.LateError
		if _, err := changes.Submit(ctx, setGain(at+2000, changeRate, 3, targets...)); err != nil {
			t.Error(err)
		}
		if _, err := changes.Submit(ctx, setGain(at+1999, changeRate, 4, targets...)); !errors.As(err, &late) || late.Earliest != at+2000 {
			t.Errorf("a change before one that was accepted: %v", err)
		}
	})
	if at != 1024 {
		t.Errorf("the change holds from %d on, want 1024, where the next block begins", at)
	}
	again, targets := leakyGraph(t, 4096, false)
	replay := &stages.Changes{}
	replay.Schedule(setGain(at, changeRate, 2, targets...))
	replay.Schedule(setGain(at+2000, changeRate, 3, targets...))
	run(t, stages.RunOptions{Block: 77, Workers: 1, Changes: replay}, again)
	if !slices.Equal(sink.Data, again.Data) {
		t.Error("the replay has other bits")
	}
	if _, err := changes.Submit(context.Background(), setGain(stages.Next, changeRate, 2, targets...)); !errors.Is(err, stages.ErrEnded) {
		t.Errorf("after the run: %v", err)
	}
}

// aheadOf reads its input 100 frames ahead.
type aheadOf struct{ x stages.Stage }

func (a aheadOf) Fill(ctx context.Context, at int64, dst stages.Frames) (int, error) {
	f, err := a.x.Fetch(ctx, at+100, at+100+int64(dst.N))
	dst.CopyFrom(f, f.N)
	return f.N, err
}

func TestTargetThatRanAheadMovesTheEarliest(t *testing.T) {
	_, targets := leakyGraph(t, stages.Unbounded, false)
	f := targets[0].Format()
	late, err := stages.New("test.ahead", f, aheadOf{targets[0].(stages.Stage)}, stages.Input{From: targets[0], Ahead: 100})
	if err != nil {
		t.Fatal(err)
	}
	sink := stagetest.NewFrameRecorder(late)
	changes := &stages.Changes{}
	interrupt := make(chan struct{})
	asked, ctx := make(chan int64, 1), told{context.Background(), make(chan struct{})}
	blocks := 0
	run(t, stages.RunOptions{Block: 64, Workers: 1, Changes: changes, Interrupt: interrupt, Progress: func(stages.Progress) {
		switch blocks++; blocks {
		case 2:
			go func() {
				at, err := changes.Submit(ctx, setGain(stages.Next, changeRate, 0, targets...))
				if err != nil {
					t.Error(err)
				}
				asked <- at
			}()
			<-ctx.waits
		case 6:
			close(interrupt)
		}
	}}, sink)
	if at := <-asked; at != 228 {
		t.Errorf("after two blocks of 64 and 100 frames ahead a change holds from %d on, want 228", at)
	}
	// Frame 128 of the consumer is frame 228 of the target, the first that the gain of 0 leaves to decay.
	if y := sink.Data; y[128*12] != float64(0.9*y[127*12]) || y[127*12] == float64(0.9*y[126*12]) {
		t.Error("the gain did not change at frame 228")
	}
}

func TestChangeThatCannotBeMadeIsAnError(t *testing.T) {
	broken := errors.New("no memory")
	for name, c := range map[string]struct {
		make func(src stages.Stage) (stages.Node, error)
		at   int64
	}{
		"fails":      {func(stages.Stage) (stages.Node, error) { return nil, broken }, 100},
		"other kind": {func(src stages.Stage) (stages.Node, error) { return stages.NewScale(src, 2, 0) }, 100},
		"other input": {func(stages.Stage) (stages.Node, error) {
			return newLeak(stagetest.NewSource(stagetest.Signal{Channels: 12, Frames: 500}), 1)
		}, 100},
		"other width": {func(stages.Stage) (stages.Node, error) {
			return newLeak(stagetest.NewSource(stagetest.Signal{Frames: 500}), 1)
		}, 100},
	} {
		sink, targets := leakyGraph(t, 500, false)
		src := targets[0].Inputs()[0].(stages.Stage)
		changes := &stages.Changes{}
		changes.Schedule(stages.Change{At: c.at, Rate: changeRate, Replace: []stages.Replacement{{Target: targets[0], Make: func() (stages.Node, error) { return c.make(src) }}}})
		_, err := stages.Run(context.Background(), stages.RunOptions{Block: 64, Workers: 1, Changes: changes}, sink)
		if err == nil || errors.Is(err, io.EOF) || name == "fails" && !errors.Is(err, broken) || len(sink.Aborted) != 1 || sink.End != 100 {
			t.Errorf("%s: %v after %d frames, aborted %v; want an error after 100", name, err, sink.End, sink.Aborted)
		}
	}
}

func TestChangeOfWhatCannotBeChangedIsRefusedAtOnce(t *testing.T) {
	for name, x := range map[string]stages.Change{
		"no rate":       {At: 3},
		"negative":      {At: -7, Rate: changeRate},
		"far away":      {At: 1 << 60, Rate: changeRate},
		"no commensure": {At: 3, Rate: 8191.99817},
		"no target":     {At: 3, Rate: changeRate, Replace: []stages.Replacement{{}}},
	} {
		sink, targets := leakyGraph(t, 500, false)
		for i := range x.Replace {
			x.Replace[i].Target = targets[0] // without a way to make another
		}
		changes := &stages.Changes{}
		changes.Schedule(x)
		if _, err := stages.Run(context.Background(), stages.RunOptions{Workers: 1, Changes: changes}, sink); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestChangeThatNobodyTakesIsWithdrawn(t *testing.T) {
	sink, targets := leakyGraph(t, 500, false)
	changes := &stages.Changes{}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := changes.Submit(ctx, setGain(stages.Next, changeRate, 0, targets...)); !errors.Is(err, context.Canceled) {
		t.Fatalf("before the run: %v", err)
	}
	run(t, stages.RunOptions{Workers: 1, Changes: changes}, sink)
	plain, _ := leakyGraph(t, 500, false)
	run(t, stages.RunOptions{Workers: 1}, plain)
	if !slices.Equal(sink.Data, plain.Data) {
		t.Error("a change that was withdrawn was made")
	}
}
