package equations

import (
	"fmt"
	"slices"

	"hearpipe/internal/expr"
)

// Expand replaces the static equations in an expression that stands outside the equations: a condition, the value of a
// statement, a recorded quantity. One that contains white noise is refused: it has values inside a step only.
func (m *Model) Expand(n expr.Node) (expr.Node, error) {
	by := map[string]expr.Node{}
	var err error
	expr.Walk(n, func(n expr.Node) bool {
		name, ok := n.(*expr.Name)
		if !ok || err != nil {
			return true
		}
		src, start, end := name.Span()
		switch {
		case isNoise(name.Ident):
			err = src.Errorf(start, end, "white noise %s can drive differential equations only; use randn() for a random number here", name.Ident)
		case m.noisy[name.Ident]:
			err = src.Errorf(start, end, "%s contains white noise, which can drive differential equations only", name.Ident)
		case m.isStatic(name.Ident):
			by[name.Ident] = m.expanded[name.Ident]
		}
		return true
	})
	if err != nil || len(by) == 0 {
		return n, err
	}
	return expr.Substitute(n, by), nil
}

// Variable is the variable that a name means: an alias means the one it stands for, any other name itself.
func (m *Model) Variable(name string) string {
	for {
		q, ok := m.Equations.Lookup(name)
		if !ok || !q.Alias {
			return name
		}
		name = q.Right.(*expr.Name).Ident
	}
}

// Statements prepares statements that stand outside the equations, such as a reset: static equations in their values are
// replaced, and an assignment to an alias is one to its variable. A static equation cannot be assigned to.
func (m *Model) Statements(list []expr.Statement) ([]expr.Statement, error) {
	list = slices.Clone(list)
	for k := range list {
		s := &list[k]
		var err error
		if s.Value, err = m.Expand(s.Value); err != nil {
			return nil, err
		}
		s.Target = m.Variable(s.Target)
		q, ok := m.Equations.Lookup(s.Target)
		switch {
		case !ok:
		case m.isStatic(s.Target):
			return nil, s.Src.Errorf(s.Start, s.TargetEnd, "cannot assign to %s, which is a static equation and follows from other variables", q.Name)
		case q.Flags.Shared:
			return nil, s.Src.Errorf(s.Start, s.TargetEnd, "cannot assign to %s, which has one value for all: it is (shared)", q.Name)
		case q.Flags.Linked:
			return nil, s.Src.Errorf(s.Start, s.TargetEnd, "cannot assign to %s, whose values are those of a variable of another group: it is (linked)", q.Name)
		}
	}
	return list, nil
}

// IsConstant reports whether an expression has one value for all cells and times: it uses constants and pure functions
// only.
func (m *Model) IsConstant(n expr.Node) bool {
	return m.made(n, func(s expr.Symbol, name string) bool { return s.Role == expr.Constant }, false)
}

// IsSteady reports whether an expression keeps its value during a step: it uses constants, parameters, inputs, i, pure
// functions of these, and timed arrays of t whose intervals are whole numbers of steps.
func (m *Model) IsSteady(n expr.Node) bool {
	return m.made(n, func(s expr.Symbol, name string) bool { return s.Role == expr.Constant || m.isParameter(name) }, true)
}

// isPerCell reports whether an expression is made of constants and of parameters that change when somebody assigns to
// them only.
func (m *Model) isPerCell(n expr.Node) bool {
	return m.made(n, func(s expr.Symbol, name string) bool {
		if s.Role == expr.Constant {
			return true
		}
		q, _ := m.Equations.Lookup(name)
		_, input := m.inputs[name]
		return m.isParameter(name) && !input && (q == nil || !q.Flags.Linked)
	}, false)
}

// isParameter reports whether a name is that of a parameter or the number of the cell or synapse.
func (m *Model) isParameter(name string) bool {
	if name == Cell {
		return true
	}
	if q, ok := m.Equations.Lookup(name); ok {
		return q.Kind == Parameter
	}
	return name == Target && m.Equations.in == OfSynapses
}

// made reports whether an expression is made of allowed names and pure functions, and of timed arrays of t if they are
// allowed and steady.
func (m *Model) made(n expr.Node, allowed func(s expr.Symbol, name string) bool, arrays bool) bool {
	times := map[expr.Node]bool{} // the t of steady timed arrays
	good := true
	expr.Walk(n, func(n expr.Node) bool {
		switch n := n.(type) {
		case *expr.Name:
			s, ok := m.Scope.Lookup(n.Ident)
			good = good && ok && (allowed(s, n.Ident) || times[n])
		case *expr.Call:
			if n.Func == "rand" || n.Func == "randn" {
				good = false
			}
			s, user := m.Scope.Lookup(n.Func)
			if user && (s.Function == nil || s.Function.Scalar == nil) {
				good = false
			}
			if a := m.array(n.Func); a != nil && arrays && isTime(n.Args[0]) && a.steady(m.dt) {
				times[n.Args[0]] = true
			}
		}
		return good
	})
	return good
}

// array is the timed array that a name of a function means, nil if it is none.
func (m *Model) array(name string) *TimedArray {
	if s, ok := m.Scope.Lookup(name); ok && s.Role == expr.FunctionName {
		return m.arrays[name]
	}
	return nil
}

func isTime(n expr.Node) bool {
	name, ok := n.(*expr.Name)
	return ok && name.Ident == Time
}

// Apply computes a definition by hand: the value of a static equation, or the right-hand side of a differential equation
// without its noise, for given values of variables, parameters, t and i [SI]. A name that it needs and that has no value is
// an error.
func (m *Model) Apply(name string, values map[string]float64) (float64, error) {
	var n expr.Node
	for _, list := range [][]Derivative{m.Derivatives, m.Events} {
		if k := slices.IndexFunc(list, func(d Derivative) bool { return d.Name == name }); k >= 0 {
			n = list[k].Drift
		}
	}
	switch {
	case n != nil:
	case m.noisy[name]:
		return 0, fmt.Errorf("%s contains white noise and has no value of its own", name)
	case m.expanded[name] != nil:
		n = m.expanded[name]
	default:
		return 0, fmt.Errorf("there is no equation for %s", name)
	}
	scope := &expr.Scope{Symbols: map[string]expr.Symbol{}, Parent: m.Scope}
	for _, used := range expr.Identifiers(n) {
		s, _ := m.Scope.Lookup(used)
		if s.Role == expr.Constant {
			continue
		}
		x, ok := values[used]
		if !ok {
			return 0, fmt.Errorf("%s needs a value of %s", name, used)
		}
		scope.Symbols[used] = expr.ConstantSymbol(expr.Value{Type: s.Type, X: x})
	}
	v, err := expr.EvalNode(n, scope)
	return v.X, err
}
