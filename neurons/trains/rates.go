package trains

import (
	"errors"
	"fmt"
	"math"

	"hearpipe/internal/kernel"
)

// PSTHParams says how spikes are counted over time.
type PSTHParams struct {
	Start    float64 // time at which the first bin begins, such as that of the stimulus [s]
	Duration float64 // time that the bins cover; the last bin may be shorter than the others [s]
	Bin      float64 // width of a bin; 0 means 1 ms [s]
}

// PSTH returns the peri-stimulus time histogram of trains (Gerstein and Kiang 1960) in Hz: the number of spikes in
// each bin over the number of trains and the width of the bin. The trains are those of trials of one cell, or of the
// cells of a population; then it is the population's rate. Bin k begins at Start + k*Bin. Spikes outside are not
// counted. Without trains it is NaN.
func PSTH(trains [][]float64, p PSTHParams) ([]float64, error) {
	bin := or(p.Bin, 1e-3)
	if math.IsNaN(p.Start) || math.IsInf(p.Start, 0) {
		return nil, fmt.Errorf("trains: start at %g s: want a finite time", p.Start)
	}
	if err := positive("duration", p.Duration, "s"); err != nil {
		return nil, err
	}
	if err := positive("bin", bin, "s"); err != nil {
		return nil, err
	}
	n, err := bins("histogram", p.Duration, bin)
	if err != nil {
		return nil, err
	}
	if err := checkAll(trains); err != nil {
		return nil, err
	}
	values := make([]float64, n)
	slack := float64(tolerance * bin)
	for _, train := range trains {
		for _, t := range train {
			at := t - p.Start
			if k := math.Floor(at/bin + tolerance); k >= 0 && k < float64(n) && at < p.Duration-slack {
				values[int(k)]++
			}
		}
	}
	for k := range values {
		width := min(bin, p.Duration-float64(float64(k)*bin))
		values[k] /= float64(len(trains)) * width
	}
	return values, nil
}

// A Window is the shape of a smoothing kernel.
type Window int

// The windows of [SmoothRate], w being the width in bins.
const (
	Gaussian Window = iota // exp(-k²/2w²) for |k| <= 2w, rounded
	Flat                   // equal weights for |k| <= w/2, rounded
)

// SmoothRateParams says how a rate is smoothed.
type SmoothRateParams struct {
	Bin    float64 // width of a bin of the rate [s]
	Width  float64 // standard deviation of the Gaussian, or length of the flat window; 0 means 1 ms [s]
	Window Window  // shape of the kernel; Gaussian by default
}

// SmoothRate returns the convolution of a rate, given per bin, with a symmetric kernel of sum 1, in the unit of the
// rate. The result has as many bins; beyond its ends the rate is taken as 0. With w = Width/Bin, a real number, the
// kernel is
//
//	Gaussian: exp(-k²/2w²),  |k| <= round(2w)
//	Flat:     1,             |k| <= round(w/2)
//
// with halves rounded to even numbers.
func SmoothRate(rate []float64, p SmoothRateParams) ([]float64, error) {
	width := or(p.Width, 1e-3)
	if err := positive("bin", p.Bin, "s"); err != nil {
		return nil, err
	}
	if err := positive("width", width, "s"); err != nil {
		return nil, err
	}
	w := width / p.Bin
	if w > mostBins {
		return nil, fmt.Errorf("trains: width of %g s in bins of %g s is %g bins: want %d at most", width, p.Bin, w, mostBins)
	}
	var half int
	var weight func(k float64) float64
	switch p.Window {
	case Gaussian:
		half = int(math.RoundToEven(2 * w))
		weight = func(k float64) float64 { return kernel.Exp(-(k / w) * (k / w) / 2) }
	case Flat:
		half = int(math.RoundToEven(w / 2))
		weight = func(float64) float64 { return 1 }
	default:
		return nil, errors.New("trains: unknown window: want Gaussian or Flat")
	}
	weights := make([]float64, half+1) // symmetric: those of k >= 0
	sum := 0.0
	for k := half; k >= 0; k-- {
		weights[k] = weight(float64(k))
		sum += weights[k]
		if k > 0 {
			sum += weights[k]
		}
	}
	for k := range weights {
		weights[k] /= sum
	}
	smooth := make([]float64, len(rate))
	for i := range smooth {
		total := 0.0
		for j := max(i-half, 0); j <= min(i+half, len(rate)-1); j++ {
			k := j - i
			if k < 0 {
				k = -k
			}
			total += float64(rate[j] * weights[k])
		}
		smooth[i] = total
	}
	return smooth, nil
}
