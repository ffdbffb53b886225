package pipelines

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strings"

	"hearpipe/internal/expr"
	"hearpipe/sinks"
	"hearpipe/units"
)

// value is what a field holds, once it is computed.
type value struct {
	field *Field
	el    *element // nil: the default of the field holds
	ok    bool     // it could be computed
	given bool     // it stands in the file

	num     float64   // Quantity (SI, dB) and Integer
	list    []float64 // Values
	dim     units.Dimension
	text    string // Text, paths, Choice, Expression, Statements
	names   []named
	lo, hi  int  // ChannelRange
	trusted bool // a path given on the command line
	waits   bool // Values in i, n and random numbers, which are known when the number of channels is
}

// named is an entry of NameList, Assignments and Streams.
type named struct {
	name string
	el   *element
}

// functions are those that values may call besides the built-in ones. They are filled by the files that wrap a package.
var functions = map[string]*expr.Function{}

// scope is what expressions in values may name.
func (p *planner) scope() *expr.Scope {
	s := &expr.Scope{Symbols: map[string]expr.Symbol{}, Params: map[string]expr.Value{}}
	for name, f := range functions {
		s.Symbols[name] = expr.Symbol{Role: expr.FunctionName, Function: f}
	}
	for name, x := range p.params {
		s.Params[name] = x.value
	}
	if p.channels > 0 {
		index := make([]float64, p.channels)
		for i := range index {
			index[i] = float64(i)
		}
		s.Symbols["i"] = expr.Symbol{Role: expr.Constant, Type: expr.Type{List: true}, Value: expr.ListValue(units.Dimensionless, index)}
		s.Symbols["n"] = expr.Symbol{Role: expr.Constant, Type: expr.Type{Kind: expr.Integer}, Value: expr.IntegerValue(p.channels)}
	}
	return s
}

// use marks the parameters that a text names. It reports false if one of them is not known, which is a mistake, or could
// not be computed, which has been one already.
func (p *planner) use(e *element) bool {
	ok := true
	for _, m := range paramRule.FindAllStringSubmatchIndex(e.text, -1) {
		name := e.text[m[2]:m[3]]
		x := p.params[name]
		if x == nil {
			p.add(p.unknownParameter(e, name, m[0]))
			ok = false
			continue
		}
		x.used = true
		ok = ok && x.ok
	}
	return ok
}

var paramRule = regexp.MustCompile(`\$([A-Za-z_][A-Za-z0-9_]*)`)

// exprSource tells the expression parser where its text stands.
func exprSource(e *element) *expr.Source {
	return &expr.Source{Text: e.text, Line: e.textAt.line, Column: e.textAt.column - 1, Indent: e.textAt.column - 1}
}

// exprMistakes turns errors of the expression language, which know their place, into mistakes.
func exprMistakes(e *element, err error) Mistakes {
	var many expr.Errors
	if errors.As(err, &many) {
		var out Mistakes
		for _, one := range many {
			out = append(out, e.src.mistake(position{one.Line, one.Column}, e.path, "%s", one.Msg))
		}
		return out
	}
	var one *expr.Error
	if errors.As(err, &one) {
		return Mistakes{e.src.mistake(position{one.Line, one.Column}, e.path, "%s", one.Msg)}
	}
	return Mistakes{e.mistake("%v", err)}
}

// evaluate computes a scalar element as an expression.
func (p *planner) evaluate(e *element) (expr.Value, bool) {
	if e.kind != scalarElement {
		p.add(e.mistake("want a value, this is %v", e.kind))
		return expr.Value{}, false
	}
	if !p.use(e) {
		return expr.Value{}, false
	}
	v, err := p.compute(e)
	if err != nil {
		p.add(exprMistakes(e, err)...)
		return expr.Value{}, false
	}
	return v, true
}

func (p *planner) compute(e *element) (expr.Value, error) {
	src := exprSource(e)
	node, err := src.Parse(0, len(src.Text), expr.Options{Params: true, Lists: true, Strings: true})
	if err != nil {
		return expr.Value{}, err
	}
	scope := p.scope()
	if node, err = p.drawn(node, scope); err != nil {
		return expr.Value{}, err
	}
	v, err := expr.EvalNode(node, scope)
	if p.listed += len(v.List); err == nil && p.listed > maxListed {
		return v, errListed
	}
	return v, err
}

// errListed says that lists have become too long.
var errListed = fmt.Errorf("the lists of the pipeline have more than %d values", maxListed)

