package main

import (
	"fmt"
	"math"
	"os"
	"slices"
	"testing"
)

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s: %.10g, want %.10g", what, got, want)
	}
}

func TestSpikesLeaveTheirKernelBehind(t *testing.T) {
	r, err := response(0.3)
	if err != nil {
		t.Fatal(err)
	}
	for k, want := range []int{69, 165, 286, 419, 557, 695, 834, 973} {
		if got := int(math.Round(r.spikes[k].ms * 10)); got != want {
			t.Errorf("spike %d in step %d, want %d", k, got, want)
		}
	}
	if n := len(r.spikes); n != 22 || math.Round(r.spikes[n-1].ms*10) != 2919 {
		t.Errorf("%d spikes, the last at %g ms, want 22 and 291.9", n, r.spikes[n-1].ms)
	}
	// The kernel is the convolution of the train.
	kernel := 0.0
	for _, s := range r.spikes {
		kernel -= math.Exp(-(r.ms[len(r.ms)-1] - s.ms) / 20)
	}
	near(t, "kernel at the end", r.last("v_ap", 0), kernel, 1e-12)
}

func TestKernelsOfSynapsesAreSummed(t *testing.T) {
	r, err := summed()
	if err != nil {
		t.Fatal(err)
	}
	for step, want := range map[int]float64{0: .15, 9: 1.40215631, 10: 1.53087115, 11: 1.67259191, 29: 3.8721634} {
		near(t, fmt.Sprintf("v after step %d [mV]", step), r.of["v"][0][step]*1e3, want, 1e-7)
	}
	for step, want := range map[int]float64{0: 29.70149501, 9: 27.14512254, 10: 29.87502406, 11: 29.5777626, 29: 24.70542402} {
		near(t, fmt.Sprintf("I after step %d [mV]", step), r.of["I"][1][step]*1e3, want, 1e-7)
	}
}

func TestThreeCellsExciteEachOtherThroughKernels(t *testing.T) {
	r, err := kernel()
	if err != nil {
		t.Fatal(err)
	}
	if len(r.spikes) != 3 {
		t.Fatalf("spikes %v", r.spikes)
	}
	for k, s := range r.spikes {
		if s.cell != k || math.Abs(s.ms-20*float64(k+1)) > 1e-9 {
			t.Errorf("cell %d fires at %g ms", s.cell, s.ms)
		}
	}
	for step, want := range map[int][3]float64{200: {0, 10, 20}, 400: {30, 41.339797, 52.679593}, 600: {64.01939, 75.538693, 87.057995}} {
		for c := range want {
			near(t, fmt.Sprintf("I of cell %d after step %d [mV]", c, step), r.of["I"][c][step]*1e3, want[c], 1e-6)
		}
	}
	for c, want := range [][2]float64{{26.854, 687}, {32.364, 685}} {
		v := r.of["v"][c]
		at := slices.Index(v, slices.Max(v))
		near(t, "largest potential [mV]", v[at]*1e3, want[0], 5e-4)
		near(t, "its step", float64(at), want[1], 0)
	}
	for c, want := range []float64{4.825571, 5.723019, 6.361932} {
		near(t, "potential at the end [mV]", r.last("v", c)*1e3, want, 1e-6)
	}
}

// What was recorded apart adds up to what the potential did.
func TestCurrentsApartExplainThePotential(t *testing.T) {
	r, err := layer(0.3)
	if err != nil {
		t.Fatal(err)
	}
	fired := map[int][2]bool{} // by step: some excitatory, some inhibitory cell
	own := map[firing]bool{}
	for _, s := range r.spikes {
		step := int(math.Round(s.ms * 10))
		f := fired[step]
		f[s.cell/excitatory] = true
		fired[step] = f
		own[firing{s.cell, float64(step)}] = true
	}
	decay := math.Exp(-0.01)
	for c := range all {
		v, slow, fast, inh := r.of["v"][c], r.of["I_slow"][c], r.of["I_fast"][c], r.of["I_inh"][c]
		jumps := [3]int{}
		for k := 1; k < len(v); k++ {
			want := decay*(v[k-1]+0.01*slow[k-1]) + fast[k] - inh[k]
			if own[firing{c, float64(k)}] {
				want = 0
			}
			if math.Abs(v[k]-want) > 1e-12 {
				t.Fatalf("cell %d, step %d: potential %g, want %g", c, k, v[k], want)
			}
			if r.of["I_exc"][c][k] != slow[k]+fast[k] {
				t.Fatalf("cell %d, step %d: the excitatory current is not the sum of both", c, k)
			}
			for n, jump := range []float64{slow[k] - decay*slow[k-1], fast[k], inh[k]} {
				if math.Abs(jump) < 1e-12 {
					continue
				}
				jumps[n]++
				// Slow currents come from excitatory cells, inhibition from inhibitory ones, fast excitation of inhibitory cells from excitatory ones.
				source := [3]int{0, 0, 1}[n]
				if jump < 0 || n == 0 && c >= excitatory || (n != 1 || c >= excitatory) && !fired[k][source] {
					t.Fatalf("cell %d, step %d: current %d jumps by %g without a spike", c, k, n, jump)
				}
			}
		}
		if jumps[1] < 10 || jumps[2] < 10 || c < excitatory && jumps[0] < 10 {
			t.Errorf("cell %d: %v jumps of slow, fast and inhibitory currents", c, jumps)
		}
	}
}

func Example() {
	folder, err := os.MkdirTemp("", "convolution")
	if err == nil {
		defer os.RemoveAll(folder)
		err = run(folder)
	}
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// response: 22 spikes in 300 ms, the first after 6.9 ms
	// summed: the current is 29.701 mV at first and 29.875 mV after the spikes, the potential reaches 3.872 mV
	// kernel: potentials after 100 ms: 4.826, 5.723, 6.362 mV
	// layer: 52 spikes of excitatory and 116 of inhibitory cells in 300 ms
}
