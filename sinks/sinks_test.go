package sinks

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hearpipe/stages"
)

// frameInput and spikeInput are streams that only have a format; tests hand blocks to the sinks themselves.
type frameInput struct{ f stages.Format }

func (i frameInput) Format() stages.Format { return i.f }
func (i frameInput) Inputs() []stages.Node { return nil }
func (i frameInput) Fetch(context.Context, int64, int64) (stages.Frames, error) {
	panic("not fetched here")
}

type spikeInput struct{ f stages.Format }

func (i spikeInput) Format() stages.Format { return i.f }
func (i spikeInput) Inputs() []stages.Node { return nil }
func (i spikeInput) FetchSpikes(context.Context, int64, int64) (stages.Spikes, error) {
	panic("not fetched here")
}

func cells(n, first int) spikeInput {
	return spikeInput{stages.Format{Rate: 44100, Channels: n, First: first, Frames: stages.Unbounded}}
}

func channels(n, first int) frameInput {
	return frameInput{stages.Format{Rate: 44100, Channels: n, First: first, Frames: stages.Unbounded}}
}

// pattern makes spikes of some cells up to a frame, several at once now and then, and silences.
func pattern(n int, end int64) []stages.Spike {
	var list []stages.Spike
	state := uint32(1)
	for at := int64(0); at < end; at++ {
		for c := range n {
			state = state*1664525 + 1013904223
			if state>>24 < 20 && at%97 > 13 {
				list = append(list, stages.Spike{At: at, Cell: int32(c)})
			}
		}
	}
	return list
}

// feedSpikes opens a sink and hands the list over in blocks; it does not finish.
func feedSpikes(t testing.TB, s stages.SpikeSink, list []stages.Spike, end int64, block int64) {
	t.Helper()
	if err := s.Open(t.Context(), s.Input().Format()); err != nil {
		t.Fatal(err)
	}
	for at := int64(0); at < end; at += block {
		stop := min(at+block, end)
		n := 0
		for n < len(list) && list[n].At < stop {
			n++
		}
		if err := s.WriteSpikes(t.Context(), stages.Spikes{List: list[:n], Start: at, End: stop}); err != nil {
			t.Fatal(err)
		}
		list = list[n:]
	}
}

// ramp makes frames of which every value is different.
func ramp(n, channels int) stages.Frames {
	f := stages.MakeFrames(n, channels)
	for i := range f.Data {
		f.Data[i] = float64(i)/7 - 3
	}
	return f
}

func feedFrames(t testing.TB, s stages.FrameSink, f stages.Frames, block int) {
	t.Helper()
	if err := s.Open(t.Context(), s.Input().Format()); err != nil {
		t.Fatal(err)
	}
	for at := 0; at < f.N; at += block {
		if err := s.WriteFrames(t.Context(), int64(at), f.Cut(at, min(at+block, f.N))); err != nil {
			t.Fatal(err)
		}
	}
}

func finish(t testing.TB, s stages.Sink, frames int64) {
	t.Helper()
	if err := s.Finish(stages.Ending{Frames: frames, Reason: stages.Duration}); err != nil {
		t.Fatal(err)
	}
}

