package neurons

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"hearpipe/stages"
)

// Group adds a group of cells. Its Name is that of its random numbers too; Seed, Frames and Channels must be zero: the
// network has them. The step is that of the network, or that of its inputs, or DT, a multiple of the tick of the network.
// Its spikes are the stream that [Group] embeds, its variables those of [Group.Variable].
func (n *Network) Group(p GroupParams) (*Group, error) {
	if p.Seed != 0 || p.Frames != 0 || p.Channels != (stages.Range{}) {
		return nil, fmt.Errorf("%s: %s: a group of a network has no seed, frames and channels of its own", n.label(), named("group", p.Name))
	}
	p.Constants = over(n.p.Constants, p.Constants)
	p.Functions = over(n.p.Functions, p.Functions)
	p.TimedArrays = over(n.p.TimedArrays, p.TimedArrays)
	g := &Group{net: n, variables: map[string]*stages.Stream{}}
	if err := n.register(g, "group", &p.Name); err != nil {
		return nil, err
	}
	b := &builder{p: p, e: &engine{}, net: n}
	if err := g.build1(b); err != nil {
		n.unregister(g, p.Name)
		return nil, err
	}
	return g, nil
}

// over is the names of a, and those of b, which win.
func over[V any](a, b map[string]V) map[string]V {
	if len(a) == 0 {
		return b
	}
	m := maps.Clone(a)
	maps.Copy(m, b)
	return m
}

// unregister takes back an object that could not be made.
func (n *Network) unregister(o object, name string) {
	delete(n.names, name)
	n.objects = n.objects[:len(n.objects)-1]
}

// emitter decides which cells fire, in the place of a threshold.
type emitter interface {
	// emit appends the cells that fire in a step, ascending, each once.
	emit(step int64, list []int32) ([]int32, error)
	appendState(b []byte) []byte
	loadState(b []byte) error
}

// build1 compiles the group and makes its streams.
func (g *Group) build1(b *builder) error {
	if err := b.build(); err != nil {
		return err
	}
	g.b, g.e, g.method, g.said = b, b.e, b.method, b.said
	n := g.net
	var err error
	if g.clock, err = n.clockOf(g.e.dt); err != nil {
		return err
	}
	g.e.dt = g.clock.dt
	for _, in := range b.inputs {
		if err := n.node.Read(in); err != nil {
			return err
		}
	}
	if len(b.inputs) > 0 {
		g.e.period = g.clock.period
		n.feeders = append(n.feeders, g.e)
	}
	g.SpikeStream, err = n.addSpikes(g.clock, b.p.Name, g.e.cells, func(tick int64, list *[]stages.Spike) {
		for _, c := range g.fired {
			*list = append(*list, stages.Spike{At: tick, Cell: c})
		}
	})
	if err != nil {
		return err
	}
	for _, name := range b.p.Record {
		if _, err := g.Stream(name); err != nil {
			return err
		}
	}
	return nil
}

// Stream is the stream of a variable of a group of a network: a differential variable, a static equation, a parameter, an
// input, not_refractory or lastspike. Frame n is the value at the end of step n. It may be asked for between two runs, too.
func (g *Group) Stream(name string) (*stages.Stream, error) {
	if s := g.variables[name]; s != nil {
		return s, nil
	}
	if g.net == nil {
		return nil, fmt.Errorf("group %s: %s is not recorded: a group that is alone lists what becomes a stream in its description", g.e.name, name)
	}
	r, err := g.b.recorded(name)
	if err != nil {
		return nil, fmt.Errorf("group %s: %w", g.e.name, err)
	}
	s, err := g.net.addFrames(g.clock, g.e.name+"."+name, g.e.cells, func(step int64, to []float64) {
		g.e.row(&r, to, step)
	})
	if err != nil {
		return nil, err
	}
	g.variables[name], g.order = s, append(g.order, name)
	return s, nil
}

