package picture

import (
	"fmt"
	"image"
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// resolution is the pixels per inch of the pictures: with it a text of 11 points stays legible when a picture is shown at
// half its size.
const resolution = 144

// pixel is the width of a pixel in points, the unit in which the library draws.
const pixel = 72.0 / resolution

var (
	inkColour   = color.NRGBA{R: 0x22, G: 0x26, B: 0x2e, A: 0xff} // text and axes
	gridColour  = color.NRGBA{R: 0xe4, G: 0xe6, B: 0xea, A: 0xff}
	curveColour = color.NRGBA{R: 0x1f, G: 0x4e, B: 0x8c, A: 0xff}
	thin        = draw.LineStyle{Color: inkColour, Width: pixel}
)

// figure is one or more panels whose data areas have exact sizes and positions in pixels, so that an image in them is
// drawn pixel by pixel. Margins for axes and titles come around them. (The library's own plots choose the data area
// themselves.)
type figure struct{ panels []*panel }

// panel is a data area with two axes and a title.
type panel struct {
	title      string // "" for none
	x, y       axis
	contents   []content // drawn in this order
	left, low  int       // position of the data area [pixels], upwards
	wide, high int       // size of the data area [pixels]
}

// content is drawn into the data area of a panel, which is the rectangle of the canvas.
type content interface{ draw(c draw.Canvas, p *panel) }

// axis is one of the sides of a panel.
type axis struct {
	min, max float64
	label    string // "" for none
	ticks    ticks
}

// tick is a mark at an axis: a long one with a label or a short one without.
type tick struct {
	value float64
	label string
}

type ticks []tick

// at is where a value lies on the axis: 0 at its beginning, 1 at its end.
func (a axis) at(value float64) float64 { return (value - a.min) / (a.max - a.min) }

// margins are the distances from a data area to the ends of what is drawn around it [pixels].
type margins struct{ left, right, bottom, top int }

// layout returns the size of the whole picture in pixels and the offset of the origin of the panels in it.
func (f figure) layout() (size, origin image.Point) {
	const edge = 10 // pixels of white around everything
	var all image.Rectangle
	for _, p := range f.panels {
		m := p.margins()
		all = all.Union(image.Rect(p.left-m.left, p.low-m.bottom, p.left+p.wide+m.right, p.low+p.high+m.top))
	}
	all = all.Inset(-edge)
	return all.Size(), image.Point{}.Sub(all.Min)
}

// draw draws everything on a canvas of the size that layout found.
func (f figure) draw(c draw.Canvas, origin image.Point) {
	for _, p := range f.panels {
		area := c
		area.Min = vg.Point{X: vg.Length(origin.X+p.left) * pixel, Y: vg.Length(origin.Y+p.low) * pixel}
		area.Max = area.Min.Add(vg.Point{X: vg.Length(p.wide) * pixel, Y: vg.Length(p.high) * pixel})
		for _, x := range p.contents {
			x.draw(area, p)
		}
		p.drawAround(area)
	}
}

// snapped moves a coordinate to the middle of its pixel, where a thin line is sharp.
func snapped(l vg.Length) vg.Length {
	return vg.Length(math.Floor(float64(l)/pixel)+0.5) * pixel
}

// picture is an image that fills a data area.
type picture struct{ image.Image }

func (i picture) draw(c draw.Canvas, _ *panel) { c.DrawImage(c.Rectangle, i.Image) }

// grid are faint lines at the labelled ticks of both axes.
type grid struct{}

func (grid) draw(c draw.Canvas, p *panel) {
	faint := draw.LineStyle{Color: gridColour, Width: pixel}
	for _, t := range p.x.ticks {
		if t.label != "" {
			x := snapped(c.X(p.x.at(t.value)))
			c.StrokeLine2(faint, x, c.Min.Y, x, c.Max.Y)
		}
	}
	for _, t := range p.y.ticks {
		if t.label != "" {
			y := snapped(c.Y(p.y.at(t.value)))
			c.StrokeLine2(faint, c.Min.X, y, c.Max.X, y)
		}
	}
}

// Size is the size of the data area of a picture in pixels. The zero value means 1200 × 640.
type Size struct{ Width, Height int }

// check sets the default and refuses sizes that no picture can have.
func (s *Size) check() error {
	if *s == (Size{}) {
		*s = Size{1200, 640}
	}
	const low, high = 50, 10_000
	if s.Width < low || s.Width > high || s.Height < low || s.Height > high {
		return fmt.Errorf("picture of %d × %d pixels: want %d to %d each", s.Width, s.Height, low, high)
	}
	return nil
}

// maxChannels bounds what pictures keep per channel.
const maxChannels = 1 << 24

func checkChannels(n int) error {
	if n > maxChannels {
		return fmt.Errorf("%d channels: want at most %d", n, maxChannels)
	}
	return nil
}
