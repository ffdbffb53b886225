package equations

import (
	"hearpipe/internal/expr"
	"hearpipe/units"
)

// linear is a system dX/dt = M X + b with a vector b that keeps its value during a step. M is constant, or, if perCell is
// set, made of parameters.
type linear struct {
	n       int
	dt      float64
	perCell bool
	factors []expr.Node // M, row by row; nil where it is 0
	b       []expr.Node // nil where it is 0
	m       []float64   // the values of M, if it is constant [SI]
	fixed   []float64   // the constant parts of b
	driven  []drive     // the others
}

// linear splits the equations, or says which part is not affine, or not constant. parameters permits those as factors.
func (m *Model) linear(parameters bool) (*linear, error) {
	n := len(m.Derivatives)
	s := &linear{
		n: n, dt: m.dt, factors: make([]expr.Node, n*n), b: make([]expr.Node, n),
		m: make([]float64, n*n), fixed: make([]float64, n),
	}
	names := make([]string, n)
	for i := range names {
		names[i] = m.Derivatives[i].Name
	}
	for i := range m.Derivatives {
		d := &m.Derivatives[i]
		l, ok := expr.LinearIn(d.Drift, names)
		if !ok {
			return nil, errorAt(d.Drift, "method exact needs equations that are linear in the differential variables, and d%s/dt is not; use method euler", d.Name)
		}
		for j, c := range l.Coefficients {
			switch {
			case c == nil:
				continue
			case m.IsConstant(c):
			case parameters && m.isPerCell(c):
				s.perCell = true
			case parameters:
				return nil, errorAt(c, "method exact needs factors made of constants and parameters, but in d%s/dt the factor of %s, %s, changes while the cell goes on; use method euler", d.Name, names[j], c)
			default:
				return nil, errorAt(c, "method exact needs constant coefficients, but in d%s/dt the factor of %s, %s, is not a constant; use method euler", d.Name, names[j], c)
			}
			s.factors[i*n+j] = c
		}
		s.b[i] = l.Constant
		if l.Constant != nil && !m.IsSteady(l.Constant) {
			return nil, m.unsteady(d, l.Constant)
		}
	}
	if s.perCell {
		return s, nil
	}
	return s, s.evaluate(m)
}

// unsteady is the error about a term that changes during a step.
func (m *Model) unsteady(d *Derivative, n expr.Node) error {
	var err error
	expr.Walk(n, func(n expr.Node) bool {
		if call, ok := n.(*expr.Call); ok && err == nil {
			if a := m.array(call.Func); a != nil && isTime(call.Args[0]) && !a.steady(m.dt) {
				err = errorAt(n, "method exact needs terms that keep their value during a step, but the timed array %s changes every %g s from %g s on, which are not whole numbers of steps of %g s; use method euler",
					call.Func, a.DT, a.Start, m.dt)
			}
		}
		return true
	})
	if err != nil {
		return err
	}
	return errorAt(n, "method exact needs terms that keep their value during a step, but in d%s/dt the term %s changes with the time or at random; use method euler", d.Name, n)
}

// evaluate computes what is constant.
func (s *linear) evaluate(m *Model) error {
	for k, c := range s.factors {
		if c == nil {
			continue
		}
		v, err := expr.EvalNode(c, m.Scope)
		if err != nil {
			return err
		}
		s.m[k] = v.X
	}
	return s.drives(m)
}

// propagator returns the exact step X(t+dt) = A X + P b of dX/dt = M X + b for constant b,
//
//	[A P]          [M I]
//	[0 I] = exp(dt [0 0]),
//
// which holds for singular and defective M too (A = exp(M dt), P = integral of exp(M s) ds over 0..dt). Rows of variables
// for which held is true stand still: their rows of M and I are zero.
func propagator(space *workspace, m []float64, n int, dt float64, held []bool) (a, p []float64) {
	w := 2 * n
	x := space.floats(w * w)
	for i := range n {
		if held[i] {
			continue
		}
		for j := range n {
			x[i*w+j] = m[i*n+j] * dt
		}
		x[i*w+n+i] = dt
	}
	e := expm(space, x, w)
	a, p = space.floats(n*n), space.floats(n*n)
	for i := range n {
		copy(a[i*n:(i+1)*n], e[i*w:])
		copy(p[i*n:(i+1)*n], e[i*w+n:])
	}
	return a, p
}

