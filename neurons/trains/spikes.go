package trains

import (
	"fmt"
	"math"

	"hearpipe/stages"
)

// mostBins bounds the results that a caller can ask for: a bin given in the wrong unit is an error, not gigabytes of memory.
const mostBins = 1 << 24

// tolerance, in bins, is how far below a border a time still counts as on it.
const tolerance = 1e-6

// ByCellParams says which cells of a spike stream become trains.
type ByCellParams struct {
	Rate  float64 // frames per second of the stream, its Format().Rate; positive [Hz]
	First int     // absolute index of the first cell; 0 or more
	Cells int     // number of cells, 1 or more: cells First to First+Cells-1
}

// ByCell sorts spikes of a stream by cell: train k holds the times At/Rate of cell First+k, in seconds. Spikes of other
// cells are left out. The spikes must be ordered by time, as streams are. The result does not refer to list, which may
// be a stage's own memory.
func ByCell(list []stages.Spike, p ByCellParams) ([][]float64, error) {
	if err := positive("rate", p.Rate, "Hz"); err != nil {
		return nil, err
	}
	if p.First < 0 || p.First > math.MaxInt32 {
		return nil, fmt.Errorf("trains: first cell %d: want 0 to %d", p.First, math.MaxInt32)
	}
	if p.Cells < 1 || p.Cells > math.MaxInt32 {
		return nil, fmt.Errorf("trains: %d cells: want 1 to %d", p.Cells, math.MaxInt32)
	}
	counts := make([]int, p.Cells)
	total := 0
	for i, s := range list {
		if i > 0 && s.At < list[i-1].At {
			return nil, fmt.Errorf("trains: spike %d in frame %d comes after one in frame %d: want ascending frames", i, s.At, list[i-1].At)
		}
		if k := int(s.Cell) - p.First; 0 <= k && k < p.Cells {
			counts[k]++
			total++
		}
	}
	memory := make([]float64, total) // one piece for all trains
	trains := make([][]float64, p.Cells)
	for k, n := range counts {
		trains[k], memory = memory[:0:n], memory[n:]
	}
	for _, s := range list {
		if k := int(s.Cell) - p.First; 0 <= k && k < p.Cells {
			trains[k] = append(trains[k], float64(s.At)/p.Rate)
		}
	}
	return trains, nil
}

// check returns an error if train is not a train; name says which of a function's trains it is.
func check(name string, train []float64) error {
	for i, t := range train {
		if math.IsNaN(t) || math.IsInf(t, 0) {
			return fmt.Errorf("trains: %s: spike %d at %g s: want finite times", name, i, t)
		}
		if i > 0 && t < train[i-1] {
			return fmt.Errorf("trains: %s: spike %d at %g s comes after one at %g s: want ascending times", name, i, t, train[i-1])
		}
	}
	return nil
}

// checkTwo is check of two trains with their names.
func checkTwo(name1 string, train1 []float64, name2 string, train2 []float64) error {
	if err := check(name1, train1); err != nil {
		return err
	}
	return check(name2, train2)
}

// checkAll is check of a list of trains, named by their index.
func checkAll(trains [][]float64) error {
	for k, train := range trains {
		if err := check(fmt.Sprintf("train %d", k), train); err != nil {
			return err
		}
	}
	return nil
}

// positive returns an error if v is not a positive finite number.
func positive(what string, v float64, unit string) error {
	if !(v > 0) || math.IsInf(v, 0) {
		return fmt.Errorf("trains: %s of %g %s: want a positive number", what, v, unit)
	}
	return nil
}

// notNegative returns an error if v is not a finite number of 0 or more.
func notNegative(what string, v float64, unit string) error {
	if !(v >= 0) || math.IsInf(v, 0) {
		return fmt.Errorf("trains: %s of %g %s: want 0 or more", what, v, unit)
	}
	return nil
}

// bins returns the number of bins of width bin that cover width, an incomplete one included.
func bins(what string, width, bin float64) (int, error) {
	n := math.Ceil(width/bin - tolerance)
	if n > mostBins {
		return 0, fmt.Errorf("trains: %s of %g s in bins of %g s are %g bins: want %d at most", what, width, bin, n, mostBins)
	}
	return max(int(n), 1), nil
}

// or is v, or its default where v is 0.
func or(v, otherwise float64) float64 {
	if v == 0 {
		return otherwise
	}
	return v
}
