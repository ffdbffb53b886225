package expr

import (
	"fmt"
	"math"
)

// operand is a value in a program under construction: an entry of the table of scalars (constants,
// scalar names, results of scalar operations) or a vector (a bound slice or the result of an
// operation).
type operand struct {
	vector bool
	id     int32
}

// value forms of an operation in the program under construction. Every vector is assigned once.
type step struct {
	op   op
	dst  operand
	args []operand
	call int32 // index of the function (opCall) or draw (opDraw)
}

// stepKey identifies equal operations on equal values.
type stepKey struct {
	op      op
	a, b, c operand
}

// builder turns checked expressions into steps. Equal operations are shared and operations on
// constants are computed at once; both leave the bits as they are.
type builder struct {
	*checker
	memo     map[Node]operand   // nodes compiled with the current meaning of names
	env      map[string]operand // current values of names
	assigned []string           // assigned names in order
	shared   map[stepKey]operand
	calls    map[string]operand // results of user functions by function and arguments

	constants map[uint64]int32 // bits of a constant -> entry of the table
	table     []float64        // scalars; constants have their value
	isConst   []bool
	scalars   []string // names of scalar slots
	entries   []int32  // table entry of each scalar slot

	slots    []VectorInfo
	vectors  []int32 // slot of each vector, -1 when it is computed
	pre      []step  // scalar operations
	code     []step  // vector operations
	funcs    []*Function
	draws    []Draw
	drawn    map[Node]operand // calls of rand and randn that were compiled
	ordinals int
	stores   []store
}

// store writes a value to a slot at the end of the program.
type store struct {
	slot  int32
	value operand
}

func newBuilder(scope *Scope) *builder {
	return &builder{
		checker:   newChecker(scope),
		memo:      make(map[Node]operand),
		env:       make(map[string]operand),
		shared:    make(map[stepKey]operand),
		calls:     make(map[string]operand),
		constants: make(map[uint64]int32),
		drawn:     make(map[Node]operand),
	}
}

// constant returns the operand of a constant.
func (b *builder) constant(x float64) operand {
	bits := math.Float64bits(x)
	id, ok := b.constants[bits]
	if !ok {
		id = b.entry(x, true)
		b.constants[bits] = id
	}
	return operand{id: id}
}

// entry adds an entry to the table of scalars.
func (b *builder) entry(x float64, constant bool) int32 {
	b.table = append(b.table, x)
	b.isConst = append(b.isConst, constant)
	return int32(len(b.table) - 1)
}

// newVector adds a vector that a step computes.
func (b *builder) newVector() operand {
	b.vectors = append(b.vectors, -1)
	return operand{vector: true, id: int32(len(b.vectors) - 1)}
}

// slot returns the slot of a named vector, entering it when it is new.
func (b *builder) slot(name string, t Type) int32 {
	for i, v := range b.slots {
		if v.Name == name {
			return int32(i)
		}
	}
	b.slots = append(b.slots, VectorInfo{Name: name, Type: t})
	return int32(len(b.slots) - 1)
}

// store notes that a value is to be written to a named vector at the end.
func (b *builder) store(name string, t Type, x operand) {
	slot := b.slot(name, t)
	b.slots[slot].Writes = true
	b.stores = append(b.stores, store{slot, x})
}

// read returns the current value of a name whose meaning is not a function.
func (b *builder) read(name string) operand {
	if x, ok := b.env[name]; ok {
		return x
	}
	sym, _ := b.scope.Lookup(name)
	var x operand
	switch sym.Role {
	case Constant:
		x = b.constant(sym.Value.X)
	case Scalar:
		x = operand{id: b.entry(math.NaN(), false)}
		b.scalars = append(b.scalars, name)
		b.entries = append(b.entries, x.id)
	case Vector:
		slot := b.slot(name, sym.Type)
		b.slots[slot].Reads = true
		x = b.newVector()
		b.vectors[x.id] = slot
	case Drawn:
		x = b.draw(Draw{Name: name})
	}
	b.env[name] = x
	return x
}

// draw adds a random draw.
func (b *builder) draw(d Draw) operand {
	x := b.newVector()
	b.code = append(b.code, step{op: opDraw, dst: x, call: int32(len(b.draws))})
	b.draws = append(b.draws, d)
	return x
}

// emit returns the value of an elementary operation, computing it at once when it is constant and
// sharing it when it was computed before.
func (b *builder) emit(o op, args ...operand) operand {
	key := stepKey{op: o}
	vector, constant := false, true
	var x [3]float64
	for k, a := range args {
		*[]*operand{&key.a, &key.b, &key.c}[k] = a
		vector = vector || a.vector
		if a.vector || !b.isConst[a.id] {
			constant = false
		} else {
			x[k] = b.table[a.id]
		}
	}
	if constant {
		return b.constant(o.scalar(x[0], x[1], x[2]))
	}
	if r, ok := b.shared[key]; ok {
		return r
	}
	var r operand
	if vector {
		r = b.newVector()
		b.code = append(b.code, step{op: o, dst: r, args: args})
	} else {
		r = operand{id: b.entry(0, false)}
		b.pre = append(b.pre, step{op: o, dst: r, args: args})
	}
	b.shared[key] = r
	return r
}