// statements writes the step as x_new = A x + P b + g*dW, one statement per variable, with what is the same for all cells at the end. A variable flagged (unless
// refractory) keeps its value in refractory cells; where others depend on it, they follow the exact solution for the
// held value there.
func (s *linear) statements(m *Model) []expr.Statement {
	return m.closing(s.rows(m))
}

// rows writes the new values without noise: free in cells that are not refractory, stand in the others.
func (s *linear) rows(m *Model) (free, stand []row) {
	held, any := m.held()
	a, p := propagator(new(workspace), s.m, s.n, s.dt, make([]bool, s.n))
	for i := range s.n {
		free = append(free, s.row(m, a, p, i))
	}
	if !any {
		return free, free
	}
	a, p = propagator(new(workspace), s.m, s.n, s.dt, held)
	for i := range s.n {
		stand = append(stand, s.row(m, a, p, i))
	}
	return free, stand
}

// held tells which variables stand still in refractory cells.
func (m *Model) held() (held []bool, any bool) {
	held = make([]bool, len(m.Derivatives))
	for i := range m.Derivatives {
		held[i] = m.Derivatives[i].Held
		any = any || held[i]
	}
	return held, any
}

// closing are the statements that end a linear step: free is the new value of each variable in cells that are not
// refractory, stand that in the others, both without noise.
func (m *Model) closing(free, stand []row) []expr.Statement {
	var out []expr.Statement
	for i := range m.Derivatives {
		d := &m.Derivatives[i]
		noise := m.noiseTerms(d)
		value := free[i].with(noise)
		switch {
		case d.Held:
			value = choose(value, expr.NewName(d.Name, d.Drift))
		case !free[i].equal(stand[i]):
			value = row{vectors: choose(free[i].with(nil), stand[i].with(nil))}.with(noise)
		}
		out = append(out, assign(partName("x_new", d.Name), value))
	}
	return append(out, m.finish()...)
}

// row is A[i,:] x + P[i,:] b; terms with a factor of zero are left out.
func (s *linear) row(m *Model, a, p []float64, i int) row {
	var r row
	at := m.Derivatives[i].Drift
	dim := m.Derivatives[i].Dim
	constant := 0.0
	for j := range s.n {
		if c := a[i*s.n+j]; c != 0 {
			r.vectors = plus(r.vectors, times(c, dim.Div(m.Derivatives[j].Dim), expr.NewName(m.Derivatives[j].Name, at)))
		}
		constant += float64(p[i*s.n+j] * s.fixed[j])
	}
	if constant != 0 {
		r.offset = expr.NewNumber(constant, dim, at)
	}
	for _, d := range s.driven {
		c := 0.0
		for j, f := range d.factors {
			if f != 0 {
				c += float64(p[i*s.n+j] * f)
			}
		}
		if c == 0 {
			continue
		}
		term := times(c, dim.Div(d.dim), d.value)
		if d.scalar {
			r.offset = plus(r.offset, term)
		} else {
			r.vectors = plus(r.vectors, term)
		}
	}
	if r.vectors == nil && r.offset == nil {
		r.offset = expr.NewNumber(0, dim, at)
	}
	return r
}

// times is x with a factor, which is left out where it is the plain number 1.
func times(c float64, dim units.Dimension, x expr.Node) expr.Node {
	if c == 1 && dim.IsDimensionless() {
		return x
	}
	return expr.NewBinary("*", expr.NewNumber(c, dim, x), x)
}

// noiseTerms are the terms of noise at the end of the step.
func (m *Model) noiseTerms(d *Derivative) []expr.Node {
	var list []expr.Node
	for _, term := range d.Noise {
		list = append(list, expr.NewBinary("*", term.Coefficient, expr.NewName(m.Noises[term.Noise].Increment, term.Coefficient)))
	}
	return list
}
