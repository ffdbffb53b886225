package neurons

import (
	"fmt"
	"slices"

	"hearpipe/internal/expr"
	"hearpipe/internal/random"
	"hearpipe/neurons/equations"
)

// eventBatch is how many events a block of code handles at a time.
const eventBatch = 512

// code is the statements of a pathway, or a value for synapses, compiled. It works as if all statements were executed once
// per event, one event after the other. What makes that fast: synapses are different in one batch, so that their own
// variables are vectors; a variable of the cells that no value of the code reads is changed at the end of the batch, event
// by event; and where one is both written and read ("entangled"), a batch ends before an event that reads what an earlier
// one of the batch has written.
type code struct {
	s       *SynapseSet
	machine *expr.Machine
	slots   []slotOfCode
	shared  []sharedSlot
	time    int // scalar slot of t, -1 if not used
	draws   eventDraws
	effects []effect
	ordered bool // two effects are on one variable: they are applied event by event
	tangled []*entanglement
	alone   *code // for events whose two cells are one, where that matters
	direct  *effect
	share   *share    // of the work of a direct effect
	tracks  bool      // sets lastupdate
	result  []float64 // values of an expression

	n    int // events of the batch
	syn  []int32
	cell [2][]int32 // numbers within the ends
}

// slotOfCode is a vector of the program: where its values come from and go to.
type slotOfCode struct {
	buffer        []float64
	synaptic      *[]float64 // a variable of the synapses
	cell          *cellVariable
	number        bool // the number of the cell at end at
	at            side
	reads, writes bool
}

// sharedSlot is a parameter with one value for all synapses.
type sharedSlot struct {
	slot   int
	values *[]float64
}

// effect is a change of a variable of the cells.
type effect struct {
	cell   *cellVariable
	op     byte // of = + - * /
	buffer []float64
	// Of direct effects: the operand is a synaptic variable or a constant.
	synaptic *[]float64
	constant float64
}

// entanglement is a variable that the code writes and reads.
type entanglement struct {
	stamp         []uint32 // by cell of the group: the last batch that wrote it
	batch         uint32
	reads, writes [2]bool // at which end
}

// eventDraws are the random numbers of events: a function of the synapse and the step.
type eventDraws struct {
	list []draw
	syn  []int32
	step int64
}

// Fill sets the values of draw k.
func (d *eventDraws) Fill(k int, dst []float64, at expr.Elements) {
	x := &d.list[k]
	syn := d.syn[at.First : at.First+at.N]
	run := true
	for j := 1; j < len(syn) && run; j++ {
		run = syn[j] == syn[j-1]+1
	}
	switch {
	case run && x.normal:
		x.stream.Normals(dst, int64(syn[0]), d.step)
	case run:
		x.stream.Uniforms(dst, int64(syn[0]), d.step)
	case x.normal:
		for j, s := range syn {
			dst[j] = x.stream.Normal(int64(s), d.step)
		}
	default:
		for j, s := range syn {
			dst[j] = x.stream.Uniform(int64(s), d.step)
		}
	}
}

// newCode compiles statements whose names are full. purpose names their random numbers.
func (s *SynapseSet) newCode(list []expr.Statement, purpose string) (*code, error) {
	if len(list) == 0 {
		return nil, nil
	}
	if err := s.checkStatements(list); err != nil {
		return nil, err
	}
	c := &code{s: s}
	tangled := c.findTangled(list)
	list = s.names.heldBack(list, tangled)
	both := false
	for _, t := range tangled {
		both = both || (t.reads[pre] || t.writes[pre]) && (t.reads[post] || t.writes[post])
		c.tangled = append(c.tangled, t)
	}
	if err := c.compile(list, tangled, purpose); err != nil {
		return nil, err
	}
	if both { // one cell at both ends: its variable has one name
		c.alone = &code{s: s}
		if err := c.alone.compile(s.names.oneEnd(list, tangled), tangled, purpose); err != nil {
			return nil, err
		}
	}
	c.findDirect(list)
	return c, nil
}

// checkStatements reports mistakes in the user's own words.
func (s *SynapseSet) checkStatements(list []expr.Statement) error {
	for _, st := range list {
		if v := s.names.variables[st.Target]; v != nil && v.refusal != "" {
			return st.Src.Errorf(st.Start, st.TargetEnd, "cannot assign to %s: %s", st.Target, v.refusal)
		}
	}
	_, err := expr.CompileStatements(list, s.model.Scope, expr.CompileOptions{})
	return err
}

// findTangled lists the variables of cells that the statements write and read.
func (c *code) findTangled(list []expr.Statement) map[variableOf]*entanglement {
	found := map[variableOf]*entanglement{}
	for _, st := range list {
		v := c.s.names.variables[st.Target]
		if v == nil {
			continue
		}
		for _, other := range list {
			for _, name := range expr.Identifiers(other.Value) {
				if u := c.s.names.variables[name]; u != nil && u.owner == v.owner {
					if found[v.owner] == nil {
						found[v.owner] = &entanglement{batch: 1, stamp: make([]uint32, v.owner.group.e.cells)}
					}
					found[v.owner].reads[u.side] = true
				}
			}
		}
	}
	for _, st := range list {
		if v := c.s.names.variables[st.Target]; v != nil && found[v.owner] != nil {
			t := found[v.owner]
			t.writes[v.side] = true
			t.reads[v.side] = t.reads[v.side] || st.Op != "="
		}
	}
	return found
}

