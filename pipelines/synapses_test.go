package pipelines_test

import (
	"strings"
	"testing"

	"hearpipe/pipelines"
	"hearpipe/sinks"
)

const excited = `name: excited
about: a source excites a chain of cells
params: {weight: 0.6, lag: 0.5 ms, some: 1}
nodes:
  start: {type: neurons.generator, cells: 1, indices: [0], times: "[1]*ms"}
  cells:
    type: neurons.group
    cells: 5
    equations: "dv/dt = -v/(10*ms) : 1\ng : 1"
    threshold: v > 1
    reset: v = 0
    record: [v, g]
  first:
    {type: neurons.synapses, source: start, target: "cells[0:1]", on_pre: v += 2}
  chain:
    type: neurons.synapses
    source: cells
    model: |
      w : 1
      dx/dt = -x/(5*ms) : 1
      g_post = x : 1 (summed)
    on_pre: v_post += w; x += 1
    connect: {condition: j == i+1, n: 2}
    delay: $lag + i*0.1*ms
    init: {w: $weight + k*0.1}
sinks:
  - {type: spikes, from: cells, path: cells.csv}
  - {type: frames, from: cells.g, path: g.npy}
duration: 10 ms
`

func TestSynapsesOfAPipelineExciteAChain(t *testing.T) {
	runInBlocks(t, excited, "cells.csv", "g.npy")
	s, err := sinks.ReadSpikes("cells.csv")
	if err != nil {
		t.Fatal(err)
	}
	// Cell 0 gets 2 in step 10 and fires in the next; each further one fires a step after the delay of its synapses, whose
	// weights of 0.6 and 0.7 add up. Delays are 0.5, 0.6, 0.7 and 0.8 ms.
	want := []float64{1.1, 1.7, 2.4, 3.2, 4.1}
	if len(s.T) != len(want) {
		t.Fatalf("spikes at %v of cells %v, want 5", s.T, s.Cell)
	}
	for i, x := range want {
		if d := 1e3*s.T[i] - x; d > 1e-9 || d < -1e-9 || int(s.Cell[i]) != i {
			t.Errorf("spike %d of cell %d at %g ms, want cell %d at %g ms", i, s.Cell[i], 1e3*s.T[i], i, x)
		}
	}
	_, g, err := sinks.ReadArray("g.npy")
	if err != nil {
		t.Fatal(err)
	}
	if g[16*5+1] != 2 || g[15*5+1] != 0 || g[16*5+2] != 0 {
		t.Errorf("sums in steps 15 and 16: %v, %v; want 2 for cell 1 from step 16 on", g[75:80], g[80:85])
	}
}

func TestMistakesInSynapsesHaveTheirPlace(t *testing.T) {
	t.Chdir(t.TempDir())
	change := func(old, now string) string {
		if !strings.Contains(excited, old) {
			t.Fatalf("no %q in the pipeline", old)
		}
		return strings.Replace(excited, old, now, 1)
	}
	for _, c := range []struct{ text, want string }{
		{change("on_pre: v += 2", "on_pre: v += 2*mV"), "net.yaml:14:"},
		{change("on_pre: v_post += w; x += 1", "on_pre: v_post += u"), "nodes.chain.on_pre: unknown name u"},
		{change("dx/dt = -x/(5*ms)", "dx/dt = -x/(5*mV)"), "nodes.chain.model"},
		{change("g_post = x", "h_post = x"), "nodes.chain.model: h_post is summed, but the cells have no such parameter"},
		{change("condition: j == i+1", "condition: j == m+1"), "nodes.chain.connect.condition: unknown name m"},
		{change("condition: j == i+1", "conditions: j == i+1"), `connect has no "conditions" (did you mean "condition"?)`},
		{change("condition: j == i+1", "condition: j == i+1, p: 2"), "a probability of 2: want 0 to 1"},
		{change("condition: j == i+1", "targets: i+1, sources: 2"), "given by targets and by a number of sources"},
		{change("condition: j == i+1", "sources: 6"), "6 sources for each target: want 1 to 5"},
		{change("condition: j == i+1", `i: "[0, 1]", j: "[1, 5]"`), "pair 1 is 1 to 5: want i from 0 to 4, j from 0 to 4"},
		{change("condition: j == i+1", `i: "[0, 1]", j: "[1]"`), "2 values of i, but 1 of j"},
		{change("n: 2}", "n: 1.5}"), "want a whole number"},
		{change("delay: $lag", "delay: $some"), "nodes.chain.delay"},
		{change("init: {w: $weight", "init: {w: $lag"), "nodes.chain.init.w"},
		{change("init: {w: $weight", "init: {u: $weight"), "there is no variable u"},
		{change("source: start,", ""), "source"},
		{change("source: start", "source: cells.v"), "not cells"},
		{change(`target: "cells[0:1]"`, `target: "cells[0:9]"`), "cells 0:9 of cells: want lo < hi within 0:5"},
		{strings.Replace(strings.Replace(excited, "    cells: 5\n", "    cells: 1000000\n", 1), "condition: j == i+1, ", "", 1), "of memory"},
	} {
		d, err := pipelines.Parse("net.yaml", []byte(c.text))
		if err == nil {
			_, err = d.Check(pipelines.Options{})
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v\nwant %q", err, c.want)
		}
	}
}
