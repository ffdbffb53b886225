package equations_test

import (
	"fmt"
	"log"
	"strings"

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

// The midpoint rule for a cell whose current depends on the time: the drift is taken in the middle of the step. A term
// with noise is absent where there is none.
func ExampleSchemes() {
	for _, s := range equations.Schemes() {
		if s.Name == "rk2" {
			fmt.Println(strings.ReplaceAll(strings.TrimSpace(s.Text), "\t", ""))
		}
	}
	eqs, err := equations.Parse("dv/dt = t/second**2 - v/second : 1")
	if err != nil {
		log.Fatal(err)
	}
	model, err := eqs.Resolve(equations.Namespace{N: 1, DT: 1e-3})
	if err != nil {
		log.Fatal(err)
	}
	step, err := model.Integrate("rk2")
	if err != nil {
		log.Fatal(err)
	}
	for _, s := range step.Statements {
		fmt.Println(s)
	}
	// Output:
	// k_1 = dt*f(x, t)
	// x_new = x + dt*f(x + k_1/2, t + dt/2) + g(x, t)*dW
	// k_1(v) = dt*(t/second**2 - v/second)
	// x_new(v) = v + dt*((t + dt/2)/second**2 - (v + k_1(v)/2)/second)
	// v = x_new(v)
}
