package picture

import (
	"context"
	"fmt"
	"image"
	"math"

	"hearpipe/internal/atomicfile"
	"hearpipe/sinks"
	"hearpipe/stages"
)

// Reduce says what a pixel shows of the samples that fall on it.
type Reduce string

// The ways to reduce samples to a pixel.
const (
	Mean Reduce = "mean" // for signals that are rectified
	Max  Reduce = "max"
	RMS  Reduce = "rms" // for signals that swing around zero, such as the output of a filterbank
)

// CochleagramParams describes a [Cochleagram].
type CochleagramParams struct {
	// Path is the file to write, .png or .svg.
	Path string
	// Title stands above the picture (default: none).
	Title string
	// CF is the centre frequency of each channel of the input [Hz]; the vertical axis is logarithmic then (default: the
	// axis shows the numbers of the channels).
	CF []float64
	// Reduce says what a pixel shows (default Mean).
	Reduce Reduce
	// Decibels, if positive, makes the colours a level 20·log10(x/max) down to so many decibels below the maximum
	// (default: colours are linear). Values that are not positive get the lowest colour.
	Decibels float64
	// Label stands beside the colour bar (default: what Reduce says, and dB).
	Label string
	// Size is the size of the data area (default 1200 × 640 pixels).
	Size Size
}

// Cochleagram draws frames as an image: time to the right, channels upwards by centre frequency or number, values as
// colours. The scale goes from 0, or the lowest value if there are negative ones, to the highest.
type Cochleagram struct {
	input  stages.Stage
	p      CochleagramParams
	format stages.Format
	file   *atomicfile.File // nil before Open
	scale  scale
	rows   rows
	grid   timeGrid[float64] // sums of the values of a bin × row, or their maximum
	now    []float64         // of each channel in the bin that is being filled
	filled int64             // frames in it
	at     int64
	files  []string
}

var _ stages.FrameSink = (*Cochleagram)(nil)

// NewCochleagram describes a picture of the frames of input. A path without .png or .svg, an unknown way to reduce, an
// impossible size and centre frequencies that do not fit the input are errors.
func NewCochleagram(input stages.Stage, p CochleagramParams) (*Cochleagram, error) {
	s := &Cochleagram{input: input, p: p}
	if err := s.check(input.Format()); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Cochleagram) check(f stages.Format) error {
	if err := checkPath(s.p.Path); err != nil {
		return err
	}
	switch s.p.Reduce {
	case "":
		s.p.Reduce = Mean
	case Mean, Max, RMS:
	default:
		return fmt.Errorf("cochleagram %s: reduce %q: want mean, max or rms", s.p.Path, string(s.p.Reduce))
	}
	if s.p.Decibels < 0 || math.IsNaN(s.p.Decibels) || math.IsInf(s.p.Decibels, 0) {
		return fmt.Errorf("cochleagram %s: range of %v dB: want a positive number, or 0 for linear colours",
			s.p.Path, s.p.Decibels)
	}
	if err := checkChannels(f.Channels); err != nil {
		return fmt.Errorf("cochleagram %s: %w", s.p.Path, err)
	}
	if err := sinks.CheckCF(s.p.CF, f.Channels); err != nil {
		return fmt.Errorf("cochleagram %s: %w", s.p.Path, err)
	}
	return s.p.Size.check()
}

// Input is the stream of frames.
func (s *Cochleagram) Input() stages.Node { return s.input }

// Open begins the file under a temporary name, as [stages.Sink] says.
func (s *Cochleagram) Open(ctx context.Context, f stages.Format) error {
	file, err := atomicfile.Create(s.p.Path)
	if err != nil {
		return err
	}
	s.file, s.format = file, f
	s.scale = newScale(s.p.CF, f.Channels, f.First, "channel")
	s.rows = newRows(s.scale, s.p.Size.Height)
	merge := func(a, b float64) float64 { return a + b }
	if s.p.Reduce == Max {
		merge = func(a, b float64) float64 { return max(a, b) }
	}
	s.grid = newTimeGrid(2*s.p.Size.Width, s.p.Size.Height, merge)
	s.now = make([]float64, f.Channels)
	s.begin()
	return nil
}

// begin empties the current bin and makes room for it in the grid: only whole bins are merged.
func (s *Cochleagram) begin() {
	s.grid.bin(s.at)
	empty := 0.0
	if s.p.Reduce == Max {
		empty = math.Inf(-1)
	}
	for c := range s.now {
		s.now[c] = empty
	}
	s.filled = 0
}

