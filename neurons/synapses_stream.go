package neurons

import (
	"fmt"
	"slices"
	"strings"

	"hearpipe/internal/expr"
	"hearpipe/neurons/equations"
	"hearpipe/stages"
)

// recordedSynapses is a variable of some synapses that is a stream.
type recordedSynapses struct {
	name string
	list []int32
	code *code // computes a static equation
}

// Stream is the stream of a variable of some synapses (a differential or event-driven variable, a static equation, a
// parameter or lastupdate), one channel per synapse of the list of ascending numbers; nil: all that there are now. Frame n
// is the value at the end of step n; that of an event-driven variable is the one after the last event.
func (s *SynapseSet) Stream(name string, numbers []int32) (*stages.Stream, error) {
	if len(numbers) > 0 || numbers == nil {
		var err error
		if numbers, err = s.Numbers(Selection{Numbers: numbers}); err != nil {
			return nil, err
		}
	}
	if len(numbers) == 0 {
		return nil, s.fail("", fmt.Errorf("a stream of %s of no synapse: connect first", name))
	}
	r := &recordedSynapses{name: name, list: slices.Clone(numbers)}
	if !s.compiled {
		if err := s.compile(); err != nil {
			return nil, s.fail("", err)
		}
	}
	if err := r.compile(s); err != nil {
		return nil, err
	}
	where := make([]string, 0, 4)
	for _, k := range r.list[:min(len(r.list), 3)] {
		where = append(where, fmt.Sprint(k))
	}
	if len(r.list) > 3 {
		where = append(where, "...")
	}
	stream, err := s.net.addFrames(s.clock, fmt.Sprintf("%s.%s[%s]#%d", s.name, name, strings.Join(where, ","), len(s.recorded)), len(r.list), func(step int64, to []float64) {
		r.write(s, step, to)
	})
	if err != nil {
		return nil, err
	}
	s.recorded = append(s.recorded, r)
	return stream, nil
}

// compile prepares what is computed.
func (r *recordedSynapses) compile(s *SynapseSet) error {
	r.code = nil
	if r.name == equations.LastUpdate {
		s.track()
		return nil
	}
	if s.variable(r.name) != nil {
		return nil
	}
	q, ok := s.equations.Lookup(r.name)
	if !ok || q.Flags.Summed {
		return s.unknown(r.name)
	}
	n, err := s.model.Expand(expr.NewName(r.name, q.Right))
	if err != nil {
		return s.fail("", err)
	}
	program, err := expr.Compile(n, s.model.Scope)
	if err != nil {
		return s.fail("", err)
	}
	r.code = &code{s: s}
	r.code.bind(program, "record "+r.name)
	return nil
}

// write writes the values at the end of a step.
func (r *recordedSynapses) write(s *SynapseSet, step int64, to []float64) {
	if r.code == nil {
		from := *s.stored(r.name)
		for n, k := range r.list {
			to[n] = from[min(int(k), len(from)-1)]
		}
		return
	}
	r.code.begin(step)
	for list := r.list; len(list) > 0; {
		part := list[:min(eventBatch, len(list))]
		list = list[len(part):]
		r.code.values(part, step)
		copy(to, r.code.result[:len(part)])
		to = to[len(part):]
	}
}

// values computes an expression for at most a batch of synapses.
func (c *code) values(list []int32, step int64) {
	copy(c.syn, list)
	for k, syn := range list {
		c.cell[pre][k], c.cell[post][k] = c.s.cells[pre][syn], c.s.cells[post][syn]
	}
	c.n = len(list)
	c.flush(step)
}
