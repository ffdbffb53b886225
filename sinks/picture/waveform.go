package picture

import (
	"context"
	"fmt"
	"math"
	"strconv"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"hearpipe/internal/atomicfile"
	"hearpipe/sinks"
	"hearpipe/stages"
)

// WaveformParams describes a [Waveform].
type WaveformParams struct {
	// Path is the file to write, .png or .svg.
	Path string
	// Title stands above the picture (default: none).
	Title string
	// Label stands at the vertical axis (default: none).
	Label string
	// Size is the size of the data areas of all channels together (default 1200 × 640 pixels).
	Size Size
}

// maxWaveforms is how many channels one picture of waveforms shows.
const maxWaveforms = 16

// Waveform draws the samples of up to 16 channels over time, one channel above the other, the first at the top, with one
// scale for all. Where several samples fall on one pixel it draws everything from the lowest to the highest.
type Waveform struct {
	input  stages.Stage
	p      WaveformParams
	format stages.Format
	file   *atomicfile.File // nil before Open
	grid   timeGrid[extent] // of a bin × channel
	files  []string
}

var _ stages.FrameSink = (*Waveform)(nil)

// extent is the range of some samples; the zero value is that of none.
type extent struct {
	low, high float64
	some      bool
}

func (e extent) join(o extent) extent {
	switch {
	case !o.some:
		return e
	case !e.some:
		return o
	default:
		return extent{min(e.low, o.low), max(e.high, o.high), true}
	}
}

// NewWaveform describes a picture of the samples of input. A path without .png or .svg, an impossible size and more than
// 16 channels are errors.
func NewWaveform(input stages.Stage, p WaveformParams) (*Waveform, error) {
	s := &Waveform{input: input, p: p}
	if err := s.check(input.Format()); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Waveform) check(f stages.Format) error {
	if err := checkPath(s.p.Path); err != nil {
		return err
	}
	if f.Channels > maxWaveforms {
		return fmt.Errorf("waveform %s: %d channels: want at most %d, or a cochleagram",
			s.p.Path, f.Channels, maxWaveforms)
	}
	return s.p.Size.check()
}

// Input is the stream of frames.
func (s *Waveform) Input() stages.Node { return s.input }

// Open begins the file under a temporary name, as [stages.Sink] says.
func (s *Waveform) Open(ctx context.Context, f stages.Format) error {
	file, err := atomicfile.Create(s.p.Path)
	if err != nil {
		return err
	}
	s.file, s.format = file, f
	s.grid = newTimeGrid(2*s.p.Size.Width, f.Channels, extent.join)
	return nil
}

// WriteFrames adds a block, as [stages.FrameSink] says.
func (s *Waveform) WriteFrames(ctx context.Context, at int64, f stages.Frames) error {
	for i := range f.N {
		bin := s.grid.bin(at + int64(i))
		for c, x := range f.Row(i) {
			if !math.IsNaN(x) && !math.IsInf(x, 0) {
				bin[c] = bin[c].join(extent{x, x, true})
			}
		}
	}
	return nil
}

// Finish draws the picture, as [stages.Sink] says.
func (s *Waveform) Finish(e stages.Ending) error {
	var all extent
	for _, v := range s.grid.values {
		all = all.join(v)
	}
	low, high := widened(all.low, all.high, 0.05, true)
	const gap = 12 // pixels between channels
	n := s.format.Channels
	height := max(20, (s.p.Size.Height-gap*(n-1))/n)
	var f figure
	for c := range n {
		p := &panel{
			x: timeAxis(e.Frames, s.format.Rate), y: axis{low, high, s.p.Label, linearTicks(low, high, max(3, height/60))},
			contents: []content{grid{}, s.trace(c, e.Frames)},
			low:      (n - 1 - c) * (height + gap), wide: s.p.Size.Width, high: height,
		}
		if n > 1 {
			p.y.label = "channel " + strconv.Itoa(s.format.First+c)
		}
		if c == 0 {
			p.title = s.p.Title
		}
		if c < n-1 { // the axis of the lowest panel is that of all
			p.x.label = ""
			for i := range p.x.ticks {
				p.x.ticks[i].label = ""
			}
		}
		f.panels = append(f.panels, p)
	}
	if err := f.save(s.file, sinks.NewMeta("waveform", s.format, e, nil)); err != nil {
		return err
	}
	s.files = []string{s.p.Path}
	return nil
}

// trace collects what one channel looks like in the n frames drawn.
func (s *Waveform) trace(c int, n int64) trace {
	t := trace{end: float64(max(n, 1)) / float64(s.grid.width)}
	for b := range s.grid.bins {
		if int64(b)*s.grid.width >= n {
			break
		}
		t.bins = append(t.bins, s.grid.values[b*s.grid.cells+c])
	}
	t.single = s.grid.width == 1
	return t
}

// trace draws a channel: a line through single samples, else a line from the lowest to the highest of each bin.
type trace struct {
	bins   []extent
	end    float64 // bins, the last one perhaps not whole
	single bool
}

func (t trace) draw(c draw.Canvas, p *panel) {
	x := make([]float64, 0, 2*len(t.bins))
	y := make([]float64, 0, 2*len(t.bins))
	for b, e := range t.bins {
		at := (float64(b) + 0.5) / t.end
		if t.single {
			at = float64(b) / t.end
		}
		at = p.x.min + min(1, at)*(p.x.max-p.x.min)
		if !e.some {
			e.low, e.high = math.NaN(), math.NaN()
		}
		x, y = append(x, at), append(y, e.low)
		if e.high != e.low {
			x, y = append(x, at), append(y, e.high)
		}
	}
	pen := draw.LineStyle{Color: curveColour, Width: vg.Points(0.6)}
	strokeCurve(c, p, pen, x, y)
}

// Abort removes the file, as [stages.Sink] says. There is nothing to keep: the picture is drawn at the end.
func (s *Waveform) Abort(keep bool) {
	if s.file != nil {
		s.file.Abort(false)
	}
}

// Files lists the files that Finish completed.
func (s *Waveform) Files() []string { return s.files }
