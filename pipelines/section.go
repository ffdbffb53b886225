package pipelines

import (
	"context"
	"io"
	"math"

	"hearpipe/stages"
	"hearpipe/units"
)

// section is the part of a stream that a sink writes: the frames lo <= k < hi that are multiples of every.
type section struct {
	lo, hi int64 // hi is Unbounded if the stream is written to its end
	every  int64
}

// all reports whether every frame is written.
func (s section) all() bool { return s.lo == 0 && s.every == 1 }

// before is how many frames of the section lie before frame k.
func (s section) before(k int64) int64 {
	up := func(x int64) int64 { return x/s.every + min(1, x%s.every) }
	return max(0, up(min(k, s.hi))-up(s.lo))
}

// section reads the fields every, start and end of a sink, the latter times or numbers of frames.
func (p *planner) section(n *node) bool {
	s := n.in[0].shape()
	lo, ok := p.frameNumber(n, "start", s.rate, 0)
	if !ok {
		return false
	}
	hi, ok := p.frameNumber(n, "end", s.rate, stages.Unbounded)
	if !ok {
		return false
	}
	switch {
	case n.has("start") && n.typ.fromZero:
		n.fail(p, "start", "the time axis of %s begins with frame 0; leave start out, or write frames and draw them", n.typ.Name)
		return false
	case lo >= hi:
		n.fail(p, "end", "frame %d is not after the start, frame %d", hi, lo)
		return false
	case n.has("start") && lo >= s.frames:
		n.fail(p, "start", "frame %d lies behind the end: %s has %d frames (%s)", lo, n.in[0].from.name, s.frames, quantityText(s.seconds(), "s"))
		return false
	}
	n.part = section{lo, hi, 1}
	if n.has("every") {
		n.part.every = int64(n.num("every"))
		if last := min(hi, s.frames); n.part.before(last) == 0 && s.frames > 0 {
			n.fail(p, "every", "none of the frames %d:%d is a multiple of %d", lo, last, n.part.every)
			return false
		}
	}
	return true
}

// frameNumber reads a field that is a time or a number of frames at a rate.
func (p *planner) frameNumber(n *node, field string, rate float64, missing int64) (int64, bool) {
	v := n.values[field]
	if v == nil {
		return missing, true
	}
	x := v.num
	switch {
	case v.dim == units.DimTime:
		x = math.RoundToEven(x * rate)
	case !v.dim.IsDimensionless():
		n.fail(p, field, "want a time such as 10 ms or a number of frames such as 441, this is a quantity in %s", dimName(v.dim))
		return 0, false
	case x != math.Trunc(x):
		n.fail(p, field, "%g frames: want a whole number, or a time such as 10 ms", x)
		return 0, false
	}
	if !(x >= 0 && x <= 1<<53) {
		n.fail(p, field, "%g frames: want 0 to 2^53", x)
		return 0, false
	}
	return int64(x), true
}

// reach is the stream time after which the sink wants no more [s], +Inf if that is not known.
func (n *node) reach() float64 {
	s := n.in[0].shape()
	s.frames = min(s.frames, n.part.hi)
	return s.seconds()
}

// cut ends what a sink reads, and drops spikes before its start. Frames before the start are dropped by [partSink], since the
// stream has to pass in any case.
func (n *node) cut(in stages.Node) (stages.Node, error) {
	if n.part.hi == stages.Unbounded && (n.part.lo == 0 || !n.in[0].shape().spikes) {
		return in, nil
	}
	f := in.Format()
	// A stream of unknown length may end before the section does: then its own end counts.
	if f.Frames != stages.Unbounded || !n.in[0].from.endsByItself() {
		f.Frames = min(f.Frames, n.part.hi)
	}
	if s, ok := in.(stages.SpikeStage); ok {
		nodes, err := stages.NewMulti("sink.section", []stages.PortSpec{{Format: f, Spikes: true}}, &spikeSection{s, n.part}, stages.From(in)...)
		if err != nil {
			return nil, err
		}
		return nodes[0], nil
	}
	return stages.New("sink.section", f, &frameSection{in.(stages.Stage), n.part.hi}, stages.From(in)...)
}

// frameSection ends a stream of frames.
type frameSection struct {
	src stages.Stage
	end int64
}

// Fill copies the frames before the end.
func (c *frameSection) Fill(ctx context.Context, at int64, dst stages.Frames) (int, error) {
	want := min(at+int64(dst.N), c.end)
	f, err := c.src.Fetch(ctx, at, want)
	dst.CopyFrom(f, f.N)
	if err == nil && f.N < dst.N {
		err = io.EOF
	}
	return f.N, err
}

// spikeSection ends a stream of spikes and drops those before its start. Times stay what they are.
type spikeSection struct {
	src  stages.SpikeStage
	part section
}

// Fill copies the spikes of the section.
func (c *spikeSection) Fill(ctx context.Context, at int64, n int, dst []stages.Output) (int, error) {
	s, err := c.src.FetchSpikes(ctx, at, min(at+int64(n), c.part.hi))
	for _, x := range s.List {
		if x.At >= c.part.lo {
			*dst[0].Spikes = append(*dst[0].Spikes, x)
		}
	}
	done := int(s.End - at)
	if err == nil && done < n {
		err = io.EOF
	}
	return done, err
}

// partSink hands the frames of a section on to a sink, which counts them from 0. It drains its input at full rate, so that it
// keeps pace with the other sinks and no window has to wait for it.
type partSink struct {
	stages.Sink
	in     stages.Node
	frames stages.FrameSink // the same sink
	part   section
}

// Input is the whole stream up to the end of the section.
func (s *partSink) Input() stages.Node { return s.in }

// Open announces the frames of the section, at the rate at which they follow each other.
func (s *partSink) Open(ctx context.Context, f stages.Format) error {
	if f.Frames != stages.Unbounded {
		f.Frames = s.part.before(f.Frames)
	}
	f.Rate /= float64(s.part.every)
	return s.Sink.Open(ctx, f)
}

// WriteFrames hands on what belongs to the section.
func (s *partSink) WriteFrames(ctx context.Context, at int64, f stages.Frames) error {
	first := s.part.before(at)
	n := int(s.part.before(at+int64(f.N)) - first)
	if n == 0 {
		return nil
	}
	k := s.part.every
	lo := max(at, s.part.lo)
	skip := lo + (k-lo%k)%k - at // the first multiple that is not before both
	g := f.Cut(int(skip), f.N)
	g.N = n
	g.Stride *= int(k)
	return s.frames.WriteFrames(ctx, first, g)
}

// Finish counts the frames that were written.
func (s *partSink) Finish(e stages.Ending) error {
	e.Frames = s.part.before(e.Frames)
	return s.Sink.Finish(e)
}

// Files are those of the sink.
func (s *partSink) Files() []string {
	if f, ok := s.Sink.(interface{ Files() []string }); ok {
		return f.Files()
	}
	return nil
}

// Notes are those of the sink.
func (s *partSink) Notes() []string {
	if f, ok := s.Sink.(interface{ Notes() []string }); ok {
		return f.Notes()
	}
	return nil
}
