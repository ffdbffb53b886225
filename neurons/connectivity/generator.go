package connectivity

import (
	"math"
	"strings"
	"unicode"

	"hearpipe/internal/expr"
)

// maxValues bounds what a generator lists for one cell, so that a text cannot ask for much memory.
const maxValues = 1 << 24

// generator is the parsed form of Params.Targets: value for name in call(args) if condition.
type generator struct {
	src       *expr.Source
	value     expr.Node
	name      string // "" for a single expression
	call      string // range or sample
	args      []expr.Node
	key       string // of sample: p or size
	keyed     expr.Node
	condition expr.Node // nil without
}

// word is an identifier of a text outside parentheses.
type word struct {
	text       string
	start, end int
}

// words lists the identifiers outside parentheses.
func words(text string) []word {
	var list []word
	depth := 0
	for at := 0; at < len(text); at++ {
		switch c := text[at]; {
		case c == '(':
			depth++
		case c == ')':
			depth--
		case depth == 0 && (c == '_' || unicode.IsLetter(rune(c))):
			end := at
			for end < len(text) && (text[end] == '_' || unicode.IsLetter(rune(text[end])) || unicode.IsDigit(rune(text[end]))) {
				end++
			}
			list = append(list, word{text[at:end], at, end})
			at = end - 1
		case unicode.IsDigit(rune(c)): // letters that follow belong to the number
			for at+1 < len(text) && (unicode.IsLetter(rune(text[at+1])) || unicode.IsDigit(rune(text[at+1])) || text[at+1] == '.') {
				at++
			}
		}
	}
	return list
}

// parseGenerator reads Params.Targets.
func parseGenerator(text string) (*generator, error) {
	g := &generator{src: expr.NewSource(text)}
	find := func(list []word, what string) int {
		for k, w := range list {
			if w.text == what {
				return k
			}
		}
		return -1
	}
	list := words(text)
	loop := find(list, "for")
	if loop < 0 {
		var err error
		g.value, err = g.src.Parse(0, len(text), expr.Options{})
		return g, err
	}
	var err error
	if g.value, err = g.src.Parse(0, list[loop].start, expr.Options{}); err != nil {
		return nil, err
	}
	list = list[loop:]
	if len(list) < 4 || list[2].text != "in" {
		return nil, g.src.Errorf(list[0].start, len(text), "expected: for NAME in range(...) or for NAME in sample(...)")
	}
	if g.name = list[1].text; g.name == preIndex || g.name == preCells || g.name == postCells {
		return nil, g.src.Errorf(list[1].start, list[1].end, "%s is already the name of something else: choose another name", g.name)
	}
	fn, end := list[3], len(text)
	if g.call = fn.text; g.call != "range" && g.call != "sample" {
		return nil, g.src.Errorf(fn.start, fn.end, "expected range(...) or sample(...), found %s", fn.text)
	}
	if len(list) > 4 {
		if list[4].text != "if" {
			return nil, g.src.Errorf(list[4].start, list[4].end, "expected if or the end, found %s", list[4].text)
		}
		end = list[4].start
		if g.condition, err = g.src.Parse(list[4].end, len(text), expr.Options{}); err != nil {
			return nil, err
		}
	}
	return g, g.arguments(fn.end, end)
}

// arguments reads what stands in the parentheses of the call, in the bytes start..end.
func (g *generator) arguments(start, end int) error {
	text := g.src.Text
	for start < end && text[start] == ' ' {
		start++
	}
	for end > start && (text[end-1] == ' ' || text[end-1] == '\n') {
		end--
	}
	if end-start < 2 || text[start] != '(' || text[end-1] != ')' {
		return g.src.Errorf(start, max(end, start+1), "expected the arguments of %s in parentheses", g.call)
	}
	start, end = start+1, end-1
	depth, from := 0, start
	for at := start; at <= end; at++ {
		if at < end {
			switch text[at] {
			case '(':
				depth++
			case ')':
				depth--
			}
			if text[at] != ',' || depth > 0 {
				continue
			}
		}
		if err := g.argument(from, at); err != nil {
			return err
		}
		from = at + 1
	}
	switch {
	case len(g.args) == 0 || len(g.args) > 3:
		return g.src.Errorf(start, end, "%s needs 1 to 3 numbers: stop, or start and stop, or start, stop and step", g.call)
	case g.call == "sample" && g.keyed == nil:
		return g.src.Errorf(start, end, "sample needs p=PROBABILITY or size=NUMBER")
	}
	return nil
}

