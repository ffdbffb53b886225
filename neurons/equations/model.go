package equations

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"hearpipe/internal/expr"
	"hearpipe/units"
)

// Names that the model gives to expressions beside its variables.
const (
	Time          = "t"              // start of the step [s], a scalar
	Step          = "dt"             // [s], a constant
	Cell          = "i"              // absolute number of the cell, a vector
	Cells         = "N"              // how many cells there are, a constant
	NotRefractory = "not_refractory" // may the cell move and fire, a boolean vector
	LastSpike     = "lastspike"      // time of the last spike [s], a vector
	Target        = "j"              // of synapses, whose i is the number of the source: number of the target cell, a vector
	LastUpdate    = "lastupdate"     // of synapses: time of the last event [s], a vector
)

var (
	noiseDim     = units.DimTime.Pow(units.Rat(-1, 2)) // of xi
	incrementDim = units.DimTime.Pow(units.Rat(1, 2))  // of dW = xi*dt
)

// Namespace is what names in equations mean beside the variables themselves.
type Namespace struct {
	Constants map[string]units.Quantity
	Functions map[string]*expr.Function
	// TimedArrays are functions of the time given by values.
	TimedArrays map[string]*TimedArray
	// Variables are further names of which every cell or synapse has a value: those of the cells at both ends of synapses
	// (v_pre, v_post, v). A name that the equations define hides one of these.
	Variables map[string]expr.Symbol
	// Inputs are the parameters whose values come from outside in every step. A shared one has the same value for all
	// cells.
	Inputs map[string]Input
	N      int     // how many cells (or synapses) there are, all of them
	DT     float64 // step [s]
}

// Input is how a parameter gets its values from outside.
type Input struct{ Shared bool }

// Noise is one source of normal numbers, one number per cell and step. Increment is the name of its increment
// dW = sqrt(dt)*N(0, 1) in statements. Purpose and Ordinal name its random stream: "xi" with the count of the
// definition among those that use plain xi, or "xi_name" with 0.
type Noise struct {
	Increment string
	Purpose   string
	Ordinal   int
}

// Term is the part g*xi of a right-hand side.
type Term struct {
	Noise       int // index into Model.Noises
	Coefficient expr.Node
}

// Derivative is a differential equation dx/dt = Drift + sum of Noise terms, static equations expanded.
type Derivative struct {
	Name  string
	Dim   units.Dimension
	Drift expr.Node
	Noise []Term
	Held  bool // stands still while the cell is refractory

	right expr.Node // as it was written
}

// Sum is a static equation of synapses that is summed into a variable of the cells.
type Sum struct {
	Target string // with its suffix: g_post
	Value  expr.Node
	Dim    units.Dimension
}

// Model is a set of equations whose names are all resolved and whose dimensions agree.
type Model struct {
	Equations   *Equations
	Derivatives []Derivative
	// Events are the event-driven equations of synapses, which are not among Derivatives; Sums the summed ones.
	Events []Derivative
	Sums   []Sum
	Noises []Noise
	// Scope gives names in conditions, statements and recorded expressions their meaning, once Expand has replaced
	// static equations.
	Scope *expr.Scope
	// Shadowed lists constants and functions of the namespace that a variable or reserved name hides.
	Shadowed []string

	inputs   map[string]Input
	arrays   map[string]*TimedArray
	dt       float64
	expanded map[string]expr.Node // static equations, expanded
	noisy    map[string]bool      // static equations that contain noise
	untyped  map[string]bool      // definitions whose right-hand side fits every dimension, such as 0
	symbols  map[string]int       // noise by the name it has in expanded right-hand sides
}

