package pipelines

import (
	"fmt"
	"math"
	"strings"
)

// link resolves from: and fields that name nodes.
func (p *planner) link() {
	for _, n := range append(append([]*node(nil), p.order...), p.sinks...) {
		if n.typ == nil {
			continue
		}
		if n.typ.from.max > 0 {
			p.linkFrom(n)
		}
		for i := range n.typ.Fields {
			f := &n.typ.Fields[i]
			if v := n.values[f.Name]; f.Kind == Streams && v != nil && v.ok {
				for _, x := range v.names {
					p.connect(n, x.el)
				}
			}
		}
	}
}

func (p *planner) linkFrom(n *node) {
	from := n.el.get("from")
	if from == nil || from.kind == nullElement {
		if n.typ.from.min > 0 {
			p.add(n.el.mistake("%s has no from: which node does it read? %s", n.typ.Name, n.typ.Inputs))
			n.broken = true
		}
		return
	}
	items := []*element{from}
	if from.kind == listElement {
		items = from.items
	}
	if len(items) < n.typ.from.min || len(items) > n.typ.from.max {
		p.add(from.mistake("%s reads %s; from names %d", n.typ.Name, n.typ.from, len(items)))
		n.broken = true
		return
	}
	for _, e := range items {
		p.connect(n, e)
	}
}

func (m minMax) String() string {
	switch {
	case m.min == m.max && m.min == 1:
		return "one node"
	case m.min == m.max:
		return fmt.Sprintf("%d nodes", m.min)
	case m.max == math.MaxInt:
		return fmt.Sprintf("%d nodes or more", m.min)
	}
	return fmt.Sprintf("%d to %d nodes", m.min, m.max)
}

// connect adds the node that e names, "cochlea" or "anf.v", as an input of n. Ports are resolved when their node is
// planned.
func (p *planner) connect(n *node, e *element) {
	if e.kind != scalarElement {
		p.add(e.mistake("want the name of a node, this is %v", e.kind))
		n.broken = true
		return
	}
	from, rest, problem := p.find(n.space, e.text)
	if from == nil {
		if problem != "" {
			p.add(e.mistake("%s", problem))
		}
		// Something broken stands for it, so that the rest of the node is checked.
		from = &node{name: e.text, space: n.space, el: e, broken: true, state: done}
	}
	if from.typ != nil && (from.typ.Name == "stages.control" || from.typ.attached) {
		what := "a control: it changes other nodes"
		if from.typ.attached {
			what = from.typ.Name + ": it belongs to the cells that it names"
		}
		p.add(e.mistake("%s is %s and has no output", from.name, what))
		n.broken = true
		return
	}
	n.in = append(n.in, edge{from: from})
	n.refs = append(n.refs, e)
	n.ports = append(n.ports, rest)
}

// sort orders the nodes so that inputs come first, and finds cycles.
func (p *planner) sort() {
	var path []*node
	var walk func(n *node)
	walk = func(n *node) {
		switch n.state {
		case done:
			return
		case walking:
			i := 0
			for path[i] != n {
				i++
			}
			var names []string
			for _, x := range path[i:] {
				names = append(names, x.name)
				x.broken = true
			}
			p.add(n.el.mistake("the nodes read each other in a circle: %s reads %s", strings.Join(names, " reads "), n.name))
			return
		}
		n.state = walking
		path = append(path, n)
		for _, before := range n.before() {
			walk(before)
		}
		path = path[:len(path)-1]
		n.state = done
		if n.typ != nil && n.typ.Name == "stages.control" {
			p.controls = append(p.controls, n) // nobody reads it; it is made when all others are
			return
		}
		p.sorted = append(p.sorted, n)
	}
	for _, n := range p.order {
		walk(n)
	}
}

// resolve finds the outputs that the inputs of a node name, once what they belong to is planned. It reports whether the node
// has no mistake so far.
func (p *planner) resolve(n *node) bool {
	if n.resolved || n.typ == nil {
		return !n.broken
	}
	n.resolved = true
	for i, e := range n.in {
		if e.from.broken {
			n.in[i].port = -1
			n.broken = true
			continue
		}
		port, named := strings.CutPrefix(n.ports[i], ".")
		n.in[i].port = -1
		var have []string
		for k, o := range e.from.out {
			if o.name == port && (named || o.name == "") || !named && k == 0 {
				n.in[i].port = k
				break
			}
			if o.name != "" {
				have = append(have, e.from.name+"."+o.name)
			}
		}
		if n.in[i].port < 0 {
			hint := ""
			if e.from.typ.field("record") != nil {
				hint = "; variables that the field record lists are outputs"
			}
			p.add(n.refs[i].mistake("%s (%s) has no output %q; its outputs are %s%s", e.from.name, e.from.typ.Name, port, listed(append([]string{e.from.name}, have...)), hint))
			n.broken = true
		}
	}
	return !n.broken
}

// plan has the type look at the node once the shapes of its inputs are known.
func (p *planner) plan(n *node) {
	defer p.enter(n.space)()
	sound := !n.broken && n.typ != nil // whatever is wrong then is wrong upstream
	p.resolve(n)
	if n.broken || n.typ == nil {
		n.broken = true
		if sound {
			p.planAnyway(n)
		}
		return
	}
	p.checkRates(n)
	p.indexValues(n)
	if n.broken || n.net != nil && !p.shapeNetwork(n) {
		n.broken = true
		return
	}
	n.typ.plan(p, n)
	for _, o := range n.out {
		if o.shape.channels > maxChannels && !n.broken {
			n.fail(p, "", "%d channels; a node may have %d", o.shape.channels, maxChannels)
		}
	}
	if !n.broken && len(n.in) == 0 && !n.typ.Sink && len(n.out) > 0 && !n.out[0].shape.spikes {
		p.fitSource(n)
	}
}

// checkRates refuses inputs of different rates: only nodes that say so change the rate.
func (p *planner) checkRates(n *node) {
	for i, e := range n.in {
		a, b := n.in[0].shape().rate, e.shape().rate
		if a != b {
			p.add(n.refs[i].mistake("%s has %s, but %s has %s; one rate is needed: give the pipeline a rate (rate: %s at the top) or the source a field rate",
				e.from.name, quantityText(b, "Hz"), n.in[0].from.name, quantityText(a, "Hz"), quantityText(a, "Hz")))
			n.broken = true
			return
		}
	}
}
