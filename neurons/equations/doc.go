// Package equations reads neuron models written as text and turns them into programs.
//
// A model is a list of lines in the scientist's notation, one definition each:
//
//	dv/dt = (I-v)/tau + sigma*xi*(2/tau)**.5 : 1 (unless refractory)   # differential equation
//	u = 2*v                                  : 1                       # static equation, computed where it is read
//	I                                        : 1                       # parameter: one value per cell
//	tau                                      : second (constant)       # parameter that nothing may assign to
//	w = u                                                              # alias: another name for u
//
// The unit after the colon is that of the variable, not of its derivative; it is a unit without a scale (volt, not
// mvolt). A comment goes from # to the end of the line; a line goes on inside parentheses and after a backslash at its
// end. Beside variables, right-hand sides know t (the time at the start of the step), dt, i (the number of the cell),
// N (how many cells), xi (Gaussian white noise of unit second**-0.5, independent in each equation), xi_name (one
// noise for all equations that use this name), rand(), randn(), the constants and functions given by the caller, units,
// and the functions of the expression language. A static equation that contains xi is one draw per cell and step, shared
// by all that read it.
//
// Flags stand in parentheses after the unit. In a group: (unless refractory) for a differential equation that stands still
// in refractory cells; (constant), (linked) for a parameter that follows a variable of another group, and (shared), also
// for static equations, for one value for all cells. In synapses ([ParseSynapses]): (event-driven) and (clock-driven) for
// differential equations, (summed) for a static equation that is summed into a variable of the cells, (constant), (shared).
// Right-hand sides of synapses read variables of both ends as v_pre and v_post, i and j are the numbers of the cells there.
//
// Equations are put together by [Equations.Add], [Equations.Rename], [Equations.Suffix], [Equations.Hide] and
// [Equations.Bind]; a [TimedArray] is a function of the time for texts.
//
// The way of a text:
//
//	eqs, err := equations.Parse(text)            // grammar, names, duplicates, circles
//	model, err := eqs.Resolve(namespace)         // names and dimensions; drift and noise of each variable
//	step, err := model.Integrate("")             // a method as statements: exact where possible, else Euler
//	rest, err := model.NewRest(...)              // fixed points
//
// Variables keep the order of their definition everywhere. The language is told in docs/equations.md.
package equations
