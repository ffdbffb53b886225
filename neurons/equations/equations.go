package equations

import (
	"fmt"
	"slices"
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

	// Alias marks a static equation without a unit whose right-hand side is a name: another name for that variable, for
	// reading and writing. Its dimension is known once the equations are resolved.
	Alias bool
	Flags Flags

	src        *expr.Source
	start, end int     // the name, for errors
	hidden     *hiding // of a name that Hide has made private
}

// Context is what a text describes. It decides which flags a definition may have and which names are taken.
type Context uint8

// The contexts.
const (
	OfCells    Context = iota // a group: one value per cell
	OfSynapses                // synapses: one value per synapse
)

// Flags are the words in parentheses after a unit.
type Flags struct {
	UnlessRefractory bool // a differential equation that stands still while its cell is refractory
	Constant         bool // a parameter that no statement may assign to
	Shared           bool // a parameter or static equation with one value for the whole group
	Linked           bool // a parameter whose values are those of a variable of another group
	EventDriven      bool // a differential equation of synapses that is solved from event to event
	ClockDriven      bool // a differential equation of synapses that advances in every step, as it does without the flag
	Summed           bool // a static equation of synapses that is summed into a variable of the cells: g_post = w*x : siemens (summed)
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
		fmt.Fprintf(&b, "%s = %s", q.Name, q.Right)
		if !q.Alias {
			fmt.Fprintf(&b, " : %s", q.Dim)
		}
	case Parameter:
		fmt.Fprintf(&b, "%s : %s", q.Name, q.Dim)
	}
	if words := q.Flags.words(); len(words) > 0 {
		b.WriteString(" (" + strings.Join(words, ", ") + ")")
	}
	return b.String()
}

// Equations is a list of definitions in the order of the text. It is immutable.
type Equations struct {
	in    Context
	list  []Equation
	index map[string]int
}

// Parse reads a text. It checks what can be known without the meaning of other names: grammar, units, flags, reserved
// and duplicate names, circular static equations. The error is an *expr.Error with place and caret.
func Parse(text string) (*Equations, error) { return ParseSource(expr.NewSource(text), OfCells) }

// ParseSynapses is [Parse] for the model of synapses.
func ParseSynapses(text string) (*Equations, error) {
	return ParseSource(expr.NewSource(text), OfSynapses)
}

// ParseSource is [Parse] for a text that may stand in a file, so that errors name its place there.
func ParseSource(src *expr.Source, in Context) (*Equations, error) {
	p := &parser{src: src, in: in}
	list, err := p.definitions()
	if err != nil {
		return nil, err
	}
	return newEquations(in, list)
}

func newEquations(in Context, list []Equation) (*Equations, error) {
	e := &Equations{in: in, list: list, index: make(map[string]int, len(list))}
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

// withAliases returns the equations with the dimensions of aliases filled in.
func (e *Equations) withAliases() (*Equations, error) {
	f := &Equations{in: e.in, list: slices.Clone(e.list), index: e.index}
	for i := range f.list {
		q := &f.list[i]
		for target := q; target.Alias; {
			next, ok := f.Lookup(target.Right.(*expr.Name).Ident)
			if !ok {
				src, start, end := target.Right.Span()
				return nil, src.Errorf(start, end, "%s = %s without a unit makes %s another name for %s, but the equations do not define %[2]s; end the line with a colon and a unit if %[2]s is a constant",
					target.Name, target.Right, target.Name, target.Right)
			}
			target = next
			q.Dim = target.Dim
		}
	}
	return f, nil
}

// Context is what the text describes.
func (e *Equations) Context() Context { return e.in }

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
