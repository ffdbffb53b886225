package filterbank

import (
	"context"
	"fmt"

	"hearpipe/internal/kernel"
	"hearpipe/stages"
)

// TanCarneySignal is the signal path of a [TanCarney] with the control value in other hands: filters with the poles of
// level 0 until SetControl moves them.
type TanCarneySignal struct {
	*Cascade
	paths *tanCarneyPaths
}

// NewTanCarneySignal makes the signal path of p on a source with as many channels or with one. Errors are those of
// [NewTanCarney]; what p says of the control path is checked and not used.
func NewTanCarneySignal(src stages.Stage, p TanCarneyParams) (*TanCarneySignal, error) {
	const kind = "filterbank.tan_carney_signal"
	in, paths, err := connectTanCarney(kind, src, p)
	if err != nil {
		return nil, err
	}
	c := newCoefficients(in.channels.Lo, in.channels.Len(), 11, 2) // ten sections and a gain
	stream, err := stages.New(kind, in.format(), &sectionsFiller{in, c, make([]float64, c.s.States())}, stages.Input{From: src})
	if err != nil {
		return nil, err
	}
	t := &TanCarneySignal{&Cascade{stream, c}, paths}
	for i, f := range paths.filters {
		gain, _ := c.place(paths.first+i, 10, 0)
		*gain = f.Gain
		t.set(i, 0)
	}
	return t, nil
}

// SetControl sets the filters of a channel (absolute index) for a control value u [1/s] from the next frame on; the state
// is kept. It is meant for the updater of a control. A channel that is not computed, and a value from -RestDamping down,
// with which the filter is unstable, are an error.
func (t *TanCarneySignal) SetControl(channel int, u float64) error {
	i, err := t.paths.index(channel)
	if err == nil {
		err = t.paths.check(i, u)
	}
	if err != nil {
		return fmt.Errorf("filterbank.tan_carney_signal: %w", err)
	}
	t.set(i, u)
	return nil
}

// set sets the sections of a channel (from 0).
func (t *TanCarneySignal) set(channel int, u float64) {
	for pair := range 3 {
		b, a := t.paths.signal.Section(channel, pair, u)
		for k, p := range kernel.TanCarneyOrder {
			if p != pair {
				continue
			}
			for i := range b {
				bi, ai := t.coefficients.place(t.paths.first+channel, k, i)
				*bi = b[i]
				if i > 0 {
					*ai = a[i-1]
				}
			}
		}
	}
}

func (t *tanCarneyPaths) index(channel int) (int, error) {
	if i := channel - t.first; i >= 0 && i < len(t.filters) {
		return i, nil
	}
	return 0, fmt.Errorf("channel %d: want channels %d:%d", channel, t.first, t.first+len(t.filters))
}

// TanCarneyControl is the control path of a [TanCarney] with the feedback in other hands: the moving filter has the poles of
// level 0 until SetFeedback moves them.
type TanCarneyControl struct {
	*stages.Stream                // control value u [1/s]
	Feedback       *stages.Stream // feedback q [1/s]
	paths          *tanCarneyPaths
}

// NewTanCarneyControl makes the control path of p on a source with as many channels or with one. Errors are those of
// [NewTanCarney].
func NewTanCarneyControl(src stages.Stage, p TanCarneyParams) (*TanCarneyControl, error) {
	const kind = "filterbank.tan_carney_control"
	in, paths, err := connectTanCarney(kind, src, p)
	if err != nil {
		return nil, err
	}
	n, format := in.channels.Len(), in.format()
	f := &tanCarneyControlFiller{in: in, k: paths.control, u: scratch(n), q: behind(n)}
	ports, err := stages.NewMulti(kind, []stages.PortSpec{{Format: format}, {Name: "feedback", Format: format}}, f, stages.Input{From: src})
	if err != nil {
		return nil, err
	}
	return &TanCarneyControl{ports[0].(*stages.Stream), ports[1].(*stages.Stream), paths}, nil
}

// SetFeedback sets the moving filter of a channel (absolute index) for a feedback q [1/s] from the next frame on; the state
// is kept. It is meant for the updater of a control. A channel that is not computed is an error.
func (t *TanCarneyControl) SetFeedback(channel int, q float64) error {
	i, err := t.paths.index(channel)
	if err != nil {
		return fmt.Errorf("filterbank.tan_carney_control: %w", err)
	}
	t.paths.control.SetFeedback(i, q)
	return nil
}

// tanCarneyControlFiller fills a TanCarneyControl.
type tanCarneyControlFiller struct {
	in   *input
	k    *kernel.TanCarneyControl
	u, q stages.Frames // scratch
}

// Fill computes the next frames in blocks of the scratch memory.
func (f *tanCarneyControlFiller) Fill(ctx context.Context, at int64, n int, dst []stages.Output) (int, error) {
	src, n, err := f.in.fetch(ctx, at, n)
	for done := 0; done < n; {
		block := min(f.u.N, n-done)
		f.k.Run(rows(f.u), rows(f.q), from(src, done), at+int64(done), block, 0)
		for port, x := range [...]stages.Frames{f.u, f.q.Cut(1, 1+block)} {
			if dst[port].Wanted() {
				dst[port].Frames.Cut(done, done+block).CopyFrom(x, block)
			}
		}
		done += block
	}
	return n, err
}

// AppendState appends the states of all filters and the coefficients that were set from the feedback.
func (f *tanCarneyControlFiller) AppendState(b []byte) []byte {
	for _, list := range f.k.Lists() {
		b = stages.AppendFloats(b, list)
	}
	return b
}

// LoadState reads what AppendState wrote.
func (f *tanCarneyControlFiller) LoadState(b []byte) error { return readAll(b, f.k.Lists()...) }
