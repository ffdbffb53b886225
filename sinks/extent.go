package sinks

import "fmt"

// extent is the frames that a sink has received. The first block says where its run began: at 0, or later where a network
// had run before.
type extent struct {
	start, next int64
	any         bool
}

// open refuses a second run: what it would write would take the place of what the first has written.
func (x *extent) open(what, path string) error {
	if x.any {
		return fmt.Errorf("%s %s: a sink is for one run; make another one, with another path, for the next run", what, path)
	}
	return nil
}

// follow takes the block at:end and refuses a gap: files promise to be complete.
func (x *extent) follow(at, end int64) error {
	if !x.any {
		x.any, x.start, x.next = true, at, at
	}
	if at != x.next {
		return fmt.Errorf("sink: a block begins at frame %d, want %d: blocks must follow each other", at, x.next)
	}
	x.next = end
	return nil
}

// frames is how many frames there were.
func (x *extent) frames() int64 { return x.next - x.start }
