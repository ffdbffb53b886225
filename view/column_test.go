package view

import (
	"bytes"
	"context"
	"encoding/binary"
	"math"
	"slices"
	"testing"

	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

// got is one message of columns as a page sees it.
type got struct {
	picture, rows int
	first         int64
	columns       [][]byte
}

func parse(t *testing.T, data []byte) got {
	t.Helper()
	if len(data) < headerSize || data[0] != 1 {
		t.Fatalf("%d bytes that begin with % x are no columns", len(data), data[:min(4, len(data))])
	}
	g := got{picture: int(data[1]), rows: int(binary.LittleEndian.Uint16(data[2:])), first: int64(binary.LittleEndian.Uint64(data[8:]))}
	n := int(binary.LittleEndian.Uint32(data[4:]))
	if len(data) != headerSize+n*g.rows {
		t.Fatalf("%d bytes for %d columns of %d", len(data), n, g.rows)
	}
	for k := range n {
		g.columns = append(g.columns, data[headerSize+k*g.rows:headerSize+(k+1)*g.rows])
	}
	return g
}

// watching is a server with a page that has not taken anything yet.
func watching(t *testing.T) (*Server, *page) {
	t.Helper()
	s, err := New(Params{})
	if err != nil {
		t.Fatal(err)
	}
	return s, s.hub.join(nil)
}

// taken are all columns of a picture that wait for a page, in order.
func taken(t *testing.T, p *page, picture int) [][]byte {
	t.Helper()
	var list [][]byte
	next := int64(0)
	for {
		item, ok, err := p.q.TryPop()
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			return list
		}
		if item.Value.text {
			continue
		}
		if g := parse(t, item.Value.data); g.picture == picture {
			if g.first != next {
				t.Fatalf("columns begin at %d, want %d", g.first, next)
			}
			next += int64(len(g.columns))
			list = append(list, g.columns...)
		}
	}
}

func TestColumnsAreWhatTheStreamHasInTheirTime(t *testing.T) {
	const rate, frames = 8192.0, 5000
	sig := stagetest.Signal{Channels: 300, Frames: frames, Value: func(at int64, c int) float64 {
		return 20e-5 * float64(1+c%7) * float64(1+at/1000) * float64(1-2*(at%2)) // the sign alternates
	}}
	want := func(c int, from, to int64) byte {
		sum, n := 0.0, 0.0
		for at := from; at < to; at++ {
			x := sig.Value(at, c)
			sum += x * x
			n++
		}
		db := 20 * math.Log10(math.Sqrt(sum/n)/20e-6)
		return byte(math.Round(2 * (db + 10)))
	}
	var whole [][]byte
	for _, block := range []int{1, 50, 1024, 7000} {
		s, page := watching(t)
		bank := s.Bank(stagetest.NewSource(sig), "bank", nil)
		if _, err := stages.Run(context.Background(), stages.RunOptions{Block: block, Workers: 1}, bank); err != nil {
			t.Fatal(err)
		}
		columns := taken(t, page, 0)
		if len(columns) != 61 {
			t.Fatalf("block %d: %d columns", block, len(columns))
		}
		if whole == nil {
			whole = columns
			for j, col := range columns {
				from, to := int64(math.Ceil(float64(j)*rate/100)), int64(math.Ceil(float64(j+1)*rate/100))
				for _, r := range []int{0, 1, 100, 255} {
					if c := (2*r + 1) * 300 / 512; col[r] != want(c, from, to) {
						t.Fatalf("column %d, row %d (channel %d): %d, want %d", j, r, c, col[r], want(c, from, to))
					}
				}
			}
		}
		if !slices.EqualFunc(columns, whole, bytes.Equal) {
			t.Errorf("block %d: other columns", block)
		}
	}
}

