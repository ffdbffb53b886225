package trains

import (
	"fmt"
	"math"
)

// CorrelogramParams says at which lags two trains are compared.
type CorrelogramParams struct {
	Width    float64 // largest lag, to either side; 0 means 20 ms [s]
	Bin      float64 // width of a bin of lags; 0 means 1 ms [s]
	Duration float64 // length of the recording; 0 means from the first spike of both trains to the last [s, T]
}

// bins returns Bin and m, the number of bins to either side: Width over Bin, rounded up.
func (p CorrelogramParams) bins() (bin float64, m int, err error) {
	width := or(p.Width, 20e-3)
	bin = or(p.Bin, 1e-3)
	if err := positive("largest lag", width, "s"); err != nil {
		return 0, 0, err
	}
	if err := positive("bin", bin, "s"); err != nil {
		return 0, 0, err
	}
	m, err = bins("lags", width, bin)
	return bin, m, err
}

// Lags returns the lag at which each of the 2m bins of a correlogram begins, in seconds: (k-m)*Bin.
func (p CorrelogramParams) Lags() ([]float64, error) {
	bin, m, err := p.bins()
	if err != nil {
		return nil, err
	}
	lags := make([]float64, 2*m)
	for k := range lags {
		lags[k] = float64(k-m) * bin
	}
	return lags, nil
}

// Correlogram returns how often a spike of train1 meets a spike of train2, per lag, in Hz. The lag is t2 - t1: a peak at
// positive lags means that train2 follows train1. With m = Width/Bin, rounded up, there are 2m bins; bin k holds the
// lags from (k-m)*Bin up to, not including, (k-m+1)*Bin. The number of pairs of spikes in a bin is divided by the time
// during which such a pair can be seen,
//
//	T - d,  d = (m-1-k)*Bin for k < m, (k-m)*Bin for k >= m,
//
// d being the lag at the inner edge. (Perkel, Gerstein and Moore 1967, with the correction for the ends of the
// recording.) All bins are NaN if a train is empty. An error is a Duration shorter than the trains, and one that leaves
// no time for the outermost bin.
func Correlogram(train1, train2 []float64, p CorrelogramParams) ([]float64, error) {
	bin, m, err := p.bins()
	if err != nil {
		return nil, err
	}
	if err := checkTwo("train 1", train1, "train 2", train2); err != nil {
		return nil, err
	}
	values := make([]float64, 2*m)
	if len(train1) == 0 || len(train2) == 0 {
		fill(values, math.NaN())
		return values, nil
	}
	duration, err := duration(train1, train2, p.Duration, float64(m-1)*bin)
	if err != nil {
		return nil, err
	}
	index := func(lag float64) float64 { return math.Floor(lag/bin + float64(m) + tolerance) }
	pairs(train1, train2, func(lag float64) int {
		switch k := index(lag); {
		case k < 0:
			return -1
		case k >= float64(2*m):
			return 1
		default:
			values[int(k)]++
			return 0
		}
	})
	for k := range values {
		d := k - m
		if k < m {
			d = m - 1 - k
		}
		values[k] /= duration - float64(bin*float64(d))
	}
	return values, nil
}

// Autocorrelogram is the [Correlogram] of a train with itself. Each spike is paired with itself too, at lag 0.
func Autocorrelogram(train []float64, p CorrelogramParams) ([]float64, error) {
	return Correlogram(train, train, p)
}

// CrossCorrelation returns the cross-correlation function <T1(t) T2(t+s)> of two trains per bin of the lag s, in Hz²:
// the [Correlogram] divided by the width of a bin.
func CrossCorrelation(train1, train2 []float64, p CorrelogramParams) ([]float64, error) {
	values, err := Correlogram(train1, train2, p)
	bin := or(p.Bin, 1e-3)
	for k := range values {
		values[k] /= bin
	}
	return values, err
}

// Autocorrelation is the [CrossCorrelation] of a train with itself, in Hz²; lag 0 holds the pairs of each spike with
// itself too.
func Autocorrelation(train []float64, p CorrelogramParams) ([]float64, error) {
	return CrossCorrelation(train, train, p)
}

