package stages

import "time"

// RunOptions governs [Run]. The zero value runs to the end of the streams on all cores.
type RunOptions struct {
	// Block is the largest number of frames pulled at once from the fastest sink. By default it is 1024, halved, but to no less
	// than 32, while windows of frames take more than 1 MiB. [Prepare] may lower it so that all windows stay under Budget. It
	// never changes a result.
	Block int
	// Budget is what all windows together may take, in bytes (default 64 MiB).
	Budget int64
	// Workers is how many goroutines compute slices (default: GOMAXPROCS). It never changes a result.
	Workers int
	// Seconds ends the run after that much stream time [s]; 0 runs to the end of the streams. The longest input decides.
	Seconds float64
	// Start is the frame of the fastest sink at which the run begins: the streams have been run up to it before (see
	// [Growing.At]), and sinks receive what follows. Seconds count from there.
	Start int64
	// Interrupt, when closed, ends the run well at the next block: every sink is finished.
	Interrupt <-chan struct{}
	// Progress, if set, is called after each block.
	Progress func(Progress)
	// Changes, if set, is where the run takes changes from between two blocks.
	Changes *Changes
	// Meter, if set, measures what the run costs.
	Meter *Meter
	// KeepPartial keeps temporary files of a failed run.
	KeepPartial bool
	// Poison makes windows hand out copies that are overwritten with NaN as soon as they are stale, so that a consumer
	// that keeps a view is found. For tests.
	Poison bool
}

// Progress is how far a run has come.
type Progress struct {
	Done  float64 // stream time done [s]
	Total float64 // stream time to do [s], +Inf if not known
}

// Summary is the result of a run.
type Summary struct {
	Frames  int64         // frames of the fastest sink
	Seconds float64       // stream time [s]
	Elapsed time.Duration // wall time
	Reason  Reason
	Block   int // frames per block that were used
}
