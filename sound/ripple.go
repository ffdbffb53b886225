package sound

import (
	"fmt"
	"math"

	"hearpipe/internal/kernel"
)

// RippleKind says how iterated ripple noise is made (Yost 1996).
type RippleKind int

// The networks of iterated ripple noise.
const (
	AddSame     RippleKind = iota // IRNS: each pass adds the delayed output of the pass before it to that output
	AddOriginal                   // IRNO: each pass delays what came out of the one before it and adds the original noise
)

// RippleParams describes the network that delays and adds.
type RippleParams struct {
	Kind       RippleKind // default AddSame
	Delay      float64    // d [s], at least 0, shorter than the sound; the pitch of the noise is 1/d
	Gain       float64    // g of the delayed part, such as 1 or 0.8
	Iterations int        // n, 1 to 10000
	// Legacy computes the products that Brian Hears computes under these names: Π (1 + binom(n,k)·g^k·E^k) for AddSame and
	// Π (1 + g^k·E^k) for AddOriginal, k = 1 ... n. They are not the networks of the paper.
	Legacy bool
}

// RippleNoiseParams describes iterated ripple noise.
type RippleNoiseParams struct {
	Length
	RippleParams
	Rate  float64 // sample rate [Hz] (default 44100)
	Width int     // number of channels (default 1)
	Seed  uint64  // seed of the run
	Name  string  // name of this source (default "irn"): sources with the same seed and name are the same noise
}

// RippleNoise makes iterated ripple noise (Yost 1996): white noise of standard deviation 1 Pa, independent in each channel, through
// [Sound.Ripple].
func RippleNoise(p RippleNoiseParams) (*Sound, error) {
	if p.Name == "" {
		p.Name = "irn"
	}
	noise, err := WhiteNoise(NoiseParams{Length: p.Length, Rate: p.Rate, Width: p.Width, Seed: p.Seed, Name: p.Name})
	if err != nil {
		return nil, fmt.Errorf("sound.irn: %w", err)
	}
	return noise.Ripple(p.RippleParams)
}

// Ripple passes each channel of a sound through a network of delays: with E(ω) = exp(-jω·d) its transform is multiplied by
// (1 + g·E)^n for AddSame and by Σ g^k·E^k, k = 0 ... n, for AddOriginal. The delay is circular, as in Brian Hears: what is delayed
// beyond the end comes back at the beginning, so that noise has its ripples from the first frame on. It may be any fraction of a frame.
func (s *Sound) Ripple(p RippleParams) (*Sound, error) {
	const kind = "sound.irn"
	n := s.data.N
	switch {
	case p.Kind != AddSame && p.Kind != AddOriginal:
		return nil, fmt.Errorf("%s: kind %d: want AddSame or AddOriginal", kind, p.Kind)
	case !(p.Delay >= 0 && (p.Delay < s.Duration() || n == 0)):
		return nil, fmt.Errorf("%s: delay %g s on a sound of %g s: want 0 s or more, and less than the sound", kind, p.Delay, s.Duration())
	case p.Gain-p.Gain != 0:
		return nil, fmt.Errorf("%s: gain %g: want a finite number", kind, p.Gain)
	case p.Iterations < 1 || p.Iterations > 10_000:
		return nil, fmt.Errorf("%s: %d iterations: want 1 to 10000", kind, p.Iterations)
	}
	t := s.each(func(x float64, _, _ int) float64 { return x })
	if n == 0 {
		return t, nil
	}
	response := make([]complex128, n/2+1)
	for k := range response {
		response[k] = p.response(2 * math.Pi * (float64(k) / float64(n)) * s.rate * p.Delay)
	}
	d := newDFT(n)
	for c := range s.data.Channels {
		x, err := s.Channel(c)
		if err != nil {
			return nil, err
		}
		bins := d.forward(x)
		for k := range bins {
			bins[k] = mul(bins[k], response[k])
		}
		t.setChannel(c, d.inverse(bins))
	}
	if err := t.check(); err != nil {
		return nil, fmt.Errorf("%s: gain %g, %d iterations: %w", kind, p.Gain, p.Iterations, err)
	}
	return t, nil
}

// response is the transfer function where E = exp(-j·angle).
func (p RippleParams) response(angle float64) complex128 {
	sin, cos := kernel.Sincos(angle)
	gE := complex(float64(p.Gain*cos), -float64(p.Gain*sin))
	h, power, binomial := complex(1, 0), complex(1, 0), 1.0
	for k := 1; k <= p.Iterations; k++ {
		switch {
		case p.Legacy:
			power = mul(power, gE)
			factor := power
			if p.Kind == AddSame {
				binomial = binomial * float64(p.Iterations-k+1) / float64(k)
				factor = complex(float64(binomial*real(power)), float64(binomial*imag(power)))
			}
			h = mul(h, 1+factor)
		case p.Kind == AddSame:
			h = mul(h, 1+gE)
		default:
			h = 1 + mul(gE, h)
		}
	}
	return h
}
