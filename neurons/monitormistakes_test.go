package neurons_test

import (
	"strings"
	"testing"

	"hearpipe/neurons"
)

// A monitor that could see nothing is refused, and one that did not see something says what it saw.
func TestMonitorsSayWhatTheyCanSee(t *testing.T) {
	n, err := neurons.NewNetwork(neurons.NetworkParams{})
	if err != nil {
		t.Fatal(err)
	}
	g, err := n.Group(neurons.GroupParams{Name: "a", N: 3, Equations: "v : volt\nI : amp"})
	if err != nil {
		t.Fatal(err)
	}
	want := func(err error, text string) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%v, want %s", err, text)
		}
	}
	_, err = n.StateMonitor(g.All(), nil, neurons.StateMonitorParams{})
	want(err, "no variables: name at least one")
	_, err = n.RateMonitor(g.All(), neurons.RateMonitorParams{Bin: 1e-5})
	want(err, "bin of 1e-05 s: want at least one step of 0.0001 s")
	m, err := n.StateMonitor(g.All(), []string{"v"}, neurons.StateMonitorParams{Cells: []int{0, 2}})
	if err != nil {
		t.Fatal(err)
	}
	none, err := n.StateMonitor(g.All(), []string{"v"}, neurons.StateMonitorParams{None: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.Run(t.Context(), 0.01); err != nil {
		t.Fatal(err)
	}
	_, err = m.Series("v", 1)
	want(err, "v of cell 1 was not kept (kept: v of 2 cells)")
	_, err = m.Series("I", 0)
	want(err, "I of cell 0 was not kept (kept: v of 2 cells)")
	_, err = none.Series("v", 0)
	want(err, "None keeps no values")
}
