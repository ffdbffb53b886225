package picture

import (
	"image/color"
	"math"
	"path/filepath"
	"testing"

	"hearpipe/sinks"
)

func TestCurvesAreDrawn(t *testing.T) {
	nan := math.NaN()
	for name, p := range map[string]CurveParams{
		"frequency": {X: logSpaced(20, 20000, 50), Y: noise(50, 1).Data, Frequency: true, YLabel: "rms"},
		"gaps":      {X: []float64{1, 2, 3, 4, 5}, Y: []float64{1, nan, 2, math.Inf(1), 3}, XLabel: "channel"},
		"point":     {X: []float64{100}, Y: []float64{5}, Frequency: true},
		"flat":      {X: []float64{0, 1}, Y: []float64{0, 0}},
	} {
		p.Path = filepath.Join(t.TempDir(), "curve.png")
		p.Size = smallSize
		p.Meta = sinks.Meta{Holds: "curve", Frames: 5}
		if err := DrawCurve(p); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		blue := 0
		img := decode(t, p.Path)
		for y := range img.Bounds().Dy() {
			for x := range img.Bounds().Dx() {
				if c := color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA); int(c.B) > int(c.R)+60 {
					blue++
				}
			}
		}
		if blue == 0 {
			t.Errorf("%s: no line is seen", name)
		}
		if m, ok, err := ReadMeta(p.Path); err != nil || !ok || m.Frames != 5 {
			t.Errorf("%s: metadata %+v, %v, %v", name, m, ok, err)
		}
	}
}
