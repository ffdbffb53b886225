package pipelines

import (
	"strconv"
	"strings"

	"hearpipe/internal/expr"
)

// readNamed reads a list or map of names.
func (p *planner) readNamed(v *value, e *element) {
	switch {
	case v.field.Kind == NameList && e.kind == scalarElement:
		v.names = []named{{e.text, e}}
	case v.field.Kind == NameList && e.kind == listElement:
		for _, x := range e.items {
			if x.kind != scalarElement {
				p.add(x.mistake("want a name, this is %v", x.kind))
				return
			}
			v.names = append(v.names, named{x.text, x})
		}
	case v.field.Kind != NameList && e.kind == mapElement:
		for _, k := range e.keys {
			if k.value.kind == listElement && v.field.lists(k.name) {
				v.names = append(v.names, named{k.name, k.value})
				continue
			}
			if k.value.kind != scalarElement {
				p.add(k.value.mistake("want %s, this is %v%s", map[bool]string{true: "the name of a node", false: "an expression"}[v.field.Kind == Streams], k.value.kind, k.value.quoteHint()))
				return
			}
			if v.field.Kind == Assignments && !p.use(k.value) {
				return
			}
			v.names = append(v.names, named{k.name, k.value})
		}
	default:
		p.add(e.mistake("want %s, this is %v", v.field.kindOf(), e.kind))
		return
	}
	v.ok = true
}

func (p *planner) readText(v *value, e *element) {
	if e.kind != scalarElement {
		p.add(e.mistake("want %s, this is %v", article(v.field.kindOf()), e.kind))
		return
	}
	switch v.field.Kind {
	case Expression, Statements:
		// The parameters in it are values of the language, not text.
		v.text, v.ok = e.text, p.use(e)
		return
	}
	v.text, v.trusted, v.ok = p.expand(e)
	if !v.ok {
		return
	}
	if v.field.Kind == Choice {
		for _, c := range v.field.Choices {
			if v.text == c {
				return
			}
		}
		p.add(e.mistake("%q is not allowed%s; want one of %s", v.text, suggest(v.text, v.field.Choices), strings.Join(v.field.Choices, ", ")))
		v.ok = false
	}
	if strings.TrimSpace(v.text) == "" {
		p.add(e.mistake("the text is empty"))
		v.ok = false
	}
}

// unknownParameter is the mistake of naming a parameter, at a byte of a text, that does not exist or not yet.
func (p *planner) unknownParameter(e *element, name string, offset int) *Mistake {
	line, column := exprSource(e).Position(offset)
	at := position{line, column}
	if p.desc.HasParameter(name) {
		return e.src.mistake(at, e.path, "the parameter %q stands further down; a parameter may use those above it", name)
	}
	have := p.desc.parameterNames()
	return e.src.mistake(at, e.path, "there is no parameter %q%s; params has %s", name, suggest(name, have), listed(have))
}

// expand replaces $name in a text. trusted reports that the text begins with a parameter given on the command line.
func (p *planner) expand(e *element) (text string, trusted, ok bool) {
	if e.kind != scalarElement {
		p.add(e.mistake("want text, this is %v", e.kind))
		return "", false, false
	}
	if !p.use(e) {
		return "", false, false
	}
	text = paramRule.ReplaceAllStringFunc(e.text, func(ref string) string {
		return valueText(p.params[ref[1:]].value)
	})
	if loc := paramRule.FindStringIndex(e.text); loc != nil && loc[0] == 0 {
		if x := p.params[e.text[1:loc[1]]]; x != nil {
			trusted = x.command
		}
	}
	return text, trusted, true
}

// valueText is a value as part of a text: "20Hz", "0.5", "speech.wav".
func valueText(v expr.Value) string {
	if v.Type.Kind == expr.String {
		return v.Str
	}
	return strings.ReplaceAll(v.String(), " ", "")
}

// readRange reads lo:hi.
func (p *planner) readRange(e *element) (lo, hi int, ok bool) {
	if e.kind == scalarElement {
		if r, err := ParseRange(e.text); err == nil {
			return r.Lo, r.Hi, true
		}
	}
	p.add(e.mistake("want channels lo:hi, half open, such as 0:100; this is %s", strconv.Quote(written(e))))
	return 0, 0, false
}
