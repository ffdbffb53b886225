package equations

import (
	"strings"

	"hearpipe/internal/expr"
)

// Scheme is an explicit integration scheme written as the textbook writes it. x stands for all differential variables
// at the start of the step, x_new for those at its end, f(x, t) for the drift, g(x, t)*dW for the noise, dt for the
// step, t for its start; any other name on the left of = is an intermediate value, one per variable. A term with dW is
// repeated for every noise of a variable, and is absent for a variable without noise.
//
// All variables advance together: x on a right-hand side always means the start of the step.
type Scheme struct {
	Name string
	Text string
}

// schemes are the explicit schemes by name.
var schemes = map[string]Scheme{
	// Euler–Maruyama. For additive noise it is the same in the senses of Itô and Stratonovich, strong order 1; without
	// noise it is Euler's scheme, order 1.
	"euler": {Name: "euler", Text: "x_new = x + dt*f(x, t) + g(x, t)*dW"},
}

// Names that stand for the parts of a scheme while it is expanded. They cannot be written in a text, so they never clash
// with a variable of a model that happens to be called x or k_1.
const schemePrefix = "scheme:"

// expand writes the scheme out for the variables of a model.
func (s Scheme) expand(m *Model) []expr.Statement {
	list, err := expr.ParseStatements(s.Text, expr.Options{})
	if err != nil {
		panic("equations: the text of a scheme is wrong")
	}
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
			v := m.expandValue(value, d, parts)
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

// expandValue writes one right-hand side of a scheme, in which names are marked, for the variable d.
func (m *Model) expandValue(value expr.Node, d *Derivative, parts map[string]expr.Node) expr.Node {
	var sum expr.Node
	for _, term := range terms(value) {
		copies := []expr.Node{term.n}
		if expr.DependsOn(term.n, "dW") {
			copies = nil
			for _, noise := range d.Noise {
				dW := expr.NewName(m.Noises[noise.Noise].Increment, noise.Coefficient)
				n := expr.Substitute(term.n, map[string]expr.Node{"dW": dW})
				copies = append(copies, m.apply(n, "g", noise.Coefficient, parts))
			}
		}
		for _, n := range copies {
			n = m.apply(n, "f", d.Drift, parts)
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

// apply replaces calls fn(x, t) by the expression body with all variables and the time replaced by the arguments.
func (m *Model) apply(n expr.Node, fn string, body expr.Node, parts map[string]expr.Node) expr.Node {
	return expr.Rewrite(n, func(n expr.Node) expr.Node {
		call, ok := n.(*expr.Call)
		if !ok || call.Func != fn {
			return n
		}
		by := map[string]expr.Node{Time: call.Args[1]}
		for k := range m.Derivatives {
			name := m.Derivatives[k].Name
			by[name] = expr.Substitute(call.Args[0], m.parts(name, parts, body))
		}
		return expr.Substitute(body, by)
	})
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

// Methods lists the names of integration methods.
func Methods() []string { return []string{"exact", "euler", "nonlinear"} }

// canonical is the name of a method without regard to case and with its synonyms resolved; ok is false when there is no
// such method.
func canonical(method string) (name string, ok bool) {
	switch name = strings.ToLower(method); name {
	case "", "exact", "euler", "nonlinear":
		return name, true
	case "linear":
		return "exact", true
	}
	return name, false
}
