// Package library builds the equations of well-known models of cells and synapses as text, for [neurons.GroupParams] and
// for synapses.
//
// Parameters are texts too: numbers with units ("10*ms") or names of constants, variables or parameters of the group
// ("tau"), so that a parameter may be one for all cells or one for each. A membrane is a capacity and currents:
//
//	eqs := library.Membrane("1*uF",
//		library.Leak("0.3*msiemens", "10.6*mV"),
//		library.PotassiumHH("36*msiemens", "-12*mV"),
//		library.SodiumHH("120*msiemens", "120*mV"),
//		library.Input("I"))
//
// The membrane potential is called vm everywhere. Each model names its source.
package library
