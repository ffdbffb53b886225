package pipelines

import (
	"fmt"
	"math"
	"regexp"
	"strings"

	"hearpipe/neurons"
	"hearpipe/neurons/equations"
	"hearpipe/sound"
	"hearpipe/stages"
	"hearpipe/units"
)

func init() {
	register(&NodeType{
		Name: "neurons.group", cells: true,
		Doc: "A group of independent cells whose variables follow equations. In every step the inputs are read, the state is advanced, cells above threshold fire, and their reset is executed. " +
			"In all texts $name is the value of a parameter of the pipeline, other names are variables or constants, and t, dt, i, N, xi, rand() and randn() have their usual meaning.",
		Inputs:   "inputs: a map from variables of the equations to streams; cell i reads channel i, or all cells the only channel. A group without inputs is a source",
		Outputs:  "spikes; and every recorded variable as frames, named NODE.VARIABLE: frame k is its value at the end of step k",
		Channels: "the same",
		Fields: []Field{
			{Name: "inputs", Kind: Streams, Doc: "which variable reads which node, such as {I: ihc}"},
			{Name: "equations", Kind: Statements, Required: true, Doc: "one definition per line: dv/dt = ... : unit, x = ... : unit, or p : unit; flags (unless refractory), (constant), (shared)"},
			{Name: "threshold", Kind: Expression, Doc: "condition under which a cell fires, such as v > 1 (default: no cell fires)"},
			{Name: "reset", Kind: Statements, Doc: "statements for cells that fire, such as v = 0; w += 1"},
			{Name: "refractory", Kind: Expression, Doc: "a time such as 5 ms, an expression in parameters of the cell, or a condition"},
			{Name: "lock_out", Kind: Expression, Doc: "a time such as 3 ms, rounded up to steps, in which a cell does not fire again whatever its variables do"},
			{Name: "hold", Kind: Text, Doc: "a variable that keeps, while a cell is refractory, the value that the reset has left"},
			{Name: "method", Kind: Text, Limits: strings.Join(equations.Methods(), ", "), Doc: "integration method (default: exact where that is possible, else euler)"},
			{Name: "constants", Kind: Assignments, Doc: "values for names in the texts, such as {tau: 5 ms, El: -70*mV}; they may use $name"},
			{Name: "init", Kind: Assignments, Doc: "initial values as expressions in i, N, rand(), randn(), such as {v: rand()}; others are 0"},
			{Name: "record", Kind: NameList, Doc: "variables that become outputs"},
			{Name: "cells", Kind: Integer, Limits: "at least 1", Doc: "number of cells (default: as many as the inputs have channels)"},
			{Name: "dt", Kind: Quantity, Unit: "s", Limits: "more than 0 s", Doc: "step (default: the interval of the inputs, else 0.1 ms)"},
			{Name: "duration", Kind: Quantity, Unit: "s", Limits: "more than 0 s", Doc: "how long it runs (default: as long as the inputs)"},
			{Name: "seed", Kind: Integer, Default: "0", Limits: "0 or more", Doc: "another seed gives other random numbers"},
		},
		Example: `anf:
  type: neurons.group
  inputs: {I: ihc}
  equations: |
    dv/dt = (I-v)/(1*ms) + 0.2*xi*(2/(1*ms))**.5 : 1
    I : 1
  threshold: v > 1
  reset: v = 0
  refractory: 5 ms`,
		plan: planGroup,
	})
}

// groupTexts are the fields of a group that are texts of the expression language.
var groupTexts = []string{"equations", "threshold", "reset", "refractory", "lock_out"}

