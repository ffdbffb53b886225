package equations

import (
	"hearpipe/internal/expr"
	"hearpipe/units"
)

// drive is something that equations add and that keeps its value during a step: an input, a parameter, or an expression of
// them. The equation of variable j has factors[j] times it.
type drive struct {
	value   expr.Node
	dim     units.Dimension
	scalar  bool // one value for all cells
	factors []float64
}

// drives takes b apart into constants and drives with constant factors, so that the factors, such as 1/tau in I/tau, become
// part of those of the step. A b of several drives that enters more than one row stays together, which takes fewer products.
func (s *linear) drives(m *Model) error {
	rows := make([]int, s.n) // that each b enters
	for k, reaches := range s.reach() {
		if reaches {
			rows[k%s.n]++
		}
	}
	for j, b := range s.b {
		if b == nil {
			continue
		}
		var found []drive
		constant := 0.0
		err := m.scaled(b, 1, func(n expr.Node, factor float64) error {
			if n == nil {
				constant += factor
				return nil
			}
			t, err := expr.Check(n, m.Scope)
			d := drive{value: n, dim: t.Dim, scalar: m.isScalar(n), factors: make([]float64, s.n)}
			d.factors[j] = factor
			found = append(found, d)
			return err
		})
		if err != nil {
			return err
		}
		if vectors := countVectors(found); vectors > 1 && rows[j] > 1 {
			d := drive{value: b, dim: m.Derivatives[j].Dim.Div(units.DimTime), factors: make([]float64, s.n)}
			d.factors[j] = 1
			found, constant = []drive{d}, 0
		}
		s.fixed[j] = constant
		for _, d := range found {
			s.merge(d)
		}
	}
	return nil
}

func countVectors(list []drive) int {
	n := 0
	for _, d := range list {
		if !d.scalar {
			n++
		}
	}
	return n
}

// merge adds a drive to those that there are.
func (s *linear) merge(d drive) {
	for k := range s.driven {
		if expr.Equal(s.driven[k].value, d.value) {
			for j, f := range d.factors {
				s.driven[k].factors[j] += f
			}
			return
		}
	}
	s.driven = append(s.driven, d)
}

// scaled calls add for the parts of a sum: expressions with constant factors, and constants, for which the expression is nil.
func (m *Model) scaled(n expr.Node, factor float64, add func(n expr.Node, factor float64) error) error {
	if m.IsConstant(n) {
		v, err := expr.EvalNode(n, m.Scope)
		if err != nil {
			return err
		}
		return add(nil, float64(factor*v.X))
	}
	switch x := n.(type) {
	case *expr.Unary:
		switch x.Op {
		case "+":
			return m.scaled(x.X, factor, add)
		case "-":
			return m.scaled(x.X, -factor, add)
		}
	case *expr.Binary:
		rest, by := x.X, x.Y
		switch x.Op {
		case "+", "-":
			if err := m.scaled(x.X, factor, add); err != nil {
				return err
			}
			if x.Op == "-" {
				factor = -factor
			}
			return m.scaled(x.Y, factor, add)
		case "*":
			if m.IsConstant(rest) {
				rest, by = by, rest
			}
		case "/":
		default:
			return add(n, factor)
		}
		if !m.IsConstant(by) {
			break
		}
		v, err := expr.EvalNode(by, m.Scope)
		if err != nil {
			return err
		}
		if x.Op == "*" {
			return m.scaled(rest, float64(factor*v.X), add)
		}
		return m.scaled(rest, factor/v.X, add)
	}
	return add(n, factor)
}

// isScalar reports whether an expression has one value for all cells.
func (m *Model) isScalar(n expr.Node) bool {
	for _, name := range expr.Identifiers(n) {
		if s, ok := m.Scope.Lookup(name); ok && s.Role != expr.Scalar && s.Role != expr.Constant {
			return false
		}
	}
	return true
}

// row is the new value of a variable as a sum of scaled vectors, and of what is the same for all cells. Noise comes between
// them, so that all vectors are added in one pass; either may be nil.
type row struct{ vectors, offset expr.Node }

// equal reports whether two rows are the same.
func (r row) equal(other row) bool {
	same := func(a, b expr.Node) bool { return a == nil && b == nil || a != nil && b != nil && expr.Equal(a, b) }
	return same(r.vectors, other.vectors) && same(r.offset, other.offset)
}

// with is the row as an expression, with noise.
func (r row) with(noise []expr.Node) expr.Node {
	sum := r.vectors
	for _, n := range noise {
		sum = plus(sum, n)
	}
	return plus(sum, r.offset)
}

// plus is the sum of two expressions, either of which may be nil.
func plus(a, b expr.Node) expr.Node {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return expr.NewBinary("+", a, b)
}
