package filterbank

import (
	"context"
	"fmt"

	"hearpipe/stages"
)

// LogGammachirpParams describe a gammachirp filterbank.
type LogGammachirpParams struct {
	// CF holds the centre frequency f of the gammatone of each channel [Hz], above 0 and below half the rate, in any order.
	CF []float64
	// B holds the bandwidth factor b, above 0 and below 1/0.0791 = 12.64: one for each channel, or one for all;
	// default 1.019.
	B []float64
	// C holds the chirp factor c, |c| below 1/0.1655 = 6.04: one for each channel, or one for all; default 1. 0 gives
	// gammatone filters.
	C        []float64
	Sections int          // number of compensation sections after the gammatone, 1 to 64; default 4
	Channels stages.Range // channels to compute; zero: all
}

func (p LogGammachirpParams) gammatone() GammatoneParams {
	return GammatoneParams{CF: p.CF, B: p.B, Channels: p.Channels}
}

func (p LogGammachirpParams) compensation() AsymmetricCompensationParams {
	return AsymmetricCompensationParams{CF: p.CF, B: p.B, C: p.C, Sections: p.Sections}
}

// DesignLogGammachirp gives the coefficients of gammachirp filters at a rate [Hz]: the four sections of
// [DesignGammatone] and those of [DesignAsymmetricCompensation] with the same f and b.
func DesignLogGammachirp(rate float64, p LogGammachirpParams) (*Coefficients, error) {
	tone, err := DesignGammatone(rate, p.gammatone())
	if err != nil {
		return nil, err
	}
	tilt, err := DesignAsymmetricCompensation(rate, p.compensation())
	if err != nil {
		return nil, err
	}
	return series(tone, tilt), nil
}

// series puts the sections of b behind those of a, for filters with the same channels and order.
func series(a, b *Coefficients) *Coefficients {
	c := newCoefficients(a.first, a.s.Channels, a.s.Count+b.s.Count, a.s.Order)
	copy(c.s.B[copy(c.s.B, a.s.B):], b.s.B)
	copy(c.s.A[copy(c.s.A, a.s.A):], b.s.A)
	return c
}

// LogGammachirp is a bank of filters with the impulse responses t³·exp(-2π·b·ERB(f)·t)·cos(2π·(f·t + c·ln t)), the passive
// gammachirp (Irino and Patterson 1997), as a gammatone followed by an asymmetric compensation (Unoki et al. 2001). The gain
// at f is 1; the largest gain lies near f + c·b·ERB(f)/4. Its bits are those of an [AsymmetricCompensation] behind a
// [Gammatone].
type LogGammachirp struct {
	*stages.Stream
	f *gammachirpFiller
}

// NewLogGammachirp makes the filters of p on a source with as many channels or with one. Missing or impossible centre
// frequencies, among them those from half the rate on, and factors that make an unstable filter are errors that name
// channel and value.
func NewLogGammachirp(src stages.Stage, p LogGammachirpParams) (*LogGammachirp, error) {
	const kind = "filterbank.log_gammachirp"
	f, err := newGammachirpFiller(kind, src, p)
	if err != nil {
		return nil, err
	}
	stream, err := stages.New(kind, f.tone.in.format(), f, stages.Input{From: src})
	if err != nil {
		return nil, err
	}
	return &LogGammachirp{stream, f}, nil
}

// Coefficients are those in use, of the channels computed, the four sections of the gammatone with b_0 = 1 in all but the
// first: a copy.
func (g *LogGammachirp) Coefficients() *Coefficients {
	return series(g.f.tone.coefficients(), g.f.tilt)
}

// gammachirpFiller fills a LogGammachirp.
type gammachirpFiller struct {
	tone  *gammatoneFiller
	tilt  *Coefficients
	state []float64 // of tilt
}

// newGammachirpFiller makes the filters of p; kind is that of the bank they belong to.
func newGammachirpFiller(kind string, src stages.Stage, p LogGammachirpParams) (*gammachirpFiller, error) {
	tone, err := newGammatoneFiller(kind, src, p.gammatone())
	if err != nil {
		return nil, err
	}
	c, err := p.compensation().resolve(tone.rate)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	_, tilt := designCompensation(tone.rate, c, tone.in.channels)
	return &gammachirpFiller{tone, tilt, make([]float64, tilt.s.States())}, nil
}

// Fill filters the next frames of the source.
func (f *gammachirpFiller) Fill(ctx context.Context, at int64, dst stages.Frames) (int, error) {
	n, err := f.tone.Fill(ctx, at, dst)
	if n > 0 {
		f.tilt.s.Run(rows(dst), rows(dst), at, n, f.state)
	}
	return n, err
}

// AppendState appends the states of the sections.
func (f *gammachirpFiller) AppendState(b []byte) []byte {
	for _, list := range f.lists() {
		b = stages.AppendFloats(b, list)
	}
	return b
}

// LoadState reads what AppendState wrote.
func (f *gammachirpFiller) LoadState(b []byte) error { return readAll(b, f.lists()...) }

func (f *gammachirpFiller) lists() [][]float64 { return [][]float64{f.tone.state, f.state} }
