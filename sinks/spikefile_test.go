package sinks

import (
	"bytes"
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sbinet/npyio/npz"

	"hearpipe/internal/npy"
	"hearpipe/stages"
)

func TestSpikesReadBackIdentically(t *testing.T) {
	const end = 3000
	spikes := pattern(5, end)
	spikes = append(spikes, stages.Spike{At: 1<<40 + 1, Cell: math.MaxInt32})
	for _, name := range []string{"s.csv", "s.ndjson", "s.npz"} {
		path := filepath.Join(t.TempDir(), name)
		s, err := NewSpikeFile(cells(5, 0), SpikeFileParams{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		feedSpikes(t, s, spikes[:len(spikes)-1], end, 100)
		last := stages.Spikes{List: spikes[len(spikes)-1:], Start: end, End: 1 << 41}
		if err := s.WriteSpikes(t.Context(), last); err != nil {
			t.Fatal(err)
		}
		finish(t, s, 1<<41)
		if s.Spikes() != int64(len(spikes)) {
			t.Errorf("%s: counted %d spikes, want %d", name, s.Spikes(), len(spikes))
		}
		got, err := ReadSpikes(path)
		if err != nil {
			t.Fatal(err)
		}
		if len(got.T) != len(spikes) || len(got.Cell) != len(spikes) {
			t.Fatalf("%s: %d times, %d cells, want %d", name, len(got.T), len(got.Cell), len(spikes))
		}
		for k, spike := range spikes {
			if want := float64(spike.At) / 44100; got.T[k] != want || got.Cell[k] != spike.Cell {
				t.Fatalf("%s: spike %d is %v, %d; want %v, %d", name, k, got.T[k], got.Cell[k], want, spike.Cell)
			}
		}
	}
}

func TestBlockSizeDoesNotChangeSpikeFiles(t *testing.T) {
	spikes := pattern(5, 1000)
	for _, name := range []string{"s.csv", "s.ndjson", "s.npz"} {
		var first string
		for _, block := range []int64{1000, 1, 7} {
			path := filepath.Join(t.TempDir(), name)
			s, err := NewSpikeFile(cells(5, 0), SpikeFileParams{Path: path})
			if err != nil {
				t.Fatal(err)
			}
			feedSpikes(t, s, spikes, 1000, block)
			finish(t, s, 1000)
			switch text := read(t, path); {
			case first == "":
				first = text
			case text != first:
				t.Errorf("%s: blocks of %d give other bytes", name, block)
			}
		}
	}
}

func TestTextIsWhatOthersRead(t *testing.T) {
	spikes := []stages.Spike{{At: 0, Cell: 3}, {At: 1, Cell: 0}, {At: 441, Cell: 1}, {At: 441, Cell: 2}, {At: 44100 * 3600, Cell: 0}}
	for format, want := range map[SpikeFormat]string{
		CSV: "t,i\n0,3\n0.000022675736961451248,0\n0.01,1\n0.01,2\n3600,0\n",
		NDJSON: `{"t":0,"i":3}` + "\n" + `{"t":0.000022675736961451248,"i":0}` + "\n" + `{"t":0.01,"i":1}` + "\n" +
			`{"t":0.01,"i":2}` + "\n" + `{"t":3600,"i":0}` + "\n",
	} {
		path := filepath.Join(t.TempDir(), "spikes.txt")
		s, err := NewSpikeFile(cells(5, 0), SpikeFileParams{Path: path, Format: format})
		if err != nil {
			t.Fatal(err)
		}
		feedSpikes(t, s, spikes, 1<<30, 1<<29)
		finish(t, s, 1<<30)
		if got := read(t, path); got != want {
			t.Errorf("%s: got %q, want %q", format, got, want)
		}
		if format == CSV {
			if rows, err := csv.NewReader(strings.NewReader(want)).ReadAll(); err != nil || len(rows) != 6 {
				t.Errorf("a strict reader of CSV: %v, %v", rows, err)
			}
		}
	}
}

func TestAnotherLibraryReadsTheArchive(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.npz")
	s, err := NewSpikeFile(cells(5, 7), SpikeFileParams{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	feedSpikes(t, s, []stages.Spike{{At: 441, Cell: 8}, {At: 882, Cell: 11}}, 1000, 500)
	finish(t, s, 1000)
	z, err := npz.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	var (
		times                []float64
		cell                 []int32
		rate                 float64
		cells, first, frames int64
	)
	for name, to := range map[string]any{
		"t.npy": &times, "i.npy": &cell, "rate.npy": &rate, "cells.npy": &cells, "first.npy": &first, "frames.npy": &frames,
	} {
		if err := z.Read(name, to); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !slices.Equal(times, []float64{0.01, 0.02}) || !slices.Equal(cell, []int32{8, 11}) {
		t.Errorf("t %v, i %v", times, cell)
	}
	if rate != 44100 || cells != 5 || first != 7 || frames != 1000 {
		t.Errorf("rate %v, cells %d, first %d, frames %d", rate, cells, first, frames)
	}
}

func TestListenersSeeEachBlockAtOnce(t *testing.T) {
	var b bytes.Buffer
	s, err := NewSpikeFile(cells(5, 0), SpikeFileParams{Writer: &b, Format: CSV})
	if err != nil {
		t.Fatal(err)
	}
	feedSpikes(t, s, nil, 0, 1)
	if b.String() != "t,i\n" {
		t.Errorf("after Open: %q", b.String())
	}
	if err := s.WriteSpikes(t.Context(), stages.Spikes{List: []stages.Spike{{At: 441, Cell: 2}}, End: 1000}); err != nil {
		t.Fatal(err)
	}
	if b.String() != "t,i\n0.01,2\n" {
		t.Errorf("after a block: %q", b.String())
	}
	finish(t, s, 1000)
	if b.String() != "t,i\n0.01,2\n" || len(s.Files()) != 0 {
		t.Errorf("after Finish: %q, files %v", b.String(), s.Files())
	}
	s.Abort(true)
}

func TestMalformedSpikeFilesSayWhere(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"a.csv", "", "file is empty"},
		{"a.csv", "time,cell\n", `line 1 is "time,cell"`},
		{"a.csv", "t,i\n0.1\n", `line 2: "0.1": want a time [s], a comma and a cell`},
		{"a.csv", "t,i\n# note\n\nx,1\n", "line 4: \"x,1\": the time is not a number"},
		{"a.csv", "t,i\n1,1.5\n", "whole number"},
		{"a.csv", "t,i\n1,3000000000\n", "below 2^31"},
		{"a.csv", "t,i\n-1,1\n", "spike at -1 s"},
		{"a.csv", "t,i\nNaN,1\n", "spike at NaN s"},
		{"a.csv", "t,i\n1,-1\n", "cell -1"},
		{"a.csv", "t,i\n" + strings.Repeat("1", 1<<17), "token too long"},
		{"a.ndjson", "{}\n", `line 1: "{}": want {"t":seconds,"i":cell}`},
		{"a.ndjson", `{"t":1,"i":2}` + "\n[]\n", "line 2"},
		{"a.npz", "PK", "not a valid zip"},
		{"a.npz", archive(t, 2, 1), "t has the shape [2] and i [1]"},
		{"a.npz", archive(t, 2, -1), `array "i": not in the archive`},
		{"a.txt", "", ".txt"},
	} {
		path := filepath.Join(t.TempDir(), c.name)
		if err := os.WriteFile(path, []byte(c.text), 0o666); err != nil {
			t.Fatal(err)
		}
		train, err := ReadSpikes(path)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%.40q: got %v, %v; want an error with %q", c.text, train, err, c.want)
		}
	}
}

// archive is an NPZ file with so many times and cells, none at all if negative.
func archive(t *testing.T, times, cells int) string {
	t.Helper()
	var b bytes.Buffer
	w := npy.NewZipWriter(&b)
	for name, n := range map[string]int{"t": times, "i": cells} {
		if n < 0 {
			continue
		}
		h := npy.Header{Type: npy.Int32, Shape: []int64{int64(n)}}
		if err := w.Add(name, h, bytes.NewReader(make([]byte, 4*n))); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestArchivesOfOthersAreRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.npz")
	if err := os.WriteFile(path, []byte(archive(t, 3, 3)), 0o666); err != nil {
		t.Fatal(err)
	}
	got, err := ReadSpikes(path)
	if err != nil || !slices.Equal(got.T, []float64{0, 0, 0}) || !slices.Equal(got.Cell, []int32{0, 0, 0}) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestSpikeFilesOfOthersAreRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.csv")
	if err := os.WriteFile(path, []byte("t,i\r\n# by hand\r\n0.5, 3\r\n\r\n1e-3,0\r\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	got, err := ReadSpikes(path)
	if err != nil || !slices.Equal(got.T, []float64{0.5, 0.001}) || !slices.Equal(got.Cell, []int32{3, 0}) {
		t.Errorf("got %+v, %v", got, err)
	}
	if got.Meta.Holds != "" {
		t.Errorf("metadata out of nowhere: %+v", got.Meta)
	}
}

func BenchmarkSpikeFile(b *testing.B) {
	spikes := pattern(5, 10000)
	for _, name := range []string{"s.csv", "s.ndjson", "s.npz"} {
		b.Run(filepath.Ext(name)[1:], func(b *testing.B) {
			s, err := NewSpikeFile(cells(5, 0), SpikeFileParams{Path: filepath.Join(b.TempDir(), name)})
			if err != nil {
				b.Fatal(err)
			}
			feedSpikes(b, s, nil, 0, 1)
			b.ReportAllocs()
			at := int64(0)
			for b.Loop() {
				if err := s.WriteSpikes(b.Context(), stages.Spikes{List: spikes, Start: at, End: at + 10000}); err != nil {
					b.Fatal(err)
				}
				at += 10000
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(spikes)), "ns/spike")
			s.Abort(false)
		})
	}
}
