package picture

import (
	"errors"
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"hearpipe/internal/atomicfile"
	"hearpipe/sinks"
)

// TracesParams describes a picture of quantities over a common axis, one data area above the other.
type TracesParams struct {
	// Path is the file to write, .png or .svg.
	Path string
	// Panels are the data areas, 1 to 16, the first at the top.
	Panels []Traces
	// X are the ends of the horizontal axis (default: the range of all points).
	X [2]float64
	// XLabel stands at the horizontal axis.
	XLabel string
	// Meta is kept in the picture and says what is drawn (default: nothing is kept).
	Meta sinks.Meta
	// Size is the size of the data areas together (default 1200 × 640 pixels).
	Size Size
}

// Traces is a data area with some lines, 1 to 16.
type Traces struct {
	// Title stands above the area, YLabel at its vertical axis.
	Title, YLabel string
	// Lines are what is drawn.
	Lines []Trace
	// Y are the ends of the vertical axis (default: the range of the points, with room for a legend).
	Y [2]float64
}

// Trace is a line through points, or the points alone.
type Trace struct {
	// Label names the line in a legend (default: it is not in the legend).
	Label string
	// X and Y are the points. One that is not finite interrupts the line.
	X, Y []float64
	// Dots draws points without a line, such as spikes.
	Dots bool
}

// DrawTraces draws quantities over a common axis. The file appears whole or not at all. An impossible path or size, numbers of
// panels or lines out of range, X and Y of unequal length and a picture without a finite point are errors.
func DrawTraces(p TracesParams) error {
	if err := checkPath(p.Path); err != nil {
		return err
	}
	if err := p.Size.check(); err != nil {
		return err
	}
	if err := p.check(); err != nil {
		return fmt.Errorf("traces %s: %w", p.Path, err)
	}
	file, err := atomicfile.Create(p.Path)
	if err != nil {
		return err
	}
	return p.figure().save(file, p.Meta)
}

// check finds mistakes and the ends of the horizontal axis.
func (p *TracesParams) check() error {
	if len(p.Panels) < 1 || len(p.Panels) > maxCurves {
		return fmt.Errorf("%d panels: want 1 to %d", len(p.Panels), maxCurves)
	}
	var x []float64
	for k, t := range p.Panels {
		if len(t.Lines) < 1 || len(t.Lines) > maxCurves {
			return fmt.Errorf("panel %d has %d lines: want 1 to %d", k, len(t.Lines), maxCurves)
		}
		for n, l := range t.Lines {
			if len(l.X) != len(l.Y) {
				return fmt.Errorf("panel %d, line %d: %d values of x and %d of y: want equally many", k, n, len(l.X), len(l.Y))
			}
			x = append(x, l.X...)
		}
	}
	for _, ends := range append([][2]float64{p.X}, verticals(p.Panels)...) {
		if d := ends[1] - ends[0]; ends != [2]float64{} && !(d > 0 && !math.IsInf(d, 0)) {
			return fmt.Errorf("an axis from %g to %g: want rising finite numbers", ends[0], ends[1])
		}
	}
	if p.X == [2]float64{} {
		low, high, ok := finiteRange(x)
		if !ok {
			return errors.New("no finite points")
		}
		p.X[0], p.X[1] = widened(low, high, 0, true)
	}
	return nil
}

func verticals(panels []Traces) (list [][2]float64) {
	for _, t := range panels {
		list = append(list, t.Y)
	}
	return list
}

// traceColours tell lines of one panel apart, also for eyes that take red for green (after Wong 2011, Nature Methods 8, 441).
var traceColours = []color.NRGBA{
	{R: 0x00, G: 0x72, B: 0xb2, A: 0xff},
	{R: 0xd5, G: 0x5e, B: 0x00, A: 0xff},
	{R: 0x00, G: 0x9e, B: 0x73, A: 0xff},
	{R: 0xcc, G: 0x79, B: 0xa7, A: 0xff},
	{R: 0x56, G: 0xb4, B: 0xe9, A: 0xff},
	{R: 0xe6, G: 0x9f, B: 0x00, A: 0xff},
	{R: 0x33, G: 0x33, B: 0x33, A: 0xff},
}

