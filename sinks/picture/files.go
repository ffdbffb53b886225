package picture

import (
	"context"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strings"

	"hearpipe/sinks"
	"hearpipe/stages"
)

// PlotSpikes draws the raster of a spike file. Cells, times and centre frequencies come from what the file says about
// itself; one that says nothing is drawn from cell 0 to the highest that fired, up to the last spike.
func PlotSpikes(from string, p RasterParams) (err error) {
	m, err := spikeMeta(from)
	if err != nil {
		return err
	}
	f := stages.Format{Rate: m.Rate, Channels: m.Channels, First: m.First, Frames: m.Frames}
	if len(p.CF) == 0 {
		p.CF = m.CF
	}
	r := &Raster{p: p}
	if err := r.check(f); err != nil {
		return err
	}
	ctx := context.Background()
	defer func() {
		if err != nil {
			r.Abort(false)
		}
	}()
	if err := r.Open(ctx, f); err != nil {
		return err
	}
	var one [1]stages.Spike
	err = eachSpike(from, func(t float64, cell int32) error {
		one[0] = stages.Spike{At: int64(math.Round(t * f.Rate)), Cell: cell}
		if one[0].At >= f.Frames {
			return fmt.Errorf("%s: spike at %v s: its metadata say that it ends at %v s", from, t, float64(m.Frames)/m.Rate)
		}
		return r.WriteSpikes(ctx, stages.Spikes{List: one[:]})
	})
	if err != nil {
		return err
	}
	return r.Finish(stages.Ending{Frames: m.Frames, Reason: m.Reason})
}

// eachSpike hands out the spikes of a file. Times that cannot be counted in frames are errors.
func eachSpike(from string, each func(t float64, cell int32) error) error {
	r, err := sinks.OpenSpikes(from)
	if err != nil {
		return err
	}
	for {
		t, cell, err := r.Next()
		if err == io.EOF {
			return r.Close()
		}
		if err == nil && t > maxSeconds {
			err = fmt.Errorf("%s: spike at %v s: want at most %v s", from, t, maxSeconds)
		}
		if err == nil {
			err = each(t, cell)
		}
		if err != nil {
			r.Close()
			return err
		}
	}
}

// maxSeconds is the latest time that is drawn [s], about thirty years.
const maxSeconds = 1e9

// spikeMeta is what a spike file says about itself, or what can be seen from its spikes.
func spikeMeta(from string) (sinks.Meta, error) {
	r, err := sinks.OpenSpikes(from)
	if err != nil {
		return sinks.Meta{}, err
	}
	m, ok := r.Meta()
	r.Close()
	if ok {
		return m, nil
	}
	last, cells := 0.0, int32(0)
	err = eachSpike(from, func(t float64, cell int32) error {
		last, cells = max(last, t), max(cells, cell)
		return nil
	})
	const rate = 1e6 // finer than pictures are
	return sinks.Meta{
		Rate: rate, Channels: int(cells) + 1, Frames: int64(math.Round(last*rate)) + 1, Reason: stages.EndOfStream,
	}, err
}

// PlotFrames draws the cochleagram of an NPY file of frames. Times and centre frequencies come from what is said about
// the file; otherwise the axes count frames and channels.
func PlotFrames(from string, p CochleagramParams) error {
	return plotFrames(from, func(f stages.Format, cf []float64) (stages.FrameSink, error) {
		if len(p.CF) == 0 {
			p.CF = cf
		}
		s := &Cochleagram{p: p}
		return s, s.check(f)
	})
}

// PlotWaveform draws the waveforms of an NPY file of frames with up to 16 channels.
func PlotWaveform(from string, p WaveformParams) error {
	return plotFrames(from, func(f stages.Format, cf []float64) (stages.FrameSink, error) {
		s := &Waveform{p: p}
		return s, s.check(f)
	})
}

// PlotTuning draws the spectra of an NPY file of frames with up to 256 channels. The rate is that of the metadata beside it; a
// file without is an error.
func PlotTuning(from string, p TuningParams) error {
	return plotFrames(from, func(f stages.Format, _ []float64) (stages.FrameSink, error) {
		if !(f.Rate > 0) {
			return nil, fmt.Errorf("tuning curves of %s: its rate is not known: want %s.meta.json beside it", from, from)
		}
		q, err := p.check(f)
		return &Tuning{p: q}, err
	})
}

