package pipelines

import (
	"fmt"
	"math"
	"strings"

	"hearpipe/sound"
	"hearpipe/stages"
)

// Words that several nodes share.
const (
	wholeInput    = "from: one stream of known length"
	wholeChannels = "all: the sound is in memory"
	beforeRun     = " Everything above this node is read into memory before the run."
)

func init() {
	edit := func(name, doc, outputs, example string, fields []Field, plan func(p *planner, n *node)) {
		register(&NodeType{
			Name: name, Doc: doc + beforeRun, Inputs: wholeInput, Outputs: outputs, Channels: wholeChannels,
			Fields: fields, Example: example, from: minMax{1, 1}, plan: plan,
		})
	}
	edit("sound.shift", "Delays a sound: by whole frames, to which the time is rounded, or with fractional: yes by exactly this time. A negative time takes away the beginning.",
		"frames: the sound, longer by the delay", "late: {type: sound.shift, from: sound, by: 2.5 ms}",
		[]Field{
			{Name: "by", Kind: Quantity, Unit: "s", Required: true, Limits: "finite", Doc: "the delay"},
			{Name: "fractional", Kind: Choice, Choices: []string{"no", "yes"}, Default: "no", Doc: "delay by fractions of a frame too, with a filter"},
			{Name: "taps", Kind: Integer, Default: "2048", Limits: "2 to 1048576", Doc: "length of that filter"},
		}, planShift)
	edit("sound.repeat", "Plays a sound several times.", "frames: the sound, again and again", "thrice: {type: sound.repeat, from: sound, times: 3}",
		[]Field{{Name: "times", Kind: Integer, Required: true, Limits: "1 to 1000000", Doc: "how often"}}, planRepeat)
	edit("sound.slice", "Takes a part of a sound. Times outside of it are silent. A step of 2 takes every other frame at the same rate, a negative one goes backwards through the part.",
		"frames: the part", "start: {type: sound.slice, from: sound, end: 20 ms}",
		[]Field{
			{Name: "start", Kind: Quantity, Unit: "s", Default: "0 s", Limits: "finite", Doc: "where the part begins"},
			{Name: "end", Kind: Quantity, Unit: "s", Limits: "at least start", Doc: "where it ends (default: the end of the sound)"},
			{Name: "step", Kind: Integer, Default: "1", Limits: "not 0", Doc: "one frame in so many is taken"},
		}, planSlice)
	edit("sound.normalise", "Scales all channels by one factor so that the largest magnitude of a sample is the peak.", "frames: the sound at that peak",
		"loud: {type: sound.normalise, from: sound}",
		[]Field{{Name: "peak", Kind: Quantity, Unit: "Pa", Default: "1 Pa", Limits: "more than 0 Pa", Doc: "largest magnitude"}},
		func(p *planner, n *node) {
			if n.within(p, "peak", 0, math.Inf(1), true, true) {
				p.inMemory(n, func(s *sound.Sound) (*sound.Sound, error) { return s.Normalise(n.num("peak")) })
			}
		})
	edit("sound.maxlevel", "Scales all channels by one factor so that the loudest has a level: its root mean square, after the mean has been removed, re 20 µPa.",
		"frames: the sound at that level", "sound: {type: sound.maxlevel, from: stereo, level: 60 dB}",
		[]Field{{Name: "level", Kind: Quantity, Unit: "dB", Required: true, Limits: "finite", Doc: "dB SPL"}},
		func(p *planner, n *node) {
			if p.finite(n, "level") {
				p.inMemory(n, func(s *sound.Sound) (*sound.Sound, error) { return s.AtMaxLevel(n.num("level")) })
			}
		})
	edit("sound.bands", "Keeps some bands of frequencies and removes all others, by the Fourier transform of the whole sound. The ends of a band do not belong to it.",
		"frames: what lies in the bands", "vowel: {type: sound.bands, from: noise, low: [150 Hz, 1850 Hz], high: [300 Hz, 2 kHz]}",
		[]Field{
			{Name: "low", Kind: Values, Unit: "Hz", Required: true, Limits: "finite", Doc: "lower ends, one per band"},
			{Name: "high", Kind: Values, Unit: "Hz", Required: true, Limits: "above low", Doc: "upper ends, one per band"},
		}, planBands)
	register(&NodeType{
		Name: "sound.replace", Doc: "Puts a sound in the place of a part of another one." + beforeRun,
		Inputs: "from: two streams of known length, the whole and what is put into it", Outputs: "frames: the whole with the part replaced", Channels: wholeChannels,
		Fields: []Field{
			{Name: "at", Kind: Quantity, Unit: "s", Default: "0 s", Limits: "0 s or more; the part ends within the whole", Doc: "where the part begins"},
			{Name: "channels", Kind: Values, Unit: "1", Limits: "whole numbers from 0, below the number of channels", Doc: "channels that are replaced (default: all); the part has as many, or one"},
		},
		Example: "beep: {type: sound.replace, from: [speech, tone], at: 200 ms}",
		from:    minMax{2, 2}, plan: planReplace,
	})
	register(&NodeType{
		Name: "sound.sequence", Doc: "Plays sounds one after the other." + beforeRun, Inputs: "from: streams of known length, with one rate and equal numbers of channels",
		Outputs: "frames: the sounds in their order", Channels: wholeChannels, Example: "all: {type: sound.sequence, from: [tone, pause, click]}",
		from: minMax{1, anyNodes}, plan: planSequence,
	})
	register(&NodeType{
		Name: "sound.resample", Doc: "Changes the sample rate. The pass band reaches to 0.9 of half the lower of the two rates; what lies above half the lower rate is 120 dB down. There is no delay.",
		Source: "Kaiser (1974), window design of the low-pass filter.",
		Inputs: "from: one stream", Outputs: "frames at the new rate", Channels: "all",
		Fields:  []Field{{Name: "rate", Kind: Quantity, Unit: "Hz", Required: true, Limits: "in a ratio of integers up to 1,000,000 to the old rate", Doc: "new rate"}},
		Example: "slow: {type: sound.resample, from: sound, rate: 16 kHz}",
		from:    minMax{1, 1}, plan: planResample,
	})
	register(&NodeType{
		Name: "sound.spectrogram", Doc: "Computes the power density over time and frequency: a short-time Fourier transform with a window, one frame per hop.",
		Inputs: "from: one stream", Outputs: "frames: one channel per frequency, which is its label unless 0 Hz is among them; Pa²/Hz or dB re 1 Pa²/Hz, at the rate divided by the hop", Channels: "all",
		Fields: []Field{
			{Name: "channel", Kind: Integer, Default: "0", Limits: "below the number of channels", Doc: "which channel of the input"},
			{Name: "segment", Kind: Integer, Default: "256", Limits: "4 to 1048576", Doc: "frames that are transformed together"},
			{Name: "hop", Kind: Integer, Limits: "1 to the segment", Doc: "frames from one segment to the next (default: half a segment)"},
			{Name: "window", Kind: Choice, Choices: sound.WindowNames(), Default: "hann", Doc: "the window"},
			{Name: "low", Kind: Quantity, Unit: "Hz", Default: "0 Hz", Limits: "0 Hz or more", Doc: "lowest frequency"},
			{Name: "high", Kind: Quantity, Unit: "Hz", Limits: "above low", Doc: "highest frequency (default: half the rate)"},
			{Name: "scale", Kind: Choice, Choices: []string{"dB", "linear"}, Default: "dB", Doc: "10·log10 of the power, or the power"},
		},
		Example: "spectrum: {type: sound.spectrogram, from: sound, segment: 512}",
		from:    minMax{1, 1}, plan: planSpectrogram,
	})
}

