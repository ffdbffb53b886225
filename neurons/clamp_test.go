package neurons

import (
	"context"
	"testing"
)

// TestCellsFireAgainAsSoonAsTheirPeriodHasEnded, which is every K + 1 = 4 steps.
func TestCellsFireAgainAsSoonAsTheirPeriodHasEnded(t *testing.T) {
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
}

// TestHeldCellsAreThoseOfALoop compares cells of several blocks, each with a period and a drive of its own, with a loop over
// cells and steps that holds one after the other. Thresholds come in the form that needs no program, both ways round, and in
// forms that do.
func TestHeldCellsAreThoseOfALoop(t *testing.T) {
	const cells, steps = 1100, 120
	for _, threshold := range []string{"v > 1", "1 < v", "v > 1 and v > 0", "v >= 1"} {
		g, err := NewGroup(GroupParams{
			N: cells, Equations: "dv/dt = (1 + 0.75*(i % 8))/ms : 1", Method: "euler", Threshold: threshold, Reset: "v = 0.0625",
			Refractory: "(i % 23)*0.125*ms", DT: 1.0 / 8192, Record: []string{"v"},
		})
		if err != nil {
			t.Fatal(err)
		}
		s, err := g.FetchSpikes(context.Background(), 0, steps)
		if err != nil {
			t.Fatal(err)
		}
		f, err := g.Variable("v").Fetch(context.Background(), 0, steps)
		if err != nil {
			t.Fatal(err)
		}
		at := 0
		v, until := make([]float64, cells), make([]int, cells)
		for c := range until {
			until[c] = -1
		}
		for step := range steps {
			for c := range v {
				period := Steps(float64(c%23)*0.125e-3, 1.0/8192, Floor)
				v[c] += 1.0 / 8192 * ((1 + 0.75*float64(c%8)) / 1e-3)
				if fires := v[c] > 1 || v[c] == 1 && threshold == "v >= 1"; fires && step > until[c] {
					if at == len(s.List) || s.List[at].At != int64(step) || s.List[at].Cell != int32(c) {
						t.Fatalf("%s: spike %d: want step %d, cell %d", threshold, at, step, c)
					}
					at++
					v[c], until[c] = 0.0625, step+int(period)
				}
				if step <= until[c] {
					v[c] = 0.0625
				}
				if got := f.At(step, c); got != v[c] {
					t.Fatalf("%s: cell %d at step %d: %v, want %v", threshold, c, step, got, v[c])
				}
			}
		}
		if at != len(s.List) || at < 3*cells {
			t.Fatalf("%s: %d spikes, want %d", threshold, len(s.List), at)
		}
	}
}
