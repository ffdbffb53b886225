package neurons

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"hearpipe/internal/expr"
	"hearpipe/neurons/equations"
)

// Now is when an operation runs.
type Now struct {
	Step int64   // of its clock
	Time float64 // start of the step [s]
	DT   float64 // length of the step [s]
}

// When says where in a step and how often something runs.
type When struct {
	// Slot is the place in a step (default [Start]; of monitors [End]).
	Slot Slot
	// Order sorts what is in the same slot; equal ones run in the order of their creation.
	Order int
	// Every is the interval [s], a multiple of the network's tick (default: each step).
	Every float64
}

// action is a user's operation.
type action struct {
	when  When
	clock *Clock
	run   func(step int64) error
}

func (a *action) build(s *schedule) error {
	s.add(a.clock, a.when.Slot, rankUser, a.when.Order, a.run)
	return nil
}

func (a *action) appendState(b []byte) []byte        { return b }
func (a *action) loadState(b []byte) ([]byte, error) { return b, nil }

// add puts an action into the network.
func (n *Network) add(a *action, kind string) error {
	if a.when.Slot == 0 {
		a.when.Slot = Start
	}
	if a.when.Slot >= slots {
		return fmt.Errorf("%s: %s", n.label(), a.when.Slot)
	}
	name := ""
	return n.register(a, kind, &name)
}

// Operation has f called in every step, or at its own interval. Its error ends the run. What f keeps is not part of the
// state that the network stores.
func (n *Network) Operation(when When, f func(Now) error) error {
	if f == nil {
		return fmt.Errorf("%s: an operation without a function", n.label())
	}
	c, err := n.clockOf(when.Every)
	if err != nil {
		return err
	}
	return n.add(&action{when: when, clock: c, run: func(step int64) error {
		return f(Now{step, float64(step) * c.dt, c.dt})
	}}, "operation")
}

// At has f called once, at the start of the first step at or after t [s] of the network's clock.
func (n *Network) At(t float64, f func(Now) error) error {
	c := n.clocks[0]
	if f == nil {
		return fmt.Errorf("%s: an operation at %g s without a function", n.label(), t)
	}
	if !(t >= 0) || math.IsInf(t, 0) {
		return fmt.Errorf("%s: an operation at %g s: want a time of 0 or more", n.label(), t)
	}
	at := Steps(t, c.dt, Ceil)
	if at < c.next {
		return fmt.Errorf("%s: an operation at %g s: the network has come to %g s already", n.label(), t, c.Time())
	}
	return n.add(&action{clock: c, run: func(step int64) error {
		if step != at {
			return nil
		}
		return f(Now{step, float64(step) * c.dt, c.dt})
	}}, "operation")
}

// RunRegularly runs statements over all cells of a group of a network, such as "I = rand()*nA", in each step of the group
// or at an interval of their own.
func (g *Group) RunRegularly(code string, when When) error { return g.All().RunRegularly(code, when) }

// RunRegularly is [Group.RunRegularly] for the cells of the view; i and N count the cells of the view.
func (c Cells) RunRegularly(code string, when When) error {
	g := c.g
	if g.net == nil {
		return fmt.Errorf("group %s: a group that is alone has no operations; put it into a network", g.e.name)
	}
	clock := g.clock
	if when.Every != 0 {
		var err error
		if clock, err = g.net.clockOf(when.Every); err != nil {
			return err
		}
	}
	u, err := c.statements(code, fmt.Sprintf("run_regularly %d", g.regular), clock.dt)
	if err != nil {
		return fmt.Errorf("group %s: run_regularly: %w", g.e.name, err)
	}
	if u == nil {
		return nil
	}
	if clock != g.clock && len(u.rows)+len(u.shared) > 0 {
		return fmt.Errorf("group %s: run_regularly: statements with an interval of their own cannot read an input", g.e.name)
	}
	g.regular++
	return g.net.add(&action{when: when, clock: clock, run: func(step int64) error {
		row := 0
		if clock == g.clock {
			row = int(step - g.e.base)
		}
		u.setAt(g.e, step, row, float64(step)*clock.dt)
		u.machine.Run(c.lo, c.hi)
		if g.e.allowNaN {
			return nil
		}
		for i := range g.e.blocks {
			if err := g.e.check(&g.e.blocks[i], step); err != nil {
				return err
			}
		}
		return nil
	}}, "operation")
}

// statements compiles statements that run over the cells of the view; nil for an empty text.
func (c Cells) statements(code, purpose string, dt float64) (*unit, error) {
	return c.g.b.keep(func() (*unit, error) { return c.compile(code, purpose, dt) })
}

func (c Cells) compile(code, purpose string, dt float64) (*unit, error) {
	g := c.g
	list, err := expr.ParseStatements(code, expr.Options{})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	if list, err = g.b.model.Statements(list); err != nil {
		return nil, err
	}
	for k := range list {
		if expr.DependsOn(list[k].Value, equations.NotRefractory) && g.e.refractory.rule != flagged {
			return nil, errNotFlagged
		}
	}
	program, err := expr.CompileStatements(list, c.scope(dt), expr.CompileOptions{})
	if err != nil {
		return nil, err
	}
	return c.bind(program, purpose), nil
}

// appendInts and readInts save a list of cells.
func appendInts(b []byte, list []int32) []byte {
	b = binary.LittleEndian.AppendUint64(b, uint64(len(list)))
	for _, x := range list {
		b = binary.LittleEndian.AppendUint32(b, uint32(x))
	}
	return b
}

func readInts(b []byte, list []int32) (ints []int32, rest []byte, err error) {
	if len(b) < 8 {
		return nil, nil, errShort
	}
	n := binary.LittleEndian.Uint64(b)
	b = b[8:]
	if n > uint64(len(b)/4) {
		return nil, nil, errShort
	}
	list = list[:0]
	for k := range int(n) {
		list = append(list, int32(binary.LittleEndian.Uint32(b[4*k:])))
	}
	return list, b[4*n:], nil
}

// appendPart and readPart save something whose length is not known to who reads it.
func appendPart(b, part []byte) []byte {
	b = binary.LittleEndian.AppendUint64(b, uint64(len(part)))
	return append(b, part...)
}

func readPart(b []byte) (part, rest []byte, err error) {
	if len(b) < 8 {
		return nil, nil, errShort
	}
	n := binary.LittleEndian.Uint64(b)
	if n > uint64(len(b)-8) {
		return nil, nil, errShort
	}
	return b[8 : 8+n], b[8+n:], nil
}

var errShort = errors.New("the state of the network is cut short")
