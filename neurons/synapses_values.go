package neurons

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"

	"hearpipe/internal/expr"
	"hearpipe/neurons/equations"
	"hearpipe/stages"
	"hearpipe/units"
)

// Selection says which synapses are meant. Zero: all.
type Selection struct {
	// Numbers lists synapses by number, ascending.
	Numbers []int32
	// I and J are half-open ranges of source and target cells; zero: all.
	I, J stages.Range
	// K picks the synapses that come as number K-1 within their pair, in the order of their numbers; 0: all.
	K int
	// Where is a condition in i, j, k (number within the pair, from 0), N, variables, rand() and constants.
	Where string
}

// Pair selects the synapses from cell i to cell j.
func Pair(i, j int) Selection {
	return Selection{I: stages.Range{Lo: i, Hi: i + 1}, J: stages.Range{Lo: j, Hi: j + 1}}
}

// Numbers lists the selected synapses, ascending.
func (s *SynapseSet) Numbers(sel Selection) ([]int32, error) {
	for e, r := range [2]stages.Range{sel.I, sel.J} {
		if n := s.ends[e].N(); r.Lo < 0 || r.Hi > n || r.Lo > r.Hi {
			return nil, s.fail("", fmt.Errorf("%s in %d:%d: want a range within 0:%d", [2]string{"i", "j"}[e], r.Lo, r.Hi, n))
		}
	}
	in := func(r stages.Range, c int32) bool { return r == (stages.Range{}) || int(c) >= r.Lo && int(c) < r.Hi }
	candidates := sel.Numbers
	if candidates == nil {
		candidates = make([]int32, s.N())
		for k := range candidates {
			candidates[k] = int32(k)
		}
	}
	var list []int32
	for n, k := range candidates {
		if k < 0 || int(k) >= s.N() || n > 0 && k <= candidates[n-1] {
			return nil, s.fail("", fmt.Errorf("synapse %d: want ascending numbers from 0 to %d", k, s.N()-1))
		}
		if in(sel.I, s.cells[pre][k]) && in(sel.J, s.cells[post][k]) {
			list = append(list, k)
		}
	}
	if sel.K != 0 {
		if sel.K < 0 {
			return nil, s.fail("", fmt.Errorf("number %d within a pair: want 1 or more, or 0 for all", sel.K))
		}
		within := s.withinPairs()
		list = slices.DeleteFunc(list, func(k int32) bool { return within[k] != float64(sel.K-1) })
	}
	if sel.Where == "" || len(list) == 0 {
		return list, nil
	}
	x, t, err := s.evaluate(sel.Where, list)
	if err == nil && t.Kind != expr.Boolean {
		err = expr.NewSource(sel.Where).Errorf(0, len(sel.Where), "a condition such as w > 0.5 is needed, but this is %s", t)
	}
	if err != nil {
		return nil, s.fail("where", err)
	}
	kept := list[:0]
	for n, k := range list {
		if x[n] != 0 {
			kept = append(kept, k)
		}
	}
	return kept, nil
}

// withinPairs counts the synapses of the same pair before each.
func (s *SynapseSet) withinPairs() []float64 {
	x := make([]float64, s.N())
	seen := make([]int32, s.ends[post].N())
	f := newFan(s.cells[pre], s.ends[pre].N())
	for c := range s.ends[pre].N() {
		for p := f.start[c]; p < f.start[c+1]; p++ {
			k := f.at(p)
			x[k] = float64(seen[s.cells[post][k]])
			seen[s.cells[post][k]]++
		}
		for p := f.start[c]; p < f.start[c+1]; p++ {
			seen[s.cells[post][f.at(p)]] = 0
		}
	}
	return x
}

// countOf is the number of synapses of the cell at one end of each.
func (s *SynapseSet) countOf(e side) []float64 {
	of, x := s.count(e), make([]float64, s.N())
	for k, c := range s.cells[e] {
		x[k] = float64(of[c])
	}
	return x
}