// build puts the group into the schedule.
func (g *Group) build(s *schedule) error {
	e := g.e
	s.addOf(g.clock, Groups, rankUser, 0, e, advances, e.advanceAll)
	for _, v := range e.events {
		s.addOf(g.clock, Thresholds, rankUser, 0, e, another, func(step int64) error {
			e.test(v, step)
			return nil
		})
	}
	if g.source != nil {
		s.addOf(g.clock, Thresholds, rankUser, 0, e, another, func(step int64) (err error) {
			g.fired, err = g.source.emit(step, g.fired[:0])
			e.note(g.fired, step)
			return err
		})
		return nil
	}
	if e.threshold == nil {
		return nil
	}
	if g.b.p.Fires != nil { // a function, which may touch anything
		s.add(g.clock, Thresholds, rankUser, 0, func(step int64) error {
			if err := g.decide(step); err != nil {
				return err
			}
			g.fired = e.crossAll(step, g.fired[:0])
			return nil
		})
	} else {
		s.addOf(g.clock, Thresholds, rankUser, 0, e, crosses, func(step int64) error {
			g.fired = e.crossAll(step, g.fired[:0])
			return nil
		})
	}
	if g.resets() {
		s.add(g.clock, Resets, rankUser, 0, g.resetAll)
	}
	return nil
}

// appendState saves the variables, refractoriness and who fired in the last step.
func (g *Group) appendState(b []byte) []byte {
	g.e.next = g.clock.next
	b = appendPart(b, g.e.AppendState(nil))
	if g.source != nil {
		b = appendPart(b, g.source.appendState(nil))
	}
	for _, v := range g.e.events {
		b = appendInts(b, v.list)
	}
	return appendInts(b, g.fired)
}

func (g *Group) loadState(b []byte) ([]byte, error) {
	own, b, err := readPart(b)
	if err != nil {
		return nil, err
	}
	if err := g.e.LoadState(own); err != nil {
		return nil, err
	}
	if g.source != nil {
		if own, b, err = readPart(b); err != nil {
			return nil, err
		}
		if err := g.source.loadState(own); err != nil {
			return nil, err
		}
	}
	lists := []*[]int32{}
	for _, v := range g.e.events {
		lists = append(lists, &v.list)
	}
	for _, list := range append(lists, &g.fired) {
		if *list, b, err = readInts(b, *list); err != nil {
			return nil, err
		}
		for _, c := range *list {
			if c < 0 || int(c) >= g.e.cells {
				return nil, errors.New("the state of the group is damaged: spikes of a cell that it does not have")
			}
		}
	}
	return b, nil
}

// advanceAll and crossAll are the parts of a step in a network.
func (e *engine) advanceAll(step int64) error {
	for i := range e.blocks {
		b := &e.blocks[i]
		if err := e.advance(b, step, int(step-e.base)); err != nil {
			return err
		}
		if e.early {
			e.cross(b, step, int(step-e.base))
		}
	}
	return nil
}

func (e *engine) crossAll(step int64, list []int32) []int32 {
	for i := range e.blocks {
		if !e.early {
			e.cross(&e.blocks[i], step, int(step-e.base))
		}
		list = append(list, e.blocks[i].spiking...)
	}
	return list
}

// row writes the values of a recorded variable.
func (e *engine) row(r *recorded, to []float64, step int64) {
	for i := range e.blocks {
		e.output(r, to, &e.blocks[i], step, int(step-e.base))
	}
}

// fetchTicks gets the frames of the inputs for the steps that begin in ticks at:at+n of the network, and returns how many
// ticks are good.
func (e *engine) fetchTicks(ctx context.Context, at int64, n int) (int, error) {
	p := e.period
	first, last := (at+p-1)/p, (at+int64(n)+p-1)/p
	e.base = first
	if first == last {
		return n, nil
	}
	k, err := e.fetch(ctx, first, int(last-first))
	if err == nil {
		return n, nil
	}
	return int((first+int64(k))*p - at), err
}

func (e *engine) endTick() int64 {
	end := int64(0)
	for _, in := range e.inputs {
		end = max(end, in.src.Ended())
	}
	if end == stages.Unbounded {
		return end
	}
	return end * e.period
}
