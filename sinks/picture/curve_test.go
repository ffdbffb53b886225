package picture

import (
	"image/color"
	"math"
	"path/filepath"
	"testing"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/recorder"

	"hearpipe/sinks"
)

// A long line is drawn in short pieces, since the time of a piece grows with its square, and they join to the whole.
func TestLongCurvesAreDrawnInPieces(t *testing.T) {
	for _, n := range []int{2, stroked, stroked + 1, stroked + 2, 2*stroked + 1, 1000} {
		x, y := make([]float64, n), make([]float64, n)
		for i := range x {
			x[i], y[i] = float64(i)/float64(n-1), float64(i%2)
		}
		var rec recorder.Canvas
		p := &panel{x: axis{max: 1}, y: axis{max: 1}}
		strokeCurve(draw.NewCanvas(&rec, 100, 100), p, draw.LineStyle{Color: curveColour, Width: vg.Points(1)}, x, y)
		var got []vg.Point
		for _, a := range rec.Actions {
			piece, ok := a.(*recorder.Stroke)
			if !ok {
				continue
			}
			if len(piece.Path) > stroked+1 || len(piece.Path) < 2 {
				t.Errorf("%d points: a piece of %d", n, len(piece.Path))
			}
			for i, part := range piece.Path {
				if i == 0 && len(got) > 0 {
					if part.Pos != got[len(got)-1] {
						t.Errorf("%d points: a piece begins at %v, the one before ends at %v", n, part.Pos, got[len(got)-1])
					}
					continue
				}
				got = append(got, part.Pos)
			}
		}
		if len(got) != n {
			t.Fatalf("%d points drawn, want %d", len(got), n)
		}
		for i, q := range got {
			if want := (vg.Point{X: vg.Length(100 * x[i]), Y: vg.Length(100 * y[i])}); math.Abs(float64(q.X-want.X)) > 1e-9 || q.Y != want.Y {
				t.Fatalf("%d points: point %d is %v, want %v", n, i, q, want)
			}
		}
	}
}

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
