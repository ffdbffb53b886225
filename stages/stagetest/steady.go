package stagetest

import (
	"context"
	"fmt"
	"io"
	"math"
	"runtime"

	"hearpipe/stages"
)

// allocations wants none once windows have their size.
func (s *suite) allocations() error {
	const (
		block  = 32
		warmup = 48
		blocks = 40
		tries  = 8
	)
	v := setup{edit: func(_ int, sig *Signal) { sig.Frames = stages.Unbounded }}
	return s.withGraph(v, stages.RunOptions{Block: block, Workers: 1}, 1, func(g *rig, block int64) error {
		ctx := context.Background()
		at := make([]int64, len(g.ports))
		n := int64(0)
		run := func(blocks int) error {
			for range blocks {
				n += block
				for i, p := range g.ports {
					end := int64(float64(n) * p.Format().Rate / s.rate)
					if end == at[i] {
						continue
					}
					if _, err := fetchRaw(ctx, p, at[i], end); err != nil {
						return err
					}
					at[i] = end
				}
			}
			return nil
		}
		if err := run(warmup); err != nil {
			return notEOF(err)
		}
		// A burst of spikes may make a list grow late, and the runtime allocates now and then: one clean stretch suffices,
		// for a stage that allocates as it goes has none.
		least := uint64(math.MaxUint64)
		var before, after runtime.MemStats
		for range tries {
			runtime.ReadMemStats(&before)
			err := run(blocks)
			runtime.ReadMemStats(&after)
			if err != nil {
				return notEOF(err)
			}
			if least = min(least, after.Mallocs-before.Mallocs); least == 0 {
				return nil
			}
		}
		return fmt.Errorf("%d allocations in %d blocks of %d frames: want none in steady state", least, blocks, block)
	})
}

// notEOF forgives a stage whose own end comes before it has settled.
func notEOF(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}

// special injects one NaN or infinity: the bits do not depend on the block size, earlier frames and other channels are
// those without it, and a NaN does not vanish.
func (s *suite) special() error {
	for i, sig := range s.r.Inputs {
		sig = sig.withDefaults()
		for k, x := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
			c := (sig.Channels - 1) * k / 2
			at := s.n/4 + int64(k)
			if sig.Frames > 0 {
				at = min(at, sig.Frames-1)
			}
			v := setup{edit: func(j int, sig *Signal) {
				if j == i {
					sig.Inject = append(sig.Inject[:len(sig.Inject):len(sig.Inject)], Sample{At: at, Channel: c, Value: x})
				}
			}}
			if err := s.injected(v, i, at, c, math.IsNaN(x)); err != nil {
				return fmt.Errorf("%g in input %d, frame %d, channel %d: %w", x, i, at, c, err)
			}
		}
	}
	return nil
}

func (s *suite) injected(v setup, i int, at int64, c int, isNaN bool) error {
	got, err := s.whole(v)
	if err != nil {
		return err
	}
	for _, b := range []int64{1, 32, 90} {
		g, err := s.build(v)
		if err != nil {
			return err
		}
		again, err := s.pull(g, steps(b))
		if err != nil {
			return err
		}
		if err := sameTracks(got, again); err != nil {
			return fmt.Errorf("block %d: %w", b, err)
		}
	}
	sig := s.r.Inputs[i].withDefaults()
	seen, frames := false, false
	for p, t := range got {
		want := s.want[p]
		first := int64(math.Floor(float64(at-int64(s.r.Ahead)) * t.format.Rate / sig.Rate))
		earlier := *want
		earlier.end = max(0, min(first, t.end))
		if err := earlier.equal(t); err != nil {
			return fmt.Errorf("a frame before it has changed: %w", err)
		}
		frames = frames || len(t.data) > 0
		for _, x := range t.data {
			seen = seen || math.IsNaN(x)
		}
		if s.r.Mixes || t.format.Channels != sig.Channels || sig.Channels == 1 {
			continue
		}
		if err := want.without(c).equal(t.without(c)); err != nil {
			return fmt.Errorf("another channel has changed: %w", err)
		}
	}
	if isNaN && !seen && frames && !s.r.HidesNaN {
		return fmt.Errorf("it vanished: no frame of the output is NaN")
	}
	return nil
}

// without is the track with channel c (index from 0) set to zero, or without the spikes of that cell.
func (t *track) without(c int) *track {
	u := *t
	u.data, u.list = append([]float64(nil), t.data...), nil
	for i := c; i < len(u.data); i += t.format.Channels {
		u.data[i] = 0
	}
	for _, s := range t.list {
		if int(s.Cell) != t.format.First+c {
			u.list = append(u.list, s)
		}
	}
	return &u
}
