package expr

import "errors"

// Eval parses and computes an expression at once, for parameters: strings, lists and parameters are
// allowed, names are constants of the scope, arithmetic is elementwise on lists (of equal lengths,
// or against a single value). The error is an *Error or Errors.
func Eval(text string, scope *Scope) (Value, error) {
	n, err := Parse(text, Options{Params: true, Strings: true, Lists: true})
	if err != nil {
		return Value{}, err
	}
	return EvalNode(n, scope)
}

// EvalNode computes an expression whose names are all constants. The bits are those of a Program for
// the same text.
func EvalNode(n Node, scope *Scope) (Value, error) {
	c := newChecker(scope)
	if err := c.names(n); err != nil {
		return Value{}, err
	}
	if _, err := c.check(n); err != nil {
		return Value{}, err
	}
	return c.value(n)
}

// value computes a checked node.
func (c *checker) value(n Node) (Value, error) {
	if v, ok := c.values[n]; ok {
		return v, nil
	}
	v, err := c.compute(n)
	if err != nil {
		return Value{}, err
	}
	// The type of the node, not of the operation, tells lists, booleans and dimensions.
	t := c.types[n]
	t.List = v.Type.List
	v.Type = t
	c.values[n] = v
	return v, nil
}

func (c *checker) compute(n Node) (Value, error) {
	switch n := n.(type) {
	case *Number:
		return Value{X: n.Value}, nil
	case *Bool:
		return BoolValue(n.Value), nil
	case *Text:
		return TextValue(n.Value), nil
	case *Name:
		sym, _ := c.scope.Lookup(n.Ident)
		if sym.Role != Constant {
			return Value{}, fail(n, "%s has no constant value", n.Ident)
		}
		return sym.Value, nil
	case *Param:
		v, _ := c.scope.param(n.Ident)
		return v, nil
	case *Unary:
		if n.Op == "+" {
			return c.value(n.X)
		}
		o := opNeg
		if n.Op == "not" {
			o = opNot
		}
		return c.apply(n, o, n.X)
	case *Binary:
		return c.apply(n, binaryOps[n.Op], n.X, n.Y)
	case *Compare:
		return c.computeCompare(n)
	case *List:
		v := Value{Type: Type{List: true}, List: make([]float64, len(n.Items))}
		for i, item := range n.Items {
			x, err := c.value(item)
			if err != nil {
				return Value{}, err
			}
			v.List[i] = x.X
		}
		return v, nil
	case *Call:
		return c.computeCall(n)
	}
	panic("expr: unknown node")
}

// binaryOps are the operations of the binary operators.
var binaryOps = map[string]op{
	"+": opAdd, "-": opSub, "*": opMul, "/": opDiv, "//": opFloorDiv, "%": opMod, "**": opPow,
	"and": opAnd, "or": opOr,
}

// compareOps are the operations of the comparisons.
var compareOps = map[string]op{
	"<": opLess, "<=": opLessEqual, ">": opGreater, ">=": opGreaterEqual, "==": opEqual, "!=": opNotEqual,
}

// values computes several nodes and the length of the result: -1 when none is a list.
func (c *checker) valuesOf(at Node, nodes []Node) (list []Value, length int, err error) {
	length = -1
	for _, n := range nodes {
		v, err := c.value(n)
		if err != nil {
			return nil, 0, err
		}
		if v.Type.List {
			if length >= 0 && length != len(v.List) {
				return nil, 0, fail(at, "lists of different lengths: %d and %d", length, len(v.List))
			}
			length = len(v.List)
		}
		list = append(list, v)
	}
	return list, length, nil
}

// elementwise returns f of each element, as a list when length >= 0.
func elementwise(length int, f func(i int) float64) Value {
	if length < 0 {
		return Value{X: f(0)}
	}
	v := Value{Type: Type{List: true}, List: make([]float64, length)}
	for i := range v.List {
		v.List[i] = f(i)
	}
	return v
}

// apply computes an elementary operation elementwise.
func (c *checker) apply(at Node, o op, nodes ...Node) (Value, error) {
	args, length, err := c.valuesOf(at, nodes)
	if err != nil {
		return Value{}, err
	}
	return applyValues(o, args, length), nil
}

func applyValues(o op, args []Value, length int) Value {
	return elementwise(length, func(i int) float64 {
		var x [3]float64
		for k, a := range args {
			x[k] = a.At(i)
		}
		return o.scalar(x[0], x[1], x[2])
	})
}

func (c *checker) computeCompare(n *Compare) (Value, error) {
	if c.types[n.Operands[0]].Kind == String {
		result := true
		for i, op := range n.Ops {
			pair, _, err := c.valuesOf(n, n.Operands[i:i+2])
			if err != nil {
				return Value{}, err
			}
			result = result && (pair[0].Str == pair[1].Str) == (op == "==")
		}
		return BoolValue(result), nil
	}
	args, length, err := c.valuesOf(n, n.Operands)
	if err != nil {
		return Value{}, err
	}
	return elementwise(length, func(i int) float64 {
		result := 1.0
		for k, op := range n.Ops {
			result *= compareOps[op].scalar(args[k].At(i), args[k+1].At(i), 0)
		}
		return result
	}), nil
}

func (c *checker) computeCall(n *Call) (Value, error) {
	sym, user := c.scope.Lookup(n.Func)
	if user {
		return c.computeUser(n, sym.Function)
	}
	b := builtins[n.Func]
	if b.op == opDraw {
		return Value{}, fail(n, "%s() has no constant value", n.Func)
	}
	whole := b.evalOnly || b.eval != nil && len(n.Args) == 1
	if whole {
		return c.callWhole(n, b.eval)
	}
	args, length, err := c.valuesOf(n, n.Args)
	if err != nil {
		return Value{}, err
	}
	if b.max >= 0 {
		return applyValues(b.op, args, length), nil
	}
	// min and max of several arguments go from left to right.
	result := args[0]
	for _, a := range args[1:] {
		result = applyValues(b.op, []Value{result, a}, max(result.listLen(), a.listLen()))
	}
	return result, nil
}

// listLen is the length of a list, -1 for a single value.
func (v Value) listLen() int {
	if v.Type.List {
		return len(v.List)
	}
	return -1
}

// callWhole calls a function that takes its arguments as they are, lists included.
func (c *checker) callWhole(n *Call, f func([]Value) (Value, error)) (Value, error) {
	args := make([]Value, len(n.Args))
	for i, a := range n.Args {
		v, err := c.value(a)
		if err != nil {
			return Value{}, err
		}
		args[i] = v
	}
	v, err := f(args)
	if err != nil {
		var a *ArgumentError
		if errors.As(err, &a) && a.Arg < len(n.Args) {
			at := n.Args[a.Arg]
			return Value{}, fail(at, "argument %d of %s %s, but %s is %s", a.Arg+1, n.Func, a.Msg, brief(at), args[a.Arg])
		}
		return Value{}, fail(n, "%s: %v", n.Func, err)
	}
	return v, nil
}

func (c *checker) computeUser(n *Call, f *Function) (Value, error) {
	switch {
	case f.Eval != nil:
		return c.callWhole(n, f.Eval)
	case f.Scalar == nil:
		return Value{}, fail(n, "%s has no constant value", n.Func)
	}
	args, length, err := c.valuesOf(n, n.Args)
	if err != nil {
		return Value{}, err
	}
	x := make([]float64, len(args))
	return elementwise(length, func(i int) float64 {
		for k, a := range args {
			x[k] = a.At(i)
		}
		return f.Scalar(x)
	}), nil
}
