package expr

// allocator gives the vectors of a program their places: a slot of the caller or a register of the
// machine. Registers are reused as soon as their value is not needed any more, so that a block
// stays in the first-level cache.
type allocator struct {
	b *builder
	p *Program

	code    []step
	home    []int32 // view of each vector, -1 while it has none
	last    []int   // index of the last step that reads each vector
	free    []int32 // views of registers that are free
	spread  map[int32]int32
	lastOut []int // index of the last step that reads each slot, -1 for none
}

func newAllocator(b *builder, p *Program) *allocator {
	return &allocator{b: b, p: p, spread: make(map[int32]int32)}
}

func (a *allocator) run() {
	a.code = a.b.code
	a.protectInputs()
	a.expandScalars()
	a.fuse()
	a.liveness()
	a.placeOutputs()
	a.liveness() // copies to outputs were added
	for index, s := range a.code {
		a.place(index, s)
	}
}

// protectInputs copies a slot that is to be stored elsewhere before it is overwritten itself
// ("x = y; y = 0").
func (a *allocator) protectInputs() {
	writes := make(map[int32]bool)
	for _, s := range a.b.stores {
		writes[s.slot] = true
	}
	var kept []store
	for _, s := range a.b.stores {
		if s.value.vector {
			if from := a.b.vectors[s.value.id]; from == s.slot {
				continue // assigned to itself
			} else if from >= 0 && writes[from] {
				x := a.b.newVector()
				a.code = append(a.code, step{op: opCopy, dst: x, args: []operand{s.value}})
				s.value = x
			}
		}
		kept = append(kept, s)
	}
	a.b.stores = kept
}

// scalarForm returns how an operation of two operands takes one scalar: the form, and the operation
// with exchanged operands if the scalar is the left one. ok is false when the scalar must be spread
// over a register.
func scalarForm(o op, left bool) (op, form, bool) {
	if !left {
		switch o {
		case opAdd, opSub, opMul, opDiv, opMin, opMax, opPow,
			opLess, opLessEqual, opGreater, opGreaterEqual, opEqual, opNotEqual:
			return o, formScalar, true
		}
		return o, 0, false
	}
	switch o {
	case opSub, opDiv, opPow:
		return o, formLeft, true
	case opAdd, opMul, opEqual, opNotEqual:
		return o, formScalar, true
	case opLess:
		return opGreater, formScalar, true
	case opLessEqual:
		return opGreaterEqual, formScalar, true
	case opGreater:
		return opLess, formScalar, true
	case opGreaterEqual:
		return opLessEqual, formScalar, true
	}
	return o, 0, false
}

// expandScalars gives scalars that no form can take a register that holds them throughout a run.
func (a *allocator) expandScalars() {
	for k, s := range a.code {
		if takesScalars(s) {
			continue
		}
		args := make([]operand, len(s.args))
		for i, x := range s.args {
			args[i] = x
			if !x.vector {
				args[i] = a.spreadScalar(x.id)
			}
		}
		a.code[k].args = args
	}
}

// takesScalars reports whether the scalar operands of a step fit a form.
func takesScalars(s step) bool {
	scalars := 0
	for _, x := range s.args {
		if !x.vector {
			scalars++
		}
	}
	switch {
	case scalars == 0:
		return true
	case s.op == opClip:
		return s.args[0].vector && scalars == 2
	case s.op == opCall || s.op.operands() != 2:
		return false
	}
	_, _, ok := scalarForm(s.op, !s.args[0].vector)
	return ok
}

// spreadScalar returns the vector that holds a scalar.
func (a *allocator) spreadScalar(entry int32) operand {
	if id, ok := a.spread[entry]; ok {
		return operand{vector: true, id: id}
	}
	x := a.b.newVector()
	a.spread[entry] = x.id
	return x
}

// liveness finds the last reader of each vector and slot.
func (a *allocator) liveness() {
	a.last = make([]int, len(a.b.vectors))
	a.lastOut = make([]int, len(a.p.vectors))
	for i := range a.last {
		a.last[i] = -1
	}
	for i := range a.lastOut {
		a.lastOut[i] = -1
	}
	for k, s := range a.code {
		for _, x := range s.args {
			if x.vector {
				a.last[x.id] = k
				if slot := a.b.vectors[x.id]; slot >= 0 {
					a.lastOut[slot] = k
				}
			}
		}
	}
}

