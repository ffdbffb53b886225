package stages_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

// sleeper passes frames on after some time.
type sleeper struct {
	x    stages.Stage
	time time.Duration
}

func (s sleeper) Fill(ctx context.Context, at int64, dst stages.Frames) (int, error) {
	f, err := s.x.Fetch(ctx, at, at+int64(dst.N))
	time.Sleep(s.time)
	dst.CopyFrom(f, f.N)
	return f.N, err
}

func newSleeper(t *testing.T, src stages.Stage, d time.Duration) *stages.Stream {
	t.Helper()
	s, err := stages.New("test.sleeper", src.Format(), sleeper{src, d}, stages.From(src)...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// slowSink takes its time.
type slowSink struct {
	*stagetest.FrameRecorder
	time time.Duration
}

func (s slowSink) WriteFrames(ctx context.Context, at int64, f stages.Frames) error {
	time.Sleep(s.time)
	return s.FrameRecorder.WriteFrames(ctx, at, f)
}

func TestMeterTellsANodeFromItsInputs(t *testing.T) {
	const slow, fast = 6 * time.Millisecond, 2 * time.Millisecond
	a := newSleeper(t, stagetest.NewSource(stagetest.Signal{Channels: 4, Frames: 50}), slow)
	b := newSleeper(t, a, fast)
	nodes, err := stages.Slice([]stages.Stage{b}, stages.Range{Lo: 0, Hi: 4}, 2, func(in []stages.Stage, lo, hi int) ([]stages.Node, error) {
		v, err := stages.NewView(in[0], stages.Range{Lo: lo, Hi: hi})
		if err != nil {
			return nil, err
		}
		return []stages.Node{newSleeper(t, v, fast)}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	m := &stages.Meter{}
	if m.Watch("a", a) != 0 || m.Watch("b", b) != 1 || m.Watch("a", a) != 0 || len(m.Names()) != 2 {
		t.Fatalf("names %v", m.Names())
	}
	var nodesTime, sinks [2]time.Duration
	blocks := 0
	m.Block = func(c stages.BlockCost) {
		blocks++
		if c.Frames != int64(10*blocks) || c.Rate != 8192 || blocks < 6 && c.Elapsed < 10*time.Millisecond {
			t.Errorf("block %d: %+v", blocks, c)
		}
		for i := range nodesTime {
			nodesTime[i] += c.Nodes[i]
			sinks[i] += c.Sinks[i]
		}
	}
	run(t, stages.RunOptions{Block: 10, Workers: 1, Meter: m}, stagetest.NewFrameRecorder(nodes[0].(stages.Stage)),
		slowSink{stagetest.NewFrameRecorder(b), slow})
	if blocks != 6 { // the last one finds the end
		t.Errorf("%d blocks", blocks)
	}
	if nodesTime[0] < 5*slow || nodesTime[1] < 5*fast || nodesTime[1] > nodesTime[0] {
		t.Errorf("a took %v, b %v, want at least %v and %v, and b less than a", nodesTime[0], nodesTime[1], 5*slow, 5*fast)
	}
	if sinks[1] < 5*slow || sinks[0] > 5*slow {
		t.Errorf("the sinks took %v", sinks)
	}
}

func TestMeterAddsUpSlices(t *testing.T) {
	const fast = 2 * time.Millisecond
	src := stagetest.NewSource(stagetest.Signal{Channels: 4, Frames: 40})
	m := &stages.Meter{}
	nodes, err := stages.Slice([]stages.Stage{src}, stages.Range{Lo: 0, Hi: 4}, 2, func(in []stages.Stage, lo, hi int) ([]stages.Node, error) {
		v, err := stages.NewView(in[0], stages.Range{Lo: lo, Hi: hi})
		if err != nil {
			return nil, err
		}
		s := newSleeper(t, v, fast)
		m.Watch("s", s)
		return []stages.Node{s}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	total := time.Duration(0)
	m.Block = func(c stages.BlockCost) { total += c.Nodes[0] }
	run(t, stages.RunOptions{Block: 40, Workers: 2, Meter: m}, stagetest.NewFrameRecorder(nodes[0].(stages.Stage)))
	if total < 4*fast { // two slices, each in steps of 32 and 8 frames
		t.Errorf("two slices took %v together, want at least %v", total, 4*fast)
	}
}

func TestMeterCountsSpikes(t *testing.T) {
	cells := stagetest.NewSpikeRecorder(stagetest.NewSpikeSource(stagetest.SpikeSignal{Cells: 3, Frames: 100}))
	var last []int64
	m := &stages.Meter{Block: func(c stages.BlockCost) { last = slices.Clone(c.Spikes) }}
	run(t, stages.RunOptions{Block: 7, Workers: 1, Meter: m}, recorder(100), cells)
	if len(cells.List) == 0 || !slices.Equal(last, []int64{0, int64(len(cells.List))}) {
		t.Errorf("counted %v, there were %d", last, len(cells.List))
	}
}

func TestMeasuringAllocatesNothingPerBlock(t *testing.T) {
	allocations := func(m *stages.Meter) float64 {
		return testing.AllocsPerRun(3, func() {
			src := stagetest.NewSource(stagetest.Signal{Channels: 4, Frames: 20000})
			s, err := stages.NewScale(src, 2, 0)
			if err != nil {
				t.Fatal(err)
			}
			fold := stagetest.NewFrameRecorder(s)
			fold.Data = make([]float64, 0, 80000)
			if m != nil {
				*m = stages.Meter{Block: func(stages.BlockCost) {}}
				m.Watch("s", s)
			}
			if _, err := stages.Run(context.Background(), stages.RunOptions{Block: 10, Workers: 1, Meter: m}, fold); err != nil {
				t.Fatal(err)
			}
		})
	}
	if without, with := allocations(nil), allocations(&stages.Meter{}); with > without+30 {
		t.Errorf("%g allocations with a meter, %g without, in 2,000 blocks", with, without)
	}
}
