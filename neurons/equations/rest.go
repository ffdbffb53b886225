package equations

import (
	"fmt"
	"math"

	"hearpipe/internal/expr"
	"hearpipe/units"
)

// Rest finds fixed points: values of the differential variables at which all drifts are zero, with parameters at their
// current values. White noise is left out. It is for one goroutine at a time.
//
// From the values that the variables have, damped Newton steps are made until the drifts vanish (Ortega & Rheinboldt 1970,
// section 8.1). Steps are least-squares solutions of least norm, so that systems with lines of fixed points have an
// answer, the one near the start. Derivatives are exact for equations that are affine in the variables and central
// differences otherwise. Which fixed point is found, stable or not, depends on the start.
type Rest struct {
	n       int
	names   []string // of the variables
	machine *expr.Machine
	inputs  [][]float64 // everything the drifts depend on, variables first
	drift   [][]float64 // values of the drifts
	factors [][]float64 // of an affine system, row by row, nil where they are 0; nil for other systems
	scale   []float64   // typical sizes of the variables
	one     [1]int32
}

// typical are sizes of variables by their dimension [SI]; others have 1. They weigh steps in different units against each
// other and say what is small; what is found does not depend on them but by rounding.
var typical = map[units.Dimension]float64{
	units.DimVoltage: 10e-3, units.DimCurrent: 1e-9, units.DimConductance: 10e-9, units.DimTime: 10e-3, units.DimCapacitance: 100e-12,
	units.DimVoltage.Div(units.DimTime): 1,
}

// NewRest prepares the search. vector gives the live values of a variable, parameter or i: one value per cell, or one for
// all where a parameter is shared. time is the time at which equations that contain t are looked at [s].
func (m *Model) NewRest(cells int, time float64, vector func(name string) []float64) (*Rest, error) {
	r := &Rest{n: len(m.Derivatives)}
	scope := &expr.Scope{Symbols: map[string]expr.Symbol{}, Parent: m.Scope}
	var list []expr.Statement
	add := func(name string, n expr.Node, dim units.Dimension) {
		scope.Symbols[name] = expr.Symbol{Role: expr.Vector, Type: expr.FloatType(dim), Writable: true}
		list = append(list, assign(name, n))
	}
	for k := range m.Derivatives {
		d := &m.Derivatives[k]
		if isRandom(d.Drift) {
			return nil, errorAt(d.right, "d%s/dt contains random numbers and has no fixed point", d.Name)
		}
		r.names = append(r.names, d.Name)
		r.inputs = append(r.inputs, vector(d.Name))
		add(partName("f", d.Name), d.Drift, d.Dim.Div(units.DimTime))
		size, ok := typical[d.Dim]
		if !ok {
			size = 1
		}
		r.scale = append(r.scale, size)
	}
	factor := func(k, j int) string { return fmt.Sprintf("M(%s,%s)", r.names[k], r.names[j]) }
	affine := true
	for k := range m.Derivatives {
		d := &m.Derivatives[k]
		l, ok := expr.LinearIn(d.Drift, r.names)
		if !ok {
			affine = false
			break
		}
		for j, c := range l.Coefficients {
			if c != nil {
				add(factor(k, j), c, d.Dim.Div(m.Derivatives[j].Dim).Div(units.DimTime))
			}
		}
	}
	if !affine {
		list = list[:r.n]
	}
	p, err := expr.CompileStatements(list, scope, expr.CompileOptions{})
	if err != nil {
		return nil, err
	}
	r.machine = p.NewMachineBlock(1)
	results := map[string][]float64{}
	for slot, v := range p.Vectors() {
		x := vector
		if v.Writes {
			results[v.Name] = make([]float64, cells)
			x = func(name string) []float64 { return results[name] }
		} else if s, _ := m.Equations.Lookup(v.Name); s == nil || s.Kind != Differential {
			r.inputs = append(r.inputs, vector(v.Name))
		}
		r.machine.SetVector(slot, x(v.Name))
	}
	for slot, name := range p.Scalars() {
		if name == Time {
			r.machine.SetScalar(slot, time)
		} else {
			r.machine.SetScalar(slot, vector(name)[0])
		}
	}
	for k := range r.n {
		r.drift = append(r.drift, results[partName("f", r.names[k])])
	}
	if affine {
		for k := range r.n * r.n {
			r.factors = append(r.factors, results[factor(k/r.n, k%r.n)])
		}
	}
	return r, nil
}

// Find moves the variables of the cells lo..hi to a fixed point and returns the cells that keep their values because none
// was found.
func (r *Rest) Find(lo, hi int) (failed []int) {
	same := func(c, d int) bool {
		for _, x := range r.inputs {
			if math.Float64bits(x[c]) != math.Float64bits(x[d]) {
				return false
			}
		}
		return true
	}
	x := make([]float64, r.n)
	for c := lo; c < hi; {
		end := c + 1 // cells with the same start have the same end
		for end < hi && same(c, end) {
			end++
		}
		found := r.find(c, x)
		for ; c < end; c++ {
			if found {
				r.set(c, x)
			} else {
				failed = append(failed, c)
			}
		}
	}
	return failed
}

func (r *Rest) set(c int, x []float64) {
	for k := range r.n {
		r.inputs[k][c] = x[k]
	}
}

// evaluate computes the drifts of a cell at x.
func (r *Rest) evaluate(c int, x, f []float64) {
	r.set(c, x)
	r.one[0] = int32(c)
	r.machine.RunAt(r.one[:])
	for k := range r.n {
		f[k] = r.drift[k][c]
	}
}

