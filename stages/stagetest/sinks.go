package stagetest

import (
	"context"
	"fmt"

	"hearpipe/stages"
)

// Calls is what a recording sink has seen of the life of a sink. Set the Fail fields before the run.
type Calls struct {
	Opened   []stages.Format // argument of each Open
	Finished []stages.Ending // argument of each Finish
	Aborted  []bool          // argument of each Abort
	Writes   int             // calls of WriteFrames or WriteSpikes
	End      int64           // frames received
	Wrong    error           // the first call that breaks the contract of stages.Sink

	FailOpen, FailWrite, FailFinish error
	FailAt                          int64 // FailWrite is returned for the range that contains this frame
}

// Open records the format.
func (c *Calls) Open(_ context.Context, f stages.Format) error {
	if len(c.Opened) > 0 {
		c.wrong("opened twice")
	}
	c.Opened = append(c.Opened, f)
	return c.FailOpen
}

// Finish records the ending.
func (c *Calls) Finish(e stages.Ending) error {
	if c.over() || len(c.Opened) != 1 {
		c.wrong("finished after %d Open, %d Finish, %d Abort", len(c.Opened), len(c.Finished), len(c.Aborted))
	}
	if e.Frames != c.End {
		c.wrong("finished with %d frames after %d", e.Frames, c.End)
	}
	c.Finished = append(c.Finished, e)
	return c.FailFinish
}

// Abort records keep.
func (c *Calls) Abort(keep bool) {
	if c.over() || len(c.Opened) != 1 {
		c.wrong("aborted after %d Open, %d Finish, %d Abort", len(c.Opened), len(c.Finished), len(c.Aborted))
	}
	c.Aborted = append(c.Aborted, keep)
}

func (c *Calls) over() bool { return len(c.Finished)+len(c.Aborted) > 0 }

func (c *Calls) wrong(format string, args ...any) {
	if c.Wrong == nil {
		c.Wrong = fmt.Errorf(format, args...)
	}
}

// write checks a range and decides whether it fails.
func (c *Calls) write(start, end int64) error {
	c.Writes++
	if len(c.Opened) != 1 || c.over() {
		c.wrong("frames %d:%d written to a sink that is not open", start, end)
	}
	if start != c.End || end <= start {
		c.wrong("frames %d:%d written after 0:%d", start, end, c.End)
	}
	c.End = end
	if c.FailWrite != nil && start <= c.FailAt && c.FailAt < end {
		return c.FailWrite
	}
	return nil
}

// FrameRecorder is a sink that keeps all frames.
type FrameRecorder struct {
	Calls
	in   stages.Stage
	Data []float64 // row by row, without padding
}

// NewFrameRecorder makes a sink that drains in.
func NewFrameRecorder(in stages.Stage) *FrameRecorder { return &FrameRecorder{in: in} }

// Input is the stream it drains.
func (r *FrameRecorder) Input() stages.Node { return r.in }

// WriteFrames keeps a copy.
func (r *FrameRecorder) WriteFrames(_ context.Context, at int64, f stages.Frames) error {
	for i := range f.N {
		r.Data = append(r.Data, f.Row(i)...)
	}
	return r.write(at, at+int64(f.N))
}

// SpikeRecorder is a sink that keeps all spikes.
type SpikeRecorder struct {
	Calls
	in   stages.SpikeStage
	List []stages.Spike
}

// NewSpikeRecorder makes a sink that drains in.
func NewSpikeRecorder(in stages.SpikeStage) *SpikeRecorder { return &SpikeRecorder{in: in} }

// Input is the stream it drains.
func (r *SpikeRecorder) Input() stages.Node { return r.in }

// WriteSpikes keeps a copy.
func (r *SpikeRecorder) WriteSpikes(_ context.Context, s stages.Spikes) error {
	r.List = append(r.List, s.List...)
	return r.write(s.Start, s.End)
}

var (
	_ stages.Stage      = (*Source)(nil)
	_ stages.SpikeStage = (*SpikeSource)(nil)
	_ stages.FrameSink  = (*FrameRecorder)(nil)
	_ stages.SpikeSink  = (*SpikeRecorder)(nil)
)
