package pipelines

import (
	"slices"
	"strings"

	"hearpipe/stages"
)

// Stream describes an output of a node to those who look at a pipeline from outside.
type Stream struct {
	Name     string // "cochlea", "anf.v"
	Type     string // of the node
	Source   bool   // the node reads nothing
	Live     bool   // the node cannot wait: a microphone
	Spikes   bool
	Rate     float64   // [Hz]
	Channels int       // or cells
	CF       []float64 // centre frequencies [Hz], one per channel; nil if the channels have none
}

// Tap is a sink that does not stand in the pipeline's file: something that watches a stream.
type Tap struct {
	Stream string // what it reads
	// Open makes the sink; channels are those of in, which are fewer than the stream's where Options.Channels says so.
	Open func(in stages.Node) (stages.Sink, error)
}

// tapType is what all taps are to the checks that sinks go through.
var tapType = &NodeType{Name: "tap", Sink: true}

// streams lists the outputs of all nodes that are sound, inputs first.
func (p *planner) streams() []Stream {
	var list []Stream
	for _, n := range p.sorted {
		if n.broken || n.typ == nil {
			continue
		}
		for _, o := range n.out {
			s := Stream{Name: n.name, Type: n.typ.Name, Source: len(n.in) == 0, Live: n.live, Spikes: o.shape.spikes, Rate: o.shape.rate, Channels: o.shape.channels, CF: o.shape.cf}
			if o.name != "" {
				s.Name += "." + o.name
			}
			list = append(list, s)
		}
	}
	return list
}

// tap adds the sinks that [Options.Taps] wants.
func (p *planner) tap() {
	if p.opt.TapsOnly {
		p.sinks = nil
	}
	if p.opt.Taps == nil {
		return
	}
	have := p.streams()
	taps, err := p.opt.Taps(have)
	if err != nil {
		p.add(p.desc.src.mistake(position{}, "", "%v", err))
		return
	}
	root := p.outermost()
	for _, t := range taps {
		n, rest, _ := p.find(root, t.Stream)
		port := -1
		if n != nil {
			port = slices.IndexFunc(n.out, func(o outPort) bool { return "."+o.name == rest || rest == "" && o.name == "" })
		}
		if port < 0 {
			var names []string
			for _, s := range have {
				names = append(names, s.Name)
			}
			p.add(p.desc.src.mistake(position{}, "", "there is no stream %q%s; the pipeline has %s", t.Stream, suggest(t.Stream, names), listed(names)))
			continue
		}
		p.sinks = append(p.sinks, &node{
			path: "tap " + t.Stream, space: root, typ: tapType, el: &element{kind: mapElement, src: p.desc.src, path: "tap " + t.Stream},
			in: []edge{{n, port}}, out: nil, part: section{0, stages.Unbounded, 1}, fixed: 1 << 20, open: t.Open,
		})
	}
}

// watch has a meter measure all nodes by name.
func (p *Plan) watch(m *stages.Meter) {
	for _, x := range p.changer.instances {
		within := map[stages.Node]bool{}
		for _, in := range x.in {
			within[in] = true
		}
		var walk func(s stages.Node)
		walk = func(s stages.Node) { // what a node is built of, up to its inputs
			if s == nil || within[s] {
				return
			}
			within[s] = true
			m.Watch(x.n.name, s)
			for _, in := range s.Inputs() {
				walk(in)
			}
		}
		for _, s := range x.ports {
			walk(s)
		}
	}
	for _, x := range p.changer.networks {
		for _, s := range x.ports {
			if s != nil {
				m.Watch(x.n.name, s)
			}
		}
	}
}

// firsts finds for each network the first of its nodes that has outputs: it stands for all of them, which are computed as one.
func (p *Plan) firsts() map[*network]*node {
	first := map[*network]*node{}
	for _, n := range p.nodes {
		if n.net != nil && first[n.net] == nil && n.demand.Len() > 0 && len(n.out) > 0 {
			first[n.net] = n
		}
	}
	return first
}

// SinkNames says what the sinks of a run are, in the order of [stages.BlockCost.Sinks]: the path of a file, or the name of a stream.
func (p *Plan) SinkNames() []string {
	var list []string
	for _, n := range p.sinks {
		switch {
		case n.has("path"):
			list = append(list, n.text("path"))
		default:
			list = append(list, strings.TrimPrefix(n.path, "tap "))
		}
	}
	return list
}

// Streams lists the outputs of all nodes, inputs first.
func (p *Plan) Streams() []Stream { return p.changer.first.streams() }

// NodeNames lists the nodes that are computed, inputs first; of a network, which is computed as one, the first.
func (p *Plan) NodeNames() []string {
	var list []string
	first := p.firsts()
	for _, n := range p.nodes {
		if n.demand.Len() > 0 && (n.net == nil || first[n.net] == n) {
			list = append(list, n.name)
		}
	}
	return list
}

// SpikeSinks says for each sink, in the order of SinkNames, which stream of spikes it reads, "" if it reads frames.
func (p *Plan) SpikeSinks() []string {
	list := make([]string, len(p.sinks))
	for i, n := range p.sinks {
		if e := n.in[0]; e.shape().spikes {
			list[i] = strings.TrimSuffix(e.from.name+"."+e.from.out[e.port].name, ".")
		}
	}
	return list
}
