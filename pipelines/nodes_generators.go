package pipelines

import (
	"math"

	"hearpipe/sound"
	"hearpipe/stages"
)

// Fields that several generators share.
var (
	peakField      = Field{Name: "peak", Kind: Quantity, Unit: "dB", Default: "0 dB", Limits: "finite", Doc: "peak level; the pressure is 28 µPa·10^(peak/20)"}
	amplitudeField = Field{Name: "amplitude", Kind: Quantity, Unit: "Pa", Default: "1 Pa", Limits: "not 0 Pa", Doc: "peak pressure"}
	phaseField     = Field{Name: "phase", Kind: Quantity, Unit: "1", Default: "0", Doc: "phase at time 0, in radians"}
)

const (
	sourceInput = "a source has no from"
	oneSource   = "none"
)

func init() {
	register(&NodeType{
		Name: "sound.clicks", Doc: "Makes a train of clicks: rectangular pulses at equal intervals, which are rounded to whole frames.",
		Inputs: sourceInput, Outputs: "frames: the clicks", Channels: oneSource,
		Fields: []Field{
			{Name: "interval", Kind: Quantity, Unit: "s", Required: true, Limits: "at least one frame", Doc: "from the beginning of a click to the next"},
			{Name: "click", Kind: Quantity, Unit: "s", Limits: "more than 0 s", Doc: "length of a click (default one frame)"},
			{Name: "times", Kind: Integer, Limits: "at least 1", Doc: "number of clicks (default: without end)"},
			peakField, rateField, widthField,
		},
		Example: "train: {type: sound.clicks, interval: 10 ms, click: 0.1 ms, times: 20, peak: 70 dB}",
		plan:    planClicks,
	})
	register(&NodeType{
		Name: "sound.harmoniccomplex", Doc: "Makes a harmonic complex: the sum of A_h·sin(phase_h + 2π·h·f0·t), h = 1, 2, … The longest list says how many harmonics there are; without lists they go up to half the rate.",
		Inputs: sourceInput, Outputs: "frames: the complex, the same in each channel", Channels: oneSource,
		Fields: []Field{
			{Name: "fundamental", Kind: Quantity, Unit: "Hz", Required: true, Limits: "above 0 Hz, at most half the rate", Doc: "f0"},
			{Name: "amplitude", Kind: Values, Unit: "Pa", Default: "1 Pa", Limits: "finite", Doc: "of each harmonic, or one for all"},
			{Name: "phase", Kind: Values, Unit: "1", Default: "0", Limits: "finite", Doc: "of each harmonic, or one for all, in radians"},
			durationField, framesField, rateField, widthField,
		},
		Example: "buzz: {type: sound.harmoniccomplex, fundamental: 200 Hz, duration: 100 ms}",
		plan:    planHarmonics,
	})
	register(&NodeType{
		Name: "sound.chirp", Doc: "Makes a tone whose frequency glides from start to end while the sound lasts: equal times per hertz (linear) or per octave (exponential).",
		Inputs: sourceInput, Outputs: "frames: the glide, the same in each channel", Channels: oneSource,
		Fields: []Field{
			{Name: "start", Kind: Quantity, Unit: "Hz", Required: true, Limits: "0 Hz to half the rate, above 0 Hz if exponential", Doc: "frequency at time 0"},
			{Name: "end", Kind: Quantity, Unit: "Hz", Required: true, Limits: "0 Hz to half the rate, above 0 Hz if exponential", Doc: "frequency at the end"},
			{Name: "glide", Kind: Choice, Choices: []string{"linear", "exponential"}, Default: "linear", Doc: "how the frequency moves"},
			amplitudeField, phaseField, neededDuration, framesField, rateField, widthField,
		},
		Example: "sweep: {type: sound.chirp, start: 100 Hz, end: 8 kHz, glide: exponential, duration: 1 s}",
		plan:    planChirp,
	})
	register(&NodeType{
		Name: "sound.amtone", Doc: "Makes a tone with sinusoidal amplitude modulation: A·(1 + depth·sin(modulation_phase + 2π·modulation·t))·sin(phase + 2π·frequency·t).",
		Inputs: sourceInput, Outputs: "frames: the tone, the same in each channel", Channels: oneSource,
		Fields: []Field{
			{Name: "frequency", Kind: Quantity, Unit: "Hz", Required: true, Limits: "0 Hz to half the rate", Doc: "of the carrier"},
			{Name: "modulation", Kind: Quantity, Unit: "Hz", Required: true, Limits: "0 Hz to half the rate", Doc: "frequency of the modulation"},
			{Name: "depth", Kind: Quantity, Unit: "1", Default: "1", Limits: "not 0", Doc: "1 modulates fully"},
			{Name: "modulation_phase", Kind: Quantity, Unit: "1", Default: "0", Doc: "phase of the modulation at time 0, in radians"},
			amplitudeField, phaseField, durationField, framesField, rateField, widthField,
		},
		Example: "beat: {type: sound.amtone, frequency: 4 kHz, modulation: 40 Hz, duration: 200 ms}",
		plan:    planModulated,
	})
	register(&NodeType{
		Name: "sound.function", Doc: "Makes a sound of an expression in the time t, which has the unit of time; the value is a plain number.",
		Inputs: sourceInput, Outputs: "frames: the value of the expression", Channels: oneSource,
		Fields: []Field{
			{Name: "expr", Kind: Expression, Required: true, Limits: "a number without a unit", Doc: "the expression; $name is the value of a parameter"},
			durationField, framesField, rateField, widthField,
		},
		Example: `decay: {type: sound.function, expr: "exp(-t/(10*ms))*sin(2*pi*(1 kHz)*t)", duration: 50 ms}`,
		plan:    planSoundFunction,
	})
}

