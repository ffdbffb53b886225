package stagetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"

	"hearpipe/stages"
)

// ends checks the end of the stream for inputs of several lengths, declared and not.
func (s *suite) ends() error {
	lengths := []int64{0, 1, 2, 33, s.n}
	if len(s.r.Inputs) == 0 {
		lengths = lengths[:1]
	}
	for _, n := range lengths {
		var closed []*track
		for _, open := range []bool{false, true} {
			v := setup{edit: func(_ int, sig *Signal) { sig.Frames, sig.Open = n, open }}
			g, err := s.build(v)
			if err != nil && (n == 0 || open) {
				continue // a stage may refuse an empty input, or one of unknown length
			}
			if err != nil {
				return err
			}
			whole, err := s.pull(g, steps(s.limit))
			if err == nil {
				err = s.atEnd(g, whole)
			}
			if err == nil && open && closed != nil {
				err = sameTracks(closed, whole)
			}
			if !open {
				closed = whole
			}
			for _, b := range []int64{1, 7, 32} {
				if err != nil {
					break
				}
				if g, err = s.build(v); err != nil {
					break
				}
				var got []*track
				if got, err = s.pull(g, steps(b)); err == nil {
					err = sameTracks(whole, got)
				}
			}
			if err != nil {
				return fmt.Errorf("inputs of %d frames (length unknown: %t): %w", n, open, err)
			}
		}
	}
	return nil
}

// atEnd fetches around the end of the ports that have been fetched whole.
func (s *suite) atEnd(g *rig, whole []*track) error {
	ctx := context.Background()
	for i, t := range whole {
		frames := t.format.Frames
		if t.err == nil && frames != stages.Unbounded && frames < s.target(t, s.limit) {
			return fmt.Errorf("%s: no end after %d frames: the format says %d", t.name, t.end, frames)
		}
		if t.err == nil {
			continue
		}
		if t.err != io.EOF {
			return fmt.Errorf("%s: ended with %q: want io.EOF", t.name, t.err)
		}
		if frames != stages.Unbounded && t.end != frames {
			return fmt.Errorf("%s: ended after %d frames: the format says %d", t.name, t.end, frames)
		}
		for _, r := range [][2]int64{{t.end, t.end + 5}, {t.end + 10, t.end + 20}, {max(0, t.end-3), t.end + 5}, {t.end, t.end + 1}} {
			u := newTrack(i, g.ports[i], r[0])
			if err := u.next(ctx, r[1]-r[0]); err != nil {
				return err
			}
			if u.err != io.EOF || u.end != max(r[0], t.end) {
				return fmt.Errorf("%s: fetch %d:%d of %d frames: %d frames and %v: want io.EOF", t.name, r[0], r[1], t.end, u.end-r[0], u.err)
			}
			if err := t.equal(u); err != nil {
				return err
			}
		}
		if err := t.again(ctx, max(0, t.end-3), t.end); err != nil {
			return err
		}
	}
	return nil
}

// lengths gives inputs of unequal lengths: one that has ended counts as zeros until the longest has.
func (s *suite) lengths() error {
	k := len(s.r.Inputs)
	if k < 2 {
		return nil
	}
	rng := rand.New(rand.NewPCG(4, 1))
	var cases [][]int64
	for i := range k {
		short, empty := make([]int64, k), make([]int64, k)
		for j := range k {
			short[j], empty[j] = s.n, s.n
		}
		short[i], empty[i] = 1+rng.Int64N(s.n-1), 0
		cases = append(cases, short, empty)
	}
	random := make([]int64, k)
	for i := range random {
		random[i] = rng.Int64N(s.n + 1)
	}
	for _, c := range append(cases, random) {
		longest := 0.0 // in seconds: inputs may have several rates
		for i, sig := range s.r.Inputs {
			longest = math.Max(longest, float64(c[i])/sig.withDefaults().Rate)
		}
		want, err := s.whole(setup{edit: func(i int, sig *Signal) { // the same, with the zeros written out
			plain, end := *sig, c[i]
			plain.Scale = 1
			sig.Frames = int64(math.Round(longest * sig.Rate))
			sig.Value = func(at int64, ch int) float64 {
				if at >= end {
					return 0
				}
				return plain.At(at, ch-plain.First)
			}
		}})
		if err != nil {
			return err
		}
		for _, b := range []int64{s.limit, 1, 32} {
			for _, open := range []bool{false, true} {
				g, err := s.build(setup{stream: b == 32, edit: func(i int, sig *Signal) { sig.Frames, sig.Open = c[i], open }})
				if err != nil && (open || len(s.r.Inputs) > 0 && hasZero(c)) {
					continue
				}
				if err != nil {
					return err
				}
				got, err := s.pull(g, steps(b))
				if err == nil {
					err = sameTracks(want, got)
				}
				if err != nil {
					return fmt.Errorf("inputs of %d frames, block %d: %w", c, b, err)
				}
			}
		}
	}
	return nil
}

