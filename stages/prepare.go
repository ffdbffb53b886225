package stages

import (
	"fmt"
	"math"
	"runtime"
)

// Graph is a set of streams that are run together, walked and checked by [Prepare].
type Graph struct {
	nodes    []any // *core or Node, inputs before their consumers
	cores    []*core
	controls []*Controller
	block    int
	bytes    int64 // of all windows
	rate     float64
	pool     *pool
	ahead    bool // nodes may compute ahead
}

// subgraph is implemented by a filler that contains a graph of its own (slices).
type subgraph interface {
	prepareInner(poison bool, pool *pool) error
	innerBytes() int64
	detach() // the workers are gone
}

const (
	defaultBlock  = 1024
	defaultBudget = 64 << 20
	// Where no block is asked for, windows of frames stay in the second-level cache, of which they may take half, unless blocks
	// become so short that waking workers costs more.
	cacheBudget  = 1 << 20
	leastDefault = 32
)

// Prepare walks the graph above the given nodes once, before the first fetch: it checks that rates fit together, finds
// what nobody reads (such a port gets no memory), and gives each port its window: the block plus the longest history
// that a consumer declares. opt.Block is an upper limit: it is lowered until all windows together stay under
// opt.Budget; the default is lowered, to no less than 32, until those outside of slices stay under 1 MiB. Close releases the
// workers; Run does both.
func Prepare(opt RunOptions, roots ...Node) (*Graph, error) {
	return prepare(opt, roots, false)
}

// prepare is Prepare; ahead lets nodes compute ahead of their consumers.
func prepare(opt RunOptions, roots []Node, ahead bool) (*Graph, error) {
	for _, r := range roots {
		if r == nil {
			return nil, fmt.Errorf("stages: a sink has no input")
		}
	}
	if len(roots) == 0 {
		return nil, fmt.Errorf("stages: nothing to run: no sinks")
	}
	if opt.Block < 0 || opt.Budget < 0 || opt.Workers < 0 {
		return nil, fmt.Errorf("stages: block %d, budget %d, workers %d: want 0 (default) or more", opt.Block, opt.Budget, opt.Workers)
	}
	if opt.Budget == 0 {
		opt.Budget = defaultBudget
	}
	if opt.Workers == 0 {
		opt.Workers = runtime.GOMAXPROCS(0)
	}
	g := &Graph{ahead: ahead}
	if opt.Workers > 1 {
		g.pool = newPool(opt.Workers)
	}
	if err := g.prepare(opt, roots); err != nil {
		g.Close()
		return nil, err
	}
	return g, nil
}

func (g *Graph) prepare(opt RunOptions, roots []Node) error {
	g.walk(roots)
	for _, r := range roots {
		g.rate = max(g.rate, r.Format().Rate)
	}
	for _, r := range roots {
		if _, _, err := ratio(r.Format().Rate, g.rate); err != nil {
			return err
		}
	}
	for _, c := range g.cores {
		for _, p := range c.ports {
			p.wasReached, p.reached = p.reached, false
		}
	}
	if g.ahead {
		g.readAhead()
	}
	var need map[*port]*demand
	block, chosen := opt.Block, opt.Block > 0
	if !chosen {
		block = defaultBlock
	}
	for ; ; block = (block + 1) / 2 {
		need = g.demands(roots, block)
		windows, inner := g.size(need, block)
		g.bytes = windows + inner
		if block > 1 && g.bytes > opt.Budget || !chosen && block > leastDefault && windows > cacheBudget {
			continue
		}
		g.block = block
		break
	}
	for _, c := range g.cores {
		g.setWindows(c, need, opt.Poison)
		if s, ok := c.filler.(subgraph); ok {
			if err := s.prepareInner(opt.Poison, g.pool); err != nil {
				return err
			}
		}
	}
	return nil
}

