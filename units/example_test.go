package units_test

import (
	"fmt"

	"hearpipe/units"
)

func ExampleParse() {
	tau, _ := units.Parse("20 ms")
	v, _ := units.Parse("-60*mV")
	fmt.Println(tau, v, v.Div(tau).Dim)
	_, err := v.Add(tau)
	fmt.Println(err)
	_, err = units.Parse("20 mz")
	fmt.Println(err)
	// Output:
	// 20 ms -60 mV (m^2 kg s^-4 A^-1)
	// addition, dimensions were (m^2 kg s^-3 A^-1) (s)
	// "20 mz": unknown unit "mz" (did you mean ms or mV or mA?)
}

func ExampleDecibel_Gain() {
	fmt.Println(units.Decibel(60).Gain(), units.Decibel(-20).Gain())
	// Output: 1000 0.1
}
