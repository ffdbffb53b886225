package stagetest_test

import (
	"context"
	"fmt"

	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

// fade multiplies each block by a ramp from 0 to 1: it sounds smooth, and depends on the block size.
type fade struct{ in stages.Stage }

func (f fade) Fill(ctx context.Context, at int64, dst stages.Frames) (int, error) {
	x, err := f.in.Fetch(ctx, at, at+int64(dst.N))
	for i := range x.N {
		dst.Row(i)[0] = x.At(i, 0) * float64(i) / float64(dst.N)
	}
	return x.N, err
}

func ExampleCheck() {
	err := stagetest.Check(stagetest.Recipe{
		Inputs: []stagetest.Signal{{Value: func(int64, int) float64 { return 1 }}},
		Build: func(in []stages.Stage, _ stages.Range) ([]stages.Node, error) {
			return stagetest.Nodes(stages.New("fade", in[0].Format(), fade{in[0]}, stages.From(in[0])...))
		},
		Frames: 64,
	})
	first := err.(interface{ Unwrap() []error }).Unwrap()[0]
	fmt.Println(first)
	// Output: blocks: noise, block 1: port 0 (fade): frame 1, channel 0: got 0 (0x0000000000000000), want 0.015625 (0x3f90000000000000)
}
