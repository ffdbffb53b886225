package stages_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

func TestTakenFollowsChannelsToTheirSource(t *testing.T) {
	one := func(s *stages.Stream, err error) *stages.Stream {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	src := one(stages.NewExtend(stagetest.NewSource(stagetest.Signal{Channels: 4, Frames: 100}), 100))
	view := one(stages.NewView(src, stages.Range{Lo: 1, Hi: 4}))
	joined := one(stages.NewJoin(src, src))
	for name, c := range map[string]struct {
		of, source stages.Stage
		index      []int
	}{
		"no index":       {src, src, nil},
		"a view":         {view, src, []int{1, 2, 3}},
		"repeated":       {one(stages.NewRepeat(view, 2)), src, []int{1, 1, 2, 2, 3, 3}},
		"tiled":          {one(stages.NewTile(view, 2)), src, []int{1, 2, 3, 1, 2, 3}},
		"picked":         {one(stages.NewIndex([]stages.Stage{one(stages.NewTile(view, 2))}, []int{5, 0}, 0)), src, []int{3, 1}},
		"several inputs": {one(stages.NewTile(joined, 1)), joined, []int{0, 1, 2, 3, 4, 5, 6, 7}},
	} {
		source, index := stages.Taken(c.of)
		if source != c.source || !slices.Equal(index, c.index) {
			t.Errorf("%s: %s, %v; want %s, %v", name, stages.KindOf(source), index, stages.KindOf(c.source), c.index)
		}
	}
}

// TestWhatIsPassedByCannotChange: a replacement that would have no effect is refused.
func TestWhatIsPassedByCannotChange(t *testing.T) {
	src := stagetest.NewSource(stagetest.Signal{Channels: 2, Frames: 100})
	index := func(list ...int) *stages.Stream {
		s, err := stages.NewIndex([]stages.Stage{src}, list, 0)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for _, passed := range []bool{false, true} {
		s := index(0, 0)
		stages.Taken(s)
		if passed {
			stages.PassBy(s)
		}
		changes := &stages.Changes{}
		changes.Schedule(stages.Change{At: 50, Rate: s.Format().Rate, Replace: []stages.Replacement{{
			Target: s, Make: func() (stages.Node, error) { return index(1, 1), nil },
		}}})
		rec := stagetest.NewFrameRecorder(s)
		_, err := stages.Run(context.Background(), stages.RunOptions{Changes: changes}, rec)
		if passed != (err != nil && strings.Contains(err.Error(), "cannot be changed while it runs")) {
			t.Errorf("read past it: %t; got %v", passed, err)
		}
	}
}
