package expr

import (
	"strings"

	"hearpipe/units"
)

// Value is a computed value: a number, a quantity, a level, a boolean, a string, or a list of
// numbers of one type.
type Value struct {
	Type Type
	X    float64   // value in SI units, level in dB, or 0 and 1 for booleans
	List []float64 // the values when Type.List is set; not to be changed
	Str  string    // the text when Type.Kind is String
}

// NumberValue returns a plain number.
func NumberValue(x float64) Value { return Value{X: x} }

// QuantityValue returns a quantity as a value.
func QuantityValue(q units.Quantity) Value { return Value{Type: FloatType(q.Dim), X: q.Value} }

// IntegerValue returns a whole number.
func IntegerValue(i int) Value { return Value{Type: Type{Kind: Integer}, X: float64(i)} }

// BoolValue returns a boolean.
func BoolValue(b bool) Value { return Value{Type: Type{Kind: Boolean}, X: truth(b)} }

// LevelValue returns a level.
func LevelValue(d units.Decibel) Value { return Value{Type: Type{Kind: Decibel}, X: float64(d)} }

// TextValue returns a string.
func TextValue(s string) Value { return Value{Type: Type{Kind: String}, Str: s} }

// ListValue returns a list of quantities of one dimension.
func ListValue(d units.Dimension, x []float64) Value {
	return Value{Type: Type{Dim: d, List: true}, List: x}
}

// Quantity returns the value as a quantity; ok is false for lists, levels and strings.
func (v Value) Quantity() (q units.Quantity, ok bool) {
	if v.Type.List || v.Type.Kind > Boolean {
		return units.Quantity{}, false
	}
	return units.Quantity{Value: v.X, Dim: v.Type.Dim}, true
}

// Len returns the number of values: the length of a list, else 1.
func (v Value) Len() int {
	if v.Type.List {
		return len(v.List)
	}
	return 1
}

// At returns number i of a list, or the value itself.
func (v Value) At(i int) float64 {
	if v.Type.List {
		return v.List[i]
	}
	return v.X
}

// String prints the value for people: 20 ms, 60 dB, True, [20 Hz, 40 Hz]. Long lists are cut.
func (v Value) String() string {
	if v.Type.Kind == String {
		return (&Text{Value: v.Str}).String()
	}
	one := func(x float64) string {
		if v.Type.Kind > Boolean || v.Type.Kind == Boolean {
			return numberText(x, v.Type)
		}
		return units.Quantity{Value: x, Dim: v.Type.Dim}.String()
	}
	if !v.Type.List {
		return one(v.X)
	}
	const most = 8
	var parts []string
	for i, x := range v.List {
		if i == most {
			parts = append(parts, "...")
			break
		}
		parts = append(parts, one(x))
	}
	return "[" + strings.Join(parts, ", ") + "]"
}
