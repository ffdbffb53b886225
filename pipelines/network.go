package pipelines

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"hearpipe/neurons"
	"hearpipe/sound"
	"hearpipe/stages"
	"hearpipe/units"
)

// Nodes that name cells of other nodes (synapses, operations, random input) form a network with them: one node of the
// graph of streams, built whole. Cells that nobody names stay alone and are cut into slices as filters are.

// network is the nodes that belong together.
type network struct {
	members []*node // populations and what is attached to them, in the order of the file
	shaped  bool
	asked   bool
	broken  bool
	dt      float64 // step of members that say none [s]
	tick    float64 // divides the steps of all members [s]
	seconds float64 // length, 0 if it has no end that is known
	// withInputs: it is driven, and ends with what drives it
	withInputs bool
	seed       uint64
	// constants are the parameters of the pipeline that the texts of members name, called _name.
	constants map[string]units.Quantity
	trial     *neurons.Network // with few cells each: finds mistakes in texts
	groups    map[*node]*neurons.Group
}

// cellsRef is a field that names cells.
type cellsRef struct {
	field  string
	el     *element
	n      *node
	lo, hi int // hi < 0: all
}

var cellsRule = regexp.MustCompile(`^([^\[\]]+?)(?:\[(\d*):(\d*)\])?$`)

// population reports whether a node of this type is cells that others may name.
func (t *NodeType) population() bool { return t.cells }

// linkCells resolves the fields that name cells and finds the networks.
func (p *planner) linkCells() {
	for _, n := range p.order {
		if n.typ == nil {
			continue
		}
		for i := range n.typ.Fields {
			f := &n.typ.Fields[i]
			v := n.values[f.Name]
			if f.Kind != CellsOf || v == nil || !v.ok {
				continue
			}
			r, problem := p.cellsRef(n, v)
			if problem != "" {
				n.broken = true
				p.add(v.el.mistake("%s", problem))
				continue
			}
			r.field = f.Name
			n.cells = append(n.cells, r)
			join2(n, r.n)
		}
		if n.typ.population() && n.typ.networked && n.net == nil {
			n.net = &network{members: []*node{n}}
		}
	}
	for _, n := range p.order {
		if n.net != nil {
			slices.SortFunc(n.net.members, func(a, b *node) int { return slices.Index(p.order, a) - slices.Index(p.order, b) })
		}
	}
}

func (p *planner) cellsRef(n *node, v *value) (cellsRef, string) {
	m := cellsRule.FindStringSubmatch(v.text)
	if m == nil {
		return cellsRef{}, fmt.Sprintf("%q: want the name of cells, or a part of them such as NAME[0:100]", v.text)
	}
	of, rest, problem := p.find(n.space, m[1])
	switch {
	case of == nil && problem == "":
		return cellsRef{}, "it belongs to a pipeline that could not be read"
	case of == nil:
		return cellsRef{}, problem
	case of.typ == nil:
		return cellsRef{}, fmt.Sprintf("%s has a mistake itself", m[1])
	case rest != "" || !of.typ.population():
		return cellsRef{}, fmt.Sprintf("%s (%s) is not cells: want the name of a node of type neurons.group, neurons.poisson, neurons.generator, neurons.packet or neurons.correlated", m[1], of.typ.Name)
	}
	r := cellsRef{el: v.el, n: of, hi: -1}
	if m[0] != m[1] {
		r.lo, _ = strconv.Atoi(m[2])
		if m[3] != "" {
			r.hi, _ = strconv.Atoi(m[3])
		}
	}
	return r, ""
}

// join2 puts two nodes into one network.
func join2(a, b *node) {
	for _, n := range []*node{a, b} {
		if n.net == nil {
			n.net = &network{members: []*node{n}}
		}
	}
	if a.net == b.net {
		return
	}
	a.net.members = append(a.net.members, b.net.members...)
	for _, n := range b.net.members {
		n.net = a.net
	}
}

// before lists what must be planned and built before a node: its inputs, of a network those of all members, and the cells that
// it names.
func (n *node) before() []*node {
	var list []*node
	members := []*node{n}
	if n.net != nil {
		members = n.net.members
	}
	for _, m := range members {
		for _, e := range m.in {
			list = append(list, e.from)
		}
	}
	for _, r := range n.cells {
		list = append(list, r.n)
	}
	return list
}

