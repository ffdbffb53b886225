package expr

import "hearpipe/units"

// Check returns the type of an expression. Unknown names are reported all together, as Errors (or an
// *Error if there is one); else the first mistake in the order of evaluation, as an *Error.
func Check(n Node, scope *Scope) (Type, error) {
	c := newChecker(scope)
	if err := c.names(n); err != nil {
		return Type{}, err
	}
	return c.check(n)
}

// checker computes types, and values where they are constant. A node that stands in several places
// is looked at once.
type checker struct {
	scope  *Scope
	types  map[Node]Type
	values map[Node]Value
}

func newChecker(scope *Scope) *checker {
	return &checker{scope: scope, types: make(map[Node]Type), values: make(map[Node]Value)}
}

// fail returns an error about n.
func fail(n Node, format string, args ...any) *Error {
	src, start, end := n.Span()
	return src.Errorf(start, end, format, args...)
}

// names reports all unknown names, parameters and functions of n.
func (c *checker) names(n Node) error {
	var list Errors
	seen := map[string]bool{}
	unknown := func(at *Error, name string) {
		if !seen[name] {
			seen[name] = true
			list = append(list, at)
		}
	}
	Walk(n, func(n Node) bool {
		switch n := n.(type) {
		case *Name:
			if _, ok := c.scope.Lookup(n.Ident); !ok {
				unknown(fail(n, "%s", c.scope.unknownName(n.Ident)), n.Ident)
			}
		case *Param:
			if _, ok := c.scope.param(n.Ident); !ok {
				unknown(fail(n, "%s", c.scope.unknownParam(n.Ident)), "$"+n.Ident)
			}
		case *Call:
			if _, ok := c.scope.Lookup(n.Func); !ok && builtins[n.Func] == nil {
				src, start, _ := n.Span()
				unknown(src.Errorf(start, n.NameEnd, "%s", c.scope.unknownFunction(n.Func)), n.Func+"(")
			}
		}
		return true
	})
	switch len(list) {
	case 0:
		return nil
	case 1:
		return list[0]
	}
	return list
}

// check returns the type of n, whose names are all known.
func (c *checker) check(n Node) (Type, error) {
	if t, ok := c.types[n]; ok {
		return t, nil
	}
	t, err := c.node(n)
	if err != nil {
		return Type{}, err
	}
	if !t.Dim.Valid() {
		return Type{}, fail(n, "the dimension of %s has exponents out of range", brief(n))
	}
	c.types[n] = t
	return t, nil
}

func (c *checker) node(n Node) (Type, error) {
	switch n := n.(type) {
	case *Number:
		return n.Type, nil
	case *Bool:
		return Type{Kind: Boolean}, nil
	case *Text:
		return Type{Kind: String}, nil
	case *Name:
		sym, _ := c.scope.Lookup(n.Ident)
		if sym.Role == FunctionName {
			return Type{}, fail(n, "%s is a function; it needs arguments in parentheses", n.Ident)
		}
		return sym.Type, nil
	case *Param:
		v, _ := c.scope.param(n.Ident)
		return v.Type, nil
	case *Unary:
		return c.unary(n)
	case *Binary:
		return c.binary(n)
	case *Compare:
		return c.compare(n)
	case *Call:
		return c.call(n)
	case *List:
		return c.list(n)
	}
	panic("expr: unknown node")
}

func (c *checker) unary(n *Unary) (Type, error) {
	t, err := c.check(n.X)
	if err != nil {
		return Type{}, err
	}
	if n.Op == "not" {
		if t.Kind != Boolean {
			return Type{}, fail(n.X, "not needs a condition such as v > 0, but %s is %s", brief(n.X), describe(t))
		}
		return t, nil
	}
	if t.Kind == String {
		return Type{}, fail(n, "a string has no sign")
	}
	if t.Kind == Boolean {
		t.Kind = Integer
	}
	return t, nil
}

// describe names a type in a sentence: "a number of dimension (s)".
func describe(t Type) string {
	switch {
	case t.List:
		return t.String()
	case t.Kind <= Integer && t.Dim.IsDimensionless():
		return "a number without dimension"
	case t.Kind <= Integer:
		return "a number of dimension " + t.Dim.String()
	}
	return t.String()
}

// describeOperand names an operand with its type: "El (s)".
func describeOperand(n Node, t Type) string { return describeNamed(brief(n), t) }

func describeNamed(name string, t Type) string {
	if t.Kind <= Integer && !t.List {
		return name + " " + t.String()
	}
	return name + " (" + t.String() + ")"
}

// asNumber is t with booleans counted as integers.
func asNumber(t Type) Type {
	if t.Kind == Boolean {
		t.Kind = Integer
	}
	return t
}

func (c *checker) binary(n *Binary) (Type, error) {
	x, err := c.check(n.X)
	if err != nil {
		return Type{}, err
	}
	y, err := c.check(n.Y)
	if err != nil {
		return Type{}, err
	}
	list := x.List || y.List
	x.List, y.List = false, false
	t, err := c.operation(n, x, y)
	t.List = list
	return t, err
}

