package neurons

import (
	"cmp"
	"errors"
	"fmt"
	"math"

	"hearpipe/neurons/connectivity"
	"hearpipe/neurons/equations"
	"hearpipe/units"
)

// ConnectionParams describes a connection: synapses that only add a weight to a variable of their target.
type ConnectionParams struct {
	// Name is the name of the connection in the network (default connection0, ...).
	Name string
	// Source and Target are the cells that are connected. Target defaults to Source. Both have the same step.
	Source, Target Cells
	// State is the variable of the target that weights are added to (default: the membrane variable).
	State string
	// Delay is that of all synapses [s]; weights are read when a spike arrives.
	Delay float64
	// MaxDelay, if it is positive, gives every synapse a delay of its own, from 0 to MaxDelay [s]. Weights are read when a
	// spike is emitted. What is on its way takes a number for each step until MaxDelay and each target cell.
	MaxDelay float64
	// Modulation is a variable of the source cells that multiplies weights, at the moment when the weight is read.
	Modulation string
	// ShortTerm has synapses tire and facilitate (default: they do not). Not with MaxDelay.
	ShortTerm *ShortTerm
	// Dense connects all pairs at once, with weight 0. Else only pairs that are connected are stored.
	Dense bool
	// Order sorts connections within their slot of a step.
	Order int
}

// ShortTerm is short-term depression and facilitation (Tsodyks and Markram 1997, PNAS 94, 719-723; Markram et al. 1998, PNAS
// 95, 5323-5328): x recovers to 1 with TauD, u to U with TauF. A spike adds weight·u·x with the values before it; then x
// falls by u·x and u grows by U·(1 - u). All happens when the spike arrives. Each field has one value, or one for each
// source cell.
type ShortTerm struct {
	TauD []float64 // time constant of the recovery from depression [s], positive
	TauF []float64 // time constant of the decay of facilitation [s], positive
	U    []float64 // utilisation by a first spike, 0 to 1
}

// Law gives each synapse a number, by one of its fields; none: the default. i and j count within the parts that are
// connected.
type Law struct {
	// Text is an expression such as "1.62*mV" or "exp(-abs(i-j)/10)*rand()*nS", see [SynapseSet.Set]. Its dimension is checked.
	Text string
	// Of is called for each synapse that is made, by source cell, then by target cell [SI].
	Of func(i, j int) float64
}

func (l Law) given() bool { return l.Text != "" || l.Of != nil }

// Connection is the classical form of synapses: a spike of cell i adds a weight to a variable of cell j, after a delay of
// floor(delay/dt + 1/2) steps. There is one weight per pair; connecting a pair again changes its weight. A weight of 0 is
// a synapse nevertheless. All weights of a step are added after the thresholds and before synapses (slot [Connections]),
// those with a delay of their own at the end of that slot. [Network.STDP] makes weights plastic.
type Connection struct {
	set   *SynapseSet
	p     ConnectionParams
	calls int
	rows  fan // by source cell, for access; of as many synapses as there are
	ring  *delayRing
}

// host is a connection, or its plasticity, that a set of synapses serves.
type host interface {
	prepare() error     // before the synapses are built
	place(to *schedule) // adds the operations of a step
}

// Ranks in the slot Connections, after monitors and queues.
const (
	rankConnections = rankUser
	rankPlasticPre  = rankUser + 1
	rankPlasticPost = rankUser + 2
	rankDelayed     = rankUser + 3
)

