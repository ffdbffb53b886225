package neurons

import (
	"fmt"
	"strings"

	"hearpipe/internal/expr"
	"hearpipe/neurons/equations"
	"hearpipe/units"
)

// side is one end of a synapse.
type side uint8

const (
	pre side = iota
	post
)

var suffixes = [...]string{pre: "_pre", post: "_post"}

// cellVariable is a variable of the cells at one end, as texts of synapses see it.
type cellVariable struct {
	name     string // with its suffix
	side     side
	owner    variableOf
	symbol   expr.Symbol
	values   []float64 // of the whole group; one value if all share it; nil for an input
	input    *input    // that drives it
	refusal  string    // why no statement may assign to it
	firstRow *int64    // step of the first fetched frame of the input
	// active is set for a variable that stands still in refractory cells: statements change it in others only.
	active *cellVariable
}

// variableOf identifies a variable of a group.
type variableOf struct {
	group    *Group
	variable string
}

// naming finds what the texts of synapses mean by names that the synapses do not define: variables of the cells at their
// ends, with a suffix or, for the target, without.
type naming struct {
	ends      [2]Cells
	own       *equations.Equations
	variables map[string]*cellVariable
	functions map[string]*expr.Function
	statics   strings.Builder // static equations of the cells, as definitions
	done      map[string]bool
}

