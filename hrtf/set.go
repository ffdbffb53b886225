package hrtf

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// SetParams describe a set of n responses of L taps.
type SetParams struct {
	Name    string // of the set, such as IRCAM_1002
	Subject string // whose head
	System  System // what the coordinates mean
	// Columns name the coordinates. Nil stands for those of the system, as many as the coordinates have.
	Columns     []Column
	Coordinates [][]float64 // n rows, of one value per column
	Left, Right [][]float64 // taps of the ears, n rows of L
	// LeftDelay and RightDelay are n delays each, before the first tap [samples]; nil for none.
	LeftDelay, RightDelay []float64
	Rate                  float64 // [Hz]
	// Attributes are what the source says in words, such as Title and License; nil for none.
	Attributes map[string]string
}

// Set is a set of HRTFs of one head, all of one length and rate, each with its coordinates. It holds at least one response and never
// changes. What its methods return are views, not to be changed.
type Set struct {
	name, subject string
	system        System
	columns       []Column
	places        [][]float64    // n × columns
	taps          [2][][]float64 // ear, n × L
	delays        [2][]float64   // ear, n; nil for none
	rate          float64
	attributes    map[string]string
}

// NewSet makes a set of arrays, which it copies. It refuses no responses, more than 2^20 of them or of taps, more than 2^27 values,
// unequal lengths, numbers that are not finite, and elevations (in InterauralPolar: azimuths) beyond 90 degrees.
func NewSet(p SetParams) (*Set, error) {
	s, err := p.set()
	if err != nil {
		return nil, err
	}
	for e, rows := range s.taps {
		s.taps[e] = nil
		block := make([]float64, 0, len(rows)*len(rows[0]))
		for _, h := range rows {
			block = append(block, h...)
			s.taps[e] = append(s.taps[e], block[len(block)-len(h):len(block):len(block)])
		}
	}
	return s, nil
}

// set is NewSet for taps that nobody else has, which are not copied.
func (p SetParams) set() (*Set, error) {
	s := &Set{
		name: p.Name, subject: p.Subject, system: p.System, columns: slices.Clone(p.Columns), rate: p.Rate,
		attributes: maps.Clone(p.Attributes), taps: [2][][]float64{p.Left, p.Right},
	}
	if err := s.check(p); err != nil {
		return nil, err
	}
	for i := range p.Coordinates {
		s.places = append(s.places, slices.Clone(p.Coordinates[i]))
	}
	if p.LeftDelay != nil {
		s.delays = [2][]float64{slices.Clone(p.LeftDelay), slices.Clone(p.RightDelay)}
	}
	return s, nil
}

// check refuses wrong parameters, and gives the set its columns.
func (s *Set) check(p SetParams) error {
	if err := checkRate(p.Rate); err != nil {
		return err
	}
	n := len(p.Left)
	switch {
	case n == 0:
		return fmt.Errorf("hrtf: a set without responses")
	case n > mostResponses:
		return fmt.Errorf("hrtf: %d responses: want at most %d", n, mostResponses)
	case len(p.Right) != n:
		return fmt.Errorf("hrtf: %d responses for the left ear and %d for the right: want equal numbers", n, len(p.Right))
	case len(p.Coordinates) != n:
		return fmt.Errorf("hrtf: coordinates of %d responses: want %d, one row per response", len(p.Coordinates), n)
	case (p.LeftDelay == nil) != (p.RightDelay == nil):
		return fmt.Errorf("hrtf: delays for one ear only: want both or none")
	}
	taps := len(p.Left[0])
	if taps < 1 || taps > mostTaps || taps > mostValues/2/n {
		return fmt.Errorf("hrtf: %d responses of %d taps: want 1 to %d taps and at most %d values for both ears", n, taps, mostTaps, mostValues)
	}
	if err := s.nameColumns(len(p.Coordinates[0])); err != nil {
		return err
	}
	for i, at := range p.Coordinates {
		if len(at) != len(s.columns) {
			return fmt.Errorf("hrtf: response %d has %d coordinates: want %d (%s)", i, len(at), len(s.columns), s.columnNames())
		}
		for k, x := range at {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				return fmt.Errorf("hrtf: response %d: %s is %g: want a finite number", i, s.columns[k].Name, x)
			}
		}
		if k := s.system.latitude(); k >= 0 && math.Abs(at[k]) > 90+overPole {
			return fmt.Errorf("hrtf: response %d: %s is %g degrees: want -90 to 90", i, s.columns[k].Name, at[k])
		}
	}
	for e, rows := range [][][]float64{p.Left, p.Right} {
		for i, h := range rows {
			if len(h) != taps {
				return fmt.Errorf("hrtf: %s has %d taps: want %d like the first", response(Ear(e), i), len(h), taps)
			}
			if err := checkTaps(h, Ear(e), i); err != nil {
				return err
			}
		}
	}
	for e, delays := range [][]float64{p.LeftDelay, p.RightDelay} {
		if delays != nil && len(delays) != n {
			return fmt.Errorf("hrtf: %d delays for the %v ear: want %d, one per response", len(delays), Ear(e), n)
		}
		for i, d := range delays {
			if err := checkDelay(d, Ear(e), i); err != nil {
				return err
			}
		}
	}
	return nil
}

