package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"hearpipe/sinks"
	"hearpipe/sinks/picture"
)

type infoCommand struct {
	Files []string `arg:"" name:"file" help:"Files: sounds (.wav, .aiff, .flac), .npy, spikes (.csv, .ndjson, .npz), tables (.csv), HRTF sets (.sofa, .mat, or a folder of IRCAM LISTEN, CIPIC, MIT KEMAR or SOFA files; kemar.sofa is in the program), or pictures that pipe drew."`
	JSON  bool     `name:"json" help:"Print JSON, one object per file."`
	calibrationFlag
}

// Help is printed below the flags.
func (infoCommand) Help() string {
	return `Examples:
  pipe info speech.wav
  pipe info spikes.csv --json
  pipe info head.sofa

Of a sound it prints, for each channel, the root mean square after the mean has been removed, the largest magnitude, the level in dB SPL, and
how many samples have the highest or lowest code (of floats: lie at or beyond full scale), as clipping leaves them.`
}

// Run describes the files. A file that cannot be read does not keep the others from being described.
func (c *infoCommand) Run(a *app) error {
	fullScale, err := c.pascal()
	if err != nil {
		return err
	}
	var errs []error
	for i, name := range c.Files {
		r, err := describe(name, fullScale)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if c.JSON {
			if err := printJSON(a, r.object()); err != nil {
				return err
			}
			continue
		}
		if i > 0 {
			fmt.Fprintln(a.stdout)
		}
		if err := r.print(a.stdout); err != nil {
			return err
		}
	}
	return errors.Join(errs...)
}

// row is one fact about a file.
type row struct {
	name string
	text string
	json any // nil: text
}

// report is what is known about a file.
type report struct {
	file string
	rows []row
}

func (r *report) add(name, text string, json any) { r.rows = append(r.rows, row{name, text, json}) }

func (r *report) object() map[string]any {
	m := map[string]any{"file": r.file}
	for _, x := range r.rows {
		m[strings.ReplaceAll(x.name, " ", "_")] = x.json
		if x.json == nil {
			m[strings.ReplaceAll(x.name, " ", "_")] = x.text
		}
	}
	return m
}

func (r *report) print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintf(t, "file\t%s\n", r.file)
	for _, x := range r.rows {
		fmt.Fprintf(t, "%s\t%s\n", x.name, x.text)
	}
	return t.Flush()
}

// exists gives a plain message for what is no file.
func exists(name string) error {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("there is no file %s", name)
	case err != nil:
		return err
	case info.IsDir():
		return fmt.Errorf("%s is a folder, want a file", name)
	}
	return nil
}

// describe finds out what a file is by its name.
func describe(name string, fullScale float64) (*report, error) {
	if isSet(name) {
		return describeHeads(name)
	}
	if err := exists(name); err != nil {
		return nil, err
	}
	switch ext := strings.ToLower(filepath.Ext(name)); {
	case ext == ".npy":
		return describeArray(name)
	case ext == ".csv" && isTable(name):
		return describeTable(name)
	case ext == ".csv" || ext == ".ndjson" || ext == ".npz":
		return describeSpikes(name)
	case ext == ".png" || ext == ".svg":
		return describePicture(name)
	}
	return describeSound(name, fullScale)
}

// describeTable sums up the table of a statistic.
func describeTable(name string) (*report, error) {
	t, err := sinks.ReadTable(name)
	if err != nil {
		return nil, err
	}
	r := &report{file: name}
	r.add("kind", "table of a statistic", nil)
	r.add("channels", grouped(int64(len(t.Columns[0]))), len(t.Columns[0]))
	for k, h := range t.Names[1:] {
		lo, hi := math.Inf(1), math.Inf(-1)
		for _, x := range t.Columns[k+1] {
			lo, hi = min(lo, x), max(hi, x)
		}
		r.add(h, fmt.Sprintf("%.5g to %.5g", lo, hi), []float64{lo, hi})
	}
	return r, nil
}

// describePicture prints what a picture of ours says about itself.
func describePicture(name string) (*report, error) {
	m, ok, err := picture.ReadMeta(name)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("%s: this picture was not drawn by pipe, nothing is known about it", name)
	}
	r := &report{file: name}
	r.add("kind", "picture", nil)
	r.add("channels", grouped(int64(m.Channels)), m.Channels)
	r.meta(m)
	return r, nil
}

func describeArray(name string) (*report, error) {
	f, err := sinks.OpenFrames(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := &report{file: name}
	r.add("kind", "array", nil)
	r.add("type", f.Type(), nil)
	r.add("frames", grouped(f.Frames()), f.Frames())
	r.add("channels", grouped(int64(f.Channels())), f.Channels())
	if m, ok := f.Meta(); ok {
		r.meta(m)
	}
	return r, nil
}

// meta adds what stands beside a file of ours.
func (r *report) meta(m sinks.Meta) {
	r.add("holds", m.Holds, nil)
	r.add("rate", fmt.Sprintf("%g Hz", m.Rate), m.Rate)
	r.add("first channel", fmt.Sprint(m.First), m.First)
	r.add("duration", seconds(m.Seconds()), m.Seconds())
	r.add("ended by", string(m.Reason), nil)
	if len(m.CF) > 0 {
		lo, hi := m.CF[0], m.CF[len(m.CF)-1]
		r.add("centre frequencies", fmt.Sprintf("%.5g Hz to %.5g Hz", lo, hi), []float64{lo, hi})
	}
}

// describeSpikes reads all spikes, which the file does not count, without keeping them.
func describeSpikes(name string) (*report, error) {
	f, err := sinks.OpenSpikes(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	n, first, last := int64(0), math.Inf(1), math.Inf(-1)
	cells := map[int32]bool{}
	lo, hi := int32(math.MaxInt32), int32(-1)
	for {
		t, i, err := f.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		n++
		first, last = min(first, t), max(last, t)
		lo, hi = min(lo, i), max(hi, i)
		cells[i] = true
	}
	r := &report{file: name}
	r.add("kind", "spikes", nil)
	r.add("spikes", grouped(n), n)
	r.add("cells that fired", grouped(int64(len(cells))), len(cells))
	if n > 0 {
		r.add("cells from", fmt.Sprintf("%d to %d", lo, hi), []int32{lo, hi})
		r.add("times", fmt.Sprintf("%s to %s", seconds(first), seconds(last)), []float64{first, last})
	}
	if m, ok := f.Meta(); ok {
		r.add("cells", grouped(int64(m.Channels)), m.Channels)
		if s := m.Seconds(); s > 0 {
			rate := float64(n) / s / float64(m.Channels)
			r.add("mean rate", short(rate)+" Hz per cell", rate)
		}
		r.meta(m)
	}
	return r, nil
}
