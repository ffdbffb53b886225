package equations

import (
	"fmt"
	"slices"
	"strings"

	"hearpipe/internal/expr"
	"hearpipe/units"
)

// Equations are values: each of the functions here returns new equations and leaves the old ones as they are, so that one
// text can be used many times under different names.

// Add returns the definitions of e followed by those of f. A name that both define must be defined identically (same
// right-hand side, unit and flags) and then counts once; anything else is an *expr.Error about the second definition. A
// hidden name of f that e has too gets another one, unless it comes from the same call of [Equations.Hide].
func (e *Equations) Add(f *Equations) (*Equations, error) {
	f = e.avoid(f)
	list := append([]Equation(nil), e.list...)
	for i := range f.list {
		q := &f.list[i]
		old, ok := e.Lookup(q.Name)
		if !ok {
			list = append(list, *q)
			continue
		}
		if !old.same(q) {
			return nil, q.Errorf("%s is already defined as %s", q.Name, old)
		}
	}
	return newEquations(e.in, list)
}

func (q *Equation) same(r *Equation) bool {
	if q.Kind != r.Kind || q.Alias != r.Alias || q.Dim != r.Dim || q.Flags != r.Flags {
		return false
	}
	return q.Kind == Parameter || expr.Equal(q.Right, r.Right)
}

// hiding marks a hidden name: two names are the same variable only if one call of Hide made them.
type hiding struct{ _ byte }

// avoid gives hidden names another name where e has a definition of theirs, and the name that they have in e if they are
// there already.
func (e *Equations) avoid(f *Equations) *Equations {
	names := map[string]string{}
	for i := range f.list {
		q := &f.list[i]
		if q.hidden == nil {
			continue
		}
		if k := slices.IndexFunc(e.list, func(old Equation) bool { return old.hidden == q.hidden }); k >= 0 {
			names[q.Name] = e.list[k].Name
			continue
		}
		name := q.Name
		for k := 2; ; k++ {
			_, here := f.Lookup(name)
			if _, there := e.Lookup(name); !there && (!here || name == q.Name) {
				break
			}
			name = fmt.Sprintf("%s_%d", q.Name, k)
		}
		names[q.Name] = name
	}
	return f.renamed(names)
}

// Rename returns the equations with names replaced by others, wherever they stand: names of variables, of constants and
// of noises (xi_a). The new name must be one that a variable may have, or that of a noise for a noise, and two variables
// must not get the same name.
func (e *Equations) Rename(names map[string]string) (*Equations, error) {
	for _, old := range sorted(names) {
		name := names[old]
		switch why, taken := reserved(name, e.in); {
		case isNoise(old) && isNoise(name):
		case identifierLength(name) != len(name) || name == "":
			return nil, fmt.Errorf("cannot rename %s to %q, which is not a name", old, name)
		case taken:
			return nil, fmt.Errorf("cannot rename %s to %s: it is %s", old, name, why)
		case !e.uses(old):
			return nil, fmt.Errorf("cannot rename %s to %s: the equations have no name %s", old, name, old)
		}
	}
	f := e.renamed(names)
	return newEquations(e.in, f.list)
}

// uses reports whether a name occurs anywhere.
func (e *Equations) uses(name string) bool {
	for i := range e.list {
		q := &e.list[i]
		if q.Name == name || q.Right != nil && expr.DependsOn(q.Right, name) {
			return true
		}
	}
	return false
}

// renamed replaces names without asking.
func (e *Equations) renamed(names map[string]string) *Equations {
	f := &Equations{in: e.in, list: slices.Clone(e.list), index: make(map[string]int, len(e.list))}
	for i := range f.list {
		q := &f.list[i]
		if name, ok := names[q.Name]; ok {
			q.Name = name
		}
		f.index[q.Name] = i
		if q.Right == nil {
			continue
		}
		q.Right = expr.Rewrite(q.Right, func(n expr.Node) expr.Node {
			switch n := n.(type) {
			case *expr.Name:
				if name, ok := names[n.Ident]; ok {
					return expr.NewName(name, n)
				}
			case *expr.Call:
				if name, ok := names[n.Func]; ok {
					call := *n
					call.Func = name
					return &call
				}
			}
			return n
		})
	}
	return f
}

// Suffix returns the equations with a suffix at the end of every name that they define, such as "_soma" for the
// compartment of a cell. Names that they do not define stay.
func (e *Equations) Suffix(suffix string) (*Equations, error) {
	names := map[string]string{}
	for i := range e.list {
		names[e.list[i].Name] = e.list[i].Name + suffix
	}
	return e.Rename(names)
}

// Hide returns the equations with names made private: a hidden name begins with an underscore, which no text can write,
// and never meets the same name of other equations when they are added.
func (e *Equations) Hide(names ...string) (*Equations, error) {
	by := map[string]string{}
	for _, name := range names {
		if _, ok := e.Lookup(name); !ok {
			return nil, fmt.Errorf("cannot hide %s, which the equations do not define (names: %s)", name, strings.Join(e.allNames(), ", "))
		}
		if !strings.HasPrefix(name, "_") {
			by[name] = "_" + name
		}
	}
	f := e.renamed(by)
	for _, name := range by {
		q, _ := f.Lookup(name)
		q.hidden = new(hiding)
	}
	return newEquations(e.in, f.list)
}

// allNames lists all names in order.
func (e *Equations) allNames() []string {
	var names []string
	for i := range e.list {
		names = append(names, e.list[i].Name)
	}
	return names
}

// Bind returns the equations with values in the place of names that they do not define: the namespace of these equations
// only, which is how the same text is used with different constants. A value for a name that is not used is an error.
func (e *Equations) Bind(values map[string]units.Quantity) (*Equations, error) {
	for _, name := range sorted(values) {
		if q, ok := e.Lookup(name); ok {
			return nil, q.Errorf("a value for %s, which is a variable: values are for names that the equations do not define", name)
		}
		if !e.uses(name) {
			return nil, fmt.Errorf("a value for %s, but the equations do not use this name", name)
		}
	}
	f := &Equations{in: e.in, list: slices.Clone(e.list), index: e.index}
	for i := range f.list {
		q := &f.list[i]
		if q.Right == nil {
			continue
		}
		q.Right = expr.Rewrite(q.Right, func(n expr.Node) expr.Node {
			if name, ok := n.(*expr.Name); ok {
				if v, ok := values[name.Ident]; ok {
					return expr.NewNumber(v.Value, v.Dim, n)
				}
			}
			return n
		})
		if _, name := q.Right.(*expr.Name); q.Alias && !name {
			return nil, q.Errorf("%s = %s needs a unit: the right-hand side is a value", q.Name, q.Right)
		}
	}
	return f, nil
}

// membranes are the names of the membrane potential, the likeliest first.
var membranes = [...]string{"v", "V", "vm", "Vm"}

// Membrane is the variable that a plain threshold or reset value is about: the first of v, V, vm, Vm that is a
// differential variable or a parameter, else the first differential variable or parameter in the order of the text. others
// are those of the four names that were not chosen, which deserves a warning; name is "" if there is no variable.
func (e *Equations) Membrane() (name string, others []string) {
	for _, candidate := range membranes {
		q, ok := e.Lookup(candidate)
		switch {
		case !ok || q.Kind == Static:
		case name == "":
			name = candidate
		default:
			others = append(others, candidate)
		}
	}
	for i := range e.list {
		if name == "" && e.list[i].Kind != Static {
			name = e.list[i].Name
		}
	}
	return name, others
}