// evaluate computes an expression for the listed synapses.
func (s *SynapseSet) evaluate(text string, list []int32) ([]float64, expr.Type, error) {
	fail := func(err error) ([]float64, expr.Type, error) { return nil, expr.Type{}, err }
	if !s.compiled {
		if err := s.compile(); err != nil {
			return fail(err)
		}
	}
	n, err := expr.Parse(text, expr.Options{})
	if err != nil {
		return fail(err)
	}
	purpose := fmt.Sprintf("set %d", s.sets)
	s.sets++
	// The text may read other variables of the cells than the model: it is compiled with the names it needs.
	read := *s
	if read.names, err = cellNames(s.ends, s.equations, []expr.Statement{{Target: equations.Time, Value: n}}); err != nil {
		return fail(err)
	}
	scope := &expr.Scope{Symbols: read.names.symbols(), Parent: s.model.Scope, Random: true}
	for _, extra := range []struct {
		name   string
		values func() []float64
	}{
		{"k", s.withinPairs},
		{"N_outgoing", func() []float64 { return s.countOf(pre) }},
		{"N_incoming", func() []float64 { return s.countOf(post) }},
	} {
		_, own := s.model.Scope.Lookup(extra.name)
		if _, ofCells := scope.Symbols[extra.name]; !own && !ofCells && expr.DependsOn(n, extra.name) {
			read.variables = append(slices.Clone(read.variables), &synapticVariable{name: extra.name, values: extra.values()})
			scope.Symbols[extra.name] = expr.Symbol{Role: expr.Vector, Type: expr.Type{Kind: expr.Integer}}
		}
	}
	if n, err = s.model.Expand(n); err != nil {
		return fail(err)
	}
	if expr.DependsOn(n, equations.LastUpdate) {
		s.track()
		read.last = s.last
	}
	t, err := expr.Check(n, scope)
	if err != nil {
		return fail(err)
	}
	program, err := expr.Compile(n, scope)
	if err != nil {
		return fail(err)
	}
	for _, v := range read.names.variables {
		if v.input != nil && program.VectorSlot(v.name) >= 0 {
			return fail(fmt.Errorf("%s gets its values from an input, which has some only while the network runs", v.name))
		}
	}
	c := &code{s: &read}
	c.bind(program, purpose)
	c.begin(s.clock.next)
	out := make([]float64, 0, len(list))
	for len(list) > 0 {
		part := list[:min(eventBatch, len(list))]
		list = list[len(part):]
		c.values(part, s.clock.next)
		out = append(out, c.result[:len(part)]...)
	}
	return out, t, nil
}

// pathwayOf is the pathway whose delays a name means.
func (s *SynapseSet) pathwayOf(name string) *pathway {
	for _, p := range s.pathways {
		if p.delayName() == name || p.Name == "pre" && name == "delay_pre" {
			return p
		}
	}
	return nil
}

// Values are the values of a variable by the number of the synapse [SI], or the delays of a pathway ("delay" or
// "delay_NAME") as they are used, whole steps. Those of a variable are the state itself: the slice stays the same until
// the next Connect, and writing to it between two steps changes the state. Delays are a copy.
func (s *SynapseSet) Values(name string) ([]float64, error) {
	if p := s.pathwayOf(name); p != nil {
		x := make([]float64, s.N())
		for k := range x {
			d := p.Delay
			if p.delays != nil {
				d = p.delays[k]
			}
			x[k] = float64(float64(s.steps(d)) * s.clock.dt)
		}
		return x, nil
	}
	if name == equations.LastUpdate {
		if s.last == nil && s.started {
			return nil, s.fail("", errors.New("lastupdate was not kept: no text reads it; ask for it before the first run"))
		}
		s.track()
		return s.last, nil
	}
	v := s.variable(name)
	if v == nil {
		return nil, s.unknown(name)
	}
	v.set = true
	return v.values, nil
}

func (s *SynapseSet) unknown(name string) error {
	var names []string
	for _, v := range s.variables {
		names = append(names, v.name)
	}
	for _, p := range s.pathways {
		names = append(names, p.delayName())
	}
	if q, ok := s.equations.Lookup(name); ok {
		return s.fail("", q.Errorf("%s is a static equation and follows from other variables", name))
	}
	return s.fail("", fmt.Errorf("there is no variable %s (variables: %s)", name, strings.Join(names, ", ")))
}

// Set sets a variable (or delays) of all synapses to an expression such as "rand()*nS" or "abs(i-j)*0.1*ms", in i, j, k
// (number within the pair, from 0), N, N_outgoing and N_incoming (synapses of the source cell, of the target cell), t,
// variables of the synapses and of cells, constants, rand() and randn(). Every call draws new random numbers.
func (s *SynapseSet) Set(name, text string) error { return s.SetOf(Selection{}, name, text) }

