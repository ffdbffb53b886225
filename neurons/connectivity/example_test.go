package connectivity_test

import (
	"fmt"
	"log"

	"hearpipe/neurons/connectivity"
)

// Each cell of a ring of six is connected to its neighbours on both sides.
func ExampleMake() {
	six := connectivity.Side{N: 6}
	pairs, err := connectivity.Make(connectivity.Space{Pre: six, Post: six}, connectivity.Params{
		Targets: "(i+k) % N_post for k in range(-1, 2) if k != 0",
	})
	if err != nil {
		log.Fatal(err)
	}
	for k := range pairs.Len() {
		fmt.Printf("%d-%d ", pairs.Pre[k], pairs.Post[k])
	}
	// Output:
	// 0-5 0-1 1-0 1-2 2-1 2-3 3-2 3-4 4-3 4-5 5-4 5-0
}