// Connection adds a connection without any synapse yet (unless it is dense).
func (n *Network) Connection(p ConnectionParams) (*Connection, error) {
	if p.Target.g == nil {
		p.Target = p.Source
	}
	c := &Connection{p: p}
	fail := func(err error) (*Connection, error) {
		return nil, fmt.Errorf("connection %s: %w", cmp.Or(p.Name, "without a name"), err)
	}
	dim, err := c.describe()
	if err != nil {
		return fail(err)
	}
	sp := SynapsesParams{Name: p.Name, Source: p.Source, Target: p.Target, Delay: p.Delay, Constants: map[string]units.Quantity{}, Order: p.Order}
	sp.Model = "w : " + unitOf(dim)
	if p.MaxDelay > 0 {
		sp.Model += "\ndelay : second"
	} else {
		sp.OnPre = c.p.State + "_post += w" + c.factors()
		if err := c.tire(&sp); err != nil {
			return fail(err)
		}
	}
	if c.set, err = n.synapses(sp, "connection"); err != nil {
		return nil, err
	}
	c.set.host = c
	if p.MaxDelay > 0 {
		c.ring = &delayRing{c: c}
		name := c.set.name + " delays"
		if err := n.register(c.ring, "", &name); err != nil {
			return nil, err
		}
	}
	if p.Dense {
		if err := c.set.Connect(ConnectParams{}); err != nil {
			return nil, err
		}
		c.fresh(0)
	}
	return c, nil
}

// describe checks the parameters and finds the dimension of the weights.
func (c *Connection) describe() (dim units.Dimension, err error) {
	p := &c.p
	switch {
	case p.Source.g == nil:
		return dim, errors.New("the source is missing")
	case p.MaxDelay < 0 || p.MaxDelay-p.MaxDelay != 0:
		return dim, fmt.Errorf("longest delay of %g s: want a positive time, or 0 for one delay", p.MaxDelay)
	case p.MaxDelay > maxDelay*p.Source.g.e.dt:
		return dim, fmt.Errorf("longest delay of %g s: want at most %d steps, %g s", p.MaxDelay, maxDelay, maxDelay*p.Source.g.e.dt)
	case p.MaxDelay > 0 && p.Delay != 0:
		return dim, fmt.Errorf("one delay of %g s and delays of up to %g s: want one of both", p.Delay, p.MaxDelay)
	case p.MaxDelay > 0 && p.ShortTerm != nil:
		return dim, errors.New("short-term plasticity needs one delay for all synapses")
	case !p.Target.g.hasVariables():
		return dim, fmt.Errorf("the cells of the target %s have no variables", p.Target.g.e.name)
	}
	if p.State == "" {
		p.State, _ = p.Target.g.b.model.Equations.Membrane()
	}
	if dim, err = dimOfCells(p.Target, p.State); err != nil {
		return dim, err
	}
	if p.Modulation != "" {
		if !p.Source.g.hasVariables() {
			return dim, fmt.Errorf("modulation: the cells of the source %s have no variables", p.Source.g.e.name)
		}
		by, err := dimOfCells(p.Source, p.Modulation)
		if err != nil {
			return dim, fmt.Errorf("modulation: %w", err)
		}
		dim = dim.Div(by)
	}
	return dim, nil
}

// hasVariables is false for cells that only fire.
func (g *Group) hasVariables() bool { return g.b != nil && len(g.b.model.Equations.All()) > 0 }

// dimOfCells is the dimension of a variable that has values of its own.
func dimOfCells(c Cells, name string) (units.Dimension, error) {
	m := c.g.b.model
	q, ok := m.Equations.Lookup(m.Variable(name))
	if !ok || q.Kind == equations.Static {
		return units.Dimension{}, c.g.settable(name)
	}
	return q.Dim, nil
}

// factors multiply the weight in the statement.
func (c *Connection) factors() string {
	text := ""
	if c.p.ShortTerm != nil {
		text = "*u*x"
	}
	if c.p.Modulation != "" {
		text += "*" + c.p.Modulation + "_pre"
	}
	return text
}

