package hearpipe_test

import (
	"bytes"
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hearpipe/filterbank"
	"hearpipe/neurons"
	"hearpipe/neurons/connectivity"
	"hearpipe/neurons/library"
	"hearpipe/neurons/trains"
	"hearpipe/sinks"
	"hearpipe/sound"
	"hearpipe/stages"
	"hearpipe/units"
)

// folder is where the examples write; programs write where they like.
var folder = must(os.MkdirTemp("", "hearpipe"))

func TestMain(m *testing.M) {
	code := m.Run()
	os.RemoveAll(folder)
	os.Exit(code)
}

// Ten leaky cells with the input of Poisson processes. Spikes and potentials go to files while the network runs.
func Example_network() {
	net := must(neurons.NewNetwork(neurons.NetworkParams{
		Seed:      1,
		Constants: map[string]units.Quantity{"tau": must(units.Parse("10 ms"))},
	}))
	input := must(net.PoissonGroup(neurons.PoissonParams{N: 100, Rates: "15 Hz"}))
	cells := must(net.Group(neurons.GroupParams{
		Name: "cells", N: 10,
		Equations:  "dv/dt = -v/tau : volt (unless refractory)",
		Threshold:  "v > 10*mV",
		Reset:      "v = 0*mV",
		Refractory: "2 ms",
	}))
	s := must(net.Synapses(neurons.SynapsesParams{
		Source: input.All(), Target: cells.All(), Model: "w : volt", OnPre: "v_post += w", Delay: 1e-3,
	}))
	check(s.Connect(neurons.ConnectParams{Params: connectivity.Params{P: "0.5"}}))
	check(s.Set("w", "2*mV*(1 + 0.1*randn())"))

	spikes := must(sinks.NewSpikeFile(cells, sinks.SpikeFileParams{Path: filepath.Join(folder, "spikes.csv")}))
	v := must(sinks.NewFrameFile(must(cells.Stream("v")), sinks.FrameFileParams{Path: filepath.Join(folder, "v.npy")}))
	must(net.Run(context.Background(), 0.5, spikes, v))

	fmt.Println("spikes:", spikes.Spikes() > 200, "method:", cells.Method())
	shape, _, err := sinks.ReadArray(filepath.Join(folder, "v.npy"))
	fmt.Println("potentials:", shape, err)
	// Output:
	// spikes: true method: exact
	// potentials: [5000 10] <nil>
}

// A cell of Hodgkin and Huxley from the library; its current changes between two runs, and the second run is tried twice.
func Example_runs() {
	net := must(neurons.NewNetwork(neurons.NetworkParams{DT: 1e-5}))
	cell := must(net.Group(neurons.GroupParams{
		N: 1,
		Equations: library.Membrane("1*uF",
			library.Leak("0.3*msiemens", "10.6*mV"),
			library.PotassiumHH("36*msiemens", "-12*mV"),
			library.SodiumHH("120*msiemens", "120*mV"),
			library.Input("I")),
		Threshold: "vm > 60*mV", LockOut: "3 ms",
		Method: "exponential_euler",
	}))
	must(cell.Rest())
	watch := must(net.SpikeMonitor(cell.All(), neurons.SpikeMonitorParams{}))

	must(net.Run(context.Background(), 0.02))
	fmt.Println("at rest:", watch.Total(), "spikes")
	state := must(net.Store())
	for _, current := range []string{"5*uA", "20*uA"} {
		check(net.Restore(state))
		before := watch.Total()
		check(cell.Set("I", current))
		must(net.Run(context.Background(), 0.1))
		fmt.Printf("%s: %d spikes to %.2f s\n", current, watch.Total()-before, net.Time())
	}
	// Output:
	// at rest: 0 spikes
	// 5*uA: 1 spikes to 0.12 s
	// 20*uA: 9 spikes to 0.12 s
}

