package stages

// Growing is a node whose outputs and inputs are added one by one, also between two runs: a network that is extended.
// Otherwise it is what [NewMulti] makes.
type Growing struct {
	c         *core
	followers []follower
}

// follower is a stream with one frame for k frames of the node.
type follower struct {
	c *core
	k int64
}

// NewGrowing begins a node of a MultiFiller without outputs and inputs. The entries of dst that its Fill gets are in the
// order of Add.
func NewGrowing(kind string, filler MultiFiller) *Growing {
	return &Growing{c: &core{kind: kind, fill: filler, filler: filler}}
}

// Add adds an output, a *Stream or a *SpikeStream as the spec says. All outputs have the rate and the length of the first
// one. An output that is added between two runs begins at the frame the node has come to.
func (g *Growing) Add(spec PortSpec) (Node, error) {
	p, err := g.c.addPort(spec)
	if err != nil {
		return nil, err
	}
	if p.spikes {
		return &SpikeStream{p}, nil
	}
	return &Stream{p}, nil
}

// Read declares an input.
func (g *Growing) Read(in Input) error { return g.c.addInput(in) }

// At is how many frames have been computed.
func (g *Growing) At() int64 { return g.c.hi }

// Err is the error that has ended the node, io.EOF at its end, nil before.
func (g *Growing) Err() error { return g.c.err }

// Move makes the node stand at a frame, with empty windows: its Filler was brought there. It is for a source that is set
// back to a state it had before; nodes that read it have to be made again, except those that follow it.
func (g *Growing) Move(at int64) {
	g.c.move(at)
	for _, f := range g.followers {
		f.c.move(at / f.k)
	}
}

// Follow has a stream go along that makes its frame i from the frames of the node up to k·i+k-1, and from none before k·i.
func (g *Growing) Follow(n Node, k int64) {
	g.followers = append(g.followers, follower{coreOf(n), k})
}

// Resume is called before a run: followers that nobody has read in the last ones go on from where the node is.
func (g *Growing) Resume() {
	for _, f := range g.followers {
		if at := g.c.hi / f.k; f.c.hi < at {
			f.c.move(at)
		}
	}
}

// move makes a node stand at a frame, with empty windows.
func (c *core) move(at int64) {
	c.hi, c.err = at, nil
	for _, p := range c.ports {
		p.begin()
	}
}
