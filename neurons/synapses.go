package neurons

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"hearpipe/internal/expr"
	"hearpipe/neurons/equations"
	"hearpipe/units"
)

// SynapsesParams describes synapses between two groups (or parts of groups) of a network. There are none at first:
// [SynapseSet.Connect] makes them.
//
// Texts know the variables of the synapses; those of the source cell as x_pre and of the target cell as x_post or x, static
// equations included; i and j (the numbers of the cells within source and target), N_pre, N_post, N (how many synapses), t,
// dt, lastupdate (time of the last event of the synapse, at first of its creation), the constants and functions of the
// network and of this description. Where a name has several meanings, the first of these counts.
//
// A variable with the flag (unless refractory) is not changed by statements while its cell is refractory.
type SynapsesParams struct {
	// Name is the name of the synapses in the network, also in the names of random numbers (default synapses0, ...).
	Name string
	// Source and Target are the cells that are connected. Target defaults to Source. Both have the same step.
	Source, Target Cells
	// Model is equations and parameters, one value per synapse. Differential equations advance in every step (clock-driven)
	// unless they have the flag (event-driven). A line "x_post = expression : unit (summed)" sets the parameter x of
	// each target cell to the sum over its synapses, 0 for cells without one; x_pre does so for source cells.
	Model string
	// OnPre and OnPost are the statements that run for each synapse when a spike of its source or its target arrives, such as
	// "v_post += w". They make the pathways "pre" and "post". In statements, binomial(n, p) is a random number.
	OnPre, OnPost string
	// Delay is that of the pathway "pre" for all synapses [s].
	Delay float64
	// Pathways are further ones. Of spikes that arrive in one step, those of presynaptic pathways come first: "pre", then
	// others in the order of this list; then those of postsynaptic ones in the same manner.
	Pathways []Pathway
	// MaxDelay is a limit for delays [s]; 0: 10 million steps, which is the largest limit.
	MaxDelay float64
	// Method integrates the differential equations that advance in every step, see [GroupParams]; the default is exact where
	// they do not read cells and it is possible, else euler.
	Method string
	// Constants are what names in the texts mean, beside those of the network.
	Constants map[string]units.Quantity
	// Functions are further functions of the texts.
	Functions map[string]Function
	// Order sorts synapses within their slot of a step.
	Order int
}

// Pathway is statements that spikes cause, with delays of their own.
type Pathway struct {
	// Name identifies the pathway; its delays are the variable delay_NAME.
	Name string
	// Post: spikes of the target cells, else of the source cells.
	Post bool
	// Code is the statements.
	Code string
	// Delay is that of all synapses [s].
	Delay float64
}

// SynapseSet is the synapses between two groups of a network.
//
// A spike that a cell emits in step n arrives after d = floor(delay/dt + 1/2) steps, in step n + d, after the thresholds and
// before the resets of that step. The statements of a pathway then run as if for one event after the other: by the step
// of emission, then by cell, then by the number of the synapse. So two synapses on one cell both count, and a statement
// sees what earlier events did. Synapses are numbered in the order of their creation.
type SynapseSet struct {
	name, path string
	net        *Network
	clock      *Clock
	p          SynapsesParams
	host       host // a connection that these synapses serve, nil for synapses that stand for themselves
	ends       [2]Cells

	cells     [2][]int32 // of each synapse, by number
	variables []*synapticVariable
	last      []float64 // lastupdate [s]
	pathways  []*pathway
	calls     int // of Connect, in the names of random numbers
	sets      int // of Set, the same

	equations *equations.Equations
	names     *naming
	model     *equations.Model
	update    *sweep
	watched   []*synapticVariable // by update: they must stay finite
	sums      []*sum
	recorded  []*recordedSynapses
	started   bool
	compiled  bool                // texts, for the present number of synapses
	models    [2]*equations.Model // of the cells, when the texts were compiled
	warnings  []string
}

// synapticVariable is a differential variable or a parameter of synapses.
type synapticVariable struct {
	name     string
	dim      units.Dimension
	kind     equations.Kind
	constant bool
	shared   bool
	values   []float64 // by number of the synapse; one value if shared
	set      bool      // somebody gave it values
}

// Synapses adds synapses between two groups, without any synapse yet.
func (n *Network) Synapses(p SynapsesParams) (*SynapseSet, error) { return n.synapses(p, "synapses") }

func (n *Network) synapses(p SynapsesParams, kind string) (*SynapseSet, error) {
	s := &SynapseSet{net: n, p: p}
	if p.Source.g == nil {
		return nil, fmt.Errorf("network %s: synapses %s: the source is missing", n.name, p.Name)
	}
	if p.Target.g == nil {
		p.Target = p.Source
	}
	s.ends = [2]Cells{p.Source, p.Target}
	if err := n.register(s, kind, &p.Name); err != nil {
		return nil, err
	}
	s.name, s.path, s.p = p.Name, n.path(p.Name), p
	if err := s.describe(); err != nil {
		n.unregister(s, p.Name)
		return nil, s.fail("", err)
	}
	return s, nil
}