// WriteFrames adds a block, as [stages.FrameSink] says.
func (s *Cochleagram) WriteFrames(ctx context.Context, at int64, f stages.Frames) error {
	for i := range f.N {
		row := f.Row(i)
		now := s.now[:len(row)]
		switch s.p.Reduce {
		case Mean:
			for c, x := range row {
				now[c] += x
			}
		case RMS:
			for c, x := range row {
				now[c] += float64(x * x)
			}
		default:
			for c, x := range row {
				now[c] = max(now[c], x)
			}
		}
		s.filled++
		s.at++
		if s.at%s.grid.width == 0 {
			s.flush()
		}
	}
	return nil
}

// flush puts the current bin into the grid. It is full, but for the last one of the stream.
func (s *Cochleagram) flush() {
	if s.filled == 0 {
		return
	}
	bin := s.grid.bin(s.at - s.filled)
	for r := range bin {
		from, to := s.rows.from[r], s.rows.from[r+1]
		value := 0.0
		if s.p.Reduce == Max {
			value = math.Inf(-1)
			for _, c := range s.rows.channel[from:to] {
				value = max(value, s.now[c])
			}
		} else {
			for k, c := range s.rows.channel[from:to] {
				value += float64(s.rows.weight[from+k] * s.now[c])
			}
		}
		bin[r] = value
	}
	s.begin()
}

// Finish draws the picture, as [stages.Sink] says.
func (s *Cochleagram) Finish(e stages.Ending) error {
	s.flush()
	w, h := s.p.Size.Width, s.p.Size.Height
	values := s.values()
	low, high := s.colourRange(values)
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for x := range w {
		for y := range h {
			img.SetNRGBA(x, h-1-y, colourOf(values[x*h+y], low, high))
		}
	}
	main := &panel{
		title: s.p.Title, x: timeAxis(e.Frames, s.format.Rate), y: s.scale.axis,
		contents: []content{picture{img}}, wide: w, high: h,
	}
	const barWidth, gap = 26, 24
	bar := &panel{
		x: axis{max: 1}, y: axis{low, high, s.label(), linearTicks(low, high, 8)},
		contents: []content{picture{colourBar(barWidth, h)}}, wide: barWidth, high: h,
	}
	bar.left = w + main.margins().right + gap + bar.margins().left
	f := figure{[]*panel{main, bar}}
	if err := f.save(s.file, sinks.NewMeta("cochleagram", s.format, e, nil)); err != nil {
		return err
	}
	s.files = []string{s.p.Path}
	return nil
}

func (s *Cochleagram) label() string {
	switch {
	case s.p.Label != "":
		return s.p.Label
	case s.p.Decibels > 0:
		return string(s.p.Reduce) + " (dB re maximum)"
	default:
		return string(s.p.Reduce)
	}
}

// values reduces the grid to pixels, column by column; row 0 is the lowest. NaN is where there is nothing.
func (s *Cochleagram) values() []float64 {
	w, h := s.p.Size.Width, s.p.Size.Height
	values := make([]float64, w*h)
	var list []share
	for x := range w {
		column := values[x*h : (x+1)*h]
		list = s.grid.columns(list[:0], x, w, s.at)
		frames := 0.0
		for _, part := range list {
			frames += part.fraction * float64(s.frames(part.bin))
		}
		for r := range column {
			if s.p.Reduce == Max {
				column[r] = math.Inf(-1)
			}
			for _, part := range list {
				if v := s.grid.values[part.bin*h+r]; s.p.Reduce == Max {
					column[r] = max(column[r], v)
				} else {
					column[r] += part.fraction * v
				}
			}
			switch {
			case len(list) == 0:
				column[r] = math.NaN()
			case s.p.Reduce == Mean:
				column[r] /= frames
			case s.p.Reduce == RMS:
				column[r] = math.Sqrt(column[r] / frames)
			}
		}
	}
	return values
}

// frames is the number of frames in a bin: its width, but for the last one.
func (s *Cochleagram) frames(bin int) int64 {
	return min(s.grid.width, s.at-int64(bin)*s.grid.width)
}

// colourRange is the range of values that the colours show. In decibels it replaces the values by levels.
func (s *Cochleagram) colourRange(values []float64) (low, high float64) {
	low, high = 0, math.Inf(-1)
	for _, v := range values {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			low, high = min(low, v), max(high, v)
		}
	}
	if s.p.Decibels > 0 {
		for i, v := range values {
			level := -s.p.Decibels
			if v > 0 && high > 0 {
				level = max(level, 20*math.Log10(v/high))
			}
			if !math.IsNaN(v) {
				values[i] = level
			}
		}
		return -s.p.Decibels, 0
	}
	if !(high > low) { // a constant, or nothing at all
		high = low + 1
	}
	return low, high
}

// Abort removes the file, as [stages.Sink] says. There is nothing to keep: the picture is drawn at the end.
func (s *Cochleagram) Abort(keep bool) {
	if s.file != nil {
		s.file.Abort(false)
	}
}

// Files lists the files that Finish completed.
func (s *Cochleagram) Files() []string { return s.files }
