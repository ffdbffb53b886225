package neurons

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"
	"sort"

	"hearpipe/stages"
)

// GeneratorParams describes cells that fire at given times: either from lists or as a stream of spikes says.
type GeneratorParams struct {
	Name string // in the network (default generator0, ...)
	N    int    // cells (default with a stream: as many as it has)
	// Cells are the cells of the spikes, in any order.
	Cells []int32
	// Times are their times [s]: cell Cells[k] fires in the first step that does not begin before Times[k] (a time that is a
	// multiple of the step to within 1e-4 steps counts as one).
	Times []float64
	// Period repeats the spikes [s]; those at or after its end are left out, with a warning. 0: once.
	Period float64
	// From is a stream of spikes of the rate of the clock.
	From stages.SpikeStage
	// DT is the step [s] (default that of the network, or of the stream).
	DT float64
}

// Generator adds cells that fire at given times. Of several spikes of one cell in one step all but one are left out, and
// so are spikes before time 0; [Group.Warnings] says so.
func (n *Network) Generator(p GeneratorParams) (*Group, error) {
	if p.From != nil {
		return n.streamed(p)
	}
	if len(p.Cells) != len(p.Times) {
		return nil, fmt.Errorf("%s: %s: %d cells and %d times: want one each per spike", n.label(), named("generator", p.Name), len(p.Cells), len(p.Times))
	}
	g, err := n.Group(GroupParams{Name: cmp.Or(p.Name, n.free("generator")), N: p.N, DT: p.DT})
	if err != nil {
		return nil, err
	}
	table, said, err := spikeTable(p, g)
	if err != nil {
		n.unregister(g, g.e.name)
		return nil, fmt.Errorf("generator %s: %w", g.e.name, err)
	}
	g.source, g.said = table, said
	return g, nil
}

// SetSpikes gives a generator of lists other spikes, from now on: those of p, with its period; other fields of p are not
// used. It is for use between two runs.
func (g *Group) SetSpikes(p GeneratorParams) error {
	if _, lists := g.source.(*table); !lists {
		return fmt.Errorf("group %s: it is no generator of listed spikes", g.e.name)
	}
	if len(p.Cells) != len(p.Times) {
		return fmt.Errorf("generator %s: %d cells and %d times: want one each per spike", g.e.name, len(p.Cells), len(p.Times))
	}
	t, said, err := spikeTable(p, g)
	if err != nil {
		return fmt.Errorf("generator %s: %w", g.e.name, err)
	}
	g.source, g.said = t, said
	return nil
}

// free is a name of the kind that no object has.
func (n *Network) free(kind string) string {
	for {
		name := fmt.Sprintf("%s%d", kind, n.counts[kind])
		n.counts[kind]++
		if !n.names[name] {
			return name
		}
	}
}

// table fires what it lists, by step, then cell. It has no state: the place is found from the step.
type table struct {
	spikes []stages.Spike
	period int64 // steps, 0: once
	hint   int   // where the last step ended
}

func spikeTable(p GeneratorParams, g *Group) (*table, []string, error) {
	t := &table{}
	if p.Period != 0 {
		if !(p.Period > 0) || math.IsInf(p.Period, 0) {
			return nil, nil, fmt.Errorf("period of %g s: want a positive time", p.Period)
		}
		t.period = max(1, Steps(p.Period, g.e.dt, Nearest))
	}
	early, late := 0, 0
	for k, x := range p.Times {
		c := p.Cells[k]
		switch {
		case x-x != 0:
			return nil, nil, fmt.Errorf("spike %d is at %g s: want a finite time", k, x)
		case c < 0 || int(c) >= g.e.cells:
			return nil, nil, fmt.Errorf("spike %d is of cell %d: want 0 to %d", k, c, g.e.cells-1)
		case x < 0:
			early++
			continue
		}
		step := Steps(x, g.e.dt, Ceil)
		if t.period > 0 && step >= t.period {
			late++
			continue
		}
		t.spikes = append(t.spikes, stages.Spike{At: step, Cell: c})
	}
	slices.SortFunc(t.spikes, func(a, b stages.Spike) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Cell, b.Cell)) })
	before := len(t.spikes)
	t.spikes = slices.Compact(t.spikes)
	var said []string
	for _, w := range []struct {
		count int
		why   string
	}{
		{early, "before time 0"},
		{late, "at or after the end of the period"},
		{before - len(t.spikes), "of a cell that fires in the same step already"},
	} {
		if w.count > 0 {
			said = append(said, fmt.Sprintf("generator %s: %d spikes left out: %s", g.e.name, w.count, w.why))
		}
	}
	return t, said, nil
}

