package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"hearpipe/sinks"
	"hearpipe/sinks/picture"
	"hearpipe/stages"
)

type plotCommand struct {
	Files  []string `arg:"" name:"file" help:"Files: sounds (.wav, .aiff, .flac), head-related transfer functions (.sofa, .mat, or a folder of one head), .npy (frames × channels), spikes (.csv, .ndjson, .npz), or the table of a statistic (.csv)."`
	Out    string   `short:"o" placeholder:"FILE" help:"The picture, .png or .svg (default: the name of the file with .png); a folder if there are several files."`
	Kind   string   `enum:"auto,waveform,cochleagram,tuning,spectrogram,spectrum,phase" default:"auto" help:"How to draw frames: waveform, cochleagram, tuning (impulse responses, as curves of gain over logarithmic frequency); of sounds also spectrogram, spectrum, phase; or auto (waveform up to 16 channels; of sounds the spectrogram too, beside it)."`
	Reduce string   `enum:"auto,mean,max,rms" default:"auto" help:"What a pixel of a cochleagram shows: mean, max, rms, or auto (rms if there are negative values)."`
	Title  string   `placeholder:"TEXT" help:"What stands above the picture (default: the name of the file)."`
	Width  int      `default:"1200" help:"Width of the data area in pixels."`
	Height int      `default:"640" help:"Height of the data area in pixels."`
}

// Help is printed below the flags.
func (plotCommand) Help() string {
	return `Spikes become a raster, a sound two pictures, waveform and spectrogram, a set of head-related transfer functions two, responses and gains over azimuth, frames a waveform or a cochleagram, a table of a statistic a curve over frequency.

Examples:
  pipe plot spikes.csv -o raster.svg
  pipe plot gammatone.npy --kind cochleagram --reduce rms
  pipe plot impulse-responses.npy --kind tuning
  pipe plot speech.wav rms.csv -o pictures
  pipe plot head.sofa -o head.png`
}

// Run draws the files.
func (c *plotCommand) Run(a *app) error {
	if c.Width < 100 || c.Width > 10000 || c.Height < 100 || c.Height > 10000 {
		return usagef("--width %d --height %d: want 100 to 10000 pixels", c.Width, c.Height)
	}
	if len(c.Files) > 1 && c.Out != "" {
		if err := os.MkdirAll(c.Out, 0o777); err != nil {
			return fmt.Errorf("-o %s: with several files this is a folder: %w", c.Out, err)
		}
	}
	var errs []error
	for _, name := range c.Files {
		out := filepath.Clean(name)
		if !isFolder(name) {
			out = strings.TrimSuffix(out, filepath.Ext(out))
		}
		out += ".png"
		switch {
		case c.Out != "" && len(c.Files) > 1:
			out = filepath.Join(c.Out, filepath.Base(out))
		case c.Out != "":
			out = c.Out
		}
		if ext := strings.ToLower(filepath.Ext(out)); ext != ".png" && ext != ".svg" {
			return usagef("-o %s: the extension %q says nothing; want .png or .svg", out, ext)
		}
		if err := c.draw(name, out); err != nil {
			errs = append(errs, err)
			continue
		}
		fmt.Fprintf(a.stderr, "wrote %s\n", strings.Join(c.pictures(name, out), ", "))
	}
	return errors.Join(errs...)
}

func (c *plotCommand) title(name string) string {
	if c.Title != "" {
		return c.Title
	}
	return filepath.Base(name)
}

func (c *plotCommand) size() picture.Size { return picture.Size{Width: c.Width, Height: c.Height} }

func (c *plotCommand) draw(name, out string) error {
	if isSet(name) {
		return c.drawSet(name, out)
	}
	if err := exists(name); err != nil {
		return err
	}
	switch ext := strings.ToLower(filepath.Ext(name)); {
	case ext == ".npy":
		return c.drawArray(name, out)
	case ext == ".csv" && isTable(name):
		return c.drawTable(name, out)
	case ext == ".csv" || ext == ".ndjson" || ext == ".npz":
		return c.drawSpikes(name, out)
	}
	return c.drawSound(name, out)
}

