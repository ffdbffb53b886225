package neurons_test

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"hearpipe/neurons"
	"hearpipe/neurons/connectivity"
	"hearpipe/stages"
	"hearpipe/units"
)

func volts(x float64) units.Quantity   { return units.Quantity{Value: x, Dim: units.DimVoltage} }
func seconds(x float64) units.Quantity { return units.Quantity{Value: x, Dim: units.DimTime} }

// spikesOf runs a group to its end.
func spikesOf(t testing.TB, p neurons.GroupParams) []stages.Spike {
	t.Helper()
	g, err := neurons.NewGroup(p)
	if err != nil {
		t.Fatal(err)
	}
	list, err := stages.CollectSpikes(context.Background(), g)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// tutorial is the group of the tutorials 1a to 1d of Brian 1.4: 40 leaky cells for one second.
func tutorial(el float64) neurons.GroupParams {
	return neurons.GroupParams{
		N:         40,
		Equations: "dV/dt = -(V-El)/tau : volt",
		Threshold: "V > Vt",
		Reset:     "V = Vr",
		Constants: map[string]units.Quantity{"tau": seconds(20e-3), "Vt": volts(-50e-3), "Vr": volts(-60e-3), "El": volts(el)},
		Frames:    10_000,
	}
}

func TestUnitMismatchOfTutorial1aNamesBothDimensions(t *testing.T) {
	p := tutorial(-60e-3)
	p.Equations = "dV/dt = -(V-El) : volt"
	_, err := neurons.NewGroup(p)
	if err == nil {
		t.Fatal("accepted a derivative without a time")
	}
	for _, want := range []string{"(m^2 kg s^-3 A^-1)", "(m^2 kg s^-4 A^-1)", "line 1, column 9", "^~~~~~~"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in: %v", want, err)
		}
	}
}

func TestTutorial1bGives40Spikes(t *testing.T) {
	list := spikesOf(t, tutorial(-60e-3))
	if len(list) != 40 {
		t.Fatalf("%d spikes, want 40", len(list))
	}
	for c, s := range list {
		if s.At != 0 || s.Cell != int32(c) {
			t.Fatalf("spike %d is %+v, want cell %d in step 0: V starts at 0 above the threshold", c, s, c)
		}
	}
}

func TestTutorial1cGives840SpikesEvery48Milliseconds(t *testing.T) {
	list := spikesOf(t, tutorial(-49e-3))
	if len(list) != 840 {
		t.Fatalf("%d spikes, want 840", len(list))
	}
	for k, s := range list {
		if s.At != int64(k/40)*480 || s.Cell != int32(k%40) {
			t.Fatalf("spike %d is %+v, want cell %d in step %d", k, s, k%40, k/40*480)
		}
	}
}

func TestTutorial1dGives825SpikesOnAverage(t *testing.T) {
	const runs = 100
	sum, least, most := 0.0, math.Inf(1), 0.0
	for seed := range uint64(runs) {
		p := tutorial(-49e-3)
		p.Seed = seed
		p.Init = map[string]string{"V": "Vr + rand()*(Vt-Vr)"}
		n := float64(len(spikesOf(t, p)))
		sum += n
		least, most = min(least, n), max(most, n)
	}
	// 300 seeds of an independent model gave 825.5 with a standard deviation of 3.0 between seeds.
	if mean := sum / runs; math.Abs(mean-825.5) > 3*3.0/math.Sqrt(runs) {
		t.Errorf("mean of %g spikes, want 825.5 within three standard errors", mean)
	}
	if least < 810 || most > 840 {
		t.Errorf("between %g and %g spikes, want 816 to 833 or a little beyond", least, most)
	}
}

// TestTutorials1eTo1gConnectAndRecord: cells excite each other at random, and their spikes and a membrane potential are
// recorded. An independent program gave 1,062 spikes with a deviation of 33 between seeds.
func TestTutorials1eTo1gConnectAndRecord(t *testing.T) {
	const runs = 40
	sum := 0.0
	for seed := range uint64(runs) {
		n := network(t, neurons.NetworkParams{Seed: seed})
		p := tutorial(-49e-3)
		p.Frames, p.Init = 0, map[string]string{"V": "Vr + rand()*(Vt-Vr)"}
		g := member(t, n, p)
		s, err := n.Synapses(neurons.SynapsesParams{Source: g.All(), OnPre: "V += 0.5*mV"})
		must(t, err)
		must(t, s.Connect(neurons.ConnectParams{Params: connectivity.Params{P: "0.1"}}))
		spikes := watched(t, g, neurons.SpikeMonitorParams{})
		potential := statesOf(t, g, neurons.StateMonitorParams{Cells: []int{0}}, "V")
		run(t, n, 1)
		sum += float64(spikes.Total())
		if seed > 0 {
			continue
		}
		// What is recorded at the end of a step is -60 mV where the cell has fired, and nowhere far above the threshold:
		// input may lift it, and the cell fires in the next step.
		v := series(t, potential, "V", 0)
		for k, fired := range spikes.Spikes() {
			if fired.Cell == 0 && v[fired.At] != -60e-3 {
				t.Errorf("spike %d: V = %g V at the end of step %d, want the reset", k, v[fired.At], fired.At)
			}
		}
		if most := slices.Max(v); len(v) != 10_000 || most < -51e-3 || most > -46e-3 {
			t.Errorf("%d samples of V up to %g V", len(v), most)
		}
	}
	if mean := sum / runs; math.Abs(mean-1062) > 3*33/math.Sqrt(runs)+0.02*1062 {
		t.Errorf("mean of %g spikes, want 1062", mean)
	}
}

func TestNameInConstantsThatAVariableHidesIsReported(t *testing.T) {
	p := tutorial(-60e-3)
	p.Constants["V"] = volts(1)
	g, err := neurons.NewGroup(p)
	if err != nil {
		t.Fatal(err)
	}
	if w := g.Warnings(); len(w) != 1 || !strings.Contains(w[0], "V") {
		t.Errorf("warnings %q, want one about V", w)
	}
}

func dims(d ...units.Dimension) []units.Dimension { return d }