func hasZero(c []int64) bool {
	for _, n := range c {
		if n == 0 {
			return true
		}
	}
	return false
}

var errBroken = errors.New("stagetest: the source broke")

// errors lets each input fail. Either a port ends with that error, after frames that are good, as many for any block
// size, or it does not depend on that input.
func (s *suite) errors() error {
	for i := range s.r.Inputs {
		for _, k := range []int64{0, 1, s.n / 3} {
			v := setup{edit: func(j int, sig *Signal) {
				if j == i {
					sig.Fail, sig.FailAt = errBroken, k
				}
			}}
			var first []*track
			for _, b := range []int64{1, s.limit, 7, 32} {
				v.stream = b == 7
				g, err := s.build(v)
				if err != nil {
					return err
				}
				got, err := s.pull(g, steps(b))
				if err == nil && first == nil {
					err = s.failed(got, i, k)
					first = got
				}
				if err == nil {
					err = sameTracks(first, got)
				}
				if err != nil {
					return fmt.Errorf("input %d fails at frame %d, block %d: %w", i, k, b, err)
				}
			}
		}
	}
	return nil
}

func (s *suite) failed(got []*track, i int, k int64) error {
	rate := s.r.Inputs[i].withDefaults().Rate
	for p, t := range got {
		if err := s.want[p].equal(t); err != nil {
			return fmt.Errorf("frames before the failure: %w", err)
		}
		if !errors.Is(t.err, errBroken) {
			if err := s.want[p].same(t); err != nil {
				return fmt.Errorf("the error of the input is lost: %w", err)
			}
			continue
		}
		good := int64(math.Floor(float64(k-int64(s.r.Ahead)) * t.format.Rate / rate))
		if t.end < min(good, s.want[p].end) {
			return fmt.Errorf("%s: %d frames before the failure: want at least %d", t.name, t.end, good)
		}
	}
	return nil
}

// cancels cancels before a fetch and in the middle of one, and goes on.
func (s *suite) cancels() error {
	rng := rand.New(rand.NewPCG(5, 1))
	for _, block := range []int64{1, 7, 100, s.limit} {
		for i := -1; i < len(s.r.Inputs); i++ {
			g, err := s.build(setup{})
			if err != nil {
				return err
			}
			var got []*track
			for j, p := range g.ports {
				got = append(got, newTrack(j, p, 0))
			}
			if err := s.pullCancelled(g, got, i, block, rng); err != nil {
				return fmt.Errorf("block %d, cancelled in input %d: %w", block, i, err)
			}
			if err := sameTracks(s.want, got); err != nil {
				return fmt.Errorf("block %d, cancelled in input %d and resumed: %w", block, i, err)
			}
			if err := g.damage(); err != nil {
				return err
			}
		}
	}
	return nil
}

// pullCancelled pulls all ports; about every third block meets a context that is cancelled already (input -1) or while
// the given input is being fetched.
func (s *suite) pullCancelled(g *rig, tracks []*track, input int, block int64, rng *rand.Rand) error {
	for n := int64(0); n < s.limit; {
		n = min(n+block, s.limit)
		for _, t := range tracks {
			for t.err == nil && t.end < s.target(t, n) {
				ctx, cancel := context.WithCancel(context.Background())
				if rng.IntN(3) == 0 || n == s.limit && t.end == 0 {
					if input < 0 {
						cancel()
					} else {
						s.cancelSoon(g, tracks, input, block, rng, cancel)
					}
				}
				err := t.next(ctx, s.target(t, n)-t.end)
				wasCancelled := ctx.Err() != nil
				cancel()
				if input >= 0 {
					g.sources[input].CancelAt(0, nil)
				}
				if err != nil && !wasCancelled {
					return err
				}
				if err != nil && isBreach(err) {
					return err
				}
				if err != nil { // go on with a context that is not cancelled
					if err := t.next(context.Background(), s.target(t, n)-t.end); err != nil {
						return err
					}
				}
			}
		}
	}
	return nil
}

// cancelSoon arms an input to cancel at a frame of the next block.
func (s *suite) cancelSoon(g *rig, tracks []*track, input int, block int64, rng *rand.Rand, cancel func()) {
	at := int64(0)
	for _, t := range tracks {
		at = max(at, int64(float64(t.end)*g.sources[input].Format().Rate/t.format.Rate))
	}
	g.sources[input].CancelAt(at+rng.Int64N(min(block, s.n)), cancel)
}