func (t *table) emit(step int64, list []int32) ([]int32, error) {
	if t.period > 0 {
		step %= t.period
	}
	k := t.hint
	if k > len(t.spikes) || k > 0 && t.spikes[k-1].At >= step || k < len(t.spikes) && t.spikes[k].At < step {
		k = sort.Search(len(t.spikes), func(i int) bool { return t.spikes[i].At >= step })
	}
	for ; k < len(t.spikes) && t.spikes[k].At == step; k++ {
		list = append(list, t.spikes[k].Cell)
	}
	t.hint = k
	return list, nil
}

func (t *table) appendState(b []byte) []byte { return b }

func (t *table) loadState(b []byte) error { return noState(b) }

// noState refuses a state where there is none.
func noState(b []byte) error {
	if len(b) != 0 {
		return fmt.Errorf("the state is damaged: %d bytes of an object without state", len(b))
	}
	return nil
}

// streamed adds cells that fire as a stream says.
func (n *Network) streamed(p GeneratorParams) (*Group, error) {
	f := p.From.Format()
	switch {
	case len(p.Cells) > 0 || len(p.Times) > 0 || p.Period != 0:
		return nil, fmt.Errorf("%s: %s: spikes come either from lists or from a stream", n.label(), named("generator", p.Name))
	case p.N != 0 && p.N < f.First+f.Channels:
		return nil, fmt.Errorf("%s: %s: %d cells, but the stream has cells up to %d", n.label(), named("generator", p.Name), p.N, f.First+f.Channels-1)
	}
	g, err := n.Group(GroupParams{Name: cmp.Or(p.Name, n.free("generator")), N: cmp.Or(p.N, f.First+f.Channels), DT: cmp.Or(p.DT, 1/f.Rate)})
	if err != nil {
		return nil, err
	}
	if math.Abs(float64(g.e.dt*f.Rate)-1) > 1e-9 {
		n.unregister(g, g.e.name)
		return nil, fmt.Errorf("generator %s: a stream of %g Hz does not fit a step of %g s", g.e.name, f.Rate, g.e.dt)
	}
	if err := n.node.Read(stages.Input{From: p.From}); err != nil {
		n.unregister(g, g.e.name)
		return nil, err
	}
	s := &streamSource{from: p.From, clock: g.clock, end: stages.Unbounded}
	g.source = s
	n.feeders = append(n.feeders, s)
	return g, nil
}

// streamSource fires as a stream of spikes says; after its end nobody fires.
type streamSource struct {
	from  stages.SpikeStage
	clock *Clock
	end   int64          // of the stream, once it is known
	list  []stages.Spike // of the steps that were fetched
	k     int            // the next of them
}

func (s *streamSource) fetchTicks(ctx context.Context, at int64, n int) (int, error) {
	p := s.clock.period
	first, last := (at+p-1)/p, (at+int64(n)+p-1)/p
	s.list, s.k = s.list[:0], 0
	if first >= s.end || first == last { // steps before the end may be fetched again: a run may have stopped among them
		return n, nil
	}
	got, err := s.from.FetchSpikes(ctx, first, last)
	s.list = append(s.list, got.List...)
	if err == io.EOF {
		s.end, err = got.End, nil
	}
	if err == nil {
		return n, nil
	}
	return int(got.End*p - at), err
}

func (s *streamSource) endTick() int64 {
	if s.end == stages.Unbounded {
		return s.end
	}
	return s.end * s.clock.period
}

func (s *streamSource) emit(step int64, list []int32) ([]int32, error) {
	for ; s.k < len(s.list) && s.list[s.k].At <= step; s.k++ {
		if x := s.list[s.k]; x.At == step && (len(list) == 0 || list[len(list)-1] != x.Cell) {
			list = append(list, x.Cell)
		}
	}
	return list, nil
}

func (s *streamSource) appendState(b []byte) []byte {
	return binary.LittleEndian.AppendUint64(b, uint64(s.end))
}

func (s *streamSource) loadState(b []byte) error {
	if len(b) != 8 {
		return errShort
	}
	s.end = int64(binary.LittleEndian.Uint64(b))
	return nil
}
