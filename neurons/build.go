package neurons

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"hearpipe/internal/expr"
	"hearpipe/neurons/equations"
	"hearpipe/stages"
)

const defaultStep = 1e-4 // [s]

// builder compiles a description into an engine.
type builder struct {
	p      GroupParams
	e      *engine
	net    *Network // nil: a group alone
	n      int      // cells of the whole group
	format stages.Format
	inputs []stages.Input
	model  *equations.Model
	method string
	said   []string     // warnings
	units  []recompiled // what others hold, and how to compile it again
	value  float64      // that the reset gives, if it is "variable = constant"
}

func (b *builder) build() error {
	if b.p.Name == "" {
		b.p.Name = "group0"
	}
	b.e.name, b.e.path, b.e.seed, b.e.allowNaN = b.p.Name, b.p.Name, b.p.Seed, b.p.AllowNaN
	if b.net != nil {
		b.e.path, b.e.seed = b.net.path(b.p.Name), b.net.seed
	}
	for _, part := range []struct {
		field string
		build func() error
	}{
		{"", b.clock},
		{"", b.cells},
		{"equations", b.equations},
		{"threshold", b.threshold},
		{"lock_out", b.lockOut},
		{"reset", b.reset},
		{"refractory", b.refractory},
		{"functions", b.functions},
		{"", b.hold},
		{"events", b.events},
		{"record", b.record},
		{"", b.initialise},
	} {
		if err := part.build(); err != nil {
			where := "group " + b.p.Name + ": "
			if part.field != "" {
				where += part.field + ": "
			}
			return fmt.Errorf("%s%w", where, err)
		}
	}
	b.finish()
	return nil
}

// clock finds the step, the rate and the length.
func (b *builder) clock() error {
	p := &b.p
	if p.DT < 0 || math.IsNaN(p.DT) || math.IsInf(p.DT, 0) {
		return fmt.Errorf("step of %g s: want a positive time", p.DT)
	}
	if p.Frames < 0 {
		return fmt.Errorf("%d frames: want 0 (as long as the inputs) or more", p.Frames)
	}
	b.e.dt = p.DT
	if p.DT == 0 {
		b.e.dt = defaultStep
		if b.net != nil {
			b.e.dt = b.net.clocks[0].dt
		}
	}
	b.format.Rate, b.format.Frames = rateOf(b.e.dt), p.Frames
	b.e.ownLength = p.Frames > 0 || b.net != nil // a network reads zeros after its inputs have ended
	if len(p.Inputs) == 0 {
		if p.Frames == 0 {
			b.format.Frames = stages.Unbounded
		}
		return nil
	}
	var nodes []stages.Node
	for _, name := range slices.Sorted(maps.Keys(p.Inputs)) {
		src := p.Inputs[name]
		if src == nil {
			return fmt.Errorf("input %s is missing", name)
		}
		nodes = append(nodes, src)
		b.inputs = append(b.inputs, stages.Input{From: src})
	}
	rate, err := stages.SameRate("neurons.group", nodes...)
	if err != nil {
		return err
	}
	if p.DT != 0 && math.Abs(float64(p.DT*rate)-1) > 1e-9 {
		return fmt.Errorf("step of %g s, but the inputs have %g Hz, which makes a step of %g s: leave the step out, or resample the inputs", p.DT, rate, 1/rate)
	}
	b.e.dt, b.format.Rate = 1/rate, rate
	if p.Frames == 0 {
		b.format.Frames = stages.Longest(nodes...)
	}
	return nil
}

// cells finds the number of cells, the range to compute, and the channels of the inputs that belong to it.
func (b *builder) cells() error {
	p, e := &b.p, b.e
	b.n = p.N
	part := p.Channels
	if p.N == 0 { // described by the inputs; the widest of them says which cells there are
		widest := 0
		for _, name := range slices.Sorted(maps.Keys(p.Inputs)) {
			f := p.Inputs[name].Format()
			b.n = max(b.n, f.First+f.Channels)
			if f.Channels > widest && p.Channels == (stages.Range{}) {
				widest, part = f.Channels, stages.Range{Lo: f.First, Hi: f.First + f.Channels}
			}
		}
	}
	if b.n < 1 || b.n > math.MaxInt32 {
		return fmt.Errorf("%d cells: want 1 to %d", b.n, math.MaxInt32)
	}
	r, err := part.Of(b.n)
	if err != nil {
		return err
	}
	e.first, e.cells = r.Lo, r.Len()
	b.format.First, b.format.Channels = r.Lo, r.Len()
	for _, name := range slices.Sorted(maps.Keys(p.Inputs)) {
		src := p.Inputs[name]
		f := src.Format()
		in := &input{name: name, src: stages.Pad(src), shared: f.Channels == 1, offset: r.Lo - f.First, cells: e.cells}
		if !in.shared && (in.offset < 0 || r.Hi > f.First+f.Channels) {
			want := fmt.Sprintf("1, or the channels %d:%d for the cells of the group", r.Lo, r.Hi)
			return &stages.ChannelError{Kind: "neurons.group", Input: stages.KindOf(src), Have: f.Channels, Want: want}
		}
		e.inputs = append(e.inputs, in)
	}
	for lo := 0; lo < e.cells; lo += blockCells {
		hi := min(lo+blockCells, e.cells)
		e.blocks = append(e.blocks, block{lo: lo, hi: hi, spiking: make([]int32, 0, hi-lo), listed: make([]int32, 0, hi-lo), latest: noStep})
	}
	return nil
}