// maxListed is how many values all lists that expressions give may have together: a small file cannot ask for much memory.
const maxListed = 2 * maxChannels

// typeWords describes a type for a user.
func typeWords(t expr.Type) string {
	switch {
	case t.Kind == expr.String:
		return "text"
	case t.Kind == expr.Decibel:
		return "a level in dB"
	case t.Kind == expr.Boolean:
		return "true or false"
	case t.Dim.IsDimensionless():
		return "a number"
	}
	return "a quantity in " + dimName(t.Dim)
}

// unitDims maps the units that fields name to dimensions.
var unitDims = map[string]units.Dimension{
	"": units.Dimensionless, "1": units.Dimensionless, "Hz": units.DimFrequency, "s": units.DimTime, "Pa": units.DimPressure,
	"Hz/s": units.DimFrequency.Div(units.DimTime),
}

// dimName is the name of the unit of a dimension, or the dimension itself if its unit has no name.
func dimName(d units.Dimension) string {
	for _, name := range sortedKeys(unitDims) {
		if unitDims[name] == d && name != "" {
			return name
		}
	}
	for _, name := range []string{"volt", "amp", "siemens", "farad", "ohm", "metre", "kelvin"} {
		if q, ok := units.Lookup(name); ok && q.Dim == d {
			return name
		}
	}
	return d.String()
}

var unitExamples = map[string]string{"Hz": "440 Hz", "s": "10 ms", "Pa": "1 Pa", "dB": "60 dB", "Hz/s": "100 Hz/(1 s)", "1": "2.5", "": "2.5"}

// fits checks that a computed value has the field's unit and says what was expected if not.
func (f *Field) fits(v expr.Value) error {
	t := v.Type
	if t.Kind == expr.String {
		return fmt.Errorf("want %s such as %s, this is the text %q", article(f.kindOf()), unitExamples[f.Unit], v.Str)
	}
	if f.Unit == "any" {
		if t.Kind == expr.Decibel {
			return fmt.Errorf("want a quantity, this is a level in dB")
		}
		return nil
	}
	if f.Unit == "dB" {
		if t.Kind != expr.Decibel {
			return fmt.Errorf("want a level in dB such as 60 dB, this is %s", article(describe(v)))
		}
		return nil
	}
	if t.Kind == expr.Decibel || !(t.Any || t.Dim == unitDims[f.Unit]) {
		want := "a number such as 2.5"
		if f.Unit != "" && f.Unit != "1" {
			want = fmt.Sprintf("a quantity in %s such as %s", f.Unit, unitExamples[f.Unit])
		}
		return fmt.Errorf("want %s, this is %s", want, describe(v))
	}
	return nil
}

// describe names a value with its kind.
func describe(v expr.Value) string {
	t := v.Type
	t.List = false
	s := typeWords(t)
	if v.Type.List {
		unit := ""
		if u, ok := strings.CutPrefix(s, "a quantity in "); ok {
			unit = " in " + u
		} else if t.Kind == expr.Decibel {
			unit = " in dB"
		}
		return fmt.Sprintf("a list of %d numbers%s", len(v.List), unit)
	}
	return fmt.Sprintf("%s (%v)", s, v)
}

func article(s string) string {
	if strings.HasPrefix(s, "a ") || strings.HasPrefix(s, "an ") || strings.HasPrefix(s, "one ") {
		return s
	}
	if strings.ContainsRune("aeiou", rune(s[0])) {
		return "an " + s
	}
	return "a " + s
}

// read computes the field's value from its element.
func (p *planner) read(f *Field, e *element) *value {
	v := &value{field: f, el: e, given: true}
	if e.kind == nullElement {
		p.add(e.mistake("has no value; want %s", article(f.kindOf())))
		return v
	}
	switch f.Kind {
	case Quantity, Integer:
		x, ok := p.evaluate(e)
		if !ok {
			return v
		}
		if x.Type.List {
			p.add(e.mistake("want one value, this is a list of %d", len(x.List)))
			return v
		}
		if err := f.fits(x); err != nil {
			p.add(e.mistake("%v", err))
			return v
		}
		if math.IsNaN(x.X) {
			p.add(e.mistake("the value is not a number (NaN)"))
			return v
		}
		if f.Kind == Integer && (x.X != math.Trunc(x.X) || math.Abs(x.X) > 1<<53) {
			p.add(e.mistake("want a whole number, this is %v", x))
			return v
		}
		v.num, v.dim, v.ok = x.X, x.Type.Dim, true
	case Values:
		p.readValues(v, e)
	case NameList, Assignments, Streams:
		p.readNamed(v, e)
	case CellsOf:
		p.readText(v, e)
	case ChannelRange:
		v.lo, v.hi, v.ok = p.readRange(e)
	default:
		p.readText(v, e)
	}
	return v
}

