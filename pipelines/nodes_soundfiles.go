package pipelines

import (
	"math"
	"path/filepath"
	"strings"

	"hearpipe/sound"
	"hearpipe/stages"
)

func init() {
	register(&NodeType{
		Name: "sound.raw", Doc: "Reads samples without a header, from a file or, as -, from standard input: another program's output, a live recording.",
		Inputs: sourceInput, Outputs: "frames: the channels of the file", Channels: oneSource,
		Fields: []Field{
			{Name: "path", Kind: InputPath, Required: true, Doc: "the file"},
			{Name: "format", Kind: Choice, Choices: sound.RawFormats(), Required: true, Doc: "s (signed), u (unsigned) or f (float), bits, little or big endian; alaw, mulaw"},
			{Name: "file_rate", Kind: Quantity, Unit: "Hz", Required: true, Limits: "more than 0 Hz", Doc: "sample rate of the file"},
			{Name: "channels", Kind: Integer, Default: "1", Limits: "at least 1", Doc: "channels of the file; those of a frame follow each other"},
			{Name: "rate", Kind: Quantity, Unit: "Hz", Limits: "more than 0 Hz", Doc: "resample to this rate (default: the pipeline's rate, else that of the file)"},
			{Name: "full_scale", Kind: Quantity, Unit: "Pa", Default: "1 Pa", Limits: "more than 0 Pa", Doc: "pressure of full scale; where it is not given, --calibration says it"},
		},
		Example: "sound: {type: sound.raw, path: sound.pcm, format: s16le, file_rate: 16 kHz}",
		plan:    planFile,
	})
	register(&NodeType{
		Name: "sound", Sink: true,
		Doc:    "Writes a sound file, .wav or .flac. What lies beyond full scale becomes the nearest code and is counted.",
		Inputs: "from: frames", Outputs: "one file", Channels: "the channels written",
		Fields: []Field{
			{Name: "path", Kind: OutputPath, Required: true, Limits: "*.wav or *.flac", Doc: "the file"},
			{Name: "format", Kind: Choice, Choices: []string{"pcm16", "pcm24", "pcm32", "float32", "float64"}, Default: "pcm16", Doc: "how samples are written; FLAC has pcm16 and pcm24"},
			{Name: "full_scale", Kind: Quantity, Unit: "Pa", Default: "1 Pa", Limits: "more than 0 Pa", Doc: "pressure of full scale"},
			{Name: "dither", Kind: Choice, Choices: []string{"no", "yes"}, Default: "no", Doc: "add triangular noise of ±1 code before rounding (not for floats)"},
			{Name: "seed", Kind: Integer, Default: "0", Limits: "0 or more", Doc: "seed of the dither"},
		},
		Example: "- {type: sound, from: mix, path: mix.wav, format: pcm24}",
		from:    minMax{1, 1}, extensions: []string{".wav", ".flac"},
		plan: planSoundSink,
	})
}

func planSoundSink(p *planner, n *node) {
	if !n.within(p, "full_scale", 0, math.Inf(1), true, true) || !n.within(p, "seed", 0, 1<<53, false, false) {
		return
	}
	format := n.text("format")
	ext := strings.ToLower(filepath.Ext(n.text("path")))
	if ext != ".wav" && ext != ".flac" {
		n.fail(p, "path", "%s: the extension %q says nothing; want .wav or .flac", n.text("path"), ext)
		return
	}
	isFLAC := ext == ".flac"
	bits := map[string]int{"pcm16": 16, "pcm24": 24}[format]
	if isFLAC && bits == 0 {
		n.fail(p, "format", "%s: a FLAC file has pcm16 or pcm24", format)
		return
	}
	if rate := n.in[0].shape().rate; rate != math.Trunc(rate) {
		n.fail(p, "", "%s has %s: a sound file stores whole numbers of Hz; put a sound.resample before it", n.in[0].from.name, quantityText(rate, "Hz"))
		return
	}
	dither, seed := n.text("dither") == "yes", uint64(n.num("seed"))
	p.sink(n, false, func(in stages.Node, path string, _ []float64) (stages.Sink, error) {
		if isFLAC {
			return sound.NewFLACSink(path, in.(stages.Stage), sound.FLACParams{Bits: bits, FullScale: n.num("full_scale"), Dither: dither, Seed: seed})
		}
		return sound.NewWAVSink(path, in.(stages.Stage), sound.WAVParams{Format: sound.WAVFormat(format), FullScale: n.num("full_scale"), Dither: dither, Seed: seed})
	})
}
