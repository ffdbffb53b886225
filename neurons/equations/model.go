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
)

var (
	noiseDim     = units.DimTime.Pow(units.Rat(-1, 2)) // of xi
	incrementDim = units.DimTime.Pow(units.Rat(1, 2))  // of dW = xi*dt
)

// Namespace is what names in equations mean beside the variables themselves.
type Namespace struct {
	Constants map[string]units.Quantity
	Functions map[string]*expr.Function
	// Inputs are the parameters whose values come from outside in every step. A shared one has the same value for all
	// cells.
	Inputs map[string]Input
	N      int     // how many cells there are, all of them
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
}

// Model is a set of equations whose names are all resolved and whose dimensions agree.
type Model struct {
	Equations   *Equations
	Derivatives []Derivative
	Noises      []Noise
	// Scope gives names in conditions, statements and recorded expressions their meaning, once Expand has replaced
	// static equations.
	Scope *expr.Scope
	// Shadowed lists constants and functions of the namespace that a variable or reserved name hides.
	Shadowed []string

	inputs   map[string]Input
	expanded map[string]expr.Node // static equations, expanded
	noisy    map[string]bool      // static equations that contain noise
	symbols  map[string]int       // noise by the name it has in expanded right-hand sides
}

// Resolve gives all names a meaning and checks dimensions. The error is an *expr.Error or expr.Errors (all unknown names
// at once) with place and caret, or a plain error about the namespace.
func (e *Equations) Resolve(ns Namespace) (*Model, error) {
	m := &Model{Equations: e, inputs: ns.Inputs, expanded: map[string]expr.Node{}, noisy: map[string]bool{}, symbols: map[string]int{}}
	if err := m.checkInputs(); err != nil {
		return nil, err
	}
	m.scope(ns)
	if err := m.check(); err != nil {
		return nil, err
	}
	for i := range e.list {
		if e.list[i].Kind == Static {
			m.static(&e.list[i])
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
		m.Derivatives = append(m.Derivatives, d)
	}
	return m, nil
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
	inner := map[string]expr.Symbol{
		Time:          {Role: expr.Scalar, Type: expr.FloatType(units.DimTime)},
		Step:          expr.ConstantSymbol(expr.QuantityValue(units.Quantity{Value: ns.DT, Dim: units.DimTime})),
		Cell:          {Role: expr.Vector, Type: expr.Type{Kind: expr.Integer}},
		Cells:         expr.ConstantSymbol(expr.IntegerValue(ns.N)),
		NotRefractory: {Role: expr.Vector, Type: expr.Type{Kind: expr.Boolean}},
		LastSpike:     {Role: expr.Vector, Type: expr.FloatType(units.DimTime)},
	}
	for i := range m.Equations.list {
		q := &m.Equations.list[i]
		if q.Kind == Static {
			continue
		}
		s := expr.Symbol{Role: expr.Vector, Type: expr.FloatType(q.Dim), Writable: !q.Constant}
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
		if q, ok := m.Equations.Lookup(name); hidden || ok && q.Kind == Static {
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
		switch p, ok := m.Equations.Lookup(name); {
		case isNoise(name):
			by[name] = expr.NewName(m.noise(q, name), q.Right)
			noisy = true
		case ok && p.Kind == Static:
			by[name] = m.static(p)
			noisy = noisy || m.noisy[name]
		}
	}
	if len(by) == 0 {
		return q.Right, false
	}
	return expr.Substitute(q.Right, by), noisy
}

func (m *Model) static(q *Equation) expr.Node {
	if n, ok := m.expanded[q.Name]; ok {
		return n
	}
	n, noisy := m.expand(q)
	m.expanded[q.Name], m.noisy[q.Name] = n, noisy
	return n
}

// derivative splits a right-hand side into drift and noise.
func (m *Model) derivative(q *Equation) (Derivative, error) {
	d := Derivative{Name: q.Name, Dim: q.Dim, Held: q.UnlessRefractory}
	n, noisy := m.expand(q)
	if !noisy {
		d.Drift = n
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
		case m.expanded[name.Ident] != nil:
			by[name.Ident] = m.expanded[name.Ident]
		}
		return true
	})
	if err != nil || len(by) == 0 {
		return n, err
	}
	return expr.Substitute(n, by), nil
}

// IsConstant reports whether an expression has one value for all cells and times: it uses constants and pure functions
// only.
func (m *Model) IsConstant(n expr.Node) bool {
	return m.dependsOnlyOn(n, func(role expr.Role, name string) bool { return role == expr.Constant })
}

// IsSteady reports whether an expression keeps its value during a step: it uses constants, parameters, inputs, i and pure
// functions of these.
func (m *Model) IsSteady(n expr.Node) bool {
	return m.dependsOnlyOn(n, func(role expr.Role, name string) bool {
		if role == expr.Constant || name == Cell {
			return true
		}
		q, ok := m.Equations.Lookup(name)
		return ok && q.Kind == Parameter
	})
}

func (m *Model) dependsOnlyOn(n expr.Node, allowed func(role expr.Role, name string) bool) bool {
	for _, name := range expr.Identifiers(n) {
		s, ok := m.Scope.Lookup(name)
		if !ok || !allowed(s.Role, name) {
			return false
		}
	}
	for _, name := range expr.Calls(n) {
		if name == "rand" || name == "randn" {
			return false
		}
		if s, ok := m.Scope.Lookup(name); ok && (s.Function == nil || s.Function.Scalar == nil) {
			return false
		}
	}
	return true
}

// sorted returns the keys of a map in order, so that messages do not depend on chance.
func sorted[V any](by map[string]V) []string {
	return slices.Sorted(maps.Keys(by))
}
