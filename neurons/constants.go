package neurons

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"hearpipe/units"
)

// recompiled is a unit that an operation holds, and how to compile it again.
type recompiled struct {
	unit    *unit
	compile func() (*unit, error)
}

// keep compiles a unit that keeps its address when a constant changes; nil when there is nothing to compile.
func (b *builder) keep(compile func() (*unit, error)) (*unit, error) {
	u, err := compile()
	if err == nil && u != nil {
		b.units = append(b.units, recompiled{u, compile})
	}
	return u, err
}

// SetConstant gives a constant of the group another value of the same dimension, in all texts of the group: equations,
// threshold, reset, refractoriness, recorded expressions and regular statements. It holds for everything that is computed
// from then on, whatever the method: the matrices of exact integration are computed again. It is called between two runs,
// or by an operation. Constants belong to the description, not to the state that [Network.Store] saves.
func (g *Group) SetConstant(name string, value units.Quantity) error {
	b := g.b
	old, ok := b.p.Constants[name]
	if !ok {
		return fmt.Errorf("group %s: there is no constant %s (constants: %s)", g.e.name, name, strings.Join(slices.Sorted(maps.Keys(b.p.Constants)), ", "))
	}
	if old.Dim != value.Dim {
		return fmt.Errorf("group %s: constant %s: a value of dimension %s: want %s, as before", g.e.name, name, value.Dim, old.Dim)
	}
	before := b.p.Constants
	b.p.Constants = maps.Clone(before)
	b.p.Constants[name] = value
	err := b.recompile()
	if err == nil {
		return nil
	}
	b.p.Constants = before
	if b.recompile() != nil {
		panic("neurons: a group cannot be compiled again")
	}
	return fmt.Errorf("group %s: constant %s: %w", g.e.name, name, err)
}

// recompile compiles all texts with the constants of the description. State stays where it is.
func (b *builder) recompile() error {
	r := &b.e.refractory
	r.rule, r.clamps, r.period, r.condition = free, false, nil, nil
	for _, part := range []func() error{b.equations, b.threshold, b.reset, b.refractory, b.functions, b.hold} {
		if err := part(); err != nil {
			return err
		}
	}
	b.e.model = b.model
	for k := range b.e.blocks {
		b.e.blocks[k].next = noStep
	}
	for _, u := range b.units {
		fresh, err := u.compile()
		if err != nil {
			return err
		}
		*u.unit = *fresh
	}
	return nil
}
