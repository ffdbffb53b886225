package stagetest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"

	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

// exemplar is a stage with all that can go wrong: per channel a leaky filter with three frames of history whose gain is
// set every 12 frames from the energy of the last 12, a second, mono input, a spike port, and coefficients that depend on
// the absolute channel. Its flaw, if it has one, is one of the wrong ways that the suite must notice.
//
//	y[k] = a·y[k-1] + gain·x[k] + ½·x[k-3] + g[k],  a = 0.9 - 0.01·channel
//	gain = 1/(1 + Σ|x|) over the frames before the last multiple of 12; a spike where y passes 1 from below
type exemplar struct {
	flaw  string
	x, g  *stages.Padded
	lo    int
	state []float64 // y, gain, energy of each channel
	calls int
	kept  stages.Frames
	pool  [][]float64
	clock int64
	fatal error
	rng   uint64
}

const (
	interval = 12
	reach    = 3
)

// common is the state that instances with the flaw of that name share.
var common []float64

// newExemplar builds the exemplar on a multichannel and a mono input.
func newExemplar(flaw string, in []stages.Stage, r stages.Range) ([]stages.Node, error) {
	fx := in[0].Format()
	all, err := r.Of(fx.Channels)
	if err != nil {
		return nil, err
	}
	x := in[0]
	if r != (stages.Range{}) {
		if x, err = stages.NewView(x, stages.Range{Lo: fx.First + r.Lo, Hi: fx.First + r.Hi}); err != nil {
			return nil, err
		}
	}
	e := &exemplar{flaw: flaw, x: stages.Pad(x), g: stages.Pad(in[1]), lo: all.Lo, state: make([]float64, 3*all.Len())}
	for c := range all.Len() {
		e.state[3*c+1] = 1
	}
	if flaw == "shares its state" {
		if len(common) != len(e.state) {
			common = e.state
		}
		e.state = common
	}
	f := stages.Format{Rate: fx.Rate, Channels: all.Len(), First: all.Lo, Frames: stages.Longest(x, in[1])}
	if flaw == "shortest" {
		f.Frames = min(fx.Frames, in[1].Format().Frames)
	}
	history := reach
	if flaw == "short history" {
		history--
	}
	var filler stages.MultiFiller = e
	if flaw == "no snapshot" {
		filler = struct{ stages.MultiFiller }{e}
	}
	return stages.NewMulti("test.exemplar", []stages.PortSpec{{Format: f}, {Name: "spikes", Format: f, Spikes: true}}, filler,
		stages.Input{From: x, History: history}, stages.Input{From: in[1]})
}

func (e *exemplar) is(flaw string) bool { return e.flaw == flaw }

// Fill is the right way, with the flaws in place.
func (e *exemplar) Fill(ctx context.Context, at int64, n int, dst []stages.Output) (int, error) {
	e.calls++
	if e.fatal != nil {
		return 0, e.fatal
	}
	asked := n
	switch e.flaw {
	case "allocates", "allocates rarely":
		if e.is("allocates") || e.calls%10 == 0 {
			e.pool = [][]float64{make([]float64, n)}
		}
	case "advances before input":
		e.state[0] *= 0.5
	}
	if e.is("deaf to cancel") {
		ctx = context.WithoutCancel(ctx)
	}
	ahead := 0
	if e.is("reads ahead") {
		ahead = 1
	}
	xs, err := e.x.Fetch(ctx, at-reach, at+int64(n+ahead))
	good := max(0, xs.N-reach-ahead)
	gs, gerr := e.g.Fetch(ctx, at, at+int64(n))
	if gerr != nil && (gs.N < good || err == nil) {
		good, err = gs.N, gerr
	}
	end := max(at, e.x.Ended(), e.g.Ended())
	if e.is("shortest") {
		end = max(at, min(e.x.Ended(), e.g.Ended()))
	}
	if e.is("one frame too long") && end != stages.Unbounded {
		end++
	}
	if end-at < int64(good) {
		good, err = int(end-at), io.EOF
	}
	if good < n && err != nil {
		good, err = e.shorten(good, n, err)
		if good == n && xs.N < n+reach {
			xs = grow(xs, n+reach)
		}
		if good == n && gs.N < n {
			gs = grow(gs, n)
		}
	}
	e.compute(at, good, asked, xs, gs, dst)
	return good, err
}

// shorten is what becomes of a short input.
func (e *exemplar) shorten(good, n int, err error) (int, error) {
	cancelled := errors.Is(err, context.Canceled)
	switch {
	case e.is("swallows errors") && err != io.EOF && !cancelled:
		return n, nil
	case e.is("error as end") && err != io.EOF && !cancelled:
		return good, io.EOF
	case e.is("swallows cancel") && cancelled:
		return n, nil
	case e.is("cancel is final") && cancelled:
		e.fatal = errors.New("cancelled once")
		return good, err
	case e.is("never ends") && err == io.EOF:
		return n, nil
	case e.is("wraps EOF") && err == io.EOF:
		return good, fmt.Errorf("input: %w", err)
	case e.is("all or nothing") && err != io.EOF:
		return 0, err
	case e.is("short without reason"):
		return good, nil
	}
	return good, err
}

// grow appends zeros. An empty view may come without channels: 9 are enough for both inputs.
func grow(f stages.Frames, n int) stages.Frames {
	if f.N == 0 {
		return stages.MakeFrames(n, 9)
	}
	g := stages.MakeFrames(n, f.Channels)
	g.CopyFrom(f, f.N)
	return g
}

