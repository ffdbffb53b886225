package main

import (
	"context"
	"fmt"
	"io"
	"math"

	"hearpipe/sound"
	"hearpipe/sound/live/devices"
	"hearpipe/stages"
)

type playCommand struct {
	File      string  `arg:"" help:"A sound file, or - for standard input."`
	Normalise bool    `help:"Scale so that the largest magnitude of a sample is full scale, before the gain."`
	Gain      float64 `placeholder:"DB" help:"Make it louder by so many dB."`
}

// Help is printed below the flags.
func (playCommand) Help() string {
	return `Plays through the sound server (PulseAudio, or PipeWire in its place), without any library besides this program. Of more than two channels the
first two are heard. Ctrl-C ends it.

Example: pipe play speech.wav`
}

// Limits of what a sound server takes.
const (
	mostPlayed    = 192000 // [Hz]
	playedInstead = 48000  // [Hz]: rate of files that have another
)

// player plays frames until fill returns io.EOF. fill writes whole frames of interleaved samples, of which full scale is 1.
type player func(rate, channels int, fill func(samples []float32) (int, error)) error

// Run plays the file.
func (c *playCommand) Run(a *app) error {
	convert := convertCommand{In: c.File, Normalise: c.Normalise, Gain: c.Gain}
	if err := convert.level(); err != nil {
		return err
	}
	factor, err := convert.factor(a)
	if err != nil {
		return err
	}
	f, err := convert.open(a)
	if err != nil {
		return err
	}
	defer f.Close()
	var src stages.Stage = f
	if r := f.Format().Rate; r != math.Trunc(r) || r > mostPlayed {
		if src, err = sound.NewResample(f, playedInstead); err != nil {
			return err
		}
	}
	format := src.Format()
	channels := min(format.Channels, 2)
	if channels < format.Channels {
		fmt.Fprintf(a.stderr, "%s has %d channels; the first two are played\n", c.File, format.Channels)
	}
	t := &tape{src: src, channels: channels, factor: factor}
	play := a.play
	if play == nil {
		play = func(rate, channels int, fill func([]float32) (int, error)) error {
			return devices.Play("", rate, channels, fill)
		}
	}
	if err := play(int(format.Rate), channels, t.fill); err != nil {
		return err
	}
	if t.err != nil && t.err != io.EOF {
		return t.err
	}
	fmt.Fprintf(a.stderr, "played %s of %s\n", seconds(float64(t.at)/format.Rate), c.File)
	if t.clipped > 0 {
		fmt.Fprintf(a.stderr, "%s lie beyond full scale and were clipped; --normalise or --gain changes that\n", counted(t.clipped, "sample"))
	}
	return nil
}

// tape hands out a stream piece by piece.
type tape struct {
	src      stages.Stage
	channels int
	factor   float64
	at       int64 // frames handed out
	clipped  int64
	err      error // that ended it
}

// fill implements the argument of a player.
func (t *tape) fill(samples []float32) (int, error) {
	const block = 4096
	n := 0
	for t.err == nil {
		want := min(int64((len(samples)-n)/t.channels), block)
		if want == 0 {
			return n, nil
		}
		var f stages.Frames
		f, t.err = t.src.Fetch(context.Background(), t.at, t.at+want)
		for i := range f.N {
			for c := range t.channels {
				x := f.At(i, c) * t.factor
				if math.Abs(x) > 1 {
					t.clipped++
					x = math.Copysign(1, x)
				}
				samples[n] = float32(x)
				n++
			}
		}
		t.at += int64(f.N)
	}
	return n, t.err
}
