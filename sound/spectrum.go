package sound

import (
	"fmt"
	"math"

	"hearpipe/internal/kernel"
)

// SpectrumParams selects what of a spectrum is returned.
type SpectrumParams struct {
	Channel int     // channel of the sound (default 0)
	Low     float64 // lowest frequency [Hz], inclusive (default 0)
	High    float64 // highest frequency [Hz], inclusive (default: the top one)
	Linear  bool    // power as it is; otherwise in dB
}

// Spectrum is the discrete Fourier transform S of a sound at the frequencies k·fs/N.
type Spectrum struct {
	Frequencies []float64 // [Hz]
	Power       []float64 // |S|² [Pa²], or 10·log10(max(|S|², 1e-20)) [dB]
	Phase       []float64 // angle of S [rad], unwrapped from the first bin of the whole spectrum on
}

// powerFloor is what is shown for silence, -200 dB.
const powerFloor = 1e-20

// Spectrum transforms one channel as a whole, without a window. All N bins are there, those above half the sample rate too, which
// mirror the others; High cuts them off. The power has no scale: a tone of amplitude A in the middle of a bin has (A·N/2)².
func (s *Sound) Spectrum(p SpectrumParams) (Spectrum, error) {
	x, err := s.Channel(p.Channel)
	if err != nil {
		return Spectrum{}, err
	}
	low, high, err := band("spectrum", p.Low, p.High)
	if err != nil || len(x) == 0 {
		return Spectrum{}, err
	}
	n := len(x)
	half := newDFT(n).forward(x)
	var z Spectrum
	last := 0.0 // wrapped phase of the bin before
	turned := 0.0
	for k := range n {
		bin := complex(0, 0)
		if k < len(half) {
			bin = half[k]
		} else {
			bin = conj(half[n-k])
		}
		angle := kernel.Mod(kernel.Atan2(imag(bin), real(bin)), 2*math.Pi)
		if k == 0 {
			turned = angle
		} else {
			turned += principal(angle - last)
		}
		last = angle
		if f := float64(k) * s.rate / float64(n); f >= low && f <= high {
			power := float64(real(bin)*real(bin)) + float64(imag(bin)*imag(bin))
			z.Frequencies = append(z.Frequencies, f)
			z.Power = append(z.Power, shown(power, p.Linear))
			z.Phase = append(z.Phase, turned)
		}
	}
	return z, nil
}

// principal brings a difference of phases to -π ... π; a half turn keeps its sign.
func principal(d float64) float64 {
	if math.Abs(d) < math.Pi {
		return d
	}
	p := kernel.Mod(d+math.Pi, 2*math.Pi) - math.Pi
	if p == -math.Pi && d > 0 {
		p = math.Pi
	}
	return p
}

// shown is a power as it is, or in dB.
func shown(power float64, linear bool) float64 {
	if linear {
		return power
	}
	return 10 * kernel.Log10(max(power, powerFloor))
}

// band checks the limits of a band and fills in missing ones.
func band(kind string, low, high float64) (float64, float64, error) {
	if high == 0 {
		high = math.Inf(1)
	}
	if !(low >= 0 && high >= low) {
		return 0, 0, fmt.Errorf("sound: %s from %g Hz to %g Hz: want 0 Hz or more, in this order", kind, low, high)
	}
	return low, high, nil
}
