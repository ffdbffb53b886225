package filterbank

import (
	"fmt"
	"math"

	"hearpipe/internal/kernel"
	"hearpipe/stages"
)

// LinearChirpParams describe a bank of filters whose impulse responses are chirps, tones whose frequency changes linearly
// in time.
type LinearChirpParams struct {
	// CF holds the frequency f of each channel at the time 0 of its response [Hz], above 0 and below half the rate, in any
	// order.
	CF []float64
	// TimeConstant holds the time constants τ of the envelopes [s], above 0: one for each channel, or one for all.
	TimeConstant []float64
	// Sweep holds the changes c of frequency [Hz/s]: one for each channel, or one for all; default 1.
	Sweep []float64
	// Phase holds the phases at time 0 [rad]: one for each channel, or one for all; default 0.
	Phase    []float64
	Channels stages.Range // channels to compute; zero: all
}

// LinearGammachirp is a bank of filters with finite impulse responses, gammatones whose frequency changes linearly in time
// (Wagner et al. 2009), see [DesignLinearGammachirp].
type LinearGammachirp struct{ *FIR }

// NewLinearGammachirp makes the filters of p on a source with as many channels or with one; a single filter serves all
// channels of the source. Missing or impossible frequencies and time constants are errors that name channel and value.
func NewLinearGammachirp(src stages.Stage, p LinearChirpParams) (*LinearGammachirp, error) {
	f, err := newChirp("filterbank.linear_gammachirp", src, p, DesignLinearGammachirp)
	if err != nil {
		return nil, err
	}
	return &LinearGammachirp{f}, nil
}

// LinearGaborchirp is a bank of filters with finite impulse responses, Gabor functions whose frequency changes linearly in
// time (Wagner et al. 2009), see [DesignLinearGaborchirp].
type LinearGaborchirp struct{ *FIR }

// NewLinearGaborchirp makes the filters of p on a source with as many channels or with one; a single filter serves all
// channels of the source. Missing or impossible frequencies and time constants are errors that name channel and value.
func NewLinearGaborchirp(src stages.Stage, p LinearChirpParams) (*LinearGaborchirp, error) {
	f, err := newChirp("filterbank.linear_gaborchirp", src, p, DesignLinearGaborchirp)
	if err != nil {
		return nil, err
	}
	return &LinearGaborchirp{f}, nil
}

func newChirp(kind string, src stages.Stage, p LinearChirpParams, design func(float64, LinearChirpParams) ([][]float64, error)) (*FIR, error) {
	if src == nil {
		return nil, fmt.Errorf("%s: the source is missing", kind)
	}
	responses, err := design(src.Format().Rate, p)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	return newFIR(kind, src, FIRParams{Responses: responses, Channels: p.Channels})
}

// maxChirpTaps bounds the length of a response: a time constant given in the wrong unit is an error, not an hour of work.
const maxChirpTaps = 1 << 20

// DesignLinearGammachirp gives the impulse responses of linear gammachirps at a rate [Hz], one of equal length for each
// channel (Wagner et al. 2009). With τ_m the largest time constant, they begin at the time t_0 = -3·τ_m and have ceil(15·τ_m·rate)
// taps,
//
//	h(t) = (t-t_0)³·exp(-(t-t_0)/τ)·cos(2π·(f·t + c/2·t²) + phase)
//
// divided by the sum of their magnitudes.
func DesignLinearGammachirp(rate float64, p LinearChirpParams) ([][]float64, error) {
	return p.design(rate, 3, 15, func(s, _, tau float64) float64 { return s * s * s * kernel.Exp(-s/tau) },
		func(h []float64) (sum float64) {
			for _, x := range h {
				sum += math.Abs(x)
			}
			return sum
		})
}

// DesignLinearGaborchirp gives the impulse responses of linear gaborchirps at a rate [Hz], one of equal length for each
// channel. With τ_m the largest time constant, they begin at the time t_0 = -6·τ_m and have ceil(12·τ_m·rate) taps,
//
//	h(t) = exp(-(t/2τ)²)·cos(2π·(f·t + c/2·t²) + phase)
//
// divided by the root of the sum of their squares.
func DesignLinearGaborchirp(rate float64, p LinearChirpParams) ([][]float64, error) {
	return p.design(rate, 6, 12, func(_, t, tau float64) float64 {
		x := t / (2 * tau)
		return kernel.Exp(-float64(x * x))
	}, func(h []float64) (sum float64) {
		for _, x := range h {
			sum = math.FMA(x, x, sum)
		}
		return math.Sqrt(sum)
	})
}

// design computes responses that begin before time constants before time 0 and are length time constants long, with an
// envelope of the time since the beginning, the time and the time constant, divided by their norm.
func (p LinearChirpParams) design(rate, before, length float64, envelope func(s, t, tau float64) float64, norm func([]float64) float64) ([][]float64, error) {
	if err := checkCF(rate, p.CF); err != nil {
		return nil, err
	}
	n := len(p.CF)
	if len(p.TimeConstant) == 0 {
		return nil, fmt.Errorf("no time constants: want one, or one for each channel")
	}
	tau, err := spreadPositive("time constant", " s", p.TimeConstant, n, 0)
	if err != nil {
		return nil, err
	}
	anything := func(float64) bool { return true }
	sweep, err := spread("sweep", " Hz/s", p.Sweep, n, 1, anything, "a finite number")
	if err != nil {
		return nil, err
	}
	phase, err := spread("phase", " rad", p.Phase, n, 0, anything, "a finite number")
	if err != nil {
		return nil, err
	}
	longest := 0.0
	for _, t := range tau {
		longest = max(longest, t)
	}
	first := float64(-before * longest)
	taps := math.Ceil((float64(-(length/before-1)*first) - first) * rate)
	if taps > maxChirpTaps {
		return nil, fmt.Errorf("time constant %g s: %.0f taps: want at most %d", longest, taps, maxChirpTaps)
	}
	step := (first + 1/rate) - first // as times are counted, not as the interval is
	responses := make([][]float64, n)
	for c := range responses {
		h := make([]float64, int(taps))
		for i := range h {
			t := first + float64(float64(i)*step)
			cycles := float64(p.CF[c]*t) + float64(sweep[c]/2*float64(t*t))
			h[i] = envelope(t-first, t, tau[c]) * kernel.Cos(float64(2*math.Pi*cycles)+phase[c])
		}
		size := norm(h)
		if !(size > 0) {
			return nil, fmt.Errorf("channel %d: time constant %g s: the response has no taps that are not zero at a rate of %g Hz", c, tau[c], rate)
		}
		for i := range h {
			h[i] /= size
		}
		responses[c] = h
	}
	return responses, nil
}
