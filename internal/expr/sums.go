package expr

import (
	"slices"

	"hearpipe/internal/kernel"
)

// addend is a part of a sum: a vector times a scalar.
type addend struct{ vector, scale operand }

// chain is a sum as it grows from left to right: addends, then perhaps a scalar, with which it is complete.
type chain struct {
	at      int // the step of its last addition
	addends []addend
	offset  []operand // none or one
	joined  []int     // the other steps it is made of
}

// sums joins sums of scaled vectors to superinstructions. Each product and each sum is rounded as it is alone and in the same
// order, so the bits stay the same:
//
//	x·s + y·t + ... + c, for one to kernel.MaxSum vectors x, y, ..., with a scalar c at the end or without    opSum
//
// where neither the products have other readers nor the sums on the way. A vector without a scale has the scale 1; a
// difference is the sum with the negated constant.
func (a *allocator) sums() {
	readers := a.readers()
	chains, products := make(map[int32]*chain), make(map[int32]int)
	// part adds an operand to a chain.
	part := func(c *chain, x operand, negative bool) {
		if k, ok := products[x.id]; ok {
			vector, scale := factors(a.code[k])
			if !negative || a.negate(&scale) {
				c.addends, c.joined = append(c.addends, addend{vector, scale}), append(c.joined, k)
				return
			}
		}
		scale := 1.0
		if negative {
			scale = -1
		}
		c.addends = append(c.addends, addend{x, a.b.constant(scale)})
	}
	for k, s := range a.code {
		if s.op == opMul && s.args[0].vector != s.args[1].vector && readers[s.dst.id] == 1 {
			products[s.dst.id] = k
		}
		if s.op != opAdd && s.op != opSub {
			continue
		}
		left, right, negative := s.args[0], s.args[1], s.op == opSub
		if !negative && (!left.vector || right.vector && chains[left.id] == nil && chains[right.id] != nil) {
			left, right = right, left // the sum is the same, and so it goes on a chain
		}
		if !left.vector || !right.vector && negative && !a.negate(&right) {
			continue
		}
		c := &chain{at: k}
		before := chains[left.id]
		if before != nil && readers[left.id] == 1 && len(before.offset) == 0 && (!right.vector || len(before.addends) < kernel.MaxSum) {
			c.addends = slices.Clone(before.addends)
			c.joined = append(slices.Clone(before.joined), before.at)
		} else {
			part(c, left, false)
		}
		if right.vector {
			part(c, right, negative)
		} else {
			c.offset = []operand{right}
		}
		chains[s.dst.id] = c
	}
	gone := make([]bool, len(a.code))
	for k := len(a.code) - 1; k >= 0; k-- {
		c := chains[a.code[k].dst.id]
		if c == nil || gone[k] || len(c.joined) == 0 {
			continue
		}
		sum := step{op: opSum, dst: a.code[k].dst}
		for _, x := range c.addends {
			sum.args = append(sum.args, x.vector, x.scale)
		}
		sum.args = append(sum.args, c.offset...)
		a.code[k] = sum
		for _, j := range c.joined {
			gone[j] = true
		}
	}
	a.drop(gone)
}