// tire adds short-term plasticity to the description. Synapses of one cell get the same spikes: they have the same x and u.
func (c *Connection) tire(p *SynapsesParams) error {
	st := c.p.ShortTerm
	if st == nil {
		return nil
	}
	p.Model += "\ndx/dt = (1-x)/tau_d : 1 (event-driven)\ndu/dt = (U-u)/tau_f : 1 (event-driven)"
	p.OnPre += "; x *= 1-u; u += U*(1-u)"
	for _, one := range []struct {
		name, unit string
		values     []float64
		most       float64
		positive   bool
	}{{"tau_d", "second", st.TauD, math.MaxFloat64, true}, {"tau_f", "second", st.TauF, math.MaxFloat64, true}, {"U", "1", st.U, 1, false}} {
		if n := len(one.values); n != 1 && n != c.p.Source.N() {
			return fmt.Errorf("short-term plasticity: %d values of %s: want 1, or one for each of the %d source cells", n, one.name, c.p.Source.N())
		}
		for _, x := range one.values {
			if !(x >= 0 && x <= one.most) || one.positive && x == 0 {
				return fmt.Errorf("short-term plasticity: %s of %g: want positive times [s], and U from 0 to 1", one.name, x)
			}
		}
		if len(one.values) > 1 {
			p.Model += fmt.Sprintf("\n%s : %s", one.name, one.unit)
			continue
		}
		q := units.Quantity{Value: one.values[0]}
		if one.unit == "second" {
			q.Dim = units.DimTime
		}
		p.Constants[one.name] = q
	}
	return nil
}

// fresh sets the variables of new synapses, from number first.
func (c *Connection) fresh(first int) {
	c.set.variable("w").set = true
	c.rows = newFan(c.set.cells[pre], c.p.Source.N())
	st := c.p.ShortTerm
	if st == nil {
		return
	}
	one := func(list []float64, k int) float64 {
		if len(list) == 1 {
			return list[0]
		}
		return list[c.set.cells[pre][k]]
	}
	for k := first; k < c.set.N(); k++ {
		c.set.variable("x").values[k] = 1
		c.set.variable("u").values[k] = one(st.U, k)
		for name, list := range map[string][]float64{"tau_d": st.TauD, "tau_f": st.TauF, "U": st.U} {
			if v := c.set.variable(name); v != nil {
				v.values[k] = one(list, k)
				v.set = true
			}
		}
	}
}

func (c *Connection) prepare() error { return nil }

func (c *Connection) place(to *schedule) {
	if c.ring != nil {
		return
	}
	to.add(c.set.clock, Connections, rankConnections, c.p.Order, c.set.advance)
}

// Name is the name of the connection.
func (c *Connection) Name() string { return c.set.name }

// Synapses are the synapses of the connection, with the variable w, and delay if each has one of its own. Connecting and
// changing delays is the business of the connection.
func (c *Connection) Synapses() *SynapseSet { return c.set }

// N is the number of synapses.
func (c *Connection) N() int { return c.set.N() }

// position checks a pair.
func (c *Connection) position(i, j int) error {
	if i < 0 || i >= c.p.Source.N() || j < 0 || j >= c.p.Target.N() {
		return c.set.fail("", fmt.Errorf("cell %d to %d: want i within 0:%d and j within 0:%d", i, j, c.p.Source.N(), c.p.Target.N()))
	}
	return nil
}

// find is the synapse of a pair, -1 if there is none.
func (c *Connection) find(i, j int) int32 {
	if len(c.rows.start) == 0 {
		return -1
	}
	for q := c.rows.start[i]; q < c.rows.start[i+1]; q++ {
		if k := c.rows.at(q); c.set.cells[post][k] == int32(j) {
			return k
		}
	}
	return -1
}

// PairsParams describes pairs to connect; without a word, all.
type PairsParams struct {
	// Source and Target are parts of the cells at both ends (default: all).
	Source, Target Cells
	// OneToOne connects i with i; both sides must have the same number of cells.
	OneToOne bool
	// I and J are index arrays of equal lengths. A pair that stands there twice counts once.
	I, J []int
	// Condition connects pairs for which it is true.
	Condition string
	// P is the probability of each pair (default 1). Pairs of a cell with itself count like others.
	P Law
	// Sources connects each target with this many different cells (0: not used).
	Sources int
	// FixedP connects each target with floor(FixedP·N + 1e-9) different cells of the N source cells (0: not used).
	FixedP float64
	// Weight is the weight of each synapse (default: 1 SI unit).
	Weight Law
	// Delay is the delay of each synapse (default: 0), if each has one of its own.
	Delay Law
}