// planGroup computes the shape and has the engine check all texts, on a group of two cells that is thrown away.
func planGroup(p *planner, n *node) {
	inf := math.Inf(1)
	if !p.needFrames(n) || !n.within(p, "cells", 1, maxChannels, false, false) || !n.within(p, "dt", 0, inf, true, true) ||
		!n.within(p, "duration", 0, inf, true, true) || !n.within(p, "seed", 0, 1<<53, false, false) {
		return
	}
	s, ok := p.groupShape(n)
	if !ok {
		return
	}
	if n.net != nil {
		cf := s.cf
		s = p.memberShape(n, s.channels)
		s.cf = cf
	}
	params := neurons.GroupParams{Name: n.name, N: s.channels, Method: n.text("method"), Seed: uint64(n.num("seed"))}
	if n.has("dt") {
		params.DT = n.num("dt")
	}
	if len(n.in) == 0 || n.has("duration") {
		params.Frames = s.frames
		if s.frames == stages.Unbounded {
			params.Frames = 0
		}
	}
	if params.Constants, ok = p.groupTexts(n, &params); !ok || !p.groupConstants(n, params.Constants) {
		return
	}
	n.out = []outPort{{shape: s}}
	if v := n.values["record"]; v != nil {
		for _, x := range v.names {
			params.Record = append(params.Record, x.name)
			t := s
			t.spikes = false
			n.out = append(n.out, outPort{x.name, t})
		}
	}
	names := p.inputNames(n)
	if n.net != nil {
		p.planMember(n, params, names)
		return
	}
	trial := params
	few := min(s.channels, 2)
	trial.Channels = stages.Range{Lo: 0, Hi: few}
	trial.Inputs = map[string]stages.Stage{}
	for i, name := range names {
		in := n.in[i].shape()
		length := sound.Length{Frames: in.frames}
		if in.frames == stages.Unbounded {
			length.Frames = 0
		}
		// A stand-in with one channel for all cells, or one per cell, as the input has.
		stand, err := sound.NewSilence(sound.SilenceParams{Length: length, Rate: in.rate, Width: min(in.channels, few)})
		if err != nil {
			n.fail(p, "inputs", "%v", err)
			return
		}
		trial.Inputs[name] = stand
	}
	g, err := neurons.NewGroup(trial)
	if err != nil {
		p.groupError(n, err)
		return
	}
	p.warn(n, g.Warnings())
	n.needs, n.local = n.same, true
	n.perChan = 64 * int64(4+len(n.out))
	n.build = func(in []stages.Node, r stages.Range) ([]stages.Node, error) {
		q := params
		q.Channels = r
		q.Inputs = map[string]stages.Stage{}
		for i, name := range names {
			q.Inputs[name] = in[i].(stages.Stage)
		}
		g, err := neurons.NewGroup(q)
		if err != nil {
			return nil, err
		}
		return g.Nodes(), nil
	}
}

// planMember plans a group of a network.
func (p *planner) planMember(n *node, params neurons.GroupParams, names []string) {
	params.Seed, params.Frames, params.Record = 0, 0, nil
	n.whole = true
	n.member = func(net *neurons.Network, in []stages.Node, cells int) (*neurons.Group, error) {
		q := params
		q.N = cells
		q.Inputs = map[string]stages.Stage{}
		for i, name := range names {
			q.Inputs[name] = in[i].(stages.Stage)
		}
		return net.Group(q)
	}
	g, err := n.try(p)
	if err != nil {
		p.groupError(n, err)
		return
	}
	for _, o := range n.out[1:] {
		if _, err := g.Stream(o.name); err != nil {
			n.fail(p, "record", "%v", err)
			return
		}
	}
	p.warn(n, g.Warnings())
	n.perChan = 64 * int64(4+len(n.out))
}

// inputNames are the variables that the inputs of a group drive, in the order of the node's inputs.
func (p *planner) inputNames(n *node) []string {
	var names []string
	if v := n.values["inputs"]; v != nil {
		for _, x := range v.names {
			names = append(names, x.name)
		}
	}
	return names
}

// groupShape finds cells, rate and length of a group.
func (p *planner) groupShape(n *node) (shape, bool) {
	s := shape{spikes: true, channels: 1, rate: 1e4, frames: stages.Unbounded}
	fail := func(field, format string, args ...any) (shape, bool) {
		n.fail(p, field, format, args...)
		return s, false
	}
	if len(n.in) == 0 {
		if !n.has("cells") {
			return fail("", "a group without inputs needs the field cells: how many are there?")
		}
		if n.has("dt") {
			s.rate = 1 / n.num("dt")
			if k := math.RoundToEven(s.rate); math.Abs(s.rate-k) <= 1e-9*s.rate {
				s.rate = k
			}
		}
		if p.seconds != 0 {
			s.frames = int64(math.RoundToEven(p.seconds * s.rate))
		}
	} else {
		s.rate, s.frames = n.in[0].shape().rate, 0
		for _, e := range n.in {
			in := e.shape()
			s.frames = max(s.frames, in.frames)
			if in.channels > s.channels || in.channels == s.channels && s.cf == nil {
				s.channels, s.cf = in.channels, in.cf
			}
		}
		if dt := n.values["dt"]; dt != nil && math.Abs(dt.num*s.rate-1) > 1e-9 {
			return fail("dt", "%s does not fit: the inputs have %s, which makes a step of %s; leave dt out",
				quantityText(dt.num, "s"), quantityText(s.rate, "Hz"), quantityText(1/s.rate, "s"))
		}
	}
	if n.has("cells") {
		if k := int(n.num("cells")); k != s.channels {
			s.cf = nil
			if s.channels != 1 {
				return fail("cells", "%d cells, but the inputs have %d channels", k, s.channels)
			}
			s.channels = k
		}
	}
	for i, e := range n.in {
		if c := e.shape().channels; c != 1 && c != s.channels {
			return fail("inputs", "%s has %d channels for %d cells: want one per cell, or one for all", n.refs[i].text, c, s.channels)
		}
	}
	if n.has("duration") && (len(n.in) > 0 || p.seconds == 0) {
		var ok bool
		if s.frames, ok = n.framesOf(p, "duration", s.rate); !ok {
			return s, false
		}
	}
	if s.frames == 0 && (n.has("duration") || len(n.in) == 0) {
		return fail("duration", "the duration is less than half a step of %s", quantityText(1/s.rate, "s"))
	}
	return s, true
}

