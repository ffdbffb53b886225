package equations

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"hearpipe/internal/expr"
	"hearpipe/units"
)

// maxDefinitions bounds the definitions of one text.
const maxDefinitions = 10_000

// parser cuts a text into definitions. It works on a copy in which comments and continuations are spaces, so that
// offsets stay those of the source; right-hand sides are parsed from the source itself.
type parser struct {
	src   *expr.Source
	in    Context
	plain string
}

// definitions returns all definitions of the text.
func (p *parser) definitions() ([]Equation, error) {
	p.plain = blank(p.src.Text)
	var list []Equation
	depth, start := 0, 0
	for at := 0; at <= len(p.plain); at++ {
		if at < len(p.plain) {
			switch p.plain[at] {
			case '(', '[':
				depth++
			case ')', ']':
				depth = max(0, depth-1)
			}
			if p.plain[at] != '\n' || depth > 0 {
				continue
			}
		}
		if strings.TrimSpace(p.plain[start:at]) != "" {
			q, err := p.definition(start, at)
			if err != nil {
				return nil, err
			}
			if list = append(list, q); len(list) > maxDefinitions {
				return nil, p.src.Errorf(start, at, "more than %d definitions", maxDefinitions)
			}
		}
		start, depth = at+1, 0
	}
	return list, nil
}

// blank returns the text with comments, and backslashes at the end of a line together with the line break, replaced by
// spaces.
func blank(text string) string {
	b := []byte(text)
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '#':
			for ; i < len(b) && b[i] != '\n'; i++ {
				b[i] = ' '
			}
			i-- // the line break may end a line that is continued by a backslash before the comment
		case '\\':
			k := i + 1
			for k < len(b) && (b[k] == ' ' || b[k] == '\t' || b[k] == '\r') {
				k++
			}
			if k < len(b) && b[k] == '\n' {
				b[i], b[k] = ' ', ' '
			}
		}
	}
	return string(b)
}

// definition reads the definition in the bytes start..end.
func (p *parser) definition(start, end int) (Equation, error) {
	start, end = p.trim(start, end)
	equals, colon := -1, -1
	var open []int
	for i := start; i < end; i++ {
		switch c := p.plain[i]; {
		case c == '(' || c == '[':
			open = append(open, i)
		case c == ')' || c == ']':
			open = open[:max(0, len(open)-1)]
		case len(open) > 0:
		case c == ':' && colon < 0:
			colon = i
		case c == '=' && equals < 0 && colon < 0:
			equals = i
		}
	}
	if len(open) > 0 {
		at := open[len(open)-1]
		return Equation{}, p.src.Errorf(at, at+1, "this %s is not closed", p.plain[at:at+1])
	}
	left := end
	switch {
	case equals >= 0:
		left = equals
	case colon >= 0:
		left = colon
	}
	q := Equation{Kind: Parameter, src: p.src}
	if err := p.name(&q, start, left, equals >= 0); err != nil {
		return q, err
	}
	if colon < 0 {
		if q.Kind == Parameter && equals >= 0 && p.alias(&q, equals+1, end) {
			return q, nil
		}
		return q, p.src.Errorf(start, end, "the definition of %s has no unit: end the line with a colon and a unit, such as : volt or : 1", q.Name)
	}
	if equals >= 0 {
		if q.Kind == Parameter {
			q.Kind = Static
		}
		var err error
		if q.Right, err = p.src.Parse(equals+1, colon, expr.Options{}); err != nil {
			return q, err
		}
	}
	return q, p.unitAndFlags(&q, colon, end)
}

// alias reads the right-hand side of a definition without a unit, if it is nothing but a name.
func (p *parser) alias(q *Equation, start, end int) bool {
	n, err := p.src.Parse(start, end, expr.Options{})
	if err != nil {
		return false
	}
	_, ok := n.(*expr.Name)
	if ok {
		q.Kind, q.Alias, q.Right = Static, true, n
	}
	return ok
}

