package picture

import (
	"context"
	"image/color"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"hearpipe/sinks"
	"hearpipe/stages"
)

// curvesOf draws frames of six channels and returns the figure before it becomes a picture.
func curvesOf(t *testing.T, p CurvesParams, in stages.Frames) ([]content, *panel, *Curves) {
	t.Helper()
	p.Path, p.Size = filepath.Join(t.TempDir(), "curves.png"), smallSize
	format := stages.Format{Rate: 8000, Channels: in.Channels, Frames: int64(in.N)}
	s, err := NewCurves(frameInput{format}, p)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	if err := s.Open(ctx, format); err != nil {
		t.Fatal(err)
	}
	for at := 0; at < in.N; at += 3 {
		if err := s.WriteFrames(ctx, int64(at), in.Cut(at, min(at+3, in.N))); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Finish(stages.Ending{Frames: int64(in.N), Reason: stages.EndOfStream}); err != nil {
		t.Fatal(err)
	}
	f, err := s.figure()
	if err != nil {
		t.Fatal(err)
	}
	return f.panels[0].contents[1:], f.panels[0], s
}

func TestChannelsBecomePointsOfTheirCurve(t *testing.T) {
	in := stages.MakeFrames(4, 6) // channel c alternates between ±(c+1)
	for i := range in.N {
		for c := range 6 {
			in.Row(i)[c] = float64(c+1) * float64(1-2*(i%2))
		}
	}
	p := CurvesParams{X: []float64{30, 10, 20, 1, 2, 3}, Curve: []int{0, 0, 0, 1, 1, 1}, Labels: []string{"a", "b"}}
	for _, c := range []struct {
		of       sinks.Statistic
		decibels bool
		value    func(channel float64) float64
	}{
		{"", false, func(c float64) float64 { return c }},
		{sinks.Max, false, func(c float64) float64 { return c }},
		{sinks.Min, false, func(c float64) float64 { return -c }},
		{sinks.SumSquares, false, func(c float64) float64 { return 4 * c * c }},
		{sinks.RMS, true, func(c float64) float64 { return 20 * math.Log10(c) }},
	} {
		p.Of, p.Decibels = c.of, c.decibels
		lines, panel, s := curvesOf(t, p, in)
		want := []namedCurve{
			{x: []float64{10, 20, 30}, y: []float64{c.value(2), c.value(3), c.value(1)}, label: "a"},
			{x: []float64{1, 2, 3}, y: []float64{c.value(4), c.value(5), c.value(6)}, label: "b", place: 1},
		}
		if len(lines) != 2 || len(s.Files()) != 1 {
			t.Fatalf("%d curves, files %v", len(lines), s.Files())
		}
		for k, l := range lines {
			have := l.(namedCurve)
			if have.label != want[k].label || have.place != want[k].place || len(have.x) != 3 {
				t.Fatalf("curve %d: %+v", k, have)
			}
			for i := range have.x {
				if have.x[i] != want[k].x[i] || math.Abs(have.y[i]-want[k].y[i]) > 1e-12 {
					t.Errorf("%s: curve %d, point %d at (%g, %g), want (%g, %g)", c.of, k, i, have.x[i], have.y[i], want[k].x[i], want[k].y[i])
				}
				if have.y[i] < panel.y.min || have.y[i] > panel.y.max || have.x[i] < panel.x.min || have.x[i] > panel.x.max {
					t.Errorf("%s: (%g, %g) lies outside the axes", c.of, have.x[i], have.y[i])
				}
			}
		}
		// Both colours are seen, and one below the other in the legend.
		img := decode(t, s.Files()[0])
		first, last := [2]int{math.MaxInt, math.MaxInt}, [2]int{}
		for y := range img.Bounds().Dy() {
			for x := range img.Bounds().Dx() {
				for k, l := range lines {
					if color.NRGBAModel.Convert(img.At(x, y)) == l.(namedCurve).colour {
						first[k], last[k] = min(first[k], y), max(last[k], y)
					}
				}
			}
		}
		if last[0] == 0 || last[1] == 0 {
			t.Errorf("%s: curves from %v to %v", c.of, first, last)
		}
	}
}

func TestSilenceHasNoLevelButAPicture(t *testing.T) {
	lines, _, _ := curvesOf(t, CurvesParams{X: []float64{1, 2}, Decibels: true}, stages.MakeFrames(5, 2))
	if l := lines[0].(namedCurve); !math.IsInf(l.y[0], -1) || l.colour != color.Color(curveColour) || l.label != "" {
		t.Errorf("%+v", l)
	}
}

func TestImpossibleCurvesAreRefused(t *testing.T) {
	two := []float64{1, 2}
	for _, c := range []struct {
		p    CurvesParams
		want string
	}{
		{CurvesParams{Path: "a.jpg", X: two}, "want .png or .svg"},
		{CurvesParams{Path: "a.png", X: two, Size: Size{1, 1}}, "1 × 1 pixels"},
		{CurvesParams{Path: "a.png", X: two[:1]}, "1 places and 2 numbers of curves for 2 channels"},
		{CurvesParams{Path: "a.png", X: two, Curve: []int{0}}, "2 places and 1 numbers"},
		{CurvesParams{Path: "a.png", X: two, Curve: []int{0, 16}}, "curve 16 with 0 labels: want curves 0 to 15"},
		{CurvesParams{Path: "a.png", X: two, Curve: []int{0, -1}}, "want curves 0 to 15"},
		{CurvesParams{Path: "a.png", X: two, Curve: []int{0, 1}, Labels: []string{"a"}}, "curve 1 with 1 labels"},
		{CurvesParams{Path: "a.png", X: []float64{1, math.NaN()}}, "channel 1 lies at NaN"},
		{CurvesParams{Path: "a.png", X: two, Of: "median"}, `"median"`},
	} {
		_, err := NewCurves(frameInput{stages.Format{Rate: 8000, Channels: 2, Frames: 1}}, c.p)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want one with %q", err, c.want)
		}
	}
}
