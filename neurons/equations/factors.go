package equations

import (
	"math"
	"slices"
	"strconv"

	"hearpipe/internal/expr"
	"hearpipe/units"
)

// Factors describes the vectors that the statements of an exact step read when the matrix differs from cell to cell,
// because parameters multiply variables: the entries of the exponential of each cell's matrix, and of the root of the
// covariance of its noise. A [FactorMachine] computes them.
type Factors struct {
	names      []string // of the vectors, in the order of entries
	entries    []entry
	statements []expr.Statement // that compute the coefficients, the values of M and G
	scope      *expr.Scope
	n, noises  int
	m, g       []string // names of the coefficients, "" where they are 0
	dt         float64
	held       []bool
	anyHeld    bool
}

// entry says where the value of a vector comes from.
type entry struct {
	matrix byte // 'A', 'P' or 'L'
	stand  bool // in refractory cells
	at     int  // row*n + column
}

// vector enters a vector and returns its name as an expression.
func (f *Factors) vector(m *Model, e entry, row, column int, dim units.Dimension) expr.Node {
	name := string(e.matrix)
	if e.stand {
		name += "*"
	}
	e.at = row*f.n + column
	second := m.Derivatives[column].Name
	if e.matrix == 'L' {
		second = strconv.Itoa(column)
	}
	name += "(" + m.Derivatives[row].Name + "," + second + ")"
	if !slices.Contains(f.names, name) {
		f.names, f.entries = append(f.names, name), append(f.entries, e)
		f.scope.Symbols[name] = expr.Symbol{Role: expr.Vector, Type: expr.FloatType(dim)}
	}
	return expr.NewName(name, m.Derivatives[row].Drift)
}

// coefficient enters an expression as a coefficient and returns its name, "" for nothing.
func (f *Factors) coefficient(name string, n expr.Node, dim units.Dimension) string {
	if n == nil {
		return ""
	}
	f.scope.Symbols[name] = expr.Symbol{Role: expr.Vector, Type: expr.FloatType(dim), Writable: true}
	f.statements = append(f.statements, assign(name, n))
	return name
}

// newFactors enters the matrix of a linear system.
func (s *linear) newFactors(m *Model, scope *expr.Scope) *Factors {
	f := &Factors{n: s.n, scope: scope, dt: s.dt, m: make([]string, s.n*s.n)}
	f.held, f.anyHeld = m.held()
	for i := range s.n {
		for j := range s.n {
			of, by := &m.Derivatives[i], &m.Derivatives[j]
			f.m[i*s.n+j] = f.coefficient("M("+of.Name+","+by.Name+")", s.factors[i*s.n+j], of.Dim.Div(by.Dim).Div(units.DimTime))
		}
	}
	return f
}

// reach tells which variables a variable depends on, directly or through others: reach[i*n+j] is true if i depends on j.
func (s *linear) reach() []bool {
	n := s.n
	r := make([]bool, n*n)
	for k := range r {
		r[k] = s.factors[k] != nil || k/n == k%n
	}
	for k := range n {
		for i := range n {
			for j := range n {
				r[i*n+j] = r[i*n+j] || r[i*n+k] && r[k*n+j]
			}
		}
	}
	return r
}

// factored writes the step with vectors in the place of numbers.
func (s *linear) factored(m *Model, scope *expr.Scope) (*Factors, []expr.Statement) {
	f := s.newFactors(m, scope)
	out, free, stand := s.factoredRows(m, f)
	return f, append(out, m.closing(free, stand)...)
}

// factoredRows writes the new values without noise, after the statements that they need.
func (s *linear) factoredRows(m *Model, f *Factors) (out []expr.Statement, free, stand []row) {
	for i, b := range s.b {
		if b != nil {
			out = append(out, assign(partName("b", m.Derivatives[i].Name), b))
		}
	}
	reach := s.reach()
	for i := range s.n {
		free = append(free, s.factoredRow(m, f, reach, i, false))
		differs := false
		for j := range s.n {
			differs = differs || reach[i*s.n+j] && f.held[j]
		}
		if differs && !f.held[i] {
			stand = append(stand, s.factoredRow(m, f, reach, i, true))
		} else {
			stand = append(stand, free[i])
		}
	}
	return out, free, stand
}

func (s *linear) factoredRow(m *Model, f *Factors, reach []bool, i int, stand bool) row {
	var sum row
	add := func(matrix byte, j int, name string, dim units.Dimension) {
		sum.vectors = plus(sum.vectors, expr.NewBinary("*", f.vector(m, entry{matrix: matrix, stand: stand}, i, j, dim), expr.NewName(name, m.Derivatives[i].Drift)))
	}
	for j := range s.n {
		if reach[i*s.n+j] {
			add('A', j, m.Derivatives[j].Name, m.Derivatives[i].Dim.Div(m.Derivatives[j].Dim))
		}
	}
	for j := range s.n {
		if reach[i*s.n+j] && s.b[j] != nil {
			add('P', j, partName("b", m.Derivatives[j].Name), m.Derivatives[i].Dim.Div(m.Derivatives[j].Dim).Mul(units.DimTime))
		}
	}
	return sum
}