// argument reads one argument, which may have the key p or size.
func (g *generator) argument(start, end int) error {
	text := g.src.Text[start:end]
	if k := strings.IndexByte(text, '='); k > 0 && !strings.ContainsAny(text[k-1:k], "<>!=") && (k+1 >= len(text) || text[k+1] != '=') {
		key := strings.TrimSpace(text[:k])
		if g.call != "sample" || key != "p" && key != "size" || g.keyed != nil {
			return g.src.Errorf(start, end, "unexpected %s=: sample takes p= or size=, and range neither", key)
		}
		var err error
		g.key = key
		g.keyed, err = g.src.Parse(start+k+1, end, expr.Options{})
		return err
	}
	if g.keyed != nil {
		return g.src.Errorf(start, end, "a number after %s=", g.key)
	}
	n, err := g.src.Parse(start, end, expr.Options{})
	g.args = append(g.args, n)
	return err
}

// loop computes a generator row by row.
type loop struct {
	*generator
	rows      *rows
	args      []*rowProgram
	keyed     *rowProgram
	value     *rowProgram
	condition *rowProgram
	draw      *sampler
	numbers   []float64 // values of the name
	places    []int32   // chosen by sample
	targets   []int32
}

// loop reads and compiles the generator and its probability.
func (m *maker) loop() (*loop, *probability, error) {
	g, err := parseGenerator(m.params.Targets)
	if err != nil {
		return nil, nil, err
	}
	l := &loop{generator: g, draw: newSampler(m.stream("sample", 0))}
	if err := l.compile(m); err != nil {
		return nil, nil, err
	}
	hops, err := newProbability(l.rows, m.params.P)
	if err != nil {
		return nil, nil, err
	}
	if hops.pair != nil {
		return nil, nil, g.src.Errorf(0, len(g.src.Text), "the probability of a list of targets may depend on i only, not on the target")
	}
	return l, hops, nil
}

// generated makes the pairs of a generator.
func (m *maker) generated() error {
	l, hops, err := m.loop()
	if err != nil {
		return err
	}
	for i := range m.space.Pre.N {
		targets, err := l.row(m, i)
		if err != nil {
			return err
		}
		if m.params.P != "" {
			chosen := hops.choose(m.hits[:0], i, interval{0, len(targets)})
			for k, at := range chosen {
				chosen[k] = targets[at]
			}
			m.hits, targets = chosen, chosen
		}
		m.pairs.add(i, targets)
		if err := m.full(); err != nil {
			return err
		}
	}
	return nil
}

// compile types the parts: arguments may depend on i, value and condition on the name too.
func (l *loop) compile(m *maker) error {
	space := m.space
	space.Post.Vectors, space.Post.First = nil, 0
	l.rows = &rows{space: space, make: m}
	symbols := l.rows.names().Symbols
	delete(symbols, postIndex)
	number := func(n expr.Node, what string) error {
		t, err := expr.Check(n, l.rows.names())
		if err == nil && !t.IsNumber() {
			src, start, end := n.Span()
			err = src.Errorf(start, end, "%s must be a number without dimension, but this is %s", what, t)
		}
		return err
	}
	rowOnly := func(n expr.Node) (*rowProgram, error) {
		if err := number(n, "an argument of "+l.call); err != nil {
			return nil, err
		}
		if !l.rows.sameInRow(n) {
			src, start, end := n.Span()
			return nil, src.Errorf(start, end, "an argument of %s may depend on i, variables of its cell and constants only", l.call)
		}
		return l.rows.compileRow(n)
	}
	for _, a := range l.generator.args {
		p, err := rowOnly(a)
		if err != nil {
			return err
		}
		l.args = append(l.args, p)
	}
	var err error
	if l.generator.keyed != nil {
		if l.keyed, err = rowOnly(l.generator.keyed); err != nil {
			return err
		}
	}
	if l.name != "" {
		symbols[l.name] = expr.Symbol{Role: expr.Vector, Type: expr.Type{Kind: expr.Integer}}
	}
	if err := number(l.generator.value, "a target"); err != nil {
		return err
	}
	if l.value, err = l.rows.program(l.generator.value, "targets", 1); err != nil {
		return err
	}
	if l.generator.condition != nil {
		t, err := expr.Check(l.generator.condition, l.rows.names())
		if err != nil {
			return err
		}
		if t.Kind != expr.Boolean {
			src, start, end := l.generator.condition.Span()
			return src.Errorf(start, end, "expected a condition such as k != i, but this is %s", t)
		}
		if l.condition, err = l.rows.program(l.generator.condition, "targets if", 1); err != nil {
			return err
		}
	}
	return nil
}

