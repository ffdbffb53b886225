package stages

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"time"
)

// core is a node made by NewMulti: the Filler, its position, its final error, and one port per output. All ports
// advance together.
type core struct {
	kind       string
	fill       MultiFiller
	filler     any // what the author wrote: asked for Snapshotter and subgraph
	inputs     []Input
	inputNodes []Node
	ports      []*port
	length     int64

	hi       int64 // frames filled
	err      error // final error, at frame hi
	controls []*Controller
	pending  []exchange // changes that are yet to come, in order of their frames
	watch    *stopwatch // nil: nobody measures
	spent    time.Duration
	busy     bool
	passed   bool // somebody reads the input of this node in its place
	dst      []Output
	request  int // largest range asked for while not prepared
	prepared bool
	block    int

	ahead  launcher // the Filler, if the run lets it compute the next block while somebody uses this one
	flight int      // frames that are being computed ahead
	until  int64    // frames from here on are not computed ahead
}

// port is one output of a core.
type port struct {
	c       *core
	name    string
	format  Format
	spikes  bool
	win     window
	ev      events
	asked   int64 // end of the furthest range handed out
	history int   // longest history a consumer declared when it was built
	ahead   int
	retain  int // frames kept behind asked, once prepared
	reached bool
	// wasReached: it was read in the run before
	wasReached bool
	poison     bool
	live       int      // so many copies handed out in a poisoned graph may be in use
	stale      []Frames // those of a frame port
	into       Frames   // where the frames from intoAt on go instead of the window, if N > 0
	intoAt     int64
	gone       [][]Spike // those of a spike port
}

// maxChunk bounds how many frames are computed at once on the way to a range that begins later.
const maxChunk = 1024

