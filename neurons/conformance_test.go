package neurons_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"hearpipe/neurons"
	"hearpipe/neurons/equations"
	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

// recipes are groups that together use every kind of state.
var recipes = []struct {
	name    string
	inputs  []stagetest.Signal
	params  neurons.GroupParams
	sliced  bool
	period  int64
	frames  int64
	connect []string // the parameter that each input drives
}{
	{
		name: "noisy fibres with a clamp", inputs: []stagetest.Signal{{Channels: 5, Scale: 40, Value: positive}}, connect: []string{"I"}, sliced: true,
		params: neurons.GroupParams{
			N: 5, Equations: "dv/dt = (I-v)/(1*ms) + 0.2*xi*(2/(1*ms))**.5 : 1\nI : 1", Threshold: "v > 1", Reset: "v = 0", Refractory: "5 ms", Record: []string{"v"},
		},
	},
	{
		name: "more than one block of cells", inputs: []stagetest.Signal{{Channels: 1030, Scale: 40, Value: positive}}, connect: []string{"I"}, sliced: true, frames: 200,
		params: neurons.GroupParams{
			N: 1030, Equations: "dv/dt = (I-v)/(1*ms) + 0.2*xi*(2/(1*ms))**.5 : 1\nI : 1", Threshold: "v > 1", Reset: "v = 0", Refractory: "3 ms", Record: []string{"v"},
		},
	},
	{
		name: "flagged cells with two inputs", inputs: []stagetest.Signal{{Channels: 3, Scale: 40, Value: positive}, {Scale: 2}}, connect: []string{"I", "J"}, sliced: true, period: 1,
		params: neurons.GroupParams{
			N: 3, Method: "euler", Threshold: "v > th", Reset: "v = 0; th += 0.1", Refractory: "4 ms",
			Equations: "dv/dt = (I+J-v)/(1*ms) : 1 (unless refractory)\ndth/dt = (1-th)/(20*ms) : 1\nu = v + J : 1\nI : 1\nJ : 1",
			Init:      map[string]string{"th": "1"}, Record: []string{"v", "u", "J", "I", "not_refractory"},
		},
	},
	{
		name: "refractory while a condition holds", inputs: []stagetest.Signal{{Channels: 3, Scale: 40, Value: positive}}, connect: []string{"I"}, sliced: true, period: 1,
		params: neurons.GroupParams{
			N: 3, Threshold: "v > 1", Refractory: "v > 0.5", Equations: "dv/dt = (I-v)/(1*ms) : 1\nI : 1", Record: []string{"v"},
		},
	},
	{
		name: "periods that differ and change", inputs: []stagetest.Signal{{Channels: 3, Scale: 40, Value: positive}}, connect: []string{"I"}, sliced: true, period: 1,
		params: neurons.GroupParams{
			N: 3, Threshold: "v > 1", Reset: "v = 0", Refractory: "ref", Equations: "dv/dt = (I-v)/(1*ms) : 1\ndref/dt = (5*ms-ref)/(50*ms) : second\nI : 1",
			Init: map[string]string{"ref": "i*ms"}, Record: []string{"v", "ref"},
		},
	},
	{
		name: "flagged cells with periods that differ", inputs: []stagetest.Signal{{Channels: 3, Scale: 40, Value: positive}}, connect: []string{"I"}, sliced: true, period: 1,
		params: neurons.GroupParams{
			N: 3, Threshold: "v > 1", Reset: "v = 0", Refractory: "ref", Equations: "dv/dt = (I-v)/(1*ms) : 1 (unless refractory)\ndref/dt = (5*ms-ref)/(50*ms) : second\nI : 1",
			Init: map[string]string{"ref": "i*ms"}, Record: []string{"v"},
		},
	},
	{
		name: "exponential Euler", inputs: []stagetest.Signal{{Channels: 3, Scale: 40, Value: positive}}, connect: []string{"I"}, sliced: true, frames: 300, params: byMethod("exponential_euler", "xi"),
	},
	{
		name: "midpoint rule", inputs: []stagetest.Signal{{Channels: 3, Scale: 40, Value: positive}}, connect: []string{"I"}, sliced: true, frames: 300, params: byMethod("rk2", "xi"),
	},
	{
		name: "classical Runge-Kutta", inputs: []stagetest.Signal{{Channels: 3, Scale: 40, Value: positive}}, connect: []string{"I"}, sliced: true, frames: 300, params: byMethod("rk4", "xi"),
	},
	{
		name: "Heun", inputs: []stagetest.Signal{{Channels: 3, Scale: 40, Value: positive}}, connect: []string{"I"}, sliced: true, frames: 300, params: byMethod("heun", "(1+w)*xi"),
	},
	{
		name: "Milstein", inputs: []stagetest.Signal{{Channels: 3, Scale: 40, Value: positive}}, connect: []string{"I"}, sliced: true, frames: 300, params: byMethod("milstein", "(1+v)*xi"),
	},
	{
		name: "Milstein in the sense of Itô", inputs: []stagetest.Signal{{Channels: 3, Scale: 40, Value: positive}}, connect: []string{"I"}, sliced: true, frames: 300, params: byMethod("milstein_ito", "(1+v)*xi"),
	},
	{
		name: "a matrix for each cell, with exact noise", inputs: []stagetest.Signal{{Channels: 3, Scale: 40, Value: positive}}, connect: []string{"I"}, sliced: true, frames: 300,
		params: neurons.GroupParams{
			N: 3, Method: "exact_ou", Threshold: "v > 1", Reset: "v = 0; tau += 1*ms", Refractory: "1 ms", Record: []string{"v", "w", "tau", "k"},
			Equations: "dv/dt = (I - w - v)/tau + k*xi : 1 (unless refractory)\ndw/dt = (v - w)/(10*ms) : 1\ntau : second\nk : second**-.5 (shared)\nI : 1",
			Init:      map[string]string{"tau": "(1 + i)*ms", "k": "0.2*(2/ms)**.5"},
		},
	},
	{
		name: "timed arrays, a lock-out and an alias", inputs: []stagetest.Signal{{Channels: 3, Scale: 40, Value: positive}}, connect: []string{"I"}, sliced: true, frames: 300,
		params: neurons.GroupParams{
			N: 3, Threshold: "v > 1", LockOut: "2 ms", Record: []string{"u", "x"}, Equations: "dv/dt = (I + x - u)/(1*ms) : 1\nI : 1\nu = v\nx = ta(t, i)*tb(t) : 1",
			TimedArrays: map[string]*equations.TimedArray{
				"ta": {Values: []float64{1, 2, 3, 0, 0.5, 1, 1, 0, 3}, Columns: 3, DT: 5e-3}, "tb": {Values: []float64{1, 0.3}, DT: 7.5e-4, Start: 2e-3},
			},
		},
	},
	{
		name: "held where the reset has left it", inputs: []stagetest.Signal{{Channels: 3, Scale: 40, Value: positive}}, connect: []string{"I"}, sliced: true, frames: 300,
		params: neurons.GroupParams{
			N: 3, Threshold: "v > 1", Reset: "v = 0.5*rand()", Hold: "v", Refractory: "2 ms", Record: []string{"v"}, Equations: "dv/dt = (I - v)/(1*ms) : 1\nI : 1",
		},
	},
	{
		name: "random everywhere, no input", sliced: true,
		params: neurons.GroupParams{
			N: 7, DT: 1.0 / 8192, Frames: 900, Threshold: "v > 1 + 0.1*randn()", Reset: "v = 0.2*rand(); w += randn()", Refractory: "1 ms",
			Equations: "dv/dt = (1.5 - v)/(5*ms) + rand()/(10*ms) + 10*u/second : 1\ndw/dt = -w/(10*ms) + u/second + xi_a/second**.5 : 1\nu = xi*second**.5 : 1",
			Init:      map[string]string{"v": "rand()", "w": "v + randn()"}, Record: []string{"v", "w", "lastspike"},
		},
	},
}

