package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strings"

	"hearpipe/sound"
	"hearpipe/stages"
	"hearpipe/units"
)

type convertCommand struct {
	In          string  `arg:"" help:"A sound file, or - for standard input."`
	Out         string  `arg:"" help:"The file to write, .wav or .flac."`
	Format      string  `enum:"pcm16,pcm24,pcm32,float32,float64" default:"pcm16" help:"How samples are written: pcm16, pcm24, pcm32, float32, float64; FLAC has pcm16 and pcm24."`
	Rate        string  `placeholder:"RATE" help:"Resample, as in --rate 16kHz."`
	Normalise   bool    `help:"Scale so that the largest magnitude of a sample is full scale, before the gain."`
	Gain        float64 `placeholder:"DB" help:"Make it louder by so many dB."`
	Dither      bool    `help:"Add triangular noise of ±1 code before rounding."`
	Seed        uint64  `help:"Seed of the dither."`
	Raw         string  `placeholder:"FORMAT" help:"The input has no header: s16le, f32le and so on; needs --raw-rate."`
	RawRate     string  `placeholder:"RATE" help:"Sample rate of samples without a header."`
	RawChannels int     `default:"1" help:"Number of channels of samples without a header."`
}

// Help is printed below the flags.
func (convertCommand) Help() string {
	return `Reads WAV, AIFF, AIFC, FLAC and raw samples, writes WAV and FLAC, in constant memory. Samples beyond full scale are clipped, and it is said how many.

Examples:
  pipe convert in.aiff out.wav
  pipe convert in.wav out.flac --format pcm24 --rate 48kHz
  pipe convert - out.wav --raw s16le --raw-rate 16kHz < samples`
}

// Run converts the file.
func (c *convertCommand) Run(a *app) error {
	ext := strings.ToLower(filepath.Ext(c.Out))
	if ext != ".wav" && ext != ".flac" {
		return usagef("%s: the extension %q says nothing; want .wav or .flac", c.Out, ext)
	}
	if ext == ".flac" && c.Format != "pcm16" && c.Format != "pcm24" {
		return usagef("--format %s: a FLAC file has pcm16 or pcm24", c.Format)
	}
	if err := c.level(); err != nil {
		return err
	}
	factor, err := c.factor(a)
	if err != nil {
		return err
	}
	src, closer, err := c.source(a)
	if err != nil {
		return err
	}
	defer closer.Close()
	if factor != 1 {
		if src, err = stages.NewScale(src, factor, 0); err != nil {
			return err
		}
	}
	var sink interface {
		stages.Sink
		Summary() sound.WAVSummary
		Notes() []string
	}
	if ext == ".flac" {
		sink, err = sound.NewFLACSink(c.Out, src, sound.FLACParams{Bits: map[string]int{"pcm16": 16, "pcm24": 24}[c.Format], Dither: c.Dither, Seed: c.Seed})
	} else {
		sink, err = sound.NewWAVSink(c.Out, src, sound.WAVParams{Format: sound.WAVFormat(c.Format), Dither: c.Dither, Seed: c.Seed})
	}
	if err != nil {
		return err
	}
	if _, err := stages.Run(context.Background(), stages.RunOptions{Workers: 1}, sink); err != nil {
		return err
	}
	f := src.Format()
	fmt.Fprintf(a.stderr, "wrote %s: %s, %s at %g Hz\n", c.Out, counted(int64(f.Channels), "channel"), seconds(float64(sink.Summary().Frames)/f.Rate), f.Rate)
	for _, n := range sink.Notes() {
		fmt.Fprintln(a.stderr, n)
	}
	return nil
}

// level checks what the command says about the level.
func (c *convertCommand) level() error {
	if c.In == "-" && c.Normalise {
		return usagef("--normalise reads the sound twice, and standard input can be read once")
	}
	if !(math.Abs(c.Gain) <= 400) {
		return usagef("--gain %g: want -400 to 400 dB", c.Gain)
	}
	return nil
}

// factor is what every sample is multiplied by.
func (c *convertCommand) factor(a *app) (float64, error) {
	factor := units.Decibel(c.Gain).Gain()
	if !c.Normalise {
		return factor, nil
	}
	peak, err := c.peak(a)
	if err == nil && peak == 0 {
		err = fmt.Errorf("%s is silent: no factor brings it to full scale", c.In)
	}
	return factor / peak, err
}

// source opens the input, at the rate that is wanted.
func (c *convertCommand) source(a *app) (stages.Stage, io.Closer, error) {
	f, err := c.open(a)
	if err != nil || c.Rate == "" {
		return f, f, err
	}
	rate, err := hertz("--rate", c.Rate)
	if err == nil {
		var r *sound.Resampler
		if r, err = sound.NewResample(f, rate); err == nil {
			return r, f, nil
		}
	}
	f.Close()
	return nil, nil, err
}

func (c *convertCommand) open(a *app) (*sound.File, error) {
	var raw sound.RawParams
	if c.Raw != "" {
		rate, err := hertz("--raw-rate", c.RawRate)
		if err != nil {
			return nil, err
		}
		raw = sound.RawParams{Format: c.Raw, Rate: rate, Channels: c.RawChannels}
	}
	name := "standard input"
	switch {
	case c.In == "-" && a.stdin == nil:
		return nil, errors.New("there is no standard input")
	case c.In == "-" && c.Raw != "":
		raw.Name = name
		return sound.NewRawReader(a.stdin, raw)
	case c.In == "-":
		return sound.NewReader(a.stdin, sound.FileParams{Name: name})
	}
	if err := exists(c.In); err != nil {
		return nil, err
	}
	if c.Raw != "" {
		return sound.OpenRaw(c.In, raw)
	}
	return sound.Open(c.In)
}

// peak reads the sound once for its largest magnitude, after resampling.
func (c *convertCommand) peak(a *app) (float64, error) {
	src, closer, err := c.source(a)
	if err != nil {
		return 0, err
	}
	defer closer.Close()
	m := &meter{src: src, top: math.Inf(1), bottom: math.Inf(-1)}
	if _, err := stages.Run(context.Background(), stages.RunOptions{Workers: 1}, m); err != nil {
		return 0, err
	}
	peak := 0.0
	for _, x := range m.peak {
		peak = max(peak, x)
	}
	return peak, nil
}

// hertz reads a sample rate.
func hertz(flag, text string) (float64, error) {
	q, err := units.Parse(text)
	if err != nil || q.Dim != units.DimFrequency || !(q.Value > 0) || math.IsInf(q.Value, 0) {
		return 0, usagef("%s %s: want a positive rate such as 16kHz or '44100 Hz'", flag, text)
	}
	return q.Value, nil
}
