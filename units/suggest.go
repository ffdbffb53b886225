package units

import (
	"sort"
	"strings"
)

// Suggest returns up to three unit names close to name, best first: the same letters in another
// case, then names at one edit (a letter added, dropped, changed, or two swapped), with common
// units before rare ones. It returns nil when nothing is close.
func Suggest(name string) []string {
	type candidate struct {
		name string
		rank int
	}
	var found []candidate
	seen := map[string]bool{}
	consider := func(candidates []string, rarity int) {
		for _, c := range candidates {
			if seen[c] || c == name {
				continue
			}
			rank := 0
			switch {
			case strings.EqualFold(c, name):
			case len(name) >= 2 && oneEdit(c, name):
				rank = 1
				if c[0] != name[0] {
					rank = 2
				}
			case len(name) >= 4 && oneEdit(strings.ToLower(c), strings.ToLower(name)):
				rank = 3
			default:
				continue
			}
			seen[c] = true
			found = append(found, candidate{c, 2*rarity + 3*rank})
		}
	}
	consider(shortNames, 0)
	consider(commonNames, 0)
	if len(name) >= 4 {
		consider(Names(), 1)
	}
	sort.SliceStable(found, func(i, j int) bool { return found[i].rank < found[j].rank })
	var names []string
	for _, c := range found[:min(len(found), 3)] {
		names = append(names, c.name)
	}
	return names
}

// commonNames are preferred suggestions besides the short names.
var commonNames = []string{
	"s", "V", "A", "F", "S", "Pa", "uPa", "mPa", "kPa", "dB", "ohm", "kohm", "Mohm", "second", "msecond", "volt", "mvolt",
	"amp", "ampere", "siemens", "farad", "hertz", "metre", "pascal",
}

// oneEdit reports whether b is a with one letter added, dropped or changed, or two neighbours
// swapped.
func oneEdit(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) < len(b) {
		return a[i:] == b[i+1:]
	}
	if i == len(a) {
		return false
	}
	return a[i+1:] == b[i+1:] ||
		i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}
