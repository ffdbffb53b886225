package equations_test

import (
	"fmt"
	"log"

	"hearpipe/neurons/equations"
)

// The exact step of a leaky cell with an additive parameter: v decays by exp(-1 ms/10 ms), and b = I/(10*ms) acts with
// 10 ms*(1 - exp(-0.1)).
func ExampleModel_Integrate() {
	eqs, err := equations.Parse("dv/dt = (I-v)/(10*ms) : 1\nI : 1  # a parameter")
	if err != nil {
		log.Fatal(err)
	}
	model, err := eqs.Resolve(equations.Namespace{N: 1, DT: 1e-3})
	if err != nil {
		log.Fatal(err)
	}
	for _, method := range []string{"exact", "euler"} {
		step, err := model.Integrate(method)
		if err != nil {
			log.Fatal(err)
		}
		for _, s := range step.Statements {
			fmt.Println(s)
		}
	}
	// Output:
	// b(v) = I/(10*ms)
	// x_new(v) = 0.9048374180359595*v + 0.0009516258196404043*second*b(v)
	// v = x_new(v)
	// x_new(v) = v + dt*((I - v)/(10*ms))
	// v = x_new(v)
}