func list(t testing.TB, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func read(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// fileSinks makes one sink of each kind that writes files, with the path it writes.
func fileSinks(t testing.TB, folder string) map[string]stages.Sink {
	t.Helper()
	sinks := map[string]stages.Sink{}
	for _, name := range []string{"s.csv", "s.ndjson", "s.npz"} {
		path := filepath.Join(folder, name)
		s, err := NewSpikeFile(cells(5, 0), SpikeFileParams{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		sinks[path] = s
	}
	path := filepath.Join(folder, "f.npy")
	f, err := NewFrameFile(channels(3, 0), FrameFileParams{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	sinks[path] = f
	for _, name := range []string{"r.csv", "r.npy"} {
		path := filepath.Join(folder, name)
		s, err := NewStatisticFile(channels(3, 0), StatisticFileParams{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		sinks[path] = s
	}
	return sinks
}

// feed hands a few blocks to a sink of any kind.
func feed(t testing.TB, s stages.Sink) {
	t.Helper()
	switch s := s.(type) {
	case stages.SpikeSink:
		feedSpikes(t, s, pattern(5, 1000), 1000, 100)
	case stages.FrameSink:
		feedFrames(t, s, ramp(1000, 3), 100)
	}
}

func TestFilesAppearWhenTheRunHasEndedWell(t *testing.T) {
	folder := t.TempDir()
	for path, s := range fileSinks(t, folder) {
		feed(t, s)
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s is there before Finish", path)
		}
		finish(t, s, 1000)
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
		files := s.(interface{ Files() []string }).Files()
		if !slices.Contains(files, path) {
			t.Errorf("files of %s: %v", path, files)
		}
		for _, file := range files {
			if err := os.Remove(file); err != nil {
				t.Error(err)
			}
		}
		if left := list(t, folder); len(left) > 0 {
			t.Errorf("%s: also left %v", path, left)
		}
	}
}

func TestAbortLeavesNothingAndKeepsOlderFiles(t *testing.T) {
	folder := t.TempDir()
	for path, s := range fileSinks(t, folder) {
		s.Abort(false) // a sink that was never opened
		if err := os.WriteFile(path, []byte("old"), 0o666); err != nil {
			t.Fatal(err)
		}
		feed(t, s)
		s.Abort(false)
		if left := list(t, folder); !slices.Equal(left, []string{filepath.Base(path)}) || read(t, path) != "old" {
			t.Errorf("%s: left %v with %.10q", path, left, read(t, path))
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

func TestPartialFilesAreKeptWhenAsked(t *testing.T) {
	for path, s := range fileSinks(t, t.TempDir()) {
		feed(t, s)
		s.Abort(true)
		left := list(t, filepath.Dir(path))
		switch s.(type) {
		case *StatisticFile: // written at the end only
			if len(left) != 0 {
				t.Errorf("%s: left %v", path, left)
			}
		default:
			if len(left) == 0 {
				t.Errorf("%s: nothing was kept", path)
			}
		}
		for _, name := range left {
			kept := filepath.Join(filepath.Dir(path), name)
			if strings.HasSuffix(path, ".npz") || strings.HasSuffix(path, ".npy") {
				renamed := filepath.Join(t.TempDir(), "x.npy")
				if err := os.Rename(kept, renamed); err != nil {
					t.Fatal(err)
				}
				if shape, data, err := ReadArray(renamed); err != nil || len(data) == 0 {
					t.Errorf("%s: shape %v, %v", name, shape, err)
				}
			} else {
				if text := read(t, kept); strings.Count(text, "\n") < len(pattern(5, 1000)) {
					t.Errorf("%s: only %d lines", name, strings.Count(text, "\n"))
				}
				if err := os.Remove(kept); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

func TestImpossibleDestinationsAreKnownAtOpen(t *testing.T) {
	folder := t.TempDir()
	for path, s := range fileSinks(t, filepath.Join(folder, "none")) {
		err := s.Open(t.Context(), s.Input().Format())
		if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "does not exist") {
			t.Errorf("%s: %v", path, err)
		}
		s.Abort(false)
	}
	for path, s := range fileSinks(t, folder) {
		if err := os.Mkdir(path, 0o777); err != nil {
			t.Fatal(err)
		}
		err := s.Open(t.Context(), s.Input().Format())
		if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "is a folder") {
			t.Errorf("%s: %v", path, err)
		}
		s.Abort(false)
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if filepath.Ext(path) == ".npz" {
			continue // has its metadata inside
		}
		if err := os.Mkdir(path+metaSuffix, 0o777); err != nil {
			t.Fatal(err)
		}
		if err := s.Open(t.Context(), s.Input().Format()); err == nil || !strings.Contains(err.Error(), path+metaSuffix) {
			t.Errorf("%s: folder in the place of metadata: %v", path, err)
		}
		s.Abort(false)
		if err := os.Remove(path + metaSuffix); err != nil {
			t.Fatal(err)
		}
	}
	if left := list(t, folder); len(left) > 0 {
		t.Errorf("left %v", left)
	}
}

func TestANameThatIsTakenAtTheEndIsOneErrorAndNoFile(t *testing.T) {
	folder := t.TempDir()
	for path, s := range fileSinks(t, folder) {
		feed(t, s)
		if err := os.Mkdir(path, 0o777); err != nil {
			t.Fatal(err)
		}
		if err := s.Finish(stages.Ending{Frames: 1000}); err == nil || !strings.HasPrefix(err.Error(), "write "+path+": ") {
			t.Errorf("%s: %v", path, err)
		}
		if left := list(t, folder); !slices.Equal(left, []string{filepath.Base(path)}) {
			t.Errorf("%s: left %v", path, left)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

func TestGapsBetweenBlocksAreRefused(t *testing.T) {
	for path, s := range fileSinks(t, t.TempDir()) {
		feed(t, s)
		var err error
		switch s := s.(type) {
		case stages.SpikeSink:
			err = s.WriteSpikes(t.Context(), stages.Spikes{Start: 1001, End: 1002})
		case stages.FrameSink:
			err = s.WriteFrames(t.Context(), 999, ramp(1, 3))
		}
		if err == nil || !strings.Contains(err.Error(), "want 1000") {
			t.Errorf("%s: %v", path, err)
		}
		s.Abort(false)
	}
}

func TestWritingAllocatesNothing(t *testing.T) {
	spikes := pattern(5, 2000)
	frames := ramp(2000, 3)
	for path, s := range fileSinks(t, t.TempDir()) {
		feed(t, s)
		at := int64(1000)
		ctx := t.Context()
		n := testing.AllocsPerRun(20, func() {
			var err error
			switch s := s.(type) {
			case stages.SpikeSink:
				err = s.WriteSpikes(ctx, stages.Spikes{List: spikes, Start: at, End: at + 2000})
			case stages.FrameSink:
				err = s.WriteFrames(ctx, at, frames)
			}
			if err != nil {
				t.Fatal(err)
			}
			at += 2000
		})
		if n != 0 {
			t.Errorf("%s: %v allocations per block", path, n)
		}
		s.Abort(false)
	}
}
