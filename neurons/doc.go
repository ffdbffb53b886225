// Package neurons simulates groups of spiking cells that are written as differential equations with units, and networks of
// them.
//
// A [Group] is a number of cells with the same equations (package equations), a threshold, a reset and a period of
// refractoriness. It may be driven by streams: cell i reads channel i of each input. Its outputs are streams too: its
// spikes, and any of its variables.
//
// Time is counted in steps. Step n goes from t = n*dt to t + dt and does, in this order:
//
//  1. inputs: frame n of each input is copied into its parameter;
//  2. state update: the differential equations are integrated over the step, noise included;
//  3. threshold: cells for which the condition holds and which are not refractory fire, labelled n;
//  4. reset: the statements of the reset are run for the cells that fired;
//  5. outputs: frame n of a recorded variable is its value now.
//
// A step depends on nothing but the state before it and frame n of the inputs, and random numbers are a function of the
// seed, the cell and n. So results do not depend, by bits, on the size of blocks, on slices or on the number of workers.
//
// A [Network] holds groups, what drives them ([Network.PoissonGroup], [Network.Generator], [Network.PoissonInput],
// [Network.Link], operations), synapses between them ([Network.Synapses]) and monitors ([Network.SpikeMonitor],
// [Network.StateMonitor], ...). [Network.Run] runs it, once or several times; sinks write its streams to files meanwhile,
// and [Network.Store] saves its state. docs/networks.md shows it at work. Ready-made equations are in package library,
// which cells are connected is said by package connectivity, and package trains has statistics of spike trains.
//
// Numbers in fields are in SI units (seconds, hertz, volt); texts carry units.
package neurons
