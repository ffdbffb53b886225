package neurons

import (
	"context"
	"fmt"
	"io"

	"hearpipe/internal/expr"
	"hearpipe/internal/kernel"
	"hearpipe/neurons/equations"
	"hearpipe/stages"
)

// blockCells is how many cells advance through all steps of a call before the next ones do: their state and the registers
// of the programs stay in the second-level cache, and the cost of dispatching an operation is hidden. Blocks that fit the
// first-level cache, half as long, take a tenth longer: chains of operations read and write memory seldom. It does
// not change results, because cells do not depend on each other.
const blockCells = 1024

// engine advances the cells of a group. It is the MultiFiller behind the ports of a [Group]: first the spikes, then the
// recorded variables.
type engine struct {
	name  string
	path  string // in the names of random numbers
	seed  uint64
	first int // absolute number of cell 0
	cells int
	dt    float64
	next  int64 // the next step
	// In a network: the step of the first frame of the inputs that were fetched, and ticks per step.
	base, period int64
	early        bool // thresholds are tested with the update, see Clock.sort
	// ownLength: the group has a length of its own, inputs are followed by zeros.
	ownLength bool
	allowNaN  bool

	model  *equations.Model
	inputs []*input
	names  []string    // of the state, in order of definition, then helpers
	state  [][]float64 // values of each

	update     *unit // nil without differential equations
	noises     []equations.Noise
	factors    *equations.FactorMachine // nil unless the update has a matrix for each cell
	threshold  *unit                    // nil without a threshold
	crossing   crossing                 // the threshold, if it is as simple as that
	reset      *unit                    // nil without a reset
	refractory refractory
	events     []*condition
	fires      []bool // what a threshold that is a function says
	record     []recorded

	watched []int // state that the update changes: it must stay finite
	written []int // state that the reset assigns to: the same

	blocks  []block
	pending []stages.Spike  // spikes of this call, block by block
	sorted  []stages.Spike  // the same by time, then cell
	counts  []int           // spikes per step
	dst     []stages.Output // of this call
}

// input is a stream that drives a parameter.
type input struct {
	name   string
	src    *stages.Padded
	shared bool // one channel for all cells
	offset int  // channel of cell 0
	cells  int
	frames stages.Frames
}

// row is frame k of the cells.
func (in *input) row(k int) []float64 {
	r := in.frames.Row(k)
	return r[in.offset : in.offset+in.cells]
}

// recorded is a variable that somebody may read.
type recorded struct {
	state int   // index of state, or -1
	input int   // index of an input with a channel per cell, or -1
	unit  *unit // computes the others
}

// block is a range of cells that advances on its own.
type block struct {
	lo, hi  int
	spiking []int32 // cells that fire in this step
	listed  []int32 // flagged: cells in the course of refractoriness, see refractory
	next    int64   // flagged with a constant period: no listed cell is released before this step
	latest  int64   // fixedPeriod: no cell is held in a later step
}

// NonFiniteError says that a variable of a cell is not a finite number any more.
type NonFiniteError struct {
	Group    string
	Variable string
	Value    float64 // NaN or an infinity [SI]
	Cell     int     // absolute
	Step     int64
	Time     float64 // start of the step [s]
}

// Error names the variable, the cell and the time.
func (e *NonFiniteError) Error() string {
	return fmt.Sprintf("group %s: %s of cell %d is %g at step %d (t = %g s): want a finite number; check the inputs and whether the step is too large, or allow NaN",
		e.Group, e.Variable, e.Cell, e.Value, e.Step, e.Time)
}

// inputOf is the index of the input that drives a parameter, -1 if none does.
func (e *engine) inputOf(name string) int {
	for k, in := range e.inputs {
		if in.name == name {
			return k
		}
	}
	return -1
}

// stateOf is the index of a state variable, -1 if there is none.
func (e *engine) stateOf(name string) int {
	for k, n := range e.names {
		if n == name {
			return k
		}
	}
	return -1
}

