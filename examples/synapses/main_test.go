package main

import (
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// numbersOf builds and runs an example.
func numbersOf(t *testing.T, build func(uint64) (*example, error), seed uint64) []number {
	t.Helper()
	x, err := build(seed)
	if err != nil {
		t.Fatal(err)
	}
	list, err := x.run("", "")
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// Numbers are from the documentation, closed forms, or independent programs, of which the tolerances are three to four
// deviations over seeds.
func TestExamplesShowTheirNumbers(t *testing.T) {
	type want struct {
		name             string
		value, tolerance float64
	}
	competing := func(mean, low, high, weight float64) []want {
		return []want{
			{"mean rate", mean, 3.5},
			{"part of weights below 0.1 of the largest", low, 0.035},
			{"part of weights above 0.9", high, 0.025},
			{"mean weight", weight, 0.012},
		}
	}
	wanted := map[string][]want{
		"licklider": {{"spikes", 2650, 200}, {"largest error of the pitch", 0, 4}},
		"probabilistic_synapses": {
			{"events that are transmitted", math.NaN(), 0},
			{"missing at the cell that hears all of source 1", 0, 0},
			{"missing at the cell that hears all of source 0", 0, 0},
			{"largest distance of a jump from a multiple of 0.5", 0, 1e-12},
		},
		"cuba":         {{"excitatory spikes", 18310, 4000}, {"inhibitory spikes", 4515, 300}},
		"delayed_stdp": {{"presynaptic spikes", 200, 56}, {"largest error of Apre, 3 ms after spikes", 0, 1e-14}, {"smallest weight", 5, 5}},
		"jeffress": {
			{"largest interaural delay", 666.67, 0.005}, {"spikes", 5200, 1200}, {"mean distance of the busiest cell", 0, 15}, {"largest distance", 0, 40},
		},
		"poisson_synapses":        {{"vm at the peaks of the rate", -46.7, 1}, {"half-way", -56, 3}, {"at the troughs", -70, 2}},
		"gapjunctions":            {{"fewest spikes of a cell", 12, 0}, {"most", 13, 0}, {"last interval of cell 0", 39.8, 0.1001}},
		"probabilistic_synapses2": {{"mean of v", 230, 30}, {"rate", 12, 12}},
		"multiple_delays":         {{"spikes of cell 0", 2.5, 0.5}, {"counter 0", 3, 0}, {"steps with a wrong increment", 0, 0}},
		"one_synapse":             {{"counter 0", 3, 0}, {"steps with a wrong increment", 0, 0}},
		"one_synapse_bis":         {{"counter 0", 0, 0}, {"counter 2", 0, 0}, {"counter 3", 3, 0}, {"steps with a wrong increment", 0, 0}},
		"two_synapses":            {{"counter 1", 0, 0}, {"counter 2", 3, 0}, {"counter 3", 2.1, 1e-12}, {"steps with a wrong increment", 0, 0}},
		"synapse_construction":    {{"counter 0", 0, 0}, {"counter 1", 8, 0}, {"counter 9", 72, 0}, {"steps with a wrong increment", 0, 0}},
		"noisy_ring":              {{"rate", 98.97, 1.2}},
		"transient_sync":          {{"rate", 18.6, 3.3}, {"weight of a cell on itself", 0.4, 1e-12}, {"on the other side", -0.4, 1e-12}},
		"nonlinear_synapses": {
			{"g of synapse 0", .466, .006},
			{"g of synapse 1", .9155, .0035},
			{"v", 1.4045, .001},
			{"largest g of synapse 0", .519, .0015},
			{"largest g of synapse 1", .9295, .0005},
			{"sum less its parts", 0, 0},
		},
		"short_term_plasticity":  {{"peak at 5 Hz", .44767, 5e-6}, {"peak at 30 Hz", .44767, 5e-6}},
		"short_term_plasticity2": {{"peak at 5 Hz", .44767, 5e-6}, {"peak at 30 Hz", .44767, 5e-6}},
		"stdp1":                  {{"mean weight", .45, .1}},
		"stdp1_bis":              append(competing(31.2, .274, .163, .435), want{"rate in the first 10 s", 57.6, 20}, want{"rate in the last 10 s", 23.7, 6}),
		"stdp2":                  append(competing(14.2, 0, 0, .4256), want{"rate in the last 10 s", 12.3, 5}),
		"weightmonitor":          competing(57.6, .165, .086, .46),
		"diesmann": {
			{"spikes of the chain", 1206, 60},
			{"spikes of the volley in layer 1", 91, 9},
			{"spikes of the volley in layer 5", 99.9, 4},
			{"spikes of the volley in layer 10", 99.5, 3},
			{"its time in layer 1", 50.8, 0.4},
			{"its time in layer 10", 56, 0.4},
			{"its width in layer 10", .34, .2},
		},
		"cuba_with_depression": {{"all spikes", 14390, 2000}},
	}
	for _, e := range examples {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			numbers := map[string]float64{}
			for _, n := range numbersOf(t, e.build, 1) {
				if _, known := numbers[n.name]; !known { // of several peaks the first one
					numbers[n.name] = n.value
				}
			}
			if len(wanted[e.name]) == 0 {
				t.Fatal("nothing is known about it")
			}
			for _, w := range wanted[e.name] {
				got, ok := numbers[w.name]
				if math.IsNaN(w.value) {
					w.value, w.tolerance = numbers["theory"], 4*numbers["theory, deviation"]
				}
				if w.name == "mean rate" && e.name == "weightmonitor" {
					w.tolerance = 20 // of 10 s, not 100 s
				}
				if !ok || !(math.Abs(got-w.value) <= w.tolerance) {
					t.Errorf("%s: %.6g, want %g +- %g", w.name, got, w.value, w.tolerance)
				}
			}
		})
	}
}

