package neurons

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math"
	"slices"

	"hearpipe/neurons/equations"
	"hearpipe/stages"
	"hearpipe/units"
)

// NetworkParams describes a network.
type NetworkParams struct {
	// Name is the path of the network in the names of its random numbers, before those of its objects (default "").
	Name string
	// Seed is the seed of all random numbers. Each object has numbers of its own, named by the object.
	Seed uint64
	// DT is the step of objects that do not say another one [s] (default 1e-4).
	DT float64
	// Tick divides the steps of all clocks [s] (default DT): with steps of 3 ms and 5 ms it is 1 ms.
	Tick float64
	// Seconds is the length of the streams [s] (default: they have no end).
	Seconds float64
	// WithInputs ends a network without Seconds where the longest of the streams that its cells read ends, whose length need not be
	// known; else it goes on and reads zeros.
	WithInputs bool
	// Order is the order of the parts of a step (default [GroupsConnectionsResets]).
	Order Order
	// Constants are what names in the texts of all objects mean, unless an object says otherwise.
	Constants map[string]units.Quantity
	// Functions are the same for functions.
	Functions map[string]Function
	// TimedArrays are the same for functions of the time.
	TimedArrays map[string]*equations.TimedArray
}

// Network is groups of cells, what connects them, what drives and what records them. It is described by adding objects,
// and may be extended between two runs. Its spikes and variables are streams ([Group.Variable]); a network is one node
// of their graph, so that it hangs on filterbanks or stands alone. A network is used by one goroutine at a time.
type Network struct {
	// Options are the options of the runs of [Network.Run]; Seconds and Start are set there.
	Options stages.RunOptions

	name    string
	seed    uint64
	tick    float64
	p       NetworkParams
	clocks  []*Clock // the first is that of objects that do not say another one
	inOrder []*Clock // by order, then creation
	objects []object
	names   map[string]bool
	counts  map[string]int // objects of a kind that got their names from us
	dirty   bool           // described, not built
	started bool           // a first run has begun
	running bool           // in the middle of a step
	stopped bool
	target  float64 // end of the last run [s]

	node    *stages.Growing
	outputs []output
	drain   *stages.SpikeStream // never a spike: makes the network run
	feeders []feeder            // objects that read streams
}

// object is a part of a network.
type object interface {
	// build adds the operations of the object to the schedule. It is called before the first step, and again when the
	// network was extended.
	build(s *schedule) error
	// appendState and loadState save and load everything that a later step depends on; loadState returns the rest.
	appendState(b []byte) []byte
	loadState(b []byte) ([]byte, error)
}

// starter is an object that does something before the first step of a run.
type starter interface{ start() error }

// feeder is an object that reads streams: before a run of ticks it fetches what their steps need, and says how many ticks
// it can feed.
type feeder interface {
	fetchTicks(ctx context.Context, at int64, n int) (int, error)
	// endTick is the tick from which on nothing comes any more, Unbounded while that is not known.
	endTick() int64
}

// output is a port of the node.
type output struct {
	name   string
	clock  *Clock
	spikes func(step int64, list *[]stages.Spike)
	frames func(step int64, to []float64)
	// held is the frame of a step that is longer than a tick. It leaves with the last tick of the step, so that a run
	// that ends within a step leaves all of it to the next one.
	held []float64
}

// NewNetwork begins a network without objects.
func NewNetwork(p NetworkParams) (*Network, error) {
	for _, x := range []struct {
		name  string
		value *float64
		def   float64
	}{{"step", &p.DT, defaultStep}, {"tick", &p.Tick, cmp.Or(p.DT, defaultStep)}} {
		if *x.value == 0 {
			*x.value = x.def
		}
		if !(*x.value > 0) || math.IsInf(*x.value, 0) {
			return nil, fmt.Errorf("%s: %s of %g s: want a positive time", named("network", p.Name), x.name, *x.value)
		}
	}
	if !(p.Seconds >= 0) || math.IsInf(p.Seconds, 0) {
		return nil, fmt.Errorf("%s: length of %g s: want 0 (no end) or more", named("network", p.Name), p.Seconds)
	}
	n := &Network{name: p.Name, seed: p.Seed, tick: p.Tick, p: p, names: map[string]bool{}, counts: map[string]int{}}
	n.node = stages.NewGrowing("neurons.network", n)
	if _, err := n.Clock(p.DT, 0); err != nil {
		return nil, err
	}
	node, err := n.node.Add(stages.PortSpec{Name: "tick", Format: n.format(1), Spikes: true})
	if err != nil {
		return nil, err
	}
	n.drain = node.(*stages.SpikeStream)
	n.outputs = append(n.outputs, output{clock: n.clocks[0], spikes: func(int64, *[]stages.Spike) {}})
	return n, nil
}

