package pipelines

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hearpipe/stages"
)

const placesOfNetworks = `duration: 20 ms
nodes:
  p: {type: neurons.poisson, cells: 5, rates: 15 Hz}
  g: {type: neurons.generator, cells: 2, indices: [0, 1], times: "[5, 10]*ms"}
  cells:
    type: neurons.group
    cells: 10
    equations: "dv/dt = -v/(10*ms) : volt"
    threshold: v > 10*mV
    reset: v = 0*mV
    init: {v: 3*mV}
  s: {type: neurons.synapses, source: p, target: cells, on_pre: v += 1*mV, connect: {p: 0.5}, delay: 1 ms}
  h: {type: neurons.synapses, source: g, target: cells, on_pre: v += 1*mV, connect: {i: [0, 1], j: [3, 9]}}
sinks:
  - {type: spikes, from: cells, path: o.csv}
`

// placed checks and builds a pipeline and gives all that is said about it.
func placed(t *testing.T, text string) (said string) {
	t.Helper()
	d, err := Parse("x.yaml", []byte(text))
	if err != nil {
		return err.Error()
	}
	p, err := d.Check(Options{Access: Access{Folder: t.TempDir()}})
	if err != nil {
		return err.Error()
	}
	_, err = p.Run(t.Context(), stages.RunOptions{})
	if err != nil {
		return err.Error()
	}
	return p.Warnings.Error()
}

// A mistake in a network is told with the line and the column of the entry it stands in.
func TestMistakesInNetworksAreToldWhereTheyStand(t *testing.T) {
	if said := placed(t, placesOfNetworks); said != "" {
		t.Fatal(said)
	}
	for _, c := range []struct{ old, new, want string }{
		{"15 Hz", "15 mV", "x.yaml:3:47: nodes.p.rates: the right-hand side"},
		{"15 Hz", "f*Hz", "x.yaml:3:47: nodes.p.rates: unknown name f"},
		{"v: 3*mV", "v: 3*ms", "x.yaml:11:15: nodes.cells.init.v: v has the dimension"},
		{"v: 3*mV", "w: 3*mV", "x.yaml:11:15: nodes.cells.init.w: "},
		{"p: 0.5", "p: 1.5", "x.yaml:12:89: nodes.s.connect.p: a probability of 1.5"},
		{"p: 0.5", "condition: i + j*mV > 2", "x.yaml:12:97: nodes.s.connect.condition: cannot add"},
		{"p: 0.5", "targets: i+8", "x.yaml:12:95: nodes.s.connect.targets: a target of i = 2 is 10"},
		{"delay: 1 ms", "delay: -1 ms", "x.yaml:12:102: nodes.s.delay: synapses s: synapse 0"},
		{"j: [3, 9]", "j: [3, 10]", "x.yaml:13:85: nodes.h.connect: pair 1 is 1 to 10"},
		{"j: [3, 9]", "j: [3, -1]", "nodes.h.connect.j"},
		{"j: [3, 9]", "j: [3, x]", "nodes.h.connect.j"},
		{"p: 0.5", "p: [0.5]", "nodes.s.connect.p: want an expression, this is a list"},
		{"from: cells,", "from: cells.v,", "variables that the field record lists are outputs"},
		{"[5, 10]", "[-5, 10]", "x.yaml:4:6: warning: nodes.g: generator g: 1 spikes left out: before time 0"},
		{"[0, 1], times: \"[5, 10]", "[1, 1], times: \"[5, 5]", "1 spikes left out: of a cell that fires in the same step already"},
		{
			"rates: 15 Hz}", "rates: 15 Hz, seed: 1}\n  q: {type: neurons.poisson, cells: 5, rates: 15 Hz, seed: 2}\n  r: {type: neurons.synapses, source: q, target: cells, on_pre: v += 1*mV}",
			"x.yaml:4:60: nodes.q.seed: 2, but p has the seed 1",
		},
	} {
		if strings.Count(placesOfNetworks, c.old) == 0 {
			t.Fatalf("there is no %q", c.old)
		}
		if said := placed(t, strings.Replace(placesOfNetworks, c.old, c.new, 1)); !strings.Contains(said, c.want) {
			t.Errorf("%s instead of %s: %s, want %s", c.new, c.old, said, c.want)
		}
	}
}

// What a generator warns about is found without its cells; they keep their numbers.
func TestCellsOfAGeneratorKeepTheirNumbers(t *testing.T) {
	folder := t.TempDir()
	d, err := Parse("x.yaml", []byte("duration: 20 ms\nnodes:\n  g: {type: neurons.generator, cells: 9, indices: [7, 2], times: \"[5, 10]*ms\"}\nsinks:\n  - {type: spikes, from: g, path: g.csv}\n"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := d.Check(Options{Access: Access{Folder: folder}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Run(t.Context(), stages.RunOptions{}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(folder, "g.csv"))
	if want := "t,i\n0.005,7\n0.01,2\n"; err != nil || string(text) != want {
		t.Errorf("%q %v, want %q", text, err, want)
	}
}
