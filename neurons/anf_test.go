package neurons_test

import (
	"context"
	"math"
	"testing"

	"hearpipe/filterbank"
	"hearpipe/neurons"
	"hearpipe/sound"
	"hearpipe/stages"
)

// nerve is the chain of the Brian Hears example "simple_anf": a tone of 1 kHz and white noise for 0.1 s, 3,000 gammatone
// channels, cube-root hair cells, noisy leaky fibres.
func nerve(t *testing.T, seed uint64) []stages.Spike {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	tone, err := sound.Tone(sound.ToneParams{Length: sound.Length{Seconds: 0.1}, Frequency: []float64{1000}})
	must(err)
	noise, err := sound.WhiteNoise(sound.NoiseParams{Length: sound.Length{Seconds: 0.1}, Seed: seed})
	must(err)
	both, err := tone.Add(noise)
	must(err)
	both, err = both.Ramp(sound.RampParams{})
	must(err)
	cf, err := filterbank.ERBSpace(20, 20_000, 3000)
	must(err)
	nodes, err := stages.Slice([]stages.Stage{both}, stages.Range{Lo: 0, Hi: 3000}, 0, func(in []stages.Stage, lo, hi int) ([]stages.Node, error) {
		part := stages.Range{Lo: lo, Hi: hi}
		cochlea, err := filterbank.NewGammatone(in[0], filterbank.GammatoneParams{CF: cf, Channels: part})
		if err != nil {
			return nil, err
		}
		hair, err := stages.NewFunction([]stages.Stage{cochlea}, stages.FunctionParams{Expr: "3*clip(x, 0, inf)**(1/3)"})
		if err != nil {
			return nil, err
		}
		fibres, err := neurons.NewGroup(neurons.GroupParams{
			Name: "anf", N: 3000, Channels: part, Inputs: map[string]stages.Stage{"I": hair}, Seed: seed,
			Equations: "dv/dt = (I-v)/(1*ms) + 0.2*xi*(2/(1*ms))**.5 : 1\nI : 1", Threshold: "v > 1", Reset: "v = 0", Refractory: "5 ms",
		})
		if err != nil {
			return nil, err
		}
		return fibres.Nodes(), nil
	})
	must(err)
	list, err := stages.CollectSpikes(context.Background(), nodes[0].(stages.SpikeStage))
	must(err)
	return list
}

// TestNoisyNerveOf3000FibresFiresAsPublished compares with five runs of an independent model: 24,100 spikes with a standard
// deviation of 350 between sounds, 15.02 +- 0.04 per fibre in channels 1060 to 1120.
func TestNoisyNerveOf3000FibresFiresAsPublished(t *testing.T) {
	if testing.Short() {
		t.Skip("3,000 channels")
	}
	const runs = 6
	total, near := 0.0, 0.0
	shortest := int64(math.MaxInt64)
	for seed := range uint64(runs) {
		last := map[int32]int64{}
		list := nerve(t, seed+1)
		total += float64(len(list)) / runs
		for _, s := range list {
			if at, ok := last[s.Cell]; ok {
				shortest = min(shortest, s.At-at)
			}
			last[s.Cell] = s.At
			if s.Cell >= 1060 && s.Cell < 1120 {
				near += 1. / 60 / runs
			}
		}
	}
	// The standard error of either mean is about 150.
	if math.Abs(total-24_100) > 350 {
		t.Errorf("%.0f spikes on average, want 24,100 within 350", total)
	}
	if math.Abs(near-15.02) > 0.12 {
		t.Errorf("%.2f spikes per fibre near 1 kHz, want 15.02 within 0.12", near)
	}
	// Without a flag the period is 220 steps of clamping and at least one of moving.
	if shortest < 221 || shortest > 240 {
		t.Errorf("shortest interval of %d steps, want 221 or a little more", shortest)
	}
}
