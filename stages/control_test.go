package stages_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

// loopByHand computes the three ports of loop frame by frame, as its definition says: nothing is fetched and nothing is
// kept but the frames themselves.
func loopByHand(x stagetest.Signal, channels int, frames, interval int64) [3][]float64 {
	var out [3][]float64
	y1, y2 := make([]float64, channels), make([]float64, channels)
	gain, memory := 1.0, 0.0
	for k := range frames {
		if k > 0 && k%interval == 0 {
			sum := 0.0
			for _, v := range out[2][(k-interval)*int64(channels):] {
				sum += math.Abs(v)
			}
			for j := k - interval; j < k; j++ {
				for c := range channels {
					sum += math.Abs(x.At(j, c))
				}
			}
			memory = float64(0.5*memory) + sum
			gain = 1 / (1 + memory)
		}
		for c := range channels {
			y1[c] = float64(0.9*y1[c]) + float64(gain*x.At(k, c))
			h := float64(0.5*y1[c]) + 0.125
			y2[c] = float64(0.5*y2[c]) + float64(gain*h)
			out[0], out[1], out[2] = append(out[0], y1[c]), append(out[1], h), append(out[2], y2[c])
		}
	}
	return out
}

// TestControlGivesTheSameBitsInAnyOrderOfAsking fetches the ports of a feedback loop in random order and pace.
func TestControlGivesTheSameBitsInAnyOrderOfAsking(t *testing.T) {
	orders := 1200
	if testing.Short() {
		orders = 150
	}
	const channels, frames = 2, 90
	sig := stagetest.Signal{Channels: channels, Frames: frames, Seed: 9}
	intervals := []int64{1, 2, 5, 16, 200}
	want := map[int64][3][]float64{}
	for _, iv := range intervals {
		want[iv] = loopByHand(sig, channels, frames, iv)
	}
	for order := range orders {
		rng := rand.New(rand.NewPCG(uint64(order), 77))
		iv := intervals[rng.IntN(len(intervals))]
		block := 1 + rng.IntN(40)
		w := want[iv]
		if err := oneOrder(rng, sig, block, w[:], func(in []stages.Stage) ([]stages.Node, error) { return loop(in, iv) }); err != nil {
			t.Fatalf("order %d, interval %d, block %d: %v", order, iv, block, err)
		}
	}
}

// oneOrder builds a graph, reads a random set of its ports in random order and pace, and compares.
func oneOrder(rng *rand.Rand, sig stagetest.Signal, block int, want [][]float64, build func([]stages.Stage) ([]stages.Node, error)) error {
	src := stagetest.NewSource(sig)
	src.SetReaders(3)
	ports, err := build([]stages.Stage{src})
	if err != nil {
		return err
	}
	var roots []stages.Node
	var which []int
	for range 1 + rng.IntN(5) { // a random set of consumers, the same port several times or not at all
		p := rng.IntN(len(ports))
		roots, which = append(roots, ports[p]), append(which, p)
	}
	g, err := stages.Prepare(stages.RunOptions{Block: block, Workers: 1, Poison: rng.IntN(2) == 0}, roots...)
	if err != nil {
		return err
	}
	defer g.Close()
	ctx := context.Background()
	at := make([]int64, len(roots))
	for n := int64(0); n < sig.Frames; {
		n = min(n+int64(g.Block()), sig.Frames)
		for {
			i := rng.IntN(len(roots))
			if at[i] == n {
				if slices.Min(at) == n {
					break
				}
				continue
			}
			end := at[i] + 1 + rng.Int64N(n-at[i])
			f, err := roots[i].(stages.Stage).Fetch(ctx, at[i], end)
			if err != nil {
				return fmt.Errorf("port %d, frames %d:%d: %w", which[i], at[i], end, err)
			}
			for r := range f.N {
				for c, v := range f.Row(r) {
					k := at[i] + int64(r)
					if w := want[which[i]][int(k)*f.Channels+c]; v != w {
						return fmt.Errorf("port %d, frame %d, channel %d: got %v, want %v", which[i], k, c, v, w)
					}
				}
			}
			at[i] = end
		}
	}
	return src.Damage()
}

// gate is a stage of zeros whose Fill may be watched; a target for controls.
type gate struct{ filled int64 }

func (g *gate) Fill(_ context.Context, at int64, dst stages.Frames) (int, error) {
	for i := range dst.N {
		clear(dst.Row(i))
	}
	g.filled = at + int64(dst.N)
	return dst.N, nil
}

func newGate(t *testing.T, inputs ...stages.Input) (*stages.Stream, *gate) {
	t.Helper()
	g := &gate{}
	s, err := stages.New("test.gate", stages.Format{Rate: 8192, Channels: 1, Frames: 200}, g, inputs...)
	if err != nil {
		t.Fatal(err)
	}
	return s, g
}