// byMethod is a group whose two equations depend on each other, on the time and on noise.
func byMethod(method, noise string) neurons.GroupParams {
	return neurons.GroupParams{
		N: 3, Method: method, Threshold: "v > 1", Reset: "v = 0; w += 0.1", Refractory: "1 ms", Record: []string{"v", "w"},
		Equations: "dv/dt = (I*(1+0.1*sin(t/ms))-v-w)/(1*ms) + " + noise + "*(2/ms)**.5/20 : 1 (unless refractory)\ndw/dt = (0.1*v**2-w)/(5*ms) : 1\nI : 1",
	}
}

// tireless cells fire as soon as they may: the reset leaves them above the threshold.
var tireless = neurons.GroupParams{
	N: 3, Equations: "dv/dt = 0/ms : 1", Threshold: "v > 1", Reset: "v = 2", Refractory: "0.3*ms", Init: map[string]string{"v": "2"},
}

// TestCellThatFiresAtTheEndOfItsPeriodBeginsAnother: clamped for K = 3 steps after the spike, then one step of moving.
func TestCellThatFiresAtTheEndOfItsPeriodBeginsAnother(t *testing.T) {
	p := tireless
	p.Frames = 10
	wantSteps(t, stepsOf(spikesOf(t, p), 2), 0, 4, 8)
}

