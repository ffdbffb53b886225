package stages

import "math"

// demand is how one node is read, in its own frames.
type demand struct {
	consumers int
	lead      int // how far its furthest consumer makes it run ahead of the frames of the run
	lag       int // how far behind its own position the slowest consumer may read
	control   bool
}

// demands computes who reads how far, from the roots upwards, in a run of so many frames per block.
func (g *Graph) demands(roots []Node, block int) map[*port]*demand {
	need := map[*port]*demand{}
	get := func(n Node) *demand {
		p, ok := n.(ported)
		if !ok {
			return &demand{}
		}
		d := need[p.port()]
		if d == nil {
			d = &demand{}
			need[p.port()] = d
			p.port().reached = true
		}
		return d
	}
	for _, r := range roots {
		get(r).consumers++
	}
	for _, in := range g.foreign() { // all consumers of a stage of another make read through it
		get(in).consumers += 2
	}
	// Leads flow from consumers to inputs; a control makes its inputs run as far as its targets. Each pass lets the
	// leads pass one more control.
	for pass := range 2 + len(g.controls) {
		for i := len(g.cores) - 1; i >= 0; i-- {
			c := g.cores[i]
			lead := c.lead(need) + g.inAdvance(c, block)
			for _, in := range c.inputs {
				d := get(in.From)
				scale := in.From.Format().Rate / c.ports[0].format.Rate
				d.lead = max(d.lead, in.Ahead+int(math.Ceil(float64(lead)*scale)))
				if pass == 0 {
					d.consumers++
				}
			}
		}
		for _, k := range g.controls {
			for _, n := range k.nodes {
				d := get(n)
				for _, t := range k.targets {
					d.lead = max(d.lead, t.lead(need))
				}
				if pass == 0 {
					d.consumers++
					d.control = true
				}
			}
		}
	}
	for _, k := range g.controls {
		for _, t := range k.targets {
			if !t.read(need) { // driven by its control alone, but its Filler still needs a place to write to
				get(&Stream{t.ports[0]})
			}
		}
	}
	for _, n := range append(g.foreign(), roots...) { // a sink stays where it is while others make its stream run ahead
		get(n).lag = max(get(n).lag, get(n).lead)
	}
	behind := g.behind(roots)
	for _, c := range g.cores {
		for _, in := range c.inputs {
			d := get(in.From)
			scale := in.From.Format().Rate / c.ports[0].format.Rate
			lag := in.History + d.lead - int(math.Floor(float64(c.lead(need))*scale)) + scaled(behind[c], scale)
			if scale != 1 {
				lag += 2 // two output frames may lie in one input frame
			}
			d.lag = max(d.lag, lag)
		}
	}
	for _, k := range g.controls {
		late := k.late(behind)
		for _, n := range k.nodes {
			d := get(n)
			d.lag = max(d.lag, int(k.interval)+d.lead+late)
		}
	}
	return need
}

// foreign lists the inputs of the nodes that were not made by New: they keep no window of their own.
func (g *Graph) foreign() []Node {
	var inputs []Node
	for _, n := range g.nodes {
		if n, ok := n.(Node); ok {
			for _, in := range n.Inputs() {
				if in != nil {
					inputs = append(inputs, in)
				}
			}
		}
	}
	return inputs
}

// behind is how many of its own frames each node may lag behind the run: none where a sink reads it in each block, one
// where that sink is slower than the fastest, an interval where only a control reads it or drives it.
func (g *Graph) behind(roots []Node) map[*core]int {
	late := map[*core]int{}
	for _, c := range g.cores {
		late[c] = math.MaxInt32
	}
	least := func(n Node, frames int) {
		if c := coreOf(n); c != nil {
			late[c] = min(late[c], frames)
		}
	}
	for _, r := range roots {
		if r.Format().Rate < g.rate {
			least(r, 1)
		} else {
			least(r, 0)
		}
	}
	for _, in := range g.foreign() {
		least(in, 0)
	}
	for range 2 + len(g.controls) { // as many rounds as for leads
		for i := len(g.cores) - 1; i >= 0; i-- {
			c := g.cores[i]
			for _, in := range c.inputs {
				scale, frames := in.From.Format().Rate/c.ports[0].format.Rate, late[c]
				if scale > 1 && frames < math.MaxInt32 {
					frames++ // of the input frames of its last frame it may have read only the first
				}
				least(in.From, scaled(frames, scale))
			}
		}
		for _, k := range g.controls {
			l := int(min(k.interval+int64(k.late(late)), math.MaxInt32))
			for _, n := range k.nodes {
				least(n, l)
			}
			for _, t := range k.targets {
				late[t] = min(late[t], l)
			}
		}
	}
	return late
}

// late is how many frames an update may lag behind the run: as many as the first of the nodes that make it due.
func (k *Controller) late(behind map[*core]int) int {
	late := math.MaxInt32
	for _, c := range k.bound {
		late = min(late, behind[c])
	}
	return late
}

// reach is how far around its own position the graph of a slice reads a feed: frames before the block and after it.
// Nodes between the feed and the result may run ahead of it or lag behind.
func (g *Graph) reach(f *feed, roots []Node) (history, ahead int) {
	need, behind := g.demands(roots, sliceBlock), g.behind(roots)
	for _, c := range g.cores {
		for _, in := range c.inputs {
			if in.From != Node(f) {
				continue
			}
			scale := f.Format().Rate / c.ports[0].format.Rate
			round := 0
			if scale != 1 {
				round = 2 // frames of the one rate begin and end within frames of the other
			}
			history = max(history, in.History+scaled(behind[c], scale)+round)
			ahead = max(ahead, in.Ahead+scaled(c.lead(need), scale)+round)
		}
	}
	for _, k := range g.controls {
		for _, n := range k.nodes {
			if n != Node(f) {
				continue
			}
			history = max(history, int(k.interval)+k.late(behind))
			for _, t := range k.targets {
				ahead = max(ahead, t.lead(need))
			}
		}
	}
	return history, ahead
}

// scaled converts a number of frames to another rate, rounded up, without overflow.
func scaled(frames int, ratio float64) int {
	return int(math.Min(math.Ceil(float64(frames)*ratio), math.MaxInt32))
}

// read says whether anybody reads any port.
func (c *core) read(need map[*port]*demand) bool {
	for _, p := range c.ports {
		if need[p] != nil {
			return true
		}
	}
	return false
}

// lead is how far the node itself is driven ahead of the run: the largest of its ports.
func (c *core) lead(need map[*port]*demand) int {
	lead := 0
	for _, p := range c.ports {
		if d := need[p]; d != nil {
			lead = max(lead, d.lead)
		}
	}
	return lead
}
