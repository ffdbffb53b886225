package neurons

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"hearpipe/internal/expr"
	"hearpipe/neurons/equations"
	"hearpipe/units"
)

// STDPParams describes plasticity of the weights of a connection that depends on the times of spikes.
//
// Its variables are traces of the spikes of one side. A trace that Pre changes belongs to source cells, one that Post
// changes to target cells; equations must not couple both sides. A change of the weight is limited to WMin ... WMax
// after each text.
type STDPParams struct {
	// Name is the name in the network (default stdp0, ...).
	Name string
	// Connection is what is plastic. It may have been there for some time; several rules for one connection run one after
	// the other.
	Connection *Connection
	// Equations are the traces, such as "dapre/dt = -apre/tau : 1". They begin at 0.
	Equations string
	// Pre runs for each synapse of a cell of the source that fires, Post for each one of a cell of the target, such as
	// "apre += 0.01; w += apost*gmax". The weight is w. Other names are as in [SynapsesParams].
	Pre, Post string
	// WMin and WMax are the limits of the weights, with units (default 0 and none).
	WMin, WMax string
	// DelayPre and DelayPost are the times after a spike when Pre and Post run [s]. Nil: DelayPre is the delay of the
	// connection and DelayPost 0; if one is given, the other is the rest of the delay of the connection. Where each synapse
	// has a delay of its own, Pre runs after this delay, Post at once, and neither may be given.
	DelayPre, DelayPost *float64
	// Constants are what names in the texts mean, beside those of the network.
	Constants map[string]units.Quantity
}

// STDP is the plasticity of a connection. In a step spikes are transmitted with the weights from before it; then Pre runs
// for the spikes of the source, then Post for those of the target: two spikes in one step count as source before target.
// Texts run for one cell after the other, ascending.
type STDP struct {
	set  *SynapseSet
	from *Connection
}

// STDP makes the weights of a connection plastic.
func (n *Network) STDP(p STDPParams) (*STDP, error) {
	c := p.Connection
	if c == nil || c.set.net != n {
		return nil, fmt.Errorf("plasticity %s: the connection is missing, or in another network", p.Name)
	}
	fail := func(err error) (*STDP, error) {
		return nil, fmt.Errorf("plasticity %s of connection %s: %w", cmp.Or(p.Name, "without a name"), c.set.name, err)
	}
	eqs, err := equations.ParseSynapses(p.Equations)
	if err != nil {
		return fail(err)
	}
	if err := oneSided(eqs, p.Pre, p.Post); err != nil {
		return fail(err)
	}
	delays, err := p.delays()
	if err != nil {
		return fail(err)
	}
	s := &STDP{from: c}
	sp := SynapsesParams{Name: p.Name, Source: c.p.Source, Target: c.p.Target, Constants: p.Constants}
	weight := c.set.variable("w").dim
	for text, code := range map[*string]string{&sp.OnPre: p.Pre, &sp.OnPost: p.Post} {
		if *text = code; code == "" {
			continue
		}
		*text += "\n" + p.clip(weight)
	}
	for sp.Name == "" || p.Name == "" && n.names[sp.Name] {
		sp.Name = fmt.Sprintf("stdp%d", n.counts["stdp"])
		n.counts["stdp"]++
	}
	// Each trace is solved from event to event where that is possible: it is linear in itself and depends on constants.
	// Others advance in every step.
	sp.Model = withWeight(eventDriven(eqs), weight)
	if s.set, err = n.synapses(sp, "stdp"); err != nil {
		sp.Model = withWeight(p.Equations, weight)
		if s.set, err = n.synapses(sp, "stdp"); err != nil {
			return nil, err
		}
	}
	for _, path := range s.set.pathways {
		if err := s.set.setDelay(path, delays[path.side]); err != nil {
			return fail(err)
		}
	}
	s.set.host = s
	return s, s.prepare()
}

// delays are when Pre and Post run.
func (p *STDPParams) delays() (d [2]float64, err error) {
	all := p.Connection.p.Delay
	given := [2]*float64{p.DelayPre, p.DelayPost}
	if p.Connection.ring != nil {
		if given[pre] != nil || given[post] != nil {
			return d, errors.New("each synapse has a delay of its own: neither a delay of Pre nor one of Post is allowed")
		}
		return d, nil
	}
	switch {
	case given[pre] == nil && given[post] == nil:
		d[pre] = all
	case given[pre] == nil:
		d = [2]float64{all - *given[post], *given[post]}
	case given[post] == nil:
		d = [2]float64{*given[pre], all - *given[pre]}
	default:
		d = [2]float64{*given[pre], *given[post]}
	}
	if d[pre] < 0 || d[post] < 0 {
		return d, fmt.Errorf("delays of %g s for Pre and %g s for Post: want none negative; the connection has %g s", d[pre], d[post], all)
	}
	return d, nil
}

