package stages_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

// breaking copies its input and fails before a frame.
type breaking struct {
	in  stages.Stage
	at  int64
	err error
}

func (b *breaking) Fill(ctx context.Context, at int64, dst stages.Frames) (int, error) {
	f, err := b.in.Fetch(ctx, at, at+int64(dst.N))
	if b.err != nil && at+int64(f.N) > b.at {
		dst.CopyFrom(f, int(b.at-at))
		return int(b.at - at), b.err
	}
	dst.CopyFrom(f, f.N)
	return f.N, err
}

func TestSlicesThatFailEndAtTheEarliestFrameAndLowestChannel(t *testing.T) {
	for _, c := range []struct {
		fails map[int]int64 // by the first channel of a slice
		frame int64
		named string
	}{
		{map[int]int64{2: 70, 4: 50, 6: 90}, 50, "slice 4"},
		{map[int]int64{6: 50, 2: 50}, 50, "slice 2"},
		{map[int]int64{4: 0}, 0, "slice 4"},
		{map[int]int64{0: 33, 6: 32}, 32, "slice 6"},
	} {
		for workers := 1; workers <= 4; workers++ {
			for _, block := range []int{1, 20, 400} {
				sig := stagetest.Signal{Channels: 8, Frames: 300}
				in := stagetest.NewSource(sig)
				nodes, err := stages.Slice([]stages.Stage{in}, stages.Range{Lo: 0, Hi: 8}, 2, func(in []stages.Stage, lo, hi int) ([]stages.Node, error) {
					v, err := stages.NewView(in[0], stages.Range{Lo: lo, Hi: hi})
					if err != nil {
						return nil, err
					}
					b := &breaking{in: v}
					if at, ok := c.fails[lo]; ok {
						b.at, b.err = at, fmt.Errorf("slice %d broke", lo)
					}
					return stagetest.Nodes(stages.New("test.breaking", v.Format(), b, stages.From(v)...))
				})
				if err != nil {
					t.Fatal(err)
				}
				rec := stagetest.NewFrameRecorder(nodes[0].(stages.Stage))
				_, err = stages.Run(context.Background(), stages.RunOptions{Block: block, Workers: workers}, rec)
				if err == nil || !strings.Contains(err.Error(), c.named) {
					t.Errorf("%v, %d workers, block %d: got %v, want %s", c.fails, workers, block, err, c.named)
				}
				if rec.End != c.frame {
					t.Errorf("%v, %d workers, block %d: %d frames before the failure, want %d", c.fails, workers, block, rec.End, c.frame)
				}
				for i, v := range rec.Data {
					if v != sig.At(int64(i/8), i%8) {
						t.Fatalf("%v, %d workers, block %d: value %d is %v", c.fails, workers, block, i, v)
					}
				}
				if len(rec.Aborted) != 1 || rec.Wrong != nil {
					t.Errorf("aborted %v, %v", rec.Aborted, rec.Wrong)
				}
			}
		}
	}
}

func TestWorkersShareSlicesWithoutChangingBits(t *testing.T) {
	const channels = 203
	sig := stagetest.Signal{Channels: channels, Frames: 500, Seed: 4}
	var want []float64
	for workers := 1; workers <= 4; workers++ {
		for _, width := range []int{0, 1, 17, 64, channels} {
			nodes, err := stages.Slice([]stages.Stage{stagetest.NewSource(sig)}, stages.Range{Lo: 0, Hi: channels}, width,
				func(in []stages.Stage, lo, hi int) ([]stages.Node, error) {
					v, err := stages.NewView(in[0], stages.Range{Lo: lo, Hi: hi})
					if err != nil {
						return nil, err
					}
					y, _, err := newLeaky(v, 0.875)
					return []stages.Node{y}, err
				})
			if err != nil {
				t.Fatal(err)
			}
			rec := stagetest.NewFrameRecorder(nodes[0].(stages.Stage))
			if _, err := stages.Run(context.Background(), stages.RunOptions{Block: 100 * workers, Workers: workers}, rec); err != nil {
				t.Fatal(err)
			}
			if want == nil {
				want = rec.Data
				continue
			}
			if !slices.Equal(want, rec.Data) {
				t.Errorf("%d workers, width %d: other bits", workers, width)
			}
		}
	}
	if len(want) != 500*channels {
		t.Errorf("%d values", len(want))
	}
}

// firing makes a spike stream of a frame stream: a cell fires where its sample is above 0.9.
type firing struct{ in stages.Stage }

func (f *firing) FillSpikes(ctx context.Context, at int64, n int, list *[]stages.Spike) (int, error) {
	x, err := f.in.Fetch(ctx, at, at+int64(n))
	for i := range x.N {
		for c, v := range x.Row(i) {
			if v > 0.9 {
				*list = append(*list, stages.Spike{At: at + int64(i), Cell: int32(f.in.Format().First + c)})
			}
		}
	}
	return x.N, err
}

