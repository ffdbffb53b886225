package pipelines

import (
	"fmt"
	"math"
	"strings"

	"hearpipe/internal/expr"
	"hearpipe/neurons"
	"hearpipe/neurons/connectivity"
	"hearpipe/neurons/equations"
	"hearpipe/units"
)

func init() {
	register(&NodeType{
		Name: "neurons.synapses", attached: true,
		Doc: "Synapses from cells to cells, made by connect. Spikes arrive after their delays and run statements, as if for one event after the other. " +
			"Texts know the variables of the synapses, those of the source cell as x_pre and of the target cell as x_post or x, i and j (numbers within source and target), N_pre, N_post, N, t, dt, lastupdate and constants. " +
			"Source and target may be the same cells, or drive each other.",
		Inputs: "none", Outputs: noOutput, Channels: "all",
		Fields: []Field{
			{Name: "source", Kind: CellsOf, Required: true, Doc: "cells whose spikes arrive"},
			{Name: "target", Kind: CellsOf, Doc: "cells at the other end (default: the source)"},
			{Name: "model", Kind: Statements, Doc: "equations and parameters of a synapse, one per line; flags (event-driven), (clock-driven), (constant), (shared), and (summed) for x_post = ... : unit (summed), which sets x of each target cell to the sum over its synapses"},
			{Name: "on_pre", Kind: Statements, Doc: "statements for a spike of the source, such as v_post += w"},
			{Name: "on_post", Kind: Statements, Doc: "statements for a spike of the target"},
			{Name: "connect", Kind: Assignments, listed: []string{"i", "j"}, Doc: "which pairs have synapses (default: all). One of condition: a condition on i and j such as i != j and abs(i-j) < 3; targets: an expression in i, or k for k in range(...) if ..., " +
				"or k for k in sample(N_post, p=...); sources: how many different ones each target has; i and j: lists of equal lengths. Besides p: a probability, a constant or an expression; n: synapses for each pair; " +
				"skip_invalid: 1 drops targets that do not exist"},
			{Name: "delay", Kind: Expression, Doc: "delay of spikes of the source, in i, j, rand() (default: 0 s)"},
			{Name: "delay_post", Kind: Expression, Doc: "delay of spikes of the target (default: 0 s)"},
			{Name: "init", Kind: Assignments, Doc: "initial values as expressions in i, j, k (number within the pair), rand(), randn() and variables, such as {w: rand()*nS}; others are 0"},
			{Name: "method", Kind: Text, Limits: strings.Join(equations.Methods(), ", "), Doc: "integration method of equations that advance in every step (default: exact where that is possible and no cell is read, else euler)"},
			{Name: "constants", Kind: Assignments, Doc: "values for names in the texts, such as {tau: 5 ms}"},
			{Name: "order", Kind: Integer, Default: "0", Doc: "sorts synapses within a step; equal ones act in the order of the file"},
		},
		Example: `excite: {type: neurons.synapses, source: "cells[0:80]", target: cells, model: "w : siemens", on_pre: ge += w, connect: {condition: i != j, p: 0.1}, delay: rand()*2*ms, init: {w: rand()*nS}}`,
		plan:    planSynapses,
	})
}

// synapseBytes is about what a synapse with a few variables and a delay takes, with what is needed to make it.
const synapseBytes = 100

// planSynapses checks all texts on cells that are on trial and thrown away.
func planSynapses(p *planner, n *node) {
	q := neurons.SynapsesParams{Name: n.name, Method: n.text("method"), Order: int(n.num("order"))}
	ok := true
	for _, one := range []struct {
		field string
		text  *string
	}{{"model", &q.Model}, {"on_pre", &q.OnPre}, {"on_post", &q.OnPost}} {
		text, fine := p.memberText(n, one.field)
		*one.text, ok = text, ok && fine
	}
	q.Constants = map[string]units.Quantity{}
	ok = p.groupConstants(n, q.Constants) && ok
	connect, fine := p.connectParams(n)
	values := p.synapticValues(n)
	source, foundSource := n.tried(p, "source")
	target, foundTarget := n.tried(p, "target")
	if !ok || !fine || !foundSource || !foundTarget || n.broken {
		return
	}
	q.Source, q.Target = source, target
	s, err := n.net.trial.Synapses(q)
	if err != nil {
		p.synapsesError(n, err)
		return
	}
	trial := connect
	trial.I, trial.J = nil, nil
	if err := s.CheckConnect(neurons.ConnectParams{Params: trial}); err != nil {
		p.placeError(n, "connect", connectField(connect), err)
		return
	}
	for _, v := range values {
		if err := s.Set(v.name, v.text); err != nil {
			p.placeError(n, v.field, v.name, err)
		}
	}
	if n.broken || !p.expectSynapses(n, &connect) {
		return
	}
	n.attach = func(net *neurons.Network, groups map[*node]*neurons.Group) error {
		q := q
		var err error
		if q.Source, err = n.placed(groups, "source"); err != nil {
			return err
		}
		if q.Target, err = n.placed(groups, "target"); err != nil {
			return err
		}
		s, err := net.Synapses(q)
		if err != nil {
			return err
		}
		if err := s.Connect(neurons.ConnectParams{Params: connect}); err != nil {
			return &placedError{"connect", connectField(connect), err}
		}
		for _, v := range values {
			if err := s.Set(v.name, v.text); err != nil {
				return &placedError{v.field, v.name, err}
			}
		}
		return nil
	}
}

