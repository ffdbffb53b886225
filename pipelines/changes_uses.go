package pipelines

import "slices"

// Tunable is a parameter of a pipeline as it can be changed while the pipeline runs.
type Tunable struct {
	Name  string   `json:"name"`
	Value string   `json:"value"`           // as it would be written in the file
	Uses  []string `json:"uses,omitempty"`  // the fields that follow it, "ihc.expr"
	Fixed string   `json:"fixed,omitempty"` // why it cannot be changed, "" if it can
}

// Tunables lists the parameters with the values that hold after all changes accepted so far, in the order of the file.
func (p *Plan) Tunables() []Tunable {
	c := p.changer
	c.mu.Lock()
	defer c.mu.Unlock()
	var list []Tunable
	for _, e := range p.desc.params {
		t := Tunable{Name: e.name}
		if x := c.base.params[e.name]; x != nil {
			t.Value = valueText(x.value)
		}
		u := p.uses(e.name)
		if u.obstacle != nil {
			t.Fixed = u.obstacle.Message
		} else {
			t.Uses = u.fields
		}
		list = append(list, t)
	}
	return list
}

// uses are where a parameter of the outermost pipeline is used, itself or by way of other parameters.
type uses struct {
	nodes    map[string]bool // that follow it when it changes
	fields   []string
	obstacle *Mistake // the first reason for which it cannot change
}

// uses finds the uses of a parameter.
func (p *Plan) uses(name string) *uses {
	u := &uses{nodes: map[string]bool{}}
	names := map[string]map[string]bool{"": closure(p.desc, map[string]bool{name: true})} // by the prefix of a used pipeline
	first := p.changer.first
	for _, key := range sortedKeys(first.spaces) { // "a" stands before "a.b", which lies in it
		s := first.spaces[key]
		outer, inner := names[s.parent.prefix], map[string]bool{}
		for _, k := range s.el.keys {
			if k.name != "set" && mentions(k.value, outer) {
				u.prevent(k.value.mistake("$%s says which pipeline is used here, which cannot change while it runs", name))
			}
			for _, x := range k.value.keys {
				inner[x.name] = inner[x.name] || mentions(x.value, outer)
			}
		}
		names[s.prefix] = closure(s.desc, inner)
	}
	for _, e := range []*element{p.desc.rate, p.desc.duration} {
		if e != nil && mentions(e, names[""]) {
			u.prevent(e.mistake("$%s is used here, and neither rate nor duration of a pipeline can change while it runs", name))
		}
	}
	for _, n := range slices.Concat(p.nodes, p.controls, p.sinks) {
		n.uses(u, name, names[n.space.prefix])
	}
	if u.obstacle == nil && len(u.nodes) == 0 {
		u.prevent(p.desc.src.mistake(position{}, "params."+name, "nothing that runs follows $%s", name))
	}
	return u
}

// uses looks for names, which follow the parameter called name, in the fields of the node.
func (n *node) uses(u *uses, name string, names map[string]bool) {
	for _, k := range n.el.keys {
		seed := names["seed"] && n.draws(k)
		if !seed && !mentions(k.value, names) {
			continue
		}
		f := n.typ.field(k.name)
		switch {
		case seed:
			u.prevent(k.value.mistake("$%s is the seed of the random numbers here, and a seed cannot change while it runs", name))
		case f == nil || !f.Changes:
			u.prevent(k.value.mistake("$%s is used here, and %s of %s cannot change while it runs", name, k.name, n.typ.Name))
		case n.net != nil:
			u.prevent(k.value.mistake("$%s is used here, and the cells of a network cannot change while it runs", name))
		case n.net != nil:
			u.prevent(k.value.mistake("$%s is used here, and %s belongs to a network of cells, which is built as a whole and cannot change while it runs", name, n.name))
		case n.held:
			u.prevent(k.value.mistake("$%s is used here, and %s is changed by a control already", name, n.name))
		case n.inMemory:
			u.prevent(k.value.mistake("$%s is used here, and %s is computed before the run, in memory", name, n.name))
		case n.computed():
			u.nodes[n.name] = true
			u.fields = append(u.fields, n.name+"."+k.name)
		}
	}
}

// draws reports whether a field draws random numbers whose seed is the parameter of that name.
func (n *node) draws(k entry) bool {
	v := n.values[k.name]
	if v == nil || v.field.Kind != Values || k.value.kind != scalarElement {
		return false
	}
	_, random := perChannel(k.value)
	return random && n.values["seed"] == nil
}

func (u *uses) prevent(m *Mistake) {
	if u.obstacle == nil {
		u.obstacle = m
	}
}

// closure adds the parameters that are computed from the given ones.
func closure(d *Description, names map[string]bool) map[string]bool {
	for _, e := range d.params { // a parameter may use those above it
		if mentions(e.value, names) {
			names[e.name] = true
		}
	}
	return names
}

// mentions reports whether one of the parameters stands in an element as $name.
func mentions(e *element, names map[string]bool) bool {
	for _, m := range paramRule.FindAllStringSubmatch(e.text, -1) {
		if names[m[1]] {
			return true
		}
	}
	return slices.ContainsFunc(e.items, func(x *element) bool { return mentions(x, names) }) ||
		slices.ContainsFunc(e.keys, func(k entry) bool { return mentions(k.value, names) })
}
