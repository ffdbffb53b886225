package stages

import (
	"context"
	"fmt"
	"math"
)

// Unbounded is the number of frames of a stream that is endless or whose length is not known. Such a stream may still
// end with io.EOF.
const Unbounded int64 = math.MaxInt64

// Format describes a stream; it never changes.
type Format struct {
	Rate     float64 // frames per second [Hz], > 0
	Channels int     // channels of a frame stream, cells of a spike stream, >= 1
	First    int     // absolute index of channel 0: a stream that computes channels 100:200 of 3,000 has First 100
	Frames   int64   // length, or Unbounded
}

// Duration is the length in seconds, +Inf if unbounded.
func (f Format) Duration() float64 {
	if f.Frames == Unbounded {
		return math.Inf(1)
	}
	return float64(f.Frames) / f.Rate
}

// Range is the channels Lo:Hi of a node that is described whole (absolute indices, half open). The zero value means all.
type Range struct{ Lo, Hi int }

// Of resolves the range for a node of n channels: the zero value becomes 0:n. A range outside 0:n or an empty one is an
// error.
func (r Range) Of(n int) (Range, error) {
	if r == (Range{}) {
		return Range{0, n}, nil
	}
	if r.Lo < 0 || r.Hi > n || r.Lo >= r.Hi {
		return Range{}, fmt.Errorf("channels %d:%d: want lo < hi within 0:%d", r.Lo, r.Hi, n)
	}
	return r, nil
}

// Len is the number of channels.
func (r Range) Len() int { return r.Hi - r.Lo }

// Frames is a run of consecutive frames, row by row: sample i of channel c is Data[i*Stride+c], Stride >= Channels.
// The number of frames is N. Data may be longer than needed; the last row may be cut after Channels values.
type Frames struct {
	Data             []float64
	N                int
	Channels, Stride int
}

// MakeFrames allocates n frames of the given number of channels, without padding.
func MakeFrames(n, channels int) Frames {
	return Frames{Data: make([]float64, n*channels), N: n, Channels: channels, Stride: channels}
}

// Row returns frame i, a view of Channels values.
func (f Frames) Row(i int) []float64 {
	at := i * f.Stride
	return f.Data[at : at+f.Channels : at+f.Channels]
}

// At returns sample i of channel c.
func (f Frames) At(i, c int) float64 { return f.Data[i*f.Stride+c] }

// Range returns a view of channels lo:hi (indices of this view, not absolute ones).
func (f Frames) Range(lo, hi int) Frames {
	g := f
	g.Channels = hi - lo
	if f.N > 0 {
		g.Data = f.Data[lo:]
	}
	return g
}

// Cut returns a view of frames lo:hi.
func (f Frames) Cut(lo, hi int) Frames {
	g := f
	g.N = hi - lo
	if g.N > 0 {
		g.Data = f.Data[lo*f.Stride:]
	} else {
		g.Data = nil
	}
	return g
}

// CopyFrom copies the first n frames of src, which has the same number of channels.
func (f Frames) CopyFrom(src Frames, n int) {
	for i := range n {
		copy(f.Row(i), src.Row(i))
	}
}

// Spike is one event of a spike stream: cell Cell (absolute index) fired in frame At.
type Spike struct {
	At   int64
	Cell int32
}

// Spikes is what a spike stream holds in frames Start:End, ordered by time, then cell. An empty list means that nobody
// fired.
type Spikes struct {
	List       []Spike
	Start, End int64
}

// Node is what frame streams and spike streams share; walks, checks and drawings use it.
type Node interface {
	// Format describes the stream.
	Format() Format
	// Inputs lists the streams this one is computed from, in the order of its constructor. Controllers are not inputs.
	Inputs() []Node
}

// Stage is a stream of frames fetched by absolute range.
//
// Fetch returns frames start:end as a view of the stage's own memory. The consumer neither writes to it nor keeps it:
// it is valid until the same consumer fetches from this stage again. The legal returns are:
//
//   - end-start frames and a nil error;
//   - end-start frames are never accompanied by an error: an end that lies exactly at end is reported by the next fetch;
//   - fewer frames (perhaps none) and a non-nil error that says why. The frames returned are good. The error is io.EOF,
//     unwrapped, at the end of the stream; any other error is final too, except that of a cancelled context: after that
//     a later fetch goes on.
//
// An empty range (start == end) returns no frames and a nil error. A range may be fetched again while it is in the
// window of the stage (see [Prepare]); an older range, start < 0 or end < start is an error that says so.
type Stage interface {
	Node
	Fetch(ctx context.Context, start, end int64) (Frames, error)
}

// SpikeStage is a stream of spikes fetched by absolute range, on the same clock as frames. The rules are those of
// [Stage]; the frames that are good are [Spikes.Start, Spikes.End).
type SpikeStage interface {
	Node
	FetchSpikes(ctx context.Context, start, end int64) (Spikes, error)
}

// Filler is what authors of stages write: "the next frames, starting at at, fill all of dst". Fill is called with
// consecutive ranges: at is where the last call ended (the first is 0, or the frame of a loaded snapshot). It returns
// the number of frames written. n < dst.N needs a non-nil error that says why: io.EOF bare at the end. Fill must not
// let its result depend on dst.N, must write all channels of the n frames, must not touch dst beyond them, and must
// not allocate in steady state. After a cancelled context (the context's error) it is called again where it stopped.
type Filler interface {
	Fill(ctx context.Context, at int64, dst Frames) (n int, err error)
}

// Output is the destination of one port in a call of [MultiFiller.Fill].
type Output struct {
	// Frames is where a frame port's samples go. Channels == 0: nobody reads this port, skip it.
	Frames Frames
	// Spikes is the list a spike port appends to, in order of time, then cell; nil: nobody reads this port.
	Spikes *[]Spike
}

// Wanted says whether anybody reads this port.
func (o Output) Wanted() bool { return o.Spikes != nil || o.Frames.Channels > 0 }

// MultiFiller is a Filler with several ports. dst has one entry per port, in the order of [NewMulti]; n is the number of
// frames to fill in all of them. A spike port's list is appended to with frames at <= At < at+n only.
type MultiFiller interface {
	Fill(ctx context.Context, at int64, n int, dst []Output) (int, error)
}

// Snapshotter is implemented by a Filler, a MultiFiller or an [Updater] that has state: everything a later frame
// depends on, coefficients set by a control included. LoadState is called on a freshly built object of the same
// description, before its first frame; it rejects bytes that AppendState of the same description did not write.
type Snapshotter interface {
	AppendState(b []byte) []byte
	LoadState(b []byte) error
}

// Input says what a Filler reads from another node.
type Input struct {
	From    Node // a Stage or a SpikeStage
	History int  // frames before at that Fill reads, >= 0
	Ahead   int  // frames after the end of dst that Fill reads, >= 0: the look-ahead of the model, documented there
}

// From declares inputs without history or look-ahead.
func From[N Node](nodes ...N) []Input {
	in := make([]Input, len(nodes))
	for i, n := range nodes {
		in[i] = Input{From: n}
	}
	return in
}
