package trains

import (
	"fmt"
	"math"

	"hearpipe/internal/kernel"
)

// VanRossumParams says how fast the trace of a spike decays, and in which time the traces are compared.
type VanRossumParams struct {
	Tau      float64 // time constant; 0 means 2 ms [s, τ]
	DT       float64 // step of a simulation; 0 means continuous time [s, dt]
	Duration float64 // the traces are compared from time 0 to this time, and later spikes are left out; 0 means all time [s]
}

// VanRossum returns the distance of two trains as van Rossum (2001) defines it, squared: each spike adds 1 to a trace of
// its train that decays with τ, and the squared difference of the traces f and g is integrated over time,
//
//	D² = 1/τ ∫ (f-g)² dt = ½ ΣΣ ± exp(-|t-t'|/τ),
//
// the double sum running over all pairs of spikes of both trains, with + for spikes of the same train and - for others.
// One spike more or less costs ½; two trains of one spike that is shifted far cost 1. D² has no unit, is symmetric, and 0
// for equal trains; its square root is a metric.
//
// If DT is set, time goes in steps: spikes are moved to the nearest step, in each step a trace decays by exp(-dt/τ) and
// then gets its spikes, and D² = dt/τ Σ (f-g)², as in the monitor VanRossumMetric of Brian 1.4. For dt much
// shorter than τ this tends to the former. Without a Duration the sum goes on until the traces have decayed. With one,
// it ends before that time; spikes before time 0 are then an error.
func VanRossum(train1, train2 []float64, p VanRossumParams) (float64, error) {
	if err := p.check(); err != nil {
		return 0, err
	}
	if err := checkTwo("train 1", train1, "train 2", train2); err != nil {
		return 0, err
	}
	times1, err := p.times(train1)
	if err != nil {
		return 0, err
	}
	times2, err := p.times(train2)
	if err != nil {
		return 0, err
	}
	return p.distance(times1, times2), nil
}

// VanRossumMatrix returns the squared distances of [VanRossum] of each train to each: row i, column j is that of trains i
// and j. It is symmetric with a diagonal of 0.
func VanRossumMatrix(trains [][]float64, p VanRossumParams) ([][]float64, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	if err := checkAll(trains); err != nil {
		return nil, err
	}
	times := make([][]float64, len(trains))
	for i, train := range trains {
		var err error
		if times[i], err = p.times(train); err != nil {
			return nil, err
		}
	}
	matrix := make([][]float64, len(trains))
	for i := range matrix {
		matrix[i] = make([]float64, len(trains))
		for j := range i {
			matrix[i][j] = p.distance(times[i], times[j])
			matrix[j][i] = matrix[i][j]
		}
	}
	return matrix, nil
}

func (p VanRossumParams) check() error {
	if err := positive("time constant", or(p.Tau, 2e-3), "s"); err != nil {
		return err
	}
	if err := notNegative("step", p.DT, "s"); err != nil {
		return err
	}
	return notNegative("duration", p.Duration, "s")
}

// times returns the times of the spikes that count: in seconds, or in steps if there are any.
func (p VanRossumParams) times(train []float64) ([]float64, error) {
	if p.Duration > 0 && len(train) > 0 && train[0] < 0 {
		return nil, fmt.Errorf("trains: spike at %g s, but traces are compared from 0 to %g s: want times from 0 on, or no duration", train[0], p.Duration)
	}
	times, end := train, p.end()
	if p.DT > 0 {
		times = make([]float64, len(train))
		for i, t := range train {
			times[i] = math.Round(t / p.DT)
		}
	}
	for len(times) > 0 && times[len(times)-1] >= end {
		times = times[:len(times)-1]
	}
	return times, nil
}

// end is where the traces are no longer compared, in the unit of times.
func (p VanRossumParams) end() float64 {
	switch {
	case p.Duration == 0:
		return math.Inf(1)
	case p.DT > 0:
		return math.Round(p.Duration / p.DT)
	default:
		return p.Duration
	}
}

// distance integrates the squared difference of the traces from spike to spike: between two spikes it decays
// exponentially, in steps as in continuous time, so that its integral is a closed form.
func (p VanRossumParams) distance(times1, times2 []float64) float64 {
	tau := or(p.Tau, 2e-3)
	decay, scale := 1/tau, 0.5
	if p.DT > 0 {
		decay = p.DT / tau
		// n steps of a squared difference of 1: dt/τ (1 + q² + ... + q^(2n-2)) = scale (1 - q^(2n)), q = exp(-dt/τ).
		scale = decay / -kernel.Expm1(-2*decay)
	}
	end := p.end()
	total, difference := 0.0, 0.0
	for i, j := 0, 0; i < len(times1) || j < len(times2); {
		now := math.Inf(1)
		if i < len(times1) {
			now = times1[i]
		}
		if j < len(times2) {
			now = min(now, times2[j])
		}
		added := 0 // whole numbers first, so that the distance there is the distance back by bits
		for ; i < len(times1) && times1[i] == now; i++ {
			added++
		}
		for ; j < len(times2) && times2[j] == now; j++ {
			added--
		}
		difference += float64(added)
		next := end
		if i < len(times1) {
			next = min(next, times1[i])
		}
		if j < len(times2) {
			next = min(next, times2[j])
		}
		lasts := (next - now) * decay
		total += float64(difference * difference * scale * -kernel.Expm1(-2*lasts))
		difference *= kernel.Exp(-lasts)
	}
	return total
}

// VictorPurpura returns the distance of two trains of Victor and Purpura (1996): the least cost of turning one train into
// the other, where adding or deleting a spike costs 1 and shifting a spike by Δt costs |Δt| times cost, in 1/s.
// Spikes more than 2/cost apart are never shifted into one another. With cost 0 the distance is that of the numbers of
// spikes, with +Inf only equal times match. It has no unit, and for a positive cost is a metric.
//
// G(i, j) = min(G(i-1, j) + 1, G(i, j-1) + 1, G(i-1, j-1) + cost |t_i - t'_j|) takes time in proportion to the product of
// the numbers of spikes and memory for the shorter train.
func VictorPurpura(train1, train2 []float64, cost float64) (float64, error) {
	if !(cost >= 0) {
		return 0, fmt.Errorf("trains: cost of %g per second: want 0 or more", cost)
	}
	if err := checkTwo("train 1", train1, "train 2", train2); err != nil {
		return 0, err
	}
	if len(train1) < len(train2) {
		train1, train2 = train2, train1
	}
	row := make([]float64, len(train2)+1) // G(i, 0...)
	for j := range row {
		row[j] = float64(j)
	}
	for i, t1 := range train1 {
		diagonal := row[0] // G(i-1, j-1)
		row[0] = float64(i + 1)
		for j, t2 := range train2 {
			shift := 0.0
			if t1 != t2 { // 0 times an infinite cost is 0
				shift = math.Abs(t1-t2) * cost
			}
			best := min(row[j+1]+1, row[j]+1, diagonal+float64(shift))
			diagonal, row[j+1] = row[j+1], best
		}
	}
	return row[len(train2)], nil
}
