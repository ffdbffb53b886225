package picture

import (
	"context"
	"image/color"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"hearpipe/stages"
)

// decaying is the answer of the recursion y_n = x_n + a·y_(n-1) to an impulse.
func decaying(n int, a ...float64) stages.Frames {
	f := stages.MakeFrames(n, len(a))
	for c, a := range a {
		x := 1.0
		for i := range n {
			f.Row(i)[c] = x
			x *= a
		}
	}
	return f
}

func TestSpectraAreTheTransferFunctions(t *testing.T) {
	const rate = 8000
	s := newSpectra(10, 4000, rate, 50, 2)
	in := decaying(3000, 0.9, -0.5)
	for i := range in.N {
		s.add(in.Row(i))
	}
	levels, top := s.levels()
	highest := math.Inf(-1)
	for c, a := range []float64{0.9, -0.5} {
		for k, f := range s.frequency {
			w := 2 * math.Pi * f / rate
			want := -10 * math.Log10(1-2*a*math.Cos(w)+a*a)
			highest = max(highest, want)
			if math.Abs(levels[c][k]-want) > 1e-9 {
				t.Errorf("channel %d, %g Hz: %v dB, want %v", c, f, levels[c][k], want)
			}
		}
	}
	if math.Abs(top-highest) > 1e-9 || s.frequency[0] != 10 || math.Abs(s.frequency[49]-4000) > 1e-9 {
		t.Errorf("top %v, want %v; %v to %v Hz", top, highest, s.frequency[0], s.frequency[49])
	}
}

func TestTuningCurvesAreDrawnWhereTheyAre(t *testing.T) {
	draw := func(p TuningParams, in stages.Frames) [][2]int {
		t.Helper()
		p.Path, p.Size = filepath.Join(t.TempDir(), "tuning.png"), smallSize
		format := stages.Format{Rate: 8000, Channels: in.Channels, Frames: int64(in.N)}
		s, err := NewTuning(frameInput{format}, p)
		if err != nil {
			t.Fatal(err)
		}
		ctx := context.Background()
		if err := s.Open(ctx, format); err != nil {
			t.Fatal(err)
		}
		for at := 0; at < in.N; at += 7 {
			if err := s.WriteFrames(ctx, int64(at), in.Cut(at, min(at+7, in.N))); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Finish(stages.Ending{Frames: int64(in.N), Reason: stages.EndOfStream}); err != nil {
			t.Fatal(err)
		}
		if len(s.Files()) != 1 {
			t.Errorf("files %v", s.Files())
		}
		img := decode(t, p.Path)
		var blue [][2]int
		for y := range img.Bounds().Dy() {
			for x := range img.Bounds().Dx() {
				if c := color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA); int(c.B) > int(c.R)+60 {
					blue = append(blue, [2]int{x, y})
				}
			}
		}
		return blue
	}
	// A low pass falls to the right, and its curve is one line from edge to edge.
	points := draw(TuningParams{Low: 50}, decaying(500, 0.95))
	if len(points) == 0 {
		t.Fatal("no line is seen")
	}
	left, right := points[0], points[0]
	for _, p := range points {
		if p[0] < left[0] {
			left = p
		}
		if p[0] > right[0] {
			right = p
		}
	}
	if right[0]-left[0] < smallSize.Width-5 || right[1] <= left[1] {
		t.Errorf("the curve goes from %v to %v", left, right)
	}
	if silent := draw(TuningParams{}, stages.MakeFrames(10, 2)); len(silent) == 0 {
		t.Error("silence has no line at the lower edge")
	}
}

func TestImpossibleTuningCurvesAreRefused(t *testing.T) {
	for _, c := range []struct {
		channels int
		p        TuningParams
		want     string
	}{
		{1, TuningParams{Path: "a.jpg"}, "want .png or .svg"},
		{257, TuningParams{Path: "a.png"}, "257 channels: want at most 256"},
		{1, TuningParams{Path: "a.png", Low: -1}, "from -1 Hz to 4000 Hz"},
		{1, TuningParams{Path: "a.png", High: 4001}, "half the rate, 4000 Hz"},
		{1, TuningParams{Path: "a.png", Low: 100, High: 100}, "want them in ascending order"},
		{1, TuningParams{Path: "a.png", Range: -1}, "a range of -1 dB"},
		{1, TuningParams{Path: "a.png", Size: Size{1, 1}}, "1 × 1 pixels"},
	} {
		_, err := NewTuning(frameInput{stages.Format{Rate: 8000, Channels: c.channels, Frames: 1}}, c.p)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want one with %q", err, c.want)
		}
	}
}
