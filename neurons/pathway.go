package neurons

import (
	"fmt"
	"math"

	"hearpipe/internal/expr"
)

// pathway is statements that spikes of one side cause, and the spikes on their way to them.
type pathway struct {
	Pathway
	side       side
	statements []expr.Statement // as they were written
	code       *code
	queue      spikeQueue
	delays     []float64 // [s] by number of the synapse; nil: Delay for all
	stale      bool      // delays or synapses have changed since the queue was arranged
	ascending  bool      // the cells at the other side ascend among the synapses of a cell that have one delay
}

// where names the pathway in messages.
func (p *pathway) where() string {
	if p.Name == "pre" || p.Name == "post" {
		return "on_" + p.Name
	}
	return "pathway " + p.Name
}

// delayName is the variable of the delays of a pathway.
func (p *pathway) delayName() string {
	if p.Name == "pre" {
		return "delay"
	}
	return "delay_" + p.Name
}

// setDelay gives all synapses one delay [s].
func (s *SynapseSet) setDelay(p *pathway, delay float64) error {
	if err := s.checkDelay(p, delay); err != nil {
		return err
	}
	p.Delay, p.delays, p.stale = delay, nil, true
	return nil
}

// maxDelay is the longest delay [steps]: queues have a place for each step until the last one.
const maxDelay = 10_000_000

func (s *SynapseSet) checkDelay(p *pathway, delay float64) error {
	most := maxDelay * s.clock.dt
	if s.p.MaxDelay > 0 {
		most = min(most, s.p.MaxDelay*(1+1e-12))
	}
	if !(delay >= 0 && delay <= most) {
		return fmt.Errorf("%s of %g s: want 0 to %g s", p.delayName(), delay, most)
	}
	return nil
}

// steps is a delay in steps.
func (s *SynapseSet) steps(delay float64) int32 {
	// The tolerance keeps 1.5 steps of a decimal fraction, which may be a little less in binary, from losing half a step.
	return int32(math.Floor(delay/s.clock.dt + 0.5 + 1e-9))
}

// arrange prepares the queue for the present synapses and delays.
func (s *SynapseSet) arrange(p *pathway) error {
	if !p.stale {
		return nil
	}
	var steps []int32
	uniform := s.steps(p.Delay)
	if p.delays != nil {
		steps = make([]int32, len(p.delays))
		same := true
		for k, d := range p.delays {
			if err := s.checkDelay(p, d); err != nil {
				return fmt.Errorf("synapse %d (%d to %d): %w", k, s.cells[pre][k], s.cells[post][k], err)
			}
			steps[k] = s.steps(d)
			same = same && steps[k] == steps[0]
		}
		if same && len(steps) > 0 {
			uniform, steps = steps[0], nil
		}
	}
	p.queue.arrange(newFan(s.cells[p.side], s.ends[p.side].N()), uniform, steps, s.clock.next)
	p.stale, p.ascending = false, p.ascends(s.cells[1-p.side])
	return nil
}

// ascends finds whether cells of the other side ascend wherever synapses are passed on together.
func (p *pathway) ascends(other []int32) bool {
	q := &p.queue
	for c := range len(q.start) - 1 {
		lo, hi := q.start[c], q.start[c+1]
		ends := []segment{{end: hi}}
		if q.segments != nil {
			ends = q.segments[q.first[c]:q.first[c+1]]
		}
		for _, s := range ends {
			for k := lo + 1; k < s.end; k++ {
				if other[q.at(k)] < other[q.at(k-1)] {
					return false
				}
			}
			lo = s.end
		}
	}
	return true
}

// listen takes the spikes of a step.
func (s *SynapseSet) listen(step int64) error {
	for _, p := range s.pathways {
		if p.stale { // an operation has changed delays
			if err := s.arrange(p); err != nil {
				return s.fail("", err)
			}
		}
		c := &s.ends[p.side]
		p.queue.emit(step, c.g.fired, c.lo, c.hi)
	}
	return nil
}

// deliver runs the statements for what arrives in a step.
func (p *pathway) deliver(s *SynapseSet, step int64) {
	a := p.queue.slot(step)
	if a.first == nil && len(a.carried) == 0 {
		return
	}
	if c := p.code; c != nil {
		c.begin(step)
		for _, k := range a.carried {
			// One synapse may be there twice, when its delay has become shorter: each event is a batch.
			c.event(k, s.cells[pre][k], s.cells[post][k], step)
			c.flush(step)
		}
		if c.direct != nil {
			c.share.run(c, p, a)
			p.queue.done(a)
			return
		}
		alone := len(a.carried) > 0
		for list := a.first; list != nil; list = list.next {
			for _, e := range list.events[:list.n] {
				p.spread(s, e, step)
				if alone {
					c.flush(step)
				}
			}
		}
		c.flush(step)
	}
	p.queue.done(a)
}

// spread passes the synapses of an event to the code.
func (p *pathway) spread(s *SynapseSet, e delivery, step int64) {
	c, f := p.code, &p.queue.fan
	other := s.cells[1-p.side]
	if c.tangled != nil || c.alone != nil {
		for q := e.lo; q < e.hi; q++ {
			k := f.at(q)
			if p.side == pre {
				c.event(k, e.cell, other[k], step)
			} else {
				c.event(k, other[k], e.cell, step)
			}
		}
		return
	}
	for lo := e.lo; lo < e.hi; {
		if c.n == eventBatch {
			c.flush(step)
		}
		n := min(int(e.hi-lo), eventBatch-c.n)
		syn := c.syn[c.n : c.n+n]
		if f.order == nil {
			for k := range syn {
				syn[k] = lo + int32(k)
			}
		} else {
			copy(syn, f.order[lo:])
		}
		here, there := c.cell[p.side][c.n:c.n+n], c.cell[1-p.side][c.n:c.n+n]
		for k, x := range syn {
			here[k], there[k] = e.cell, other[x]
		}
		c.n += n
		lo += int32(n)
	}
}

// run applies a direct effect to the synapses of an event.
func (e *effect) run(c *code, p *pathway, v delivery) {
	s := c.s
	to, _ := e.cell.view(s.ends[e.cell.side], 0)
	cells := s.cells[e.cell.side]
	sign := 1.0 // x - w has the bits of x + (-1*w)
	if e.op == '-' {
		sign = -1
	}
	order := p.queue.order
	switch {
	case e.synaptic == nil:
		x := float64(sign * e.constant)
		for q := v.lo; q < v.hi; q++ {
			to[cells[p.queue.at(q)]] += x
		}
	case order == nil && e.op == '+':
		w := (*e.synaptic)[v.lo:v.hi]
		for k, i := range cells[v.lo:v.hi] {
			to[i] += w[k]
		}
	case order == nil:
		w := (*e.synaptic)[v.lo:v.hi]
		for k, i := range cells[v.lo:v.hi] {
			to[i] -= w[k]
		}
	default:
		w := *e.synaptic
		for _, k := range order[v.lo:v.hi] {
			to[cells[k]] += float64(sign * w[k])
		}
	}
}

// fires reports whether cells of the group can fire.
func (g *Group) fires() bool { return g.source != nil || g.e.threshold != nil }
