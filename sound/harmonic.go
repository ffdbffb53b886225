package sound

import (
	"context"
	"fmt"
	"math"

	"hearpipe/internal/kernel"
	"hearpipe/stages"
)

// HarmonicParams describes a harmonic complex.
type HarmonicParams struct {
	Length
	Rate        float64      // sample rate fs [Hz] (default 44100)
	Fundamental float64      // f0 [Hz], above 0, at most fs/2
	Amplitude   []float64    // A [Pa] of each harmonic, or one for all (default 1)
	Phase       []float64    // φ [rad] of each harmonic, or one for all (default 0)
	Width       int          // number of channels (default 1), all the same
	Channels    stages.Range // channels to compute (default: all)
}

// HarmonicComplex makes a sound of harmonics; see [NewHarmonicComplex].
func HarmonicComplex(p HarmonicParams) (*Sound, error) { return render(NewHarmonicComplex(p)) }

// NewHarmonicComplex makes a stream of Σ A_h·sin(φ_h + 2π·(h·f0)·t), h = 1 ... H, added in this order. A list of more than one amplitude or
// phase sets H; without one it is floor(fs/(2·f0)), all harmonics up to half the sample rate. Lists of different lengths, and harmonics
// beyond half the sample rate, are errors.
func NewHarmonicComplex(p HarmonicParams) (*Generator, error) {
	const kind = "sound.harmoniccomplex"
	rate := rateOf(p.Rate)
	if !(p.Fundamental > 0 && p.Fundamental <= rate/2) {
		return nil, fmt.Errorf("%s: fundamental %g Hz: want above 0 Hz, at most %g Hz", kind, p.Fundamental, rate/2)
	}
	if len(p.Amplitude) == 0 {
		p.Amplitude = []float64{1}
	}
	if len(p.Phase) == 0 {
		p.Phase = []float64{0}
	}
	count := max(len(p.Amplitude), len(p.Phase))
	most := math.Floor(rate / (2 * p.Fundamental))
	if count == 1 {
		count = int(min(most, 1<<40))
	}
	if float64(count) > min(most, 1<<20) {
		return nil, fmt.Errorf("%s: %d harmonics of %g Hz: want at most %g below half the sample rate, and at most 2^20", kind, count, p.Fundamental, most)
	}
	var err error
	t := &harmonics{rate: rate, omega: make([]float64, count)}
	if t.amplitude, err = spreadOver("harmonic", "amplitude", "Pa", p.Amplitude, count); err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	if t.phase, err = spreadOver("harmonic", "phase", "rad", p.Phase, count); err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	for h := range t.omega {
		t.omega[h] = 2 * math.Pi * (float64(h+1) * p.Fundamental)
	}
	return generator(kind, rate, p.Length, max(p.Width, 1), p.Channels, t)
}

// spreadOver gives each of n things its value of a list of one or n finite numbers.
func spreadOver(thing, name, unit string, list []float64, n int) ([]float64, error) {
	if len(list) != 1 && len(list) != n {
		return nil, fmt.Errorf("%d values of %s for %d %ss: want 1 or %d", len(list), name, n, thing, n)
	}
	all := make([]float64, n)
	for i := range all {
		v := list[min(i, len(list)-1)]
		if v-v != 0 {
			return nil, fmt.Errorf("%s of %s %d is %g %s: want a finite number", name, thing, i, v, unit)
		}
		all[i] = v
	}
	return all, nil
}

// harmonics fills frames with the sum of sines.
type harmonics struct {
	rate                    float64
	omega, amplitude, phase []float64 // of each harmonic: 2πf [rad/s], [Pa], [rad]
}

// Fill implements [stages.Filler].
func (t *harmonics) Fill(_ context.Context, at int64, dst stages.Frames) (int, error) {
	for i := range dst.N {
		time := float64(at+int64(i)) / t.rate
		x := 0.0
		for h, w := range t.omega {
			x += float64(t.amplitude[h] * kernel.Sin(t.phase[h]+float64(w*time)))
		}
		row := dst.Row(i)
		for c := range row {
			row[c] = x
		}
	}
	return dst.N, nil
}
