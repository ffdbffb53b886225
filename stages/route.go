package stages

import (
	"context"
	"fmt"
	"slices"

	"hearpipe/internal/kernel"
)

// RestructureIndex lists the stacked input channels that [NewIndex] takes, for inputs with the given channel counts:
// every channel of an input is repeated repeat times (AB -> AABB), the lists are joined one after the other or, with
// interleave, element by element (all counts must be equal), and the whole is tiled tile times (AB -> ABAB).
func RestructureIndex(counts []int, repeat int, interleave bool, tile int) ([]int, error) {
	if repeat < 1 || tile < 1 || len(counts) == 0 {
		return nil, fmt.Errorf("restructure: %d inputs, repeat %d, tile %d: want at least 1 of each", len(counts), repeat, tile)
	}
	const most = 1 << 24
	stacked := 0
	for _, n := range counts {
		if n < 1 || (interleave && n != counts[0]) {
			return nil, fmt.Errorf("restructure: inputs of %v channels: want at least 1, and equal numbers to interleave", counts)
		}
		stacked += n
	}
	if repeat > most/stacked || tile > most/(stacked*repeat) {
		return nil, fmt.Errorf("restructure: %d channels repeated %d times and tiled %d times: want at most %d", stacked, repeat, tile, most)
	}
	var lists [][]int
	total, base := 0, 0
	for _, n := range counts {
		list := make([]int, 0, n*repeat)
		for c := range n * repeat {
			list = append(list, base+c/repeat)
		}
		lists = append(lists, list)
		base += n
		total += len(list)
	}
	index := make([]int, 0, total*tile)
	if interleave {
		for r := range lists[0] {
			for _, l := range lists {
				index = append(index, l[r])
			}
		}
	} else {
		for _, l := range lists {
			index = append(index, l...)
		}
	}
	for range tile - 1 {
		index = append(index, index[:total]...)
	}
	return index, nil
}

// NewIndex takes channels of its inputs: output channel i is stacked channel index[i], where the channels of all inputs
// are stacked side by side in order. It is as long as the longest input. first is the absolute index of output channel 0.
// An index outside the stack is an error that names it.
func NewIndex(srcs []Stage, index []int, first int) (*Stream, error) {
	return newIndex("stages.index", srcs, index, first)
}

func newIndex(kind string, srcs []Stage, index []int, first int) (*Stream, error) {
	if len(srcs) == 0 || len(index) == 0 || first < 0 {
		return nil, fmt.Errorf("%s: %d inputs, %d output channels from %d on: want at least 1 of each", kind, len(srcs), len(index), first)
	}
	x := &indexer{views: make([]Frames, len(srcs)), index: slices.Clone(index)}
	var nodes []Node
	var offset []int
	stacked := 0
	for i, s := range srcs {
		if s == nil {
			return nil, fmt.Errorf("%s: input %d is missing", kind, i)
		}
		nodes = append(nodes, s)
		x.in = append(x.in, Pad(s))
		offset = append(offset, stacked)
		stacked += s.Format().Channels
	}
	for i, k := range index {
		if k < 0 || k >= stacked {
			return nil, fmt.Errorf("%s: output channel %d takes channel %d: the inputs have channels 0:%d", kind, i, k, stacked)
		}
		from := len(offset) - 1
		for offset[from] > k {
			from--
		}
		x.add(i, from, k-offset[from])
	}
	rate, err := SameRate(kind, nodes...)
	if err != nil {
		return nil, err
	}
	return New(kind, Format{Rate: rate, Channels: len(index), First: first, Frames: Longest(nodes...)}, x, From(nodes...)...)
}

// NewRepeat repeats each channel n times: ABC becomes AABBCC for n = 2.
func NewRepeat(src Stage, n int) (*Stream, error) {
	return restructure("stages.repeat", []Stage{src}, n, false, 1)
}

// NewTile repeats the block of all channels n times: ABC becomes ABCABC for n = 2.
func NewTile(src Stage, n int) (*Stream, error) {
	return restructure("stages.tile", []Stage{src}, 1, false, n)
}

// NewJoin puts the channels of its inputs side by side: A₀A₁…B₀B₁…
func NewJoin(srcs ...Stage) (*Stream, error) {
	return restructure("stages.join", srcs, 1, false, 1)
}

