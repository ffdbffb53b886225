package neurons

import (
	"math"

	"hearpipe/internal/expr"
	"hearpipe/neurons/equations"
	"hearpipe/stages"
	"hearpipe/units"
)

// GroupParams describes a group of cells. Only the number of cells (or an input that gives it) is needed.
type GroupParams struct {
	// Name is the path of the group in the names of its random numbers, and its name in messages (default "group0").
	Name string
	// N is the number of cells of the whole group, whatever part of it Channels asks for. 0: as many as the inputs have
	// channels.
	N int
	// Equations is the model, see package equations.
	Equations string
	// Model is the model as a value, in the place of Equations: what was composed from several texts.
	Model *equations.Equations
	// Threshold is the condition for a spike, such as "v > 1" or, for a Poisson process, "rand() < rate*dt". A value such
	// as "-50*mV" or a parameter "vt" is one that the membrane variable has to exceed (see equations.Membrane). "": no
	// cell fires.
	Threshold string
	// LockOut is a time such as "3 ms", rounded up to steps: a cell that has fired does not fire again before it is over,
	// whatever its variables do. It is for thresholds that stay crossed during an action potential.
	LockOut string
	// Fires is a threshold that no text can express: a function that sets fires for the cells above threshold.
	// Refractoriness is applied afterwards. In networks only, as the other functions.
	Fires func(now Now, g *Group, fires []bool) error
	// Reset are statements for the cells that fire, such as "v = 0; w += 3*mV", or a value for the membrane variable.
	Reset string
	// OnReset is a reset that no text can express: a function that is called in the slot of the resets of every step with
	// the cells that fired, ascending, none on most steps.
	OnReset func(now Now, g *Group, fired []int32) error
	// Events are further conditions that are tested in every step, by name; see [Group.RunOnEvent].
	Events map[string]string
	// Refractory is a time ("5 ms"), an expression or parameter with the dimension of time (one period per cell), or a
	// condition that keeps a cell refractory after a spike ("v > -40*mV"). With a flag (unless refractory) in the
	// equations, a use of not_refractory or lastspike, or a condition, a cell is refractory in the K-1 steps after its
	// spike, flagged variables stand still, and K = floor((period + dt/1000)/dt). Without, K = Steps(period, dt, Floor);
	// a reset of the form "variable = constant" is repeated in the K steps after the spike, and the cell cannot fire in
	// K-1 of them.
	Refractory string
	// Hold names a variable that keeps, while a cell is refractory, the value that the reset has left: for resets that
	// are functions or not constant. Refractory is a period then.
	Hold string
	// WhileRefractory is a function that is called after the resets of every step with the cells that have fired in this
	// step or in the K steps before, ascending. Refractory is a period then.
	WhileRefractory func(now Now, g *Group, cells []int32) error
	// MaxRefractory caps periods that differ between cells [s]; 0: no cap.
	MaxRefractory float64
	// Method is the integration method: exact, exact_ou, euler, exponential_euler, rk2, rk4, heun, milstein, euler_ito,
	// milstein_ito or nonlinear; "": exact where it is possible, else euler. See equations.Model.Integrate.
	Method string
	// Inputs are the streams that drive parameters of the equations: cell i reads channel i (absolute indices), or all
	// cells read the only channel. Frame n is visible in step n. Samples are values in SI units of the parameter.
	Inputs map[string]stages.Stage
	// Constants are values for names in the texts.
	Constants map[string]units.Quantity
	// Functions are further functions for the texts.
	Functions map[string]Function
	// TimedArrays are functions of the time for the texts: ta(t), or ta(t, i) for an array with a column per cell.
	TimedArrays map[string]*equations.TimedArray
	// Init are initial values of differential variables and parameters as expressions in i, N, rand(), randn(), constants
	// and variables initialised before (parameters first, then differential variables, each in the order of their
	// definition). Others are 0.
	Init map[string]string
	// Values are initial values as arrays [SI], one value for each of the N cells.
	Values map[string][]float64
	// Record lists the names that become streams: differential variables, static equations, parameters, inputs,
	// not_refractory (where the rule of flags holds) and lastspike. Frame n is the value at the end of step n.
	Record []string
	// Seed is the seed of all random numbers.
	Seed uint64
	// DT is the step [s] (default 1e-4). With inputs it is the interval of their frames, and a given one must agree
	// with it to a relative 1e-9.
	DT float64
	// Frames is the number of steps. 0: as many as the longest input has frames, without inputs no end. Inputs that are
	// shorter are followed by zeros.
	Frames int64
	// Channels are the cells to compute; zero: all.
	Channels stages.Range
	// AllowNaN lets variables become NaN or infinite. Else the group ends with a *NonFiniteError there.
	AllowNaN bool
}

