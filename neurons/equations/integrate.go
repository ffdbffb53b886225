package equations

import (
	"fmt"
	"strings"

	"hearpipe/internal/expr"
)

// Integration is one step of all differential variables as a list of statements: expr.CompileStatements with Locals and
// the scope makes a program of it.
type Integration struct {
	Method     string // "exact" or the name of a scheme, "" when there are no differential equations
	Statements []expr.Statement
	Scope      *expr.Scope
	// Noises are the sources of normal numbers that the statements use.
	Noises []Noise
	// Factors computes vectors that the statements read, where a linear system has a matrix of its own for each cell; nil
	// in all other cases.
	Factors *Factors
}

// Integrate chooses an integration method and writes the step out. Methods (without regard to case):
//
//   - "exact" or "linear": the exponential of the matrix, for equations that are affine in the differential variables
//     with constant coefficients. What is added to them may depend on parameters, inputs, i, and timed arrays of t that
//     keep their values during a step. Additive noise is added at the end of the step, factor times sqrt(dt)*N(0, 1).
//     Asked for by name, it also takes coefficients made of parameters, with a matrix for each cell (see [Factors]).
//   - "exact_ou": the same with noise of the exact covariance of a step. The factors of noises are made of constants and
//     parameters.
//   - "euler", "exponential_euler", "rk2" (or "rk"), "rk4": explicit schemes, with additive noise, which is added at the
//     end of the step with its factor at the start.
//   - "heun", "milstein": for noise in the sense of Stratonovich that differential variables may multiply.
//   - "euler_ito", "milstein_ito": the same in the sense of Itô.
//   - "" (automatic): exact where it is possible, else euler.
//   - "nonlinear": automatic, but never exact.
//
// The text and the order of each scheme stand at its entry in [Schemes]. Noise that a differential variable multiplies is
// never integrated without a choice: its meaning depends on the calculus, so the automatic choice is an error there that
// names the methods. rand() and randn() need a method that evaluates the equations once in a step.
//
// A method that the equations do not permit is an error that says which part does not fit.
func (m *Model) Integrate(method string) (*Integration, error) {
	name, ok := canonical(method)
	if !ok {
		return nil, fmt.Errorf("no integration method is called %q: want one of %s, or nothing for an automatic choice", method, strings.Join(Methods(), ", "))
	}
	scope := &expr.Scope{Symbols: map[string]expr.Symbol{}, Parent: m.Scope}
	for _, n := range m.Noises {
		scope.Symbols[n.Increment] = expr.Symbol{Role: expr.Drawn, Type: expr.FloatType(incrementDim)}
	}
	step := &Integration{Scope: scope, Noises: m.Noises}
	if len(m.Derivatives) == 0 {
		return step, nil
	}
	if name == "" || name == "exact" || name == "exact_ou" {
		if err := m.additive(); err != nil {
			return nil, err
		}
		switch err := m.exact(step, name); {
		case err == nil:
			return step, nil
		case name != "":
			return nil, err
		}
	}
	if name == "" || name == "nonlinear" {
		name = "euler"
	}
	s, _ := schemeOf(name)
	if err := s.check(m); err != nil {
		return nil, err
	}
	step.Method, step.Statements = s.Name, s.expand(m)
	return step, nil
}

// errorAt is an error about an expression.
func errorAt(n expr.Node, format string, args ...any) *expr.Error {
	src, start, end := n.Span()
	return src.Errorf(start, end, format, args...)
}

// exact makes an exact step, by the method name or, without one, automatically.
func (m *Model) exact(step *Integration, name string) error {
	s, err := m.linear(name != "")
	if err != nil {
		return err
	}
	step.Method = "exact"
	switch {
	case name == "exact_ou":
		step.Method = name
		return m.exactNoise(step, s)
	case s.perCell:
		step.Factors, step.Statements = s.factored(m, step.Scope)
	default:
		step.Statements = s.statements(m)
	}
	return nil
}