// NewInterleave mixes the channels of its inputs, which have equal numbers: A₀B₀A₁B₁…
func NewInterleave(srcs ...Stage) (*Stream, error) {
	return restructure("stages.interleave", srcs, 1, true, 1)
}

// NewView takes the absolute channels r of a stream; the zero range takes all.
func NewView(src Stage, r Range) (*Stream, error) {
	const kind = "stages.view"
	if src == nil {
		return nil, fmt.Errorf("%s: the input is missing", kind)
	}
	f := src.Format()
	if r == (Range{}) {
		r = Range{f.First, f.First + f.Channels}
	}
	if r.Lo < f.First || r.Hi > f.First+f.Channels || r.Lo >= r.Hi {
		return nil, fmt.Errorf("%s: channels %d:%d: %s has %d:%d", kind, r.Lo, r.Hi, KindOf(src), f.First, f.First+f.Channels)
	}
	index := make([]int, r.Len())
	for i := range index {
		index[i] = r.Lo - f.First + i
	}
	return newIndex(kind, []Stage{src}, index, r.Lo)
}

func restructure(kind string, srcs []Stage, repeat int, interleave bool, tile int) (*Stream, error) {
	var counts []int
	for i, s := range srcs {
		if s == nil {
			return nil, fmt.Errorf("%s: input %d is missing", kind, i)
		}
		counts = append(counts, s.Format().Channels)
	}
	index, err := RestructureIndex(counts, repeat, interleave, tile)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	return newIndex(kind, srcs, index, 0)
}

// indexer copies channels, run by run.
type indexer struct {
	in    []*Padded
	views []Frames
	runs  []channelRun
	index []int // of stacked channels
}

// Taken says whose channels a stage of [NewIndex], [NewRepeat], [NewTile] or [NewView] hands on: its channel i is channel index[i] of
// source, counted from 0 in both. A consumer that reads the source itself and takes them from there saves the copies. Stages
// of that kind in a row count as one. For any other stage, also one with several inputs, index is nil and source is s. A consumer
// that does so says it by [PassBy].
func Taken(s Stage) (source Stage, index []int) {
	for {
		x := taker(s)
		if x == nil {
			return s, index
		}
		if index == nil {
			index = slices.Clone(x.index)
		} else {
			for i, k := range index {
				index[i] = x.index[k]
			}
		}
		s = x.in[0].src
	}
}

// PassBy says that somebody reads the source that [Taken] finds in the place of s: from then on s and the stages between
// cannot be replaced by a [Change].
func PassBy(s Stage) {
	for x := taker(s); x != nil; x = taker(s) {
		coreOf(s).passed = true
		s = x.in[0].src
	}
}

// taker is what a stage that only takes channels of one source computes with; nil for any other.
func taker(s Stage) *indexer {
	c := coreOf(s)
	if c == nil || len(c.pending) > 0 {
		return nil
	}
	if x, ok := c.filler.(*indexer); ok && len(x.in) == 1 {
		return x
	}
	return nil
}

// channelRun is output channels at:at+n that take consecutive channels of one input, or one channel all of them.
type channelRun struct {
	at, n, from, channel int
	same                 bool
}

// add continues the last run by a channel of an input, or begins another.
func (x *indexer) add(at, from, channel int) {
	if k := len(x.runs) - 1; k >= 0 {
		if r := &x.runs[k]; r.from == from {
			switch {
			case channel == r.channel && (r.same || r.n == 1):
				r.same = true
				r.n++
				return
			case channel == r.channel+r.n && !r.same:
				r.n++
				return
			}
		}
	}
	x.runs = append(x.runs, channelRun{at: at, n: 1, from: from, channel: channel})
}

// Fill copies the chosen channels of each frame.
func (x *indexer) Fill(ctx context.Context, at int64, dst Frames) (int, error) {
	n, err := fetchAll(ctx, x.in, x.views, at, dst.N)
	for i := range n {
		row := dst.Row(i)
		for _, r := range x.runs {
			v := &x.views[r.from]
			src := v.Data[i*v.Stride+r.channel:]
			if r.same {
				kernel.VecFill(row[r.at:r.at+r.n], src[0])
			} else {
				copy(row[r.at:r.at+r.n], src[:r.n])
			}
		}
	}
	return n, err
}
