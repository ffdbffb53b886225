// Package hdf5 reads and writes the part of the HDF5 format (file format specification 3.0, The HDF Group) that files of
// acoustics use, SOFA and netCDF-4 among them.
//
// Reading: superblocks 0 to 3; object headers 1 and 2 with continuations; groups as symbol tables, as compact and as dense links;
// attributes 1 to 3, compact and dense; fractal heaps, local and global heaps; integers, IEEE floats of 32 and 64 bits in either order of
// bytes, strings of fixed and of variable length; compact, contiguous and chunked data under every index of chunks (B-trees 1 and 2, single, implicit, fixed and
// extensible array); the filters deflate, shuffle and fletcher32; fill values. What it does not know, such as other filters,
// virtual datasets and external files, is an error that names it.
//
// Writing: datasets of float64 with attributes of text, laid out as netCDF-4 would; see [Write].
//
// A file may come from anywhere. No size in it is believed before it is compared with the length of the file: a dataset may be at most
// [Inflation] times as long as the file, or 64 MiB if that is more, and 1 GiB. Every checksum is verified. Each operation may read only a small multiple of the file's
// length, so that a file that refers to itself ends in an error, soon. Errors are of type *Error and say where.
package hdf5

import "fmt"

// Inflation is how many times longer than the file a dataset may be, beyond 64 MiB. A deflated byte can stand for 1032, but only of a
// dataset that holds nearly nothing but one value; measured responses deflate to a half at best.
const Inflation = 128

// Limits of one file. A dataset of less than leastBytes is always allowed: fill values take no room, and synthetic responses little.
const (
	leastBytes = 64 << 20
	mostBytes  = 1 << 30 // of a dataset as float64
	mostRank   = 32
	mostDepth  = 32
	mostChunks = 1 << 20
	mostName   = 1 << 16
	mostBlocks = 1 << 10 // of an object header
)

// Error says what is wrong with a file and where.
type Error struct {
	Object string // path of the object that was being read, empty for none
	Offset int64  // byte in the file, -1 if it lies nowhere in particular
	Msg    string // what is there and what is allowed
}

// Error returns the message with the place.
func (e *Error) Error() string {
	text := e.Msg
	if e.Offset >= 0 {
		text = fmt.Sprintf("byte %d: %s", e.Offset, text)
	}
	if e.Object != "" {
		text = e.Object + ": " + text
	}
	return "hdf5: " + text
}
