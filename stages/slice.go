package stages

import (
	"context"
	"errors"
	"fmt"
	"runtime"
)

// SliceWidth is the width that [Slice] chooses for n channels when none is given: an eighth of them, but 64 to 352, in
// multiples of 32, the channels whose random numbers are made together, and no multiple of 128, so that rows lie without padding
// and functions compute all of a step at once. It depends on n alone, so that a snapshot fits on any machine.
func SliceWidth(n int) int {
	w := (n + 7) / 8
	w = (max(64, min(w, 352)) + 31) &^ 31
	if w%128 == 0 {
		w += 32
	}
	return w
}

// sliceBlock is how many frames a slice computes before it goes on: with some hundred channels its windows stay in
// the second-level cache. Measured on chains of 3,000 channels: 16 to 64 frames, and widths of 184 to 1,016, are within a
// twentieth of each other; 128 frames take longer, and so do slices of 128 channels, by a sixth.
const sliceBlock = 32

// serialWork is the number of frames × channels below which a block is computed on the caller: waking workers costs
// more (about 20 µs of work).
const serialWork = 1024

// Slice builds the same chain for ranges of channels and joins the results, so that all cores work and no intermediate
// leaves the cache. build gets stages that deliver exactly what the inputs deliver and the range lo:hi to compute
// (within r, absolute indices); it returns one list of nodes, of the same kinds and order for every range. width is the
// number of channels per slice, 0 chooses [SliceWidth].
//
// The joined nodes equal the chain built once for the whole range, bit by bit. Spikes are merged by time, then cell. If
// slices fail, the earliest frame wins, then the lowest channel, and all frames before it are good.
func Slice(inputs []Stage, r Range, width int, build func(in []Stage, lo, hi int) ([]Node, error)) ([]Node, error) {
	const kind = "stages.slice"
	if r.Len() < 1 || r.Lo < 0 || width < 0 {
		return nil, fmt.Errorf("%s: channels %d:%d in slices of %d: want at least one channel", kind, r.Lo, r.Hi, width)
	}
	if width == 0 {
		width = SliceWidth(r.Len())
	}
	s := &slicer{}
	for _, in := range inputs {
		s.feeds = append(s.feeds, &feed{src: in})
	}
	for lo := r.Lo; lo < r.Hi; lo += width {
		in := make([]Stage, len(s.feeds))
		for i, f := range s.feeds {
			in[i] = f
		}
		nodes, err := build(in, lo, min(lo+width, r.Hi))
		if err != nil {
			return nil, err
		}
		s.slices = append(s.slices, &slice{nodes: nodes})
	}
	specs, err := s.join(kind)
	if err != nil {
		return nil, err
	}
	if err := s.prepareInner(false, nil); err != nil {
		return nil, err
	}
	for i := range inputs {
		for _, sl := range s.slices {
			history, ahead := sl.g.reach(s.feeds[i], sl.nodes)
			s.feeds[i].history, s.feeds[i].ahead = max(s.feeds[i].history, history), max(s.feeds[i].ahead, ahead)
		}
		s.inputs = append(s.inputs, Input{From: inputs[i], History: s.feeds[i].history, Ahead: s.feeds[i].ahead})
	}
	s.job = newJob(len(s.slices), s.compute)
	joined, err := NewMulti(kind, specs, s, s.inputs...)
	for _, n := range joined {
		s.ports = append(s.ports, n.(ported).port())
	}
	return joined, err
}

// slicer fills the joined ports.
type slicer struct {
	feeds  []*feed
	inputs []Input
	slices []*slice
	ports  []*port // joined
	pool   *pool
	memory scratch
	job    *job // the slices of a block
	// of the block being computed
	at     int64
	n      int
	dst    []Output
	shared bool // with the workers
	heads  []int
}

// slice is the chain of one range of channels.
type slice struct {
	nodes  []Node
	offset []int // first channel of each node in its joined port
	spikes [][]Spike
	g      *Graph
	n      int
	err    error

	borrowers []borrower
	borrowed  int   // numbers of all borrowers together
	direct    *port // the result, if it is written where it goes
}

