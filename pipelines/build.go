package pipelines

import (
	"context"
	"errors"
	"fmt"

	"hearpipe/stages"
)

// defaultMemory is taken for the memory of a machine that does not say [bytes].
const defaultMemory = 8 << 30

// minSliced is the number of channels from which a part of the graph is cut into slices.
const minSliced = 65

// made is a node that has been built.
type made struct {
	ports []stages.Node
	r     stages.Range
}

// assembly turns planned nodes into stages.
type assembly struct {
	made      map[*node]*made
	alone     bool         // a private copy: whole nodes, no slices
	slice     int          // channels of a slice, 0: [stages.SliceWidth]
	instances *[]*instance // where what is built is listed; nil for private copies
}

// buildError is an error of a constructor, with the node it belongs to.
type buildError struct {
	n   *node
	err error
}

// placedError is an error of a constructor about an entry of a field.
type placedError struct {
	field, name string // name is that of the entry, where the field is a map
	err         error
}

func (e *placedError) Error() string { return e.err.Error() }
func (e *placedError) Unwrap() error { return e.err }

// of is the element of the field or entry, nil if it is not written.
func (e *placedError) of(n *node) *element {
	v := n.values[e.field]
	if v == nil {
		return nil
	}
	for _, x := range v.names {
		if x.name == e.name {
			return x.el
		}
	}
	return v.el
}

func (e *buildError) Error() string { return e.n.label() + ": " + e.err.Error() }
func (e *buildError) Unwrap() error { return e.err }

// region is a part of the graph that is built slice by slice: nodes with the same channels, rate and length whose channels depend on
// the same channel only, and no way leads out of it and back in.
type region struct {
	depth   int
	r       stages.Range
	members []*node  // inputs first
	net     *network // that the members are
	inputs  []edge   // from outside, each once
	outputs []edge   // that somebody outside reads
}

// regions cuts the demanded nodes into regions, inputs first. The depth of a node is the number of borders on the
// longest way to it: an edge inside a region has none, any other edge has one. So all nodes of one depth, range, rate
// and length can be built together, and whatever leads out of a region and back lies deeper.
func regions(nodes, sinks, controls []*node) []*region {
	depth := map[*node]int{}
	var out []*region
	for _, n := range nodes {
		if n.demand.Len() == 0 {
			continue
		}
		d := 0
		if n.net != nil {
			if _, placed := depth[n]; placed {
				continue
			}
			for _, m := range n.net.members {
				for _, e := range m.in {
					d = max(d, depth[e.from]+1)
				}
			}
			for _, m := range n.net.members {
				depth[m] = d
			}
			out = append(out, &region{depth: d, r: n.demand, members: n.net.members, net: n.net})
			continue
		}
		if !n.private {
			for _, e := range n.in {
				k := depth[e.from]
				if !(n.sliced() && !n.table && e.from.sliced() && n.demand == e.from.demand && n.alike(e.from)) {
					k++
				}
				d = max(d, k)
			}
		}
		depth[n] = d
		var home *region
		if n.sliced() {
			for _, r := range out {
				if r.net == nil && r.depth == d && r.r == n.demand && r.members[0].sliced() && n.alike(r.members[0]) {
					home = r
				}
			}
		}
		if home == nil {
			home = &region{depth: d, r: n.demand}
			out = append(out, home)
		}
		home.members = append(home.members, n)
	}
	// Regions in the order of their depth; in one depth they do not depend on each other.
	sorted := make([]*region, 0, len(out))
	for d := 0; len(sorted) < len(out); d++ {
		for _, r := range out {
			if r.depth == d {
				sorted = append(sorted, r)
			}
		}
	}
	where := map[*node]*region{}
	for _, r := range sorted {
		for _, n := range r.members {
			where[n] = r
		}
	}
	for _, r := range sorted {
		for _, n := range r.members {
			if n.private {
				continue
			}
			for _, e := range n.in {
				if where[e.from] != r {
					r.inputs = appendOnce(r.inputs, e)
					where[e.from].outputs = appendOnce(where[e.from].outputs, e)
				}
			}
		}
	}
	for _, s := range sinks {
		where[s.in[0].from].outputs = appendOnce(where[s.in[0].from].outputs, s.in[0])
	}
	for _, n := range controls {
		for _, e := range n.in {
			where[e.from].outputs = appendOnce(where[e.from].outputs, e)
		}
	}
	return sorted
}

// sliced reports whether the node may be part of a slice.
func (n *node) sliced() bool { return (n.local || n.table) && !n.held && n.demand.Len() >= minSliced }

// alike reports whether two nodes have one rate and length, as the nodes of a slice have.
func (n *node) alike(o *node) bool {
	a, b := n.out[0].shape, o.out[0].shape
	return a.rate == b.rate && a.frames == b.frames
}

func appendOnce(list []edge, e edge) []edge {
	for _, x := range list {
		if x == e {
			return list
		}
	}
	return append(list, e)
}

