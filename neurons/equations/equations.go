package equations

import (
	"fmt"
	"strings"

	"hearpipe/internal/expr"
	"hearpipe/units"
)

// Kind is the kind of a definition.
type Kind uint8

// The kinds of definitions.
const (
	Differential Kind = iota // dv/dt = ... : unit
	Static                   // u = ... : unit
	Parameter                // p : unit
)

// Equation is one definition.
type Equation struct {
	Name  string
	Kind  Kind
	Dim   units.Dimension // of the variable
	Right expr.Node       // right-hand side; nil for a parameter

	UnlessRefractory bool // a differential equation that stands still while its cell is refractory
	Constant         bool // a parameter that no statement may assign to

	src        *expr.Source
	start, end int // the name, for errors
}

// Errorf returns an error about the name of the definition.
func (q *Equation) Errorf(format string, args ...any) *expr.Error {
	return q.src.Errorf(q.start, q.end, format, args...)
}

// String prints the definition with its dimension instead of its unit.
func (q *Equation) String() string {
	var b strings.Builder
	switch q.Kind {
	case Differential:
		fmt.Fprintf(&b, "d%s/dt = %s : %s", q.Name, q.Right, q.Dim)
	case Static:
		fmt.Fprintf(&b, "%s = %s : %s", q.Name, q.Right, q.Dim)
	case Parameter:
		fmt.Fprintf(&b, "%s : %s", q.Name, q.Dim)
	}
	if q.UnlessRefractory {
		b.WriteString(" (unless refractory)")
	}
	if q.Constant {
		b.WriteString(" (constant)")
	}
	return b.String()
}

// Equations is a list of definitions in the order of the text. It is immutable.
type Equations struct {
	list  []Equation
	index map[string]int
}

// Parse reads a text. It checks what can be known without the meaning of other names: grammar, units, flags, reserved
// and duplicate names, circular static equations. The error is an *expr.Error with place and caret.
func Parse(text string) (*Equations, error) { return ParseSource(expr.NewSource(text)) }

// ParseSource is [Parse] for a text that stands in a file, so that errors name its place there.
func ParseSource(src *expr.Source) (*Equations, error) {
	p := &parser{src: src}
	list, err := p.definitions()
	if err != nil {
		return nil, err
	}
	return newEquations(list)
}

// Add returns the definitions of e followed by those of f. A name that both define must be defined identically (same
// right-hand side, unit and flags) and then counts once; anything else is an *expr.Error about the second definition.
func (e *Equations) Add(f *Equations) (*Equations, error) {
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
	return newEquations(list)
}

func (q *Equation) same(r *Equation) bool {
	if q.Kind != r.Kind || q.Dim != r.Dim || q.UnlessRefractory != r.UnlessRefractory || q.Constant != r.Constant {
		return false
	}
	return q.Kind == Parameter || expr.Equal(q.Right, r.Right)
}

func newEquations(list []Equation) (*Equations, error) {
	e := &Equations{list: list, index: make(map[string]int, len(list))}
	for i := range list {
		q := &list[i]
		if first, ok := e.index[q.Name]; ok {
			line, _ := list[first].src.Position(list[first].start)
			return nil, q.Errorf("%s is defined twice; the first definition is in line %d", q.Name, line)
		}
		e.index[q.Name] = i
	}
	if err := e.circles(); err != nil {
		return nil, err
	}
	return e, nil
}

// circles refuses static equations that need themselves.
func (e *Equations) circles() error {
	state := make([]uint8, len(e.list)) // 0 not seen, 1 on the way, 2 done
	var way []string
	var visit func(i int) error
	visit = func(i int) error {
		q := &e.list[i]
		if q.Kind != Static || state[i] == 2 {
			return nil
		}
		if state[i] == 1 {
			for way[0] != q.Name {
				way = way[1:]
			}
			return q.Errorf("static equations need each other in a circle: %s -> %s", strings.Join(way, " -> "), q.Name)
		}
		state[i] = 1
		way = append(way, q.Name)
		for _, name := range expr.Identifiers(q.Right) {
			if k, ok := e.index[name]; ok {
				if err := visit(k); err != nil {
					return err
				}
			}
		}
		way = way[:len(way)-1]
		state[i] = 2
		return nil
	}
	for i := range e.list {
		if err := visit(i); err != nil {
			return err
		}
	}
	return nil
}

// All returns the definitions in order. The slice is not to be changed.
func (e *Equations) All() []Equation { return e.list }

// Lookup returns the definition of a name.
func (e *Equations) Lookup(name string) (*Equation, bool) {
	i, ok := e.index[name]
	if !ok {
		return nil, false
	}
	return &e.list[i], true
}

// Names lists the names of one kind in order.
func (e *Equations) Names(kind Kind) []string {
	var names []string
	for i := range e.list {
		if e.list[i].Kind == kind {
			names = append(names, e.list[i].Name)
		}
	}
	return names
}

// String prints the definitions, one per line.
func (e *Equations) String() string {
	lines := make([]string, len(e.list))
	for i := range e.list {
		lines[i] = e.list[i].String()
	}
	return strings.Join(lines, "\n")
}
