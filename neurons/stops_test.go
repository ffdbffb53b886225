package neurons

import (
	"context"
	"math/rand"
	"slices"
	"testing"

	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

// TestStopsAtOddPlacesChangeNothing compares runs of a network behind slices that compute ahead, in pieces and stopped by an
// operation at random steps, with one run on one goroutine.
func TestStopsAtOddPlacesChangeNothing(t *testing.T) {
	const cells = 256
	run := func(block, workers int, stops map[int64]bool, pieces []float64, poison bool) (seen, sent []stages.Spike) {
		src, err := stagetest.NewStream(stagetest.Signal{Channels: cells, Frames: 2000, Seed: 9, Rate: 10000})
		if err != nil {
			t.Fatal(err)
		}
		nodes, err := stages.Slice([]stages.Stage{src}, stages.Range{Lo: 0, Hi: cells}, 64, func(in []stages.Stage, lo, hi int) ([]stages.Node, error) {
			s, err := NewGroup(GroupParams{
				Equations: "du/dt = (3*abs(I)-u)/(1*ms) + 0.3*xi*(2/(1*ms))**.5 : 1\nI : 1", Threshold: "u > 1", Reset: "u = 0", Refractory: "3*ms",
				N: cells, Channels: stages.Range{Lo: lo, Hi: hi}, Inputs: map[string]stages.Stage{"I": in[0]},
			})
			if err != nil {
				return nil, err
			}
			return s.Nodes(), nil
		})
		if err != nil {
			t.Fatal(err)
		}
		n, err := NewNetwork(NetworkParams{DT: 1e-4})
		if err != nil {
			t.Fatal(err)
		}
		gen, err := n.Generator(GeneratorParams{From: nodes[0].(stages.SpikeStage)})
		if err != nil {
			t.Fatal(err)
		}
		m, err := n.SpikeMonitor(gen.All(), SpikeMonitorParams{})
		if err != nil {
			t.Fatal(err)
		}
		if err := n.Operation(When{Slot: End}, func(now Now) error {
			if stops[now.Step] {
				n.Stop()
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		n.Options = stages.RunOptions{Block: block, Workers: workers, Poison: poison}
		for n.now() < 2100 {
			p := 0.21
			if len(pieces) > 0 {
				p, pieces = pieces[0], pieces[1:]
			}
			rec := stagetest.NewSpikeRecorder(gen)
			if _, err := n.Run(context.Background(), p, rec); err != nil {
				t.Fatal(err)
			}
			sent = append(sent, rec.List...)
		}
		return m.Spikes(), sent
	}
	want, wantSent := run(1024, 1, nil, nil, false)
	if len(want) < 1000 {
		t.Fatal(len(want))
	}
	r := rand.New(rand.NewSource(5))
	for i := range 12 {
		stops := map[int64]bool{}
		for range r.Intn(6) {
			stops[int64(r.Intn(2000))] = true
		}
		var pieces []float64
		for range r.Intn(6) {
			pieces = append(pieces, float64(r.Intn(300)+1)*1e-4)
		}
		block, workers := []int{1, 7, 32, 100, 1000}[r.Intn(5)], 1+r.Intn(4)
		seen, sent := run(block, workers, stops, pieces, i%3 == 0)
		if !slices.Equal(seen, want) || !slices.Equal(sent, wantSent) {
			t.Errorf("block %d, %d workers, stops at %v: %d spikes seen and %d sent, want %d and %d", block, workers, stops, len(seen), len(sent), len(want), len(wantSent))
		}
	}
}
