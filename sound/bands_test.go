package sound

import (
	"math"
	"strings"
	"testing"
)

// TestBandsOfNoiseHaveTheirBins: the vowel "ee" of Culling and Summerfield keeps 246 of 4096 bins, and white noise in them has a root mean
// square of √(246/4096) = 0.245.
func TestBandsOfNoiseHaveTheirBins(t *testing.T) {
	noise := must(WhiteNoise(NoiseParams{Rate: 10000, Length: Length{Seconds: 0.4096}, Seed: 1}))
	s := must(noise.KeepBands(Band{150, 300}, Band{1850, 2000}))
	z := must(s.Spectrum(SpectrumParams{Linear: true}))
	kept := 0
	for k, p := range z.Power {
		f := math.Min(z.Frequencies[k], 10000-z.Frequencies[k])
		in := f > 150 && f < 300 || f > 1850 && f < 2000
		if in != (p > 1e-6) {
			t.Errorf("%g Hz has the power %g", z.Frequencies[k], p)
		}
		if in {
			kept++
		}
	}
	if rms := s.RMS()[0]; s.Len() != 4096 || kept != 246 || math.Abs(rms-0.2451) > 0.033 { // 3 standard deviations
		t.Errorf("%d frames, %d bins, rms %g: want 4096, 246, 0.2451", s.Len(), kept, rms)
	}
	impulse := must(must(Silence(SilenceParams{Rate: 1000, Length: Length{Frames: 100}})).Fill(0, 1, 1))
	z = must(must(impulse.KeepBands(Band{100, 200})).Spectrum(SpectrumParams{Linear: true, High: 500}))
	for k, p := range z.Power {
		if in := k > 10 && k < 20; in != (p > 0.5) {
			t.Errorf("%g Hz of an impulse has the power %g", z.Frequencies[k], p)
		}
	}
	near(t, "what is kept is not changed", must(s.KeepBands(Band{-1, 5001})).View().Data, s.View().Data, 1e-14)
	for want, err := range map[string]error{
		"no bands":                     second(s.KeepBands()),
		"band 1 is 300 Hz to 300 Hz: ": second(s.KeepBands(Band{0, 1}, Band{300, 300})),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