func newCore(kind string, fill MultiFiller, filler any, specs []PortSpec, inputs []Input) (*core, error) {
	c := &core{kind: kind, fill: fill, filler: filler}
	if len(specs) == 0 {
		return nil, fmt.Errorf("%s: no outputs", kind)
	}
	for _, in := range inputs {
		if err := c.addInput(in); err != nil {
			return nil, err
		}
	}
	for _, s := range specs {
		if _, err := c.addPort(s); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (c *core) addInput(in Input) error {
	if in.From == nil {
		return fmt.Errorf("%s: an input is missing", c.kind)
	}
	if in.History < 0 || in.Ahead < 0 {
		return fmt.Errorf("%s: history %d and look-ahead %d of an input must not be negative", c.kind, in.History, in.Ahead)
	}
	c.inputs = append(c.inputs, in)
	c.inputNodes = append(c.inputNodes, in.From)
	if r, ok := in.From.(reader); ok {
		r.reads(in.History, in.Ahead)
	}
	return nil
}

// addPort adds an output; what it yields begins where the core stands.
func (c *core) addPort(s PortSpec) (*port, error) {
	f := s.Format
	switch {
	case !(f.Rate > 0) || math.IsInf(f.Rate, 0):
		return nil, fmt.Errorf("%s: sample rate %g Hz: want a positive, finite rate", c.kind, f.Rate)
	case f.Channels < 1:
		return nil, fmt.Errorf("%s: %d channels: want at least 1", c.kind, f.Channels)
	case f.Frames < 0:
		return nil, fmt.Errorf("%s: %d frames: want 0 or more", c.kind, f.Frames)
	case len(c.ports) == 0:
		c.length = f.Frames
	case f.Rate != c.ports[0].format.Rate || f.Frames != c.length:
		return nil, fmt.Errorf("%s: outputs of %g Hz and %g Hz, %d and %d frames: all outputs of a node have one rate and length",
			c.kind, c.ports[0].format.Rate, f.Rate, c.length, f.Frames)
	}
	p := &port{c: c, name: s.Name, format: f, spikes: s.Spikes, reached: true}
	p.win = newWindow(f.Channels)
	p.win.double, p.ev.double = true, true
	p.begin()
	c.ports = append(c.ports, p)
	c.dst = append(c.dst, Output{})
	return p, nil
}

// begin empties the window: it holds frames from where the core stands on.
func (p *port) begin() {
	hi := p.c.hi
	p.win.empty(hi)
	p.ev.buf, p.ev.cur, p.ev.lo = [2][]Spike{}, 0, hi
	p.asked = hi
}

// reader is told by each consumer how far around its own position it reads.
type reader interface{ reads(history, ahead int) }

func (s *Stream) reads(history, ahead int)      { s.p.reads(history, ahead) }
func (s *SpikeStream) reads(history, ahead int) { s.p.reads(history, ahead) }

func (p *port) reads(history, ahead int) {
	p.history = max(p.history, history)
	p.ahead = max(p.ahead, ahead)
}

func (p *port) label() string {
	if p.name == "" {
		return p.c.kind
	}
	return p.c.kind + "." + p.name
}

var errBusy = errors.New("asked for frames while computing them: a cycle of streams")

// ready checks a range and computes up to its end. It returns how many frames of the range are there, and why not all.
func (p *port) ready(ctx context.Context, start, end int64) (int64, error) {
	c := p.c
	if start < 0 || end < start {
		return 0, fmt.Errorf("%s: frames %d:%d: want 0 <= start <= end", p.label(), start, end)
	}
	if !p.reached {
		return 0, fmt.Errorf("%s: this output was not asked for when the graph was prepared", p.label())
	}
	if start == end {
		return 0, nil
	}
	if lo := p.lo(); start < lo {
		return 0, fmt.Errorf("%s: frames %d:%d are older than its window %d:%d: a consumer reads further back than it declared",
			p.label(), start, end, lo, c.hi)
	}
	var err error
	if end > c.hi && c.err == nil {
		if !c.prepared && end-start > int64(c.request) {
			c.request = int(min(end-start, math.MaxInt32))
		}
		err = c.advance(ctx, p, start, end)
	}
	n := min(end, c.hi) - start
	if n < 0 {
		n = 0
	}
	p.asked = max(p.asked, start+n)
	if c.ahead != nil && c.flight == 0 && end >= c.hi {
		c.launch(ctx, p, start, int(min(end-start, int64(c.block))))
	}
	if n == end-start {
		return n, nil
	}
	if err == nil {
		err = c.err
	}
	return n, err
}

func (p *port) lo() int64 {
	if p.spikes {
		return p.ev.lo
	}
	return p.win.lo
}

func (p *port) fetch(ctx context.Context, start, end int64) (Frames, error) {
	n, err := p.ready(ctx, start, end)
	f := Frames{Channels: p.format.Channels, Stride: p.win.stride}
	if n > 0 {
		f = p.win.view(start, int(n))
	}
	if p.poison {
		f = p.poisoned(f)
	}
	return f, err
}

func (p *port) fetchSpikes(ctx context.Context, start, end int64) (Spikes, error) {
	n, err := p.ready(ctx, start, end)
	if n == 0 {
		return Spikes{Start: start, End: start}, err
	}
	s := p.ev.view(start, start+n)
	if p.poison {
		s.List = p.poisonedSpikes(s.List)
	}
	return s, err
}

// poisoned hands out a copy and spoils the copies that are certainly stale.
func (p *port) poisoned(f Frames) Frames {
	g := MakeFrames(f.N, f.Channels)
	g.CopyFrom(f, f.N)
	p.stale = append(p.stale, g)
	if len(p.stale) > p.live {
		p.stale[0].poison()
		p.stale = p.stale[1:]
	}
	return g
}

// poisonedSpikes does the same for a spike port: stale spikes lie before all time.
func (p *port) poisonedSpikes(list []Spike) []Spike {
	list = append([]Spike(nil), list...)
	p.gone = append(p.gone, list)
	if len(p.gone) > p.live {
		for i := range p.gone[0] {
			p.gone[0][i] = Spike{At: math.MinInt64, Cell: -1}
		}
		p.gone = p.gone[1:]
	}
	return list
}

// keep is the first frame that must survive an advance to make place for a range that begins at start.
func (p *port) keep(start int64) int64 {
	c := p.c
	var k int64
	if c.prepared {
		k = max(min(p.asked, c.hi)-int64(p.retain), c.hi-int64(p.retain+2*c.block))
	} else {
		k = max(min(p.asked, c.hi)-int64(p.history+c.request), c.hi-int64(p.history+p.ahead+2*c.request))
	}
	return max(0, min(k, start))
}

// advance fills frames until hi is at least to. The range that begins at start on port asker is kept whole. Its error
// is not final if it is that of the context; c.err is.
func (c *core) advance(ctx context.Context, asker *port, start, to int64) error {
	if c.busy {
		return fmt.Errorf("%s: %w", c.kind, errBusy)
	}
	if err := c.land(ctx); err != nil {
		return err
	}
	for c.hi < to && c.err == nil {
		if err := ctx.Err(); err != nil {
			return err
		}
		if c.hi >= c.length {
			c.err = io.EOF
			break
		}
		stop := min(to, c.length)
		if c.hi < start { // frames nobody asked for: on the way, in pieces
			stop = min(stop, start, c.hi+maxChunk)
		}
		for _, ctl := range c.controls {
			if ctl.next <= c.hi {
				if err := ctl.settle(ctx, c.hi); err != nil {
					if isCancel(ctx, err) {
						return err
					}
					c.err = err
					return nil
				}
			}
			stop = min(stop, ctl.next)
		}
		if len(c.pending) > 0 {
			next, err := c.exchange()
			if err != nil {
				c.err = err
				return nil
			}
			stop = min(stop, next)
		}
		if err := c.step(ctx, asker, start, int(stop-c.hi)); err != nil {
			return err
		}
	}
	return nil
}

// step lets the Filler make the next n frames.
func (c *core) step(ctx context.Context, asker *port, start int64, n int) error {
	c.reserve(asker, start, n)
	c.busy = true
	lap := c.watch.start()
	got, err := c.fill.Fill(ctx, c.hi, n, c.dst)
	c.spent += c.watch.stop(lap)
	c.busy = false
	return c.settle(ctx, n, got, err)
}

// reserve makes room for the next n frames.
func (c *core) reserve(asker *port, start int64, n int) {
	for i, p := range c.ports {
		c.dst[i] = Output{}
		if !p.reached {
			continue
		}
		keep := p.keep(c.hi)
		if p == asker {
			keep = p.keep(min(start, c.hi))
		}
		switch {
		case p.spikes:
			p.ev.drop(keep)
			c.dst[i].Spikes = &p.ev.buf[p.ev.cur]
		case p.into.N > 0:
			done := int(c.hi - p.intoAt)
			c.dst[i].Frames = p.into.Cut(done, done+n)
		default:
			c.dst[i].Frames = p.win.reserve(keep, c.hi, n)
		}
		if p.poison { // what Fill does not write is found
			c.dst[i].Frames.poison()
		}
	}
}

// settle takes what Fill returned when asked for n frames.
func (c *core) settle(ctx context.Context, n, got int, err error) error {
	if got < 0 || got > n {
		panic("stages: Fill returned a number of frames outside 0:n")
	}
	if err == nil && got < n {
		err = fmt.Errorf("%s: filled %d of %d frames at %d without a reason", c.kind, got, n, c.hi)
	}
	c.hi += int64(got)
	if err == nil {
		return nil
	}
	if isCancel(ctx, err) || errors.Is(err, ErrStopped) {
		return err
	}
	if err != io.EOF && errors.Is(err, io.EOF) {
		err = fmt.Errorf("%s: wrapped io.EOF: %v", c.kind, err) // an end is bare; a wrapped one is a failure of something else
	}
	c.err = err
	return nil
}

// isCancel tells the error of a cancelled context, which is not final, from a final one.
func isCancel(ctx context.Context, err error) bool {
	return ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded))
}

// ported is what streams made by New have; models that embed one have it too.
type ported interface{ port() *port }

// coreOf is the core behind a node, or nil for a node that keeps no window of its own (an in-memory sound).
func coreOf(n Node) *core {
	if p, ok := n.(ported); ok {
		return p.port().c
	}
	return nil
}

// KindOf names a node for messages: the kind given to New, or its Go type.
func KindOf(n Node) string {
	if p, ok := n.(ported); ok {
		return p.port().label()
	}
	if k, ok := n.(interface{ Kind() string }); ok {
		return k.Kind()
	}
	return fmt.Sprintf("%T", n)
}
