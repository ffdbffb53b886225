package stages

import (
	"fmt"
	"strings"
)

// RateError says that two streams that must share a rate do not.
type RateError struct {
	Kind, A, B   string
	RateA, RateB float64 // [Hz]
}

// Error names both streams and rates.
func (e *RateError) Error() string {
	return fmt.Sprintf("%s: inputs have different sample rates: %s %g Hz, %s %g Hz; resample one of them", e.Kind, e.A, e.RateA, e.B, e.RateB)
}

// ChannelError says that the channels of an input do not fit.
type ChannelError struct {
	Kind, Input string
	Have        int
	Want        string // such as "1 or 3000"
}

// Error names the input, what it has and what is wanted.
func (e *ChannelError) Error() string {
	return fmt.Sprintf("%s: input %s has %d channels: want %s", e.Kind, e.Input, e.Have, e.Want)
}

// AheadError says that a control would need frames that its own targets have not computed yet.
type AheadError struct {
	Path  []string // from the target to the input
	Ahead int
}

// Error names the way from the target to the input.
func (e *AheadError) Error() string {
	return fmt.Sprintf("stages.control: its input looks %d frames ahead of its own target, along %s: a control can only use the past",
		e.Ahead, strings.Join(e.Path, " -> "))
}
