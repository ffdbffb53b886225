package expr

import (
	"slices"

	"hearpipe/internal/kernel"
)

// segment is a part of the code that runs as one: a chain of simple operations, or a single instruction.
type segment struct {
	at    int // the first instruction
	chain []kernel.ChainStep
}

// split puts runs of simple operations together into chains, which keep the result of an operation in registers for the next
// one and take one pass over a block instead of one for each.
func (p *Program) split(fixed []bool) {
	for at := 0; at < len(p.code); {
		end := at
		for end < len(p.code) && p.code[end].isSimple() {
			end++
		}
		if end < at+2 {
			p.segments = append(p.segments, segment{at: at})
			at++
			continue
		}
		l := linker{p: p, fixed: fixed, held: -1}
		for k := at; k < end; k++ {
			i := &p.code[k]
			l.link(i)
			l.held = i.dst
			if !(i.passing && k+1 < end && p.code[k+1].takes(i.dst)) {
				l.steps[len(l.steps)-1].To = i.dst
			}
		}
		p.segments = append(p.segments, segment{at, l.steps})
		at = end
	}
}

// isSimple reports whether chains have the operation.
func (i *instruction) isSimple() bool {
	switch i.form {
	case formVector:
		switch i.op {
		case opNeg, opSquare, opCube, opCopy, opAdd, opSub, opMul, opDiv, opWhere:
			return true
		}
	case formScalar:
		switch i.op {
		case opAdd, opSub, opMul, opDiv:
			return true
		}
	case formLeft:
		return i.op == opSub || i.op == opDiv
	case formSum:
		return true
	}
	return false
}

// takes reports whether a simple instruction reads a view once, from the accumulator if it is there.
func (i *instruction) takes(view int32) bool {
	list := i.args
	if i.op != opSum {
		list = []int32{i.a, i.b, i.c}[:i.op.operands()]
	}
	reads, first := 0, 0
	for k, v := range list {
		if v == view && !i.scalarOperand(k) {
			if reads == 0 {
				first = k
			}
			reads++
		}
	}
	switch {
	case reads != 1:
		return false
	case i.op == opSum:
		return first <= 2
	case i.op == opWhere:
		return first == 1
	}
	return true
}

// linker writes a chain.
type linker struct {
	p     *Program
	fixed []bool // which entries of the table are constants
	steps []kernel.ChainStep
	held  int32 // the view whose elements the accumulator holds, -1 for none
}

// add writes a step whose operation takes what the step before left.
func (l *linker) add(s kernel.ChainStep) {
	s.From, s.To = -1, -1
	l.steps = append(l.steps, s)
}

// on writes a step whose operation takes a view.
func (l *linker) on(view int32, s kernel.ChainStep) {
	l.add(s)
	if view != l.held {
		l.steps[len(l.steps)-1].From = view
	}
}

// link writes one instruction, which leaves its result in the accumulator.
func (l *linker) link(i *instruction) {
	switch {
	case i.op == opSum:
		l.sum(i.args)
	case i.op == opWhere:
		l.on(i.b, kernel.ChainStep{Op: kernel.ChainWhere, View: i.a, Other: i.c})
	case i.form == formLeft && i.op == opSub:
		l.on(i.b, kernel.ChainStep{Op: kernel.ChainFromScalar, Scalar: i.a})
	case i.form == formLeft:
		l.on(i.b, kernel.ChainStep{Op: kernel.ChainIntoScalar, Scalar: i.a})
	case i.form == formScalar && i.op == opDiv:
		l.on(i.a, kernel.ChainStep{Op: kernel.ChainDivScalar, Scalar: i.b, Other: int32(len(l.p.table) + 2*l.p.quotients)})
		l.p.quotients++
	case i.form == formScalar:
		l.on(i.a, kernel.ChainStep{Op: chainScalar[i.op], Scalar: i.b})
	case i.op.operands() == 1:
		l.on(i.a, kernel.ChainStep{Op: chainUnary[i.op]})
	case i.b == l.held && i.a != i.b:
		l.add(kernel.ChainStep{Op: chainTurned[i.op], View: i.a})
	default:
		l.on(i.a, kernel.ChainStep{Op: chainBinary[i.op], View: i.b})
	}
}

