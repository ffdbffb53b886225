package neurons

import (
	"errors"
	"fmt"
	"maps"
	"math/bits"
	"slices"
	"strings"

	"hearpipe/internal/expr"
	"hearpipe/internal/kernel"
	"hearpipe/neurons/equations"
	"hearpipe/stages"
	"hearpipe/units"
)

// threshold compiles the condition for a spike. A value instead of a condition is one that the membrane variable has to
// exceed.
func (b *builder) threshold() error {
	text := b.p.Threshold
	if strings.TrimSpace(text) == "" {
		if b.p.Fires == nil {
			return nil
		}
		text = "False" // the function sets what is true
	} else if b.p.Fires != nil {
		return errors.New("given as a text and as a function: want one of them")
	}
	n, t, err := b.expression(text)
	if err != nil {
		return err
	}
	if t.Kind != expr.Boolean {
		if n, err = b.above(n, t); err != nil {
			return err
		}
	}
	b.uses(n)
	u, err := b.unit(n, "threshold")
	if err != nil {
		return err
	}
	b.e.threshold = u
	b.e.crossing, err = b.crossing(n)
	return err
}

// crossing is a threshold of the form "variable > constant", which needs no program.
type crossing struct {
	values []float64 // of the variable, nil if the threshold has another form
	limit  float64
}

// crossing recognises that form.
func (b *builder) crossing(n expr.Node) (crossing, error) {
	c, ok := n.(*expr.Compare)
	if !ok || len(c.Ops) != 1 {
		return crossing{}, nil
	}
	x, y := c.Operands[0], c.Operands[1]
	switch c.Ops[0] {
	case ">":
	case "<":
		x, y = y, x
	default:
		return crossing{}, nil
	}
	name, ok := x.(*expr.Name)
	if !ok || !b.model.IsConstant(y) {
		return crossing{}, nil
	}
	k := b.e.stateOf(name.Ident)
	if k < 0 || len(b.e.state[k]) != b.e.cells || b.shared(name.Ident) {
		return crossing{}, nil
	}
	v, err := expr.EvalNode(y, b.model.Scope)
	return crossing{b.e.state[k], v.X}, err
}

// eachAbove calls f with the places of the numbers above a limit, ascending.
func eachAbove(x []float64, limit float64, f func(j int)) {
	for at := 0; at < len(x); {
		next, which := kernel.FirstAbove(x[at:], limit)
		at += next
		for ; which != 0; which &= which - 1 {
			f(at + bits.TrailingZeros32(which))
		}
		at += 32
	}
}

// above is the condition "membrane variable > value".
func (b *builder) above(value expr.Node, t expr.Type) (expr.Node, error) {
	src, start, end := value.Span()
	q, err := b.membrane()
	if err != nil {
		return nil, src.Errorf(start, end, "a threshold is a condition such as v > 1, but this is %s, and %v", t, err)
	}
	if !t.Fits(q.Dim) {
		return nil, src.Errorf(start, end, "a threshold is a condition such as v > 1, or a value for %s, which has the dimension %s, but this is %s", q.Name, q.Dim, t)
	}
	if expr.DependsOn(value, q.Name) {
		return nil, src.Errorf(start, end, "a threshold is a condition such as v > 1, or a value for %s, but this value depends on %s itself", q.Name, q.Name)
	}
	return expr.NewCompare(">", expr.NewName(q.Name, value), value), nil
}

// membrane is the variable that plain values are about.
func (b *builder) membrane() (*equations.Equation, error) {
	name, others := b.model.Equations.Membrane()
	if name == "" {
		return nil, errors.New("the equations have no variable that a value could be about")
	}
	if len(others) > 0 {
		warning := fmt.Sprintf("a threshold or reset that is a plain value is about %s, although the model has %s too", name, strings.Join(others, ", "))
		if !slices.Contains(b.said, warning) {
			b.said = append(b.said, warning)
		}
	}
	q, _ := b.model.Equations.Lookup(name)
	return q, nil
}

// lockOut reads the shortest interval between spikes.
func (b *builder) lockOut() error {
	b.e.refractory.lockOut = 0
	if strings.TrimSpace(b.p.LockOut) == "" {
		return nil
	}
	x, err := b.constantTime(b.p.LockOut, "lock-out")
	if err != nil {
		return err
	}
	b.e.refractory.lockOut = Steps(x, b.e.dt, Ceil)
	return nil
}