// placeOutputs lets the step that computes an output write it to the slot of the caller directly,
// when nobody reads the old contents of the slot after that step; other outputs are copied at the
// end.
func (a *allocator) placeOutputs() {
	slots := int32(len(a.p.vectors))
	a.home = make([]int32, len(a.b.vectors))
	for i := range a.home {
		a.home[i] = a.b.vectors[i] // a slot, or -1
	}
	// Spread scalars own their registers.
	for entry := int32(0); entry < int32(len(a.p.table)); entry++ {
		if id, ok := a.spread[entry]; ok {
			view := slots + int32(a.p.registers)
			a.p.registers++
			a.home[id] = view
			a.p.broadcasts = append(a.p.broadcasts, broadcast{view, entry})
		}
	}
	defined := make(map[int32]int)
	for k, s := range a.code {
		defined[s.dst.id] = k
	}
	var copies []step
	for _, s := range a.b.stores {
		x := s.value
		if x.vector && a.home[x.id] < 0 {
			at := defined[x.id]
			limit := at
			if op := a.code[at].op; op == opCall || op == opDraw {
				limit-- // the destination of a call may not be one of its arguments
			}
			if a.lastOut[s.slot] <= limit {
				a.home[x.id] = s.slot
				continue
			}
		}
		out := a.b.newVector()
		a.home = append(a.home, s.slot)
		copies = append(copies, step{op: opCopy, dst: out, args: []operand{x}})
	}
	a.code = append(a.code, copies...)
}

// place emits the instruction of one step.
func (a *allocator) place(index int, s step) {
	slots := int32(len(a.p.vectors))
	i := instruction{op: s.op, call: s.call}
	var views []int32
	for _, x := range s.args {
		if x.vector {
			views = append(views, a.home[x.id])
		} else {
			views = append(views, x.id)
		}
	}
	switch {
	case s.op == opCall:
		i.args = views
	case s.op == opClip && len(s.args) == 3 && !s.args[1].vector:
		i.form = formBounds
		i.a, i.b, i.c = ids(views)
	case s.op == opSum:
		i.form, i.args = formSum, views
	case s.op == opCompress || s.op == opCompressRoot:
		i.form = formCompress
		i.a, i.b, i.c = ids(views)
		i.d = views[3]
	case s.op == opCopy && !s.args[0].vector:
		i.form = formFill
		i.a = views[0]
	case s.op.operands() == 2 && !s.args[0].vector:
		i.op, i.form, _ = scalarForm(s.op, true)
		i.a, i.b = views[0], views[1]
		if i.form == formScalar {
			i.a, i.b = i.b, i.a
		}
	case s.op.operands() == 2 && !s.args[1].vector:
		i.op, i.form, _ = scalarForm(s.op, false)
		i.a, i.b = views[0], views[1]
	case s.op != opDraw:
		i.a, i.b, i.c = ids(views)
	}
	release := func() {
		for k, x := range s.args {
			if x.vector && a.last[x.id] == index && a.isTemporary(x.id) && firstUse(s.args, k) {
				a.free = append(a.free, a.home[x.id])
			}
		}
	}
	if s.op != opCall {
		release() // the result may overwrite an operand
	}
	if a.home[s.dst.id] < 0 {
		if n := len(a.free); n > 0 {
			a.home[s.dst.id] = a.free[n-1]
			a.free = a.free[:n-1]
		} else {
			a.home[s.dst.id] = slots + int32(a.p.registers)
			a.p.registers++
		}
	}
	if s.op == opCall {
		release()
	}
	// A result that nobody reads frees its register at once.
	if a.last[s.dst.id] < 0 && a.isTemporary(s.dst.id) {
		a.free = append(a.free, a.home[s.dst.id])
	}
	i.dst = a.home[s.dst.id]
	i.passing = a.isTemporary(s.dst.id) && a.last[s.dst.id] == index+1
	a.p.code = append(a.p.code, i)
}

// isTemporary reports whether a vector lives in a register of its own that may be reused.
func (a *allocator) isTemporary(id int32) bool {
	if a.home[id] < int32(len(a.p.vectors)) {
		return false
	}
	for _, c := range a.p.broadcasts {
		if c.view == a.home[id] {
			return false
		}
	}
	return true
}

// firstUse reports whether operand k does not occur before k.
func firstUse(args []operand, k int) bool {
	for _, x := range args[:k] {
		if x == args[k] {
			return false
		}
	}
	return true
}
