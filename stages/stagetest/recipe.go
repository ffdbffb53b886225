package stagetest

import (
	"errors"
	"fmt"
	"math"
	"runtime/debug"
	"testing"

	"hearpipe/stages"
)

// Recipe says how to build what is under test and what may be expected of it.
type Recipe struct {
	// Inputs describes the sources that Build gets, one stage each. The suite sets lengths, offsets, failures, padding
	// and injected samples itself. No inputs: the stage under test is a source.
	Inputs []Signal
	// Build makes the stage under test afresh, with nothing shared with an earlier call, and returns its ports. r is the
	// zero Range, for all channels, or, if Sliced is set, the channels to compute (absolute indices); in are the whole
	// inputs in both cases.
	Build func(in []stages.Stage, r stages.Range) ([]stages.Node, error)
	// Sliced says that Build honours r. Then all ranges joined must equal the whole.
	Sliced bool
	// Channels is the number of channels that r counts; default: those of the first port.
	Channels int
	// Ahead is how many input frames beyond its own position the stage reads: its documented look-ahead.
	Ahead int
	// Mixes says that a sample of one channel may change other channels. Otherwise channel c of an output depends on
	// channel c of the inputs only, wherever both have the same number of channels.
	Mixes bool
	// HidesNaN says that a NaN in the input need not be seen in any frame of the output: thresholds, decimation.
	HidesNaN bool
	// Period says that a shift of the clock by a multiple of so many frames of the fastest port does not change the
	// output: 1 for a stage without a clock, the interval for periodic work, 0 for a stage that depends on the absolute
	// frame number (noise, tones).
	Period int64
	// KeepsClock says that the stage keeps frame numbers in its state, so that it cannot be put to a late frame without a
	// snapshot: the check beyond 2³² frames is left out.
	KeepsClock bool
	// Readers is how many consumers read each input inside. 0: they are counted along Inputs, where a Control is not seen.
	Readers int
	// Frames is the length of the inputs in the checks, default 1200 (400 with -short), at least 64.
	Frames int64
}

// Nodes makes a list of one node: for recipes whose constructor returns one.
func Nodes[N stages.Node](n N, err error) ([]stages.Node, error) {
	if err != nil {
		return nil, err
	}
	return []stages.Node{n}, nil
}

// check is one part of the suite.
type check struct {
	name string
	run  func(*suite) error
}

var checks = []check{
	{"blocks", (*suite).blocks},
	{"prepared", (*suite).prepared},
	{"strides", (*suite).strides},
	{"consumers", (*suite).consumers},
	{"arguments", (*suite).arguments},
	{"ends", (*suite).ends},
	{"lengths", (*suite).lengths},
	{"errors", (*suite).errors},
	{"cancel", (*suite).cancels},
	{"ports", (*suite).subsets},
	{"slices", (*suite).slices},
	{"history", (*suite).history},
	{"snapshot", (*suite).snapshot},
	{"allocations", (*suite).allocations},
	{"special", (*suite).special},
	{"late", (*suite).late},
}

