package stages

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"time"
)

// pull is one sink of a run and how far it has come.
type pull struct {
	sink   Sink
	frames FrameSink
	spikes SpikeSink
	stage  Stage
	spike  SpikeStage
	p, q   int64 // its rate is p/q of the fastest
	start  int64 // where it began
	at     int64
	fired  int64 // spikes it has received
	ended  bool
	open   bool
}

// maxFrames is how far the count of frames of a duration is exact in float64.
const maxFrames = 1 << 53

// Run prepares the graph above the sinks, pulls it block by block until it ends, and completes the sinks. With the
// fastest rate R among the sinks, after n frames of R a sink of rate r has received exactly floor(n·r/R) frames.
//
// It ends well by the end of all streams, after opt.Seconds, when opt.Interrupt is closed (at the next block), or where a
// source returns [ErrInterrupted] or [ErrStopped]: then every sink is finished and the error is nil. Any other error aborts
// all sinks and is returned; so is the error of a cancelled context. No goroutine is left behind.
func Run(ctx context.Context, opt RunOptions, sinks ...Sink) (Summary, error) {
	began := time.Now()
	roots := make([]Node, len(sinks))
	for i, s := range sinks {
		roots[i] = s.Input()
	}
	g, err := prepare(opt, roots, true)
	if err != nil {
		return Summary{}, err
	}
	defer g.Close()
	return g.run(ctx, opt, sinks, began)
}

func (g *Graph) run(ctx context.Context, opt RunOptions, sinks []Sink, began time.Time) (sum Summary, err error) {
	ctx = withInterrupt(ctx, opt.Interrupt)
	limit := Unbounded
	if opt.Seconds < 0 || math.IsNaN(opt.Seconds) || math.IsInf(opt.Seconds, 0) {
		return Summary{}, fmt.Errorf("stages: duration %g s: want a positive, finite time", opt.Seconds)
	}
	if opt.Seconds > 0 {
		frames := math.RoundToEven(opt.Seconds * g.rate)
		if frames > maxFrames {
			return Summary{}, fmt.Errorf("stages: duration %g s is %.3g frames at %g Hz: want at most 2^53", opt.Seconds, frames, g.rate)
		}
		limit = int64(frames)
	}
	if opt.Start < 0 {
		return Summary{}, fmt.Errorf("stages: start at frame %d: want 0 or more", opt.Start)
	}
	if limit != Unbounded {
		limit += opt.Start
	}
	pulls := make([]*pull, 0, len(sinks))
	defer func() {
		if err == nil {
			return
		}
		for _, p := range pulls {
			if p.open {
				p.sink.Abort(opt.KeepPartial)
			}
		}
	}()
	for _, s := range sinks {
		p, err := newPull(s, g.rate)
		if err != nil {
			return Summary{}, err
		}
		p.start = p.target(opt.Start)
		p.at = p.start
		f := s.Input().Format()
		if limit != Unbounded {
			f.Frames = min(f.Frames, p.target(limit))
		}
		p.open = true
		pulls = append(pulls, p)
		if err := s.Open(ctx, f); err != nil {
			return Summary{}, err
		}
	}
	g.aheadUntil(limit)
	total := g.seconds(pulls, limit) - float64(opt.Start)/g.rate
	sum = Summary{Block: g.block, Reason: EndOfStream}
	n := opt.Start
	early := Reason("") // a source ended the run
	defer opt.Changes.end()
	measured := g.measure(opt.Meter, len(pulls))
	defer measured.end()
	for {
		stop, why := ended(pulls, n, limit, opt.Interrupt)
		if early != "" {
			stop, why = true, early
		}
		if stop {
			sum.Reason = why
			break
		}
		if err := opt.Changes.settle(g, n); err != nil {
			return Summary{}, err
		}
		begin := measured.begin()
		n = min(n+int64(g.block), limit)
		for i, p := range pulls {
			// The others go on to the end of the block, each as far as its own streams allow.
			switch err := p.advance(ctx, n, measured.sink(i)); {
			case errors.Is(err, ErrInterrupted):
				early = Interrupted
			case errors.Is(err, ErrStopped):
				early = Stopped
			case err != nil:
				return Summary{}, err
			}
		}
		measured.block(begin, n, pulls)
		if opt.Progress != nil {
			opt.Progress(Progress{Done: float64(n-opt.Start) / g.rate, Total: total})
		}
	}
	return g.finish(sum, pulls, began)
}