// vector is the values of a name; helpers are made when they are first used.
func (e *engine) vector(name string) []float64 {
	if k := e.stateOf(name); k >= 0 {
		return e.state[k]
	}
	if e.factors != nil {
		if x := e.factors.Vector(name); x != nil {
			return x
		}
	}
	x := make([]float64, e.cells)
	for c := range x {
		switch name {
		case equations.Cell:
			x[c] = float64(e.first + c)
		case equations.NotRefractory:
			x[c] = 1
		case equations.LastSpike:
			x[c] = neverSpiked
		default:
			panic("neurons: a program uses an unknown vector")
		}
	}
	e.names, e.state = append(e.names, name), append(e.state, x)
	return x
}

// neverSpiked is lastspike of a cell that has not fired yet [s].
const neverSpiked = -1e4

// Fill advances all cells by n steps.
func (e *engine) Fill(ctx context.Context, at int64, n int, dst []stages.Output) (int, error) {
	n, err := e.fetch(ctx, at, n)
	if n == 0 {
		return 0, err
	}
	e.dst = dst
	e.pending = e.pending[:0]
	for b := range e.blocks {
		for k := 0; k < n; k++ {
			if bad := e.step(&e.blocks[b], at+int64(k), k); bad != nil {
				// Blocks are in the order of cells, so the earliest step and then the lowest cell is reported, and
				// the frames before it are good in all blocks.
				n, err = k, bad
			}
		}
	}
	e.dst = nil
	if list := dst[0].Spikes; list != nil {
		*list = append(*list, e.ordered(at, n)...)
	}
	e.next = at + int64(n)
	return n, err
}

// fetch gets frames at:at+n of all inputs, zeros after the end of one. It returns how many frames are good, and io.EOF
// where the group is as long as its inputs and the longest of them has ended.
func (e *engine) fetch(ctx context.Context, at int64, n int) (int, error) {
	if len(e.inputs) == 0 {
		return n, nil
	}
	good, longest := n, at
	var err error
	for _, in := range e.inputs {
		f, failed := in.src.Fetch(ctx, at, at+int64(n))
		in.frames = f
		if failed != nil && (f.N < good || err == nil) {
			good, err = min(good, f.N), failed
		}
		longest = max(longest, in.src.Ended())
	}
	if end := longest - at; end < int64(good) && !e.ownLength {
		return int(end), io.EOF
	}
	return good, err
}

// step advances one block by one step; row is the number of the step in the call.
func (e *engine) step(b *block, step int64, row int) error {
	if err := e.advance(b, step, row); err != nil {
		return err
	}
	if e.threshold != nil {
		e.cross(b, step, row)
		for _, c := range b.spiking {
			e.pending = append(e.pending, stages.Spike{At: step, Cell: int32(e.first) + c})
		}
		if err := e.afterwards(b, step, row); err != nil {
			return err
		}
	}
	for k := range e.record {
		if to := e.dst[1+k].Frames; to.Channels > 0 {
			e.output(&e.record[k], to.Row(row), b, step, row)
		}
	}
	return nil
}

// advance is the state update.
func (e *engine) advance(b *block, step int64, row int) error {
	e.release(b, step, row)
	if e.update == nil {
		return nil
	}
	if e.factors != nil {
		e.factors.Update(b.lo, b.hi)
	}
	e.update.set(e, step, row)
	e.update.machine.Run(b.lo, b.hi)
	if e.allowNaN || e.update.machine.Finite() {
		return nil
	}
	return e.check(b, step)
}

// watch has the update look for numbers that are not finite.
func (e *engine) watch(p *expr.Program) {
	if e.allowNaN {
		return
	}
	var slots []int
	for _, k := range e.watched {
		slots = append(slots, p.VectorSlot(e.names[k])) // the update assigns to all of them
	}
	e.update.machine.Watch(slots...)
}

