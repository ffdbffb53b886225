package expr

import (
	"strconv"
	"strings"

	"hearpipe/units"
)

// powerOf returns the binding power of the outermost operator of n; operands bind tightest.
func powerOf(n Node) int {
	switch n := n.(type) {
	case *Unary:
		if n.Op == "not" {
			return powerNot
		}
		return powerSign
	case *Binary:
		return binaryPower(n.Op)
	case *Compare:
		return powerCompare
	case *Number:
		if n.Text == "" && n.Type.Kind == Float && !n.Type.Dim.IsDimensionless() {
			return powerProduct
		}
		if n.Text == "" && (n.Value < 0 || 1/n.Value < 0) {
			return powerSign
		}
	}
	return powerPower + 1
}

func binaryPower(op string) int {
	if op == "and" || op == "or" {
		return token{kind: tokenName, text: op}.binary()
	}
	return token{kind: tokenOp, text: op}.binary()
}

// write prints n, in parentheses if its operator does not bind at least as tightly as power.
func write(b *strings.Builder, n Node, power int) {
	if powerOf(n) < power {
		b.WriteByte('(')
		b.WriteString(n.String())
		b.WriteByte(')')
		return
	}
	b.WriteString(n.String())
}

// String prints the number as written, or the shortest digits of a number made by a program,
// followed by its base units.
func (n *Number) String() string {
	if n.Text == "" {
		return numberText(n.Value, n.Type)
	}
	if n.Unit != "" {
		return n.Text + " " + n.Unit
	}
	return n.Text
}

// numberText prints a value of a type so that it can be read again as an expression.
func numberText(x float64, t Type) string {
	digits := strconv.FormatFloat(x, 'g', -1, 64)
	switch {
	case x != x:
		digits = "nan"
	case x > maxFloat:
		digits = "inf"
	case x < -maxFloat:
		digits = "-inf"
	}
	switch {
	case t.Kind == Boolean && x == 0:
		return "False"
	case t.Kind == Boolean:
		return "True"
	case t.Kind == Decibel:
		return digits + " dB"
	case t.Kind != Float && t.Kind != Integer || t.Dim.IsDimensionless():
		return digits
	}
	names := [...]string{"metre", "kilogram", "second", "amp", "kelvin", "mole", "candela"}
	for i, name := range names {
		e := t.Dim.Exponent(units.Base(i))
		switch {
		case e == units.Rational{}:
		case e == units.Rat(1, 1):
			digits += "*" + name
		case e.Den() == 1 && e.Num() > 0:
			digits += "*" + name + "**" + e.String()
		default:
			digits += "*" + name + "**(" + e.String() + ")"
		}
	}
	return digits
}

const maxFloat = 0x1.fffffffffffffp1023

// String prints True or False.
func (n *Bool) String() string {
	if n.Value {
		return "True"
	}
	return "False"
}

// String prints the string in quotes.
func (n *Text) String() string {
	if strings.Contains(n.Value, "'") {
		return `"` + n.Value + `"`
	}
	return "'" + n.Value + "'"
}

// String prints the identifier.
func (n *Name) String() string { return n.Ident }

// String prints the reference with its $.
func (n *Param) String() string { return "$" + n.Ident }

// String prints the operator and its operand.
func (n *Unary) String() string {
	var b strings.Builder
	b.WriteString(n.Op)
	power := powerSign
	if n.Op == "not" {
		b.WriteByte(' ')
		power = powerNot
	}
	write(&b, n.X, power)
	return b.String()
}

// String prints the operation.
func (n *Binary) String() string {
	var b strings.Builder
	power := binaryPower(n.Op)
	left, right := power, power+1
	if n.Op == "**" {
		// Right-associative; a sign may follow, but not precede.
		left, right = power+1, powerSign
	}
	write(&b, n.X, left)
	switch n.Op {
	case "+", "-", "and", "or":
		b.WriteString(" " + n.Op + " ")
	default:
		b.WriteString(n.Op)
	}
	write(&b, n.Y, right)
	return b.String()
}

// String prints the chain of comparisons.
func (n *Compare) String() string {
	var b strings.Builder
	write(&b, n.Operands[0], powerCompare+1)
	for i, op := range n.Ops {
		b.WriteString(" " + op + " ")
		write(&b, n.Operands[i+1], powerCompare+1)
	}
	return b.String()
}

// String prints the call.
func (n *Call) String() string { return n.Func + "(" + join(n.Args) + ")" }

// String prints the list.
func (n *List) String() string { return "[" + join(n.Items) + "]" }

func join(list []Node) string {
	parts := make([]string, len(list))
	for i, n := range list {
		parts[i] = n.String()
	}
	return strings.Join(parts, ", ")
}

// String prints the statement.
func (s Statement) String() string { return s.Target + " " + s.Op + " " + s.Value.String() }

// brief prints n for a message as it is written in its source, with single spaces, and cut when it is
// long. (Printing the tree could be endless work: substitution makes trees whose parts are shared.)
func brief(n Node) string {
	const most = 40
	text := ""
	src, start, end := n.Span()
	switch n.(type) {
	case *Name, *Number, *Param:
		text = n.String()
	default:
		if src != nil {
			text = strings.Join(strings.Fields(src.Text[start:end]), " ")
		}
	}
	s := []rune(text)
	if len(s) <= most {
		return string(s)
	}
	return string(s[:most-3]) + "..."
}
