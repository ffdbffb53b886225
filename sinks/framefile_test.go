package sinks

import (
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sbinet/npyio"

	"hearpipe/stages"
)

func TestFramesAreAnArrayForOthers(t *testing.T) {
	// A row is longer than the buffer, and rows of the view do not touch each other.
	const n, width = 5, 10_000
	wide := ramp(n, width+3)
	wide.Data[0] = math.NaN()
	view := wide.Range(0, width)
	path := filepath.Join(t.TempDir(), "f.npy")
	s, err := NewFrameFile(channels(width, 2), FrameFileParams{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	feedFrames(t, s, view, 2)
	finish(t, s, n)

	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := npyio.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	if d := r.Header.Descr; !slices.Equal(d.Shape, []int{n, width}) || d.Fortran || d.Type != "<f8" {
		t.Errorf("header %+v", d)
	}
	var got []float64
	if err := r.Read(&got); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		for c := range width {
			if want := view.At(i, c); math.Float64bits(got[i*width+c]) != math.Float64bits(want) {
				t.Fatalf("frame %d channel %d: %v, want %v", i, c, got[i*width+c], want)
			}
		}
	}
}

func TestFramesReadBackInBlocks(t *testing.T) {
	want := ramp(1000, 3)
	path := filepath.Join(t.TempDir(), "f.npy")
	s, err := NewFrameFile(channels(3, 7), FrameFileParams{Path: path, CF: []float64{10, 20, 30}})
	if err != nil {
		t.Fatal(err)
	}
	feedFrames(t, s, want, 479)
	finish(t, s, 1000)
	r, err := OpenFrames(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if r.Frames() != 1000 || r.Channels() != 3 || r.Type() != "<f8" {
		t.Errorf("%d × %d %s", r.Frames(), r.Channels(), r.Type())
	}
	if m, ok := r.Meta(); !ok || m.Frames != 1000 || m.First != 7 || m.CF[2] != 30 || m.Reason != stages.Duration {
		t.Errorf("metadata %+v, %v", m, ok)
	}
	block := stages.MakeFrames(300, 3)
	for at := 0; ; {
		n, err := r.Next(block)
		if !slices.Equal(block.Data[:n*3], want.Data[at*3:(at+n)*3]) {
			t.Fatalf("frames from %d differ", at)
		}
		if at += n; err == io.EOF {
			if at != 1000 {
				t.Errorf("end after %d frames", at)
			}
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func TestArraysThatAreNoFramesAreRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f.npy")
	if _, err := OpenFrames(path); !os.IsNotExist(err) {
		t.Errorf("missing file: %v", err)
	}
	header := "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2, 3)}"
	text := "\x93NUMPY\x01\x00" + string(rune(len(header))) + "\x00" + header
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenFrames(path); err == nil || !strings.Contains(err.Error(), "shape [1 2 3]") {
		t.Errorf("three dimensions: %v", err)
	}
}

func TestChannelsOfAStatisticAreNoFrames(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r.npy")
	s, err := NewStatisticFile(channels(2, 0), StatisticFileParams{Path: path, Of: []Statistic{Max, Min}})
	if err != nil {
		t.Fatal(err)
	}
	feedFrames(t, s, two(), 2)
	finish(t, s, 2)
	r, err := OpenFrames(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if m, ok := r.Meta(); ok || r.Frames() != 2 || r.Channels() != 2 {
		t.Errorf("%d × %d with metadata %+v", r.Frames(), r.Channels(), m)
	}
}

func TestAnEmptyStreamGivesAnEmptyArray(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f.npy")
	s, err := NewFrameFile(channels(3, 0), FrameFileParams{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	feedFrames(t, s, stages.Frames{Channels: 3, Stride: 3}, 1)
	finish(t, s, 0)
	shape, data, err := ReadArray(path)
	if err != nil || !slices.Equal(shape, []int64{0, 3}) || len(data) != 0 {
		t.Errorf("shape %v, %d values, %v", shape, len(data), err)
	}
}

func BenchmarkFrameFile(b *testing.B) {
	f := ramp(32, 3000)
	s, err := NewFrameFile(channels(3000, 0), FrameFileParams{Path: os.DevNull + ".npy"})
	if err != nil {
		b.Fatal(err)
	}
	s.p.Path = os.DevNull // the disk is not what is measured
	feedFrames(b, s, stages.Frames{Channels: 3000, Stride: 3000}, 1)
	b.ReportAllocs()
	at := int64(0)
	for b.Loop() {
		if err := s.WriteFrames(b.Context(), at, f); err != nil {
			b.Fatal(err)
		}
		at += 32
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/32/3000, "ns/(frame·channel)")
	s.Abort(false)
}