// cellNames reads the names of the equations and of statements.
func cellNames(ends [2]Cells, own *equations.Equations, statements []expr.Statement) (*naming, error) {
	r := &naming{ends: ends, own: own, variables: map[string]*cellVariable{}, functions: map[string]*expr.Function{}, done: map[string]bool{}}
	for _, q := range own.All() {
		if q.Flags.Summed {
			if err := r.name(q.Name); err != nil {
				return nil, err
			}
		}
		if q.Right == nil {
			continue
		}
		if err := r.names(expr.Identifiers(q.Right)); err != nil {
			return nil, err
		}
	}
	for _, s := range statements {
		if err := r.names(append(expr.Identifiers(s.Value), s.Target)); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (r *naming) names(list []string) error {
	for _, name := range list {
		if err := r.name(name); err != nil {
			return err
		}
	}
	return nil
}

// name looks one name up among the variables of the cells.
func (r *naming) name(name string) error {
	if r.done[name] {
		return nil
	}
	r.done[name] = true
	if q, ok := r.own.Lookup(name); ok && !q.Flags.Summed {
		return nil
	}
	switch name {
	case equations.Time, equations.Step, equations.Cell, equations.Target, equations.Cells, equations.LastUpdate:
		return nil
	}
	for s, suffix := range suffixes {
		if base, ok := strings.CutSuffix(name, suffix); ok {
			return r.variable(name, base, side(s))
		}
	}
	return r.variable(name, name, post)
}

// variable enters the variable base of the cells at one end under a name, if there is one.
func (r *naming) variable(name, base string, at side) error {
	g := r.ends[at].g
	if g.b == nil {
		return nil // cells without variables
	}
	m := g.b.model
	base = m.Variable(base)
	q, defined := m.Equations.Lookup(base)
	symbol, known := m.Scope.Lookup(base)
	switch {
	case defined && q.Kind == equations.Static:
		return r.static(name, base, q, at)
	case !defined && base != equations.NotRefractory && base != equations.LastSpike && base != equations.Cell || !known:
		return nil
	}
	v := &cellVariable{name: base + suffixes[at], side: at, owner: variableOf{g, base}, symbol: symbol}
	v.symbol.Role = expr.Vector
	if k := g.e.inputOf(base); k >= 0 {
		v.input, v.firstRow = g.e.inputs[k], &g.e.base
		v.refusal = "it gets its values from an input"
	} else {
		v.values = g.e.vector(base)
		g.b.finishHelpers()
	}
	switch {
	case v.refusal != "":
	case !defined:
		v.refusal = "it follows from the state of the cell"
	case q.Flags.Constant:
		v.refusal = "it is (constant)"
	case q.Flags.Shared:
		v.refusal = "all cells of the group share its value, so that it would depend on which synapse comes last; make it a parameter of each cell"
	case q.Flags.Linked:
		v.refusal = "its values are those of another group: it is (linked)"
	}
	v.symbol.Writable = v.refusal == ""
	if q, ok := r.own.Lookup(v.name); ok && !q.Flags.Summed {
		return q.Errorf("the synapses define %s, which is the name of a variable of the cells that is used as %s; choose another name", v.name, name)
	}
	r.variables[name], r.variables[v.name] = v, v
	if defined && q.Flags.UnlessRefractory {
		long := equations.NotRefractory + suffixes[at]
		if err := r.variable(long, equations.NotRefractory, at); err != nil {
			return err
		}
		v.active = r.variables[long]
	}
	return nil
}

// static writes a static equation of the cells as one of the synapses, with the variables of the cells in their names.
func (r *naming) static(name, base string, q *equations.Equation, at side) error {
	g := r.ends[at].g
	m := g.b.model
	n, err := m.Expand(expr.NewName(base, q.Right))
	if err != nil {
		return err
	}
	var failed error
	n = expr.Rewrite(n, func(n expr.Node) expr.Node {
		switch n := n.(type) {
		case *expr.Name:
			s, ok := m.Scope.Lookup(n.Ident)
			switch {
			case !ok || n.Ident == equations.Time:
			case s.Role == expr.Constant:
				if v, ok := s.Value.Quantity(); ok {
					return expr.NewNumber(v.Value, v.Dim, n)
				}
			default:
				long := n.Ident + suffixes[at]
				if err := r.variable(long, n.Ident, at); err != nil && failed == nil {
					failed = err
				}
				return expr.NewName(long, n)
			}
		case *expr.Call:
			if s, ok := m.Scope.Lookup(n.Func); ok && s.Function != nil {
				r.functions[n.Func] = s.Function
			}
		}
		return n
	})
	fmt.Fprintf(&r.statics, "%s = %s : %s\n", name, n, unitOf(q.Dim))
	return failed
}

// unitOf writes a dimension as a unit.
func unitOf(d units.Dimension) string {
	var b strings.Builder
	b.WriteString("1")
	for base, name := range [...]string{
		units.Length: "metre", units.Mass: "kilogram", units.Time: "second", units.Current: "amp", units.Temperature: "kelvin",
		units.Amount: "mole", units.Luminosity: "candela",
	} {
		if e := d.Exponent(units.Base(base)); e != (units.Rational{}) {
			fmt.Fprintf(&b, "*%s**(%s)", name, e)
		}
	}
	return b.String()
}

// symbols are the names for the scope of the synapses.
func (r *naming) symbols() map[string]expr.Symbol {
	list := map[string]expr.Symbol{}
	for name, v := range r.variables {
		list[name] = v.symbol
	}
	for s, suffix := range suffixes {
		list["N"+suffix] = expr.ConstantSymbol(expr.IntegerValue(r.ends[s].N()))
	}
	return list
}

// full replaces names of the target without a suffix by those with it, so that one variable has one name.
func (r *naming) full(list []expr.Statement) []expr.Statement {
	list = append([]expr.Statement(nil), list...)
	for k := range list {
		s := &list[k]
		if v := r.variables[s.Target]; v != nil {
			s.Target = v.name
		}
		s.Value = r.fullNode(s.Value)
	}
	return list
}

func (r *naming) fullNode(n expr.Node) expr.Node {
	return expr.Rewrite(n, func(n expr.Node) expr.Node {
		if name, ok := n.(*expr.Name); ok {
			if v := r.variables[name.Ident]; v != nil && v.name != name.Ident {
				return expr.NewName(v.name, n)
			}
		}
		return n
	})
}

// view is the values for the cells of the end, by their numbers there. one is true if all cells have the first of them.
func (v *cellVariable) view(c Cells, step int64) (values []float64, one bool) {
	switch {
	case v.input == nil && len(v.values) == 1 && c.g.e.cells != 1:
		return v.values, true
	case v.input == nil:
		return v.values[c.lo:c.hi], false
	case v.input.shared:
		row := int(step - *v.firstRow)
		return v.input.frames.Row(row)[:1], true
	}
	return v.input.row(int(step - *v.firstRow))[c.lo:c.hi], false
}
