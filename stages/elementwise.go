package stages

import (
	"context"
	"fmt"
	"io"
)

// elementwise fills a stage that combines its inputs sample by sample. It is as long as the longest input; inputs with
// one channel are copied to all channels.
type elementwise struct {
	in      []*Padded
	views   []Frames
	args    [][]float64
	mono    [][]float64 // a mono input's sample, repeated
	compute func(dst []float64, args [][]float64)
	row     func(at int64) // if set, called before each frame, and frames are computed one by one
}

// newElementwise checks rates and channels and makes the stage. compute gets slices of equal length and may be called
// with any number of samples.
func newElementwise(kind string, srcs []Stage, compute func(dst []float64, args [][]float64)) (*Stream, error) {
	e := &elementwise{compute: compute}
	format, err := e.connect(kind, srcs)
	if err != nil {
		return nil, err
	}
	return New(kind, format, e, From(srcs...)...)
}

// connect checks the inputs and returns the format of the combination.
func (e *elementwise) connect(kind string, srcs []Stage) (Format, error) {
	if len(srcs) == 0 {
		return Format{}, fmt.Errorf("%s: want at least one input", kind)
	}
	nodes := make([]Node, len(srcs))
	format := Format{Channels: 1}
	for i, s := range srcs {
		if s == nil {
			return Format{}, fmt.Errorf("%s: input %d is missing", kind, i)
		}
		nodes[i] = s
		f := s.Format()
		if f.Channels == 1 && (format.Channels > 1 || i > 0) {
			if format.Channels == 1 { // one channel of many, beside a mono input: the higher index says which it is
				format.First = max(format.First, f.First)
			}
			continue
		}
		if format.Channels > 1 && (f.Channels != format.Channels || f.First != format.First) {
			return Format{}, &ChannelError{Kind: kind, Input: KindOf(s), Have: f.Channels, Want: fmt.Sprintf("1 or the channels %d:%d of %s",
				format.First, format.First+format.Channels, KindOf(srcs[0]))}
		}
		format.Channels, format.First = f.Channels, f.First
	}
	rate, err := SameRate(kind, nodes...)
	if err != nil {
		return Format{}, err
	}
	format.Rate, format.Frames = rate, Longest(nodes...)
	e.views, e.args, e.mono = make([]Frames, len(srcs)), make([][]float64, len(srcs)), make([][]float64, len(srcs))
	for i, s := range srcs {
		e.in = append(e.in, Pad(s))
		if s.Format().Channels == 1 && format.Channels > 1 {
			e.mono[i] = make([]float64, format.Channels)
		}
	}
	return format, nil
}

// Fill computes row by row, or all rows at once where they lie without padding.
func (e *elementwise) Fill(ctx context.Context, at int64, dst Frames) (int, error) {
	n, err := fetchAll(ctx, e.in, e.views, at, dst.N)
	flat := dst.Stride == dst.Channels && e.row == nil
	for i, v := range e.views {
		flat = flat && e.mono[i] == nil && v.Stride == v.Channels
	}
	if flat {
		for i, v := range e.views {
			e.args[i] = v.Data[:n*v.Channels]
		}
		e.compute(dst.Data[:n*dst.Channels], e.args)
		return n, err
	}
	for r := range n {
		for i, v := range e.views {
			if m := e.mono[i]; m != nil {
				x := v.At(r, 0)
				for c := range m {
					m[c] = x
				}
				e.args[i] = m
			} else {
				e.args[i] = v.Row(r)
			}
		}
		if e.row != nil {
			e.row(at + int64(r))
		}
		e.compute(dst.Row(r), e.args)
	}
	return n, err
}

// fetchAll fetches frames at:at+n of all inputs into views, zeros after the end of an input. It returns how many frames
// are good in all of them, and io.EOF where the longest input has ended; of other errors the one at the earliest frame,
// of those the first input's.
func fetchAll(ctx context.Context, in []*Padded, views []Frames, at int64, n int) (int, error) {
	good, longest := n, at
	var err error
	for i, p := range in {
		f, ferr := p.Fetch(ctx, at, at+int64(n))
		views[i] = f
		if ferr != nil && (f.N < good || err == nil) {
			good, err = min(good, f.N), ferr
		}
		longest = max(longest, p.Ended())
	}
	if end := longest - at; end < int64(good) {
		return int(end), io.EOF
	}
	return good, err
}
