package expr

// Options say what a text may contain beyond the common language.
type Options struct {
	Params  bool // references $name
	Strings bool // string literals 'text' or "text"
	Lists   bool // list literals [a, b]
}

// Limits of a text, against input made to exhaust memory or stack.
const (
	maxNodes = 100_000 // nodes of one text
	maxDepth = 250     // nested parentheses, calls and signs
)

// Parse parses one expression. The error is an *Error.
func Parse(text string, opt Options) (Node, error) {
	return NewSource(text).Parse(0, len(text), opt)
}

// Parse parses the bytes start..end of the source as one expression. Line breaks count as spaces.
// The error is an *Error.
func (s *Source) Parse(start, end int, opt Options) (Node, error) {
	p := &parser{lexer: lexer{src: s, at: start, end: end}, opt: opt}
	if err := p.advance(); err != nil {
		return nil, err
	}
	if p.tok.kind == tokenEnd {
		return nil, s.Errorf(start, end, "expected an expression, found nothing")
	}
	n, err := p.expression(0)
	if err != nil {
		return nil, err
	}
	if p.tok.kind != tokenEnd {
		return nil, p.unexpected("an operator or the end")
	}
	return n, nil
}

// ParseStatements parses assignments separated by line breaks or semicolons. The error is an
// *Error.
func ParseStatements(text string, opt Options) ([]Statement, error) {
	return NewSource(text).ParseStatements(0, len(text), opt)
}

// ParseStatements parses the bytes start..end of the source as assignments separated by line breaks
// or semicolons; empty statements and comments are skipped. A line is continued inside parentheses
// and after a backslash. The error is an *Error.
func (s *Source) ParseStatements(start, end int, opt Options) ([]Statement, error) {
	p := &parser{lexer: lexer{src: s, at: start, end: end, statements: true}, opt: opt}
	if err := p.advance(); err != nil {
		return nil, err
	}
	var list []Statement
	for p.tok.kind != tokenEnd {
		if p.tok.kind == tokenNewline {
			if err := p.advance(); err != nil {
				return nil, err
			}
			continue
		}
		one, err := p.statement()
		if err != nil {
			return nil, err
		}
		list = append(list, one)
		if p.tok.kind != tokenNewline && p.tok.kind != tokenEnd {
			return nil, p.unexpected("an operator or the end of the statement")
		}
	}
	return list, nil
}

// parser is a Pratt parser: expression(power) reads operators that bind tighter than power.
type parser struct {
	lexer
	opt    Options
	tok    token // current token
	last   int   // end of the token before it
	nodes  int
	nested int
}

func (p *parser) advance() (err error) {
	p.last = p.tok.end
	p.tok, err = p.next()
	return err
}

// Binding powers, those of Python.
const (
	powerOr = 1 + iota
	powerAnd
	powerNot
	powerCompare
	powerSum
	powerProduct
	powerSign
	powerPower
)

// binary returns the binding power of the current token as a binary operator, 0 if it is none.
func (t token) binary() int {
	if t.kind == tokenName {
		switch t.text {
		case "or":
			return powerOr
		case "and":
			return powerAnd
		}
	}
	if t.kind == tokenOp {
		switch t.text {
		case "<", "<=", ">", ">=", "==", "!=":
			return powerCompare
		case "+", "-":
			return powerSum
		case "*", "/", "//", "%":
			return powerProduct
		case "**":
			return powerPower
		}
	}
	return 0
}

// expression parses operators that bind tighter than power.
func (p *parser) expression(power int) (Node, error) {
	p.nested++
	defer func() { p.nested-- }()
	if p.nested > maxDepth {
		return nil, p.src.Errorf(p.tok.start, p.tok.end, "the expression is nested more than %d deep", maxDepth)
	}
	start := p.tok.start
	x, err := p.prefix(power)
	if err != nil {
		return nil, err
	}
	for {
		op := p.tok
		binds := op.binary()
		if binds == 0 || binds <= power {
			return x, nil
		}
		if p.nodes++; p.nodes > maxNodes {
			return nil, p.src.Errorf(op.start, op.end, "the expression has more than %d parts", maxNodes)
		}
		if binds == powerCompare {
			if x, err = p.comparison(x, start); err != nil {
				return nil, err
			}
			continue
		}
		if err := p.advance(); err != nil {
			return nil, err
		}
		right := binds
		if binds == powerPower {
			// Right-associative, and a sign may follow: 2**-1 is 2**(-1).
			right = powerSign - 1
		}
		y, err := p.expression(right)
		if err != nil {
			return nil, err
		}
		x = &Binary{span{p.src, start, p.last}, op.text, x, y}
	}
}

// comparison parses the chain of comparisons whose first operand, x, begins at start.
func (p *parser) comparison(x Node, start int) (Node, error) {
	c := &Compare{Operands: []Node{x}}
	for p.tok.binary() == powerCompare {
		c.Ops = append(c.Ops, p.tok.text)
		if err := p.advance(); err != nil {
			return nil, err
		}
		y, err := p.expression(powerCompare)
		if err != nil {
			return nil, err
		}
		c.Operands = append(c.Operands, y)
		c.span = span{p.src, start, p.last}
	}
	return c, nil
}

