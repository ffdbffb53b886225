package neurons

import (
	"context"
	"testing"

	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

// TestNetworkIsNotAskedAhead interrupts a run of a network whose cells drive slices of other cells: it stands where the spikes end.
func TestNetworkIsNotAskedAhead(t *testing.T) {
	const cells, dt = 128, 1e-4
	n, err := NewNetwork(NetworkParams{Seconds: 0.2, DT: dt})
	if err != nil {
		t.Fatal(err)
	}
	g, err := n.Group(GroupParams{N: cells, Equations: "dv/dt = 1/(10*ms) : 1"})
	if err != nil {
		t.Fatal(err)
	}
	v, err := g.Stream("v")
	if err != nil {
		t.Fatal(err)
	}
	nodes, err := stages.Slice([]stages.Stage{v}, stages.Range{Lo: 0, Hi: cells}, 64, func(in []stages.Stage, lo, hi int) ([]stages.Node, error) {
		s, err := NewGroup(GroupParams{
			Equations: "du/dt = (I-u)/(1*ms) : 1\nI : 1", Threshold: "u > 1", Reset: "u = 0",
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
	sink := stagetest.NewSpikeRecorder(nodes[0].(stages.SpikeStage))
	interrupt := make(chan struct{})
	n.Options = stages.RunOptions{Block: 100, Workers: 2, Interrupt: interrupt, Progress: func(p stages.Progress) {
		if p.Done == 500*dt {
			close(interrupt)
		}
	}}
	if _, err := n.Run(context.Background(), 0.2, sink); err != nil {
		t.Fatal(err)
	}
	if sink.End != 500 || n.now() != 500 || len(sink.List) == 0 {
		t.Errorf("%d spikes to step %d, the network stands at %d: want 500", len(sink.List), sink.End, n.now())
	}
}