// CrossCovariance returns the cross-covariance function <T1(t) T2(t+s)> - <T1><T2> of two trains per bin of the lag s,
// in Hz²: the [CrossCorrelation] minus the product of their rates ([Rate]). Independent trains have 0 on average. It is
// NaN if a train has fewer than two spikes.
func CrossCovariance(train1, train2 []float64, p CorrelogramParams) ([]float64, error) {
	values, err := CrossCorrelation(train1, train2, p)
	product := rate(train1) * rate(train2)
	for k := range values {
		values[k] -= float64(product)
	}
	return values, err
}

// Autocovariance is the [CrossCovariance] of a train with itself, in Hz²; lag 0 holds the pairs of each spike with itself
// too.
func Autocovariance(train []float64, p CorrelogramParams) ([]float64, error) {
	return CrossCovariance(train, train, p)
}

// TotalCorrelationParams says up to which lag two trains are compared.
type TotalCorrelationParams struct {
	Width    float64 // largest lag, to either side; 0 means 20 ms [s]
	Duration float64 // length of the recording; 0 means from the first spike of both trains to the last [s, T]
}

// TotalCorrelation returns the integral of the cross-covariance over the lags, relative to the rate r1 of train1: how many
// spikes of train2 come with a spike of train1 beyond those expected by chance, a number without unit and mostly
// between 0 and 1,
//
//	sum over pairs with -Width <= t2-t1 < Width of 1/(T - |t2-t1|) / r1  -  2 Width r2,
//
// r1 and r2 being the rates of [Rate]. It is not symmetric. It is NaN if a train has fewer than two spikes. An error is
// a Duration shorter than the trains or not longer than Width.
func TotalCorrelation(train1, train2 []float64, p TotalCorrelationParams) (float64, error) {
	width := or(p.Width, 20e-3)
	if err := positive("largest lag", width, "s"); err != nil {
		return 0, err
	}
	if err := checkTwo("train 1", train1, "train 2", train2); err != nil {
		return 0, err
	}
	if len(train1) < 2 || len(train2) < 2 {
		return math.NaN(), nil
	}
	duration, err := duration(train1, train2, p.Duration, width)
	if err != nil {
		return 0, err
	}
	slack := float64(tolerance * width) // the borders have the tolerance of those of bins
	sum := 0.0
	pairs(train1, train2, func(lag float64) int {
		switch {
		case lag < -width-slack:
			return -1
		case lag >= width-slack:
			return 1
		default:
			sum += 1 / (duration - math.Abs(lag))
			return 0
		}
	})
	chance := float64(float64(2*width) * rate(train2))
	return sum/rate(train1) - chance, nil
}

// pairs calls count with the lags t2 - t1 of all pairs of spikes that may be near enough. count says where the lag lies:
// below the range (-1), in it (0), above it (1). The order is that of train1, then of train2.
func pairs(train1, train2 []float64, count func(lag float64) int) {
	first := 0 // no later spike of train1 is nearer to those before
	for _, t1 := range train1 {
		for j := first; j < len(train2); j++ {
			where := count(train2[j] - t1)
			if where < 0 {
				first = j + 1
			}
			if where > 0 {
				break
			}
		}
	}
}

// duration returns the length of the recording of two trains that are not empty: given, or their span if that is 0. It
// must hold the trains, and exceed the lag that is asked for.
func duration(train1, train2 []float64, given, lag float64) (float64, error) {
	span := max(train1[len(train1)-1], train2[len(train2)-1]) - min(train1[0], train2[0])
	if err := notNegative("duration", given, "s"); err != nil {
		return 0, err
	}
	if given == 0 {
		if span <= lag {
			return 0, fmt.Errorf("trains: lags of %g s, but the spikes lie within %g s: want a duration of the recording, or smaller lags", lag, span)
		}
		return span, nil
	}
	if given < float64(span*(1-1e-9)) {
		return 0, fmt.Errorf("trains: duration of %g s, but the spikes span %g s: want at least that", given, span)
	}
	if given <= lag {
		return 0, fmt.Errorf("trains: duration of %g s, but lags of %g s: want a longer duration, or smaller lags", given, lag)
	}
	return given, nil
}

func fill(dst []float64, v float64) {
	for i := range dst {
		dst[i] = v
	}
}
