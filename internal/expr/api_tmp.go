package expr

import "hearpipe/units"

// Options say what a text may contain beyond the common language.
type Options struct {
	Params  bool // references $name
	Strings bool // string literals
	Lists   bool // list literals [a, b]
}

// Parse parses one expression.
func Parse(text string, opt Options) (Node, error) { return NewSource(text).Parse(0, len(text), opt) }

// Parse parses the bytes start..end of the source as one expression. The error is an *Error.
func (s *Source) Parse(start, end int, opt Options) (Node, error) { panic("expr: to follow") }

// ParseStatements parses assignments separated by line breaks or semicolons. The error is an *Error.
func ParseStatements(text string, opt Options) ([]Statement, error) {
	return NewSource(text).ParseStatements(0, len(text), opt)
}

// ParseStatements parses the bytes start..end of the source as assignments separated by line breaks
// or semicolons; empty statements are skipped. The error is an *Error.
func (s *Source) ParseStatements(start, end int, opt Options) ([]Statement, error) {
	panic("expr: to follow")
}

// ParseDimension reads the unit of a variable, such as "volt", "1", "siemens/metre**2" or
// "second**(-.5)", in the bytes start..end of the source and returns its dimension.
func (s *Source) ParseDimension(start, end int) (units.Dimension, error) { panic("expr: to follow") }

// Check returns the type of an expression, or the first mistake as an *Error. Unknown names are all
// reported together, as Errors.
func Check(n Node, scope *Scope) (Type, error) { panic("expr: to follow") }

// Value is a computed value: a number, a list, a quantity, a level, a boolean or a string.
type Value struct {
	Type Type
	X    float64   // value in SI units, level in dB, or 0 and 1 for booleans
	List []float64 // the values when Type.List is set
	Str  string    // the text when Type.Kind is String
}

// Eval parses and computes an expression at once, for parameters: strings, lists and parameters are
// allowed, names are constants of the scope, arithmetic is elementwise on lists (of equal lengths,
// or against a single value). The error is an *Error or Errors.
func Eval(text string, scope *Scope) (Value, error) { panic("expr: to follow") }

// EvalNode computes an expression whose names are all constants.
func EvalNode(n Node, scope *Scope) (Value, error) { panic("expr: to follow") }

// NumberValue returns a plain number; QuantityValue, ListValue, LevelValue, TextValue, BoolValue,
// IntegerValue the other kinds.
func NumberValue(x float64) Value { return Value{X: x} }

// QuantityValue returns a quantity as a value.
func QuantityValue(q units.Quantity) Value { return Value{Type: FloatType(q.Dim), X: q.Value} }

// IntegerValue returns a whole number.
func IntegerValue(i int) Value { return Value{Type: Type{Kind: Integer}, X: float64(i)} }

// BoolValue returns a boolean.
func BoolValue(b bool) Value { panic("expr: to follow") }

// LevelValue returns a level.
func LevelValue(d units.Decibel) Value { return Value{Type: Type{Kind: Decibel}, X: float64(d)} }

// TextValue returns a string.
func TextValue(s string) Value { return Value{Type: Type{Kind: String}, Str: s} }

// ListValue returns a list of quantities of one dimension.
func ListValue(d units.Dimension, x []float64) Value {
	return Value{Type: Type{Dim: d, List: true}, List: x}
}

// Quantity returns the value as a quantity; ok is false for lists, levels and strings.
func (v Value) Quantity() (q units.Quantity, ok bool) { panic("expr: to follow") }

// String prints the value as it could be written in an expression.
func (v Value) String() string { panic("expr: to follow") }

// Walk calls visit for n and all nodes below it, in the order of the text; it does not go below a
// node for which visit returns false.
func Walk(n Node, visit func(Node) bool) { panic("expr: to follow") }

// Identifiers returns the names used in n (not those of functions), each once, in the order of the
// text.
func Identifiers(n Node) []string { panic("expr: to follow") }

// Calls returns the names of the functions called in n, each once, in the order of the text.
func Calls(n Node) []string { panic("expr: to follow") }

// DependsOn reports whether n uses one of the names, as an identifier or a function.
func DependsOn(n Node, names ...string) bool { panic("expr: to follow") }

