package picture

import (
	"errors"
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"hearpipe/internal/atomicfile"
	"hearpipe/sinks"
)

// ScatterParams describe a picture of discs of different size at places in a plane.
type ScatterParams struct {
	// Path is the file to write, .png or .svg.
	Path string
	// Title stands above the picture (default: none).
	Title string
	// X and Y are the places, finite.
	X, Y []float64
	// Size is the area of each disc relative to the largest, 0 or more.
	Size []float64
	// Marks are places that are marked besides.
	Marks []Mark
	// XLabel and YLabel stand at the axes.
	XLabel, YLabel string
	// Meta is kept in the picture and says what is drawn (default: nothing is kept).
	Meta sinks.Meta
	// Area is the size of the data area (default 1200 × 640 pixels).
	Area Size
}

// Mark is a cross at a place.
type Mark struct {
	X, Y  float64
	Label string // what a legend says of it
	Plus  bool   // an upright cross; else a diagonal one
}

var (
	discColour = color.NRGBA{R: 0x5b, G: 0x8f, B: 0xc9, A: 0xff}
	plusColour = color.NRGBA{R: 0xc6, G: 0x2a, B: 0x2f, A: 0xff}
	markColour = color.NRGBA{R: 0x1c, G: 0x7c, B: 0x3a, A: 0xff}
)

// DrawScatter draws discs, and the marks above them. The file appears whole or not at all. An impossible path or size, lists of unequal length, places that are not finite and
// sizes below 0 are errors.
func DrawScatter(p ScatterParams) error {
	if err := checkPath(p.Path); err != nil {
		return err
	}
	if err := p.Area.check(); err != nil {
		return err
	}
	if err := p.check(); err != nil {
		return fmt.Errorf("scatter %s: %w", p.Path, err)
	}
	file, err := atomicfile.Create(p.Path)
	if err != nil {
		return err
	}
	return p.figure().save(file, p.Meta)
}

func (p ScatterParams) check() error {
	if len(p.X) == 0 {
		return errors.New("no places")
	}
	if len(p.Y) != len(p.X) || len(p.Size) != len(p.X) {
		return fmt.Errorf("%d values of x, %d of y and %d sizes: want equally many", len(p.X), len(p.Y), len(p.Size))
	}
	finite := func(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
	for i, s := range p.Size {
		if !finite(p.X[i]) || !finite(p.Y[i]) || !finite(s) || s < 0 {
			return fmt.Errorf("place %d is (%g, %g) with size %g: want finite numbers, and a size of 0 or more", i, p.X[i], p.Y[i], s)
		}
	}
	for _, m := range p.Marks {
		if !finite(m.X) || !finite(m.Y) {
			return fmt.Errorf("the mark %q lies at (%g, %g): want finite numbers", m.Label, m.X, m.Y)
		}
	}
	return nil
}

// largest is the radius of the largest disc in points.
const largest = 11

func (p ScatterParams) figure() figure {
	x, y := axis{label: p.XLabel}, axis{label: p.YLabel}
	x.min, x.max, _ = finiteRange(p.X)
	y.min, y.max, _ = finiteRange(p.Y)
	for _, m := range p.Marks {
		x.min, x.max = min(x.min, m.X), max(x.max, m.X)
		y.min, y.max = min(y.min, m.Y), max(y.max, m.Y)
	}
	x.min, x.max = widened(x.min, x.max, 0.04, true)
	y.min, y.max = widened(y.min, y.max, 0.08, true)
	x.ticks, y.ticks = angleTicks(x.min, x.max, 12), angleTicks(y.min, y.max, 8)
	return figure{[]*panel{{
		title: p.Title, x: x, y: y, contents: []content{grid{}, discs{p.X, p.Y, p.Size}, crosses(p.Marks)}, wide: p.Area.Width, high: p.Area.Height,
	}}}
}

// angleTicks marks multiples of 15, 30, 45 or 90 where the axis is long enough for angles, else round numbers.
func angleTicks(low, high float64, most int) ticks {
	for _, by := range []float64{15, 30, 45, 90} {
		if (high-low)/by > float64(most) || high-low < 60 {
			continue
		}
		var all ticks
		for k := math.Ceil(low / by); k*by <= high; k++ {
			all = append(all, tick{k*by + 0, fmt.Sprintf("%g", k*by+0)})
		}
		return all
	}
	return linearTicks(low, high, most)
}

// discs are drawn in their order.
type discs struct{ x, y, size []float64 }

func (d discs) draw(c draw.Canvas, p *panel) {
	_, peak, _ := finiteRange(d.size)
	for i, s := range d.size {
		if s == 0 {
			continue // and so peak is not 0
		}
		c.DrawGlyphNoClip(draw.GlyphStyle{Color: discColour, Radius: vg.Points(largest * math.Sqrt(s/peak)), Shape: draw.CircleGlyph{}},
			vg.Point{X: c.X(p.x.at(d.x[i])), Y: c.Y(p.y.at(d.y[i]))})
	}
}

// crosses are drawn with a legend above the upper right corner of the data area.
type crosses []Mark

func (m crosses) draw(c draw.Canvas, p *panel) {
	arm := vg.Points(9)
	cross := func(at vg.Point, plus bool) {
		if plus {
			pen := draw.LineStyle{Color: plusColour, Width: vg.Points(2)}
			c.StrokeLine2(pen, at.X-arm, at.Y, at.X+arm, at.Y)
			c.StrokeLine2(pen, at.X, at.Y-arm, at.X, at.Y+arm)
			return
		}
		pen, d := draw.LineStyle{Color: markColour, Width: vg.Points(2)}, arm*0.75
		c.StrokeLine2(pen, at.X-d, at.Y-d, at.X+d, at.Y+d)
		c.StrokeLine2(pen, at.X-d, at.Y+d, at.X+d, at.Y-d)
	}
	s := style(10, draw.XRight, draw.YTop)
	right, top := c.Max.X-vg.Points(6), c.Max.Y-vg.Points(6)
	for _, x := range m {
		cross(vg.Point{X: c.X(p.x.at(x.X)), Y: c.Y(p.y.at(x.Y))}, x.Plus)
		if x.Label == "" {
			continue
		}
		c.FillText(s, vg.Point{X: right, Y: top}, x.Label)
		cross(vg.Point{X: right - s.Width(x.Label) - 1.6*arm, Y: top - s.Height(x.Label)/2}, x.Plus)
		top -= vg.Points(22)
	}
}
