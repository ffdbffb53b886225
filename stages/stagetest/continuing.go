package stagetest

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"

	"hearpipe/stages"
)

// snapshot stops at a random frame, loads a fresh graph, and wants the remaining frames. It tries damaged snapshots too.
func (s *suite) snapshot() error {
	rng := rand.New(rand.NewPCG(8, 1))
	last := int64(0)
	for _, t := range s.want {
		last = max(last, int64(float64(t.end)*s.rate/t.format.Rate))
	}
	stops := []int64{0, 1, last}
	for range 4 {
		stops = append(stops, rng.Int64N(last+1))
	}
	for i, stop := range stops {
		from, to := 1+rng.IntN(60), 1+rng.IntN(60)
		if err := s.resume(rng, stop, from, to, i%2 == 0); err != nil {
			return fmt.Errorf("stopped at frame %d in blocks of %d, resumed in blocks of %d: %w", stop, from, to, err)
		}
	}
	return nil
}

// prepare builds and prepares a graph; the caller closes it.
func (s *suite) prepare(v setup, block int) (*rig, *stages.Graph, []*track, error) {
	g, err := s.build(v)
	if err != nil {
		return nil, nil, nil, err
	}
	graph, err := stages.Prepare(stages.RunOptions{Block: block, Workers: 1, Poison: true}, g.ports...)
	if err != nil {
		return nil, nil, nil, err
	}
	var tracks []*track
	for i, p := range g.ports {
		tracks = append(tracks, newTrack(i, p, 0))
	}
	return g, graph, tracks, nil
}

func (s *suite) resume(rng *rand.Rand, stop int64, from, to int, stream bool) error {
	ctx := context.Background()
	g, graph, old, err := s.prepare(setup{stream: stream}, from)
	if err != nil {
		return err
	}
	defer graph.Close()
	block := int64(graph.Block())
	for n := int64(0); n < stop; {
		n = min(n+block, stop)
		if err := s.mingle(ctx, rng, old, n); err != nil {
			return err
		}
	}
	b, err := graph.Snapshot()
	if err != nil {
		return err
	}
	if again, err := graph.Snapshot(); err != nil || !bytes.Equal(b, again) {
		return fmt.Errorf("two snapshots of one moment differ (%v)", err)
	}
	_, fresh, tracks, err := s.prepare(setup{stream: stream}, to)
	if err != nil {
		return err
	}
	defer fresh.Close()
	if err := s.damaged(rng, b, stream); err != nil {
		return err
	}
	kept := append([]byte(nil), b...)
	if err := fresh.Restore(kept); err != nil {
		return err
	}
	for i := range kept {
		kept[i] = 0xff // a stage that keeps the bytes it was loaded from is found
	}
	if _, err := fresh.Snapshot(); err != nil {
		return err
	}
	for i, t := range tracks {
		t.start, t.end = old[i].end, old[i].end
	}
	if err := s.finish(ctx, rng, tracks, stop, int64(fresh.Block())); err != nil {
		return fmt.Errorf("resumed: %w", err)
	}
	if err := s.finish(ctx, rng, old, stop, block); err != nil {
		return fmt.Errorf("continued after the snapshot: %w", err)
	}
	return g.damage()
}

// finish pulls the tracks from frame n on and compares them with the whole.
func (s *suite) finish(ctx context.Context, rng *rand.Rand, tracks []*track, n, block int64) error {
	for n < s.limit && !s.over(tracks) {
		n = min(n+block, s.limit)
		if err := s.mingle(ctx, rng, tracks, n); err != nil {
			return err
		}
	}
	return sameTracks(s.want, tracks)
}

// damaged loads snapshots that are cut short, too long, or of another graph; each must be refused.
func (s *suite) damaged(rng *rand.Rand, b []byte, stream bool) error {
	flipped := append([]byte(nil), b...)
	flipped[8] ^= 1 // in the hash of the description
	version := append([]byte(nil), b...)
	version[4]++
	for _, bad := range []struct {
		name string
		b    []byte
	}{
		{"an empty snapshot", nil},
		{"a snapshot cut short", b[:rng.IntN(len(b))]},
		{"a snapshot without its last byte", b[:len(b)-1]},
		{"a snapshot with a byte too many", append(append([]byte(nil), b...), 0)},
		{"the snapshot of another graph", flipped},
		{"a snapshot of another version", version},
	} {
		_, graph, _, err := s.prepare(setup{stream: stream}, 16)
		if err != nil {
			return err
		}
		err = graph.Restore(bad.b)
		graph.Close()
		if err == nil {
			return fmt.Errorf("%s was loaded", bad.name)
		}
	}
	for range 10 { // any byte may be wrong: whether that shows depends on the byte, but it must not crash
		spoilt := append([]byte(nil), b...)
		spoilt[rng.IntN(len(b))] ^= byte(1 + rng.IntN(255))
		_, graph, _, err := s.prepare(setup{stream: stream}, 16)
		if err != nil {
			return err
		}
		_ = graph.Restore(spoilt)
		graph.Close()
	}
	return nil
}