// isTable reports whether a file is the table that the sink statistic writes.
func isTable(name string) bool {
	f, err := os.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	line, _, _ := bufio.NewReader(f).ReadLine()
	return strings.HasPrefix(string(line), "channel,")
}

func (c *plotCommand) drawFrames(src stages.Stage, name, out, label, reduce string) error {
	kind := c.Kind
	if kind == "auto" {
		kind = "waveform"
		if src.Format().Channels > 16 {
			kind = "cochleagram"
		}
	}
	if c.Reduce != "auto" {
		reduce = c.Reduce
	}
	var sink stages.Sink
	var err error
	switch kind {
	case "waveform":
		sink, err = picture.NewWaveform(src, picture.WaveformParams{Path: out, Title: c.title(name), Label: label, Size: c.size()})
	case "tuning":
		sink, err = picture.NewTuning(src, picture.TuningParams{Path: out, Title: c.title(name), Size: c.size()})
	default:
		sink, err = picture.NewCochleagram(src, picture.CochleagramParams{Path: out, Title: c.title(name), Reduce: picture.Reduce(reduce), Size: c.size()})
	}
	if err != nil {
		return err
	}
	_, err = stages.Run(context.Background(), stages.RunOptions{Workers: 1}, sink)
	return err
}

// drawArray draws an NPY file: a statistic of channels as a curve, frames as waveforms or a cochleagram.
func (c *plotCommand) drawArray(name, out string) error {
	m, _, err := sinks.ReadMeta(name)
	if err != nil {
		return err
	}
	if m.Holds == "statistic" {
		return c.drawTable(name, out)
	}
	r, err := sinks.OpenFrames(name)
	if err != nil {
		return err
	}
	channels := r.Channels()
	r.Close()
	switch c.Kind {
	case "tuning":
		return picture.PlotTuning(name, picture.TuningParams{Path: out, Title: c.title(name), Size: c.size()})
	case "spectrogram", "spectrum", "phase":
		return usagef("%s: --kind %s is for sounds; want auto, waveform, cochleagram or tuning", name, c.Kind)
	}
	if c.Kind == "waveform" || c.Kind == "auto" && channels <= 16 {
		return picture.PlotWaveform(name, picture.WaveformParams{Path: out, Title: c.title(name), Size: c.size()})
	}
	reduce := c.Reduce
	if reduce == "auto" {
		negative, err := hasNegative(name)
		if err != nil {
			return err
		}
		reduce = map[bool]string{true: "rms", false: "mean"}[negative]
	}
	return picture.PlotFrames(name, picture.CochleagramParams{
		Path: out, Title: c.title(name), Reduce: picture.Reduce(reduce), Size: c.size(),
	})
}

// hasNegative looks through an array for a negative value.
func hasNegative(name string) (bool, error) {
	r, err := sinks.OpenFrames(name)
	if err != nil {
		return false, err
	}
	defer r.Close()
	buf := stages.MakeFrames(max(1, 1<<16/r.Channels()), r.Channels())
	for {
		n, err := r.Next(buf)
		for i := range n {
			for _, x := range buf.Row(i) {
				if x < 0 {
					return true, nil
				}
			}
		}
		if err == io.EOF {
			return false, nil
		}
		if err != nil {
			return false, err
		}
	}
}

func (c *plotCommand) drawSpikes(name, out string) error {
	return picture.PlotSpikes(name, picture.RasterParams{Path: out, Title: c.title(name), Size: c.size()})
}

// drawTable draws the first statistic of a file over the centre frequency, or over the channel number.
func (c *plotCommand) drawTable(name, out string) error {
	return picture.PlotStatistic(name, "", picture.CurveParams{Path: out, Title: c.title(name), Size: c.size()})
}