// cross lists the cells that cross the threshold and are not refractory.
func (e *engine) cross(b *block, step int64, row int) {
	x, limit := e.crossing.values, e.crossing.limit
	if x == nil {
		e.threshold.set(e, step, row)
		e.threshold.machine.Run(b.lo, b.hi)
		x, limit = e.threshold.result, 0
	}
	if e.fires != nil {
		for c, fires := range e.fires[b.lo:b.hi] {
			if fires {
				x[b.lo+c] = 1
			}
		}
	}
	b.spiking = b.spiking[:0]
	eachAbove(x[b.lo:b.hi], limit, func(j int) {
		if e.refractory.mayFire(b.lo+j, step) {
			b.spiking = append(b.spiking, int32(b.lo+j))
		}
	})
	if len(b.spiking) > 0 {
		e.fired(b, step, row)
	}
}

// afterwards is the slot of the resets.
func (e *engine) afterwards(b *block, step int64, row int) error {
	r := &e.refractory
	if e.reset != nil && len(b.spiking) > 0 && (!r.clamps || r.keeps) {
		e.reset.set(e, step, row)
		e.reset.machine.RunAt(b.spiking)
	}
	if r.clamps {
		if r.keeps {
			e.remember(b)
		}
		if step <= b.latest {
			kernel.Hold(r.target[b.lo:b.hi], r.held[b.lo:b.hi], r.until[b.lo:b.hi], step)
		}
	}
	if e.allowNaN {
		return nil
	}
	for _, c := range b.spiking {
		for _, k := range e.written {
			if x := e.state[k][c]; x-x != 0 {
				return e.nonFinite(k, int(c), step)
			}
		}
	}
	return nil
}

// output copies one recorded variable.
func (e *engine) output(r *recorded, to []float64, b *block, step int64, row int) {
	switch {
	case r.state >= 0:
		copy(to[b.lo:b.hi], e.state[r.state][b.lo:b.hi])
	case r.input >= 0:
		copy(to[b.lo:b.hi], e.inputs[r.input].row(row)[b.lo:b.hi])
	default:
		r.unit.set(e, step, row)
		r.unit.machine.Run(b.lo, b.hi)
		copy(to[b.lo:b.hi], r.unit.result[b.lo:b.hi])
	}
}

// check stops at the first cell with a variable that is not finite.
func (e *engine) check(b *block, step int64) error {
	for c := b.lo; c < b.hi; c++ {
		for _, k := range e.watched {
			if x := e.state[k][c]; x-x != 0 {
				return e.nonFinite(k, c, step)
			}
		}
	}
	return nil
}

func (e *engine) nonFinite(k, c int, step int64) error {
	return &NonFiniteError{Group: e.name, Variable: e.names[k], Value: e.state[k][c], Cell: e.first + c, Step: step, Time: float64(step) * e.dt}
}

// ordered returns the spikes of steps at:at+n by time, then cell. They were found block by block, each by time.
func (e *engine) ordered(at int64, n int) []stages.Spike {
	if len(e.blocks) == 1 {
		k := len(e.pending)
		for k > 0 && e.pending[k-1].At >= at+int64(n) {
			k--
		}
		return e.pending[:k]
	}
	if cap(e.counts) < n+1 {
		e.counts = make([]int, n+1)
	}
	start := e.counts[:n+1] // where the spikes of each step begin
	clear(start)
	total := 0
	for _, s := range e.pending {
		if k := s.At - at; k < int64(n) {
			start[k+1]++
			total++
		}
	}
	for k := range n {
		start[k+1] += start[k]
	}
	if cap(e.sorted) < total {
		e.sorted = make([]stages.Spike, max(total, cap(e.pending)))
	}
	sorted := e.sorted[:total]
	for _, s := range e.pending {
		if k := s.At - at; k < int64(n) {
			sorted[start[k]] = s
			start[k]++
		}
	}
	return sorted
}
