package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"hearpipe/sinks/picture"
	"hearpipe/sound"
	"hearpipe/stages"
)

// drawSound draws a sound file in one of the ways there are.
func (c *plotCommand) drawSound(name, out string) error {
	switch c.Kind {
	case "spectrogram":
		return c.drawSpectrogram(name, out)
	case "spectrum", "phase":
		return c.drawSpectrum(name, out)
	}
	f, err := sound.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := c.drawFrames(f, name, out, "pressure (Pa)", "rms"); err != nil {
		return err
	}
	if pictures := c.pictures(name, out); len(pictures) == 2 {
		return c.drawSpectrogram(name, pictures[1])
	}
	return nil
}

// segment is how many frames a column of a spectrogram needs.
const segment = 512

// pictures are the files that a drawing makes: of a sound that is long enough two.
func (c *plotCommand) pictures(name, out string) []string {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".npy", ".csv", ".ndjson", ".npz":
		return []string{out}
	}
	if isSet(name) {
		return []string{out, beside(out, "-gains")}
	}
	if c.Kind != "auto" {
		return []string{out}
	}
	f, err := sound.Open(name)
	if err != nil {
		return []string{out}
	}
	defer f.Close()
	if f.Format().Frames < segment {
		return []string{out}
	}
	return []string{out, beside(out, "-spectrogram")}
}

// beside is the name of a second picture.
func beside(out, suffix string) string {
	ext := filepath.Ext(out)
	return strings.TrimSuffix(out, ext) + suffix + ext
}

// drawSpectrogram draws the amplitude density of the first channel of a sound, in dB below its maximum.
func (c *plotCommand) drawSpectrogram(name, out string) error {
	f, err := sound.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	// The axis of frequencies is logarithmic: it begins with the first bin above 0 Hz.
	g, err := sound.NewSpectrogram(f, sound.SpectrogramParams{Segment: segment, Low: 2 * f.Format().Rate / segment, Linear: true})
	if err != nil {
		return err
	}
	if g.Format().Frames == 0 {
		return fmt.Errorf("%s: a sound of %d frames has no spectrogram; want %d or more", name, f.Format().Frames, segment)
	}
	amplitude, err := stages.NewFunction([]stages.Stage{g}, stages.FunctionParams{Expr: "x**0.5"})
	if err != nil {
		return err
	}
	title := c.title(name)
	if f.Format().Channels > 1 {
		title += ", channel 0"
	}
	sink, err := picture.NewCochleagram(amplitude, picture.CochleagramParams{
		Path: out, Title: title, CF: g.Frequencies(), Reduce: picture.RMS, Decibels: 90, Label: "dB below the maximum", Size: c.size(),
	})
	if err != nil {
		return err
	}
	_, err = stages.Run(context.Background(), stages.RunOptions{Workers: 1}, sink)
	return err
}

// drawSpectrum draws power or phase of the first channel over frequency, from the transform of the whole sound.
// Only that channel is kept, of a sound of at most 2^24 frames: the transform needs it as a whole.
func (c *plotCommand) drawSpectrum(name, out string) error {
	const most = 1 << 24
	f, err := sound.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	format := f.Format()
	first, err := stages.NewIndex([]stages.Stage{f}, []int{0}, 0)
	if err != nil {
		return err
	}
	if format.Frames > most && format.Frames != stages.Unbounded {
		return fmt.Errorf("%s: a spectrum of %d frames: want at most %d, which are %.0f s at this rate; cut the sound with pipe run, or draw its spectrogram",
			name, format.Frames, most, most/format.Rate)
	}
	s, err := sound.Collect(context.Background(), first)
	if err != nil {
		return err
	}
	z, err := s.Spectrum(sound.SpectrumParams{High: s.Rate() / 2})
	if err != nil {
		return err
	}
	if len(z.Frequencies) < 2 {
		return fmt.Errorf("%s: a sound of %d frames has no spectrum to draw; want 2 or more", name, s.Len())
	}
	title := c.title(name)
	if format.Channels > 1 {
		title += ", channel 0"
	}
	// The axis of frequencies is logarithmic: 0 Hz is left out.
	y, label := z.Power[1:], "power (dB)"
	if c.Kind == "phase" {
		y, label = z.Phase[1:], "phase (rad)"
	}
	return picture.DrawCurve(picture.CurveParams{
		Path: out, Title: title, X: z.Frequencies[1:], Y: y, XLabel: "frequency (Hz)", YLabel: label, Frequency: true, Size: c.size(),
	})
}
