package stages

import "context"

// launcher is a MultiFiller that can compute in the background: Fill is launch, then land. Between them nobody touches dst.
type launcher interface {
	// launch begins to compute n frames. Its error is that of a cancelled context: then nothing has begun.
	launch(ctx context.Context, at int64, n int, dst []Output) error
	// land waits for them and returns what Fill returns.
	land() (int, error)
}

// Waiter is implemented by a Filler, or by a Stage that has none, that may have to wait for what is yet to come although it knows
// its length: a reader of a pipe. It is never asked for more than the frames that somebody wants now. A stream without a length
// counts as one that waits.
type Waiter interface{ Waits() bool }

func waits(x any) bool {
	w, may := x.(Waiter)
	return may && w.Waits()
}

// readAhead chooses the nodes that compute their next block while their consumers use this one: slices, if there are
// workers to compute them, whose results are spikes. Frames would need windows of several blocks, and what follows them is
// rarely much work. Their inputs run a block ahead, so
//   - every stream above has a length and is no [Waiter]: none waits for sound that is yet to come, which would delay what is there;
//   - nothing is controlled: a control sets the pace of its targets.
func (g *Graph) readAhead() {
	if g.pool == nil || len(g.controls) > 0 {
		return
	}
	waiting := map[any]bool{}   // as in g.nodes
	for _, n := range g.nodes { // inputs first
		c, made := n.(*core)
		var inputs []Node
		if made {
			waiting[n] = c.length == Unbounded || waits(c.filler)
			inputs = c.inputNodes
		} else {
			f := n.(Node)
			waiting[n] = f.Format().Frames == Unbounded || waits(f)
			inputs = f.Inputs()
		}
		for _, in := range inputs {
			var above any = in
			if o := coreOf(in); o != nil {
				above = o
			}
			waiting[n] = waiting[n] || waiting[above]
		}
		if !made || waiting[n] {
			continue
		}
		s, sliced := c.filler.(*slicer)
		if !sliced || len(s.slices) < 2 {
			continue
		}
		c.ahead = s
		for _, p := range c.ports {
			if !p.spikes {
				c.ahead = nil
			}
		}
	}
}

// inAdvance is how many frames a node of the graph computes ahead of those it is asked for.
func (g *Graph) inAdvance(c *core, block int) int {
	if c.ahead == nil {
		return 0
	}
	return g.blockOf(c, block)
}

// aheadUntil ends what is computed ahead at a frame of the run's fastest rate.
func (g *Graph) aheadUntil(n int64) {
	for _, c := range g.cores {
		c.until = c.length
		if n != Unbounded {
			c.until = min(c.until, int64(float64(n)*c.ports[0].format.Rate/g.rate))
		}
	}
}

// land waits for all that is computed ahead.
func (g *Graph) land() {
	for _, c := range g.cores {
		c.land(context.Background()) // what ends the node is kept in it
	}
}

// launch begins to compute up to n frames more; the range that begins at start on port asker is kept.
func (c *core) launch(ctx context.Context, asker *port, start int64, n int) {
	n = int(min(int64(n), c.until-c.hi))
	if n <= 0 || c.err != nil || len(c.pending) > 0 || ctx.Err() != nil {
		return
	}
	c.reserve(asker, start, n)
	c.busy = true
	lap := c.watch.start()
	err := c.ahead.launch(ctx, c.hi, n, c.dst)
	c.spent += c.watch.stop(lap)
	c.busy = false
	if err == nil {
		c.flight = n
	}
}

// land takes what was computed ahead.
func (c *core) land(ctx context.Context) error {
	n := c.flight
	if n == 0 {
		return nil
	}
	c.flight = 0
	lap := c.watch.start()
	got, err := c.ahead.land()
	c.spent += c.watch.stop(lap)
	return c.settle(ctx, n, got, err)
}
