package filterbank

import (
	"context"
	"fmt"
	"io"
	"testing"

	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

func ExampleNewSocket() {
	constant := func(x float64, frames int64) stages.Stage {
		s, err := stagetest.NewStream(stagetest.Signal{Rate: 1000, Frames: frames, Value: func(int64, int) float64 { return x }})
		if err != nil {
			fmt.Println(err)
		}
		return s
	}
	socket, err := NewSocket(constant(1, 100))
	if err != nil {
		fmt.Println(err)
	}
	// A bank that remembers two frames does not start again when its source changes.
	bank, err := NewFIR(socket, FIRParams{Responses: [][]float64{{1, 1}}})
	if err != nil {
		fmt.Println(err)
	}
	for at := range int64(4) {
		if at == 2 {
			if err := socket.Plug(constant(10, 4)); err != nil {
				fmt.Println(err)
			}
		}
		f, err := bank.Fetch(context.Background(), at, at+1)
		fmt.Println(f.At(0, 0), err)
	}
	_, err = bank.Fetch(context.Background(), 4, 5)
	fmt.Println(err)
	// Output:
	// 1 <nil>
	// 2 <nil>
	// 11 <nil>
	// 20 <nil>
	// EOF
}

func TestSocketConforms(t *testing.T) {
	stagetest.Run(t, stagetest.Recipe{
		Inputs: []stagetest.Signal{{Channels: 3, First: 2}},
		Build: func(in []stages.Stage, _ stages.Range) ([]stages.Node, error) {
			return stagetest.Nodes(NewSocket(in[0]))
		},
		Period: 1,
	})
}

// A run whose source changes has the frames of either source on their own clock, though only the first was prepared.
func TestChangedSourceKeepsTheClock(t *testing.T) {
	a, b := stagetest.Signal{Rate: 1000, Frames: 3000, Seed: 1}, stagetest.Signal{Rate: 1000, Frames: 2500, Seed: 2}
	first, err := stagetest.NewStream(a)
	if err != nil {
		t.Fatal(err)
	}
	second, err := stagetest.NewStream(b)
	if err != nil {
		t.Fatal(err)
	}
	socket, err := NewSocket(first)
	if err != nil {
		t.Fatal(err)
	}
	graph, err := stages.Prepare(stages.RunOptions{Block: 100}, socket)
	if err != nil {
		t.Fatal(err)
	}
	defer graph.Close()
	for at := int64(0); at < 2500; at += 100 {
		if at == 1000 {
			if err := socket.Plug(second); err != nil {
				t.Fatal(err)
			}
		}
		f, err := socket.Fetch(context.Background(), at, at+100)
		if err != nil {
			t.Fatal(err)
		}
		for i := range f.N {
			want := a
			if at >= 1000 {
				want = b
			}
			if k := at + int64(i); f.At(i, 0) != want.At(k, 0) {
				t.Fatalf("frame %d: %v, want %v", k, f.At(i, 0), want.At(k, 0))
			}
		}
	}
	if _, err := socket.Fetch(context.Background(), 2500, 2501); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
}

func TestOtherSourcesDoNotFitTheSocket(t *testing.T) {
	socket, err := NewSocket(stagetest.NewSource(stagetest.Signal{Rate: 1000, Frames: 10, Channels: 2}))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []stagetest.Signal{{Rate: 1001, Frames: 10, Channels: 2}, {Rate: 1000, Frames: 10, Channels: 3}, {Rate: 1000, Frames: 10, Channels: 2, First: 1}} {
		if socket.Plug(stagetest.NewSource(s)) == nil {
			t.Errorf("%+v was accepted", s)
		}
	}
	if socket.Plug(nil) == nil {
		t.Error("no source was accepted")
	}
	if _, err := NewSocket(nil); err == nil {
		t.Error("no source was accepted")
	}
}