// constantTime reads a time that is the same for all cells.
func (b *builder) constantTime(text, what string) (float64, error) {
	n, t, err := b.expression(text)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", what, err)
	}
	src, start, end := n.Span()
	if !t.Fits(units.DimTime) || t.Kind == expr.Boolean || !b.model.IsConstant(n) {
		return 0, src.Errorf(start, end, "a %s is a time made of constants, such as 3 ms, but this is %s", what, n)
	}
	v, err := expr.EvalNode(n, b.model.Scope)
	if err != nil {
		return 0, err
	}
	if !(v.X >= 0) {
		return 0, src.Errorf(start, end, "a %s of %g s: want 0 or more", what, v.X)
	}
	return v.X, nil
}

// condition is one of the user's that is tested in every step, beside the threshold.
type condition struct {
	name string
	unit *unit
	list []int32 // cells for which it held in the last step, ascending
}

// Spike is the name of the event that a cell fires, for [Group.RunOnEvent].
const Spike = "spike"

// events compiles the conditions of the events, in the order of their names.
func (b *builder) events() error {
	if len(b.p.Events) > 0 && b.net == nil {
		return errors.New("a group that is alone has no events; put it into a network")
	}
	for _, name := range slices.Sorted(maps.Keys(b.p.Events)) {
		if name == Spike || name == "" {
			return fmt.Errorf("%q cannot be the name of an event", name)
		}
		u, err := b.keep(func() (*unit, error) {
			n, t, err := b.expression(b.p.Events[name])
			if err != nil {
				return nil, err
			}
			if t.Kind != expr.Boolean {
				src, start, end := n.Span()
				return nil, src.Errorf(start, end, "an event is a condition such as v > 1, but this is %s", t)
			}
			if expr.DependsOn(n, equations.NotRefractory) && b.e.refractory.rule != flagged {
				return nil, errNotFlagged
			}
			return b.unit(n, "event "+name)
		})
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		b.e.events = append(b.e.events, &condition{name: name, unit: u})
	}
	return nil
}

// errNotFlagged is about a use of not_refractory where it has no meaning.
var errNotFlagged = errors.New("not_refractory exists only where the equations use a flag (unless refractory), or the refractoriness is a condition")

// test finds the cells for which an event holds.
func (e *engine) test(v *condition, step int64) {
	v.list = v.list[:0]
	v.unit.set(e, step, int(step-e.base))
	v.unit.machine.Run(0, e.cells)
	eachAbove(v.unit.result, 0, func(c int) { v.list = append(v.list, int32(c)) })
}

// cellsOf gives the cells for which an event held in the last step.
func (g *Group) cellsOf(name string) (func() []int32, error) {
	if g.net == nil {
		return nil, fmt.Errorf("group %s: a group that is alone has no events; put it into a network", g.e.name)
	}
	if name == Spike {
		return func() []int32 { return g.fired }, nil
	}
	for _, v := range g.e.events {
		if v.name == name {
			return func() []int32 { return v.list }, nil
		}
	}
	return nil, fmt.Errorf("group %s: there is no event %s (events: %s)", g.e.name, name, strings.Join(append([]string{Spike}, slices.Sorted(maps.Keys(g.b.p.Events))...), ", "))
}

// RunOnEvent runs statements over the cells for which an event held, such as "e1 = t". Events are tested in the slot of
// the thresholds; AfterThresholds is the usual slot for the statements, and in an earlier one they see the events of the
// step before. The event [Spike] is that a cell fires.
func (g *Group) RunOnEvent(event, code string, slot Slot, order int) error {
	cells, err := g.cellsOf(event)
	if err != nil {
		return err
	}
	all := g.All()
	u, err := all.statements(code, fmt.Sprintf("run_on_event %d", g.regular), g.e.dt)
	if err != nil {
		return fmt.Errorf("group %s: run_on_event: %w", g.e.name, err)
	}
	if u == nil {
		return nil
	}
	g.regular++
	return g.net.add(&action{when: When{Slot: slot, Order: order}, clock: g.clock, run: func(step int64) error {
		list := cells()
		if len(list) == 0 {
			return nil
		}
		u.set(g.e, step, int(step-g.e.base))
		u.machine.RunAt(list)
		return nil
	}}, "operation")
}

// EventStream is the stream of an event: which cells it held for, in which step.
func (g *Group) EventStream(event string) (*stages.SpikeStream, error) {
	cells, err := g.cellsOf(event)
	if err != nil {
		return nil, err
	}
	return g.net.addSpikes(g.clock, g.e.name+"."+event, g.e.cells, func(tick int64, list *[]stages.Spike) {
		for _, c := range cells() {
			*list = append(*list, stages.Spike{At: tick, Cell: c})
		}
	})
}