// Synapses that learn, by a rule of the library, until an operation stops the run.
func Example_plasticity() {
	net := must(neurons.NewNetwork(neurons.NetworkParams{Seed: 3}))
	input := must(net.PoissonGroup(neurons.PoissonParams{N: 1000, Rates: "15 Hz"}))
	cell := must(net.Group(neurons.GroupParams{
		N: 1,
		Equations: `
			dv/dt = (ge*(0*mV - v) - 74*mV - v)/(10*ms) : volt
			dge/dt = -ge/(5*ms) : 1`,
		Threshold: "v > -54*mV", Reset: "v = -60*mV",
		Init: map[string]string{"v": "-60*mV"},
	}))
	rule := must(library.ExponentialSTDP(library.STDPParams{
		Variable: "ge", Unit: "1", TauPre: "20*ms", TauPost: "20*ms", APre: 0.01, APost: -0.0105, WMax: "0.01",
	}))
	s := must(net.Synapses(neurons.SynapsesParams{
		Source: input.All(), Target: cell.All(), Model: rule.Model, OnPre: rule.OnPre, OnPost: rule.OnPost,
	}))
	check(s.Connect(neurons.ConnectParams{}))
	for name, text := range rule.Init {
		check(s.Set(name, text))
	}
	check(s.Set("w", "0.01*rand()"))
	rate := must(net.RateMonitor(cell.All(), neurons.RateMonitorParams{Bin: 0.1}))
	check(net.Operation(neurons.When{Every: 0.1}, func(now neurons.Now) error {
		if now.Time >= 1 {
			net.Stop()
		}
		return nil
	}))
	sum := must(net.Run(context.Background(), 10))
	fmt.Printf("%s after %.1f s, %d bins\n", sum.Reason, net.Time(), len(rate.Rates()))
	for k, w := range must(s.Values("w")) {
		if w < 0 || w > 0.01 {
			fmt.Println("weight", k, "is", w)
		}
	}
	// Output:
	// stopped after 1.0 s, 11 bins
}

// Forty nerve fibres hear a tone, and a cell that listens to them fires when several do. The step is the interval of the sound.
func Example_listening() {
	tone := must(sound.Tone(sound.ToneParams{Frequency: []float64{300}, Length: sound.Length{Seconds: 0.1}}))
	tone = must(must(tone.Ramp(sound.RampParams{When: sound.Both})).AtLevel(80))
	cf := must(filterbank.ERBSpace(290, 310, 40))
	cochlea := must(filterbank.NewGammatone(tone, filterbank.GammatoneParams{CF: cf}))
	hairCell := must(stages.NewFunction([]stages.Stage{cochlea}, stages.FunctionParams{Expr: "3*clip(x, 0, inf)**(1/3)"}))

	net := must(neurons.NewNetwork(neurons.NetworkParams{Seed: 1, DT: 1 / hairCell.Format().Rate}))
	fibres := must(net.Group(neurons.GroupParams{
		Equations: `
			dv/dt = (I-v)/(1*ms) + 0.2*xi*(2/(1*ms))**.5 : 1
			I : 1`,
		Threshold: "v > 1", Reset: "v = 0", Refractory: "5 ms",
		Inputs: map[string]stages.Stage{"I": hairCell},
	}))
	cell := must(net.Group(neurons.GroupParams{
		N: 1, Equations: "dv/dt = -v/(0.3*ms) : 1", Threshold: "v > 1", Reset: "v = 0", Refractory: "1 ms",
	}))
	s := must(net.Synapses(neurons.SynapsesParams{Source: fibres.All(), Target: cell.All(), OnPre: "v_post += 0.2"}))
	check(s.Connect(neurons.ConnectParams{}))
	watch := must(net.SpikeMonitor(cell.All(), neurons.SpikeMonitorParams{}))

	must(net.Run(context.Background(), tone.Format().Duration()))
	locked := must(trains.VectorStrength(watch.Trains()[0], 1.0/300))
	fmt.Println("locked to the tone:", watch.Total() > 10 && locked > 0.9)
	// Output:
	// locked to the tone: true
}

// check keeps the examples short; programs return their errors.
func check(err error) {
	if err != nil {
		panic(err)
	}
}

// The page about networks shows these examples as they are.
func TestThePageOfNetworksShowsWhatRuns(t *testing.T) {
	page, err := os.ReadFile("docs/networks.md")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("example_network_test.go")
	if err != nil {
		t.Fatal(err)
	}
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, "example_network_test.go", source, 0)
	if err != nil {
		t.Fatal(err)
	}
	shown := 0
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || !strings.HasPrefix(f.Name.Name, "Example_") {
			continue
		}
		body, _, found := bytes.Cut(source[files.Position(f.Body.Lbrace).Offset+2:files.Position(f.Body.Rbrace).Offset], []byte("\t// Output:"))
		if !found {
			t.Fatalf("%s has no output", f.Name.Name)
		}
		body = bytes.ReplaceAll(body, []byte("\n\t"), []byte("\n"))[1:]
		if !bytes.Contains(page, fenced("go", body)) {
			t.Errorf("docs/networks.md does not show %s, which is\n%s", f.Name.Name, body)
		}
		shown++
	}
	if shown != 4 {
		t.Errorf("%d examples", shown)
	}
}