func fetch(t *testing.T, s stages.Stage, start, end int64) stages.Frames {
	t.Helper()
	f, err := s.Fetch(context.Background(), start, end)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func control(t *testing.T, in stages.Stage, u stages.UpdaterFunc, interval int64, targets ...stages.Node) {
	t.Helper()
	if _, err := stages.Control([]stages.Stage{in}, targets, u, interval); err != nil {
		t.Fatal(err)
	}
}

// prepare prepares a graph without workers.
func prepare(t *testing.T, block int, roots ...stages.Node) *stages.Graph {
	t.Helper()
	g, err := stages.Prepare(stages.RunOptions{Block: block, Workers: 1}, roots...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Close)
	return g
}

func TestUpdatesGetExactlyTheirInterval(t *testing.T) {
	sig := stagetest.Signal{Frames: 200, Seed: 3}
	target, g := newGate(t)
	var seen []int64
	control(t, stagetest.NewSource(sig), func(at int64, in []stages.Frames) error {
		if in[0].N != 7 || at%7 != 0 || g.filled != at {
			t.Errorf("update at frame %d: %d frames, target at %d", at, in[0].N, g.filled)
		}
		for i := range in[0].N {
			if v := in[0].At(i, 0); v != sig.At(at-7+int64(i), 0) {
				t.Errorf("update at frame %d: row %d is %v", at, i, v)
			}
		}
		seen = append(seen, at)
		return nil
	}, 7, target)
	fetch(t, target, 0, 7)
	if len(seen) != 0 {
		t.Errorf("updates at %v before frame 7 was asked for", seen)
	}
	fetch(t, target, 7, 30)
	if !slices.Equal(seen, []int64{7, 14, 21, 28}) {
		t.Errorf("updates at %v", seen)
	}
}

func TestTargetThatNobodyReadsIsComputedUpToItsUpdates(t *testing.T) {
	target, _ := newGate(t)
	unread, g := newGate(t)
	var seen []int64
	control(t, stagetest.NewSource(stagetest.Signal{Frames: 200}), func(at int64, _ []stages.Frames) error {
		seen = append(seen, g.filled-at)
		return nil
	}, 7, target, unread)
	prepare(t, 30, target)
	fetch(t, target, 0, 30)
	if !slices.Equal(seen, []int64{0, 0, 0, 0}) {
		t.Errorf("at its updates the target was off by %v frames", seen)
	}
}

func TestUpdatesDueTogetherRunInOrderOfCreation(t *testing.T) {
	target, _ := newGate(t)
	other, _ := newGate(t)
	src := stagetest.NewSource(stagetest.Signal{Frames: 200})
	src.SetReaders(4)
	var log []string
	for _, c := range []struct {
		name     string
		interval int64
		targets  []stages.Node
	}{{"a", 6, []stages.Node{other, target}}, {"b", 3, []stages.Node{target}}, {"c", 2, []stages.Node{target, other}}} {
		control(t, src, func(at int64, _ []stages.Frames) error {
			log = append(log, fmt.Sprint(c.name, at))
			return nil
		}, c.interval, c.targets...)
	}
	prepare(t, 8, target, other)
	fetch(t, target, 0, 8)
	if got := strings.Join(log, " "); got != "c2 b3 c4 a6 b6 c6" {
		t.Errorf("updates ran as %s", got)
	}
	fetch(t, other, 0, 8)
	if got := strings.Join(log, " "); got != "c2 b3 c4 a6 b6 c6" {
		t.Errorf("after the second target, updates ran as %s", got)
	}
}

func TestFailedUpdateEndsItsTargets(t *testing.T) {
	broken := errors.New("no such gain")
	for _, cause := range []error{broken, io.EOF} {
		target, _ := newGate(t)
		other, _ := newGate(t)
		control(t, stagetest.NewSource(stagetest.Signal{Frames: 200}), func(at int64, _ []stages.Frames) error {
			if at == 32 {
				return cause
			}
			return nil
		}, 16, target, other)
		prepare(t, 100, target, other)
		for _, s := range []stages.Stage{target, other, target} {
			f, err := s.Fetch(context.Background(), 0, 100)
			if f.N != 32 || err == nil || err == io.EOF || !strings.Contains(err.Error(), "update at frame 32") {
				t.Errorf("%d frames and %v", f.N, err)
			}
			if cause == broken && !errors.Is(err, broken) {
				t.Errorf("the cause is lost: %v", err)
			}
		}
	}
}

func TestControlInputThatEndsCountsAsZeros(t *testing.T) {
	target, _ := newGate(t)
	sums := map[int64]float64{}
	sig := stagetest.Signal{Frames: 25, Value: func(int64, int) float64 { return 1 }}
	control(t, stagetest.NewSource(sig), func(at int64, in []stages.Frames) error {
		for i := range in[0].N {
			sums[at] += in[0].At(i, 0)
		}
		return nil
	}, 10, target)
	fetch(t, target, 0, 200)
	if sums[20] != 10 || sums[30] != 5 || sums[40] != 0 || len(sums) != 19 {
		t.Errorf("sums %v", sums)
	}
}

func TestControlInputThatFailsEndsTheTargetAtTheNextUpdate(t *testing.T) {
	target, _ := newGate(t)
	broken := errors.New("unplugged")
	src := stagetest.NewSource(stagetest.Signal{Frames: 200, Fail: broken, FailAt: 25})
	control(t, src, func(int64, []stages.Frames) error { return nil }, 10, target)
	f, err := target.Fetch(context.Background(), 0, 100)
	if f.N != 30 || !errors.Is(err, broken) {
		t.Errorf("%d frames and %v, want 30 and the error of the input", f.N, err)
	}
}

func TestControlThatLooksAheadOfItsTargetIsRefused(t *testing.T) {
	target, _ := newGate(t)
	smooth, err := stages.New("test.smooth", target.Format(), &gate{}, stages.Input{From: target, Ahead: 3})
	if err != nil {
		t.Fatal(err)
	}
	scaled, err := stages.NewScale(smooth, 2, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = stages.Control([]stages.Stage{scaled}, []stages.Node{target}, stages.UpdaterFunc(nil), 4)
	var ahead *stages.AheadError
	if !errors.As(err, &ahead) || ahead.Ahead != 3 || !slices.Equal(ahead.Path, []string{"test.gate", "test.smooth", "stages.scale"}) {
		t.Errorf("got %v", err)
	}
}

func TestControlThatLooksAheadOnOneOfTwoWaysIsRefused(t *testing.T) {
	target, _ := newGate(t)
	scaled, err := stages.NewScale(target, 2, 0)
	if err != nil {
		t.Fatal(err)
	}
	smooth, err := stages.New("test.smooth", target.Format(), &gate{}, stages.Input{From: scaled, Ahead: 2})
	if err != nil {
		t.Fatal(err)
	}
	_, err = stages.Control([]stages.Stage{scaled, smooth}, []stages.Node{target}, stages.UpdaterFunc(nil), 4)
	var ahead *stages.AheadError
	if !errors.As(err, &ahead) || ahead.Ahead != 2 {
		t.Errorf("got %v", err)
	}
}

func TestLateStartKeepsUpdatesAtMultiplesOfTheirInterval(t *testing.T) {
	target, err := stages.New("test.gate", stages.Format{Rate: 8192, Channels: 1, Frames: stages.Unbounded}, &gate{})
	if err != nil {
		t.Fatal(err)
	}
	var seen []int64
	control(t, stagetest.NewSource(stagetest.Signal{Frames: stages.Unbounded}), func(at int64, _ []stages.Frames) error {
		seen = append(seen, at)
		return nil
	}, 7, target)
	g := prepare(t, 50, target)
	if err := g.StartAt(700_000_000_003); err != nil {
		t.Fatal(err)
	}
	fetch(t, target, 700_000_000_003, 700_000_000_018)
	if !slices.Equal(seen, []int64{700_000_000_007, 700_000_000_014}) {
		t.Errorf("updates at %v", seen)
	}
}

func TestImpossibleControlsAreRefused(t *testing.T) {
	src := stagetest.NewSource(stagetest.Signal{Frames: 200})
	slow := stagetest.NewSource(stagetest.Signal{Rate: 100, Frames: 200})
	target, _ := newGate(t)
	started, _ := newGate(t)
	fetch(t, started, 0, 5)
	nothing := stages.UpdaterFunc(func(int64, []stages.Frames) error { return nil })
	for name, c := range map[string]struct {
		in       []stages.Stage
		targets  []stages.Node
		updater  stages.Updater
		interval int64
		want     string
	}{
		"interval":   {[]stages.Stage{src}, []stages.Node{target}, nothing, 0, "interval of 0 frames"},
		"no input":   {nil, []stages.Node{target}, nothing, 1, "at least one input"},
		"no target":  {[]stages.Stage{src}, nil, nothing, 1, "one target"},
		"no updater": {[]stages.Stage{src}, []stages.Node{target}, nil, 1, "an updater"},
		"rates":      {[]stages.Stage{slow}, []stages.Node{target}, nothing, 1, "100 Hz"},
		"stateless":  {[]stages.Stage{src}, []stages.Node{src}, nothing, 1, "stagetest.source cannot be a target"},
		"too late":   {[]stages.Stage{src}, []stages.Node{started}, nothing, 1, "already computed 5 frames"},
	} {
		_, err := stages.Control(c.in, c.targets, c.updater, c.interval)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want it to name %q", name, err, c.want)
		}
	}
}
