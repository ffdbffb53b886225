package pipelines

import (
	"fmt"
	"math"
	"strings"

	"hearpipe/filterbank"
	"hearpipe/internal/expr"
	"hearpipe/stages"
	"hearpipe/units"
)

func init() {
	register(&NodeType{
		Name: "stages.control",
		Doc: "Changes fields of other nodes while they run, every so many frames. For each channel the update statements are executed and the expressions in set are given to the fields. " +
			"In them the name of an input is its last frame before the update, and mean(x), max(x), min(x) run over the frames since the last update in order of time; i is the channel, t the time, cf the centre frequency of the channel if it has one; state variables keep their value. " +
			"The update at frame k·every sees the frames before it and holds from that frame on. A loop may be closed: inputs may lie behind the nodes that are changed.",
		Inputs:  "inputs: a map from names to streams of frames, with as many channels as the nodes that are changed, or one",
		Outputs: "nothing: it changes cf of filterbank.gammatone, filterbank.asymmetric_compensation and filterbank.resonance, cutoff of filterbank.lowpass, all in Hz, and gain of filterbank.gain, a number", Channels: "all: a controlled node is not cut into slices",
		Fields: []Field{
			{Name: "inputs", Kind: Streams, Required: true, Doc: "what the statements read, such as {x: ihc}"},
			{Name: "every", Kind: Integer, Required: true, Limits: "at least 1", Doc: "interval of the updates in frames"},
			{Name: "state", Kind: Assignments, Doc: "variables that are kept from update to update, with their initial values, such as {L: 0}"},
			{Name: "update", Kind: Statements, Doc: "statements, such as L = 0.9*L + 0.1*mean(x)"},
			{Name: "set", Kind: Assignments, Required: true, Doc: "the fields to change, such as {cochlea.cf: 1 kHz*(1 + L)}"},
		},
		Example: `shift: {type: stages.control, inputs: {x: level}, every: 16, state: {L: 0}, update: L += 0.01*(x - L), set: {cochlea.cf: 1 kHz + 100 Hz*L}}`,
		plan:    planControl,
	})
}

// controlPlan is a control path that has been checked.
type controlPlan struct {
	channels int
	interval int64
	names    []string // of the inputs
	targets  []controlTarget
	program  *expr.Program
	state    map[string]float64 // initial values
	cf       []float64
}

// controlTarget is a field that a control changes.
type controlTarget struct {
	n    *node
	slot string // its name in the program, "cochlea.cf"
}

// changeable is a field that may change while its node runs.
type changeable struct {
	field string
	dim   units.Dimension
}

// settable are the fields that may change while a node runs, by type.
var settable = map[string]changeable{
	"filterbank.gammatone":               {"cf", units.DimFrequency},
	"filterbank.asymmetric_compensation": {"cf", units.DimFrequency},
	"filterbank.resonance":               {"cf", units.DimFrequency},
	"filterbank.lowpass":                 {"cutoff", units.DimFrequency},
	"filterbank.gain":                    {"gain", units.Dimensionless},
}

// reductions are the functions of an input that run over an interval.
var reductions = map[string]func(running, x float64) float64{
	"mean": func(running, x float64) float64 { return running + x }, // divided at the end
	"max":  func(running, x float64) float64 { return math.Max(running, x) },
	"min":  func(running, x float64) float64 { return math.Min(running, x) },
}

