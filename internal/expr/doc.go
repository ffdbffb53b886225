// Package expr is the one expression language of the project: right-hand sides of equations,
// thresholds and resets, function stages, control updates and the parameters of pipelines speak it.
//
// The notation is that of Python: or, and, not, chained comparisons, + - * / // %, unary signs, **
// (right-associative, binding tighter than a sign on its left), calls, parentheses; numbers may
// carry a unit ("20 Hz", a literal equal to 20*Hz). Every value has a [Type]: a float with a
// dimension, an integer, a boolean, a level in dB or a string.
//
// The way of a text:
//
//	node, err := expr.Parse("(I-v)/tau", expr.Options{})     // or Source.Parse for a part of a text
//	typ, err := expr.Check(node, scope)                      // dimensions, with place and caret
//	prog, err := expr.Compile(node, scope)                   // flat program of vector operations
//	m := prog.NewMachine()                                   // scratch of one goroutine
//	m.SetVector(slot, data); m.SetScalar(slot, value)
//	m.Run(lo, hi)                                            // elements lo..hi, no allocation
//
// CompileStatements does the same for assignments ("v = 0; w += 3*mV"), [Eval] computes a value at
// once, with lists, for parameters.
//
// The vector machine does what the text says: each operation is rounded once, in the order of the
// text, without contraction or reassociation. The only rewriting is that of powers: x**2 is x*x,
// x**3 is (x*x)*x, x**0.5 is sqrt(x), x**-1 is 1/x, whenever the exponent has that value. Constants
// are folded and common terms shared, which changes no bits. So a program gives the same bits for
// every block size, every partition of its elements and as a scalar evaluation.
package expr
