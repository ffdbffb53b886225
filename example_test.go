package hearpipe_test

import (
	"context"
	"fmt"

	"hearpipe/filterbank"
	"hearpipe/neurons"
	"hearpipe/sound"
	"hearpipe/stages"
)

// must keeps the example short; programs return their errors.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// A tone of 1 kHz in silence makes the nerve fibres near 1 kHz fire, and each at most once per refractory period.
func Example() {
	tone := must(sound.Tone(sound.ToneParams{Frequency: []float64{1000}, Length: sound.Length{Seconds: 0.1}}))
	tone = must(must(tone.Ramp(sound.RampParams{When: sound.Both})).AtLevel(80)) // dB SPL

	cf := must(filterbank.ERBSpace(200, 5000, 30))
	cochlea := must(filterbank.NewGammatone(tone, filterbank.GammatoneParams{CF: cf}))
	hairCell := must(stages.NewFunction([]stages.Stage{cochlea}, stages.FunctionParams{Expr: "3*clip(x, 0, inf)**(1/3)"}))
	fibres := must(neurons.NewGroup(neurons.GroupParams{
		Equations: `
			dv/dt = (I-v)/(1*ms) + 0.2*xi*(2/(1*ms))**.5 : 1
			I : 1`,
		Threshold:  "v > 1",
		Reset:      "v = 0",
		Refractory: "5 ms",
		Inputs:     map[string]stages.Stage{"I": hairCell},
		Seed:       1,
	}))

	spikes := must(stages.CollectSpikes(context.Background(), fibres))
	count := make([]int, len(cf))
	for _, s := range spikes {
		count[s.Cell]++
	}
	fmt.Println("spikes per fibre:", count)
	// Output:
	// spikes per fibre: [0 0 0 0 0 0 0 0 0 0 0 1 11 8 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0]
}
