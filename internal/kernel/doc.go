// Package kernel holds the inner loops of the project: elementary functions, vector operations and recursive filters
// over float64.
//
// # The promise
//
// Every function here returns the same bits on every machine. The plain Go code is the specification: a faster tier
// (assembly) has to reproduce it bit for bit, for every length, alignment and tail. NaNs are equal to each other in this
// sense: sign and payload of a NaN are not part of the promise.
//
// The rules that make this possible:
//
//   - A product that feeds an addition is either fused on purpose, with math.FMA, or rounded on purpose, with
//     float64(a*b). A bare a*b + c is forbidden: the compiler may or may not fuse it.
//   - From package math only functions that are exact or correctly rounded are used (Sqrt, FMA, Floor, Ceil, Trunc, Abs,
//     Copysign, Float64bits, ...).
//   - No result depends on the length of a slice, on the position in it or on the neighbours: VecF(dst, x) stores F(x[i])
//     for every i.
//
// # Tiers
//
// On x86-64 the loops over slices and the filters exist three times: in Go, for AVX2 with FMA, and for AVX-512; [Current] says
// which is in use, the environment variable [TierVariable] forces one. The assembly is written by the program in _gen,
// with the functions that choose among the tiers: after a change there run
//
//	sh internal/kernel/_gen/generate.sh
//
// and commit what it wrote; with the argument check it only compares. One line in its table adds an operation. An operation may
// leave awkward arguments to the reference, group by group. Without the generated files, with the build tag purego, and on
// other architectures the reference does everything.
//
// # Elementary functions
//
// [Exp], [Expm1], [Exprel], [Log], [Log1p], [Log2], [Log10], [Pow], [Cbrt], [Hypot], [Sin], [Cos], [Sincos], [Tan],
// [Asin], [Acos], [Atan], [Atan2], [Sinh], [Cosh], [Tanh], [Mod] and [FloorDiv]. Each comment states the largest error that
// was found in more than 100,000 samples against a reference of much higher precision, in units of the last place (ulp)
// of the exact value, rounded up; none exceeds 1 ulp. Special cases are those of C (Annex F), and so of Python and NumPy.
//
// # Vector operations
//
// The destination comes first and may be one of the operands (the same slice exactly; partly overlapping slices are not
// allowed). All slices of a call have the same length, else the call panics. Truth is 1, falsehood 0; any operand that
// is not 0 counts as true (NaN too).
//
// # Random numbers
//
// [Philox4x32], [PhiloxUniforms] and [PhiloxNormals] are the block function of package random and its loops.
//
// # Filters
//
// [Sections] and [Gammatone] run over blocks of frames, with channels as lanes; their state is kept by the caller.
package kernel
