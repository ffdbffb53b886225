package neurons

import (
	"hearpipe/internal/expr"
	"hearpipe/neurons/equations"
)

// unit is one compiled program of a group (its state update, threshold, reset, ...) with what it is bound to.
type unit struct {
	machine *expr.Machine
	draws   *draws
	time    int         // scalar slot of t, -1 if not used
	rows    []connected // inputs with a channel per cell
	shared  []connected // inputs with one channel
	own     []connected // state with one value for all
	result  []float64   // values of an expression
}

// connected is an input, or a part of the state, used by a program.
type connected struct{ slot, input int }

// bind makes a unit of a program. purpose names its random numbers.
func (e *engine) bind(p *expr.Program, purpose string) *unit {
	u := &unit{machine: p.NewMachineBlock(blockCells), time: p.ScalarSlot(equations.Time)}
	u.draws = newDraws(p, e.seed, e.path, purpose, e.first, e.dt, e.noises)
	u.machine.SetRandom(u.draws)
	for k, in := range e.inputs {
		if s := p.ScalarSlot(in.name); s >= 0 {
			u.shared = append(u.shared, connected{s, k})
		}
		if s := p.VectorSlot(in.name); s >= 0 {
			u.rows = append(u.rows, connected{s, k})
		}
	}
	for slot, name := range p.Scalars() {
		if k := e.stateOf(name); k >= 0 {
			u.own = append(u.own, connected{slot, k})
		}
	}
	for slot, v := range p.Vectors() {
		switch {
		case v.Name == expr.Result:
			u.result = make([]float64, e.cells)
			u.machine.SetVector(slot, u.result)
		case e.inputOf(v.Name) < 0:
			u.machine.SetVector(slot, e.vector(v.Name))
		}
	}
	return u
}

// set prepares a unit for one step; row is the number of the step in the fetched frames.
func (u *unit) set(e *engine, step int64, row int) { u.setAt(e, step, row, float64(step)*e.dt) }

// setAt is set for a program whose steps are not those of the group: t is given.
func (u *unit) setAt(e *engine, step int64, row int, t float64) {
	u.draws.step = step
	if u.time >= 0 {
		u.machine.SetScalar(u.time, t)
	}
	for _, c := range u.own {
		u.machine.SetScalar(c.slot, e.state[c.input][0])
	}
	for _, c := range u.shared {
		u.machine.SetScalar(c.slot, e.inputs[c.input].frames.At(row, 0))
	}
	for _, c := range u.rows {
		u.machine.SetVector(c.slot, e.inputs[c.input].row(row))
	}
}
