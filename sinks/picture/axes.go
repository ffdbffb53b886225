package picture

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Distances around a data area [pixels].
const (
	tickLength      = 8
	shortTickLength = 4
	tickGap         = 5 // from a tick to its label
	labelGap        = 9 // from the labels of ticks to that of the axis
	titleGap        = 14
)

// style is the style of a text of so many points. The texts of all pictures are in one typeface.
func style(points float64, x text.XAlignment, y text.YAlignment) text.Style {
	return text.Style{
		Color:   inkColour,
		Font:    font.From(font.Font{Typeface: "Liberation", Variant: "Sans"}, vg.Points(points)),
		XAlign:  x,
		YAlign:  y,
		Handler: plot.DefaultTextHandler,
	}
}

func titleStyle() text.Style { return style(12, draw.XCenter, draw.YTop) }
func labelStyle() text.Style { return style(11, draw.XCenter, draw.YTop) }
func xTickStyle() text.Style { return style(10, draw.XCenter, draw.YTop) }
func yTickStyle() text.Style { return style(10, draw.XRight, draw.YCenter) }

// pixels is a length in whole pixels, rounded up.
func pixels(l vg.Length) int { return int(math.Ceil(float64(l)/pixel - 1e-6)) }

func heightOf(s text.Style) int              { return pixels(s.Height("0")) }
func widthOf(s text.Style, label string) int { return pixels(s.Width(label)) }

// widest is the width of the widest label.
func (t ticks) widest(s text.Style) int {
	w := 0
	for _, t := range t {
		if t.label != "" {
			w = max(w, widthOf(s, t.label))
		}
	}
	return w
}

// beyond is how far labels of the given extent, centred at their ticks, reach beyond the beginning and the end of an
// axis of so many pixels.
func (a axis) beyond(length int, extent func(label string) int) (before, after int) {
	for _, t := range a.ticks {
		if t.label == "" {
			continue
		}
		half := float64(extent(t.label)) / 2
		middle := a.at(t.value) * float64(length)
		before = max(before, int(math.Ceil(half-middle)))
		after = max(after, int(math.Ceil(middle+half))-length)
	}
	return before, after
}

// margins measures what stands around the data area.
func (p *panel) margins() margins {
	const frame = 1
	m := margins{frame, frame, frame, frame}
	if w := p.y.ticks.widest(yTickStyle()); w > 0 {
		m.left = tickLength + tickGap + w
	}
	if p.y.label != "" {
		m.left += labelGap + heightOf(labelStyle())
	}
	if p.x.ticks.widest(xTickStyle()) > 0 {
		m.bottom = tickLength + tickGap + heightOf(xTickStyle())
	}
	if p.x.label != "" {
		m.bottom += labelGap + heightOf(labelStyle())
	}
	before, after := p.x.beyond(p.wide, func(label string) int { return widthOf(xTickStyle(), label) })
	m.left, m.right = max(m.left, before), max(m.right, after)
	before, after = p.y.beyond(p.high, func(string) int { return heightOf(yTickStyle()) })
	m.bottom, m.top = max(m.bottom, before), max(m.top, after)
	// Long texts in the middle of a small data area.
	if over := (widthOf(labelStyle(), p.x.label) - p.wide + 1) / 2; over > 0 {
		m.left, m.right = max(m.left, over), max(m.right, over)
	}
	if over := (widthOf(labelStyle(), p.y.label) - p.high + 1) / 2; over > 0 {
		m.bottom, m.top = max(m.bottom, over), max(m.top, over)
	}
	if p.title != "" {
		m.top += titleGap + heightOf(titleStyle())
		if over := (widthOf(titleStyle(), p.title) - p.wide + 1) / 2; over > 0 {
			m.left, m.right = max(m.left, over), max(m.right, over)
		}
	}
	return m
}

// drawAround draws what stands around the data area, which is the rectangle of the canvas.
func (p *panel) drawAround(c draw.Canvas) {
	p.drawFrame(c)
	p.drawX(c)
	p.drawY(c)
	if p.title != "" {
		s := titleStyle()
		top := c.Max.Y + vg.Length(p.margins().top)*pixel
		c.FillText(s, vg.Point{X: (c.Min.X + c.Max.X) / 2, Y: top + s.FontExtents().Descent}, p.title)
	}
}

// drawFrame draws a thin line just outside of the data area.
func (p *panel) drawFrame(c draw.Canvas) {
	const half = pixel / 2
	low := vg.Point{X: c.Min.X - half, Y: c.Min.Y - half}
	high := vg.Point{X: c.Max.X + half, Y: c.Max.Y + half}
	right, left := vg.Point{X: high.X, Y: low.Y}, vg.Point{X: low.X, Y: high.Y}
	c.StrokeLines(thin, []vg.Point{low, right, high, left, low})
}

func (p *panel) drawX(c draw.Canvas) {
	s := xTickStyle()
	top := c.Min.Y - (tickLength+tickGap)*pixel
	for _, t := range p.x.ticks {
		at := c.X(p.x.at(t.value))
		length := vg.Length(shortTickLength)
		if t.label != "" {
			length = tickLength
			c.FillText(s, vg.Point{X: at, Y: top + s.FontExtents().Descent}, t.label)
		}
		c.StrokeLine2(thin, snapped(at), c.Min.Y, snapped(at), c.Min.Y-length*pixel)
	}
	if p.x.label != "" {
		top := c.Min.Y - pixel
		if p.x.ticks.widest(s) > 0 {
			top = c.Min.Y - vg.Length(tickLength+tickGap+heightOf(s)+labelGap)*pixel
		}
		s := labelStyle()
		c.FillText(s, vg.Point{X: (c.Min.X + c.Max.X) / 2, Y: top + s.FontExtents().Descent}, p.x.label)
	}
}

func (p *panel) drawY(c draw.Canvas) {
	s := yTickStyle()
	right := c.Min.X - (tickLength+tickGap)*pixel
	for _, t := range p.y.ticks {
		at := c.Y(p.y.at(t.value))
		length := vg.Length(shortTickLength)
		if t.label != "" {
			length = tickLength
			c.FillText(s, vg.Point{X: right, Y: at + s.FontExtents().Descent}, t.label)
		}
		c.StrokeLine2(thin, c.Min.X, snapped(at), c.Min.X-length*pixel, snapped(at))
	}
	if p.y.label != "" {
		right := c.Min.X - pixel
		if w := p.y.ticks.widest(s); w > 0 {
			right = c.Min.X - vg.Length(tickLength+tickGap+w+labelGap)*pixel
		}
		s := style(11, draw.XCenter, draw.YBottom)
		s.Rotation = math.Pi / 2
		c.FillText(s, vg.Point{X: right - s.FontExtents().Descent, Y: (c.Min.Y + c.Max.Y) / 2}, p.y.label)
	}
}