// synapticValue is an expression for a variable or delays.
type synapticValue struct{ field, name, text string }

// synapticValues lists delays and initial values in the order of the file.
func (p *planner) synapticValues(n *node) []synapticValue {
	var list []synapticValue
	for _, field := range []string{"delay", "delay_post"} {
		if text, ok := p.memberText(n, field); ok && text != "" {
			list = append(list, synapticValue{field, field, text})
		}
	}
	if v := n.values["init"]; v != nil {
		for _, x := range v.names {
			list = append(list, synapticValue{"init", x.name, paramRule.ReplaceAllString(x.el.text, "_$1")})
		}
	}
	return list
}

// connectParams reads the field connect.
func (p *planner) connectParams(n *node) (c connectivity.Params, ok bool) {
	v := n.values["connect"]
	if v == nil {
		return c, true
	}
	ok = true
	for _, x := range v.names {
		text := paramRule.ReplaceAllString(x.el.text, "_$1")
		switch x.name {
		case "condition":
			c.Condition = text
		case "targets":
			c.Targets = text
		case "p":
			c.P = text
		case "sources":
			c.Sources = p.wholeNumber(x.el, 1, math.MaxInt32, &ok)
		case "n":
			c.N = p.wholeNumber(x.el, 1, 1<<20, &ok)
		case "skip_invalid":
			c.SkipInvalid = p.wholeNumber(x.el, 0, 1, &ok) == 1
		case "i":
			c.I = p.cellNumbers(x.el, &ok)
		case "j":
			c.J = p.cellNumbers(x.el, &ok)
		default:
			words := []string{"condition", "targets", "p", "sources", "n", "skip_invalid", "i", "j"}
			p.add(x.el.mistake("connect has no %q%s; it has %s", x.name, suggest(x.name, words), listed(words)))
			ok = false
		}
	}
	n.broken = n.broken || !ok
	return c, ok
}

// cellNumbers computes a list of whole numbers, written as a list of the file or as an expression.
func (p *planner) cellNumbers(e *element, ok *bool) []int {
	if e.kind != listElement {
		return p.wholeNumbers(e, ok)
	}
	list := make([]int, 0, len(e.items))
	for _, x := range e.items {
		list = append(list, p.wholeNumber(x, 0, math.MaxInt32, ok))
	}
	return list
}

// wholeNumbers computes a list of whole numbers, or one.
func (p *planner) wholeNumbers(e *element, ok *bool) []int {
	v, fine := p.evaluate(e)
	if !fine {
		*ok = false
		return nil
	}
	if v.Type.Kind == expr.String || v.Type.Kind == expr.Decibel || !v.Type.Dim.IsDimensionless() {
		p.add(e.mistake("want whole numbers, this is %s", describe(v)))
		*ok = false
		return nil
	}
	list := make([]int, v.Len())
	for k := range list {
		x := v.At(k)
		if x != math.Trunc(x) || math.Abs(x) > math.MaxInt32 {
			p.add(e.mistake("number %d is %g: want a whole number", k, x))
			*ok = false
			return nil
		}
		list[k] = int(x)
	}
	return list
}

// wholeNumber computes one whole number within limits.
func (p *planner) wholeNumber(e *element, lo, hi int, ok *bool) int {
	list := p.wholeNumbers(e, ok)
	if len(list) == 1 && list[0] >= lo && list[0] <= hi {
		return list[0]
	}
	if *ok {
		p.add(e.mistake("want a whole number from %d to %d", lo, hi))
		*ok = false
	}
	return 0
}

