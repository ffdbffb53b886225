package neurons

import (
	"cmp"
	"fmt"
	"math"
	"sort"

	"hearpipe/internal/expr"
	"hearpipe/internal/kernel"
	"hearpipe/internal/random"
	"hearpipe/stages"
	"hearpipe/units"
)

// PoissonParams describes cells that fire at random: in each step with probability rate·dt, at most 1, independently of each
// other and of the past. A negative rate means no spikes.
type PoissonParams struct {
	Name string // in the network, also in the names of random numbers (default poisson0, ...)
	N    int    // cells (default: as many as Values)
	// Rates is an expression with the dimension of frequency, in t, i, N and constants, read in each step: "15 Hz",
	// "(i+1)*Hz", "100*Hz*(1+sin(2*pi*10*Hz*t))"; "" where Values or Input give the rates.
	Rates string
	// Values are rates per cell [Hz]. They are the variable rates of the group and may be changed with [Group.SetValues].
	Values []float64
	// Input is a stream of rates [Hz], one channel per cell or one for all.
	Input     stages.Stage
	Constants map[string]units.Quantity // for Rates
	Functions map[string]Function       // for Rates
	DT        float64                   // step [s] (default that of the network, or of the input)
}

// PoissonGroup adds cells that fire at random. It is a group whose variable rates is what the description says and whose
// threshold is rand() < rates*dt.
func (n *Network) PoissonGroup(p PoissonParams) (*Group, error) {
	q := GroupParams{
		Name: cmp.Or(p.Name, n.free("poisson")), N: p.N, Equations: "rates : Hz", Threshold: "rand() < rates*dt",
		Constants: p.Constants, Functions: p.Functions, DT: p.DT,
	}
	given := 0
	if p.Rates != "" {
		given++
		if _, err := expr.Parse(p.Rates, expr.Options{}); err != nil { // one expression and nothing else
			return nil, fmt.Errorf("%s: Poisson group %s: rates: %w", n.label(), q.Name, err)
		}
		q.Equations = "rates = " + p.Rates + " : Hz"
	}
	if p.Values != nil {
		given++
		q.Values = map[string][]float64{"rates": p.Values}
		q.N = cmp.Or(q.N, len(p.Values))
	}
	if p.Input != nil {
		given++
		q.Inputs = map[string]stages.Stage{"rates": p.Input}
	}
	if given != 1 {
		return nil, fmt.Errorf("%s: Poisson group %s: want one of an expression, values, or an input for the rates, not %d of them", n.label(), q.Name, given)
	}
	return n.Group(q)
}

// PoissonInputParams describes N independent Poisson processes whose events add to a variable of each cell.
type PoissonInputParams struct {
	Name     string  // in the network, also in the names of random numbers (default poissoninput0, ...)
	Target   Cells   // the cells that receive
	Variable string  // a differential variable or a parameter
	N        int     // processes per cell
	Rate     float64 // of each [Hz]
	Weight   string  // what an event adds, a constant expression such as "0.1*mV"
	Copies   int     // synapses per process: an event adds so many times the weight (default 1)
	// Freeze gives all cells the same events.
	Freeze bool
	// Record keeps a list of the events.
	Record bool
	// Reliability is the probability that a copy of an event arrives (default 1).
	Reliability float64
	// Jitter delays each copy of each event by a time of its own, exponentially distributed with this mean [s].
	Jitter float64
}

const (
	// maxArrivals is how many copies have random numbers of their own: they are counted in the low bits of the index, the
	// cell in the others.
	maxArrivals = 1 << 24
	// maxDelayed is how many values may wait for their time: 1 GiB.
	maxDelayed = 1 << 27
)

// PoissonInput is the sum of many Poisson processes, without cells of their own: in each step a cell receives weight times k,
// k from the binomial distribution of N trials with probability rate·dt. It acts in slot [Connections]; where the
// variable stands still in refractory cells, these receive nothing.
type PoissonInput struct {
	p        PoissonInputParams
	name     string
	target   Cells
	values   []float64
	active   []float64 // refractory cells receive nothing, nil: all do
	weight   float64
	counts   binomial
	arrive   random.Stream
	fails    random.Stream
	delays   random.Stream
	uniforms []float64
	ring     [][]float64 // jitter: what arrives in the steps to come
	events   []stages.Spike
}

