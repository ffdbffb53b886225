package stages

import (
	"context"
	"io"
	"math"
)

// Padded reads a stage that ends as if zeros followed: an input of a stage with several inputs, which is as long as its
// longest one. The zero value is not usable; make one with [Pad].
type Padded struct {
	src     Stage
	scratch []float64
	ended   int64 // frame at which src ended, or Unbounded
}

// Pad wraps an input so that frames after its io.EOF are zeros.
func Pad(src Stage) *Padded { return &Padded{src: src, ended: Unbounded} }

// Ended is the frame at which the input ended, Unbounded while it has not.
func (p *Padded) Ended() int64 { return p.ended }

// Fetch returns frames start:end; those after the end of the input are zeros. Frames before 0 are zeros too, so that a
// reader of history needs no special case. Other errors come with the frames before them.
func (p *Padded) Fetch(ctx context.Context, start, end int64) (Frames, error) {
	lo := max(start, 0)
	var f Frames
	var err error
	if lo < p.ended && lo < end {
		f, err = p.src.Fetch(ctx, lo, min(end, p.ended))
		if err == io.EOF {
			p.ended, err = lo+int64(f.N), nil
		}
		if start == lo && (err != nil || f.N == int(end-start)) {
			return f, err
		}
	}
	ch := p.src.Format().Channels
	n := int(end - start)
	skip := int(min(lo, end) - start)
	if err != nil {
		n = skip + f.N
	}
	if cap(p.scratch) < n*ch {
		p.scratch = make([]float64, n*ch)
	}
	g := Frames{Data: p.scratch[:n*ch], N: n, Channels: ch, Stride: ch}
	clear(g.Data[:skip*ch])
	for i := range f.N {
		copy(g.Row(skip+i), f.Row(i))
	}
	if rest := skip + f.N; rest < n {
		clear(g.Data[rest*ch:])
	}
	return g, err
}

// Longest is the number of frames of a stage with these inputs: the length of the longest.
func Longest(nodes ...Node) int64 {
	var n int64
	for _, in := range nodes {
		n = max(n, in.Format().Frames)
	}
	return n
}

// sameRate is the relative difference up to which rates count as equal.
const sameRate = 1e-9

// SameRate checks that streams that are combined element by element have one rate, to a relative 1e-9. It returns the
// rate of the first.
func SameRate(kind string, nodes ...Node) (float64, error) {
	r := nodes[0].Format().Rate
	for _, n := range nodes[1:] {
		if q := n.Format().Rate; math.Abs(q-r) > sameRate*r {
			return 0, &RateError{Kind: kind, A: KindOf(nodes[0]), RateA: r, B: KindOf(n), RateB: q}
		}
	}
	return r, nil
}
