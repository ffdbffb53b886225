package stagetest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sort"

	"hearpipe/stages"
)

// subsets prepares graphs in which only some ports are read.
func (s *suite) subsets() error {
	k := len(s.want)
	if k < 2 {
		return nil
	}
	var sets []uint64
	if k <= 4 {
		for m := uint64(1); m < 1<<k; m++ {
			sets = append(sets, m)
		}
	} else {
		rng := rand.New(rand.NewPCG(6, 1))
		for i := range k {
			sets = append(sets, 1<<i, 1+rng.Uint64N(1<<k-1))
		}
	}
	for _, m := range sets {
		g, err := s.build(setup{stream: m%2 == 0})
		if err != nil {
			return err
		}
		all := g.ports
		var want []*track
		g.ports = nil
		for i := k - 1; i >= 0; i-- {
			if m>>i&1 == 1 {
				g.ports, want = append(g.ports, all[i]), append(want, s.want[i])
			}
		}
		graph, err := stages.Prepare(stages.RunOptions{Block: 50, Workers: 1, Poison: true}, g.ports...)
		if err != nil {
			return err
		}
		got, err := s.pull(g, steps(int64(graph.Block())))
		graph.Close()
		if err == nil {
			err = sameTracks(want, got)
		}
		if err != nil {
			return fmt.Errorf("only the ports %0*b are read: %w", k, m, err)
		}
	}
	return nil
}

// slices computes ranges of the channels alone and through stages.Slice.
func (s *suite) slices() error {
	if !s.r.Sliced {
		return nil
	}
	rng := rand.New(rand.NewPCG(7, 1))
	n := s.r.Channels
	for range 3 {
		if err := s.ranges(cuts(rng, n)); err != nil {
			return err
		}
	}
	if !s.oneRate() {
		return nil
	}
	for _, width := range []int{1, 3, (n + 1) / 2, n} {
		for workers := 1; workers <= 3; workers++ {
			for _, block := range []int{1, 33, 479} {
				if block == 1 && workers > 1 {
					continue
				}
				v := setup{stream: workers == 2}
				if err := s.slicedBy(width, v, stages.RunOptions{Block: block, Workers: workers, Poison: workers == 3}, s.want); err != nil {
					return fmt.Errorf("slices of %d channels, %d workers, block %d: %w", width, workers, block, err)
				}
			}
		}
	}
	for i := range s.r.Inputs {
		v := setup{edit: func(j int, sig *Signal) {
			if j == i {
				sig.Fail, sig.FailAt = errBroken, s.n/3
			}
		}}
		want, err := s.whole(v)
		if err == nil {
			cutAtFailure(want)
			err = s.slicedBy((n+1)/2, v, stages.RunOptions{Block: 100, Workers: 2}, want)
		}
		if err != nil {
			return fmt.Errorf("sliced, input %d fails at frame %d: %w", i, s.n/3, err)
		}
	}
	return nil
}

// cutAtFailure ends all ports where the first one fails, as the ports of one node end.
func cutAtFailure(tracks []*track) {
	var first *track
	for _, t := range tracks {
		if errors.Is(t.err, errBroken) && (first == nil || t.end < first.end) {
			first = t
		}
	}
	if first == nil {
		return
	}
	for _, t := range tracks {
		if t.end >= first.end {
			t.end, t.err = first.end, first.err
		}
	}
}

// slicedBy pulls the joined slices of one width and compares.
func (s *suite) slicedBy(width int, v setup, opt stages.RunOptions, want []*track) error {
	v.wrap = func(in []stages.Stage) ([]stages.Node, error) {
		return stages.Slice(in, stages.Range{Lo: 0, Hi: s.r.Channels}, width, func(in []stages.Stage, lo, hi int) ([]stages.Node, error) {
			return s.r.Build(in, stages.Range{Lo: lo, Hi: hi})
		})
	}
	return s.withGraph(v, opt, 1, func(g *rig, block int64) error {
		got, err := s.pull(g, steps(block))
		if err != nil {
			return err
		}
		return sameTracks(want, got)
	})
}