// operation returns the type of a binary operation on single values.
func (c *checker) operation(n *Binary, x, y Type) (Type, error) {
	if n.Op == "and" || n.Op == "or" {
		for _, side := range []struct {
			n Node
			t Type
		}{{n.X, x}, {n.Y, y}} {
			if side.t.Kind != Boolean {
				return Type{}, fail(side.n, "%s needs conditions such as v > 0, but %s is %s", n.Op, brief(side.n), describe(side.t))
			}
		}
		return Type{Kind: Boolean}, nil
	}
	if x.Kind == String || y.Kind == String {
		return Type{}, fail(n, "cannot use %s with a string", n.Op)
	}
	x, y = asNumber(x), asNumber(y)
	if x.Kind == Decibel || y.Kind == Decibel {
		return c.decibel(n, x, y)
	}
	kind := Float
	if x.Kind == Integer && y.Kind == Integer {
		kind = Integer
	}
	switch n.Op {
	case "+", "-", "//", "%":
		t, ok := unify(x, y)
		if !ok {
			return Type{}, mismatch(n, n.Op, n.X, x, n.Y, y)
		}
		if n.Op == "//" {
			return Type{Kind: kind}, nil
		}
		return t, nil
	case "*":
		return Type{Kind: kind, Dim: x.Dim.Mul(y.Dim)}, nil
	case "/":
		return Type{Dim: x.Dim.Div(y.Dim)}, nil
	case "**":
		return c.powerType(n, x, y)
	}
	panic("expr: unknown operator")
}

// verbs say what was tried, with what stands between the operands and which one comes first.
var verbs = map[string]struct {
	verb, between string
	swapped       bool
}{
	"+":  {"add", "to", true},
	"-":  {"subtract", "from", true},
	"%":  {"take", "modulo", false},
	"//": {"divide", "to a whole number by", false},
	"=":  {"assign", "to", true}, "+=": {"add", "to", true}, "-=": {"subtract", "from", true},
}

// mismatch returns the error of an operation on different dimensions, naming operands and
// dimensions: "cannot subtract El (s) from V (m^2 kg s^-3 A^-1)".
func mismatch(at Node, op string, x Node, tx Type, y Node, ty Type) *Error {
	v, ok := verbs[op]
	if !ok {
		v.verb, v.between = "compare", "with"
	}
	if v.swapped {
		x, tx, y, ty = y, ty, x, tx
	}
	return fail(at, "cannot %s %s %s %s", v.verb, describeOperand(x, tx), v.between, describeOperand(y, ty))
}

// decibel returns the type of an operation with at least one level.
func (c *checker) decibel(n *Binary, x, y Type) (Type, error) {
	both := x.Kind == Decibel && y.Kind == Decibel
	level := Type{Kind: Decibel}
	switch {
	case (n.Op == "+" || n.Op == "-") && both:
		return level, nil
	case (n.Op == "+" || n.Op == "-") && !both:
		return Type{}, mismatch(n, n.Op, n.X, x, n.Y, y)
	case n.Op == "*" && !both && x.Dim == y.Dim:
		return level, nil
	case n.Op == "/" && both:
		return Type{}, nil
	case n.Op == "/" && x.Kind == Decibel && y.Dim.IsDimensionless():
		return level, nil
	}
	return Type{}, fail(n, "cannot compute %s %s %s: a level in dB can be added to a level and scaled by a number; gain(level) is its ratio of amplitudes",
		describeOperand(n.X, x), n.Op, describeOperand(n.Y, y))
}

// powerType returns the type of x**y.
func (c *checker) powerType(n *Binary, x, y Type) (Type, error) {
	if !y.Dim.IsDimensionless() {
		return Type{}, fail(n.Y, "an exponent must be a number without dimension, but %s has the dimension %s", brief(n.Y), y.Dim)
	}
	if x.Dim.IsDimensionless() {
		if x.Kind == Integer && y.Kind == Integer {
			if v, err := c.value(n.Y); err == nil && v.X >= 0 {
				return Type{Kind: Integer}, nil
			}
		}
		return Type{}, nil
	}
	v, err := c.value(n.Y)
	if err != nil || v.Type.List {
		return Type{}, fail(n.Y, "the exponent of %s must be a constant, because %s has the dimension %s", brief(n.X), brief(n.X), x.Dim)
	}
	r, ok := units.RatOf(v.X)
	if !ok {
		return Type{}, fail(n.Y, "the exponent of %s, which has the dimension %s, must be a fraction with terms up to 1000, not %s",
			brief(n.X), x.Dim, numberText(v.X, Type{}))
	}
	return FloatType(x.Dim.Pow(r)), nil
}

func (c *checker) compare(n *Compare) (Type, error) {
	var last Type
	list := false
	for i, x := range n.Operands {
		t, err := c.check(x)
		if err != nil {
			return Type{}, err
		}
		list = list || t.List
		t.List = false
		if i > 0 {
			op := n.Ops[i-1]
			ordered := op != "==" && op != "!="
			_, ok := unify(asNumber(last), asNumber(t))
			if !ok {
				return Type{}, mismatch(n, op, n.Operands[i-1], last, x, t)
			}
			if ordered && t.Kind == String {
				return Type{}, fail(n, "strings can be compared with == and != only")
			}
		}
		last = t
	}
	return Type{Kind: Boolean, List: list}, nil
}

func (c *checker) list(n *List) (Type, error) {
	t := Type{}
	for i, item := range n.Items {
		u, err := c.check(item)
		if err != nil {
			return Type{}, err
		}
		if u.List || u.Kind == String {
			return Type{}, fail(item, "a list holds numbers, but %s is %s", brief(item), describe(u))
		}
		if i == 0 {
			t = u
			continue
		}
		both, ok := unify(t, u)
		if !ok {
			return Type{}, fail(item, "the values of a list must have one dimension, but %s differs from %s", describeOperand(item, u), describeOperand(n.Items[0], t))
		}
		t = both
	}
	t.List = true
	return t, nil
}
