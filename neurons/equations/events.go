package equations

import (
	"hearpipe/internal/expr"
	"hearpipe/units"
)

// checkEvents checks the event-driven equations of synapses. Each is dx/dt = a*x + b by its syntax, with a and b made of
// constants and parameters of the synapses; no equation that advances in every step may read one, because its value is
// that of the last event.
func (m *Model) checkEvents() error {
	for k := range m.Events {
		d := &m.Events[k]
		if len(d.Noise) > 0 {
			return errorAt(d.right, "%s is (event-driven) and cannot have noise", d.Name)
		}
		l, ok := expr.LinearIn(d.Drift, []string{d.Name})
		if !ok {
			return errorAt(d.right, "an (event-driven) equation is linear in its own variable, but d%s/dt is not linear in %s", d.Name, d.Name)
		}
		for _, part := range []expr.Node{l.Coefficients[0], l.Constant} {
			if part != nil && !m.isPerCell(part) {
				return errorAt(d.right, "an (event-driven) equation depends on its own variable, on constants and on parameters of the synapses only, but in d%s/dt there is %s", d.Name, part)
			}
		}
	}
	for k := range m.Derivatives {
		d := &m.Derivatives[k]
		for i := range m.Events {
			if name := m.Events[i].Name; expr.DependsOn(d.Drift, name) {
				return errorAt(d.right, "d%s/dt advances in every step and depends on %s, which is (event-driven) and has the value of the last event", d.Name, name)
			}
		}
	}
	return nil
}

// UpToDate are the statements that bring the event-driven variables to the time t: the solution of dx/dt = a*x + b over
// t - lastupdate,
//
//	x = x*exp(a*(t - lastupdate)) + b*(t - lastupdate)*exprel(a*(t - lastupdate)),
//
// where exprel(h) = (exp(h) - 1)/h is 1 at 0.
func (m *Model) UpToDate() []expr.Statement {
	var out []expr.Statement
	for k := range m.Events {
		d := &m.Events[k]
		l, _ := expr.LinearIn(d.Drift, []string{d.Name})
		by := map[string]expr.Node{"x": expr.NewName(d.Name, d.Drift), "a": l.Coefficients[0], "b": l.Constant}
		zero := func(dim units.Dimension) expr.Node { return expr.NewNumber(0, dim, d.Drift) }
		text := exactDecay
		switch {
		case by["a"] == nil:
			text = exactGrowth
		case by["b"] == nil:
			text = exactDecayOnly
		}
		if by["b"] == nil {
			by["b"] = zero(d.Dim.Div(units.DimTime))
		}
		out = append(out, assign(d.Name, expr.Substitute(text, by)))
	}
	return out
}

var (
	exactDecay     = mustParse("x*exp(a*(t - lastupdate)) + b*(t - lastupdate)*exprel(a*(t - lastupdate))")
	exactDecayOnly = mustParse("x*exp(a*(t - lastupdate))")
	exactGrowth    = mustParse("x + b*(t - lastupdate)")
)
