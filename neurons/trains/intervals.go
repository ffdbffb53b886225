package trains

import (
	"errors"
	"fmt"
	"math"
	"sort"
)

// Intervals returns the n-1 intervals between the n spikes of a train, in seconds, in order; none if there are fewer
// than two spikes.
func Intervals(train []float64) ([]float64, error) {
	if err := check("train", train); err != nil {
		return nil, err
	}
	if len(train) < 2 {
		return nil, nil
	}
	intervals := make([]float64, len(train)-1)
	for i := range intervals {
		intervals[i] = train[i+1] - train[i]
	}
	return intervals, nil
}

// Rate returns the mean rate of a train in Hz: the number of its intervals over their sum,
//
//	r = (n-1)/(t_last - t_first),
//
// which needs no duration of the recording. It is NaN if there are fewer than two spikes, and +Inf if all are at the
// same time.
func Rate(train []float64) (float64, error) {
	if err := check("train", train); err != nil {
		return 0, err
	}
	return rate(train), nil
}

// rate is Rate of a checked train.
func rate(train []float64) float64 {
	n := len(train)
	if n < 2 {
		return math.NaN()
	}
	return float64(n-1) / (train[n-1] - train[0])
}

// CV returns the coefficient of variation of the intervals of a train: their standard deviation (of the population:
// squares divided by the number of intervals) over their mean. It is 0 for a regular train and near 1 for a long train
// of a Poisson process; NaN if there are fewer than two spikes or all are at the same time.
func CV(train []float64) (float64, error) {
	intervals, err := Intervals(train)
	if err != nil || len(intervals) == 0 {
		return math.NaN(), err
	}
	n := float64(len(intervals))
	mean := (train[len(train)-1] - train[0]) / n
	squares := 0.0
	for _, d := range intervals {
		squares += float64((d - mean) * (d - mean))
	}
	return math.Sqrt(squares/n) / mean, nil
}

// IntervalHistogram counts the intervals of one or more trains in bins. Bin k holds intervals from edges[k] up to, not
// including, edges[k+1]; the last bin has no end. Intervals below edges[0] are not counted. An interval that lies
// below an edge by less than a billionth of it is on it. The edges, in seconds, must ascend, and not be negative.
func IntervalHistogram(trains [][]float64, edges []float64) ([]int, error) {
	if len(edges) == 0 {
		return nil, errors.New("trains: no edges of bins: want at least one")
	}
	for k, e := range edges {
		if err := notNegative(fmt.Sprintf("edge %d", k), e, "s"); err != nil {
			return nil, err
		}
		if k > 0 && e <= edges[k-1] {
			return nil, fmt.Errorf("trains: edge %d of %g s follows %g s: want ascending edges", k, e, edges[k-1])
		}
	}
	if err := checkAll(trains); err != nil {
		return nil, err
	}
	counts := make([]int, len(edges))
	for _, train := range trains {
		for i := 1; i < len(train); i++ {
			d := train[i] - train[i-1]
			above := sort.Search(len(edges), func(k int) bool { return d < float64(edges[k]*(1-1e-9)) })
			if above > 0 {
				counts[above-1]++
			}
		}
	}
	return counts, nil
}
