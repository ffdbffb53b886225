package picture

import (
	"image"
	"image/color"
	"math"

	"gonum.org/v1/plot/palette/moreland"
)

// palette are the colours from low to high values, black over purple and orange to a pale yellow. Lightness grows evenly,
// so that equal steps of the value look equal, in print and to the colour-blind, too.
var palette = func() (p [256]color.NRGBA) {
	m, err := moreland.NewLuminance([]color.Color{
		rgb(0x04040c), rgb(0x2a1259), rgb(0x6a1f6f), rgb(0xa8325d), rgb(0xdd5a3c), rgb(0xf59a2a), rgb(0xf7d560), rgb(0xfdf8d8),
	})
	if err != nil {
		panic("picture: the lightness of the palette does not grow")
	}
	m.SetMin(0)
	m.SetMax(1)
	for i := range p {
		c, err := m.At(float64(i) / float64(len(p)-1))
		if err != nil {
			panic("picture: the palette has a gap")
		}
		p[i] = color.NRGBAModel.Convert(c).(color.NRGBA)
	}
	return p
}()

func rgb(hex uint32) color.Color {
	return color.NRGBA{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: 0xff}
}

// noColour is for values that are not numbers.
var noColour = color.NRGBA{R: 0x80, G: 0x80, B: 0x80, A: 0xff}

// colourOf is the colour of x on a scale from low to high; values beyond get those at the ends.
func colourOf(x, low, high float64) color.NRGBA {
	if math.IsNaN(x) {
		return noColour
	}
	k := (x - low) / (high - low) * float64(len(palette)-1)
	return palette[int(math.Round(max(0, min(float64(len(palette)-1), k))))]
}

// colourBar is an image of the whole palette, low at the bottom.
func colourBar(w, h int) image.Image {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		c := colourOf(float64(h-1-y), 0, float64(max(1, h-1)))
		for x := range w {
			img.SetNRGBA(x, y, c)
		}
	}
	return img
}
