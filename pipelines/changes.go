package pipelines

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"hearpipe/stages"
)

// mayChange are the fields that may change while a node runs, by type: each is a number that the node computes with, or a
// text in which $name stands for one. Paths, sizes, rates, methods and seeds never change.
var mayChange = map[string][]string{
	"stages.sum":                         {"weights"},
	"stages.scale":                       {"factor", "gain", "offset"},
	"stages.function":                    {"expr"},
	"filterbank.function":                {"expr"},
	"filterbank.gammatone":               {"cf", "b", "ear_q", "min_bandwidth", "erb_order"},
	"filterbank.asymmetric_compensation": {"cf", "b", "c"},
	"filterbank.resonance":               {"cf", "q"},
	"filterbank.lowpass":                 {"cutoff"},
	"filterbank.gain":                    {"gain"},
	"neurons.group":                      {"equations", "threshold", "reset", "refractory", "constants"},
}

// Change gives parameters of a running pipeline new values from one sample on.
type Change struct {
	At  int64     // sample at the rate of [Plan.ChangeRate], or [stages.Next]
	Set []Setting // which are checked and applied together
}

// changer is what a plan needs to be changed while it runs.
type changer struct {
	mu        sync.Mutex
	first     *planner         // of the pipeline as it began
	base      *planner         // with the values that hold after all changes so far
	nodes     map[string]*node // as they are planned with these values
	instances []*instance
	networks  []*instance   // the first node of each network
	ready     chan struct{} // closed when the stages are built
	changes   stages.Changes
	scheduled []*alteration
	accepted  []Change
}

// instance is one stage of a node: there is one for each slice.
type instance struct {
	n     *node
	in    []stages.Node
	r     stages.Range
	ports []stages.Node
}

// alteration is a change that has been checked.
type alteration struct {
	at    int64
	set   []Setting
	base  *planner
	nodes map[string]*node // planned anew
}

func newChanger(p *planner) *changer {
	c := &changer{first: p, base: p, nodes: map[string]*node{}, ready: make(chan struct{})}
	for _, n := range p.sorted {
		c.nodes[n.name] = n
	}
	return c
}

// ChangeRate is the rate in which the samples of changes are counted [Hz]: that of the source that is computed, of
// several the fastest.
func (p *Plan) ChangeRate() float64 {
	rate := 0.0
	for _, n := range p.nodes {
		if len(n.in) == 0 && len(n.out) > 0 && n.computed() {
			rate = max(rate, n.out[0].shape.rate)
		}
	}
	return rate
}

// Schedule adds changes before the run, in the order of their samples. A change that cannot be made is an error that names
// the parameter, where it is used, and why.
func (p *Plan) Schedule(list []Change) error {
	c := p.changer
	c.mu.Lock()
	defer c.mu.Unlock()
	last := int64(0)
	for _, x := range list {
		if x.At < last {
			return fmt.Errorf("changes at samples %d and %d: want them in the order of their samples", last, x.At)
		}
		last = x.At
		a, err := p.alter(x)
		if err != nil {
			return fmt.Errorf("change at sample %d: %w", x.At, err)
		}
		c.scheduled = append(c.scheduled, a)
		c.accept(a, x.At)
	}
	return nil
}

