package neurons

import (
	"fmt"
	"slices"

	"hearpipe/internal/kernel"
)

// advance is the work of a step: equations, then pathways.
func (s *SynapseSet) advance(step int64) error {
	if err := s.advanceState(step); err != nil {
		return err
	}
	for _, p := range s.pathways {
		p.deliver(s, step)
	}
	return nil
}

// advanceState advances the equations.
func (s *SynapseSet) advanceState(step int64) error {
	if err := s.follow(); err != nil {
		return err
	}
	if s.update != nil {
		s.update.run(step, s.N())
		for _, v := range s.watched {
			if !kernel.AllFinite(v.values) {
				return s.nonFinite(v, step)
			}
		}
	}
	return nil
}

func (s *SynapseSet) nonFinite(v *synapticVariable, step int64) error {
	k := slices.IndexFunc(v.values, func(x float64) bool { return x-x != 0 })
	return s.fail("", fmt.Errorf("%s of synapse %d (%d to %d) is %g at step %d (t = %g s): want a finite number; check the inputs and whether the step is too large",
		v.name, k, s.cells[pre][k], s.cells[post][k], v.values[k], step, float64(step)*s.clock.dt))
}

// advanceSide is the work of one side in a step: before that of the sources come the equations.
func (s *SynapseSet) advanceSide(at side, step int64) error {
	if at == pre {
		if err := s.advanceState(step); err != nil {
			return err
		}
	}
	for _, p := range s.pathways {
		if p.side == at {
			p.deliver(s, step)
		}
	}
	return nil
}