// late starts the clock beyond 2³², 2³³ and 2⁵² frames, as if all had been zero before.
func (s *suite) late() error {
	if s.r.KeepsClock {
		return nil
	}
	const frames = 150
	for _, around := range []int64{1<<31 - 40, 1<<32 - 40, 1 << 33, 1 << 52} {
		at, err := s.lateStart(around)
		if err != nil {
			return err
		}
		if endless, err := s.endless(); err != nil || !endless {
			return err
		}
		var first []*track
		if s.r.Period > 0 {
			if first, err = s.lateFrames(0, frames, frames); err != nil {
				return err
			}
		}
		for _, block := range []int64{1, 7, frames} {
			got, err := s.lateFrames(at, frames, block)
			if err != nil {
				return fmt.Errorf("from frame %d on, block %d: %w", at, block, err)
			}
			if first == nil {
				first = got
			}
			for i, t := range first {
				if err := t.shifted(got[i].start - t.start).equal(got[i]); err != nil {
					return fmt.Errorf("from frame %d on, block %d: %w", at, block, err)
				}
				if t.end-t.start != got[i].end-got[i].start {
					return fmt.Errorf("from frame %d on, block %d: %s: %d frames, want %d", at, block, t.name, got[i].end-got[i].start, t.end-t.start)
				}
			}
		}
	}
	return nil
}

// endless says whether all ports go on with endless inputs: a stage with a length of its own has no late frames.
func (s *suite) endless() (bool, error) {
	g, err := s.build(setup{edit: func(_ int, sig *Signal) { sig.Frames = stages.Unbounded }})
	if err != nil {
		return false, err
	}
	for _, p := range g.ports {
		if p.Format().Frames != stages.Unbounded {
			return false, nil
		}
	}
	return true, nil
}

// shifted is the same track on a clock that is later by d frames.
func (t *track) shifted(d int64) *track {
	u := *t
	u.start, u.end = t.start+d, t.end+d
	u.list = append([]stages.Spike(nil), t.list...)
	for i := range u.list {
		u.list[i].At += d
	}
	return &u
}

// lateStart is a frame of the fastest port near the given one: a multiple of the period, and a whole frame at the rates
// of all inputs and ports.
func (s *suite) lateStart(around int64) (int64, error) {
	period := max(1, s.r.Period)
	at := around / period * period
	for range 1_000_000 {
		ok := true
		for _, sig := range s.r.Inputs {
			ok = ok && isWhole(at, sig.withDefaults().Rate/s.rate)
		}
		for _, t := range s.want {
			ok = ok && isWhole(at, t.format.Rate/s.rate)
		}
		if ok {
			return at, nil
		}
		at += period
	}
	return 0, fmt.Errorf("no frame near %d is a whole one at all rates", around)
}

// isWhole says whether at frames are a whole number of frames at another rate.
func isWhole(at int64, ratio float64) bool {
	x := float64(at) * ratio
	return x == float64(int64(x))
}

// lateFrames puts a fresh graph to frame at of the fastest port and pulls so many frames.
func (s *suite) lateFrames(at, frames, block int64) ([]*track, error) {
	v := setup{edit: func(_ int, sig *Signal) {
		sig.Origin = int64(float64(at) * (sig.Rate / s.rate))
		sig.Frames = stages.Unbounded
	}}
	g, err := s.build(v)
	if err != nil {
		return nil, err
	}
	graph, err := stages.Prepare(stages.RunOptions{Block: int(block), Workers: 1, Poison: true}, g.ports...)
	if err != nil {
		return nil, err
	}
	defer graph.Close()
	if err := graph.StartAt(at); err != nil {
		return nil, err
	}
	var tracks []*track
	for i, p := range g.ports {
		t := newTrack(i, p, 0)
		t.start = s.target(t, at)
		t.end = t.start
		tracks = append(tracks, t)
	}
	for n := int64(0); n < frames; {
		n = min(n+int64(graph.Block()), frames)
		for _, t := range tracks {
			if more := t.start + s.target(t, n) - t.end; more > 0 && t.err == nil {
				if err := t.next(context.Background(), more); err != nil {
					return nil, err
				}
			}
		}
	}
	return tracks, g.damage()
}