// shapeNetwork finds step, length and seed of a network, once the inputs of all members are planned.
func (p *planner) shapeNetwork(n *node) bool {
	w := n.net
	if w.shaped {
		return !w.broken
	}
	w.shaped = true
	w.groups = map[*node]*neurons.Group{}
	longest, duration, driven := 0.0, 0.0, false
	var steps []float64
	var seeded *node // a member that says the seed
	for _, m := range w.members {
		if !p.resolve(m) {
			w.broken = true
			return false
		}
		if !m.typ.population() {
			continue
		}
		switch {
		case len(m.in) > 0:
			s := m.in[0].shape()
			for _, e := range m.in {
				longest = max(longest, e.shape().seconds())
			}
			steps = append(steps, 1/s.rate)
			if !driven {
				w.dt, driven = 1/s.rate, true
			}
		case m.has("dt"):
			x := m.num("dt")
			if !(x > 0) || math.IsInf(x, 0) {
				m.fail(p, "dt", "%s: want a positive, finite value", quantityText(x, "s"))
				w.broken = true
				return false
			}
			steps = append(steps, x)
			if !driven && (w.dt == 0 || x < w.dt) {
				w.dt = x
			}
		}
		if m.has("duration") {
			duration = max(duration, m.num("duration"))
		}
		if v := m.values["seed"]; v != nil && v.given {
			seed := p.seedOf(m)
			if seeded != nil && seed != w.seed {
				m.fail(p, "seed", "%d, but %s has the seed %d: cells of one network have one seed, and random numbers of their own by their names", seed, seeded.name, w.seed)
				w.broken = true
				return false
			}
			w.seed, seeded = seed, m
		}
	}
	for _, m := range w.members {
		p.memberConstants(m)
	}
	if w.seed == 0 {
		for _, m := range w.members {
			if v := m.values["seed"]; v == nil || !v.given {
				w.seed = p.seedWithout(m)
				break
			}
		}
	}
	if w.dt == 0 {
		w.dt = 1e-4
	}
	if w.tick = commonTick(append(steps, w.dt)); w.tick == 0 {
		n.fail(p, "", "the steps of the cells of this network have no common divisor: want multiples of one step")
		w.broken = true
		return false
	}
	switch {
	case driven && duration == 0:
		w.seconds = longest
	case !driven && p.seconds != 0:
		w.seconds = p.seconds
	default:
		w.seconds = duration
	}
	if math.IsInf(w.seconds, 0) {
		w.seconds, w.withInputs = 0, true
	}
	var err error
	if w.trial, err = w.make(); err != nil {
		n.fail(p, "", "%v", err)
		w.broken = true
	}
	return !w.broken
}

// memberConstants collects the parameters that the texts of a member name. Those that are no quantity are reported where the
// text is used.
func (p *planner) memberConstants(m *node) {
	defer p.enter(m.space)()
	if m.net.constants == nil {
		m.net.constants = map[string]units.Quantity{}
	}
	for _, v := range m.values {
		if v.el == nil {
			continue
		}
		texts := []string{v.el.text}
		for _, x := range v.names {
			texts = append(texts, x.el.text)
		}
		for _, ref := range paramRule.FindAllStringSubmatch(strings.Join(texts, " "), -1) {
			if x := p.params[ref[1]]; x != nil && x.ok {
				if q, scalar := x.value.Quantity(); scalar {
					m.net.constants["_"+ref[1]] = q
				}
			}
		}
	}
}

// memberText is the text of a field in which $name is replaced by the constant _name of the network.
func (p *planner) memberText(n *node, field string) (string, bool) {
	v := n.values[field]
	if v == nil {
		return "", true
	}
	for _, ref := range paramRule.FindAllStringSubmatch(v.text, -1) {
		x := p.params[ref[1]]
		if _, scalar := x.value.Quantity(); !scalar {
			n.fail(p, field, "$%s is %s; the texts of a network take numbers and quantities", ref[1], describe(x.value))
			return "", false
		}
	}
	return paramRule.ReplaceAllString(v.text, "_$1"), true
}

// textError puts an error about the text of a field to its place.
func (p *planner) textError(n *node, field string, err error) {
	before := len(p.mistakes)
	if v := n.values[field]; v != nil && v.el != nil && v.el.kind == scalarElement {
		n.failIn(p, field, err)
	} else {
		n.fail(p, field, "%v", err)
	}
	for _, m := range p.mistakes[before:] {
		m.Message = constantName.ReplaceAllStringFunc(m.Message, func(name string) string {
			if p.params[name[1:]] == nil {
				return name
			}
			return "$" + name[1:]
		})
	}
}

func (w *network) make() (*neurons.Network, error) {
	return neurons.NewNetwork(neurons.NetworkParams{Seed: w.seed, DT: w.dt, Tick: w.tick, Seconds: w.seconds, WithInputs: w.withInputs, Constants: w.constants})
}

