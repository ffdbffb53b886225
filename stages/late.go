package stages

import "fmt"

// StartAt puts a freshly built and prepared graph at frame at of its fastest root, in the state of a new graph, as if
// all its streams had been zero before: the next frame of every stream is the one of that moment. It is how tests reach
// frame numbers that would take days to compute. at must be a whole frame at the rate of every node. Fillers that keep
// frame numbers in their state cannot be moved that way; a snapshot can.
func (g *Graph) StartAt(at int64) error {
	if at < 0 {
		return fmt.Errorf("stages: start at frame %d: want 0 or more", at)
	}
	return g.startAt(at, g.rate)
}

// startAt is StartAt with at counted at the given rate.
func (g *Graph) startAt(at int64, rate float64) error {
	for _, c := range g.cores {
		if c.hi != 0 || c.err != nil {
			return fmt.Errorf("stages: %s has already computed %d frames: start with a freshly built graph", c.kind, c.hi)
		}
		if _, err := c.frameOf(at, rate); err != nil {
			return err
		}
	}
	for _, c := range g.cores {
		c.hi, _ = c.frameOf(at, rate)
		for _, p := range c.ports {
			if !p.reached {
				continue
			}
			p.asked = c.hi
			lo := max(0, c.hi-int64(p.retain))
			p.win.lo, p.ev.lo = lo, lo
			if !p.spikes {
				p.win.reserve(lo, lo, int(c.hi-lo)) // new memory: zeros
			}
		}
		if s, ok := c.filler.(*slicer); ok {
			for _, sl := range s.slices {
				if err := sl.g.startAt(c.hi, c.ports[0].format.Rate); err != nil {
					return err
				}
			}
		}
	}
	for _, k := range g.controls {
		at, err := k.targets[0].frameOf(at, rate)
		if err != nil {
			return err
		}
		k.next = (at/k.interval + 1) * k.interval
	}
	return nil
}

// frameOf converts a frame number counted at another rate.
func (c *core) frameOf(at int64, rate float64) (int64, error) {
	p, q, err := ratio(c.ports[0].format.Rate, rate)
	if err != nil {
		return 0, err
	}
	if at%q != 0 {
		return 0, fmt.Errorf("stages: frame %d at %g Hz is not a whole frame of %s at %g Hz", at, rate, c.kind, c.ports[0].format.Rate)
	}
	return at / q * p, nil
}