// nameColumns gives the set the first k columns of its system, unless it has its own.
func (s *Set) nameColumns(k int) error {
	if s.system < 0 || int(s.system) >= len(systemNames) {
		return fmt.Errorf("hrtf: %v is no coordinate system", s.system)
	}
	own := s.system.Columns()
	if s.columns == nil {
		least := len(own) - 1
		if s.system == Cartesian {
			least = len(own)
		}
		switch {
		case own == nil:
			return fmt.Errorf("hrtf: coordinates of the system %v need columns", s.system)
		case k < least || k > len(own):
			return fmt.Errorf("hrtf: %d coordinates: the system %v wants %d or %d", k, s.system, least, len(own))
		}
		s.columns = own[:k]
		return nil
	}
	seen := map[string]bool{}
	for i, c := range s.columns {
		switch {
		case c.Name == "" || seen[c.Name]:
			return fmt.Errorf("hrtf: column %d has the name %q: want different names", i, c.Name)
		case own != nil && (i >= len(own) || c != own[i]):
			return fmt.Errorf("hrtf: column %d is %s [%s]: the system %v has its own columns, want none given", i, c.Name, c.Unit, s.system)
		}
		seen[c.Name] = true
	}
	return nil
}

// Len returns the number of responses.
func (s *Set) Len() int { return len(s.places) }

// Taps returns the length of the responses, without delays.
func (s *Set) Taps() int { return len(s.taps[Left][0]) }

// Rate returns the frames per second [Hz].
func (s *Set) Rate() float64 { return s.rate }

// Name returns the name of the set.
func (s *Set) Name() string { return s.name }

// Subject returns whose head it is.
func (s *Set) Subject() string { return s.subject }

// System returns what the coordinates mean.
func (s *Set) System() System { return s.system }

// Columns returns the names and units of the coordinates.
func (s *Set) Columns() []Column { return s.columns }

// Attribute returns what the source says under a name such as Title or License, and whether it says anything.
func (s *Set) Attribute(name string) (string, bool) {
	text, ok := s.attributes[name]
	return text, ok
}

// Attributes returns the names of all attributes in alphabetical order.
func (s *Set) Attributes() []string { return slices.Sorted(maps.Keys(s.attributes)) }

// At returns response i, counted from 0; like an index of a slice, i must be in range.
func (s *Set) At(i int) HRTF {
	h := HRTF{Left: s.taps[Left][i], Right: s.taps[Right][i], Rate: s.rate}
	if s.delays[Left] != nil {
		h.Delay = [2]float64{s.delays[Left][i], s.delays[Right][i]}
	}
	return h
}

// Coordinates returns the coordinates of response i, one per column.
func (s *Set) Coordinates(i int) []float64 { return s.places[i] }

// Direction returns the direction of response i, and false if the system of the set knows none.
func (s *Set) Direction(i int) (Direction, bool) { return s.system.Direction(s.places[i]) }

// Distance returns the distance of response i from the centre of the head [m], NaN if the set does not say.
func (s *Set) Distance(i int) float64 { return s.system.distance(s.places[i]) }

// Column returns one coordinate of all responses; azim, elev and dist stand for azimuth, elevation and distance.
func (s *Set) Column(name string) ([]float64, error) {
	k, err := s.column(name)
	if err != nil {
		return nil, err
	}
	x := make([]float64, s.Len())
	for i := range x {
		x[i] = s.places[i][k]
	}
	return x, nil
}

// column finds a column by its name or alias.
func (s *Set) column(name string) (int, error) {
	is := func(name string) int {
		return slices.IndexFunc(s.columns, func(c Column) bool { return c.Name == name })
	}
	if k := is(name); k >= 0 {
		return k, nil
	}
	if k := is(aliases[name]); k >= 0 {
		return k, nil
	}
	return -1, fmt.Errorf("hrtf: there is no coordinate %q: %s has %s", name, s.title(), s.columnNames())
}

func (s *Set) columnNames() string {
	names := make([]string, len(s.columns))
	for i, c := range s.columns {
		names[i] = c.Name
	}
	return strings.Join(names, ", ")
}

// title names the set in messages.
func (s *Set) title() string {
	if s.name == "" {
		return "the set"
	}
	return "the set " + s.name
}

// describe names response i by its coordinates.
func (s *Set) describe(i int) string {
	parts := make([]string, len(s.columns))
	for k, c := range s.columns {
		parts[k] = fmt.Sprintf("%s %g", c.Name, s.places[i][k])
	}
	return strings.Join(parts, ", ")
}
