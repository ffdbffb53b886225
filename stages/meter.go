package stages

import "time"

// Meter measures what a run costs, node by node and block by block, as [RunOptions.Meter]. A run without one does not look
// at the clock. Measuring changes no result and allocates nothing per block.
type Meter struct {
	// Block is called after each block, on the goroutine of [Run]; it does not keep the lists of b.
	Block func(b BlockCost)

	names []string
	cores map[*core]int
}

// BlockCost is what one block of a run took.
type BlockCost struct {
	Frames  int64           // frames of the fastest sink so far, this block included
	Rate    float64         // of the fastest sink [Hz]
	Elapsed time.Duration   // wall time of the block, waiting for sources included
	Nodes   []time.Duration // time spent in each watched name, that of its inputs excluded, summed over workers
	Sinks   []time.Duration // time spent in each sink, in the order of [Run]
	Spikes  []int64         // spikes each sink has received so far
}

// Watch adds the node behind a port, those inside of a [Slice] included, to what is measured under a name, and returns the
// index of the name in [BlockCost.Nodes]. A node that was not made by [New] has no cost of its own. It is called before the run.
func (m *Meter) Watch(name string, port Node) int {
	i := -1
	for k, have := range m.names {
		if have == name {
			i = k
		}
	}
	if i < 0 {
		i = len(m.names)
		m.names = append(m.names, name)
	}
	if c := coreOf(port); c != nil {
		if m.cores == nil {
			m.cores = map[*core]int{}
		}
		m.cores[c] = i
	}
	return i
}

// Names are the watched names, in the order of [BlockCost.Nodes].
func (m *Meter) Names() []string { return m.names }

// stopwatch tells the time that a node takes from the time its inputs take. One serves all nodes of a graph, which one
// goroutine computes; nil measures nothing.
type stopwatch struct {
	inner time.Duration // spent in the inputs of the node that is being computed
}

type lap struct {
	begin time.Time
	outer time.Duration
}

func (w *stopwatch) start() lap {
	if w == nil {
		return lap{}
	}
	l := lap{time.Now(), w.inner}
	w.inner = 0
	return l
}

func (w *stopwatch) stop(l lap) time.Duration {
	if w == nil {
		return 0
	}
	total := time.Since(l.begin)
	own := total - w.inner
	w.inner = l.outer + total
	return own
}

// measurement is a Meter at work; nil measures nothing.
type measurement struct {
	m     *Meter
	g     *Graph
	cost  BlockCost
	cores []*core
	index []int // of the name of each core
}

// measure begins to measure a graph of so many sinks.
func (g *Graph) measure(m *Meter, sinks int) *measurement {
	if m == nil || m.Block == nil {
		return nil
	}
	x := &measurement{m: m, g: g}
	x.cost = BlockCost{Rate: g.rate, Nodes: make([]time.Duration, len(m.names)), Sinks: make([]time.Duration, sinks), Spikes: make([]int64, sinks)}
	g.eachCore(func(c *core, w *stopwatch) {
		c.watch, c.spent = w, 0
		if i, ok := m.cores[c]; ok {
			x.cores, x.index = append(x.cores, c), append(x.index, i)
		}
	})
	return x
}

// eachCore visits all nodes, those inside of slices included, with the stopwatch of their graph.
func (g *Graph) eachCore(visit func(c *core, w *stopwatch)) {
	w := &stopwatch{}
	for _, c := range g.cores {
		visit(c, w)
		if s, ok := c.filler.(*slicer); ok {
			for _, sl := range s.slices {
				sl.g.eachCore(visit)
			}
		}
	}
}

func (x *measurement) begin() time.Time {
	if x == nil {
		return time.Time{}
	}
	clear(x.cost.Sinks)
	return time.Now()
}

// sink is where the cost of a sink goes, nil if nobody measures.
func (x *measurement) sink(i int) *time.Duration {
	if x == nil {
		return nil
	}
	return &x.cost.Sinks[i]
}

func (x *measurement) block(begin time.Time, n int64, pulls []*pull) {
	if x == nil {
		return
	}
	x.g.land()
	for i, p := range pulls {
		x.cost.Spikes[i] = p.fired
	}
	x.cost.Frames, x.cost.Elapsed = n, time.Since(begin)
	clear(x.cost.Nodes)
	for k, c := range x.cores {
		x.cost.Nodes[x.index[k]] += c.spent
		c.spent = 0
	}
	x.m.Block(x.cost)
}

func (x *measurement) end() {
	if x != nil {
		x.g.land() // slices look at their watches
		x.g.eachCore(func(c *core, _ *stopwatch) { c.watch = nil })
	}
}

// began is the time at which the cost of a sink begins, if anybody measures it.
func began(cost *time.Duration) time.Time {
	if cost == nil {
		return time.Time{}
	}
	return time.Now()
}

func took(cost *time.Duration, begin time.Time) {
	if cost != nil {
		*cost += time.Since(begin)
	}
}
