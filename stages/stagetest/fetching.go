package stagetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"

	"hearpipe/stages"
)

// flavours are inputs and block sizes that bring out work done at the end of a block: plain noise, values so small that
// results are denormal, and bursts with silence between them.
var flavours = []struct {
	name string
	edit func(i int, sig *Signal)
}{
	{"noise", nil},
	{"denormal", func(_ int, sig *Signal) { sig.Scale *= 0x1p-1030 }},
	{"bursts", func(_ int, sig *Signal) {
		plain := *sig
		plain.Scale = 1
		sig.Value = func(at int64, c int) float64 {
			if at/97%3 != 0 {
				return 0
			}
			return plain.At(at, c-plain.First)
		}
	}},
}

// blocks compares fetches in blocks of several sizes with one fetch of everything, without Prepare if there is one
// port and one reader inside.
func (s *suite) blocks() error {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, fl := range flavours {
		if fl.edit != nil && len(s.r.Inputs) == 0 {
			continue
		}
		want, err := s.whole(setup{edit: fl.edit})
		if err != nil {
			return fmt.Errorf("%s: whole: %w", fl.name, err)
		}
		for _, b := range []struct {
			name string
			step func() int64
		}{
			{"1", steps(1)},
			{"7", steps(7)},
			{"32", steps(32)},
			{"479", steps(479)},
			{"random, up to 50", randomSteps(rng, 50)},
			{"random, up to 500", randomSteps(rng, 500)},
		} {
			g, err := s.build(setup{edit: fl.edit, stream: b.name == "32"})
			if err != nil {
				return err
			}
			got, err := s.pull(g, b.step)
			if err == nil {
				err = sameTracks(want, got)
			}
			if err != nil {
				return fmt.Errorf("%s, block %s: %w", fl.name, b.name, err)
			}
		}
	}
	return nil
}

// prepared does the same in graphs prepared for tests: windows as small as declared, stale views poisoned.
func (s *suite) prepared() error {
	rng := rand.New(rand.NewPCG(2, 1))
	for _, block := range []int{1, 7, 32, 479, 1 + rng.IntN(300)} {
		for _, stream := range []bool{false, true} {
			err := s.withGraph(setup{stream: stream}, stages.RunOptions{Block: block, Workers: 1, Poison: true}, 1,
				func(g *rig, block int64) error {
					got, err := s.pull(g, steps(block))
					if err != nil {
						return err
					}
					return sameTracks(s.want, got)
				})
			if err != nil {
				return fmt.Errorf("block %d: %w", block, err)
			}
		}
	}
	return nil
}

// withGraph builds, prepares for so many consumers of each port, runs f, and closes.
func (s *suite) withGraph(v setup, opt stages.RunOptions, consumers int, f func(g *rig, block int64) error) error {
	g, err := s.build(v)
	if err != nil {
		return err
	}
	var roots []stages.Node
	for range consumers {
		roots = append(roots, g.ports...)
	}
	graph, err := stages.Prepare(opt, roots...)
	if err != nil {
		return err
	}
	defer graph.Close()
	return f(g, int64(graph.Block()))
}

// strides gives inputs whose rows are padded with NaN.
func (s *suite) strides() error {
	for _, pad := range []int{1, 3, 8} {
		g, err := s.build(setup{edit: func(i int, sig *Signal) { sig.Padding = pad + i }})
		if err != nil {
			return err
		}
		got, err := s.pull(g, steps(29))
		if err == nil {
			err = sameTracks(s.want, got)
		}
		if err != nil {
			return fmt.Errorf("rows of the inputs padded by %d: %w", pad, err)
		}
	}
	return nil
}

