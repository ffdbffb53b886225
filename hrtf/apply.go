package hrtf

import (
	"context"
	"fmt"
	"math"

	"hearpipe/filterbank"
	"hearpipe/sound"
	"hearpipe/stages"
)

// FilterParams describe the filter of one HRTF.
type FilterParams struct {
	HRTF     HRTF         // the responses, with their delays
	Channels stages.Range // channels to compute: 0 is the left ear, 1 the right; zero: both
}

// Filter lets a source be heard from the direction of an HRTF: its two channels are the source convolved with the response to the left and
// to the right ear, y_t = Σ h_k·x_(t-k), with x zero before frame 0. It is as long as the source and adds no latency beyond what is
// in the responses. It is a [filterbank.FIR] of two responses, delays included.
type Filter struct {
	*filterbank.FIR
}

// NewFilter makes the filter of an HRTF on a source: one channel is heard by both ears, of two channels the first by the left
// ear and the second by the right. Another number of channels, a faulty HRTF, and a rate that is not that of the HRTF are errors.
func NewFilter(src stages.Stage, p FilterParams) (*Filter, error) {
	if err := p.HRTF.Check(); err != nil {
		return nil, err
	}
	if err := sameRate("hrtf.apply", src, p.HRTF.Rate, "the HRTF"); err != nil {
		return nil, err
	}
	h := p.HRTF.Flat()
	f, err := filterbank.NewFIR(src, filterbank.FIRParams{Responses: [][]float64{h.Left, h.Right}, Channels: p.Channels})
	if err != nil {
		return nil, fmt.Errorf("hrtf.apply: %w", err)
	}
	return &Filter{f}, nil
}

// Apply returns a sound as both ears hear it from the direction of the HRTF: a sound of two channels, left and right, as long as the given
// one, which has one channel and the rate of the HRTF. To hear the responses ring to their end, extend the sound first.
func (h HRTF) Apply(ctx context.Context, s *sound.Sound) (*sound.Sound, error) {
	if s.Channels() != 1 {
		return nil, fmt.Errorf("hrtf: a sound of %d channels: want 1, which both ears hear", s.Channels())
	}
	f, err := NewFilter(s, FilterParams{HRTF: h})
	if err != nil {
		return nil, err
	}
	return sound.Collect(ctx, f)
}

// sameRate refuses a source that is missing, or whose rate is not that of the responses, to a relative 1e-9.
func sameRate(kind string, src stages.Stage, rate float64, what string) error {
	if src == nil {
		return fmt.Errorf("%s: the source is missing", kind)
	}
	if r := src.Format().Rate; math.Abs(r-rate) > 1e-9*rate {
		return fmt.Errorf("%s: %s has %g Hz, %s has %g Hz: want equal rates; resample one of them", kind, stages.KindOf(src), r, what, rate)
	}
	return nil
}
