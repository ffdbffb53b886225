package neurons

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"hearpipe/internal/expr"
	"hearpipe/neurons/equations"
)

// initialise sets the initial values: parameters first, then differential variables, each in the order of definition.
func (b *builder) initialise() error {
	if err := b.initialNames(); err != nil {
		return err
	}
	known := map[string]bool{equations.Cell: true}
	for _, kind := range []equations.Kind{equations.Parameter, equations.Differential} {
		for _, name := range b.model.Equations.Names(kind) {
			k := b.e.stateOf(name)
			if k < 0 {
				continue // an input
			}
			if err := b.initial(name, b.e.state[k], known); err != nil {
				return fmt.Errorf("initial value of %s: %w", name, err)
			}
			known[name] = true
			if b.p.AllowNaN {
				continue
			}
			for c, x := range b.e.state[k] {
				if x-x != 0 {
					return fmt.Errorf("initial value of %s: %g for cell %d: want a finite number", name, x, b.e.first+c)
				}
			}
		}
	}
	return nil
}

// initialNames refuses values for names that have none of their own, and gives values for an alias to its variable.
func (b *builder) initialNames() error {
	var err error
	if b.p.Init, err = byVariable(b, b.p.Init); err != nil {
		return err
	}
	if b.p.Values, err = byVariable(b, b.p.Values); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(b.p.Init)) {
		if _, twice := b.p.Values[name]; twice {
			return fmt.Errorf("initial value of %s: given as an expression and as an array: want one of them", name)
		}
	}
	all := slices.Concat(slices.Collect(maps.Keys(b.p.Init)), slices.Collect(maps.Keys(b.p.Values)))
	slices.Sort(all)
	for _, name := range all {
		q, ok := b.model.Equations.Lookup(name)
		switch {
		case !ok:
			names := slices.Concat(b.model.Equations.Names(equations.Parameter), b.model.Equations.Names(equations.Differential))
			return fmt.Errorf("initial value of %s: there is no such variable (variables: %s)", name, strings.Join(names, ", "))
		case q.Kind == equations.Static:
			return fmt.Errorf("initial value of %s: it is a static equation and follows from other variables", name)
		case b.e.inputOf(name) >= 0:
			return fmt.Errorf("initial value of %s: it gets its values from an input", name)
		}
	}
	return nil
}

// byVariable replaces aliases among the names of values.
func byVariable[V any](b *builder, values map[string]V) (map[string]V, error) {
	to := map[string]V{}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		variable := b.model.Variable(name)
		if _, twice := to[variable]; twice {
			return nil, fmt.Errorf("initial value of %s: given twice, also under another name", variable)
		}
		to[variable] = values[name]
	}
	return to, nil
}

// shared reports whether a name is that of a parameter with one value for all cells.
func (b *builder) shared(name string) bool {
	q, ok := b.model.Equations.Lookup(b.model.Variable(name))
	return ok && q.Kind == equations.Parameter && q.Flags.Shared
}

// checkShared refuses a value of a shared parameter that depends on the cell.
func (b *builder) checkShared(name string, n expr.Node) error {
	random := slices.ContainsFunc(expr.Calls(n), func(f string) bool { return f == "rand" || f == "randn" })
	for _, used := range expr.Identifiers(n) {
		s, _ := b.model.Scope.Lookup(used)
		random = random || s.Role == expr.Vector
	}
	if !random {
		return nil
	}
	src, start, end := n.Span()
	return src.Errorf(start, end, "%s is (shared): its value cannot depend on the cell, nor be random", name)
}

// initial sets the initial values x of one variable.
func (b *builder) initial(name string, x []float64, known map[string]bool) error {
	shared := b.shared(name)
	if values, ok := b.p.Values[name]; ok {
		if shared {
			if len(values) != 1 {
				return fmt.Errorf("%d values of a (shared) parameter: want 1", len(values))
			}
			x[0] = values[0]
			return nil
		}
		if len(values) != b.n {
			return fmt.Errorf("%d values for %d cells", len(values), b.n)
		}
		copy(x, values[b.e.first:])
		return nil
	}
	text, ok := b.p.Init[name]
	if !ok {
		return nil
	}
	n, err := expr.Parse(text, expr.Options{})
	if err != nil {
		return err
	}
	if n, err = b.model.Expand(n); err != nil {
		return err
	}
	t, err := expr.Check(n, b.model.Scope)
	if err != nil {
		return err
	}
	src, start, end := n.Span()
	for _, used := range expr.Identifiers(n) {
		if s, _ := b.model.Scope.Lookup(used); s.Role != expr.Constant && !known[used] {
			return src.Errorf(start, end, "%s has no value yet: an initial value may use constants, i, N, rand(), randn(), and what is initialised before (parameters first, in the order of the equations)", used)
		}
	}
	q, _ := b.model.Equations.Lookup(name)
	if !t.Fits(q.Dim) {
		return src.Errorf(start, end, "%s has the dimension %s, but this has the dimension %s", name, q.Dim, t.Dim)
	}
	if shared {
		if err := b.checkShared(name, n); err != nil {
			return err
		}
	}
	u, err := b.unit(n, "initial value "+name)
	if err != nil {
		return err
	}
	u.set(b.e, 0, 0)
	u.machine.Run(0, b.e.cells)
	copy(x, u.result)
	return nil
}
