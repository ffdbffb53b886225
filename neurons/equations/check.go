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
		if q.Kind == Static {
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
			first = checkDimension(q, full)
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
func checkDimension(q *Equation, scope *expr.Scope) error {
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
