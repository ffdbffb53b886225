package expr

import "hearpipe/internal/kernel"

// fuse joins operations into superinstructions, which take one pass over a block instead of two or three. Each part is rounded
// as it is alone and in the same order, so the bits stay the same:
//
//	x·s + y, where x·s has no other reader       opScaleAdd
//	x·s + y·t, where neither product has         opScaleScaleAdd
//	clip(x, lo, hi)**(1/3)·s, or without ·s      opCompress
//
// for vectors x and y and scalars s, t, lo and hi. A difference is the sum with the negated constant.
func (a *allocator) fuse() {
	readers := make(map[int32]int)
	for _, s := range a.code {
		for _, x := range s.args {
			if x.vector {
				readers[x.id]++
			}
		}
	}
	for _, s := range a.b.stores {
		if s.value.vector {
			readers[s.value.id]++
		}
	}
	products := make(map[int32]int) // the step of each product of a vector by a scalar that has one reader
	clips := make(map[int32]int)    // the same of values clipped by scalars
	roots := make(map[int32]int)    // the same of their powers
	gone := make([]bool, len(a.code))
	for k, s := range a.code {
		if s.op == opMul && s.args[0].vector != s.args[1].vector {
			x, scale := factors(s)
			if r, ok := roots[x.id]; ok {
				root := a.code[r]
				a.code[k] = step{op: opCompress, dst: s.dst, args: []operand{root.args[0], root.args[1], root.args[2], scale}}
				gone[r] = true
				continue
			}
		}
		switch {
		case s.op == opClip && s.args[0].vector && !s.args[1].vector && !s.args[2].vector && readers[s.dst.id] == 1:
			clips[s.dst.id] = k
		case s.op == opPow && s.args[0].vector && a.isThird(s.args[1]):
			if c, ok := clips[s.args[0].id]; ok {
				clip := a.code[c]
				a.code[k] = step{op: opCompress, dst: s.dst, args: []operand{clip.args[0], clip.args[1], clip.args[2], a.b.constant(1)}}
				gone[c] = true
				if readers[s.dst.id] == 1 {
					roots[s.dst.id] = k
				}
			}
		case s.op == opMul && s.args[0].vector != s.args[1].vector && readers[s.dst.id] == 1:
			products[s.dst.id] = k
		case s.op == opAdd || s.op == opSub:
			left, right := s.args[0], s.args[1]
			if !left.vector || !right.vector || left == right {
				continue
			}
			x, isLeft := products[left.id]
			y, isRight := products[right.id]
			var scale operand
			if isRight {
				if _, scale = factors(a.code[y]); s.op == opSub {
					isRight = a.negate(&scale)
				}
			}
			switch {
			case isLeft && isRight:
				v, t := factors(a.code[x])
				w, _ := factors(a.code[y])
				a.code[k] = step{op: opScaleScaleAdd, dst: s.dst, args: []operand{v, t, w, scale}}
				gone[x], gone[y] = true, true
			case isRight:
				w, _ := factors(a.code[y])
				a.code[k] = step{op: opScaleAdd, dst: s.dst, args: []operand{w, scale, left}}
				gone[y] = true
			case isLeft && s.op == opAdd:
				v, t := factors(a.code[x])
				a.code[k] = step{op: opScaleAdd, dst: s.dst, args: []operand{v, t, right}}
				gone[x] = true
			}
		}
	}
	kept := a.code[:0:0]
	for k, s := range a.code {
		if !gone[k] {
			kept = append(kept, s)
		}
	}
	a.code = kept
	a.p.table = a.b.table // constants may have been added
}

// isThird reports whether a value is the constant 1/3 as a float64.
func (a *allocator) isThird(x operand) bool {
	return !x.vector && a.b.isConst[x.id] && a.b.table[x.id] == kernel.Third
}

// factors are the vector and the scalar of a product of both.
func factors(s step) (vector, scalar operand) {
	if s.args[0].vector {
		return s.args[0], s.args[1]
	}
	return s.args[1], s.args[0]
}

// negate turns a constant into its negative; ok is false for other scalars.
func (a *allocator) negate(s *operand) (ok bool) {
	if !a.b.isConst[s.id] {
		return false
	}
	*s = a.b.constant(-a.b.table[s.id])
	return true
}
