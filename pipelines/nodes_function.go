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
	p.add(textMistakes(n.values[field].el, err, 0)...)
}

// textMistakes puts an error about the text of an element to its place; as many characters stood before the text where it was
// read.
func textMistakes(e *element, err error, before int) (out Mistakes) {
	var list expr.Errors
	if !errors.As(err, &list) {
		var one *expr.Error
		if !errors.As(err, &one) {
			return Mistakes{e.mistake("%v", err)}
		}
		list = expr.Errors{one}
	}
	for _, x := range list {
		column := max(1, x.Column-before)
		out = append(out, e.src.mistake(position{e.textAt.line + x.Line - 1, e.textAt.column + column - 1}, e.path, "%s", x.Msg))
	}
	return out
}