// reworked plans a node that makes a sound of given length out of whole sounds before the run.
func (p *planner) reworked(n *node, frames func(have int64) int64, change func(parts []*sound.Sound) (*sound.Sound, error)) {
	p.inMemory(n, nil)
	if n.broken {
		return
	}
	s := &n.out[0].shape
	s.frames = frames(s.frames)
	if s.frames < 0 || s.frames > 1<<40 {
		n.fail(p, "", "%d frames: want 0 to 2^40", s.frames)
		return
	}
	n.fixed += s.frames * int64(s.channels) * 8 * 2
	n.build = func(in []stages.Node, _ stages.Range) ([]stages.Node, error) {
		var parts []*sound.Sound
		for _, x := range in {
			part, err := sound.Collect(p.env.ctx, x.(stages.Stage))
			if err != nil {
				return nil, err
			}
			parts = append(parts, part)
		}
		return one(change(parts))
	}
}

func planShift(p *planner, n *node) {
	if !p.finite(n, "by") || !n.within(p, "taps", 2, 1<<20, false, false) {
		return
	}
	rate := n.in[0].shape().rate
	by := n.num("by") * rate
	whole := math.RoundToEven(by)
	fractional := n.text("fractional") == "yes"
	if fractional && math.Abs(whole-by) >= 1e-10 {
		whole = math.Trunc(by)
	}
	p.reworked(n, func(have int64) int64 { return max(0, have+int64(max(min(whole, 1<<50), -1<<50))) }, func(parts []*sound.Sound) (*sound.Sound, error) {
		if fractional {
			return parts[0].Delay(sound.DelayParams{Seconds: n.num("by"), Taps: int(n.num("taps"))})
		}
		return parts[0].Shift(int64(whole))
	})
}

