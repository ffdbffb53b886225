package stages

import (
	"context"
	"errors"
)

// Sink is where a stream ends. It implements exactly one of [FrameSink] and [SpikeSink] besides. [Run] pulls its input
// block by block and calls, on one goroutine: Open once, Write for consecutive ranges that begin at frame 0
// ([RunOptions].Start) and cover everything up to the end, then Finish or Abort once. After an error from Open, Abort is called.
type Sink interface {
	// Input is the stream it drains, a Stage or a SpikeStage.
	Input() Node
	// Open prepares the sink for a stream of that format; Format.Frames says how much to expect, if known.
	Open(ctx context.Context, f Format) error
	// Finish completes the output: files get their name now. It is called when the run ended well: by the end of
	// the stream, the duration, a stop or an interrupt.
	Finish(e Ending) error
	// Abort gives the output up after a failed run and removes what was written. keep asks to keep partial files
	// under their temporary name.
	Abort(keep bool)
}

// FrameSink receives frames.
type FrameSink interface {
	Sink
	// WriteFrames receives the frames that begin at at. It neither changes nor keeps f.
	WriteFrames(ctx context.Context, at int64, f Frames) error
}

// SpikeSink receives spikes.
type SpikeSink interface {
	Sink
	// WriteSpikes receives the spikes of s.Start:s.End. It neither changes nor keeps the list.
	WriteSpikes(ctx context.Context, s Spikes) error
}

// ErrInterrupted is what a source that waits for somebody else, such as a pipe nobody writes to, returns when the wait was
// given up because the run is to end. [Run] takes it for an interrupt at that frame and not for a failure: the frames so far
// are good, and every sink is finished.
var ErrInterrupted = errors.New("interrupted")

// ErrStopped is what a stream returns that was stopped from inside, such as a network by one of its operations. It is not
// final: a later fetch may go on. [Run] ends well there, with the reason Stopped.
var ErrStopped = errors.New("stopped")

// Ending says how a run ended; sinks put it into their metadata.
type Ending struct {
	Start  int64  // the first frame of this sink's input that was written, see [RunOptions].Start
	Frames int64  // behind the last one: the output is complete for Start:Frames
	Reason Reason // why it ended there
}

// Reason is why a run ended.
type Reason string

// The ways in which a run ends well.
const (
	EndOfStream Reason = "end of stream"
	Duration    Reason = "duration"
	Stopped     Reason = "stopped"
	Interrupted Reason = "interrupted"
)
