package expr

import (
	"fmt"
	"strings"
)

// Program is a compiled expression or list of statements: scalar operations that are done once per
// run, and a flat list of vector operations that are done for each block of elements. It is
// immutable; any number of machines may run it at the same time.
type Program struct {
	result  Type
	vectors []VectorInfo
	scalars []string
	entries []int32 // table entry of each scalar slot
	draws   []Draw
	funcs   []*Function

	table      []float64     // initial table of scalars
	pre        []instruction // scalar code; operands are entries of the table
	code       []instruction // vector code; operands are views, or entries where the form says so
	broadcasts []broadcast
	registers  int       // views after the slots
	segments   []segment // the code as it runs
	quotients  int       // divisions by a scalar in chains
}

// VectorInfo describes one vector that a program reads or writes.
type VectorInfo struct {
	Name          string
	Type          Type
	Reads, Writes bool
}

// form tells which operands of an instruction are scalars.
type form uint8

const (
	formVector   form = iota // all operands are views
	formScalar               // the last operand is an entry of the table of scalars
	formLeft                 // the first operand is an entry
	formBounds               // the second and third operands are entries (clip)
	formFill                 // the only operand is an entry
	formSum                  // every second operand is an entry, and the last of an odd number (sum)
	formCompress             // all operands but the first are entries (compress)
)

// instruction is one operation. A view is a slot (0..len(vectors)-1) or, after those, a register.
type instruction struct {
	op      op
	form    form
	dst     int32
	a, b, c int32
	d       int32   // the fourth operand of a superinstruction
	call    int32   // function or draw
	args    []int32 // operands of a call or sum
	passing bool    // the result is for the next instruction only
}

// broadcast is a register that holds a scalar in all its elements during a run.
type broadcast struct {
	view, entry int32
}

// Vectors lists the vectors of the program by slot.
func (p *Program) Vectors() []VectorInfo { return append([]VectorInfo(nil), p.vectors...) }

// Scalars lists the names of the scalars of the program by slot.
func (p *Program) Scalars() []string { return append([]string(nil), p.scalars...) }

// Draws lists the random draws of the program.
func (p *Program) Draws() []Draw { return append([]Draw(nil), p.draws...) }

// VectorSlot returns the slot of a vector, -1 when the program does not use it.
func (p *Program) VectorSlot(name string) int {
	for i, v := range p.vectors {
		if v.Name == name {
			return i
		}
	}
	return -1
}

// ScalarSlot returns the slot of a scalar, -1 when the program does not use it.
func (p *Program) ScalarSlot(name string) int {
	for i, s := range p.scalars {
		if s == name {
			return i
		}
	}
	return -1
}

// Type returns the type of the expression of a program made by Compile.
func (p *Program) Type() Type { return p.result }

// Operations returns how many vector operations each block of elements costs.
func (p *Program) Operations() int { return len(p.code) }

// finish allocates registers and returns the program.
func (b *builder) finish() *Program {
	p := &Program{
		vectors: b.slots,
		scalars: b.scalars,
		entries: b.entries,
		draws:   b.draws,
		funcs:   b.funcs,
		table:   b.table,
	}
	for _, s := range b.pre {
		i := instruction{op: s.op, dst: s.dst.id, call: s.call}
		for _, a := range s.args {
			i.args = append(i.args, a.id)
		}
		if s.op != opCall {
			i.a, i.b, i.c = ids(i.args)
			i.args = nil
		}
		p.pre = append(p.pre, i)
	}
	newAllocator(b, p).run()
	p.split(b.isConst)
	return p
}

// ids returns the first three of a list, 0 for those that are missing.
func ids(list []int32) (a, b, c int32) {
	var x [3]int32
	copy(x[:], list)
	return x[0], x[1], x[2]
}

// opNames are the names in listings.
var opNames = map[op]string{
	opNeg: "neg", opNot: "not", opAbs: "abs", opSign: "sign", opFloor: "floor", opCeil: "ceil", opTrunc: "int",
	opSqrt: "sqrt", opSquare: "square", opCube: "cube", opReciprocal: "reciprocal", opCbrt: "cbrt", opExp: "exp",
	opExpm1: "expm1", opExprel: "exprel", opLog: "log", opLog1p: "log1p", opLog2: "log2", opLog10: "log10",
	opSin: "sin", opCos: "cos", opTan: "tan", opAsin: "arcsin", opAcos: "arccos", opAtan: "arctan",
	opSinh: "sinh", opCosh: "cosh", opTanh: "tanh", opAsinh: "arcsinh", opAcosh: "arccosh", opAtanh: "arctanh", opRectify: "rectify", opDecibelGain: "gain", opCopy: "copy",
	opAdd: "add", opSub: "sub", opMul: "mul", opDiv: "div", opFloorDiv: "floordiv", opMod: "mod", opPow: "pow",
	opAtan2: "arctan2", opHypot: "hypot", opMin: "min", opMax: "max", opLess: "less", opLessEqual: "lessequal",
	opGreater: "greater", opGreaterEqual: "greaterequal", opEqual: "equal", opNotEqual: "notequal",
	opAnd: "and", opOr: "or", opWhere: "where", opClip: "clip", opSum: "sum", opCompress: "compress", opCompressRoot: "compressroot",
}

// String lists the program, one operation per line: scalars as s0 or with their value, vectors by
// name, registers as r0.
func (p *Program) String() string {
	var b strings.Builder
	written := make(map[int32]bool)
	for _, i := range p.pre {
		written[i.dst] = true
	}
	named := make(map[int32]string)
	for k, e := range p.entries {
		named[e] = p.scalars[k]
	}
	scalar := func(e int32) string {
		switch {
		case named[e] != "":
			return named[e]
		case written[e]:
			return fmt.Sprintf("s%d", e)
		}
		return numberText(p.table[e], Type{})
	}
	view := func(v int32) string {
		if int(v) < len(p.vectors) {
			return p.vectors[v].Name
		}
		return fmt.Sprintf("r%d", int(v)-len(p.vectors))
	}
	line := func(i instruction, dst string, operands []string) {
		name := opNames[i.op]
		switch i.op {
		case opCall:
			name = p.funcs[i.call].Name
		case opDraw:
			name = p.draws[i.call].Name
		}
		fmt.Fprintf(&b, "%s = %s(%s)\n", dst, name, strings.Join(operands, ", "))
	}
	for _, i := range p.pre {
		list := i.args
		if i.op != opCall {
			list = []int32{i.a, i.b, i.c}[:i.op.operands()]
		}
		var operands []string
		for _, a := range list {
			operands = append(operands, scalar(a))
		}
		line(i, scalar(i.dst), operands)
	}
	for _, c := range p.broadcasts {
		fmt.Fprintf(&b, "%s = fill(%s)\n", view(c.view), scalar(c.entry))
	}
	for _, i := range p.code {
		list := i.args
		if i.op < opCall && i.op != opSum {
			list = []int32{i.a, i.b, i.c, i.d}[:i.op.operands()]
		}
		var operands []string
		for k, a := range list {
			if i.scalarOperand(k) {
				operands = append(operands, scalar(a))
			} else {
				operands = append(operands, view(a))
			}
		}
		line(i, view(i.dst), operands)
	}
	return b.String()
}

// scalarOperand reports whether operand k is an entry of the table of scalars.
func (i instruction) scalarOperand(k int) bool {
	switch i.form {
	case formScalar:
		return k == 1
	case formLeft, formFill:
		return k == 0
	case formBounds:
		return k > 0
	case formSum:
		return k%2 == 1 || k == len(i.args)-1
	case formCompress:
		return k > 0
	}
	return false
}
