package equations

import (
	"slices"

	"hearpipe/internal/expr"
	"hearpipe/units"
)

// Names that stand for the parts of a scheme while it is expanded. They cannot be written in a text, so they never clash
// with a variable of a model that happens to be called x or k_1.
const schemePrefix = "scheme:"

// expand writes the scheme out for the variables of a model. A variable flagged (unless refractory) keeps its value in
// refractory cells; there its f and g are zero in intermediate values, so that the others see it stand still within the
// step too.
func (s Scheme) expand(m *Model) []expr.Statement {
	list := s.statements()
	parts := map[string]expr.Node{}
	mark := func(name string, at expr.Node) { parts[name] = expr.NewName(schemePrefix+name, at) }
	mark("x", list[0].Value)
	for _, one := range list {
		mark(one.Target, one.Value)
	}
	var out []expr.Statement
	for _, one := range list {
		value := expr.Substitute(one.Value, parts)
		for k := range m.Derivatives {
			d := &m.Derivatives[k]
			held := d.Held && one.Target != "x_new"
			gate := func(body expr.Node, dim units.Dimension) expr.Node {
				if held {
					return choose(body, expr.NewNumber(0, dim, body))
				}
				return body
			}
			v := m.expandValue(value, d, gate, parts)
			if one.Target == "x_new" && d.Held {
				v = choose(v, expr.NewName(d.Name, v))
			}
			out = append(out, assign(partName(one.Target, d.Name), v))
		}
	}
	return append(out, m.finish()...)
}

// partName names the part of a scheme that belongs to one variable.
func partName(part, variable string) string { return part + "(" + variable + ")" }

// finish assigns all x_new at once.
func (m *Model) finish() []expr.Statement {
	var out []expr.Statement
	for k := range m.Derivatives {
		d := &m.Derivatives[k]
		out = append(out, assign(d.Name, expr.NewName(partName("x_new", d.Name), d.Drift)))
	}
	return out
}

// expandValue writes one right-hand side of a scheme, in which names are marked, for the variable d. gate changes f and g
// of the variable before they are put in.
func (m *Model) expandValue(value expr.Node, d *Derivative, gate func(body expr.Node, dim units.Dimension) expr.Node, parts map[string]expr.Node) expr.Node {
	var sum expr.Node
	for _, term := range terms(value) {
		var copies []expr.Node
		if isNoiseTerm(term.n) {
			for _, noise := range d.Noise {
				dW := expr.NewName(m.Noises[noise.Noise].Increment, noise.Coefficient)
				n := expr.Substitute(term.n, map[string]expr.Node{"dW": dW})
				copies = append(copies, m.apply(n, map[string]expr.Node{"g": gate(noise.Coefficient, d.Dim.Mul(noiseDim))}, parts))
			}
		} else {
			rate := m.rate(d.Drift)
			bodies := map[string]expr.Node{"f": gate(rate, d.Dim.Div(units.DimTime))}
			if slices.Contains(expr.Calls(term.n), "slope") {
				bodies["slope"] = slope(d, rate)
			}
			copies = append(copies, m.apply(term.n, bodies, parts))
		}
		for _, n := range copies {
			n = expr.Substitute(n, m.parts(d.Name, parts, n))
			switch {
			case sum == nil && term.op == "-":
				sum = expr.NewUnary("-", n)
			case sum == nil:
				sum = n
			default:
				sum = expr.NewBinary(term.op, sum, n)
			}
		}
	}
	return sum
}

// parts is what marked names mean for one variable.
func (m *Model) parts(variable string, parts map[string]expr.Node, at expr.Node) map[string]expr.Node {
	by := map[string]expr.Node{}
	for part := range parts {
		name := variable
		if part != "x" {
			name = partName(part, variable)
		}
		by[schemePrefix+part] = expr.NewName(name, at)
	}
	return by
}

// apply replaces calls fn(x, t) by the expression bodies[fn] with all variables and the time replaced by the arguments.
// All calls are replaced at once, so that a function of the user's own that is called f or g stays what it is.
func (m *Model) apply(n expr.Node, bodies, parts map[string]expr.Node) expr.Node {
	return expr.Rewrite(n, func(n expr.Node) expr.Node {
		call, ok := n.(*expr.Call)
		if !ok || bodies[call.Func] == nil {
			return n
		}
		body := bodies[call.Func]
		by := map[string]expr.Node{Time: call.Args[1]}
		for k := range m.Derivatives {
			name := m.Derivatives[k].Name
			by[name] = expr.Substitute(call.Args[0], m.parts(name, parts, body))
		}
		return expr.Substitute(body, by)
	})
}

// isNoiseTerm reports whether a term of a scheme belongs to a noise.
func isNoiseTerm(n expr.Node) bool {
	return expr.DependsOn(n, "dW") || slices.Contains(expr.Calls(n), "g")
}

// term is a part of a sum.
type term struct {
	op string // "+" or "-"
	n  expr.Node
}

// terms splits a sum, from left to right.
func terms(n expr.Node) []term {
	if b, ok := n.(*expr.Binary); ok && (b.Op == "+" || b.Op == "-") {
		return append(terms(b.X), term{b.Op, b.Y})
	}
	return []term{{"+", n}}
}

// assign is the statement "target = value".
func assign(target string, value expr.Node) expr.Statement {
	src, start, end := value.Span()
	return expr.Statement{Target: target, Op: "=", Value: value, Src: src, Start: start, End: end, TargetEnd: start, OpStart: start}
}

// whereText is how a held variable is written.
var whereText = mustParse("where(" + NotRefractory + ", new, old)")

// choose is new for cells that are not refractory, old for the others.
func choose(new, old expr.Node) expr.Node {
	return expr.Substitute(whereText, map[string]expr.Node{"new": new, "old": old})
}

func mustParse(text string) expr.Node {
	n, err := expr.Parse(text, expr.Options{})
	if err != nil {
		panic("equations: a built-in expression is wrong")
	}
	return n
}