func (n *Network) format(channels int) stages.Format {
	f := stages.Format{Rate: rateOf(n.tick), Channels: channels, Frames: stages.Unbounded}
	if n.p.Seconds > 0 {
		f.Frames = Steps(n.p.Seconds, n.tick, Ceil)
	}
	return f
}

// now is the tick that comes next.
func (n *Network) now() int64 { return n.node.At() }

// Time is the time the network has come to [s]: 0 at first, after a run its end.
func (n *Network) Time() float64 { return n.target }

// register names an object and puts it into the network; kind is the first part of a name that we choose.
func (n *Network) register(o object, kind string, name *string) error {
	if err := n.between("an object added"); err != nil {
		return err
	}
	if *name == "" {
		for *name == "" || n.names[*name] {
			*name = fmt.Sprintf("%s%d", kind, n.counts[kind])
			n.counts[kind]++
		}
	} else if n.names[*name] {
		return fmt.Errorf("%s: there is already an object %s", n.label(), *name)
	}
	n.names[*name] = true
	n.objects = append(n.objects, o)
	n.dirty = true
	return nil
}

// between refuses what only has a meaning between two runs.
func (n *Network) between(what string) error {
	if !n.running {
		return nil
	}
	return fmt.Errorf("%s: %s in the middle of a step: do it between two runs", n.label(), what)
}

// label is what messages call the network.
func (n *Network) label() string { return named("network", n.name) }

// named is a kind of object with its name, if it has one.
func named(kind, name string) string {
	if name == "" {
		return kind
	}
	return kind + " " + name
}

// path is the name of an object in the names of random numbers.
func (n *Network) path(name string) string {
	if n.name == "" {
		return name
	}
	return n.name + "/" + name
}

// Build compiles what was described since the last run. Runs do it by themselves; Build finds the errors earlier.
func (n *Network) Build() error {
	if !n.dirty {
		return nil
	}
	s := &schedule{order: n.p.Order}
	for _, c := range n.clocks {
		c.ops = c.ops[:0]
	}
	for _, o := range n.objects {
		if err := o.build(s); err != nil {
			return err
		}
	}
	for _, c := range n.clocks {
		c.sort()
	}
	n.inOrder = slices.Clone(n.clocks)
	slices.SortStableFunc(n.inOrder, func(a, b *Clock) int { return cmp.Compare(a.order, b.order) })
	n.dirty = false
	return nil
}

// start begins a run.
func (n *Network) start() error {
	n.started = true
	if err := n.Build(); err != nil {
		return err
	}
	n.node.Resume()
	for _, o := range n.objects {
		if s, ok := o.(starter); ok {
			if err := s.start(); err != nil {
				return err
			}
		}
	}
	return nil
}

// Run runs the network for the given time [s] and passes its streams to the sinks. All clocks make the steps that begin
// before the new time. A run may be followed by another, which goes on where it ended. It ends early when [Network.Stop]
// is called, an interrupt comes or the context is cancelled.
func (n *Network) Run(ctx context.Context, seconds float64, sinks ...stages.Sink) (stages.Summary, error) {
	if !(seconds >= 0) || math.IsInf(seconds, 0) {
		return stages.Summary{}, fmt.Errorf("%s: a run of %g s: want 0 or more", n.label(), seconds)
	}
	if err := n.between("a run begun"); err != nil {
		return stages.Summary{}, err
	}
	n.stopped = false
	if err := n.start(); err != nil {
		return stages.Summary{}, err
	}
	target := n.target + seconds
	ticks := Steps(target, n.tick, Ceil) - n.now()
	if ticks <= 0 {
		n.target = target
		return stages.Summary{Reason: stages.Duration}, nil
	}
	opt := n.Options
	opt.Start, opt.Seconds = n.now(), float64(ticks)/n.format(1).Rate
	sum, err := stages.Run(ctx, opt, append(slices.Clone(sinks), &drain{n.drain})...)
	n.target = target
	if done := float64(n.now()) * n.tick; n.now()-opt.Start < ticks {
		n.target = done
	}
	if err == nil && n.stopped {
		sum.Reason, n.target = stages.Stopped, float64(n.now())*n.tick
	}
	return sum, err
}