// expectSynapses checks what depends on the numbers of cells, and has the memory counted where the number of synapses is
// known; where it is not, making them stops at what memory allows.
func (p *planner) expectSynapses(n *node, c *connectivity.Params) bool {
	sizes := [2]int{}
	for _, r := range n.cells {
		lo, hi, err := r.bounds()
		if err != nil {
			return false
		}
		if r.field == "source" {
			sizes[0] = hi - lo
		} else {
			sizes[1] = hi - lo
		}
	}
	if !n.has("target") {
		sizes[1] = sizes[0]
	}
	if len(c.I) > 0 || len(c.J) > 0 {
		if len(c.I) != len(c.J) {
			n.fail(p, "connect", "%d values of i, but %d of j", len(c.I), len(c.J))
			return false
		}
		for k := range c.I {
			if c.I[k] < 0 || c.I[k] >= sizes[0] || c.J[k] < 0 || c.J[k] >= sizes[1] {
				n.fail(p, "connect", "pair %d is %d to %d: want i from 0 to %d, j from 0 to %d", k, c.I[k], c.J[k], sizes[0]-1, sizes[1]-1)
				return false
			}
		}
	}
	if c.Sources > sizes[0] {
		n.fail(p, "connect", "%d sources for each target: want 1 to %d, the number of source cells", c.Sources, sizes[0])
		return false
	}
	limit := p.opt.Memory
	if limit == 0 {
		limit = machineMemory() / 2
	}
	c.Most = int(min(max(1, limit/synapseBytes), math.MaxInt32))
	expected := 0.0
	switch {
	case c.Sources > 0:
		expected = float64(c.Sources) * float64(sizes[1])
	case c.I != nil:
		expected = float64(len(c.I))
	case c.Condition == "" && c.Targets == "":
		expected = float64(sizes[0]) * float64(sizes[1])
		scope := &expr.Scope{Symbols: map[string]expr.Symbol{}}
		for name, q := range n.net.constants {
			scope.Symbols[name] = expr.ConstantSymbol(expr.QuantityValue(q))
		}
		if v, err := expr.Eval(c.P, scope); err == nil && c.P != "" {
			expected *= v.X
		}
	}
	for _, r := range n.cells {
		if r.field == "source" { // synapses have no output; their memory counts with their source
			r.n.fixed += int64(min(expected*float64(max(1, c.N))*synapseBytes, 1<<60))
		}
	}
	return true
}

// connectField is the entry of connect that an error about its texts is about.
func connectField(c connectivity.Params) string {
	switch {
	case c.Targets != "":
		return "targets"
	case c.Condition != "":
		return "condition"
	}
	return "p"
}

// placeError puts an error to an entry of a map, or to a text.
func (p *planner) placeError(n *node, field, name string, err error) {
	v := n.values[field]
	if v != nil && v.names == nil {
		p.textError(n, field, err)
		return
	}
	if v != nil {
		for _, x := range v.names {
			if x.name == name || field == "connect" && name == "condition" && x.name == "p" && strings.Contains(err.Error(), "probability") {
				n.broken = true
				before := len(p.mistakes)
				p.add(textMistakes(x.el, err, 0)...)
				p.unhide(before)
				return
			}
		}
	}
	n.fail(p, field, "%v", err)
}

// unhide writes parameters in messages as the file does.
func (p *planner) unhide(before int) {
	for _, m := range p.mistakes[before:] {
		m.Message = constantName.ReplaceAllStringFunc(m.Message, func(name string) string {
			if p.params[name[1:]] == nil {
				return name
			}
			return "$" + name[1:]
		})
	}
}

// synapsesError puts an error of the engine to the field it is about.
func (p *planner) synapsesError(n *node, err error) {
	rest := strings.TrimPrefix(err.Error(), fmt.Sprintf("synapses %s: ", n.name))
	field, _, _ := strings.Cut(rest, ": ")
	if field != "model" && field != "on_pre" && field != "on_post" {
		n.fail(p, "", "%s", rest)
		return
	}
	if strings.Contains(rest, "no integration method is called") {
		n.fail(p, "method", "%s", strings.TrimPrefix(rest, "model: "))
		return
	}
	p.textError(n, field, err)
}
