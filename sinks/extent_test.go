package sinks

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	"hearpipe/stages"
)

// A network that has run before goes on at a later frame: files of a later run hold what they were given and say from where.
func TestALaterRunIsWholeFromItsStart(t *testing.T) {
	dir := t.TempDir()
	spikes := []stages.Spike{{At: 1000, Cell: 0}, {At: 1002, Cell: 1}, {At: 1003, Cell: 1}}
	ending := stages.Ending{Start: 1000, Frames: 1010, Reason: stages.Duration}
	for _, name := range []string{"s.csv", "s.npz", "count.csv"} {
		path := filepath.Join(dir, name)
		var s stages.SpikeSink
		var err error
		if name == "count.csv" {
			s, err = NewCountFile(cells(2, 0), CountFileParams{Path: path})
		} else {
			s, err = NewSpikeFile(cells(2, 0), SpikeFileParams{Path: path})
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Open(t.Context(), s.Input().Format()); err != nil {
			t.Fatal(err)
		}
		if err := s.WriteSpikes(t.Context(), stages.Spikes{List: spikes, Start: 1000, End: 1010}); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := s.WriteSpikes(t.Context(), stages.Spikes{Start: 1011, End: 1012}); err == nil || !strings.Contains(err.Error(), "want 1010") {
			t.Errorf("%s: a gap: %v", name, err)
		}
		if err := s.Finish(ending); err != nil {
			t.Fatal(err)
		}
		if err := s.Open(t.Context(), s.Input().Format()); err == nil || !strings.Contains(err.Error(), "a sink is for one run") {
			t.Errorf("%s: opened again: %v", name, err)
		}
		if name == "count.csv" {
			table, err := ReadTable(path)
			if err != nil {
				t.Fatal(err)
			}
			if rate := table.Columns[2][1]; rate != 2*44100.0/10 {
				t.Errorf("the rate of cell 1 is %v Hz, want that of 2 spikes in 10 frames", rate)
			}
			continue
		}
		train, err := ReadSpikes(path)
		if err != nil {
			t.Fatal(err)
		}
		if train.Meta.Start != 1000 || train.Meta.Frames != 1010 || train.Meta.Seconds() != 10.0/44100 || len(train.T) != 3 || train.T[0] != 1000.0/44100 {
			t.Errorf("%s: %v", name, train)
		}
	}
	path := filepath.Join(dir, "f.npy")
	file, err := NewFrameFile(channels(3, 0), FrameFileParams{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	rms, err := NewStatisticFile(channels(3, 0), StatisticFileParams{Of: []Statistic{Mean}})
	if err != nil {
		t.Fatal(err)
	}
	f := ramp(10, 3)
	for _, s := range []stages.FrameSink{file, rms} {
		if err := s.Open(t.Context(), s.Input().Format()); err != nil {
			t.Fatal(err)
		}
		for at := range 2 {
			if err := s.WriteFrames(t.Context(), int64(1000+5*at), f.Cut(5*at, 5*at+5)); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Finish(ending); err != nil {
			t.Fatal(err)
		}
	}
	shape, data, err := ReadArray(path)
	if err != nil || shape[0] != 10 || data[29] != f.Row(9)[2] {
		t.Errorf("%v %v %v", shape, data, err)
	}
	if m, ok, err := ReadMeta(path); !ok || err != nil || m.Start != 1000 || m.Frames != 1010 {
		t.Errorf("%v %v", m, err)
	}
	mean, err := rms.Values(Mean)
	if err != nil {
		t.Fatal(err)
	}
	if want := 13.5/7 - 3; math.Abs(mean[0]-want) > 1e-12 {
		t.Errorf("mean of channel 0 is %v, want %v", mean[0], want)
	}
}
