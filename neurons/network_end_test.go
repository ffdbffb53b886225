package neurons_test

import (
	"testing"

	"hearpipe/neurons"
	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

// A network without a length ends with the longest of its inputs if it is asked to, whatever the blocks.
func TestNetworkEndsWithItsInputs(t *testing.T) {
	for _, block := range []int{1, 7, 1024} {
		ran := func(with bool) stages.Summary {
			n := network(t, neurons.NetworkParams{DT: 1e-3, Tick: 5e-4, WithInputs: with})
			n.Options.Block = block
			in := stagetest.NewSource(stagetest.Signal{Rate: 1000, Channels: 1, Frames: 100})
			if _, err := n.Group(neurons.GroupParams{Name: "a", N: 1, Equations: "dv/dt = (I-v)/ms : 1\nI : 1", Inputs: map[string]stages.Stage{"I": in}}); err != nil {
				t.Fatal(err)
			}
			sum, err := n.Run(t.Context(), 0.3)
			if err != nil {
				t.Fatal(err)
			}
			return sum
		}
		if s := ran(true); s.Frames != 200 || s.Reason != stages.EndOfStream { // two ticks a frame
			t.Errorf("blocks of %d: %d ticks, %q", block, s.Frames, s.Reason)
		}
		if s := ran(false); s.Frames != 600 || s.Reason != stages.Duration {
			t.Errorf("blocks of %d: %d ticks, %q, without an end", block, s.Frames, s.Reason)
		}
	}
}
