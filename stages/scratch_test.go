package stages_test

import (
	"context"
	"testing"
	"unsafe"

	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

// tracing adds its input and the frame history frames before, and notes where it was told to write.
type tracing struct {
	in      stages.Stage
	history int
	wrote   map[*float64]bool
}

func (f *tracing) Fill(ctx context.Context, at int64, dst stages.Frames) (int, error) {
	f.wrote[&dst.Data[0]] = true
	lo := max(0, at-int64(f.history))
	src, err := f.in.Fetch(ctx, lo, at+int64(dst.N))
	n := src.N - int(at-lo)
	for i := range max(n, 0) {
		now, then := int(at-lo)+i, int(at-lo)+i-f.history
		for c, x := range src.Row(now) {
			if f.history > 0 && then >= 0 {
				x += src.At(then, c)
			}
			dst.Row(i)[c] = x
		}
	}
	return max(n, 0), err
}

// Slices that one worker computes use the same memory for what is kept for one step only, and their only result is written
// where it goes. What is read again, and results beside others, keep their own.
func TestSlicesShareMemoryOfOneStep(t *testing.T) {
	const channels, width, frames, block = 40, 8, 700, 64
	for name, c := range map[string]struct {
		history, results int // of the second node; of the slice
		middle, last     bool
	}{
		"a chain":                 {0, 1, true, true},
		"with history":            {7, 1, false, true},
		"two results":             {0, 2, false, false},
		"two results and history": {7, 2, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			sig := stagetest.Signal{Channels: channels, Frames: frames}
			var first, middle, last []map[*float64]bool
			node := func(in stages.Stage, history int, list *[]map[*float64]bool) (*stages.Stream, error) {
				f := &tracing{in, history, map[*float64]bool{}}
				*list = append(*list, f.wrote)
				return stages.New("test.tracing", in.Format(), f, stages.Input{From: in, History: history})
			}
			nodes, err := stages.Slice([]stages.Stage{stagetest.NewSource(sig)}, stages.Range{Lo: 0, Hi: channels}, width, func(in []stages.Stage, lo, hi int) ([]stages.Node, error) {
				v, err := stages.NewView(in[0], stages.Range{Lo: lo, Hi: hi})
				if err != nil {
					return nil, err
				}
				a, err := node(v, 0, &first)
				if err != nil {
					return nil, err
				}
				b, err := node(a, 0, &middle)
				if err != nil {
					return nil, err
				}
				d, err := node(b, c.history, &last)
				if err != nil {
					return nil, err
				}
				return []stages.Node{d, b}[:c.results], nil
			})
			if err != nil {
				t.Fatal(err)
			}
			rec := stagetest.NewFrameRecorder(nodes[0].(stages.Stage))
			sinks := []stages.Sink{rec}
			if c.results == 2 {
				sinks = append(sinks, stagetest.NewFrameRecorder(nodes[1].(stages.Stage)))
			}
			if _, err := stages.Run(context.Background(), stages.RunOptions{Block: block, Workers: 1}, sinks...); err != nil {
				t.Fatal(err)
			}
			for i, got := range rec.Data {
				at, ch := int64(i/channels), i%channels
				want := sig.At(at, ch)
				if c.history > 0 && at >= int64(c.history) {
					want += sig.At(at-int64(c.history), ch)
				}
				if got != want {
					t.Fatalf("frame %d, channel %d: %v, want %v", at, ch, got, want)
				}
			}
			shared := func(lists []map[*float64]bool) bool {
				for p := range lists[0] {
					if lists[1][p] && lists[len(lists)-1][p] {
						return true
					}
				}
				return false
			}
			if !shared(first) {
				t.Error("the first nodes of the slices do not share memory")
			}
			if shared(middle) != c.middle {
				t.Errorf("the nodes in the middle share memory: %t, want %t", !c.middle, c.middle)
			}
			if shared(last) {
				t.Error("the results share memory")
			}
			// Written where they go, the channels of slices lie one after the other.
			adjacent := false
			for p := range last[0] {
				for q := range last[1] {
					adjacent = adjacent || distance(p, q) == width
				}
			}
			if adjacent != c.last {
				t.Errorf("the results lie side by side: %t, want %t", adjacent, c.last)
			}
		})
	}
}

// distance is how many numbers q lies behind p.
func distance(p, q *float64) int {
	return int(uintptr(unsafe.Pointer(q))-uintptr(unsafe.Pointer(p))) / 8
}