func planControl(p *planner, n *node) {
	if !p.needFrames(n) || !n.within(p, "every", 1, 1<<30, false, false) {
		return
	}
	c := &controlPlan{interval: int64(n.num("every")), channels: 1, names: p.inputNames(n), state: map[string]float64{}}
	for _, e := range n.in {
		s := e.shape()
		c.channels = max(c.channels, s.channels)
		if s.cf != nil {
			c.cf = s.cf
		}
	}
	if !p.controlTargets(n, c) {
		return
	}
	for i, e := range n.in {
		if k := e.shape().channels; k != 1 && k != c.channels {
			p.add(n.refs[i].mistake("%s has %d channels, the control works on %d", e.from.name, k, c.channels))
			n.broken = true
			return
		}
	}
	if c.cf != nil && len(c.cf) != c.channels {
		c.cf = nil
	}
	scope := &expr.Scope{Symbols: map[string]expr.Symbol{}, Params: p.scope().Params}
	plain := expr.Symbol{Role: expr.Vector}
	scope.Symbols["i"] = plain
	scope.Symbols["t"] = expr.Symbol{Role: expr.Scalar, Type: expr.FloatType(units.DimTime)}
	if c.cf != nil {
		scope.Symbols["cf"] = expr.Symbol{Role: expr.Vector, Type: expr.FloatType(units.DimFrequency)}
	}
	for _, name := range c.names {
		scope.Symbols[name] = plain
		for f := range reductions {
			scope.Symbols[reduced(f, name)] = plain
		}
	}
	if v := n.values["state"]; v != nil {
		for _, x := range v.names {
			value, ok := p.evaluate(x.el)
			if !ok || value.Type.List || value.Type.Kind > expr.Boolean {
				if ok {
					p.add(x.el.mistake("want one number or quantity, this is %s", describe(value)))
				}
				n.broken = true
				return
			}
			scope.Symbols[x.name] = expr.Symbol{Role: expr.Vector, Type: expr.FloatType(value.Type.Dim), Writable: true}
			c.state[x.name] = value.X
		}
	}
	if c.program = p.controlProgram(n, c, scope); c.program == nil {
		return
	}
	n.out = nil
	n.control = c
}

// reduced is the name of a vector that holds a reduction of an input. No identifier has this form.
func reduced(f, input string) string { return f + "(" + input + ")" }

// controlTargets finds the nodes and fields to change.
func (p *planner) controlTargets(n *node, c *controlPlan) bool {
	for _, x := range n.values["set"].names {
		t, field, problem := p.find(n.space, x.name)
		fail := func(format string, args ...any) bool {
			p.add(x.el.mistake(format, args...))
			n.broken = true
			return false
		}
		if t == nil && problem != "" {
			return fail("%s", problem)
		}
		if t == nil {
			n.broken = true
			return false
		}
		name := t.name
		field = strings.TrimPrefix(field, ".")
		if t.typ == nil || t.broken {
			n.broken = true
			return false
		}
		if settable[t.typ.Name].field != field || field == "" {
			return fail("%s of %s (%s) cannot be changed while it runs; what can are cf of filterbank.gammatone, filterbank.asymmetric_compensation and filterbank.resonance, cutoff of filterbank.lowpass, and gain of filterbank.gain", field, name, t.typ.Name)
		}
		s := t.out[0].shape
		if s.channels != c.channels && c.channels != 1 {
			return fail("%s has %d channels, the inputs of the control have %d", name, s.channels, c.channels)
		}
		c.channels = s.channels
		if c.cf == nil {
			c.cf = s.cf
		}
		c.targets = append(c.targets, controlTarget{n: t, slot: x.name})
	}
	return true
}

// controlProgram compiles the update statements, followed by one assignment for each field to set.
func (p *planner) controlProgram(n *node, c *controlPlan, scope *expr.Scope) *expr.Program {
	opt := expr.Options{Params: true}
	var list []expr.Statement
	var err error
	if v := n.values["update"]; v != nil {
		src := exprSource(v.el)
		if list, err = src.ParseStatements(0, len(src.Text), opt); err != nil {
			p.add(exprMistakes(v.el, err)...)
			n.broken = true
			return nil
		}
	}
	for k, x := range n.values["set"].names {
		src := exprSource(x.el)
		value, err := src.Parse(0, len(src.Text), opt)
		if err != nil {
			p.add(exprMistakes(x.el, err)...)
			n.broken = true
			return nil
		}
		scope.Symbols[x.name] = expr.Symbol{Role: expr.Vector, Type: expr.FloatType(settable[c.targets[k].n.typ.Name].dim), Writable: true}
		list = append(list, expr.Statement{Target: x.name, Op: "=", Value: value, Src: src, Start: 0, End: len(src.Text)})
	}
	inputs := map[string]bool{}
	for _, name := range c.names {
		inputs[name] = true
	}
	for i := range list {
		list[i].Value = expr.Rewrite(list[i].Value, func(x expr.Node) expr.Node {
			call, ok := x.(*expr.Call)
			if !ok || reductions[call.Func] == nil || len(call.Args) != 1 {
				return x
			}
			if name, ok := call.Args[0].(*expr.Name); ok && inputs[name.Ident] {
				return expr.NewName(reduced(call.Func, name.Ident), call)
			}
			return x
		})
	}
	program, err := expr.CompileStatements(list, scope, expr.CompileOptions{Locals: true})
	if err != nil {
		// Places are those of the file already: sources carry their line and column.
		el := n.values["set"].names[0].el
		if v := n.values["update"]; v != nil {
			el = v.el
		}
		p.add(exprMistakes(el, err)...)
		n.broken = true
		return nil
	}
	return program
}

