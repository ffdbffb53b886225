package trains

import (
	"fmt"
	"math"

	"hearpipe/internal/kernel"
)

// VectorStrength returns how well a train is locked to a rhythm of the given period in seconds (Goldberg and Brown 1969):
//
//	|mean over spikes of exp(2πi t/period)|,
//
// 1 if all spikes have the same phase, near 0 if they have none. It is NaN for an empty train.
func VectorStrength(train []float64, period float64) (float64, error) {
	if err := positive("period", period, "s"); err != nil {
		return 0, err
	}
	if err := check("train", train); err != nil {
		return 0, err
	}
	if len(train) == 0 {
		return math.NaN(), nil
	}
	x, y := 0.0, 0.0
	for _, t := range train {
		turns := t / period
		sin, cos := kernel.Sincos(2 * math.Pi * (turns - math.Floor(turns)))
		x += cos
		y += sin
	}
	return kernel.Hypot(x, y) / float64(len(train)), nil
}

// SpikeTriggeredAverageParams says which part of a stimulus before each spike is averaged.
type SpikeTriggeredAverageParams struct {
	MaxInterval float64 // length of the average, rounded to the nearest number of samples, 1 at least [s]
	DT          float64 // interval between two samples of the stimulus, the first of which is at time 0 [s, dt]
	Onset       float64 // spikes up to this time are not used; 0 or more [s]
}

// TriggeredAverage is the mean stimulus before a spike.
type TriggeredAverage struct {
	// Values is the average going back in time: Values[k] is the mean of the samples k+1 before the sample in which the
	// spikes fell.
	Values []float64
	// Times are as many points, evenly spaced from 0 to MaxInterval inclusive, in seconds before the spike. Brian 1.4 has
	// this axis; the values are DT apart, a little less than its points.
	Times []float64
	// Spikes is the number of spikes used.
	Spikes int
}

// SpikeTriggeredAverage returns the mean of the stimulus before a spike, also called reverse correlation (de Boer and
// Kuyper 1968). With L = MaxInterval/DT, it uses the spikes later than both Onset and MaxInterval that have L samples
// before them; a spike at t lies in sample s = floor(t/DT):
//
//	Values[k] = mean over spikes of stimulus[s-1-k],  k = 0 ... L-1.
//
// (Brian 1.4 divides by the number of all spikes minus one.) The values are NaN if no spike is used. A spike after
// the end of the stimulus is an error.
func SpikeTriggeredAverage(train, stimulus []float64, p SpikeTriggeredAverageParams) (TriggeredAverage, error) {
	none := TriggeredAverage{}
	if err := positive("interval of samples", p.DT, "s"); err != nil {
		return none, err
	}
	if err := positive("length of the average", p.MaxInterval, "s"); err != nil {
		return none, err
	}
	if err := notNegative("onset", p.Onset, "s"); err != nil {
		return none, err
	}
	if err := check("train", train); err != nil {
		return none, err
	}
	length := math.Round(p.MaxInterval / p.DT)
	if length < 1 || length > mostBins {
		return none, fmt.Errorf("trains: average of %g s of samples %g s apart: want 1 to %d samples", p.MaxInterval, p.DT, mostBins)
	}
	n := int(length)
	a := TriggeredAverage{Values: make([]float64, n), Times: make([]float64, n)}
	for k := 1; k < n; k++ {
		a.Times[k] = p.MaxInterval * (float64(k) / float64(n-1))
	}
	for i, t := range train {
		if t <= max(p.Onset, p.MaxInterval) {
			continue
		}
		sample := math.Floor(t/p.DT + tolerance)
		if sample > float64(len(stimulus)) {
			return none, fmt.Errorf("trains: spike %d at %g s, but the stimulus ends at %g s: want spikes within it", i, t, float64(len(stimulus))*p.DT)
		}
		s := int(sample)
		if s < n {
			continue // L was rounded up
		}
		a.Spikes++
		for k := range a.Values {
			a.Values[k] += stimulus[s-1-k]
		}
	}
	for k := range a.Values {
		a.Values[k] /= float64(a.Spikes) // 0/0 is the NaN promised
	}
	return a, nil
}
