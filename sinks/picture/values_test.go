package picture

import (
	"math"
	"path/filepath"
	"testing"

	"hearpipe/stages"
)

func TestASpikeIsDrawnWhereAndWhenItHappened(t *testing.T) {
	// As many cells as rows and as many frames as columns, so that a mark is exactly one pixel when there are many.
	w, h := smallSize.Width, smallSize.Height
	r, err := NewRaster(spikeInput{format(h, 100)}, RasterParams{Path: filepath.Join(t.TempDir(), "r.png"), Size: smallSize})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Open(t.Context(), r.Input().Format()); err != nil {
		t.Fatal(err)
	}
	var list []stages.Spike
	for at := range w {
		for c := range h {
			if (at*31+c*17)%4 == 0 {
				list = append(list, stages.Spike{At: int64(at), Cell: int32(100 + c)})
			}
		}
	}
	if err := r.WriteSpikes(t.Context(), stages.Spikes{List: list, End: int64(w)}); err != nil {
		t.Fatal(err)
	}
	if r.dot() != 1 {
		t.Fatalf("marks of %d pixels", r.dot())
	}
	density := r.density(int64(w))
	img := r.paint(int64(w))
	for at := range w {
		for c := range h {
			want := 0.0
			if (at*31+c*17)%4 == 0 {
				want = 1
			}
			if got := density[c*w+at]; got != want {
				t.Fatalf("frame %d, cell %d: density %v, want %v", at, c, got, want)
			}
			if _, _, _, a := img.At(at, h-1-c).RGBA(); (a > 0) != (want > 0) {
				t.Fatalf("frame %d, cell %d: ink %d, want some: %v", at, c, a, want > 0)
			}
		}
	}
	if r.Spikes() != int64(len(list)) {
		t.Errorf("counted %d of %d spikes", r.Spikes(), len(list))
	}
	r.Abort(false)
}

func TestNoSpikeIsLostInDensity(t *testing.T) {
	for _, frames := range []int{37, 500, 3000} {
		const cells = 200 // several per row
		r, err := NewRaster(spikeInput{format(cells, 0)}, RasterParams{Path: filepath.Join(t.TempDir(), "r.png"), Size: smallSize})
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Open(t.Context(), r.Input().Format()); err != nil {
			t.Fatal(err)
		}
		list := firing(frames, cells, 0)
		if err := r.WriteSpikes(t.Context(), stages.Spikes{List: list, End: int64(frames)}); err != nil {
			t.Fatal(err)
		}
		total := 0.0
		for _, d := range r.density(int64(frames)) {
			total += d
		}
		// Every mark is at least dot × dot pixels, but for those at the right edge.
		dot := float64(r.dot() * r.dot())
		if frames < smallSize.Width {
			dot = float64(r.dot()) * max(float64(r.dot()), 2)
		}
		if got := total / dot; math.Abs(got-float64(len(list))) > 0.05*float64(len(list)) {
			t.Errorf("%d frames: the density adds to %.1f spikes of %d", frames, got, len(list))
		}
		r.Abort(false)
	}
}

func TestDenserPlacesAreDarkerAndSingleSpikesAreSeen(t *testing.T) {
	const peak = 10
	last := uint8(0)
	for d := 1; d <= peak; d++ {
		ink := inkOf(float64(d), peak).A
		if ink <= last {
			t.Errorf("%d spikes have ink %d, one fewer %d", d, ink, last)
		}
		last = ink
	}
	if one := inkOf(1, peak).A; one < 60 {
		t.Errorf("one spike among %d has ink %d", peak, one)
	}
	if last != 255 || inkOf(2*peak, peak).A != 255 || inkOf(0, peak).A != 0 {
		t.Errorf("ink %d at the peak, %d beyond, %d for none", last, inkOf(2*peak, peak).A, inkOf(0, peak).A)
	}
	if p := peakDensity(nil); p != 1 {
		t.Errorf("peak of nothing: %v", p)
	}
}

// reduced computes what a pixel shows the slow way: from all samples of the frames and channels on it.
func reduced(x stages.Frames, how Reduce, fromFrame, toFrame, fromChannel, toChannel int) float64 {
	sum, squares, top, n := 0.0, 0.0, math.Inf(-1), 0.0
	for i := fromFrame; i < toFrame; i++ {
		for c := fromChannel; c < toChannel; c++ {
			v := x.At(i, c)
			sum, squares, top = sum+v, squares+v*v, max(top, v)
			n++
		}
	}
	switch how {
	case Mean:
		return sum / n
	case RMS:
		return math.Sqrt(squares / n)
	default:
		return top
	}
}

