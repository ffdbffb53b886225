package stages

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Updater changes parameters of the targets of a control. Update at frame at gets exactly frames at-interval:at of each
// input; what it sets holds from frame at on. The frames are views: it does not keep them. An error ends the targets
// at frame at. An Updater with memory of its own implements [Snapshotter].
type Updater interface {
	Update(at int64, inputs []Frames) error
}

// UpdaterFunc is an Updater without memory.
type UpdaterFunc func(at int64, inputs []Frames) error

// Update calls f.
func (f UpdaterFunc) Update(at int64, inputs []Frames) error { return f(at, inputs) }

// Controller is a control path: it reads inputs and changes targets, every interval frames counted from frame 0. It is
// not a stage; nobody fetches from it. See [Control].
type Controller struct {
	inputs   []*Padded
	nodes    []Node
	targets  []*core
	bound    []*core // the targets and what lies between them and the inputs
	updater  Updater
	interval int64
	next     int64 // the next update
	busy     bool
	err      error // a failed update ends every target
	views    []Frames
}

// Control attaches a control path to its targets. For every k > 0 the update at frame at = k·interval gets exactly
// frames at-interval:at of its inputs (zeros after the end of an input) and holds from frame at on, whatever the block
// size and whoever asks first: a target that is asked for frame at or later first computes up to at, then has the
// update made, then goes on. The same horizon binds every stage on a way from a target to an input, so that a loop may
// close through stages downstream of the target. Updates due at the same frame run in the order of their creation.
//
// All inputs and targets have one rate. A control whose input looks ahead of its own target is refused with the way.
// interval is counted in frames, at least 1. Control is called before any target is fetched.
func Control(inputs []Stage, targets []Node, updater Updater, interval int64) (*Controller, error) {
	const kind = "stages.control"
	if interval < 1 {
		return nil, fmt.Errorf("%s: interval of %d frames: want at least 1", kind, interval)
	}
	if len(inputs) == 0 || len(targets) == 0 || updater == nil {
		return nil, fmt.Errorf("%s: want at least one input, one target and an updater", kind)
	}
	k := &Controller{updater: updater, interval: interval, next: interval, views: make([]Frames, len(inputs))}
	all := make([]Node, 0, len(inputs)+len(targets))
	for _, in := range inputs {
		k.inputs = append(k.inputs, Pad(in))
		k.nodes = append(k.nodes, in)
		all = append(all, in)
	}
	all = append(all, targets...)
	if slices.Contains(all, nil) {
		return nil, fmt.Errorf("%s: an input or a target is missing", kind)
	}
	if _, err := SameRate(kind, all...); err != nil {
		return nil, err
	}
	isTarget := map[*core]bool{}
	for _, t := range targets {
		c := coreOf(t)
		if c == nil {
			return nil, fmt.Errorf("%s: %s cannot be a target: it keeps no state", kind, KindOf(t))
		}
		if c.hi > 0 {
			return nil, fmt.Errorf("%s: target %s has already computed %d frames", kind, KindOf(t), c.hi)
		}
		if !isTarget[c] {
			isTarget[c] = true
			k.targets = append(k.targets, c)
		}
	}
	bound, err := k.horizon(inputs, isTarget)
	if err != nil {
		return nil, err
	}
	k.bound = bound
	for _, c := range bound {
		c.controls = append(c.controls, k)
	}
	for _, in := range inputs {
		if r, ok := in.(reader); ok {
			r.reads(int(interval), 0)
		}
	}
	return k, nil
}

// horizon finds the nodes that must not compute past an update before it is made: the targets, and every node on a way
// from a target to an input.
func (k *Controller) horizon(inputs []Stage, isTarget map[*core]bool) ([]*core, error) {
	bound := append([]*core(nil), k.targets...)
	onPath := map[*core]bool{}
	seen := map[*core]bool{}
	rate := inputs[0].Format().Rate
	var walk func(n Node, ahead int, path []string) (bool, error)
	walk = func(n Node, ahead int, path []string) (bool, error) {
		c := coreOf(n)
		path = append([]string{KindOf(n)}, path...)
		if c != nil && isTarget[c] && ahead > 0 {
			return false, &AheadError{Path: path, Ahead: ahead}
		}
		if c != nil && seen[c] && ahead == 0 {
			return onPath[c] || isTarget[c], nil
		}
		through := false
		for _, in := range declaredInputs(n) {
			ok, err := walk(in.From, ahead+in.Ahead, path)
			if err != nil {
				return false, err
			}
			through = through || ok
		}
		if c == nil {
			if through {
				return false, fmt.Errorf("stages.control: %s lies between a target and an input and was not made by stages.New", KindOf(n))
			}
			return false, nil
		}
		seen[c] = true
		if through && !isTarget[c] && !onPath[c] {
			if n.Format().Rate != rate {
				return false, fmt.Errorf("stages.control: %s (%g Hz) lies between a target and an input of %g Hz: one rate is needed on that way",
					KindOf(n), n.Format().Rate, rate)
			}
			onPath[c] = true
			bound = append(bound, c)
		}
		return through || isTarget[c], nil
	}
	for _, in := range inputs {
		if _, err := walk(in, 0, nil); err != nil {
			return nil, err
		}
	}
	return bound, nil
}

// declaredInputs are the inputs of a node with history and look-ahead; a node that is not made by New has none to declare.
func declaredInputs(n Node) []Input {
	if c := coreOf(n); c != nil {
		return c.inputs
	}
	return From(n.Inputs()...)
}

// Interval is the number of frames between updates.
func (k *Controller) Interval() int64 { return k.interval }

// settle makes the update that is due at frame at, once all targets have computed up to it.
func (k *Controller) settle(ctx context.Context, at int64) error {
	if k.busy {
		return errors.New("stages.control: an update needs its own result")
	}
	if k.err != nil {
		return k.err
	}
	k.busy = true
	defer func() { k.busy = false }()
	for _, t := range k.targets {
		if t.hi < at {
			if err := t.advance(ctx, nil, at, at); err != nil {
				return err
			}
		}
	}
	for i, in := range k.inputs {
		f, err := in.Fetch(ctx, at-k.interval, at)
		if err != nil {
			return err
		}
		k.views[i] = f
	}
	if err := k.updater.Update(at, k.views); err != nil {
		if err == io.EOF {
			err = errors.New("the updater returned io.EOF")
		}
		k.err = fmt.Errorf("stages.control: update at frame %d: %w", at, err)
		return k.err
	}
	k.next = at + k.interval
	return nil
}