// Rewrite returns n with f applied to every node, from the leaves up; f returns its argument to keep
// a node. Unchanged parts are shared.
func Rewrite(n Node, f func(Node) Node) Node { panic("expr: to follow") }

// Substitute returns n with identifiers replaced by expressions, all at once (a replacement is not
// searched again).
func Substitute(n Node, by map[string]Node) Node { panic("expr: to follow") }

// Linear is an expression split into coefficients: sum of Coefficients[k]*vars[k], plus Constant. A
// nil entry is zero.
type Linear struct {
	Coefficients []Node
	Constant     Node
}

// LinearIn splits n as a polynomial of degree at most one in the variables vars. ok is false when n
// is not of that form by its syntax: a product or power of variables, a variable in a function, a
// divisor, a comparison.
func LinearIn(n Node, vars []string) (l Linear, ok bool) { panic("expr: to follow") }

// Program is a compiled list of statements or a single expression: a flat list of vector operations.
// It is immutable; any number of machines may run it at the same time.
type Program struct{}

// Result is the name of the vector that receives the value of an expression compiled by Compile.
const Result = "result"

// Compile compiles one expression into a program that writes its values to the vector Result.
// Booleans are written as 0 and 1. The error is an *Error or Errors.
func Compile(n Node, scope *Scope) (*Program, error) { panic("expr: to follow") }

// CompileOptions change what CompileStatements accepts.
type CompileOptions struct {
	// Locals permits assignments to names that the scope does not know; such a name is a vector of
	// this program only, visible to the following statements, with the type of its value.
	Locals bool
}

// CompileStatements compiles assignments. They take effect in order: a statement sees what earlier
// ones assigned. Targets are Writable vectors. The dimension of a value must be that of its target.
func CompileStatements(list []Statement, scope *Scope, opt CompileOptions) (*Program, error) {
	panic("expr: to follow")
}

// VectorInfo describes one vector that a program reads or writes.
type VectorInfo struct {
	Name          string
	Type          Type
	Reads, Writes bool
}

// Vectors lists the vectors of the program by slot.
func (p *Program) Vectors() []VectorInfo { panic("expr: to follow") }

// Scalars lists the names of the scalars of the program by slot.
func (p *Program) Scalars() []string { panic("expr: to follow") }

// Draws lists the random draws of the program.
func (p *Program) Draws() []Draw { panic("expr: to follow") }

// VectorSlot returns the slot of a vector, -1 when the program does not use it.
func (p *Program) VectorSlot(name string) int { panic("expr: to follow") }

// ScalarSlot returns the slot of a scalar, -1 when the program does not use it.
func (p *Program) ScalarSlot(name string) int { panic("expr: to follow") }

// Type returns the type of the expression of a program made by Compile.
func (p *Program) Type() Type { panic("expr: to follow") }

// NewMachine returns scratch memory for running the program in one goroutine at a time.
func (p *Program) NewMachine() *Machine { return p.NewMachineBlock(256) }

// NewMachineBlock is NewMachine with blocks of the given number of elements, at least 1. The block
// does not change results.
func (p *Program) NewMachineBlock(block int) *Machine { panic("expr: to follow") }

// Machine runs a Program. It holds the bindings and the scratch memory of one goroutine.
type Machine struct{}

// SetVector binds the slice of a slot. Slices bound to different slots must not overlap unless
// neither is written. All must be long enough for the elements of a run.
func (m *Machine) SetVector(slot int, data []float64) { panic("expr: to follow") }

// SetScalar sets the value of a scalar slot.
func (m *Machine) SetScalar(slot int, x float64) { panic("expr: to follow") }

// SetRandom sets what fills the draws; it is needed when the program has any.
func (m *Machine) SetRandom(r Random) { panic("expr: to follow") }

// Run computes the elements lo..hi. It allocates nothing.
func (m *Machine) Run(lo, hi int) { panic("expr: to follow") }

// RunAt computes the listed elements, each of which must be listed once at most. Others keep their
// values. It allocates nothing.
func (m *Machine) RunAt(index []int32) { panic("expr: to follow") }