// sum writes a sum of scaled vectors, which goes from left to right but may begin with the second one.
func (l *linker) sum(args []int32) {
	n := len(args) / 2
	if n > 1 && args[2] == l.held && args[0] != l.held {
		args = append([]int32{args[2], args[3], args[0], args[1]}, args[4:]...)
	}
	begun := false
	next := func(s kernel.ChainStep) {
		if begun {
			l.add(s)
		} else {
			l.on(args[0], s)
		}
		begun = true
	}
	is := func(scale int32, x float64) bool { return l.fixed[scale] && l.p.table[scale] == x }
	if !is(args[1], 1) {
		next(kernel.ChainStep{Op: kernel.ChainMulScalar, Scalar: args[1]})
	}
	for k := 1; k < n; k++ {
		switch x, scale := args[2*k], args[2*k+1]; {
		case is(scale, 1):
			next(kernel.ChainStep{Op: kernel.ChainAdd, View: x})
		case is(scale, -1):
			next(kernel.ChainStep{Op: kernel.ChainSub, View: x})
		default:
			next(kernel.ChainStep{Op: kernel.ChainAddScaled, View: x, Scalar: scale})
		}
	}
	if len(args) > 2*n {
		next(kernel.ChainStep{Op: kernel.ChainAddScalar, Scalar: args[2*n]})
	}
}

// The operations of chains: of a vector, of two, of two with exchanged operands, and of a vector and a scalar.
var (
	chainUnary  = map[op]kernel.ChainOp{opNeg: kernel.ChainNeg, opSquare: kernel.ChainSquare, opCube: kernel.ChainCube, opCopy: kernel.ChainCopy}
	chainBinary = map[op]kernel.ChainOp{opAdd: kernel.ChainAdd, opSub: kernel.ChainSub, opMul: kernel.ChainMul, opDiv: kernel.ChainDiv}
	chainTurned = map[op]kernel.ChainOp{opAdd: kernel.ChainAdd, opSub: kernel.ChainFrom, opMul: kernel.ChainMul, opDiv: kernel.ChainInto}
	chainScalar = map[op]kernel.ChainOp{opAdd: kernel.ChainAddScalar, opSub: kernel.ChainSubScalar, opMul: kernel.ChainMulScalar}
)

// quotient is a step that divides by a scalar. Its reciprocal stands behind the table.
type quotient struct {
	step *kernel.ChainStep
	by   float64 // the divisor whose reciprocal it is
}

// newChains copies the chains of the program for a machine, which adapts divisions to their divisors and watches slots.
func (m *Machine) newChains() {
	m.table = append(slices.Clone(m.p.table), make([]float64, max(2*m.p.quotients, 1))...)
	m.chains, m.quotients, m.scanned = m.chains[:0], m.quotients[:0], slices.Clone(m.watched)
	for _, s := range m.p.segments {
		var chain []kernel.ChainStep
		for _, c := range s.chain {
			chain = append(chain, c)
			if k := slices.Index(m.scanned, int(c.To)); k >= 0 {
				chain = append(chain, kernel.ChainStep{Op: kernel.ChainWatch, From: -1, To: -1})
				m.scanned = slices.Delete(m.scanned, k, k+1)
			}
		}
		m.chains = append(m.chains, chain)
		for k := range chain {
			if c := &chain[k]; c.Op == kernel.ChainDivScalar {
				m.table[c.Other] = 1
				m.quotients = append(m.quotients, quotient{c, 1})
			}
		}
	}
}

// reciprocals follows changes of divisors.
func (m *Machine) reciprocals() {
	for k := range m.quotients {
		q := &m.quotients[k]
		s := m.table[q.step.Scalar]
		if s == q.by {
			continue
		}
		q.by = s
		if high, low, ok := kernel.Reciprocal(s); ok {
			q.step.Op = kernel.ChainDivScalar
			m.table[q.step.Other], m.table[q.step.Other+1] = high, low
		} else {
			q.step.Op = kernel.ChainDivAny
		}
	}
}
