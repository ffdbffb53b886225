package neurons_test

import (
	"math"
	"testing"

	"hearpipe/internal/npy"
	"hearpipe/neurons"
	"hearpipe/stages"
)

// Tolerances of the comparison with Brian 2, relative to the largest value, in one place.
const (
	// Some hundred steps that shrink what was rounded before.
	toleranceLeaky = 1e-14
	// 500 steps on a limit cycle, to which neighbouring paths converge.
	toleranceOscillator = 1e-12
	// Exponentials differ in their last bits between libraries, and a spike of the membrane magnifies what came before.
	toleranceMembrane = 1e-9
)

// leaky is the group of ten leaky cells whose traces and spikes Brian 2 recorded, 100 ms in steps of 0.1 ms.
func leaky(method string) neurons.GroupParams {
	return neurons.GroupParams{
		N: 10, Frames: 1000, Method: method, Equations: "dv/dt = (I-v)/(10*ms) : 1 (unless refractory)\nI : 1",
		Threshold: "v > 1", Reset: "v = 0", Refractory: "2 ms", Init: map[string]string{"I": "0.8 + 0.15*i"},
	}
}

// sameSpikes compares spikes with rows (cell, step).
func sameSpikes(t *testing.T, got []stages.Spike, want npy.Array) {
	t.Helper()
	n := int(want.Shape[0])
	if len(got) != n {
		t.Errorf("%d spikes, want %d", len(got), n)
		return
	}
	known := map[stages.Spike]bool{}
	for k := range n {
		known[stages.Spike{Cell: int32(want.Data[2*k]), At: int64(want.Data[2*k+1])}] = true
	}
	for _, s := range got {
		if !known[s] {
			t.Errorf("spike %+v is not in the reference", s)
		}
	}
}

// sameTrace compares a variable with column c of an array of recordings every so many steps, made before the update: its
// row k is our frame k*every-1.
func sameTrace(t *testing.T, got stages.Frames, cell int, want npy.Array, c, every int, scale, tolerance float64) {
	t.Helper()
	rows, columns := int(want.Shape[0]), int(want.Shape[1])
	worst, largest, where := 0.0, 0.0, 0
	for k := 1; k < rows; k++ {
		w := want.Data[k*columns+c] * scale
		if d := math.Abs(got.At(k*every-1, cell) - w); !(d <= worst) {
			worst, where = d, k
		}
		largest = max(largest, math.Abs(w))
	}
	if !(worst <= tolerance*largest) {
		t.Errorf("cell %d: max |difference| %.3g at row %d, max |want| %.3g, allowed %.3g of it", cell, worst, where, largest, tolerance)
	}
}

func TestLeakyCellsFireAsInBrian2ByEveryMethod(t *testing.T) {
	for _, method := range []string{"exact", "euler", "exponential_euler", "rk2", "rk4"} {
		t.Run(method, func(t *testing.T) { sameSpikes(t, spikesOf(t, leaky(method)), load(t, "lif_"+method+"_spikes")) })
	}
	v := trace(t, leaky("rk2"), "v")
	for c := range v.Channels {
		sameTrace(t, v, c, load(t, "lif_rk2_v"), c, 1, 1, toleranceLeaky)
	}
}

func TestVanDerPolOscillatorRunsAsInBrian2(t *testing.T) {
	for _, method := range []string{"euler", "rk2", "rk4"} {
		t.Run(method, func(t *testing.T) {
			p := neurons.GroupParams{
				N: 1, Frames: 500, Method: method, Equations: "dx/dt = y/ms : 1\ndy/dt = (2*(1-x**2)*y-x)/ms : 1", Init: map[string]string{"x": "0.5"},
			}
			want := load(t, "vdp_"+method)
			sameTrace(t, trace(t, p, "x"), 0, want, 0, 1, 1, toleranceOscillator)
			sameTrace(t, trace(t, p, "y"), 0, want, 1, 1, 1, toleranceOscillator)
		})
	}
}

// TestMembraneOfTraubAndMilesFiresAsInBrian2 is the cell of the networks COBAHH (Brette et al. 2007, after Traub & Miles
// 1991) without its synapses, with a constant current, for 100 ms.
func TestMembraneOfTraubAndMilesFiresAsInBrian2(t *testing.T) {
	for _, c := range []struct {
		method string
		dt     float64
		every  int // steps between two rows of the reference
	}{{"exponential_euler", 1e-4, 1}, {"euler", 1e-5, 10}, {"rk4", 1e-5, 10}} {
		t.Run(c.method, func(t *testing.T) {
			p := neurons.GroupParams{
				N: 3, DT: c.dt, Frames: int64(1000 * c.every), Method: c.method,
				Equations: `
					dv/dt = (gl*(El-v) - gNa*m**3*h*(v-ENa) - gK*n**4*(v-EK) + I)/Cm : volt
					dm/dt = 0.32*4/exprel((13*mV-v+VT)/(4*mV))/ms*(1-m) - 0.28*5/exprel((v-VT-40*mV)/(5*mV))/ms*m : 1
					dn/dt = 0.032*5/exprel((15*mV-v+VT)/(5*mV))/ms*(1-n) - 0.5*exp((10*mV-v+VT)/(40*mV))/ms*n : 1
					dh/dt = 0.128*exp((17*mV-v+VT)/(18*mV))/ms*(1-h) - 4/(1+exp((40*mV-v+VT)/(5*mV)))/ms*h : 1
					Cm = 200*pF : farad
					gl = 10*nS : siemens
					gNa = 20*uS : siemens
					gK = 6*uS : siemens
					El = -60*mV : volt
					EK = -90*mV : volt
					ENa = 50*mV : volt
					VT = -63*mV : volt
					I : amp`,
				// The reference blocks the threshold for 3 ms and clamps nothing.
				Threshold: "v > -20*mV", Reset: "", Refractory: "3*ms",
				Init: map[string]string{"v": "-60*mV"}, Values: map[string][]float64{"I": {0.1e-9, 0.3e-9, 0.6e-9}},
			}
			sameSpikes(t, spikesOf(t, p), load(t, "hh_"+c.method+"_spikes"))
			v := trace(t, p, "v")
			for cell := range 3 {
				sameTrace(t, v, cell, load(t, "hh_"+c.method+"_v"), cell, c.every, 1e-3, toleranceMembrane)
			}
		})
	}
}
