package pipelines_test

import (
	"os"
	"strings"
	"testing"

	"hearpipe/pipelines"
	"hearpipe/sinks"
	"hearpipe/stages"
)

const twoClocks = `name: net
about: cells of a network
params: {rate: 200 Hz, kick: 0.02}
nodes:
  noise: {type: neurons.poisson, cells: 10, rates: $rate}
  trains: {type: neurons.generator, cells: 2, indices: [0, 1], times: "[10, 20]*ms", period: 30 ms, dt: 0.5 ms}
  cells:
    type: neurons.group
    cells: 4
    equations: |
      dv/dt = (I-v)/(10*ms) : 1
      I : 1
      J : 1
    threshold: v > 1
    reset: v = 0
    record: [v, I]
  drive: {type: neurons.regularly, target: "cells[0:2]", code: I = 2 + i*$kick}
  back: {type: neurons.poisson_input, target: cells, variable: v, processes: 100, rate: 10 Hz, weight: 0.1}
  follow: {type: neurons.link, target: cells, variable: J, source: cells, follows: v, every: 5 ms}
  rates: {type: neurons.rate, from: noise, bin: 5 ms}
sinks:
  - {type: spikes, from: cells, path: cells.csv}
  - {type: spikes, from: trains, path: trains.csv}
  - {type: frames, from: rates, path: rates.npy}
  - {type: frames, from: cells.v, path: v.npy}
  - {type: counts, from: trains, path: counts.csv}
  - {type: intervals, from: trains, path: intervals.csv, edges: "[0, 29, 31]*ms"}
duration: 100 ms
`

func runNetwork(t *testing.T, text string, block, workers int) {
	t.Helper()
	d, err := pipelines.Parse("net.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	plan, err := d.Check(pipelines.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := plan.Run(t.Context(), stages.RunOptions{Block: block, Workers: workers}); err != nil {
		t.Fatal(err)
	}
}

// runInBlocks runs a network in blocks of several sizes, of which files must come out the same, and leaves those in the working folder.
func runInBlocks(t *testing.T, text string, paths ...string) {
	t.Helper()
	first := make([]string, len(paths))
	for k, block := range []int{1024, 1, 37} {
		t.Chdir(t.TempDir())
		runNetwork(t, text, block, 1+k%2)
		for i, path := range paths {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if k == 0 {
				first[i] = string(b)
			} else if string(b) != first[i] {
				t.Errorf("block %d: %s differs", block, path)
			}
		}
	}
}

func TestANetworkStandsAlone(t *testing.T) {
	runInBlocks(t, twoClocks, "cells.csv", "trains.csv", "rates.npy", "v.npy")
	trains, err := sinks.ReadSpikes("trains.csv")
	if err != nil {
		t.Fatal(err)
	}
	want := []float64{0.01, 0.02, 0.04, 0.05, 0.07, 0.08, 0.1}[:6]
	if len(trains.T) != len(want) {
		t.Fatalf("%v, want %v", trains.T, want)
	}
	for i, x := range want {
		if d := trains.T[i] - x; d > 1e-12 || d < -1e-12 {
			t.Errorf("spike %d at %g s, want %g", i, trains.T[i], x)
		}
	}
	for path, want := range map[string]string{
		"counts.csv": "cell,spikes,rate\n0,3,30\n1,3,30\n", "intervals.csv": "from,to,intervals\n0,0.029,0\n0.029,0.031,4\n0.031,+Inf,0\n",
	} {
		if b, err := os.ReadFile(path); err != nil || string(b) != want {
			t.Errorf("%s: %q, %v; want %q", path, b, err, want)
		}
	}
	cells, err := sinks.ReadSpikes("cells.csv")
	if err != nil {
		t.Fatal(err)
	}
	count := make([]int, 4)
	for _, c := range cells.Cell {
		count[c]++
	}
	if count[0] < 10 || count[1] < 10 || count[0] < 2*count[3] {
		t.Errorf("spikes per cell %v: want the driven cells 0 and 1 to fire more", count)
	}
	shape, rates, err := sinks.ReadArray("rates.npy")
	if err != nil || shape[0] != 20 {
		t.Fatalf("rates %v, %v; want 20 bins", shape, err)
	}
	mean := 0.0
	for _, r := range rates {
		mean += r / 20
	}
	if mean < 130 || mean > 270 {
		t.Errorf("mean rate %g Hz, want 200", mean)
	}
}

