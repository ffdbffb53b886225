package pipelines

import (
	"strings"

	"hearpipe/stages"
)

// guesses are what an input that cannot be computed may turn out to be: two that have the channels which the fields of the node
// speak of, and differ in everything else, and one with many channels. All have characteristic frequencies, which a node may want of its input.
func guesses(spikes bool, channels int) [3]shape {
	g := [3]shape{
		{spikes: spikes, rate: 44100, channels: channels, frames: 44100},
		{spikes: spikes, rate: 1e6, channels: channels, frames: stages.Unbounded},
		{spikes: spikes, rate: 768e3, channels: 1 << 14, frames: 1 << 30},
	}
	for i := range g {
		if !spikes && g[i].channels <= 1<<14 {
			g[i].cf = repeated(float64(1000+100*i), g[i].channels)
		}
	}
	return g
}

// planAnyway has the type look at a node of which an input is broken, with guesses in the place of that input, and
// reports the mistakes in its own fields that do not depend on the guess. So a value out of its limits is reported together with
// what is wrong upstream, and not one run later.
func (p *planner) planAnyway(n *node) {
	if n.typ.Name == "stages.control" || n.net != nil {
		return // it depends on more nodes than its inputs
	}
	channels := 1
	for _, v := range n.values {
		channels = max(channels, min(len(v.list), maxChannels), min(v.hi, maxChannels))
		if v.waits {
			channels = max(channels, 2) // i and n are for many
		}
	}
	for _, spikes := range []bool{false, true} {
		var common Mistakes
		for k, g := range guesses(spikes, channels) {
			found, all := p.planGuessed(n, g)
			if k == 0 {
				common = found
				continue
			}
			var kept Mistakes
			for _, m := range common {
				same := agree(m, found)
				field, _, _ := strings.Cut(strings.TrimPrefix(m.Element, n.path+"."), ".")
				counts := n.values[field] != nil && n.values[field].waits // it names i or n, of which two guesses are alike
				if same == nil && k == 2 && all > 0 && !counts {          // with many channels something else is wrong, which hides the rest
					same = m
				}
				if same != nil {
					kept = append(kept, same)
				}
			}
			common = kept
		}
		p.add(common...)
	}
}

// agree is what a mistake and one of those found under another guess have in common, nil if nothing. Limits that depend on the
// guess are left out.
func agree(m *Mistake, found Mistakes) *Mistake {
	said, limits, ok := strings.Cut(m.Message, ": want ")
	for _, f := range found {
		if *m == *f {
			return m
		}
		other, _, _ := strings.Cut(f.Message, ": want ")
		same := *m
		same.Message = f.Message
		if ok && limits != "" && said == other && same == *f {
			same.Message = said + beyond
			return &same
		}
	}
	return nil
}

// beyond ends the message about a value whose limits are not known, but which does not lie within any.
const beyond = ": want something else, whatever the input is"

// planGuessed plans a copy of a node whose broken inputs have the shape g. It returns the mistakes in its own fields, and the
// number of all mistakes.
func (p *planner) planGuessed(n *node, g shape) (own Mistakes, all int) {
	c := *n
	c.broken = false
	c.values = map[string]*value{}
	for name, v := range n.values {
		c.values[name] = v
	}
	c.in = nil
	for i, e := range n.in {
		if from := e.from; from.broken || e.port < 0 {
			e = edge{from: &node{name: from.name, path: from.path, space: from.space, el: n.refs[i], typ: &NodeType{}, out: []outPort{{shape: g}}, ends: true}}
		}
		c.in = append(c.in, e)
	}
	before, lists := len(p.mistakes), p.listed
	p.checkRates(&c)
	if !c.broken {
		p.indexValues(&c)
	}
	if !c.broken {
		c.typ.plan(p, &c)
	}
	for _, m := range p.mistakes[before:] {
		if !m.Warning {
			all++
		}
		field, inside := strings.CutPrefix(m.Element, n.path+".")
		field, _, _ = strings.Cut(field, ".")
		if inside && !m.Warning && field != "from" && field != "inputs" && !strings.HasPrefix(field, "from[") {
			own = append(own, m)
		}
	}
	p.mistakes, p.listed = p.mistakes[:before:before], lists
	return own, all
}
