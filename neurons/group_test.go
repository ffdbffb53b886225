package neurons_test

import (
	"context"
	"math"
	"slices"
	"testing"

	"hearpipe/neurons"
	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

// group makes a group or fails.
func group(t testing.TB, p neurons.GroupParams) *neurons.Group {
	t.Helper()
	g, err := neurons.NewGroup(p)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// trace runs a group to its end and returns one recorded variable.
func trace(t testing.TB, p neurons.GroupParams, name string) stages.Frames {
	t.Helper()
	p.Record = []string{name}
	f, err := stages.Collect(context.Background(), group(t, p).Variable(name))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// stepsOf are the steps in which a cell fired.
func stepsOf(list []stages.Spike, cell int32) []int64 {
	var at []int64
	for _, s := range list {
		if s.Cell == cell {
			at = append(at, s.At)
		}
	}
	return at
}

func wantSteps(t *testing.T, got []int64, want ...int64) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("fired in steps %d, want %d", got, want)
	}
}

func TestSpikesAreLabelledWithTheStartOfTheStep(t *testing.T) {
	// v crosses 1 when exp(-t/10 ms) < 1/2, in the step from 6.9 to 7.0 ms.
	list := spikesOf(t, neurons.GroupParams{N: 1, Equations: "dv/dt = (2-v)/(10*ms) : 1", Threshold: "v > 1", Reset: "v = 0", Frames: 500})
	wantSteps(t, stepsOf(list, 0), 69, 139, 209, 279, 349, 419, 489)
}

func TestThresholdIsStrictAsWritten(t *testing.T) {
	p := neurons.GroupParams{N: 3, Equations: "v : 1", Threshold: "v > 1", Reset: "v = 0.5", Values: map[string][]float64{"v": {0, 1, 2}}, Frames: 1}
	f := trace(t, p, "v")
	if got := f.Row(0); !slices.Equal(got, []float64{0, 1, 0.5}) {
		t.Errorf("after one step v = %v, want 0, 1, 0.5", got)
	}
	p.Threshold = "v >= 1"
	if n := len(spikesOf(t, p)); n != 2 {
		t.Errorf("%d spikes for v >= 1, want 2", n)
	}
}

func TestStateStartsAtZeroAndFramesAreTheEndOfTheStep(t *testing.T) {
	f := trace(t, neurons.GroupParams{N: 1, Equations: "dv/dt = 1/ms : 1", Frames: 3}, "v")
	for k := range 3 {
		if got, want := f.At(k, 0), 0.1*float64(k+1); math.Abs(got-want) > 1e-15 {
			t.Errorf("frame %d is %g, want %g", k, got, want)
		}
	}
}

func TestStaticEquationsAreReadWithTheStateAndTimeOfTheStep(t *testing.T) {
	f := trace(t, neurons.GroupParams{N: 2, Equations: "dv/dt = 1/ms : 1\nu = 2*w + t/second + i : 1\nw = v**2 : 1", Frames: 3}, "u")
	for k := range 3 {
		for c := range 2 {
			want := 2*math.Pow(0.1*float64(k+1), 2) + 1e-4*float64(k) + float64(c)
			if got := f.At(k, c); math.Abs(got-want) > 1e-15 {
				t.Errorf("frame %d, cell %d is %g, want %g", k, c, got, want)
			}
		}
	}
}

func TestResetRunsStatementByStatementOnTheCellsThatFire(t *testing.T) {
	p := neurons.GroupParams{
		N: 3, Equations: "dv/dt = 1/ms : 1\nw : 1", Threshold: "v > 0.15 and i > 0", Reset: "w += v; v = 0\nw *= 10", Frames: 4,
	}
	f := trace(t, p, "w")
	if got := f.Row(3); got[0] != 0 || math.Abs(got[1]-22) > 1e-12 || got[2] != got[1] {
		t.Errorf("w = %v, want 0, 22, 22: (0 + 0.2)*10 = 2, then (2 + 0.2)*10", got)
	}
}

// TestIntervalIsPeriodPlusFreeSteps is the rule of Brian 1.4 for a constant reset: 70 steps from the reset to the
// threshold after K clamped ones.
func TestIntervalIsPeriodPlusFreeSteps(t *testing.T) {
	for period, want := range map[string]int64{"0*ms": 70, "0.1 ms": 71, "0.3 ms": 73, "0.7 ms": 77, "1 ms": 80, "2 ms": 90, "5 ms": 120} {
		p := neurons.GroupParams{
			N: 1, Equations: "dv/dt = (20*mV-v)/(10*ms) : volt\ndu/dt = 1/ms : 1", Threshold: "v > 10*mV", Reset: "v = 0*mV",
			Refractory: period, Frames: 1000,
		}
		at := stepsOf(spikesOf(t, p), 0)
		for i := 1; i < len(at); i++ {
			if at[i]-at[i-1] != want {
				t.Fatalf("period %s: interval of %d steps, want %d", period, at[i]-at[i-1], want)
			}
		}
		if len(at) < 8 || at[0] != 69 {
			t.Fatalf("period %s: spikes in steps %d", period, at)
		}
		v := trace(t, p, "v")
		clamped := int64(0)
		for k := at[0]; v.At(int(k), 0) == 0; k++ {
			clamped++
		}
		if clamped != want-70+1 {
			t.Errorf("period %s: v is at its reset value in %d frames, want %d", period, clamped, want-70+1)
		}
		if u := trace(t, p, "u"); math.Abs(u.At(999, 0)-100) > 1e-9 {
			t.Errorf("period %s: another variable reaches %g, want 100: it does not stop", period, u.At(999, 0))
		}
	}
}

func TestPeriodsOfCellsAreReadAtTheSpike(t *testing.T) {
	p := neurons.GroupParams{
		N: 4, Equations: "dv/dt = (20*mV-v)/(10*ms) : volt\nref : second", Threshold: "v > 10*mV", Reset: "v = 0*mV",
		Refractory: "ref", Values: map[string][]float64{"ref": {0, 2e-3, 5e-3, -1}}, Frames: 600,
	}
	list := spikesOf(t, p)
	for cell, want := range []int64{70, 90, 120, 70} {
		at := stepsOf(list, int32(cell))
		for i := 1; i < len(at); i++ {
			if at[i]-at[i-1] != want {
				t.Errorf("cell %d: interval of %d steps, want %d", cell, at[i]-at[i-1], want)
			}
		}
	}
	p.MaxRefractory = 1e-3
	if at := stepsOf(spikesOf(t, p), 2); at[1]-at[0] != 80 {
		t.Errorf("with a longest period of 1 ms the interval is %d steps, want 80", at[1]-at[0])
	}
}

func TestOtherResetsDoNotClamp(t *testing.T) {
	// v rises by 1 per step and is never held: the cell fires as soon as it may, K steps later.
	for _, reset := range []string{"v -= 3", "v = v0", "v = 0; w = 1", "v = 0*rand()", ""} {
		p := neurons.GroupParams{
			N: 1, Equations: "dv/dt = 10/ms : 1\nv0 : 1\nw : 1", Threshold: "v > 0.5", Reset: reset, Refractory: "0.5*ms", Frames: 12,
		}
		wantSteps(t, stepsOf(spikesOf(t, p), 0), 0, 5, 10)
	}
}

func TestAlwaysAboveThresholdFiresEveryPeriod(t *testing.T) {
	for _, c := range []struct {
		refractory string
		frames     int64
		want       int64
	}{{"10*dt", 10_000, 1000}, {"0.04*ms", 100, 100}, {"0.1*ms", 100, 100}, {"0.2*ms", 100, 50}, {"0.3*ms", 90, 30}, {"1*ms", 100, 10}, {"2*ms", 100, 5}, {"inf*ms", 100, 1}} {
		at := stepsOf(spikesOf(t, neurons.GroupParams{N: 1, Threshold: "True", Refractory: c.refractory, Frames: c.frames}), 0)
		if int64(len(at)) != c.want || at[0] != 0 {
			t.Errorf("period %s: %d spikes in %d steps, want %d", c.refractory, len(at), c.frames, c.want)
		}
		for i := 1; i < len(at); i++ {
			if at[i]-at[i-1] != c.frames/c.want {
				t.Fatalf("period %s: interval of %d steps", c.refractory, at[i]-at[i-1])
			}
		}
	}
}

func TestFlagHoldsTheVariableOneStepLess(t *testing.T) {
	p := neurons.GroupParams{
		N: 1, Equations: "dv/dt = (20*mV-v)/(10*ms) : volt (unless refractory)\ndu/dt = 1/ms : 1", Threshold: "v > 10*mV", Reset: "v = 0*mV",
		Refractory: "5 ms", Frames: 1000, Record: []string{"v", "u", "not_refractory", "lastspike"},
	}
	at := stepsOf(spikesOf(t, p), 0)
	wantSteps(t, at, 69, 188, 307, 426, 545, 664, 783, 902)
	g := group(t, p)
	read := func(name string) stages.Frames {
		f, err := stages.Collect(context.Background(), group(t, p).Variable(name))
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	v, free, last := read("v"), read("not_refractory"), read("lastspike")
	for k := range 69 {
		if free.At(k, 0) != 1 || last.At(k, 0) != -1e4 {
			t.Fatalf("frame %d: not_refractory %g, lastspike %g s before the first spike, want 1 and -10000 s", k, free.At(k, 0), last.At(k, 0))
		}
	}
	fired := 69.0 // a variable, so that the product is rounded as in the program
	for k := 69; k < 69+50; k++ {
		if v.At(k, 0) != 0 || free.At(k, 0) != 0 || last.At(k, 0) != fired*1e-4 {
			t.Fatalf("frame %d: v %g, not_refractory %g, lastspike %g s", k, v.At(k, 0), free.At(k, 0), last.At(k, 0))
		}
	}
	if v.At(119, 0) == 0 || free.At(119, 0) != 1 {
		t.Error("the cell does not move in step n+K")
	}
	if u := read("u"); math.Abs(u.At(999, 0)-100) > 1e-9 {
		t.Errorf("a variable without the flag reaches %g, want 100", u.At(999, 0))
	}
	if g.Method() != "exact" {
		t.Errorf("method %s, want exact", g.Method())
	}
}

func TestFlaggedModelsDoNotClampOtherVariables(t *testing.T) {
	p := neurons.GroupParams{
		N: 1, Equations: "dv/dt = 1/ms : 1\ndu/dt = 1/ms : 1 (unless refractory)", Threshold: "v > 0.95", Reset: "v = 0", Refractory: "0.5*ms", Frames: 15,
	}
	v, u := trace(t, p, "v"), trace(t, p, "u")
	// Both reach 1 in step 9; v starts again at once, u in step 9 + 5.
	for k, want := range []float64{9: 0, 10: 0.1, 11: 0.2, 12: 0.3, 13: 0.4, 14: 0.5} {
		if k >= 9 && math.Abs(v.At(k, 0)-want) > 1e-12 {
			t.Errorf("frame %d: v = %g, want %g", k, v.At(k, 0), want)
		}
	}
	if u.At(9, 0) != u.At(13, 0) || math.Abs(u.At(14, 0)-1.1) > 1e-12 {
		t.Errorf("u = %g, %g, %g in frames 9, 13, 14: want it to stand still until step 14", u.At(9, 0), u.At(13, 0), u.At(14, 0))
	}
}

// TestPeriodOfFlaggedModelsGainsAThousandthOfAStep: 0.1999 ms counts as two steps of 0.1 ms for models with a flag; the
// rule for other models does not.
func TestPeriodOfFlaggedModelsGainsAThousandthOfAStep(t *testing.T) {
	for period, want := range map[string]int64{"0.06*ms": 100, "0.14*ms": 100, "0.19*ms": 100, "0.1999*ms": 50, "0.2*ms": 50} {
		p := neurons.GroupParams{N: 1, Equations: "dv/dt = 0/second : 1 (unless refractory)", Threshold: "True", Refractory: period, Frames: 100}
		if n := int64(len(spikesOf(t, p))); n != want {
			t.Errorf("period %s with a flag: %d spikes, want %d", period, n, want)
		}
	}
	if n := len(spikesOf(t, neurons.GroupParams{N: 1, Threshold: "True", Refractory: "0.1999*ms", Frames: 100})); n != 100 {
		t.Errorf("without a flag: %d spikes, want 100", n)
	}
}

func TestConditionKeepsACellRefractory(t *testing.T) {
	p := neurons.GroupParams{
		N: 1, Equations: "dv/dt = -v/(10*ms) : 1", Threshold: "v > 0.5", Refractory: "v > 0.5", Init: map[string]string{"v": "1"}, Frames: 200,
	}
	wantSteps(t, stepsOf(spikesOf(t, p), 0), 0)
	// An oscillation crosses once per period, however long it stays above the threshold.
	p.Equations = "dv/dt = w/ms : 1\ndw/dt = -v/ms : 1"
	at := stepsOf(spikesOf(t, p), 0)
	if len(at) != 4 || at[1]-at[0] < 50 {
		t.Errorf("spikes in steps %d, want one per period of 62.8 steps", at)
	}
}

func TestPeriodOfFlaggedCellsIsReadInEveryStep(t *testing.T) {
	// The period shrinks while the cell waits: after a spike at n it ends when (s-n)*dt >= ref(s).
	p := neurons.GroupParams{
		N: 2, Equations: "dv/dt = 100/ms : 1 (unless refractory)\ndref/dt = -0.5 : second", Threshold: "v > 5", Reset: "v = 0",
		Refractory: "ref", Values: map[string][]float64{"ref": {3e-3, 0}}, Frames: 60,
	}
	list := spikesOf(t, p)
	// K(s) = floor(30 - s/2) steps: s >= K first at s = 20, then s - 20 >= K at s = 33, s - 33 >= K at s = 42.
	wantSteps(t, stepsOf(list, 0)[:4], 0, 20, 33, 42)
	if n := len(stepsOf(list, 1)); n != 60 {
		t.Errorf("a negative period gives %d spikes in 60 steps, want 60", n)
	}
}

func TestCellReadsItsChannelOfTheInput(t *testing.T) {
	in := stagetest.NewSource(stagetest.Signal{Rate: 1000, Channels: 4, First: 2, Frames: 5, Value: func(at int64, c int) float64 { return float64(100*c) + float64(at) }})
	mono := stagetest.NewSource(stagetest.Signal{Rate: 1000, Channels: 1, Frames: 3, Value: func(at int64, _ int) float64 { return 10_000 * float64(at+1) }})
	g := group(t, neurons.GroupParams{
		N: 6, Channels: stages.Range{Lo: 3, Hi: 5}, Equations: "dv/dt = (I+J)/second : 1\nI : 1\nJ : 1",
		Inputs: map[string]stages.Stage{"I": in, "J": mono}, Record: []string{"v", "I", "J"},
	})
	if f := g.Format(); f.Rate != 1000 || f.First != 3 || f.Channels != 2 || f.Frames != 5 || g.DT() != 1e-3 {
		t.Fatalf("format %+v, step %g s", f, g.DT())
	}
	v, err := stages.Collect(context.Background(), g.Variable("v"))
	if err != nil {
		t.Fatal(err)
	}
	if v.N != 5 {
		t.Fatalf("%d frames, want 5: as long as the longest input", v.N)
	}
	for c := range 2 {
		sum := 0.0
		for k := range 5 {
			sum += float64(100*(3+c)+k) * 1e-3
			if k < 3 {
				sum += 10 * float64(k+1)
			}
			if got := v.At(k, c); math.Abs(got-sum) > 1e-12*sum {
				t.Errorf("frame %d, cell %d: v = %g, want %g: step k sees frame k, zeros after the end", k, 3+c, got, sum)
			}
		}
	}
}

func TestGroupWithItsOwnLengthReadsZerosAfterItsInput(t *testing.T) {
	in := stagetest.NewSource(stagetest.Signal{Rate: 1000, Frames: 2, Open: true, Value: func(int64, int) float64 { return 1 }})
	p := neurons.GroupParams{Equations: "dv/dt = I/ms : 1\nI : 1", Inputs: map[string]stages.Stage{"I": in}, Frames: 6}
	if f := trace(t, p, "v"); f.N != 6 || f.At(5, 0) != 2 {
		t.Errorf("%d frames, the last is %g: want 6 frames and 2", f.N, f.At(f.N-1, 0))
	}
	in = stagetest.NewSource(stagetest.Signal{Rate: 1000, Frames: 2, Open: true, Value: func(int64, int) float64 { return 1 }})
	p.Inputs["I"], p.Frames = in, 0
	if f := trace(t, p, "v"); f.N != 2 {
		t.Errorf("%d frames, want 2: as many as the input turned out to have", f.N)
	}
}

func TestInitialValuesDependOnCellAndSeedOnly(t *testing.T) {
	p := neurons.GroupParams{
		N: 700, Equations: "a : 1\ndv/dt = 0/second : 1\nb : volt", Frames: 1, Seed: 3,
		Init: map[string]string{"a": "rand()", "v": "a + i/N + 10*randn()", "b": "3*mV"},
	}
	all := trace(t, p, "v")
	p.Channels = stages.Range{Lo: 333, Hi: 612}
	part := trace(t, p, "v")
	for c := range part.Channels {
		if part.At(0, c) != all.At(0, 333+c) {
			t.Fatalf("cell %d starts at %g in the part and at %g in the whole", 333+c, part.At(0, c), all.At(0, 333+c))
		}
	}
	p.Seed = 4
	if other := trace(t, p, "v"); other.At(0, 0) == part.At(0, 0) {
		t.Error("another seed gives the same initial value")
	}
	if b := trace(t, p, "b"); b.At(0, 7) != 3e-3 {
		t.Errorf("b starts at %g, want 0.003", b.At(0, 7))
	}
}

func TestInitialArraysAreThoseOfTheWholeGroup(t *testing.T) {
	p := neurons.GroupParams{N: 4, Equations: "v : 1", Values: map[string][]float64{"v": {5, 6, 7, 8}}, Frames: 1, Channels: stages.Range{Lo: 1, Hi: 3}}
	if got := trace(t, p, "v").Row(0); !slices.Equal(got, []float64{6, 7}) {
		t.Errorf("cells 1:3 start at %v, want 6, 7", got)
	}
}

func TestFunctionsAreCalledWithSIValues(t *testing.T) {
	p := neurons.GroupParams{
		N: 2, Equations: "u = boost(3*mV + i*mV, 2) : volt", Frames: 1,
		Functions: map[string]neurons.Function{"boost": {Args: dims(volts(0).Dim, seconds(0).Dim.Div(seconds(0).Dim)), Result: volts(0).Dim, Of: func(x []float64) float64 { return x[0] * x[1] }}},
	}
	f := trace(t, p, "u")
	if f.At(0, 0) != 6e-3 || f.At(0, 1) != 8e-3 {
		t.Errorf("u = %v, want 0.006, 0.008", f.Row(0))
	}
}