// trim cuts spaces from both ends of a range.
func (p *parser) trim(start, end int) (int, int) {
	for start < end && isSpace(p.plain[start]) {
		start++
	}
	for end > start && isSpace(p.plain[end-1]) {
		end--
	}
	return start, end
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// name reads the left-hand side, a name or dname/dt, in the bytes start..end.
func (p *parser) name(q *Equation, start, end int, equation bool) error {
	start, end = p.trim(start, end)
	text := p.plain[start:end]
	if text == "" {
		return p.src.Errorf(start, end, "expected the name of a variable")
	}
	n := identifierLength(text)
	q.start, q.end = start, start+n
	rest := strings.Join(strings.Fields(text[n:]), "")
	switch {
	case n == 0:
		return p.src.Errorf(start, end, "expected the name of a variable, or dx/dt for a variable x, found %s", text)
	case rest == "":
		q.Name = text
	case rest == "/dt" && text[0] == 'd' && n > 1:
		q.start++
		q.Name, q.Kind = text[1:n], Differential
		if !equation {
			return p.src.Errorf(start, end, "the differential equation of %s has no right-hand side: write d%s/dt = ... : unit", q.Name, q.Name)
		}
		if identifierLength(q.Name) == 0 {
			return p.src.Errorf(q.start, q.end, "%s cannot be the name of a variable", q.Name)
		}
	default:
		return p.src.Errorf(start, end, "expected the name of a variable, or dx/dt for a variable x, found %s", strings.Join(strings.Fields(text), " "))
	}
	if why, ok := reserved(q.Name, p.in); ok {
		return p.src.Errorf(q.start, q.end, "%s cannot be the name of a variable: it is %s", q.Name, why)
	}
	return nil
}

// reserved says what a name means that no variable may have.
func reserved(name string, in Context) (string, bool) {
	if in == OfSynapses {
		switch name {
		case "i":
			return "the number of the source cell", true
		case "j":
			return "the number of the target cell", true
		case LastUpdate:
			return "the time of the last event of the synapse", true
		}
	}
	switch name {
	case "t":
		return "the time", true
	case "dt":
		return "the time step", true
	case "i":
		return "the number of the cell", true
	case "N":
		return "the number of cells", true
	case "xi":
		return "white noise", true
	case "rand", "randn":
		return "a random number", true
	case "not_refractory":
		return "the state of refractoriness", true
	case "lastspike":
		return "the time of the last spike", true
	case "and", "or", "not", "True", "False", "if", "else", "in", "is":
		return "a word of the language", true
	}
	if strings.HasPrefix(name, "xi_") {
		return "white noise", true
	}
	if strings.HasPrefix(name, "_") {
		return "reserved, as all names that begin with an underscore", true
	}
	return "", false
}

// identifierLength is the length of the identifier at the start of s, 0 if there is none.
func identifierLength(s string) int {
	for i, r := range s {
		if r == '_' || unicode.IsLetter(r) || i > 0 && unicode.IsDigit(r) {
			continue
		}
		return i
	}
	return len(s)
}

// unit reads a unit without scale.
func (p *parser) unit(start, end int) (units.Dimension, error) {
	n, err := p.src.Parse(start, end, expr.Options{})
	if err != nil {
		return units.Dimension{}, err
	}
	scope := &expr.Scope{}
	v, err := expr.EvalNode(n, scope)
	if err != nil {
		return units.Dimension{}, err
	}
	quantity, ok := v.Quantity()
	if !ok {
		return units.Dimension{}, p.src.Errorf(start, end, "expected a unit such as volt or 1, found %s", v.Type)
	}
	if quantity.Value == 1 {
		return quantity.Dim, nil
	}
	// A scale would change nothing (all values are SI) and mislead: find the culprit.
	var scaled *expr.Error
	expr.Walk(n, func(n expr.Node) bool {
		name, ok := n.(*expr.Name)
		if !ok || scaled != nil {
			return true
		}
		u, ok := units.Lookup(name.Ident)
		if !ok || u.Value == 1 {
			return true
		}
		src, start, end := name.Span()
		scaled = src.Errorf(start, end, "the unit of a variable has no scale: write %s instead of %s; the dimension is declared here, values stay free to use any scale",
			unscaled(name.Ident, u.Dim), name.Ident)
		return true
	})
	if scaled != nil {
		return units.Dimension{}, scaled
	}
	return units.Dimension{}, p.src.Errorf(start, end, "expected a unit such as volt or 1, found the quantity %s", quantity)
}

// unscaled is the name of the same unit without its prefix.
func unscaled(name string, dim units.Dimension) string {
	for i := 1; i < len(name); i++ {
		if !utf8.RuneStart(name[i]) {
			continue
		}
		if u, ok := units.Lookup(name[i:]); ok && u.Value == 1 && u.Dim == dim {
			return name[i:]
		}
	}
	for _, base := range []string{"volt", "amp", "siemens", "second", "metre", "metre2", "metre3", "kilogram", "farad", "ohm", "hertz"} {
		if u, ok := units.Lookup(base); ok && u.Value == 1 && u.Dim == dim {
			return base
		}
	}
	return "the unit without its prefix"
}
