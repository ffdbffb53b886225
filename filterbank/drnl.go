package filterbank

import (
	"fmt"

	"hearpipe/stages"
)

// DRNLParams describe a bank of dual-resonance nonlinear filters.
type DRNLParams struct {
	// CF holds the characteristic frequency of each channel [Hz], above 0 and below half the rate, in any order. The laws
	// make other limits of it: for man the low-pass is unstable above about rate/3.25.
	CF             []float64
	Laws           *DRNLLaws    // how filters depend on CF; nil: those of DRNLHuman
	StapesScale    float64      // velocity of the stapes per pressure, factor on the input [m/s/Pa], not 0; default 0.00014
	OrderLinear    int          // sections of the gammatone of the linear path, 1 to 64, few where they are narrow; default 3
	OrderNonlinear int          // sections of each of the two gammatones of the nonlinear path, 1 to 64; default 3
	Channels       stages.Range // channels to compute; zero: all
}

func (p DRNLParams) resolve(rate float64) (DRNLParams, error) {
	if err := checkCF(rate, p.CF); err != nil {
		return p, err
	}
	if p.Laws == nil {
		laws := DRNLHuman()
		p.Laws = &laws
	}
	if p.StapesScale == 0 {
		p.StapesScale = 0.00014
	}
	if !finite(p.StapesScale) {
		return p, fmt.Errorf("stapes scale %g: want a finite number (0 for the default, 0.00014)", p.StapesScale)
	}
	for _, order := range []*int{&p.OrderLinear, &p.OrderNonlinear} {
		if *order == 0 {
			*order = 3
		}
		if *order < 1 || *order > 64 {
			return p, fmt.Errorf("order %d of a gammatone: want 1 to 64 (0 for the default, 3)", *order)
		}
	}
	return p, nil
}

// DRNL is a bank of dual-resonance nonlinear filters, a model of the motion of the basilar membrane (Meddis et al. 2001; for
// man Lopez-Poveda and Meddis 2001). The sound [Pa], times the stapes scale, takes two paths that are added:
//
//   - linear: an approximate gammatone, a gain, four first-order low-passes;
//   - nonlinear: an approximate gammatone, [DRNLFilter.Compress], the same gammatone again, three first-order low-passes.
//
// As in Brian Hears the gammatones have order 3 and the low-passes are those of [LowPass]; the papers print two, three or
// four sections and second-order Butterworth filters. Up to rounding the output is that of the same chain of
// [ApproximateGammatone], [LowPass] and functions.
type DRNL struct {
	*stages.Stream
	filters []DRNLFilter
	first   int
}

// NewDRNL makes the filters of p on a source with as many channels or with one. Missing or impossible frequencies, among
// them those whose filters are unstable at the rate of the source, and other params out of range are errors that name
// channel and value.
func NewDRNL(src stages.Stage, p DRNLParams) (*DRNL, error) {
	const kind = "filterbank.drnl"
	if src == nil {
		return nil, fmt.Errorf("%s: the source is missing", kind)
	}
	rate := src.Format().Rate
	filters, err := DesignDRNL(rate, p)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	in, err := connect(kind, src, len(p.CF), p.Channels)
	if err != nil {
		return nil, err
	}
	p, err = p.resolve(rate)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	filters = filters[in.channels.Lo:in.channels.Hi]
	f, err := newDRNLFiller(in, rate, filters, p)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	stream, err := stages.New(kind, in.format(), f, stages.Input{From: src})
	if err != nil {
		return nil, err
	}
	return &DRNL{stream, filters, in.channels.Lo}, nil
}

// Filter gives the quantities of a channel that is computed (absolute index).
func (d *DRNL) Filter(channel int) DRNLFilter { return d.filters[channel-d.first] }
