package pipelines

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	"hearpipe/sinks"
	"hearpipe/stages"
)

// TestGroupsWithoutInputsStandAlone runs cells that rise exponentially from a start value to a constant that they never
// reach, v(t) = E + (v0 - E) exp(-t/tau), and others that cross a threshold on the way.
func TestGroupsWithoutInputsStandAlone(t *testing.T) {
	text := `
params: {tau: 10 ms}
nodes:
  cells:
    type: neurons.group
    cells: 4
    dt: 0.5 ms
    duration: 40 ms
    constants: {E: 20*mV, T: 2*$tau, Vt: 12*mV}
    equations: |
      dv/dt = (E - v)/T : volt
      quiet : 1
    threshold: v > Vt and quiet == 0
    reset: v = 0*mV
    init: {v: i*mV, quiet: int(i < 2)}
    record: v
    method: EXACT
sinks:
  - {type: frames, from: cells.v, path: v.npy}
  - {type: spikes, from: cells, path: spikes.csv}
`
	folder, _ := outputs(t, []byte(text), Options{}, stages.RunOptions{Block: 7})
	shape, v, err := sinks.ReadArray(filepath.Join(folder, "v.npy"))
	if err != nil || shape[0] != 80 || shape[1] != 4 {
		t.Fatalf("shape %v, %v", shape, err)
	}
	for k := range 80 {
		for c := range 2 {
			e := math.Exp(-float64(k+1) * 0.5 / 20)
			if want := 0.02 + (0.001*float64(c)-0.02)*e; math.Abs(v[k*4+c]-want) > 1e-14 {
				t.Fatalf("cell %d at step %d is at %g V, want %g", c, k, v[k*4+c], want)
			}
		}
	}
	train, err := sinks.ReadSpikes(filepath.Join(folder, "spikes.csv"))
	if err != nil {
		t.Fatal(err)
	}
	// From v0 to 12 mV it takes 20 ms · ln((20 - v0)/8); from 0 that is 18.3 ms.
	first := map[int32]float64{}
	for k, c := range train.Cell {
		if _, ok := first[c]; !ok {
			first[c] = train.T[k]
		}
	}
	for c, v0 := range map[int32]float64{2: 2, 3: 3} {
		want := 0.02 * math.Log((20-v0)/8)
		if d := first[c] - want; d < -0.001 || d > 0.001 {
			t.Errorf("cell %d first fires at %g s, want %g s", c, first[c], want)
		}
	}
	if len(first) != 2 || len(train.T) != 4 {
		t.Errorf("%d spikes of %d cells, want 2 of each of cells 2 and 3", len(train.T), len(first))
	}
}

func TestWrongGroupsAreRefused(t *testing.T) {
	for fields, says := range map[string]string{
		"cells: 2, duration: 1 s, constants: {E: 20*mV + 1 s}":      "nodes.g.constants.E: ",
		`cells: 2, duration: 1 s, constants: {E: "[1, 2]"}`:         "want one number or quantity, this is a list of 2 numbers",
		"cells: 2, duration: 1 s, constants: {E: $x}":               `there is no parameter "x"`,
		"cells: 2, duration: 1 s, constants: {F: 1}":                "unknown name E",
		"cells: 2, duration: 1 s, constants: {E: 1}, method: quick": "nodes.g.method: no integration method is called \"quick\"",
		"duration: 1 s, constants: {E: 1}":                          "a group without inputs needs the field cells",
		"cells: 2, constants: {E: 1}":                               "never ends",
		"cells: 2, duration: 1 s, constants: {E: 1}, init: {u: 1}":  "there is no such variable (variables: v)",
		"cells: 2, duration: 1 s, constants: {E: 1}, record: [u]":   "u",
		"cells: 2, duration: 1 s, constants: {E: 1}":                "nothing",
	} {
		text := "nodes:\n  g: {type: neurons.group, equations: \"dv/dt = (E - v)/ms : 1\", " + fields + "}\nsinks: [{type: spikes, from: g, path: x.csv}]\n"
		if have := verdict(t, "p.yaml", []byte(text), Options{}); !strings.Contains(have, says) || says == "nothing" && have != says {
			t.Errorf("%s: %s, want %q", fields, have, says)
		}
	}
}

// TestGroupsTakeEveryMethod integrates a linear equation, whose solution is known, with a step of a hundredth of its time
// constant: each method has the error of its order; heun improves the
// noise only.
func TestGroupsTakeEveryMethod(t *testing.T) {
	for method, order := range map[string]float64{"exact": 12, "euler": 1, "exponential_euler": 12, "rk2": 2, "rk4": 4, "heun": 1} {
		text := `
nodes:
  cells: {type: neurons.group, cells: 1, dt: 0.1 ms, duration: 10 ms, equations: "dv/dt = -v/(10*ms) : 1", init: {v: 1}, record: v, method: ` + method + `}
sinks:
  - {type: frames, from: cells.v, path: v.npy, start: 99}
`
		v := firstFrame(t, text, Options{}, "v.npy")[0]
		// The error of a method of order p is about 0.01^p/(p+1)!, after one time constant times e^-1.
		off := math.Abs(v/math.Exp(-1) - 1)
		if limit := math.Pow(0.01, order) + 1e-13; off > limit {
			t.Errorf("%s: v is off by %g, want at most %g", method, off, limit)
		}
		if order < 5 && off < math.Pow(0.01, order)/1000 {
			t.Errorf("%s: v is off by %g only: is that another method?", method, off)
		}
	}
}