// hold keeps the controlled nodes out of slices, which would make several of each. What lies between them and the inputs
// of the control may be sliced.
func (c *controlPlan) hold() {
	for _, t := range c.targets {
		t.n.held = true
	}
}

// control builds a control path, once its inputs and targets are made.
func (a *assembly) control(n *node) error {
	c := n.control
	u := &controlUpdater{c: c, machine: c.program.NewMachine()}
	var inputs []stages.Stage
	for i, e := range n.in {
		in, err := view(a.made[e.from], e.port, n.all(i))
		if err != nil {
			return &buildError{n, err}
		}
		inputs = append(inputs, in.(stages.Stage))
	}
	u.rate = inputs[0].Format().Rate
	var targets []stages.Node
	for _, t := range c.targets {
		target := a.made[t.n].ports[0]
		targets = append(targets, target)
		switch f := target.(type) {
		case *filterbank.Gammatone:
			u.set = append(u.set, f.SetCF)
		case *filterbank.AsymmetricCompensation:
			u.set = append(u.set, f.SetCF)
		case *filterbank.Resonance:
			u.set = append(u.set, f.SetCF)
		case *filterbank.LowPass:
			u.set = append(u.set, f.SetCutoff)
		case *filterbank.Gain:
			u.set = append(u.set, f.SetGain)
		default:
			panic("pipelines: a node that can be controlled was built as something else")
		}
	}
	u.bind()
	if _, err := stages.Control(inputs, targets, u, c.interval); err != nil {
		return &buildError{n, err}
	}
	return nil
}

// controlUpdater executes the statements of a control.
type controlUpdater struct {
	c       *controlPlan
	machine *expr.Machine
	rate    float64
	vectors map[string][]float64
	set     []func(channel int, value float64) error
}

// bind gives every vector of the program its memory.
func (u *controlUpdater) bind() {
	u.vectors = map[string][]float64{}
	for _, info := range u.c.program.Vectors() {
		v := make([]float64, u.c.channels)
		u.vectors[info.Name] = v
		u.machine.SetVector(u.c.program.VectorSlot(info.Name), v)
		for i := range v {
			v[i] = u.c.state[info.Name]
			switch {
			case info.Name == "i":
				v[i] = float64(i)
			case info.Name == "cf" && u.c.cf != nil:
				v[i] = u.c.cf[i]
			}
		}
	}
}

// Update reads the frames of the interval, executes the statements and sets the fields.
func (u *controlUpdater) Update(at int64, inputs []stages.Frames) error {
	for k, name := range u.c.names {
		f := inputs[k]
		if v := u.vectors[name]; v != nil {
			for c := range v {
				v[c] = f.At(f.N-1, c%f.Channels)
			}
		}
		for kind, add := range reductions {
			v := u.vectors[reduced(kind, name)]
			for c := range v {
				running := f.At(0, c%f.Channels)
				for i := 1; i < f.N; i++ {
					running = add(running, f.At(i, c%f.Channels))
				}
				if kind == "mean" {
					running /= float64(f.N)
				}
				v[c] = running
			}
		}
	}
	if s := u.c.program.ScalarSlot("t"); s >= 0 {
		u.machine.SetScalar(s, float64(at)/u.rate)
	}
	u.machine.Run(0, u.c.channels)
	for k, t := range u.c.targets {
		for channel, x := range u.vectors[t.slot] {
			if err := u.set[k](channel, x); err != nil {
				return err
			}
		}
	}
	return nil
}

// AppendState appends the state variables.
func (u *controlUpdater) AppendState(b []byte) []byte {
	for _, name := range sortedKeys(u.c.state) {
		b = stages.AppendFloats(b, u.vectors[name])
	}
	return b
}

// LoadState reads what AppendState wrote.
func (u *controlUpdater) LoadState(b []byte) error {
	var err error
	for _, name := range sortedKeys(u.c.state) {
		if b, err = stages.ReadFloats(b, u.vectors[name]); err != nil {
			return err
		}
	}
	if len(b) > 0 {
		return fmt.Errorf("%d bytes too many in the state of a control", len(b))
	}
	return nil
}
