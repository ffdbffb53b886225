package stages

import (
	"fmt"

	"hearpipe/internal/expr"
	"hearpipe/units"
)

// FunctionParams says what [NewFunction] computes: exactly one of Expr and Func.
type FunctionParams struct {
	// Expr is an expression in x (the sample of the first input; x0, x1, … those of all inputs) and t (time of the
	// frame [s]), such as "3*clip(x, 0, inf)**(1/3)". Samples are plain numbers, and so is the result.
	Expr string
	// Func computes dst[k] from args[0][k], args[1][k], … (one slice per input, of the length of dst, which may be any
	// length). It must be a pure function of the samples; it neither changes nor keeps args.
	Func func(dst []float64, args [][]float64)
	// Constants are further names for Expr.
	Constants map[string]units.Quantity
	// Params are the values of "$name" in Expr.
	Params map[string]expr.Value
}

// NewFunction applies a function to its inputs sample by sample. Rates, channels and lengths are those of [NewSum]: a
// mono input is copied to all channels, an input that has ended counts as zeros. An error in the expression carries line,
// column and a caret.
func NewFunction(srcs []Stage, p FunctionParams) (*Stream, error) {
	const kind = "stages.function"
	if (p.Expr == "") == (p.Func == nil) {
		return nil, fmt.Errorf("%s: want an expression or a function, and not both", kind)
	}
	if p.Func != nil {
		return newElementwise(kind, srcs, p.Func)
	}
	prog, err := compileFunction(p, len(srcs))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	e := &elementwise{}
	format, err := e.connect(kind, srcs)
	if err != nil {
		return nil, err
	}
	m := prog.NewMachine()
	slots := make([]int, 0, 2*len(srcs))
	inputs := make([]int, 0, 2*len(srcs))
	for i := range srcs {
		for _, name := range inputNames(i) {
			if s := prog.VectorSlot(name); s >= 0 {
				slots, inputs = append(slots, s), append(inputs, i)
			}
		}
	}
	result := prog.VectorSlot(expr.Result)
	e.compute = func(dst []float64, args [][]float64) {
		m.SetVector(result, dst)
		for k, s := range slots {
			m.SetVector(s, args[inputs[k]])
		}
		m.Run(0, len(dst))
	}
	if s := prog.ScalarSlot("t"); s >= 0 {
		rate := format.Rate
		e.row = func(at int64) { m.SetScalar(s, float64(at)/rate) }
	}
	return New(kind, format, e, From(srcs...)...)
}

// CheckFunction checks the expression of a function of n inputs without building a stage.
func CheckFunction(p FunctionParams, n int) error {
	_, err := compileFunction(p, n)
	return err
}

func compileFunction(p FunctionParams, n int) (*expr.Program, error) {
	scope := &expr.Scope{Symbols: map[string]expr.Symbol{}, Params: p.Params}
	for name, q := range p.Constants {
		scope.Symbols[name] = expr.Symbol{Role: expr.Constant, Type: expr.FloatType(q.Dim), Value: expr.QuantityValue(q)}
	}
	for i := range n {
		for _, name := range inputNames(i) {
			scope.Symbols[name] = expr.Symbol{Role: expr.Vector}
		}
	}
	scope.Symbols["t"] = expr.Symbol{Role: expr.Scalar, Type: expr.FloatType(units.DimTime)}
	node, err := expr.Parse(p.Expr, expr.Options{Params: p.Params != nil})
	if err != nil {
		return nil, err
	}
	typ, err := expr.Check(node, scope)
	if err != nil {
		return nil, err
	}
	if !typ.IsNumber() && !typ.Any {
		src, start, end := node.Span()
		return nil, src.Errorf(start, end, "the result is %s: want a plain number, as samples are", typ)
	}
	return expr.Compile(node, scope)
}

func inputNames(i int) []string {
	if i == 0 {
		return []string{"x", "x0"}
	}
	return []string{fmt.Sprintf("x%d", i)}
}
