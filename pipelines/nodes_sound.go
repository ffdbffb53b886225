package pipelines

import (
	"fmt"
	"math"

	"hearpipe/sound"
	"hearpipe/stages"
	"hearpipe/units"
)

// builtInSpeech is the path that means the recording in the binary when the working folder has no such file.
const builtInSpeech = "speech.wav"

// gain is the factor 10^(dB/20).
func gain(dB float64) float64 { return units.Decibel(dB).Gain() }

// The fields that all generators share.
var (
	durationField = Field{Name: "duration", Kind: Quantity, Unit: "s", Limits: "more than 0 s", Doc: "length, rounded to whole frames; without it the sound is endless"}
	framesField   = Field{Name: "frames", Kind: Integer, Limits: "at least 1", Doc: "length in frames, instead of duration"}
	rateField     = Field{Name: "rate", Kind: Quantity, Unit: "Hz", Limits: "more than 0 Hz", Doc: "sample rate (default: the pipeline's rate, else 44.1 kHz)"}
	widthField    = Field{Name: "channels", Kind: Integer, Limits: "at least 1", Doc: "number of channels (default: as many as the longest list, else 1)"}
)

func init() {
	register(&NodeType{
		Name:   "sound.file",
		Doc:    "Reads a sound file (WAV, AIFF, FLAC; docs/sound-files.md) as a stream of pressures. If its rate is not that of the pipeline it is resampled. The name speech.wav means a recording that comes with the program, unless the working folder has such a file; - is standard input.",
		Inputs: "a source has no from", Outputs: "frames: the channels of the file", Channels: "none",
		Fields: []Field{
			{Name: "path", Kind: InputPath, Required: true, Doc: "the file"},
			{Name: "rate", Kind: Quantity, Unit: "Hz", Limits: "more than 0 Hz", Doc: "resample to this rate (default: the pipeline's rate, else that of the file)"},
			{Name: "full_scale", Kind: Quantity, Unit: "Pa", Default: "1 Pa", Limits: "more than 0 Pa", Doc: "pressure of full scale; where it is not given, --calibration says it"},
		},
		Example: "sound: {type: sound.file, path: speech.wav}",
		plan:    planFile,
	})
	register(&NodeType{
		Name:   "sound.tone",
		Doc:    "Makes pure tones: A·sin(phase + 2π·f·t).",
		Inputs: "a source has no from", Outputs: "frames: one tone per channel", Channels: "none",
		Fields: []Field{
			{Name: "frequency", Kind: Values, Unit: "Hz", Required: true, Limits: "0 Hz to half the rate", Doc: "frequency"},
			{Name: "amplitude", Kind: Values, Unit: "Pa", Default: "1 Pa", Doc: "peak pressure"},
			{Name: "phase", Kind: Values, Unit: "1", Default: "0", Doc: "phase at time 0, in radians"},
			durationField, framesField, rateField, widthField,
		},
		Example: "tone: {type: sound.tone, frequency: 1 kHz, duration: 100 ms}",
		plan:    planTone,
	})
	register(&NodeType{
		Name:   "sound.whitenoise",
		Doc:    "Makes white noise: independent normal samples of mean 0. Sample and channel number, the seed and the node's name decide each sample, so that the noise is the same however it is computed.",
		Inputs: "a source has no from", Outputs: "frames: independent noise in each channel", Channels: "none",
		Fields: []Field{
			{Name: "sigma", Kind: Quantity, Unit: "Pa", Default: "1 Pa", Limits: "more than 0 Pa", Doc: "standard deviation"},
			{Name: "seed", Kind: Integer, Default: "0", Limits: "0 or more", Doc: "another seed gives another noise"},
			durationField, framesField, rateField, widthField,
		},
		Example: "noise: {type: sound.whitenoise, duration: 100 ms, seed: $seed}",
		plan:    planNoise,
	})
	register(&NodeType{
		Name:   "sound.click",
		Doc:    "Makes a click: a rectangular pulse at time 0.",
		Inputs: "a source has no from", Outputs: "frames: the click", Channels: "none",
		Fields: []Field{
			{Name: "duration", Kind: Quantity, Unit: "s", Limits: "more than 0 s", Doc: "length of the pulse (default one frame)"},
			{Name: "peak", Kind: Quantity, Unit: "dB", Default: "0 dB", Limits: "finite", Doc: "peak level; the pressure is 28 µPa·10^(peak/20)"},
			rateField, widthField,
		},
		Example: "click: {type: sound.click, duration: 1 ms, peak: 70 dB}",
		plan:    planClick,
	})
	register(&NodeType{
		Name:   "sound.silence",
		Doc:    "Makes zeros.",
		Inputs: "a source has no from", Outputs: "frames: zeros", Channels: "none",
		Fields:  []Field{durationField, framesField, rateField, widthField},
		Example: "pause: {type: sound.silence, duration: 50 ms}",
		plan:    planSilence,
	})
	register(&NodeType{
		Name:   "sound.ramp",
		Doc:    "Fades a sound in, out, or both, with the envelope sin²(πx/2) or another. The end of a sound must be known for that: everything above this node is read into memory before the run.",
		Inputs: "from: one stream of known length", Outputs: "frames: the sound with its ramps", Channels: "all: the sound is in memory",
		Fields: []Field{
			{Name: "when", Kind: Choice, Choices: []string{"onset", "offset", "both"}, Default: "onset", Doc: "which ends"},
			{Name: "duration", Kind: Quantity, Unit: "s", Default: "10 ms", Limits: "more than 0 s, at most the length of the sound", Doc: "length of a ramp"},
			{Name: "envelope", Kind: Expression, Limits: "a number without a unit", Doc: "what the sound is multiplied by, an expression in x, which goes from 0 to 1 at the onset and back at the offset (default sin(pi*x/2)**2)"},
		},
		Example: "sound: {type: sound.ramp, from: mix, when: both}",
		from:    minMax{1, 1},
		plan:    planRamp,
	})
	register(&NodeType{
		Name:   "sound.level",
		Doc:    "Scales each channel of a sound to a level: its root mean square, after the mean has been removed, re 20 µPa. Everything above this node is read into memory before the run.",
		Inputs: "from: one stream of known length", Outputs: "frames: the sound at that level", Channels: "all: the sound is in memory",
		Fields: []Field{
			{Name: "level", Kind: Values, Unit: "dB", Required: true, Limits: "finite", Doc: "dB SPL"},
		},
		Example: "sound: {type: sound.level, from: ramped, level: 60 dB}",
		from:    minMax{1, 1},
		plan:    planLevel,
	})
}