// Resolve gives all names a meaning and checks dimensions. The error is an *expr.Error or expr.Errors (all unknown names
// at once) with place and caret, or a plain error about the namespace.
func (e *Equations) Resolve(ns Namespace) (*Model, error) {
	e, err := e.withAliases()
	if err != nil {
		return nil, err
	}
	m := &Model{
		Equations: e, inputs: ns.Inputs, arrays: ns.TimedArrays, dt: ns.DT,
		expanded: map[string]expr.Node{}, noisy: map[string]bool{}, untyped: map[string]bool{}, symbols: map[string]int{},
	}
	if err := m.checkInputs(); err != nil {
		return nil, err
	}
	for _, name := range sorted(ns.TimedArrays) {
		if err := ns.TimedArrays[name].check(name); err != nil {
			return nil, err
		}
	}
	if err := ns.once(); err != nil {
		return nil, err
	}
	m.scope(ns)
	if err := m.check(); err != nil {
		return nil, err
	}
	for i := range e.list {
		q := &e.list[i]
		if q.Kind != Static {
			continue
		}
		n := m.static(q)
		if err := m.checkShared(q, n); err != nil {
			return nil, err
		}
		if q.Flags.Summed {
			m.Sums = append(m.Sums, Sum{Target: q.Name, Value: n, Dim: q.Dim})
		}
	}
	for i := range e.list {
		if e.list[i].Kind != Differential {
			continue
		}
		d, err := m.derivative(&e.list[i])
		if err != nil {
			return nil, err
		}
		if e.list[i].Flags.EventDriven {
			m.Events = append(m.Events, d)
		} else {
			m.Derivatives = append(m.Derivatives, d)
		}
	}
	return m, m.checkEvents()
}

// once refuses a name with several meanings.
func (ns *Namespace) once() error {
	for _, name := range sorted(ns.TimedArrays) {
		if _, twice := ns.Constants[name]; twice {
			return fmt.Errorf("%s is given as a constant and as a timed array: want one of them", name)
		}
	}
	for _, name := range sorted(ns.Functions) {
		_, constant := ns.Constants[name]
		if _, array := ns.TimedArrays[name]; constant || array {
			return fmt.Errorf("%s is given as a function and as something else: want one of them", name)
		}
	}
	return nil
}

func (m *Model) checkInputs() error {
	for _, name := range sorted(m.inputs) {
		q, ok := m.Equations.Lookup(name)
		if ok && q.Kind == Parameter {
			continue
		}
		parameters := strings.Join(m.Equations.Names(Parameter), ", ")
		if parameters == "" {
			parameters = "none"
		}
		if ok {
			return q.Errorf("an input is connected to %s, which is not a parameter (parameters: %s)", name, parameters)
		}
		return fmt.Errorf("an input is connected to %s, but the equations have no parameter of this name (parameters: %s); add a line such as %s : 1",
			name, parameters, name)
	}
	return nil
}

// scope builds the meaning of names: variables first, then reserved names, then those of the namespace.
func (m *Model) scope(ns Namespace) {
	outer := map[string]expr.Symbol{}
	for name, q := range ns.Constants {
		outer[name] = expr.ConstantSymbol(expr.QuantityValue(q))
	}
	for name, f := range ns.Functions {
		outer[name] = expr.Symbol{Role: expr.FunctionName, Function: f}
	}
	for name, a := range ns.TimedArrays {
		outer[name] = expr.Symbol{Role: expr.FunctionName, Function: a.function(name)}
	}
	inner := maps.Clone(ns.Variables)
	if inner == nil {
		inner = map[string]expr.Symbol{}
	}
	maps.Copy(inner, map[string]expr.Symbol{
		Time:  {Role: expr.Scalar, Type: expr.FloatType(units.DimTime)},
		Step:  expr.ConstantSymbol(expr.QuantityValue(units.Quantity{Value: ns.DT, Dim: units.DimTime})),
		Cell:  {Role: expr.Vector, Type: expr.Type{Kind: expr.Integer}},
		Cells: expr.ConstantSymbol(expr.IntegerValue(ns.N)),
	})
	if m.Equations.in == OfSynapses {
		inner[Target] = inner[Cell]
		inner[LastUpdate] = expr.Symbol{Role: expr.Vector, Type: expr.FloatType(units.DimTime)}
	} else {
		inner[NotRefractory] = expr.Symbol{Role: expr.Vector, Type: expr.Type{Kind: expr.Boolean}}
		inner[LastSpike] = expr.Symbol{Role: expr.Vector, Type: expr.FloatType(units.DimTime)}
	}
	for i := range m.Equations.list {
		q := &m.Equations.list[i]
		if q.Kind == Static {
			continue
		}
		s := expr.Symbol{Role: expr.Vector, Type: expr.FloatType(q.Dim), Writable: !q.Flags.Constant && !q.Flags.Linked && !q.Flags.Shared}
		if q.Flags.Shared {
			s.Role = expr.Scalar
		}
		if in, ok := m.inputs[q.Name]; ok {
			s.Writable = false
			if in.Shared {
				s.Role = expr.Scalar
			}
		}
		inner[q.Name] = s
	}
	for _, name := range sorted(outer) {
		_, hidden := inner[name]
		if hidden || m.isStatic(name) {
			m.Shadowed = append(m.Shadowed, name)
		}
	}
	m.Scope = &expr.Scope{Symbols: inner, Parent: &expr.Scope{Symbols: outer}, Random: true}
}

