package neurons_test

import (
	"context"
	"math"
	"path/filepath"
	"testing"

	"hearpipe/filterbank"
	"hearpipe/internal/npy"
	"hearpipe/neurons"
	"hearpipe/stages"
)

// Tolerances of the comparison with reference values, in one place.
const (
	// v of the reference fibre for given input currents: a thousand Euler steps between two resets round differently by
	// less than an ulp each.
	toleranceVoltage = 1e-12
	// A model of 2,000 steps with exponentials whose last bits differ between libraries.
	toleranceHodgkinHuxley = 1e-7
)

func load(t testing.TB, name string) npy.Array {
	t.Helper()
	a, err := npy.ReadFile(filepath.Join("testdata", name+".npy"))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// memory is a stage that holds all its frames.
type memory struct{ frames stages.Frames }

func (m *memory) Fill(_ context.Context, at int64, dst stages.Frames) (int, error) {
	dst.CopyFrom(m.frames.Cut(int(at), int(at)+dst.N), dst.N)
	return dst.N, nil
}

func memoryStage(t testing.TB, rate float64, f stages.Frames) stages.Stage {
	t.Helper()
	s, err := stages.New("memory", stages.Format{Rate: rate, Channels: f.Channels, Frames: int64(f.N)}, &memory{frames: f})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// fibre is the reference nerve fibre without noise, with the flag: a cell cannot fire in the 219 steps after a spike.
func fibre(in stages.Stage) neurons.GroupParams {
	return neurons.GroupParams{
		Name: "anf", Equations: "dv/dt = (I-v)/(1*ms) : 1 (unless refractory)\nI : 1", Method: "euler", Threshold: "v > 1", Reset: "v = 0",
		Refractory: "5 ms", Inputs: map[string]stages.Stage{"I": in},
	}
}

func TestReferenceFibreFollowsGivenCurrents(t *testing.T) {
	in, v := load(t, "anf_det_I"), load(t, "anf_det_v")
	const channels = 4
	n := int(in.Shape[0])
	f := stages.Frames{Data: in.Data, N: n, Channels: channels, Stride: channels}
	got := trace(t, fibre(memoryStage(t, 44100, f)), "v")
	worst, largest := 0.0, 0.0
	for k := range n - 1 {
		for c := range channels {
			// The reference recorded before the update: its row k+1 is our frame k.
			want := v.Data[(k+1)*channels+c]
			worst, largest = max(worst, math.Abs(got.At(k, c)-want)), max(largest, math.Abs(want))
		}
	}
	if !(worst <= toleranceVoltage*largest) {
		t.Errorf("v: max |difference| %.3g, max |want| %.3g, allowed %.3g of it", worst, largest, toleranceVoltage)
	}
}

// TestReferenceFibresFireTheSame143Spikes runs the whole chain: sound, gammatone, hair cell, fibre.
func TestReferenceFibresFireTheSame143Spikes(t *testing.T) {
	sound := load(t, "input")
	data := make([]float64, 0, 2*len(sound.Data))
	for range 2 {
		for _, x := range sound.Data {
			data = append(data, 30*x)
		}
	}
	src := memoryStage(t, 44100, stages.Frames{Data: data, N: len(data), Channels: 1, Stride: 1})
	cf, err := filterbank.ERBSpace(20, 20_000, 32)
	if err != nil {
		t.Fatal(err)
	}
	cochlea, err := filterbank.NewGammatone(src, filterbank.GammatoneParams{CF: cf})
	if err != nil {
		t.Fatal(err)
	}
	hair, err := stages.NewFunction([]stages.Stage{cochlea}, stages.FunctionParams{Expr: "3*clip(x, 0, inf)**(1/3)"})
	if err != nil {
		t.Fatal(err)
	}
	got := spikesOf(t, fibre(hair))
	want := load(t, "anf_det_spikes")
	if len(got) != 143 || want.Shape[0] != 143 {
		t.Fatalf("%d spikes, want 143", len(got))
	}
	known := map[stages.Spike]bool{}
	for k := range 143 {
		known[stages.Spike{Cell: int32(want.Data[2*k]), At: int64(want.Data[2*k+1])}] = true
	}
	for _, s := range got {
		if !known[s] {
			t.Errorf("spike %+v is not among the 143 of the reference", s)
		}
	}
}

// TestHodgkinHuxleyByEulerAgreesWithTheReference is a membrane with four variables of the names v, m, h, n: reference
// values of an independent model, 20 ms in steps of 0.01 ms.
func TestHodgkinHuxleyByEulerAgreesWithTheReference(t *testing.T) {
	p := neurons.GroupParams{
		N: 1, DT: 1e-5, Frames: 2000,
		Equations: `
			dv/dt = (10 - 120*m**3*h*(v-50) - 36*n**4*(v+77) - 0.3*(v+54.387))/ms : 1
			dm/dt = (0.1*(v+40)/(1-exp(-(v+40)/10))*(1-m) - 4*exp(-(v+65)/18)*m)/ms : 1
			dh/dt = (.07*exp(-(v+65)/20)*(1-h) - 1/(1+exp(-(v+35)/10))*h)/ms : 1
			dn/dt = (.01*(v+55)/(1-exp(-(v+55)/10))*(1-n) - .125*exp(-(v+65)/80)*n)/ms : 1`,
		Init: map[string]string{"v": "-65", "m": ".05", "h": ".6", "n": ".32"},
	}
	v := trace(t, p, "v")
	most := math.Inf(-1)
	for k := range v.N {
		most = max(most, v.At(k, 0))
	}
	for _, c := range []struct {
		what      string
		got, want float64
	}{
		{"v after 5 ms", v.At(499, 0), -75.09428096195553},
		{"v after 10 ms", v.At(999, 0), -66.76401409589681},
		{"v after 20 ms", v.At(1999, 0), -74.68248050662224},
		{"largest v", most, 40.49967129336927},
	} {
		if !(math.Abs(c.got-c.want) <= toleranceHodgkinHuxley*math.Abs(c.want)) {
			t.Errorf("%s: %.15g, want %.15g, allowed %g relative", c.what, c.got, c.want, toleranceHodgkinHuxley)
		}
	}
}
