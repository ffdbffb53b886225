package neurons

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"hearpipe/neurons/equations"
	"hearpipe/units"
)

// SetConstant gives a constant of the synapses another value of the same dimension, in all their texts. It is called between
// two runs, or by an operation, and holds for everything that is computed from then on.
func (s *SynapseSet) SetConstant(name string, value units.Quantity) error {
	old, ok := s.p.Constants[name]
	if !ok {
		return s.fail("", fmt.Errorf("there is no constant %s (constants: %s)", name, strings.Join(slices.Sorted(maps.Keys(s.p.Constants)), ", ")))
	}
	if old.Dim != value.Dim {
		return s.fail("", fmt.Errorf("constant %s: a value of dimension %s: want %s, as before", name, value.Dim, old.Dim))
	}
	before := s.p.Constants
	s.p.Constants = maps.Clone(before)
	s.p.Constants[name] = value
	err := s.compile()
	if err == nil {
		return nil
	}
	s.p.Constants = before
	if s.compile() != nil {
		panic("neurons: synapses cannot be compiled again")
	}
	return s.fail("constant "+name, err)
}

// follow compiles again when a constant of the cells has changed: texts may read static equations that use it.
func (s *SynapseSet) follow() error {
	if s.models == s.cellModels() {
		return nil
	}
	if err := s.compile(); err != nil {
		return s.fail("", err)
	}
	return nil
}

func (s *SynapseSet) cellModels() [2]*equations.Model {
	return [2]*equations.Model{s.ends[pre].g.b.model, s.ends[post].g.b.model}
}
