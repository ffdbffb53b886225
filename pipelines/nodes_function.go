package pipelines

import (
	"errors"

	"hearpipe/internal/expr"
	"hearpipe/stages"
)

func init() {
	for _, name := range []string{"stages.function", "filterbank.function"} {
		register(&NodeType{
			Name: name,
			Doc: "Applies an expression to every sample: x is the sample of the first input, x0, x1, … those of all inputs, t the time. Samples are plain numbers, and so is the result." +
				map[string]string{"filterbank.function": " It is the same as stages.function, under the name that auditory models use."}[name],
			Inputs: elementInput, Outputs: "frames: the value of the expression", Channels: sameChannels,
			Fields: []Field{
				{Name: "expr", Kind: Expression, Required: true, Limits: "a number without a unit", Doc: "the expression; $name is the value of a parameter"},
			},
			Example: `ihc: {type: ` + name + `, from: cochlea, expr: "3*clip(x, 0, inf)**(1/3)"}`,
			from:    minMax{1, anyNodes},
			plan:    planFunction,
		})
	}
}

func planFunction(p *planner, n *node) {
	params := stages.FunctionParams{Expr: n.text("expr"), Params: p.scope().Params}
	if err := stages.CheckFunction(params, len(n.in)); err != nil {
		n.failIn(p, "expr", err)
		return
	}
	p.elementwise(n, func(in []stages.Stage) (stages.Node, error) { return stages.NewFunction(in, params) })
}

// failIn reports an error in the text of a field, whose places count from the beginning of that text.
func (n *node) failIn(p *planner, field string, err error) {
	n.broken = true
	e := n.values[field].el
	var list expr.Errors
	if !errors.As(err, &list) {
		var one *expr.Error
		if !errors.As(err, &one) {
			p.add(e.mistake("%v", err))
			return
		}
		list = expr.Errors{one}
	}
	for _, x := range list {
		p.add(e.src.mistake(position{e.textAt.line + x.Line - 1, e.textAt.column + x.Column - 1}, e.path, "%s", x.Msg))
	}
}
