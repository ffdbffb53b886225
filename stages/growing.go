package stages

// Growing is a node whose outputs and inputs are added one by one, also between two runs: a network that is extended.
// Otherwise it is what [NewMulti] makes.
type Growing struct{ c *core }

// NewGrowing begins a node of a MultiFiller without outputs and inputs. The entries of dst that its Fill gets are in the
// order of Add.
func NewGrowing(kind string, filler MultiFiller) *Growing {
	return &Growing{&core{kind: kind, fill: filler, filler: filler}}
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

// Move makes the node stand at a frame, with empty windows: its Filler was brought there. It is for a source that is set
// back to a state it had before; nodes that read it have to be made again.
func (g *Growing) Move(at int64) {
	g.c.hi, g.c.err = at, nil
	for _, p := range g.c.ports {
		p.begin()
	}
}
