package stages_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

// stopping passes its input on and stops once, before a frame.
type stopping struct {
	in stages.Stage
	at int64
}

func (s *stopping) Fill(ctx context.Context, at int64, dst stages.Frames) (int, error) {
	end := at + int64(dst.N)
	stop := at <= s.at && s.at < end
	if stop {
		end = s.at
		s.at = -1
	}
	f, err := s.in.Fetch(ctx, at, end)
	dst.CopyFrom(f, f.N)
	if stop && err == nil {
		err = stages.ErrStopped
	}
	return f.N, err
}

// TestSlicesGoOnAfterStop stops one of two inputs of slices in the middle of a step: of the other more has been read, which is
// wanted later, by another sink and by another run.
func TestSlicesGoOnAfterStop(t *testing.T) {
	const stop, frames = 110, 1000
	build := func(at int64) stages.Stage {
		src := stagetest.NewSource(stagetest.Signal{Channels: 8, Frames: frames, Seed: 3})
		one, err := stages.New("test.stopping", src.Format(), &stopping{in: src, at: at}, stages.From[stages.Node](src)...)
		if err != nil {
			t.Fatal(err)
		}
		other := stagetest.NewSource(stagetest.Signal{Channels: 8, Frames: frames, Seed: 4})
		nodes, err := stages.Slice([]stages.Stage{one, other}, stages.Range{Lo: 0, Hi: 8}, 2, func(in []stages.Stage, lo, hi int) ([]stages.Node, error) {
			var views []stages.Stage
			for _, s := range []stages.Stage{in[1], in[0]} {
				v, err := stages.NewView(s, stages.Range{Lo: lo, Hi: hi})
				if err != nil {
					return nil, err
				}
				views = append(views, v)
			}
			return stagetest.Nodes(stages.NewSum(views, []float64{1, 1}))
		})
		if err != nil {
			t.Fatal(err)
		}
		return nodes[0].(stages.Stage)
	}
	whole := stagetest.NewFrameRecorder(build(-1))
	if _, err := stages.Run(context.Background(), stages.RunOptions{}, whole); err != nil {
		t.Fatal(err)
	}
	for _, workers := range []int{1, 3} {
		opt := stages.RunOptions{Block: 300, Workers: workers}
		sum := build(stop)
		first := stagetest.NewFrameRecorder(sum)
		if s, err := stages.Run(context.Background(), opt, first); err != nil || s.Reason != stages.Stopped || first.End != stop {
			t.Fatalf("%d workers: %v, %v, %d frames", workers, err, s.Reason, first.End)
		}
		rest := stagetest.NewFrameRecorder(sum)
		opt.Start = stop
		if _, err := stages.Run(context.Background(), opt, rest); err != nil {
			t.Fatalf("%d workers: %v", workers, err)
		}
		if got := append(first.Data, rest.Data...); !slices.Equal(got, whole.Data) {
			t.Errorf("%d workers: other numbers after a stop", workers)
		}
		sum = build(stop)
		one, two := stagetest.NewFrameRecorder(sum), stagetest.NewFrameRecorder(sum)
		opt.Start = 0
		if _, err := stages.Run(context.Background(), opt, one, two); err != nil || one.End != stop {
			t.Errorf("%d workers: %v, %d frames", workers, err, one.End)
		}
		if !slices.Equal(two.Data, whole.Data[:len(two.Data)]) {
			t.Errorf("%d workers: other numbers in another sink", workers)
		}
	}
}

// TestMeterEndsAfterSlices: under the race detector, a sink that fails while slices are measured.
func TestMeterEndsAfterSlices(t *testing.T) {
	for range 5 {
		f := firingSlices(t, 3000, nil)
		f.FailWrite, f.FailAt = errors.New("disk full"), 1450
		opt := stages.RunOptions{Block: 200, Workers: 3, Meter: &stages.Meter{Block: func(stages.BlockCost) {}}}
		if _, err := stages.Run(context.Background(), opt, f); !errors.Is(err, f.FailWrite) {
			t.Fatal(err)
		}
	}
}

// wrapping is a stage that was not made by New, of a length of its own.
type wrapping struct {
	stages.Stage
	in     []stages.Node
	frames int64
	waits  bool
}

func (w *wrapping) Waits() bool           { return w.waits }
func (w *wrapping) Inputs() []stages.Node { return w.in }
func (w *wrapping) Format() stages.Format {
	f := w.Stage.Format()
	f.Frames = w.frames
	return f
}

// TestNothingIsAskedAheadOfStagesThatWait: neither of those that say so nor of those with something above that does.
func TestNothingIsAskedAheadOfStagesThatWait(t *testing.T) {
	src := stagetest.NewSource(stagetest.Signal{Channels: 8, Frames: 2000})
	live := &wrapping{Stage: src, frames: stages.Unbounded}
	for name, c := range map[string]struct {
		w     *wrapping
		ahead bool
	}{
		"neither":           {&wrapping{Stage: src, frames: 1000}, true},
		"itself":            {&wrapping{Stage: src, frames: 1000, waits: true}, false},
		"above":             {&wrapping{Stage: src, frames: 1000, in: []stages.Node{&wrapping{Stage: src, frames: 1000, waits: true}}}, false},
		"without a length":  {live, false},
		"a part of the one": {&wrapping{Stage: src, frames: 1000, in: []stages.Node{live}}, false},
	} {
		f := firingSlicesOf(t, c.w, src.Format(), nil)
		if _, err := stages.Run(context.Background(), stages.RunOptions{Block: 300, Workers: 2, Seconds: 900. / 8192}, f); err != nil {
			t.Fatal(err)
		}
		if got := len(f.lead) > 0 && f.lead[0] > 0; got != c.ahead {
			t.Errorf("%s waits: asked ahead by %v frames", name, f.lead)
		}
	}
}