func isNoise(name string) bool { return name == "xi" || strings.HasPrefix(name, "xi_") }

// noise returns the name that a noise of the definition q has in expanded right-hand sides: plain xi is private to its
// definition, a named one is shared.
func (m *Model) noise(q *Equation, name string) string {
	symbol := name
	if name == "xi" {
		symbol = "xi(" + q.Name + ")" // cannot be the name of a variable
	}
	if _, ok := m.symbols[symbol]; ok {
		return symbol
	}
	ordinal := 0
	if name == "xi" {
		for i := range m.Equations.list {
			p := &m.Equations.list[i]
			if p.Name == q.Name {
				break
			}
			if p.Kind != Parameter && expr.DependsOn(p.Right, "xi") {
				ordinal++
			}
		}
	}
	m.symbols[symbol] = len(m.Noises)
	m.Noises = append(m.Noises, Noise{Increment: "dW(" + symbol + ")", Purpose: name, Ordinal: ordinal})
	return symbol
}

// expand replaces static equations and gives noises their names, in a right-hand side of the definition q.
func (m *Model) expand(q *Equation) (n expr.Node, noisy bool) {
	by := map[string]expr.Node{}
	for _, name := range expr.Identifiers(q.Right) {
		switch {
		case isNoise(name):
			by[name] = expr.NewName(m.noise(q, name), q.Right)
			noisy = true
		case m.isStatic(name):
			p, _ := m.Equations.Lookup(name)
			by[name] = m.static(p)
			noisy = noisy || m.noisy[name]
		}
	}
	if len(by) == 0 {
		return q.Right, false
	}
	return expr.Substitute(q.Right, by), noisy
}

// isStatic reports whether a name is that of a static equation which others may read: one that is summed into a variable
// of the cells is none.
func (m *Model) isStatic(name string) bool {
	q, ok := m.Equations.Lookup(name)
	return ok && q.Kind == Static && !q.Flags.Summed
}

func (m *Model) static(q *Equation) expr.Node {
	if n, ok := m.expanded[q.Name]; ok {
		return n
	}
	n, noisy := m.expand(q)
	n = m.typed(q, n, q.Dim)
	m.expanded[q.Name], m.noisy[q.Name] = n, noisy
	return n
}

// derivative splits a right-hand side into drift and noise.
func (m *Model) derivative(q *Equation) (Derivative, error) {
	d := Derivative{Name: q.Name, Dim: q.Dim, Held: q.Flags.UnlessRefractory, right: q.Right}
	n, noisy := m.expand(q)
	if !noisy {
		d.Drift = m.typed(q, n, q.Dim.Div(units.DimTime))
		return d, nil
	}
	var names []string
	for _, name := range expr.Identifiers(n) {
		if _, ok := m.symbols[name]; ok {
			names = append(names, name)
		}
	}
	l, ok := expr.LinearIn(n, names)
	if !ok {
		src, start, end := q.Right.Span()
		return d, src.Errorf(start, end, "white noise must enter d%s/dt as a sum of terms, each a factor times xi: not in a function, a power, a divisor or a product of noises", q.Name)
	}
	d.Drift = l.Constant
	if d.Drift == nil {
		d.Drift = expr.NewNumber(0, q.Dim.Div(units.DimTime), q.Right)
	}
	for k, name := range names {
		if l.Coefficients[k] != nil {
			d.Noise = append(d.Noise, Term{Noise: m.symbols[name], Coefficient: l.Coefficients[k]})
		}
	}
	return d, nil
}

// sorted returns the keys of a map in order, so that messages do not depend on chance.
func sorted[V any](by map[string]V) []string {
	return slices.Sorted(maps.Keys(by))
}
