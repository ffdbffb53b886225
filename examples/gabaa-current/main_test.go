package main

import (
	"fmt"
	"math"
	"os"
	"testing"
)

// formula is the conductance [S] at a time after a spike [s].
func formula(t, a float64) float64 {
	return 40e-9 * (1 - math.Exp(-t/1e-3)) * (a*math.Exp(-t/6e-3) + (1-a)*math.Exp(-t/100e-3))
}

func TestConductanceFollowsItsFormula(t *testing.T) {
	times, list, err := simulate(0.06, spike, spike+10e-3, spike+20e-3)
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range variants {
		for n, at := range times {
			g, jump := 0.0, 0.0
			for s := range 3 {
				if after := at - spike - float64(s)*10e-3; after > -dt/2 {
					g += formula(math.Max(0, after), v.a)
					jump += 40e-9 * math.Exp(-math.Max(0, after)/5e-3)
				}
			}
			if d := list[k].conductance[n] - g; math.Abs(d) > 1e-20 {
				t.Fatalf("%s: conductance at %g s off by %g", v.label, at, d)
			}
			if d := list[k].current[n] - g*(v.reversal+65e-3); math.Abs(d) > 1e-22 {
				t.Fatalf("%s: current at %g s off by %g", v.label, at, d)
			}
			if d := list[k].decayOnly[n] - jump*(v.reversal+65e-3); math.Abs(d) > 1e-22 {
				t.Fatalf("%s: current without rise at %g s off by %g", v.label, at, d)
			}
		}
		// 25 ms after the first spike
		if want := map[float64]float64{1: 21.170349, .9: 29.390629}[v.a]; math.Abs(list[k].conductance[350]*1e9-want) > 1e-6 {
			t.Errorf("%s: three spikes: %g nS, want %g", v.label, list[k].conductance[350]*1e9, want)
		}
	}
}

// The area of a = 0.9 is 581.2 nS·ms, of which 500 ms show 578.5. The peak is at ln 7 = 1.9459 ms for a = 1; steps of 0.1 ms see it at 1.9 ms.
func Example() {
	folder, err := os.MkdirTemp("", "gabaa")
	if err == nil {
		defer os.RemoveAll(folder)
		err = run(folder)
	}
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// a = 1, E = -75 mV     largest 24.78 nS and 247.8 pA after 1.9 ms, half of it until 7.0 ms, area 205.7 nS·ms
	// a = 1, E = -70 mV     largest 24.78 nS and 123.9 pA after 1.9 ms, half of it until 7.0 ms, area 205.7 nS·ms
	// a = 0.9, E = -75 mV   largest 25.70 nS and 257.0 pA after 2.1 ms, half of it until 8.2 ms, area 578.5 nS·ms
}
