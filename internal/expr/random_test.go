package expr

import (
	"fmt"
	"math"

	"hearpipe/internal/kernel"

	"pgregory.net/rapid"
)

// generate draws the text of an expression: a number, or a condition. The names are those of bench.
func generate(t *rapid.T, depth int, condition bool) string {
	pick := func(list ...string) string { return rapid.SampledFrom(list).Draw(t, "pick") }
	number := func() string { return generate(t, depth-1, false) }
	if condition {
		if depth <= 0 {
			return pick("flag", "True", "x > y", "s <= x", "r == 0")
		}
		switch rapid.IntRange(0, 5).Draw(t, "condition") {
		case 0:
			return "(" + generate(t, depth-1, true) + pick(" and ", " or ") + generate(t, depth-1, true) + ")"
		case 1:
			return "(not " + generate(t, depth-1, true) + ")"
		case 2:
			return "(" + number() + pick("<", "<=", ">", ">=") + number() + pick("<", ">=", "==", "!=") + number() + ")"
		}
		return "(" + number() + pick("<", "<=", ">", ">=", "==", "!=") + number() + ")"
	}
	if depth <= 0 {
		return pick("x", "y", "r", "s", "k", "2", "0.5", "1.7", "-1", "0", "3", "inf", "1e-3", "n", "rand()", "randn()", "(t/tau)", "(5 ms/tau)", "pi")
	}
	switch rapid.IntRange(0, 9).Draw(t, "number") {
	case 0, 1, 2:
		return "(" + number() + pick("+", "-", "*", "/") + number() + ")"
	case 3:
		return number() + pick("+", "-", "*", "/", "%", "//") + number()
	case 4:
		return "(" + number() + ")**" + pick("2", "3", "0.5", "(-1)", "(1/3)", "k", "s", "n", "2.5", "(1-2)")
	case 5:
		return "(" + pick("2", "1.5", "s") + ")**(" + number() + ")"
	case 6:
		return pick("exp", "log", "sqrt", "sin", "cos", "tan", "tanh", "abs", "floor", "ceil", "sign", "int", "arctan", "exprel", "cbrt",
			"expm1", "log1p", "log2", "log10", "rectify", "arcsin", "arccos", "sinh", "cosh") + "(" + number() + ")"
	case 7:
		return pick("min", "max", "arctan2", "hypot") + "(" + number() + ", " + number() + ")"
	case 8:
		return "where(" + generate(t, depth-1, true) + ", " + number() + ", " + number() + ")"
	}
	return "clip(" + number() + ", " + pick("0", "-1", "s", "r", number()) + ", " + pick("inf", "1", "s", "y", number()) + ")"
}

// noise is a Random whose values are a function of draw and element.
type noise struct{}

func (noise) at(draw, element int) float64 {
	return math.Sqrt(float64(draw*31+element*7%13)) - 2
}

// Fill fills the values.
func (z noise) Fill(draw int, dst []float64, at Elements) {
	for k := range dst {
		i := at.First + k
		if at.Index != nil {
			i = int(at.Index[k])
		}
		dst[k] = z.at(draw, i)
	}
}

// reference evaluates one element by walking the tree: the plainest meaning of the text, written
// independently of the compiler.
type reference struct {
	scope   *Scope
	element int
	values  map[string]float64 // current values of names
	draws   map[Node]int       // number of each call of rand and randn, in the order of the text
}

func (e *reference) eval(n Node) float64 {
	boolean := func(b bool) float64 {
		if b {
			return 1
		}
		return 0
	}
	switch n := n.(type) {
	case *Number:
		return n.Value
	case *Bool:
		return boolean(n.Value)
	case *Name:
		if x, ok := e.values[n.Ident]; ok {
			return x
		}
		sym, _ := e.scope.Lookup(n.Ident)
		return sym.Value.X
	case *Unary:
		x := e.eval(n.X)
		switch n.Op {
		case "-":
			return -x
		case "not":
			return boolean(x == 0)
		}
		return x
	case *Compare:
		last, result := e.eval(n.Operands[0]), true
		for i, op := range n.Ops {
			next := e.eval(n.Operands[i+1])
			result = result && map[string]bool{
				"<": last < next, "<=": last <= next, ">": last > next, ">=": last >= next, "==": last == next, "!=": last != next,
			}[op]
			last = next
		}
		return boolean(result)
	case *Binary:
		x, y := e.eval(n.X), e.eval(n.Y)
		switch n.Op {
		case "+":
			return x + y
		case "-":
			return x - y
		case "*":
			return float64(x * y)
		case "/":
			return x / y
		case "%":
			return kernel.Mod(x, y)
		case "//":
			return kernel.FloorDiv(x, y)
		case "and":
			return boolean(x != 0 && y != 0)
		case "or":
			return boolean(x != 0 || y != 0)
		case "**":
			if y == 2 {
				return float64(x * x)
			} else if y == 3 {
				return float64(float64(x*x) * x)
			} else if y == 0.5 {
				return math.Sqrt(x)
			} else if y == -1 {
				return 1 / x
			}
			return kernel.Pow(x, y)
		}
	case *Call:
		if n.Func == "rand" || n.Func == "randn" {
			return noise{}.at(e.draws[n], e.element)
		}
		var a [3]float64
		for i, arg := range n.Args {
			a[i] = e.eval(arg)
		}
		return callReference(n.Func, a)
	}
	panic(fmt.Sprintf("reference: %T", n))
}

func callReference(name string, a [3]float64) float64 {
	x := a[0]
	switch name {
	case "min":
		return kernel.Min(x, a[1])
	case "max":
		return kernel.Max(x, a[1])
	case "arctan2":
		return kernel.Atan2(x, a[1])
	case "hypot":
		return kernel.Hypot(x, a[1])
	case "where":
		if x != 0 {
			return a[1]
		}
		return a[2]
	case "clip":
		if x < a[1] {
			x = a[1]
		}
		if x > a[2] {
			x = a[2]
		}
		return x
	}
	return map[string]func(float64) float64{
		"exp": kernel.Exp, "log": kernel.Log, "sqrt": math.Sqrt, "sin": kernel.Sin, "cos": kernel.Cos, "tan": kernel.Tan,
		"tanh": kernel.Tanh, "abs": math.Abs, "floor": math.Floor, "ceil": math.Ceil, "sign": kernel.Sign, "int": math.Trunc,
		"arctan": kernel.Atan, "exprel": kernel.Exprel, "cbrt": kernel.Cbrt, "expm1": kernel.Expm1, "log1p": kernel.Log1p,
		"log2": kernel.Log2, "log10": kernel.Log10, "rectify": kernel.Rectify, "arcsin": kernel.Asin, "arccos": kernel.Acos,
		"sinh": kernel.Sinh, "cosh": kernel.Cosh, "arcsinh": asinh, "arccosh": acosh, "arctanh": atanh,
	}[name](x)
}

// numberDraws numbers the calls of rand and randn in the order of the text.
func numberDraws(draws map[Node]int, n Node) {
	Walk(n, func(n Node) bool {
		if c, ok := n.(*Call); ok && (c.Func == "rand" || c.Func == "randn") {
			draws[n] = len(draws)
		}
		return true
	})
}
