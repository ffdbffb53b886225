package filterbank

import (
	"hearpipe/internal/kernel"
	"hearpipe/stages"
)

// bank is a series of sections with its state.
type bank struct {
	*Coefficients
	state []float64
}

func newBank(c *Coefficients) *bank { return &bank{c, make([]float64, c.s.States())} }

func (b *bank) run(dst, src kernel.Rows, at int64, frames int) {
	b.s.Run(dst, src, at, frames, b.state)
}

// scratch is room for a block of rows of n values: 8 to 32 frames, about 256 KiB.
func scratch(n int) stages.Frames {
	stride := (n + 7) &^ 7
	if stride%128 == 0 {
		stride += 8 // rows of multiples of 1 KiB compete for the same lines of the cache
	}
	frames := max(8, min(32, 32768/stride))
	return stages.Frames{Data: make([]float64, frames*stride), N: frames, Channels: n, Stride: stride}
}