// equations reads and resolves the model and compiles the state update.
func (b *builder) equations() error {
	e := b.e
	eqs := b.p.Model
	var err error
	switch {
	case eqs == nil:
		eqs, err = equations.Parse(b.p.Equations)
	case strings.TrimSpace(b.p.Equations) != "":
		err = errors.New("given as a text and as a model: want one of them")
	}
	if err == nil && eqs.Context() != equations.OfCells {
		err = errors.New("the model is one of synapses")
	}
	if err != nil {
		return err
	}
	ns := equations.Namespace{
		Constants: b.p.Constants, Functions: map[string]*expr.Function{}, TimedArrays: b.p.TimedArrays,
		Inputs: map[string]equations.Input{}, N: b.n, DT: e.dt,
	}
	for name, f := range b.p.Functions {
		if f.Of == nil {
			return fmt.Errorf("function %s is missing", name)
		}
		ns.Functions[name] = f.compiled(name)
	}
	for _, in := range e.inputs {
		ns.Inputs[in.name] = equations.Input{Shared: in.shared}
	}
	if b.model, err = eqs.Resolve(ns); err != nil {
		return err
	}
	e.model = b.model
	for _, q := range eqs.All() {
		if q.Kind == equations.Static || e.inputOf(q.Name) >= 0 || e.stateOf(q.Name) >= 0 {
			continue
		}
		if q.Flags.Linked && b.net == nil {
			return q.Errorf("%s is (linked), but a group that is alone has nothing to follow; put it into a network", q.Name)
		}
		if q.Kind == equations.Differential {
			e.watched = append(e.watched, len(e.names))
		}
		values := e.cells
		if q.Flags.Shared {
			values = 1
		}
		e.names, e.state = append(e.names, q.Name), append(e.state, make([]float64, values))
	}
	step, err := b.model.Integrate(b.p.Method)
	if err != nil {
		return err
	}
	b.method, e.noises, e.factors = step.Method, step.Noises, nil
	if len(step.Statements) == 0 {
		return nil
	}
	if step.Factors != nil {
		if e.factors, err = step.Factors.Machine(e.cells, e.vector); err != nil {
			return err
		}
	}
	program, err := expr.CompileStatements(step.Statements, step.Scope, expr.CompileOptions{Locals: true})
	if err != nil {
		return err
	}
	e.update = e.bind(program, "equations")
	e.watch(program)
	return nil
}

// expression reads an expression of the user and replaces static equations.
func (b *builder) expression(text string) (expr.Node, expr.Type, error) {
	n, err := expr.Parse(text, expr.Options{})
	if err != nil {
		return nil, expr.Type{}, err
	}
	if n, err = b.model.Expand(n); err != nil {
		return nil, expr.Type{}, err
	}
	t, err := expr.Check(n, b.model.Scope)
	return n, t, err
}

// uses notes whether an expression asks for the rule of flags.
func (b *builder) uses(n expr.Node) {
	if expr.DependsOn(n, equations.NotRefractory, equations.LastSpike) {
		b.e.refractory.rule = flagged
	}
}

// unit compiles an expression.
func (b *builder) unit(n expr.Node, purpose string) (*unit, error) {
	program, err := expr.Compile(n, b.model.Scope)
	if err != nil {
		return nil, err
	}
	return b.e.bind(program, purpose), nil
}

// record finds out where recorded names come from.
func (b *builder) record() error {
	for k, name := range b.p.Record {
		if slices.Contains(b.p.Record[:k], name) {
			return fmt.Errorf("%s is listed twice", name)
		}
		r, err := b.recorded(name)
		if err != nil {
			return err
		}
		b.e.record = append(b.e.record, r)
	}
	return nil
}

// recorded finds out where a name that somebody reads comes from.
func (b *builder) recorded(name string) (recorded, error) {
	e := b.e
	computed := func() (recorded, error) {
		u, err := b.keep(func() (*unit, error) {
			n, _, err := b.expression(name)
			if err != nil {
				return nil, err
			}
			return b.unit(n, "record "+name)
		})
		return recorded{state: -1, input: -1, unit: u}, err
	}
	q, ok := b.model.Equations.Lookup(name)
	switch {
	case name == equations.LastSpike:
	case name == equations.NotRefractory && e.refractory.rule == flagged:
	case name == equations.NotRefractory:
		return recorded{}, fmt.Errorf("%s exists only where the equations use a flag (unless refractory), or the refractoriness is a condition", name)
	case !ok:
		var names []string
		for _, q := range b.model.Equations.All() {
			names = append(names, q.Name)
		}
		return recorded{}, fmt.Errorf("there is no variable %s (variables: %s)", name, strings.Join(names, ", "))
	case q.Kind == equations.Static, q.Flags.Shared:
		return computed()
	case e.inputOf(name) >= 0:
		if k := e.inputOf(name); !e.inputs[k].shared {
			return recorded{state: -1, input: k}, nil
		}
		return computed()
	}
	e.vector(name)
	if b.e.refractory.last != nil {
		b.finishHelpers()
	}
	return recorded{state: e.stateOf(name), input: -1}, nil
}

// finish connects refractoriness to the state, once all programs are bound.
func (b *builder) finish() {
	e, r := b.e, &b.e.refractory
	r.until, r.last = make([]int64, e.cells), make([]int64, e.cells)
	for c := range r.last {
		r.until[c], r.last[c] = noStep, noStep
	}
	if r.rule == flagged {
		r.active = e.vector(equations.NotRefractory)
	}
	b.finishHelpers()
}

// finishHelpers connects a helper that a program which was bound later may have been the first to use.
func (b *builder) finishHelpers() {
	if k := b.e.stateOf(equations.LastSpike); k >= 0 && b.e.refractory.lastSpike == nil {
		x := b.e.state[k]
		for c, last := range b.e.refractory.last {
			if last != noStep {
				x[c] = float64(last) * b.e.dt
			}
		}
		b.e.refractory.lastSpike = x
	}
}
