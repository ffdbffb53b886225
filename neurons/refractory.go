package neurons

import "math"

// rule is how a period of refractoriness works.
type rule uint8

const (
	// free: a cell may fire in every step.
	free rule = iota
	// fixedPeriod: after a spike at step n the cell cannot fire in steps n+1 ... n+K-1, with K read at the spike. If the
	// reset is "variable = constant", the variable is also set to the constant in the reset slot of steps n ... n+K
	// (clamps), while all others go on, and the cell cannot fire in step n+K either: the interval between spikes is
	// K + m, m >= 1 being the steps from the reset to the threshold without a clamp. This is the rule of Brian 1.4.
	fixedPeriod
	// flagged: the model says what stands still (unless refractory), or reads not_refractory or lastspike, or the
	// refractoriness is a condition. After a spike at step n nothing is clamped, but flagged variables stand still and
	// the cell cannot fire in steps n+1 ... n+K-1; step n+K moves and may fire. This is the rule of Brian 2.
	flagged
)

// noStep is before all steps, and far enough from the ends of int64 for differences.
const noStep = math.MinInt64 / 4

// refractory is the refractoriness of a group.
type refractory struct {
	rule   rule
	steps  int64 // K, where it is a constant
	period *unit // computes it [s] where it is not
	most   int64 // upper limit of K
	until  []int64
	last   []int64 // step of the last spike, noStep before the first

	condition *unit // flagged: refractory after a spike while this holds
	active    []float64
	lastSpike []float64 // [s], nil if nothing reads it

	clamps bool
	target []float64 // the variable that is clamped
	held   []float64 // to these values
	keeps  bool      // they are what the reset has left, else a constant

	lockOut int64   // a cell cannot fire in this many steps from its spike on, 0: no such rule
	recent  []int32 // refractory cells, where a function is called for them
}

// periodSteps is K for a period x [s] by the rule.
func (r *refractory) periodSteps(x, dt float64) int64 {
	if !(x > 0) {
		return 0
	}
	k := int64(0)
	if r.rule == flagged {
		k = min(int64(min(math.Floor((x+float64(1e-3*dt))/dt), float64(maxSteps))), maxSteps)
	} else {
		k = Steps(x, dt, Floor)
	}
	return min(k, r.most)
}

// mayFire says whether refractoriness lets a cell fire.
func (r *refractory) mayFire(c int, step int64) bool {
	if step-r.last[c] < r.lockOut {
		return false
	}
	switch r.rule {
	case fixedPeriod:
		return step > r.until[c] || step == r.until[c] && !r.clamps
	case flagged:
		return r.active[c] != 0
	}
	return true
}

// release ends refractoriness at the start of a step, where the rule keeps it as a state of the cell.
func (e *engine) release(b *block, step int64, row int) {
	r := &e.refractory
	if r.rule != flagged {
		return
	}
	switch {
	case r.period != nil: // the period of each cell as it is now
		r.period.set(e, step, row)
		r.period.machine.Run(b.lo, b.hi)
		for c := b.lo; c < b.hi; c++ {
			r.active[c] = 0
			if step-r.last[c] >= r.periodSteps(r.period.result[c], e.dt) {
				r.active[c] = 1
			}
		}
	case len(b.listed) == 0:
	case r.condition != nil:
		r.condition.set(e, step, row)
		r.condition.machine.Run(b.lo, b.hi)
		b.keep(func(c int32) bool { return r.condition.result[c] != 0 }, r.active)
	case step >= b.next:
		b.next = maxSteps
		b.keep(func(c int32) bool {
			if step >= r.until[c] {
				return false
			}
			b.next = min(b.next, r.until[c])
			return true
		}, r.active)
	}
}

// keep drops the listed cells that are refractory no more and marks them active.
func (b *block) keep(refractory func(c int32) bool, active []float64) {
	kept := b.listed[:0]
	for _, c := range b.listed {
		if refractory(c) {
			kept = append(kept, c)
		} else {
			active[c] = 1
		}
	}
	b.listed = kept
}

// fired begins the refractoriness of the cells that fire.
func (e *engine) fired(b *block, step int64, row int) {
	r := &e.refractory
	if r.rule == fixedPeriod && r.period != nil {
		r.period.set(e, step, row)
		r.period.machine.RunAt(b.spiking)
	}
	e.note(b.spiking, step)
	for _, c := range b.spiking {
		switch r.rule {
		case fixedPeriod:
			k := r.steps
			if r.period != nil {
				k = r.periodSteps(r.period.result[c], e.dt)
			}
			r.until[c] = step + k
			b.latest = max(b.latest, step+k)
		case flagged:
			r.active[c] = 0
			if r.period == nil {
				r.until[c] = step + r.steps
				b.next = min(b.next, r.until[c])
				b.listed = append(b.listed, c)
			}
		}
	}
}

// note keeps when cells fired.
func (e *engine) note(cells []int32, step int64) {
	r := &e.refractory
	for _, c := range cells {
		r.last[c] = step
		if r.lastSpike != nil {
			r.lastSpike[c] = float64(step) * e.dt
		}
	}
}

// relist finds what blocks know of their cells from the state of a snapshot, before the given step.
func (e *engine) relist(step int64) {
	r := &e.refractory
	r.recent = r.recent[:0]
	for c := range r.until {
		if r.rule == fixedPeriod && r.until[c] >= step-1 {
			r.recent = append(r.recent, int32(c))
		}
	}
	for i := range e.blocks {
		b := &e.blocks[i]
		b.listed, b.next, b.latest = b.listed[:0], noStep, noStep
		for c := b.lo; c < b.hi; c++ {
			if r.rule == flagged && r.period == nil && r.active[c] == 0 {
				b.listed = append(b.listed, int32(c))
			}
			b.latest = max(b.latest, r.until[c])
		}
	}
}