// Connect connects pairs. It may be called until the first run and between runs. Errors leave the connection as it was.
func (c *Connection) Connect(p PairsParams) error {
	if p.Delay.given() && c.ring == nil {
		return c.set.fail("connect", errors.New("a delay for each synapse, but the connection has one for all: want MaxDelay"))
	}
	parts := [2]Cells{p.Source, p.Target}
	for e := range parts {
		if parts[e].g == nil {
			parts[e] = c.set.ends[e]
		}
	}
	pairs, err := c.pairs(p, parts)
	if err != nil {
		return c.set.fail("connect", err)
	}
	made := c.merge(pairs)
	if err := c.give(made, p, parts); err != nil {
		return err
	}
	c.calls++
	return nil
}

// ConnectMatrix connects the pairs of two parts (zero: all) with the weights of a matrix [SI], row by row, one row for each
// source cell. NaN means no synapse; 0 is one.
func (c *Connection) ConnectMatrix(source, target Cells, weights []float64) error {
	p := PairsParams{Source: source, Target: target, I: []int{}, J: []int{}}
	space, _, err := c.set.space(ConnectParams{Source: source, Target: target})
	if err != nil {
		return c.set.fail("connect", err)
	}
	rows, columns := space.Pre.N, space.Post.N
	if len(weights) != rows*columns {
		return c.set.fail("connect", fmt.Errorf("%d weights for %d × %d cells", len(weights), rows, columns))
	}
	for k, w := range weights {
		if math.IsInf(w, 0) {
			return c.set.fail("connect", fmt.Errorf("weight %g from %d to %d: want a finite number, or NaN for no synapse", w, k/columns, k%columns))
		}
		if w == w {
			p.I, p.J = append(p.I, k/columns), append(p.J, k%columns)
		}
	}
	p.Weight.Of = func(i, j int) float64 { return weights[i*columns+j] }
	return c.Connect(p)
}

// pairs lists what a description connects, by the numbers of the cells within both ends.
func (c *Connection) pairs(p PairsParams, parts [2]Cells) (*connectivity.Pairs, error) {
	q := connectivity.Params{I: p.I, J: p.J, Condition: p.Condition, OneToOne: p.OneToOne, Sources: p.Sources, P: p.P.Text}
	if p.FixedP != 0 {
		if !(p.FixedP > 0 && p.FixedP <= 1) || p.Sources != 0 || p.P.given() {
			return nil, fmt.Errorf("a fixed share of %g of the sources: want 0 to 1, and neither a number of sources nor a probability", p.FixedP)
		}
		q.Sources = int(math.Floor(float64(p.FixedP*float64(parts[pre].N())) + 1e-9))
		if q.Sources == 0 {
			q.I, q.J = []int{}, []int{}
		}
	}
	if p.P.Of != nil && (p.P.Text != "" || p.I != nil || p.Sources != 0) {
		return nil, errors.New("a probability as a function, and another description of pairs: want one of both")
	}
	space, offset, err := c.set.space(ConnectParams{Params: q, Source: p.Source, Target: p.Target})
	if err != nil {
		return nil, err
	}
	space.Call = c.calls
	pairs, err := connectivity.Make(space, q)
	if err != nil {
		return nil, err
	}
	if p.P.Of != nil {
		if err := c.thin(pairs, p.P.Of, parts[pre].lo); err != nil {
			return nil, err
		}
	}
	for e, list := range [2][]int32{pairs.Pre, pairs.Post} {
		for k := range list {
			list[k] += offset[e]
		}
	}
	return pairs, nil
}