// groupTexts fills in the texts. A reference $name becomes the name _name of the same length, so that columns stay
// true, and the value of the parameter becomes a constant of that name.
func (p *planner) groupTexts(n *node, g *neurons.GroupParams) (map[string]units.Quantity, bool) {
	constants := map[string]units.Quantity{}
	ok := true
	replace := func(e *element, text string) string {
		return paramRule.ReplaceAllStringFunc(text, func(ref string) string {
			name := "_" + ref[1:]
			q, scalar := p.params[ref[1:]].value.Quantity()
			if !scalar {
				p.add(e.mistake("%s is %s; the texts of a group take numbers and quantities", ref, describe(p.params[ref[1:]].value)))
				ok = false
			}
			constants[name] = q
			return name
		})
	}
	g.Hold = n.text("hold")
	for i, into := range []*string{&g.Equations, &g.Threshold, &g.Reset, &g.Refractory, &g.LockOut} {
		if v := n.values[groupTexts[i]]; v != nil {
			*into = replace(v.el, v.text)
		}
	}
	if v := n.values["init"]; v != nil {
		g.Init = map[string]string{}
		for _, x := range v.names {
			g.Init[x.name] = replace(x.el, x.el.text)
		}
	}
	n.broken = n.broken || !ok
	return constants, ok
}

// groupConstants computes the values of the field constants.
func (p *planner) groupConstants(n *node, into map[string]units.Quantity) bool {
	v := n.values["constants"]
	if v == nil {
		return true
	}
	for _, x := range v.names {
		value, ok := p.evaluate(x.el)
		if !ok {
			n.broken = true
			continue
		}
		q, scalar := value.Quantity()
		_, taken := into[x.name]
		switch {
		case !scalar:
			p.add(x.el.mistake("want one number or quantity, this is %s", describe(value)))
			n.broken = true
		case taken || !nameRule.MatchString(x.name):
			p.add(x.el.mistake("a constant cannot have the name %q; want another with letters, digits and _", x.name))
			n.broken = true
		default:
			into[x.name] = q
		}
	}
	return !n.broken
}

var constantName = regexp.MustCompile(`\b_([A-Za-z_][A-Za-z0-9_]*)`)

// groupError puts an error of the engine to the field and place it belongs to.
func (p *planner) groupError(n *node, err error) {
	_, rest, _ := strings.Cut(err.Error(), fmt.Sprintf("group %s: ", n.name))
	field, detail, _ := strings.Cut(rest, ": ")
	before := len(p.mistakes)
	if _, about, ok := strings.Cut(err.Error(), "no integration method is called"); ok {
		n.fail(p, "method", "no integration method is called%s", about)
	} else if v := n.values[field]; v != nil && v.el != nil && v.el.kind == scalarElement {
		n.failIn(p, field, err)
	} else if v != nil && v.el != nil {
		n.fail(p, field, "%s", detail)
	} else if name, ok := strings.CutPrefix(field, "initial value of "); ok && n.initial(name) != nil {
		n.broken = true
		p.add(textMistakes(n.initial(name), err, 0)...)
	} else {
		n.fail(p, "", "%s", rest)
	}
	for _, m := range p.mistakes[before:] {
		m.Message = constantName.ReplaceAllStringFunc(m.Message, func(name string) string {
			if p.params[name[1:]] == nil {
				return name
			}
			return "$" + name[1:]
		})
	}
}

// initial is the element of an initial value.
func (n *node) initial(name string) *element {
	if v := n.values["init"]; v != nil {
		for _, x := range v.names {
			if x.name == name {
				return x.el
			}
		}
	}
	return nil
}
