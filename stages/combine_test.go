package stages_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

// lettered is a signal whose sample is 10·channel + frame + base.
func lettered(channels int, frames int64, base float64) *stagetest.Source {
	s := stagetest.NewSource(stagetest.Signal{Channels: channels, Frames: frames, Value: func(at int64, c int) float64 {
		return 10*float64(c) + float64(at) + base
	}})
	s.SetReaders(2)
	return s
}

func collect(t *testing.T, s stages.Stage, err error) []float64 {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	f, err := stages.Collect(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	if f.N*f.Channels != len(f.Data) || f.Channels != s.Format().Channels {
		t.Fatalf("collected %d values, %d frames of %d channels", len(f.Data), f.N, f.Channels)
	}
	return f.Data
}

func want(t *testing.T, got []float64, want ...float64) {
	t.Helper()
	if !slices.EqualFunc(got, want, func(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestArithmeticIsWhatItSays(t *testing.T) {
	a, b := lettered(2, 2, 0), lettered(2, 3, 1) // 0 10 / 1 11 and 1 11 / 2 12 / 3 13
	mono := lettered(1, 2, 5)                    // 5 / 6
	s, err := stages.NewSum([]stages.Stage{a, b}, nil)
	want(t, collect(t, s, err), 1, 21, 3, 23, 3, 13)
	s, err = stages.NewSum([]stages.Stage{a, mono}, []float64{2, -1})
	want(t, collect(t, s, err), -5, 15, -4, 16)
	s, err = stages.NewDifference(b, a)
	want(t, collect(t, s, err), 1, 1, 1, 1, 3, 13)
	s, err = stages.NewProduct(mono, b)
	want(t, collect(t, s, err), 5, 55, 12, 72, 0, 0)
	s, err = stages.NewQuotient(b, a)
	want(t, collect(t, s, err), math.Inf(1), 1.1, 2, 12.0/11, math.Inf(1), math.Inf(1))
	s, err = stages.NewScale(a, -2, 1)
	want(t, collect(t, s, err), 1, -19, -1, -21)
}

func TestRoutingIsWhatItSays(t *testing.T) {
	a, b := lettered(3, 1, 0), lettered(3, 2, 100) // 0 10 20 and 100 110 120 / 101 111 121
	s, err := stages.NewRepeat(a, 2)
	want(t, collect(t, s, err), 0, 0, 10, 10, 20, 20)
	s, err = stages.NewTile(a, 2)
	want(t, collect(t, s, err), 0, 10, 20, 0, 10, 20)
	s, err = stages.NewJoin(a, b)
	want(t, collect(t, s, err), 0, 10, 20, 100, 110, 120, 0, 0, 0, 101, 111, 121)
	s, err = stages.NewInterleave(a, b)
	want(t, collect(t, s, err), 0, 100, 10, 110, 20, 120, 0, 101, 0, 111, 0, 121)
	s, err = stages.NewIndex([]stages.Stage{b, a}, []int{5, 0, 2, 0}, 7)
	want(t, collect(t, s, err), 20, 100, 120, 100, 0, 101, 121, 101)
	if f := s.Format(); f.First != 7 || f.Channels != 4 || f.Frames != 2 {
		t.Errorf("%+v", f)
	}
	s, err = stages.NewView(b, stages.Range{Lo: 1, Hi: 3})
	want(t, collect(t, s, err), 110, 120, 111, 121)
	if f := s.Format(); f.First != 1 {
		t.Errorf("%+v", f)
	}
	s, err = stages.NewView(s, stages.Range{Lo: 2, Hi: 3}) // absolute channels of a view
	want(t, collect(t, s, err), 120, 121)
}

func TestRestructureIndexFollowsTheOrderOfItsSteps(t *testing.T) {
	for _, c := range []struct {
		counts     []int
		repeat     int
		interleave bool
		tile       int
		want       []int
	}{
		{[]int{2, 1}, 1, false, 1, []int{0, 1, 2}},
		{[]int{2, 1}, 2, false, 2, []int{0, 0, 1, 1, 2, 2, 0, 0, 1, 1, 2, 2}},
		{[]int{2, 2}, 1, true, 2, []int{0, 2, 1, 3, 0, 2, 1, 3}},
		{[]int{2, 2}, 2, true, 1, []int{0, 2, 0, 2, 1, 3, 1, 3}},
	} {
		got, err := stages.RestructureIndex(c.counts, c.repeat, c.interleave, c.tile)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%+v: got %v, %v", c, got, err)
		}
	}
	for _, c := range []struct {
		counts       []int
		repeat, tile int
		interleave   bool
	}{{nil, 1, 1, false}, {[]int{1}, 0, 1, false}, {[]int{1}, 1, 0, false}, {[]int{0}, 1, 1, false}, {[]int{2, 3}, 1, 1, true}} {
		if got, err := stages.RestructureIndex(c.counts, c.repeat, c.interleave, c.tile); err == nil {
			t.Errorf("%+v gave %v", c, got)
		}
	}
}

func TestLengthsAreWhatTheySay(t *testing.T) {
	a := lettered(1, 3, 1)
	s, err := stages.NewExtend(a, 5)
	want(t, collect(t, s, err), 1, 2, 3, 0, 0)
	s, err = stages.NewFit(a, 2)
	want(t, collect(t, s, err), 1, 2)
	s, err = stages.NewFit(a, 4)
	want(t, collect(t, s, err), 1, 2, 3, 0)
	s, err = stages.NewExtend(a, stages.Unbounded)
	if err != nil {
		t.Fatal(err)
	}
	if f := fetch(t, s, 1_000_000, 1_000_001); f.At(0, 0) != 0 {
		t.Errorf("frame 1,000,000 is %v", f.At(0, 0))
	}
	s, err = stages.NewEvery(lettered(1, 10, 0), 4)
	want(t, collect(t, s, err), 0, 4, 8)
	if f := s.Format(); f.Rate != 2048 || f.Frames != 3 {
		t.Errorf("%+v", f)
	}
	if d := s.Format().Duration(); d != 3.0/2048 {
		t.Errorf("duration %v s", d)
	}
}

func TestMismatchedInputsAreRefused(t *testing.T) {
	two, three := lettered(2, 5, 0), lettered(3, 5, 0)
	slow := stagetest.NewSource(stagetest.Signal{Rate: 16000, Channels: 2, Frames: 5})
	high := stagetest.NewSource(stagetest.Signal{First: 4, Channels: 2, Frames: 5})
	all := []stages.Stage{two, two}
	for name, c := range map[string]struct {
		build func() (*stages.Stream, error)
		want  string
	}{
		"channels":         {func() (*stages.Stream, error) { return stages.NewSum([]stages.Stage{two, three}, nil) }, "has 3 channels: want 1 or"},
		"other channels":   {func() (*stages.Stream, error) { return stages.NewDifference(two, high) }, "channels 0:2"},
		"rates":            {func() (*stages.Stream, error) { return stages.NewProduct(two, slow) }, "8192 Hz, stagetest.source 16000 Hz"},
		"rates of a join":  {func() (*stages.Stream, error) { return stages.NewJoin(two, slow) }, "different sample rates"},
		"weights":          {func() (*stages.Stream, error) { return stages.NewSum(all, []float64{1}) }, "1 weights for 2 inputs"},
		"infinite weight":  {func() (*stages.Stream, error) { return stages.NewSum(all, []float64{1, math.Inf(1)}) }, "weight 1 is +Inf"},
		"factor":           {func() (*stages.Stream, error) { return stages.NewScale(two, math.NaN(), 0) }, "factor NaN"},
		"nothing":          {func() (*stages.Stream, error) { return stages.NewSum(nil, nil) }, "at least one input"},
		"missing":          {func() (*stages.Stream, error) { return stages.NewProduct(two, nil) }, "input 1 is missing"},
		"missing in join":  {func() (*stages.Stream, error) { return stages.NewJoin(nil, two) }, "input 0 is missing"},
		"index":            {func() (*stages.Stream, error) { return stages.NewIndex(all, []int{0, 4}, 0) }, "output channel 1 takes channel 4: the inputs have channels 0:4"},
		"empty index":      {func() (*stages.Stream, error) { return stages.NewIndex(all, nil, 0) }, "0 output channels"},
		"negative index":   {func() (*stages.Stream, error) { return stages.NewIndex(all, []int{-1}, 0) }, "takes channel -1"},
		"repeat":           {func() (*stages.Stream, error) { return stages.NewRepeat(two, 0) }, "repeat 0"},
		"tile":             {func() (*stages.Stream, error) { return stages.NewTile(two, -1) }, "tile -1"},
		"interleave":       {func() (*stages.Stream, error) { return stages.NewInterleave(two, three) }, "equal numbers to interleave"},
		"view":             {func() (*stages.Stream, error) { return stages.NewView(high, stages.Range{Lo: 0, Hi: 5}) }, "channels 0:5: stagetest.source has 4:6"},
		"shorter":          {func() (*stages.Stream, error) { return stages.NewExtend(two, 3) }, "has already 5"},
		"negative length":  {func() (*stages.Stream, error) { return stages.NewFit(two, -3) }, "-3 frames"},
		"every zero":       {func() (*stages.Stream, error) { return stages.NewEvery(two, 0) }, "every 0 frames"},
		"nothing to do":    {func() (*stages.Stream, error) { return stages.NewFunction(all, stages.FunctionParams{}) }, "an expression or a function"},
		"expression":       {func() (*stages.Stream, error) { return stages.NewFunction(all, stages.FunctionParams{Expr: "x0 + y"}) }, "y"},
		"inputs and names": {func() (*stages.Stream, error) { return stages.NewFunction(all, stages.FunctionParams{Expr: "x0 + x7"}) }, "x7"},
	} {
		s, err := c.build()
		if err == nil || s != nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want it to name %q", name, err, c.want)
		}
	}
	var rate *stages.RateError
	if _, err := stages.NewProduct(two, slow); !errors.As(err, &rate) || rate.RateA != 8192 || rate.RateB != 16000 {
		t.Errorf("got %#v", err)
	}
	var ch *stages.ChannelError
	if _, err := stages.NewSum([]stages.Stage{two, three}, nil); !errors.As(err, &ch) || ch.Have != 3 {
		t.Errorf("got %#v", err)
	}
}

func TestFoldAddsWithoutKeepingTheOutput(t *testing.T) {
	ctx := context.Background()
	square := func(block stages.Frames, sum float64) float64 {
		for i := range block.N {
			for _, x := range block.Row(i) {
				sum += x * x
			}
		}
		return sum
	}
	sig := stagetest.Signal{Channels: 3, Frames: 1000}
	whole, err := stages.Fold(ctx, stagetest.NewSource(sig), 1000, 0, square)
	if err != nil {
		t.Fatal(err)
	}
	if whole < 900 || whole > 1100 { // 3,000 values of mean square 1/3
		t.Errorf("sum of squares %v", whole)
	}
	for _, block := range []int{1, 7, 999, 5000} {
		if got, err := stages.Fold(ctx, stagetest.NewSource(sig), block, 0, square); got != whole || err != nil {
			t.Errorf("block %d: %v, %v, want %v", block, got, err, whole)
		}
	}
	if _, err := stages.Fold(ctx, stagetest.NewSource(sig), 0, 0, square); err == nil {
		t.Error("blocks of 0 frames were accepted")
	}
	sig.Fail, sig.FailAt = errors.New("broken"), 10
	count := func(block stages.Frames, n int) int { return n + block.N }
	if n, err := stages.Fold(ctx, stagetest.NewSource(sig), 7, 0, count); n != 10 || !errors.Is(err, sig.Fail) {
		t.Errorf("%d frames, %v", n, err)
	}
	spikes := stagetest.SpikeSignal{Frames: 100, Fail: errors.New("broken"), FailAt: 50, Probability: 1}
	if list, err := stages.CollectSpikes(ctx, stagetest.NewSpikeSource(spikes)); len(list) != 50 || !errors.Is(err, spikes.Fail) {
		t.Errorf("%d spikes, %v", len(list), err)
	}
}
