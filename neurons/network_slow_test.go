package neurons_test

import (
	"fmt"
	"slices"
	"testing"

	"hearpipe/neurons"
	"hearpipe/stages"
)

// slowCells fire in each third step of 0.2 ms, five steps of 0.1 ms in the other group take two of theirs.
var slowCells = neurons.GroupParams{N: 1, DT: 2e-4, Equations: "dv/dt = 1000*Hz : 1", Threshold: "v > 0.5", Reset: "v = 0", Method: "euler"}

// TestRunsThatEndWithinAStepLoseAndRepeatNothing cuts 30 ticks in all ways of two runs, by time and by a stop.
func TestRunsThatEndWithinAStepLoseAndRepeatNothing(t *testing.T) {
	want := make([]float64, 15)
	for k := range want {
		want[k] = float64(k%3+1) * 0.2
		if k%3 == 2 {
			want[k] = 0
		}
	}
	spikes := []stages.Spike{{At: 2}, {At: 5}, {At: 8}, {At: 11}, {At: 14}}
	for cut := range int64(30) {
		for _, block := range []int{1, 4, 1000} {
			for _, stops := range []bool{false, true} {
				n := network(t, neurons.NetworkParams{})
				n.Options.Block = block
				g := member(t, n, slowCells)
				v, s := takeFrames(t, g, "v"), takeSpikes(g)
				if stops {
					must(t, n.Operation(neurons.When{Slot: neurons.End}, func(now neurons.Now) error {
						if now.Step+1 == cut {
							n.Stop()
						}
						return nil
					}))
					run(t, n, 30e-4, v, s)
				} else {
					run(t, n, float64(cut)*1e-4, v, s)
				}
				if rest := 30e-4 - n.Time(); rest > 1e-9 {
					run(t, n, rest, v, s)
				}
				if fmt.Sprintf("%.9g", v.frames) != fmt.Sprintf("%.9g", want) || !slices.Equal(s.spikes, spikes) {
					t.Fatalf("cut after %d ticks (stop: %v), blocks of %d: %v and spikes %v, want %v and %v", cut, stops, block, v.frames, s.spikes, want, spikes)
				}
			}
		}
	}
}

func TestStreamsMayBeReadInSomeRunsOnly(t *testing.T) {
	for _, block := range []int{1, 3, 1000} {
		n := network(t, neurons.NetworkParams{})
		n.Options.Block = block
		g := member(t, n, slowCells)
		v, s := takeFrames(t, g, "v"), takeSpikes(g)
		run(t, n, 0)
		run(t, n, 5e-5, s) // half a tick is one
		run(t, n, 4e-4, v)
		run(t, n, 6e-4)
		run(t, n, 6e-4, s)
		run(t, n, 6e-4, v, s)
		// Ticks 1:5 hold the ends of steps 0 and 1, ticks 11:17 those of 5 to 7, 17:23 those of 8 to 10.
		wantValues(t, "v", v.frames, 0.2, 0.4, 0, 0.2, 0.4)
		if want := []stages.Spike{{At: 5}, {At: 8}}; !slices.Equal(s.spikes, want) {
			t.Errorf("blocks of %d: spikes %v, want %v", block, s.spikes, want)
		}
	}
}

func TestSlowStreamsGoBackWithTheirNetwork(t *testing.T) {
	n := network(t, neurons.NetworkParams{})
	g := member(t, n, slowCells)
	v := takeFrames(t, g, "v")
	run(t, n, 5e-4, v) // within step 2
	state, err := n.Store()
	must(t, err)
	run(t, n, 9e-4, v)
	must(t, n.Restore(state))
	must(t, g.Set("v", "0.3"))
	again := takeFrames(t, g, "v")
	run(t, n, 5e-4, again)
	wantValues(t, "v", again.frames, 0, 0.5, 0) // step 2 had ended before

	fresh := network(t, neurons.NetworkParams{})
	h := member(t, fresh, slowCells)
	late := takeFrames(t, h, "v")
	must(t, fresh.Restore(state))
	run(t, fresh, 5e-4, late)
	wantValues(t, "v", late.frames, 0, 0.2, 0.4)

	silent := network(t, neurons.NetworkParams{}) // has no stream of v
	member(t, silent, slowCells)
	must(t, silent.Restore(state))
	run(t, silent, 5e-4)
}
