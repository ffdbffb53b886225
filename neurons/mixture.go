package neurons

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"hearpipe/internal/kernel"
	"hearpipe/internal/random"
)

// MixtureParams describes correlated spike trains that are mixtures of common sources (Brette 2009, Neural Computation 21,
// 188-215, section 3).
type MixtureParams struct {
	Rates   []float64   // of the sources, which are Poisson processes [Hz]
	Mixture [][]float64 // Mixture[i][k] is the probability that train i copies a spike of source k
	TauC    float64     // mean of the exponentially distributed delay of each copy [s]; 0: none
	Seconds float64     // length of the sources [s]
	Seed    uint64      // of the random numbers
}

// timed is a spike at a time that is no step yet.
type timed struct {
	at   float64 // [s]
	cell int32
}

// MixtureProcess draws correlated spike trains: the cells and times of their spikes, by time, for [GeneratorParams]. The rate
// of train i is the sum of Mixture[i][k]·Rates[k], the total correlation of trains i and j per rate of i the sum of
// Mixture[i][k]·Mixture[j][k]·Rates[k] over that rate.
func MixtureProcess(p MixtureParams) (cells []int32, times []float64, err error) {
	if !(p.Seconds >= 0) || !(p.TauC >= 0) || math.IsInf(p.Seconds+p.TauC, 0) {
		return nil, nil, fmt.Errorf("mixture process of %g s with delays of %g s: want times of 0 or more", p.Seconds, p.TauC)
	}
	for k, r := range p.Rates {
		if !(r >= 0) || math.IsInf(r, 0) {
			return nil, nil, fmt.Errorf("mixture process: rate of source %d is %g Hz: want 0 or more", k, r)
		}
	}
	for i, row := range p.Mixture {
		if len(row) != len(p.Rates) {
			return nil, nil, fmt.Errorf("mixture process: row %d of the mixture has %d probabilities for %d sources", i, len(row), len(p.Rates))
		}
		for k, q := range row {
			if !(q >= 0 && q <= 1) {
				return nil, nil, fmt.Errorf("mixture process: train %d copies source %d with probability %g: want 0 to 1", i, k, q)
			}
		}
	}
	var spikes []timed
	for k, rate := range p.Rates {
		gaps := random.New(p.Seed, "mixture", "source", k)
		copied := random.New(p.Seed, "mixture", "copy", k)
		delays := random.New(p.Seed, "mixture", "delay", k)
		t := 0.0
		for m := int64(0); rate > 0; m++ {
			t -= kernel.Log1p(-gaps.Uniform(m, 0)) / rate
			if t >= p.Seconds {
				break
			}
			for i, row := range p.Mixture {
				if copied.Uniform(int64(i), m) >= row[k] {
					continue
				}
				at := t
				if p.TauC > 0 {
					at -= float64(p.TauC * kernel.Log1p(-delays.Uniform(int64(i), m)))
				}
				spikes = append(spikes, timed{at, int32(i)})
			}
		}
	}
	slices.SortFunc(spikes, func(a, b timed) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.cell, b.cell)) })
	for _, s := range spikes {
		cells, times = append(cells, s.cell), append(times, s.at)
	}
	return cells, times, nil
}
