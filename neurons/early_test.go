package neurons

import (
	"context"
	"testing"
)

// TestThresholdsAreTestedEarlyOnlyUnseen adds operations between the update of a group and its thresholds, and wants them to have
// their effect; without any, or with some elsewhere, and beside other groups, thresholds are tested with the update.
func TestThresholdsAreTestedEarlyOnlyUnseen(t *testing.T) {
	const cells = blockCells + 76 // two blocks
	for _, c := range []struct {
		slot  Slot
		early bool
	}{{Start, true}, {BeforeGroups, true}, {Groups, false}, {BeforeThresholds, false}, {AfterThresholds, true}, {End, true}} {
		n, err := NewNetwork(NetworkParams{})
		if err != nil {
			t.Fatal(err)
		}
		var groups []*Group
		for range 2 {
			g, err := n.Group(GroupParams{N: cells, Equations: "dv/dt = 0/ms : 1\nu : 1", Threshold: "v > u", Reset: "v = -1", Init: map[string]string{"u": "1"}})
			if err != nil {
				t.Fatal(err)
			}
			groups = append(groups, g)
		}
		last := groups[1]
		if _, err := n.PoissonGroup(PoissonParams{N: 3, Rates: "10*Hz"}); err != nil {
			t.Fatal(err)
		}
		if err := n.Operation(When{Slot: c.slot, Order: 1}, func(now Now) error {
			if now.Step == 3 {
				v, err := last.Cells(cells-50, cells)
				if err != nil {
					return err
				}
				return v.Set("v", "2")
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		m, err := n.SpikeMonitor(last.All(), SpikeMonitorParams{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := n.Run(context.Background(), 10e-4); err != nil {
			t.Fatal(err)
		}
		if groups[0].e.early != c.early || last.e.early != c.early {
			t.Errorf("operation in slot %s: early is %v and %v, want %v", c.slot, groups[0].e.early, last.e.early, c.early)
		}
		step := int64(3)
		if c.slot > Thresholds {
			step = 4
		}
		if list := m.Spikes(); len(list) != 50 || list[0].Cell != cells-50 || list[49].Cell != cells-1 || list[0].At != step {
			t.Errorf("operation in slot %s: %d spikes: %v", c.slot, len(list), list)
		}
	}
}

// TestEventsAreTestedBeforeThresholds: conditions of events see the refractoriness and the last spike of before the spike.
func TestEventsAreTestedBeforeThresholds(t *testing.T) {
	for _, condition := range []string{"v > 1 and not_refractory", "v > 1 and t - lastspike > 1*ms"} {
		n, err := NewNetwork(NetworkParams{})
		if err != nil {
			t.Fatal(err)
		}
		g, err := n.Group(GroupParams{
			N: 3, Equations: "dv/dt = (2-v)/(1*ms) : 1 (unless refractory)", Threshold: "v > 1", Reset: "v = 0", Refractory: "2*ms",
			Events: map[string]string{"e": condition},
		})
		if err != nil {
			t.Fatal(err)
		}
		m, err := n.SpikeMonitor(g.All(), SpikeMonitorParams{})
		if err != nil {
			t.Fatal(err)
		}
		events := 0
		if err := n.Operation(When{Slot: End}, func(Now) error {
			events += len(g.e.events[0].list)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := n.Run(context.Background(), 20e-3); err != nil {
			t.Fatal(err)
		}
		if spikes := len(m.Spikes()); events != spikes || spikes == 0 {
			t.Errorf("%s: %d events, want one for each of %d spikes", condition, events, spikes)
		}
	}
}
