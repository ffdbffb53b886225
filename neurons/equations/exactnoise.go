package equations

import (
	"math"
	"strconv"

	"hearpipe/internal/expr"
)

// exactNoise writes the step x_new = A x + P b + L N(0, 1), with noise of the covariance L L^T that the noises of the
// equations have at the end of a step. There is one normal number for every variable that noise reaches.
func (m *Model) exactNoise(step *Integration, s *linear) error {
	g := make([]expr.Node, s.n*len(m.Noises))
	for i := range m.Derivatives {
		d := &m.Derivatives[i]
		for _, term := range d.Noise {
			c := term.Coefficient
			if !m.IsConstant(c) {
				if !m.isPerCell(c) {
					return errorAt(c, "method exact_ou needs noise whose factor is made of constants and parameters, but that of %s in d%s/dt is %s; use method exact",
						m.Noises[term.Noise].Purpose, d.Name, c)
				}
				s.perCell = true
			}
			k := i*len(m.Noises) + term.Noise
			if g[k] != nil {
				c = expr.NewBinary("+", g[k], c)
			}
			g[k] = c
		}
	}
	step.Noises = nil
	for k := range s.n {
		n := Noise{Increment: "dW(exact_ou " + strconv.Itoa(k) + ")", Purpose: "exact_ou", Ordinal: k}
		step.Noises = append(step.Noises, n)
		step.Scope.Symbols[n.Increment] = expr.Symbol{Role: expr.Drawn, Type: expr.FloatType(incrementDim)}
	}
	reached := s.noisy(g, len(m.Noises))
	if s.perCell {
		f := s.newFactors(m, step.Scope)
		f.noises = len(m.Noises)
		for k, c := range g {
			d := &m.Derivatives[k/f.noises]
			f.g = append(f.g, f.coefficient("G("+d.Name+","+strconv.Itoa(k%f.noises)+")", c, d.Dim.Mul(noiseDim)))
		}
		out, free, stand := s.factoredRows(m, f)
		root := func(stand bool) func(i, k int) expr.Node {
			return func(i, k int) expr.Node {
				return f.vector(m, entry{matrix: 'L', stand: stand && f.anyHeld}, i, k, m.Derivatives[i].Dim.Mul(noiseDim))
			}
		}
		step.Factors = f
		step.Statements = append(out, m.noisyClosing(step.Noises, reached, free, stand, root(false), root(true))...)
		return nil
	}
	values := make([]float64, len(g))
	for k, c := range g {
		if c == nil {
			continue
		}
		v, err := expr.EvalNode(c, m.Scope)
		if err != nil {
			return err
		}
		values[k] = v.X
	}
	free, stand := s.rows(m)
	held, _ := m.held()
	root := func(held []bool) func(i, k int) expr.Node {
		l := noiseRoot(new(workspace), s.m, values, s.n, len(m.Noises), s.dt, held)
		return func(i, k int) expr.Node {
			if l[i*s.n+k] == 0 {
				return nil
			}
			d := &m.Derivatives[i]
			return expr.NewNumber(l[i*s.n+k], d.Dim.Mul(noiseDim), d.Drift)
		}
	}
	step.Statements = m.noisyClosing(step.Noises, reached, free, stand, root(make([]bool, s.n)), root(held))
	return nil
}

// noisy tells which variables noise reaches, directly or through others.
func (s *linear) noisy(g []expr.Node, noises int) []bool {
	reach, r := s.reach(), make([]bool, s.n)
	for i := range s.n {
		for j := range s.n {
			for k := range noises {
				r[i] = r[i] || reach[i*s.n+j] && g[j*noises+k] != nil
			}
		}
	}
	return r
}

// noisyClosing is closing with noise: factor(i, k) is the factor of normal number k in variable i.
func (m *Model) noisyClosing(noises []Noise, reached []bool, free, stand []row, factor, standFactor func(i, k int) expr.Node) []expr.Statement {
	noisy := func(r row, i int, factor func(i, k int) expr.Node) expr.Node {
		var list []expr.Node
		for k := range i + 1 {
			if !reached[i] || !reached[k] {
				continue
			}
			if l := factor(i, k); l != nil {
				list = append(list, expr.NewBinary("*", l, expr.NewName(noises[k].Increment, l)))
			}
		}
		return r.with(list)
	}
	_, any := m.held()
	var out []expr.Statement
	for i := range m.Derivatives {
		d := &m.Derivatives[i]
		value := noisy(free[i], i, factor)
		switch {
		case d.Held:
			value = choose(value, expr.NewName(d.Name, d.Drift))
		case any && reached[i]:
			value = choose(value, noisy(stand[i], i, standFactor))
		case !free[i].equal(stand[i]):
			value = choose(value, stand[i].with(nil))
		}
		out = append(out, assign(partName("x_new", d.Name), value))
	}
	return append(out, m.finish()...)
}

// noiseRoot is the root L of the covariance of a step, divided by sqrt(dt), because it multiplies increments of that
// size. g has a row per variable and a column per noise.
func noiseRoot(w *workspace, m, g []float64, n, noises int, dt float64, held []bool) []float64 {
	q := w.floats(n * n)
	for i := range n {
		for j := range n {
			for k := range noises {
				q[i*n+j] = math.FMA(g[i*noises+k], g[j*noises+k], q[i*n+j])
			}
		}
	}
	l := lower(w, covariance(w, m, q, n, dt, held), n)
	for i := range l {
		l[i] /= math.Sqrt(dt)
	}
	return l
}