func TestPixelsReduceAllSamplesOnThem(t *testing.T) {
	w, h := smallSize.Width, smallSize.Height
	for _, how := range []Reduce{Mean, Max, RMS} {
		for _, perPixel := range []int{1, 8, 25} { // 25 is no power of two: bins are shared by columns
			const perRow = 3
			frames := w * perPixel
			x := noise(frames, h*perRow)
			s, err := NewCochleagram(frameInput{format(h*perRow, 0)}, CochleagramParams{
				Path: filepath.Join(t.TempDir(), "c.png"), Size: smallSize, Reduce: how,
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Open(t.Context(), s.Input().Format()); err != nil {
				t.Fatal(err)
			}
			if err := s.WriteFrames(t.Context(), 0, x); err != nil {
				t.Fatal(err)
			}
			s.flush()
			if s.grid.width*2*int64(w) < int64(frames) {
				t.Fatalf("bins of %d frames for %d", s.grid.width, frames)
			}
			values := s.values()
			worst, sum, wantSum := 0.0, 0.0, 0.0
			for column := range w {
				for row := range h {
					got := values[column*h+row]
					want := reduced(x, how, column*perPixel, (column+1)*perPixel, row*perRow, (row+1)*perRow)
					worst = max(worst, math.Abs(got-want))
					sum += got * math.Abs(got)
					wantSum += want * math.Abs(want)
				}
			}
			if perPixel != 25 && worst > 1e-12 {
				t.Errorf("%s of %d frames per pixel: off by %g", how, perPixel, worst)
			}
			// A bin on the border of two columns is shown in both in proportion; the power stays the same.
			if how == RMS && math.Abs(sum-wantSum) > 1e-3*wantSum {
				t.Errorf("%d frames per pixel: power %v, want %v", perPixel, sum, wantSum)
			}
			s.Abort(false)
		}
	}
}

func TestColoursCoverTheValues(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		values    []float64
		decibels  float64
		low, high float64
	}{
		{[]float64{0.5, 2, 1}, 0, 0, 2},
		{[]float64{-3, nan, inf, 2}, 0, -3, 2},
		{[]float64{0, 0}, 0, 0, 1},
		{nil, 0, 0, 1},
		{[]float64{1, 10}, 40, -40, 0},
	} {
		s := Cochleagram{p: CochleagramParams{Decibels: c.decibels}}
		if low, high := s.colourRange(c.values); low != c.low || high != c.high {
			t.Errorf("%v: %v to %v, want %v to %v", c.values, low, high, c.low, c.high)
		}
	}
	levels := []float64{10, 1, 1e-9, 0, -5, nan}
	s := Cochleagram{p: CochleagramParams{Decibels: 40}}
	s.colourRange(levels)
	for i, want := range []float64{0, -20, -40, -40, -40} {
		if math.Abs(levels[i]-want) > 1e-12 {
			t.Errorf("level %d is %v dB, want %v", i, levels[i], want)
		}
	}
	if !math.IsNaN(levels[5]) || colourOf(nan, 0, 1) != noColour || colourOf(inf, 0, 1) != palette[255] {
		t.Error("values that are not numbers are hidden")
	}
}

func TestLightnessOfThePaletteGrows(t *testing.T) {
	last := -1.0
	for i, c := range palette {
		y := 0.2126*float64(c.R) + 0.7152*float64(c.G) + 0.0722*float64(c.B)
		if y < last {
			t.Errorf("colour %d is darker than the one before", i)
		}
		last = y
	}
}

func TestWaveformsKeepTheirExtremes(t *testing.T) {
	s := all(t, t.TempDir(), ".png")["waveform"].(*Waveform)
	if err := s.Open(t.Context(), s.Input().Format()); err != nil {
		t.Fatal(err)
	}
	x := stages.MakeFrames(length, 3)
	x.Row(1234)[1], x.Row(1235)[1], x.Row(2000)[2] = 5, -7, math.NaN()
	if err := s.WriteFrames(t.Context(), 0, x); err != nil {
		t.Fatal(err)
	}
	tr := s.trace(1, length)
	var whole extent
	for b, e := range tr.bins {
		whole = whole.join(e)
		if at := int(1234 / s.grid.width); (e.high == 5) != (b == at) {
			t.Errorf("bin %d of %d frames reaches %v", b, s.grid.width, e.high)
		}
	}
	if whole.low != -7 || whole.high != 5 {
		t.Errorf("range %v to %v, want -7 to 5", whole.low, whole.high)
	}
	for _, e := range s.trace(2, length).bins {
		if e.low != 0 || e.high != 0 || !e.some {
			t.Errorf("the channel with a NaN: %+v", e)
		}
	}
	finish(t, s, length)
}
