package equations

import (
	"fmt"
	"strings"

	"hearpipe/internal/expr"
)

// Integration is one step of all differential variables as a list of statements: expr.CompileStatements with Locals and
// the scope makes a program of it.
type Integration struct {
	Method     string // "exact" or "euler", "" when there are no differential equations
	Statements []expr.Statement
	Scope      *expr.Scope
}

// Integrate chooses an integration method and writes the step out. Methods (without regard to case):
//
//   - "exact" or "linear": the exponential of the matrix, for equations that are affine in the differential variables
//     with constant coefficients. What is added to them may depend on parameters, inputs and i, which keep their values
//     during a step. Additive noise is added at the end of the step, factor times sqrt(dt)*N(0, 1).
//   - "euler": the scheme of Euler and Maruyama, with additive noise.
//   - "" (automatic): exact where it is possible, else euler.
//   - "nonlinear": automatic, but never exact.
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
	if err := m.additive(); err != nil {
		return nil, err
	}
	if name == "" || name == "exact" {
		s, err := m.linear()
		if err == nil {
			step.Method, step.Statements = "exact", s.statements(m)
			return step, nil
		}
		if name == "exact" {
			return nil, err
		}
	}
	step.Method, step.Statements = "euler", schemes["euler"].expand(m)
	return step, nil
}

// additive refuses noise that is multiplied by a differential variable: its meaning would depend on the calculus (Itô or
// Stratonovich), and neither euler nor exact is right for it.
func (m *Model) additive() error {
	for k := range m.Derivatives {
		d := &m.Derivatives[k]
		for _, term := range d.Noise {
			for j := range m.Derivatives {
				name := m.Derivatives[j].Name
				if expr.DependsOn(term.Coefficient, name) {
					return errorAt(term.Coefficient, "the noise %s of %s is multiplied by the differential variable %s: "+
						"exact and euler accept additive noise only, whose factor is made of constants, parameters, inputs and t",
						m.Noises[term.Noise].Purpose, d.Name, name)
				}
			}
		}
	}
	return nil
}

// errorAt is an error about an expression.
func errorAt(n expr.Node, format string, args ...any) *expr.Error {
	src, start, end := n.Span()
	return src.Errorf(start, end, format, args...)
}
