package picture

import (
	"image/color"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"hearpipe/sinks"
)

// Each quarter of an image has the colour of its value, in both images; what is not a number is grey.
func TestMapsShowTheirValues(t *testing.T) {
	p := MapsParams{
		Path: filepath.Join(t.TempDir(), "maps.png"), Size: Size{60, 50}, X: [2]float64{0, 1}, Y: [2]float64{-180, 180}, YStep: 90,
		Maps: []Map{{"left", [][]float64{{0, 1}, {2, 4}}}, {"right", [][]float64{{4, 2, 2, 2}, {math.NaN(), 0, 0, 0}}}},
		Meta: sinks.Meta{Holds: "maps", Frames: 3},
	}
	if err := DrawMaps(p); err != nil {
		t.Fatal(err)
	}
	img := decode(t, p.Path)
	fig := p.figure()
	size, origin := fig.layout()
	if img.Bounds().Dx() != size.X || img.Bounds().Dy() != size.Y {
		t.Fatalf("a picture of %v, want %v", img.Bounds(), size)
	}
	at := func(panel, x, y int) color.NRGBA { // from the lower left corner of a data area
		q := fig.panels[panel]
		return color.NRGBAModel.Convert(img.At(origin.X+q.left+x, size.Y-1-(origin.Y+q.low+y))).(color.NRGBA)
	}
	for _, c := range []struct {
		panel, x, y int
		want        float64
	}{
		{0, 10, 10, 0},
		{0, 45, 10, 1},
		{0, 10, 40, 2},
		{0, 45, 40, 4},
		{1, 5, 10, 4},
		{1, 50, 10, 2},
		{1, 5, 40, math.NaN()},
		{1, 50, 40, 0},
	} {
		if got, want := at(c.panel, c.x, c.y), colourOf(c.want, 0, 4); got != want {
			t.Errorf("image %d at %d, %d: %v, want %v of %g", c.panel, c.x, c.y, got, want, c.want)
		}
	}
	if m, ok, err := ReadMeta(p.Path); err != nil || !ok || m.Holds != "maps" {
		t.Errorf("metadata %+v, %v, %v", m, ok, err)
	}
}

// Of several values on a pixel the largest is seen.
func TestMapsKeepPeaks(t *testing.T) {
	row := make([]float64, 1000)
	row[504] = 7
	img := Map{"", [][]float64{row}}.image(100, 50, 0, 7)
	if got := color.NRGBAModel.Convert(img.At(50, 20)); got != colourOf(7, 0, 7) {
		t.Errorf("the peak is drawn as %v", got)
	}
	if got := color.NRGBAModel.Convert(img.At(51, 20)); got != colourOf(0, 0, 7) {
		t.Errorf("beside the peak is %v", got)
	}
}

func TestImpossibleMapsAreRefused(t *testing.T) {
	good := MapsParams{Path: filepath.Join(t.TempDir(), "maps.png"), X: [2]float64{0, 1}, Y: [2]float64{0, 1}, Maps: []Map{{"", [][]float64{{1}}}}}
	for want, change := range map[string]func(p *MapsParams){
		`extension ".txt"`:          func(p *MapsParams) { p.Path = "a.txt" },
		"0 images: want 1 to 8":     func(p *MapsParams) { p.Maps = nil },
		"image 0 is empty":          func(p *MapsParams) { p.Maps = []Map{{}} },
		"row 1 has 1 values":        func(p *MapsParams) { p.Maps = []Map{{"", [][]float64{{1, 2}, {1}}}} },
		"an axis from 2 to 1":       func(p *MapsParams) { p.X = [2]float64{2, 1} },
		"want rising numbers":       func(p *MapsParams) { p.Y = [2]float64{} },
		"frequencies from 0 Hz":     func(p *MapsParams) { p.Frequency = true },
		"marks every 0.001":         func(p *MapsParams) { p.YStep = 0.001 },
		"picture of 3 × 640 pixels": func(p *MapsParams) { p.Size = Size{3, 640} },
	} {
		p := good
		change(&p)
		if err := DrawMaps(p); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
}
