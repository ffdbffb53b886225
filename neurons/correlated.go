package neurons

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"hearpipe/internal/kernel"
	"hearpipe/internal/random"
	"hearpipe/stages"
)

// CorrelatedParams describes cells whose spikes are correlated in time. Exactly one of Rate (all cells alike) and Rates is
// given.
type CorrelatedParams struct {
	Name string // in the network, also in the names of random numbers (default correlated0, ...)
	N    int    // cells
	// Rate is the mean rate of each cell [Hz], Correlation the total correlation of each pair.
	Rate, Correlation float64
	// Rates are the mean rates [Hz].
	Rates []float64
	// Covariance is the matrix of the cross-covariances of the rates at lag 0 [Hz²], row by row; it is symmetric, and its
	// diagonal is ignored.
	Covariance [][]float64
	TauC       float64 // time constant of the correlations [s]
	DT         float64 // step [s] (default that of the network)
}

// CorrelatedTrains adds cells with correlated spikes, as doubly stochastic (Cox) processes (Brette 2009, Neural
// Computation 21, 188-215, section 2): their rates are Ornstein–Uhlenbeck processes with the time constant TauC, cut at 0,
// and given the rates they are independent Poisson processes.
//
// With one rate for all there is one process for all: its mean and its deviation are those whose rectified form has the mean Rate
// and the deviation sqrt(Correlation·Rate/(2·TauC)). The cross-covariance of two cells is
// Correlation·Rate/(2·TauC)·exp(-|s|/TauC), its integral over all lags Correlation·Rate.
//
// With a matrix C the diagonal is completed with α·r², α the smallest value that leaves no negative eigenvalue, and the
// rates are r + L·y, L the symmetric root of the matrix and y independent processes.
func (n *Network) CorrelatedTrains(p CorrelatedParams) (*Group, error) {
	name := cmp.Or(p.Name, n.free("correlated"))
	fail := func(format string, args ...any) (*Group, error) {
		return nil, fmt.Errorf("%s: correlated trains %s: %w", n.label(), name, fmt.Errorf(format, args...))
	}
	if !(p.TauC > 0) || math.IsInf(p.TauC, 0) {
		return fail("time constant of %g s: want a positive time", p.TauC)
	}
	cox := &cox{}
	cells := p.N
	switch {
	case p.Rates == nil && p.Covariance == nil:
		if !(p.Rate > 0) || !(p.Correlation >= 0) || math.IsInf(p.Rate+p.Correlation, 0) {
			return fail("rate %g Hz, correlation %g: want a positive rate and a correlation of 0 or more", p.Rate, p.Correlation)
		}
		mean, sd := unrectified(p.Rate, math.Sqrt(float64(p.Correlation*p.Rate)/(2*p.TauC)))
		cox.mean, cox.root = []float64{mean}, [][]float64{{sd}}
	case p.Rate != 0 || p.Correlation != 0:
		return fail("give either one rate and correlation for all cells, or rates and covariances")
	default:
		var err error
		if cox.root, err = covarianceRoot(p.Rates, p.Covariance); err != nil {
			return fail("%w", err)
		}
		cox.mean = p.Rates
		cells = cmp.Or(cells, len(p.Rates))
		if cells != len(p.Rates) {
			return fail("%d rates for %d cells", len(p.Rates), cells)
		}
	}
	g, err := n.Group(GroupParams{Name: name, N: cells, DT: p.DT})
	if err != nil {
		return nil, err
	}
	h := g.e.dt / p.TauC
	cox.dt, cox.decay, cox.kick = g.e.dt, kernel.Exp(-h), math.Sqrt(-kernel.Expm1(-2*h))
	cox.y, cox.normals = make([]float64, len(cox.mean)), make([]float64, len(cox.mean))
	cox.rate, cox.uniforms = make([]float64, len(cox.mean)), make([]float64, cells)
	cox.noise, cox.fires = random.New(n.seed, g.e.path, "rate", 0), random.New(n.seed, g.e.path, "threshold", 0)
	g.source = cox
	return g, nil
}

// cox is cells that are Poisson processes with rates mean + root·y, cut at 0: y are independent Ornstein–Uhlenbeck processes
// of unit variance. A single rate is that of all cells.
type cox struct {
	mean            []float64
	root            [][]float64
	dt, decay, kick float64
	y               []float64
	normals, rate   []float64
	uniforms        []float64
	noise, fires    random.Stream
}

func (x *cox) emit(step int64, list []int32) ([]int32, error) {
	x.noise.Normals(x.normals, 0, step)
	for k := range x.y {
		x.y[k] = float64(x.y[k]*x.decay) + float64(x.kick*x.normals[k])
	}
	for k, row := range x.root {
		sum := x.mean[k]
		for j, w := range row {
			sum += float64(w * x.y[j])
		}
		x.rate[k] = sum
	}
	x.fires.Uniforms(x.uniforms, 0, step)
	for c, u := range x.uniforms {
		if u < float64(x.rate[min(c, len(x.rate)-1)]*x.dt) {
			list = append(list, int32(c))
		}
	}
	return list, nil
}

func (x *cox) appendState(b []byte) []byte { return stages.AppendFloats(b, x.y) }

func (x *cox) loadState(b []byte) error {
	b, err := stages.ReadFloats(b, x.y)
	if err != nil {
		return err
	}
	return noState(b)
}

// rectified gives mean and standard deviation of max(X, 0) for normal X.
func rectified(mean, sd float64) (float64, float64) {
	if sd == 0 {
		return max(mean, 0), 0
	}
	q := mean / sd
	half := float64(0.5 * (1 + erf(q/math.Sqrt2)))
	m := float64(sd/math.Sqrt(2*math.Pi)*kernel.Exp(float64(-0.5*q)*q)) + float64(mean*half)
	v := float64((mean-m)*m) + float64(float64(sd*sd)*half)
	return m, math.Sqrt(max(v, 0))
}

