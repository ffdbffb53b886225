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
}

// Integrate chooses an integration method and writes the step out. Methods (without regard to case):
//
//   - "exact" or "linear": the exponential of the matrix, for equations that are affine in the differential variables
//     with constant coefficients. What is added to them may depend on parameters, inputs and i, which keep their values
//     during a step. Additive noise is added at the end of the step, factor times sqrt(dt)*N(0, 1).
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
	step := &Integration{Scope: scope}
	if len(m.Derivatives) == 0 {
		return step, nil
	}
	if name == "" || name == "exact" {
		if err := m.additive(); err != nil {
			return nil, err
		}
		s, err := m.linear()
		if err == nil {
			step.Method, step.Statements = "exact", s.statements(m)
			return step, nil
		}
		if name == "exact" {
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