// sourceRate is the rate a generator works at.
func (p *planner) sourceRate(n *node) (float64, bool) {
	if !n.within(p, "rate", 0, math.Inf(1), true, true) {
		return 0, false
	}
	switch {
	case n.has("rate"):
		return n.num("rate"), true
	case p.rate != 0:
		return p.rate, true
	}
	return sound.DefaultRate, true
}

// generator fills in what all generators share: rate, number of channels and length. lists are the fields that hold one
// value per channel.
func (p *planner) generator(n *node, lists ...string) (s shape, length sound.Length, ok bool) {
	rate, ok := p.sourceRate(n)
	inf := math.Inf(1)
	if !ok || !n.within(p, "duration", 0, inf, true, true) || !n.within(p, "channels", 1, maxChannels, false, false) {
		return s, length, false
	}
	s = shape{rate: rate, channels: 1, frames: stages.Unbounded}
	if n.has("channels") {
		s.channels = int(n.num("channels"))
	}
	for _, f := range lists {
		k := len(n.list(f))
		if k > 1 && s.channels == 1 && !n.has("channels") {
			s.channels = k
		}
		if k > 1 && k != s.channels {
			n.fail(p, f, "%d values for %d channels: want one for all or one per channel", k, s.channels)
			return s, length, false
		}
	}
	if n.has("duration") && n.has("frames") {
		n.fail(p, "frames", "the length is given twice, by duration and by frames")
		return s, length, false
	}
	if !n.within(p, "frames", 1, 1<<53, false, false) {
		return s, length, false
	}
	if n.has("frames") {
		s.frames = int64(n.num("frames"))
		length.Frames = s.frames
	}
	if n.has("duration") {
		if s.frames, ok = n.framesOf(p, "duration", rate); !ok {
			return s, length, false
		}
		if s.frames == 0 {
			n.fail(p, "duration", "%s is less than half a frame at %s", quantityText(n.num("duration"), "s"), quantityText(rate, "Hz"))
			return s, length, false
		}
		length.Frames = s.frames
	}
	n.out = []outPort{{shape: s}}
	return s, length, true
}

