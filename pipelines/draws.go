package pipelines

import (
	"fmt"
	"slices"

	"hearpipe/internal/expr"
	"hearpipe/internal/random"
	"hearpipe/units"
)

// draws says which random numbers rand() and randn() give in the values of a field: those of a stream that is named by the
// seed, the whole name of the node, the field, and the place of the call among the calls in the text. The number for a channel depends on its
// absolute index and on nothing else.
type draws struct {
	seed        uint64
	node, field string
}

// seedOf is the seed of the random numbers in the fields of a node: its own field seed where that is given, else the parameter
// seed of its pipeline, else 0.
func (p *planner) seedOf(n *node) uint64 {
	if v := n.values["seed"]; v != nil && v.ok && v.given && v.num >= 0 {
		return uint64(v.num)
	}
	if x := p.params["seed"]; x != nil && x.ok {
		if q, ok := x.value.Quantity(); ok && q.Dim.IsDimensionless() && q.Value >= 0 && q.Value <= 1<<53 {
			x.used = true
			return uint64(q.Value)
		}
	}
	return 0
}

// seedWithout is the seed of a node that has no field for it.
func (p *planner) seedWithout(n *node) uint64 {
	defer p.enter(n.space)()
	return p.seedOf(&node{values: map[string]*value{}})
}

// drawCalls are the calls of rand() and randn() in an expression, in the order of the text.
func drawCalls(n expr.Node) []*expr.Call {
	var calls []*expr.Call
	expr.Walk(n, func(x expr.Node) bool {
		if c, ok := x.(*expr.Call); ok && (c.Func == "rand" || c.Func == "randn") && len(c.Args) == 0 {
			calls = append(calls, c)
		}
		return true
	})
	slices.SortFunc(calls, func(a, b *expr.Call) int {
		_, i, _ := a.Span()
		_, j, _ := b.Span()
		return i - j
	})
	return calls
}

// drawn replaces the calls of rand() and randn() by lists of their numbers for the channels. Where the number of
// channels is not known it is that of the other lists in the expression.
func (p *planner) drawn(n expr.Node, scope *expr.Scope) (expr.Node, error) {
	calls := drawCalls(n)
	if len(calls) == 0 || p.draws == nil {
		return n, nil
	}
	names := map[expr.Node]string{}
	put := func(k int, v expr.Value) {
		name := fmt.Sprintf("draw %d", k) // no identifier has this form
		names[calls[k]] = name
		scope.Symbols[name] = expr.ConstantSymbol(v)
	}
	for k := range calls {
		put(k, expr.NumberValue(0.5))
	}
	m := expr.Rewrite(n, func(x expr.Node) expr.Node {
		if name := names[x]; name != "" {
			return expr.NewName(name, x)
		}
		return x
	})
	channels := p.channels
	if channels == 0 {
		v, err := expr.EvalNode(m, scope)
		if err != nil {
			return nil, err
		}
		if channels = len(v.List); channels == 0 {
			return nil, errChannels
		}
	}
	if p.listed += channels * len(calls); p.listed > maxListed {
		return nil, errListed
	}
	for k, call := range calls {
		list := make([]float64, channels)
		stream := random.New(p.draws.seed, p.draws.node, p.draws.field, k)
		if call.Func == "rand" {
			stream.Uniforms(list, 0, 0)
		} else {
			stream.Normals(list, 0, 0)
		}
		put(k, expr.ListValue(units.Dimensionless, list))
	}
	return m, nil
}

// errChannels says that nothing tells how many random numbers there must be.
var errChannels = fmt.Errorf("rand() and randn() give a number for each channel, but how many there are is not known here")