// PoissonInput adds random input to cells.
func (n *Network) PoissonInput(p PoissonInputParams) (*PoissonInput, error) {
	in := &PoissonInput{p: p, target: p.Target, name: cmp.Or(p.Name, n.free("poissoninput"))}
	fail := func(err error) (*PoissonInput, error) {
		return nil, fmt.Errorf("%s: Poisson input %s: %w", n.label(), in.name, err)
	}
	if p.Target.g == nil || p.Target.g.net != n {
		return fail(fmt.Errorf("the target is not of this network"))
	}
	g := p.Target.g
	prob := p.Rate * g.e.dt
	switch {
	case p.N < 1 || p.N > math.MaxInt32:
		return fail(fmt.Errorf("%d processes: want 1 to %d", p.N, math.MaxInt32))
	case !(prob >= 0 && prob <= 1):
		return fail(fmt.Errorf("rate of %g Hz: want 0 to %g Hz, one event per step of %g s", p.Rate, 1/g.e.dt, g.e.dt))
	case p.Copies < 0 || p.Copies > math.MaxInt32:
		return fail(fmt.Errorf("%d copies: want 1 to %d", p.Copies, math.MaxInt32))
	case !(p.Reliability >= 0 && p.Reliability <= 1):
		return fail(fmt.Errorf("reliability of %g: want 0 to 1 (0: the default, 1)", p.Reliability))
	case !(p.Jitter >= 0) || math.IsInf(p.Jitter, 0):
		return fail(fmt.Errorf("jitter of %g s: want a time of 0 or more", p.Jitter))
	case p.Jitter > 0 && p.Reliability > 0 && p.Reliability < 1:
		return fail(fmt.Errorf("jitter and reliability cannot be combined"))
	}
	in.p.Copies = cmp.Or(p.Copies, 1)
	in.p.Reliability = cmp.Or(p.Reliability, 1)
	var err error
	if in.values, err = p.Target.Values(p.Variable); err != nil {
		return fail(err)
	}
	if g.b.shared(p.Variable) {
		return fail(fmt.Errorf("%s is (shared), one value for all", p.Variable))
	}
	if in.weight, err = g.constant(p.Weight, p.Variable); err != nil {
		return fail(err)
	}
	for _, d := range g.b.model.Derivatives {
		if d.Name == g.b.model.Variable(p.Variable) && d.Held {
			in.active = g.e.refractory.active[p.Target.lo:p.Target.hi]
		}
	}
	in.counts = newBinomial(p.N, prob)
	path := n.path(in.name)
	if one := p.Reliability > 0 && p.Reliability < 1 || p.Jitter > 0; one && int64(p.N)*int64(in.p.Copies) > maxArrivals {
		return fail(fmt.Errorf("%d copies of %d processes that fail or are delayed one by one: want at most %d together", in.p.Copies, p.N, maxArrivals))
	}
	in.arrive, in.fails, in.delays = random.New(n.seed, path, "arrive", 0), random.New(n.seed, path, "fail", 0), random.New(n.seed, path, "delay", 0)
	in.uniforms = make([]float64, p.Target.N())
	if p.Jitter > 0 {
		// A uniform number is 0 or at least 2^-53, and -log(2^-53) < 37.
		rows := Steps(float64(37*p.Jitter), g.e.dt, Ceil) + 2
		if most := int64(maxDelayed) / int64(p.Target.N()); rows > most {
			return fail(fmt.Errorf("jitter of %g s: want at most %.3g s for %d cells, whose input of 37 times as long is kept", p.Jitter, float64(float64(most-2)*g.e.dt)/37, p.Target.N()))
		}
		in.ring = make([][]float64, rows)
		for k := range in.ring {
			in.ring[k] = make([]float64, p.Target.N())
		}
	}
	return in, n.register(in, "poissoninput", &in.name)
}

// constant evaluates a constant expression that must fit a variable.
func (g *Group) constant(text, variable string) (float64, error) {
	node, err := expr.Parse(text, expr.Options{})
	if err != nil {
		return 0, err
	}
	t, err := expr.Check(node, g.b.model.Scope)
	if err != nil {
		return 0, err
	}
	src, start, end := node.Span()
	if !g.b.model.IsConstant(node) {
		return 0, src.Errorf(start, end, "want a constant such as 0.1*mV")
	}
	if q, ok := g.b.model.Equations.Lookup(variable); ok && !t.Fits(q.Dim) {
		return 0, src.Errorf(start, end, "%s has the dimension %s, but this has the dimension %s", variable, q.Dim, t.Dim)
	}
	v, err := expr.EvalNode(node, g.b.model.Scope)
	if err != nil {
		return 0, err
	}
	if v.X-v.X != 0 {
		return 0, src.Errorf(start, end, "%g: want a finite number", v.X)
	}
	return v.X, nil
}

