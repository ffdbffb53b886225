package pipelines

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"hearpipe/stages"
)

// ParseRange reads channels lo:hi, half open.
func ParseRange(text string) (stages.Range, error) {
	lo, hi, ok := strings.Cut(strings.TrimSpace(text), ":")
	a, err1 := strconv.Atoi(lo)
	b, err2 := strconv.Atoi(hi)
	if !ok || err1 != nil || err2 != nil || a < 0 || b <= a {
		return stages.Range{}, fmt.Errorf("%q: want channels lo:hi with 0 <= lo < hi, such as 0:100", text)
	}
	return stages.Range{Lo: a, Hi: b}, nil
}

// same is the demand of a node whose output channel c needs channel c of every input; an input of one channel is given
// to all.
func (n *node) same(input int, r stages.Range) stages.Range {
	if n.in[input].shape().channels == 1 {
		return stages.Range{Lo: 0, Hi: 1}
	}
	return r
}

// all is the demand of a node that needs every channel.
func (n *node) all(input int) stages.Range {
	return stages.Range{Lo: 0, Hi: n.in[input].shape().channels}
}

// inputRange is what input i must deliver for output channels r.
func (n *node) inputRange(i int, r stages.Range) stages.Range {
	if n.needs == nil {
		return n.all(i)
	}
	return n.needs(i, r)
}

// demands decides which channels every node computes: those the sinks ask for, propagated upwards. What nobody asks
// for is not computed.
func (p *planner) demands() {
	want, most, matched := p.opt.Channels, 0, false
	for _, n := range p.sinks {
		s := n.in[0].shape()
		most = max(most, s.channels)
		n.demand = stages.Range{Lo: 0, Hi: s.channels}
		if v := n.values["channels"]; v != nil {
			n.demand = stages.Range{Lo: v.lo, Hi: v.hi}
		}
		if want != (stages.Range{}) && s.channels > 1 && s.channels >= want.Hi {
			matched = true
			lo, hi := max(n.demand.Lo, want.Lo), min(n.demand.Hi, want.Hi)
			if lo >= hi {
				n.fail(p, "channels", "channels %d:%d of this sink and --channels %d:%d have nothing in common", n.demand.Lo, n.demand.Hi, want.Lo, want.Hi)
				continue
			}
			n.demand = stages.Range{Lo: lo, Hi: hi}
		}
	}
	if want != (stages.Range{}) && !matched {
		p.add((&source{name: "--channels"}).mistake(position{}, "", "channels %d:%d: no sink has that many channels, the most is %d", want.Lo, want.Hi, most))
		return
	}
	for _, n := range p.sinks {
		n.in[0].ask(n.demand)
	}
	// A control works on all channels of what it reads and changes.
	for _, n := range p.controls {
		n.control.hold()
		for i, e := range n.in {
			e.ask(n.all(i))
		}
		for _, t := range n.control.targets {
			edge{from: t.n}.ask(stages.Range{Lo: 0, Hi: n.control.channels})
		}
	}
	for i := len(p.sorted) - 1; i >= 0; i-- {
		n := p.sorted[i]
		if n.net != nil && n.demand.Len() > 0 {
			n.net.ask()
		}
		if n.inMemory || n.private && n.demand.Len() > 0 {
			for _, e := range n.in {
				e.from.inMemory = true
			}
		}
		if n.demand.Len() == 0 || n.private || n.net != nil {
			continue
		}
		for k := range n.in {
			n.in[k].ask(n.inputRange(k, n.demand))
		}
	}
	if want != (stages.Range{}) {
		for _, n := range p.sorted {
			if n.net != nil && n.demand.Len() > 0 {
				p.add((&source{name: "--channels"}).mistake(position{}, "", "channels %d:%d: %s belongs to a network, in which every cell may depend on every other; give the sinks the field channels instead", want.Lo, want.Hi, n.name))
				return
			}
		}
	}
	for _, n := range p.controls {
		for _, t := range n.control.targets {
			if t.n.inMemory {
				n.fail(p, "", "%s is also read by a node that works on whole sounds in memory, before the control begins", t.n.name)
			}
		}
	}
}

// ask has a network computed whole, and asks for the inputs of all its members.
func (w *network) ask() {
	if w.asked {
		return
	}
	w.asked = true
	for _, m := range w.members {
		m.demand = stages.Range{Lo: 0, Hi: 1}
		if len(m.out) > 0 {
			m.demand.Hi = m.out[0].shape.channels
		}
		for i, e := range m.in {
			e.ask(m.all(i))
		}
	}
}

// ask widens the channels that the node at the other end computes.
func (e edge) ask(r stages.Range) {
	n := e.from
	if n.wanted == nil {
		n.wanted = make([]bool, len(n.out))
	}
	n.wanted[e.port] = true
	if n.whole {
		r = stages.Range{Lo: 0, Hi: n.out[0].shape.channels}
	}
	if n.demand.Len() == 0 {
		n.demand = r
		return
	}
	n.demand = stages.Range{Lo: min(n.demand.Lo, r.Lo), Hi: max(n.demand.Hi, r.Hi)}
}

// Sizes the memory estimate is made of.
const (
	windowFrames = 1024     // frames in a window, at most
	windowBudget = 64 << 20 // of all windows together, unless one frame of each is more
	sliceFrames  = 32       // frames in a window inside a slice
)

// checkMemory sums what all nodes will take before anything is allocated, and refuses what is too much.
func (p *planner) checkMemory(plan *Plan) {
	limit := p.opt.Memory
	if limit == 0 {
		limit = machineMemory() / 2
	}
	type use struct {
		n        *node
		bytes    float64
		channels int
	}
	var rows float64
	for _, n := range p.sorted {
		rows += float64(n.demand.Len()) * 8 * float64(len(n.out))
	}
	frames := math.Min(windowFrames, math.Max(1, windowBudget/math.Max(rows, 1)))
	var sum float64
	var largest use
	for _, n := range append(append([]*node(nil), p.sorted...), p.sinks...) {
		if !n.computed() {
			continue
		}
		channels := float64(n.demand.Len())
		if n.inMemory && len(n.out) > 0 {
			channels = float64(n.out[0].shape.channels)
		}
		u := use{n, float64(n.fixed) + float64(n.perChan)*channels + channels*8*float64(len(n.out))*(frames+sliceFrames), int(channels)}
		sum += u.bytes
		if u.bytes > largest.bytes {
			largest = u
		}
	}
	plan.Memory = int64(math.Min(sum, math.MaxInt64/2))
	if sum > float64(limit) {
		p.add(largest.n.el.mistake("the pipeline needs about %s of memory, %s of it here (%d channels); the limit is %s (--memory)",
			bytesText(sum), bytesText(largest.bytes), largest.channels, bytesText(float64(limit))))
	}
}

// bytesText writes a number of bytes for people.
func bytesText(n float64) string {
	switch {
	case n < 1<<20:
		return fmt.Sprintf("%.0f KB", math.Ceil(n/1024))
	case n < 1<<30:
		return fmt.Sprintf("%.1f MB", n/(1<<20))
	}
	return fmt.Sprintf("%.1f GB", n/(1<<30))
}
