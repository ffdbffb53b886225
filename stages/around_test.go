package stages_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

// around is y[k] = x[k] + x[k-history]/2 + x[k+ahead]/4: a stage with both history and look-ahead.
type around struct {
	in             *stages.Padded
	history, ahead int64
}

func newAround(src stages.Stage, history, ahead int) (*stages.Stream, error) {
	a := &around{in: stages.Pad(src), history: int64(history), ahead: int64(ahead)}
	return stages.New("test.around", src.Format(), a, stages.Input{From: src, History: history, Ahead: ahead})
}

func (a *around) Fill(ctx context.Context, at int64, dst stages.Frames) (int, error) {
	f, err := a.in.Fetch(ctx, at-a.history, at+int64(dst.N)+a.ahead)
	n := min(int64(dst.N), max(0, int64(f.N)-a.history-a.ahead))
	if end := a.in.Ended(); end-at < n && err == nil {
		n, err = max(0, end-at), io.EOF
	}
	for i := range int(n) {
		for c := range dst.Row(i) {
			x, past, coming := f.At(i+int(a.history), c), f.At(i, c), f.At(i+int(a.history+a.ahead), c)
			dst.Row(i)[c] = x + past/2 + coming/4
		}
	}
	return int(n), err
}

// diamond reads one stream directly and through a stage that runs ahead of it.
func diamond(in stages.Stage) ([]stages.Node, error) {
	x, err := stages.NewScale(in, 3, 0)
	if err != nil {
		return nil, err
	}
	a, err := newAround(x, 5, 40)
	if err != nil {
		return nil, err
	}
	s, err := stages.NewSum([]stages.Stage{x, a}, nil)
	return []stages.Node{s, a, x}, err
}

func TestStagesThatLookAroundConform(t *testing.T) {
	inputs := []stagetest.Signal{{Channels: 3}}
	for name, r := range map[string]stagetest.Recipe{
		"alone": {Build: sliced(func(in []stages.Stage) (*stages.Stream, error) { return newAround(in[0], 3, 2) }), Ahead: 2},
		"on a window": {Build: func(in []stages.Stage, _ stages.Range) ([]stages.Node, error) {
			x, err := stages.NewScale(in[0], 3, 0)
			if err != nil {
				return nil, err
			}
			return list(newAround(x, 70, 0))
		}},
		"diamond": {Build: func(in []stages.Stage, _ stages.Range) ([]stages.Node, error) {
			nodes, err := diamond(in[0])
			return nodes[:1], err
		}, Ahead: 40},
		"all ports of the diamond": {Build: func(in []stages.Stage, _ stages.Range) ([]stages.Node, error) {
			return diamond(in[0])
		}, Ahead: 40},
		"sliced diamond": {Build: func(in []stages.Stage, r stages.Range) ([]stages.Node, error) {
			all, err := r.Of(3)
			if err != nil {
				return nil, err
			}
			return stages.Slice(in, all, 2, func(in []stages.Stage, lo, hi int) ([]stages.Node, error) {
				v, err := newAround(in[0], 4, 9)
				if err != nil {
					return nil, err
				}
				w, err := stages.NewView(v, stages.Range{Lo: lo, Hi: hi})
				if err != nil {
					return nil, err
				}
				return diamond(w)
			})
		}, Sliced: true, Ahead: 49},
	} {
		t.Run(name, func(t *testing.T) {
			r.Inputs, r.Period, r.Frames = inputs, 1, 400
			r.Sliced = r.Sliced || name == "alone"
			stagetest.Run(t, r)
		})
	}
}

// hold is three output frames per input frame, each the value of the input frame it lies in.
type hold struct{ in stages.Stage }

func newHold(src stages.Stage) (*stages.Stream, error) {
	f := src.Format()
	f.Rate *= 3
	if f.Frames != stages.Unbounded {
		f.Frames *= 3
	}
	return stages.New("test.hold", f, &hold{src}, stages.From(src)...)
}

func (h *hold) Fill(ctx context.Context, at int64, dst stages.Frames) (int, error) {
	lo := at / 3
	f, err := h.in.Fetch(ctx, lo, (at+int64(dst.N)+2)/3)
	n := int(min(int64(dst.N), max(0, 3*(lo+int64(f.N))-at)))
	for i := range n {
		copy(dst.Row(i), f.Row(int((at+int64(i))/3-lo)))
	}
	return n, err
}