func (g *Graph) finish(sum Summary, pulls []*pull, began time.Time) (Summary, error) {
	var errs []error
	for _, p := range pulls {
		p.open = false
		if err := p.sink.Finish(Ending{Start: p.start, Frames: p.at, Reason: sum.Reason}); err != nil {
			errs = append(errs, err)
		}
		sum.Seconds = math.Max(sum.Seconds, float64(p.at)/p.rate())
		if p.p == p.q {
			sum.Frames = max(sum.Frames, p.at)
		}
	}
	sum.Elapsed = time.Since(began)
	return sum, errors.Join(errs...)
}

// ended decides between two blocks whether the run is over.
func ended(pulls []*pull, n, limit int64, interrupt <-chan struct{}) (bool, Reason) {
	all := true
	for _, p := range pulls {
		all = all && p.ended
	}
	if all {
		return true, EndOfStream
	}
	if n >= limit {
		return true, Duration
	}
	select {
	case <-interrupt:
		return true, Interrupted
	default:
		return false, ""
	}
}

// seconds is the stream time the run is expected to take.
func (g *Graph) seconds(pulls []*pull, limit int64) float64 {
	t := 0.0
	for _, p := range pulls {
		t = math.Max(t, p.sink.Input().Format().Duration())
	}
	if limit != Unbounded {
		t = math.Min(t, float64(limit)/g.rate)
	}
	return t
}

func newPull(s Sink, fastest float64) (*pull, error) {
	p := &pull{sink: s}
	var err error
	if p.p, p.q, err = ratio(s.Input().Format().Rate, fastest); err != nil {
		return nil, err
	}
	p.frames, _ = s.(FrameSink)
	p.spikes, _ = s.(SpikeSink)
	p.stage, _ = s.Input().(Stage)
	p.spike, _ = s.Input().(SpikeStage)
	switch {
	case p.stage != nil && p.frames != nil:
		p.spike, p.spikes = nil, nil
	case p.spike != nil && p.spikes != nil:
		p.stage, p.frames = nil, nil
	default:
		return nil, fmt.Errorf("stages: sink %T cannot receive from %s: one has frames, the other spikes", s, KindOf(s.Input()))
	}
	return p, nil
}

func (p *pull) rate() float64 { return p.sink.Input().Format().Rate }

// target is the number of frames the sink has received after n frames of the fastest one, without overflow.
func (p *pull) target(n int64) int64 {
	if n == Unbounded {
		return Unbounded
	}
	return n/p.q*p.p + n%p.q*p.p/p.q
}

func (p *pull) advance(ctx context.Context, n int64, cost *time.Duration) error {
	end := p.target(n)
	if p.ended || end <= p.at {
		return nil
	}
	if p.stage != nil {
		f, err := p.stage.Fetch(ctx, p.at, end)
		if f.N > 0 {
			begin := began(cost)
			if err := p.frames.WriteFrames(ctx, p.at, f); err != nil {
				return err
			}
			took(cost, begin)
			p.at += int64(f.N)
		}
		return p.note(err)
	}
	s, err := p.spike.FetchSpikes(ctx, p.at, end)
	if s.End > p.at {
		begin := began(cost)
		if err := p.spikes.WriteSpikes(ctx, s); err != nil {
			return err
		}
		took(cost, begin)
		p.fired += int64(len(s.List))
		p.at = s.End
	}
	return p.note(err)
}

func (p *pull) note(err error) error {
	if err == io.EOF {
		p.ended = true
		return nil
	}
	return err
}