func plotFrames(from string, sink func(f stages.Format, cf []float64) (stages.FrameSink, error)) (err error) {
	r, err := sinks.OpenFrames(from)
	if err != nil {
		return err
	}
	defer r.Close()
	f := stages.Format{Channels: r.Channels(), Frames: r.Frames()}
	m, ok := r.Meta()
	ending := stages.Ending{Frames: r.Frames(), Reason: stages.EndOfStream}
	if ok {
		f.Rate, f.First, ending.Reason = m.Rate, m.First, m.Reason
	}
	s, err := sink(f, m.CF)
	if err != nil {
		return err
	}
	ctx := context.Background()
	defer func() {
		if err != nil {
			s.Abort(false)
		}
	}()
	if err := s.Open(ctx, f); err != nil {
		return err
	}
	block := stages.MakeFrames(max(1, min(256, 1<<20/f.Channels)), f.Channels)
	for at := int64(0); ; {
		n, end := r.Next(block)
		if end != nil && end != io.EOF {
			return end
		}
		if err := s.WriteFrames(ctx, at, block.Cut(0, n)); err != nil {
			return err
		}
		if at += int64(n); end == io.EOF {
			return s.Finish(ending)
		}
	}
}

// PlotStatistic draws a statistic of each channel over its centre frequency, or over its number if that is not known.
// from is a file of sinks.StatisticFile: of a .csv the column named statistic, or the first one if that is empty; of an
// .npy the first one. Points and labels of p are filled in.
func PlotStatistic(from, statistic string, p CurveParams) error {
	m, ok, err := sinks.ReadMeta(from)
	if err != nil {
		return err
	}
	if ok {
		p.Meta = sinks.NewMeta("curve", stages.Format{Rate: m.Rate, Channels: m.Channels, First: m.First},
			stages.Ending{Frames: m.Frames, Reason: m.Reason}, nil)
	}
	if strings.ToLower(filepath.Ext(from)) == ".npy" {
		err = p.fromArray(from, m)
	} else {
		err = p.fromTable(from, statistic)
	}
	if err != nil {
		return err
	}
	return DrawCurve(p)
}

func (p *CurveParams) fromTable(from, statistic string) error {
	t, err := sinks.ReadTable(from)
	if err != nil {
		return err
	}
	x, ok := t.Column("channel")
	p.XLabel = "channel"
	if cf, known := t.Column("cf"); known {
		x, ok, p.Frequency, p.XLabel = cf, true, true, ""
	}
	if !ok {
		return fmt.Errorf("%s: columns %s: want one named channel or cf", from, strings.Join(t.Names, ", "))
	}
	for k, name := range t.Names {
		if name != "channel" && name != "cf" && (statistic == "" || statistic == name) {
			p.X, p.Y, p.YLabel = x, t.Columns[k], name
			return nil
		}
	}
	if statistic == "" {
		statistic = "a statistic"
	}
	return fmt.Errorf("%s: columns %s: want %s", from, strings.Join(t.Names, ", "), statistic)
}

func (p *CurveParams) fromArray(from string, m sinks.Meta) error {
	shape, data, err := sinks.ReadArray(from)
	if err != nil {
		return err
	}
	if len(shape) != 1 && (len(shape) != 2 || shape[1] == 0) {
		return fmt.Errorf("%s: shape %v: want channels, or channels × statistics", from, shape)
	}
	width := 1
	if len(shape) == 2 {
		width = int(shape[1])
	}
	p.X, p.Y, p.XLabel = nil, nil, "channel"
	for c := range int(shape[0]) {
		p.X = append(p.X, float64(m.First+c))
		p.Y = append(p.Y, data[c*width])
	}
	if len(m.CF) > 0 && len(m.CF) == len(p.X) {
		p.X, p.Frequency, p.XLabel = m.CF, true, ""
	}
	return nil
}