func newFiring(in stages.Stage) (*stages.SpikeStream, error) {
	return stages.NewSpikes("test.firing", in.Format(), &firing{in}, stages.From(in)...)
}

func TestSpikesOfSlicesAreMergedByTimeThenCell(t *testing.T) {
	stagetest.Run(t, stagetest.Recipe{
		Inputs: []stagetest.Signal{{Channels: 13}},
		Build: func(in []stages.Stage, r stages.Range) ([]stages.Node, error) {
			in, err := viewed(in, r)
			if err != nil {
				return nil, err
			}
			return stagetest.Nodes(newFiring(in[0]))
		},
		Sliced: true, Period: 1, Frames: 400,
	})
}

func TestImpossibleSlicesAreRefused(t *testing.T) {
	sig := stagetest.Signal{Channels: 4, Frames: 100}
	part := func(in []stages.Stage, lo, hi int) (*stages.Stream, error) {
		return stages.NewView(in[0], stages.Range{Lo: lo, Hi: hi})
	}
	broken := errors.New("cf above Nyquist")
	for name, c := range map[string]struct {
		r     stages.Range
		width int
		build func(in []stages.Stage, lo, hi int) ([]stages.Node, error)
		want  string
	}{
		"empty range": {stages.Range{Lo: 3, Hi: 3}, 1, nil, "channels 3:3"},
		"width":       {stages.Range{Lo: 0, Hi: 4}, -1, nil, "slices of -1"},
		"no nodes": {stages.Range{Lo: 0, Hi: 4}, 2, func([]stages.Stage, int, int) ([]stages.Node, error) {
			return nil, nil
		}, "returned no nodes"},
		"build": {stages.Range{Lo: 0, Hi: 4}, 2, func([]stages.Stage, int, int) ([]stages.Node, error) {
			return nil, broken
		}, "cf above Nyquist"},
		"other lists": {stages.Range{Lo: 0, Hi: 4}, 2, func(in []stages.Stage, lo, hi int) ([]stages.Node, error) {
			v, err := part(in, lo, hi)
			return []stages.Node{v, v}[:1+lo/2], err
		}, "1 and 2 nodes"},
		"other lengths": {stages.Range{Lo: 0, Hi: 4}, 2, func(in []stages.Stage, lo, hi int) ([]stages.Node, error) {
			v, err := part(in, lo, hi)
			if err != nil {
				return nil, err
			}
			return list(stages.NewExtend(v, 100+int64(lo)))
		}, "100 frames"},
		"other rate": {stages.Range{Lo: 0, Hi: 4}, 2, func(in []stages.Stage, lo, hi int) ([]stages.Node, error) {
			v, err := part(in, lo, hi)
			if err != nil {
				return nil, err
			}
			return list(stages.NewEvery(v, 4))
		}, "2048 Hz"},
	} {
		_, err := stages.Slice([]stages.Stage{stagetest.NewSource(sig)}, c.r, c.width, c.build)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want it to name %q", name, err, c.want)
		}
	}
}

func TestSliceWidthDependsOnChannelsAlone(t *testing.T) {
	for n, want := range map[int]int{1: 64, 64: 64, 600: 96, 1024: 160, 2000: 288, 3000: 352, 3072: 352, 100000: 352} {
		if got := stages.SliceWidth(n); got != want {
			t.Errorf("%d channels: width %d, want %d", n, got, want)
		}
	}
}

// TestNoGoroutineIsLeftBehind runs slices with workers, well and badly, and counts.
func TestNoGoroutineIsLeftBehind(t *testing.T) {
	before := runtime.NumGoroutine()
	for _, fail := range []error{nil, errors.New("disk full")} {
		in := stagetest.NewSource(stagetest.Signal{Channels: 64, Frames: 3000})
		nodes, err := stages.Slice([]stages.Stage{in}, stages.Range{Lo: 0, Hi: 64}, 16, func(in []stages.Stage, lo, hi int) ([]stages.Node, error) {
			return list(stages.NewView(in[0], stages.Range{Lo: lo, Hi: hi}))
		})
		if err != nil {
			t.Fatal(err)
		}
		rec := stagetest.NewFrameRecorder(nodes[0].(stages.Stage))
		rec.FailWrite, rec.FailAt = fail, 2000
		if _, err := stages.Run(context.Background(), stages.RunOptions{Workers: 4}, rec); !errors.Is(err, fail) {
			t.Errorf("got %v, want %v", err, fail)
		}
	}
	for deadline := time.Now().Add(2 * time.Second); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
	}
}