// join checks that the slices return the same nodes and describes the joined ports.
func (s *slicer) join(kind string) ([]PortSpec, error) {
	first := s.slices[0].nodes
	if len(first) == 0 {
		return nil, fmt.Errorf("%s: a slice returned no nodes", kind)
	}
	specs := make([]PortSpec, len(first))
	for i, n := range first {
		f := n.Format()
		_, spikes := n.(SpikeStage)
		specs[i] = PortSpec{Name: KindOf(n), Format: f, Spikes: spikes}
		specs[i].Format.Channels = 0
	}
	for _, sl := range s.slices {
		if len(sl.nodes) != len(first) {
			return nil, fmt.Errorf("%s: slices returned %d and %d nodes: want the same list for every range", kind, len(first), len(sl.nodes))
		}
		sl.spikes = make([][]Spike, len(first))
		for i, n := range sl.nodes {
			f, want := n.Format(), &specs[i].Format
			for _, in := range s.feeds { // the frames of a block are the same numbers on both sides
				if _, err := SameRate(kind, in, n); err != nil {
					return nil, err
				}
			}
			_, spikes := n.(SpikeStage)
			if f.Rate != want.Rate || f.Frames != want.Frames || spikes != specs[i].Spikes {
				return nil, fmt.Errorf("%s: slices returned %s of %g Hz, %d frames and %s of %g Hz, %d frames: want the same list for every range",
					kind, specs[i].Name, want.Rate, want.Frames, KindOf(n), f.Rate, f.Frames)
			}
			sl.offset = append(sl.offset, want.Channels)
			want.Channels += f.Channels
		}
	}
	return specs, nil
}

func (s *slicer) prepareInner(poison bool, pool *pool) error {
	s.pool = pool
	for _, sl := range s.slices {
		roots := make([]Node, 0, len(sl.nodes))
		for j, n := range sl.nodes {
			if s.ports == nil || s.ports[j].reached {
				roots = append(roots, n)
			}
		}
		sl.g = &Graph{}
		if err := sl.g.prepare(RunOptions{Block: sliceBlock, Budget: 1 << 40, Poison: poison}, roots); err != nil {
			return err
		}
		sl.divide()
	}
	return nil
}

func (s *slicer) detach() { s.pool = nil }

// innerBytes counts borrowed memory once for each worker that may be there.
func (s *slicer) innerBytes() int64 {
	var n, most int64
	for _, sl := range s.slices {
		borrowed := 8 * int64(sl.borrowed)
		most = max(most, borrowed)
		n += sl.g.bytes - borrowed
		if sl.direct != nil {
			n -= 8 * int64(sl.g.blockOf(sl.direct.c, sl.g.block)*sl.direct.win.stride)
		}
	}
	return n + most*int64(min(len(s.slices), runtime.GOMAXPROCS(0)))
}

// Fill fetches the inputs once, then computes the slices, in parallel if there are workers.
func (s *slicer) Fill(ctx context.Context, at int64, n int, dst []Output) (int, error) {
	if err := s.launch(ctx, at, n, dst); err != nil {
		return 0, err
	}
	return s.land()
}

// launch fetches the inputs and lets the workers begin with the slices.
func (s *slicer) launch(ctx context.Context, at int64, n int, dst []Output) error {
	for _, f := range s.feeds {
		if err := f.load(ctx, at, n); err != nil {
			return err
		}
	}
	s.at, s.n, s.dst = at, n, dst
	s.shared = s.pool != nil && len(s.slices) > 1 && n*len(s.slices)*64 >= serialWork
	if s.shared {
		s.pool.begin(s.job)
	}
	return nil
}

// land computes the slices that nobody has taken yet and joins them all.
func (s *slicer) land() (int, error) {
	if s.shared {
		s.job.finish()
	} else {
		for i := range s.slices {
			s.compute(i)
		}
	}
	at, n, dst := s.at, s.n, s.dst
	got, err := n, error(nil)
	for _, sl := range s.slices {
		if sl.err != nil && sl.n < got {
			got, err = sl.n, sl.err
		}
	}
	for i, d := range dst {
		if d.Spikes != nil {
			s.merge(i, at+int64(got), d.Spikes)
		}
	}
	return got, err
}