// fail says where a mistake is.
func (s *SynapseSet) fail(part string, err error) error {
	if part != "" {
		part += ": "
	}
	return fmt.Errorf("synapses %s: %s%w", s.name, part, err)
}

// describe checks the description and compiles it once for its mistakes.
func (s *SynapseSet) describe() error {
	for k, c := range s.ends {
		if c.g.net != s.net {
			return fmt.Errorf("group %s is not in this network", c.g.e.name)
		}
		if c.g.clock != s.ends[0].g.clock {
			return fmt.Errorf("the source %s has steps of %g s and the target %s of %g s: want one clock", s.ends[0].g.e.name, s.ends[0].g.e.dt, s.ends[k].g.e.name, c.g.e.dt)
		}
	}
	s.clock = s.ends[pre].g.clock
	if s.p.MaxDelay < 0 || math.IsNaN(s.p.MaxDelay) {
		return fmt.Errorf("longest delay of %g s: want a positive time, or 0 for no limit", s.p.MaxDelay)
	}
	var err error
	if s.equations, err = equations.ParseSynapses(s.p.Model); err != nil {
		return fmt.Errorf("model: %w", err)
	}
	if err := s.describePathways(); err != nil {
		return err
	}
	if err := s.resolve(); err != nil {
		return err
	}
	for _, q := range s.model.Equations.All() {
		if q.Kind == equations.Static {
			continue
		}
		v := &synapticVariable{name: q.Name, dim: q.Dim, kind: q.Kind, constant: q.Flags.Constant, shared: q.Flags.Shared}
		if v.shared {
			v.values = make([]float64, 1)
		}
		s.variables = append(s.variables, v)
	}
	return s.compile()
}

// describePathways reads the statements.
func (s *SynapseSet) describePathways() error {
	list := []Pathway{{Name: "pre", Code: s.p.OnPre, Delay: s.p.Delay}, {Name: "post", Post: true, Code: s.p.OnPost}}
	list = append(list, s.p.Pathways...)
	if s.p.OnPre == "" && s.p.Delay != 0 {
		return fmt.Errorf("a delay of %g s, but there are no statements for presynaptic spikes", s.p.Delay)
	}
	slices.SortStableFunc(list, func(a, b Pathway) int {
		switch {
		case a.Post == b.Post:
			return 0
		case b.Post:
			return -1
		}
		return 1
	})
	for _, one := range list {
		if one.Code == "" && (one.Name == "pre" || one.Name == "post") {
			continue
		}
		p := &pathway{Pathway: one, side: pre}
		if one.Post {
			p.side = post
		}
		if one.Name == "" || slices.ContainsFunc(s.pathways, func(q *pathway) bool { return q.Name == one.Name }) {
			return fmt.Errorf("pathway %q: want a name of its own", one.Name)
		}
		if !s.ends[p.side].g.fires() {
			return fmt.Errorf("pathway %s: the cells of group %s never fire: the group has no threshold", one.Name, s.ends[p.side].g.e.name)
		}
		var err error
		if p.statements, err = expr.ParseStatements(one.Code, expr.Options{}); err != nil {
			return fmt.Errorf("%s: %w", p.where(), err)
		}
		p.statements = withBinomials(p.statements)
		s.pathways = append(s.pathways, p)
		if err := s.setDelay(p, one.Delay); err != nil {
			return err
		}
	}
	return nil
}

// resolve gives all names their meaning.
func (s *SynapseSet) resolve() error {
	var all []expr.Statement
	for _, p := range s.pathways {
		all = append(all, p.statements...)
	}
	var err error
	if s.names, err = cellNames(s.ends, s.equations, all); err != nil {
		return fmt.Errorf("model: %w", err)
	}
	eqs := s.equations
	if text := s.names.statics.String(); text != "" {
		more, err := equations.ParseSynapses(text)
		if err != nil {
			return err
		}
		if eqs, err = eqs.Add(more); err != nil {
			return err
		}
	}
	ns := equations.Namespace{
		Constants: over(s.net.p.Constants, s.p.Constants), Functions: map[string]*expr.Function{}, Variables: s.names.symbols(),
		N: s.N(), DT: s.clock.dt,
	}
	for name, f := range s.names.functions {
		ns.Functions[name] = f
	}
	ns.Functions[binomialName] = binomialFunction
	for name, f := range over(s.net.p.Functions, s.p.Functions) {
		if f.Of == nil {
			return fmt.Errorf("function %s is missing", name)
		}
		ns.Functions[name] = f.compiled(name)
	}
	if s.model, err = eqs.Resolve(ns); err != nil {
		return fmt.Errorf("model: %w", err)
	}
	return nil
}