func planRepeat(p *planner, n *node) {
	if !n.within(p, "times", 1, 1e6, false, false) {
		return
	}
	times := int64(n.num("times"))
	p.reworked(n, func(have int64) int64 { return min(have, 1<<40) * times }, func(parts []*sound.Sound) (*sound.Sound, error) { return parts[0].Repeat(int(times)) })
}

func planSlice(p *planner, n *node) {
	if !p.finite(n, "start", "end") || !p.nonzero(n, "step") || !n.within(p, "step", -1<<40, 1<<40, false, false) {
		return
	}
	s := n.in[0].shape()
	lo, hi := math.RoundToEven(n.num("start")*s.rate), float64(s.frames)
	if n.has("end") {
		hi = math.RoundToEven(n.num("end") * s.rate)
	}
	if hi < lo || math.Abs(lo) > 1<<50 || hi > 1<<50 && n.has("end") {
		n.fail(p, "start", "from %s to the end of the part at %s: want the start before the end", quantityText(n.num("start"), "s"), quantityText(hi/s.rate, "s"))
		return
	}
	step := int64(n.num("step"))
	p.reworked(n, func(int64) int64 {
		stride := max(step, -step)
		return (int64(hi-lo) + stride - 1) / stride
	}, func(parts []*sound.Sound) (*sound.Sound, error) {
		part, err := parts[0].Slice(int64(lo), int64(hi))
		if err != nil || step == 1 {
			return part, err
		}
		return part.Pick(sound.Omitted, sound.Omitted, step)
	})
}

func planBands(p *planner, n *node) {
	if !p.finite(n, "low", "high") {
		return
	}
	low, high := n.list("low"), n.list("high")
	if len(low) != len(high) {
		n.fail(p, "high", "%d upper ends for %d lower ends: want as many", len(high), len(low))
		return
	}
	var bands []sound.Band
	for i := range low {
		if high[i] <= low[i] {
			n.fail(p, "high", "band %d ends at %s: want more than its lower end, %s", i, quantityText(high[i], "Hz"), quantityText(low[i], "Hz"))
			return
		}
		bands = append(bands, sound.Band{Low: low[i], High: high[i]})
	}
	p.inMemory(n, func(s *sound.Sound) (*sound.Sound, error) { return s.KeepBands(bands...) })
}

