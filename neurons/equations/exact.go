package equations

import (
	"hearpipe/internal/expr"
	"hearpipe/units"
)

// linear is a system dX/dt = M X + b with a constant matrix M and a vector b that keeps its value during a step.
type linear struct {
	n int
	m []float64 // row by row [SI]
	b []expr.Node
	// fixed holds b where it is constant; isFixed tells.
	fixed   []float64
	isFixed []bool
	dt      float64
}

// linear splits the equations, or says which part is not affine or not constant.
func (m *Model) linear() (*linear, error) {
	n := len(m.Derivatives)
	s := &linear{n: n, m: make([]float64, n*n), b: make([]expr.Node, n), fixed: make([]float64, n), isFixed: make([]bool, n)}
	step, _ := m.Scope.Lookup(Step)
	s.dt = step.Value.X
	names := m.Equations.Names(Differential)
	for i := range m.Derivatives {
		d := &m.Derivatives[i]
		l, ok := expr.LinearIn(d.Drift, names)
		if !ok {
			return nil, errorAt(d.Drift, "method exact needs equations that are linear in the differential variables, and d%s/dt is not; use method euler", d.Name)
		}
		for j, c := range l.Coefficients {
			if c == nil {
				continue
			}
			if !m.IsConstant(c) {
				return nil, errorAt(c, "method exact needs constant coefficients, but in d%s/dt the factor of %s, %s, is not a constant; use method euler", d.Name, names[j], c)
			}
			v, err := expr.EvalNode(c, m.Scope)
			if err != nil {
				return nil, err
			}
			s.m[i*n+j] = v.X
		}
		s.b[i] = l.Constant
		if l.Constant == nil {
			s.isFixed[i] = true
			continue
		}
		if m.IsConstant(l.Constant) {
			v, err := expr.EvalNode(l.Constant, m.Scope)
			if err != nil {
				return nil, err
			}
			s.fixed[i], s.isFixed[i] = v.X, true
			continue
		}
		if !m.IsSteady(l.Constant) {
			return nil, errorAt(l.Constant, "method exact needs terms that keep their value during a step, but in d%s/dt the term %s changes with the time or at random; use method euler", d.Name, l.Constant)
		}
	}
	return s, nil
}

// propagator returns the exact step X(t+dt) = A X + P b of dX/dt = M X + b for constant b,
//
//	[A P]          [M I]
//	[0 I] = exp(dt [0 0]),
//
// which holds for singular and defective M too (A = exp(M dt), P = integral of exp(M s) ds over 0..dt). Rows of variables
// for which held is true stand still: their rows of M and I are zero.
func (s *linear) propagator(held []bool) (a, p []float64) {
	n := s.n
	w := 2 * n
	x := make([]float64, w*w)
	for i := range n {
		if held[i] {
			continue
		}
		for j := range n {
			x[i*w+j] = s.m[i*n+j] * s.dt
		}
		x[i*w+n+i] = s.dt
	}
	e := expm(x, w)
	a, p = make([]float64, n*n), make([]float64, n*n)
	for i := range n {
		copy(a[i*n:(i+1)*n], e[i*w:])
		copy(p[i*n:(i+1)*n], e[i*w+n:])
	}
	return a, p
}

// statements writes the step as x_new = A x + P b + g*dW, one statement per variable. A variable flagged (unless
// refractory) keeps its value in refractory cells; where others depend on it, they follow the exact solution for the
// held value there.
func (s *linear) statements(m *Model) []expr.Statement {
	held := make([]bool, s.n)
	any := false
	for i := range m.Derivatives {
		held[i] = m.Derivatives[i].Held
		any = any || held[i]
	}
	none := make([]bool, s.n)
	a, p := s.propagator(none)
	var out []expr.Statement
	for i, b := range s.b {
		if b != nil && !s.isFixed[i] {
			out = append(out, assign(partName("b", m.Derivatives[i].Name), b))
		}
	}
	free := make([]expr.Node, s.n)
	for i := range free {
		free[i] = s.row(m, a, p, i)
	}
	stand := free
	if any {
		a, p = s.propagator(held)
		stand = make([]expr.Node, s.n)
		for i := range stand {
			stand[i] = s.row(m, a, p, i)
		}
	}
	for i := range m.Derivatives {
		d := &m.Derivatives[i]
		value := s.noise(m, d, free[i])
		switch {
		case d.Held:
			value = choose(value, expr.NewName(d.Name, d.Drift))
		case !expr.Equal(free[i], stand[i]):
			value = s.noise(m, d, choose(free[i], stand[i]))
		}
		out = append(out, assign(partName("x_new", d.Name), value))
	}
	return append(out, m.finish()...)
}

// row is A[i,:] x + P[i,:] b as an expression; terms with a factor of zero are left out.
func (s *linear) row(m *Model, a, p []float64, i int) expr.Node {
	at := m.Derivatives[i].Drift
	dim := m.Derivatives[i].Dim
	var sum expr.Node
	add := func(n expr.Node) {
		if sum == nil {
			sum = n
		} else {
			sum = expr.NewBinary("+", sum, n)
		}
	}
	constant := 0.0
	for j := range s.n {
		ratio := dim.Div(m.Derivatives[j].Dim)
		x := expr.NewName(m.Derivatives[j].Name, at)
		switch c := a[i*s.n+j]; c {
		case 0:
		case 1:
			add(x)
		default:
			add(expr.NewBinary("*", expr.NewNumber(c, ratio, at), x))
		}
		c := p[i*s.n+j]
		if s.isFixed[j] {
			constant += float64(c * s.fixed[j])
		}
	}
	if constant != 0 {
		add(expr.NewNumber(constant, dim, at))
	}
	for j := range s.n {
		c := p[i*s.n+j]
		if c == 0 || s.isFixed[j] {
			continue
		}
		ratio := dim.Div(m.Derivatives[j].Dim).Mul(units.DimTime)
		add(expr.NewBinary("*", expr.NewNumber(c, ratio, at), expr.NewName(partName("b", m.Derivatives[j].Name), at)))
	}
	if sum == nil {
		return expr.NewNumber(0, dim, at)
	}
	return sum
}

// noise adds the noise at the end of the step.
func (s *linear) noise(m *Model, d *Derivative, sum expr.Node) expr.Node {
	for _, term := range d.Noise {
		dW := expr.NewName(m.Noises[term.Noise].Increment, term.Coefficient)
		sum = expr.NewBinary("+", sum, expr.NewBinary("*", term.Coefficient, dW))
	}
	return sum
}