// FactorMachine computes the vectors of Factors for the cells of one group. It is for one goroutine at a time.
type FactorMachine struct {
	f          *Factors
	machine    *expr.Machine
	parameters [][]float64 // a value per cell, or one for all
	scalars    int         // index of the first of those that are one for all
	last       [][]float64 // per cell, as they were when the factors were computed
	m, g       [][]float64 // coefficients per cell, nil where they are 0
	vectors    [][]float64
	changed    []int32
	none       []bool // nothing is held
	space      workspace
}

// Machine prepares the computation for a number of cells. vector gives the live values of a parameter, or of i: one value
// per cell, or one for all.
func (f *Factors) Machine(cells int, vector func(name string) []float64) (*FactorMachine, error) {
	p, err := expr.CompileStatements(f.statements, f.scope, expr.CompileOptions{})
	if err != nil {
		return nil, err
	}
	x := &FactorMachine{f: f, machine: p.NewMachine(), none: make([]bool, f.n), changed: make([]int32, 0, cells)}
	coefficients := map[string][]float64{}
	for slot, v := range p.Vectors() {
		if v.Writes {
			coefficients[v.Name] = make([]float64, cells)
			x.machine.SetVector(slot, coefficients[v.Name])
			continue
		}
		x.parameters = append(x.parameters, vector(v.Name))
		x.machine.SetVector(slot, vector(v.Name))
	}
	x.scalars = len(x.parameters)
	for _, name := range p.Scalars() {
		x.parameters = append(x.parameters, vector(name))
	}
	for range x.parameters {
		x.last = append(x.last, make([]float64, cells))
	}
	for _, name := range f.m {
		x.m = append(x.m, coefficients[name])
	}
	for _, name := range f.g {
		x.g = append(x.g, coefficients[name])
	}
	for range f.names {
		x.vectors = append(x.vectors, make([]float64, cells))
	}
	for k := range x.last {
		for c := range x.last[k] {
			x.last[k][c] = math.NaN() // computed before the first step
		}
	}
	return x, nil
}

// Vector is the values of a vector that the statements read, nil if it is none of these.
func (x *FactorMachine) Vector(name string) []float64 {
	if k := slices.Index(x.f.names, name); k >= 0 {
		return x.vectors[k]
	}
	return nil
}

// Update computes the factors of those cells of lo..hi of which a parameter has changed since the last call.
func (x *FactorMachine) Update(lo, hi int) {
	x.changed = x.changed[:0]
	for c := lo; c < hi; c++ {
		same := true
		for k, p := range x.parameters {
			v := p[0]
			if k < x.scalars {
				v = p[c]
			}
			if math.Float64bits(v) != math.Float64bits(x.last[k][c]) {
				same = false
				x.last[k][c] = v
			}
		}
		if !same {
			x.changed = append(x.changed, int32(c))
		}
	}
	if len(x.changed) == 0 {
		return
	}
	for slot, p := range x.parameters[x.scalars:] {
		x.machine.SetScalar(slot, p[0])
	}
	x.machine.RunAt(x.changed)
	x.compute()
}

// compute fills the vectors of the changed cells. A cell of the same coefficients as the one before it shares its work.
func (x *FactorMachine) compute() {
	for k, c := range x.changed {
		if k > 0 && x.alike(c, x.changed[k-1]) {
			for _, v := range x.vectors {
				v[c] = v[x.changed[k-1]]
			}
			continue
		}
		x.cell(int(c))
	}
}

// alike reports whether two cells have the same coefficients.
func (x *FactorMachine) alike(c, d int32) bool {
	for _, list := range [2][][]float64{x.m, x.g} {
		for _, v := range list {
			if v != nil && math.Float64bits(v[c]) != math.Float64bits(v[d]) {
				return false
			}
		}
	}
	return true
}

// of gets the coefficients of one cell.
func (x *FactorMachine) of(c int, list [][]float64) []float64 {
	v := x.space.floats(len(list))
	for k := range list {
		if list[k] != nil {
			v[k] = list[k][c]
		}
	}
	return v
}

// cell computes the factors of one cell.
func (x *FactorMachine) cell(c int) {
	f := x.f
	x.space.reset()
	m, g := x.of(c, x.m), x.of(c, x.g)
	x.fill(c, m, g, false, x.none)
	if f.anyHeld {
		x.fill(c, m, g, true, f.held)
	}
}

// fill computes those factors of a cell that are for cells that are refractory, or not.
func (x *FactorMachine) fill(c int, m, g []float64, stand bool, held []bool) {
	f := x.f
	a, p := propagator(&x.space, m, f.n, f.dt, held)
	var l []float64
	if f.noises > 0 {
		l = noiseRoot(&x.space, m, g, f.n, f.noises, f.dt, held)
	}
	for k, e := range f.entries {
		if e.stand != stand {
			continue
		}
		switch e.matrix {
		case 'A':
			x.vectors[k][c] = a[e.at]
		case 'P':
			x.vectors[k][c] = p[e.at]
		case 'L':
			x.vectors[k][c] = l[e.at]
		}
	}
}
