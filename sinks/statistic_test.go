package sinks

import (
	"math"
	"path/filepath"
	"slices"
	"testing"

	"hearpipe/stages"
)

// two is a stream of two channels whose statistics can be found by hand: 3, 4 and -1, 1.
func two() stages.Frames {
	return stages.Frames{Data: []float64{3, -1, 4, 1}, N: 2, Channels: 2, Stride: 2}
}

func TestStatisticsAreWhatTheirFormulasSay(t *testing.T) {
	s, err := NewStatisticFile(channels(2, 0), StatisticFileParams{Of: Statistics(), Frequencies: []float64{0, 0}})
	if err != nil {
		t.Fatal(err)
	}
	feedFrames(t, s, two(), 1)
	finish(t, s, 2)
	for kind, want := range map[Statistic][]float64{
		RMS: {math.Sqrt(12.5), 1}, Mean: {3.5, 0}, Max: {4, 1}, Min: {3, -1}, SumSquares: {25, 2}, Phase: {0, 0},
	} {
		if got, err := s.Values(kind); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v; want %v", kind, got, err, want)
		}
	}
	if len(s.Files()) != 0 {
		t.Errorf("files without a path: %v", s.Files())
	}
}

func TestStatisticsThatWereNotAskedForAreErrors(t *testing.T) {
	s, err := NewStatisticFile(channels(2, 0), StatisticFileParams{})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.Values(Mean); err == nil {
		t.Errorf("got %v", got)
	}
}

func TestBlockSizeDoesNotChangeStatistics(t *testing.T) {
	f := ramp(1000, 3)
	var first [][]float64
	for _, block := range []int{1000, 1, 7, 479} {
		s, err := NewStatisticFile(channels(3, 0), StatisticFileParams{Of: Statistics(), Frequencies: []float64{10, 20, -30}})
		if err != nil {
			t.Fatal(err)
		}
		feedFrames(t, s, f, block)
		var all [][]float64
		for _, kind := range Statistics() {
			values, err := s.Values(kind)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, values)
		}
		if first == nil {
			first = all
		}
		for k := range all {
			if !slices.Equal(all[k], first[k]) {
				t.Errorf("block %d: %s %v, want %v", block, Statistics()[k], all[k], first[k])
			}
		}
	}
}

func TestNothingHasNoMeanAndNaNIsNotHidden(t *testing.T) {
	s, err := NewStatisticFile(channels(1, 0), StatisticFileParams{Of: Statistics(), Frequencies: []float64{1}})
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range Statistics() {
		got, err := s.Values(kind)
		if err != nil {
			t.Fatal(err)
		}
		if kind == SumSquares && got[0] != 0 || kind != SumSquares && !math.IsNaN(got[0]) {
			t.Errorf("%s of nothing is %v", kind, got[0])
		}
	}
	feedFrames(t, s, stages.Frames{Data: []float64{1, math.NaN(), 2}, N: 3, Channels: 1, Stride: 1}, 1)
	for _, kind := range Statistics() {
		if got, err := s.Values(kind); err != nil || !math.IsNaN(got[0]) {
			t.Errorf("%s with a NaN is %v, %v", kind, got, err)
		}
	}
}

func TestStatisticTablesHaveAbsoluteChannels(t *testing.T) {
	folder := t.TempDir()
	for _, c := range []struct {
		p    StatisticFileParams
		want string
	}{
		{StatisticFileParams{}, "channel,rms\n100,3.5355339059327378\n101,1\n"},
		{StatisticFileParams{CF: []float64{20, 1e4 / 3}}, "channel,cf,rms\n100,20,3.5355339059327378\n101,3333.3333333333335,1\n"},
		{StatisticFileParams{Of: []Statistic{Max, Mean}}, "channel,max,mean\n100,4,3.5\n101,1,0\n"},
	} {
		c.p.Path = filepath.Join(folder, "r.csv")
		s, err := NewStatisticFile(channels(2, 100), c.p)
		if err != nil {
			t.Fatal(err)
		}
		feedFrames(t, s, two(), 2)
		finish(t, s, 2)
		if got := read(t, c.p.Path); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
		if m, ok, err := ReadMeta(c.p.Path); err != nil || !ok || m.Holds != "statistic" || m.Frames != 2 || m.First != 100 {
			t.Errorf("metadata %+v, %v, %v", m, ok, err)
		}
	}
}

func TestStatisticArraysAreVectorsOrMatrices(t *testing.T) {
	for _, c := range []struct {
		of    []Statistic
		shape []int64
		want  []float64
	}{
		{nil, []int64{2}, []float64{math.Sqrt(12.5), 1}},
		{[]Statistic{Max, Min}, []int64{2, 2}, []float64{4, 3, 1, -1}},
	} {
		path := filepath.Join(t.TempDir(), "r.npy")
		s, err := NewStatisticFile(channels(2, 0), StatisticFileParams{Path: path, Of: c.of})
		if err != nil {
			t.Fatal(err)
		}
		feedFrames(t, s, two(), 2)
		finish(t, s, 2)
		shape, data, err := ReadArray(path)
		if err != nil || !slices.Equal(shape, c.shape) || !slices.Equal(data, c.want) {
			t.Errorf("%v: shape %v, %v, %v; want %v, %v", c.of, shape, data, err, c.shape, c.want)
		}
	}
}

func BenchmarkStatisticFile(b *testing.B) {
	f := ramp(32, 3000)
	s, err := NewStatisticFile(channels(3000, 0), StatisticFileParams{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	at := int64(0)
	for b.Loop() {
		if err := s.WriteFrames(b.Context(), at, f); err != nil {
			b.Fatal(err)
		}
		at += 32
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/32/3000, "ns/(frame·channel)")
}

func TestPhasesAreThoseOfTheirFrequencies(t *testing.T) {
	rate := channels(3, 0).Format().Rate
	f := stages.MakeFrames(100, 3)
	for i := range 100 {
		x := 2 * math.Pi * 0.05 * float64(i) // five cycles of 20 frames
		copy(f.Row(i), []float64{math.Cos(x), math.Sin(x), -math.Cos(x + math.Pi/4)})
	}
	s, err := NewStatisticFile(channels(3, 0), StatisticFileParams{Of: []Statistic{Phase}, Frequencies: []float64{0.05 * rate, 0.05 * rate, 0.05 * rate}})
	if err != nil {
		t.Fatal(err)
	}
	feedFrames(t, s, f, 7)
	got, err := s.Values(Phase)
	if err != nil {
		t.Fatal(err)
	}
	for c, want := range []float64{0, 0.5, 0.75} {
		if math.Abs(got[c]-want) > 1e-12 {
			t.Errorf("channel %d: phase %g of pi, want %g", c, got[c], want)
		}
	}
	for _, bad := range [][]float64{nil, {1}, {1, 2, math.NaN()}} {
		if _, err := NewStatisticFile(channels(3, 0), StatisticFileParams{Of: []Statistic{Phase}, Frequencies: bad}); err == nil {
			t.Errorf("frequencies %v were accepted", bad)
		}
	}
}
