package filterbank

import (
	"context"
	"fmt"

	"hearpipe/internal/kernel"
	"hearpipe/stages"
)

// CascadeParams describe a bank of recursive filters.
type CascadeParams struct {
	Coefficients *Coefficients // of the whole bank; they are copied
	Channels     stages.Range  // channels to compute; zero: all
}

// Cascade filters every channel with a series of recursive sections of any order, in transposed direct form II: for every
// frame, section by section, with x the input of the section and y its output,
//
//	y   = b_0·x + z_1
//	z_i = b_i·x + z_(i+1) - a_i·y   for i = 1..m-1
//	z_m = b_m·x - a_m·y
//
// in fused multiply-adds, z = 0 at the start.
type Cascade struct {
	*stages.Stream
	coefficients *Coefficients
}

// NewCascade makes the filters of p on a source with as many channels or with one. Unstable coefficients are an error, see
// [Coefficients.CheckStability]; those that are set later are not checked.
func NewCascade(src stages.Stage, p CascadeParams) (*Cascade, error) {
	const kind = "filterbank.cascade"
	if p.Coefficients == nil {
		return nil, fmt.Errorf("%s: coefficients are missing", kind)
	}
	if err := p.Coefficients.CheckStability(); err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	return newCascade(kind, src, p.Coefficients, p.Channels)
}

func newCascade(kind string, src stages.Stage, all *Coefficients, r stages.Range) (*Cascade, error) {
	if all.first != 0 {
		return nil, fmt.Errorf("%s: coefficients of channels %d:%d: want those of the whole bank, from 0", kind, all.first, all.first+all.s.Channels)
	}
	in, err := connect(kind, src, all.Channels(), r)
	if err != nil {
		return nil, err
	}
	return cascadeOf(kind, in, all.slice(in.channels))
}

// cascadeOf filters a source by the coefficients of its channels.
func cascadeOf(kind string, in *input, c *Coefficients) (*Cascade, error) {
	stream, err := stages.New(kind, in.format(), &sectionsFiller{in, c, make([]float64, c.s.States())}, stages.Input{From: in.src})
	if err != nil {
		return nil, err
	}
	return &Cascade{stream, c}, nil
}

// Coefficients are those in use, of the channels computed. Changes take effect with the next frame; see
// [Coefficients.Set].
func (c *Cascade) Coefficients() *Coefficients { return c.coefficients }

// sectionsFiller fills a Cascade.
type sectionsFiller struct {
	in    *input
	c     *Coefficients
	state []float64
}

// Fill filters the next frames of the source.
func (f *sectionsFiller) Fill(ctx context.Context, at int64, dst stages.Frames) (int, error) {
	src, n, err := f.in.fetch(ctx, at, dst.N)
	if n > 0 {
		f.c.s.Run(rows(dst), src, at, n, f.state)
	}
	return n, err
}

// AppendState appends coefficients and state.
func (f *sectionsFiller) AppendState(b []byte) []byte {
	b = stages.AppendFloats(b, f.c.s.B)
	b = stages.AppendFloats(b, f.c.s.A)
	return stages.AppendFloats(b, f.state)
}

// LoadState reads what AppendState wrote.
func (f *sectionsFiller) LoadState(b []byte) error { return readAll(b, f.c.s.B, f.c.s.A, f.state) }

// readAll reads lists of numbers and refuses what is left.
func readAll(b []byte, lists ...[]float64) error {
	var err error
	for _, list := range lists {
		if b, err = stages.ReadFloats(b, list); err != nil {
			return err
		}
	}
	if len(b) > 0 {
		return fmt.Errorf("state is %d bytes too long", len(b))
	}
	return nil
}

// input is the source of a bank, matched to its channels.
type input struct {
	src      stages.Stage
	channels stages.Range // to compute
	offset   int          // channel of src that feeds the first of them
	step     int          // 1, or 0 if one channel feeds all
}

// connect matches a source to a bank of n channels, of which r are computed: the source has one channel, or all n, or
// those of a slice that contains r.
func connect(kind string, src stages.Stage, n int, r stages.Range) (*input, error) {
	if src == nil {
		return nil, fmt.Errorf("%s: the source is missing", kind)
	}
	r, err := r.Of(n)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	f := src.Format()
	in := &input{src: src, channels: r, offset: r.Lo - f.First, step: 1}
	switch {
	case f.Channels == 1:
		in.offset, in.step = 0, 0
	case f.First > r.Lo || f.First+f.Channels < r.Hi || f.First+f.Channels > n:
		return nil, &stages.ChannelError{Kind: kind, Input: stages.KindOf(src), Have: f.Channels, Want: wanted(n, r)}
	}
	return in, nil
}

// wanted says which channels a bank of n, computing r, accepts.
func wanted(n int, r stages.Range) string {
	switch {
	case n == 1:
		return "1"
	case r.Len() < n:
		return fmt.Sprintf("1, %d, or the channels %d:%d", n, r.Lo, r.Hi)
	}
	return fmt.Sprintf("1 or %d", n)
}

// format is that of the output.
func (in *input) format() stages.Format {
	f := in.src.Format()
	f.Channels, f.First = in.channels.Len(), in.channels.Lo
	return f
}

// fetch gets frames at:at+n of the source, as the lanes of the bank.
func (in *input) fetch(ctx context.Context, at int64, n int) (kernel.Rows, int, error) {
	f, err := in.src.Fetch(ctx, at, at+int64(n))
	if f.N == 0 {
		return kernel.Rows{}, 0, err
	}
	return kernel.Rows{Data: f.Data[in.offset:], Stride: f.Stride, Step: in.step}, f.N, err
}

// through makes a bank read the source of a stage that only repeats or moves channels, where that gives long runs of lanes: it
// returns their places in rows of the source. Otherwise it changes nothing and returns nil.
func (in *input) through() []kernel.Feed {
	const long = 16 // two groups of the widest kernels
	n := in.channels.Len()
	if in.step == 0 || n < long {
		return nil
	}
	source, index := stages.Taken(in.src)
	if index == nil {
		return nil
	}
	var feeds []kernel.Feed
	for i, from := range index[in.offset : in.offset+n] {
		if k := len(feeds) - 1; k >= 0 {
			f := &feeds[k]
			step, one := from-f.From, f.Hi-f.Lo == 1
			if step == 0 && (one || f.Step == 0) || step == f.Hi-f.Lo && (one || f.Step == 1) {
				f.Hi, f.Step = i+1, min(step, 1)
				continue
			}
		}
		feeds = append(feeds, kernel.Feed{Lo: i, Hi: i + 1, From: from})
	}
	if len(feeds)*long > n {
		return nil
	}
	stages.PassBy(in.src)
	in.src, in.offset = source, 0
	return feeds
}

func rows(f stages.Frames) kernel.Rows { return kernel.Rows{Data: f.Data, Stride: f.Stride, Step: 1} }