func TestRasterCountsSpikes(t *testing.T) {
	sig := stagetest.SpikeSignal{Cells: 1000, First: 50, Frames: 4000, Probability: 0.01}
	all, err := stages.CollectSpikes(context.Background(), stagetest.NewSpikeSource(sig))
	if err != nil {
		t.Fatal(err)
	}
	want := map[[2]int]int{}
	for _, x := range all {
		want[[2]int{int(math.Floor(float64(x.At) * 100 / 8192)), (int(x.Cell) - 50) * 256 / 1000}]++
	}
	for _, block := range []int{3, 1000} {
		s, page := watching(t)
		r := s.Raster(stagetest.NewSpikeSource(sig), "cells", nil)
		if _, err := stages.Run(context.Background(), stages.RunOptions{Block: block, Workers: 1}, r); err != nil {
			t.Fatal(err)
		}
		sum := 0
		for j, col := range taken(t, page, 0) {
			for row, n := range col {
				if int(n) != want[[2]int{j, row}] {
					t.Fatalf("block %d: column %d, row %d: %d spikes, want %d", block, j, row, n, want[[2]int{j, row}])
				}
				sum += int(n)
			}
		}
		if r.Spikes() != int64(len(all)) || sum == 0 || sum > len(all) {
			t.Errorf("%d spikes, %d in columns; there were %d", r.Spikes(), sum, len(all))
		}
	}
}

func TestMeterShowsLevelAndPeak(t *testing.T) {
	s, page := watching(t)
	m := s.Level(stagetest.NewSource(stagetest.Signal{Channels: 2, Frames: 8192, Value: func(at int64, c int) float64 {
		if c == 1 {
			return 0
		}
		return math.Sqrt2 * math.Sin(float64(at)*2*math.Pi/16) // 1 Pa root mean square: 94 dB
	}}), "sound")
	if _, err := stages.Run(context.Background(), stages.RunOptions{Workers: 1}, m); err != nil {
		t.Fatal(err)
	}
	columns := taken(t, page, 0)
	if len(columns) != 25 {
		t.Fatalf("%d columns in one second", len(columns))
	}
	for _, c := range columns {
		if !bytes.Equal(c, []byte{208, 214, 0, 0}) { // 94 and 97 dB
			t.Fatalf("% d", c)
		}
	}
}

func TestPictureBeginsWhereAPageComes(t *testing.T) {
	s, err := New(Params{})
	if err != nil {
		t.Fatal(err)
	}
	bank := s.Bank(stagetest.NewSource(stagetest.Signal{Channels: 2, Frames: 8192, Value: func(int64, int) float64 { return 1 }}), "b", []float64{100, 200})
	var page *page
	if _, err := stages.Run(context.Background(), stages.RunOptions{Block: 1000, Workers: 1, Progress: func(p stages.Progress) {
		if page == nil && p.Done >= 0.4 {
			page = s.hub.join(nil)
		}
	}}, bank); err != nil {
		t.Fatal(err)
	}
	next := int64(-1)
	for {
		item, ok, _ := page.q.TryPop()
		if !ok {
			break
		}
		if item.Value.text {
			continue
		}
		g := parse(t, item.Value.data)
		if next < 0 && g.first != 49 || next >= 0 && g.first != next { // frame 4000 is in the middle of column 48
			t.Fatalf("columns from %d on, want %d", g.first, max(next, 49))
		}
		next = g.first + int64(len(g.columns))
		for _, c := range g.columns {
			if !bytes.Equal(c, []byte{208, 208}) {
				t.Errorf("a column % d that is not complete", c)
			}
		}
	}
	if next != 100 {
		t.Errorf("columns up to %d, want 100", next)
	}
	if s.pictures[0].CF[1] != 200 {
		t.Errorf("%+v", s.pictures[0])
	}
}

func TestNotANumberIsSilence(t *testing.T) {
	for x, want := range map[float64]byte{0: 0, -1: 0, math.Inf(1): 255, 20e-6: 20, 1e-9: 0, 1e9: 255} {
		if have := levelByte(x); have != want {
			t.Errorf("%g is %d, want %d", x, have, want)
		}
	}
	if levelByte(math.NaN()) != 0 {
		t.Error("NaN is loud")
	}
}