func TestFasterAndSlowerPortsConform(t *testing.T) {
	stagetest.Run(t, stagetest.Recipe{
		Inputs: []stagetest.Signal{{Channels: 9}},
		Build: func(in []stages.Stage, _ stages.Range) ([]stages.Node, error) {
			x, err := stages.NewScale(in[0], 3, 0)
			if err != nil {
				return nil, err
			}
			fast, err := newHold(x)
			if err != nil {
				return nil, err
			}
			slow, err := stages.NewEvery(x, 50)
			return []stages.Node{x, fast, slow}, err
		},
		Period: 3, Frames: 400,
	})
}

// rate counts the spikes of each cell in the frames k-10 … k+6.
type rate struct{ in stages.SpikeStage }

func (r *rate) Fill(ctx context.Context, at int64, dst stages.Frames) (int, error) {
	first := r.in.Format().First
	lo := max(0, at-10)
	s, err := r.in.FetchSpikes(ctx, lo, at+int64(dst.N)+6)
	n := min(int64(dst.N), max(0, s.End-at-6))
	if err == io.EOF { // nobody fires after the end
		n = min(int64(dst.N), max(0, s.End-at))
		if n == int64(dst.N) {
			err = nil
		}
	} else if n == int64(dst.N) {
		err = nil
	}
	for i := range int(n) {
		row := dst.Row(i)
		clear(row)
		k := at + int64(i)
		for _, x := range s.List {
			if x.At >= k-10 && x.At <= k+6 {
				row[int(x.Cell)-first]++
			}
		}
	}
	return int(n), err
}

func TestReadersOfSpikesConform(t *testing.T) {
	for _, which := range [][]int{{0, 1}, {1}} {
		stagetest.Run(t, stagetest.Recipe{
			Inputs: []stagetest.Signal{{Channels: 4}},
			Build: func(in []stages.Stage, r stages.Range) ([]stages.Node, error) {
				in, err := viewed(in, r)
				if err != nil {
					return nil, err
				}
				spikes, err := newFiring(in[0])
				if err != nil {
					return nil, err
				}
				counts, err := stages.New("test.rate", in[0].Format(), &rate{spikes}, stages.Input{From: spikes, History: 10, Ahead: 6})
				nodes := []stages.Node{spikes, counts}
				out := make([]stages.Node, len(which))
				for i, k := range which {
					out[i] = nodes[k]
				}
				return out, err
			},
			Sliced: true, Ahead: 6, HidesNaN: true, Period: 1, Frames: 400,
		})
	}
}

func TestSpikeHistoryBeyondWhatWasDeclaredIsAnError(t *testing.T) {
	src := stagetest.NewSource(stagetest.Signal{Frames: 5000})
	spikes, err := newFiring(src)
	if err != nil {
		t.Fatal(err)
	}
	prepare(t, 10, spikes)
	for at := int64(0); at < 4000; at += 10 {
		if _, err := spikes.FetchSpikes(context.Background(), at, at+10); err != nil {
			t.Fatal(err)
		}
	}
	if s, err := spikes.FetchSpikes(context.Background(), 100, 200); err == nil || !strings.Contains(err.Error(), "older than its window") || s.End != 100 {
		t.Errorf("%+v and %v", s, err)
	}
}

