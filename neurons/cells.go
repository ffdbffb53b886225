package neurons

import (
	"fmt"
	"strings"

	"hearpipe/internal/expr"
	"hearpipe/internal/kernel"
	"hearpipe/neurons/equations"
	"hearpipe/units"
)

// Cells is a contiguous part of a group, or all of it: a view, not a copy. Its cells count from 0.
type Cells struct {
	g      *Group
	lo, hi int
}

// All is the view of all cells.
func (g *Group) All() Cells { return Cells{g, 0, g.e.cells} }

// Cells is the view of the cells lo:hi.
func (g *Group) Cells(lo, hi int) (Cells, error) { return g.All().Cells(lo, hi) }

// Cells is the view of the cells lo:hi of a view.
func (c Cells) Cells(lo, hi int) (Cells, error) {
	if lo < 0 || hi > c.N() || lo >= hi {
		return Cells{}, fmt.Errorf("group %s: cells %d:%d: want lo < hi within 0:%d", c.g.e.name, lo, hi, c.N())
	}
	return Cells{c.g, c.lo + lo, c.lo + hi}, nil
}

// N is the number of cells.
func (c Cells) N() int { return c.hi - c.lo }

// Group is the group the cells belong to.
func (c Cells) Group() *Group { return c.g }

// Lo is the number of the first cell in its group.
func (c Cells) Lo() int { return c.lo }

// Values are the values of a differential variable or a parameter [SI], one per cell. The slice is the state itself: it
// stays the same for the life of the group, and writing to it between two steps changes the state. A (shared) parameter
// has one value for all.
func (g *Group) Values(name string) ([]float64, error) { return g.All().Values(name) }

// Values is [Group.Values] for the cells of the view.
func (c Cells) Values(name string) ([]float64, error) {
	if err := c.g.settable(name); err != nil {
		return nil, err
	}
	x := c.g.e.state[c.g.e.stateOf(c.g.b.model.Variable(name))]
	if c.g.b.shared(name) {
		return x, nil
	}
	return x[c.lo:c.hi], nil
}

// settable says why a variable has no values of its own.
func (g *Group) settable(name string) error {
	name = g.b.model.Variable(name)
	q, ok := g.b.model.Equations.Lookup(name)
	switch {
	case !ok:
		var names []string
		for _, q := range g.b.model.Equations.All() {
			names = append(names, q.Name)
		}
		return fmt.Errorf("group %s: there is no variable %s (variables: %s)", g.e.name, name, strings.Join(names, ", "))
	case q.Kind == equations.Static:
		return fmt.Errorf("group %s: %s is a static equation and follows from other variables", g.e.name, name)
	case g.e.inputOf(name) >= 0:
		return fmt.Errorf("group %s: %s gets its values from an input", g.e.name, name)
	}
	return nil
}

// Set sets a differential variable or a parameter of all cells to an expression such as "-60*mV + 5*mV*rand()", which may
// use variables, constants, i, N, t, rand() and randn(). Every call draws new random numbers.
//
// A (shared) parameter has one value, which must not depend on the cell.
func (g *Group) Set(name, text string) error { return g.All().Set(name, text) }

// Set is [Group.Set] for the cells of the view; i and N count the cells of the view.
func (c Cells) Set(name, text string) error {
	g := c.g
	if err := g.settable(name); err != nil {
		return err
	}
	fail := func(err error) error { return fmt.Errorf("group %s: value of %s: %w", g.e.name, name, err) }
	n, err := expr.Parse(text, expr.Options{})
	if err != nil {
		return fail(err)
	}
	if n, err = g.b.model.Expand(n); err != nil {
		return fail(err)
	}
	scope := c.scope(g.e.dt)
	t, err := expr.Check(n, scope)
	if err != nil {
		return fail(err)
	}
	if q, _ := g.b.model.Equations.Lookup(name); !t.Fits(q.Dim) {
		src, start, end := n.Span()
		return fail(src.Errorf(start, end, "%s has the dimension %s, but this has the dimension %s", name, q.Dim, t.Dim))
	}
	program, err := expr.Compile(n, scope)
	if err != nil {
		return fail(err)
	}
	u := c.bind(program, fmt.Sprintf("set %s %d", name, g.sets))
	g.sets++
	step, row := int64(0), 0
	if g.clock != nil {
		step = g.clock.next
		row = int(max(0, min(step, g.e.base)-g.e.base))
	}
	if len(u.rows)+len(u.shared) > 0 {
		return fail(fmt.Errorf("an input has values only while the network runs"))
	}
	u.set(g.e, step, row)
	u.machine.Run(c.lo, c.hi)
	to, err := c.Values(name)
	if err != nil {
		return err
	}
	if g.b.shared(name) {
		if err := g.b.checkShared(name, n); err != nil {
			return fail(err)
		}
	}
	x := u.result[c.lo : c.lo+len(to)]
	if !g.e.allowNaN && !kernel.AllFinite(x) {
		for k, v := range x {
			if v-v != 0 {
				return fail(fmt.Errorf("%g for cell %d: want a finite number", v, k))
			}
		}
	}
	copy(to, x)
	return nil
}

// SetValues sets a variable to an array of values [SI], one per cell.
func (g *Group) SetValues(name string, x []float64) error { return g.All().SetValues(name, x) }

// SetValues is [Group.SetValues] for the cells of the view.
func (c Cells) SetValues(name string, x []float64) error {
	to, err := c.Values(name)
	if err != nil {
		return err
	}
	if len(x) != len(to) {
		return fmt.Errorf("group %s: %d values of %s for %d cells", c.g.e.name, len(x), name, len(to))
	}
	for k, v := range x {
		if !c.g.e.allowNaN && v-v != 0 {
			return fmt.Errorf("group %s: value of %s: %g for cell %d: want a finite number", c.g.e.name, name, v, k)
		}
	}
	copy(to, x)
	return nil
}

// scope is the meaning of names in a text that runs over the cells of the view with the given step.
func (c Cells) scope(dt float64) *expr.Scope {
	return &expr.Scope{Parent: c.g.b.model.Scope, Random: true, Symbols: map[string]expr.Symbol{
		equations.Cells: expr.ConstantSymbol(expr.IntegerValue(c.N())),
		equations.Step:  expr.ConstantSymbol(expr.QuantityValue(units.Quantity{Value: dt, Dim: units.DimTime})),
	}}
}

// bind binds a program to the state; i counts the cells of the view.
func (c Cells) bind(p *expr.Program, purpose string) *unit {
	u := c.g.e.bind(p, purpose)
	if slot := p.VectorSlot(equations.Cell); slot >= 0 && c.lo > 0 {
		x := make([]float64, c.hi)
		for k := c.lo; k < c.hi; k++ {
			x[k] = float64(k - c.lo)
		}
		u.machine.SetVector(slot, x)
	}
	c.g.b.finishHelpers()
	return u
}