// cuts are random borders of ranges, 0 and n included.
func cuts(rng *rand.Rand, n int) []int {
	at := []int{0, n}
	for range min(3, n-1) {
		at = append(at, 1+rng.IntN(n-1))
	}
	sort.Ints(at)
	out := at[:1]
	for _, c := range at[1:] {
		if c != out[len(out)-1] {
			out = append(out, c)
		}
	}
	return out
}

// ranges builds each range and compares the joined ports with the whole.
func (s *suite) ranges(at []int) error {
	joined := make([]*track, len(s.want))
	for k := range len(at) - 1 {
		r := stages.Range{Lo: at[k], Hi: at[k+1]}
		parts, err := s.whole(setup{r: r})
		if err != nil {
			return fmt.Errorf("channels %d:%d: %w", r.Lo, r.Hi, err)
		}
		if len(parts) != len(s.want) {
			return fmt.Errorf("channels %d:%d: %d ports, the whole has %d", r.Lo, r.Hi, len(parts), len(s.want))
		}
		for i, p := range parts {
			if s.want[i].format.Channels == s.r.Channels {
				if f := p.format; f.First != r.Lo || f.Channels != r.Len() {
					return fmt.Errorf("%s: channels %d:%d: the format says %d channels from %d on", p.name, r.Lo, r.Hi, f.Channels, f.First)
				}
			}
			if joined[i] == nil {
				joined[i] = p
			} else if err := joined[i].join(p); err != nil {
				return fmt.Errorf("channels %d:%d: %w", r.Lo, r.Hi, err)
			}
		}
	}
	if err := sameTracks(s.want, joined); err != nil {
		return fmt.Errorf("ranges cut at %v and joined: %w", at, err)
	}
	return nil
}

// join puts the channels of u beside those of t.
func (t *track) join(u *track) error {
	if t.end != u.end {
		return fmt.Errorf("%s: %d frames, lower channels have %d", t.name, u.end, t.end)
	}
	a, b := t.format.Channels, u.format.Channels
	if len(t.data) > 0 {
		data := make([]float64, 0, len(t.data)+len(u.data))
		for i := range int(t.end) {
			data = append(append(data, t.data[i*a:(i+1)*a]...), u.data[i*b:(i+1)*b]...)
		}
		t.data = data
	}
	t.list = append(t.list, u.list...)
	sort.SliceStable(t.list, func(i, j int) bool {
		if t.list[i].At != t.list[j].At {
			return t.list[i].At < t.list[j].At
		}
		return t.list[i].Cell < t.list[j].Cell
	})
	t.format.Channels = a + b
	return nil
}

// oneRate says whether all inputs and ports have one rate and all ports one length, as stages.Slice demands.
func (s *suite) oneRate() bool {
	for _, sig := range s.r.Inputs {
		if sig.withDefaults().Rate != s.rate {
			return false
		}
	}
	for _, t := range s.want {
		if t.format.Rate != s.rate || t.format.Frames != s.want[0].format.Frames {
			return false
		}
	}
	return true
}

// history computes the whole as a single slice: it sees exactly the frames of a block and the history and look-ahead
// that it has declared.
func (s *suite) history() error {
	if len(s.r.Inputs) == 0 || !s.oneRate() {
		return nil
	}
	v := setup{wrap: func(in []stages.Stage) ([]stages.Node, error) {
		return stages.Slice(in, stages.Range{Lo: 0, Hi: 1}, 1, func(in []stages.Stage, _, _ int) ([]stages.Node, error) {
			return s.r.Build(in, stages.Range{})
		})
	}}
	for _, block := range []int64{1, 7, 64} {
		g, err := s.build(v)
		if err != nil {
			return err
		}
		got, err := s.pull(g, steps(block))
		if err == nil {
			err = sameTracks(s.want, got)
		}
		if err != nil {
			return fmt.Errorf("inputs that hold only what is declared, block %d: %w", block, err)
		}
	}
	return nil
}