func TestPoisonedGraphsSpoilStaleViews(t *testing.T) {
	src := stagetest.NewSource(stagetest.Signal{Frames: 100, Value: func(int64, int) float64 { return 1 }})
	src.SetReaders(2)
	spikes, err := newFiring(src)
	if err != nil {
		t.Fatal(err)
	}
	x, err := stages.NewScale(src, 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	g, err := stages.Prepare(stages.RunOptions{Block: 10, Workers: 1, Poison: true}, spikes, x)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	held, err := spikes.FetchSpikes(context.Background(), 0, 10)
	if err != nil || len(held.List) != 10 || held.List[9].At != 9 {
		t.Fatalf("%+v, %v", held, err)
	}
	frames := fetch(t, x, 0, 10)
	if frames.At(9, 0) != 1 {
		t.Fatalf("%+v", frames)
	}
	if _, err := spikes.FetchSpikes(context.Background(), 10, 20); err != nil {
		t.Fatal(err)
	}
	fetch(t, x, 10, 20)
	if held.List[9].At >= 0 || frames.At(9, 0) == 1 {
		t.Errorf("stale views still hold %v and %v", held.List[9], frames.At(9, 0))
	}
}

// firingUntil fails before a frame.
type firingUntil struct {
	firing
	at  int64
	err error
}

func (f *firingUntil) FillSpikes(ctx context.Context, at int64, n int, list *[]stages.Spike) (int, error) {
	if f.err == nil || at+int64(n) <= f.at {
		return f.firing.FillSpikes(ctx, at, n, list)
	}
	if _, err := f.firing.FillSpikes(ctx, at, int(f.at-at), list); err != nil {
		return 0, err
	}
	return int(f.at - at), f.err
}

func TestSpikesOfSlicesThatWentFurtherThanTheFailureAreNotSeen(t *testing.T) {
	broken := errors.New("broken")
	sig := stagetest.Signal{Channels: 6, Frames: 400, Value: func(int64, int) float64 { return 1 }} // all cells fire always
	nodes, err := stages.Slice([]stages.Stage{stagetest.NewSource(sig)}, stages.Range{Lo: 0, Hi: 6}, 2, func(in []stages.Stage, lo, hi int) ([]stages.Node, error) {
		v, err := stages.NewView(in[0], stages.Range{Lo: lo, Hi: hi})
		if err != nil {
			return nil, err
		}
		f := &firingUntil{firing: firing{v}, at: 150}
		if lo == 2 {
			f.err = broken
		}
		return stagetest.Nodes(stages.NewSpikes("test.firing", v.Format(), f, stages.From(v)...))
	})
	if err != nil {
		t.Fatal(err)
	}
	rec := stagetest.NewSpikeRecorder(nodes[0].(stages.SpikeStage))
	_, err = stages.Run(context.Background(), stages.RunOptions{Block: 400, Workers: 1}, rec)
	if !errors.Is(err, broken) || rec.End != 150 || len(rec.List) != 150*6 {
		t.Errorf("got %v after %d frames with %d spikes, want 150 frames with 900", err, rec.End, len(rec.List))
	}
	s, err := nodes[0].(stages.SpikeStage).FetchSpikes(context.Background(), 140, 160)
	if s.End != 150 || len(s.List) != 60 || !errors.Is(err, broken) {
		t.Errorf("fetched again: %d frames, %d spikes and %v", s.End-s.Start, len(s.List), err)
	}
}

func TestPaddedInputsAreZeroAround(t *testing.T) {
	ctx := context.Background()
	p := stages.Pad(lettered(2, 4, 1)) // 1 11 / 2 12 / 3 13 / 4 14
	get := func(start, end int64) []float64 {
		t.Helper()
		f, err := p.Fetch(ctx, start, end)
		if err != nil || f.N != int(end-start) {
			t.Fatalf("%d:%d: %d frames and %v", start, end, f.N, err)
		}
		var out []float64
		for i := range f.N {
			out = append(out, f.Row(i)...)
		}
		return out
	}
	want(t, get(2, 4), 3, 13, 4, 14)
	if p.Ended() != stages.Unbounded {
		t.Errorf("ended at %d before its end was seen", p.Ended())
	}
	want(t, get(1, 6), 2, 12, 3, 13, 4, 14, 0, 0, 0, 0)
	if p.Ended() != 4 {
		t.Errorf("ended at %d", p.Ended())
	}
	want(t, get(-2, 1), 0, 0, 0, 0, 1, 11)
	want(t, get(-3, -1), 0, 0, 0, 0)
	want(t, get(7, 9), 0, 0, 0, 0)
	want(t, get(-1, 5), 0, 0, 1, 11, 2, 12, 3, 13, 4, 14, 0, 0)
	broken := errors.New("broken")
	p = stages.Pad(stagetest.NewSource(stagetest.Signal{Frames: 10, Fail: broken, FailAt: 2, Value: func(int64, int) float64 { return 1 }}))
	f, err := p.Fetch(ctx, -2, 5)
	if f.N != 4 || err != broken {
		t.Fatalf("%d frames and %v", f.N, err)
	}
	want(t, f.Data[:4], 0, 0, 1, 1)
}

func TestOfSeveralFailuresTheEarliestEndsTheStage(t *testing.T) {
	a, b := errors.New("a"), errors.New("b")
	input := func(err error, at int64) *stagetest.Source {
		return stagetest.NewSource(stagetest.Signal{Frames: 100, Fail: err, FailAt: at})
	}
	for _, c := range []struct {
		first, second int64
		frames        int
		want          error
	}{{30, 20, 20, b}, {20, 30, 20, a}, {25, 25, 25, a}} {
		s, err := stages.NewDifference(input(a, c.first), input(b, c.second))
		if err != nil {
			t.Fatal(err)
		}
		if f, err := s.Fetch(context.Background(), 0, 90); f.N != c.frames || err != c.want {
			t.Errorf("inputs fail at %d and %d: %d frames and %v", c.first, c.second, f.N, err)
		}
	}
}