func (p *planner) readValues(v *value, e *element) {
	var x expr.Value
	ok := true
	switch e.kind {
	case listElement:
		x, ok = p.listValue(e)
	case mapElement:
		x, ok = p.fileValues(v.field, e)
	default:
		index, draws := perChannel(e)
		if v.waits = p.draws == nil && (index || draws); v.waits {
			v.ok = p.use(e)
			return
		}
		x, ok = p.evaluate(e)
	}
	if !ok {
		return
	}
	if err := v.field.fits(x); err != nil {
		p.add(e.mistake("%v", err))
		return
	}
	v.list, v.dim = x.List, x.Type.Dim
	if !x.Type.List {
		v.list = []float64{x.X}
	}
	for i, y := range v.list {
		if math.IsNaN(y) {
			p.add(e.mistake("value %d is not a number (NaN)", i))
			return
		}
	}
	v.ok = true
}

// perChannel reports whether an expression names i or n, the index and the number of channels, and whether it draws random
// numbers: then it has a value for each channel.
func perChannel(e *element) (index, draws bool) {
	src := exprSource(e)
	node, err := src.Parse(0, len(src.Text), expr.Options{Params: true, Lists: true, Strings: true})
	if err != nil {
		return false, false
	}
	for _, name := range expr.Identifiers(node) {
		index = index || name == "i" || name == "n"
	}
	return index, len(drawCalls(node)) > 0
}

// indexValues computes the values that name i and n or draw random numbers, now that the inputs of the node are known.
func (p *planner) indexValues(n *node) {
	for _, name := range sortedKeys(n.values) {
		v := n.values[name]
		if !v.waits {
			continue
		}
		if c := n.values["channels"]; c != nil && c.field.Kind == Integer && c.num >= 1 && c.num <= maxChannels {
			p.channels = int(c.num)
		}
		for _, e := range n.in {
			p.channels = max(p.channels, e.shape().channels)
		}
		if len(n.in) > 0 && p.channels == 1 {
			p.channels = 0 // one channel goes to all, however many there are
		}
		index, random := perChannel(v.el)
		p.draws = &draws{node: n.name, field: name}
		if random {
			p.draws.seed = p.seedOf(n)
		}
		if index && p.channels == 0 {
			n.fail(p, name, "i and n count the channels, but their number is not known here")
		} else {
			n.values[name] = p.read(v.field, v.el)
			n.broken = n.broken || !n.values[name].ok
		}
		p.channels, p.draws = 0, nil
	}
}

// fileValues reads {file: x.npy}: SI values without a unit, which take the unit of the field.
func (p *planner) fileValues(f *Field, e *element) (expr.Value, bool) {
	for _, k := range e.keys {
		if k.name != "file" {
			p.add(e.src.mistake(k.at, join(e.path, k.name), "unknown key; values from a file are written {file: x.npy}"))
			return expr.Value{}, false
		}
	}
	file := e.get("file")
	if file == nil || file.kind != scalarElement {
		p.add(e.mistake("values from a file are written {file: x.npy}"))
		return expr.Value{}, false
	}
	path, trusted, ok := p.expand(file)
	if !ok {
		return expr.Value{}, false
	}
	full, err := p.env.input(path, trusted)
	if err == nil {
		var x []float64
		if x, err = readColumn(full); err == nil {
			typ := expr.FloatType(unitDims[f.Unit])
			if f.Unit == "dB" {
				typ = expr.Type{Kind: expr.Decibel}
			}
			typ.List = true
			return expr.Value{Type: typ, List: x}, true
		}
	}
	p.add(file.mistake("%v", err))
	return expr.Value{}, false
}

// quoteHint reminds of what YAML makes of a comma that was meant as part of an expression.
func (e *element) quoteHint() string {
	if e.kind != nullElement {
		return ""
	}
	return "; inside { } a value with commas needs quotes"
}

// readColumn reads an NPY array as one list of values.
func readColumn(path string) ([]float64, error) {
	_, data, err := sinks.ReadArray(path)
	if err != nil {
		return nil, err
	}
	if len(data) == 0 {
		return nil, fmt.Errorf("%s: want an array of numbers that is not empty", path)
	}
	return data, nil
}