// consumers lets three consumers read each port, in random order and at a random pace within a block, and fetch again.
func (s *suite) consumers() error {
	const readers = 3
	rng := rand.New(rand.NewPCG(3, 1))
	ctx := context.Background()
	for _, block := range []int{1, 8, 61, 200} {
		for _, stream := range []bool{false, true} {
			opt := stages.RunOptions{Block: block, Workers: 1, Poison: stream}
			err := s.withGraph(setup{stream: stream}, opt, readers, func(g *rig, block int64) error {
				var tracks []*track
				for range readers {
					for i, p := range g.ports {
						tracks = append(tracks, newTrack(i, p, 0))
					}
				}
				for n := min(block, s.limit); ; n = min(n+block, s.limit) {
					if err := s.mingle(ctx, rng, tracks, n); err != nil {
						return err
					}
					if n == s.limit || s.over(tracks) {
						break
					}
				}
				for i, t := range tracks {
					if err := s.want[i%len(g.ports)].same(t); err != nil {
						return fmt.Errorf("consumer %d: %w", i/len(g.ports), err)
					}
				}
				return g.damage()
			})
			if err != nil {
				return fmt.Errorf("block %d: %w", block, err)
			}
		}
	}
	return nil
}

// mingle brings all tracks to frame n of the fastest port, a random one by a random step at a time.
func (s *suite) mingle(ctx context.Context, rng *rand.Rand, tracks []*track, n int64) error {
	todo := make([]*track, 0, len(tracks))
	for _, t := range tracks {
		if t.err == nil && s.target(t, n) > t.end {
			todo = append(todo, t)
		}
	}
	for len(todo) > 0 {
		i := rng.IntN(len(todo))
		t := todo[i]
		from := t.end
		if err := t.next(ctx, 1+rng.Int64N(s.target(t, n)-t.end)); err != nil {
			return err
		}
		if t.end > from && rng.IntN(3) == 0 {
			lo := from + rng.Int64N(t.end-from)
			if err := t.again(ctx, lo, lo+1+rng.Int64N(t.end-lo)); err != nil {
				return err
			}
		}
		if t.err != nil || t.end >= s.target(t, n) {
			todo[i] = todo[len(todo)-1]
			todo = todo[:len(todo)-1]
		}
	}
	return nil
}

// arguments tries impossible and empty ranges; they change nothing.
func (s *suite) arguments() error {
	g, err := s.build(setup{})
	if err != nil {
		return err
	}
	again, err := s.build(setup{})
	if err != nil {
		return err
	}
	ctx := context.Background()
	for i, p := range g.ports {
		t := newTrack(i, p, 0)
		if f := again.ports[i].Format(); f != t.format {
			return fmt.Errorf("%s: built twice, the formats are %+v and %+v", t.name, t.format, f)
		}
		if f := t.format; !(f.Rate > 0) || f.Channels < 1 || f.Frames < 0 || f.First < 0 {
			return fmt.Errorf("%s: impossible format %+v", t.name, f)
		}
		for _, r := range [][2]int64{{-1, 3}, {5, 3}, {-4, -2}} {
			n, err := fetchRaw(ctx, p, r[0], r[1])
			if n != 0 || err == nil || errors.Is(err, io.EOF) {
				return fmt.Errorf("%s: fetch %d:%d: %d frames and the error %v: want an error that says the range is impossible", t.name, r[0], r[1], n, err)
			}
		}
		if n, _, _, err := t.get(ctx, 0, 0); n != 0 || err != nil {
			return fmt.Errorf("%s: fetch 0:0: %d frames and the error %v: want none", t.name, n, err)
		}
	}
	got, err := s.pull(g, steps(32))
	if err != nil {
		return err
	}
	if err := sameTracks(s.want, got); err != nil {
		return fmt.Errorf("after refused ranges: %w", err)
	}
	for i, p := range g.ports {
		if f := p.Format(); f != got[i].format {
			return fmt.Errorf("%s: the format has changed from %+v to %+v", got[i].name, got[i].format, f)
		}
	}
	return nil
}

// fetchRaw fetches without any check.
func fetchRaw(ctx context.Context, p stages.Node, start, end int64) (int64, error) {
	if st, ok := p.(stages.Stage); ok {
		f, err := st.Fetch(ctx, start, end)
		return int64(f.N), err
	}
	sp, err := p.(stages.SpikeStage).FetchSpikes(ctx, start, end)
	return sp.End - sp.Start, err
}
