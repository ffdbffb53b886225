package pipelines

import (
	"math"
	"regexp"
	"slices"
	"strings"

	"hearpipe/internal/expr"
)

// parameter is a parameter with its value.
type parameter struct {
	value   expr.Value
	ok      bool // it could be computed
	command bool // given on the command line
	used    bool
}

// Setting gives a parameter a value from outside of the file.
type Setting struct {
	Name   string // of the parameter
	Value  string // as it would be written in the file, without quotes
	Option string // what mistakes call it, such as "--set low"
}

var (
	looksLikeExpression = regexp.MustCompile(`^\s*([-+.]?[0-9]|[-+]?\(|\$|[-+]|\[|[A-Za-z_][A-Za-z0-9_]*\()`)
	looksLikeFile       = regexp.MustCompile(`^[^\s()*]+\.[A-Za-z][A-Za-z0-9]*$|/`)
)

// parameterValue computes the value of a parameter: an expression if it reads like one, else text.
func (p *planner) parameterValue(e *element) (expr.Value, bool) {
	switch e.kind {
	case nullElement:
		p.add(e.mistake("the parameter has no value; give it one here or with --set %s=…", strings.TrimPrefix(e.path, "params.")))
		return expr.Value{}, false
	case mapElement:
		p.add(e.mistake("want a value or a list, this is %v", e.kind))
		return expr.Value{}, false
	case listElement:
		return p.listValue(e)
	}
	switch e.text {
	case "true", "false":
		return expr.BoolValue(e.text == "true"), true
	}
	if !looksLikeExpression.MatchString(e.text) {
		return expr.TextValue(e.text), true
	}
	if !p.use(e) {
		return expr.Value{}, false
	}
	v, err := p.compute(e)
	if err != nil {
		if looksLikeFile.MatchString(e.text) {
			return expr.TextValue(e.text), true
		}
		p.add(exprMistakes(e, err)...)
		return expr.Value{}, false
	}
	return v, true
}

// listValue computes a YAML list of quantities of one dimension.
func (p *planner) listValue(e *element) (expr.Value, bool) {
	if len(e.items) == 0 {
		p.add(e.mistake("the list is empty"))
		return expr.Value{}, false
	}
	var x []float64
	var typ expr.Type
	all := true
	for i, item := range e.items {
		v, ok := p.evaluate(item)
		if !ok {
			all = false
			continue
		}
		if v.Type.List || v.Type.Kind == expr.String {
			p.add(item.mistake("want one quantity, this is %v", v.Type))
			all = false
			continue
		}
		if i == 0 || typ.Any {
			typ = v.Type
		} else if !v.Type.Any && (v.Type.Dim != typ.Dim || (v.Type.Kind == expr.Decibel) != (typ.Kind == expr.Decibel)) {
			p.add(item.mistake("%v does not fit: the list begins with %s", v, typeWords(typ)))
			all = false
			continue
		}
		x = append(x, v.X)
	}
	typ.List = true
	return expr.Value{Type: typ, List: x}, all
}

// setting replaces a parameter by a value given on the command line. A text stays as it is; anything else is an
// expression of the kind that the file gives.
func (p *planner) setting(s Setting, was *parameter) {
	e := &element{text: s.Value, path: s.Name, src: &source{name: s.Option}, kind: scalarElement}
	was.command = true
	if was.ok && was.value.Type.Kind == expr.String {
		was.value = expr.TextValue(s.Value)
		return
	}
	v, ok := p.parameterValue(e)
	if ok && (math.IsNaN(v.X) || slices.ContainsFunc(v.List, math.IsNaN)) { // it would end a run somewhere far from here
		p.add(e.mistake("%s is not a number (NaN)", written(e)))
		ok = false
	}
	p.assign(e, v, ok, was)
}

// assign gives a parameter the value v that stands at e, which must be of the kind and unit that the parameter has.
func (p *planner) assign(e *element, v expr.Value, ok bool, was *parameter) {
	if was.ok && ok {
		o := was.value.Type
		same := v.Type.Kind == o.Kind || (v.Type.Kind <= expr.Boolean && o.Kind <= expr.Boolean)
		if !same || (!v.Type.Any && !o.Any && v.Type.Dim != o.Dim) {
			p.add(e.mistake("%q does not fit: the parameter is %s such as %v", written(e), typeWords(o), was.value))
			ok = false
		}
	}
	was.value, was.ok = v, ok
}
