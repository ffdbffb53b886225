package filterbank

import (
	"testing"

	"hearpipe/stages"
)

// The chains of the examples "simple_anf" and "cochleagram": gammatones, half-wave rectification and cube root, low-pass at
// 10 Hz. The root is infinitely steep at 0, where the rounding of the gammatones grows: cubes agree as gammatones do.
func TestChainsOfGammatonesEqualTheReference(t *testing.T) {
	const toleranceRoot = 5e-9
	bank := func() stages.Stage {
		cf, err := ERBSpace(20, 20000, 32)
		if err != nil {
			t.Fatal(err)
		}
		g, err := NewGammatone(memory(t, 44100, load(t, "input").frames()), GammatoneParams{CF: some(cf)})
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	hair, err := stages.NewFunction([]stages.Stage{bank()}, stages.FunctionParams{Expr: "3*clip(x, 0, inf)**(1/3)"})
	if err != nil {
		t.Fatal(err)
	}
	have, want := collect(t, hair), load(t, "ihc_hwr").frames()
	compare(t, have, want, toleranceRoot, toleranceRoot)
	cube := func(f stages.Frames) stages.Frames {
		for i := range f.N {
			for c, x := range f.Row(i) {
				f.Row(i)[c] = x * x * x
			}
		}
		return f
	}
	compare(t, cube(have), cube(want), toleranceOutput, toleranceChannel)

	root, err := stages.NewFunction([]stages.Stage{bank()}, stages.FunctionParams{Expr: "clip(x, 0, inf)**(1/3)"})
	if err != nil {
		t.Fatal(err)
	}
	low, err := NewLowPass(root, LowPassParams{Cutoff: []float64{10}})
	if err != nil {
		t.Fatal(err)
	}
	compare(t, collect(t, low), load(t, "cochleagram").frames(), toleranceRoot, toleranceRoot)
}