// commonTick is the longest time that divides all steps, 0 if there is none that is not much shorter.
func commonTick(steps []float64) float64 {
	shortest := slices.Min(steps)
	for k := 1.0; k <= 1000; k++ {
		tick := shortest / k
		if !slices.ContainsFunc(steps, func(x float64) bool {
			q := x / tick
			return math.Abs(q-math.RoundToEven(q)) > 1e-9*q
		}) {
			return tick
		}
	}
	return 0
}

// memberShape is the shape of the spikes of cells of a network.
func (p *planner) memberShape(n *node, cells int) shape {
	w := n.net
	dt := w.dt
	if len(n.in) > 0 {
		dt = 1 / n.in[0].shape().rate
	} else if n.has("dt") {
		dt = n.num("dt")
	}
	s := shape{spikes: true, channels: cells, rate: 1 / dt, frames: stages.Unbounded}
	if k := math.RoundToEven(s.rate); math.Abs(s.rate-k) <= 1e-9*s.rate {
		s.rate = k
	}
	if w.seconds > 0 {
		ticks := neurons.Steps(w.seconds, w.tick, neurons.Ceil)
		per := int64(math.RoundToEven(dt / w.tick))
		s.frames = (ticks + per - 1) / per
	}
	return s
}

// fewCells is how many cells a group on trial has.
const fewCells = 2

// try makes cells on trial, which finds the mistakes in their texts.
func (n *node) try(p *planner) (*neurons.Group, error) {
	in := make([]stages.Node, len(n.in))
	for i := range n.in {
		s := n.in[i].shape()
		if s.spikes {
			continue // what is on trial does without
		}
		stand, err := sound.NewSilence(sound.SilenceParams{Length: sound.Length{Frames: 1}, Rate: s.rate, Width: min(s.channels, fewCells)})
		if err != nil {
			return nil, err
		}
		in[i] = stand
	}
	g, err := n.member(n.net.trial, in, min(n.out[0].shape.channels, fewCells))
	if err == nil {
		n.net.groups[n] = g
	}
	return g, err
}

// tried finds the cells of a reference among those on trial; false if they have mistakes.
func (n *node) tried(p *planner, field string) (neurons.Cells, bool) {
	for _, r := range n.cells {
		if r.field != field {
			continue
		}
		g := n.net.groups[r.n]
		if g == nil || r.n.broken {
			n.broken = true
			return neurons.Cells{}, false
		}
		if _, _, err := r.bounds(); err != nil {
			n.fail(p, field, "%v", err)
			return neurons.Cells{}, false
		}
		return g.All(), true
	}
	return neurons.Cells{}, true
}

func (r cellsRef) bounds() (lo, hi int, err error) {
	n := r.n.out[0].shape.channels
	lo, hi = r.lo, r.hi
	if hi < 0 {
		hi = n
	}
	if lo >= hi || hi > n {
		return 0, 0, fmt.Errorf("cells %d:%d of %s: want lo < hi within 0:%d", lo, hi, r.n.name, n)
	}
	return lo, hi, nil
}

// placed finds the cells of a reference in the network that is built.
func (n *node) placed(groups map[*node]*neurons.Group, field string) (neurons.Cells, error) {
	for _, r := range n.cells {
		if r.field == field {
			lo, hi, err := r.bounds()
			if err != nil {
				return neurons.Cells{}, err
			}
			return groups[r.n].Cells(lo, hi)
		}
	}
	return neurons.Cells{}, nil
}

// network builds a network from its members, whose inputs are made.
func (a *assembly) network(w *network) error {
	net, err := w.make()
	if err != nil {
		return &buildError{w.members[0], err}
	}
	groups := map[*node]*neurons.Group{}
	for _, n := range w.members {
		if !n.typ.population() {
			continue
		}
		in := make([]stages.Node, len(n.in))
		for i, e := range n.in {
			if in[i], err = view(a.made[e.from], e.port, n.all(i)); err != nil {
				return &buildError{n, err}
			}
		}
		if groups[n], err = n.member(net, in, n.out[0].shape.channels); err != nil {
			return &buildError{n, err}
		}
		ports := []stages.Node{groups[n]}
		for _, o := range n.out[1:] {
			s, err := groups[n].Stream(o.name)
			if err != nil {
				return &buildError{n, err}
			}
			ports = append(ports, s)
		}
		a.made[n] = &made{ports, stages.Range{Lo: 0, Hi: n.out[0].shape.channels}}
	}
	for _, n := range w.members {
		if n.attach == nil {
			continue
		}
		if err := n.attach(net, groups); err != nil {
			return &buildError{n, err}
		}
	}
	if err := net.Build(); err != nil {
		return &buildError{w.members[0], err}
	}
	return nil
}