// find searches from the values of cell c, which it leaves as they were, and puts what it finds into x.
func (r *Rest) find(c int, x []float64) bool {
	const (
		most  = 200   // steps; a damped one may be as small as 2^-20
		small = 1e-13 // of the size of a variable: the step is rounding
		zero  = 1e-9  // of the size of a variable: what a drift may be away from zero
	)
	n := r.n
	start := make([]float64, n)
	for k := range n {
		start[k] = r.inputs[k][c]
	}
	defer r.set(c, start)
	copy(x, start)
	f, trial, next := make([]float64, n), make([]float64, n), make([]float64, n)
	r.evaluate(c, x, f)
	for range most {
		j, weight := r.jacobian(c, x, f)
		step := leastSquares(j, weighted(f, weight), n, r.tolerance())
		before := norm(f, weight)
		if !(before < math.Inf(1)) {
			return false
		}
		tiny := true
		for k := range n {
			step[k] = -step[k] * r.scale[k]
			tiny = tiny && math.Abs(step[k]) <= small*max(math.Abs(x[k]), r.scale[k])
		}
		if before == 0 || tiny {
			return before <= zero
		}
		improved := false
		for damping := 1.0; damping > 1e-6 && !improved; damping /= 2 {
			for k := range n {
				trial[k] = x[k] + float64(damping*step[k])
			}
			r.evaluate(c, trial, next)
			improved = norm(next, weight) < before
		}
		if !improved {
			return before <= zero
		}
		copy(x, trial)
		copy(f, next)
	}
	return false
}

// tolerance is the part of the largest singular value below which one counts as zero.
func (r *Rest) tolerance() float64 {
	if r.factors != nil {
		return 1e-12
	}
	return 1e-8 // the error of differences
}

// jacobian returns the derivatives of the drifts, with columns in units of the typical sizes and rows divided by their
// largest entry; weight holds these divisors.
func (r *Rest) jacobian(c int, x, f []float64) (j, weight []float64) {
	n := r.n
	j, weight = make([]float64, n*n), make([]float64, n)
	at, above, below := append([]float64(nil), x...), make([]float64, n), make([]float64, n)
	for k := range n {
		if r.factors != nil {
			for i := range n {
				if v := r.factors[i*n+k]; v != nil {
					j[i*n+k] = v[c] * r.scale[k]
				}
			}
			continue
		}
		h := float64(1e-5 * max(math.Abs(x[k]), r.scale[k]))
		at[k] = x[k] + h
		r.evaluate(c, at, above)
		up := at[k]
		at[k] = x[k] - h
		r.evaluate(c, at, below)
		for i := range n {
			j[i*n+k] = (above[i] - below[i]) / (up - at[k]) * r.scale[k]
		}
		at[k] = x[k]
	}
	for i := range n {
		for k := range n {
			weight[i] = max(weight[i], math.Abs(j[i*n+k]))
		}
		if weight[i] == 0 {
			weight[i] = max(math.Abs(f[i]), math.SmallestNonzeroFloat64) // no variable moves this drift
		}
		for k := range n {
			j[i*n+k] /= weight[i]
		}
	}
	return j, weight
}

func weighted(f, weight []float64) []float64 {
	g := make([]float64, len(f))
	for i := range f {
		g[i] = f[i] / weight[i]
	}
	return g
}

// norm is the length of the weighted drifts, NaN if one is not a number.
func norm(f, weight []float64) float64 {
	sum := 0.0
	for i := range f {
		x := f[i] / weight[i]
		sum = math.FMA(x, x, sum)
	}
	return math.Sqrt(sum)
}

// leastSquares returns the x of least norm among those that make |A x - b| least, by the singular values of A (one-sided
// Jacobi rotations, Hestenes 1958); those below tolerance times the largest count as zero.
func leastSquares(a, b []float64, n int, tolerance float64) []float64 {
	w := append([]float64(nil), a...) // becomes U S
	v := make([]float64, n*n)
	for i := range n {
		v[i*n+i] = 1
	}
	dot := func(i, j int) (sum float64) {
		for k := range n {
			sum = math.FMA(w[k*n+i], w[k*n+j], sum)
		}
		return sum
	}
	for range 60 {
		rotated := false
		for i := range n {
			for j := i + 1; j < n; j++ {
				p, q, off := dot(i, i), dot(j, j), dot(i, j)
				if math.Abs(off) <= 1e-15*math.Sqrt(p*q) || off == 0 {
					continue
				}
				rotated = true
				zeta := (q - p) / (2 * off)
				t := math.Copysign(1, zeta) / (math.Abs(zeta) + math.Sqrt(math.FMA(zeta, zeta, 1)))
				c := 1 / math.Sqrt(math.FMA(t, t, 1))
				s := c * t
				for _, x := range [][]float64{w, v} {
					for k := range n {
						y, z := x[k*n+i], x[k*n+j]
						x[k*n+i] = math.FMA(c, y, -float64(s*z))
						x[k*n+j] = math.FMA(s, y, float64(c*z))
					}
				}
			}
		}
		if !rotated {
			break
		}
	}
	largest := 0.0
	for i := range n {
		largest = max(largest, math.Sqrt(dot(i, i)))
	}
	x := make([]float64, n)
	for i := range n {
		square := dot(i, i)
		if math.Sqrt(square) <= tolerance*largest {
			continue
		}
		sum := 0.0
		for k := range n {
			sum = math.FMA(w[k*n+i], b[k], sum)
		}
		for k := range n {
			x[k] = math.FMA(v[k*n+i], sum/square, x[k])
		}
	}
	return x
}
