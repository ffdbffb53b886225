package neurons_test

import (
	"context"
	"fmt"
	"log"

	"hearpipe/neurons"
	"hearpipe/neurons/connectivity"
)

// Two cells fire at 1 ms. Their spikes reach neighbours after 0.5 ms: v of cell j gets 1 mV from cell j and 0.1 mV from each
// neighbour that fires.
func ExampleNetwork_Synapses() {
	net, err := neurons.NewNetwork(neurons.NetworkParams{})
	if err != nil {
		log.Fatal(err)
	}
	in, err := net.Generator(neurons.GeneratorParams{N: 4, Cells: []int32{1, 2}, Times: []float64{1e-3, 1e-3}})
	if err != nil {
		log.Fatal(err)
	}
	cells, err := net.Group(neurons.GroupParams{N: 4, Equations: "v : volt"})
	if err != nil {
		log.Fatal(err)
	}
	s, err := net.Synapses(neurons.SynapsesParams{Source: in.All(), Target: cells.All(), Model: "w : volt", OnPre: "v_post += w", Delay: 0.5e-3})
	if err != nil {
		log.Fatal(err)
	}
	if err := s.Connect(neurons.ConnectParams{Params: connectivity.Params{Condition: "abs(i-j) <= 1"}}); err != nil {
		log.Fatal(err)
	}
	if err := s.Set("w", "where(i == j, 1*mV, 0.1*mV)"); err != nil {
		log.Fatal(err)
	}
	for _, ms := range []float64{1.5, 0.1} {
		if _, err := net.Run(context.Background(), ms*1e-3); err != nil {
			log.Fatal(err)
		}
		v, err := cells.Values("v")
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%.1f ms:", 1e3*net.Time())
		for _, x := range v {
			fmt.Printf(" %.1f mV", 1e3*x)
		}
		fmt.Println()
	}
	fmt.Println(s.N(), "synapses, with errors explained:")
	fmt.Println(s.Set("w", "3*ms"))
	// Output:
	// 1.5 ms: 0.0 mV 0.0 mV 0.0 mV 0.0 mV
	// 1.6 ms: 0.1 mV 1.1 mV 1.1 mV 0.1 mV
	// 10 synapses, with errors explained:
	// synapses synapses0: value of w: line 1, column 1: w has the dimension (m^2 kg s^-3 A^-1), but this has the dimension (s)
	//     3*ms
	//     ^~~~
}
