package pipelines

import (
	"math"

	"hearpipe/sinks"
	"hearpipe/sound"
	"hearpipe/stages"
)

// Fields of noises.
var (
	seedField      = Field{Name: "seed", Kind: Integer, Default: "0", Limits: "0 or more", Doc: "another seed gives another noise"}
	normaliseField = Field{Name: "normalise", Kind: Choice, Choices: []string{"no", "yes"}, Default: "no", Doc: "stretch each channel to the range -1 Pa to 1 Pa"}
)

func init() {
	powerLaw := func(name, doc string, alpha func(n *node) float64, fields ...Field) {
		register(&NodeType{
			Name: name, Doc: doc + " It is the inverse Fourier transform of a random spectrum, made before the run; each channel is independent, and its scale depends on the rate: set a level.",
			Inputs: sourceInput, Outputs: "frames: independent noise in each channel", Channels: oneSource,
			Fields:  append(fields, normaliseField, seedField, neededDuration, framesField, rateField, widthField),
			Example: "noise: {type: " + name + ", duration: 100 ms, seed: $seed" + map[string]string{"sound.powerlawnoise": ", exponent: 1.5"}[name] + "}",
			plan: func(p *planner, n *node) {
				if !n.within(p, "seed", 0, 1<<53, false, false) || !n.within(p, "exponent", -10, 10, false, false) {
					return
				}
				p.synthesis(n, func(s shape, length sound.Length) (*sound.Sound, error) {
					return sound.PowerLawNoise(sound.PowerLawParams{
						Length: length, Rate: s.rate, Width: s.channels, Exponent: alpha(n), Normalise: n.text("normalise") == "yes",
						Seed: uint64(n.num("seed")), Name: n.name,
					})
				})
			},
		})
	}
	powerLaw("sound.powerlawnoise", "Makes noise whose power per hertz falls as 1/f^exponent.", func(n *node) float64 { return n.num("exponent") },
		Field{Name: "exponent", Kind: Quantity, Unit: "1", Required: true, Limits: "-10 to 10", Doc: "0 is white, 1 pink, 2 brown noise"})
	powerLaw("sound.pinknoise", "Makes pink noise, whose power per hertz falls as 1/f.", func(*node) float64 { return 1 })
	powerLaw("sound.brownnoise", "Makes brown noise, whose power per hertz falls as 1/f².", func(*node) float64 { return 2 })
	ripple := func(name, doc string, kind sound.RippleKind) {
		register(&NodeType{
			Name: name, Doc: doc + " The delay is circular: what is delayed beyond the end comes back at the beginning. The noise is made before the run.",
			Source: "Yost (1996), Pitch of iterated rippled noise, J. Acoust. Soc. Am. 100, 511–518.",
			Inputs: sourceInput, Outputs: "frames: independent noise in each channel", Channels: oneSource,
			Fields: []Field{
				{Name: "delay", Kind: Quantity, Unit: "s", Required: true, Limits: "0 s or more, less than the duration", Doc: "the delay; 1/delay is the pitch"},
				{Name: "gain", Kind: Quantity, Unit: "1", Default: "1", Limits: "finite", Doc: "factor of the delayed part"},
				{Name: "iterations", Kind: Integer, Default: "4", Limits: "1 to 10000", Doc: "how often it is delayed and added"},
				{Name: "legacy", Kind: Choice, Choices: []string{"no", "yes"}, Default: "no", Doc: "yes computes the product that Brian Hears computes under this name"},
				seedField, neededDuration, framesField, rateField, widthField,
			},
			Example: "rippled: {type: " + name + ", delay: 4 ms, gain: 1, iterations: 8, duration: 200 ms}",
			plan: func(p *planner, n *node) {
				if !n.within(p, "seed", 0, 1<<53, false, false) || !n.within(p, "delay", 0, math.Inf(1), false, true) || !p.finite(n, "gain") ||
					!n.within(p, "iterations", 1, 10000, false, false) {
					return
				}
				p.synthesis(n, func(s shape, length sound.Length) (*sound.Sound, error) {
					return sound.RippleNoise(sound.RippleNoiseParams{
						Length: length, Rate: s.rate, Width: s.channels, Seed: uint64(n.num("seed")), Name: n.name, RippleParams: sound.RippleParams{
							Kind: kind, Delay: n.num("delay"), Gain: n.num("gain"), Iterations: int(n.num("iterations")), Legacy: n.text("legacy") == "yes",
						},
					})
				})
			},
		})
	}
	ripple("sound.irns", "Makes iterated ripple noise of the add-same kind: each pass adds the delayed output of the pass before it to that output.", sound.AddSame)
	ripple("sound.irno", "Makes iterated ripple noise of the add-original kind: each pass delays what came out of the one before it and adds the original noise.", sound.AddOriginal)
	register(&NodeType{
		Name: "sound.vowel", Doc: "Makes an artificial vowel: pulses at the pitch through a glottal source and one resonance per formant. The peak is 1 Pa. It is made before the run.",
		Source: "MakeVowel of the Auditory Toolbox, Slaney (1998), Interval technical report 1998-010.",
		Inputs: sourceInput, Outputs: "frames: the vowel, the same in each channel", Channels: oneSource,
		Fields: []Field{
			{Name: "vowel", Kind: Choice, Choices: []string{"a", "i", "u"}, Doc: "which vowel; this or formants"},
			{Name: "formants", Kind: Values, Unit: "Hz", Limits: "above 25 Hz, below half the rate", Doc: "resonances, as many as there are; this or vowel"},
			{Name: "pitch", Kind: Quantity, Unit: "Hz", Default: "100 Hz", Limits: "above 0 Hz, at most half the rate", Doc: "pulses per second"},
			neededDuration, framesField, rateField, widthField,
		},
		Example: "ah: {type: sound.vowel, vowel: a, pitch: 120 Hz, duration: 300 ms}",
		plan:    planVowel,
	})
	register(&NodeType{
		Name: "sound.array", Doc: "Reads the samples of a sound from an NPY file, frames × channels or frames alone, in pascal.",
		Inputs: sourceInput, Outputs: "frames: the channels of the array", Channels: oneSource,
		Fields:  []Field{{Name: "path", Kind: InputPath, Required: true, Limits: "*.npy", Doc: "the file"}, rateField},
		Example: "sound: {type: sound.array, path: x.npy, rate: 44.1 kHz}",
		plan:    planArray,
	})
}