func (in *PoissonInput) build(s *schedule) error {
	s.add(in.target.g.clock, Connections, rankUser, 0, in.step)
	return nil
}

func (in *PoissonInput) step(step int64) error {
	u := in.uniforms
	lo := int64(in.target.lo)
	if in.p.Freeze {
		u[0] = in.arrive.Uniform(0, step)
		for c := range u {
			u[c] = u[0]
		}
	} else {
		in.arrive.Uniforms(u, lo, step)
	}
	for c := range u {
		k := in.counts.sample(u[c])
		if k == 0 {
			continue
		}
		if in.p.Record {
			in.events = append(in.events, stages.Spike{At: step, Cell: int32(c)})
		}
		k *= in.p.Copies
		switch {
		case in.ring != nil:
			in.scatter(c, k, step)
			continue
		case in.p.Reliability < 1:
			arrived := 0
			for j := range k {
				if in.fails.Uniform((lo+int64(c))<<24+int64(j), step) < in.p.Reliability {
					arrived++
				}
			}
			k = arrived
		}
		in.give(c, float64(k))
	}
	if in.ring != nil {
		row := in.ring[step%int64(len(in.ring))]
		for c, k := range row {
			if k != 0 {
				in.give(c, k)
				row[c] = 0
			}
		}
	}
	return nil
}

func (in *PoissonInput) give(c int, k float64) {
	if in.active == nil || in.active[c] != 0 {
		in.values[c] += float64(in.weight * k)
	}
}

// scatter puts k copies of an event into the steps to come.
func (in *PoissonInput) scatter(c, k int, step int64) {
	dt := in.target.g.e.dt
	for j := range k {
		u := in.delays.Uniform((int64(in.target.lo)+int64(c))<<24+int64(j), step)
		d := Steps(float64(-in.p.Jitter*kernel.Log1p(-u)), dt, Nearest)
		in.ring[(step+d)%int64(len(in.ring))][c]++
	}
}

// Events lists the steps and cells (of the view) that received events, if they are recorded.
func (in *PoissonInput) Events() []stages.Spike { return in.events }

// Name is the name of the input.
func (in *PoissonInput) Name() string { return in.name }

func (in *PoissonInput) appendState(b []byte) []byte {
	for _, row := range in.ring {
		b = stages.AppendFloats(b, row)
	}
	return b
}

func (in *PoissonInput) loadState(b []byte) (rest []byte, err error) {
	for _, row := range in.ring {
		if b, err = stages.ReadFloats(b, row); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// binomial is the distribution of the number of successes in n trials: cumulative probabilities from lo on.
type binomial struct {
	lo         int
	cumulative []float64
}

// newBinomial tabulates the distribution. Each probability follows from its neighbour, starting at the most probable
// count, so that nothing under- or overflows; what is below 1e-20 of it is cut.
func newBinomial(n int, p float64) binomial {
	if p == 0 || p == 1 {
		return binomial{int(p) * n, []float64{1}}
	}
	mode := min(n, int(float64(n+1)*p))
	odds := p / (1 - p)
	up, down := []float64{1}, []float64(nil)
	for k := mode; k < n && up[len(up)-1] > 1e-20; k++ {
		up = append(up, up[len(up)-1]*float64(n-k)/float64(k+1)*odds)
	}
	last := 1.0
	for k := mode; k > 0 && last > 1e-20; k-- {
		last *= float64(k) / float64(n-k+1) / odds
		down = append(down, last)
	}
	b := binomial{lo: mode - len(down)}
	sum := 0.0
	for k := len(down) - 1; k >= 0; k-- {
		sum += down[k]
		b.cumulative = append(b.cumulative, sum)
	}
	for _, x := range up {
		sum += x
		b.cumulative = append(b.cumulative, sum)
	}
	for k := range b.cumulative {
		b.cumulative[k] /= sum
	}
	return b
}

// sample is the count that belongs to a uniform number u in [0, 1).
func (b *binomial) sample(u float64) int {
	k := sort.Search(len(b.cumulative)-1, func(i int) bool { return b.cumulative[i] > u })
	return b.lo + k
}