// clip is the statement that limits the weight.
func (p *STDPParams) clip(dim units.Dimension) string {
	lo, hi := p.WMin, p.WMax
	if lo == "" {
		lo = "0*(" + unitOf(dim) + ")"
	}
	if hi == "" {
		hi = "inf"
	}
	return fmt.Sprintf("w = clip(w, %s, %s)", lo, hi)
}

func withWeight(model string, dim units.Dimension) string {
	return fmt.Sprintf("w : %s\n%s", unitOf(dim), model)
}

// eventDriven is the text of equations in which differential ones that say nothing else are (event-driven).
func eventDriven(eqs *equations.Equations) string {
	var b strings.Builder
	for _, q := range eqs.All() {
		switch {
		case q.Alias:
			fmt.Fprintf(&b, "%s = %s\n", q.Name, q.Right)
			continue
		case q.Kind == equations.Static:
			fmt.Fprintf(&b, "%s = %s : %s", q.Name, q.Right, unitOf(q.Dim))
		case q.Kind == equations.Parameter:
			fmt.Fprintf(&b, "%s : %s", q.Name, unitOf(q.Dim))
		case q.Flags.ClockDriven:
			fmt.Fprintf(&b, "d%s/dt = %s : %s (clock-driven)", q.Name, q.Right, unitOf(q.Dim))
		default:
			fmt.Fprintf(&b, "d%s/dt = %s : %s (event-driven)", q.Name, q.Right, unitOf(q.Dim))
		}
		switch f := q.Flags; {
		case f.Constant && f.Shared:
			b.WriteString(" (constant, shared)")
		case f.Constant:
			b.WriteString(" (constant)")
		case f.Shared:
			b.WriteString(" (shared)")
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// oneSided refuses traces that belong to both sides.
func oneSided(eqs *equations.Equations, codes ...string) error {
	owner := map[string]side{}
	changed := map[string]bool{}
	for e, code := range codes {
		list, err := expr.ParseStatements(code, expr.Options{})
		if err != nil {
			return fmt.Errorf("%s: %w", [2]string{"Pre", "Post"}[e], err)
		}
		for _, st := range list {
			if _, ok := eqs.Lookup(st.Target); !ok {
				continue
			}
			if changed[st.Target] && owner[st.Target] != side(e) {
				return st.Src.Errorf(st.Start, st.TargetEnd, "Pre and Post both change %s: a trace belongs to one side; use two variables", st.Target)
			}
			owner[st.Target], changed[st.Target] = side(e), true
		}
	}
	// What an equation reads belongs to the side of its variable, but for parameters that nobody changes: sides spread
	// until nothing changes.
	for again := true; again; {
		again = false
		for _, q := range eqs.All() {
			if q.Right == nil {
				continue
			}
			for _, name := range expr.Identifiers(q.Right) {
				if read, ok := eqs.Lookup(name); !ok || read.Kind == equations.Parameter && !changed[name] {
					continue
				}
				switch {
				case changed[q.Name] && changed[name] && owner[q.Name] != owner[name]:
					return q.Errorf("the equation of %s, a trace of one side, depends on %s, a trace of the other side", q.Name, name)
				case changed[q.Name] && !changed[name]:
					owner[name], changed[name], again = owner[q.Name], true, true
				case changed[name] && !changed[q.Name]:
					owner[q.Name], changed[q.Name], again = owner[name], true, true
				}
			}
		}
	}
	return nil
}

// prepare shares the pairs and the weights of the connection.
func (s *STDP) prepare() error {
	from := s.from.set
	if s.set.N() != from.N() {
		s.set.cells = from.cells
		s.set.grow()
	}
	w := s.set.variable("w")
	w.values, w.set = from.variable("w").values, true
	if s.from.ring != nil {
		for _, p := range s.set.pathways {
			if d := from.variable("delay").values; p.side == pre && !slices.Equal(d, p.delays) {
				p.delays, p.stale = slices.Clone(d), true
			}
		}
	}
	s.set.calls = from.calls
	return nil
}

func (s *STDP) place(to *schedule) {
	set := s.set
	to.add(set.clock, Connections, rankPlasticPre, 0, func(step int64) error { return set.advanceSide(pre, step) })
	to.add(set.clock, Connections, rankPlasticPost, 0, func(step int64) error { return set.advanceSide(post, step) })
}

// Name is the name of the plasticity.
func (s *STDP) Name() string { return s.set.name }

// Synapses are the traces of each synapse, by the numbers of those of the connection, and its weight w. The connection
// makes and removes synapses.
func (s *STDP) Synapses() *SynapseSet { return s.set }
