package expr

import (
	"fmt"
	"math"
)

// maxList bounds the length of lists made by linspace and its kin.
const maxList = 1 << 24

// listFunctions are the functions on lists, for Eval.
var listFunctions = map[string]*builtin{
	"linspace":  {min: 3, max: 3, evalOnly: true, check: checkSpace, eval: evalLinspace},
	"geomspace": {min: 3, max: 3, evalOnly: true, check: checkSpace, eval: evalGeomspace},
	"logspace": {min: 3, max: 3, evalOnly: true, eval: evalLogspace, check: func(a []Type) (Type, error) {
		if _, err := plain(a); err != nil {
			return Type{}, err
		}
		return checkSpace(a)
	}},
	"arange": {min: 1, max: 3, evalOnly: true, eval: evalArange, check: func(a []Type) (Type, error) {
		for k := range a {
			if err := argument(!a[k].List, k, "needs a single value"); err != nil {
				return Type{}, err
			}
		}
		t, err := alike(a)
		if err == nil && len(a) < 3 && !t.Dim.IsDimensionless() {
			return Type{}, fmt.Errorf("values of dimension %s need a step as third argument", t.Dim)
		}
		t.List, t.Any = true, false
		return t, err
	}},
	"mean": {min: 1, max: 1, evalOnly: true, check: checkList, eval: func(a []Value) (Value, error) {
		total := 0.0
		for _, x := range a[0].List {
			total += x
		}
		return NumberValue(total / float64(len(a[0].List))), nil
	}},
	"sum": {min: 1, max: 1, evalOnly: true, check: checkList, eval: reduction(opAdd)},
	"len": {min: 1, max: 1, evalOnly: true, eval: func(a []Value) (Value, error) {
		return IntegerValue(len(a[0].List)), nil
	}, check: func(a []Type) (Type, error) {
		return Type{Kind: Integer}, argument(a[0].List, 0, "needs a list")
	}},
}

// checkList checks functions that reduce a list to one value of its type.
func checkList(args []Type) (Type, error) {
	t := args[0]
	if err := argument(t.List, 0, "needs a list"); err != nil {
		return Type{}, err
	}
	t.List = false
	if t.Kind == Boolean || t.Kind == Integer {
		t.Kind = Float
	}
	return t, nil
}

// reduction folds a list from its first element to its last.
func reduction(o op) func([]Value) (Value, error) {
	return func(args []Value) (Value, error) {
		list := args[0].List
		if len(list) == 0 {
			return Value{}, &ArgumentError{Arg: 0, Msg: "must not be empty"}
		}
		x := list[0]
		for _, y := range list[1:] {
			x = o.scalar(x, y, 0)
		}
		return NumberValue(x), nil
	}
}

// checkSpace checks (low, high, n).
func checkSpace(args []Type) (Type, error) {
	for k := range args {
		if err := argument(!args[k].List, k, "needs a single value"); err != nil {
			return Type{}, err
		}
	}
	t, err := alike(args[:2])
	if err != nil {
		return Type{}, err
	}
	if err := argument(t.Kind <= Boolean, 0, "needs a number"); err != nil {
		return Type{}, err
	}
	return Type{Dim: t.Dim, List: true}, argument(args[2].IsNumber(), 2, "needs a whole number")
}

// Count reads argument number k as a number of items: a whole number from 1 to 2^24, else an
// *ArgumentError. It serves functions such as erbspace(low, high, n).
func Count(args []Value, k int) (int, error) {
	x := args[k].X
	if args[k].Type.List || !(x >= 1 && x <= maxList) || x != math.Floor(x) {
		return 0, &ArgumentError{Arg: k, Msg: fmt.Sprintf("needs a whole number from 1 to %d", maxList)}
	}
	return int(x), nil
}

// evalLinspace returns n values from low to high, both included: low + i*((high-low)/(n-1)), the
// last being high itself.
func evalLinspace(args []Value) (Value, error) {
	n, err := Count(args, 2)
	if err != nil {
		return Value{}, err
	}
	return ListValue(args[0].Type.Dim, linspace(args[0].X, args[1].X, n)), nil
}

func linspace(low, high float64, n int) []float64 {
	x := make([]float64, n)
	step := (high - low) / float64(n-1)
	for i := range x {
		x[i] = low + float64(float64(i)*step)
	}
	x[0] = low
	if n > 1 {
		x[n-1] = high
	}
	return x
}

// evalLogspace returns n powers of ten whose exponents go from low to high evenly, as in NumPy.
func evalLogspace(args []Value) (Value, error) {
	n, err := Count(args, 2)
	if err != nil {
		return Value{}, err
	}
	x := linspace(args[0].X, args[1].X, n)
	for i := range x {
		x[i] = power(10, x[i])
	}
	return ListValue(args[0].Type.Dim, x), nil
}

// evalGeomspace returns n values from low to high, both included, with equal ratios:
// low*(high/low)**(i/(n-1)).
func evalGeomspace(args []Value) (Value, error) {
	n, err := Count(args, 2)
	if err != nil {
		return Value{}, err
	}
	low, high := args[0].X, args[1].X
	for k, x := range []float64{low, high} {
		if err := argument(x > 0 && !math.IsInf(x, 0), k, "must be positive and finite"); err != nil {
			return Value{}, err
		}
	}
	x := make([]float64, n)
	for i := range x {
		x[i] = low * power(high/low, float64(i)/float64(max(n-1, 1)))
	}
	if n > 1 {
		x[n-1] = high
	}
	return ListValue(args[0].Type.Dim, x), nil
}

// evalArange returns start, start+step, ... below stop: ceil((stop-start)/step) values start+i*step.
// One argument is stop, two are start and stop; the step is then 1.
func evalArange(args []Value) (Value, error) {
	start, stop, step := 0.0, args[0].X, 1.0
	if len(args) > 1 {
		start, stop = args[0].X, args[1].X
	}
	if len(args) > 2 {
		step = args[2].X
	}
	count := math.Ceil((stop - start) / step)
	if !(count <= maxList) {
		return Value{}, fmt.Errorf("a list has at most %d values", maxList)
	}
	x := make([]float64, int(max(count, 0)))
	for i := range x {
		x[i] = start + float64(float64(i)*step)
	}
	return ListValue(args[0].Type.Dim, x), nil
}