func planTone(p *planner, n *node) {
	inf := math.Inf(1)
	s, length, ok := p.generator(n, "frequency", "amplitude", "phase")
	if !ok || !n.within(p, "frequency", 0, s.rate/2, false, false) || !n.within(p, "amplitude", -inf, inf, true, true) || !n.within(p, "phase", -inf, inf, true, true) {
		return
	}
	n.perChan = 64
	n.build = func(_ []stages.Node, r stages.Range) ([]stages.Node, error) {
		return one(sound.NewTone(sound.ToneParams{
			Length: length, Rate: s.rate, Width: s.channels, Channels: r,
			Frequency: n.list("frequency"), Amplitude: n.list("amplitude"), Phase: n.list("phase"),
		}))
	}
}

func planNoise(p *planner, n *node) {
	s, length, ok := p.generator(n)
	if !ok || !n.within(p, "sigma", 0, math.Inf(1), true, true) || !n.within(p, "seed", 0, 1<<53, false, false) {
		return
	}
	n.build = func(_ []stages.Node, r stages.Range) ([]stages.Node, error) {
		return one(sound.NewWhiteNoise(sound.NoiseParams{
			Length: length, Rate: s.rate, Width: s.channels, Channels: r,
			Amplitude: n.num("sigma"), Seed: uint64(n.num("seed")), Name: n.name,
		}))
	}
}

func planClick(p *planner, n *node) {
	inf := math.Inf(1)
	s, length, ok := p.generator(n)
	if !ok || !n.within(p, "peak", -inf, inf, true, true) {
		return
	}
	if length.Frames == 0 {
		length.Frames = 1
	}
	n.out[0].shape.frames = length.Frames
	n.fixed = length.Frames * int64(s.channels) * 8
	n.whole = true
	n.build = func([]stages.Node, stages.Range) ([]stages.Node, error) {
		return one(sound.Click(sound.ClickParams{Length: length, Rate: s.rate, Width: s.channels, Amplitude: sound.PeakPressure(n.num("peak"))}))
	}
}

func planSilence(p *planner, n *node) {
	s, length, ok := p.generator(n)
	if !ok {
		return
	}
	n.build = func(_ []stages.Node, r stages.Range) ([]stages.Node, error) {
		return one(sound.NewSilence(sound.SilenceParams{Length: length, Rate: s.rate, Width: s.channels, Channels: r}))
	}
}

// planFile opens the file to learn its format. It is opened once more for the run, except standard input.
func planFile(p *planner, n *node) {
	if !n.within(p, "rate", 0, math.Inf(1), true, true) || !n.within(p, "full_scale", 0, math.Inf(1), true, true) {
		return
	}
	v := n.values["path"]
	if device, ok := microphoneName(v.text); ok {
		p.microphoneFile(n, device, v.trusted)
		return
	}
	if !n.within(p, "file_rate", 0, math.Inf(1), true, true) || !n.within(p, "channels", 1, maxChannels, false, false) {
		return
	}
	params := sound.FileParams{FullScale: n.num("full_scale"), Name: v.text}
	if p.opt.FullScale > 0 && !n.values["full_scale"].given {
		params.FullScale = p.opt.FullScale
	}
	var raw *sound.RawParams
	if n.has("format") {
		raw = &sound.RawParams{Format: n.text("format"), Rate: n.num("file_rate"), Channels: int(n.num("channels"))}
	}
	if p.opt.Raw != nil && v.trusted {
		given := *p.opt.Raw
		raw = &given
	}
	open, err := p.env.opener(v.text, v.trusted, params, raw)
	if err != nil {
		n.fail(p, "path", "%v", err)
		return
	}
	if open.note != "" {
		n.notes = append(n.notes, open.note)
	}
	f, err := open.file(false)
	if err != nil {
		n.fail(p, "path", "%v", err)
		return
	}
	format := f.Format()
	rate := format.Rate
	if n.has("rate") {
		rate = n.num("rate")
	} else if p.rate != 0 {
		rate = p.rate
	}
	s := shape{rate: format.Rate, channels: format.Channels, frames: format.Frames}
	if rate != format.Rate {
		r, err := sound.NewResample(f, rate)
		if err != nil {
			open.done(f)
			n.fail(p, "path", "%v", err)
			return
		}
		s.rate, s.frames = rate, r.Format().Frames
		n.notes = append(n.notes, fmt.Sprintf("%s has %s and is resampled to %s", v.text, quantityText(format.Rate, "Hz"), quantityText(rate, "Hz")))
	}
	open.done(f)
	n.ends = s.frames == stages.Unbounded
	n.out = []outPort{{shape: s}}
	n.whole = true
	n.fixed = 1 << 20
	n.build = func([]stages.Node, stages.Range) ([]stages.Node, error) {
		f, err := open.stream(n)
		if err != nil {
			return nil, err
		}
		if rate != format.Rate {
			return one(sound.NewResample(f, rate))
		}
		return one(f, nil)
	}
}

