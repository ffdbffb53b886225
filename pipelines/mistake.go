package pipelines

import (
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"
)

// Mistake is one thing that is wrong with a pipeline, with the place where it stands.
type Mistake struct {
	File    string // the file, or the option of the command line such as "--set low"
	Line    int    // 1-based, 0 if the place is not in a file
	Column  int    // 1-based, counted in characters
	Element string // path of the element, such as "nodes.anf.threshold"
	Message string // what is wrong, with the value and its unit, and what is allowed
	Source  string // the line of text the place is in, "" if there is none
	Warning bool   // the pipeline runs all the same
}

// Error prints the place, the element, the message and the line with a caret under the place.
func (m *Mistake) Error() string {
	var b strings.Builder
	b.WriteString(m.File)
	if m.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", m.Line, m.Column)
	}
	b.WriteString(": ")
	if m.Warning {
		b.WriteString("warning: ")
	}
	if m.Element != "" {
		b.WriteString(m.Element + ": ")
	}
	b.WriteString(m.Message)
	if m.Source != "" && m.Line > 0 {
		line, column := excerpt(m.Source, m.Column)
		fmt.Fprintf(&b, "\n%5d | %s\n      | %s^", m.Line, line, strings.Repeat(" ", column-1))
	}
	return b.String()
}

// excerptWidth is how much of a long line is printed, in characters.
const excerptWidth = 100

// excerpt shortens a long line around a column and replaces tabs, so that the caret stands under the right character.
// It returns the new column, 1-based.
func excerpt(line string, column int) (string, int) {
	r := []rune(strings.Map(func(c rune) rune {
		if c == '\t' || c < ' ' || c == utf8.RuneError {
			return ' '
		}
		return c
	}, line))
	column = min(max(column, 1), len(r)+1)
	if len(r) <= excerptWidth {
		return string(r), column
	}
	lo := max(0, column-1-excerptWidth/2)
	hi := min(len(r), lo+excerptWidth)
	text := string(r[lo:hi])
	column -= lo
	if lo > 0 {
		text = "…" + text
		column++
	}
	if hi < len(r) {
		text += "…"
	}
	return text, column
}

// Mistakes is everything that was found wrong with a pipeline, in the order of the file. It is never empty when it is
// returned as an error.
type Mistakes []*Mistake

// Error prints all mistakes, one below the other.
func (ms Mistakes) Error() string {
	text := make([]string, len(ms))
	for i, m := range ms {
		text[i] = m.Error()
	}
	return strings.Join(text, "\n")
}

// fatal returns those that are not warnings.
func (ms Mistakes) fatal() Mistakes {
	var out Mistakes
	for _, m := range ms {
		if !m.Warning {
			out = append(out, m)
		}
	}
	return out
}

// sorted returns the mistakes in the order of the file, without repetitions.
func (ms Mistakes) sorted() Mistakes {
	out := append(Mistakes(nil), ms...)
	sort.SliceStable(out, func(a, b int) bool {
		if out[a].Line != out[b].Line {
			return out[a].Line < out[b].Line
		}
		return out[a].Column < out[b].Column
	})
	var kept Mistakes
	seen := map[Mistake]bool{}
	for _, m := range out {
		if !seen[*m] {
			seen[*m] = true
			kept = append(kept, m)
		}
	}
	return kept
}

// suggest names the candidate closest to a misspelt word: " (did you mean "threshold"?)", or "" if none is near.
func suggest(word string, candidates []string) string {
	best, distance := "", 3
	if len(word) <= 3 {
		distance = 2
	}
	for _, c := range candidates {
		if d := editDistance(strings.ToLower(word), strings.ToLower(c)); d < distance {
			best, distance = c, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", best)
}

// editDistance is the number of insertions, deletions, substitutions and swaps of neighbours between two words.
func editDistance(a, b string) int {
	x, y := []rune(a), []rune(b)
	d := make([][]int, len(x)+1)
	for i := range d {
		d[i] = make([]int, len(y)+1)
		d[i][0] = i
	}
	for j := range d[0] {
		d[0][j] = j
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, d[i-1][j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(x)][len(y)]
}
