package picture

import (
	"fmt"
	"image"
	"math"

	"hearpipe/internal/atomicfile"
	"hearpipe/sinks"
)

// Map is an image with a title: Values[row][column], rows upwards, columns to the right, all rows of one length. What is not a number is grey.
type Map struct {
	Title  string
	Values [][]float64
}

// MapsParams describe images side by side that share their axes and colours.
type MapsParams struct {
	// Path is the file to write, .png or .svg.
	Path string
	// Maps are the images, 1 to 8.
	Maps []Map
	// X and Y are what the first and the last edge of an image stand for, rising.
	X, Y [2]float64
	// Frequency makes the horizontal axis a logarithmic one of frequencies [Hz]: columns are evenly spaced in the logarithm, and X is positive.
	Frequency bool
	// YStep is the distance of the marks at the vertical axis (default: a round number).
	YStep float64
	// XLabel, YLabel and Label stand at the axes and beside the colour bar.
	XLabel, YLabel, Label string
	// Colours are what the lowest and the highest colour stand for (default: the range of the values).
	Colours [2]float64
	// Meta is kept in the picture and says what is drawn (default: nothing is kept).
	Meta sinks.Meta
	// Size is the size of each data area (default 1200 × 640 pixels).
	Size Size
}

// DrawMaps draws images. A pixel on which several values fall shows the largest. The file appears whole or not at all. An impossible path or size, rows of
// unequal length, axes that do not rise and more than 8 images are errors.
func DrawMaps(p MapsParams) error {
	if err := checkPath(p.Path); err != nil {
		return err
	}
	if err := p.Size.check(); err != nil {
		return err
	}
	if err := p.check(); err != nil {
		return fmt.Errorf("maps %s: %w", p.Path, err)
	}
	file, err := atomicfile.Create(p.Path)
	if err != nil {
		return err
	}
	return p.figure().save(file, p.Meta)
}

func (p MapsParams) check() error {
	if len(p.Maps) < 1 || len(p.Maps) > 8 {
		return fmt.Errorf("%d images: want 1 to 8", len(p.Maps))
	}
	for i, m := range p.Maps {
		if len(m.Values) == 0 || len(m.Values[0]) == 0 {
			return fmt.Errorf("image %d is empty", i)
		}
		for k, row := range m.Values {
			if len(row) != len(m.Values[0]) {
				return fmt.Errorf("image %d: row %d has %d values, the first has %d: want equal lengths", i, k, len(row), len(m.Values[0]))
			}
		}
	}
	for _, a := range [][2]float64{p.X, p.Y, p.Colours} {
		if !(a[1] > a[0] && !math.IsInf(a[1]-a[0], 0)) && a != [2]float64{} {
			return fmt.Errorf("an axis from %g to %g: want rising finite numbers", a[0], a[1])
		}
	}
	switch {
	case p.X[0] == p.X[1] || p.Y[0] == p.Y[1]:
		return fmt.Errorf("axes from %g to %g and %g to %g: want rising numbers", p.X[0], p.X[1], p.Y[0], p.Y[1])
	case p.Frequency && !(p.X[0] > 0):
		return fmt.Errorf("frequencies from %g Hz: want positive ones", p.X[0])
	case p.YStep != 0 && !(p.YStep > 0 && (p.Y[1]-p.Y[0])/p.YStep <= 100):
		return fmt.Errorf("marks every %g of an axis from %g to %g: want at most 100", p.YStep, p.Y[0], p.Y[1])
	}
	return nil
}

// figure puts the images in a row, the colour bar behind the last one.
func (p MapsParams) figure() figure {
	w, h := p.Size.Width, p.Size.Height
	low, high := p.Colours[0], p.Colours[1]
	if low == high {
		low, high = p.valueRange()
	}
	x := axis{p.X[0], p.X[1], p.XLabel, linearTicks(p.X[0], p.X[1], 6)}
	if p.Frequency {
		x = frequencyAxis(p.X[0], p.X[1])
		if p.XLabel != "" {
			x.label = p.XLabel
		}
	}
	y := axis{p.Y[0], p.Y[1], p.YLabel, linearTicks(p.Y[0], p.Y[1], 8)}
	if p.YStep > 0 {
		y.ticks = nil
		for k := math.Ceil(p.Y[0] / p.YStep); k*p.YStep <= p.Y[1]; k++ {
			y.ticks = append(y.ticks, tick{k*p.YStep + 0, fmt.Sprintf("%g", k*p.YStep+0)})
		}
	}
	const gap, barWidth = 24, 26
	var f figure
	left := 0
	place := func(n *panel) {
		if len(f.panels) > 0 {
			left += gap + n.margins().left
		}
		n.left = left
		left += n.wide + n.margins().right
		f.panels = append(f.panels, n)
	}
	for _, m := range p.Maps {
		place(&panel{title: m.Title, x: x, y: y, contents: []content{picture{m.image(w, h, low, high)}}, wide: w, high: h})
	}
	place(&panel{
		x: axis{max: 1}, y: axis{low, high, p.Label, linearTicks(low, high, 8)},
		contents: []content{picture{colourBar(barWidth, h)}}, wide: barWidth, high: h,
	})
	return f
}

// valueRange is the range of all values, opened if it is empty.
func (p MapsParams) valueRange() (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, m := range p.Maps {
		for _, row := range m.Values {
			if a, b, ok := finiteRange(row); ok {
				low, high = min(low, a), max(high, b)
			}
		}
	}
	if !(high >= low) {
		return 0, 1
	}
	return widened(low, high, 0, false)
}

// image is the map in pixels.
func (m Map) image(w, h int, low, high float64) image.Image {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	rows, columns := len(m.Values), len(m.Values[0])
	for py := range h {
		r0, r1 := cells(py, h, rows)
		for px := range w {
			c0, c1 := cells(px, w, columns)
			value := math.NaN()
			for r := r0; r < r1; r++ {
				for _, v := range m.Values[r][c0:c1] {
					if !(v <= value) {
						value = v
					}
				}
			}
			img.SetNRGBA(px, h-1-py, colourOf(value, low, high))
		}
	}
	return img
}

// cells are those of n cells that fall on pixel k of many: all whose middle lies in it, or the one that covers it.
func cells(k, many, n int) (from, to int) {
	from, to = k*n/many, (k+1)*n/many
	if to == from {
		to = from + 1
	}
	return from, to
}
