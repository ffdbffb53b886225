package neurons

import (
	"encoding/binary"
	"fmt"
	"slices"

	"hearpipe/stages"
)

// appendState saves variables, the times of the last events, and the spikes on their way as the synapses they will reach.
func (s *SynapseSet) appendState(b []byte) []byte {
	b = binary.LittleEndian.AppendUint64(b, uint64(s.N()))
	b = binary.LittleEndian.AppendUint64(b, s.pairs())
	for _, v := range s.variables {
		b = stages.AppendFloats(b, v.values)
	}
	b = stages.AppendFloats(b, s.last)
	for _, p := range s.pathways {
		b = stages.AppendFloats(b, []float64{p.Delay, float64(len(p.delays))})
		b = stages.AppendFloats(b, p.delays)
		b = binary.LittleEndian.AppendUint64(b, uint64(len(p.queue.ring)))
		for k := range p.queue.ring {
			b = appendInts(b, p.queue.numbers(s.clock.next+int64(k)))
		}
	}
	return b
}

// loadState restores what appendState of synapses of the same description wrote; the clocks are already set.
func (s *SynapseSet) loadState(b []byte) ([]byte, error) {
	if len(b) < 16 {
		return nil, errShort
	}
	if n := binary.LittleEndian.Uint64(b); n != uint64(s.N()) {
		return nil, fmt.Errorf("the state has %d synapses of %s, but there are %d", n, s.name, s.N())
	}
	if binary.LittleEndian.Uint64(b[8:]) != s.pairs() {
		return nil, fmt.Errorf("the state is that of other synapses than %s: they connect other pairs", s.name)
	}
	b = b[16:]
	var err error
	for _, v := range s.variables {
		if b, err = stages.ReadFloats(b, v.values); err != nil {
			return nil, err
		}
	}
	if b, err = stages.ReadFloats(b, s.last); err != nil {
		return nil, err
	}
	for _, p := range s.pathways {
		if b, err = s.loadQueue(p, b); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// loadDelays restores the delays of a pathway.
func (s *SynapseSet) loadDelays(p *pathway, b []byte) ([]byte, error) {
	var head [2]float64
	b, err := stages.ReadFloats(b, head[:])
	if err != nil {
		return nil, err
	}
	var delays []float64
	switch head[1] {
	case 0:
	case float64(s.N()):
		delays = make([]float64, s.N())
	default:
		return nil, fmt.Errorf("the state of the synapses %s is damaged: %g delays", s.name, head[1])
	}
	if b, err = stages.ReadFloats(b, delays); err != nil {
		return nil, err
	}
	for _, d := range append(delays, head[0]) {
		if err := s.checkDelay(p, d); err != nil {
			return nil, fmt.Errorf("the state of the synapses %s is damaged: %w", s.name, err)
		}
	}
	if head[0] != p.Delay || !slices.Equal(delays, p.delays) {
		p.Delay, p.delays, p.stale = head[0], delays, true
		return b, s.arrange(p)
	}
	return b, nil
}

func (s *SynapseSet) loadQueue(p *pathway, b []byte) ([]byte, error) {
	b, err := s.loadDelays(p, b)
	if err != nil {
		return nil, err
	}
	if len(b) < 8 {
		return nil, errShort
	}
	steps := binary.LittleEndian.Uint64(b)
	b = b[8:]
	if steps > uint64(len(b)/8) {
		return nil, errShort
	}
	q := &p.queue
	for k := range q.ring {
		q.done(&q.ring[k])
	}
	if int(steps) > len(q.ring) {
		q.ring = make([]arrivals, steps)
	}
	for k := range int(steps) {
		a := q.slot(s.clock.next + int64(k))
		var err error
		if a.carried, b, err = readInts(b, a.carried); err != nil {
			return nil, err
		}
		for _, syn := range a.carried {
			if syn < 0 || int(syn) >= s.N() {
				return nil, fmt.Errorf("the state of the synapses %s is damaged: an event of synapse %d", s.name, syn)
			}
		}
	}
	return b, nil
}

// pairs identifies the pairs of cells that are connected (FNV-1a over numbers instead of bytes).
func (s *SynapseSet) pairs() uint64 {
	h := uint64(14695981039346656037)
	for _, list := range s.cells {
		for _, c := range list {
			h = (h ^ uint64(c)) * 1099511628211
		}
	}
	return h
}