func planReplace(p *planner, n *node) {
	if !n.within(p, "at", 0, math.Inf(1), false, true) {
		return
	}
	whole, part := n.in[0].shape(), n.in[1].shape()
	at, ok := n.framesOf(p, "at", whole.rate)
	if !ok {
		return
	}
	var channels []int
	for i, c := range n.list("channels") {
		if c != math.Trunc(c) || c < 0 || c >= float64(whole.channels) {
			n.fail(p, "channels", "entry %d is %g: want a whole number from 0 to %d", i, c, whole.channels-1)
			return
		}
		channels = append(channels, int(c))
	}
	p.reworked(n, func(have int64) int64 { return have }, func(parts []*sound.Sound) (*sound.Sound, error) {
		return parts[0].Replace(at, parts[1], channels...)
	})
	if replaced := len(channels); !n.broken {
		if replaced == 0 {
			replaced = whole.channels
		}
		switch {
		case part.channels != 1 && part.channels != replaced:
			n.fail(p, "channels", "%s has %d channels for %d that are replaced; want as many, or one", n.in[1].from.name, part.channels, replaced)
		case at+part.frames > whole.frames:
			n.fail(p, "at", "%s ends at %s, %s at %s: want the part within the whole", n.in[1].from.name,
				quantityText(float64(at+part.frames)/whole.rate, "s"), n.in[0].from.name, quantityText(whole.seconds(), "s"))
		}
	}
}

func planSequence(p *planner, n *node) {
	total := int64(0)
	for i, e := range n.in {
		s, first := e.shape(), n.in[0].shape()
		if s.channels != first.channels {
			p.add(n.refs[i].mistake("%s has %d channels, but %s has %d; want equal numbers", e.from.name, s.channels, n.in[0].from.name, first.channels))
			n.broken = true
			return
		}
		total += min(s.frames, 1<<40)
	}
	p.reworked(n, func(int64) int64 { return total }, func(parts []*sound.Sound) (*sound.Sound, error) { return sound.Concat(parts...) })
}

func planResample(p *planner, n *node) {
	if !p.needFrames(n) || !n.within(p, "rate", 0, math.Inf(1), true, true) {
		return
	}
	s := n.in[0].shape()
	length := sound.Length{Frames: s.frames}
	if s.frames == stages.Unbounded {
		length = sound.Length{}
	}
	probe, err := sound.NewSilence(sound.SilenceParams{Rate: s.rate, Length: length})
	if err == nil {
		var r *sound.Resampler
		if r, err = sound.NewResample(probe, n.num("rate")); err == nil {
			s.frames = r.Format().Frames
		}
	}
	if err != nil {
		n.fail(p, "rate", "%v", err)
		return
	}
	s.rate = n.num("rate")
	n.out = []outPort{{shape: s}}
	n.needs = n.same
	n.build = func(in []stages.Node, _ stages.Range) ([]stages.Node, error) {
		return one(sound.NewResample(in[0].(stages.Stage), s.rate))
	}
}

func planSpectrogram(p *planner, n *node) {
	s := n.in[0].shape()
	if !p.needFrames(n) || !n.within(p, "channel", 0, float64(s.channels-1), false, false) || !n.within(p, "segment", 4, 1<<20, false, false) ||
		!n.within(p, "low", 0, s.rate/2, false, false) || !n.within(p, "high", n.num("low"), s.rate/2, false, false) || !n.within(p, "hop", 1, n.num("segment"), false, false) {
		return
	}
	params := sound.SpectrogramParams{
		Channel: int(n.num("channel")), Segment: int(n.num("segment")), Window: n.text("window"), Low: n.num("low"), Linear: n.text("scale") == "linear",
	}
	if n.has("high") {
		params.High = n.num("high")
	}
	if n.has("hop") {
		params.Hop = int(n.num("hop"))
	}
	length := sound.Length{Frames: s.frames}
	if s.frames == stages.Unbounded {
		length = sound.Length{}
	}
	probe, err := sound.NewSilence(sound.SilenceParams{Rate: s.rate, Length: length, Width: s.channels})
	if err != nil {
		n.fail(p, "", "%v", err)
		return
	}
	g, err := sound.NewSpectrogram(probe, params)
	if err != nil {
		n.fail(p, "segment", "%s", strings.TrimPrefix(fmt.Sprint(err), "sound: "))
		return
	}
	f := g.Format()
	out := shape{rate: f.Rate, channels: f.Channels, frames: f.Frames, cf: g.Frequencies()}
	if out.cf[0] == 0 {
		out.cf = nil // pictures have a logarithmic axis
	}
	n.out = []outPort{{shape: out}}
	n.whole = true
	n.fixed = 1 << 20
	n.build = func(in []stages.Node, _ stages.Range) ([]stages.Node, error) {
		return one(sound.NewSpectrogram(in[0].(stages.Stage), params))
	}
}
