package neurons

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"hearpipe/internal/expr"
	"hearpipe/units"
)

// refractory reads the period or condition; refractory.clamps says so far that the reset is "variable = constant".
func (b *builder) refractory() error {
	r := &b.e.refractory
	for _, d := range b.model.Derivatives {
		b.uses(d.Drift)
		for _, term := range d.Noise {
			b.uses(term.Coefficient)
		}
		if d.Held {
			r.rule = flagged
		}
	}
	r.most = maxSteps
	if most := b.p.MaxRefractory; most < 0 || math.IsNaN(most) {
		return fmt.Errorf("longest period of %g s: want a positive time, or 0 for no limit", most)
	} else if most > 0 {
		r.most = Steps(most, b.e.dt, Floor)
	}
	if strings.TrimSpace(b.p.Refractory) == "" {
		r.clamps = false
		return nil
	}
	if b.e.threshold == nil {
		return errors.New("there is no threshold, so no cell can be refractory; add a threshold or leave refractory out")
	}
	n, t, err := b.expression(b.p.Refractory)
	if err != nil {
		return err
	}
	b.uses(n)
	if t.Kind == expr.Boolean {
		r.rule, r.clamps = flagged, false
		r.condition, err = b.unit(n, "refractory")
		return err
	}
	src, start, end := n.Span()
	if !t.Fits(units.DimTime) {
		return src.Errorf(start, end, "want a time such as 5 ms or a condition such as v > 0, but this has the dimension %s", t.Dim)
	}
	if r.rule == free {
		r.rule = fixedPeriod
	}
	r.clamps = r.clamps && r.rule == fixedPeriod
	if !b.model.IsConstant(n) {
		r.period, err = b.unit(n, "refractory")
		return err
	}
	v, err := expr.EvalNode(n, b.model.Scope)
	if err != nil {
		return err
	}
	if !(v.X >= 0) {
		return src.Errorf(start, end, "a period of %g s: want 0 or more", v.X)
	}
	r.most = maxSteps // a cap is for periods that differ
	r.steps = r.periodSteps(v.X, b.e.dt)
	return nil
}