// neededDuration is the duration of what has no endless form.
var neededDuration = Field{Name: "duration", Kind: Quantity, Unit: "s", Limits: "more than 0 s", Doc: "length, rounded to whole frames; required unless the pipeline has a duration"}

// needLength is the length of a generator that has no endless form: its own, or that of the pipeline.
func (p *planner) needLength(n *node, s *shape, length *sound.Length) bool {
	if length.Frames == 0 && p.seconds > 0 {
		length.Frames = int64(min(math.RoundToEven(p.seconds*s.rate), 1<<53))
		s.frames = length.Frames
		n.out[0].shape = *s
	}
	if length.Frames == 0 {
		n.fail(p, "", "%s needs a duration, or the pipeline has one", n.typ.Name)
		return false
	}
	return true
}

// nonzero refuses 0 in fields where Go's zero value would mean the default.
func (p *planner) nonzero(n *node, fields ...string) bool {
	for _, f := range fields {
		if n.num(f) == 0 {
			n.fail(p, f, "%s: want any other value", quantityText(0, n.values[f].field.Unit))
			return false
		}
	}
	return true
}

// finite checks that fields hold finite numbers.
func (p *planner) finite(n *node, fields ...string) bool {
	for _, f := range fields {
		if !n.within(p, f, math.Inf(-1), math.Inf(1), true, true) {
			return false
		}
	}
	return true
}

func planClicks(p *planner, n *node) {
	s, _, ok := p.generator(n)
	inf := math.Inf(1)
	if !ok || !p.finite(n, "peak") || !n.within(p, "interval", 0, inf, true, true) || !n.within(p, "click", 0, inf, true, true) || !n.within(p, "times", 1, 1<<40, false, false) {
		return
	}
	interval, ok := n.framesOf(p, "interval", s.rate)
	if !ok {
		return
	}
	if interval == 0 {
		n.fail(p, "interval", "%s is less than half a frame at %s", quantityText(n.num("interval"), "s"), quantityText(s.rate, "Hz"))
		return
	}
	params := sound.ClicksParams{Interval: sound.Length{Frames: interval}, Rate: s.rate, Width: s.channels, Amplitude: sound.PeakPressure(n.num("peak"))}
	if n.has("click") {
		params.Click.Seconds = n.num("click")
	}
	if n.has("times") {
		params.Count = int(n.num("times"))
		n.out[0].shape.frames = int64(params.Count) * interval
	}
	n.build = func(_ []stages.Node, r stages.Range) ([]stages.Node, error) {
		params.Channels = r
		return one(sound.NewClicks(params))
	}
}

func planHarmonics(p *planner, n *node) {
	s, length, ok := p.generator(n)
	if !ok || !n.within(p, "fundamental", 0, s.rate/2, true, false) || !p.finite(n, "amplitude", "phase") {
		return
	}
	params := sound.HarmonicParams{
		Length: length, Rate: s.rate, Width: s.channels, Fundamental: n.num("fundamental"), Amplitude: n.list("amplitude"), Phase: n.list("phase"),
	}
	if _, err := sound.NewHarmonicComplex(params); err != nil {
		n.fail(p, "fundamental", "%v", err)
		return
	}
	n.build = func(_ []stages.Node, r stages.Range) ([]stages.Node, error) {
		params.Channels = r
		return one(sound.NewHarmonicComplex(params))
	}
}

func planChirp(p *planner, n *node) {
	s, length, ok := p.generator(n)
	exponential := n.text("glide") == "exponential"
	if !ok || !n.within(p, "start", 0, s.rate/2, exponential, false) || !n.within(p, "end", 0, s.rate/2, exponential, false) ||
		!p.finite(n, "amplitude", "phase") || !p.nonzero(n, "amplitude") || !p.needLength(n, &s, &length) {
		return
	}
	n.build = func(_ []stages.Node, r stages.Range) ([]stages.Node, error) {
		return one(sound.NewChirp(sound.ChirpParams{
			Length: length, Rate: s.rate, Width: s.channels, Channels: r, From: n.num("start"), To: n.num("end"), Exponential: exponential,
			Phase: n.num("phase"), Amplitude: n.num("amplitude"),
		}))
	}
}

func planModulated(p *planner, n *node) {
	s, length, ok := p.generator(n)
	if !ok || !n.within(p, "frequency", 0, s.rate/2, false, false) || !n.within(p, "modulation", 0, s.rate/2, false, false) ||
		!p.finite(n, "amplitude", "phase", "depth", "modulation_phase") || !p.nonzero(n, "amplitude", "depth") {
		return
	}
	n.build = func(_ []stages.Node, r stages.Range) ([]stages.Node, error) {
		return one(sound.NewModulatedTone(sound.ModulatedToneParams{
			Length: length, Rate: s.rate, Width: s.channels, Channels: r, Frequency: n.num("frequency"), Phase: n.num("phase"),
			Modulation: n.num("modulation"), ModulationPhase: n.num("modulation_phase"), Depth: n.num("depth"), Amplitude: n.num("amplitude"),
		}))
	}
}

func planSoundFunction(p *planner, n *node) {
	s, length, ok := p.generator(n)
	if !ok {
		return
	}
	params := stages.FunctionParams{Expr: n.text("expr"), Params: p.scope().Params}
	if err := stages.CheckFunction(params, 1); err != nil {
		n.failIn(p, "expr", err)
		return
	}
	n.build = func(_ []stages.Node, r stages.Range) ([]stages.Node, error) {
		zeros, err := sound.NewSilence(sound.SilenceParams{Length: length, Rate: s.rate, Width: s.channels, Channels: r})
		if err != nil {
			return nil, err
		}
		return one(stages.NewFunction([]stages.Stage{zeros}, params))
	}
}
