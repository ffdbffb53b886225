package pipelines

import (
	"fmt"
	"path/filepath"
	"testing"

	"hearpipe/sinks"
	"hearpipe/stages"
)

// TestCochleagramOfAToneInNoisePeaksAtTheTone is the example "cochleagram" of Brian Hears: a tone of 1 kHz in white noise,
// 0.1 s, with a ramp; gammatone, half-wave rectification, cube root, low-pass at 10 Hz. An independent model gives the
// loudest channel of 3,000 as 1088 ± 3 at 100 ms (channel 1089 has 1 kHz), with the value 0.409 ± 0.007, and a mean over
// channels of 0.2167 ± 0.0022.
func TestCochleagramOfAToneInNoisePeaksAtTheTone(t *testing.T) {
	if testing.Short() {
		t.Skip("3,000 channels")
	}
	const text = `
params: {seed: 1}
nodes:
  tone:     {type: sound.tone, frequency: 1 kHz, duration: 100 ms}
  noise:    {type: sound.whitenoise, duration: 100 ms, seed: $seed}
  mix:      {type: stages.sum, from: [tone, noise]}
  sound:    {type: sound.ramp, from: mix}
  cochlea:  {type: filterbank.gammatone, from: sound, cf: "erbspace(20 Hz, 20 kHz, 3000)"}
  ihc:      {type: filterbank.function, from: cochlea, expr: "clip(x, 0, inf)**(1/3)"}
  envelope: {type: filterbank.lowpass, from: ihc, cutoff: 10 Hz}
sinks:
  - {type: frames, from: envelope, path: envelope.npy}
`
	for seed := 1; seed <= 3; seed++ {
		opt := Options{Set: []Setting{{Name: "seed", Value: fmt.Sprint(seed), Option: "--seed"}}}
		folder, _ := outputs(t, []byte(text), opt, stages.RunOptions{})
		shape, values, err := sinks.ReadArray(filepath.Join(folder, "envelope.npy"))
		if err != nil {
			t.Fatal(err)
		}
		if len(shape) != 2 || shape[0] != 4410 || shape[1] != 3000 {
			t.Fatalf("shape %v, want 4410 × 3000", shape)
		}
		loudest, mean := 0, 0.0
		last := values[len(values)-3000:]
		for c, x := range last {
			mean += x / 3000
			if x > last[loudest] {
				loudest = c
			}
		}
		if loudest < 1085 || loudest > 1091 {
			t.Errorf("seed %d: channel %d is the loudest at 100 ms, want 1088 ± 3", seed, loudest)
		}
		// The bounds are three standard deviations.
		if x := last[loudest]; x < 0.388 || x > 0.430 {
			t.Errorf("seed %d: its value is %.4f, want 0.409 ± 0.007", seed, x)
		}
		if mean < 0.2101 || mean > 0.2233 {
			t.Errorf("seed %d: the mean over channels is %.4f, want 0.2167 ± 0.0022", seed, mean)
		}
	}
}
