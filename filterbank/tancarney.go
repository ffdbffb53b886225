package filterbank

import (
	"context"
	"fmt"
	"slices"

	"hearpipe/internal/kernel"
	"hearpipe/stages"
)

// TanCarney is the cochlea of Tan and Carney (2003), a model of basilar membrane and inner hair cells of the cat whose
// filters change tuning, gain and glide of instantaneous frequency with the level. Its input is the output of a
// [MiddleEar]. With the names of [TanCarneyFilter]:
//
//   - Signal path: ten sections with the pole pairs 1, 2, 3, 1, 3, 1, 2, 3, 1, 3, each with half of a zero of tenth order,
//     and a gain. Its real parts follow the control value u ([TanCarneyFilter.Damping]).
//   - Control path: three equal pole pairs at -ControlRest - q ± j·2π·ControlCF, a zero at 0 Hz, the gain
//     [TanCarneyFilter.ControlGain], a compressive and a saturating nonlinearity, three low-passes at ControlCutoff with
//     gain 1.5: the control value u. A low-pass at FeedbackCutoff with gain 10 gives the feedback q.
//   - The potential of the inner hair cell, [InnerHairCell] of the signal path.
//
// All filters are made by the bilinear transform. Every Interval frames, counted from frame 0, both paths are set from u
// and q of the last frame before; u and q are 0 at the beginning and the states of the filters are kept. That is the
// order of Brian Hears; the program of the authors uses u in the same frame. The model was published for 50 kHz.
//
// A control value that would make the signal path unstable ends the stream with an error, which does not happen with the
// published parameters. The bits are those of the same model built with [stages.Control] from [TanCarneySignal],
// [TanCarneyControl] and [InnerHairCell].
type TanCarney struct {
	*stages.Stream                // potential of the inner hair cells [V]
	Signal         *stages.Stream // output of the signal path
	Control        *stages.Stream // control value u [1/s]
	filters        []TanCarneyFilter
	first          int
}

// NewTanCarney makes the cochlea of p on a source with as many channels or with one. Missing or impossible frequencies and
// other params out of range are errors that name channel and value.
func NewTanCarney(src stages.Stage, p TanCarneyParams) (*TanCarney, error) {
	const kind = "filterbank.tan_carney"
	in, paths, err := connectTanCarney(kind, src, p)
	if err != nil {
		return nil, err
	}
	n := in.channels.Len()
	f := &tanCarneyFiller{
		in: in, paths: paths, cell: newHairCell(in.src.Format().Rate, n, hairCellDefaults()),
		x: scratch(n), u: behind(n), q: behind(n),
	}
	format := in.format()
	ports, err := stages.NewMulti(kind, []stages.PortSpec{{Format: format}, {Name: "signal", Format: format}, {Name: "control", Format: format}},
		f, stages.Input{From: src})
	if err != nil {
		return nil, err
	}
	return &TanCarney{ports[0].(*stages.Stream), ports[1].(*stages.Stream), ports[2].(*stages.Stream), paths.filters, in.channels.Lo}, nil
}

// connectTanCarney checks source and params.
func connectTanCarney(kind string, src stages.Stage, p TanCarneyParams) (*input, *tanCarneyPaths, error) {
	if src == nil {
		return nil, nil, fmt.Errorf("%s: the source is missing", kind)
	}
	rate := src.Format().Rate
	filters, err := DesignTanCarney(rate, p)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", kind, err)
	}
	if p, err = p.resolve(rate); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", kind, err)
	}
	in, err := connect(kind, src, len(p.CF), p.Channels)
	if err != nil {
		return nil, nil, err
	}
	return in, newTanCarneyPaths(rate, in.channels.Lo, filters[in.channels.Lo:in.channels.Hi], p), nil
}

// Filter gives the quantities of a channel that is computed (absolute index).
func (t *TanCarney) Filter(channel int) TanCarneyFilter { return t.filters[channel-t.first] }

// tanCarneyFiller fills a TanCarney.
type tanCarneyFiller struct {
	in      *input
	paths   *tanCarneyPaths
	cell    *hairCell
	x, u, q stages.Frames // scratch
}

// Fill computes the next frames: of a block first the control path, which needs nothing else, then the signal path. An update is
// made when the frame is asked for from which it holds, so that one that fails does not take the end of a stream away.
func (f *tanCarneyFiller) Fill(ctx context.Context, at int64, n int, dst []stages.Output) (int, error) {
	src, n, err := f.in.fetch(ctx, at, n)
	for done := 0; done < n; {
		block, now, in := min(f.x.N, n-done), at+int64(done), from(src, done)
		u := f.u.Cut(1, 1+block)
		f.paths.control.Run(rows(u), rows(f.q), in, now, block, f.paths.interval)
		var failed error
		if f.paths.signal.Run(rows(f.x), rows(f.u), in, now, block, f.paths.interval) {
			block, failed = f.unstable(now, block)
		}
		for i := range block {
			if dst[1].Wanted() {
				copy(dst[1].Frames.Row(done+i), f.x.Row(i))
			}
			if dst[2].Wanted() {
				copy(dst[2].Frames.Row(done+i), u.Row(i))
			}
		}
		if dst[0].Wanted() && block > 0 {
			f.cell.run(dst[0].Frames.Cut(done, done+block), rows(f.x), now, block)
		}
		done += block
		if failed != nil {
			return done, failed
		}
		copy(last(f.u), last(f.u.Cut(block, block+1)))
		copy(last(f.q), last(f.q.Cut(block, block+1)))
	}
	return n, err
}

// unstable finds the update that failed, and says how many frames came before it.
func (f *tanCarneyFiller) unstable(at int64, n int) (int, error) {
	for i := range n {
		if now := at + int64(i); now%int64(f.paths.interval) == 0 {
			for c, u := range f.u.Row(i) {
				if err := f.paths.check(c, u); err != nil {
					return i, fmt.Errorf("filterbank.tan_carney: update at frame %d: %w", now, err)
				}
			}
		}
	}
	panic("filterbank: poles that are not unstable")
}

// from gives rows from a frame on.
func from(r kernel.Rows, frame int) kernel.Rows {
	r.Data = r.Data[frame*r.Stride:]
	return r
}

// AppendState appends the states of all filters, the control values, and the coefficients that were set from them.
func (f *tanCarneyFiller) AppendState(b []byte) []byte {
	for _, list := range f.lists() {
		b = stages.AppendFloats(b, list)
	}
	return b
}

// LoadState reads what AppendState wrote.
func (f *tanCarneyFiller) LoadState(b []byte) error { return readAll(b, f.lists()...) }

func (f *tanCarneyFiller) lists() [][]float64 {
	return slices.Concat(f.paths.control.Lists(), f.paths.signal.Lists(), [][]float64{f.cell.low.state, last(f.u), last(f.q)})
}
