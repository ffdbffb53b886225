package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"
)

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s: %.10g, want %.10g", what, got, want)
	}
}

func TestReceptorsMoveThePotential(t *testing.T) {
	v, times, err := one(false, 0.1)
	if err != nil {
		t.Fatal(err)
	}
	for k, want := range [][2]float64{{1.01374, 9.212}, {.28752, 46.72}, {-.08853, 10.269}, {-1.72332, 45.114}, {4.87682, 9.108}, {1.50336, 47.765}, {5.72571, 10.758}} {
		by, at := largest(v["vm"][k])
		near(t, fmt.Sprintf("cell %d: largest change [mV]", k), by*1e3, want[0], 3e-5)
		near(t, fmt.Sprintf("cell %d: its time [ms]", k), (times[at]-5e-3)*1e3, want[1], 0.11)
	}
	// An exponential decay is 1/e after its time constant, and half after ln 2 of it.
	p := v["P_AMPA"][0]
	near(t, "AMPA after 5 ms", p[100]/p[50], math.Exp(-1), 1e-5)
	near(t, "NMDA after 3.4 ms", v["P_NMDA"][1][84], math.Exp(-3.4/150), 1e-9)

	v, _, err = one(true, 0.02)
	if err != nil {
		t.Fatal(err)
	}
	for k, want := range []float64{.808361, .392269, .817330, .094851} {
		p := v["P_"+receptors[k].Name][k]
		near(t, receptors[k].Name+" after a pulse of 1 ms", p[60], want, 0.03) // steps of 0.1 ms
		if by, at := largest(p); at != 60 || by != p[60] {
			t.Errorf("%s is most open in step %d, want at the end of the pulse", receptors[k].Name, at)
		}
	}
}

func TestReceptorsDecideAboutFiring(t *testing.T) {
	_, _, spikes, err := firing()
	if err != nil {
		t.Fatal(err)
	}
	if slow, fast := len(spikes[0]), len(spikes[1]); slow != 0 || fast < 2 {
		t.Errorf("AMPA: %d spikes of slow clicks and %d of fast ones, want 0 and some", slow, fast)
	}
	if rest, held := len(spikes[2]), len(spikes[3]); rest != 0 || held < 2 {
		t.Errorf("NMDA: %d spikes at rest and %d of a depolarised cell, want 0 and some", rest, held)
	}
	free, a, b := silence(spikes[4]), silence(spikes[5]), silence(spikes[6])
	if !(a > 1.3*free && a < 3*free && b > 5*free) {
		t.Errorf("silence of %g s without, %g s with GABA-A, %g s with GABA-B", free, a, b)
	}
}

func TestReleaseFollowsItsFormulas(t *testing.T) {
	trains := [][]float64{regular(80, 50e-3), regular(80, 10e-3), regular(80, 200e-3)}
	f, err := transmitted(facilitation, trains...)
	if err != nil {
		t.Fatal(err)
	}
	d, err := transmitted(depression, trains...)
	if err != nil {
		t.Fatal(err)
	}
	for k, want := range []float64{.2, .345567, .407371, .433611, .444752} {
		near(t, fmt.Sprintf("facilitation, spike %d", k), f[0][k], want, 1e-6)
	}
	for k, want := range []float64{.8, .550784, .434330, .379913, .354485} {
		near(t, fmt.Sprintf("depression, spike %d", k), d[0][k], want, 1e-6)
	}
	for k, want := range [][2]float64{{.452972, .332181}, {.792343, .090892}, {.235880, .648934}} {
		near(t, "steady facilitation", last(f[k]), want[0], 1e-6)
		near(t, "steady depression", last(d[k]), want[1], 1e-6)
	}
}

func TestLearning(t *testing.T) {
	w, err := hebb()
	if err != nil {
		t.Fatal(err)
	}
	for k, want := range []float64{0, .05, 0, .2} {
		near(t, "Hebbian weight", w[k], want, 1e-9)
	}
	change, err := window([]float64{-20e-3, -10e-3, -5e-3, 5e-3, 10e-3, 20e-3})
	if err != nil {
		t.Fatal(err)
	}
	for k, want := range []float64{.00183940, .00303265, .00389400, -.00408870, -.00318429, -.00193137} {
		near(t, fmt.Sprintf("pair %d", k), change[k], want, 6e-9)
	}
}

// After 100 s the cell fires slower, many synapses are weak and some strong, few between.
func TestSynapsesCompete(t *testing.T) {
	if testing.Short() {
		t.Skip("100 s of competition")
	}
	weights, some, rates, err := competition(100, 1)
	if err != nil {
		t.Fatal(err)
	}
	weak, strong := 0, 0
	for _, w := range weights {
		if w < 0 || w > 1 {
			t.Fatalf("a weight of %g", w)
		}
		if w < .1 {
			weak++
		}
		if w > .9 {
			strong++
		}
	}
	if weak < 300 || strong < 30 || rates[1] > rates[0]/2 || len(some) != 40 || len(some[0]) != 100 {
		t.Errorf("%d weak and %d strong synapses, rates %v, %d × %d records", weak, strong, rates, len(some), len(some[0]))
	}
}

func TestPicturesAreThere(t *testing.T) {
	folder := t.TempDir()
	if err := run(folder, 2); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"receptors", "firing", "release", "filter", "window", "weights", "histogram"} {
		if s, err := os.Stat(filepath.Join(folder, name+".png")); err != nil || s.Size() < 5000 {
			t.Errorf("%s: %v", name, err)
		}
	}
}
