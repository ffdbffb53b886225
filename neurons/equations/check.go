package equations

import (
	"fmt"

	"hearpipe/internal/expr"
	"hearpipe/units"
)

// check types every right-hand side as it was written, so that errors show the user's own text. Unknown names of all
// definitions are reported together.
func (m *Model) check() error {
	full := &expr.Scope{Symbols: map[string]expr.Symbol{}, Parent: m.Scope}
	for i := range m.Equations.list {
		q := &m.Equations.list[i]
		if m.isStatic(q.Name) {
			full.Symbols[q.Name] = expr.Symbol{Role: expr.Vector, Type: expr.FloatType(q.Dim)}
		}
		if q.Kind == Parameter {
			continue
		}
		for _, name := range expr.Identifiers(q.Right) {
			if isNoise(name) {
				full.Symbols[name] = expr.Symbol{Role: expr.Drawn, Type: expr.FloatType(noiseDim)}
			}
		}
	}
	var unknown expr.Errors
	var first error
	seen := map[string]bool{}
	for i := range m.Equations.list {
		q := &m.Equations.list[i]
		if q.Kind == Parameter {
			continue
		}
		if list := unknownNames(q.Right, full); len(list) > 0 {
			for _, e := range list {
				if !seen[e.Msg] {
					seen[e.Msg] = true
					unknown = append(unknown, e)
				}
			}
			continue
		}
		if first == nil {
			if first = m.checkDimension(q, full); first == nil {
				first = m.checkColumns(q)
			}
		}
	}
	switch len(unknown) {
	case 0:
		return first
	case 1:
		return unknown[0]
	}
	return unknown
}

// unknownNames returns the errors about names that the scope does not know.
func unknownNames(n expr.Node, scope *expr.Scope) expr.Errors {
	_, err := expr.Check(n, scope)
	switch err := err.(type) {
	case expr.Errors:
		return err
	case *expr.Error:
		// A single unknown name comes as a plain *expr.Error: tell it from other mistakes by looking.
		for _, name := range expr.Identifiers(n) {
			if _, ok := scope.Lookup(name); !ok {
				return expr.Errors{err}
			}
		}
	}
	return nil
}

// checkDimension compares the dimension of a right-hand side with that of its variable.
func (m *Model) checkDimension(q *Equation, scope *expr.Scope) error {
	t, err := expr.Check(q.Right, scope)
	if err != nil {
		return err
	}
	src, start, end := q.Right.Span()
	want, what := q.Dim, q.Name
	if q.Kind == Differential {
		want, what = q.Dim.Div(units.DimTime), "d"+q.Name+"/dt"
	}
	if t.Fits(want) {
		m.untyped[q.Name] = t.Any
		return nil
	}
	if t.Kind > expr.Boolean || t.List {
		return src.Errorf(start, end, "%s is %s, but %s needs a number of dimension %s", q.Right, t, what, want)
	}
	of := ""
	if q.Kind == Differential {
		of = fmt.Sprintf(", that of %s %s divided by a time", q.Name, q.Dim)
	}
	return src.Errorf(start, end, "the right-hand side has the dimension %s, but %s has the dimension %s%s", t.Dim, what, want, of)
}

// typed gives the right-hand side 0 (or inf), which fits every dimension, the one that is wanted of it: inside of other
// expressions it would be a plain number.
func (m *Model) typed(q *Equation, n expr.Node, dim units.Dimension) expr.Node {
	if !m.untyped[q.Name] {
		return n
	}
	if x, ok := n.(*expr.Number); ok {
		return expr.NewNumber(x.Value, dim, n)
	}
	return expr.NewBinary("*", n, expr.NewNumber(1, dim, n))
}

// checkColumns wants a column for every cell where a timed array is asked for that of the cell.
func (m *Model) checkColumns(q *Equation) error {
	var err error
	cells, _ := m.Scope.Lookup(Cells)
	expr.Walk(q.Right, func(n expr.Node) bool {
		call, ok := n.(*expr.Call)
		if !ok || err != nil {
			return true
		}
		a := m.array(call.Func)
		if a == nil || a.Columns == 0 {
			return true
		}
		if name, ok := call.Args[1].(*expr.Name); ok && name.Ident == Cell && float64(a.Columns) < cells.Value.X {
			err = errorAt(n, "the timed array %s has %d columns: want one for each of the %g cells", call.Func, a.Columns, cells.Value.X)
		}
		return true
	})
	return err
}

// checkShared refuses a shared static equation whose value differs between cells.
func (m *Model) checkShared(q *Equation, n expr.Node) error {
	if !q.Flags.Shared {
		return nil
	}
	if m.noisy[q.Name] || isRandom(n) {
		return errorAt(q.Right, "%s is (shared), one value for all, but random numbers differ from cell to cell", q.Name)
	}
	for _, name := range expr.Identifiers(n) {
		if s, _ := m.Scope.Lookup(name); s.Role != expr.Constant && s.Role != expr.Scalar {
			return errorAt(q.Right, "%s is (shared), one value for all, but %s differs from cell to cell", q.Name, name)
		}
	}
	return nil
}