// Stop ends the run at the end of this step of the tick; it is called by operations. The next [Network.Run] goes on from
// there; until then the streams of the network stand still.
func (n *Network) Stop() { n.stopped = true }

// Waits is true: nobody asks a network for more than is wanted now. Its operations may wait for, and act on, the world
// outside, and after a run it stands where its streams end. See [stages.Waiter].
func (n *Network) Waits() bool { return true }

// Fill makes n ticks; it is what the streams of the network call.
func (n *Network) Fill(ctx context.Context, at int64, count int, dst []stages.Output) (int, error) {
	if n.stopped {
		return 0, stages.ErrStopped
	}
	if !n.started {
		if err := n.start(); err != nil {
			return 0, err
		}
	}
	if n.dirty {
		return 0, fmt.Errorf("%s: extended while it runs; objects may be added between two runs", n.label())
	}
	n.running = true
	defer func() { n.running = false }()
	good, ended := count, error(nil)
	for _, f := range n.feeders {
		k, err := f.fetchTicks(ctx, at, count)
		if err != nil && (k < good || ended == nil) {
			good, ended = min(good, k), err
		}
	}
	if end := n.inputsEnd(); ended == nil && end < at+int64(good) {
		good, ended = int(max(end-at, 0)), io.EOF
	}
	for k := range good {
		if err := n.tickAt(at+int64(k), k, dst); err != nil {
			return k, err
		}
		if n.stopped {
			if k+1 < count {
				return k + 1, stages.ErrStopped
			}
			break
		}
	}
	return good, ended
}

// inputsEnd is the tick at which a network ends with its inputs, Unbounded if it does not or while that is not known.
func (n *Network) inputsEnd() int64 {
	if !n.p.WithInputs || n.p.Seconds > 0 || len(n.feeders) == 0 {
		return stages.Unbounded
	}
	end := int64(0)
	for _, f := range n.feeders {
		end = max(end, f.endTick())
	}
	return end
}

// tickAt runs the clocks whose steps begin at a tick; row is its number in the call.
func (n *Network) tickAt(tick int64, row int, dst []stages.Output) error {
	for _, c := range n.inOrder {
		if c.next*c.period == tick {
			if err := c.step(); err != nil {
				return err
			}
		}
	}
	last := tick+1 == n.drain.Format().Frames
	for i := range n.outputs {
		o, to := &n.outputs[i], dst[i]
		step := o.clock.next - 1
		if o.held != nil && step*o.clock.period == tick {
			o.frames(step, o.held)
		}
		leaves := last || o.clock.next*o.clock.period == tick+1
		switch {
		case !to.Wanted():
		case o.spikes != nil:
			if leaves {
				o.spikes(tick, to.Spikes)
			}
		case o.held == nil:
			o.frames(step, to.Frames.Row(row))
		case leaves:
			copy(to.Frames.Row(row), o.held)
		default: // only the frames that leave are read
			clear(to.Frames.Row(row))
		}
	}
	return nil
}

// drain pulls the network when nobody else does.
type drain struct{ from *stages.SpikeStream }

func (d *drain) Input() stages.Node                               { return d.from }
func (d *drain) Open(context.Context, stages.Format) error        { return nil }
func (d *drain) WriteSpikes(context.Context, stages.Spikes) error { return nil }
func (d *drain) Finish(stages.Ending) error                       { return nil }
func (d *drain) Abort(bool)                                       {}
