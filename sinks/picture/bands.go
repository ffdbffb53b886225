package picture

import (
	"math"
	"slices"
)

// scale is the vertical axis of channels: the part of the height that each channel takes, and how to label it.
type scale struct {
	low, high []float64 // band of channel c, as fractions of the height, 0 at the bottom
	axis      axis
}

// newScale makes the axis of n channels, the first of which has the number first. With centre frequencies [Hz] it is
// logarithmic: the border between two channels is the geometric mean of their frequencies, the outermost bands reach as
// far outwards as inwards. Channels of one frequency share a band. Without, each channel has the same height. what names
// the channels on the axis.
func newScale(cf []float64, n, first int, what string) scale {
	s := scale{low: make([]float64, n), high: make([]float64, n)}
	if len(cf) == 0 {
		for c := range n {
			s.low[c], s.high[c] = float64(c)/float64(n), float64(c+1)/float64(n)
		}
		low, high := float64(first)-0.5, float64(first+n)-0.5
		s.axis = axis{low, high, what, wholeTicks(low, high, 8)}
		return s
	}
	logs := make([]float64, n)
	for c, f := range cf {
		logs[c] = math.Log(f)
	}
	distinct := slices.Compact(slices.Sorted(slices.Values(logs)))
	m := len(distinct)
	edges := make([]float64, m+1)
	for k := 1; k < m; k++ {
		edges[k] = (distinct[k-1] + distinct[k]) / 2
	}
	if m > 1 {
		edges[0] = 2*distinct[0] - edges[1]
		edges[m] = 2*distinct[m-1] - edges[m-1]
	} else { // a single frequency gets an octave
		edges[0], edges[1] = distinct[0]-math.Ln2/2, distinct[0]+math.Ln2/2
	}
	for c, l := range logs {
		k, _ := slices.BinarySearch(distinct, l)
		s.low[c] = (edges[k] - edges[0]) / (edges[m] - edges[0])
		s.high[c] = (edges[k+1] - edges[0]) / (edges[m] - edges[0])
	}
	s.axis = frequencyAxis(math.Exp(edges[0]), math.Exp(edges[m]))
	return s
}

// frequencyAxis is a logarithmic axis from low to high [Hz]: its values are natural logarithms of frequencies.
func frequencyAxis(low, high float64) axis {
	marks := frequencyTicks(low, high)
	for i := range marks {
		marks[i].value = math.Log(marks[i].value)
	}
	return axis{math.Log(low), math.Log(high), "centre frequency (Hz)", marks}
}

// marks assigns each channel to a line of rows low:high of a picture of the given height, 0 at the bottom. Lines do not
// overlap; channels that are thinner than a row share one.
type marks struct {
	line      []int // of channel c
	low, high []int // rows of line k
}

func newMarks(s scale, height int) marks {
	n := len(s.low)
	m := marks{line: make([]int, n)}
	order := make([]int, n)
	for c := range order {
		order[c] = c
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case s.low[a] < s.low[b]:
			return -1
		case s.low[a] > s.low[b]:
			return 1
		default:
			return 0
		}
	})
	for _, c := range order {
		low := min(int(math.Round(s.low[c]*float64(height))), height-1)
		high := max(int(math.Round(s.high[c]*float64(height))), low+1)
		k := len(m.low) - 1
		if k < 0 || high > m.high[k] { // else within the line below: of the same frequency, or thinner than a row
			if k >= 0 {
				low = max(low, m.high[k])
			}
			m.low, m.high = append(m.low, low), append(m.high, high)
			k++
		}
		m.line[c] = k
	}
	return m
}

// rows says which channels a row of a picture shows and how much of it each of them takes.
type rows struct {
	from    []int // row r has the entries from[r]:from[r+1]
	channel []int
	weight  []float64
}

func newRows(s scale, height int) rows {
	type part struct {
		channel int
		weight  float64
	}
	parts := make([][]part, height)
	for c := range s.low {
		low, high := s.low[c]*float64(height), s.high[c]*float64(height)
		for r := max(0, int(low)); r < height && float64(r) < high; r++ {
			if w := math.Min(high, float64(r+1)) - math.Max(low, float64(r)); w > 1e-9 {
				parts[r] = append(parts[r], part{c, w})
			}
		}
	}
	var all rows
	for _, p := range parts {
		all.from = append(all.from, len(all.channel))
		total := 0.0
		for _, x := range p {
			total += x.weight
		}
		for _, x := range p {
			all.channel = append(all.channel, x.channel)
			all.weight = append(all.weight, x.weight/total)
		}
	}
	all.from = append(all.from, len(all.channel))
	return all
}
