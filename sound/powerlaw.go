package sound

import (
	"fmt"
	"math"

	"hearpipe/internal/kernel"
	"hearpipe/internal/random"
)

// PowerLawParams describes noise whose power per unit of bandwidth falls as 1/f^α.
type PowerLawParams struct {
	Length
	Rate      float64 // sample rate fs [Hz] (default 44100)
	Exponent  float64 // α: 0 white, 1 pink, 2 brown; -10 to 10
	Normalise bool    // stretch each channel to the range -1 to 1 Pa; otherwise the scale is that of [PowerLawNoise]
	Width     int     // number of channels (default 1)
	Seed      uint64  // seed of the run
	Name      string  // name of this source (default "powerlawnoise"): sources with the same seed and name are the same noise
}

// PinkNoise makes power-law noise with α = 1, whatever p.Exponent says.
func PinkNoise(p PowerLawParams) (*Sound, error) {
	p.Exponent = 1
	return PowerLawNoise(p)
}

// BrownNoise makes power-law noise with α = 2, whatever p.Exponent says.
func BrownNoise(p PowerLawParams) (*Sound, error) {
	p.Exponent = 2
	return PowerLawNoise(p)
}

// PowerLawNoise makes power-law noise of N frames: x is the inverse discrete Fourier transform, with the factor 1/N, of
// X_0 = 1 and X_k = (r_k + j·i_k)·f_k^(-α/2), f_k = k·fs/N [Hz], with independent standard normal r_k and i_k; for even N the
// last bin is real. Channels are independent. The mean of each is 1/N and the scale depends on the sample rate, as Brian Hears
// has it: set a level with [Sound.AtLevel]. Normalise maps each channel to 2·((x-min)/(max-min) - 1/2).
//
// The definition needs the whole sound at once; there is no endless form.
func PowerLawNoise(p PowerLawParams) (*Sound, error) {
	if p.Name == "" {
		p.Name = "powerlawnoise"
	}
	re := random.New(p.Seed, p.Name, "real", 0)
	im := random.New(p.Seed, p.Name, "imaginary", 0)
	return powerLaw(p, func(k, c int) (float64, float64) {
		return re.Normal(int64(c), int64(k)), im.Normal(int64(c), int64(k))
	})
}

// powerLaw makes the noise of given normal numbers: draw returns r and i of bin k of channel c; the i of a real bin is not used.
func powerLaw(p PowerLawParams, draw func(k, c int) (re, im float64)) (*Sound, error) {
	const kind = "sound.powerlawnoise"
	s, err := silentSound(kind, p.Rate, p.Length, p.Width)
	if err != nil {
		return nil, err
	}
	if !(p.Exponent >= -10 && p.Exponent <= 10) {
		return nil, fmt.Errorf("%s: exponent %g: want -10 to 10", kind, p.Exponent)
	}
	n := s.Len()
	if n == 0 {
		return s, nil
	}
	d := newDFT(n)
	bins := make([]complex128, n/2+1)
	for c := range s.data.Channels {
		bins[0] = 1
		for k := 1; k < len(bins); k++ {
			g := kernel.Pow(float64(k)*s.rate/float64(n), -p.Exponent/2)
			re, im := draw(k, c)
			bins[k] = complex(re*g, im*g)
		}
		x := d.inverse(bins)
		if p.Normalise {
			stretch(x)
		}
		s.setChannel(c, x)
	}
	return s, s.check()
}

// stretch maps x to the range -1 to 1; constant numbers become 0.
func stretch(x []float64) {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, v := range x {
		lo, hi = min(lo, v), max(hi, v)
	}
	for i, v := range x {
		if hi > lo {
			x[i] = 2 * ((v-lo)/(hi-lo) - 0.5)
		} else {
			x[i] = 0
		}
	}
}

// silentSound is a sound of zeros for a generator that needs all of it at once.
func silentSound(kind string, rate float64, length Length, width int) (*Sound, error) {
	return render(generatorOfZeros(kind, rate, length, width))
}

// setChannel copies x into channel c of a sound that nobody has seen yet.
func (s *Sound) setChannel(c int, x []float64) {
	for i, v := range x {
		s.data.Data[i*s.data.Stride+c] = v
	}
}