// synthesis plans a generator that makes its whole sound before the run.
func (p *planner) synthesis(n *node, make func(s shape, length sound.Length) (*sound.Sound, error)) {
	s, length, ok := p.generator(n)
	if !ok || !p.needLength(n, &s, &length) {
		return
	}
	n.whole = true
	n.fixed = length.Frames * (int64(s.channels) + 16) * 8 // the sound, and what transforms need
	n.build = func([]stages.Node, stages.Range) ([]stages.Node, error) { return one(make(s, length)) }
}

func planVowel(p *planner, n *node) {
	rate, ok := p.sourceRate(n)
	if !ok || !n.within(p, "pitch", 0, rate/2, true, false) || !n.within(p, "formants", 25, rate/2, true, true) {
		return
	}
	if n.has("vowel") == n.has("formants") {
		n.fail(p, "", "sound.vowel needs either the field vowel or the field formants")
		return
	}
	p.synthesis(n, func(s shape, length sound.Length) (*sound.Sound, error) {
		return sound.Vowel(sound.VowelParams{
			Length: length, Rate: s.rate, Width: s.channels, Vowel: n.text("vowel"), Formants: n.list("formants"), Pitch: n.num("pitch"),
		})
	})
}

func planArray(p *planner, n *node) {
	rate, ok := p.sourceRate(n)
	if !ok {
		return
	}
	v := n.values["path"]
	full, err := p.env.input(v.text, v.trusted)
	if err != nil {
		n.fail(p, "path", "%v", err)
		return
	}
	r, err := sinks.OpenFrames(full)
	if err != nil {
		n.fail(p, "path", "%v", err)
		return
	}
	s := shape{rate: rate, channels: r.Channels(), frames: r.Frames()}
	r.Close()
	n.out = []outPort{{shape: s}}
	n.whole = true
	n.fixed = s.frames * int64(s.channels) * 16
	n.build = func([]stages.Node, stages.Range) ([]stages.Node, error) {
		_, data, err := sinks.ReadArray(full)
		if err != nil {
			return nil, err
		}
		return one(sound.FromInterleaved(rate, s.channels, data))
	}
}
