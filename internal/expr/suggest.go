package expr

import (
	"fmt"
	"sort"
	"strings"

	"hearpipe/units"
)

// unknownName is the message for an identifier that nothing defines.
func (s *Scope) unknownName(name string) string {
	for _, known := range []string{"True", "False"} {
		if strings.EqualFold(name, known) {
			return fmt.Sprintf("unknown name %s (did you mean %s?)", name, known)
		}
	}
	if builtins[name] != nil {
		return fmt.Sprintf("%s is a function; it needs arguments in parentheses", name)
	}
	if near := nearest(name, s.names()); near != nil {
		return fmt.Sprintf("unknown name %s (did you mean %s?)", name, strings.Join(near, " or "))
	}
	if _, ok := units.LookupSymbol(name); ok {
		return fmt.Sprintf("unknown name %s (as a unit it stands directly after a number: 2 %s)", name, name)
	}
	if near := units.Suggest(name); near != nil && len(name) >= 4 {
		return fmt.Sprintf("unknown name %s (did you mean the unit %s?)", name, strings.Join(near, " or "))
	}
	return "unknown name " + name
}

// unknownParam is the message for "$name" without a value.
func (s *Scope) unknownParam(name string) string {
	var known []string
	for ; s != nil; s = s.Parent {
		for n := range s.Params {
			known = append(known, n)
		}
	}
	sort.Strings(known)
	if near := nearest(name, known); near != nil {
		return fmt.Sprintf("unknown parameter $%s (did you mean $%s?)", name, near[0])
	}
	if known == nil {
		return fmt.Sprintf("unknown parameter $%s (no parameters are defined)", name)
	}
	return fmt.Sprintf("unknown parameter $%s (known are %s)", name, strings.Join(known, ", "))
}

// unknownFunction is the message for a call of something that does not exist.
func (s *Scope) unknownFunction(name string) string {
	known := Functions()
	for scope := s; scope != nil; scope = scope.Parent {
		for n, sym := range scope.Symbols {
			if sym.Role == FunctionName {
				known = append(known, n)
			}
		}
	}
	sort.Strings(known)
	if near := nearest(name, known); near != nil {
		return fmt.Sprintf("unknown function %s (did you mean %s?)", name, strings.Join(near, " or "))
	}
	return "unknown function " + name
}

// names returns the names a scope and its parents define, sorted, and the built-in constants.
func (s *Scope) names() []string {
	var names []string
	for ; s != nil; s = s.Parent {
		for n := range s.Symbols {
			names = append(names, n)
		}
	}
	for n := range builtinConstants {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

// nearest returns up to three of the known names that are close to name: equal but for case, or at
// an edit distance of 1 (2 from six letters on), nearest first.
func nearest(name string, known []string) []string {
	limit := 1
	if len(name) >= 6 {
		limit = 2
	}
	var found [3][]string
	last := ""
	for _, k := range known {
		if k == last {
			continue
		}
		last = k
		switch d := distance(name, k); {
		case strings.EqualFold(name, k):
			found[0] = append(found[0], k)
		case d <= limit && len(name) > 1 && len(k) > 1:
			found[d] = append(found[d], k)
		}
	}
	all := append(append(found[0], found[1]...), found[2]...)
	return all[:min(len(all), 3)]
}

// distance is the number of letters to add, drop, change or swap with a neighbour between a and b.
func distance(a, b string) int {
	if len(a)-len(b) > 2 || len(b)-len(a) > 2 || len(a) > 60 {
		return 3
	}
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d := min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, rows[i-2][j-2]+1)
			}
			rows[i][j] = d
		}
	}
	return rows[len(a)][len(b)]
}