// heldBack has entangled variables that stand still in refractory cells keep their values there.
func (r *naming) heldBack(list []expr.Statement, tangled map[variableOf]*entanglement) []expr.Statement {
	list = slices.Clone(list)
	for k := range list {
		s := &list[k]
		v := r.variables[s.Target]
		if v == nil || v.active == nil || tangled[v.owner] == nil {
			continue
		}
		old, value := expr.NewName(v.name, s.Value), s.Value
		if s.Op != "=" {
			value = expr.NewBinary(s.Op[:1], old, value)
		}
		s.Op, s.Value = "=", &expr.Call{Func: "where", Args: []expr.Node{expr.NewName(v.active.name, s.Value), value, old}}
	}
	return list
}

// oneEnd names entangled variables of both ends as those of the target.
func (r *naming) oneEnd(list []expr.Statement, tangled map[variableOf]*entanglement) []expr.Statement {
	list = slices.Clone(list)
	rename := func(name string) string {
		if v := r.variables[name]; v != nil && tangled[v.owner] != nil {
			return v.owner.variable + suffixes[post]
		}
		return name
	}
	for k := range list {
		list[k].Target = rename(list[k].Target)
		list[k].Value = expr.Rewrite(list[k].Value, func(n expr.Node) expr.Node {
			if name, ok := n.(*expr.Name); ok && rename(name.Ident) != name.Ident {
				return expr.NewName(rename(name.Ident), n)
			}
			return n
		})
	}
	return list
}

// compile makes the program: event-driven variables are brought up to date first, effects get their operands.
func (c *code) compile(list []expr.Statement, tangled map[variableOf]*entanglement, purpose string) error {
	s := c.s
	scope := &expr.Scope{Symbols: map[string]expr.Symbol{}, Parent: s.model.Scope}
	statements := s.model.UpToDate()
	on := map[variableOf]bool{}
	for k, st := range list {
		v := s.names.variables[st.Target]
		if v != nil && tangled[v.owner] == nil {
			c.ordered = c.ordered || on[v.owner]
			on[v.owner] = true
			operand := v.symbol
			if st.Op == "*=" || st.Op == "/=" {
				operand.Type = expr.Type{}
			}
			operand.Writable = true
			name := fmt.Sprintf("operand(%d)", k)
			scope.Symbols[name] = operand
			c.effects = append(c.effects, effect{cell: v, op: st.Op[0]})
			st.Target, st.Op = name, "="
		}
		statements = append(statements, st)
	}
	program, err := expr.CompileStatements(statements, scope, expr.CompileOptions{})
	if err != nil {
		return err
	}
	c.bind(program, purpose)
	next := 0
	for k := range list {
		if slot := program.VectorSlot(fmt.Sprintf("operand(%d)", k)); slot >= 0 {
			c.effects[next].buffer = c.slots[slot].buffer
			next++
		}
	}
	return nil
}

// bind connects the vectors and scalars of a program.
func (c *code) bind(program *expr.Program, purpose string) {
	s := c.s
	c.machine = program.NewMachineBlock(eventBatch)
	c.time = program.ScalarSlot(equations.Time)
	c.syn = make([]int32, eventBatch)
	c.cell = [2][]int32{make([]int32, eventBatch), make([]int32, eventBatch)}
	for slot, v := range program.Vectors() {
		x := slotOfCode{buffer: make([]float64, eventBatch), reads: v.Reads, writes: v.Writes}
		switch {
		case v.Name == expr.Result:
			c.result, x.writes = x.buffer, false
		case v.Name == equations.Cell:
			x.number, x.at = true, pre
		case v.Name == equations.Target:
			x.number, x.at = true, post
		case s.names.variables[v.Name] != nil:
			x.cell = s.names.variables[v.Name]
		case s.stored(v.Name) != nil:
			x.synaptic = s.stored(v.Name)
		default:
			x.writes = false // an operand
		}
		c.machine.SetVector(slot, x.buffer)
		c.slots = append(c.slots, x)
	}
	for slot, name := range program.Scalars() {
		if name != equations.Time {
			c.shared = append(c.shared, sharedSlot{slot, s.stored(name)})
		}
	}
	for _, d := range program.Draws() {
		c.draws.list = append(c.draws.list, draw{stream: random.New(s.net.seed, s.path, purpose, d.Ordinal), normal: d.Name == "randn"})
	}
	c.draws.syn = c.syn
	c.machine.SetRandom(&c.draws)
}

// findDirect recognises code that is one sum or difference with a synaptic variable or a constant: it needs no program.
func (c *code) findDirect(list []expr.Statement) {
	if len(list) != 1 || len(c.effects) != 1 || len(c.s.model.Events) > 0 || c.effects[0].op != '+' && c.effects[0].op != '-' {
		return
	}
	e := c.effects[0]
	if e.cell.active != nil {
		return
	}
	if name, ok := list[0].Value.(*expr.Name); ok {
		if sym, _ := c.s.model.Scope.Lookup(name.Ident); sym.Role == expr.Vector && c.s.names.variables[name.Ident] == nil {
			e.synaptic = c.s.stored(name.Ident)
		}
	}
	if e.synaptic == nil {
		if !c.s.model.IsConstant(list[0].Value) {
			return
		}
		v, err := expr.EvalNode(list[0].Value, c.s.model.Scope)
		if err != nil {
			return
		}
		e.constant = v.X
	}
	c.direct, c.share = &e, newShare(c.s.net)
}
