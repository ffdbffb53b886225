package stages

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
)

// Next, as the frame of a [Change], stands for the earliest possible one: the beginning of the next block.
const Next int64 = -1

// maxChangeAt bounds the frame of a change, so that it can be converted between rates in integers: three years at 44.1 kHz.
const maxChangeAt = 1 << 42

// Change replaces parts of a running graph from one moment on: from that frame on the graph is what it would be if it had
// been built with the new parts, but for the states, which are kept.
type Change struct {
	// At is the first frame for which the change holds, counted at Rate, or [Next]. A target of another rate changes at
	// the first of its frames that is not earlier.
	At int64
	// Rate is the rate in which At is counted [Hz].
	Rate float64
	// Replace lists the parts, which change together.
	Replace []Replacement
}

// Replacement is one node of a [Change].
type Replacement struct {
	// Target is any port of a node made by [New] or [NewMulti], those inside of a [Slice] included.
	Target Node
	// Make returns any port of a node of the same kind, outputs and inputs, built anew with other parameters. It is called
	// when the target has computed everything before the change, perhaps on a goroutine that computes a slice. The new
	// node is not used itself: its Filler goes on in the place of the old one, with the old one's state (see [Heir]).
	// An error ends the target at that frame.
	Make func() (Node, error)
}

// Heir is implemented by a Filler whose state holds more than what is kept when its parameters change, such as
// coefficients: Inherit takes from the Filler that it replaces what was computed from the stream, and keeps its own
// parameters. A Filler that is no Heir but a [Snapshotter] loads the whole state.
type Heir interface {
	Inherit(from any) error
}

// LateError refuses a change at a frame that has been computed.
type LateError struct {
	At, Earliest int64   // frames
	Rate         float64 // in which they are counted [Hz]
}

// Error names the frame that was asked for and the earliest possible one.
func (e *LateError) Error() string {
	return fmt.Sprintf("sample %d (%.6g s) is computed already; the earliest possible is %d (%.6g s)",
		e.At, float64(e.At)/e.Rate, e.Earliest, float64(e.Earliest)/e.Rate)
}

// ErrEnded refuses a change because the run has ended.
var ErrEnded = errors.New("the run has ended")

// Changes is where changes of a run are handed in, from any goroutine. One serves one run, as [RunOptions.Changes].
// The zero value is ready to use.
type Changes struct {
	waiting atomic.Bool // there is something in the queue
	mu      sync.Mutex
	queue   []*request
	ended   bool
	last    Change // the latest that was accepted; later ones come after it
}

type request struct {
	change Change
	answer chan answer // nil: scheduled before the run, which fails if it is refused
}

type answer struct {
	at  int64
	err error
}

// Schedule adds a change before the run begins. Changes come in the order of their frames; a change that is refused ends
// the run with its error before the first block.
func (c *Changes) Schedule(x Change) {
	c.add(&request{change: x})
}

// Submit hands a change to the run, which takes it between two blocks, and returns the frame from which on it holds, at
// the change's rate. A frame that is computed already is a [*LateError]; so is one before a change that was accepted
// earlier. After the end of the run it is [ErrEnded]. A context that is done before the run has taken the change withdraws it.
func (c *Changes) Submit(ctx context.Context, x Change) (int64, error) {
	r := &request{change: x, answer: make(chan answer, 1)}
	if !c.add(r) {
		return 0, ErrEnded
	}
	select {
	case a := <-r.answer:
		return a.at, a.err
	case <-ctx.Done():
	}
	c.mu.Lock()
	i := slices.Index(c.queue, r)
	if i >= 0 {
		c.queue = slices.Delete(c.queue, i, i+1)
	}
	c.mu.Unlock()
	if i >= 0 {
		return 0, ctx.Err()
	}
	a := <-r.answer // it has been taken in the meantime
	return a.at, a.err
}

func (c *Changes) add(r *request) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return false
	}
	c.queue = append(c.queue, r)
	c.waiting.Store(true)
	return true
}

// settle takes what has been handed in, when all frames before n of the run's fastest rate are computed.
func (c *Changes) settle(g *Graph, n int64) error {
	if c == nil || !c.waiting.Load() {
		return nil
	}
	g.land()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting.Store(false)
	queue := c.queue
	c.queue = nil
	for _, r := range queue {
		at, err := c.accept(g, n, r.change)
		switch {
		case r.answer != nil:
			r.answer <- answer{at, err}
		case err != nil:
			return fmt.Errorf("stages: a change: %w", err)
		}
	}
	return nil
}

