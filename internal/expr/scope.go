package expr

import (
	"math"

	"hearpipe/units"
)

// Role is what a name stands for.
type Role uint8

// The roles of names.
const (
	// Constant has one Value, known when the program is compiled; it is folded.
	Constant Role = iota
	// Scalar has one value per run, the same for all elements (the time t, say). What depends on
	// constants and scalars only is computed once per run.
	Scalar
	// Vector has one value per element and is read from a bound slice.
	Vector
	// Drawn has one random value per element and run, filled by the Random of the machine; all uses
	// of the name in a program share it. White noise xi is such a name.
	Drawn
	// FunctionName is a function.
	FunctionName
)

// Symbol is the meaning of a name.
type Symbol struct {
	Role     Role
	Type     Type
	Value    Value     // of a Constant
	Writable bool      // a Vector that statements may assign to
	Function *Function // of a FunctionName
}

// Scope resolves names. A name is looked up in Symbols, then in Parent and its parents, then among
// the units (unless NoUnits), then among the built-in constants pi, e, inf, nan and functions. A
// Scope is not changed while it is in use.
type Scope struct {
	Symbols map[string]Symbol
	Parent  *Scope
	// Params are the values of "$name".
	Params map[string]Value
	// Random permits rand() and randn().
	Random bool
	// NoUnits hides the names of units.
	NoUnits bool
}

// builtinConstants are the names that mean the same everywhere.
var builtinConstants = map[string]Symbol{
	"pi":  {Value: NumberValue(math.Pi)},
	"e":   {Value: NumberValue(math.E)},
	"inf": {Type: Type{Any: true}, Value: Value{Type: Type{Any: true}, X: math.Inf(1)}},
	"nan": {Type: Type{Any: true}, Value: Value{Type: Type{Any: true}, X: math.NaN()}},
}

// ConstantSymbol returns a name with a fixed value.
func ConstantSymbol(v Value) Symbol { return Symbol{Type: v.Type, Value: v} }

// Lookup returns the meaning of a name, by the order in the description of Scope. Built-in functions
// are not symbols.
func (s *Scope) Lookup(name string) (Symbol, bool) {
	noUnits := false
	for ; s != nil; s = s.Parent {
		if sym, ok := s.Symbols[name]; ok {
			return sym, true
		}
		noUnits = noUnits || s.NoUnits
	}
	if !noUnits {
		if q, ok := units.Lookup(name); ok {
			return ConstantSymbol(QuantityValue(q)), true
		}
		if name == "dB" {
			return ConstantSymbol(LevelValue(1)), true
		}
	}
	sym, ok := builtinConstants[name]
	return sym, ok
}

// PerUnit is the reciprocal of a unit that is a negative power of ten of its SI unit, such as 1000 Hz of ms: a float64 exactly, which
// the value of the unit is not. ok is false for all other names, also where they stand for something else in the scope.
func (s *Scope) PerUnit(name string) (q units.Quantity, ok bool) {
	for ; s != nil; s = s.Parent {
		if _, ok := s.Symbols[name]; ok || s.NoUnits {
			return units.Quantity{}, false
		}
	}
	unit, ok := units.Lookup(name)
	if !ok {
		return units.Quantity{}, false
	}
	for x := 10.0; x <= 1e22; x *= 10 { // all of them exact
		if unit.Value == 1/x {
			return units.Quantity{Value: x, Dim: units.Dimensionless.Div(unit.Dim)}, true
		}
	}
	return units.Quantity{}, false
}

// param returns the value of "$name".
func (s *Scope) param(name string) (Value, bool) {
	for ; s != nil; s = s.Parent {
		if v, ok := s.Params[name]; ok {
			return v, true
		}
	}
	return Value{}, false
}

// random reports whether rand() and randn() are permitted.
func (s *Scope) random() bool {
	for ; s != nil; s = s.Parent {
		if s.Random {
			return true
		}
	}
	return false
}

// Function is a function that a caller adds to the language. Exactly one of Scalar, Elements and
// Eval is set. A Function is immutable and may be called by several goroutines at once.
type Function struct {
	Name string
	// Min and Max are the numbers of arguments; Max < 0 means any number from Min on.
	Min, Max int
	// Args are the dimensions the arguments must have; used when Check is nil, and then Min and Max
	// must be len(Args). Result is the type of the result.
	Args   []units.Dimension
	Result Type
	// Check replaces Args and Result: it returns the type of the result for the given types of
	// arguments, or an error. An *ArgumentError puts the caret under one argument.
	Check func(args []Type) (Type, error)

	// Scalar computes one element from its arguments. It must be a pure function; args is reused.
	Scalar func(args []float64) float64
	// Elements computes many elements at once and may depend on which element is computed (a timed
	// array with a column per cell). dst and every args[k] have at.Len() values; an argument that
	// is the same for all elements is repeated. dst must not be read; args are not to be written.
	Elements func(dst []float64, args [][]float64, at Elements)
	// Eval computes whole values, lists too; it can be called in Eval only.
	Eval func(args []Value) (Value, error)
}

// ArgumentError is an error of a Function about one of its arguments.
type ArgumentError struct {
	Arg int // counted from 0
	Msg string
}

// Error returns the message.
func (e *ArgumentError) Error() string { return e.Msg }

// Elements says which elements of the bound vectors a block computes: First .. First+N when Index
// is nil, else those listed in Index.
type Elements struct {
	First int
	N     int
	Index []int32
}

// Len returns the number of elements.
func (e Elements) Len() int {
	if e.Index != nil {
		return len(e.Index)
	}
	return e.N
}

// Draw names one source of random values of a program.
type Draw struct {
	// Name is "rand" (uniform in [0,1)), "randn" (normal, mean 0, variance 1), or the name of a
	// Drawn symbol.
	Name string
	// Ordinal counts the calls of rand and randn together in the order of the text, from 0. It is 0
	// for a Drawn symbol.
	Ordinal int
}

// Random fills random values. Fill sets dst[k] for the elements at, for draw number draw of
// Program.Draws. It must be a function of the element only, not of the cut into blocks.
type Random interface {
	Fill(draw int, dst []float64, at Elements)
}
