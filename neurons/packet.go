package neurons

import (
	"cmp"
	"fmt"
	"math"

	"hearpipe/internal/random"
)

// PulsePacketParams describes a packet of spikes.
type PulsePacketParams struct {
	Name  string  // in the network, also in the names of random numbers (default packet0, ...)
	N     int     // cells, each fires once
	Time  float64 // mean of the spike times [s]
	Sigma float64 // their standard deviation [s]
	DT    float64 // step [s] (default that of the network)
}

// PulsePacket is cells that fire once each, at independent normally distributed times.
type PulsePacket struct {
	*Group
	n     *Network
	draws int
}

// PulsePacket adds a packet of spikes. Cells with a time before 0 do not fire.
func (n *Network) PulsePacket(p PulsePacketParams) (*PulsePacket, error) {
	g, err := n.Generator(GeneratorParams{Name: cmp.Or(p.Name, n.free("packet")), N: p.N, DT: p.DT})
	if err != nil {
		return nil, err
	}
	packet := &PulsePacket{Group: g, n: n}
	if err := packet.Generate(p.Time, p.Sigma); err != nil {
		n.unregister(g, g.e.name)
		return nil, err
	}
	return packet, nil
}

// Generate draws new times around another mean; it may be called between two runs.
func (p *PulsePacket) Generate(mean, sigma float64) error {
	if mean-mean != 0 || !(sigma >= 0) || math.IsInf(sigma, 0) {
		return fmt.Errorf("packet %s: spikes at %g s with a deviation of %g s: want finite times, the deviation 0 or more", p.e.name, mean, sigma)
	}
	stream := random.New(p.n.seed, p.e.path, "packet", p.draws)
	p.draws++
	q := GeneratorParams{Cells: make([]int32, p.e.cells), Times: make([]float64, p.e.cells)}
	stream.Normals(q.Times, 0, 0)
	for k := range q.Times {
		q.Cells[k], q.Times[k] = int32(k), mean+float64(sigma*q.Times[k])
	}
	t, said, err := spikeTable(q, p.Group)
	if err != nil {
		return fmt.Errorf("packet %s: %w", p.e.name, err)
	}
	p.source, p.said = t, said
	return nil
}