// unrectified gives mean and deviation of the normal distribution whose rectified form has the given ones. Both scale
// together, so the ratio of mean to deviation is found by halving an interval: the more negative it is, the larger is
// the deviation of the rectified form in relation to its mean.
func unrectified(mean, sd float64) (float64, float64) {
	if sd == 0 {
		return mean, 0
	}
	// Far above 0 nothing is cut, and the ratio is that of the rectified form; at -5 its deviation is some 1,000 times its mean.
	lo, hi := -5.0, float64(2*mean/sd)+10
	for range 200 {
		q := lo + float64(0.5*(hi-lo))
		if m, s := rectified(q, 1); m > 0 && float64(s*mean) <= float64(sd*m) {
			hi = q
		} else {
			lo = q
		}
	}
	m, _ := rectified(hi, 1)
	return float64(hi * mean / m), mean / m
}

// erf is the error function, by the series with positive terms erf x = 2/√π·exp(-x²)·Σ 2ⁿx^(2n+1)/(2n+1)!! (Abramowitz and
// Stegun 7.1.6). Error below 4e-15.
func erf(x float64) float64 {
	if math.Abs(x) > 6 {
		return math.Copysign(1, x)
	}
	term, sum, factor := x, x, float64(2*x)*x
	for n := 1; math.Abs(term) > 1e-18*math.Abs(sum); n++ {
		term = float64(term * (factor / float64(2*n+1)))
		sum += term
	}
	return 2 / math.Sqrt(math.Pi) * kernel.Exp(float64(-x*x)) * sum
}

// maxCorrelatedRate keeps the squares of squares of rates finite [Hz].
const maxCorrelatedRate = 1e60

// covarianceRoot is the symmetric root of a covariance matrix with a completed diagonal.
func covarianceRoot(rates []float64, c [][]float64) ([][]float64, error) {
	n := len(rates)
	if n == 0 || len(c) != n {
		return nil, fmt.Errorf("%d rates and a covariance matrix of %d rows: want as many", n, len(c))
	}
	scaled := make([][]float64, n) // D^-1·C without its diagonal is similar to this symmetric matrix: D = diag(r²)
	for i, row := range c {
		if len(row) != n {
			return nil, fmt.Errorf("row %d of the covariance matrix has %d values: want %d", i, len(row), n)
		}
		if !(rates[i] > 0) || rates[i] > maxCorrelatedRate {
			return nil, fmt.Errorf("rate %d is %g Hz: want more than 0 and at most %g Hz", i, rates[i], maxCorrelatedRate)
		}
		scaled[i] = make([]float64, n)
		for j, x := range row {
			if x-x != 0 || len(c[j]) == n && c[j][i] != x {
				return nil, fmt.Errorf("covariances %d,%d and %d,%d are %g and %g: want a symmetric matrix of finite values", i, j, j, i, x, c[j][i])
			}
			if i != j {
				scaled[i][j] = x / float64(rates[i]*rates[j])
			}
		}
	}
	values, _ := eigen(scaled)
	alpha := max(0, -slices.Min(values))
	full := make([][]float64, n)
	for i := range full {
		full[i] = slices.Clone(c[i])
		full[i][i] = float64(float64(alpha*rates[i]) * rates[i])
	}
	values, vectors := eigen(full)
	root := make([][]float64, n)
	for i := range root {
		root[i] = make([]float64, n)
		for j := range root[i] {
			for k, v := range values {
				root[i][j] += float64(float64(vectors[i][k]*math.Sqrt(max(v, 0))) * vectors[j][k])
			}
		}
	}
	return root, nil
}

// eigen gives eigenvalues and eigenvectors (columns) of a symmetric matrix by Jacobi's rotations (Golub and Van Loan,
// Matrix Computations, section 8.5), in an order of operations that does not depend on the machine.
func eigen(m [][]float64) (values []float64, vectors [][]float64) {
	n := len(m)
	a := make([][]float64, n)
	vectors = make([][]float64, n)
	for i := range a {
		a[i], vectors[i] = slices.Clone(m[i]), make([]float64, n)
		vectors[i][i] = 1
	}
	for range 60 {
		off, all := 0.0, 0.0
		for i := range a {
			for j, x := range a[i] {
				all += float64(x * x)
				if i != j {
					off += float64(x * x)
				}
			}
		}
		if off <= 1e-32*all {
			break
		}
		for p := range n {
			for q := p + 1; q < n; q++ {
				rotate(a, vectors, p, q)
			}
		}
	}
	for i := range a {
		values = append(values, a[i][i])
	}
	return values, vectors
}

// rotate makes a[p][q] zero.
func rotate(a, vectors [][]float64, p, q int) {
	if a[p][q] == 0 {
		return
	}
	theta := (a[q][q] - a[p][p]) / (2 * a[p][q])
	t := 1 / (math.Abs(theta) + math.Sqrt(float64(theta*theta)+1))
	if theta < 0 {
		t = -t
	}
	c := 1 / math.Sqrt(float64(t*t)+1)
	s := t * c
	for k := range a {
		x, y := a[k][p], a[k][q]
		a[k][p], a[k][q] = float64(c*x)-float64(s*y), float64(s*x)+float64(c*y)
	}
	for k := range a {
		x, y := a[p][k], a[q][k]
		a[p][k], a[q][k] = float64(c*x)-float64(s*y), float64(s*x)+float64(c*y)
		x, y = vectors[k][p], vectors[k][q]
		vectors[k][p], vectors[k][q] = float64(c*x)-float64(s*y), float64(s*x)+float64(c*y)
	}
}
