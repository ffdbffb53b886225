package neurons

import (
	"fmt"
	"slices"

	"hearpipe/neurons/equations"
	"hearpipe/units"
)

// LinkParams describes a variable that follows a variable of other cells.
type LinkParams struct {
	Target   Cells  // the cells that follow
	Variable string // a parameter or differential variable of the target
	Source   Cells  // the cells that are followed
	From     string // a variable of the source, static equations included
	// Index gives the cell of the source for each cell of the target (default: the cell of the same number; then both
	// have as many cells, or the source has one).
	Index []int
	// When says where in a step and how often the values are copied (default: at the start of each step of the target).
	When When
}

// Link has a variable follow another: at the start of each step it gets the value that the other one had at the end of the
// step before. A static equation is evaluated at that moment. Links run in the order of their creation: one that follows
// the variable of an earlier link sees what that has just copied.
func (n *Network) Link(p LinkParams) error {
	t, s := p.Target, p.Source
	fail := func(format string, args ...any) error {
		return fmt.Errorf("%s: link of %s: %w", n.label(), p.Variable, fmt.Errorf(format, args...))
	}
	if t.g == nil || s.g == nil || t.g.net != n || s.g.net != n {
		return fail("target and source are not of this network")
	}
	to, err := t.Values(p.Variable)
	if err != nil {
		return fail("%w", err)
	}
	r, err := s.g.b.recorded(p.From)
	if err != nil {
		return fail("group %s: %w", s.g.e.name, err)
	}
	if t.g.b.shared(p.Variable) {
		return fail("it is (shared), one value for all")
	}
	q, _ := t.g.b.model.Equations.Lookup(p.Variable)
	from, known := s.g.b.model.Equations.Lookup(p.From)
	dim := units.Dimensionless
	switch {
	case known:
		dim = from.Dim
	case p.From == equations.LastSpike:
		dim = units.DimTime
	}
	if dim != q.Dim {
		return fail("%s has the dimension %s, but %s of group %s has the dimension %s", p.Variable, q.Dim, p.From, s.g.e.name, dim)
	}
	index := slices.Clone(p.Index)
	switch {
	case index == nil && s.N() == 1:
		index = make([]int, t.N())
	case index == nil && s.N() == t.N():
		index = make([]int, t.N())
		for k := range index {
			index[k] = k
		}
	case index == nil:
		return fail("%d cells follow %d cells: want as many, or one, or an index", t.N(), s.N())
	case len(index) != t.N():
		return fail("an index of %d for %d cells", len(index), t.N())
	}
	for k, i := range index {
		if i < 0 || i >= s.N() {
			return fail("cell %d follows cell %d: want 0 to %d", k, i, s.N()-1)
		}
	}
	clock := t.g.clock
	if p.When.Every != 0 {
		if clock, err = n.clockOf(p.When.Every); err != nil {
			return err
		}
	}
	if r.input >= 0 || r.unit != nil && len(r.unit.rows)+len(r.unit.shared) > 0 {
		return fail("%s of group %s is an input or follows from one: link a variable, or give the input to both groups", p.From, s.g.e.name)
	}
	t.g.linked = append(t.g.linked, q.Name)
	follows := make([]float64, len(index)) // target and source may be the same variable of overlapping cells
	return n.add(&action{when: p.When, clock: clock, run: func(step int64) error {
		e := s.g.e
		var x []float64
		if r.state >= 0 {
			x = e.state[r.state]
		} else {
			r.unit.setAt(e, step, 0, float64(step)*clock.dt)
			r.unit.machine.Run(s.lo, s.hi)
			x = r.unit.result
		}
		for k, i := range index {
			follows[k] = x[s.lo+i]
		}
		copy(to, follows)
		return nil
	}}, "link")
}
