package neurons

import "hearpipe/internal/kernel"

// begin prepares a step.
func (c *code) begin(step int64) {
	c.draws.step = step
	t := float64(step) * c.s.clock.dt
	if c.time >= 0 {
		c.machine.SetScalar(c.time, t)
	}
	for _, x := range c.shared {
		c.machine.SetScalar(x.slot, (*x.values)[0])
	}
	if c.alone != nil {
		c.alone.begin(step)
	}
}

// event adds an event to the batch.
func (c *code) event(syn, i, j int32, step int64) {
	if c.tangled != nil {
		c.untangle(i, j, step)
	}
	if c.alone != nil && c.s.ends[pre].g == c.s.ends[post].g && int(i)+c.s.ends[pre].lo == int(j)+c.s.ends[post].lo {
		c.flush(step)
		a := c.alone
		a.syn[0], a.cell[pre][0], a.cell[post][0], a.n = syn, i, j, 1
		a.flush(step)
		return
	}
	if c.n == eventBatch {
		c.flush(step)
	}
	c.syn[c.n], c.cell[pre][c.n], c.cell[post][c.n] = syn, i, j
	c.n++
}

// untangle ends the batch before an event that reads what it has written, and notes what the event writes.
func (c *code) untangle(i, j int32, step int64) {
	at := [2]int{int(i) + c.s.ends[pre].lo, int(j) + c.s.ends[post].lo}
	for _, t := range c.tangled {
		if t.reads[pre] && t.stamp[at[pre]] == t.batch || t.reads[post] && t.stamp[at[post]] == t.batch {
			c.flush(step)
			break
		}
	}
	if c.n == eventBatch {
		c.flush(step)
	}
	for _, t := range c.tangled {
		for e := range at {
			if t.writes[e] {
				t.stamp[at[e]] = t.batch
			}
		}
	}
}

// flush runs the batch.
func (c *code) flush(step int64) {
	n := c.n
	if n == 0 {
		return
	}
	c.n = 0
	for _, t := range c.tangled {
		if t.batch++; t.batch == 0 {
			clear(t.stamp)
			t.batch = 1
		}
	}
	for k := range c.slots {
		if c.slots[k].reads {
			c.gather(&c.slots[k], n, step)
		}
	}
	c.machine.Run(0, n)
	for k := range c.slots {
		if c.slots[k].writes {
			c.scatter(&c.slots[k], n)
		}
	}
	if c.tracks {
		last, t := c.s.last, float64(step)*c.s.clock.dt
		for _, s := range c.syn[:n] {
			last[s] = t
		}
	}
	c.apply(n)
}

func (c *code) gather(x *slotOfCode, n int, step int64) {
	to := x.buffer[:n]
	switch {
	case x.number:
		for k, i := range c.cell[x.at][:n] {
			to[k] = float64(i)
		}
	case x.cell != nil:
		from, one := x.cell.view(c.s.ends[x.cell.side], step)
		if one {
			kernel.VecFill(to, from[0])
			return
		}
		for k, i := range c.cell[x.cell.side][:n] {
			to[k] = from[i]
		}
	default:
		from := *x.synaptic
		for k, s := range c.syn[:n] {
			to[k] = from[s]
		}
	}
}

func (c *code) scatter(x *slotOfCode, n int) {
	from := x.buffer[:n]
	if x.cell != nil {
		to, _ := x.cell.view(c.s.ends[x.cell.side], 0)
		for k, i := range c.cell[x.cell.side][:n] {
			to[i] = from[k]
		}
		return
	}
	to := *x.synaptic
	for k, s := range c.syn[:n] {
		to[s] = from[k]
	}
}

// apply changes the variables of cells, in the order of the events.
func (c *code) apply(n int) {
	if c.ordered {
		for k := range n {
			for m := range c.effects {
				c.effects[m].apply(c, k, k+1)
			}
		}
		return
	}
	for m := range c.effects {
		c.effects[m].apply(c, 0, n)
	}
}

func (e *effect) apply(c *code, lo, hi int) {
	to, _ := e.cell.view(c.s.ends[e.cell.side], 0)
	cells, by := c.cell[e.cell.side][lo:hi], e.buffer[lo:hi]
	if e.cell.active != nil {
		active, _ := e.cell.active.view(c.s.ends[e.cell.side], 0)
		for k, i := range cells {
			if active[i] != 0 {
				to[i] = e.changed(to[i], by[k])
			}
		}
		return
	}
	switch e.op {
	case '=':
		for k, i := range cells {
			to[i] = by[k]
		}
	case '+':
		for k, i := range cells {
			to[i] += by[k]
		}
	case '-':
		for k, i := range cells {
			to[i] -= by[k]
		}
	case '*':
		for k, i := range cells {
			to[i] *= by[k]
		}
	case '/':
		for k, i := range cells {
			to[i] /= by[k]
		}
	}
}

// changed is a value after the effect.
func (e *effect) changed(x, by float64) float64 {
	switch e.op {
	case '+':
		return x + by
	case '-':
		return x - by
	case '*':
		return float64(x * by)
	case '/':
		return x / by
	}
	return by
}
