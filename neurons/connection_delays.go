package neurons

import (
	"encoding/binary"
	"fmt"

	"hearpipe/stages"
)

// delayRing is what is on its way where every synapse of a connection has a delay of its own: a row of sums for each step
// until the longest delay. Weights are read when a spike is emitted; the row of a step is added at the end of its slot.
type delayRing struct {
	c          *Connection
	rows       [][]float64 // by step modulo their number, one value for each target cell
	used       []bool      // rows that something was added to
	to, active *cellVariable
	factor     *cellVariable // modulation, nil if there is none
}

func (r *delayRing) build(to *schedule) error {
	c := r.c
	n := &naming{ends: c.set.ends, own: c.set.equations, variables: map[string]*cellVariable{}, done: map[string]bool{}}
	fail := func(err error) error { return c.set.fail("", err) }
	target := c.p.State + suffixes[post]
	if err := n.name(target); err != nil {
		return fail(err)
	}
	r.to = n.variables[target]
	if r.to.refusal != "" {
		return fail(fmt.Errorf("cannot add to %s: %s", c.p.State, r.to.refusal))
	}
	r.active = r.to.active
	if c.p.Modulation != "" {
		if err := n.name(c.p.Modulation + suffixes[pre]); err != nil {
			return fail(err)
		}
		r.factor = n.variables[c.p.Modulation+suffixes[pre]]
	}
	if r.rows == nil {
		r.rows = make([][]float64, c.set.steps(c.p.MaxDelay)+1)
		for k := range r.rows {
			r.rows[k] = make([]float64, c.p.Target.N())
		}
		r.used = make([]bool, len(r.rows))
	}
	to.add(c.set.clock, Connections, rankConnections, c.p.Order, r.emit)
	to.add(c.set.clock, Connections, rankDelayed, c.p.Order, r.add)
	return nil
}

// emit reads the weights of the spikes of a step.
func (r *delayRing) emit(step int64) error {
	c := r.c
	source := c.set.ends[pre]
	weights, delays := c.set.variable("w").values, c.set.variable("delay").values
	var factor []float64
	one := false
	if r.factor != nil {
		factor, one = r.factor.view(source, step)
	}
	for _, cell := range source.g.fired {
		if int(cell) < source.lo || int(cell) >= source.hi {
			continue
		}
		i := cell - int32(source.lo)
		m := 1.0
		if factor != nil {
			if m = factor[0]; !one {
				m = factor[i]
			}
		}
		for q := c.rows.start[i]; q < c.rows.start[i+1]; q++ {
			k := c.rows.at(q)
			if err := c.checkDelay(delays[k]); err != nil {
				return c.set.fail("", fmt.Errorf("synapse %d (%d to %d): %w", k, i, c.set.cells[post][k], err))
			}
			at := (step + int64(c.set.steps(delays[k]))) % int64(len(r.rows))
			r.rows[at][c.set.cells[post][k]] += float64(weights[k] * m)
			r.used[at] = true
		}
	}
	return nil
}

// add adds the row of a step to the target.
func (r *delayRing) add(step int64) error {
	at := step % int64(len(r.rows))
	if !r.used[at] {
		return nil
	}
	row := r.rows[at]
	to, _ := r.to.view(r.c.p.Target, step)
	if r.active != nil {
		active, _ := r.active.view(r.c.p.Target, step)
		for j := range to {
			if active[j] != 0 {
				to[j] += row[j]
			}
		}
	} else {
		for j := range to {
			to[j] += row[j]
		}
	}
	clear(row)
	r.used[at] = false
	return nil
}

// appendState saves the rows in the order of the steps that they are for.
func (r *delayRing) appendState(b []byte) []byte {
	b = binary.LittleEndian.AppendUint64(b, uint64(len(r.rows)))
	for k := range r.rows {
		b = stages.AppendFloats(b, r.rows[r.place(k)])
	}
	return b
}

func (r *delayRing) place(k int) int64 {
	return (r.c.set.clock.next + int64(k)) % int64(len(r.rows))
}

func (r *delayRing) loadState(b []byte) ([]byte, error) {
	if len(b) < 8 {
		return nil, errShort
	}
	if n := binary.LittleEndian.Uint64(b); n != uint64(len(r.rows)) {
		return nil, fmt.Errorf("the state of connection %s has delays of up to %d steps, but they are of up to %d", r.c.set.name, int64(n)-1, len(r.rows)-1)
	}
	b = b[8:]
	for k := range r.rows {
		at := r.place(k)
		var err error
		if b, err = stages.ReadFloats(b, r.rows[at]); err != nil {
			return nil, err
		}
		r.used[at] = true
	}
	return b, nil
}
