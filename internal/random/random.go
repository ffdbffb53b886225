// Package random gives random numbers that are a pure function of a name and a counter. There is no generator with a
// position: the number for (index, step) is the same whoever asks for it, in whatever order, block or slice.
//
// The name is the seed, the path of the node in its graph (or the name of the object), the purpose of the number ("xi",
// "threshold", "reset", ...) and the ordinal of the draw in its text. The counter is the absolute index of the channel,
// cell or synapse, and the step.
//
// The generator is Philox4x32-10 (Salmon et al. 2011): the name is hashed to its 64-bit key, index and step are its
// 128-bit counter. Normal numbers come in pairs for indices 2m and 2m+1. See [kernel.PhiloxUniforms] and
// [kernel.PhiloxNormals] for the formulas.
package random

import (
	"encoding/binary"

	"hearpipe/internal/kernel"
)

// Stream is a named source of random numbers. It has no state: copies are equal, and it may be used by any number of
// goroutines. The uniform and the normal numbers of one stream are independent of each other.
type Stream struct{ key uint64 }

// New names a stream. Streams that differ in any of the four parts are independent.
//
// The key is made of 64-bit words w by h = mix(h XOR w), starting from h = mix(seed + 0x9E3779B97F4A7C15): the length of
// path in bytes, path in words of eight bytes (little-endian, padded with zeros), purpose in the same way, ordinal. mix is
// the finaliser of splitmix64 (Steele, Lea and Flood 2014).
func New(seed uint64, path, purpose string, ordinal int) Stream {
	h := mix(seed + 0x9E3779B97F4A7C15)
	h = absorb(h, path)
	h = absorb(h, purpose)
	return Stream{mix(h ^ uint64(ordinal))}
}

func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

func absorb(h uint64, text string) uint64 {
	h = mix(h ^ uint64(len(text)))
	for len(text) > 0 {
		var word [8]byte
		text = text[copy(word[:], text):]
		h = mix(h ^ binary.LittleEndian.Uint64(word[:]))
	}
	return h
}

// Uniform is the number for (index, step), uniform in [0, 1) with 53 random bits. index >= 0.
func (s Stream) Uniform(index, step int64) float64 {
	var x [1]float64
	kernel.PhiloxUniforms(x[:], s.key, index, step)
	return x[0]
}

// Normal is the number for (index, step), normal with mean 0 and variance 1. index >= 0.
func (s Stream) Normal(index, step int64) float64 {
	var x [1]float64
	kernel.PhiloxNormals(x[:], s.key, index, step)
	return x[0]
}

// Uniforms sets dst[i] = Uniform(first+i, step).
func (s Stream) Uniforms(dst []float64, first, step int64) {
	kernel.PhiloxUniforms(dst, s.key, first, step)
}

// Normals sets dst[i] = Normal(first+i, step).
func (s Stream) Normals(dst []float64, first, step int64) {
	kernel.PhiloxNormals(dst, s.key, first, step)
}
