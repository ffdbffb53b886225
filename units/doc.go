// Package units holds physical dimensions, quantities and the names of units: what `20*ms`,
// `3 nS` and `60 dB` mean in equations, in pipeline files and on the command line.
//
// A [Quantity] is a float64 in SI base units and a [Dimension]: seven exponents, which may be
// fractions because white noise has the dimension second^-0.5. Sums and comparisons of unequal
// dimensions are errors that name both. Unit names are those of Brian 1.4: long names with every SI
// prefix and with squares and cubes (mvolt, Mohm, cmetre2), and a short list (mV, nS, kHz, ...).
// Directly after a number, as in `2 s`, the SI symbols are understood too.
//
// Streams and states carry plain float64 in SI units; quantities live where text is read and where
// a model is built.
package units