// regionOf builds a region.
func (a *assembly) region(r *region) error {
	if r.net != nil {
		return a.network(r.net)
	}
	if !r.members[0].sliced() || a.alone {
		for _, n := range r.members {
			if err := a.single(n); err != nil {
				return err
			}
		}
		return nil
	}
	inputs := make([]stages.Stage, len(r.inputs))
	for i, e := range r.inputs {
		// What a region reads is the union of what its members need.
		inputs[i] = a.made[e.from].ports[e.port].(stages.Stage)
	}
	nodes, err := stages.Slice(inputs, r.r, a.slice, func(in []stages.Stage, lo, hi int) ([]stages.Node, error) {
		inner := &assembly{made: map[*node]*made{}, instances: a.instances}
		for i, e := range r.inputs {
			m := inner.made[e.from]
			if m == nil {
				m = &made{ports: make([]stages.Node, len(e.from.out)), r: a.made[e.from].r}
				inner.made[e.from] = m
			}
			m.ports[e.port] = in[i]
		}
		for _, n := range r.members {
			if err := inner.node(n, stages.Range{Lo: lo, Hi: hi}); err != nil {
				return nil, err
			}
		}
		out := make([]stages.Node, len(r.outputs))
		for i, e := range r.outputs {
			out[i] = inner.made[e.from].ports[e.port]
		}
		return out, nil
	})
	if err != nil {
		var known *buildError
		if errors.As(err, &known) {
			return err
		}
		return &buildError{r.members[0], err}
	}
	for _, n := range r.members {
		a.made[n] = &made{ports: make([]stages.Node, len(n.out)), r: r.r}
	}
	for i, e := range r.outputs {
		a.made[e.from].ports[e.port] = nodes[i]
	}
	return nil
}

// single builds a node for all the channels it computes.
func (a *assembly) single(n *node) error {
	if n.private {
		in, err := a.privateInputs(n)
		if err != nil {
			return err
		}
		return a.construct(n, in, n.demand)
	}
	return a.node(n, n.demand)
}

// node builds a node for channels r of its inputs, which are made.
func (a *assembly) node(n *node, r stages.Range) error {
	in := make([]stages.Node, len(n.in))
	for i, e := range n.in {
		var err error
		if in[i], err = view(a.made[e.from], e.port, n.inputRange(i, r)); err != nil {
			return &buildError{n, err}
		}
	}
	return a.construct(n, in, r)
}

func (a *assembly) construct(n *node, in []stages.Node, r stages.Range) error {
	ports, err := n.build(in, r)
	if err != nil {
		return &buildError{n, err}
	}
	if len(ports) != len(n.out) {
		panic("pipelines: a type of node built another number of outputs than it planned")
	}
	for i, p := range ports {
		if p == nil {
			continue
		}
		f, want := p.Format(), n.out[i].shape
		if f.Rate != want.rate || f.Frames != want.frames || f.Channels != r.Len() {
			return &buildError{n, fmt.Errorf("built as %d channels, %d frames, %g Hz, planned as %d channels, %d frames, %g Hz (a defect of the program, please report it)",
				f.Channels, f.Frames, f.Rate, r.Len(), want.frames, want.rate)}
		}
	}
	a.made[n] = &made{ports, r}
	if a.instances != nil {
		*a.instances = append(*a.instances, &instance{n, in, r, ports})
	}
	return nil
}

// privateInputs builds everything above a node once more, for this node alone: it reads its inputs to their end while it is
// built, and a stream is read once.
func (a *assembly) privateInputs(n *node) ([]stages.Node, error) {
	own := &assembly{made: map[*node]*made{}, alone: true}
	var build func(n *node) error
	build = func(n *node) error {
		if own.made[n] != nil {
			return nil
		}
		if !n.private {
			for _, e := range n.in {
				if err := build(e.from); err != nil {
					return err
				}
			}
			return own.node(n, stages.Range{Lo: 0, Hi: n.out[0].shape.channels})
		}
		in, err := a.privateInputs(n)
		if err != nil {
			return err
		}
		return own.construct(n, in, stages.Range{Lo: 0, Hi: n.out[0].shape.channels})
	}
	in := make([]stages.Node, len(n.in))
	for i, e := range n.in {
		if err := build(e.from); err != nil {
			return nil, err
		}
		in[i] = own.made[e.from].ports[e.port]
	}
	return in, nil
}

// view takes channels r of a node that has been built for at least these.
func view(m *made, port int, r stages.Range) (stages.Node, error) {
	if m.r == r {
		return m.ports[port], nil
	}
	switch s := m.ports[port].(type) {
	case stages.Stage:
		return stages.NewView(s, r)
	case stages.SpikeStage:
		return viewSpikes(s, r)
	}
	panic("pipelines: a node is neither a stream of frames nor of spikes")
}

// viewSpikes takes the spikes of cells r.
func viewSpikes(src stages.SpikeStage, r stages.Range) (stages.Node, error) {
	f := src.Format()
	f.First, f.Channels = r.Lo, r.Len()
	nodes, err := stages.NewMulti("stages.view", []stages.PortSpec{{Format: f, Spikes: true}}, &spikeView{src, r}, stages.From(src)...)
	if err != nil {
		return nil, err
	}
	return nodes[0], nil
}

// spikeView drops the spikes of other cells.
type spikeView struct {
	src stages.SpikeStage
	r   stages.Range
}

// Fill copies the spikes of the cells in the range.
func (v *spikeView) Fill(ctx context.Context, at int64, n int, dst []stages.Output) (int, error) {
	s, err := v.src.FetchSpikes(ctx, at, at+int64(n))
	for _, x := range s.List {
		if int(x.Cell) >= v.r.Lo && int(x.Cell) < v.r.Hi {
			*dst[0].Spikes = append(*dst[0].Spikes, x)
		}
	}
	return int(s.End - at), err
}
