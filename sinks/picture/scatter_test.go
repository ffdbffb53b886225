package picture

import (
	"image/color"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"hearpipe/sinks"
)

// The area of a disc is its size, and marks lie on their places.
func TestScatterDrawsDiscsBySize(t *testing.T) {
	p := ScatterParams{
		Path: filepath.Join(t.TempDir(), "scatter.png"), X: []float64{0, 90, 180}, Y: []float64{0, 45, 0}, Size: []float64{4, 1, 0},
		Marks: []Mark{{X: 180, Y: 45, Label: "here", Plus: true}}, Area: Size{600, 300}, Meta: sinks.Meta{Holds: "places", Frames: 9},
	}
	if err := DrawScatter(p); err != nil {
		t.Fatal(err)
	}
	img := decode(t, p.Path)
	fig := p.figure()
	size, origin := fig.layout()
	a := fig.panels[0]
	at := func(x, y float64) (int, int) {
		return origin.X + int(a.x.at(x)*float64(a.wide)), size.Y - 1 - origin.Y - int(a.y.at(y)*float64(a.high))
	}
	count := func(x, y float64, want color.NRGBA) (n int) {
		cx, cy := at(x, y)
		for dx := -30; dx <= 30; dx++ {
			for dy := -30; dy <= 30; dy++ {
				if color.NRGBAModel.Convert(img.At(cx+dx, cy+dy)) == want {
					n++
				}
			}
		}
		return n
	}
	large, small, none := count(0, 0, discColour), count(90, 45, discColour), count(180, 0, discColour)
	if ratio := float64(large) / float64(small); math.Abs(ratio-4) > 0.6 || none != 0 {
		t.Errorf("discs of %d, %d and %d pixels for sizes 4, 1 and 0", large, small, none)
	}
	if n := count(180, 45, plusColour); n < 50 {
		t.Errorf("a cross of %d pixels", n)
	}
	if m, ok, err := ReadMeta(p.Path); err != nil || !ok || m.Holds != "places" {
		t.Errorf("metadata %+v, %v, %v", m, ok, err)
	}
}

func TestImpossibleScattersAreRefused(t *testing.T) {
	good := ScatterParams{Path: filepath.Join(t.TempDir(), "scatter.png"), X: []float64{1}, Y: []float64{1}, Size: []float64{1}}
	for want, change := range map[string]func(p *ScatterParams){
		`extension ".txt"`:           func(p *ScatterParams) { p.Path = "a.txt" },
		"no places":                  func(p *ScatterParams) { p.X = nil },
		"2 sizes":                    func(p *ScatterParams) { p.Size = []float64{1, 2} },
		"place 0 is (NaN, 1)":        func(p *ScatterParams) { p.X = []float64{math.NaN()} },
		"with size -1":               func(p *ScatterParams) { p.Size = []float64{-1} },
		`the mark "m" lies at (+Inf`: func(p *ScatterParams) { p.Marks = []Mark{{X: math.Inf(1), Label: "m"}} },
		"picture of 3 × 640 pixels":  func(p *ScatterParams) { p.Area = Size{3, 640} },
	} {
		p := good
		change(&p)
		if err := DrawScatter(p); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
	if err := DrawScatter(good); err != nil { // one place, all silent or not
		t.Error(err)
	}
	good.Size = []float64{0}
	if err := DrawScatter(good); err != nil {
		t.Error(err)
	}
}
