package stages_test

import (
	"context"
	"testing"

	"hearpipe/stages"
)

// patience waits for ever, unless the run is to end.
type patience struct{ waits chan struct{} }

func (p patience) Fill(ctx context.Context, at int64, dst stages.Frames) (int, error) {
	close(p.waits)
	select {
	case <-stages.InterruptOf(ctx):
		return 0, stages.ErrInterrupted
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// ended is a sink that notes how it ended.
type ended struct {
	in     stages.Stage
	ending *stages.Ending
}

func (e *ended) Input() stages.Node                                            { return e.in }
func (e *ended) Open(context.Context, stages.Format) error                     { return nil }
func (e *ended) WriteFrames(_ context.Context, _ int64, _ stages.Frames) error { return nil }
func (e *ended) Finish(x stages.Ending) error                                  { e.ending = &x; return nil }
func (e *ended) Abort(bool)                                                    {}

func TestInterruptReachesASourceThatWaits(t *testing.T) {
	p := patience{make(chan struct{})}
	s, err := stages.New("test.patience", stages.Format{Rate: 1000, Channels: 1, Frames: stages.Unbounded}, p)
	if err != nil {
		t.Fatal(err)
	}
	interrupt := make(chan struct{})
	go func() {
		<-p.waits
		close(interrupt)
	}()
	sink := &ended{in: s}
	sum, err := stages.Run(context.Background(), stages.RunOptions{Interrupt: interrupt}, sink)
	if err != nil || sum.Reason != stages.Interrupted || sink.ending == nil || sink.ending.Frames != 0 {
		t.Fatalf("reason %q, ending %v, error %v", sum.Reason, sink.ending, err)
	}
	if stages.InterruptOf(context.Background()) != nil {
		t.Error("a context without a run has an interrupt")
	}
}
