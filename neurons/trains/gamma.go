package trains

import (
	"errors"
	"fmt"
	"math"
)

// GammaFactorParams says which spikes count as the same, and how a wrong number of spikes is punished.
type GammaFactorParams struct {
	Coincidence CoincidenceParams // when spikes coincide
	RateWeight  float64           // subtracted from the gamma factor per relative error of the number of spikes; 0 or more; for fitting
}

// GammaFactor returns how well a source train (of a model) predicts a target train (of a recording), relative to chance
// (Jolivet et al. 2008): 1 for identical trains, about 0 for a source that is independent of the target,
//
//	Γ = (N_c - 2δ r N_t) / (½ (1 - 2δ r) (N_t + N_m)),
//
// N_c being the number of [Coincidences] within the window δ, N_m and N_t those of the spikes of source and target, and r
// the rate of the target ([Rate]; 0 if it has one spike). It is 0 if either train is empty. If RateWeight is set,
// RateWeight |N_m - N_t|/N_t is subtracted. A window so wide that 2δ r is 1 or more is an error: all spikes would
// coincide by chance.
func GammaFactor(source, target []float64, p GammaFactorParams) (float64, error) {
	return GammaFactorOfTrials(source, [][]float64{target}, p)
}

// GammaFactorOfTrials is [GammaFactor] for several recordings of one cell under the same stimulus: coincidences and
// target spikes are summed over the trials, the source counts once per trial, and r is the mean of the trials' rates.
func GammaFactorOfTrials(source []float64, targets [][]float64, p GammaFactorParams) (float64, error) {
	if len(targets) == 0 {
		return 0, errors.New("trains: no target train: want at least one")
	}
	if err := notNegative("weight of the rate", p.RateWeight, ""); err != nil {
		return 0, err
	}
	sum, rates := Matches{}, 0.0
	for k, target := range targets {
		m, err := Coincidences(source, target, p.Coincidence)
		if err != nil {
			return 0, fmt.Errorf("trial %d: %w", k, err)
		}
		sum.Count += m.Count
		sum.Source += m.Source
		sum.Target += m.Target
		if m.Target > 1 {
			rates += rate(target[len(target)-m.Target:])
		}
	}
	if sum.Source == 0 || sum.Target == 0 {
		return 0, nil
	}
	window, r := p.Coincidence.window(), rates/float64(len(targets))
	chance := 2 * window * r
	if chance >= 1 {
		return 0, fmt.Errorf("trains: window of %g s around spikes at %g Hz covers all time: want less than %g s", window, r, 0.5/r)
	}
	matches, source1, target1 := float64(sum.Count), float64(sum.Source), float64(sum.Target)
	gamma := (matches - float64(chance*target1)) / (0.5 * (1 - float64(chance)) * (target1 + source1))
	return gamma - float64(p.RateWeight*math.Abs(source1-target1)/target1), nil
}
