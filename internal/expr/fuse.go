package expr

import "hearpipe/internal/kernel"

// fuse joins operations into superinstructions, which take one pass over a block instead of two or three. Each part is rounded
// as it is alone and in the same order, so the bits stay the same: sums, and
//
//	clip(x, lo, hi)**(1/3)·s, or without ·s      opCompress
//	cbrt(clip(x, lo, hi))·s, or without ·s       opCompressRoot
//
// for a vector x and scalars s, lo and hi.
func (a *allocator) fuse() {
	a.compress()
	a.sums()
	a.p.table = a.b.table // constants may have been added
}

// readers counts who reads each vector.
func (a *allocator) readers() map[int32]int {
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
	return readers
}

// drop takes out steps.
func (a *allocator) drop(gone []bool) {
	kept := a.code[:0:0]
	for k, s := range a.code {
		if !gone[k] {
			kept = append(kept, s)
		}
	}
	a.code = kept
}

func (a *allocator) compress() {
	readers := a.readers()
	clips := make(map[int32]int) // the steps of values clipped by scalars that have one reader
	roots := make(map[int32]int) // the same of their powers or cube roots
	gone := make([]bool, len(a.code))
	for k, s := range a.code {
		if s.op == opMul && s.args[0].vector != s.args[1].vector {
			x, scale := factors(s)
			if r, ok := roots[x.id]; ok {
				root := a.code[r]
				a.code[k] = step{op: root.op, dst: s.dst, args: []operand{root.args[0], root.args[1], root.args[2], scale}}
				gone[r] = true
				continue
			}
		}
		switch {
		case s.op == opClip && s.args[0].vector && !s.args[1].vector && !s.args[2].vector && readers[s.dst.id] == 1:
			clips[s.dst.id] = k
		case (s.op == opCbrt || s.op == opPow && a.isThird(s.args[1])) && s.args[0].vector:
			if c, ok := clips[s.args[0].id]; ok {
				clip, compress := a.code[c], opCompress
				if s.op == opCbrt {
					compress = opCompressRoot
				}
				a.code[k] = step{op: compress, dst: s.dst, args: []operand{clip.args[0], clip.args[1], clip.args[2], a.b.constant(1)}}
				gone[c] = true
				if readers[s.dst.id] == 1 {
					roots[s.dst.id] = k
				}
			}
		}
	}
	a.drop(gone)
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
