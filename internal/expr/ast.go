package expr

import "hearpipe/units"

// Node is an expression. Nodes are immutable once parsed and may be shared between trees; each
// knows its place in its Source, also after it was substituted into another expression.
type Node interface {
	// Span returns the source and the range of bytes of the node.
	Span() (src *Source, start, end int)
	// String prints the expression with the parentheses it needs and no others.
	String() string
}

// span is the place of a node.
type span struct {
	src        *Source
	start, end int
}

// Span returns the source and the range of bytes of the node.
func (s span) Span() (src *Source, start, end int) { return s.src, s.start, s.end }

// Number is a number, with or without a unit: 3, .5, 1e-3, 20 ms, 60 dB.
type Number struct {
	span
	Text    string  // the digits as written
	Unit    string  // unit of a literal such as "20 ms", else empty
	Value   float64 // SI value (or level in dB): digits times unit, rounded once
	Type    Type
	Decimal bool // a point or an exponent was written, so it is not an Integer
}

// Bool is True or False.
type Bool struct {
	span
	Value bool
}

// Text is a string literal.
type Text struct {
	span
	Value string
}

// Name is an identifier.
type Name struct {
	span
	Ident string
}

// Param is a reference to a parameter, "$name".
type Param struct {
	span
	Ident string
}

// Unary is a sign or a negation. Op is "-", "+" or "not".
type Unary struct {
	span
	Op string
	X  Node
}

// Binary is an operation of two operands. Op is one of + - * / // % ** and or.
type Binary struct {
	span
	Op   string
	X, Y Node
}

// Compare is a comparison, chained as in Python: a < b <= c means a < b and b <= c, b being
// computed once. Ops are of < <= > >= == !=; there is one operand more than operators.
type Compare struct {
	span
	Ops      []string
	Operands []Node
}

// Call is a function call. Func is the name; NameEnd is the offset of the end of it.
type Call struct {
	span
	Func    string
	NameEnd int
	Args    []Node
}

// List is a list literal [a, b, c], allowed where Options.Lists is set.
type List struct {
	span
	Items []Node
}

// Statement is an assignment. Op is "=", "+=", "-=", "*=" or "/=".
type Statement struct {
	Target             string
	Op                 string
	Value              Node
	Src                *Source
	Start, End         int // the whole statement
	TargetEnd, OpStart int
}

// NewNumber returns a literal made by a program: the value x in SI units with dimension dim. src,
// start and end are the place that an error about it should name.
func NewNumber(x float64, dim units.Dimension, at Node) *Number {
	src, start, end := at.Span()
	return &Number{span: span{src, start, end}, Value: x, Type: FloatType(dim), Decimal: true}
}

// NewName returns an identifier made by a program; errors about it name the place of at.
func NewName(ident string, at Node) *Name {
	src, start, end := at.Span()
	return &Name{span: span{src, start, end}, Ident: ident}
}

// NewUnary returns a sign or negation made by a program.
func NewUnary(op string, x Node) *Unary {
	src, start, end := x.Span()
	return &Unary{span: span{src, start, end}, Op: op, X: x}
}

// NewBinary returns an operation made by a program; errors about it name the place of x.
func NewBinary(op string, x, y Node) *Binary {
	src, start, end := x.Span()
	return &Binary{span: span{src, start, end}, Op: op, X: x, Y: y}
}

// NewCompare returns a comparison made by a program; errors about it name the place of y.
func NewCompare(op string, x, y Node) *Compare {
	src, start, end := y.Span()
	return &Compare{span: span{src, start, end}, Ops: []string{op}, Operands: []Node{x, y}}
}