func (p *TracesParams) figure() figure {
	titles := 0
	for _, t := range p.Panels[1:] {
		if t.Title != "" {
			titles++
		}
	}
	const gap, room = 14, 30 // pixels between panels, and for a title
	n := len(p.Panels)
	height := max(40, (p.Size.Height-gap*(n-1)-room*titles)/n)
	var f figure
	low := 0
	for k, t := range slices.Backward(p.Panels) {
		x := axis{p.X[0], p.X[1], p.XLabel, linearTicks(p.X[0], p.X[1], 9)}
		if k < n-1 { // the axis of the lowest panel is that of all
			x.label = ""
			for i := range x.ticks {
				x.ticks[i].label = ""
			}
		}
		pan := &panel{title: t.Title, x: x, y: t.axis(height), contents: []content{grid{}}, low: low, wide: p.Size.Width, high: height}
		var names legend
		for i, l := range t.Lines {
			l = l.inside(p.X, pan.y)
			line := namedCurve{x: l.X, y: l.Y, colour: traceColours[i%len(traceColours)]}
			if l.Dots {
				pan.contents = append(pan.contents, dots{line})
			} else {
				pan.contents = append(pan.contents, line)
			}
			if l.Label != "" {
				line.label = l.Label
				names = append(names, line)
			}
		}
		pan.contents = append(pan.contents, names)
		f.panels = append(f.panels, pan)
		if low += height + gap; t.Title != "" {
			low += room
		}
	}
	return f
}

// axis is the vertical axis, with room above for the legend.
func (t *Traces) axis(height int) axis {
	a := axis{t.Y[0], t.Y[1], t.YLabel, nil}
	if t.Y == [2]float64{} {
		var all []float64
		room := 0.0 // for the legend
		for _, l := range t.Lines {
			all = append(all, l.Y...)
			if l.Label != "" {
				room = min(0.4, 36/float64(height))
			}
		}
		low, high, some := finiteRange(all)
		if !some {
			low, high = 0, 0
		}
		a.min, a.max = widened(low, high, 0.05, true)
		a.max += (a.max - a.min) * room / (1 - room)
	}
	a.ticks = linearTicks(a.min, a.max, max(4, height/45))
	return a
}

// inside drops the points that the axes do not show.
func (l Trace) inside(x [2]float64, y axis) Trace {
	ys := slices.Clone(l.Y)
	for k, v := range l.X {
		if !(v >= x[0] && v <= x[1] && ys[k] >= y.min && ys[k] <= y.max) {
			ys[k] = math.NaN()
		}
	}
	l.Y = ys
	return l
}

// dots are points without a line.
type dots struct{ namedCurve }

func (d dots) draw(c draw.Canvas, p *panel) {
	style := draw.GlyphStyle{Color: d.colour, Radius: vg.Points(1.6), Shape: draw.CircleGlyph{}}
	for k, x := range d.x {
		if y := d.y[k]; !math.IsNaN(y) {
			c.DrawGlyphNoClip(style, vg.Point{X: c.X(p.x.at(x)), Y: c.Y(p.y.at(y))})
		}
	}
}

// legend names lines in a row at the top.
type legend []namedCurve

func (l legend) draw(c draw.Canvas, _ *panel) {
	s := style(10, draw.XLeft, draw.YCenter)
	at := vg.Point{X: c.Min.X + vg.Points(10), Y: c.Max.Y - vg.Points(11)}
	for _, line := range l {
		c.StrokeLines(draw.LineStyle{Color: line.colour, Width: vg.Points(1.2)}, []vg.Point{at, {X: at.X + vg.Points(18), Y: at.Y}})
		c.FillText(s, vg.Point{X: at.X + vg.Points(24), Y: at.Y}, line.label)
		at.X += vg.Points(40) + s.Width(line.label)
	}
}
