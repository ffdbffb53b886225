package stages_test

import (
	"context"
	"fmt"

	"hearpipe/stages"
)

// rampSource is a source whose sample in frame i is i.
type rampSource struct{}

func (rampSource) Fill(_ context.Context, at int64, dst stages.Frames) (int, error) {
	for i := range dst.N {
		dst.Row(i)[0] = float64(at) + float64(i)
	}
	return dst.N, nil
}

func ExampleNewFunction() {
	ramp, _ := stages.New("ramp", stages.Format{Rate: 1000, Channels: 1, Frames: 4}, rampSource{})
	f, err := stages.NewFunction([]stages.Stage{ramp}, stages.FunctionParams{Expr: "clip(x - 1, 0, inf)**2 + t/(1 ms)"})
	if err != nil {
		fmt.Println(err)
		return
	}
	out, _ := stages.Collect(context.Background(), f)
	fmt.Println(out.Data)
	_, err = stages.NewFunction([]stages.Stage{ramp}, stages.FunctionParams{Expr: "x + t"})
	fmt.Println(err)
	// Output:
	// [0 1 3 7]
	// stages.function: line 1, column 1: cannot add t (s) to x (1)
	//     x + t
	//     ^~~~~
}
