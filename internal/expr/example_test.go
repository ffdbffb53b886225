package expr_test

import (
	"fmt"

	"hearpipe/internal/expr"
	"hearpipe/units"
)

func ExampleCheck() {
	volt := expr.FloatType(units.DimVoltage)
	scope := &expr.Scope{Symbols: map[string]expr.Symbol{
		"V":   {Role: expr.Vector, Type: volt},
		"El":  expr.ConstantSymbol(expr.QuantityValue(units.Quantity{Value: 0.06, Dim: units.DimTime})),
		"tau": expr.ConstantSymbol(expr.QuantityValue(units.Quantity{Value: 0.02, Dim: units.DimTime})),
	}}
	equation := expr.NewSource("dV/dt = -(V-El)/tau : volt")
	n, _ := equation.Parse(8, 19, expr.Options{})
	_, err := expr.Check(n, scope)
	fmt.Println(err)
	// Output:
	// line 1, column 11: cannot subtract El (s) from V (m^2 kg s^-3 A^-1)
	//     dV/dt = -(V-El)/tau : volt
	//               ^~~~
}

func ExampleCompileStatements() {
	list, _ := expr.ParseStatements("v = 0; w += 3*mV", expr.Options{})
	scope := &expr.Scope{Symbols: map[string]expr.Symbol{
		"v": {Role: expr.Vector, Writable: true},
		"w": {Role: expr.Vector, Writable: true, Type: expr.FloatType(units.DimVoltage)},
	}}
	program, _ := expr.CompileStatements(list, scope, expr.CompileOptions{})
	v, w := []float64{1, 2, 3, 4}, []float64{0, 0, 0, 0}
	m := program.NewMachine()
	m.SetVector(program.VectorSlot("v"), v)
	m.SetVector(program.VectorSlot("w"), w)
	m.RunAt([]int32{1, 3}) // these cells have fired
	fmt.Println(v, w)
	// Output: [1 0 3 0] [0 0.003 0 0.003]
}

func ExampleEval() {
	scope := &expr.Scope{Params: map[string]expr.Value{"level": expr.LevelValue(60)}}
	for _, text := range []string{"20 ms", "$level + 6 dB", "linspace(1 kHz, 2 kHz, 3)", "1/5 ms", "2**0.5 > 1.4"} {
		v, _ := expr.Eval(text, scope)
		fmt.Println(v)
	}
	// Output:
	// 20 ms
	// 66 dB
	// [1 kHz, 1.5 kHz, 2 kHz]
	// 200 Hz
	// True
}

func ExampleLinearIn() {
	n, _ := expr.Parse("(I-v)/tau", expr.Options{})
	l, ok := expr.LinearIn(n, []string{"v"})
	fmt.Println(ok, l.Coefficients[0], l.Constant)
	// Output: true -1/tau I/tau
}
