package trains

import (
	"fmt"
	"math"
	"sort"
)

// CoincidenceParams says which spikes of two trains count as the same.
type CoincidenceParams struct {
	Window    float64 // largest distance of two coincident spikes, to either side, itself included; 0 means 4 ms [s, δ]
	Exclusive bool    // each spike of the source matches one of the target at most; see [Coincidences]
	Delay     float64 // added to the times of the source before they are compared; may be negative [s]
	Onset     float64 // spikes before this time (of the source: after the delay) are left out; 0 means none are [s]
	DT        float64 // if not 0, times and the window are rounded to the nearest multiples of it first [s]
}

// Matches is the outcome of [Coincidences].
type Matches struct {
	Count          int // coincidences
	Source, Target int // spikes of the two trains from the onset on
}

// Coincidences counts how many spikes of the target train have a spike of the source train within the window.
//
// Normally each target spike counts that has a source spike within the window, be it shared with other target spikes. If
// Exclusive is set, the trains are matched one to one in the order of time: a source spike takes the last target spike
// not later than itself if that is free and in the window, else the next target spike if that is free and in the
// window, else none. The window has a tolerance of a billionth; so that times that were rounded to steps of a
// simulation compare as steps do, give DT.
func Coincidences(source, target []float64, p CoincidenceParams) (Matches, error) {
	if err := p.check(); err != nil {
		return Matches{}, err
	}
	if err := checkTwo("source", source, "target", target); err != nil {
		return Matches{}, err
	}
	window := p.window()
	if p.DT > 0 {
		window = math.Round(window / p.DT)
	}
	window *= 1 + 1e-9
	source, target = p.prepare(source, p.Delay), p.prepare(target, 0)
	m := Matches{Source: len(source), Target: len(target)}
	if p.Exclusive {
		m.Count = exclusive(source, target, window)
	} else {
		m.Count = inclusive(source, target, window)
	}
	return m, nil
}

func (p CoincidenceParams) check() error {
	if err := positive("window", p.window(), "s"); err != nil {
		return err
	}
	if err := notNegative("step", p.DT, "s"); err != nil {
		return err
	}
	if math.IsNaN(p.Delay) || math.IsInf(p.Delay, 0) {
		return fmt.Errorf("trains: delay of %g s: want a finite time", p.Delay)
	}
	if math.IsNaN(p.Onset) || math.IsInf(p.Onset, 0) {
		return fmt.Errorf("trains: onset at %g s: want a finite time", p.Onset)
	}
	return nil
}

func (p CoincidenceParams) window() float64 { return or(p.Window, 4e-3) }

// prepare returns the times of a train as they are compared: delayed, in steps if there are any, from the onset on.
func (p CoincidenceParams) prepare(train []float64, delay float64) []float64 {
	times, onset := make([]float64, len(train)), p.Onset
	for i, t := range train {
		times[i] = t + delay
		if p.DT > 0 {
			times[i] = math.Round(t/p.DT) + math.Round(delay/p.DT)
		}
	}
	if p.Onset == 0 {
		return times
	}
	if p.DT > 0 {
		onset = math.Round(onset / p.DT)
	}
	return times[sort.SearchFloat64s(times, onset):]
}

// inclusive counts the target spikes with a source spike in the window.
func inclusive(source, target []float64, window float64) int {
	count, next := 0, 0
	for _, t := range target {
		for next < len(source) && t-source[next] > window {
			next++ // too early for this and all later target spikes
		}
		if next < len(source) && source[next]-t <= window {
			count++
		}
	}
	return count
}

// exclusive counts the pairs of the greedy matching in the order of time.
func exclusive(source, target []float64, window float64) int {
	taken := make([]bool, len(target))
	count, next := 0, 0
	for _, s := range source {
		for next < len(target) && target[next] <= s {
			next++ // target[next-1] is the last not later than s
		}
		switch {
		case next > 0 && !taken[next-1] && s-target[next-1] <= window:
			taken[next-1] = true
			count++
		case next < len(target) && !taken[next] && target[next]-s <= window:
			taken[next] = true
			count++
		}
	}
	return count
}