// Function is a function of numbers that texts may call. It must depend on its arguments only and is called for one cell
// at a time.
type Function struct {
	Args   []units.Dimension // dimensions of the arguments
	Result units.Dimension
	Of     func(args []float64) float64 // SI values; args is reused
}

func (f Function) compiled(name string) *expr.Function {
	return &expr.Function{Name: name, Min: len(f.Args), Max: len(f.Args), Args: f.Args, Result: expr.FloatType(f.Result), Scalar: f.Of}
}

// Group is a group of cells. Embedded is the stream of its spikes, labelled with the step in which a cell fired and its
// absolute number.
type Group struct {
	*stages.SpikeStream
	variables map[string]*stages.Stream
	order     []string
	e         *engine
	method    string

	// In a network.
	net   *Network
	clock *Clock
	b     *builder
	fired []int32 // cells that fired in the last step, ascending
	// source decides who fires, instead of a threshold; nil for most groups.
	source  emitter
	sets    int      // calls of Set: each has random numbers of its own
	linked  []string // (linked) parameters that follow something
	regular int      // run_regularly operations: the same
	said    []string // further warnings
}

// NewGroup describes a group, checks and compiles it. An error names the field, with line, column and caret for texts.
func NewGroup(p GroupParams) (*Group, error) {
	b := &builder{p: p, e: &engine{}}
	if err := b.build(); err != nil {
		return nil, err
	}
	ports := []stages.PortSpec{{Format: b.format, Spikes: true}}
	for _, name := range p.Record {
		ports = append(ports, stages.PortSpec{Name: name, Format: b.format})
	}
	nodes, err := stages.NewMulti("neurons.group", ports, b.e, b.inputs...)
	if err != nil {
		return nil, err
	}
	g := &Group{SpikeStream: nodes[0].(*stages.SpikeStream), variables: map[string]*stages.Stream{}, order: p.Record, e: b.e, b: b, method: b.method, said: b.said}
	for k, name := range p.Record {
		g.variables[name] = nodes[1+k].(*stages.Stream)
	}
	return g, nil
}

// Variable is the stream of a recorded variable, nil if it is not recorded.
func (g *Group) Variable(name string) *stages.Stream { return g.variables[name] }

// Nodes lists all outputs: the spikes, then the recorded variables in the order of GroupParams.Record.
func (g *Group) Nodes() []stages.Node {
	nodes := []stages.Node{g.SpikeStream}
	for _, name := range g.order {
		nodes = append(nodes, g.variables[name])
	}
	return nodes
}

// Network is the network the group belongs to, nil if it is alone.
func (g *Group) Network() *Network { return g.net }

// Name is the name of the group.
func (g *Group) Name() string { return g.e.name }

// DT is the step [s].
func (g *Group) DT() float64 { return g.e.dt }

// Method is the integration method in use, never a synonym; "" when there are no differential equations.
func (g *Group) Method() string { return g.method }

// Warnings lists what is allowed but may be a mistake, such as a constant that a variable hides.
func (g *Group) Warnings() []string {
	list := append([]string(nil), g.said...)
	for _, name := range g.e.model.Shadowed {
		list = append(list, "the constant or function "+name+" is hidden by a name of the equations and never used")
	}
	return list
}

// rateOf is the rate of a step [Hz], a whole number where it is one to within a relative 1e-9.
func rateOf(dt float64) float64 {
	r := 1 / dt
	if k := math.RoundToEven(r); math.Abs(r-k) <= 1e-9*r {
		return k
	}
	return r
}
