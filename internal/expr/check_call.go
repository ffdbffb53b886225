package expr

import (
	"errors"
	"fmt"
)

// call checks the number and the types of arguments and returns the type of the result.
func (c *checker) call(n *Call) (Type, error) {
	src, start, _ := n.Span()
	args := make([]Type, len(n.Args))
	list := false
	for i, a := range n.Args {
		t, err := c.check(a)
		if err != nil {
			return Type{}, err
		}
		args[i] = t
		list = list || t.List
	}
	lo, hi := 0, 0
	var check func([]Type) (Type, error)
	whole := false // lists are passed whole
	sym, user := c.scope.Lookup(n.Func)
	if user {
		if sym.Role != FunctionName {
			return Type{}, src.Errorf(start, n.NameEnd, "%s is not a function", n.Func)
		}
		f := sym.Function
		lo, hi, check, whole = f.Min, f.Max, f.Check, f.Eval != nil
		if check == nil {
			lo, hi, check = len(f.Args), len(f.Args), f.checkArgs
		}
	} else {
		b := builtins[n.Func]
		lo, hi, check = b.min, b.max, b.check
		whole = b.evalOnly || b.eval != nil && len(args) == 1
		if b.op == opDraw && !c.scope.random() {
			return Type{}, src.Errorf(start, n.NameEnd, "%s() is not allowed here", n.Func)
		}
		if b.eval != nil && len(args) == 1 && !b.evalOnly && !args[0].List {
			return Type{}, src.Errorf(start, n.NameEnd, "%s needs two or more arguments, or a list", n.Func)
		}
	}
	if len(args) < lo || hi >= 0 && len(args) > hi {
		return Type{}, fail(n, "%s needs %s, found %d", n.Func, countText(lo, hi), len(args))
	}
	if !whole {
		for i := range args {
			args[i].List = false
		}
	}
	t, err := check(args)
	if err != nil {
		var a *ArgumentError
		if errors.As(err, &a) && a.Arg < len(n.Args) {
			at := n.Args[a.Arg]
			return Type{}, fail(at, "argument %d of %s %s, but %s is %s", a.Arg+1, n.Func, a.Msg, brief(at), describe(c.types[at]))
		}
		return Type{}, fail(n, "%s: %v", n.Func, err)
	}
	if !whole {
		t.List = list
	} else if b := builtins[n.Func]; !user && !b.evalOnly {
		t.List = false // a list reduced by min or max
	}
	return t, nil
}

// checkArgs checks arguments against the declared dimensions.
func (f *Function) checkArgs(args []Type) (Type, error) {
	for k, a := range args {
		if !a.Fits(f.Args[k]) {
			return Type{}, &ArgumentError{Arg: k, Msg: "needs the dimension " + f.Args[k].String()}
		}
	}
	return f.Result, nil
}

// countText says how many arguments are wanted: "1 argument", "2 to 3 arguments".
func countText(lo, hi int) string {
	switch {
	case hi < 0:
		return fmt.Sprintf("at least %d arguments", lo)
	case lo != hi:
		return fmt.Sprintf("%d to %d arguments", lo, hi)
	case lo == 1:
		return "1 argument"
	}
	return fmt.Sprintf("%d arguments", lo)
}
