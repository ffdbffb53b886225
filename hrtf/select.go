package hrtf

import (
	"fmt"
	"math"

	"hearpipe/internal/expr"
)

// Subset returns the responses for which keep is true, in their order. To ask for coordinates, take a column:
//
//	elevation, err := set.Column("elevation")
//	plane, err := set.Subset(func(i int) bool { return elevation[i] == 0 })
//
// A set without responses is an error, and so is a missing function.
func (s *Set) Subset(keep func(i int) bool) (*Set, error) {
	if keep == nil {
		return nil, fmt.Errorf("hrtf: a subset of %s: the condition is missing", s.title())
	}
	var list []int
	for i := range s.places {
		if keep(i) {
			list = append(list, i)
		}
	}
	return s.Pick(list)
}

// Pick returns the responses of a list of numbers, in the order of the list. An empty list and a number out of range are errors.
func (s *Set) Pick(list []int) (*Set, error) {
	if len(list) == 0 {
		return nil, fmt.Errorf("hrtf: none of the %d responses of %s is left: want at least one", s.Len(), s.title())
	}
	if len(list) > mostResponses {
		return nil, fmt.Errorf("hrtf: %d responses: want at most %d", len(list), mostResponses)
	}
	t := *s
	t.places, t.taps, t.delays = nil, [2][][]float64{}, [2][]float64{}
	for _, i := range list {
		if i < 0 || i >= s.Len() {
			return nil, fmt.Errorf("hrtf: %s has no response %d: want 0 to %d", s.title(), i, s.Len()-1)
		}
		t.places = append(t.places, s.places[i])
		for e := range s.taps {
			t.taps[e] = append(t.taps[e], s.taps[e][i])
			if s.delays[e] != nil {
				t.delays[e] = append(t.delays[e], s.delays[e][i])
			}
		}
	}
	return &t, nil
}

// Select returns the responses for which a condition on the coordinates holds, in their order: an expression of the one language, such
// as "elevation == 0 and azimuth < 180". Its names are the columns, azim, elev and dist for short, i for the number of the response and n for how many
// there are. Angles are plain numbers in degrees, or radians where the column says so; distances and times carry their unit: "distance > 1 m".
func (s *Set) Select(condition string) (*Set, error) {
	scope := &expr.Scope{Symbols: map[string]expr.Symbol{
		"i": {Role: expr.Vector},
		"n": expr.ConstantSymbol(expr.IntegerValue(s.Len())),
	}}
	columns := map[string]int{}
	enter := func(name string, k int) {
		columns[name] = k
		scope.Symbols[name] = expr.Symbol{Role: expr.Vector, Type: expr.FloatType(s.columns[k].dimension())}
	}
	for k, c := range s.columns {
		enter(c.Name, k)
	}
	for short, name := range aliases {
		if k, err := s.column(name); err == nil {
			if _, taken := columns[short]; !taken {
				enter(short, k)
			}
		}
	}
	node, err := expr.Parse(condition, expr.Options{})
	if err != nil {
		return nil, fmt.Errorf("hrtf: condition on %s: %w", s.title(), err)
	}
	program, err := expr.Compile(node, scope)
	if err != nil {
		return nil, fmt.Errorf("hrtf: condition on %s (its coordinates are %s): %w", s.title(), s.columnNames(), err)
	}
	if program.Type().Kind != expr.Boolean {
		return nil, fmt.Errorf("hrtf: condition %q on %s is not a condition but %v: want a comparison such as elevation == 0", condition, s.title(), program.Type())
	}
	m := program.NewMachine()
	result := make([]float64, s.Len())
	m.SetVector(program.VectorSlot(expr.Result), result)
	for _, v := range program.Vectors() {
		if v.Name == expr.Result {
			continue
		}
		x := make([]float64, s.Len())
		for i := range x {
			x[i] = float64(i)
			if k, ok := columns[v.Name]; ok {
				x[i] = s.places[i][k]
			}
		}
		m.SetVector(program.VectorSlot(v.Name), x)
	}
	m.Run(0, s.Len())
	t, err := s.Subset(func(i int) bool { return result[i] != 0 })
	if err != nil {
		return nil, fmt.Errorf("hrtf: condition %q holds for none of the %d responses of %s: %s", condition, s.Len(), s.title(), s.ranges())
	}
	return t, nil
}

// ranges says what values the coordinates have.
func (s *Set) ranges() string {
	text := ""
	for k, c := range s.columns {
		lo, hi := math.Inf(1), math.Inf(-1)
		for _, at := range s.places {
			lo, hi = min(lo, at[k]), max(hi, at[k])
		}
		if k > 0 {
			text += ", "
		}
		text += fmt.Sprintf("%s is %g to %g %s", c.Name, lo, hi, c.Unit)
	}
	return text
}

// In returns the set with its coordinates in another system. Angles are rounded to 1e-9 degrees. It is an error if one of the systems
// knows no directions, or is Headless.
func (s *Set) In(system System) (*Set, error) {
	if system == s.system {
		return s, nil
	}
	t := *s
	t.system, t.columns, t.places = system, nil, make([][]float64, s.Len())
	for i := range t.places {
		d, ok := s.Direction(i)
		if ok {
			t.places[i], ok = system.Place(d, s.Distance(i))
		}
		if !ok {
			return nil, fmt.Errorf("hrtf: coordinates of %s cannot be converted from the system %v to %v", s.title(), s.system, system)
		}
	}
	if err := t.nameColumns(len(t.places[0])); err != nil {
		return nil, err
	}
	return &t, nil
}
