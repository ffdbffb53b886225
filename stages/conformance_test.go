package stages_test

import (
	"context"
	"errors"
	"io"
	"math"
	"testing"

	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

// list adapts a constructor that returns one stream.
func list(s *stages.Stream, err error) ([]stages.Node, error) { return stagetest.Nodes(s, err) }

// viewed gives the channels r of each input; mono inputs stay whole.
func viewed(in []stages.Stage, r stages.Range) ([]stages.Stage, error) {
	if r == (stages.Range{}) {
		return in, nil
	}
	out := make([]stages.Stage, len(in))
	for i, s := range in {
		out[i] = s
		if s.Format().Channels > 1 {
			v, err := stages.NewView(s, r)
			if err != nil {
				return nil, err
			}
			out[i] = v
		}
	}
	return out, nil
}

// sliced builds on the channels r of the inputs.
func sliced(build func(in []stages.Stage) (*stages.Stream, error)) func([]stages.Stage, stages.Range) ([]stages.Node, error) {
	return func(in []stages.Stage, r stages.Range) ([]stages.Node, error) {
		in, err := viewed(in, r)
		if err != nil {
			return nil, err
		}
		return list(build(in))
	}
}

// unsliced builds on the whole inputs.
func unsliced(build func(in []stages.Stage) (*stages.Stream, error)) func([]stages.Stage, stages.Range) ([]stages.Node, error) {
	return func(in []stages.Stage, _ stages.Range) ([]stages.Node, error) { return list(build(in)) }
}

func TestElementwiseStagesConform(t *testing.T) {
	wide := stagetest.Signal{Channels: 10, Seed: 1}
	other := stagetest.Signal{Channels: 10, Seed: 2}
	mono := stagetest.Signal{Seed: 3}
	for name, r := range map[string]stagetest.Recipe{
		"sum": {Inputs: []stagetest.Signal{wide, mono, other}, Build: sliced(func(in []stages.Stage) (*stages.Stream, error) {
			return stages.NewSum(in, []float64{0.5, -2, 1})
		})},
		"mono sum": {Inputs: []stagetest.Signal{mono, mono}, Build: sliced(func(in []stages.Stage) (*stages.Stream, error) {
			return stages.NewSum(in, nil)
		})},
		"difference": {Inputs: []stagetest.Signal{wide, other}, Build: sliced(func(in []stages.Stage) (*stages.Stream, error) {
			return stages.NewDifference(in[0], in[1])
		})},
		"product": {Inputs: []stagetest.Signal{mono, wide, other}, Build: sliced(func(in []stages.Stage) (*stages.Stream, error) {
			return stages.NewProduct(in...)
		}), Channels: 10},
		"quotient": {Inputs: []stagetest.Signal{wide, other}, Build: sliced(func(in []stages.Stage) (*stages.Stream, error) {
			return stages.NewQuotient(in[0], in[1])
		})},
		"scale": {Inputs: []stagetest.Signal{wide}, Build: sliced(func(in []stages.Stage) (*stages.Stream, error) {
			return stages.NewScale(in[0], 3, -1)
		})},
		"same input twice": {Inputs: []stagetest.Signal{wide}, Build: sliced(func(in []stages.Stage) (*stages.Stream, error) {
			return stages.NewProduct(in[0], in[0])
		})},
		"expression": {Inputs: []stagetest.Signal{wide, mono}, Build: sliced(func(in []stages.Stage) (*stages.Stream, error) {
			return stages.NewFunction(in, stages.FunctionParams{Expr: "3*clip(x0, 0, inf)**(1/3) + x1*exp(-x0)"})
		})},
		"Go function": {Inputs: []stagetest.Signal{wide}, Build: sliced(func(in []stages.Stage) (*stages.Stream, error) {
			return stages.NewFunction(in, stages.FunctionParams{Func: func(dst []float64, args [][]float64) {
				for i, x := range args[0] {
					dst[i] = math.Sqrt(math.Abs(x))
				}
			}})
		})},
	} {
		t.Run(name, func(t *testing.T) {
			r.Sliced = r.Inputs[0].Channels > 1 || len(r.Inputs) > 2
			r.Period, r.Frames = 1, 600
			stagetest.Run(t, r)
		})
	}
}

func TestFunctionOfTimeConforms(t *testing.T) {
	stagetest.Run(t, stagetest.Recipe{
		Inputs: []stagetest.Signal{{Channels: 3}},
		Build: sliced(func(in []stages.Stage) (*stages.Stream, error) {
			return stages.NewFunction(in, stages.FunctionParams{Expr: "x*sin(2*pi*100*Hz*t)"})
		}),
		Sliced: true, Frames: 500,
	})
}

func TestRoutingConforms(t *testing.T) {
	three := stagetest.Signal{Channels: 3, Seed: 1}
	more := stagetest.Signal{Channels: 3, Seed: 2}
	inputs := map[string]int{"join": 2, "interleave": 2, "index": 2}
	for name, build := range map[string]func(in []stages.Stage) (*stages.Stream, error){
		"repeat":     func(in []stages.Stage) (*stages.Stream, error) { return stages.NewRepeat(in[0], 3) },
		"tile":       func(in []stages.Stage) (*stages.Stream, error) { return stages.NewTile(in[0], 3) },
		"join":       func(in []stages.Stage) (*stages.Stream, error) { return stages.NewJoin(in...) },
		"interleave": func(in []stages.Stage) (*stages.Stream, error) { return stages.NewInterleave(in...) },
		"index": func(in []stages.Stage) (*stages.Stream, error) {
			return stages.NewIndex(in, []int{5, 0, 3, 0, 1, 2, 4}, 0)
		},
		"view": func(in []stages.Stage) (*stages.Stream, error) {
			return stages.NewView(in[0], stages.Range{Lo: 1, Hi: 3})
		},
	} {
		t.Run(name, func(t *testing.T) {
			stagetest.Run(t, stagetest.Recipe{
				Inputs: []stagetest.Signal{three, more}[:max(1, inputs[name])],
				Build:  unsliced(build),
				Mixes:  true, HidesNaN: true, Period: 1, Frames: 400,
			})
		})
	}
}

func TestLengthStagesConform(t *testing.T) {
	for name, r := range map[string]stagetest.Recipe{
		"extend": {Build: sliced(func(in []stages.Stage) (*stages.Stream, error) { return stages.NewExtend(in[0], 700) })},
		"extend without end": {Build: sliced(func(in []stages.Stage) (*stages.Stream, error) {
			return stages.NewExtend(in[0], stages.Unbounded)
		})},
		"fit by cutting":   {Build: sliced(func(in []stages.Stage) (*stages.Stream, error) { return stages.NewFit(in[0], 300) })},
		"fit by extending": {Build: sliced(func(in []stages.Stage) (*stages.Stream, error) { return stages.NewFit(in[0], 600) })},
		"fit to nothing":   {Build: sliced(func(in []stages.Stage) (*stages.Stream, error) { return stages.NewFit(in[0], 0) }), HidesNaN: true},
		"every third":      {Build: sliced(func(in []stages.Stage) (*stages.Stream, error) { return stages.NewEvery(in[0], 3) }), HidesNaN: true},
		"every thousandth": {Build: sliced(func(in []stages.Stage) (*stages.Stream, error) { return stages.NewEvery(in[0], 1000) }), HidesNaN: true},
	} {
		t.Run(name, func(t *testing.T) {
			r.Inputs = []stagetest.Signal{{Channels: 2}}
			r.Sliced, r.Period, r.Frames = true, 1, 500
			stagetest.Run(t, r)
		})
	}
}

// leaky is a first-order filter, y = a·y + gain·x, with a gain that a control may set.
type leaky struct {
	in      *stages.Padded
	a, gain float64
	y       []float64
}

func newLeaky(src stages.Stage, a float64) (*stages.Stream, *leaky, error) {
	f := src.Format()
	l := &leaky{in: stages.Pad(src), a: a, gain: 1, y: make([]float64, f.Channels)}
	s, err := stages.New("test.leaky", f, l, stages.From(src)...)
	return s, l, err
}

func (l *leaky) Fill(ctx context.Context, at int64, dst stages.Frames) (int, error) {
	f, err := l.in.Fetch(ctx, at, at+int64(dst.N))
	n := f.N
	if end := l.in.Ended(); end-at < int64(n) && end != stages.Unbounded {
		n, err = int(max(0, end-at)), io.EOF
	}
	for i := range n {
		for c, x := range f.Row(i) {
			l.y[c] = float64(l.a*l.y[c]) + float64(l.gain*x)
		}
		copy(dst.Row(i), l.y)
	}
	return n, err
}

func (l *leaky) AppendState(b []byte) []byte {
	return stages.AppendFloats(stages.AppendFloats(b, l.y), []float64{l.gain})
}

func (l *leaky) LoadState(b []byte) error {
	gain := make([]float64, 1)
	rest, err := stages.ReadFloats(b, l.y)
	if err == nil {
		rest, err = stages.ReadFloats(rest, gain)
	}
	if err == nil && len(rest) > 0 {
		err = errors.New("state too long")
	}
	l.gain = gain[0]
	return err
}

// follower sets the gain of its targets from the mean energy of the interval, and remembers how often it did.
type follower struct {
	targets []*leaky
	memory  []float64
}

func (u *follower) Update(_ int64, inputs []stages.Frames) error {
	sum := 0.0
	for _, f := range inputs {
		for i := range f.N {
			for _, x := range f.Row(i) {
				sum += math.Abs(x)
			}
		}
	}
	u.memory[0] = float64(0.5*u.memory[0]) + sum
	for _, l := range u.targets {
		l.gain = 1 / (1 + u.memory[0])
	}
	return nil
}

func (u *follower) AppendState(b []byte) []byte { return stages.AppendFloats(b, u.memory) }

func (u *follower) LoadState(b []byte) error {
	rest, err := stages.ReadFloats(b, u.memory)
	if err == nil && len(rest) > 0 {
		err = errors.New("state too long")
	}
	return err
}

// loop is a feedback loop: a filter, a second one behind it, and a control from behind the second to both.
func loop(in []stages.Stage, interval int64) ([]stages.Node, error) {
	first, a, err := newLeaky(in[0], 0.9)
	if err != nil {
		return nil, err
	}
	half, err := stages.NewScale(first, 0.5, 0.125)
	if err != nil {
		return nil, err
	}
	second, b, err := newLeaky(half, 0.5)
	if err != nil {
		return nil, err
	}
	u := &follower{targets: []*leaky{a, b}, memory: make([]float64, 1)}
	if _, err := stages.Control([]stages.Stage{second, in[0]}, []stages.Node{first, second}, u, interval); err != nil {
		return nil, err
	}
	return []stages.Node{first, half, second}, nil
}

func TestControlLoopsConform(t *testing.T) {
	for _, interval := range []int64{1, 16, 37} {
		stagetest.Run(t, stagetest.Recipe{
			Inputs: []stagetest.Signal{{Channels: 3}},
			Build: func(in []stages.Stage, _ stages.Range) ([]stages.Node, error) {
				return loop(in, interval)
			},
			Mixes: true, Period: interval, Readers: 2, Frames: 400,
		})
	}
}

func TestSlicedChainsConform(t *testing.T) {
	stagetest.Run(t, stagetest.Recipe{
		Inputs: []stagetest.Signal{{Channels: 11, Seed: 1}, {Seed: 2}},
		Build: func(in []stages.Stage, r stages.Range) ([]stages.Node, error) {
			all, err := r.Of(11)
			if err != nil {
				return nil, err
			}
			return stages.Slice(in, all, 3, func(in []stages.Stage, lo, hi int) ([]stages.Node, error) {
				x, err := stages.NewView(in[0], stages.Range{Lo: lo, Hi: hi})
				if err != nil {
					return nil, err
				}
				sum, err := stages.NewSum([]stages.Stage{x, in[1]}, nil)
				if err != nil {
					return nil, err
				}
				y, _, err := newLeaky(sum, 0.75)
				return []stages.Node{sum, y}, err
			})
		},
		Sliced: true, Period: 1, Frames: 400,
	})
}