// inMemory plans a node that works on a whole sound before the run.
func (p *planner) inMemory(n *node, change func(s *sound.Sound) (*sound.Sound, error)) {
	if !p.needFrames(n) {
		return
	}
	s := n.in[0].shape()
	for _, e := range n.in {
		if e.shape().frames != stages.Unbounded {
			continue
		}
		why := "is endless; give it a duration"
		if e.from.endsByItself() {
			why = "does not say how long it is; give the pipeline a duration"
		}
		n.fail(p, "", "%s works on a whole sound, and %s %s", n.typ.Name, e.from.name, why)
		return
	}
	n.out = []outPort{{shape: s}}
	n.private, n.whole = true, true
	n.fixed = s.frames * int64(s.channels) * 8 * 3
	n.build = func(in []stages.Node, _ stages.Range) ([]stages.Node, error) {
		whole, err := sound.Collect(p.env.ctx, in[0].(stages.Stage))
		if err != nil {
			return nil, err
		}
		return one(change(whole))
	}
}

func planRamp(p *planner, n *node) {
	if !n.within(p, "duration", 0, math.Inf(1), true, true) {
		return
	}
	if s := n.in[0].shape(); s.frames != stages.Unbounded && n.num("duration") > s.seconds() {
		n.fail(p, "duration", "the ramp of %s is longer than the sound, which has %s", quantityText(n.num("duration"), "s"), quantityText(s.seconds(), "s"))
		return
	}
	when := map[string]sound.RampWhen{"onset": sound.Onset, "offset": sound.Offset, "both": sound.Both}[n.text("when")]
	params := stages.FunctionParams{Expr: n.text("envelope"), Params: p.scope().Params}
	if n.has("envelope") {
		if err := stages.CheckFunction(params, 1); err != nil {
			n.failIn(p, "envelope", err)
			return
		}
	}
	p.inMemory(n, func(s *sound.Sound) (*sound.Sound, error) {
		ramp := sound.RampParams{When: when, Seconds: n.num("duration")}
		if n.has("envelope") {
			shape, err := p.envelope(s, ramp.Seconds, params)
			if err != nil {
				return nil, err
			}
			ramp.Shape = shape
		}
		return s.Ramp(ramp)
	})
}

// envelope tabulates an expression at the places where a ramp of a sound reads it.
func (p *planner) envelope(s *sound.Sound, seconds float64, params stages.FunctionParams) (func(x float64) float64, error) {
	n, err := s.Frames(seconds)
	if err != nil {
		return nil, err
	}
	x := make([]float64, max(n, 1))
	for i := range x {
		if n > 1 {
			x[i] = float64(i) / float64(n-1)
		}
	}
	line, err := sound.New(s.Rate(), x)
	if err != nil {
		return nil, err
	}
	f, err := stages.NewFunction([]stages.Stage{line}, params)
	if err != nil {
		return nil, err
	}
	y, err := sound.Collect(p.env.ctx, f)
	if err != nil {
		return nil, err
	}
	return func(x float64) float64 { return y.At(int(math.Round(x*float64(y.Len()-1))), 0) }, nil
}

func planLevel(p *planner, n *node) {
	inf := math.Inf(1)
	if !n.within(p, "level", -inf, inf, true, true) {
		return
	}
	if k, c := len(n.list("level")), n.in[0].shape().channels; k > 1 && k != c {
		n.fail(p, "level", "%d values for %d channels: want one for all or one per channel", k, c)
		return
	}
	p.inMemory(n, func(s *sound.Sound) (*sound.Sound, error) { return s.AtLevel(n.list("level")...) })
}
