package stages_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

// chain is two filters on one stream: a control from the stream to the first, and one from the first to the second.
// The second target of each is there to be computed in time, whoever reads it.
func chain(x stages.Stage, i1, i2 int64) ([]stages.Node, error) {
	first, a, err := newLeaky(x, 0.9)
	if err != nil {
		return nil, err
	}
	second, b, err := newLeaky(x, 0.5)
	if err != nil {
		return nil, err
	}
	third, c, err := newLeaky(x, 0.25)
	if err != nil {
		return nil, err
	}
	for _, k := range []struct {
		in       stages.Stage
		targets  []stages.Node
		set      []*leaky
		interval int64
	}{{x, []stages.Node{first, third}, []*leaky{a, c}, i1}, {first, []stages.Node{second}, []*leaky{b}, i2}} {
		u := &follower{targets: k.set, memory: make([]float64, 1)}
		if _, err := stages.Control([]stages.Stage{k.in}, k.targets, u, k.interval); err != nil {
			return nil, err
		}
	}
	return []stages.Node{x, first, second, third}, nil
}

// chainByHand computes the ports of chain frame by frame.
func chainByHand(x stagetest.Signal, frames, i1, i2 int64) [][]float64 {
	out := make([][]float64, 4)
	var y [4]float64
	gain := [4]float64{1, 1, 1, 1}
	var memory [2]float64
	update := func(k, interval int64, from, which int, to ...int) {
		if k == 0 || k%interval != 0 {
			return
		}
		sum := 0.0
		for _, v := range out[from][k-interval:] {
			sum += math.Abs(v)
		}
		memory[which] = float64(0.5*memory[which]) + sum
		for _, t := range to {
			gain[t] = 1 / (1 + memory[which])
		}
	}
	for k := range frames {
		update(k, i1, 0, 0, 1, 3)
		update(k, i2, 1, 1, 2)
		y[0] = x.At(k, 0)
		for p, a := range []float64{1: 0.9, 2: 0.5, 3: 0.25} {
			if p > 0 {
				y[p] = float64(a*y[p]) + float64(gain[p]*y[0])
			}
			out[p] = append(out[p], y[p])
		}
	}
	return out
}

func TestChainsOfControlsGiveTheSameBitsInAnyOrderOfAsking(t *testing.T) {
	orders := 600
	if testing.Short() {
		orders = 150
	}
	sig := stagetest.Signal{Frames: 400, Seed: 11}
	for order := range orders {
		rng := rand.New(rand.NewPCG(uint64(order), 78))
		i1, i2 := 1+rng.Int64N(60), 1+rng.Int64N(60)
		block := 1 + rng.IntN(20)
		err := oneOrder(rng, sig, block, chainByHand(sig, sig.Frames, i1, i2), func(in []stages.Stage) ([]stages.Node, error) {
			x, err := stages.NewScale(in[0], 1, 0)
			if err != nil {
				return nil, err
			}
			return chain(x, i1, i2)
		})
		if err != nil {
			t.Fatalf("order %d, intervals %d and %d, block %d: %v", order, i1, i2, block, err)
		}
	}
}

// TestEndsOfChainsOfControlsConform reads one port of the chain alone, so that the others lag behind it.
func TestEndsOfChainsOfControlsConform(t *testing.T) {
	for _, port := range []int{1, 2, 3} {
		stagetest.Run(t, stagetest.Recipe{
			Inputs: []stagetest.Signal{{}},
			Build: func(in []stages.Stage, _ stages.Range) ([]stages.Node, error) {
				nodes, err := chain(in[0], 17, 29)
				if err != nil {
					return nil, err
				}
				return nodes[port : port+1], nil
			},
			Mixes: true, Readers: 4, Period: 17 * 29, Frames: 600,
		})
	}
}

// TestLoopsThroughSlicesConform closes a feedback loop through slices: the control of a filter reads what slices make of it.
func TestLoopsThroughSlicesConform(t *testing.T) {
	stagetest.Run(t, stagetest.Recipe{
		Inputs: []stagetest.Signal{{Channels: 5}},
		Build: func(in []stages.Stage, _ stages.Range) ([]stages.Node, error) {
			first, l, err := newLeaky(in[0], 0.75)
			if err != nil {
				return nil, err
			}
			joined, err := stages.Slice([]stages.Stage{first}, stages.Range{Lo: 0, Hi: 5}, 2, func(in []stages.Stage, lo, hi int) ([]stages.Node, error) {
				v, err := stages.NewView(in[0], stages.Range{Lo: lo, Hi: hi})
				if err != nil {
					return nil, err
				}
				y, _, err := newLeaky(v, 0.5)
				return []stages.Node{y}, err
			})
			if err != nil {
				return nil, err
			}
			u := &follower{targets: []*leaky{l}, memory: make([]float64, 1)}
			_, err = stages.Control([]stages.Stage{joined[0].(stages.Stage)}, []stages.Node{first}, u, 13)
			return []stages.Node{first, joined[0]}, err
		},
		Mixes: true, Period: 13, Frames: 400,
	})
}

// ahead is a filter that a control drives and that a stage behind it makes run 40 frames ahead of its input and of the
// input of the control.
func ahead(in stages.Stage, interval int64) ([]stages.Node, error) {
	x, err := stages.NewScale(in, 1, 0)
	if err != nil {
		return nil, err
	}
	z, err := stages.NewScale(in, 2, 0)
	if err != nil {
		return nil, err
	}
	y, l, err := newLeaky(x, 0.5)
	if err != nil {
		return nil, err
	}
	u := &follower{targets: []*leaky{l}, memory: make([]float64, 1)}
	if _, err := stages.Control([]stages.Stage{z}, []stages.Node{y}, u, interval); err != nil {
		return nil, err
	}
	w, err := newAround(y, 5, 40)
	return []stages.Node{x, z, y, w}, err
}

// aheadByHand computes the ports of ahead frame by frame.
func aheadByHand(sig stagetest.Signal, frames, interval int64) [][]float64 {
	out := make([][]float64, 4)
	y, gain, memory := 0.0, 1.0, 0.0
	for k := range frames {
		if k > 0 && k%interval == 0 {
			sum := 0.0
			for _, v := range out[1][k-interval:] {
				sum += math.Abs(v)
			}
			memory = float64(0.5*memory) + sum
			gain = 1 / (1 + memory)
		}
		x := sig.At(k, 0)
		y = float64(0.5*y) + float64(gain*x)
		out[0], out[1], out[2] = append(out[0], x), append(out[1], 2*x), append(out[2], y)
	}
	at := func(k int64) float64 {
		if k < 0 || k >= frames {
			return 0
		}
		return out[2][k]
	}
	for k := range frames {
		out[3] = append(out[3], at(k)+at(k-5)/2+at(k+40)/4)
	}
	return out
}

func TestControlledStagesThatRunAheadGiveTheSameBitsInAnyOrderOfAsking(t *testing.T) {
	sig := stagetest.Signal{Frames: 500, Seed: 12}
	for order := range 200 {
		rng := rand.New(rand.NewPCG(uint64(order), 79))
		interval := 1 + rng.Int64N(30)
		err := oneOrder(rng, sig, 1+rng.IntN(12), aheadByHand(sig, sig.Frames, interval), func(in []stages.Stage) ([]stages.Node, error) {
			return ahead(in[0], interval)
		})
		if err != nil {
			t.Fatalf("order %d, interval %d: %v", order, interval, err)
		}
	}
}