// compute does the frames at:at+n.
func (e *exemplar) compute(at int64, n, asked int, xs, gs stages.Frames, dst []stages.Output) {
	if !dst[0].Wanted() && e.is("needs its first port") {
		return
	}
	ch := len(e.state) / 3
	if e.is("keeps a view") && n > 0 {
		if e.kept.N > 0 && xs.N > 0 {
			copyInto(xs, e.kept) // the history, from the view of the last call
		}
	}
	for i := range n {
		k := at + int64(i)
		e.tick(k, i)
		for c := range ch {
			e.sample(k, i, c, asked, xs, gs, dst)
		}
		e.clock++
	}
	e.after(ch, n, xs, dst)
}

// copyInto puts the last rows of an earlier view before the new ones.
func copyInto(xs, kept stages.Frames) {
	for j := range min(reach, kept.N) {
		copy(xs.Row(reach-1-j), kept.Row(kept.N-1-j))
	}
}

// tick is the periodic work, tied to the absolute frame.
func (e *exemplar) tick(k int64, i int) {
	due := k%interval == 0 && k > 0
	switch e.flaw {
	case "update at block end":
		due = i == 0 && k > 0
	case "float32 clock":
		due = int64(float32(k))%interval == 0 && k > 0
	case "int32 clock":
		due = int32(k)%interval == 0 && k > 0
	case "counts frames itself":
		due = e.clock%interval == 0 && e.clock > 0
	}
	if !due {
		return
	}
	for c := 0; c < len(e.state); c += 3 {
		e.state[c+1] = 1 / (1 + e.state[c+2])
		e.state[c+2] = 0
	}
}

// sample is one frame of one channel.
func (e *exemplar) sample(k int64, i, c, asked int, xs, gs stages.Frames, dst []stages.Output) {
	x, past, g := xs.At(i+reach, c), xs.At(i, c), gs.At(i, 0)
	y, gain := e.state[3*c], e.state[3*c+1]
	a := 0.9 - 0.01*float64(e.lo+c)
	switch e.flaw {
	case "relative channel":
		a = 0.9 - 0.01*float64(c)
	case "ramp over the block":
		gain *= float64(i+1) / float64(asked)
	case "history ends at block":
		if i < reach {
			past = 0
		}
	case "hears no NaN":
		if math.IsNaN(x) || math.IsNaN(past) {
			x, past = 0, 0
		}
	case "reads ahead":
		x += xs.At(i+reach+1, c)
	case "generator with position":
		e.rng = e.rng*6364136223846793005 + 1442695040888963407
		x += float64(e.rng>>40) * 1e-9
		if i == asked-1 {
			e.rng++
		}
	}
	next := float64(a*y) + float64(gain*x) + float64(0.5*past) + g
	if e.is("loses a frame at borders") && i == 0 && k > 0 {
		next = y
	}
	if e.is("couples channels") && c > 0 {
		next += 0 * e.state[3*(c-1)]
	}
	e.state[3*c], e.state[3*c+2] = next, e.state[3*c+2]+math.Abs(x)
	if dst[0].Wanted() {
		if e.is("adds to its output") {
			next += dst[0].Frames.At(i, c)
		}
		dst[0].Frames.Row(i)[c] = next
	}
	if dst[1].Wanted() && y < 1 && next >= 1 {
		cell := int32(e.lo + c)
		if e.is("relative cell") {
			cell = int32(c)
		}
		*dst[1].Spikes = append(*dst[1].Spikes, stages.Spike{At: k, Cell: cell})
	}
}

// after are the flaws at the end of a block.
func (e *exemplar) after(ch, n int, xs stages.Frames, dst []stages.Output) {
	switch {
	case e.is("writes to its input") && n > 0:
		xs.Row(reach)[0] *= 0.5
	case e.is("writes into padding") && n > 0 && dst[0].Wanted() && dst[0].Frames.Stride > ch:
		dst[0].Frames.Data[ch] = 1
	case e.is("keeps a view"):
		e.kept = xs
	case e.is("flushes at block end"):
		for c := range ch {
			if math.Abs(e.state[3*c]) < 0x1p-1022 {
				e.state[3*c] = 0
			}
		}
	case e.is("spikes out of order") && dst[1].Wanted():
		if l := *dst[1].Spikes; len(l) > 1 {
			l[0], l[len(l)-1] = l[len(l)-1], l[0]
		}
	case e.is("spike of the future") && dst[1].Wanted():
		if l := *dst[1].Spikes; len(l) > 0 {
			l[len(l)-1].At += 1000
		}
	}
}

// AppendState saves y, gain and energy.
func (e *exemplar) AppendState(b []byte) []byte {
	return stages.AppendFloats(b, e.state)
}

// LoadState loads them.
func (e *exemplar) LoadState(b []byte) error {
	rest, err := stages.ReadFloats(b, e.state)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return errors.New("the state of the exemplar is too long")
	}
	if e.is("forgets a field in its snapshot") {
		for c := 2; c < len(e.state); c += 3 {
			e.state[c] = 0
		}
	}
	if e.is("forgets a field in its snapshot rarely needed") {
		for c := 1; c < len(e.state); c += 3 {
			e.state[c] = 1
		}
	}
	return nil
}

// recipe builds the exemplar on 9 channels, so that its rows are padded, and mono noise.
func recipe(flaw string) stagetest.Recipe {
	return stagetest.Recipe{
		Inputs: []stagetest.Signal{{Channels: 9, Seed: 1}, {Seed: 2, Scale: 0.25}},
		Build: func(in []stages.Stage, r stages.Range) ([]stages.Node, error) {
			return newExemplar(flaw, in, r)
		},
		Sliced: true,
		Period: interval,
		Frames: 500,
	}
}
