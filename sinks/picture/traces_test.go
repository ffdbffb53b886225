package picture

import (
	"image/color"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"hearpipe/sinks"
)

// pixelsOf counts the pixels of a colour.
func pixelsOf(t *testing.T, path string, of color.NRGBA) int {
	t.Helper()
	n, img := 0, decode(t, path)
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			if color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA) == of {
				n++
			}
		}
	}
	return n
}

func TestTracesAreDrawnInTheirColours(t *testing.T) {
	path := filepath.Join(t.TempDir(), "traces.png")
	x := []float64{0, 1, 2, 3}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	level := func(y float64) []float64 { return []float64{y, y, y, y} }
	must(DrawTraces(TracesParams{Path: path, Size: smallSize, Meta: sinks.Meta{Holds: "traces", Frames: 4}, Panels: []Traces{
		{Title: "above", Lines: []Trace{{Label: "one", X: x, Y: level(1)}, {X: x, Y: level(2)}}},
		{Y: [2]float64{0, 1}, Lines: []Trace{{X: x, Y: level(5)}, {X: x, Y: level(7)}, {X: x, Y: level(.5), Dots: true}}},
	}}))
	for k, want := range []bool{true, true, true, false} {
		if n := pixelsOf(t, path, traceColours[k]); (n > 0) != want {
			t.Errorf("%d pixels of colour %d: some wanted: %t", n, k, want)
		}
	}
	if m, ok, err := ReadMeta(path); err != nil || !ok || m.Frames != 4 {
		t.Errorf("metadata %+v, %t, %v", m, ok, err)
	}
	// What lies outside the axes is not drawn: the first two colours come from the upper panel alone.
	must(DrawTraces(TracesParams{Path: path, Size: smallSize, X: [2]float64{10, 11}, Panels: []Traces{{Lines: []Trace{{X: x, Y: level(1)}}}}}))
	if n := pixelsOf(t, path, traceColours[0]); n > 0 {
		t.Errorf("%d pixels of a line outside the axes", n)
	}
}

func TestTracesNameMistakes(t *testing.T) {
	ok := Trace{X: []float64{1}, Y: []float64{1}}
	for want, p := range map[string]TracesParams{
		"0 panels":              {},
		"panel 0 has 0 lines":   {Panels: []Traces{{}}},
		"1 values of x and 0":   {Panels: []Traces{{Lines: []Trace{{X: []float64{1}}}}}},
		"no finite points":      {Panels: []Traces{{Lines: []Trace{{X: []float64{math.NaN()}, Y: []float64{1}}}}}},
		"an axis from 2 to 1":   {X: [2]float64{2, 1}, Panels: []Traces{{Lines: []Trace{ok}}}},
		"an axis from 1 to NaN": {Panels: []Traces{{Lines: []Trace{ok}, Y: [2]float64{1, math.NaN()}}}},
	} {
		p.Path = filepath.Join(t.TempDir(), "traces.png")
		if err := DrawTraces(p); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
