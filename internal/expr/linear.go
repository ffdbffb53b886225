package expr

import "slices"

// Linear is an expression split into the sum of Coefficients[k]*vars[k] and Constant. A nil entry is
// zero.
type Linear struct {
	Coefficients []Node
	Constant     Node
}

// LinearIn splits n as a polynomial of degree at most one in the variables vars, by its syntax: sums,
// differences and signs; products of which one factor is free of the variables; quotients whose
// divisor is. ok is false for anything else: a product or power of variables, a variable in a
// function, a divisor or a comparison. The coefficients are exact rearrangements in the sense of
// algebra, not of floating point.
func LinearIn(n Node, vars []string) (l Linear, ok bool) {
	s := splitter{vars: vars, done: make(map[Node]Linear)}
	return s.split(n)
}

// splitter remembers the splits of nodes that stand in several places.
type splitter struct {
	vars []string
	done map[Node]Linear
}

// constant reports whether no variable occurs in the split expression.
func (l Linear) constant() bool {
	for _, c := range l.Coefficients {
		if c != nil {
			return false
		}
	}
	return true
}

func (s *splitter) split(n Node) (Linear, bool) {
	if l, ok := s.done[n]; ok {
		return l, true
	}
	l, ok := s.node(n)
	if ok {
		s.done[n] = l
	}
	return l, ok
}

func (s *splitter) node(n Node) (Linear, bool) {
	zero := make([]Node, len(s.vars))
	if name, ok := n.(*Name); ok {
		if k := slices.Index(s.vars, name.Ident); k >= 0 {
			zero[k] = one(n)
			return Linear{Coefficients: zero}, true
		}
	}
	parts := make([]Linear, len(children(n)))
	free := true
	for i, c := range children(n) {
		l, ok := s.split(c)
		if !ok {
			return Linear{}, false
		}
		parts[i] = l
		free = free && l.constant()
	}
	if free {
		return Linear{Coefficients: zero, Constant: n}, true
	}
	switch n := n.(type) {
	case *Unary:
		if n.Op == "not" {
			return Linear{}, false
		}
		return parts[0].each(func(c Node) Node {
			if n.Op == "+" {
				return c
			}
			return &Unary{n.span, "-", c}
		}), true
	case *Binary:
		x, y := parts[0], parts[1]
		switch {
		case n.Op == "+" || n.Op == "-":
			return combine(n, x, y), true
		case n.Op == "*" && y.constant():
			return x.each(func(c Node) Node { return product(n, c, n.Y) }), true
		case n.Op == "*" && x.constant():
			return y.each(func(c Node) Node { return product(n, n.X, c) }), true
		case n.Op == "/" && y.constant():
			return x.each(func(c Node) Node { return &Binary{n.span, "/", c, n.Y} }), true
		}
	}
	return Linear{}, false
}

// each applies f to the coefficients and the constant that are not zero.
func (l Linear) each(f func(Node) Node) Linear {
	r := Linear{Coefficients: make([]Node, len(l.Coefficients))}
	for k, c := range l.Coefficients {
		if c != nil {
			r.Coefficients[k] = f(c)
		}
	}
	if l.Constant != nil {
		r.Constant = f(l.Constant)
	}
	return r
}

// combine returns x+y or x-y, as the operator of n says.
func combine(n *Binary, x, y Linear) Linear {
	join := func(a, b Node) Node {
		switch {
		case b == nil:
			return a
		case a != nil:
			return &Binary{n.span, n.Op, a, b}
		case n.Op == "-":
			return &Unary{n.span, "-", b}
		}
		return b
	}
	r := Linear{Coefficients: make([]Node, len(x.Coefficients)), Constant: join(x.Constant, y.Constant)}
	for k := range r.Coefficients {
		r.Coefficients[k] = join(x.Coefficients[k], y.Coefficients[k])
	}
	return r
}

// product returns a*b without a factor that is the literal one.
func product(at *Binary, a, b Node) Node {
	if isOne(a) {
		return b
	}
	if isOne(b) {
		return a
	}
	return &Binary{at.span, "*", a, b}
}

// one returns the plain number 1 at the place of n.
func one(n Node) Node {
	src, start, end := n.Span()
	return &Number{span: span{src, start, end}, Text: "1", Value: 1, Type: Type{Kind: Integer}}
}

func isOne(n Node) bool {
	c, ok := n.(*Number)
	return ok && c.Value == 1 && c.Type.IsNumber()
}