// end refuses whatever is handed in from now on.
func (c *Changes) end() {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	for _, r := range c.queue {
		if r.answer != nil {
			r.answer <- answer{err: ErrEnded}
		}
	}
	c.queue = nil
}

// accept finds the frame of a change and installs it in its targets, in all or in none.
func (c *Changes) accept(g *Graph, n int64, x Change) (int64, error) {
	if !(x.Rate > 0) || x.At < Next || x.At > maxChangeAt {
		return 0, fmt.Errorf("a change at sample %d of %g Hz: want a rate above 0 and a sample up to %d", x.At, x.Rate, int64(maxChangeAt))
	}
	earliest, err := firstNotBefore(n, g.rate, x.Rate)
	if err != nil {
		return 0, err
	}
	if c.last.Rate > 0 {
		last, err := firstNotBefore(c.last.At, c.last.Rate, x.Rate)
		if err != nil {
			return 0, err
		}
		earliest = max(earliest, last)
	}
	for _, r := range x.Replace {
		t := coreOf(r.Target)
		if t == nil || r.Make == nil || t.passed {
			return 0, fmt.Errorf("%s cannot be changed while it runs", KindOf(r.Target))
		}
		p, q, err := ratio(t.ports[0].format.Rate, x.Rate)
		if err != nil {
			return 0, err
		}
		if t.hi > 0 { // the first frame whose first frame at the target's rate is not below hi
			earliest = max(earliest, mulDiv(t.hi-1, q, p)+1)
		}
	}
	if x.At == Next {
		x.At = earliest
	}
	if x.At < earliest {
		return 0, &LateError{At: x.At, Earliest: earliest, Rate: x.Rate}
	}
	for _, r := range x.Replace {
		t := coreOf(r.Target)
		at, err := firstNotBefore(x.At, x.Rate, t.ports[0].format.Rate)
		if err != nil {
			return 0, err
		}
		t.pending = append(t.pending, exchange{at, r.Make})
	}
	x.Replace = nil
	c.last = x
	return x.At, nil
}

// firstNotBefore is the first frame at rate to that is not before frame at of rate from.
func firstNotBefore(at int64, from, to float64) (int64, error) {
	p, q, err := ratio(to, from)
	if err != nil {
		return 0, err
	}
	return mulDiv(at, p, q) + min(1, (at%q*p)%q), nil
}

// mulDiv is floor(a·p/q) without overflow for p and q up to 10^6.
func mulDiv(a, p, q int64) int64 { return a/q*p + a%q*p/q }

// exchange is a replacement that is due at a frame of its target.
type exchange struct {
	at   int64
	make func() (Node, error)
}

// exchange makes the replacements that are due and returns the frame before which the next one binds.
func (c *core) exchange() (int64, error) {
	for len(c.pending) > 0 {
		x := c.pending[0]
		if x.at > c.hi {
			return x.at, nil
		}
		c.pending = c.pending[1:]
		n, err := x.make()
		if err == nil {
			err = c.succeed(coreOf(n))
		}
		if err != nil {
			return 0, fmt.Errorf("%s: change at frame %d: %w", c.kind, x.at, err)
		}
	}
	c.pending = nil
	return Unbounded, nil
}

// succeed lets the Filler of next go on in the place of the present one.
func (c *core) succeed(next *core) error {
	if next == nil || next.kind != c.kind || len(next.ports) != len(c.ports) || len(next.inputs) != len(c.inputs) {
		return errors.New("the new node is of another kind")
	}
	for i, p := range c.ports {
		q := next.ports[i]
		if p.name != q.name || p.format != q.format || p.spikes != q.spikes {
			return fmt.Errorf("the new node has %v where the old one has %v", q.format, p.format)
		}
	}
	for i, in := range c.inputs {
		if q := next.inputs[i]; q.From != in.From || q.History > in.History || q.Ahead > in.Ahead {
			return fmt.Errorf("the new node reads its input %d otherwise than the old one", i)
		}
	}
	var err error
	if h, ok := next.filler.(Heir); ok {
		err = h.Inherit(c.filler)
	} else if s, ok := c.filler.(Snapshotter); ok {
		err = setState(next.filler, s.AppendState(nil))
	}
	if err != nil {
		return err
	}
	c.fill, c.filler = next.fill, next.filler
	return nil
}