// positive is a rectified, slowly varying signal that makes cells fire now and then.
func positive(at int64, c int) float64 {
	phase := float64(at%(97+13*int64(c%7))) / float64(97+13*int64(c%7))
	return max(0, 4*phase*(1-phase)-0.3) / 8
}

func TestGroupsAreStreams(t *testing.T) {
	for _, r := range recipes {
		t.Run(r.name, func(t *testing.T) {
			if r.frames == 0 && testing.Short() {
				r.frames = 300
			}
			stagetest.Run(t, stagetest.Recipe{
				Inputs: r.inputs, Sliced: r.sliced, Period: r.period, Frames: r.frames, HidesNaN: true, // a clamp overwrites it
				Channels: r.params.N,
				Build: func(in []stages.Stage, part stages.Range) ([]stages.Node, error) {
					p := r.params
					p.Channels, p.AllowNaN = part, true
					p.Inputs = map[string]stages.Stage{}
					for k, name := range r.connect {
						p.Inputs[name] = in[k]
					}
					g, err := neurons.NewGroup(p)
					if err != nil {
						return nil, err
					}
					return g.Nodes(), nil
				},
			})
		})
	}
}

func TestSliceAndWorkersDoNotChangeSpikes(t *testing.T) {
	build := func(workers int, sliced bool) []stages.Spike {
		in := stagetest.NewSource(stagetest.Signal{Rate: 44100, Channels: 1000, Scale: 40, Frames: 600, Value: positive})
		make := func(in []stages.Stage, lo, hi int) ([]stages.Node, error) {
			g, err := neurons.NewGroup(neurons.GroupParams{
				N: 1000, Equations: "dv/dt = (I-v)/(1*ms) + 0.2*xi*(2/(1*ms))**.5 : 1\nI : 1", Threshold: "v > 1", Reset: "v = 0", Refractory: "1 ms",
				Inputs: map[string]stages.Stage{"I": in[0]}, Channels: stages.Range{Lo: lo, Hi: hi},
			})
			if err != nil {
				return nil, err
			}
			return g.Nodes(), nil
		}
		var nodes []stages.Node
		var err error
		if sliced {
			nodes, err = stages.Slice([]stages.Stage{in}, stages.Range{Lo: 0, Hi: 1000}, 137, make)
		} else {
			nodes, err = make([]stages.Stage{in}, 0, 1000)
		}
		if err != nil {
			t.Fatal(err)
		}
		rec := stagetest.NewSpikeRecorder(nodes[0].(stages.SpikeStage))
		if _, err := stages.Run(context.Background(), stages.RunOptions{Workers: workers, Block: 32 * workers}, rec); err != nil {
			t.Fatal(err)
		}
		return rec.List
	}
	want := build(1, false)
	if len(want) < 1000 {
		t.Fatalf("%d spikes: too few to compare", len(want))
	}
	for _, workers := range []int{1, 2, 3} {
		if got := build(workers, true); !slices.Equal(got, want) {
			t.Errorf("%d workers: %d spikes in slices, %d in one piece, or other ones", workers, len(got), len(want))
		}
	}
}

