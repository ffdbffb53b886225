package neurons

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"hearpipe/internal/expr"
	"hearpipe/internal/kernel"
)

// reset compiles the statements and finds out whether they are "variable = constant".
func (b *builder) reset() error {
	e := b.e
	list, err := b.resetStatements()
	if err != nil || len(list) == 0 {
		return err
	}
	if b.p.OnReset != nil {
		return errors.New("given as a text and as a function: want one of them")
	}
	if list, err = b.model.Statements(list); err != nil {
		return err
	}
	for k := range list {
		b.uses(list[k].Value)
	}
	program, err := expr.CompileStatements(list, b.model.Scope, expr.CompileOptions{})
	if err != nil {
		return err
	}
	for _, s := range list {
		k := e.stateOf(s.Target)
		if !slices.Contains(e.written, k) {
			e.written = append(e.written, k)
		}
	}
	e.reset = e.bind(program, "reset")
	if only := list[0]; len(list) == 1 && only.Op == "=" && b.model.IsConstant(only.Value) {
		v, err := expr.EvalNode(only.Value, b.model.Scope)
		if err != nil {
			return err
		}
		e.refractory.clamps, e.refractory.target, b.value = true, e.vector(only.Target), v.X
	}
	return nil
}

// resetStatements reads the statements of the reset. A text without an assignment is a value for the membrane variable.
func (b *builder) resetStatements() ([]expr.Statement, error) {
	if strings.Contains(b.p.Reset, "=") || strings.TrimSpace(b.p.Reset) == "" {
		return expr.ParseStatements(b.p.Reset, expr.Options{})
	}
	n, err := expr.Parse(b.p.Reset, expr.Options{})
	if err != nil {
		return nil, err
	}
	src, start, end := n.Span()
	q, err := b.membrane()
	if err != nil {
		return nil, src.Errorf(start, end, "a reset is a statement such as v = 0, but this is a value, and %v", err)
	}
	return []expr.Statement{{Target: q.Name, Op: "=", Value: n, Src: src, Start: start, End: end, TargetEnd: end, OpStart: start}}, nil
}

// functions checks what is given as functions, and the variable that is held.
func (b *builder) functions() error {
	p, r := &b.p, &b.e.refractory
	if p.Fires == nil && p.OnReset == nil && p.WhileRefractory == nil && p.Hold == "" {
		return nil
	}
	switch {
	case (p.Fires != nil || p.OnReset != nil || p.WhileRefractory != nil) && b.net == nil:
		return errors.New("a group that is alone has texts only; put it into a network")
	case b.e.threshold == nil:
		return errors.New("there is no threshold, so no cell will ever be reset")
	case (p.Hold != "" || p.WhileRefractory != nil) && r.rule != fixedPeriod:
		return errors.New("a variable is held, or a function called, while cells are refractory: give a period, and no flag (unless refractory)")
	case p.OnReset != nil && r.rule == fixedPeriod && p.Hold == "" && p.WhileRefractory == nil:
		return errors.New("a reset by a function does not say what refractory cells do: name a variable to hold, or a function for them")
	}
	if p.Hold == "" {
		return nil
	}
	name := b.model.Variable(p.Hold)
	s, ok := b.model.Scope.Lookup(name)
	if !ok || !s.Writable {
		return fmt.Errorf("cannot hold %s, which is not a variable that may be changed", p.Hold)
	}
	if r.clamps && len(b.e.written) == 1 && b.e.names[b.e.written[0]] == name {
		return nil // a constant reset holds it anyway
	}
	r.clamps, r.keeps, r.target = true, true, b.e.vector(name)
	return nil
}

// hold prepares the values of the variable that is held. What a reset has left stays when a constant changes.
func (b *builder) hold() error {
	r := &b.e.refractory
	if !r.clamps {
		return nil
	}
	if r.held == nil {
		r.held = make([]float64, b.e.cells)
	}
	if !r.keeps {
		kernel.VecFill(r.held, b.value)
	}
	return nil
}

// remember keeps the values that the reset has left in the variable that is held.
func (e *engine) remember(b *block) {
	r := &e.refractory
	for _, c := range b.spiking {
		r.held[c] = r.target[c]
	}
}

// resetAll is the slot of the resets in a network.
func (g *Group) resetAll(step int64) error {
	e := g.e
	now := Now{step, float64(step) * e.dt, e.dt}
	if f := g.b.p.OnReset; f != nil {
		if err := f(now, g, g.fired); err != nil {
			return fmt.Errorf("group %s: reset: %w", e.name, err)
		}
	}
	for i := range e.blocks {
		if err := e.afterwards(&e.blocks[i], step, int(step-e.base)); err != nil {
			return err
		}
	}
	f := g.b.p.WhileRefractory
	if f == nil {
		return nil
	}
	r := &e.refractory
	r.recent = slices.DeleteFunc(r.recent, func(c int32) bool { return r.until[c] < step || r.last[c] == step })
	r.recent = append(r.recent, g.fired...)
	slices.Sort(r.recent)
	if err := f(now, g, r.recent); err != nil {
		return fmt.Errorf("group %s: refractory cells: %w", e.name, err)
	}
	return nil
}

// resets reports whether anything happens in the slot of the resets.
func (g *Group) resets() bool {
	return g.e.reset != nil || g.b.p.OnReset != nil || g.b.p.WhileRefractory != nil || g.e.refractory.clamps
}

// decide asks the user's function who fires.
func (g *Group) decide(step int64) error {
	e := g.e
	if e.fires == nil {
		e.fires = make([]bool, e.cells)
	}
	clear(e.fires)
	if err := g.b.p.Fires(Now{step, float64(step) * e.dt, e.dt}, g, e.fires); err != nil {
		return fmt.Errorf("group %s: threshold: %w", e.name, err)
	}
	return nil
}
