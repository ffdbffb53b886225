package picture

import (
	"math"
	"slices"
	"testing"
)

// logSpaced returns n frequencies in equal steps of their logarithm.
func logSpaced(low, high float64, n int) []float64 {
	cf := make([]float64, n)
	for c := range cf {
		cf[c] = low * math.Pow(high/low, float64(c)/float64(n-1))
	}
	return cf
}

func TestBordersLieBetweenFrequencies(t *testing.T) {
	s := newScale([]float64{100, 400, 1600}, 3, 0, "")
	// Borders at 50, 200, 800 and 3200 Hz.
	for c := range 3 {
		if math.Abs(s.low[c]-float64(c)/3) > 1e-12 || math.Abs(s.high[c]-float64(c+1)/3) > 1e-12 {
			t.Errorf("channel %d: %v to %v", c, s.low[c], s.high[c])
		}
	}
	if math.Abs(math.Exp(s.axis.min)-50) > 1e-9 || math.Abs(math.Exp(s.axis.max)-3200) > 1e-9 {
		t.Errorf("axis from %v to %v Hz", math.Exp(s.axis.min), math.Exp(s.axis.max))
	}
	if first := s.axis.ticks[0]; math.Abs(first.value-math.Log(50)) > 1e-12 || first.label != "50" {
		t.Errorf("first tick %+v", first)
	}
}

func TestChannelsOfOneFrequencyShareABand(t *testing.T) {
	s := newScale([]float64{400, 100, 100, 400}, 4, 0, "")
	if s.low[0] != s.low[3] || s.low[1] != 0 || s.low[2] != 0 || s.high[0] != 1 || s.high[1] != s.low[0] {
		t.Errorf("low %v, high %v", s.low, s.high)
	}
	if s := newScale([]float64{100, 100}, 2, 0, ""); s.low[1] != 0 || s.high[1] != 1 {
		t.Errorf("a single frequency: %v to %v", s.low, s.high)
	}
}

func TestNumbersAreAxisLabelsWithoutFrequencies(t *testing.T) {
	s := newScale(nil, 4, 100, "cell")
	if s.low[1] != 0.25 || s.high[1] != 0.5 {
		t.Errorf("channel 1 from %v to %v", s.low[1], s.high[1])
	}
	if a := s.axis; a.min != 99.5 || a.max != 103.5 || a.label != "cell" || len(a.ticks) != 4 {
		t.Errorf("axis %+v", a)
	}
}

func TestEveryRowBelongsToOneLine(t *testing.T) {
	for _, c := range []struct {
		cf     []float64
		height int
	}{
		{logSpaced(20, 20000, 5), 640},
		{logSpaced(20, 20000, 3000), 640},
		{logSpaced(20, 20000, 640), 640},
		{logSpaced(20, 20000, 900), 640},
		{[]float64{1, 1.001, 1.002, 5000, 5001, 9000}, 100},
		{[]float64{5}, 3},
	} {
		s := newScale(c.cf, len(c.cf), 0, "")
		m := newMarks(s, c.height)
		covered := 0
		for k := range m.low {
			if m.high[k] <= m.low[k] || m.low[k] != covered {
				t.Fatalf("%d cells: line %d has rows %d:%d after %d", len(c.cf), k, m.low[k], m.high[k], covered)
			}
			covered = m.high[k]
		}
		if covered != c.height {
			t.Errorf("%d cells: %d of %d rows are covered", len(c.cf), covered, c.height)
		}
		for cell, k := range m.line {
			middle := (s.low[cell] + s.high[cell]) / 2 * float64(c.height)
			if middle < float64(m.low[k])-1 || middle > float64(m.high[k])+1 {
				t.Errorf("%d cells: cell %d at row %.2f is in rows %d:%d", len(c.cf), cell, middle, m.low[k], m.high[k])
			}
		}
	}
}

func TestRowsShowAllChannelsInProportion(t *testing.T) {
	const height = 50
	for _, n := range []int{1, 3, 49, 50, 51, 700} {
		r := newRows(newScale(nil, n, 0, ""), height)
		share := make([]float64, n)
		for row := range height {
			total := 0.0
			for k := r.from[row]; k < r.from[row+1]; k++ {
				share[r.channel[k]] += r.weight[k]
				total += r.weight[k]
			}
			if math.Abs(total-1) > 1e-9 {
				t.Errorf("%d channels: the weights of row %d add to %v", n, row, total)
			}
		}
		for c, x := range share {
			if math.Abs(x-height/float64(n)) > 1e-6 {
				t.Errorf("%d channels: channel %d has %v rows, want %v", n, c, x, height/float64(n))
			}
		}
	}
}

func TestBinsMergeWithoutLoss(t *testing.T) {
	g := newTimeGrid(9, 2, func(a, b int) int { return a + b }) // 10 bins
	const frames = 1234
	for at := range int64(frames) {
		bin := g.bin(at)
		bin[0]++
		if at == 700 {
			bin[1]++
		}
	}
	if g.width != 128 || g.bins != 10 {
		t.Fatalf("%d bins of %d frames", g.bins, g.width)
	}
	total := 0
	for b := range g.bins {
		want := max(0, min(128, frames-b*128))
		if got := g.values[2*b]; got != want {
			t.Errorf("bin %d counts %d frames, want %d", b, got, want)
		}
		total += g.values[2*b+1]
	}
	if total != 1 || g.values[2*(700/128)+1] != 1 {
		t.Errorf("the event of frame 700: %v", g.values)
	}
}

func TestColumnsShareAllBins(t *testing.T) {
	g := newTimeGrid(100, 1, func(a, b int) int { return a + b })
	for _, n := range []int64{1, 37, 100} {
		for _, width := range []int{1, 30, 100, 333} {
			parts := make([]float64, 100)
			var list []share
			for x := range width {
				list = g.columns(list[:0], x, width, n)
				if !slices.IsSortedFunc(list, func(a, b share) int { return a.bin - b.bin }) || len(list) == 0 {
					t.Fatalf("column %d of %d: %v", x, width, list)
				}
				for _, s := range list {
					parts[s.bin] += s.fraction
				}
			}
			for b, p := range parts {
				want := 0.0
				if int64(b) < n {
					want = 1
				}
				if math.Abs(p-want) > 1e-6 {
					t.Errorf("%d frames on %d columns: %v of bin %d is shown", n, width, p, b)
				}
			}
		}
	}
}