func TestValueThatIsNotFiniteStopsAtItsStep(t *testing.T) {
	for _, block := range []int{1, 7, 64, 1000} {
		in := stagetest.NewSource(stagetest.Signal{Rate: 1000, Channels: 1100, Frames: 300, Scale: 1, Inject: []stagetest.Sample{
			{At: 200, Channel: 1050, Value: math.Inf(1)}, {At: 201, Channel: 3, Value: math.NaN()}, {At: 200, Channel: 1060, Value: math.NaN()},
		}})
		g := group(t, neurons.GroupParams{
			Name: "anf", Equations: "dv/dt = (I-v)/(1*ms) : 1\nI : 1", Threshold: "v > 1e9", Reset: "v = 0", Inputs: map[string]stages.Stage{"I": in}, Record: []string{"v"},
		})
		rec := stagetest.NewFrameRecorder(g.Variable("v"))
		_, err := stages.Run(context.Background(), stages.RunOptions{Block: block, Workers: 1}, rec)
		var bad *neurons.NonFiniteError
		if !errors.As(err, &bad) {
			t.Fatalf("block %d: got %v, want a *NonFiniteError", block, err)
		}
		if bad.Group != "anf" || bad.Variable != "v" || bad.Cell != 1050 || bad.Step != 200 || math.Abs(bad.Time-0.2) > 1e-12 || !math.IsInf(bad.Value, 1) {
			t.Errorf("block %d: %+v, want v of cell 1050 at step 200", block, *bad)
		}
		if n := len(rec.Data) / 1100; n != 200 {
			t.Errorf("block %d: %d frames are good, want 200", block, n)
		}
	}
}

func TestResetThatIsNotFiniteStopsAtItsStep(t *testing.T) {
	g := group(t, neurons.GroupParams{N: 2, Equations: "dv/dt = i/ms : 1\nw : 1", Threshold: "v > 0.55", Reset: "w = 1/(v-v)", Frames: 50})
	_, err := stages.CollectSpikes(context.Background(), g)
	var bad *neurons.NonFiniteError
	if !errors.As(err, &bad) || bad.Variable != "w" || bad.Cell != 1 || bad.Step != 5 {
		t.Errorf("got %v, want w of cell 1 at step 5", err)
	}
}

func TestSteadyStateAllocatesNothing(t *testing.T) {
	groups := map[string]neurons.GroupParams{"tireless": tireless}
	for _, r := range recipes {
		if len(r.inputs) == 0 { // the suite measures those with inputs
			groups[r.name] = r.params
		}
	}
	for name, p := range groups {
		p.Frames = stages.Unbounded
		g := group(t, p)
		ctx, at := context.Background(), int64(0)
		pull := func() {
			if _, err := g.FetchSpikes(ctx, at, at+64); err != nil {
				t.Fatal(err)
			}
			at += 64
		}
		for range 50 {
			pull()
		}
		if n := testing.AllocsPerRun(50, pull); n > 0 {
			t.Errorf("%s: %g allocations in 64 steps", name, n)
		}
	}
}

func BenchmarkGroup(b *testing.B) {
	for _, model := range []struct{ name, equations string }{
		{"LIF", "dv/dt = (1.2-v)/(10*ms) : 1"},
		{"noisyLIF", "dv/dt = (1.2-v)/(10*ms) + 0.2*xi*(2/(10*ms))**.5 : 1"},
	} {
		for _, cells := range []int{100, 3000} {
			b.Run(fmt.Sprintf("%s/%d", model.name, cells), func(b *testing.B) {
				g := group(b, neurons.GroupParams{N: cells, Equations: model.equations, Threshold: "v > 1", Reset: "v = 0", Refractory: "5 ms", Init: map[string]string{"v": "rand()"}})
				ctx, at := context.Background(), int64(0)
				const steps = 100
				b.ReportAllocs()
				spikes := 0
				for b.Loop() {
					s, err := g.FetchSpikes(ctx, at, at+steps)
					if err != nil {
						b.Fatal(err)
					}
					spikes += len(s.List)
					at += steps
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(at)/float64(cells), "ns/cell·step")
			})
		}
	}
}
