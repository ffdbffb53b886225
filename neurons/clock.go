package neurons

import (
	"fmt"
	"math"
)

// Clock counts the steps of the objects that share it. Time is the number of a step times its length.
type Clock struct {
	dt     float64
	period int64 // ticks of the network per step
	order  int
	next   int64 // the step that comes next
	ops    []operation
}

// DT is the length of a step [s].
func (c *Clock) DT() float64 { return c.dt }

// Step is the number of the step that comes next.
func (c *Clock) Step() int64 { return c.next }

// Time is the start of the step that comes next [s].
func (c *Clock) Time() float64 { return float64(c.next) * c.dt }

// maxPeriod is the longest step in ticks: times of clocks, number of a step times its ticks, stay exact.
const maxPeriod = 1 << 40

// Clock adds a clock with steps of dt [s], a multiple of the network's tick. Among clocks whose steps begin at the same
// time the one of lower order runs first, then the one that was created first.
func (n *Network) Clock(dt float64, order int) (*Clock, error) {
	if !(dt > 0) || math.IsInf(dt, 0) {
		return nil, fmt.Errorf("%s: clock with a step of %g s: want a positive time", n.label(), dt)
	}
	if err := n.between("a clock added"); err != nil {
		return nil, err
	}
	k := math.RoundToEven(dt / n.tick)
	if k > maxPeriod {
		return nil, fmt.Errorf("%s: clock with a step of %g s: want at most %d ticks of %g s", n.label(), dt, int64(maxPeriod), n.tick)
	}
	if k < 1 || math.Abs(dt/n.tick-k) > 1e-9*k {
		return nil, fmt.Errorf("%s: clock with a step of %g s: want a multiple of the tick of %g s; give a tick that divides all steps", n.label(), dt, n.tick)
	}
	c := &Clock{dt: dt, period: int64(k), order: order}
	c.next = (n.now() + c.period - 1) / c.period
	n.clocks = append(n.clocks, c)
	n.dirty = true
	return c, nil
}

// clockOf finds the clock of an object that asks for steps of dt, the network's clock for 0, and makes it when there is
// none.
func (n *Network) clockOf(dt float64) (*Clock, error) {
	if dt == 0 {
		return n.clocks[0], nil
	}
	for _, c := range n.clocks {
		if math.Abs(c.dt-dt) <= 1e-9*c.dt {
			return c, nil
		}
	}
	return n.Clock(dt, 0)
}

// step runs the operations of the next step.
func (c *Clock) step() error {
	k := c.next
	for i := range c.ops {
		if err := c.ops[i].run(k); err != nil {
			return err
		}
	}
	c.next++
	return nil
}