// row lists the targets of cell i.
func (l *loop) row(m *maker, i int) ([]int32, error) {
	if l.name == "" {
		l.numbers = append(l.numbers[:0], 0)
	} else if err := l.spread(m, i); err != nil {
		return nil, err
	}
	values := l.compute(l.value, i)
	var keep []float64
	if l.condition != nil {
		keep = l.compute(l.condition, i)
	}
	l.targets = l.targets[:0]
	for k, x := range values {
		switch {
		case keep != nil && keep[k] == 0:
		case x != math.Trunc(x) || x-x != 0:
			src, start, end := l.generator.value.Span()
			return nil, src.Errorf(start, end, "a target of i = %d is %g: want a whole number", i, x)
		case x >= 0 && x < float64(m.space.Post.N):
			l.targets = append(l.targets, int32(x))
		case !m.params.SkipInvalid:
			src, start, end := l.generator.value.Span()
			return nil, src.Errorf(start, end, "a target of i = %d is %g: want 0 to %d, the target has %d cells (add a condition, or skip invalid targets)",
				i, x, m.space.Post.N-1, m.space.Post.N)
		}
	}
	return l.targets, nil
}

// compute runs an expression over the current numbers.
func (l *loop) compute(p *rowProgram, i int) []float64 {
	n := len(l.numbers)
	if len(p.result) < n {
		p.result = make([]float64, 2*n)
	}
	for slot, v := range p.machine.Program().Vectors() {
		switch v.Name {
		case expr.Result:
			p.machine.SetVector(slot, p.result)
		case l.name:
			p.machine.SetVector(slot, l.numbers)
		}
	}
	return p.run(i, interval{0, n})
}

// spread lists the values of the name for cell i.
func (l *loop) spread(m *maker, i int) error {
	start, stop, step := 0.0, 0.0, 1.0
	switch len(l.args) {
	case 1:
		stop = l.args[0].value(i)
	case 3:
		step = l.args[2].value(i)
		fallthrough
	case 2:
		start, stop = l.args[0].value(i), l.args[1].value(i)
	}
	src := l.src
	for k, x := range []float64{start, stop, step} {
		if x != math.Trunc(x) || math.Abs(x) > maxSynapses {
			return src.Errorf(0, len(src.Text), "%s of i = %d: the %s is %g: want a whole number", l.call, i, []string{"start", "stop", "step"}[k], x)
		}
	}
	if step == 0 {
		return src.Errorf(0, len(src.Text), "%s of i = %d: the step is 0", l.call, i)
	}
	n := int(max(0, math.Ceil((stop-start)/step)))
	if n > maxSynapses || l.keyed == nil && n > maxValues {
		return src.Errorf(0, len(src.Text), "%s of i = %d has %d values: want at most %d", l.call, i, n, maxValues)
	}
	l.numbers = l.numbers[:0]
	if l.keyed == nil {
		for k := range n {
			l.numbers = append(l.numbers, start+float64(float64(k)*step))
		}
		return nil
	}
	x := l.keyed.value(i)
	s, from, to := l.generator.keyed.Span()
	switch {
	case l.key == "p" && !(x >= 0 && x <= 1):
		return s.Errorf(from, to, "the probability for i = %d is %g: want 0 to 1", i, x)
	case l.key == "p":
		l.draw.begin(m.space.Pre.First + i)
		l.places = l.draw.hop(l.places[:0], 0, n, x)
	case x != math.Trunc(x) || !(x >= 0 && x <= float64(min(n, maxValues))):
		return s.Errorf(from, to, "the size for i = %d is %g: want a whole number, 0 to %d", i, x, min(n, maxValues))
	default:
		l.places = l.draw.sample(l.places[:0], n, int(x), m.space.Pre.First+i)
	}
	for _, k := range l.places {
		l.numbers = append(l.numbers, start+float64(float64(k)*step))
	}
	return nil
}
