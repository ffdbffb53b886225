package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"hearpipe/sinks"
	"hearpipe/sinks/picture"
	"hearpipe/sound"
	"hearpipe/stages"
)

type plotCommand struct {
	Files  []string `arg:"" name:"file" help:"Files: .wav, .npy (frames × channels), spikes (.csv, .ndjson, .npz), or the table of a statistic (.csv)."`
	Out    string   `short:"o" placeholder:"FILE" help:"The picture, .png or .svg (default: the name of the file with .png); a folder if there are several files."`
	Kind   string   `enum:"auto,waveform,cochleagram" default:"auto" help:"How to draw frames: waveform, cochleagram, or auto (waveform up to 16 channels)."`
	Reduce string   `enum:"auto,mean,max,rms" default:"auto" help:"What a pixel of a cochleagram shows: mean, max, rms, or auto (rms if there are negative values)."`
	Title  string   `placeholder:"TEXT" help:"What stands above the picture (default: the name of the file)."`
	Width  int      `default:"1200" help:"Width of the data area in pixels."`
	Height int      `default:"640" help:"Height of the data area in pixels."`
}

// Help is printed below the flags.
func (plotCommand) Help() string {
	return `Spikes become a raster, frames a waveform or a cochleagram, a table of a statistic a curve over frequency.

Examples:
  pipe plot spikes.csv -o raster.svg
  pipe plot gammatone.npy --kind cochleagram --reduce rms
  pipe plot speech.wav rms.csv -o pictures`
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
		out := strings.TrimSuffix(name, filepath.Ext(name)) + ".png"
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
		fmt.Fprintf(a.stderr, "wrote %s\n", out)
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
	f, err := sound.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	return c.drawFrames(f, name, out, "pressure (Pa)", nil, "rms")
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

func (c *plotCommand) drawFrames(src stages.Stage, name, out, label string, cf []float64, reduce string) error {
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
	if kind == "waveform" {
		sink, err = picture.NewWaveform(src, picture.WaveformParams{Path: out, Title: c.title(name), Label: label, Size: c.size()})
	} else {
		sink, err = picture.NewCochleagram(src, picture.CochleagramParams{Path: out, Title: c.title(name), CF: cf, Reduce: picture.Reduce(reduce), Size: c.size()})
	}
	if err != nil {
		return err
	}
	_, err = stages.Run(context.Background(), stages.RunOptions{Workers: 1}, sink)
	return err
}

// arrayFiller streams an NPY file.
type arrayFiller struct{ r *sinks.FrameReader }

// Fill reads the next frames.
func (f arrayFiller) Fill(_ context.Context, _ int64, dst stages.Frames) (int, error) {
	return f.r.Next(dst)
}

func (c *plotCommand) drawArray(name, out string) error {
	reduce := c.Reduce
	if reduce == "auto" {
		negative, err := hasNegative(name)
		if err != nil {
			return err
		}
		reduce = map[bool]string{true: "rms", false: "mean"}[negative]
	}
	r, err := sinks.OpenFrames(name)
	if err != nil {
		return err
	}
	defer r.Close()
	// An array of others says nothing about time: one frame is drawn as one second.
	format := stages.Format{Rate: 1, Channels: r.Channels(), Frames: r.Frames()}
	m, ok := r.Meta()
	if ok {
		format.Rate, format.First = m.Rate, m.First
	}
	s, err := stages.New(name, format, arrayFiller{r})
	if err != nil {
		return err
	}
	return c.drawFrames(s, name, out, "", m.CF, reduce)
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

// spikeFiller hands out the spikes of a file.
type spikeFiller struct {
	list []stages.Spike
	next int
}

// Fill appends the spikes of the next frames.
func (f *spikeFiller) Fill(_ context.Context, at int64, n int, dst []stages.Output) (int, error) {
	for f.next < len(f.list) && f.list[f.next].At < at+int64(n) {
		*dst[0].Spikes = append(*dst[0].Spikes, f.list[f.next])
		f.next++
	}
	return n, nil
}

// plainRate is the time grid of spikes of which nothing else is known [Hz].
const plainRate = 1e5

func (c *plotCommand) drawSpikes(name, out string) error {
	train, err := sinks.ReadSpikes(name)
	if err != nil {
		return err
	}
	format := stages.Format{Rate: train.Meta.Rate, Channels: train.Meta.Channels, First: train.Meta.First, Frames: train.Meta.Frames}
	if format.Rate == 0 {
		format = stages.Format{Rate: plainRate, Channels: 1, Frames: 1}
	}
	f := &spikeFiller{list: make([]stages.Spike, 0, len(train.T))}
	for k, t := range train.T {
		at := int64(math.RoundToEven(t * format.Rate))
		f.list = append(f.list, stages.Spike{At: at, Cell: train.Cell[k]})
		if train.Meta.Rate == 0 {
			format.Frames = max(format.Frames, at+1)
			format.Channels = max(format.Channels, int(train.Cell[k])+1)
		} else if cell := int(train.Cell[k]); at >= format.Frames || cell < format.First || cell >= format.First+format.Channels {
			return fmt.Errorf("%s: the spike of cell %d at %g s is not within what %s.meta.json says", name, cell, t, name)
		}
	}
	sort.SliceStable(f.list, func(i, j int) bool {
		a, b := f.list[i], f.list[j]
		return a.At < b.At || a.At == b.At && a.Cell < b.Cell
	})
	nodes, err := stages.NewMulti(name, []stages.PortSpec{{Format: format, Spikes: true}}, f)
	if err != nil {
		return err
	}
	sink, err := picture.NewRaster(nodes[0].(stages.SpikeStage), picture.RasterParams{Path: out, Title: c.title(name), CF: train.Meta.CF, Size: c.size()})
	if err != nil {
		return err
	}
	_, err = stages.Run(context.Background(), stages.RunOptions{Workers: 1, Block: 1 << 16}, sink)
	return err
}

// drawTable draws the first statistic of a table over the centre frequency, or over the channel number.
func (c *plotCommand) drawTable(name, out string) error {
	head, columns, err := readTable(name)
	if err != nil {
		return err
	}
	p := picture.CurveParams{Path: out, Title: c.title(name), XLabel: "channel", Size: c.size()}
	p.X = columns[0]
	k := 1
	if head[1] == "cf" {
		p.X, p.XLabel, p.Frequency = columns[1], "centre frequency (Hz)", true
		k = 2
	}
	if k >= len(head) {
		return fmt.Errorf("%s: the table has no statistic", name)
	}
	p.Y, p.YLabel = columns[k], head[k]
	return picture.DrawCurve(p)
}

// readTable reads the table of a statistic: its header and its columns.
func readTable(name string) ([]string, [][]float64, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	r := csv.NewReader(bufio.NewReader(f))
	r.ReuseRecord = true
	first, err := r.Read()
	if err != nil || len(first) < 2 {
		return nil, nil, fmt.Errorf("%s: want a header such as channel,rms and one line per channel", name)
	}
	head := append([]string(nil), first...)
	columns := make([][]float64, len(head))
	for line := 2; ; line++ {
		rec, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", name, err)
		}
		for k, text := range rec {
			x, err := strconv.ParseFloat(text, 64)
			if err != nil {
				return nil, nil, fmt.Errorf("%s: line %d: %q is no number", name, line, text)
			}
			columns[k] = append(columns[k], x)
		}
	}
	if len(columns[0]) == 0 {
		return nil, nil, fmt.Errorf("%s: the table has no channels", name)
	}
	return head, columns, nil
}
