package neurons

import (
	"fmt"
	"math"

	"hearpipe/internal/expr"
	"hearpipe/neurons/connectivity"
)

// ConnectParams describes synapses to make; without a word, one for each pair of cells. See package connectivity.
type ConnectParams struct {
	connectivity.Params
	// Source and Target are parts of the cells at both ends; i, j and index arrays count within them (default: all).
	Source, Target Cells
}

// Connect makes synapses and adds them to those that are there already. It may be called until the first run and between
// runs. Texts know i, j, N_pre, N_post, variables of the cells (x_pre, x_post, x) with their present values, rand(), randn()
// and the names of the network. Synapses are numbered by source cell, then by target cell, after those of earlier calls.
// Slices that [SynapseSet.Values] returned before are not those of the synapses any more.
func (s *SynapseSet) Connect(p ConnectParams) error {
	if err := s.net.between("synapses connected"); err != nil {
		return err
	}
	space, offset, err := s.space(p)
	if err != nil {
		return s.fail("connect", err)
	}
	pairs, err := connectivity.Make(space, p.Params)
	if err != nil {
		return s.fail("connect", err)
	}
	if s.N()+pairs.Len() > math.MaxInt32 {
		return s.fail("connect", fmt.Errorf("more than %d synapses", math.MaxInt32))
	}
	for e, list := range [2][]int32{pairs.Pre, pairs.Post} {
		if offset[e] != 0 {
			for k := range list {
				list[k] += offset[e]
			}
		}
		if s.N() == 0 || e == int(post) && len(s.cells[post]) == 0 {
			s.cells[e] = list
		} else {
			s.cells[e] = append(s.cells[e], list...)
		}
	}
	s.calls++
	s.grow()
	return nil
}

// CheckConnect finds the mistakes in a description and its texts that do not depend on the number of cells, and makes nothing.
func (s *SynapseSet) CheckConnect(p ConnectParams) error {
	space, _, err := s.space(p)
	if err == nil {
		err = connectivity.Check(space, p.Params)
	}
	if err != nil {
		return s.fail("connect", err)
	}
	return nil
}

// space is what the texts of a description are about, and where the parts begin within the cells at both ends.
func (s *SynapseSet) space(p ConnectParams) (space connectivity.Space, offset [2]int32, err error) {
	parts := [2]Cells{p.Source, p.Target}
	for e, c := range parts {
		if c.g == nil {
			parts[e] = s.ends[e]
		} else if c.g != s.ends[e].g || c.lo < s.ends[e].lo || c.hi > s.ends[e].hi {
			return space, offset, fmt.Errorf("cells %d:%d of group %s are not among the cells %d:%d of group %s at this end",
				c.lo, c.hi, c.g.e.name, s.ends[e].lo, s.ends[e].hi, s.ends[e].g.e.name)
		}
		offset[e] = int32(parts[e].lo - s.ends[e].lo)
	}
	vectors, err := s.cellVectors(p.Params, parts)
	space = connectivity.Space{
		Scope: s.constants(), Seed: s.net.seed, Path: s.path, Call: s.calls,
		Pre:  connectivity.Side{N: parts[pre].N(), First: parts[pre].lo, Vectors: vectors[pre]},
		Post: connectivity.Side{N: parts[post].N(), First: parts[post].lo, Vectors: vectors[post]},
	}
	return space, offset, err
}

// grow gives new synapses their variables.
func (s *SynapseSet) grow() {
	n := s.N()
	for _, v := range s.variables {
		if !v.shared {
			v.values = grown(v.values, n, 0)
		}
	}
	if s.last != nil {
		s.last = grown(s.last, n, s.clock.Time())
	}
	for _, p := range s.pathways {
		if p.delays != nil {
			p.delays = grown(p.delays, n, p.Delay)
		}
		p.stale = true
	}
	s.compiled, s.net.dirty = false, true
}

// grown is x with n values, new ones being of the given value.
func grown(x []float64, n int, value float64) []float64 {
	old := len(x)
	y := make([]float64, n)
	copy(y, x)
	if value != 0 {
		for k := old; k < n; k++ {
			y[k] = value
		}
	}
	return y
}

// constants is the meaning of names that are no variables.
func (s *SynapseSet) constants() *expr.Scope {
	symbols := map[string]expr.Symbol{}
	for name, q := range over(s.net.p.Constants, s.p.Constants) {
		symbols[name] = expr.ConstantSymbol(expr.QuantityValue(q))
	}
	for name, f := range over(s.net.p.Functions, s.p.Functions) {
		symbols[name] = expr.Symbol{Role: expr.FunctionName, Function: f.compiled(name)}
	}
	return &expr.Scope{Symbols: symbols}
}

// cellVectors finds the variables of cells that the texts of a description use.
func (s *SynapseSet) cellVectors(p connectivity.Params, parts [2]Cells) (vectors [2]map[string]connectivity.Vector, err error) {
	r := &naming{ends: parts, own: s.equations, variables: map[string]*cellVariable{}, done: map[string]bool{}}
	for _, text := range []string{p.Condition, p.P, p.Targets} {
		if err := r.names(identifiersOf(text)); err != nil {
			return vectors, err
		}
	}
	vectors = [2]map[string]connectivity.Vector{{}, {}}
	for name, v := range r.variables {
		if v.input != nil {
			continue // no value between two runs
		}
		x, one := v.view(parts[v.side], 0)
		if one {
			x = grown(nil, parts[v.side].N(), x[0])
		}
		vectors[v.side][name] = connectivity.Vector{Type: v.symbol.Type, Data: x}
	}
	return vectors, nil
}

// Pre lists the source cell of each synapse, by the numbers within the source. The slice is not to be changed.
func (s *SynapseSet) Pre() []int32 { return s.cells[pre] }

// Post lists the target cell of each synapse, by the numbers within the target. The slice is not to be changed.
func (s *SynapseSet) Post() []int32 { return s.cells[post] }

// Outgoing counts the synapses of each source cell.
func (s *SynapseSet) Outgoing() []int { return s.count(pre) }

// Incoming counts the synapses of each target cell.
func (s *SynapseSet) Incoming() []int { return s.count(post) }

func (s *SynapseSet) count(e side) []int {
	n := make([]int, s.ends[e].N())
	for _, c := range s.cells[e] {
		n[c]++
	}
	return n
}