func TestBothFormsOfShortTermPlasticityHaveThePeaks(t *testing.T) {
	hand, events := numbersOf(t, shortTermByHand, 1), numbersOf(t, shortTermByEvents, 1)
	if len(hand) != len(events) || len(hand) < 25 {
		t.Fatalf("%d and %d peaks", len(hand), len(events))
	}
	slow, fast := []float64{.44767, .50214, .50877, .50958}, []float64{.44767, .75894, .96040, 1.09029}
	for k, n := range hand {
		if d := math.Abs(n.value - events[k].value); d > 1e-12 {
			t.Errorf("%s: the forms differ by %g mV", n.name, d)
		}
		if k < 4 && math.Abs(n.value-slow[k]) > 6e-6 || k >= 4 && k < 8 && math.Abs(n.value-fast[k-4]) > 6e-6 {
			t.Errorf("%s: %g mV, want %v and %v", n.name, n.value, slow, fast)
		}
	}
	if last := hand[len(hand)-1].value; math.Abs(last-1.32571) > 6e-6 {
		t.Errorf("the last peak is %g mV, want 1.32571", last)
	}
}

// Traces by statements and by equations are the same as long as both cells do not fire in one step of a synapse.
func TestBothFormsOfPlasticityGiveTheSameWeights(t *testing.T) {
	var weights [2][]float64
	for k, c := range []*competing{compete(3, byHand, "rand()*gmax"), compete(3, byEvents, "rand()*gmax")} {
		x, err := c.example(2)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := x.run("", ""); err != nil {
			t.Fatal(err)
		}
		if c.spikes.Total() < 50 {
			t.Fatalf("%d spikes", c.spikes.Total())
		}
		if weights[k], err = c.s.Values("w"); err != nil {
			t.Fatal(err)
		}
	}
	for n, w := range weights[0] {
		if d := math.Abs(w - weights[1][n]); d > 1e-9*gmax {
			t.Fatalf("synapse %d: %g and %g", n, w, weights[1][n])
		}
	}
}

func TestPicturesAreDrawn(t *testing.T) {
	folder := t.TempDir()
	if err := run(io.Discard, 1, folder, []string{"noisy_ring", "nonlinear_synapses", "gapjunctions"}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"noisy_ring.png", "nonlinear_synapses-trace.png", "gapjunctions-trace.png"} {
		if info, err := os.Stat(filepath.Join(folder, name)); err != nil || info.Size() < 1000 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := run(io.Discard, 1, "", []string{"nosuch"}); err == nil {
		t.Error("an example that does not exist is run")
	}
}
