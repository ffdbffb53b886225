package trains

import "testing"

func TestCoincidencesByHand(t *testing.T) {
	ms := func(times ...float64) []float64 {
		for i := range times {
			times[i] *= 1e-3
		}
		return times
	}
	for _, c := range []struct {
		name                 string
		source, target       []float64
		p                    CoincidenceParams
		inclusive, exclusive int
	}{
		{"one source, three targets", ms(11), ms(10, 11, 12), CoincidenceParams{Window: 2e-3}, 3, 1},
		{"three sources, one target", ms(10, 11, 12), ms(11), CoincidenceParams{Window: 2e-3}, 1, 1},
		{"pairs", ms(10, 11.5), ms(11, 12), CoincidenceParams{Window: 2e-3}, 2, 2},
		{"at the border", ms(10), ms(12), CoincidenceParams{Window: 2e-3}, 1, 1},
		{"at the other border", ms(12), ms(10), CoincidenceParams{Window: 2e-3}, 1, 1},
		{"beyond the border", ms(10), ms(12.1), CoincidenceParams{Window: 2e-3}, 0, 0},
		{"window of 4 ms by default", ms(10, 30), ms(14, 34.1), CoincidenceParams{}, 1, 1},
		{"in steps, within", ms(10), ms(12.04), CoincidenceParams{Window: 2e-3, DT: 1e-4}, 1, 1},
		{"in steps, beyond", ms(10), ms(12.06), CoincidenceParams{Window: 2e-3, DT: 1e-4}, 0, 0},
		{"source delayed", ms(10), ms(20), CoincidenceParams{Window: 2e-3, Delay: 9e-3}, 1, 1},
		{"source delayed the other way", ms(10), ms(20), CoincidenceParams{Window: 2e-3, Delay: -9e-3}, 0, 0},
		{"delayed in steps", ms(10), ms(20), CoincidenceParams{Window: 2e-3, Delay: 9e-3, DT: 1e-4}, 1, 1},
		{"from the onset on", ms(9, 20, 31), ms(10, 20, 30), CoincidenceParams{Window: 2e-3, Onset: 20e-3}, 2, 2},
		{"onset in steps", ms(9, 20, 31), ms(10, 20, 30), CoincidenceParams{Window: 2e-3, Onset: 20.04e-3, DT: 1e-4}, 2, 2},
		{"before time 0", ms(-5), ms(-4), CoincidenceParams{}, 1, 1},
		{"the last target is taken, the next is not", ms(11, 11.2), ms(10.9, 12), CoincidenceParams{Window: 2e-3}, 2, 2},
		{"a target at the source's own time comes first", ms(10, 12), ms(9, 10), CoincidenceParams{Window: 2e-3}, 2, 1},
		{"known trains", trainA, trainB, CoincidenceParams{Window: 2e-3}, 2, 1 + 1},
		{"no source", nil, ms(1), CoincidenceParams{}, 0, 0},
	} {
		got := must[Matches](t)(Coincidences(c.source, c.target, c.p))
		if got.Count != c.inclusive {
			t.Errorf("%s: %d coincidences, want %d", c.name, got.Count, c.inclusive)
		}
		c.p.Exclusive = true
		if got := must[Matches](t)(Coincidences(c.source, c.target, c.p)); got.Count != c.exclusive {
			t.Errorf("%s: %d exclusive coincidences, want %d", c.name, got.Count, c.exclusive)
		}
	}
	got := must[Matches](t)(Coincidences(ms(9, 20, 31), ms(10, 12, 20, 30), CoincidenceParams{Onset: 12e-3}))
	if want := (Matches{Count: 2, Source: 2, Target: 3}); got != want {
		t.Errorf("from the onset on %+v, want %+v", got, want)
	}
}

func TestGammaFactorOfKnownTrains(t *testing.T) {
	one := must[float64](t)
	p := GammaFactorParams{Coincidence: CoincidenceParams{Window: 2e-3}}
	near(t, "gamma factor", one(GammaFactor(trainA, trainB, p)), 0.2005707, 2e-7)
	near(t, "gamma factor, trains swapped", one(GammaFactor(trainB, trainA, p)), 0.2707930, 2e-7)
	near(t, "gamma factor of identical trains", one(GammaFactor(trainA, trainA, p)), 1, 1e-15)
	p.RateWeight = 0.3
	near(t, "gamma factor with weight", one(GammaFactor(trainA, trainB, p)), 0.2005707-0.3/6, 3e-7)
	for _, c := range [][2][]float64{{nil, trainA}, {trainA, nil}, {nil, nil}} {
		if got := one(GammaFactor(c[0], c[1], GammaFactorParams{})); got != 0 {
			t.Errorf("gamma factor with an empty train is %g, want 0", got)
		}
	}
	// Spikes before the onset count nowhere, the rate included.
	late := p
	late.Coincidence.Onset = 20e-3
	near(t, "gamma factor from the onset on", one(GammaFactor(trainA, trainB, late)), one(GammaFactor(trainA[1:], trainB[1:], p)), 1e-15)
	// One spike has rate 0, so nothing is expected by chance: 1/(½(1+5)).
	near(t, "gamma factor of one target spike", one(GammaFactor(trainA, trainA[:1], GammaFactorParams{})), 1./3, 1e-15)
}

// N_c = 2 + 5, N_m = 2*5, N_t = 6 + 5, r the mean of 45.787546 and 36.363636 Hz.
func TestGammaFactorOverTrials(t *testing.T) {
	p := GammaFactorParams{Coincidence: CoincidenceParams{Window: 2e-3}}
	got := must[float64](t)(GammaFactorOfTrials(trainA, [][]float64{trainB, trainA}, p))
	chance := 2 * 2e-3 * (5/0.1092 + 4/0.11) / 2
	near(t, "gamma factor", got, (7-chance*11)/(0.5*(1-chance)*21), 1e-12)
}
