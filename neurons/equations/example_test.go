package equations_test

import (
	"fmt"
	"log"
	"strings"

	"hearpipe/neurons/equations"
	"hearpipe/units"
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
	// x_new(v) = 0.9048374180359595*v + 0.09516258196404043*I
	// v = x_new(v)
	// x_new(v) = v + dt*((I - v)/(10*ms))
	// v = x_new(v)
}

// Two synaptic currents made from one text: the variable y is hidden, so that each has its own.
func ExampleEquations_Add() {
	alpha, err := equations.Parse("dx/dt = (e*y - x)/tau : amp\ndy/dt = -y/tau : amp")
	if err != nil {
		log.Fatal(err)
	}
	sum, err := equations.Parse("dv/dt = (ge + gi)/(200*pF) : volt")
	if err != nil {
		log.Fatal(err)
	}
	for _, current := range []struct {
		name string
		tau  units.Quantity
	}{{"ge", units.Quantity{Value: 5e-3, Dim: units.DimTime}}, {"gi", units.Quantity{Value: 10e-3, Dim: units.DimTime}}} {
		one, err := alpha.Bind(map[string]units.Quantity{"tau": current.tau})
		if err == nil {
			one, err = one.Hide("y")
		}
		if err == nil {
			one, err = one.Rename(map[string]string{"x": current.name})
		}
		if err == nil {
			sum, err = sum.Add(one)
		}
		if err != nil {
			log.Fatal(err)
		}
	}
	for _, q := range sum.All() {
		fmt.Printf("d%s/dt = %s\n", q.Name, q.Right)
	}
	// Output:
	// dv/dt = (ge + gi)/(200*pF)
	// dge/dt = (e*_y - ge)/(0.005*second)
	// d_y/dt = -_y/(0.005*second)
	// dgi/dt = (e*_y_2 - gi)/(0.01*second)
	// d_y_2/dt = -_y_2/(0.01*second)
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
