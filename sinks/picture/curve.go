package picture

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"hearpipe/internal/atomicfile"
	"hearpipe/sinks"
)

// CurveParams describes a picture of numbers over numbers, such as a statistic of each channel over its frequency.
type CurveParams struct {
	// Path is the file to write, .png or .svg.
	Path string
	// Title stands above the picture (default: none).
	Title string
	// X and Y are the points, which are joined by a line in their order. A point that is not finite interrupts it.
	X, Y []float64
	// XLabel and YLabel stand at the axes.
	XLabel, YLabel string
	// Frequency makes the horizontal axis a logarithmic one of frequencies [Hz]; X must be positive.
	Frequency bool
	// Meta is kept in the picture and says what is drawn (default: nothing is kept).
	Meta sinks.Meta
	// Size is the size of the data area (default 1200 × 640 pixels).
	Size Size
}

// DrawCurve draws a curve. The file appears whole or not at all. An impossible path or size, X and Y of unequal length
// and frequencies that are not positive are errors.
func DrawCurve(p CurveParams) error {
	if err := checkPath(p.Path); err != nil {
		return err
	}
	if err := p.Size.check(); err != nil {
		return err
	}
	if len(p.X) != len(p.Y) {
		return fmt.Errorf("curve %s: %d values of x and %d of y: want equally many", p.Path, len(p.X), len(p.Y))
	}
	if len(p.X) == 0 {
		return fmt.Errorf("curve %s: no points", p.Path)
	}
	if p.Frequency {
		if err := sinks.CheckCF(p.X, len(p.X)); err != nil {
			return fmt.Errorf("curve %s: %w", p.Path, err)
		}
	}
	fig, err := p.figure()
	if err != nil {
		return fmt.Errorf("curve %s: %w", p.Path, err)
	}
	file, err := atomicfile.Create(p.Path)
	if err != nil {
		return err
	}
	return fig.save(file, p.Meta)
}

func (p CurveParams) figure() (figure, error) {
	x, y := axis{label: p.XLabel}, axis{label: p.YLabel}
	var ok [2]bool
	x.min, x.max, ok[0] = finiteRange(p.X)
	y.min, y.max, ok[1] = finiteRange(p.Y)
	if !ok[0] || !ok[1] {
		return figure{}, errors.New("no finite points")
	}
	// Room above and below, or down to zero if that is near.
	fromZero := y.min >= 0 && y.min < y.max-y.min
	if fromZero {
		y.min = 0
	}
	y.min, y.max = widened(y.min, y.max, 0.05, !fromZero)
	y.ticks = linearTicks(y.min, y.max, 8)
	line := curve{p.X, p.Y}
	switch {
	case p.Frequency:
		if x.min == x.max {
			x.min, x.max = x.min/math.Sqrt2, x.max*math.Sqrt2
		}
		x = frequencyAxis(x.min, x.max)
		if p.XLabel != "" {
			x.label = p.XLabel
		}
		line.x = make([]float64, len(p.X))
		for i, f := range p.X {
			line.x[i] = math.Log(f)
		}
	case whole(p.X):
		x.min, x.max = widened(x.min, x.max, 0, true)
		x.ticks = wholeTicks(x.min, x.max, 9)
	default:
		x.min, x.max = widened(x.min, x.max, 0, true)
		x.ticks = linearTicks(x.min, x.max, 9)
	}
	return figure{[]*panel{{
		title: p.Title, x: x, y: y, contents: []content{grid{}, line}, wide: p.Size.Width, high: p.Size.Height,
	}}}, nil
}

// whole says whether all values are whole numbers, as those of channels are.
func whole(x []float64) bool {
	return !slices.ContainsFunc(x, func(v float64) bool { return v != math.Trunc(v) })
}

// finiteRange is the range of the finite values; ok is false if there are none.
func finiteRange(x []float64) (low, high float64, ok bool) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, v := range x {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			low, high, ok = min(low, v), max(high, v), true
		}
	}
	return low, high, ok
}

// widened adds a part of the range above, and below if wanted. An empty range is opened.
func widened(low, high, part float64, below bool) (float64, float64) {
	span := high - low
	if !(span > 0) {
		span = max(math.Abs(high), 1)
		return low - span/2, high + span/2
	}
	if below {
		low -= part * span
	}
	return low, high + part*span
}

// curve is a line through points.
type curve struct{ x, y []float64 }

func (l curve) draw(c draw.Canvas, p *panel) {
	strokeCurve(c, p, draw.LineStyle{Color: curveColour, Width: vg.Points(1.2)}, l.x, l.y)
}

// stroked is how many points of a line are drawn at once. The rasteriser looks for each pixel that the outline of a stroke crosses among all of the
// row that are there already: drawn at once, the waveform of noise, 2,400 lines from bottom to top, took six seconds.
const stroked = 64

// strokeCurve joins points by a line that is interrupted where they are not finite.
func strokeCurve(c draw.Canvas, p *panel, pen draw.LineStyle, x, y []float64) {
	var run []vg.Point
	stroke := func() {
		switch len(run) {
		case 0:
		case 1: // a point between two gaps has no line that would show it
			dot := draw.GlyphStyle{Color: pen.Color, Radius: 1.5 * pen.Width, Shape: draw.CircleGlyph{}}
			c.DrawGlyphNoClip(dot, run[0])
		default:
			for len(run) > stroked+1 { // the next piece begins where this one ends
				c.StrokeLines(pen, run[:stroked+1])
				run = run[stroked:]
			}
			c.StrokeLines(pen, run)
		}
		run = nil
	}
	for i, x := range x {
		if y := y[i]; !math.IsNaN(x) && !math.IsInf(x, 0) && !math.IsNaN(y) && !math.IsInf(y, 0) {
			run = append(run, vg.Point{X: c.X(p.x.at(x)), Y: c.Y(p.y.at(y))})
		} else {
			stroke()
		}
	}
	stroke()
}