// walk lists all nodes above the roots, inputs first, those behind controls included.
func (g *Graph) walk(roots []Node) {
	seen := map[any]bool{}
	seenControl := map[*Controller]bool{}
	var visit func(n Node)
	visit = func(n Node) {
		var key any = n
		c := coreOf(n)
		if c != nil {
			key = c
		}
		if seen[key] {
			return
		}
		seen[key] = true
		for _, in := range n.Inputs() {
			visit(in)
		}
		g.nodes = append(g.nodes, key)
		if c == nil {
			return
		}
		g.cores = append(g.cores, c)
		for _, k := range c.controls {
			if seenControl[k] {
				continue
			}
			seenControl[k] = true
			g.controls = append(g.controls, k)
		}
	}
	for _, r := range roots {
		visit(r)
	}
	for i := 0; i < len(g.controls); i++ { // grows while controls lead to new nodes
		for _, n := range g.controls[i].nodes {
			visit(n)
		}
		for _, t := range g.controls[i].targets {
			if !seen[t] {
				visit(&Stream{t.ports[0]})
			}
		}
	}
}

// blockOf is the number of frames at the rate of a node that one block of the run may take.
func (g *Graph) blockOf(c *core, block int) int {
	return int(math.Ceil(float64(block)*c.ports[0].format.Rate/g.rate)) + 1
}

// shared says whether a port needs the frames of the last block kept: somebody else may still read them.
func (c *core) shared(d *demand) bool {
	return c.ahead != nil || d.consumers > 1 || d.control || len(c.controls) > 0 || len(c.ports) > 1
}

func (g *Graph) retain(p *port, d *demand, block int) int {
	r := d.lag
	if p.c.shared(d) {
		r += g.blockOf(p.c, block)
	}
	return r
}

func (g *Graph) size(need map[*port]*demand, block int) (windows, inner int64) {
	for _, c := range g.cores {
		for _, p := range c.ports {
			d := need[p]
			if d == nil || p.spikes {
				continue
			}
			r := int64(g.retain(p, d, block))
			rows := 2*r + int64(g.blockOf(c, block))
			if c.shared(d) {
				rows *= 2
			}
			windows += rows * int64(p.win.stride) * 8
		}
		if s, ok := c.filler.(subgraph); ok {
			inner += s.innerBytes()
		}
	}
	return windows, inner
}

func (g *Graph) setWindows(c *core, need map[*port]*demand, poison bool) {
	c.prepared = true
	c.block = g.blockOf(c, g.block)
	for _, p := range c.ports {
		d := need[p]
		if d == nil {
			p.begin()
			continue
		}
		if !p.wasReached { // it kept nothing until now
			p.begin()
		}
		p.retain = g.retain(p, d, g.block)
		p.poison = poison
		p.live = 1 // a view is stale once its only consumer fetches again
		if d.consumers > 1 || d.control {
			p.live = 8 * (d.consumers + 1) // one may fetch several times while another still holds its view
		}
		if c.hi == 0 {
			p.win.double, p.ev.double = c.shared(d), c.shared(d)
		}
	}
}

// Block is the number of frames per block that was chosen.
func (g *Graph) Block() int { return g.block }

// Close stops the workers. The streams themselves stay usable.
func (g *Graph) Close() {
	g.land()
	if g.pool != nil {
		g.pool.close()
		g.pool = nil
	}
	for _, c := range g.cores {
		c.ahead = nil
		if s, ok := c.filler.(subgraph); ok {
			s.detach()
		}
	}
}

// ratio writes a/b as p/q with integers up to 10^6, exactly to a relative 1e-15: a few units in the last place of their
// quotient. Rates that count as equal for [SameRate] are in the ratio 1:1.
func ratio(a, b float64) (p, q int64, err error) {
	const limit = 1_000_000
	if math.Abs(a-b) <= sameRate*b {
		return 1, 1, nil
	}
	x := a / b
	p0, q0, p1, q1 := int64(0), int64(1), int64(1), int64(0)
	for y := x; ; {
		n := int64(math.Floor(y))
		p0, q0, p1, q1 = p1, q1, n*p1+p0, n*q1+q0
		if p1 > limit || q1 > limit {
			return 0, 0, fmt.Errorf("stages: rates %g Hz and %g Hz meet in one run: want a ratio of integers up to 1,000,000", a, b)
		}
		if math.Abs(float64(p1)/float64(q1)-x) <= 1e-15*x {
			return p1, q1, nil
		}
		y = 1 / (y - float64(n))
	}
}
