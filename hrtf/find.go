package hrtf

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// tolerance is how closely coordinates must match, in their unit.
const tolerance = 1e-10

// Find returns the number of the one response with the given coordinates, by name (azim, elev and dist stand for azimuth, elevation and
// distance): all of them must match within 1e-10; those not given may be anything. No match or more than one is an error.
func (s *Set) Find(at map[string]float64) (int, error) {
	names := slices.Sorted(maps.Keys(at))
	if len(names) == 0 {
		return 0, fmt.Errorf("hrtf: no coordinates to find: %s has %s", s.title(), s.columnNames())
	}
	columns := make([]int, len(names))
	asked := make([]string, len(names))
	for j, name := range names {
		k, err := s.column(name)
		if err != nil {
			return 0, err
		}
		columns[j] = k
		asked[j] = fmt.Sprintf("%s %g", name, at[name])
	}
	found, matches := -1, 0
	for i, place := range s.places {
		match := true
		for j, k := range columns {
			match = match && math.Abs(place[k]-at[names[j]]) <= tolerance
		}
		if match {
			matches++
			if found < 0 {
				found = i
			}
		}
	}
	switch {
	case matches == 0:
		return 0, fmt.Errorf("hrtf: %s has no response at %s; the nearest is at %s", s.title(), strings.Join(asked, ", "), s.describe(s.closest(columns, names, at)))
	case matches > 1:
		return 0, fmt.Errorf("hrtf: %s has %d responses at %s, the first at %s: want exactly one", s.title(), matches, strings.Join(asked, ", "), s.describe(found))
	}
	return found, nil
}

// closest returns the response with the least sum of squared differences in the columns asked for: a hint for a message.
func (s *Set) closest(columns []int, names []string, at map[string]float64) int {
	best, least := 0, math.Inf(1)
	for i, place := range s.places {
		sum := 0.0
		for j, k := range columns {
			d := math.Abs(place[k] - at[names[j]])
			if s.columns[k].Unit == "degree" {
				d = math.Abs(math.Remainder(d, 360))
			}
			sum += float64(d * d)
		}
		if sum < least {
			best, least = i, sum
		}
	}
	return best
}

// tie is the difference between the cosines of two angles, twice what rounding makes of equal ones, up to which the angles count as equal.
const tie = 1e-15

// Nearest returns the number of the response whose direction is nearest to d, the first of several, and the angle between the two in
// degrees. It is an error if the system of the set knows no directions, or if d is none.
func (s *Set) Nearest(d Direction) (i int, angle float64, err error) {
	if err := d.check(); err != nil {
		return 0, 0, err
	}
	most := math.Inf(-1)
	for i := range s.places {
		if e, ok := s.Direction(i); ok {
			most = max(most, d.Dot(e))
		}
	}
	found := slices.IndexFunc(s.places, func(at []float64) bool {
		e, ok := s.system.Direction(at)
		return ok && d.Dot(e) >= most-tie
	})
	if found < 0 {
		return 0, 0, fmt.Errorf("hrtf: %s has no directions: its coordinates are %s", s.title(), s.columnNames())
	}
	e, _ := s.Direction(found)
	return found, d.Angle(e), nil
}
