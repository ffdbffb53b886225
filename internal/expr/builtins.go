package expr

import (
	"sort"

	"hearpipe/units"
)

// builtin is a function of the language itself.
type builtin struct {
	op       op
	min, max int // number of arguments; max < 0: any
	check    func(args []Type) (Type, error)
	// eval computes lists; set for functions of Eval only (linspace) and for those that reduce a
	// list there (min, max).
	eval     func(args []Value) (Value, error)
	evalOnly bool
}

// argument returns an error about argument k, unless ok.
func argument(ok bool, k int, msg string) error {
	if ok {
		return nil
	}
	return &ArgumentError{Arg: k, Msg: msg}
}

// plain checks functions of dimensionless arguments with a dimensionless result.
func plain(args []Type) (Type, error) {
	for k, a := range args {
		if !a.IsNumber() {
			return Type{}, &ArgumentError{Arg: k, Msg: "needs a number without dimension"}
		}
	}
	return Type{}, nil
}

// whole checks floor, ceil and int, whose results are whole numbers.
func whole(args []Type) (Type, error) {
	_, err := plain(args)
	return Type{Kind: Integer}, err
}

// keeps checks functions that keep the dimension of their argument.
func keeps(args []Type) (Type, error) {
	t := args[0]
	if t.Kind == Boolean {
		t.Kind = Integer
	}
	return t, argument(t.Kind <= Boolean, 0, "needs a number")
}

// alike checks functions whose arguments have one type, which is that of the result.
func alike(args []Type) (Type, error) {
	t := args[0]
	for k := range args {
		u, ok := unify(t, args[k])
		if !ok {
			return Type{}, &ArgumentError{Arg: k, Msg: "needs the dimension " + t.String()}
		}
		t = u
	}
	return t, nil
}

// unify returns the common type of two values of which either may be the result. A literal that fits
// every dimension takes that of the other.
func unify(a, b Type) (Type, bool) {
	list := a.List || b.List
	a.List, b.List = false, false
	switch {
	case a == b:
	case a.Kind > Boolean || b.Kind > Boolean:
		return a, a.Kind == b.Kind
	case a.Any && !b.Any, !a.Any && b.Any, a.Dim == b.Dim:
		t := Type{Any: a.Any && b.Any}
		if a.Any {
			t.Dim = b.Dim
		} else {
			t.Dim = a.Dim
		}
		if a.Kind != Float && b.Kind != Float {
			t.Kind = Integer
		}
		a = t
	default:
		return Type{}, false
	}
	a.List = list
	return a, true
}

// builtins is the table of functions. It is filled by init because evaluation of reductions refers
// back to it.
var builtins map[string]*builtin

// aliases are the second names of functions.
var aliases = map[string]string{
	"asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2", "asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh", "trunc": "int", "fabs": "abs",
}

func init() {
	builtins = map[string]*builtin{
		"abs":  {op: opAbs, min: 1, max: 1, check: keeps},
		"sqrt": {op: opSqrt, min: 1, max: 1, check: rootOf(2)},
		"cbrt": {op: opCbrt, min: 1, max: 1, check: rootOf(3)},
		"sign": {op: opSign, min: 1, max: 1, check: func(a []Type) (Type, error) {
			_, err := keeps(a)
			return Type{Kind: Integer}, err
		}},
		"rectify": {op: opRectify, min: 1, max: 1, check: keeps},
		"clip":    {op: opClip, min: 3, max: 3, check: alike},
		"min":     {op: opMin, min: 1, max: -1, check: alike, eval: reduction(opMin)},
		"max":     {op: opMax, min: 1, max: -1, check: alike, eval: reduction(opMax)},
		"where":   {op: opWhere, min: 3, max: 3, check: checkWhere},
		"arctan2": {op: opAtan2, min: 2, max: 2, check: func(a []Type) (Type, error) {
			_, err := alike(a)
			return Type{}, err
		}},
		"hypot": {op: opHypot, min: 2, max: 2, check: alike},
		"gain": {op: opDecibelGain, min: 1, max: 1, check: func(a []Type) (Type, error) {
			return Type{}, argument(a[0].Kind == Decibel, 0, "needs a level in dB")
		}},
		"rand":  {op: opDraw, min: 0, max: 0, check: func([]Type) (Type, error) { return Type{}, nil }},
		"randn": {op: opDraw, min: 0, max: 0, check: func([]Type) (Type, error) { return Type{}, nil }},
	}
	for name, o := range map[string]op{
		"exp": opExp, "expm1": opExpm1, "exprel": opExprel, "log": opLog, "log1p": opLog1p, "log2": opLog2,
		"log10": opLog10, "sin": opSin, "cos": opCos, "tan": opTan, "arcsin": opAsin, "arccos": opAcos,
		"arctan": opAtan, "sinh": opSinh, "cosh": opCosh, "tanh": opTanh,
		"arcsinh": opAsinh, "arccosh": opAcosh, "arctanh": opAtanh,
	} {
		builtins[name] = &builtin{op: o, min: 1, max: 1, check: plain}
	}
	for name, o := range map[string]op{"floor": opFloor, "ceil": opCeil, "int": opTrunc} {
		builtins[name] = &builtin{op: o, min: 1, max: 1, check: whole}
	}
	for name, b := range listFunctions {
		builtins[name] = b
	}
	for alias, name := range aliases {
		builtins[alias] = builtins[name]
	}
}

// rootOf checks the square and the cube root.
func rootOf(n int) func([]Type) (Type, error) {
	return func(args []Type) (Type, error) {
		t := Type{Dim: args[0].Dim.Pow(units.Rat(1, n)), Any: args[0].Any}
		return t, argument(args[0].Kind <= Boolean, 0, "needs a number")
	}
}

func checkWhere(args []Type) (Type, error) {
	if args[0].Kind != Boolean {
		return Type{}, &ArgumentError{Arg: 0, Msg: "needs a condition, such as v > 0"}
	}
	t, ok := unify(args[1], args[2])
	if !ok {
		return Type{}, &ArgumentError{Arg: 2, Msg: "needs the dimension " + args[1].String() + " of the second argument"}
	}
	return t, nil
}

// Functions returns the names of the built-in functions, sorted.
func Functions() []string {
	names := make([]string, 0, len(builtins))
	for name := range builtins {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}
