package expr

import (
	"hearpipe/units"
)

// Kind is the kind of a value.
type Kind uint8

// The kinds. In arithmetic a Boolean counts as the Integer 0 or 1. An Integer is held as a float64;
// division / always gives a Float.
const (
	Float   Kind = iota // real number with a dimension
	Integer             // whole number, dimensionless
	Boolean             // 0 or 1
	Decibel             // level in dB
	String              // text, only where Options.Strings allows it
)

// Type is what is known about a value before it is computed. The zero Type is a plain number.
type Type struct {
	Kind Kind
	Dim  units.Dimension // Dimensionless unless Kind is Float
	// Any marks the literals 0, inf and nan (with or without a sign), which fit every dimension in
	// sums, comparisons, assignments and in clip, min, max and where: clip(v, 0, inf), v > 0.
	Any bool
	// List marks a list of values of this type; lists occur in Eval only.
	List bool
}

// FloatType returns the type of real numbers of dimension d.
func FloatType(d units.Dimension) Type { return Type{Kind: Float, Dim: d} }

// IsNumber reports whether t is a plain number: dimensionless Float, Integer or Boolean.
func (t Type) IsNumber() bool { return t.Kind <= Boolean && t.Dim.IsDimensionless() }

// Fits reports whether a value of type t may stand where dimension d is wanted: a number with
// dimension d, or a literal that fits every dimension.
func (t Type) Fits(d units.Dimension) bool { return t.Kind <= Boolean && (t.Any || t.Dim == d) }

// String describes the type for messages: "(m^2 kg s^-3 A^-1)", "(1)", "a boolean", "a level in dB".
func (t Type) String() string {
	s := ""
	switch t.Kind {
	case Float, Integer:
		s = t.Dim.String()
	case Boolean:
		s = "a boolean"
	case Decibel:
		s = "a level in dB"
	case String:
		s = "a string"
	}
	if t.List {
		return "a list of " + s
	}
	return s
}
