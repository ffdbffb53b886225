package filterbank

import (
	"context"
	"fmt"

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
	in, paths, p, err := connectTanCarney(kind, src, p)
	if err != nil {
		return nil, err
	}
	n := in.channels.Len()
	f := &tanCarneyFiller{
		in: in, interval: int64(p.Interval), paths: paths, signal: newSharedSections(paths.signal, append(tanCarneyOrder[:], 10)...), control: newTanCarneyControl(paths, p),
		cell: newHairCell(in.src.Format().Rate, n, hairCellDefaults()), x: scratch(n), u: scratch(n), q: scratch(n),
		lastU: make([]float64, n), lastQ: make([]float64, n),
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
func connectTanCarney(kind string, src stages.Stage, p TanCarneyParams) (*input, *tanCarneyPaths, TanCarneyParams, error) {
	if src == nil {
		return nil, nil, p, fmt.Errorf("%s: the source is missing", kind)
	}
	rate := src.Format().Rate
	filters, err := DesignTanCarney(rate, p)
	if err != nil {
		return nil, nil, p, fmt.Errorf("%s: %w", kind, err)
	}
	if p, err = p.resolve(rate); err != nil {
		return nil, nil, p, fmt.Errorf("%s: %w", kind, err)
	}
	in, err := connect(kind, src, len(p.CF), p.Channels)
	if err != nil {
		return nil, nil, p, err
	}
	return in, newTanCarneyPaths(rate, in.channels.Lo, filters[in.channels.Lo:in.channels.Hi]), p, nil
}

// Filter gives the quantities of a channel that is computed (absolute index).
func (t *TanCarney) Filter(channel int) TanCarneyFilter { return t.filters[channel-t.first] }

// tanCarneyFiller fills a TanCarney.
type tanCarneyFiller struct {
	in           *input
	interval     int64
	paths        *tanCarneyPaths
	signal       *sharedSections
	control      *tanCarneyControl
	cell         *hairCell
	x, u, q      stages.Frames // scratch
	lastU, lastQ []float64     // of the last frame
}

// Fill computes the next frames, from update to update. An update is made when the frame is asked for from which it holds,
// so that one that fails does not take the end of a stream away.
func (f *tanCarneyFiller) Fill(ctx context.Context, at int64, n int, dst []stages.Output) (int, error) {
	src, n, err := f.in.fetch(ctx, at, n)
	for done := 0; done < n; {
		block := min(f.x.N, n-done)
		good, failed := f.block(from(src, done), at+int64(done), block)
		for i := range good {
			if dst[1].Wanted() {
				copy(dst[1].Frames.Row(done+i), f.x.Row(i))
			}
			if dst[2].Wanted() {
				copy(dst[2].Frames.Row(done+i), f.u.Row(i))
			}
		}
		if dst[0].Wanted() && good > 0 {
			f.cell.run(dst[0].Frames.Cut(done, done+good), rows(f.x), at+int64(done), good)
		}
		done += good
		if failed != nil {
			return done, failed
		}
	}
	return n, err
}

// block computes frames of both paths into the scratch memory, and says how many came before an update that failed.
func (f *tanCarneyFiller) block(src kernel.Rows, at int64, n int) (int, error) {
	for i := 0; i < n; {
		now := at + int64(i)
		phase := now % f.interval
		if phase == 0 && now > 0 {
			if err := f.update(); err != nil {
				return i, fmt.Errorf("filterbank.tan_carney: update at frame %d: %w", now, err)
			}
		}
		m := int(min(int64(n-i), f.interval-phase))
		x, u, q := rows(f.x.Cut(i, i+m)), rows(f.u.Cut(i, i+m)), rows(f.q.Cut(i, i+m))
		f.signal.run(x, from(src, i), now, m)
		f.control.run(u, q, from(src, i), now, m)
		i += m
		copy(f.lastU, f.u.Row(i-1))
		copy(f.lastQ, f.q.Row(i-1))
	}
	return n, nil
}

// update sets both paths from the control values.
func (f *tanCarneyFiller) update() error {
	if err := f.paths.setPairs(0, len(f.lastU), f.lastU); err != nil {
		return err
	}
	f.paths.setControl(0, len(f.lastQ), f.lastQ)
	return nil
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
	return append(f.control.lists(), f.signal.state, f.paths.signal.s.B, f.paths.signal.s.A, f.cell.low.state, f.lastU, f.lastQ)
}
