package filterbank

import (
	"slices"
	"testing"

	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

// movable are the banks that can be moved, built at a place given by one number, and the setter of a control.
var movable = map[string]struct {
	from, to float64
	build    func(src stages.Stage, x float64) (stages.Stage, func(channel int, x float64) error, error)
}{
	"gammatone": {500, 900, func(src stages.Stage, x float64) (stages.Stage, func(int, float64) error, error) {
		g, err := NewGammatone(src, GammatoneParams{CF: []float64{x, 2 * x, 3 * x}})
		return g, func(c int, x float64) error { return g.SetCF(c, float64(c+1)*x) }, err
	}},
	"resonance": {500, 900, func(src stages.Stage, x float64) (stages.Stage, func(int, float64) error, error) {
		g, err := NewResonance(src, ResonanceParams{CF: []float64{x, 2 * x, 3 * x}})
		return g, func(c int, x float64) error { return g.SetCF(c, float64(c+1)*x) }, err
	}},
	"lowpass": {500, 800, func(src stages.Stage, x float64) (stages.Stage, func(int, float64) error, error) {
		g, err := NewLowPass(src, LowPassParams{Cutoff: []float64{x, 2 * x, 3 * x}})
		return g, func(c int, x float64) error { return g.SetCutoff(c, float64(c+1)*x) }, err
	}},
	"gain": {0.5, -2, func(src stages.Stage, x float64) (stages.Stage, func(int, float64) error, error) {
		g, err := NewGain(src, GainParams{Gain: []float64{x, 2 * x, 3 * x}})
		return g, func(c int, x float64) error { return g.SetGain(c, float64(c+1)*x) }, err
	}},
}

func TestChangedBankGoesOnAsIfAControlHadMovedIt(t *testing.T) {
	const at, frames = 777, 2000
	signal := stagetest.Signal{Channels: 3, Frames: frames, Seed: 3}
	for name, m := range movable {
		src := stagetest.NewSource(signal)
		moved, set, err := m.build(src, m.from)
		if err != nil {
			t.Fatal(err)
		}
		update := stages.UpdaterFunc(func(int64, []stages.Frames) error {
			for c := range 3 {
				if err := set(c, m.to); err != nil {
					return err
				}
			}
			return nil
		})
		clock := stagetest.NewSource(stagetest.Signal{Frames: frames})
		if _, err := stages.Control([]stages.Stage{clock}, []stages.Node{moved}, update, at); err != nil {
			t.Fatal(err)
		}
		want := stagetest.NewFrameRecorder(moved)
		if _, err := stages.Run(t.Context(), stages.RunOptions{Workers: 1}, want); err != nil {
			t.Fatal(err)
		}
		for _, block := range []int{1, 100, 1024} {
			src := stagetest.NewSource(signal)
			bank, _, err := m.build(src, m.from)
			if err != nil {
				t.Fatal(err)
			}
			changes := &stages.Changes{}
			changes.Schedule(stages.Change{At: at, Rate: 8192, Replace: []stages.Replacement{{Target: bank, Make: func() (stages.Node, error) {
				n, _, err := m.build(src, m.to)
				return n, err
			}}}})
			got := stagetest.NewFrameRecorder(bank)
			if _, err := stages.Run(t.Context(), stages.RunOptions{Block: block, Workers: 1, Changes: changes}, got); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got.Data, want.Data) {
				t.Errorf("%s in blocks of %d: a change has other bits than a control that moves it at the same frame", name, block)
			}
		}
	}
}
