package main

import (
	"slices"
	"sort"
	"sync"
	"time"

	"hearpipe/stages"
)

// facts sums up how a run goes, for the page and for the measures.
type facts struct {
	mu      sync.Mutex
	meter   *stages.Meter
	source  []bool // which names of the meter are sources, whose time is waiting
	seconds float64
	spikes  int64
	lag     time.Duration
	paced   bool
	// of the last interval, and of the one before it that is complete
	busy      []time.Duration
	nodes     []time.Duration
	began     time.Time
	from      float64 // stream time at which it began
	spikesAt  int64
	complete  interval
	distinct  []int // sinks whose spikes are counted: one for each stream
	intervals int
}

// interval is what happened in about a second.
type interval struct {
	speed    float64 // stream time per time spent computing
	p50, p99 time.Duration
	rate     float64 // spikes per second of stream time
	share    []float64
}

// factInterval is how much time facts are about.
const factInterval = time.Second

// fact is the facts as a page gets them.
type fact struct {
	Type    string      `json:"type"` // facts
	Seconds float64     `json:"seconds"`
	Speed   float64     `json:"speed"`
	P50     float64     `json:"p50"` // time to compute a block [s]
	P99     float64     `json:"p99"`
	Lag     *float64    `json:"lag,omitempty"`  // [s]
	Rate    *float64    `json:"rate,omitempty"` // [1/s]
	Dropped int64       `json:"dropped"`
	Undrawn int64       `json:"undrawn"`
	Stages  []stageFact `json:"stages,omitempty"`
}

type stageFact struct {
	Name  string  `json:"name"`
	Share float64 `json:"share"` // of the time of one processor core
}

// waiting is the time of a block that its sources took.
func (f *facts) waiting(c stages.BlockCost) time.Duration {
	d := time.Duration(0)
	for i, own := range c.Nodes {
		if f.source[i] {
			d += own
		}
	}
	return d
}

// add enters a block, which took busy to compute, and reports whether an interval is complete.
func (f *facts) add(c stages.BlockCost, busy time.Duration, now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.began.IsZero() {
		f.began = now
	}
	f.seconds = float64(c.Frames) / c.Rate
	f.spikes = 0
	for _, i := range f.distinct {
		f.spikes += c.Spikes[i]
	}
	f.busy = append(f.busy, busy)
	if f.nodes == nil {
		f.nodes = make([]time.Duration, len(c.Nodes))
	}
	for i, d := range c.Nodes {
		f.nodes[i] += d
	}
	elapsed := now.Sub(f.began)
	if elapsed < factInterval {
		return false
	}
	f.close(elapsed)
	f.began = now
	return true
}

// close sums an interval up.
func (f *facts) close(elapsed time.Duration) {
	var sum time.Duration
	for _, d := range f.busy {
		sum += d
	}
	slices.Sort(f.busy)
	n := len(f.busy)
	x := interval{p50: f.busy[n/2], p99: f.busy[(n-1)*99/100], share: make([]float64, len(f.nodes))}
	done := f.seconds - f.from
	if sum > 0 {
		x.speed = done / sum.Seconds()
	}
	if done > 0 {
		x.rate = float64(f.spikes-f.spikesAt) / done
	}
	for i, d := range f.nodes {
		x.share[i] = d.Seconds() / elapsed.Seconds()
		f.nodes[i] = 0
	}
	f.complete, f.busy, f.from, f.spikesAt = x, f.busy[:0], f.seconds, f.spikes
	f.intervals++
}

// late says how far the run is behind the clock.
func (f *facts) late(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lag, f.paced = d, true
}

// fact describes how the run goes.
func (f *facts) fact() fact {
	f.mu.Lock()
	defer f.mu.Unlock()
	x := f.complete
	out := fact{Type: "facts", Seconds: f.seconds, Speed: x.speed, P50: x.p50.Seconds(), P99: x.p99.Seconds()}
	if f.paced {
		lag := f.lag.Seconds()
		out.Lag = &lag
	}
	if len(f.distinct) > 0 && f.intervals > 0 {
		out.Rate = &x.rate
	}
	for i, name := range f.meter.Names() {
		if i < len(x.share) && !f.source[i] {
			out.Stages = append(out.Stages, stageFact{name, x.share[i]})
		}
	}
	sort.SliceStable(out.Stages, func(i, j int) bool { return out.Stages[i].Share > out.Stages[j].Share })
	return out
}

// pacer lets a run go no faster than its sound would: a file as if it were live.
type pacer struct {
	began time.Time
	// late is told how far the run is behind the clock, before it waits.
	late func(time.Duration)
	// wait waits, unless the run is to end.
	wait func(time.Duration)
}

// progress waits until the clock has come to where the run is.
func (p *pacer) progress(x stages.Progress) {
	now := time.Now()
	if p.began.IsZero() {
		p.began = now
	}
	due := p.began.Add(time.Duration(x.Done * float64(time.Second)))
	behind := now.Sub(due)
	p.late(max(0, behind))
	if behind < 0 {
		p.wait(-behind)
	}
}
