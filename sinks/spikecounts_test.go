package sinks_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hearpipe/sinks"
	"hearpipe/stages"
)

// listed is a stream of given spikes of cells 10 to 12, 1,000 frames a second.
type listed struct{ list []stages.Spike }

func (l *listed) FillSpikes(_ context.Context, at int64, n int, list *[]stages.Spike) (int, error) {
	for _, s := range l.list {
		if s.At >= at && s.At < at+int64(n) {
			*list = append(*list, s)
		}
	}
	return n, nil
}

func counted(t *testing.T, p sinks.CountFileParams, block int) string {
	t.Helper()
	src, err := stages.NewSpikes("test.listed", stages.Format{Rate: 1000, Channels: 3, First: 10, Frames: 2000}, &listed{[]stages.Spike{
		{At: 0, Cell: 10}, {At: 0, Cell: 12}, {At: 3, Cell: 10}, {At: 6, Cell: 10}, {At: 18, Cell: 10}, {At: 1999, Cell: 12},
	}})
	if err != nil {
		t.Fatal(err)
	}
	p.Path = filepath.Join(t.TempDir(), "counts.csv")
	s, err := sinks.NewCountFile(src, p)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stages.Run(t.Context(), stages.RunOptions{Block: block}, s); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(p.Path)
	if err != nil {
		t.Fatal(err)
	}
	if m, ok, err := sinks.ReadMeta(p.Path); err != nil || !ok || m.Frames != 2000 || m.Holds != "counts" {
		t.Errorf("meta %+v, %v, %v", m, ok, err)
	}
	return string(b)
}

func TestSpikesAreCountedByCell(t *testing.T) {
	for _, block := range []int{1, 7, 2000} {
		if got, want := counted(t, sinks.CountFileParams{}, block), "cell,spikes,rate\n10,4,2\n11,0,0\n12,2,1\n"; got != want {
			t.Errorf("block %d:\n%swant\n%s", block, got, want)
		}
	}
}

func TestIntervalsAreCountedByBin(t *testing.T) {
	for _, block := range []int{1, 7, 2000} {
		got := counted(t, sinks.CountFileParams{Edges: []float64{0.003, 0.012, 0.5}}, block)
		if want := "from,to,intervals\n0.003,0.012,2\n0.012,0.5,1\n0.5,+Inf,1\n"; got != want {
			t.Errorf("block %d:\n%swant\n%s", block, got, want)
		}
	}
}

func TestWrongCountFilesAreRefused(t *testing.T) {
	src, err := stages.NewSpikes("test.listed", stages.Format{Rate: 1000, Channels: 1, Frames: 1}, &listed{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		p    sinks.CountFileParams
		want string
	}{
		{sinks.CountFileParams{Path: "x.txt"}, ".csv"},
		{sinks.CountFileParams{Edges: []float64{1, 1}}, "edge 1 at 1 s: want ascending"},
		{sinks.CountFileParams{Edges: []float64{-1}}, "edge 0 at -1 s"},
	} {
		if _, err := sinks.NewCountFile(src, c.p); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: want %q", err, c.want)
		}
	}
}