// lower returns the value of a checked node.
func (b *builder) lower(n Node) (operand, error) {
	if x, ok := b.memo[n]; ok {
		return x, nil
	}
	x, err := b.lowerNode(n)
	if err != nil {
		return operand{}, err
	}
	b.memo[n] = x
	return x, nil
}

func (b *builder) lowerAll(nodes []Node) ([]operand, error) {
	list := make([]operand, len(nodes))
	for i, n := range nodes {
		if err := b.single(n, b.types[n]); err != nil {
			return nil, err
		}
		x, err := b.lower(n)
		if err != nil {
			return nil, err
		}
		list[i] = x
	}
	return list, nil
}

func (b *builder) lowerNode(n Node) (operand, error) {
	switch n := n.(type) {
	case *Number:
		return b.constant(n.Value), nil
	case *Bool:
		return b.constant(truth(n.Value)), nil
	case *Name:
		return b.read(n.Ident), nil
	case *Param:
		v, _ := b.scope.param(n.Ident)
		return b.constant(v.X), nil
	case *Call:
		return b.lowerCall(n)
	}
	args, err := b.lowerAll(children(n))
	if err != nil {
		return operand{}, err
	}
	switch n := n.(type) {
	case *Unary:
		switch n.Op {
		case "-":
			return b.emit(opNeg, args...), nil
		case "not":
			return b.emit(opNot, args...), nil
		}
		return args[0], nil
	case *Binary:
		if n.Op == "**" {
			return b.emitPower(args[0], args[1]), nil
		}
		return b.emit(binaryOps[n.Op], args...), nil
	case *Compare:
		x := b.emit(compareOps[n.Ops[0]], args[0], args[1])
		for k := 1; k < len(n.Ops); k++ {
			x = b.emit(opAnd, x, b.emit(compareOps[n.Ops[k]], args[k], args[k+1]))
		}
		return x, nil
	}
	panic("expr: node that a program cannot hold")
}

// emitPower returns x**y; the exponents that power treats specially become their operations.
func (b *builder) emitPower(x, y operand) operand {
	if !y.vector && b.isConst[y.id] {
		switch b.table[y.id] {
		case 2:
			return b.emit(opSquare, x)
		case 3:
			return b.emit(opCube, x)
		case 0.5:
			return b.emit(opSqrt, x)
		case -1:
			return b.emit(opReciprocal, x)
		}
	}
	return b.emit(opPow, x, y)
}

func (b *builder) lowerCall(n *Call) (operand, error) {
	if sym, ok := b.scope.Lookup(n.Func); ok {
		return b.lowerUser(n, sym.Function)
	}
	f := builtins[n.Func]
	if f.op == opDraw {
		// One place in the text is one draw, also when substitution has copied the place.
		if x, ok := b.drawn[n]; ok {
			return x, nil
		}
		x := b.draw(Draw{Name: n.Func, Ordinal: b.ordinals})
		b.ordinals++
		b.drawn[n] = x
		return x, nil
	}
	if f.evalOnly || len(n.Args) == 1 && f.eval != nil {
		return b.lowerConstant(n)
	}
	args, err := b.lowerAll(n.Args)
	if err != nil {
		return operand{}, err
	}
	if f.max >= 0 {
		return b.emit(f.op, args...), nil
	}
	x := args[0]
	for _, a := range args[1:] {
		x = b.emit(f.op, x, a)
	}
	return x, nil
}

// lowerConstant computes a call that works on lists, such as max(linspace(0, 1, 5)).
func (b *builder) lowerConstant(n Node) (operand, error) {
	v, err := b.value(n)
	if err != nil {
		return operand{}, err
	}
	if v.Type.List {
		return operand{}, b.single(n, v.Type)
	}
	return b.constant(v.X), nil
}

func (b *builder) lowerUser(n *Call, f *Function) (operand, error) {
	if f.Eval != nil {
		return b.lowerConstant(n)
	}
	args, err := b.lowerAll(n.Args)
	if err != nil {
		return operand{}, err
	}
	key := fmt.Sprintf("%p%v", f, args)
	if x, ok := b.calls[key]; ok {
		return x, nil
	}
	vector, constant := f.Elements != nil, f.Scalar != nil
	x := make([]float64, len(args))
	for k, a := range args {
		vector = vector || a.vector
		if constant = constant && !a.vector && b.isConst[a.id]; constant {
			x[k] = b.table[a.id]
		}
	}
	if constant {
		return b.constant(f.Scalar(x)), nil
	}
	call := step{op: opCall, args: args, call: int32(len(b.funcs))}
	b.funcs = append(b.funcs, f)
	if vector {
		call.dst = b.newVector()
		b.code = append(b.code, call)
	} else {
		call.dst = operand{id: b.entry(0, false)}
		b.pre = append(b.pre, call)
	}
	b.calls[key] = call.dst
	return call.dst, nil
}
