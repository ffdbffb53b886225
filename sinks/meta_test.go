package sinks

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hearpipe/stages"
)

func TestMetadataSayForWhichFramesAFileIsComplete(t *testing.T) {
	folder := t.TempDir()
	cf := []float64{100, 200.5, 400, 800, 1600}
	want := Meta{
		Holds: "spikes", Rate: 44100, Channels: 5, First: 100, Frames: 1 << 40, Reason: stages.Interrupted, CF: cf,
	}
	for _, name := range []string{"s.csv", "s.ndjson", "s.npz"} {
		path := filepath.Join(folder, name)
		s, err := NewSpikeFile(cells(5, 100), SpikeFileParams{Path: path, CF: cf})
		if err != nil {
			t.Fatal(err)
		}
		feedSpikes(t, s, nil, 10, 10)
		if err := s.Finish(stages.Ending{Frames: 1 << 40, Reason: stages.Interrupted}); err != nil {
			t.Fatal(err)
		}
		r, err := OpenSpikes(path)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := r.Meta()
		if !ok || !equalJSON(t, got, want) {
			t.Errorf("%s: got %+v (%v), want %+v", name, got, ok, want)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

func equalJSON(t testing.TB, a, b any) bool {
	t.Helper()
	x, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	y, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	return string(x) == string(y)
}

func TestWrongMetadataAreRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.csv")
	for _, c := range []struct{ text, want string }{
		{"{", "unexpected end"},
		{`{"rate":0,"channels":1}`, "rate 0 Hz"},
		{`{"rate":1,"channels":0}`, "0 channels"},
		{`{"rate":1,"channels":1,"first":-1}`, "first channel -1"},
		{`{"rate":1,"channels":1,"frames":-1}`, "-1 frames"},
		{`{"rate":1,"channels":2,"cf":[1]}`, "1 centre frequencies for 2 channels"},
		{`{"rate":1,"channels":2,"cf":[1,-4]}`, "channel 1: -4 Hz"},
	} {
		if err := os.WriteFile(path+metaSuffix, []byte(c.text), 0o666); err != nil {
			t.Fatal(err)
		}
		_, err := OpenSpikes(path)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path+metaSuffix) {
			t.Errorf("%s: error %v, want one with %q", c.text, err, c.want)
		}
	}
}