// Change changes a run that goes on, from any goroutine, and returns the sample from which on the change holds. It waits
// until the run takes it, between two blocks; a context that is done withdraws it. A sample that has been computed is
// refused with a [*stages.LateError]; after the end of the run the error is [stages.ErrEnded].
func (p *Plan) Change(ctx context.Context, x Change) (int64, error) {
	c := p.changer
	select {
	case <-c.ready:
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	a, err := p.alter(x)
	if err != nil {
		return 0, err
	}
	replace, err := p.replacements(a)
	if err != nil {
		return 0, err
	}
	for i, r := range replace { // built now, so that the run need not wait for it
		n, err := r.Make()
		if err != nil {
			return 0, err
		}
		replace[i].Make = func() (stages.Node, error) { return n, nil }
	}
	at, err := c.changes.Submit(ctx, stages.Change{At: x.At, Rate: p.ChangeRate(), Replace: replace})
	if err == nil {
		c.accept(a, at)
	}
	return at, err
}

// Changed lists the changes that were accepted so far, those scheduled before the run included, in the order of their
// samples.
func (p *Plan) Changed() []Change {
	p.changer.mu.Lock()
	defer p.changer.mu.Unlock()
	return slices.Clone(p.changer.accepted)
}

func (c *changer) accept(a *alteration, at int64) {
	c.base = a.base
	for name, n := range a.nodes {
		c.nodes[name] = n
	}
	c.accepted = append(c.accepted, Change{At: at, Set: a.set})
}

// begin hands the scheduled changes to the run that is about to begin, once its stages are built.
func (p *Plan) begin() error {
	rate := p.ChangeRate()
	for _, a := range p.changer.scheduled {
		replace, err := p.replacements(a)
		if err != nil {
			return err
		}
		p.changer.changes.Schedule(stages.Change{At: a.at, Rate: rate, Replace: replace})
	}
	p.changer.scheduled = nil
	close(p.changer.ready)
	return nil
}

// replacements are the stages that a change replaces. A node without any would not follow the change.
func (p *Plan) replacements(a *alteration) ([]stages.Replacement, error) {
	var list []stages.Replacement
	found := map[string]bool{}
	for _, x := range p.changer.instances {
		n := a.nodes[x.n.name]
		i := slices.IndexFunc(x.ports, func(s stages.Node) bool { return s != nil })
		if n == nil || i < 0 {
			continue
		}
		found[n.name] = true
		list = append(list, stages.Replacement{Target: x.ports[i], Make: func() (stages.Node, error) {
			ports, err := n.build(x.in, x.r)
			if err != nil {
				return nil, err
			}
			return ports[i], nil
		}})
	}
	for _, name := range sortedKeys(a.nodes) {
		if !found[name] {
			return nil, fmt.Errorf("%s was built in a way that cannot change while it runs", name)
		}
	}
	return list, nil
}

// alter computes what a change would make of the pipeline and checks all of it.
func (p *Plan) alter(x Change) (*alteration, error) {
	if len(x.Set) == 0 {
		return nil, errors.New("a change sets no parameter")
	}
	if p.ChangeRate() == 0 {
		return nil, errors.New("nothing that runs has a source whose samples could be counted")
	}
	c := p.changer
	follow := map[string]bool{}
	for _, s := range x.Set {
		if !p.desc.HasParameter(s.Name) {
			have := p.desc.parameterNames()
			return nil, fmt.Errorf("the pipeline %s has no parameter %q%s; it has %s", p.desc.Name, s.Name, suggest(s.Name, have), listed(have))
		}
		u := p.uses(s.Name)
		if u.obstacle != nil {
			return nil, Mistakes{u.obstacle}
		}
		for name := range u.nodes {
			follow[name] = true
		}
	}
	next, err := c.base.with(x.Set)
	if err != nil {
		return nil, err
	}
	a := &alteration{at: x.At, set: x.Set, base: next, nodes: map[string]*node{}}
	for _, n := range p.nodes { // inputs first
		if follow[n.name] {
			if err := a.plan(c.nodes[n.name], c.nodes); err != nil {
				return nil, err
			}
		}
	}
	return a, nil
}

// with is a planner that has read the pipeline once more with other values of some parameters.
func (p *planner) with(set []Setting) (*planner, error) {
	opt := p.opt
	opt.Set = slices.DeleteFunc(slices.Clone(opt.Set), func(old Setting) bool {
		return slices.ContainsFunc(set, func(s Setting) bool { return s.Name == old.Name })
	})
	opt.Set = append(opt.Set, set...)
	env, err := newEnvironment(opt.Access)
	if err != nil {
		return nil, err
	}
	next := &planner{desc: p.desc, opt: opt, env: env, params: map[string]*parameter{}, nodes: map[string]*node{}, pipelines: p.pipelines, again: true}
	next.readParams()
	next.readTop()
	next.readNodes()
	if bad := next.mistakes.fatal(); len(bad) > 0 {
		return nil, bad.sorted()
	}
	return next, nil
}

// plan plans a node anew, with the inputs and the place in the graph that it has.
func (a *alteration) plan(old *node, now map[string]*node) error {
	p := a.base
	n := p.nodes[old.name]
	n.refs, n.ports = old.refs, old.ports
	for _, e := range old.in {
		e.from = now[e.from.name]
		if x := a.nodes[e.from.name]; x != nil {
			e.from = x
		}
		n.in = append(n.in, e)
	}
	n.demand, n.wanted = old.demand, old.wanted
	p.plan(n)
	if bad := p.mistakes.fatal(); len(bad) > 0 {
		return bad.sorted()
	}
	same := func(x, y outPort) bool {
		s, t := x.shape, y.shape
		return x.name == y.name && s.spikes == t.spikes && s.rate == t.rate && s.channels == t.channels && s.frames == t.frames
	}
	if !slices.EqualFunc(n.out, old.out, same) {
		return Mistakes{n.el.mistake("%s would give %s instead of %s; what changes while it runs keeps channels, rate and length",
			n.name, n.out[0].shape, old.out[0].shape)}
	}
	a.nodes[n.name] = n
	return nil
}