// compute is one slice of the block, in steps that stay in the cache. Slices do not see the context: a step is short,
// and a slice that stopped alone would lose its place.
func (s *slicer) compute(i int) {
	sl := s.slices[i]
	sl.n, sl.err = 0, nil
	for j := range sl.spikes {
		sl.spikes[j] = sl.spikes[j][:0]
	}
	memory := s.memory.take(sl.borrowed)
	sl.lend(memory)
	for sl.n < s.n && sl.err == nil {
		step := min(sliceBlock, s.n-sl.n)
		got := step
		for j, node := range sl.nodes {
			if !s.dst[j].Wanted() {
				continue
			}
			m, err := sl.pull(j, node, s.at, sl.n, step, s.dst[j])
			if err != nil && (m < got || sl.err == nil) {
				got, sl.err = min(got, m), err
			}
		}
		sl.n += got
	}
	if sl.err != nil {
		return // a node may have gone further than the one that reads it, which goes on from there after a stop: the windows keep the memory
	}
	sl.collect()
	s.memory.give(memory)
}

// pull moves one step of one node into its place in the joined port.
func (sl *slice) pull(j int, node Node, at int64, done, step int, dst Output) (int, error) {
	from := at + int64(done)
	if dst.Spikes != nil {
		got, err := node.(SpikeStage).FetchSpikes(context.Background(), from, from+int64(step))
		sl.spikes[j] = append(sl.spikes[j], got.List...)
		return int(got.End - got.Start), err
	}
	lo := sl.offset[j]
	place := dst.Frames.Range(lo, lo+node.Format().Channels).Cut(done, done+step)
	if p := sl.direct; p != nil && p.c.hi == from {
		return p.fetchInto(context.Background(), from, place)
	}
	got, err := node.(Stage).Fetch(context.Background(), from, from+int64(step))
	place.CopyFrom(got, got.N)
	return got.N, err
}

// merge joins the spikes of port j before frame end in order of time, then slice: cells of a later slice are higher.
func (s *slicer) merge(j int, end int64, list *[]Spike) {
	if cap(s.heads) < len(s.slices) {
		s.heads = make([]int, len(s.slices))
	}
	heads := s.heads[:len(s.slices)]
	clear(heads)
	for {
		at := end
		for i, sl := range s.slices {
			if h := heads[i]; h < len(sl.spikes[j]) && sl.spikes[j][h].At < at {
				at = sl.spikes[j][h].At
			}
		}
		if at == end {
			return
		}
		for i, sl := range s.slices {
			h := heads[i]
			for h < len(sl.spikes[j]) && sl.spikes[j][h].At == at {
				*list = append(*list, sl.spikes[j][h])
				h++
			}
			heads[i] = h
		}
	}
}

// feed shows the slices the frames of one input that the joined node has fetched. Several slices read it at once.
type feed struct {
	src            Stage
	history, ahead int
	frames         Frames
	lo             int64
	err            error
}

func (f *feed) Format() Format { return f.src.Format() }
func (f *feed) Inputs() []Node { return nil }
func (f *feed) Kind() string   { return KindOf(f.src) }

// load fetches what the slices need for frames at:at+n.
func (f *feed) load(ctx context.Context, at int64, n int) error {
	f.lo = max(0, at-int64(f.history))
	f.frames, f.err = f.src.Fetch(ctx, f.lo, at+int64(n+f.ahead))
	if f.err != nil && isCancel(ctx, f.err) {
		return f.err
	}
	return nil
}

var errFeed = errors.New("stages.slice: a slice reads frames that it did not declare")

// Fetch returns frames that have been loaded.
func (f *feed) Fetch(_ context.Context, start, end int64) (Frames, error) {
	hi := f.lo + int64(f.frames.N)
	if start < f.lo || (end > hi && f.err == nil) || end < start {
		return Frames{}, errFeed
	}
	if end <= hi {
		return f.frames.Cut(int(start-f.lo), int(end-f.lo)), nil
	}
	if start >= hi {
		return Frames{Channels: f.frames.Channels, Stride: f.frames.Stride}, f.err
	}
	return f.frames.Cut(int(start-f.lo), f.frames.N), f.err
}