// compile makes the programs.
func (s *SynapseSet) compile() error {
	if err := s.resolve(); err != nil {
		return err
	}
	tracked := len(s.model.Events) > 0 || s.last != nil
	for _, p := range s.pathways {
		list, err := s.model.Statements(p.statements)
		if err == nil {
			p.code, err = s.newCode(s.names.full(list), p.Name)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", p.where(), err)
		}
		for _, st := range list {
			tracked = tracked || expr.DependsOn(st.Value, equations.LastUpdate)
		}
	}
	for _, q := range s.model.Equations.All() {
		tracked = tracked || q.Right != nil && expr.DependsOn(q.Right, equations.LastUpdate)
	}
	if tracked {
		s.track()
	}
	if err := s.compileUpdate(); err != nil {
		return fmt.Errorf("model: %w", err)
	}
	if err := s.compileSums(); err != nil {
		return fmt.Errorf("model: %w", err)
	}
	for _, r := range s.recorded {
		if err := r.compile(s); err != nil {
			return err
		}
	}
	s.compiled, s.models = true, s.cellModels()
	return nil
}

// track has lastupdate kept.
func (s *SynapseSet) track() {
	if s.last == nil {
		s.last = grown(nil, s.N(), s.clock.Time())
	}
	for _, p := range s.pathways {
		for c := p.code; c != nil; c = c.alone {
			c.tracks, c.direct = true, nil
		}
	}
}

// stored is the values of a variable of the synapses, nil if there is none.
func (s *SynapseSet) stored(name string) *[]float64 {
	if name == equations.LastUpdate {
		return &s.last
	}
	if v := s.variable(name); v != nil {
		return &v.values
	}
	return nil
}

func (s *SynapseSet) variable(name string) *synapticVariable {
	for _, v := range s.variables {
		if v.name == name {
			return v
		}
	}
	return nil
}

// build puts the synapses into the schedule.
func (s *SynapseSet) build(to *schedule) error {
	if s.host != nil {
		if err := s.host.prepare(); err != nil {
			return err
		}
	}
	if s.N() == 0 && s.calls == 0 {
		return s.fail("", errors.New("there is not one synapse: call Connect"))
	}
	if !s.compiled {
		if err := s.compile(); err != nil {
			return s.fail("", err)
		}
	}
	for _, p := range s.pathways {
		if err := s.arrange(p); err != nil {
			return s.fail("", err)
		}
	}
	if err := s.checkSums(); err != nil {
		return s.fail("", err)
	}
	if len(s.pathways) > 0 {
		to.add(s.clock, Connections, rankFirst, 0, s.listen)
	}
	if s.host != nil {
		s.host.place(to)
	} else {
		to.add(s.clock, Synapses, rankUser, s.p.Order, s.advance)
	}
	if len(s.sums) > 0 {
		to.add(s.clock, End, rankFirst, 0, s.sum)
	}
	return nil
}

// start begins a run: sums are there before the first step, if they do not need frames of an input.
func (s *SynapseSet) start() error {
	if !s.started {
		s.started = true
		s.warnUnset()
	}
	if err := s.follow(); err != nil {
		return err
	}
	for _, one := range s.sums {
		if !one.value.listens() {
			one.run(s, s.clock.next)
		}
	}
	return nil
}

// Name is the name of the synapses.
func (s *SynapseSet) Name() string { return s.name }

// N is the number of synapses.
func (s *SynapseSet) N() int { return len(s.cells[pre]) }

// Source and Target are the cells at both ends.
func (s *SynapseSet) Source() Cells { return s.ends[pre] }

// Target is the cells at the other end.
func (s *SynapseSet) Target() Cells { return s.ends[post] }

// Warnings lists what is allowed but may be a mistake: parameters that statements read and nobody has set, constants that a
// variable hides.
func (s *SynapseSet) Warnings() []string { return s.warnings }

// warnUnset notes parameters that statements read and nobody has given values.
func (s *SynapseSet) warnUnset() {
	for _, name := range s.model.Shadowed {
		s.warnings = append(s.warnings, "the constant or function "+name+" is hidden by a name of the synapses or cells and never used")
	}
	for _, v := range s.variables {
		if v.kind != equations.Parameter || v.set {
			continue
		}
		for _, p := range s.pathways {
			assigned, read := false, false
			for _, st := range p.statements {
				read = read || !assigned && (expr.DependsOn(st.Value, v.name) || st.Target == v.name && st.Op != "=")
				assigned = assigned || st.Target == v.name
			}
			if read && !assigned {
				s.warnings = append(s.warnings, fmt.Sprintf("%s is read by %s, but nobody has set it: it is 0", v.name, p.where()))
				break
			}
		}
	}
}
