package equations

import "hearpipe/internal/expr"

// rate is the drift as schemes compute it: divisions by a unit such as ms, by which rates usually end, are products with its
// reciprocal, here 1000 Hz, which is cheaper, and exact where the value of the unit is not. Only the sums, products and quotients
// that the drift is made of are changed. In the arguments of functions and in conditions quotients may be counts, such as
// floor(t/ms), and 9*ms times 1000 is not 9; there they stay as they are.
func (m *Model) rate(n expr.Node) expr.Node {
	done := map[expr.Node]expr.Node{} // a part that stands in several places stays one
	var change func(n expr.Node) expr.Node
	change = func(n expr.Node) expr.Node {
		if r, ok := done[n]; ok {
			return r
		}
		r := n
		switch n := n.(type) {
		case *expr.Unary:
			if n.Op == "+" || n.Op == "-" {
				if x := change(n.X); x != n.X {
					r = expr.NewUnary(n.Op, x)
				}
			}
		case *expr.Binary:
			switch n.Op {
			case "+", "-", "*", "/":
				op, x, y := n.Op, change(n.X), change(n.Y)
				if unit, ok := y.(*expr.Name); ok && op == "/" {
					if per, ok := m.Scope.PerUnit(unit.Ident); ok {
						op, y = "*", expr.NewNumber(per.Value, per.Dim, unit)
					}
				}
				if x != n.X || y != n.Y {
					r = expr.NewBinary(op, x, y)
				}
			}
		}
		done[n] = r
		return r
	}
	return change(n)
}