// SetOf is [SynapseSet.Set] for some synapses.
func (s *SynapseSet) SetOf(sel Selection, name, text string) error {
	list, err := s.Numbers(sel)
	if err != nil {
		return err
	}
	dim, err := s.dimOf(name)
	if err != nil {
		return err
	}
	x, t, err := s.evaluate(text, list)
	if err == nil && !t.Fits(dim) {
		err = expr.NewSource(text).Errorf(0, len(text), "%s has the dimension %s, but this has the dimension %s", name, dim, t.Dim)
	}
	if err != nil {
		return s.fail("value of "+name, err)
	}
	return s.assign(name, list, x)
}

// SetValues sets a variable (or delays) of all synapses to an array [SI], one value for each.
func (s *SynapseSet) SetValues(name string, x []float64) error {
	return s.SetValuesOf(Selection{}, name, x)
}

// SetValuesOf is [SynapseSet.SetValues] for some synapses, in the order of their numbers.
func (s *SynapseSet) SetValuesOf(sel Selection, name string, x []float64) error {
	list, err := s.Numbers(sel)
	if err != nil {
		return err
	}
	if _, err := s.dimOf(name); err != nil {
		return err
	}
	if len(x) != len(list) {
		return s.fail("value of "+name, fmt.Errorf("%d values for %d synapses", len(x), len(list)))
	}
	return s.assign(name, list, x)
}

// dimOf is the dimension of what can be set.
func (s *SynapseSet) dimOf(name string) (units.Dimension, error) {
	if s.pathwayOf(name) != nil {
		return units.DimTime, nil
	}
	v := s.variable(name)
	if v == nil {
		return units.Dimension{}, s.unknown(name)
	}
	return v.dim, nil
}

// assign gives listed synapses their values.
func (s *SynapseSet) assign(name string, list []int32, x []float64) error {
	for n, v := range x {
		if v-v != 0 {
			return s.fail("value of "+name, fmt.Errorf("%g for synapse %d: want a finite number", v, list[n]))
		}
	}
	if p := s.pathwayOf(name); p != nil {
		for n, d := range x {
			if err := s.checkDelay(p, d); err != nil {
				return s.fail("", fmt.Errorf("synapse %d (%d to %d): %w", list[n], s.cells[pre][list[n]], s.cells[post][list[n]], err))
			}
		}
		if p.delays == nil {
			p.delays = make([]float64, s.N())
			for k := range p.delays {
				p.delays[k] = p.Delay
			}
		}
		for n, k := range list {
			p.delays[k] = x[n]
		}
		p.stale = true // the next step, or the next run, arranges the queue
		return nil
	}
	v := s.variable(name)
	v.set = true
	if v.shared {
		if len(x) > 0 && slices.Max(x) != slices.Min(x) {
			return s.fail("value of "+name, errors.New("it has one value for all synapses: it is (shared)"))
		}
		if len(x) > 0 {
			v.values[0] = x[0]
		}
		return nil
	}
	for n, k := range list {
		v.values[k] = x[n]
	}
	return nil
}

// Multiple says what a matrix holds where a pair has several synapses.
type Multiple uint8

// What a matrix holds: the value of the synapse with the highest or lowest number, the smallest, the largest, or the sum.
const (
	Last Multiple = iota
	First
	Smallest
	Largest
	Sum
)

// Matrix is the values of a variable (or delays) as a matrix, row by row, one row per source cell; NaN where there is no
// synapse.
func (s *SynapseSet) Matrix(name string, several Multiple) ([]float64, error) {
	x, err := s.Values(name)
	if err != nil {
		return nil, err
	}
	n := s.ends[post].N()
	m := make([]float64, s.ends[pre].N()*n)
	for k := range m {
		m[k] = math.NaN()
	}
	for k, i := range s.cells[pre] {
		to := &m[int(i)*n+int(s.cells[post][k])]
		v := x[min(k, len(x)-1)]
		switch {
		case *to != *to || several == Last:
			*to = v
		case several == Smallest:
			*to = min(*to, v)
		case several == Largest:
			*to = max(*to, v)
		case several == Sum:
			*to += v
		}
	}
	return m, nil
}

// identifiersOf lists the identifiers of a text, whatever it is.
func identifiersOf(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}
