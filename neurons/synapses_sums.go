package neurons

import (
	"fmt"

	"hearpipe/internal/expr"
	"hearpipe/internal/kernel"
	"hearpipe/neurons/equations"
)

// sweepBlock is how many synapses a sweep computes before the next ones: what it gathers stays in the cache.
const sweepBlock = 4096

// sweep is a program over all synapses: the equations that advance in every step, or the value of a sum.
type sweep struct {
	s        *SynapseSet
	machine  *expr.Machine
	draws    *draws
	time     int
	shared   []sharedSlot
	gathered []gatheredSlot
	result   []float64
}

// gatheredSlot is a vector with the value of a cell for each synapse.
type gatheredSlot struct {
	cell   *cellVariable
	buffer []float64
}

func (s *SynapseSet) newSweep(p *expr.Program, purpose string) *sweep {
	w := &sweep{s: s, machine: p.NewMachineBlock(blockCells), time: p.ScalarSlot(equations.Time)}
	w.draws = newDraws(p, s.net.seed, s.path, purpose, 0, s.clock.dt, s.model.Noises)
	w.machine.SetRandom(w.draws)
	number := func(at side) []float64 {
		x := make([]float64, s.N())
		for k, c := range s.cells[at] {
			x[k] = float64(c)
		}
		return x
	}
	for slot, v := range p.Vectors() {
		switch {
		case v.Name == expr.Result:
			w.result = make([]float64, s.N())
			w.machine.SetVector(slot, w.result)
		case v.Name == equations.Cell:
			w.machine.SetVector(slot, number(pre))
		case v.Name == equations.Target:
			w.machine.SetVector(slot, number(post))
		case s.names.variables[v.Name] != nil:
			g := gatheredSlot{s.names.variables[v.Name], make([]float64, s.N())}
			w.gathered = append(w.gathered, g)
			w.machine.SetVector(slot, g.buffer)
		default:
			w.machine.SetVector(slot, *s.stored(v.Name))
		}
	}
	for slot, name := range p.Scalars() {
		if name != equations.Time {
			w.shared = append(w.shared, sharedSlot{slot, s.stored(name)})
		}
	}
	return w
}

// run computes all synapses.
func (w *sweep) run(step int64, n int) {
	w.draws.step = step
	if w.time >= 0 {
		w.machine.SetScalar(w.time, float64(step)*w.s.clock.dt)
	}
	for _, x := range w.shared {
		w.machine.SetScalar(x.slot, (*x.values)[0])
	}
	for lo := 0; lo < n; lo += sweepBlock {
		hi := min(lo+sweepBlock, n)
		for _, g := range w.gathered {
			from, one := g.cell.view(w.s.ends[g.cell.side], step)
			to := g.buffer[lo:hi]
			if one {
				kernel.VecFill(to, from[0])
				continue
			}
			for k, c := range w.s.cells[g.cell.side][lo:hi] {
				to[k] = from[c]
			}
		}
		w.machine.Run(lo, hi)
	}
}

// compileUpdate prepares the equations that advance in every step.
func (s *SynapseSet) compileUpdate() error {
	s.update, s.watched = nil, nil
	step, err := s.model.Integrate(s.p.Method)
	if err != nil || len(step.Statements) == 0 {
		return err
	}
	program, err := expr.CompileStatements(step.Statements, step.Scope, expr.CompileOptions{Locals: true})
	if err != nil {
		return err
	}
	s.update = s.newSweep(program, "model")
	for k := range s.model.Derivatives {
		s.watched = append(s.watched, s.variable(s.model.Derivatives[k].Name))
	}
	return nil
}

// sum is a variable of the cells at one end that is the sum over the synapses of each.
type sum struct {
	value *sweep
	to    *cellVariable
}

// compileSums prepares what is summed.
func (s *SynapseSet) compileSums() error {
	s.sums = nil
	for _, one := range s.model.Sums {
		q, _ := s.equations.Lookup(one.Target)
		v := s.names.variables[one.Target]
		if v == nil {
			return q.Errorf("%s is summed, but the cells have no such parameter: a sum is named after a parameter of the target, such as g_post, or of the source", one.Target)
		}
		own, _ := v.owner.group.b.model.Equations.Lookup(v.owner.variable)
		switch {
		case own == nil || own.Kind != equations.Parameter:
			return q.Errorf("%s is summed, but %s is not a parameter of group %s; give the cells a line such as %s : 1", one.Target, v.owner.variable, v.owner.group.e.name, v.owner.variable)
		case v.refusal != "":
			return q.Errorf("%s cannot be a sum: %s", one.Target, v.refusal)
		case own.Dim != one.Dim:
			return q.Errorf("%s has the dimension %s, but %s of group %s has %s", one.Target, one.Dim, v.owner.variable, v.owner.group.e.name, own.Dim)
		}
		program, err := expr.Compile(one.Value, s.model.Scope)
		if err != nil {
			return err
		}
		s.sums = append(s.sums, &sum{s.newSweep(program, "sum "+one.Target), v})
	}
	return nil
}

// checkSums refuses two sums into one variable.
func (s *SynapseSet) checkSums() error {
	for _, o := range s.net.objects {
		other, ok := o.(*SynapseSet)
		if !ok {
			continue
		}
		for _, a := range s.sums {
			for _, b := range other.sums {
				if a != b && a.to.owner == b.to.owner && overlap(s.ends[a.to.side], other.ends[b.to.side]) {
					return fmt.Errorf("%s of group %s is a sum of synapses %s too: want two variables, and their sum in the equations of the group",
						a.to.owner.variable, a.to.owner.group.e.name, other.name)
				}
			}
		}
	}
	return nil
}

func overlap(a, b Cells) bool { return a.g == b.g && a.lo < b.hi && b.lo < a.hi }

// sum computes the sums.
func (s *SynapseSet) sum(step int64) error {
	for _, one := range s.sums {
		one.run(s, step)
	}
	return nil
}

// run computes a sum, in the order of the numbers of the synapses.
func (one *sum) run(s *SynapseSet, step int64) {
	one.value.run(step, s.N())
	to, _ := one.to.view(s.ends[one.to.side], step)
	clear(to)
	for k, c := range s.cells[one.to.side] {
		to[c] += one.value.result[k]
	}
}

// listens reports whether the program reads an input of the cells.
func (w *sweep) listens() bool {
	for _, g := range w.gathered {
		if g.cell.input != nil {
			return true
		}
	}
	return false
}
