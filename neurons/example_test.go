package neurons_test

import (
	"context"
	"fmt"
	"log"

	"hearpipe/neurons"
	"hearpipe/stages"
	"hearpipe/units"
)

// A leaky cell that is driven to 2 crosses 1 after tau*ln 2 = 6.93 ms and every 6.93 ms (70 steps of 0.1 ms) after its
// reset.
func ExampleNewGroup() {
	g, err := neurons.NewGroup(neurons.GroupParams{
		N:         1,
		Equations: "dv/dt = (2-v)/tau : 1",
		Threshold: "v > 1",
		Reset:     "v = 0",
		Constants: map[string]units.Quantity{"tau": {Value: 10 * units.Millisecond, Dim: units.DimTime}},
		Frames:    250, // 25 ms
	})
	if err != nil {
		log.Fatal(err)
	}
	list, err := stages.CollectSpikes(context.Background(), g)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("method:", g.Method())
	for _, s := range list {
		fmt.Printf("cell %d fires at %.1f ms\n", s.Cell, float64(s.At)*g.DT()*1e3)
	}
	// Output:
	// method: exact
	// cell 0 fires at 6.9 ms
	// cell 0 fires at 13.9 ms
	// cell 0 fires at 20.9 ms
}

// Variables are recorded as streams: frame n is the value at the end of step n.
func ExampleGroup_Variable() {
	g, err := neurons.NewGroup(neurons.GroupParams{
		N:         3,
		Equations: "dv/dt = rate : 1\nrate : Hz",
		Init:      map[string]string{"rate": "i*1000*Hz"},
		Record:    []string{"v"},
		Frames:    2,
	})
	if err != nil {
		log.Fatal(err)
	}
	f, err := stages.Collect(context.Background(), g.Variable("v"))
	if err != nil {
		log.Fatal(err)
	}
	for n := range f.N {
		fmt.Printf("%.1f\n", f.Row(n))
	}
	// Output:
	// [0.0 0.1 0.2]
	// [0.0 0.2 0.4]
}

// A mistake is shown where it stands, with both dimensions.
func ExampleNewGroup_mistake() {
	_, err := neurons.NewGroup(neurons.GroupParams{N: 1, Equations: "dv/dt = (2*ms - v)/(10*ms) : volt"})
	fmt.Println(err)
	// Output:
	// group group0: equations: line 1, column 10: cannot subtract v (m^2 kg s^-3 A^-1) from 2*ms (s)
	//     dv/dt = (2*ms - v)/(10*ms) : volt
	//              ^~~~~~~~
}
