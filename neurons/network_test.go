package neurons_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"hearpipe/neurons"
	"hearpipe/stages"
	"hearpipe/stages/stagetest"
	"hearpipe/units"
)

func network(t *testing.T, p neurons.NetworkParams) *neurons.Network {
	t.Helper()
	n, err := neurons.NewNetwork(p)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func member(t *testing.T, n *neurons.Network, p neurons.GroupParams) *neurons.Group {
	t.Helper()
	g, err := n.Group(p)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func run(t *testing.T, n *neurons.Network, seconds float64, sinks ...stages.Sink) stages.Summary {
	t.Helper()
	sum, err := n.Run(context.Background(), seconds, sinks...)
	must(t, err)
	return sum
}

// taker is a sink that keeps everything.
type taker struct {
	from   stages.Node
	frames []float64
	spikes []stages.Spike
}

func (k *taker) Input() stages.Node                        { return k.from }
func (k *taker) Open(context.Context, stages.Format) error { return nil }
func (k *taker) Finish(stages.Ending) error                { return nil }
func (k *taker) Abort(bool)                                {}

type frameTaker struct{ taker }

func (k *frameTaker) WriteFrames(_ context.Context, _ int64, f stages.Frames) error {
	for i := range f.N {
		k.frames = append(k.frames, f.Row(i)...)
	}
	return nil
}

type spikeTaker struct{ taker }

func (k *spikeTaker) WriteSpikes(_ context.Context, s stages.Spikes) error {
	k.spikes = append(k.spikes, s.List...)
	return nil
}

func takeSpikes(g *neurons.Group) *spikeTaker { return &spikeTaker{taker{from: g.SpikeStream}} }

func takeFrames(t *testing.T, g *neurons.Group, name string) *frameTaker {
	t.Helper()
	s, err := g.Stream(name)
	must(t, err)
	return &frameTaker{taker{from: s}}
}

var noisyCells = neurons.GroupParams{
	Name: "cells", N: 700, Equations: "dv/dt = (1.2-v)/(10*ms) + 0.3*xi*(2/(10*ms))**.5 : 1\nw : 1", Threshold: "v > 1", Reset: "v = 0", Refractory: "2 ms",
	Init: map[string]string{"v": "rand()"},
}

func TestAGroupOfANetworkHasTheBitsOfAGroupAlone(t *testing.T) {
	alone := noisyCells
	alone.Seed, alone.Frames, alone.Record = 7, 300, []string{"v"}
	g, err := neurons.NewGroup(alone)
	must(t, err)
	want, err := stages.Collect(context.Background(), g.Variable("v"))
	must(t, err)
	spikes, err := neurons.NewGroup(alone)
	must(t, err)
	wantSpikes, err := stages.CollectSpikes(context.Background(), spikes)
	must(t, err)

	for _, parts := range [][]float64{{0.03}, {0.001, 0.0005, 0.0285}, {0.0299, 0.0001}, {0.00005, 0.02995}} {
		for _, block := range []int{1, 7, 1024} {
			n := network(t, neurons.NetworkParams{Seed: 7})
			n.Options.Block = block
			h := member(t, n, noisyCells)
			member(t, n, neurons.GroupParams{N: 3, Equations: "dx/dt = xi*ms**-.5 : 1"}) // another one changes nothing
			v, s := takeFrames(t, h, "v"), takeSpikes(h)
			for _, part := range parts {
				run(t, n, part, v, s)
			}
			if !slices.Equal(v.frames, want.Data[:300*700]) {
				t.Errorf("runs of %v s, block %d: other values", parts, block)
			}
			if len(wantSpikes) < 100 || !slices.Equal(s.spikes, wantSpikes) {
				t.Errorf("runs of %v s, block %d: %d spikes, want the same %d", parts, block, len(s.spikes), len(wantSpikes))
			}
			if math.Abs(n.Time()-0.03) > 1e-15 {
				t.Errorf("runs of %v s: at %g s", parts, n.Time())
			}
		}
	}
}

// The sequence is worked out in the manual of Brian for the first run; in the second all clocks reach its end.
func TestClocksOfTwoStepsTakeTurns(t *testing.T) {
	n := network(t, neurons.NetworkParams{DT: 3e-3, Tick: 1e-3})
	var said []string
	for k, dt := range []float64{3e-3, 5e-3} {
		must(t, n.Operation(neurons.When{Every: dt}, func(now neurons.Now) error {
			said = append(said, fmt.Sprintf("%d:%g", k+1, math.Round(now.Time*1e3)))
			return nil
		}))
	}
	run(t, n, 0.01)
	if got := strings.Join(said, " "); got != "1:0 2:0 1:3 2:5 1:6 1:9" {
		t.Errorf("first run: %s", got)
	}
	said = nil
	run(t, n, 0.01)
	if got := strings.Join(said, " "); got != "2:10 1:12 1:15 2:15 1:18" {
		t.Errorf("second run: %s", got)
	}
}

func TestOrderOfAClockComesBeforeItsCreation(t *testing.T) {
	n := network(t, neurons.NetworkParams{})
	_, err := n.Clock(2e-4, -1)
	must(t, err)
	var said []string
	for _, x := range []struct {
		name string
		when neurons.When
	}{
		{"end", neurons.When{Slot: neurons.End}},
		{"late start", neurons.When{Order: 1}},
		{"start", neurons.When{}},
		{"resets", neurons.When{Slot: neurons.BeforeResets}},
		{"synapses", neurons.When{Slot: neurons.BeforeConnections}},
		{"slow", neurons.When{Slot: neurons.End, Every: 2e-4}},
	} {
		must(t, n.Operation(x.when, func(neurons.Now) error { said = append(said, x.name); return nil }))
	}
	run(t, n, 2e-4)
	want := []string{"slow", "start", "late start", "synapses", "resets", "end", "start", "late start", "synapses", "resets", "end"}
	if !slices.Equal(said, want) {
		t.Errorf("%q, want %q", said, want)
	}
}

func TestSlotsHaveTheirOtherNames(t *testing.T) {
	for name, want := range map[string]neurons.Slot{
		"start": neurons.Start, "middle": neurons.AfterThresholds, "after_groups": neurons.AfterThresholds,
		"before_synapses": neurons.BeforeConnections, "after_synapses": neurons.BeforeResets, "end": neurons.End, "synapses": neurons.Synapses,
	} {
		if got, err := neurons.ParseSlot(name); err != nil || got != want {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	if _, err := neurons.ParseSlot("afterwards"); err == nil || !strings.Contains(err.Error(), "before_groups") {
		t.Errorf("an unknown slot: %v, want the list", err)
	}
}

func TestASlowGroupHasItsOwnRate(t *testing.T) {
	n := network(t, neurons.NetworkParams{})
	fast := member(t, n, neurons.GroupParams{N: 1, Equations: "dv/dt = 1000*Hz : 1", Threshold: "v > 0.95", Reset: "v = 0"})
	slow := member(t, n, neurons.GroupParams{N: 2, DT: 5e-4, Equations: "dv/dt = 1000*Hz : 1", Threshold: "v > 1.2", Reset: "v = 0", Init: map[string]string{"v": "i*0.5"}})
	v, s, f := takeFrames(t, slow, "v"), takeSpikes(slow), takeSpikes(fast)
	if r := slow.Format().Rate; r != 2000 {
		t.Fatalf("%g Hz, want 2000", r)
	}
	run(t, n, 0.0012, v, s, f)
	run(t, n, 0.0028, v, s, f)
	// Cell 0 has 0.5, 1.0, then 1.5 fires; cell 1 begins at 0.5.
	want := []float64{0.5, 1, 1, 0, 0, 0.5, 0.5, 1, 1, 0, 0, 0.5, 0.5, 1, 1, 0}
	if len(v.frames) != len(want) {
		t.Fatalf("%d values, want %d: %v", len(v.frames), len(want), v.frames)
	}
	for k := range want {
		if math.Abs(v.frames[k]-want[k]) > 1e-12 {
			t.Errorf("value %d is %g, want %g", k, v.frames[k], want[k])
		}
	}
	if w := []stages.Spike{{At: 1, Cell: 1}, {At: 2, Cell: 0}, {At: 4, Cell: 1}, {At: 5, Cell: 0}, {At: 7, Cell: 1}}; !slices.Equal(s.spikes, w) {
		t.Errorf("spikes %v, want %v", s.spikes, w)
	}
	if len(f.spikes) != 4 || f.spikes[0].At != 9 {
		t.Errorf("spikes of the fast group %v, want every 10 steps from 9", f.spikes)
	}
}

func TestStreamsOfANetworkMayHaveALength(t *testing.T) {
	n := network(t, neurons.NetworkParams{Seconds: 12e-4})
	fast := member(t, n, neurons.GroupParams{N: 1, Equations: "v : 1", Threshold: "v < 1"})
	slow := member(t, n, neurons.GroupParams{N: 1, DT: 5e-4, Equations: "v : 1", Threshold: "v < 1"})
	for g, want := range map[*neurons.Group]int{fast: 12, slow: 3} {
		list, err := stages.CollectSpikes(t.Context(), g)
		if err != nil || len(list) != want || g.Format().Frames != int64(want) {
			t.Errorf("%d spikes in %d frames, %v; want %d", len(list), g.Format().Frames, err, want)
		}
	}
	v, err := slow.Stream("v")
	must(t, err)
	if v.Format().Frames != 3 {
		t.Errorf("%d frames, want 3", v.Format().Frames)
	}
}

func TestARunStoppedFromInsideGoesOnLater(t *testing.T) {
	n := network(t, neurons.NetworkParams{})
	g := member(t, n, neurons.GroupParams{N: 1, Equations: "dv/dt = 1*Hz : 1"})
	v := takeFrames(t, g, "v")
	must(t, n.Operation(neurons.When{Slot: neurons.End}, func(now neurons.Now) error {
		if now.Step == 12 {
			n.Stop()
		}
		return nil
	}))
	if sum := run(t, n, 0.01, v); sum.Reason != stages.Stopped || len(v.frames) != 13 || math.Abs(n.Time()-0.0013) > 1e-15 {
		t.Errorf("%+v after %d steps at %g s: want a stop after step 12", sum, len(v.frames), n.Time())
	}
	if sum := run(t, n, 0.001, v); sum.Reason != stages.Duration || len(v.frames) != 23 || math.Abs(v.frames[22]-0.0023) > 1e-15 {
		t.Errorf("%+v, %d steps, last %g", sum, len(v.frames), v.frames[len(v.frames)-1])
	}
}

func TestWhatIsRestoredGoesOnWithTheSameBits(t *testing.T) {
	build := func() (*neurons.Network, *neurons.Group, *spikeTaker, *frameTaker) {
		n := network(t, neurons.NetworkParams{Seed: 3})
		p := noisyCells
		p.Equations = "dv/dt = (1.2-v)/(10*ms) + 0.3*xi*(2/(10*ms))**.5 : 1 (unless refractory)\nw : 1"
		g := member(t, n, p)
		must(t, g.RunRegularly("w = rand()", neurons.When{Every: 3e-4}))
		return n, g, takeSpikes(g), takeFrames(t, g, "w")
	}
	n, g, s, w := build()
	run(t, n, 0.0205, s, w)
	state, err := n.Store()
	must(t, err)
	s.spikes, w.frames = nil, nil
	run(t, n, 0.02, s, w)
	wantV, _ := g.Values("v")
	want := slices.Clone(wantV)

	fresh, h, s1, w1 := build()
	must(t, fresh.Restore(state))
	run(t, fresh, 0.02, s1, w1)
	if v, _ := h.Values("v"); !slices.Equal(v, want) || !slices.Equal(s1.spikes, s.spikes) || !slices.Equal(w1.frames, w.frames) || len(s.spikes) == 0 {
		t.Error("a fresh network went on differently")
	}
	must(t, n.Restore(state)) // back in time
	s2, w2 := takeSpikes(g), takeFrames(t, g, "w")
	run(t, n, 0.02, s2, w2)
	if v, _ := g.Values("v"); !slices.Equal(v, want) || !slices.Equal(s2.spikes, s.spikes) || !slices.Equal(w2.frames, w.frames) {
		t.Error("the same network went on differently")
	}
	for _, damage := range [][]byte{nil, state[:20], state[:len(state)-1], append(slices.Clone(state), 0)} {
		before := slices.Clone(want)
		if err := n.Restore(damage); err == nil {
			t.Errorf("%d bytes were accepted", len(damage))
		}
		if v, _ := g.Values("v"); !slices.Equal(v, before) {
			t.Error("a state that was refused changed the network")
		}
	}
	other := network(t, neurons.NetworkParams{})
	if err := other.Restore(state); err == nil {
		t.Error("another network accepted the state")
	}
}

func TestCellsAreViews(t *testing.T) {
	n := network(t, neurons.NetworkParams{Constants: map[string]units.Quantity{"E": {Value: 2}}})
	g := member(t, n, neurons.GroupParams{N: 10, Equations: "dv/dt = -v/(10*ms) : 1\np : 1"})
	c, err := g.Cells(4, 8)
	must(t, err)
	must(t, g.Set("p", "E*i"))
	must(t, c.Set("p", "100 + i + N"))
	p, err := g.Values("p")
	must(t, err)
	if want := []float64{0, 2, 4, 6, 104, 105, 106, 107, 16, 18}; !slices.Equal(p, want) {
		t.Errorf("%v, want %v", p, want)
	}
	d, err := c.Cells(1, 3)
	must(t, err)
	must(t, d.SetValues("v", []float64{1, 2}))
	must(t, d.RunRegularly("p = 7", neurons.When{}))
	run(t, n, 1e-4)
	v, _ := g.Values("v")
	if v[5] != math.Exp(-0.01) && math.Abs(v[5]-math.Exp(-0.01)) > 1e-15 || v[4] != 0 || v[7] != 0 || v[6] < 1.9 {
		t.Errorf("v = %v: want cells 5 and 6 to decay from 1 and 2", v)
	}
	if p[4] != 104 || p[5] != 7 || p[6] != 7 || p[7] != 107 {
		t.Errorf("p = %v: want 7 in cells 5 and 6 only", p)
	}
	must(t, g.Set("v", "rand()"))
	first := slices.Clone(v)
	must(t, g.Set("v", "rand()"))
	if slices.Equal(first, v) {
		t.Error("two calls of Set drew the same numbers")
	}
}

func TestMistakesInANetworkAreExplained(t *testing.T) {
	n := network(t, neurons.NetworkParams{Name: "net"})
	g := member(t, n, neurons.GroupParams{Name: "g", N: 4, Equations: "dv/dt = -v/(10*ms) : volt\nu = 2*v : volt"})
	second := func(_ any, err error) error { return err }
	for _, c := range []struct {
		err  error
		want string
	}{
		{second(n.Group(neurons.GroupParams{Name: "g", N: 1, Equations: "v : 1"})), "already an object g"},
		{second(n.Group(neurons.GroupParams{N: 1, Equations: "v : 1", Seed: 3})), "no seed"},
		{second(n.Group(neurons.GroupParams{N: 1, DT: 2.5e-4, Equations: "v : 1"})), "multiple of the tick of 0.0001 s"},
		{second(n.Clock(math.NaN(), 0)), "positive time"},
		{second(g.Cells(2, 5)), "cells 2:5: want lo < hi within 0:4"},
		{second(g.Values("u")), "static equation"},
		{second(g.Values("x")), "variables: v, u"},
		{g.Set("v", "3*amp"), "has the dimension"},
		{g.Set("v", "1*mV/0"), "want a finite number"},
		{g.SetValues("v", []float64{1}), "1 values of v for 4 cells"},
		{g.RunRegularly("u = 3*mV", neurons.When{}), "static equation"},
		{g.RunRegularly("v = w", neurons.When{}), "w"},
		{n.At(-1, func(neurons.Now) error { return nil }), "0 or more"},
		{second(g.Stream("x")), "no variable x"},
		{second(neurons.NewNetwork(neurons.NetworkParams{DT: -1})), "positive time"},
		{second(n.Run(context.Background(), -1)), "want 0 or more"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("%v: want %q", c.err, c.want)
		}
	}
	boom := errors.New("boom")
	must(t, n.At(0.00025, func(now neurons.Now) error {
		if now.Step != 3 {
			t.Errorf("at step %d, want 3", now.Step)
		}
		return boom
	}))
	if _, err := n.Run(context.Background(), 0.01); !errors.Is(err, boom) {
		t.Errorf("%v: want the error of the operation", err)
	}
}

func TestAGroupThatListensToAStreamReadsZerosAfterItsEnd(t *testing.T) {
	src := stagetest.NewSource(stagetest.Signal{Channels: 2, Frames: 5, Rate: 1e4, Value: func(i int64, c int) float64 { return float64(10*c) + float64(i) + 1 }})
	n := network(t, neurons.NetworkParams{})
	g := member(t, n, neurons.GroupParams{N: 2, Inputs: map[string]stages.Stage{"I": src}, Equations: "I : 1\nx = 2*I : 1"})
	x := takeFrames(t, g, "x")
	run(t, n, 0.0003, x)
	run(t, n, 0.0005, x)
	if want := []float64{2, 22, 4, 24, 6, 26, 8, 28, 10, 30, 0, 0, 0, 0, 0, 0}; !slices.Equal(x.frames, want) {
		t.Errorf("%v, want %v", x.frames, want)
	}
}

func TestASecondRunMayFollowAnExtension(t *testing.T) {
	n := network(t, neurons.NetworkParams{})
	g := member(t, n, neurons.GroupParams{N: 1, Equations: "dv/dt = 1*Hz : 1"})
	run(t, n, 0.001)
	h := member(t, n, neurons.GroupParams{N: 1, Equations: "dv/dt = 1*Hz : 1"})
	v, w := takeFrames(t, g, "v"), takeFrames(t, h, "v")
	run(t, n, 0.001, v, w)
	if len(v.frames) != 10 || len(w.frames) != 10 || math.Abs(v.frames[0]-0.0011) > 1e-15 || math.Abs(w.frames[9]-0.001) > 1e-15 {
		t.Errorf("%v, %v", v.frames, w.frames)
	}
}

func TestStepsOfANetworkAllocateNothing(t *testing.T) {
	n := network(t, neurons.NetworkParams{Seed: 1})
	g := member(t, n, noisyCells)
	must(t, g.RunRegularly("w += 1", neurons.When{}))
	ctx := context.Background()
	at := int64(0)
	fetch := func() {
		if _, err := g.FetchSpikes(ctx, at, at+50); err != nil {
			t.Fatal(err)
		}
		at += 50
	}
	for range 20 {
		fetch()
	}
	if k := testing.AllocsPerRun(20, fetch); k != 0 {
		t.Errorf("%g allocations per 50 steps", k)
	}
}
