package neurons

import (
	"context"
	"testing"
)

// TestListOfClampedCellsDoesNotGrow lets cells fire again as soon as their period has ended, every K + 1 = 4 steps.
func TestListOfClampedCellsDoesNotGrow(t *testing.T) {
	const cells = 3
	g, err := NewGroup(GroupParams{
		N: cells, Equations: "dv/dt = 0/ms : 1", Threshold: "v > 1", Reset: "v = 2", Refractory: "0.3*ms", Init: map[string]string{"v": "2"},
	})
	if err != nil {
		t.Fatal(err)
	}
	s, err := g.FetchSpikes(context.Background(), 0, 300)
	if err != nil || len(s.List) != 75*cells {
		t.Fatalf("%d spikes, %v: want %d", len(s.List), err, 75*cells)
	}
	if n := len(g.e.blocks[0].listed); n > cells {
		t.Errorf("%d entries for %d cells", n, cells)
	}
}
