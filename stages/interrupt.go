package stages

import "context"

// interruptKey carries [RunOptions.Interrupt] in the context of a run.
type interruptKey struct{}

// withInterrupt is a context that knows the channel of a run's interrupt.
func withInterrupt(ctx context.Context, interrupt <-chan struct{}) context.Context {
	if interrupt == nil {
		return ctx
	}
	return context.WithValue(ctx, interruptKey{}, interrupt)
}

// InterruptOf is the channel that is closed when the run to which the context of a Fill or a Write belongs is to end well; nil
// if there is none. Sources and sinks that wait for somebody else, such as a network, wait for it too and then return
// [ErrInterrupted].
func InterruptOf(ctx context.Context) <-chan struct{} {
	c, _ := ctx.Value(interruptKey{}).(<-chan struct{})
	return c
}
