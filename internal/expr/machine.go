package expr

import (
	"math"

	"hearpipe/internal/kernel"
)

// defaultBlock is the number of elements of a block: dispatching an operation costs about 5 ns, so
// 256 elements hide it, and a dozen registers still fit the first-level cache.
const defaultBlock = 256

// Machine runs a Program. It holds the bindings and the scratch memory of one goroutine.
type Machine struct {
	p         *Program
	block     int
	data      [][]float64 // bound slices by slot
	views     [][]float64 // slots of the current block, then registers
	memory    []float64   // registers
	table     []float64   // scalars of the current run, then reciprocals
	chains    [][]kernel.ChainStep
	quotients []quotient
	given     []float64   // values of the scalar slots
	buffer    [][]float64 // gathered slots, made by the first RunAt
	args      [][][]float64
	scalar    []float64 // arguments of one call of a Function.Scalar
	random    Random
	watched   []int // slots, see Watch
	scanned   []int // those of them that no chain writes
	finite    bool  // what is watched, since the run began
}

// NewMachine returns scratch memory for running the program in one goroutine at a time. Scalars are
// NaN until they are set.
func (p *Program) NewMachine() *Machine { return p.NewMachineBlock(defaultBlock) }

// NewMachineBlock is NewMachine with blocks of the given number of elements, at least 1. The block
// does not change results.
func (p *Program) NewMachineBlock(block int) *Machine {
	if block < 1 {
		panic("expr: block of a machine must be at least 1")
	}
	m := &Machine{
		p:      p,
		block:  block,
		data:   make([][]float64, len(p.vectors)),
		views:  make([][]float64, len(p.vectors)+p.registers),
		memory: make([]float64, block*p.registers),
		given:  make([]float64, len(p.scalars)),
		args:   make([][][]float64, len(p.funcs)),
	}
	m.newChains()
	for i := range m.given {
		m.given[i] = math.NaN()
	}
	for _, code := range [][]instruction{p.pre, p.code} {
		for _, i := range code {
			if i.op == opCall {
				m.args[i.call] = make([][]float64, len(i.args))
				m.scalar = make([]float64, max(len(m.scalar), len(i.args)))
			}
		}
	}
	return m
}

// Program returns the program of the machine.
func (m *Machine) Program() *Program { return m.p }

// SetVector binds the slice of a slot. Slices bound to different slots must not overlap unless
// neither is written. All must be long enough for the elements of a run, and every slot must be
// bound.
func (m *Machine) SetVector(slot int, data []float64) { m.data[slot] = data }

// SetScalar sets the value of a scalar slot for the following runs.
func (m *Machine) SetScalar(slot int, x float64) { m.given[slot] = x }

// SetRandom sets what fills the draws; it is needed when the program has any.
func (m *Machine) SetRandom(r Random) { m.random = r }

// Watch has the machine look at what the following runs leave in some slots, which is cheaper than doing so afterwards; see
// [Machine.Finite].
func (m *Machine) Watch(slots ...int) {
	m.watched = slots
	m.newChains()
}

// Finite reports whether the watched vectors were finite where the last Run went, NaN being not.
func (m *Machine) Finite() bool { return m.finite }

// Run computes the elements lo..hi of the bound vectors. It allocates nothing (unless a Function
// does).
func (m *Machine) Run(lo, hi int) {
	for _, d := range m.data {
		if len(d) < hi {
			panic("expr: vector not bound or shorter than the elements of the run")
		}
	}
	if lo < 0 || lo >= hi {
		if lo == hi {
			return
		}
		panic("expr: range of a run is not ordered")
	}
	m.begin()
	m.finite = true
	size := 0
	for ; lo < hi; lo += m.block {
		n := min(m.block, hi-lo)
		if n != size {
			m.resize(n)
			size = n
		}
		for s, d := range m.data {
			m.views[s] = d[lo : lo+n]
		}
		m.execute(Elements{First: lo, N: n})
	}
}

// RunAt computes the listed elements, each of which must be listed once at most. Others keep their
// values. It allocates nothing after its first call (unless a Function does).
func (m *Machine) RunAt(index []int32) {
	if len(index) == 0 {
		return
	}
	if m.buffer == nil {
		m.buffer = make([][]float64, len(m.data))
		for s := range m.buffer {
			m.buffer[s] = make([]float64, m.block)
		}
	}
	m.begin()
	size := 0
	for len(index) > 0 {
		part := index[:min(m.block, len(index))]
		index = index[len(part):]
		if len(part) != size {
			size = len(part)
			m.resize(size)
			for s, b := range m.buffer {
				m.views[s] = b[:size]
			}
		}
		for s, v := range m.p.vectors {
			if v.Reads {
				view, data := m.views[s], m.data[s]
				for k, i := range part {
					view[k] = data[i]
				}
			}
		}
		m.execute(Elements{Index: part})
		for s, v := range m.p.vectors {
			if v.Writes {
				view, data := m.views[s], m.data[s]
				for k, i := range part {
					data[i] = view[k]
				}
			}
		}
	}
}

// begin computes the scalars of a run.
func (m *Machine) begin() {
	for k, e := range m.p.entries {
		m.table[e] = m.given[k]
	}
	t := m.table
	for k := range m.p.pre {
		i := &m.p.pre[k]
		if i.op == opCall {
			x := m.scalar[:len(i.args)]
			for j, a := range i.args {
				x[j] = t[a]
			}
			t[i.dst] = m.p.funcs[i.call].Scalar(x)
			continue
		}
		t[i.dst] = i.op.scalar(t[i.a], t[i.b], t[i.c])
	}
	m.reciprocals()
}

// resize makes the registers n elements long and fills those that hold a scalar.
func (m *Machine) resize(n int) {
	slots := len(m.p.vectors)
	for r := range m.p.registers {
		m.views[slots+r] = m.memory[r*m.block : r*m.block+n]
	}
	for _, c := range m.p.broadcasts {
		kernel.VecFill(m.views[c.view], m.table[c.entry])
	}
}

// call runs a user function over a block.
func (m *Machine) call(i *instruction, at Elements) {
	f, dst := m.p.funcs[i.call], m.views[i.dst]
	args := m.args[i.call]
	for k, a := range i.args {
		args[k] = m.views[a]
	}
	if f.Elements != nil {
		f.Elements(dst, args, at)
		return
	}
	x := m.scalar[:len(args)]
	for j := range dst {
		for k := range args {
			x[k] = args[k][j]
		}
		dst[j] = f.Scalar(x)
	}
}
