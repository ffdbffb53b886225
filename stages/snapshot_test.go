package stages_test

import (
	"context"
	"strings"
	"testing"

	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

// twoPorts is a graph with two ports on a stream.
func twoPorts(t *testing.T, width int) []stages.Node {
	t.Helper()
	src := stream(t, stagetest.Signal{Channels: 12, Frames: 300})
	nodes, err := stages.Slice([]stages.Stage{src}, stages.Range{Lo: 0, Hi: 12}, width, func(in []stages.Stage, lo, hi int) ([]stages.Node, error) {
		v, err := stages.NewView(in[0], stages.Range{Lo: lo, Hi: hi})
		if err != nil {
			return nil, err
		}
		y, _, err := newLeaky(v, 0.5)
		return []stages.Node{v, y}, err
	})
	if err != nil {
		t.Fatal(err)
	}
	return nodes
}

func TestSnapshotOfAnotherGraphIsRefused(t *testing.T) {
	nodes := twoPorts(t, 5)
	g := prepare(t, 16, nodes...)
	for _, n := range nodes {
		fetch(t, n.(stages.Stage), 0, 16)
	}
	b, err := g.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	for name, other := range map[string][]stages.Node{
		"one port":    twoPorts(t, 5)[:1],
		"other port":  twoPorts(t, 5)[1:],
		"other width": twoPorts(t, 4),
		"other kind":  {stream(t, stagetest.Signal{Channels: 12, Frames: 300})},
	} {
		if err := prepare(t, 16, other...).Restore(b); err == nil || !strings.Contains(err.Error(), "another graph") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	same := twoPorts(t, 5)
	h := prepare(t, 8, same...)
	if err := h.Restore(b); err != nil {
		t.Fatal(err)
	}
	for i, n := range same {
		a, err := nodes[i].(stages.Stage).Fetch(context.Background(), 16, 24)
		if err != nil {
			t.Fatal(err)
		}
		c := fetch(t, n.(stages.Stage), 16, 24)
		for r := range a.N {
			want(t, c.Row(r), a.Row(r)...)
		}
	}
	if err := h.Restore(b); err == nil || !strings.Contains(err.Error(), "already computed 24 frames") {
		t.Errorf("restored into a running graph: %v", err)
	}
}

func TestFailedGraphHasNoSnapshot(t *testing.T) {
	s := stream(t, stagetest.Signal{Frames: 100, Fail: context.DeadlineExceeded, FailAt: 10})
	g := prepare(t, 16, s)
	if _, err := s.Fetch(context.Background(), 0, 16); err == nil {
		t.Fatal("no failure")
	}
	if _, err := g.Snapshot(); err == nil || !strings.Contains(err.Error(), "has failed") {
		t.Errorf("got %v", err)
	}
}

func TestLateStartsAreWholeFramesOfFreshGraphs(t *testing.T) {
	build := func() (*stages.Graph, *stages.Stream, *stages.Stream) {
		src := stream(t, stagetest.Signal{Frames: stages.Unbounded})
		slow, err := stages.NewEvery(src, 3)
		if err != nil {
			t.Fatal(err)
		}
		return prepare(t, 16, src, slow), src, slow
	}
	g, src, slow := build()
	for at, want := range map[int64]string{-3: "want 0 or more", 1 << 40: "not a whole frame of stages.every"} {
		if err := g.StartAt(at); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("start at %d: %v", at, err)
		}
	}
	const at = 3 << 40
	if err := g.StartAt(at); err != nil {
		t.Fatal(err)
	}
	sig := stagetest.Signal{}
	if f := fetch(t, src, at, at+1); f.At(0, 0) != sig.At(at, 0) {
		t.Errorf("frame %d is %v", int64(at), f.At(0, 0))
	}
	if f := fetch(t, slow, at/3, at/3+2); f.At(1, 0) != sig.At(at+3, 0) {
		t.Errorf("frame %d is %v", int64(at+3), f.At(1, 0))
	}
	if err := g.StartAt(0); err == nil || !strings.Contains(err.Error(), "already computed") {
		t.Errorf("start of a running graph: %v", err)
	}
}