func TestANetworkHangsOnAFilterbank(t *testing.T) {
	t.Chdir(t.TempDir())
	runNetwork(t, `name: net
about: fibres, kicked
nodes:
  sound: {type: sound.tone, frequency: 1 kHz, amplitude: 20 Pa, duration: 20 ms, rate: 16 kHz}
  cochlea: {type: filterbank.gammatone, from: sound, cf: "[500, 1000, 2000]*Hz"}
  rectified: {type: filterbank.function, from: cochlea, expr: "clip(x, 0, inf)/20"}
  cells:
    type: neurons.group
    inputs: {I: rectified}
    equations: |
      dv/dt = (I+b-v)/(1*ms) : 1
      I : 1
      b : 1
    threshold: v > 1
    reset: v = 0
  kick: {type: neurons.regularly, target: cells, code: b = 3*int(t > 10*ms)}
sinks:
  - {type: spikes, from: cells, path: cells.csv}
`, 64, 1)
	s, err := sinks.ReadSpikes("cells.csv")
	if err != nil {
		t.Fatal(err)
	}
	before, after := 0, 0
	for i, c := range s.Cell {
		if c == 2 && s.T[i] < 0.01 {
			before++
		} else if c == 2 {
			after++
		}
	}
	if before != 0 || after < 10 {
		t.Errorf("cell 2 fired %d times before and %d after the kick", before, after)
	}
}

func TestMistakesInNetworksHaveTheirPlace(t *testing.T) {
	t.Chdir(t.TempDir())
	change := func(old, now string) string {
		if !strings.Contains(twoClocks, old) {
			t.Fatalf("no %q in the pipeline", old)
		}
		return strings.Replace(twoClocks, old, now, 1)
	}
	for _, c := range []struct{ text, want string }{
		{change(`target: "cells[0:2]"`, `target: "cells[0:5]"`), "nodes.drive.target: cells 0:5 of cells: want lo < hi within 0:4"},
		{change(`target: "cells[0:2]"`, `target: nobody`), `there is no node "nobody"`},
		{change(`target: "cells[0:2]"`, `target: rates`), "rates (neurons.rate) is not cells"},
		{change("code: I = 2 + i*$kick", "code: I = 2*mV"), "cannot assign 2*mV"},
		{change("code: I = 2 + i*$kick", "code: I = 2 + x"), "x"},
		{change("code: I = 2 + i*$kick", "code: I = 2 + i*$kicks"), `no parameter "kicks"`},
		{change("rates: $rate", "rates: 3 mV"), "nodes.noise.rates"},
		{change("weight: 0.1", "weight: 0.1*mV"), "nodes.back.weight"},
		{change("variable: v,", "variable: w,"), "nodes.back.variable: network: Poisson input back: group cells: there is no variable w"},
		{change("processes: 100", "processes: 2147483648"), "nodes.back.processes"},
		{change("weight: 0.1", "weight: 0.1, copies: 1000000, reliability: 0.5"), "nodes.back.copies"},
		{change("weight: 0.1", "weight: 0.1, jitter: 1e6 s"), "nodes.back.jitter"},
		{change("rates: $rate", `rates: "$rate : Hz"`), "nodes.noise.rates: "},
		{change("rate: 10 Hz", "rate: 20 kHz"), "nodes.back.rate"},
		{change("follows: v", "follows: w"), "no variable w"},
		{change("every: 5 ms", "every: 0.15 ms"), "multiple of the tick"},
		{change("indices: [0, 1]", "indices: [0, 1, 1]"), "2 times and 3 indices"},
		{change("indices: [0, 1]", "indices: [0, 2]"), "spike 1 is of cell 2: want 0 to 1"},
		{change("bin: 5 ms", "bin: 10 us"), "at least one step"},
		{change("{type: neurons.rate, from: noise", "{type: neurons.rate, from: drive"), "has no output"},
		{strings.Replace(twoClocks, "  cells:\n", "  loop: {type: filterbank.function, from: cells.v, expr: 2*x}\n  cells:\n    inputs: {J: loop}\n", 1), "circle"},
	} {
		d, err := pipelines.Parse("net.yaml", []byte(c.text))
		if err == nil {
			_, err = d.Check(pipelines.Options{})
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v\nwant %q", err, c.want)
		}
	}
	d, err := pipelines.Parse("net.yaml", []byte(twoClocks))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Check(pipelines.Options{Channels: stages.Range{Lo: 0, Hi: 2}}); err == nil || !strings.Contains(err.Error(), "belongs to a network") {
		t.Errorf("%v: want channels of a network refused", err)
	}
}