// prefix parses an operand, with the signs and negations before it.
func (p *parser) prefix(power int) (Node, error) {
	t := p.tok
	if p.nodes++; p.nodes > maxNodes {
		return nil, p.src.Errorf(t.start, t.end, "the expression has more than %d parts", maxNodes)
	}
	switch {
	case t.kind == tokenOp && (t.text == "-" || t.text == "+"):
		return p.unary(powerSign - 1)
	case t.kind == tokenName && t.text == "not":
		if power >= powerNot {
			return nil, p.src.Errorf(t.start, t.end, "not needs parentheses here, such as (not x)")
		}
		return p.unary(powerNot - 1)
	case t.kind == tokenOp && t.text == "(":
		return p.parenthesis()
	case t.kind == tokenOp && t.text == "[" && p.opt.Lists:
		return p.list()
	case t.kind == tokenNumber:
		return p.number()
	case t.kind == tokenParam && p.opt.Params:
		return &Param{p.here(), t.text}, p.advance()
	case t.kind == tokenString && p.opt.Strings:
		return &Text{p.here(), t.text}, p.advance()
	case t.kind == tokenName && (t.text == "True" || t.text == "False"):
		return &Bool{p.here(), t.text == "True"}, p.advance()
	case t.kind == tokenName && t.text != "and" && t.text != "or":
		name := &Name{p.here(), t.text}
		if err := p.advance(); err != nil {
			return nil, err
		}
		if p.tok.kind == tokenOp && p.tok.text == "(" {
			return p.call(name)
		}
		return name, nil
	case t.kind == tokenParam:
		return nil, p.src.Errorf(t.start, t.end, "a parameter $%s is not allowed here", t.text)
	case t.kind == tokenString:
		return nil, p.src.Errorf(t.start, t.end, "a string is not allowed here")
	}
	return nil, p.unexpected("a number, a name or (")
}

// here is the place of the current token.
func (p *parser) here() span { return span{p.src, p.tok.start, p.tok.end} }

// unary parses a sign or negation whose operand binds tighter than power.
func (p *parser) unary(power int) (Node, error) {
	op := p.tok
	if err := p.advance(); err != nil {
		return nil, err
	}
	x, err := p.expression(power)
	if err != nil {
		return nil, err
	}
	return &Unary{span{p.src, op.start, p.last}, op.text, x}, nil
}

// parenthesis parses "(" expression ")". The node is that of the expression.
func (p *parser) parenthesis() (Node, error) {
	open := p.tok
	if err := p.advance(); err != nil {
		return nil, err
	}
	x, err := p.expression(0)
	if err != nil {
		return nil, err
	}
	return x, p.close(open, ")")
}

// close consumes the parenthesis or bracket that belongs to open.
func (p *parser) close(open token, want string) error {
	if p.tok.kind == tokenOp && p.tok.text == want {
		return p.advance()
	}
	if p.tok.kind == tokenEnd || p.tok.kind == tokenNewline {
		return p.src.Errorf(open.start, open.end, "this %s is not closed", open.text)
	}
	return p.unexpected("an operator or " + want)
}

// items parses expressions separated by commas up to the closing token.
func (p *parser) items(open token, closing string) (list []Node, err error) {
	for !(p.tok.kind == tokenOp && p.tok.text == closing) {
		x, err := p.expression(0)
		if err != nil {
			return nil, err
		}
		list = append(list, x)
		if !(p.tok.kind == tokenOp && p.tok.text == ",") {
			break
		}
		if err := p.advance(); err != nil {
			return nil, err
		}
	}
	return list, p.close(open, closing)
}

// call parses the arguments of a call; the current token is "(".
func (p *parser) call(name *Name) (Node, error) {
	open := p.tok
	if err := p.advance(); err != nil {
		return nil, err
	}
	args, err := p.items(open, ")")
	if err != nil {
		return nil, err
	}
	return &Call{span{p.src, name.start, p.last}, name.Ident, name.end, args}, nil
}

// list parses "[" items "]".
func (p *parser) list() (Node, error) {
	open := p.tok
	if err := p.advance(); err != nil {
		return nil, err
	}
	items, err := p.items(open, "]")
	if err != nil {
		return nil, err
	}
	return &List{span{p.src, open.start, p.last}, items}, nil
}

func isKeyword(name string) bool {
	switch name {
	case "and", "or", "not", "True", "False", "if", "else", "in", "is":
		return true
	}
	return false
}

// statement parses one assignment.
func (p *parser) statement() (Statement, error) {
	t := p.tok
	if t.kind != tokenName || isKeyword(t.text) {
		return Statement{}, p.unexpected("the name of a variable to assign to")
	}
	if err := p.advance(); err != nil {
		return Statement{}, err
	}
	op := p.tok
	ok := false
	if op.kind == tokenOp {
		switch op.text {
		case "=", "+=", "-=", "*=", "/=":
			ok = true
		}
	}
	if !ok {
		return Statement{}, p.unexpected("= or += or -= or *= or /=")
	}
	if err := p.advance(); err != nil {
		return Statement{}, err
	}
	p.nodes = 0
	value, err := p.expression(0)
	if err != nil {
		return Statement{}, err
	}
	return Statement{
		Target: t.text, Op: op.text, Value: value, Src: p.src,
		Start: t.start, End: p.last, TargetEnd: t.end, OpStart: op.start,
	}, nil
}

// unexpected returns an error about the current token.
func (p *parser) unexpected(want string) error {
	t := p.tok
	switch {
	case t.kind == tokenEnd:
		return p.src.Errorf(t.start, t.end, "expected %s, found the end of the text", want)
	case t.kind == tokenNewline:
		return p.src.Errorf(t.start, t.end, "expected %s, found the end of the statement", want)
	case t.kind == tokenOp && t.text == "=":
		return p.src.Errorf(t.start, t.end, "unexpected = (use == to compare)")
	case t.kind == tokenOp && t.text == "[":
		return p.src.Errorf(t.start, t.end, "expected %s, found [ (lists and indices are not allowed here)", want)
	case t.kind == tokenName && (t.text == "if" || t.text == "else"):
		return p.src.Errorf(t.start, t.end, "unexpected %s (use where(condition, a, b))", t.text)
	}
	return p.src.Errorf(t.start, t.end, "expected %s, found %s", want, p.src.Text[t.start:t.end])
}