// Run runs the suite, each check as a subtest.
func Run(t *testing.T, r Recipe) {
	t.Helper()
	if testing.Short() && r.Frames == 0 {
		r.Frames = 400
	}
	s, err := start(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range checks {
		t.Run(c.name, func(t *testing.T) {
			if err := guarded(s, c.run); err != nil {
				t.Error(err)
			}
		})
	}
}

// Failure is one check that a stage did not pass.
type Failure struct {
	Check string
	Err   error
}

// Error says which check and what was wrong.
func (f *Failure) Error() string { return f.Check + ": " + f.Err.Error() }

// Unwrap is the reason.
func (f *Failure) Unwrap() error { return f.Err }

// Check runs the suite and returns nil or the join of one [Failure] per check that the stage did not pass.
func Check(r Recipe) error {
	s, err := start(r)
	if err != nil {
		return &Failure{"whole", err}
	}
	var errs []error
	for _, c := range checks {
		if err := guarded(s, c.run); err != nil {
			errs = append(errs, &Failure{c.name, err})
		}
	}
	return errors.Join(errs...)
}

// guarded makes an error of a panic.
func guarded(s *suite, f func(*suite) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return f(s)
}

// suite is a recipe with the frames that all checks compare with: those of one fetch of everything.
type suite struct {
	r     Recipe
	n     int64   // length of the inputs
	rate  float64 // of the fastest port [Hz]
	limit int64   // frames of the fastest port that are compared at most
	want  []*track
}

func start(r Recipe) (s *suite, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	if r.Frames == 0 {
		r.Frames = 1200
	}
	r.Frames = max(r.Frames, 64)
	s = &suite{r: r, n: r.Frames}
	g, err := s.build(setup{})
	if err != nil {
		return nil, fmt.Errorf("Build: %w", err)
	}
	if len(g.ports) == 0 {
		return nil, errors.New("Build returned no ports")
	}
	for _, p := range g.ports {
		s.rate = math.Max(s.rate, p.Format().Rate)
	}
	if r.Channels == 0 {
		s.r.Channels = g.ports[0].Format().Channels
	}
	s.limit = s.n
	for i := range g.sources {
		s.limit = max(s.limit, int64(math.Ceil(float64(s.n)*s.rate/g.sources[i].Format().Rate)))
	}
	for _, p := range g.ports {
		f := p.Format()
		if f.Frames < 16*s.limit {
			s.limit = max(s.limit, int64(math.Ceil(float64(f.Frames)*s.rate/f.Rate)))
		}
	}
	s.limit += 64
	s.want, err = s.whole(setup{})
	return s, err
}

// setup varies how the stage under test is built. The zero value is the normal case.
type setup struct {
	r      stages.Range
	stream bool                     // inputs are made by stages.New instead of a Source
	edit   func(i int, sig *Signal) // changes the signal of input i
	// wrap, if set, replaces Build.
	wrap func(in []stages.Stage) ([]stages.Node, error)
}

// rig is one built graph.
type rig struct {
	ports   []stages.Node
	sources []*Source // none if the inputs are streams
	inputs  []stages.Stage
}

func (s *suite) build(v setup) (*rig, error) {
	g := &rig{}
	for i, sig := range s.r.Inputs {
		sig = sig.withDefaults()
		if sig.Frames == 0 {
			sig.Frames = s.n
		}
		if v.edit != nil {
			v.edit(i, &sig)
		}
		if v.stream {
			st, err := NewStream(sig)
			if err != nil {
				return nil, err
			}
			g.inputs = append(g.inputs, st)
			continue
		}
		src := NewSource(sig)
		g.sources = append(g.sources, src)
		g.inputs = append(g.inputs, src)
	}
	var err error
	if v.wrap != nil {
		g.ports, err = v.wrap(g.inputs)
	} else {
		g.ports, err = s.r.Build(g.inputs, v.r)
	}
	if err != nil {
		return nil, err
	}
	for i, p := range g.ports {
		_, frames := p.(stages.Stage)
		_, spikes := p.(stages.SpikeStage)
		if frames == spikes {
			return nil, fmt.Errorf("port %d is %T: want a Stage or a SpikeStage", i, p)
		}
		for j, in := range p.Inputs() {
			if in == nil {
				return nil, fmt.Errorf("port %d (%s): input %d is nil", i, stages.KindOf(p), j)
			}
		}
	}
	for _, src := range g.sources {
		readers := s.r.Readers
		if readers == 0 {
			readers = readersOf(g.ports, src)
		}
		src.SetReaders(readers)
	}
	if len(g.ports) > 1 || s.r.Readers > 1 { // only a prepared graph keeps what one reader has made another compute
		opt := stages.RunOptions{Block: int(max(s.limit, 1)), Budget: 1 << 40, Workers: 1}
		if _, err := stages.Prepare(opt, g.ports...); err != nil {
			return nil, err
		}
	}
	return g, nil
}

// readersOf counts the edges of the graph that lead to a node.
func readersOf(ports []stages.Node, to stages.Node) int {
	n := 0
	seen := map[stages.Node]bool{}
	var visit func(p stages.Node)
	visit = func(p stages.Node) {
		if seen[p] {
			return
		}
		seen[p] = true
		for _, in := range p.Inputs() {
			if in == to {
				n++
			}
			if in != nil {
				visit(in)
			}
		}
	}
	for _, p := range ports {
		visit(p)
	}
	return n
}

// damage says whether any input was written to.
func (g *rig) damage() error {
	for _, src := range g.sources {
		if err := src.Damage(); err != nil {
			return err
		}
	}
	return nil
}

// whole fetches everything at once, each port with one call.
func (s *suite) whole(v setup) ([]*track, error) {
	g, err := s.build(v)
	if err != nil {
		return nil, err
	}
	return s.pull(g, steps(s.limit))
}
