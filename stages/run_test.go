package stages_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

// recorder records a signal.
func recorder(frames int64) *stagetest.FrameRecorder {
	return stagetest.NewFrameRecorder(stagetest.NewSource(stagetest.Signal{Channels: 2, Frames: frames}))
}

func run(t *testing.T, opt stages.RunOptions, sinks ...stages.Sink) stages.Summary {
	t.Helper()
	sum, err := stages.Run(context.Background(), opt, sinks...)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

// wantEnding checks the life of one sink after a run that ended well.
func wantEnding(t *testing.T, c *stagetest.Calls, frames int64, reason stages.Reason) {
	t.Helper()
	want := stages.Ending{Frames: frames, Reason: reason}
	if len(c.Finished) != 1 || c.Finished[0] != want || len(c.Aborted) != 0 || c.Wrong != nil || c.End != frames {
		t.Errorf("finished %+v, aborted %v, %d frames, wrong: %v; want %+v", c.Finished, c.Aborted, c.End, c.Wrong, want)
	}
}

func TestRunEndsWithTheLongestStream(t *testing.T) {
	for _, block := range []int{0, 1, 100, 250, 251, 5000} {
		a, b := recorder(1000), recorder(250)
		sum := run(t, stages.RunOptions{Block: block, Workers: 1}, a, b)
		wantEnding(t, &a.Calls, 1000, stages.EndOfStream)
		wantEnding(t, &b.Calls, 250, stages.EndOfStream)
		if sum.Frames != 1000 || sum.Reason != stages.EndOfStream || sum.Seconds != 1000.0/8192 {
			t.Errorf("block %d: %+v", block, sum)
		}
		if a.Opened[0].Frames != 1000 || a.Opened[0].Channels != 2 {
			t.Errorf("opened with %+v", a.Opened)
		}
	}
}

func TestRunEndsAfterItsDuration(t *testing.T) {
	for _, block := range []int{1, 64, 100000} {
		a, b := recorder(stages.Unbounded), recorder(100)
		sum := run(t, stages.RunOptions{Seconds: 0.03125, Block: block, Workers: 1}, a, b) // 256 frames
		wantEnding(t, &a.Calls, 256, stages.Duration)
		wantEnding(t, &b.Calls, 100, stages.Duration)
		if sum.Frames != 256 || a.Opened[0].Frames != 256 || b.Opened[0].Frames != 100 {
			t.Errorf("block %d: %+v, opened %+v and %+v", block, sum, a.Opened, b.Opened)
		}
	}
}

func TestInterruptEndsTheRunWellAtTheNextBlock(t *testing.T) {
	a, b := recorder(stages.Unbounded), recorder(stages.Unbounded)
	interrupt := make(chan struct{})
	blocks := 0
	run(t, stages.RunOptions{Block: 50, Workers: 1, Interrupt: interrupt, Progress: func(p stages.Progress) {
		if blocks++; blocks == 3 {
			close(interrupt)
		}
		if p.Done != float64(50*blocks)/8192 || !math.IsInf(p.Total, 1) {
			t.Errorf("progress %+v after %d blocks", p, blocks)
		}
	}}, a, b)
	wantEnding(t, &a.Calls, 150, stages.Interrupted)
	wantEnding(t, &b.Calls, 150, stages.Interrupted)
}

func TestSourceThatGivesUpWaitingEndsTheRunWell(t *testing.T) {
	// Two sinks behind one source agree on the frame; one of a source of its own goes on to the end of the block.
	src := stagetest.NewSource(stagetest.Signal{Frames: 1000, Fail: fmt.Errorf("pipe: %w", stages.ErrInterrupted), FailAt: 300})
	a, b, c := stagetest.NewFrameRecorder(src), stagetest.NewFrameRecorder(src), recorder(1000)
	sum := run(t, stages.RunOptions{Block: 128, Workers: 1}, a, b, c)
	wantEnding(t, &a.Calls, 300, stages.Interrupted)
	wantEnding(t, &b.Calls, 300, stages.Interrupted)
	wantEnding(t, &c.Calls, 384, stages.Interrupted)
	if sum.Reason != stages.Interrupted {
		t.Errorf("the run ended by %q", sum.Reason)
	}
}

func TestProgressKnowsHowMuchIsToDo(t *testing.T) {
	var last stages.Progress
	run(t, stages.RunOptions{Block: 100, Workers: 1, Progress: func(p stages.Progress) { last = p }}, recorder(8192), recorder(100))
	if last.Total != 1 || last.Done < 1 {
		t.Errorf("%+v", last)
	}
	run(t, stages.RunOptions{Seconds: 0.5, Workers: 1, Progress: func(p stages.Progress) { last = p }}, recorder(8192))
	if last.Total != 0.5 || last.Done != 0.5 {
		t.Errorf("%+v", last)
	}
}

func TestFailureAbortsAllSinks(t *testing.T) {
	broken := errors.New("disk full")
	for name, c := range map[string]struct {
		spoil  func(a, b *stagetest.FrameRecorder)
		opened [2]int
	}{
		"open":  {func(_, b *stagetest.FrameRecorder) { b.FailOpen = broken }, [2]int{1, 1}},
		"first": {func(a, _ *stagetest.FrameRecorder) { a.FailOpen = broken }, [2]int{1, 0}},
		"write": {func(_, b *stagetest.FrameRecorder) { b.FailWrite, b.FailAt = broken, 333 }, [2]int{1, 1}},
		"start": {func(a, _ *stagetest.FrameRecorder) { a.FailWrite, a.FailAt = broken, 0 }, [2]int{1, 1}},
	} {
		for _, keep := range []bool{false, true} {
			a, b := recorder(1000), recorder(1000)
			c.spoil(a, b)
			_, err := stages.Run(context.Background(), stages.RunOptions{Block: 64, Workers: 1, KeepPartial: keep}, a, b)
			if !errors.Is(err, broken) {
				t.Errorf("%s: got %v", name, err)
			}
			for i, r := range []*stagetest.FrameRecorder{a, b} {
				if len(r.Opened) != c.opened[i] || len(r.Finished) != 0 || r.Wrong != nil {
					t.Errorf("%s, sink %d: opened %d, finished %d, wrong: %v", name, i, len(r.Opened), len(r.Finished), r.Wrong)
				}
				if len(r.Aborted) != c.opened[i] || c.opened[i] > 0 && r.Aborted[0] != keep {
					t.Errorf("%s, sink %d: aborted %v", name, i, r.Aborted)
				}
			}
		}
	}
}

func TestFailedInputAbortsAfterItsGoodFrames(t *testing.T) {
	broken := errors.New("unplugged")
	bad := stagetest.NewFrameRecorder(stagetest.NewSource(stagetest.Signal{Frames: 1000, Fail: broken, FailAt: 300}))
	good := recorder(1000)
	_, err := stages.Run(context.Background(), stages.RunOptions{Block: 128, Workers: 1}, good, bad)
	if !errors.Is(err, broken) || bad.End != 300 || len(bad.Aborted) != 1 || len(good.Aborted) != 1 {
		t.Errorf("got %v, %d frames, aborted %v and %v", err, bad.End, bad.Aborted, good.Aborted)
	}
}

func TestFailedFinishIsReportedAndOthersFinish(t *testing.T) {
	broken := errors.New("rename failed")
	a, b := recorder(100), recorder(100)
	a.FailFinish = broken
	_, err := stages.Run(context.Background(), stages.RunOptions{Workers: 1}, a, b)
	if !errors.Is(err, broken) || len(a.Finished) != 1 || len(b.Finished) != 1 || len(a.Aborted)+len(b.Aborted) != 0 {
		t.Errorf("got %v, finished %v and %v, aborted %v and %v", err, a.Finished, b.Finished, a.Aborted, b.Aborted)
	}
}

func TestCancelledRunAborts(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	a := recorder(stages.Unbounded)
	_, err := stages.Run(ctx, stages.RunOptions{Block: 10, Workers: 1, Progress: func(p stages.Progress) {
		if p.Done > 0.01 {
			cancel()
		}
	}}, a)
	if !errors.Is(err, context.Canceled) || len(a.Aborted) != 1 || a.End != 90 {
		t.Errorf("got %v, aborted %v after %d frames", err, a.Aborted, a.End)
	}
}

// TestSlowSinksReceiveTheFloorOfTheirShare runs sinks of several rates on one source, one of them 1,000 times slower.
func TestSlowSinksReceiveTheFloorOfTheirShare(t *testing.T) {
	const frames = 7001
	for _, block := range []int{1, 7, 64, 1500} {
		sig := stagetest.Signal{Channels: 9, Frames: frames}
		src, err := stagetest.NewStream(sig)
		if err != nil {
			t.Fatal(err)
		}
		ks := []int64{1000, 1, 3, 16}
		var recs []*stagetest.FrameRecorder
		var sinks []stages.Sink
		for _, k := range ks {
			slow, err := stages.NewEvery(src, k)
			if err != nil {
				t.Fatal(err)
			}
			recs = append(recs, stagetest.NewFrameRecorder(slow))
			sinks = append(sinks, recs[len(recs)-1])
		}
		run(t, stages.RunOptions{Block: block, Workers: 1, Poison: true, Progress: func(stages.Progress) {
			for i, k := range ks {
				if want := recs[1].End / k; recs[i].End != want && recs[1].End < frames {
					t.Fatalf("block %d: after %d frames a sink of 1/%d the rate has %d, want %d", block, recs[1].End, k, recs[i].End, want)
				}
			}
		}}, sinks...)
		for i, k := range ks {
			wantEnding(t, &recs[i].Calls, (frames+k-1)/k, stages.EndOfStream)
			for j, v := range recs[i].Data {
				if w := sig.At(int64(j/9)*k, j%9); v != w {
					t.Fatalf("block %d, every %d: value %d is %v, want %v", block, k, j, v, w)
				}
			}
		}
	}
}

func TestSpikesAndFramesRunTogether(t *testing.T) {
	sig := stagetest.SpikeSignal{Cells: 5, Frames: 700, Probability: 0.1}
	spikes := stagetest.NewSpikeRecorder(stagetest.NewSpikeSource(sig))
	frames := recorder(700)
	run(t, stages.RunOptions{Block: 33, Workers: 1}, spikes, frames)
	want, err := stages.CollectSpikes(context.Background(), stagetest.NewSpikeSource(sig))
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(want) != fmt.Sprint(spikes.List) || len(want) < 250 || len(want) > 450 {
		t.Errorf("%d spikes, want %d", len(spikes.List), len(want))
	}
	wantEnding(t, &spikes.Calls, 700, stages.EndOfStream)
}

// deaf is a sink for spikes on a stream of frames.
type deaf struct {
	stagetest.Calls
	in stages.Node
}

func (d *deaf) Input() stages.Node                                   { return d.in }
func (d *deaf) WriteSpikes(_ context.Context, _ stages.Spikes) error { return nil }

func TestImpossibleRunsAreRefused(t *testing.T) {
	at := func(rate float64) stages.Sink {
		return stagetest.NewFrameRecorder(stagetest.NewSource(stagetest.Signal{Rate: rate, Frames: 10}))
	}
	for name, c := range map[string]struct {
		opt   stages.RunOptions
		sinks []stages.Sink
		want  string
	}{
		"no sinks":     {stages.RunOptions{}, nil, "no sinks"},
		"block":        {stages.RunOptions{Block: -1}, []stages.Sink{at(10)}, "block -1"},
		"workers":      {stages.RunOptions{Workers: -2}, []stages.Sink{at(10)}, "workers -2"},
		"duration":     {stages.RunOptions{Seconds: -1}, []stages.Sink{at(10)}, "duration -1 s"},
		"too long":     {stages.RunOptions{Seconds: 1e300}, []stages.Sink{at(10)}, "duration 1e+300 s"},
		"overflow":     {stages.RunOptions{Seconds: math.MaxInt64}, []stages.Sink{at(10)}, "want at most 2^53"},
		"not a number": {stages.RunOptions{Seconds: math.NaN()}, []stages.Sink{at(10)}, "duration NaN s"},
		"rates":        {stages.RunOptions{}, []stages.Sink{at(10), at(math.Pi)}, "3.14159"},
		"kind":         {stages.RunOptions{}, []stages.Sink{&deaf{in: stagetest.NewSource(stagetest.Signal{Frames: 10})}}, "frames, the other spikes"},
	} {
		_, err := stages.Run(context.Background(), c.opt, c.sinks...)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want it to name %q", name, err, c.want)
		}
	}
}
